//! Markup, brackets, lines and code: where a byte stands, and what stood in like places before.
//!
//! Three small parsers run side by side and reject nothing: `places` keeps the nesting of tags, brackets and quotes and tells when another
//! *slot* begins (the value of a key, the content of a tag, an element of a list), `lines` keeps lines and their fields, and here are
//! words. Two `walk`s go through earlier text in step with the new one: the line above, and what stood in the same slot last time. They
//! are guesses of the next byte, and what they point at is what contexts look at.
//!
//! Cost: 64 KiB for where each slot last began; no more time than the parser of prose, within what can be measured (30 ns a byte). Source: relatives are the record, XML and indirect models
//! of paq8px; walks that fall back in step are our own.

mod lines;
mod places;
mod walk;

use super::{Findings, Guess};
use crate::error::{Result, try_zeroed};
use crate::predict::mix::features::prose::class;
use crate::predict::table::Table;
use lines::Lines;
use places::Places;
use walk::{KINDS, TRUSTS, Walk};

/// Names of the values, from 1 on.
pub const NAMES: [&str; 14] = [
    "word",
    "two words",
    "gap",
    "column",
    "classes",
    "above",
    "above and word",
    "field",
    "above and number",
    "slot's text",
    "same field",
    "same field and number",
    "slot's length",
    "followers",
];

/// Value: letters and digits since the last other byte, case folded.
pub const WORD: usize = 1;
/// Value: that, and the word before.
pub const WORD_PAIR: usize = 2;
/// Value: what stands between the last word and here, and that word.
pub const GAP: usize = 3;
/// Value: the byte above, and the column.
pub const COLUMN: usize = 4;
/// Value: classes of the last eight bytes.
pub const CLASSES: usize = 5;
/// Value: the two bytes that the walk through the line above is at, and whether it was wrong of late.
pub const ABOVE: usize = 6;
/// Value: those two bytes, and the word.
pub const ABOVE_WORD: usize = 7;
/// Value: the field's number and its text so far.
pub const FIELD: usize = 8;
/// Value: the number in the line above, and the field's number.
pub const ABOVE_NUMBER: usize = 9;
/// Value: the slot and its text so far.
pub const SLOT_TEXT: usize = 10;
/// Value: the two bytes that the walk through the slot's earlier text is at, and whether it was wrong of late.
pub const SAME: usize = 11;
/// Value: the number in the slot's earlier text, and the slot.
pub const SAME_NUMBER: usize = 12;
/// Value: the slot and the length of its text so far.
pub const SLOT_LENGTH: usize = 13;
/// Value: the last three bytes that followed the last byte.
pub const FOLLOWERS: usize = 14;

/// Mark, 256 values: classes of the last two bytes and a part of the third's.
pub const CLASS_MARK: usize = 0;
/// Mark, [`PLACES`] values: what kind of place the next byte stands in.
pub const PLACE_MARK: usize = 1;
/// Values of [`PLACE_MARK`].
pub const PLACES: usize = places::KINDS;

/// Classes of trust of both guesses: 0 is the line above, 1 the slot's earlier text.
pub const GUESS_CLASSES: usize = TRUSTS * KINDS;

/// Log2 of how many slots' places are kept; 2^16 gains nothing on 980 KB of markup, logs, tables and code.
const SLOTS_LOG2: u32 = 14;
const ROW: usize = 16;

/// Odd, and otherwise arbitrary.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
const PAIR: u64 = 0xD6E8_FEB8_6659_FD93;

/// The hash of a text with one more byte; of the empty text it is 0.
#[inline(always)]
fn step(hash: u64, byte: u8) -> u64 {
    hash.wrapping_add(u64::from(byte) + 1).wrapping_mul(STEP)
}

/// A hash of two numbers, of which `b` is the smaller or the better mixed.
#[inline(always)]
fn pair(a: u64, b: u64) -> u64 {
    a.wrapping_mul(PAIR).rotate_left(29) ^ b
}

/// Letters, digits, what is beyond ASCII, and the underscore.
#[inline(always)]
fn is_name(byte: u8) -> bool {
    NAME[usize::from(byte)]
}

const NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = byte >= 128 || (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    table
};

