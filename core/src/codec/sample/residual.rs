//! The coding of one residual: four modelled decisions, then bits that are as good as random.
//!
//! A residual `e` (sample less rounded prediction) is a sign (`e < 0`) and a magnitude (`e` or `!e`). The magnitude falls
//! into one of eight buckets whose widths are 1, 1, 1, 1, 2, 2, 4 and more units of `2^shift`, the shift following the
//! expected magnitude, so that sign and bucket are the four decisions of a binary tree. The place within
//! a bucket is coded as equally likely: at these widths the slope of the density is worth under 0.01 bit a sample.
//! The last bucket is open: an Elias-gamma code with adaptive class bits follows.
//!
//! The probability of a decision is the squashed sum of one weight from each of [`CONTEXTS`] tables, every table indexed by a
//! context of its own: logistic regression on indicator features, trained online. The sums of all fifteen nodes of the
//! tree are added up as vectors before the first decision, which leaves one table look-up to each decision's latency.

use crate::coder::binary::BitCoder;
use crate::error::{Error, Result, try_filled};
use crate::predict::logistic;

/// Tables, and contexts given for each residual.
pub(super) const CONTEXTS: usize = 6;
/// Nodes of the tree; lane 0 of a row counts its visits.
const LANES: usize = 16;
/// Weights have 20 fraction bits below a unit of the logistic domain; this leaves the 6 of the table of probabilities.
const INDEX_SHIFT: u32 = 14;
/// First magnitude of each bucket and bits of its place, in units.
const BUCKET_BASE: [u64; 8] = [0, 1, 2, 3, 4, 6, 8, 12];
const BUCKET_BITS: [u32; 8] = [0, 0, 0, 0, 1, 1, 2, 0];
/// Rates fall as 1/visits down to this many visits.
const VISIT_LIMIT: i32 = 255;
/// One visit more.
const VISIT: Row = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

type Row = [i32; LANES];

/// Rows of all tables together.
pub(super) const ROWS: usize = 8192;
/// Entries of the table of probabilities: 32 units of the logistic domain, 64 to the unit.
const PROBABILITIES: usize = 2048;

/// The adaptive state of residual coding.
#[derive(Debug)]
pub(super) struct Residual {
    /// The tables one behind the other; a context is the index of its row.
    rows: Box<[Row; ROWS]>,
    rates: [i32; VISIT_LIMIT as usize + 1],
    probabilities: Box<[u16; PROBABILITIES]>,
    /// Probabilities of the class bits of open buckets.
    classes: [u16; 64],
}

impl Residual {
    pub(super) fn new() -> Result<Self> {
        let mut rates = [0; VISIT_LIMIT as usize + 1];
        for (visits, rate) in rates.iter_mut().enumerate() {
            *rate = RATE_LIMIT + RATE_START / (visits as i32 + 2);
        }
        let mut probabilities = boxed(0u16)?;
        for (i, p) in probabilities.iter_mut().enumerate() {
            *p = logistic::squash((i as i32 - PROBABILITIES as i32 / 2) * (logistic::UNIT / 64)) as u16;
        }
        Ok(Residual { rows: boxed([0; LANES])?, rates, probabilities, classes: [1 << 15; 64] })
    }

