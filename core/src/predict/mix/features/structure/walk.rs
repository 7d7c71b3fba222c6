//! Walks: an earlier stretch of text, gone through in step with the new one.
//!
//! A walk outlives wrong bytes. Where the new text has another letter or digit, the walk steps on, unless its own token has ended; where
//! it has another separator, the walk goes on behind the next such separator, if one is near and in the same line.
//!
//! Output: the byte to come and its successor, how far the walk is to be trusted, and the number it stands in. Cost: some ten operations
//! a byte, and at most [`NEAR`] comparisons at a wrong separator.

use super::is_name;

/// Classes of trust by what happened so far.
pub(super) const TRUSTS: usize = 32;
/// Classes of expected bytes: part of a name, a digit, anything else.
pub(super) const KINDS: usize = 4;
/// How far ahead a separator is looked for; 16 and 80 lose less than 0.02 %.
const NEAR: usize = 40;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    is_on: bool,
    /// Where the next byte is.
    at: usize,
    /// Right bytes in a row, to 255.
    run: u8,
    /// The last eight bytes, a one for each that was wrong, the latest lowest.
    wrong: u8,
    /// How the new token compares with the old one, by the first byte that differs: 0 not yet, 1 greater, 2 less.
    order: u8,
}

/// What a walk is at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// The byte to come behind a leading one; 0 without a walk.
    pub expected: u32,
    /// Below [`TRUSTS`] times [`KINDS`].
    pub trust: usize,
    /// The byte to come, above the one after it; 0 without a walk.
    pub pair: u64,
    /// Whether the last byte (bit 0) and the one before (bit 1) were wrong.
    pub astray: u64,
    /// See [`number`].
    pub number: u64,
}

impl Walk {
    /// Begins at `start`, or ends.
    #[inline(always)]
    pub fn begin(&mut self, start: Option<usize>) {
        *self = Walk { is_on: start.is_some(), at: start.unwrap_or(0), ..Walk::default() };
    }

    /// Takes in `byte`, which `window` (a power of two long) holds before `position`.
    #[inline(always)]
    pub fn push(&mut self, byte: u8, position: usize, window: &[u8]) {
        if !self.is_on {
            return;
        }
        let mask = window.len() - 1;
        let expected = window[self.at & mask];
        if !is_name(byte) {
            self.order = 0;
        }
        self.wrong <<= 1;
        if expected == byte {
            self.at += 1;
            self.run = self.run.saturating_add(1);
            return;
        }
        self.run = 0;
        self.wrong |= 1;
        if is_name(byte) {
            if self.order == 0 {
                self.order = if byte > expected { 1 } else { 2 };
            }
            self.at += usize::from(is_name(expected));
        } else {
            self.find(byte, expected, position, window);
        }
    }

    /// Goes on behind the next `separator`, or over the separator `expected`.
    fn find(&mut self, separator: u8, expected: u8, position: usize, window: &[u8]) {
        let mask = window.len() - 1;
        let end = (self.at + NEAR).min(position - 1);
        for at in self.at..end {
            let byte = window[at & mask];
            if byte == separator {
                self.at = at + 1;
                return;
            }
            if byte == b'\n' {
                break;
            }
        }
        self.at += usize::from(!is_name(expected) && expected != b'\n');
    }

    /// What stands where the walk is.
    #[inline(always)]
    pub fn look(&self, window: &[u8]) -> Seen {
        if !self.is_on {
            return Seen::default();
        }
        let word = load(window, self.at);
        let byte = word as u8;
        let kind = if byte.is_ascii_digit() { 1 } else { usize::from(!is_name(byte)) * 2 };
        let run = match self.run {
            0..4 => self.run,
            4..8 => 4,
            8..16 => 5,
            16..32 => 6,
            _ => 7,
        };
        let wrong = self.wrong.count_ones().min(3) as usize;
        Seen {
            expected: 256 | u32::from(byte),
            trust: (wrong << 3 | usize::from(run)) * KINDS + kind,
            pair: u64::from(byte) << 8 | word >> 8 & 0xFF,
            astray: u64::from(self.wrong & 3),
            number: number(word, self.order),
        }
    }
}

/// Eight bytes from `at` on, the first lowest.
#[inline(always)]
fn load(window: &[u8], at: usize) -> u64 {
    let at = at & (window.len() - 1);
    match window[at..].first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => (0..8).fold(0, |word, i| word | u64::from(window[(at + i) & (window.len() - 1)]) << (8 * i)),
    }
}

/// The first byte of `word`; if it is a digit, also whether only nines follow it (bit 8: then a number that counts up changes here), how many
/// digits there are (bits 9-11: 1 to 4), and how the token compares so far (bits 12-13).
#[inline(always)]
fn number(word: u64, order: u8) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let values = word ^ (0x30 * ONES);
    // The top bit of each byte that is no digit: neither sum carries into the next byte.
    let others = (((values & (0x7F * ONES)) + 0x76 * ONES) | values) & (0x80 * ONES);
    let digits = others.trailing_zeros() / 8;
    if digits == 0 {
        return word & 0xFF;
    }
    let following = (1u64 << (8 * (digits - 1))) - 1;
    let nines = ((values ^ (9 * ONES)) >> 8 & following) == 0;
    word & 0xFF | u64::from(nines) << 8 | u64::from(digits.min(4)) << 9 | u64::from(order) << 12
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &[u8]) -> u64 {
        load(text, 0)
    }

    #[test]
    fn numbers_are_measured() {
        assert_eq!(number(word(b"x1234567"), 0), u64::from(b'x'));
        assert_eq!(number(word(b"7,345678"), 0), u64::from(b'7') | 1 << 8 | 1 << 9);
        assert_eq!(number(word(b"299 9999"), 0), u64::from(b'2') | 1 << 8 | 3 << 9);
        assert_eq!(number(word(b"298 9999"), 0), u64::from(b'2') | 3 << 9);
        assert_eq!(number(word(b"99999999"), 0), u64::from(b'9') | 1 << 8 | 4 << 9);
        assert_eq!(number(word(&[0xFF; 8]), 0), 0xFF);
        assert_eq!(number(word(&[0xB0; 8]), 0), 0xB0);
    }

    #[test]
    fn the_end_of_the_window_wraps() {
        assert_eq!(load(b"abcdefgh", 6).to_le_bytes(), *b"ghabcdef");
    }

    #[test]
    fn a_walk_falls_back_in_step() {
        let text = b"user=anna id=17 ok\nuser=bo id=9 ok\n";
        let mut window = vec![0; 64];
        let mut walk = Walk::default();
        let mut right = Vec::new();
        for (i, &byte) in text.iter().enumerate() {
            right.push(walk.look(&window).expected == 256 | u32::from(byte));
            window[i] = byte;
            walk.push(byte, i + 1, &window);
            if byte == b'\n' {
                walk.begin(Some(0));
            }
        }
        let line: Vec<u8> = right[19..].iter().map(|&hit| if hit { b'+' } else { b'-' }).collect();
        assert_eq!(String::from_utf8(line).unwrap(), "+++++---+++--+++");
    }
}