/// The parser's state.
#[derive(Clone, Debug)]
pub struct Structure {
    places: Places,
    lines: Lines,
    above: Walk,
    same: Walk,
    /// The slot, its text so far as a hash and its length, and where each slot last began.
    slot: u64,
    text: u64,
    length: u64,
    begun: Table<u32>,
    /// Hashes of the word so far, the word before, and what stands between.
    word: u64,
    word_before: u64,
    gap: u64,
    /// Classes of the last bytes, three bits each, the latest lowest.
    classes: u64,
    /// For each byte, the last three that followed it, the latest lowest.
    followers: Table<u32>,
    last: u8,
}

impl Structure {
    /// Nothing seen.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new() -> Result<Self> {
        Ok(Structure {
            places: Places::new()?,
            lines: Lines::default(),
            above: Walk::default(),
            same: Walk::default(),
            slot: 0,
            text: 0,
            length: 0,
            begun: Table::plain(try_zeroed(1 << SLOTS_LOG2)?, ROW),
            word: 0,
            word_before: 0,
            gap: 0,
            classes: 0,
            followers: Table::plain(try_zeroed(256)?, ROW),
            last: 0,
        })
    }

    /// Takes in a byte; see [`Features::push`](super::Features::push).
    // Large, and no faster inside of the model's loop, of which there is a copy for every instruction set.
    #[inline(never)]
    pub fn push(&mut self, byte: u8, position: usize, window: &[u8], found: &mut Findings) {
        self.above.push(byte, position, window);
        self.same.push(byte, position, window);
        self.text = step(self.text, byte);
        self.length += 1;
        if let Some(slot) = self.places.push(byte) {
            self.begin(slot, position);
        }
        if let Some(above) = self.lines.push(byte, position, self.places.quote()) {
            self.above.begin(Some(above));
        }
        self.push_word(byte);
        let followers = cell(&mut self.followers, usize::from(self.last));
        *followers = *followers << 8 | u32::from(byte);
        self.last = byte;
        self.fill(position, window, found);
    }

    /// Another slot begins at `position`.
    #[inline(always)]
    fn begin(&mut self, slot: u64, position: usize) {
        (self.slot, self.text, self.length) = (slot, 0, 0);
        let begun = cell(&mut self.begun, (slot >> (64 - SLOTS_LOG2)) as usize);
        let before = *begun as usize;
        *begun = position as u32;
        self.same.begin((before > 0).then_some(before));
    }

    #[inline(always)]
    fn push_word(&mut self, byte: u8) {
        if byte.is_ascii_alphanumeric() || byte >= 128 {
            self.word = step(self.word, byte.to_ascii_lowercase());
            self.gap = 0;
        } else {
            if self.word != 0 {
                (self.word_before, self.word) = (self.word, 0);
            }
            self.gap = step(self.gap, byte);
        }
        self.classes = self.classes << 3 | class(byte);
    }

    #[inline(always)]
    fn fill(&mut self, position: usize, window: &[u8], found: &mut Findings) {
        let (above, same) = (self.above.look(window), self.same.look(window));
        let field = self.lines.field();
        let values = &mut found.values;
        values[WORD] = self.word;
        values[WORD_PAIR] = pair(self.word_before, self.word);
        values[GAP] = pair(self.word_before, self.gap);
        values[COLUMN] = self.lines.column(position, window);
        values[CLASSES] = self.classes & 0xFF_FFFF;
        values[ABOVE] = above.pair << 2 | above.astray;
        values[ABOVE_WORD] = pair(self.word, above.pair);
        values[FIELD] = pair(self.lines.text(), field);
        values[ABOVE_NUMBER] = above.number << 16 | field & 0xFFFF;
        values[SLOT_TEXT] = pair(self.text, self.slot);
        values[SAME] = same.pair << 2 | same.astray;
        values[SAME_NUMBER] = pair(same.number, self.slot);
        values[SLOT_LENGTH] = pair(self.length.min(255), self.slot);
        values[FOLLOWERS] = u64::from(*cell(&mut self.followers, usize::from(self.last))) & 0xFF_FFFF;
        found.marks[CLASS_MARK] = self.classes as usize & 0xFF;
        found.marks[PLACE_MARK] = self.places.kind();
        for (guess, seen) in found.guesses.iter_mut().zip([above, same]) {
            *guess = Guess { expected: seen.expected, trust: seen.trust };
        }
    }
}

/// A cell of a table in rows of [`ROW`].
#[inline(always)]
fn cell(table: &mut Table<u32>, index: usize) -> &mut u32 {
    table.touch(index / ROW);
    &mut table.row_mut(index / ROW)[index % ROW]
}

#[cfg(test)]
mod tests;