    /// Codes a residual of at most 64 bits under `contexts`, one row of [`ROWS`] from each table.
    #[inline(always)]
    pub(super) fn code<C: BitCoder>(&mut self, coder: &mut C, contexts: [usize; CONTEXTS], shift: u32, e: i64) -> i64 {
        let mut sums = [0i32; LANES];
        for context in contexts {
            for (sum, weight) in sums.iter_mut().zip(&self.rows[context % ROWS]) {
                *sum = sum.wrapping_add(*weight);
            }
        }
        // All nodes at once: what is done here is not done between one decision and the next.
        let half = PROBABILITIES as i32 / 2;
        let mut indices = [0; LANES];
        // Not `map`, which is compiled as a function of its own, for the least of the instruction sets.
        for (index, sum) in indices.iter_mut().zip(sums) {
            *index = ((sum >> INDEX_SHIFT).clamp(-half, half - 1) + half) as u32;
        }
        let negative = (e < 0) as u32;
        let magnitude = (e ^ (e >> 63)) as u64;
        let leaf = negative << 3 | bucket_of(magnitude >> shift);

        let mut path = [(0i32, 0i32); 4];
        let mut node = 1usize;
        for (depth, step) in path.iter_mut().enumerate() {
            let p1 = u32::from(self.probabilities[indices[node % LANES] as usize % PROBABILITIES]);
            let bit = coder.code(leaf >> (3 - depth) & 1, p1);
            *step = (node as i32, (bit << 16) as i32 - p1 as i32);
            node = node * 2 + bit as usize;
        }
        let leaf = node as u32 & 15;
        self.learn(contexts, path);

        let bucket = (leaf & 7) as usize;
        let base = BUCKET_BASE[bucket] << shift;
        let place = if bucket == 7 {
            self.code_open(coder, magnitude.wrapping_sub(base), shift)
        } else {
            code_place(coder, magnitude.wrapping_sub(base), BUCKET_BITS[bucket] + shift)
        };
        let magnitude = base.wrapping_add(place) as i64;
        if leaf & 8 != 0 { !magnitude } else { magnitude }
    }

    /// Moves the weights of the nodes on `path` against their errors (of 65536).
    #[inline(always)]
    fn learn(&mut self, contexts: [usize; CONTEXTS], path: [(i32, i32); 4]) {
        // Built by comparing lanes, not by storing to them: a vector load behind scalar stores would wait for them.
        let mut errors = [0i32; LANES];
        for (lane, error) in errors.iter_mut().enumerate() {
            for (node, value) in path {
                *error = if lane as i32 == node { value } else { *error };
            }
        }
        for context in contexts {
            let row = &mut self.rows[context % ROWS];
            let rate = self.rates[row[0].clamp(0, VISIT_LIMIT) as usize];
            for ((weight, error), one) in row.iter_mut().zip(errors).zip(VISIT) {
                *weight = weight.wrapping_add((error * rate) >> 8).wrapping_add(one);
            }
        }
    }

    /// Codes a number behind the last bucket: the bit length of `value >> shift` in unary, then its bits.
    #[inline(never)]
    fn code_open<C: BitCoder>(&mut self, coder: &mut C, value: u64, shift: u32) -> u64 {
        let wanted = (value >> shift).wrapping_add(1).max(1).ilog2();
        let mut class = 0;
        while class < 63 {
            let p = &mut self.classes[class as usize];
            let bit = coder.code((wanted > class) as u32, u32::from(*p).clamp(32, 65504));
            *p = if bit != 0 { *p + ((65535 - *p) >> 5) } else { *p - (*p >> 5) };
            if bit == 0 {
                break;
            }
            class += 1;
        }
        let first = (1u64 << class) - 1;
        let bits = (class + shift).min(63);
        (first << shift).wrapping_add(code_place(coder, value.wrapping_sub(first << shift), bits))
    }
}

const RATE_LIMIT: i32 = 8;
const RATE_START: i32 = 800;

#[inline(always)]
fn bucket_of(units: u64) -> u32 {
    const OF: [u8; 13] = [0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 6, 6, 7];
    u32::from(OF[units.min(12) as usize])
}

/// Codes `bits` equally likely bits, in pieces that the coder takes at once.
#[inline(always)]
fn code_place<C: BitCoder>(coder: &mut C, value: u64, mut bits: u32) -> u64 {
    let mut out = 0;
    while bits > 8 {
        bits -= 8;
        out = out << 8 | u64::from(coder.code_raw((value >> bits) as u32 & 255, 8));
    }
    out << bits | u64::from(coder.code_raw(value as u32 & ((1 << bits) - 1), bits))
}

/// A boxed array of copies of `value`, on the heap from the start.
pub(super) fn boxed<T: Clone, const N: usize>(value: T) -> Result<Box<[T; N]>> {
    let array = try_filled(N, value)?.into_boxed_slice().try_into();
    array.map_err(|_| Error::Internal("length of an array"))
}
