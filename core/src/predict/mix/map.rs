//! Adaptive maps: what a small context was worth so far, as a probability that adapts fast at first and slowly later.
//!
//! A cell is 22 bits of P(1) and 10 bits of count; it moves to what was seen by `1 / (count + 1.6)` until the count reaches the map's
//! limit. Cells stand in rows of 16 of a [`Table`], so that an overlay copies a cache line at a time.
//!
//! Cost: 4 bytes a cell; one multiplication an update, no division. Source: the StateMap of Mahoney's lpaq1.

use crate::error::{Result, try_filled};
use crate::predict::logistic::{squash, stretch};
use crate::predict::table::Table;

/// Cells in a row.
pub const ROW: usize = 16;
const COUNT_BITS: u32 = 10;
const COUNT_MASK: u32 = (1 << COUNT_BITS) - 1;

/// Decisions that a cell counts for that was taken over.
const RETOLD: u32 = 255;

/// `65536 / (n + 1.6)`.
const RATES: [u32; 1 << COUNT_BITS] = rates();

const fn rates() -> [u32; 1 << COUNT_BITS] {
    let mut rates = [0; 1 << COUNT_BITS];
    let mut n = 0;
    while n < rates.len() {
        rates[n] = 655_360 / (10 * n as u32 + 16);
        n += 1;
    }
    rates
}

/// A cell that has seen nothing and thinks P(1) to be `p` of 65,536.
pub const fn cell(p: u32) -> u32 {
    p << 16
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Map {
    cells: Table<u32>,
    limit: u32,
}

impl Map {
    /// A map of `len` cells (rounded up to whole rows), all undecided, that count to `limit`, at most 1,023.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(len: usize, limit: u32) -> Result<Self> {
        Ok(Map::of(try_filled(len.next_multiple_of(ROW), cell(1 << 15))?, limit))
    }

    /// A map of these cells, a multiple of [`ROW`].
    pub fn of(cells: Vec<u32>, limit: u32) -> Self {
        Map { cells: Table::plain(cells, ROW), limit: limit.min(COUNT_MASK) }
    }

    /// P(1) of cell `index`, of 65,536.
    #[inline(always)]
    pub fn p(&mut self, index: usize) -> u32 {
        self.cells.touch(index / ROW);
        self.cells.row(index / ROW)[index % ROW] >> 16
    }

    /// Learns that cell `index`, which was asked for before, saw `bit`.
    #[inline(always)]
    pub fn learn(&mut self, index: usize, bit: u32) {
        let cell = &mut self.cells.row_mut(index / ROW)[index % ROW];
        let (p, count) = (i64::from(*cell >> COUNT_BITS), *cell & COUNT_MASK);
        let target = i64::from(bit * ((1 << 22) - 1));
        let moved = p + (((target - p) * i64::from(RATES[count as usize])) >> 16);
        *cell = (moved as u32) << COUNT_BITS | (count + u32::from(count < self.limit));
    }

    /// Cell `index`, which was asked for before, as it is.
    pub fn kept(&self, index: usize) -> u32 {
        self.cells.row(index / ROW)[index % ROW]
    }

    /// Makes cell `index` what it was when it was `kept`.
    pub fn restore(&mut self, index: usize, kept: u32) {
        self.cells.row_mut(index / ROW)[index % ROW] = kept;
    }

    /// Passes the cells, in the logistic domain, and those that they began with, to `code`, and takes over what it makes of them.
    pub fn retell(&mut self, code: impl FnMut(&mut [i32], &[i32])) {
        self.retell_beside(|_| cell(1 << 15), code);
    }

    /// The same for a map whose cells began as `begins` says.
    pub fn retell_beside(&mut self, begins: impl Fn(usize) -> u32, mut code: impl FnMut(&mut [i32], &[i32])) {
        let count = self.limit.min(RETOLD);
        for row in 0..self.cells.cells().len() / ROW {
            let cells = self.cells.row_mut(row);
            let mut values: [i32; ROW] = std::array::from_fn(|at| stretch(cells[at] >> 16));
            let begun: [u32; ROW] = std::array::from_fn(|at| begins(row * ROW + at));
            let first = begun.map(|cell| stretch(cell >> 16));
            code(&mut values, &first);
            for at in 0..ROW {
                let is_first = values[at] == first[at];
                cells[at] = if is_first { begun[at] } else { self::cell(squash(values[at])) | count };
            }
        }
    }

    /// A map that shares the cells of one that was shared.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn fork(&self) -> Result<Self> {
        Ok(Map { cells: self.cells.fork()?, limit: self.limit })
    }

    /// The cells, to freeze and to overlay.
    pub fn table(&mut self) -> &mut Table<u32> {
        &mut self.cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_find_the_mean_and_follow_a_change() {
        let mut map = Map::new(20, 127).unwrap();
        for step in 0..4000u32 {
            let before = map.p(17);
            assert!(step < 100 || (14_000..20_000).contains(&before), "{before}");
            map.learn(17, u32::from(step % 4 == 0));
        }
        for _ in 0..2000 {
            map.p(17);
            map.learn(17, 1);
        }
        assert!(map.p(17) > 65_000);
        assert_eq!(map.p(16), 1 << 15);
    }
}
