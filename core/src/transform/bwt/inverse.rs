//! The inverse transform: two bytes a step, up to 32 chains at once.
//!
//! The textbook inverse follows one chain of rows through a table, a cache miss a byte. Here the table holds for each
//! row the row of the suffix *two* bytes further on (the bigram inverse of libsais, after Kärkkäinen and others), so
//! that a miss yields two bytes; which two is told by the range of rows a bigram owns, found in tables that stay in the
//! second-level cache. Each stored start gives a chain of its own, and the misses of all chains overlap.
//!
//! Every entry of the table is a row by construction, whatever the input bytes, so only the starts need checks.

use super::{MAX_STARTS, starts_len, stride};
use crate::error::{Error, Result, try_zeroed};

/// Cells of the index over bigram ranges: 2^16 of two bytes fit in the second-level cache with the rest.
const CELLS_LOG: u32 = 16;
/// Bytes that a chain gathers before they are copied out. The chains are a power of two apart, so that writing each byte
/// in place would put all of them in one cache set.
const BATCH: usize = 64;

/// Appends the text to `out` that [`forward`](super::forward) turned into `last` and `starts`.
///
/// # Errors
/// [`Error::Corrupt`] if `starts` has the wrong length, has a row outside the text, or if the chains do not meet; `out`
/// is then as it was. [`Error::OutOfMemory`]. Any input takes linear time.
pub fn inverse(last: &[u8], starts: &[u32], out: &mut Vec<u8>) -> Result<()> {
    let len = last.len();
    super::check_len(len)?;
    if starts.len() != starts_len(len) {
        return Err(Error::corrupt("number of start rows of a transformed block"));
    }
    if starts.iter().any(|&row| row == 0 || row as usize > len) {
        return Err(Error::corrupt("start row outside a transformed block"));
    }
    if len == 0 {
        return Ok(());
    }
    out.try_reserve(len).map_err(|_| Error::OutOfMemory { bytes: len as u64 })?;
    let table = Table::new(last, starts[0] as usize)?;
    let before = out.len();
    out.resize(before + len, 0);
    let walked = walk(&table, starts, &mut out[before..]);
    if walked.is_err() {
        out.truncate(before);
    }
    walked
}

/// Where each row leads, and which two bytes it starts with.
struct Table {
    /// For each row, the row of the suffix two bytes on; 0 where there is none.
    skip_two: Vec<u32>,
    /// The end (exclusive) of the rows of each bigram that occurs, ascending, and the bigram, first byte high.
    ends: Vec<u32>,
    bigrams: Vec<u16>,
    /// For each run of `1 << cell_shift` rows, the first bigram that ends behind the run's first row.
    cells: Vec<u16>,
    cell_shift: u32,
    /// The row of the suffix of one byte.
    tail: u32,
}

impl Table {
    fn new(last: &[u8], primary: usize) -> Result<Table> {
        let rows = last.len() + 1;
        let mut heads = first_rows(last);
        let tail = heads[usize::from(last[0])];
        let mut next = bigram_first_rows(last, primary, &heads)?;
        let mut skip_two = try_zeroed(rows)?;
        // Row `row` is preceded by byte `second`, which makes row `mid`; that is preceded by `first`.
        let mut place = |row: usize, second: u8| {
            let mid = heads[usize::from(second)] as usize;
            heads[usize::from(second)] += 1;
            if mid != primary {
                let first = last[mid - usize::from(mid > primary)];
                let slot = &mut next[usize::from(first) << 8 | usize::from(second)];
                skip_two[*slot as usize] = row as u32;
                *slot += 1;
            }
        };
        let (above, below) = last.split_at(primary);
        above.iter().enumerate().for_each(|(row, &byte)| place(row, byte));
        below.iter().enumerate().for_each(|(row, &byte)| place(row + primary + 1, byte));
        // Each slot has moved to the end of its range.
        let mut table =
            Table { skip_two, ends: Vec::new(), bigrams: Vec::new(), cells: Vec::new(), cell_shift: 0, tail };
        table.index(&next)?;
        Ok(table)
    }

    /// Builds the index from rows to bigrams, given the end of each bigram's rows.
    fn index(&mut self, ends: &[u32]) -> Result<()> {
        let mut previous = 0;
        for (bigram, &end) in ends.iter().enumerate() {
            if end > previous {
                self.ends.push(end);
                self.bigrams.push(bigram as u16);
                previous = end;
            }
        }
        let rows = self.skip_two.len();
        self.cell_shift = (usize::BITS - rows.leading_zeros()).saturating_sub(CELLS_LOG);
        self.cells = try_zeroed((rows >> self.cell_shift) + 1)?;
        let mut bigram = 0;
        for (cell, first) in self.cells.iter_mut().enumerate() {
            while bigram + 1 < self.ends.len() && self.ends[bigram] as usize <= cell << self.cell_shift {
                bigram += 1;
            }
            *first = bigram as u16;
        }
        Ok(())
    }

    /// The two bytes that the suffix of a row starts with.
    #[inline(always)]
    fn bigram(&self, row: u32) -> u16 {
        let mut at = usize::from(self.cells[(row >> self.cell_shift) as usize]);
        // Nearly always none or one step; the bound keeps hostile tables linear.
        for _ in 0..8 {
            if self.ends[at] > row {
                return self.bigrams[at];
            }
            at += 1;
        }
        self.search(at, row)
    }

