//! Tables of fixed-width rows: gate weights, calibration maps, whatever is chosen by a small context.
//!
//! Like the [`arena`](super::arena), a table is either *plain* or an *overlay* on a read-only base that any number of tables share: a row
//! is copied in on first touch, and [`Table::reset`] forgets all copies at once by starting a new epoch. An overlay has every row
//! of its base, so copying changes no prediction.
//!
//! Cost: a plain table adds one predictable branch to a touch; an overlay one load and a comparison, and one copy of each row that an
//! input touches.

use crate::error::{Result, try_filled, try_zeroed};
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug)]
pub struct Table<T> {
    cells: Vec<T>,
    width: usize,
    base: Option<Arc<Vec<T>>>,
    /// For each row, the epoch of its copy; empty without a base.
    stamps: Vec<u32>,
    epoch: u32,
}

impl<T: Copy> Table<T> {
    /// A plain table of `cells`, in rows of `width`.
    pub fn plain(cells: Vec<T>, width: usize) -> Self {
        Table { cells, width, base: None, stamps: Vec::new(), epoch: 0 }
    }

    /// A plain table of `rows` copies of `row`.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn repeated(row: &[T], rows: usize) -> Result<Self> {
        let first = *row.first().expect("a row has a cell");
        let mut cells = try_filled(row.len() * rows, first)?;
        for copy in cells.chunks_exact_mut(row.len()) {
            copy.copy_from_slice(row);
        }
        Ok(Table::plain(cells, row.len()))
    }

    /// An overlay on `base`, in rows of `width`.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn over(base: Arc<Vec<T>>, width: usize) -> Result<Self>
    where
        T: Default,
    {
        // Nothing is copied yet: the first epoch is none of the stamps'.
        let cells = try_zeroed(base.len())?;
        let stamps = try_zeroed(base.len() / width.max(1))?;
        Ok(Table { cells, width, base: Some(base), stamps, epoch: 1 })
    }

    /// Makes the cells of a plain table a base for [`Table::fork`]. The table itself is of no other use from then on.
    pub fn share(&mut self) {
        if self.base.is_none() {
            self.base = Some(Arc::new(std::mem::take(&mut self.cells)));
        }
    }

    /// An overlay on the base that [`Table::share`] made; of a table that is not shared, a copy.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn fork(&self) -> Result<Self>
    where
        T: Default,
    {
        match &self.base {
            Some(base) => Table::over(base.clone(), self.width),
            None => Ok(self.clone()),
        }
    }

    /// Forgets what an overlay has learnt. A plain table has nothing to go back to: make a new one.
    pub fn reset(&mut self) {
        let Some(base) = &self.base else { return };
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.cells.copy_from_slice(base);
            self.stamps.fill(0);
        }
    }

    /// The cells of the base, of a table that was shared.
    pub fn base(&self) -> Option<&[T]> {
        self.base.as_deref().map(Vec::as_slice)
    }

    /// Cells of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// All cells, row by row; of an overlay, rows that were not touched since the last reset are stale.
    pub fn cells(&self) -> &[T] {
        &self.cells
    }

    /// Makes row `row` present: call it before [`Table::row`] or [`Table::row_mut`].
    #[inline(always)]
    pub fn touch(&mut self, row: usize) {
        if let Some(base) = &self.base
            && let Some(stamp) = self.stamps.get_mut(row)
            && *stamp != self.epoch
        {
            *stamp = self.epoch;
            let range = row * self.width..(row + 1) * self.width;
            self.cells[range.clone()].copy_from_slice(&base[range]);
        }
    }

    /// A row that was touched.
    #[inline(always)]
    pub fn row(&self, row: usize) -> &[T] {
        &self.cells[row * self.width..][..self.width]
    }

    /// A row that was touched.
    #[inline(always)]
    pub fn row_mut(&mut self, row: usize) -> &mut [T] {
        &mut self.cells[row * self.width..][..self.width]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exercise(table: &mut Table<u32>) -> u32 {
        (0..500u32).fold(7, |digest, step| {
            let row = (digest >> 8) as usize % 16;
            table.touch(row);
            let cell = &mut table.row_mut(row)[step as usize % 4];
            *cell = cell.wrapping_mul(31).wrapping_add(step);
            digest.wrapping_mul(0x9E37_79B1) ^ *cell
        })
    }

    #[test]
    fn a_reset_overlay_is_its_base_again() {
        let base: Vec<u32> = (0..64).collect();
        let expected = exercise(&mut Table::plain(base.clone(), 4));
        let mut overlay = Table::over(Arc::new(base), 4).unwrap();
        for _ in 0..3 {
            assert_eq!(exercise(&mut overlay), expected);
            overlay.reset();
        }
        overlay.epoch = u32::MAX;
        overlay.stamps.fill(u32::MAX);
        overlay.reset();
        assert_eq!(exercise(&mut overlay), expected);
    }
}
