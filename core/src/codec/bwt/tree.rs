//! The walk over the context tree: codes the last column of the Burrows-Wheeler transform as counts of symbols.
//!
//! All rows whose suffixes start with the same `d` bytes form an *interval*. For each interval the walk holds how often each symbol
//! occurs in it (in the last column), starting from the whole column, whose counts are coded first. Going from `d` to
//! `d + 1` splits an interval into one child for each next byte. Where the children begin is known without being coded: if a symbol
//! `a` occurs `n` times in the interval of a context `v`, then the context `av` has `n` rows, in the same order (the LF
//! mapping). So when an interval has been split, every symbol that stands on both sides of a border gives a border of the
//! next level. What is coded is only how the parent's counts fall to its children: a count that follows from the others costs nothing, and an interval
//! with one symbol left is done. When every interval has one symbol, the column is known.
//!
//! An interval with several new borders is split in two, and its parts again, at the border nearest its middle: even
//! splits say most. Symbols are coded by falling count, the last six by rising count, so that most of the work is
//! rare symbols and the common one is what remains. Source: Maniscalco's M03 (2004) as built by Grebnov in bsc-m03, with counts coded by
//! [`CountModel`] in place of its tables.
//!
//! Cost: 8 bytes a row and a bit; each border is visited once, levels in row order, so that memory is swept rather than probed.

use super::counts::{CountModel, Surroundings};
use super::entry::{Entry, order};
use super::oracle::Oracle;
use crate::coder::binary::BitCoder;
use crate::error::{Error, Result, try_zeroed};
use crate::kernels::prefetch;
use crate::kernels::vector::{Lanes, LanesJob};

/// Longest column that fits a row's fields: 2^26 rows with the one of the whole text.
pub(super) const MAX_LEN: usize = (1 << 26) - 1;

/// Splits up that [`Surroundings::history`] looks back are kept for this many nested splits; deeper ones share a slot.
const MAX_DEPTH: usize = 32;

/// How many borders ahead rows are asked for: they lie sorted but far apart.
const AHEAD: usize = 24;

/// Everything the walk holds.
pub(super) struct Walk<'a, C, O> {
    coder: &'a mut C,
    oracle: O,
    model: CountModel,
    /// Row of the whole text: it has no symbol.
    primary: usize,
    rows: Vec<Entry>,
    borders: Vec<u64>,
    /// Borders of the next level by the symbol whose bucket they stand in, each list rising.
    next: Vec<Vec<u32>>,
    /// Which of `next` are not empty.
    filled: [u64; 4],
    /// Intervals with more than one symbol.
    open: usize,
    /// Whether a symbol stayed together, by nesting depth.
    pure: Box<[[bool; MAX_DEPTH]; 256]>,
    /// First LF rows of the symbols of the interval being split.
    firsts: Box<[u32; 256]>,
    /// Scratch of one split: the interval's entries, overwritten from the start by those of its right part whose symbols
    /// stand on both sides, of which there are `both_sided`.
    entries: Box<[Entry; 256]>,
    both_sided: usize,
    /// The entries of the two parts.
    parts: Box<[[Entry; 256]; 2]>,
    /// Scratch of one interval: parts still to be split.
    waiting: Vec<Waiting>,
}

/// A part of an interval that waits to be split: its rows, which cuts lie in it, how many splits led to it.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    low: u32,
    high: u32,
    from: u16,
    to: u16,
    depth: u16,
}

