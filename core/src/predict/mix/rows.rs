//! Which row of each weight set is used: the part of it that holds for a byte or a group of bits is worked out once, the rest for each bit.

use crate::predict::mix::ensemble::{Ensemble, Selector};
use crate::predict::mix::features::{Findings, GUESSES, Guess};
use crate::predict::mix::gate::{FINALS_MAX, SETS_MAX};
use crate::predict::mix::model::At;

/// What rows can depend on from bit to bit.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub at: At,
    /// The bit that a match expects.
    pub expected: Option<u32>,
    pub match_class: usize,
    pub found: &'a Findings,
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
                Selector::Known => *base = known.count_ones() as usize * 8,
                Selector::Chains(_) => *base = chains(ensemble.chains, known) * 8,
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
        Selector::Byte1 => (last & 0xFF) * 8,
        Selector::Byte2 => (last >> 8 & 0xFF) * 8,
        Selector::Mark(mark, values) => marks[mark].min(values - 1) * 8,
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
        let (bit, partial) = (self.at.done as usize, self.at.node as usize);
        let class = if self.expected.is_some() { self.match_class } else { 0 };
        match selector {
            Selector::Byte1 | Selector::Byte2 | Selector::Known | Selector::Chains(_) | Selector::Mark(..) => {
                base + bit
            }
            Selector::Partial | Selector::MarkPartial(..) => base + partial,
            Selector::MarkAlone(..) => base,
            Selector::Match => (class * 8 + bit) * 2 + self.expected.unwrap_or(0) as usize,
            Selector::MatchOrPartial => {
                if self.expected.is_none() {
                    partial
                } else {
                    256 + class * 8 + bit
                }
            }
            Selector::Agreement => self.agreement() * 256 + partial,
            Selector::Guess { guess, holds, fails, values } => {
                let mark = if self.guesses[guess] > 0 { holds } else { fails };
                self.found.marks[mark].min(values - 1) * 8 + bit
            }
            Selector::Pair(a, b) => self.quantised(a) << 4 | self.quantised(b),
        }
    }

    /// What the first two guesses say of the next bit: neither anything, one of them, the other, both the same, both different.
    #[inline(always)]
    fn agreement(&self) -> usize {
        let [first, second, ..] = &self.found.guesses;
        let says = |guess: &Guess| guess.expected >> (8 - self.at.done) == self.at.node;
        match (says(first), says(second)) {
            (true, true) => 3 + ((first.expected ^ second.expected) >> (7 - self.at.done) & 1) as usize,
            (first, second) => usize::from(first) | usize::from(second) << 1,
        }
    }

    /// What the history of context `k` says, in 16 steps.
    #[inline(always)]
    fn quantised(&self, k: usize) -> usize {
        ((i32::from(self.inputs[2 * k]) + 2400).max(0) / 300).min(15) as usize
    }
}
