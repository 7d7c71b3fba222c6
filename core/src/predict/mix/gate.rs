//! The gate of the mix: several sets of weights, each with a row picked by its own small context, and a final gate over them.
//!
//! A row blends all inputs in the logistic domain (256 steps a unit) and learns from its own error. The final gate blends the rows'
//! predictions the same way. Weights are 16-bit with 2^14 for one (32-bit ones gain 0.03 %). Rates decay from [`Rates::at`]'s first to its
//! last value. Where the blend was nearly right, the first layer does not learn: that changes little in what is predicted (nothing up to 5 %, 0.06 % at
//! 15 %), and saves most of the learning.
//!
//! Sums wrap at 32 bits. Inputs are below 2^12 and weights below 2^15, so that sixteen inputs at their limits fit; a larger sum means
//! nothing and is the same nonsense on every machine.
//!
//! Cost: with `n` inputs and `s` sets, `n * s / 32` vector products a bit to blend and as many to learn; 2 bytes a weight. Source: the two-layer
//! network of Mahoney's paq8.

use crate::error::Result;
use crate::kernels::vector::{Lanes, ROW, Row};
use crate::predict::logistic::{SQUASH_LIMIT, squash};
use crate::predict::table::Table;

/// Most sets of a gate.
pub const SETS_MAX: usize = 16;
/// Most final gates.
pub const FINALS_MAX: usize = 2;
/// A weight of one.
pub const ONE: i16 = 1 << 14;
/// The same of a final gate, whose weights are 32-bit: with 16 bits it loses 0.1 %.
const FINAL_ONE: i32 = 1 << 16;
const FINAL_LIMIT: i32 = 7 << 16;
/// A final gate learns from its error divided by two this often: 0 gains nothing, 2 and 3 lose 0.05 and 0.13 %.
const FINAL_RATE: u32 = 1;
/// Errors of the blend below this, of 65,536, teach the first layer nothing.
const SMALL: i32 = 38_400;

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
    weights: Table<Row>,
    /// First row of each set, and of each final gate.
    starts: Vec<usize>,
    finals: Table<i32>,
    final_starts: Vec<usize>,
    rows: [usize; SETS_MAX],
    final_rows: [usize; FINALS_MAX],
    /// Of the sets, and of the final gates.
    outputs: [i16; SETS_MAX],
    final_outputs: [i32; FINALS_MAX],
    /// Of the whole gate.
    blend: i32,
}

