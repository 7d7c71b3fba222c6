//! Binary data of records: strides at which bytes come again, what stands above and around, words of four, and `Strings`.
//!
//! A stride gains score where the distance to the last equal byte is the distance between the two before; the two best, with some
//! reluctance to change, tell where "above" is. Scores fade, so that files of several tables are followed.
//!
//! Cost: 272 KiB; some fifty operations a byte and a pass over 4,096 scores every 1,024 bytes. Source: the record model of Mahoney's paq8.

use super::strings::Strings;
use super::{Findings, Followers};
use crate::error::{Result, try_zeroed};
use crate::predict::mix::hash::fold;

/// Value: the byte above and that above it, at the first stride.
pub const ABOVE_TWICE: usize = 1;
/// Value: the column and the byte above.
pub const COLUMN: usize = 2;
/// Value: what the byte is if the row rises as the one above did, and the byte above.
pub const GRADIENT: usize = 3;
/// Value: the bytes above, above to the right and to the left, and byte 1.
pub const AROUND: usize = 4;
/// Value: the byte above at the second stride, and byte 1.
pub const SECOND: usize = 5;
/// Value: the byte above.
pub const ABOVE: usize = 6;
/// Value: the position's remainder by four.
pub const ALIGNMENT: usize = 7;
/// Value: the word.
pub const WORD: usize = 8;
/// Value: the word and the one before.
pub const WORD_PAIR: usize = 9;
/// Value: what the match expects, and its length.
pub const MATCHED: usize = 10;
/// Value: the last two bytes that followed the last two.
pub const FOLLOWED: usize = 11;
/// Value: the length of the match in 17 classes.
pub const MATCH_LENGTH: usize = 12;

/// Mark, 256 values: the column, up to 255.
pub const COLUMN_MARK: usize = 0;
/// Mark, 64 values: the position's remainder by four, and how many zeros in a row.
pub const ALIGNMENT_MARK: usize = 1;
/// Mark, 512 values: classes of the last three bytes.
pub const CLASSES_MARK: usize = 2;

/// Strides below this are seen.
const STRIDES: usize = 4096;
/// Bytes after which scores lose a quarter.
const DECAY: usize = 1024;
/// What a repetition scores, and more for each doubling of the stride.
const SCORE: [u32; 2] = [16, 4];

/// The parser's state.
#[derive(Clone, Debug)]
pub struct Binary {
    /// Where each byte was last, and before that.
    places: [[u32; 2]; 256],
    scores: Vec<u32>,
    strides: [usize; 2],
    column: usize,
    strings: Strings,
    followers: Followers,
}

impl Binary {
    /// Bytes that a parser takes.
    pub const MEMORY: usize = 4 * STRIDES + Followers::MEMORY;

