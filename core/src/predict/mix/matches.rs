//! Match models: what followed the last time that the last bytes were seen.
//!
//! Each has its own least length. While a match lasts its pointer walks along; when a byte proves wrong, a hash of the last bytes names a
//! new candidate, which is compared byte by byte before it is believed. How much a match is worth is learnt by its length and
//! the bit it expects.
//!
//! Output: two inputs of the gate (logistic domain and plain difference, 256 steps a unit), the expected bit and a length class for
//! choosing gate rows. Cost: 4 bytes a hash entry; about ten operations a bit, thirty a byte. Source: Mahoney's lpaq1; several lengths
//! at once as in Knoll's and Ziobro's paq8px.

use crate::error::{Result, try_zeroed};
use crate::kernels::prefetch;
use crate::predict::logistic::stretch;
use crate::predict::mix::hash::fold;
use crate::predict::mix::map::{Map, ROW};
use crate::predict::mix::tree::{Expected, Tree};
use crate::predict::table::Table;

/// Length classes.
pub const CLASSES: usize = 32;
/// Bytes compared at most when a candidate is taken up.
const COMPARED: u32 = 400;
const LENGTH_MAX: u32 = 65_535;

/// Bits of a head that tell one hash from another.
const CHECK_BITS: u32 = 32 - POSITION_BITS;
/// Bits of a head that are the position, enough for any window.
const POSITION_BITS: u32 = 25;

/// See the module.
#[derive(Clone, Debug)]
pub struct MatchModel {
    least: u32,
    /// Position, above a check of what stood before it.
    heads: Table<u32>,
    log2: u32,
    multiplier: u64,
    at: Stand,
    worth: Map,
    asked: Option<usize>,
}

/// Where a match model stands in a text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stand {
    /// A hash of the last `least - 1` bytes, older ones shifted out at the top.
    rolling: u64,
    /// The row of heads for what comes next: it does not depend on the next byte, so that it can be fetched ahead.
    row: usize,
    pointer: usize,
    length: u32,
    expected: u32,
    /// The path to it.
    path: Expected,
}

impl MatchModel {
    /// A model of matches of at least `least` bytes (4 to 32), with `1 << log2` hash entries (`log2` at least 4).
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(least: u32, log2: u32) -> Result<Self> {
        Ok(MatchModel {
            least,
            heads: Table::plain(try_zeroed(1 << log2)?, ROW),
            log2,
            // A byte's trace leaves the 64 bits after at most `least - 1` steps.
            multiplier: 0x2F0B_4C47 << 64u32.div_ceil(least - 1),
            at: Stand::default(),
            worth: Map::new(2 * CLASSES, 1023)?,
            asked: None,
        })
    }

    /// Bytes matched so far.
    pub fn length(&self) -> u32 {
        self.at.length
    }

    /// The length in [`CLASSES`] classes, 0 without a match.
    #[inline(always)]
    pub fn class(&self) -> usize {
        let length = self.at.length as usize;
        match length {
            0..16 => length,
            16..32 => 16 + (length - 16) / 4,
            32..64 => 20 + (length - 32) / 8,
            64..512 => 24 + (length - 64) / 64,
            _ => 31,
        }
    }

    /// The expected byte with a leading one above it, or 0 without a match.
    #[inline(always)]
    pub fn expected_byte(&self) -> u32 {
        self.at.expected
    }

    /// The decision that comes next if the match holds, after the `done` of `path`.
    #[inline(always)]
    pub fn expected_bit(&self, path: u32, done: u32) -> Option<u32> {
        self.at.path.decision(path, done)
    }

    /// The inputs for the decision after the `done` of `path`.
    #[inline(always)]
    pub fn predict(&mut self, path: u32, done: u32) -> [i16; 2] {
        self.asked = self.expected_bit(path, done).map(|bit| self.class() * 2 + bit as usize);
        match self.asked {
            None => [0, 0],
            Some(index) => {
                let p = self.worth.p(index);
                [stretch(p) as i16, ((p as i32 - 32_768) >> 5) as i16]
            }
        }
    }

    /// Learns the bit that [`MatchModel::predict`] was asked for.
    #[inline(always)]
    pub fn learn(&mut self, bit: u32) {
        if let Some(index) = self.asked {
            self.worth.learn(index, bit);
        }
    }

    /// What [`MatchModel::learn`] is about to change, and where.
    pub fn kept(&self) -> Option<(usize, u32)> {
        self.asked.map(|index| (index, self.worth.kept(index)))
    }

    /// Undoes [`MatchModel::learn`], before which that was `kept`.
    pub fn restore(&mut self, kept: Option<(usize, u32)>) {
        if let Some((index, cell)) = kept {
            self.worth.restore(index, cell);
        }
    }