impl Gate {
    /// A gate over `width` vectors of inputs, with sets, and final gates, of so many rows. `begins` tells what the
    /// weights of an input begin with.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(width: usize, sets: &[usize], finals: &[usize], begins: impl Fn(usize) -> i16) -> Result<Self> {
        let row: Vec<Row> = (0..width).map(|i| Row(std::array::from_fn(|j| begins(i * ROW + j)))).collect();
        let starts = |lens: &[usize]| (0..lens.len()).map(|i| lens[..i].iter().sum()).collect();
        let share = FINAL_ONE / sets.len().max(1) as i32;
        let final_row: [_; SETS_MAX] = std::array::from_fn(|set| if set < sets.len() { share } else { 0 });
        Ok(Gate {
            weights: Table::repeated(&row, sets.iter().sum())?,
            starts: starts(sets),
            finals: Table::repeated(&final_row, finals.iter().sum())?,
            final_starts: starts(finals),
            rows: [0; SETS_MAX],
            final_rows: [0; FINALS_MAX],
            outputs: [0; SETS_MAX],
            final_outputs: [0; FINALS_MAX],
            blend: 0,
        })
    }

    /// The blended prediction in the logistic domain, for one row of each set and of each final gate.
    #[inline(always)]
    pub fn blend<L: Lanes>(&mut self, rows: &[usize], final_rows: &[usize], inputs: &[[i16; ROW]]) -> i32 {
        let sets = rows.iter().zip(&self.starts).zip(self.rows.iter_mut().zip(&mut self.outputs));
        for ((&row, &start), (at, output)) in sets {
            *at = start + row;
            self.weights.touch(*at);
            *output = limited(L::dot_row(inputs, self.weights.row(*at)) >> 14) as i16;
        }
        let outputs = self.halves::<L>();
        let mut sum = 0;
        let finals =
            final_rows.iter().zip(&self.final_starts).zip(self.final_rows.iter_mut().zip(&mut self.final_outputs));
        for ((&row, &start), (at, output)) in finals {
            *at = start + row;
            self.finals.touch(*at);
            let halves = outputs.iter().zip(self.finals.row(*at).as_chunks().0);
            *output = limited(halves.fold(0, |sum: i32, (&half, weights)| sum.wrapping_add(half.dot(weights))) >> 8);
            sum += *output;
        }
        self.blend = if self.final_starts.len() > 1 { sum >> 1 } else { sum };
        self.blend
    }

    /// Learns that `bit` came.
    #[inline(always)]
    pub fn learn<L: Lanes>(&mut self, inputs: &[[i16; ROW]], bit: u32, rate: i32) {
        let truth = (bit << 16) as i32;
        let outputs = self.halves::<L>();
        let error = |output: i32| truth - squash(output) as i32;
        for (&row, &output) in self.final_rows.iter().zip(&self.final_outputs).take(self.final_starts.len()) {
            let step = error(output) >> FINAL_RATE;
            for (half, weights) in outputs.iter().zip(self.finals.row_mut(row).as_chunks_mut().0) {
                half.train(weights, step, FINAL_LIMIT);
            }
        }
        if error(self.blend).abs() * rate < SMALL {
            return;
        }
        for (&row, &output) in self.rows.iter().zip(&self.outputs).take(self.starts.len()) {
            let step = (error(i32::from(output)) * rate) >> 9;
            L::train_row(inputs, self.weights.row_mut(row), step as i16);
        }
    }

    /// Adds to `supports` what each of `inputs`, of which [`Gate::blend`] was the last to be asked, contributed in favour of `bit`: its part of the blend,
    /// in 2^-12 of the logistic domain's unit.
    pub fn add_supports(&self, inputs: &[i16], bit: u32, supports: &mut [i64]) {
        let sign = if bit == 0 { -1 } else { 1 };
        let finals = self.final_rows.iter().take(self.final_starts.len());
        for (set, &row) in self.rows.iter().enumerate().take(self.starts.len()) {
            let weights: i64 = finals.clone().map(|&row| i64::from(self.finals.row(row)[set])).sum();
            let share = sign * weights / self.final_starts.len().max(1) as i64;
            let weights = self.weights.row(row).iter().flat_map(|row| row.0);
            for ((support, &input), weight) in supports.iter_mut().zip(inputs).zip(weights) {
                *support += (i64::from(input) * i64::from(weight) * share) >> 26;
            }
        }
    }

    /// Passes the weights, of 2^28 for one, to `code`, row by row and each beside what comes before it, and takes over what it makes
    /// of them. What comes first, for each set, is the mean of the rows that were trained, against what rows begin with.
    pub fn retell(&mut self, begins: impl Fn(usize) -> i16, mut code: impl FnMut(&mut [i32], &[i32])) {
        let width = self.weights.width() * ROW;
        let first: Vec<i32> = (0..width).map(|input| i32::from(begins(input)) << 14).collect();
        let sets = ends(&self.starts, self.weights.cells().len() / self.weights.width());
        for (set, end) in sets {
            let mut rows: Vec<Vec<i32>> = (set..end).map(|row| told(self.weights.row(row))).collect();
            retell(&mut rows, &first, &mut code);
            for (row, values) in (set..end).zip(&rows) {
                for (weight, &value) in self.weights.row_mut(row).iter_mut().flat_map(|row| &mut row.0).zip(values) {
                    *weight = (value >> 14).clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
                }
            }
        }
        let share = FINAL_ONE / self.starts.len().max(1) as i32;
        let first: Vec<i32> = (0..SETS_MAX).map(|set| if set < self.starts.len() { share << 12 } else { 0 }).collect();
        for (set, end) in ends(&self.final_starts, self.finals.cells().len() / SETS_MAX) {
            let told = |row: &[i32]| row.iter().map(|weight| weight << 12).collect();
            let mut rows: Vec<Vec<i32>> = (set..end).map(|row| told(self.finals.row(row))).collect();
            retell(&mut rows, &first, &mut code);
            for (row, values) in (set..end).zip(&rows) {
                for (weight, &value) in self.finals.row_mut(row).iter_mut().zip(values) {
                    *weight = (value >> 12).clamp(-FINAL_LIMIT, FINAL_LIMIT);
                }
            }
        }
    }

    /// Makes the weights a base for [`Gate::fork`].
    pub fn share(&mut self) {
        self.weights.share();
        self.finals.share();
    }

    /// A gate that shares the weights of this one, which was shared.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn fork(&self) -> Result<Self> {
        Ok(Gate {
            weights: self.weights.fork()?,
            finals: self.finals.fork()?,
            starts: self.starts.clone(),
            final_starts: self.final_starts.clone(),
            ..*self
        })
    }

    /// Forgets what was learnt since the fork.
    pub fn reset(&mut self) {
        self.weights.reset();
        self.finals.reset();
    }

    /// The sets' outputs.
    #[inline(always)]
    fn halves<L: Lanes>(&self) -> [L; SETS_MAX / 8] {
        let (halves, _) = self.outputs.as_chunks::<8>();
        std::array::from_fn(|i| L::widen(halves[i]))
    }
}

