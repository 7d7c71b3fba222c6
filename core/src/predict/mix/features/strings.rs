//! What is text in a binary, and how much of it: words, classes of bytes, runs of zeros. Shared by the parsers of binaries.

use crate::predict::mix::hash::fold;

/// How much evidence of text makes text of it: that many printable bytes in a row.
const TEXT: u32 = 12;
const TEXT_MAX: u32 = 24;

/// The scanner's state.
#[derive(Clone, Debug, Default)]
pub struct Strings {
    /// Hash of the letters (their case folded), digits and underscores since the last other byte.
    pub word: u64,
    /// That of the word before.
    pub word_before: u64,
    /// Zeros in a row, up to 15.
    pub zeros: usize,
    /// Classes of the last bytes, three bits each, the latest lowest.
    pub classes: u64,
    evidence: u32,
}

impl Strings {
    /// Takes in a byte.
    #[inline(always)]
    pub fn push(&mut self, byte: u8) {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            self.word = fold(self.word, u64::from(byte | 0x20) + 1);
        } else if self.word != 0 {
            (self.word_before, self.word) = (self.word, 0);
        }
        self.zeros = if byte == 0 { (self.zeros + 1).min(15) } else { 0 };
        self.classes = self.classes << 3 | class(byte);
        self.evidence = match byte {
            0 => self.evidence.saturating_sub(3),
            b'\n' | b' '..=b'~' => (self.evidence + 1).min(TEXT_MAX),
            _ => self.evidence / 2,
        };
    }

    /// Whether the last bytes look like text.
    #[inline(always)]
    pub fn in_text(&self) -> bool {
        self.evidence >= TEXT
    }

    /// Classes of the last `n` bytes.
    #[inline(always)]
    pub fn last_classes(&self, n: u32) -> u64 {
        self.classes & ((1 << (3 * n)) - 1)
    }
}

fn class(byte: u8) -> u64 {
    match byte {
        0 => 0,
        1..16 => 1,
        16..32 => 2,
        b'a'..=b'z' => 3,
        b'A'..=b'Z' => 4,
        32..127 => 5,
        127..255 => 6,
        255 => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(bytes: &[u8]) -> Strings {
        let mut strings = Strings::default();
        bytes.iter().for_each(|&byte| strings.push(byte));
        strings
    }

    #[test]
    fn text_is_told_from_code_and_forgotten_again() {
        assert!(!after(b"eleven text").in_text());
        assert!(after(b"twelve bytes").in_text());
        assert!(after(b"a whole sentence of text\0").in_text());
        assert!(!after(b"a whole sentence of text\0\0\0\0\0").in_text());
        assert!(!after(b"a whole sentence of text\x90\x90").in_text());
    }

    #[test]
    fn words_fold_case_and_end() {
        let (a, b) = (after(b"x Get_Name2"), after(b"x gET_nAME2"));
        assert_eq!((a.word, a.word_before), (b.word, b.word_before));
        assert_eq!(after(b"x get.").word, 0);
        assert_eq!(after(b"x get..").word_before, after(b"get").word);
        assert_eq!(after(b"\x01\0\0").zeros, 2);
        assert_eq!(after(b"aA0").last_classes(2), 4 << 3 | 5);
    }
}
