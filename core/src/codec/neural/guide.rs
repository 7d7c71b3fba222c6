//! The transformer as a guide of the mix: what the trie makes of its frequencies, and how far that was to be believed so far.

use crate::coder::binary::BitCoder;
use crate::error::Result;
use crate::neural::{Odds, Trie, Walk};
use crate::predict::logistic::{STRETCH_LIMIT, squash, stretch};
use crate::predict::mix::map::{self, Map};
use crate::predict::mix::primer::tables::Row;
use crate::predict::mix::tree::Tree;
use crate::predict::mix::{Guide, Hint, Said};

/// Steps of odds that are told apart, in the logistic domain.
const STEPS: usize = 64;
/// Bytes of the present token that are told apart.
const DEPTHS: usize = 4;
/// Decisions of a byte that rows tell apart, and steps of odds in one row.
const DONE: usize = 8;
const STEPS_A_ROW: usize = 4;
const _: () = assert!(DEPTHS * STEPS / STEPS_A_ROW * DONE == Said::ROWS);
/// Decisions that what cells begin with counts for.
const BELIEF: u32 = 30;
const LIMIT: u32 = 1023;
/// Steps in which primers keep cells, in the logistic domain.
const VALUE_STEP: i32 = 16;

/// What a cell begins with: the middle of its step.
fn first(cell: usize) -> u32 {
    let middle = (2 * (cell % STEPS) as i32 + 1 - STEPS as i32) * STRETCH_LIMIT / STEPS as i32;
    map::cell(squash(middle)) | BELIEF
}

/// What odds were worth in this text, by their step and the bytes of the token so far: at first, what they say.
#[derive(Clone)]
pub struct Confidence(Map);

impl Confidence {
    /// Before anything was seen.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new() -> Result<Self> {
        Ok(Confidence(Map::of((0..DEPTHS * STEPS).map(first).collect(), LIMIT)))
    }

    /// Codes all that was learnt, and takes over what a decoder makes of it.
    pub fn code_table<C: BitCoder>(&mut self, coder: &mut C) {
        let mut row = Row::default();
        self.0.retell_beside(first, |values, first| row.code(coder, values, first, VALUE_STEP));
    }
}

/// See the module.
pub struct TokenGuide<'a> {
    trie: &'a Trie,
    walk: &'a mut Walk,
    confidence: &'a mut Confidence,
    /// Where the trie is cut by the decision asked for last.
    middle: u32,
    /// The cell of its odds, if it was open.
    cell: Option<usize>,
}

impl<'a> TokenGuide<'a> {
    /// For the byte that `walk` stands before.
    pub fn new(trie: &'a Trie, walk: &'a mut Walk, confidence: &'a mut Confidence) -> Self {
        TokenGuide { trie, walk, confidence, middle: 0, cell: None }
    }
}

impl Guide for TokenGuide<'_> {
    #[inline(always)]
    fn ask(&mut self, tree: &Tree, path: u32, done: u32) -> Said {
        let (odds, middle) = self.trie.decide(self.walk, tree, path, done);
        (self.middle, self.cell) = (middle, None);
        let p = match odds {
            Odds::Forced(bit) => return Said::Forced(bit),
            Odds::Open(p) => p,
        };
        let said = stretch(p);
        let depth = (self.walk.depth() as usize).min(DEPTHS - 1);
        let step = ((said + STRETCH_LIMIT) as usize * STEPS / (2 * STRETCH_LIMIT as usize + 1)).min(STEPS - 1);
        let cell = depth * STEPS + step;
        self.cell = Some(cell);
        let worth = stretch(self.confidence.0.p(cell));
        Said::Open(Hint {
            inputs: [said as i16, ((p as i32 - 32_768) >> 5) as i16, worth as i16, 0],
            row: cell / STEPS_A_ROW * DONE + (done as usize).min(DONE - 1),
        })
    }

    #[inline(always)]
    fn take(&mut self, bit: u32) {
        if let Some(cell) = self.cell {
            self.confidence.0.learn(cell, bit);
        }
        self.trie.take(self.walk, bit, self.middle);
    }
}
