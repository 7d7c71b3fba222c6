//! Words, the gaps between them, sentences, and lines that are broken at some width: the features of natural language.
//!
//! Where lines are broken by hand or by an editor, a line feed in place of a space depends on the column alone, and a word that stands first in its
//! line was too long for the line before: both are worth 0.5 % of a novel in lines of 70 bytes.

use super::Findings;
use crate::predict::mix::hash::combine;

/// Names of the values, from 1 on.
pub const NAMES: [&str; 13] = [
    "word",
    "two words",
    "three words",
    "word and the one before the last",
    "gap",
    "above",
    "classes",
    "wrap",
    "room",
    "length",
    "sentence",
    "ending",
    "folded",
];

/// Value: letters and digits since the last other byte, case folded.
pub const WORD: usize = 1;
/// Value: that, and the word before.
pub const WORD_PAIR: usize = 2;
/// Value: that, and the two words before.
pub const WORD_TRIPLE: usize = 3;
/// Value: the word so far and the one before the last.
pub const WORD_SKIP: usize = 4;
/// Value: what stands between the last word and here, and that word.
pub const GAP: usize = 5;
/// Value: the byte above, and the column.
pub const ABOVE: usize = 6;
/// Value: classes of the last eight bytes.
pub const CLASSES: usize = 7;
/// Value: the column; in a word that begins its line, how long the line before would have been with the word so far.
pub const WRAP: usize = 8;
/// Value: what is left of the longest of the last eight lines, and the last byte's class.
pub const ROOM: usize = 9;
/// Value: the length of the word so far, and the column.
pub const LENGTH: usize = 10;
/// Value: the word so far, and the first one of the sentence.
pub const SENTENCE: usize = 11;
/// Value: the last two bytes, folded, and the word before.
pub const ENDING: usize = 12;
/// Value: the last seven bytes, folded.
pub const FOLDED: usize = 13;

/// Mark, 256 values: classes of the last two bytes and a part of the third's.
pub const CLASS_MARK: usize = 0;
/// Mark, 256 values: the length of the word so far, and its first letter; outside of words that of the last one.
pub const INITIAL_MARK: usize = 1;

/// Columns, and lengths of words and lines, that are told apart.
const COLUMNS: u64 = 255;
/// A column that the longest line leaves is told apart from so many beyond it.
const BEYOND: u64 = 8;
/// Lines among which the longest is sought.
const LINES: usize = 8;

/// The parser's state.
#[derive(Clone, Debug, Default)]
pub struct Prose {
    word: u64,
    before: [u64; 2],
    gap: u64,
    /// Classes of the last bytes, three bits each, the latest lowest.
    classes: u64,
    line: usize,
    line_before: usize,
    /// Lengths of the last lines, with their line feeds, the latest first, and the greatest of them.
    lines: [u64; LINES],
    longest: u64,
    /// The last bytes in lower case, space of any kind and length being one space; the latest lowest.
    folded: u64,
    /// Bytes of the word so far.
    length: u64,
    /// The first byte of this word or the last one, folded.
    initial: u64,
    /// The first word of the sentence, 0 before its end.
    first: u64,
}

impl Prose {
    /// Takes in a byte; see [`Features::push`](super::Features::push).
    #[inline(always)]
    pub fn push(&mut self, byte: u8, position: usize, window: &[u8], found: &mut Findings) {
        let folded = if matches!(byte, b'\n' | b'\r' | b'\t') { b' ' } else { byte.to_ascii_lowercase() };
        if folded != b' ' || self.folded & 0xFF != u64::from(b' ') {
            self.folded = self.folded << 8 | u64::from(folded);
        }
        if byte.is_ascii_alphanumeric() || byte >= 128 {
            self.word = combine(self.word.wrapping_add(u64::from(folded) + 1), 0x77);
            self.gap = 0;
            if self.length == 0 {
                self.initial = u64::from(folded);
            }
            self.length += 1;
        } else {
            self.end_word(byte);
        }
        self.classes = self.classes << 3 | class(byte);
        if byte == b'\n' {
            self.lines.rotate_right(1);
            self.lines[0] = ((position - self.line) as u64).min(COLUMNS);
            self.longest = self.lines.iter().fold(0, |longest, &line| longest.max(line));
            (self.line_before, self.line) = (self.line, position);
        }
        let column = position - self.line;
        let above = window[(self.line_before + column) & (window.len() - 1)];

        let values = &mut found.values;
        values[WORD] = combine(self.word, 1);
        values[WORD_PAIR] = combine(self.word, self.before[0]);
        values[WORD_TRIPLE] = combine(values[WORD_PAIR], self.before[1]);
        values[WORD_SKIP] = combine(combine(self.word, self.before[1]), 5);
        values[GAP] = combine(self.gap, self.before[0]);
        let column = (column as u64).min(COLUMNS);
        values[ABOVE] = combine(u64::from(above) << 8 | column, 9);
        values[CLASSES] = self.classes & 0xFF_FFFF;
        values[WRAP] =
            combine(if column == self.length { 1 << 20 | (self.lines[0] + self.length) } else { column }, 36);
        values[ROOM] = combine((self.longest + BEYOND).saturating_sub(column) << 3 | self.classes & 7, 41);
        values[LENGTH] = combine(self.length << 8 | column, 33);
        values[SENTENCE] = combine(combine(self.word, self.first), 16);
        values[ENDING] = combine(self.folded & 0xFFFF, self.before[0]);
        values[FOLDED] = combine(self.folded & 0xFF_FFFF_FFFF_FFFF, 11);
        found.marks[CLASS_MARK] = self.classes as usize & 0xFF;
        found.marks[INITIAL_MARK] = (self.length.min(7) << 5 | self.initial & 31) as usize;
    }

    /// Takes in a byte that is in no word.
    #[inline(always)]
    fn end_word(&mut self, byte: u8) {
        if self.word != 0 {
            self.before = [self.word, self.before[0]];
            if self.first == 0 {
                self.first = self.word;
            }
            (self.word, self.length) = (0, 0);
        }
        if matches!(byte, b'.' | b'?' | b'!' | b':' | b';') {
            self.first = 0;
        }
        self.gap = combine(self.gap, u64::from(byte) + 1);
    }
}

/// One of eight classes of bytes.
pub(super) fn class(byte: u8) -> u64 {
    match byte {
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        b'0'..=b'9' => 3,
        b' ' => 4,
        b'\n' => 5,
        128.. => 6,
        b'.' | b',' | b';' => 7,
        _ => 0,
    }
}
