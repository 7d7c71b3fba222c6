//! Which row of each weight set is used: the part of it that holds for a byte or a group of bits is worked out once, the rest for each bit.

use crate::predict::mix::ensemble::{Ensemble, PLACES, Selector};
use crate::predict::mix::features::{Findings, GUESSES};
use crate::predict::mix::gate::{FINALS_MAX, SETS_MAX};
use crate::predict::mix::model::At;
use crate::predict::mix::tree::Expected;

/// What rows can depend on from bit to bit.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub at: At,
    /// The bit that a match expects.
    pub expected: Option<u32>,
    pub match_class: usize,
    pub found: &'a Findings,
    /// Paths to the bytes that the guesses expect.
    pub paths: &'a [Expected; GUESSES],
    /// Not 0 for a guess that expects the next bit.
    pub guesses: &'a [usize; GUESSES],
    pub inputs: &'a [i16],
}

/// The parts of all rows that hold for a while.
#[derive(Debug, Default)]
pub(super) struct Bases {
    sets: [usize; SETS_MAX],
    finals: [usize; FINALS_MAX],
}

impl Bases {
    /// Takes in what the next byte's rows depend on.
    #[inline(always)]
    pub fn begin_byte(&mut self, ensemble: &Ensemble, found: &Findings) {
        let sets = ensemble.selectors.iter().zip(&mut self.sets);
        for (&selector, base) in sets.chain(ensemble.finals.iter().zip(&mut self.finals)) {
            *base = base_of(selector, found);
        }
    }

    /// Takes in which contexts have been seen before, the first lowest.
    #[inline(always)]
    pub fn begin_group(&mut self, ensemble: &Ensemble, known: u64) {
        let sets = ensemble.selectors.iter().zip(&mut self.sets);
        for (&selector, base) in sets.chain(ensemble.finals.iter().zip(&mut self.finals)) {
            match selector {
                Selector::Known => *base = known.count_ones() as usize * PLACES,
                Selector::Chains(_) => *base = chains(ensemble.chains, known) * PLACES,
                _ => {}
            }
        }
    }

    /// The row of each set.
    #[inline(always)]
    pub fn sets(&self, selectors: &[Selector], scene: &Scene, rows: &mut [usize; SETS_MAX]) {
        for ((row, &selector), &base) in rows.iter_mut().zip(selectors).zip(&self.sets) {
            *row = scene.row(selector, base);
        }
    }

    /// The row of each final gate.
    #[inline(always)]
    pub fn finals(&self, selectors: &[Selector], scene: &Scene, rows: &mut [usize; FINALS_MAX]) {
        for ((row, &selector), &base) in rows.iter_mut().zip(selectors).zip(&self.finals) {
            *row = scene.row(selector, base);
        }
    }
}

fn base_of(selector: Selector, found: &Findings) -> usize {
    let (last, marks) = (found.last as usize, &found.marks);
    match selector {
        Selector::Byte1 => (last & 0xFF) * PLACES,
        Selector::Byte2 => (last >> 8 & 0xFF) * PLACES,
        Selector::Mark(mark, values) => marks[mark].min(values - 1) * PLACES,
        Selector::MarkPartial(mark, values) => marks[mark].min(values - 1) * 256,
        Selector::MarkAlone(mark, values) => marks[mark].min(values - 1),
        _ => 0,
    }
}

fn chains(lengths: &[u32], mut known: u64) -> usize {
    let mut chains = 0;
    for &length in lengths {
        let seen = known & ((1 << length) - 1);
        chains = chains * (length as usize + 1) + seen.count_ones() as usize;
        known >>= length;
    }
    chains
}

impl Scene<'_> {
    #[inline(always)]
    fn row(&self, selector: Selector, base: usize) -> usize {
        let partial = self.at.node as usize;
        let place = if partial < PLACES { partial } else { 0 };
        let class = if self.expected.is_some() { self.match_class } else { 0 };
        match selector {
            Selector::Byte1 | Selector::Byte2 | Selector::Known | Selector::Chains(_) | Selector::Mark(..) => {
                base + place
            }
            Selector::Partial | Selector::MarkPartial(..) => base + partial,
            Selector::MarkAlone(..) => base,
            Selector::Match => (class * PLACES + place) * 2 + self.expected.unwrap_or(0) as usize,
            Selector::MatchOrPartial => {
                if self.expected.is_none() {
                    partial
                } else {
                    256 + class * PLACES + place
                }
            }
            Selector::Agreement => self.agreement() * 256 + partial,
            Selector::Guess { guess, holds, fails, values } => {
                let mark = if self.guesses[guess] > 0 { holds } else { fails };
                self.found.marks[mark].min(values - 1) * PLACES + place
            }
            Selector::Pair(a, b) => self.quantised(a) << 4 | self.quantised(b),
        }
    }

    /// What the first two guesses say of the next bit: neither anything, one of them, the other, both the same, both different.
    #[inline(always)]
    fn agreement(&self) -> usize {
        let [first, second, ..] = self.paths.map(|expected| expected.decision(self.at.path, self.at.done));
        match (first, second) {
            (Some(first), Some(second)) => 3 + (first ^ second) as usize,
            (first, second) => usize::from(first.is_some()) | usize::from(second.is_some()) << 1,
        }
    }

    /// What the history of context `k` says, in 16 steps.
    #[inline(always)]
    fn quantised(&self, k: usize) -> usize {
        ((i32::from(self.inputs[2 * k]) + 2400).max(0) / 300).min(15) as usize
    }
}
