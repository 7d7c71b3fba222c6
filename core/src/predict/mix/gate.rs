//! The gate of the mix: several sets of weights, each with a row picked by its own small context, and a final gate over them.
//!
//! A row blends all inputs in the logistic domain (256 steps a unit) and learns from its own error. The final gate blends the rows'
//! predictions the same way. Weights are 32-bit with 2^28 for one; a product takes the upper 16 bits of a weight, so that a slow
//! rate still adds up below them. Rates decay from [`Rates::at`]'s first to its last value.
//!
//! Sums wrap at 32 bits. Inputs are below 2^12 and weights below 7, so that some thirty inputs at their limits fit; a larger sum means
//! nothing and is the same nonsense on every machine.
//!
//! Cost: with `n` inputs and `s` sets, `n * s / 8` vector products a bit to blend and as many to learn; 4 bytes a weight. Source: the two-layer
//! network of Mahoney's paq8.

use crate::error::Result;
use crate::kernels::vector::Lanes;
use crate::predict::logistic::{SQUASH_LIMIT, squash};
use crate::predict::table::Table;

/// Most sets of a gate.
pub const SETS_MAX: usize = 16;
/// Most final gates.
pub const FINALS_MAX: usize = 2;
/// A weight of one.
const ONE: i32 = 1 << 28;
const LIMIT: i32 = 7 << 28;
/// What an input begins with, if it begins with anything: 0.1 and 0.02 lose 0.05 % on English.
const FIRST_WEIGHT: i32 = ONE / 20;
/// The final gate's rate, of 2^19 for a full-scale input and error: 1 and 4 lose 0.02 %.
const FINAL_RATE: i32 = 2;

/// Learning rates of the first layer, 1/4096 a step.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// At the start.
    pub first: i32,
    /// In the long run.
    pub last: i32,
    /// Log2 of the bytes after which half of the difference is gone.
    pub half: u32,
}

impl Rates {
    /// The rate after `position` bytes.
    pub fn at(&self, position: usize) -> i32 {
        let scaled = i64::from(self.first - self.last) << self.half;
        self.last + (scaled / ((1i64 << self.half) + position as i64)) as i32
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Gate {
    weights: Table<i32>,
    /// First row of each set, and of each final gate.
    starts: Vec<usize>,
    finals: Table<i32>,
    final_starts: Vec<usize>,
    rows: [usize; SETS_MAX],
    final_rows: [usize; FINALS_MAX],
    /// Of the sets, and of the final gates.
    outputs: [i32; SETS_MAX],
    final_outputs: [i32; FINALS_MAX],
}

impl Gate {
    /// A gate over `width` vectors of eight inputs, with sets, and final gates, of so many rows. `begins` tells which inputs begin with a
    /// weight; the others begin with none.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(width: usize, sets: &[usize], finals: &[usize], begins: impl Fn(usize) -> bool) -> Result<Self> {
        let row: Vec<i32> = (0..8 * width).map(|input| if begins(input) { FIRST_WEIGHT } else { 0 }).collect();
        let starts = |lens: &[usize]| (0..lens.len()).map(|i| lens[..i].iter().sum()).collect();
        let share = ONE / sets.len().max(1) as i32;
        let final_row: Vec<i32> = (0..SETS_MAX).map(|set| if set < sets.len() { share } else { 0 }).collect();
        Ok(Gate {
            weights: Table::repeated(&row, sets.iter().sum())?,
            starts: starts(sets),
            finals: Table::repeated(&final_row, finals.iter().sum())?,
            final_starts: starts(finals),
            rows: [0; SETS_MAX],
            final_rows: [0; FINALS_MAX],
            outputs: [0; SETS_MAX],
            final_outputs: [0; FINALS_MAX],
        })
    }

    /// The blended prediction in the logistic domain, for one row of each set and of each final gate. Inputs stand in the upper halves of
    /// their numbers.
    #[inline(always)]
    pub fn blend<L: Lanes>(&mut self, rows: &[usize], final_rows: &[usize], inputs: &[[i32; 8]]) -> i32 {
        let sets = rows.iter().zip(&self.starts).zip(self.rows.iter_mut().zip(&mut self.outputs));
        for ((&row, &start), (at, output)) in sets {
            *at = start + row;
            self.weights.touch(*at);
            *output = limited(L::dot_row(inputs, self.weights.row(*at).as_chunks().0));
        }
        let outputs = self.shifted_outputs();
        let mut sum = 0;
        let finals =
            final_rows.iter().zip(&self.final_starts).zip(self.final_rows.iter_mut().zip(&mut self.final_outputs));
        for ((&row, &start), (at, output)) in finals {
            *at = start + row;
            self.finals.touch(*at);
            *output = limited(L::dot_row(&outputs, self.finals.row(*at).as_chunks().0));
            sum += *output;
        }
        if self.final_starts.len() > 1 { sum >> 1 } else { sum }
    }

    /// Learns that `bit` came.
    #[inline(always)]
    pub fn learn<L: Lanes>(&mut self, inputs: &[[i32; 8]], bit: u32, rate: i32) {
        let truth = (bit << 16) as i32;
        let outputs = self.shifted_outputs();
        for (&row, &output) in self.final_rows.iter().zip(&self.final_outputs).take(self.final_starts.len()) {
            let error = ((truth - squash(output) as i32) * FINAL_RATE) >> 6;
            L::train_row(&outputs, self.finals.row_mut(row).as_chunks_mut().0, error, LIMIT);
        }
        for (&row, &output) in self.rows.iter().zip(&self.outputs).take(self.starts.len()) {
            let error = ((truth - squash(output) as i32) * rate) >> 8;
            L::train_row(inputs, self.weights.row_mut(row).as_chunks_mut().0, error, LIMIT);
        }
    }

    #[inline(always)]
    fn shifted_outputs(&self) -> [[i32; 8]; SETS_MAX / 8] {
        let mut vectors = [[0; 8]; SETS_MAX / 8];
        for (x, output) in vectors.as_flattened_mut().iter_mut().zip(&self.outputs) {
            *x = output << 16;
        }
        vectors
    }

    /// A gate that shares the weights of one that was shared.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn fork(&self) -> Result<Self> {
        let (starts, final_starts) = (self.starts.clone(), self.final_starts.clone());
        Ok(Gate { weights: self.weights.fork()?, finals: self.finals.fork()?, starts, final_starts, ..*self })
    }