    #[cold]
    fn search(&self, from: usize, row: u32) -> u16 {
        let at = from + self.ends[from..].partition_point(|&end| end <= row);
        self.bigrams[at.min(self.bigrams.len() - 1)]
    }
}

/// For each byte, the first row that starts with it. Row 0 is the empty suffix.
fn first_rows(last: &[u8]) -> [u32; 256] {
    // Four histograms, so that equal neighbours do not wait for each other.
    let mut counts = [[0u32; 256]; 4];
    let mut quads = last.chunks_exact(4);
    for quad in &mut quads {
        for lane in 0..4 {
            counts[lane][usize::from(quad[lane])] += 1;
        }
    }
    for &byte in quads.remainder() {
        counts[0][usize::from(byte)] += 1;
    }
    let mut row = 1;
    std::array::from_fn(|byte| {
        let first = row;
        row += counts.iter().map(|lane| lane[byte]).sum::<u32>();
        first
    })
}

/// For each bigram, the first row that starts with it. The row of the one-byte suffix counts to the bigram of its byte and 0,
/// in front of that bigram's own rows, which start behind it.
fn bigram_first_rows(last: &[u8], primary: usize, heads: &[u32; 256]) -> Result<Vec<u32>> {
    let mut counts: Vec<u32> = try_zeroed(1 << 16)?;
    for second in 0..256 {
        let end = if second < 255 { heads[second + 1] as usize } else { last.len() + 1 };
        let mut column = [0u32; 256];
        let rows = heads[second] as usize..end;
        // Rows in front of the primary index stand at their own place in `last`, those behind it one earlier.
        let above = rows.start.min(primary)..rows.end.min(primary);
        let below = rows.start.max(primary + 1)..rows.end.max(primary + 1);
        for &first in last[above].iter().chain(&last[below.start - 1..below.end - 1]) {
            column[usize::from(first)] += 1;
        }
        for (first, count) in column.into_iter().enumerate() {
            counts[first << 8 | second] = count;
        }
    }
    let lone = usize::from(last[0]) << 8;
    let mut row = 1;
    for (bigram, slot) in counts.iter_mut().enumerate() {
        let count = *slot;
        row += u32::from(bigram == lone);
        *slot = row;
        row += count;
    }
    Ok(counts)
}

/// Follows the chain of each start over its stretch of `out`, and checks that it ends where the next begins.
fn walk(table: &Table, starts: &[u32], out: &mut [u8]) -> Result<()> {
    let stride = stride(out.len());
    let full = out.len() / stride;
    let mut rows = [0u32; MAX_STARTS];
    rows[..starts.len()].copy_from_slice(starts);
    let (body, rest) = out.split_at_mut(full * stride);
    // The last chain is shorter; it rides along with the others as far as it goes.
    let shared = rest.len() / BATCH * BATCH;
    let mut stretches: Vec<&mut [u8]> = body.chunks_exact_mut(stride).collect();
    let (rest_shared, rest_tail) = rest.split_at_mut(shared);
    if !rest_shared.is_empty() {
        stretches.push(rest_shared);
    }
    let lanes = stretches.len();
    advance(table, &mut rows, &mut stretches, 0, if lanes > full { shared } else { stride });
    if lanes > full {
        advance(table, &mut rows, &mut stretches[..full], shared, stride);
    }
    for pair in rest_tail.chunks_mut(2) {
        let row = &mut rows[starts.len() - 1];
        let bytes = table.bigram(*row).to_be_bytes();
        if pair.len() == 1 && *row != table.tail {
            return Err(Error::corrupt("a transformed block does not end where its text does"));
        }
        pair.copy_from_slice(&bytes[..pair.len()]);
        *row = table.skip_two[*row as usize];
    }
    // The table gives 0 behind the last byte, one or two bytes before the end.
    let next_starts = starts[1..].iter().copied().chain([0]);
    if rows.iter().zip(next_starts).any(|(&row, next)| row != next) {
        return Err(Error::corrupt("chains of a transformed block do not meet"));
    }
    Ok(())
}

/// Decodes the bytes `from..to` (multiples of [`BATCH`]) of every stretch, all chains in step.
#[inline(never)]
fn advance(table: &Table, rows: &mut [u32; MAX_STARTS], stretches: &mut [&mut [u8]], from: usize, to: usize) {
    let lanes = stretches.len().min(MAX_STARTS);
    let mut batch = [[0u8; BATCH]; MAX_STARTS];
    for base in (from..to).step_by(BATCH) {
        for at in (0..BATCH).step_by(2) {
            // First all loads that miss, then the lookups that do not depend on them.
            let current = *rows;
            for row in &mut rows[..lanes] {
                *row = table.skip_two[*row as usize];
            }
            for (&row, bytes) in current[..lanes].iter().zip(&mut batch) {
                let bigram = table.bigram(row).to_be_bytes();
                bytes[at] = bigram[0];
                bytes[at + 1] = bigram[1];
            }
        }
        for (stretch, bytes) in stretches.iter_mut().zip(&batch) {
            stretch[base..base + BATCH].copy_from_slice(bytes);
        }
    }
}