    /// A parser that knows nothing yet.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new() -> Result<Self> {
        Ok(Binary {
            places: [[0; 2]; 256],
            scores: try_zeroed(STRIDES)?,
            strides: [4, 8],
            column: 0,
            strings: Strings::default(),
            followers: Followers::new()?,
        })
    }

    /// Takes in a byte; see [`Features::push`](super::Features::push).
    #[inline(always)]
    pub fn push(&mut self, byte: u8, position: usize, window: &[u8], found: &mut Findings) {
        self.column += 1;
        if self.find_strides(byte, position as u32) {
            self.column = position % self.strides[0];
        } else if self.column == self.strides[0] {
            self.column = 0;
        }
        self.strings.push(byte);
        self.followers.push(byte, found.last);
        self.see(position, window, found);
    }

    /// Whether the first stride has changed.
    fn find_strides(&mut self, byte: u8, position: u32) -> bool {
        let [last, before] = self.places[usize::from(byte)];
        self.places[usize::from(byte)] = [position, last];
        if (position as usize).is_multiple_of(DECAY) {
            self.scores.iter_mut().for_each(|score| *score -= *score >> 2);
        }
        let stride = position.wrapping_sub(last);
        if stride != last.wrapping_sub(before) || !(2..STRIDES as u32).contains(&stride) {
            return false;
        }
        let score = &mut self.scores[stride as usize];
        *score += SCORE[0] + SCORE[1] * stride.ilog2();
        let (score, stride) = (*score, stride as usize);
        let beats = |rival: usize| score > self.scores[rival] + self.scores[rival] / 8;
        let [first, second] = self.strides;
        if stride != first && beats(first) {
            self.strides = [stride, first];
            return true;
        }
        if stride != first && stride != second && beats(second) {
            self.strides[1] = stride;
        }
        false
    }

    #[inline(always)]
    fn see(&self, position: usize, window: &[u8], found: &mut Findings) {
        let at = |distance: usize| u64::from(window[position.wrapping_sub(distance) & (window.len() - 1)]);
        let [first, second] = self.strides;
        let (above, twice) = (at(first), at(2 * first));
        let (right, left) = (at(first - 1), at(first + 1));
        let stride = (first as u64) << 32;
        let byte = found.last & 0xFF;
        let values = &mut found.values;
        values[ABOVE_TWICE] = stride | above << 8 | twice;
        values[COLUMN] = stride | (self.column as u64) << 8 | above;
        values[GRADIENT] = stride | (above.wrapping_add(byte).wrapping_sub(left) & 0xFF) << 8 | above;
        values[AROUND] = stride | above << 24 | right << 16 | left << 8 | byte;
        values[SECOND] = (second as u64) << 32 | at(second) << 8 | byte;
        values[ALIGNMENT] = position as u64 & 3;
        values[WORD] = self.strings.word;
        values[WORD_PAIR] = fold(self.strings.word, self.strings.word_before);
        values[MATCHED] = found.matched;
        values[FOLLOWED] = u64::from(self.followers.after(found.last) & 0xFFFF);
        values[MATCH_LENGTH] = found.matched >> 10;
        values[ABOVE] = above;

        let marks = &mut found.marks;
        marks[COLUMN_MARK] = self.column.min(255);
        marks[ALIGNMENT_MARK] = (position & 3) * 16 + self.strings.zeros;
        marks[CLASSES_MARK] = self.strings.last_classes(3) as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(bytes: &[u8]) -> (Binary, Findings) {
        use crate::predict::mix::features::{GUESSES, Guess, MARKS, VALUES};
        let mut found = Findings {
            last: 0,
            values: [0; VALUES],
            marks: [0; MARKS],
            guesses: [Guess::default(); GUESSES],
            matched: 0,
        };
        let mut binary = Binary::new().unwrap();
        let mut window = vec![0; 1 << 12];
        for (position, &byte) in bytes.iter().enumerate() {
            window[position & 0xFFF] = byte;
            found.last = found.last << 8 | u64::from(byte);
            binary.push(byte, position + 1, &window, &mut found);
        }
        (binary, found)
    }

    #[test]
    fn the_length_of_records_is_found() {
        let records: Vec<u8> = (0..200u32)
            .flat_map(|n| [0xA1, 0x52, n as u8, (n * n) as u8, ((n * 31) >> 3) as u8, 0x17, (n * 7) as u8])
            .collect();
        let (binary, found) = parse(&records[..records.len() - 5]);
        assert_eq!(binary.strides[0], 7);
        assert_eq!(found.marks[COLUMN_MARK], 2);
        assert_eq!(found.values[ABOVE], 198);
    }

    proptest! {
        #[test]
        fn marks_stay_in_their_bounds(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 65u8..70, Just(0)], 0..9000)) {
            let (binary, found) = parse(&bytes);
            for (mark, values) in [256, 64, 512].into_iter().enumerate() {
                prop_assert!(found.marks[mark] < values, "{mark}");
            }
            prop_assert_eq!(binary.column, bytes.len() % binary.strides[0]);
        }
    }
}