impl<'a, C: BitCoder, O: Oracle> Walk<'a, C, O> {
    /// A walk over a column of `counts`' sum, which is at least 1 and at most [`MAX_LEN`]; `primary` is in `1..=len`.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn new(coder: &'a mut C, oracle: O, counts: &[usize; 256], primary: usize) -> Result<Self> {
        let rows = 1 + counts.iter().sum::<usize>();
        let mut walk = Walk {
            coder,
            oracle,
            model: CountModel::new()?,
            primary,
            rows: try_zeroed(rows)?,
            borders: try_zeroed(rows / 64 + 1)?,
            next: vec![Vec::new(); 256],
            filled: [0; 4],
            open: 0,
            pure: Box::new([[false; MAX_DEPTH]; 256]),
            firsts: Box::new([0; 256]),
            entries: Box::new([Entry::default(); 256]),
            both_sided: 0,
            parts: Box::new([[Entry::default(); 256]; 2]),
            waiting: Vec::new(),
        };
        walk.mark(0);
        walk.mark(rows);
        let mut first = 1;
        let mut kinds = 0;
        for symbol in 0..=255u8 {
            let count = counts[usize::from(symbol)];
            if count > 0 {
                walk.rows[kinds] = Entry::new(symbol, first, count);
                walk.push_border(symbol, first)?;
                kinds += 1;
                first += count;
            }
        }
        order(&mut walk.rows[..kinds]);
        walk.open = usize::from(kinds > 1);
        Ok(walk)
    }

    #[inline(always)]
    fn mark(&mut self, row: usize) {
        self.borders[row / 64] |= 1 << (row % 64);
    }

    /// The first border behind `row`.
    #[inline(always)]
    fn border_behind(&self, row: usize) -> usize {
        let mut word = row / 64;
        let mut bits = self.borders[word] & (!1u64 << (row % 64));
        while bits == 0 {
            word += 1;
            bits = self.borders[word];
        }
        word * 64 + bits.trailing_zeros() as usize
    }

    /// The last border before `row`.
    #[inline(always)]
    fn border_before(&self, row: usize) -> usize {
        let mut word = row / 64;
        let mut bits = self.borders[word] & ((1u64 << (row % 64)) - 1);
        while bits == 0 {
            word -= 1;
            bits = self.borders[word];
        }
        word * 64 + 63 - bits.leading_zeros() as usize
    }

    #[inline(always)]
    fn push_border(&mut self, symbol: u8, row: usize) -> Result<()> {
        let list = &mut self.next[usize::from(symbol)];
        if list.len() == list.capacity() {
            let more = list.len().max(16);
            list.try_reserve(more).map_err(|_| Error::OutOfMemory { bytes: 4 * more as u64 })?;
        }
        list.push(row as u32);
        self.filled[usize::from(symbol) / 64] |= 1 << (symbol % 64);
        Ok(())
    }

    /// Rows in `low..high` that have a symbol.
    #[inline(always)]
    fn size(&self, low: usize, high: usize) -> usize {
        high - low - usize::from(self.primary.wrapping_sub(low) < high - low)
    }

    /// Takes the next level's borders, rising.
    #[inline(always)]
    fn take_level(&mut self, level: &mut Vec<u32>) -> Result<()> {
        level.clear();
        for word in 0..4 {
            while self.filled[word] != 0 {
                let symbol = word * 64 + self.filled[word].trailing_zeros() as usize;
                self.filled[word] &= self.filled[word] - 1;
                let list = &mut self.next[symbol];
                level.try_reserve(list.len()).map_err(|_| Error::OutOfMemory { bytes: 4 * list.len() as u64 })?;
                level.extend_from_slice(list);
                list.clear();
            }
        }
        Ok(())
    }

    /// Splits one interval at the borders `cuts`, all strictly inside `low..high`.
    #[inline(always)]
    fn split_interval<L: Lanes>(&mut self, low: usize, cuts: &[u32], high: usize) -> Result<()> {
        let only = self.rows[low];
        if only.count() == high - low {
            return self.split_settled(only, low, cuts, high);
        }
        if let &[cut] = cuts {
            self.split::<L>(low, cut as usize, high, 3, 0);
            return self.push_both_sided();
        }
        let mut rest = self.size(low, high);
        let mut row = low;
        while rest > 0 {
            let entry = self.rows[row];
            self.firsts[usize::from(entry.symbol())] = entry.first() as u32;
            rest -= entry.count();
            row += 1;
        }
        self.split_nested::<L>(low, cuts, high);
        let mut from = low;
        for to in cuts.iter().map(|&cut| cut as usize).chain([high]) {
            let mut rest = self.size(from, to);
            let mut row = from;
            while rest > 0 {
                let entry = self.rows[row];
                if entry.first() as u32 != self.firsts[usize::from(entry.symbol())] {
                    self.push_border(entry.symbol(), entry.first())?;
                }
                rest -= entry.count();
                row += 1;
            }
            from = to;
        }
        Ok(())
    }

    /// The images of a border that split one interval in two: one for each symbol of both parts.
    #[inline(always)]
    fn push_both_sided(&mut self) -> Result<()> {
        for index in 0..self.both_sided {
            let entry = self.entries[index];
            self.push_border(entry.symbol(), entry.first())?;
        }
        Ok(())
    }

    /// An interval of one symbol: nothing to code, but its borders have images too.
    #[inline(always)]
    fn split_settled(&mut self, only: Entry, low: usize, cuts: &[u32], high: usize) -> Result<()> {
        let mut from = low;
        for to in cuts.iter().map(|&cut| cut as usize).chain([high]) {
            let first = only.first() + (from - low);
            self.rows[from] = Entry::new(only.symbol(), first, to - from);
            if from > low {
                self.push_border(only.symbol(), first)?;
            }
            from = to;
        }
        Ok(())
    }

    /// Splits `low..high` at the cut nearest its middle, then the left and the right part.
    #[inline(always)]
    fn split_nested<L: Lanes>(&mut self, low: usize, cuts: &[u32], high: usize) {
        self.waiting.clear();
        self.waiting.push(Waiting { low: low as u32, high: high as u32, from: 0, to: cuts.len() as u16, depth: 0 });
        while let Some(Waiting { low, high, from, to, depth }) = self.waiting.pop() {
            let inside = &cuts[usize::from(from)..usize::from(to)];
            if inside.is_empty() {
                continue;
            }
            let middle = low + (high - low) / 2;
            let mut at = inside.partition_point(|&cut| cut < middle);
            if at == inside.len() || (at > 0 && middle - inside[at - 1] <= inside[at] - middle) {
                at -= 1;
            }
            let cut = inside[at];
            let leaves = usize::from(at == 0) | usize::from(at + 1 == inside.len()) << 1;
            self.split::<L>(low as usize, cut as usize, high as usize, leaves, usize::from(depth));
            let at = from + at as u16;
            self.waiting.push(Waiting { low: cut, high, from: at + 1, to, depth: depth + 1 });
            self.waiting.push(Waiting { low, high: cut, from, to: at, depth: depth + 1 });
        }
    }

    /// Splits `low..high` in two at `border`. `leaves`: bit 0 if the left part is one child, bit 1 if the right is.
    #[inline(always)]
    fn split<L: Lanes>(&mut self, low: usize, border: usize, high: usize, leaves: usize, depth: usize) {
        self.both_sided = 0;
        let (left, right) = (self.size(low, border), self.size(border, high));
        let size = left + right;
        if size == 0 {
            return;
        }
        let only = self.rows[low];
        if only.count() == size {
            if left > 0 && right > 0 {
                self.entries[0] = Entry::new(only.symbol(), only.first() + left, right);
                self.both_sided = 1;
            }
            if left > 0 {
                self.rows[low] = Entry::new(only.symbol(), only.first(), left);
            }
            if right > 0 {
                self.rows[border] = Entry::new(only.symbol(), only.first() + left, right);
            }
            return;
        }
        self.oracle.count_part(low, border, high);
        if size == 2 && left == 1 {
            self.split_pair(low, border, depth);
            return;
        }
        let kinds = self.load(low, size);
        let mut filled = [0; 2];
        let (mut left_room, mut right_room) = (left, right);
        let mut last_outcome = 0;
        for index in 0..kinds {
            let entry = self.entries[index];
            // The last one fills what is left.
            let mut in_left = left_room;
            if index + 1 < kinds {
                let place = Place {
                    left: left_room,
                    right: right_room,
                    symbols_left: kinds - index - 1,
                    next_total: self.entries[index + 1].count(),
                    leaves,
                    depth,
                    last_outcome,
                };
                (in_left, last_outcome) = self.code_count::<L>(entry, &place);
            } else {
                self.pure[usize::from(entry.symbol())][depth.min(MAX_DEPTH - 1)] = true;
            }
            let in_right = entry.count() - in_left;
            left_room -= in_left;
            right_room -= in_right;
            // Stored in any case and kept if it counts: a branch could not be foreseen.
            let moved = Entry::new(entry.symbol(), entry.first() + in_left, in_right);
            self.parts[0][filled[0]] = Entry::new(entry.symbol(), entry.first(), in_left);
            self.parts[1][filled[1]] = moved;
            self.entries[self.both_sided] = moved;
            filled[0] += usize::from(in_left > 0);
            filled[1] += usize::from(in_right > 0);
            self.both_sided += usize::from(in_left > 0 && in_right > 0);
        }
        for ((part, filled), start) in self.parts.iter_mut().zip(filled).zip([low, border]) {
            order(&mut part[..filled]);
            match part[..filled] {
                [] => {}
                [one] => self.rows[start] = one,
                [one, two] => [self.rows[start], self.rows[start + 1]] = [one, two],
                ref more => self.rows[start..start + filled].copy_from_slice(more),
            }
        }
        self.open = self.open + usize::from(filled[0] > 1) + usize::from(filled[1] > 1) - 1;
    }

    /// Splits an interval of two symbols, one for each part: the most frequent split, and what the general way comes to.
    #[inline(always)]
    fn split_pair(&mut self, low: usize, border: usize, depth: usize) {
        let pair = [self.rows[low], self.rows[low + 1]];
        let in_left = self.oracle.in_left(pair[0].symbol(), 1) as u32;
        let swap = usize::from(self.coder.code_raw(in_left, 1) == 0);
        self.rows[low] = pair[swap];
        self.rows[border] = pair[1 - swap];
        for entry in pair {
            self.pure[usize::from(entry.symbol())][depth.min(MAX_DEPTH - 1)] = true;
        }
        self.open -= 1;
    }

    /// Copies the entries of the interval at `low` with `size` symbols; returns how many there are.
    #[inline(always)]
    fn load(&mut self, low: usize, size: usize) -> usize {
        let mut rest = size;
        let mut kinds = 0;
        while rest > 0 && kinds < 256 {
            let entry = self.rows[low + kinds];
            self.entries[kinds] = entry;
            rest -= entry.count();
            kinds += 1;
        }
        kinds
    }

    /// Codes how many of `entry`'s occurrences stand in the left part; with it the outcome class, the one before if nothing was coded.
    #[inline(always)]
    fn code_count<L: Lanes>(&mut self, entry: Entry, place: &Place) -> (usize, usize) {
        let room = place.left + place.right;
        let symbol = entry.symbol();
        let in_left = self.oracle.in_left(symbol, entry.count());
        // Where the symbol has more than half of what is left, all others together are fewer.
        let complement = entry.count() > room - entry.count();
        let (total, counted) = if complement {
            (room - entry.count(), place.left.wrapping_sub(in_left))
        } else {
            (entry.count(), in_left)
        };
        let swap = place.right < place.left;
        let (small, large) = if swap { (place.right, place.left) } else { (place.left, place.right) };
        let slot = place.depth.min(MAX_DEPTH - 1);
        if total == 0 || small == 0 {
            self.pure[usize::from(symbol)][slot] = true;
            let counted = if swap { total } else { 0 };
            return (if complement { place.left - counted } else { counted }, place.last_outcome);
        }
        let leaves = if swap != complement { place.leaves >> 1 | (place.leaves & 1) << 1 } else { place.leaves };
        let surroundings = Surroundings {
            small,
            large,
            total,
            symbols_left: place.symbols_left,
            next_total: place.next_total,
            leaves,
            history: self.history(symbol, place.depth),
            last_outcome: place.last_outcome,
        };
        let in_small = if swap { total.wrapping_sub(counted) } else { counted };
        let (in_small, outcome) = self.model.code::<L, C>(self.coder, &surroundings, in_small);
        self.pure[usize::from(symbol)][slot] = in_small == 0 || in_small == total;
        let counted = if swap { total - in_small } else { in_small };
        (if complement { place.left - counted } else { counted }, outcome)
    }

    #[inline(always)]
    fn history(&self, symbol: u8, depth: usize) -> usize {
        let pure = &self.pure[usize::from(symbol)];
        let up = |steps: usize| usize::from(pure[(depth - steps).min(MAX_DEPTH - 1)]);
        match depth {
            0 => 0,
            1 => 1 + up(1),
            _ => 3 + up(1) + 2 * up(2),
        }
    }

    /// Reads the column off the intervals. Stops short, leaving zeros, only on a column that is no transform of anything.
    fn read_column(&self) -> Result<Vec<u8>> {
        let rows = self.rows.len();
        let mut last = try_zeroed(rows - 1)?;
        let mut filled = 0;
        let mut low = 0;
        while low < rows {
            let high = self.border_behind(low);
            let mut rest = self.size(low, high);
            let mut row = low;
            while rest > 0 {
                let entry = self.rows[row];
                last[filled..filled + entry.count()].fill(entry.symbol());
                filled += entry.count();
                rest -= entry.count();
                row += 1;
            }
            low = high;
        }
        Ok(last)
    }
}