    /// Takes in `byte`, which `window` (a power of two long) already holds before `position`; `tree` leads to bytes.
    #[inline(always)]
    pub fn push(&mut self, byte: u8, position: usize, window: &[u8], tree: &Tree) {
        let mask = window.len() - 1;
        if self.at.length > 0 && self.at.expected as u8 == byte {
            self.at.length = (self.at.length + 1).min(LENGTH_MAX);
            self.at.pointer += 1;
        } else {
            self.at.length = 0;
        }
        let hash = fold(self.at.rolling, u64::from(byte));
        self.heads.touch(self.at.row);
        let head = &mut self.heads.row_mut(self.at.row)[(hash >> 60) as usize % ROW];
        let check = (hash >> (60 - CHECK_BITS)) as u32 & ((1 << CHECK_BITS) - 1);
        let before = std::mem::replace(head, (position as u32) << CHECK_BITS | check);
        if self.at.length == 0 && before & ((1 << CHECK_BITS) - 1) == check {
            self.take_up(before >> CHECK_BITS, position, window);
        }
        self.at.rolling = self.at.rolling.wrapping_mul(self.multiplier).wrapping_add(u64::from(byte) + 1);
        self.at.row = (self.at.rolling.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - self.log2)) as usize / ROW;
        prefetch(self.heads.cells(), self.at.row * ROW);
        self.at.expected = if self.at.length > 0 { 256 | u32::from(window[self.at.pointer & mask]) } else { 0 };
        self.at.path = Expected::new(tree, self.at.expected);
        prefetch(window, (self.at.pointer + 1) & mask);
    }

    /// Begins a match at the position whose lower bits are `head`, if it is long enough.
    #[inline(always)]
    fn take_up(&mut self, head: u32, position: usize, window: &[u8]) {
        let distance = (position as u32).wrapping_sub(head) & ((1 << POSITION_BITS) - 1);
        // In another lane it may lie ahead.
        let ahead = || position + (1 << POSITION_BITS) - distance as usize;
        self.at.pointer = position.checked_sub(distance as usize).unwrap_or_else(ahead);
        let common = common(window, self.at.pointer, position);
        self.at.length = if distance > 0 && common >= self.least { common } else { 0 };
    }

    /// A model that shares the tables of one that was shared, at the same place, which is `position` in `window`. With another number of
    /// heads, `1 << log2`, it has heads of its own, as if it had seen all that stands in the window so far.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn fork(&self, log2: u32, position: usize, window: &[u8], tree: &Tree) -> Result<Self> {
        if log2 == self.log2 {
            return Ok(MatchModel { heads: self.heads.fork()?, worth: self.worth.fork()?, ..*self });
        }
        let mut model = MatchModel::new(self.least, log2)?;
        for at in 1..=position.min(window.len()) {
            model.push(window[at - 1], at, window, tree);
        }
        model.worth = self.worth.fork()?;
        Ok(model)
    }

    /// Goes back to the place of `start`, of which this is a fork: what came since is not found again, what matches are worth is kept.
    pub fn rewind(&mut self, start: &MatchModel) {
        self.heads.reset();
        self.at = start.at;
    }

    /// Where it stands.
    pub fn stand(&self) -> Stand {
        self.at
    }

    /// Goes to another place in its text, or another text in the same window, and gives back where it stood.
    pub fn exchange(&mut self, at: &mut Stand) {
        std::mem::swap(&mut self.at, at);
    }

    /// What matches are worth, by length class and expected bit.
    pub fn worth(&mut self) -> &mut Map {
        &mut self.worth
    }

    /// The adaptive state, to freeze and to overlay: heads, then what matches are worth.
    pub fn tables(&mut self) -> [&mut Table<u32>; 2] {
        [&mut self.heads, self.worth.table()]
    }
}

/// How many bytes before `a` and before `b` agree, at most [`COMPARED`].
fn common(window: &[u8], a: usize, b: usize) -> u32 {
    let mask = window.len() - 1;
    let most = COMPARED.min(a.min(b) as u32);
    (1..=most)
        .find(|&back| window[(a - back as usize) & mask] != window[(b - back as usize) & mask])
        .unwrap_or(most + 1)
        - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetition_is_foreseen_and_its_end_noticed() {
        let text = b"in the beginning was the word. in the beginning was the sword";
        let mut window = vec![0u8; 128];
        let tree = Tree::new(0, &[8; 256]).unwrap();
        let mut model = MatchModel::new(6, 8).unwrap();
        let mut foreseen = 0;
        for (i, &byte) in text.iter().enumerate() {
            foreseen += usize::from(model.expected_byte() == 256 | u32::from(byte));
            window[i] = byte;
            model.push(byte, i + 1, &window, &tree);
        }
        assert!(foreseen >= 18, "{foreseen}");
        assert_eq!(model.length(), 0);
    }

    #[test]
    fn worth_is_learnt() {
        let window = [b'a'; 64];
        let tree = Tree::new(0, &[8; 256]).unwrap();
        let mut model = MatchModel::new(4, 8).unwrap();
        for position in 1..40 {
            let mut node = 1;
            for done in 0..8 {
                let bit = u32::from(b'a') >> (7 - done) & 1;
                model.predict(node, done);
                model.learn(bit);
                node = node * 2 + bit;
            }
            model.push(b'a', position, &window, &tree);
        }
        let [x, _] = model.predict(1, 0);
        assert!(x < -400, "{x}");
        assert_eq!(model.predict(3, 1), [0, 0]);
    }
}
