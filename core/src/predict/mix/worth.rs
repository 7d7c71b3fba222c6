//! What a small context was worth so far, as a logistic value that is read far more often than it changes.
//!
//! Decisions are counted as they come; [`Worth::settle`] turns the counts into values now and then, so that asking is one load and learning one
//! increment. Settling every 4 KiB is no worse than adapting at once (0.01 % on English) and halves the time of an expert.
//!
//! Cost: 8 bytes a cell in the hot loop, value and fresh counts side by side, and 8 beside it. Source: the indirect counters of Mahoney's PAQ6 and ZPAQ, settled in batches.

use crate::error::{Result, try_filled};
use crate::predict::history_map::Memory;
use crate::predict::logistic::{STRETCH_LIMIT, squash, stretch};

const MEMORY: Memory = Memory { prior_weight: 3, halve_at: 1 << 11 };

/// Decisions that a value counts for that was taken over.
const RETOLD: u32 = 1 << 8;

/// A history that was right 31 times in 32 counts twice.
const SURE: i32 = 879;

/// What a cell says besides its logistic value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// The value again where it is nearly certain, else nothing.
    Sure,
    /// The probability's distance from a half, of 1,024: better on machine code and tables by 0.3 %.
    Linear,
}

impl Second {
    fn of(self, value: i32) -> i32 {
        match self {
            Second::Sure if value.abs() > SURE => value,
            Second::Sure => 0,
            Second::Linear => (squash(value) as i32 - 32_768) >> 5,
        }
    }
}

/// What is known of one history or run.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(8))]
pub struct Cell {
    /// Value in the logistic domain, and what it says besides.
    values: [i16; 2],
    /// Zeros and ones since the last settling.
    fresh: [u16; 2],
}

/// See the module. Each expert has `N` cells; the first is for *nothing seen*, and stays without worth.
#[derive(Clone, Debug)]
pub struct Worth<const N: usize> {
    cells: Vec<[Cell; N]>,
    second: Second,
    total: Vec<[[u32; 2]; N]>,
    /// First guesses of P(1), of 65,536, of each expert.
    priors: [u32; N],
}

impl<const N: usize> Worth<N> {
    /// Cells for so many experts, with their first guesses of P(1), of 65,536.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(experts: usize, priors: [u32; N], second: Second) -> Result<Self> {
        let mut row = priors.map(|prior| Cell { values: pair(prior, second), fresh: [0; 2] });
        row[0] = Cell::default();
        Ok(Worth { cells: try_filled(experts, row)?, second, total: try_filled(experts, [[0; 2]; N])?, priors })
    }

    /// Cells of each expert.
    #[inline(always)]
    pub fn cells(&self) -> &[[Cell; N]] {
        &self.cells
    }

    /// Cells of each expert, to count in.
    #[inline(always)]
    pub fn cells_mut(&mut self) -> &mut [[Cell; N]] {
        &mut self.cells
    }

    /// Passes the values of each expert's cells, and those that they began with, to `code`, and takes over what it makes of them, as if each
    /// had been seen 256 times.
    pub fn retell(&mut self, mut code: impl FnMut(&mut [i32], &[i32])) {
        let first = self.priors.map(stretch);
        for (cells, totals) in self.cells.iter_mut().zip(&mut self.total) {
            let mut row: [i32; N] = std::array::from_fn(|cell| i32::from(cells[cell].values[0]));
            code(&mut row, &first);
            for (cell, &value) in row.iter().enumerate() {
                let value = value.clamp(-STRETCH_LIMIT, STRETCH_LIMIT);
                let values = [value, self.second.of(value)].map(|value| value as i16);
                cells[cell] = Cell { values, fresh: [0, 0] };
                let ones = (squash(value) * RETOLD) >> 16;
                totals[cell] = if value == first[cell] { [0, 0] } else { [RETOLD - ones, ones] };
            }
            (cells[0], totals[0]) = (Cell::default(), [0, 0]);
        }
    }

    /// Turns the counts so far into values.
    pub fn settle(&mut self) {
        for (cells, totals) in self.cells.iter_mut().zip(&mut self.total) {
            cells[0].fresh = [0, 0];
            for ((cell, total), &prior) in cells.iter_mut().zip(totals).zip(&self.priors) {
                if cell.fresh != [0, 0] {
                    cell.settle(total, prior, self.second);
                }
            }
        }
    }
}

impl Cell {
    /// The logistic value, and what the cell says besides.
    #[inline(always)]
    pub fn values(&self) -> [i16; 2] {
        self.values
    }

    /// Counts `times` decisions; at most 65,535 of a cell between two settlings.
    #[inline(always)]
    pub fn count(&mut self, bit: u32, times: u16) {
        let fresh = &mut self.fresh[bit as usize & 1];
        *fresh = fresh.wrapping_add(times);
    }

    fn settle(&mut self, total: &mut [u32; 2], prior: u32, second: Second) {
        self.values = pair(MEMORY.settle(total, self.fresh, prior), second);
        self.fresh = [0, 0];
    }
}

fn pair(p: u32, second: Second) -> [i16; 2] {
    let value = stretch(p);
    [value, second.of(value)].map(|value| value as i16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_change_when_settled_and_follow_what_was_seen() {
        let mut worth = Worth::new(2, [1 << 15, 1 << 14, 1 << 15], Second::Linear).unwrap();
        assert!(worth.cells()[0][2].values()[0].abs() <= 1);
        worth.cells_mut()[0][2].count(1, 100);
        assert!(worth.cells()[0][2].values()[0].abs() <= 1);
        worth.settle();
        assert!(worth.cells()[0][2].values()[0] > 900);
        assert!((900..1024).contains(&worth.cells()[0][2].values()[1]));
        assert!(worth.cells()[1][2].values()[0].abs() <= 1);
        for _ in 0..20 {
            worth.cells_mut()[0][2].count(0, 1000);
            worth.settle();
        }
        assert!(worth.cells()[0][2].values()[0] < -900);
    }

    #[test]
    fn nothing_seen_is_worth_nothing() {
        let mut worth = Worth::new(1, [1 << 14; 4], Second::Sure).unwrap();
        worth.cells_mut()[0][0].count(1, 500);
        worth.settle();
        assert_eq!(worth.cells()[0][0].values(), [0, 0]);
    }
}