/// Where in a split a count stands; see [`Surroundings`].
struct Place {
    left: usize,
    right: usize,
    symbols_left: usize,
    next_total: usize,
    leaves: usize,
    depth: usize,
    last_outcome: usize,
}

impl<C: BitCoder, O: Oracle> LanesJob for Walk<'_, C, O> {
    type Output = Result<Vec<u8>>;

    /// Codes the whole column and returns it.
    #[inline(always)]
    fn run<L: Lanes>(mut self) -> Result<Vec<u8>> {
        let mut level = Vec::new();
        while self.open > 0 {
            self.take_level(&mut level)?;
            if level.is_empty() {
                break;
            }
            let mut from = 0;
            while from < level.len() {
                if let Some(&ahead) = level.get(from + AHEAD) {
                    prefetch(&self.rows, ahead as usize);
                    prefetch(&self.rows, (ahead as usize).saturating_sub(8));
                    self.oracle.prefetch(ahead as usize);
                }
                let low = self.border_before(level[from] as usize);
                let high = self.border_behind(level[from] as usize);
                let mut to = from;
                while to < level.len() && (level[to] as usize) < high {
                    self.mark(level[to] as usize);
                    to += 1;
                }
                self.split_interval::<L>(low, &level[from..to], high)?;
                from = to;
            }
        }
        self.read_column()
    }
}