    /// Passes the rows of each set and each final gate to `code`, together with what they would be without it, and takes over what it makes
    /// of them. What comes first, for each set, is the mean of the rows that were trained, against what rows begin with.
    pub fn retell(&mut self, begins: impl Fn(usize) -> bool, mut code: impl FnMut(&mut [i32], &[i32])) {
        let width = self.weights.width();
        let first: Vec<i32> = (0..width).map(|input| if begins(input) { FIRST_WEIGHT } else { 0 }).collect();
        retell(&mut self.weights, &self.starts, &first, &mut code);
        let share = ONE / self.starts.len().max(1) as i32;
        let first: Vec<i32> = (0..SETS_MAX).map(|set| if set < self.starts.len() { share } else { 0 }).collect();
        retell(&mut self.finals, &self.final_starts, &first, &mut code);
    }

    /// The weights, to freeze and to overlay: first layer, then final.
    pub fn tables(&mut self) -> [&mut Table<i32>; 2] {
        [&mut self.weights, &mut self.finals]
    }
}

fn retell(table: &mut Table<i32>, starts: &[usize], first: &[i32], code: &mut impl FnMut(&mut [i32], &[i32])) {
    let rows = table.cells().len() / first.len();
    for (set, &start) in starts.iter().enumerate() {
        let end = starts.get(set + 1).copied().unwrap_or(rows);
        let trained: Vec<usize> = (start..end).filter(|&row| table.row(row) != first).collect();
        let mut mean: Vec<i32> = (0..first.len())
            .map(|input| {
                let sum: i64 = trained.iter().map(|&row| i64::from(table.row(row)[input])).sum();
                if trained.is_empty() { first[input] } else { (sum / trained.len() as i64) as i32 }
            })
            .collect();
        code(&mut mean, first);
        for row in start..end {
            let row = table.row_mut(row);
            if row == first {
                row.copy_from_slice(&mean);
            }
            code(row, &mean);
            row.iter_mut().for_each(|weight| *weight = (*weight).clamp(-LIMIT, LIMIT));
        }
    }
}

/// A row's sum as a prediction.
#[inline(always)]
fn limited(sum: i32) -> i32 {
    (sum >> 12).clamp(1 - SQUASH_LIMIT, SQUASH_LIMIT - 1)
}
