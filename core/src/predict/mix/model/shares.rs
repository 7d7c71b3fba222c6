//! What each input of the gate contributed, for people to read.
//!
//! The gate's blend is linear in its inputs: each has its weight in a row of each set, and the sets' outputs have theirs in the final gates. So the blend, a number in
//! the logistic domain, is a sum over inputs, and what each added in favour of the bit that came is its *support*. Inputs of one expert go together. An expert that the
//! others make superfluous can have much support, and one that decides in few places little.
//!
//! Cost: nothing but a branch a decision, unless asked for; then one multiplication for each weight.

use super::{Model, Scratch, guided};
use crate::predict::mix::experts::INPUTS;

/// Supports while they are counted: one for each input.
pub type Supports = Option<Box<[i64]>>;

impl Model {
    /// Begins to count what the experts contribute.
    pub fn count_shares(&mut self) {
        self.supports = Some(vec![0; self.width * crate::kernels::vector::ROW].into());
    }

    /// Adds up what each input contributed to the blend that was just made, `bit` being what came.
    #[cold]
    pub(super) fn add_supports(&mut self, scratch: &Scratch, bit: u32) {
        if let Some(supports) = &mut self.supports {
            self.gate.add_supports(scratch.inputs.0[..self.width].as_flattened(), bit, supports);
        }
    }

    /// The experts by their names, and what they contributed since [`Model::count_shares`]: sums of equal unit.
    pub fn shares(&self) -> Vec<(String, i64)> {
        let Some(supports) = &self.supports else { return Vec::new() };
        let contexts = self.ensemble.contexts.len();
        let sum = |range: std::ops::Range<usize>| supports.get(range).unwrap_or(&[]).iter().sum::<i64>();
        let mut shares = Vec::new();
        for (k, context) in self.ensemble.contexts.iter().enumerate() {
            // Two inputs for the history, then, for all contexts, one for the word and one for the run.
            let own = sum(2 * k..2 * k + 2) + sum(2 * contexts + k..2 * contexts + k + 1);
            let run = sum(3 * contexts + k..3 * contexts + k + 1);
            shares.push((context.name(self.ensemble.kind), own + run));
        }
        let mut at = INPUTS * contexts;
        let matches = self.ensemble.matches.iter().map(|least| format!("match from {least}"));
        let guesses = (0..self.guesses.len()).map(|guess| format!("guess {}", guess + 1));
        for name in matches.chain(guesses).chain(["constant".to_owned()]) {
            shares.push((name, sum(at..at + 2)));
            at += 2;
        }
        if self.ensemble.guided {
            shares.push(("transformer".to_owned(), sum(at..at + guided::INPUTS)));
        }
        shares
    }
}
