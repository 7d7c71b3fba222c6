//! Adaptive probability maps behind the gate: what blends like this one were worth in a small context so far.
//!
//! Input: a row, hashed from a context, and a prediction in the logistic domain (256 steps a unit). Output: P(1), of 65,536, interpolated between
//! two of 24 cells that stand one unit apart; the nearer one is then trained. The rows of one group of decisions stand side by side, so that
//! they can be fetched ahead together.
//!
//! Cost: a cache line a row; two loads and a multiplication a decision. Source: the APM of Mahoney's PAQ7.

use crate::error::{Result, try_filled};
use crate::kernels::prefetch;
use crate::predict::apm::{self, COLUMNS};
use crate::predict::logistic::{squash, stretch};
use crate::predict::table::Table;

/// Rows of one group of decisions: nodes 1 to 7, and one spare.
const GROUP: usize = 8;

/// Cells of one context, and room up to the next cache line.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
pub struct Cells([u16; 32]);

fn identity() -> Cells {
    let mut cells = Cells::default();
    cells.0[..COLUMNS].copy_from_slice(&apm::identity());
    cells
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Calibration {
    rows: Table<Cells>,
    mask: usize,
}

impl Calibration {
    /// A map of `1 << log2` rows (`log2` at least 3) that returns what it is given.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(log2: u32) -> Result<Self> {
        Ok(Calibration { rows: Table::repeated(&[identity()], 1 << log2)?, mask: (1 << log2) - 1 })
    }

    /// Bytes that a map of `1 << log2` rows takes.
    pub fn memory(log2: u32) -> u64 {
        (size_of::<Cells>() as u64) << log2
    }

    /// The first row of a group of decisions.
    #[inline(always)]
    pub fn first(&self, hash: u64) -> usize {
        hash as usize & self.mask & !(GROUP - 1)
    }

    /// Asks the cache for a row.
    #[inline(always)]
    pub fn prefetch(&self, row: usize) {
        prefetch(self.rows.cells(), row);
    }

    /// P(1) for the prediction `x`, as [`apm::refine`] takes it, in `row`, and the column for [`Calibration::learn`].
    #[inline(always)]
    pub fn refine(&mut self, row: usize, x: i32) -> (u32, usize) {
        self.rows.touch(row);
        apm::refine(&self.rows.row(row)[0].0, x)
    }

    /// Trains the cell that [`Calibration::refine`] named.
    #[inline(always)]
    pub fn learn(&mut self, row: usize, column: usize, bit: u32) {
        apm::train(&mut self.rows.row_mut(row)[0].0[column & 31], bit);
    }

    /// A row as it is.
    pub fn kept(&mut self, row: usize) -> Cells {
        self.rows.touch(row);
        self.rows.row(row)[0]
    }

    /// Makes a row what it was when it was `kept`.
    pub fn restore(&mut self, row: usize, kept: Cells) {
        self.rows.row_mut(row)[0] = kept;
    }

    /// Passes the cells of each row, in the logistic domain, and those that they began with, to `code`, and takes over what it makes of
    /// them.
    pub fn retell(&mut self, mut code: impl FnMut(&mut [i32], &[i32])) {
        let identity = identity().0;
        let first: [i32; COLUMNS] = std::array::from_fn(|column| stretch(u32::from(identity[column])));
        for row in 0..=self.mask {
            let cells = &mut self.rows.row_mut(row)[0].0;
            let mut values: [i32; COLUMNS] = std::array::from_fn(|column| stretch(u32::from(cells[column])));
            code(&mut values, &first);
            for column in 0..COLUMNS {
                let value = values[column];
                cells[column] = if value == first[column] { identity[column] } else { squash(value) as u16 };
            }
        }
    }

    /// A map that shares the cells of one that was shared.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn fork(&self) -> Result<Self> {
        Ok(Calibration { rows: self.rows.fork()?, mask: self.mask })
    }

    /// A map of at least `1 << log2` rows, each of which begins as the one of this shared map that stands for it there.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn widened(&self, log2: u32) -> Result<Self> {
        let Some(base) = self.rows.base().filter(|base| base.len() < 1 << log2) else { return self.fork() };
        let mut rows = try_filled(1 << log2, Cells::default())?;
        rows.chunks_exact_mut(base.len()).for_each(|copy| copy.copy_from_slice(base));
        Ok(Calibration { rows: Table::plain(rows, 1), mask: (1 << log2) - 1 })
    }

    /// The cells, to freeze and to overlay.
    pub fn table(&mut self) -> &mut Table<Cells> {
        &mut self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_map_returns_what_it_is_given_and_a_taught_one_what_it_saw() {
        let mut map = Calibration::new(4).unwrap();
        let row = map.first(9) + 3;
        assert_eq!(row, 11);
        for x in -2000..2000 {
            // Straight lines between cells a unit apart.
            assert!(map.refine(row, x).0.abs_diff(squash(x)) < 1000);
        }
        for _ in 0..600 {
            let (_, column) = map.refine(row, 0);
            map.learn(row, column, 1);
        }
        assert!(map.refine(row, 0).0 > 60_000);
        assert_eq!(map.refine(row - 1, 0).0, 32_768);
    }
}
