//! Where counts come from: an encoder reads them off the last column, a decoder off the stream.

use crate::kernels::prefetch;

/// Where an encoder's counts come from; a decoder has none.
pub(super) trait Oracle {
    /// Counts the symbols of the smaller of the row ranges `low..border` and `border..high`.
    fn count_part(&mut self, low: usize, border: usize, high: usize);
    /// Of `count` occurrences of `symbol` in the interval, those in front of the border.
    fn in_left(&self, symbol: u8, count: usize) -> usize;
    /// The row will soon be counted.
    fn prefetch(&self, row: usize);
}

/// The decoder's oracle: it knows nothing and its answers are ignored.
pub(super) struct NoOracle;

impl Oracle for NoOracle {
    #[inline(always)]
    fn count_part(&mut self, _: usize, _: usize, _: usize) {}

    #[inline(always)]
    fn in_left(&self, _: u8, _: usize) -> usize {
        0
    }

    #[inline(always)]
    fn prefetch(&self, _: usize) {}
}

/// The encoder's oracle: the last column.
pub(super) struct Column<'a> {
    /// The last column, the row of the whole text left out.
    last: &'a [u8],
    primary: usize,
    counts: [u32; 256],
    counted: (usize, usize),
    left: bool,
}

impl<'a> Column<'a> {
    pub fn new(last: &'a [u8], primary: usize) -> Self {
        Column { last, primary, counts: [0; 256], counted: (0, 0), left: true }
    }

    fn index(&self, row: usize) -> usize {
        row - usize::from(row > self.primary)
    }
}

impl Oracle for Column<'_> {
    #[inline(always)]
    fn count_part(&mut self, low: usize, border: usize, high: usize) {
        for &symbol in &self.last[self.counted.0..self.counted.1] {
            self.counts[usize::from(symbol)] = 0;
        }
        self.left = border - low <= high - border;
        let (from, to) = if self.left { (low, border) } else { (border, high) };
        self.counted = (self.index(from), self.index(to));
        for &symbol in &self.last[self.counted.0..self.counted.1] {
            self.counts[usize::from(symbol)] += 1;
        }
    }

    #[inline(always)]
    fn in_left(&self, symbol: u8, count: usize) -> usize {
        let counted = self.counts[usize::from(symbol)] as usize;
        if self.left { counted } else { count - counted }
    }

    #[inline(always)]
    fn prefetch(&self, row: usize) {
        prefetch(self.last, row);
    }
}
