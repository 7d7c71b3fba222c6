//! The match model: what followed the last time that the present context was seen.
//!
//! A hash of the last five bytes finds a candidate position; once the byte there has proved right, the model predicts
//! the bytes behind it until one is wrong. Its confidence is what matches of that length were worth so far.
//!
//! Output: one input of the gate (logistic domain, 256 steps a unit), a small number for choosing gate rows, and for long
//! matches a whole-byte prediction. Cost: 4 bytes a hash entry; about ten operations a bit, thirty a byte.
//! Source: Mahoney's lpaq1, with the candidate fetched a byte ahead so that its cache miss is never waited for.

use crate::error::{Result, try_zeroed};
use crate::kernels::prefetch;
use crate::predict::logistic::stretch;

const CONTEXT: u64 = 0xFF_FFFF_FFFF;
const BUCKETS: usize = 32;
/// Counts in a bucket before both are halved.
const HALVE_AT: u32 = 1 << 16;

/// See the module.
#[derive(Debug)]
pub struct MatchModel {
    heads: Vec<u32>,
    shift: u32,
    candidate: usize,
    pointer: usize,
    length: u32,
    bucket: usize,
    expected: u32,
    strength: i16,
    /// Wrong and right bits predicted, by length.
    counts: [[u32; 2]; BUCKETS],
    strengths: [i16; BUCKETS],
}

impl MatchModel {
    /// A model with `1 << log2` hash entries.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(log2: u32) -> Result<Self> {
        let mut model = MatchModel {
            heads: try_zeroed(1 << log2)?,
            shift: 64 - log2,
            candidate: 0,
            pointer: 0,
            length: 0,
            bucket: 0,
            expected: 0,
            strength: 0,
            counts: std::array::from_fn(|i| [1, 4 + 4 * i as u32]),
            strengths: [0; BUCKETS],
        };
        model.settle();
        Ok(model)
    }

    /// The expected byte with a leading one above it, or 0 without a match.
    #[inline(always)]
    pub fn expected(&self) -> u32 {
        self.expected
    }

    /// Bytes matched so far, counted from when the candidate was found.
    #[inline(always)]
    pub fn length(&self) -> u32 {
        self.length
    }

    /// Length class, below 32.
    #[inline(always)]
    pub fn bucket(&self) -> usize {
        self.bucket
    }

    /// Confidence in each bit of the expected byte, in the logistic domain.
    #[inline(always)]
    pub fn strength(&self) -> i16 {
        self.strength
    }

    /// Length in four classes: none, short, middling, long.
    #[inline(always)]
    pub fn class(&self) -> u32 {
        u32::from(self.length > 0) + u32::from(self.length >= 12) + u32::from(self.length >= 28)
    }

    /// Gives up the match: the expected byte is known to be wrong.
    #[inline(always)]
    pub fn fail(&mut self) {
        self.counts[self.bucket % BUCKETS][0] += 1;
        self.length = 0;
        self.bucket = 0;
        self.expected = 0;
    }

    /// Asks the cache for the hash entry of `last`, the last eight bytes.
    #[inline(always)]
    pub fn prefetch(&self, last: u64) {
        prefetch(&self.heads, self.slot(last));
    }

    #[inline(always)]
    fn slot(&self, last: u64) -> usize {
        ((last & CONTEXT).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize
    }

    /// Takes in `byte`, which `window` (a power of two long) already holds before `position`; `last` is the last eight bytes.
    #[inline(always)]
    pub fn push(&mut self, byte: u8, last: u64, position: usize, window: &[u8]) {
        let mask = window.len() - 1;
        let wrong = self.expected as u8 ^ byte;
        let counts = &mut self.counts[self.bucket % BUCKETS];
        counts[0] += u32::from(wrong != 0);
        counts[1] += wrong.leading_zeros();
        let goes_on = self.length > 0 && wrong == 0;
        let proved = u32::from(window[self.candidate & mask] == byte);
        self.pointer = if goes_on { self.pointer } else { self.candidate } + 1;
        self.length = if goes_on { self.length.saturating_add(1) } else { proved };

        let slot = self.slot(last);
        let head = &mut self.heads[slot];
        self.candidate = *head as usize;
        *head = position as u32;
        prefetch(window, self.candidate & mask);

        self.bucket = bucket(self.length);
        self.strength = self.strengths[self.bucket % BUCKETS];
        self.expected = if self.length > 0 { 256 | u32::from(window[self.pointer & mask]) } else { 0 };
    }

    /// Turns the counts so far into confidences.
    pub fn settle(&mut self) {
        for (counts, strength) in self.counts.iter_mut().zip(&mut self.strengths) {
            let [wrong, right] = *counts;
            let p = (u64::from(right) << 16) / (u64::from(right) + u64::from(wrong));
            *strength = stretch(p as u32) as i16;
            if right.max(wrong) > HALVE_AT {
                *counts = [wrong.div_ceil(2), right / 2];
            }
        }
        // No match predicts nothing.
        self.strengths[0] = 0;
    }
}

#[inline(always)]
fn bucket(length: u32) -> usize {
    let length = length as usize;
    if length < 16 {
        length
    } else if length < 32 {
        12 + length / 4
    } else {
        (16 + length / 8).min(BUCKETS - 1)
    }
}
