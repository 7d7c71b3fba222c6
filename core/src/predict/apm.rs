//! Adaptive probability map: what predictions like this one were worth so far.
//!
//! Input: a small context and a prediction in the logistic domain (256 steps a unit). Output: P(1), of 65,536, interpolated
//! between two of 24 cells that stand one logistic unit apart; the nearer one is then trained.
//!
//! Cost: 48 bytes a context; two loads and a multiplication a decision. Source: the APM of Mahoney's PAQ7 (secondary symbol
//! estimation, after Shkarin).

use crate::error::{Result, try_filled};
use crate::predict::logistic::{SQUASH_LIMIT, squash};

/// Log2 of the steps between two cells.
const SHIFT: u32 = 8;
/// Cells of a row.
pub const COLUMNS: usize = 24;
/// Cells move by 1 / 2^RATE of their error.
const RATE: u32 = 6;

/// A row that returns what it is given.
pub fn identity() -> [u16; COLUMNS] {
    std::array::from_fn(|i| squash(((i as i32) << SHIFT) - SQUASH_LIMIT) as u16)
}

/// P(1) by a row for the prediction `x`, in `1 - SQUASH_LIMIT..SQUASH_LIMIT`, and the column for [`train`].
#[inline(always)]
pub fn refine(row: &[u16], x: i32) -> (u32, usize) {
    let pos = (x + SQUASH_LIMIT) as u32;
    let column = ((pos >> SHIFT) as usize).min(COLUMNS - 2);
    let weight = pos & ((1 << SHIFT) - 1);
    let (low, high) = (u32::from(row[column]), u32::from(row[column + 1]));
    let p = ((low << SHIFT).wrapping_add(high.wrapping_sub(low).wrapping_mul(weight))) >> SHIFT;
    (p, column + (weight >> (SHIFT - 1)) as usize)
}

/// Trains the cell that [`refine`] named.
#[inline(always)]
pub fn train(cell: &mut u16, bit: u32) {
    let target = (bit as i32) * 65_535;
    *cell = (i32::from(*cell) + ((target - i32::from(*cell)) >> RATE)) as u16;
}

/// A map for `ROWS` contexts, a power of two; context numbers are taken modulo `ROWS`.
#[derive(Clone, Debug)]
pub struct Apm<const ROWS: usize> {
    cells: Box<[[u16; COLUMNS]; ROWS]>,
}

impl<const ROWS: usize> Apm<ROWS> {
    /// A map that returns what it is given.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new() -> Result<Self> {
        let cells = try_filled(ROWS, identity())?;
        Ok(Apm { cells: cells.into_boxed_slice().try_into().expect("ROWS rows were made") })
    }

    /// As [`refine`], by the row of `context`.
    #[inline(always)]
    pub fn refine(&self, context: usize, x: i32) -> (u32, usize) {
        refine(&self.cells[context % ROWS], x)
    }

    /// Trains the cell that [`Apm::refine`] named.
    #[inline(always)]
    pub fn train(&mut self, context: usize, column: usize, bit: u32) {
        train(&mut self.cells[context % ROWS][column.min(COLUMNS - 1)], bit);
    }
}
