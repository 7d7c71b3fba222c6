//! The samples a prediction looks at: some rows of the past, and the line being coded behind them.

use crate::error::{Result, try_zeroed};

/// Fraction bits of predictions and errors.
pub(super) const FRACTION: u32 = 4;

/// The last samples, their errors and mean errors. Index `start()` is the first of the line being coded.
#[derive(Debug)]
pub(super) struct Window {
    /// Samples.
    pub samples: Vec<i64>,
    /// Sample less prediction, with [`FRACTION`] fraction bits.
    pub errors: Vec<i64>,
    /// A fading mean of error magnitudes up the column (in a series: over the channel), [`FRACTION`] fraction bits.
    pub means: Vec<i64>,
    reach: usize,
}

impl Window {
    /// A window that looks `reach` samples back from lines of at most `line` samples; all zero at first.
    pub(super) fn new(reach: usize, line: usize) -> Result<Self> {
        let len = reach + line;
        Ok(Window { samples: try_zeroed(len)?, errors: try_zeroed(len)?, means: try_zeroed(len)?, reach })
    }

    /// Index of the first sample of the line being coded.
    pub(super) fn start(&self) -> usize {
        self.reach
    }

    /// Makes the line of `len` samples just coded part of the past. What the next line starts with until its samples
    /// are known is a copy of the last ones: a neighbour to the upper right of the last column looks there.
    pub(super) fn advance(&mut self, len: usize) {
        for column in [&mut self.samples, &mut self.errors, &mut self.means] {
            column.copy_within(len..len + self.reach, 0);
            let ahead = (column.len() - self.reach).min(self.reach);
            column.copy_within(self.reach - ahead..self.reach, self.reach);
        }
    }
}