/// Rows of a gate as they were.
#[derive(Clone, Debug)]
pub struct Kept {
    rows: [usize; SETS_MAX],
    final_rows: [usize; FINALS_MAX],
    weights: Vec<Row>,
    finals: Vec<i32>,
}

/// What a dry run needs: what [`Gate::learn`] changes, and how to undo it.
impl Gate {
    /// The rows that [`Gate::blend`] was the last to be asked with.
    pub fn kept(&self) -> Kept {
        let rows = self.rows.iter().take(self.starts.len());
        let finals = self.final_rows.iter().take(self.final_starts.len());
        Kept {
            rows: self.rows,
            final_rows: self.final_rows,
            weights: rows.flat_map(|&row| self.weights.row(row)).copied().collect(),
            finals: finals.flat_map(|&row| self.finals.row(row)).copied().collect(),
        }
    }

    /// Undoes what was learnt in the rows that were `kept`.
    pub fn restore(&mut self, kept: &Kept) {
        let width = self.weights.width();
        for (&row, weights) in kept.rows.iter().zip(kept.weights.chunks_exact(width)) {
            self.weights.row_mut(row).copy_from_slice(weights);
        }
        for (&row, weights) in kept.final_rows.iter().zip(kept.finals.chunks_exact(SETS_MAX)) {
            self.finals.row_mut(row).copy_from_slice(weights);
        }
    }

    /// What the first `count` inputs of which [`Gate::blend`] was the last to be asked are multiplied with on their way into the blend, of 2^16 for one.
    pub fn weights_of(&self, count: usize) -> Vec<i32> {
        let mut sums = vec![0; count];
        let finals = self.final_rows.iter().take(self.final_starts.len());
        for (set, &row) in self.rows.iter().enumerate().take(self.starts.len()) {
            let share: i64 = finals.clone().map(|&row| i64::from(self.finals.row(row)[set])).sum();
            let weights = self.weights.row(row).iter().flat_map(|row| row.0);
            sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += i64::from(weight) * share);
        }
        let count = self.final_starts.len().max(1) as i64;
        sums.into_iter().map(|sum| ((sum / count) >> 14) as i32).collect()
    }
}

/// First row and end of each set.
fn ends(starts: &[usize], rows: usize) -> Vec<(usize, usize)> {
    let ends = starts.iter().skip(1).copied().chain([rows]);
    starts.iter().copied().zip(ends).collect()
}

/// Weights of 2^28 for one.
fn told(row: &[Row]) -> Vec<i32> {
    row.iter().flat_map(|row| row.0).map(|weight| i32::from(weight) << 14).collect()
}

fn retell(rows: &mut [Vec<i32>], first: &[i32], code: &mut impl FnMut(&mut [i32], &[i32])) {
    let trained: Vec<usize> = (0..rows.len()).filter(|&row| rows[row] != first).collect();
    let mut mean: Vec<i32> = (0..first.len())
        .map(|input| {
            let sum: i64 = trained.iter().map(|&row| i64::from(rows[row][input])).sum();
            if trained.is_empty() { first[input] } else { (sum / trained.len() as i64) as i32 }
        })
        .collect();
    code(&mut mean, first);
    for row in rows {
        if row == first {
            row.copy_from_slice(&mean);
        }
        code(row, &mean);
    }
}

/// A row's sum as a prediction.
#[inline(always)]
fn limited(sum: i32) -> i32 {
    sum.clamp(1 - SQUASH_LIMIT, SQUASH_LIMIT - 1)
}
