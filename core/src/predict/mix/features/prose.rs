//! Words, the gaps between them, lines and columns: the features of natural language.

use super::Findings;
use crate::predict::mix::hash::combine;

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

/// Mark, 256 values: classes of the last two bytes and a part of the third's.
pub const CLASS_MARK: usize = 0;

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
}

impl Prose {
    /// Takes in a byte; see [`Features::push`](super::Features::push).
    #[inline(always)]
    pub fn push(&mut self, byte: u8, position: usize, window: &[u8], found: &mut Findings) {
        if byte.is_ascii_alphanumeric() || byte >= 128 {
            self.word = combine(self.word.wrapping_add(u64::from(byte.to_ascii_lowercase()) + 1), 0x77);
            self.gap = 0;
        } else {
            if self.word != 0 {
                self.before = [self.word, self.before[0]];
                self.word = 0;
            }
            self.gap = combine(self.gap, u64::from(byte) + 1);
        }
        self.classes = self.classes << 3 | class(byte);
        if byte == b'\n' {
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
        values[ABOVE] = combine(u64::from(above) << 8 | column.min(255) as u64, 9);
        values[CLASSES] = self.classes & 0xFF_FFFF;
        found.marks[CLASS_MARK] = self.classes as usize & 0xFF;
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
