//! Coding beside a guide: something outside the ensemble that foretells decisions too, such as a transformer.
//!
//! Some decisions are no longer open once the guide is asked: they are not coded, and nothing is learnt of them. Of the others the guide's odds are
//! inputs of the gate beside those of all experts, and pick the row of a set.

use super::{At, GROUP, MATCHES_MAX, Model, Place, Scratch, longest};
use crate::coder::binary::BitCoder;
use crate::kernels::vector::Lanes;
use crate::predict::mix::features::Features;
use crate::predict::mix::matches::Stand;
use crate::predict::mix::tree::Tree;

/// Inputs of a guide.
pub const INPUTS: usize = 4;

/// What a guide says of a decision that it leaves open.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hint {
    /// Inputs of the gate; the weights of the first begin with something.
    pub inputs: [i16; INPUTS],
    /// A row, below [`Said::ROWS`].
    pub row: usize,
}

/// What a guide says of a decision.
#[derive(Clone, Copy, Debug)]
pub enum Said {
    /// It can only be this bit.
    Forced(u32),
    /// It is open.
    Open(Hint),
}

impl Said {
    /// Rows that hints can pick.
    pub const ROWS: usize = 512;
}

/// Something that foretells decisions.
pub trait Guide {
    /// What is said of the decision behind the `done` of `path`, which has a leading one. `tree` tells the way to each byte.
    fn ask(&mut self, tree: &Tree, path: u32, done: u32) -> Said;
    /// Takes in the bit of the decision that was asked for.
    fn take(&mut self, bit: u32);
}

impl Model {
    /// Codes one byte beside a guide, and learns it; a decoder ignores `byte`. The scratch is to be [prepared](Model::prepare) before the next.
    #[inline(always)]
    pub fn code_guided<L: Lanes, C: BitCoder>(
        &mut self,
        scratch: &mut Scratch,
        coder: &mut C,
        byte: u8,
        guide: &mut impl Guide,
    ) -> u8 {
        let sought = self.tree.path(byte);
        let mut at = At { node: 1, path: 1, local: 1, done: 0, later: 0 };
        loop {
            let known = self.experts.begin_group(&mut scratch.sight, &self.tree, at.node, at.done);
            self.sets.begin_group(&mut scratch.sets, self.ensemble.chains, known);
            self.finals.begin_group(&mut scratch.finals, self.ensemble.chains, known);
            let end = at.done + GROUP;
            at.local = 1;
            let leaf = loop {
                let bit = match guide.ask(&self.tree, at.path, at.done) {
                    Said::Forced(bit) => {
                        self.experts.pass(&mut scratch.sight, at, bit);
                        bit
                    }
                    Said::Open(hint) => {
                        scratch.hint = hint;
                        let bit = self.code_bit::<L, C>(coder, scratch, at, sought >> ((15 - at.done) & 15) & 1);
                        self.learn::<L>(scratch, at, bit);
                        bit
                    }
                };
                guide.take(bit);
                let next = self.tree.next(at.node as usize, bit);
                at.node = next as u32;
                at.path = at.path * 2 + bit;
                at.local = at.local * 2 + bit as usize;
                at.done += 1;
                if next > 255 || at.done == end {
                    break next > 255;
                }
            };
            if at.later > 0 {
                self.experts.end_group(&scratch.sight);
            }
            if leaf {
                break;
            }
            self.experts.fetch_group(&scratch.sight, at.node);
            self.fetch_calibration(scratch, at.node);
            at.later = 1;
        }
        let byte = at.node as u8;
        self.experts.end_byte(&mut scratch.sight, byte, u16::from(self.learning.worth));
        self.take(byte);
        self.grow_older();
        byte
    }

    /// Where the model stands.
    pub fn place(&self) -> Place {
        let mut matches = [Stand::default(); MATCHES_MAX];
        matches.iter_mut().zip(&self.matches).for_each(|(to, model)| *to = model.stand());
        Place { position: self.position, features: self.features.clone(), matches }
    }

    /// Goes to another place, and leaves in `place` where it stood.
    pub fn exchange(&mut self, place: &mut Place) {
        std::mem::swap(&mut self.position, &mut place.position);
        std::mem::swap(&mut self.features, &mut place.features);
        self.matches.iter_mut().zip(&mut place.matches).for_each(|(model, at)| model.exchange(at));
    }

    /// Where in all of its text the next byte goes.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Goes on at `position` of its text, with all that is known of the bytes so far.
    pub fn go_to(&mut self, position: usize) {
        self.position = position;
    }

    /// What is known of the bytes so far; a guide's owner adds what it knows.
    #[inline(always)]
    pub fn features(&mut self) -> &mut Features {
        &mut self.features
    }

    /// The byte that the longest match expects, with a leading one above it, or 0; and the length of that match.
    pub fn expected(&self) -> (u32, u32) {
        longest(&self.matches).map_or((0, 0), |model| (model.expected_byte(), model.length()))
    }
}
