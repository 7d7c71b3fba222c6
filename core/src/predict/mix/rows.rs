//! Which row of each weight set is used: the part of it that holds for a byte or a group of bits is worked out once, the rest for each bit.

use crate::predict::mix::ensemble::{PLACES, Selector};
use crate::predict::mix::features::{Findings, GUESSES};
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
    /// The row that a guide's hint picks.
    pub hint: usize,
}

/// How the rows of some sets are found: worked out once from their selectors.
#[derive(Clone, Debug)]
pub(super) struct Picks<const N: usize> {
    selectors: &'static [Selector],
    /// Which bits of the place, and of the node, are added to a set's base.
    masks: [[usize; 2]; N],
    /// Sets whose bases depend on the group, and those whose rows are found in another way.
    by_group: Vec<(usize, Selector)>,
    others: Vec<(usize, Selector)>,
}

/// The parts of all rows that hold for a while.
pub(super) type Bases<const N: usize> = [usize; N];

impl<const N: usize> Picks<N> {
    /// For sets with these selectors, at most `N`.
    pub fn new(selectors: &'static [Selector]) -> Self {
        let masks = |selector: Option<&Selector>| match selector {
            Some(Selector::Byte1 | Selector::Byte2 | Selector::Mark(..) | Selector::Known | Selector::Chains(_)) => {
                [PLACES - 1, 0]
            }
            Some(Selector::Partial | Selector::MarkPartial(..)) => [0, 255],
            _ => [0, 0],
        };
        let that = |wanted: fn(&Selector) -> bool| {
            selectors.iter().copied().enumerate().filter(|(_, selector)| wanted(selector)).collect()
        };
        Picks {
            selectors,
            masks: std::array::from_fn(|set| masks(selectors.get(set))),
            by_group: that(|selector| matches!(selector, Selector::Known | Selector::Chains(_))),
            others: that(|selector| {
                use Selector::{Agreement, Guess, Hint, Match, MatchOrPartial, Pair};
                matches!(selector, Match | MatchOrPartial | Agreement | Guess { .. } | Pair(..) | Hint)
            }),
        }
    }

    /// Takes in what the next byte's rows depend on.
    #[inline(always)]
    pub fn begin_byte(&self, bases: &mut Bases<N>, found: &Findings) {
        for (&selector, base) in self.selectors.iter().zip(bases) {
            *base = base_of(selector, found);
        }
    }

    /// Takes in which contexts have been seen before, the first lowest; `lengths` are those of the ensemble's chains.
    #[inline(always)]
    pub fn begin_group(&self, bases: &mut Bases<N>, lengths: &[u32], known: u64) {
        for &(set, selector) in &self.by_group {
            bases[set] =
                PLACES * if selector == Selector::Known { known.count_ones() as usize } else { chains(lengths, known) };
        }
    }

    /// The row of each set.
    #[inline(always)]
    pub fn rows(&self, bases: &Bases<N>, scene: &Scene) -> [usize; N] {
        let mut rows = *bases;
        let (place, node) = (scene.place(), scene.at.node as usize);
        for (row, [by_place, by_node]) in rows.iter_mut().zip(&self.masks).take(self.selectors.len()) {
            *row += (place & by_place) + (node & by_node);
        }
        for &(set, selector) in &self.others {
            rows[set] = scene.row(selector);
        }
        rows
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
    /// The node if it is one of the first, else 0.
    #[inline(always)]
    fn place(&self) -> usize {
        if (self.at.node as usize) < PLACES { self.at.node as usize } else { 0 }
    }

    /// The row of a set that is not a base with the place or the node.
    #[inline(always)]
    fn row(&self, selector: Selector) -> usize {
        let (place, node) = (self.place(), self.at.node as usize);
        let class = if self.expected.is_some() { self.match_class } else { 0 };
        match selector {
            Selector::Match => (class * PLACES + place) * 2 + self.expected.unwrap_or(0) as usize,
            Selector::MatchOrPartial if self.expected.is_none() => node,
            Selector::MatchOrPartial => 256 + class * PLACES + place,
            Selector::Agreement => self.agreement() * 256 + node,
            Selector::Guess { guess, holds, fails, values } => {
                let mark = if self.guesses[guess] > 0 { holds } else { fails };
                self.found.marks[mark].min(values - 1) * PLACES + place
            }
            Selector::Hint => self.hint,
            Selector::Pair(a, b) => self.quantised(a) << 4 | self.quantised(b),
            _ => 0,
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
