//! x86 machine code, 32 and 64 bits, with the strings and tables that stand between: the [decoder]'s fields and histories, the
//! [replay] of instructions, and words and classes of bytes.
//!
//! In text, where the fields of instructions mean nothing, the values that look furthest back into code look at the text instead.
//!
//! Cost: 1.6 MiB; a dozen multiplications a byte, twenty more an instruction. Source: Intel's opcode maps; the idea of an
//! instruction decoder as context from the x86 model of Knoll's and Ziobro's paq8px.

pub mod decoder;
pub mod opcodes;
pub mod replay;

use super::strings::Strings;
use super::{Findings, back};
use crate::error::Result;
use crate::predict::mix::hash::fold;
use decoder::{Decoder, joined};
use replay::Replay;

/// Value: the bytes of this instruction so far.
pub const FULL: usize = 1;
/// Value: that, and the structure of the last instruction.
pub const AFTER_1: usize = 2;
/// Value: that of the last two.
pub const AFTER_2: usize = 3;
/// Value: that of the last three; in text, the last five bytes.
pub const AFTER_3: usize = 4;
/// Value: the bytes of this instruction and of the last one.
pub const BYTES_1: usize = 5;
/// Value: of the last two; in text, two words.
pub const BYTES_2: usize = 6;
/// Value: of the last three; in text, the word.
pub const BYTES_3: usize = 7;
/// Value: the bytes of this instruction, and the opcodes of the last two.
pub const OPCODES_2: usize = 8;
/// Value: of the last four; in text, the last byte and classes of the last eight.
pub const OPCODES_4: usize = 9;
/// Value: the bytes of this instruction, and the structure of the last but one; in text, what followed the last two bytes.
pub const SKIP: usize = 10;
/// Value: what the replay expects, and its length.
pub const REPLAY: usize = 11;
/// Value: this operand so far, and the last displacements from its base register; in text, the last seven bytes.
pub const DISPLACEMENT: usize = 12;
/// Value: this operand so far, the opcode and its last immediate; in text, the bytes 2 to 4 back.
pub const IMMEDIATE: usize = 13;
/// Value: this operand so far and the opcode; in text, the last byte.
pub const OPERAND: usize = 14;
/// Value: the structure of this instruction so far, and what followed the last two; in text, what the match expects, and the last byte.
pub const FOLLOWER: usize = 15;
/// Value: what the next byte is.
pub const FIELD: usize = 16;
/// Value: the position's remainder by four.
pub const ALIGNMENT: usize = 17;
/// Value: the word.
pub const WORD: usize = 18;
/// Value: the bytes of this instruction, and the last one that named its register; in text, two words and the last byte.
pub const NAMED: usize = 19;

/// Mark, 32 values: what the next byte is; 31 in text.
pub const FIELD_MARK: usize = 0;
/// Mark, 512 values: the opcode; in text, the byte before the last.
pub const OPCODE_MARK: usize = 1;
/// Mark, 512 values: the last instruction's opcode.
pub const LAST_OPCODE_MARK: usize = 2;
/// Mark, 256 values: the length of the replay, and what the next byte is.
pub const REPLAY_MARK: usize = 3;
/// Mark, 64 values: the position's remainder by four, and how many zeros in a row.
pub const ALIGNMENT_MARK: usize = 4;
/// Mark, 512 values: classes of the last three bytes.
pub const CLASSES_MARK: usize = 5;

/// Guess: the replay's.
pub const REPLAY_GUESS: usize = 0;

/// What stands for a field in text.
const TEXT_FIELD: usize = 31;
/// Length that the replay's value tells apart.
const REPLAY_LENGTH_MAX: u32 = 16;

/// The parser's state.
#[derive(Clone, Debug)]
pub struct X86 {
    decoder: Decoder,
    replay: Replay,
    strings: Strings,
    followers: super::Followers,
}

impl X86 {
    /// Bytes that a parser takes.
    pub const MEMORY: usize = Decoder::MEMORY + Replay::MEMORY + super::Followers::MEMORY;

    /// A parser that knows nothing yet.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new() -> Result<Self> {
        Ok(X86 {
            decoder: Decoder::new()?,
            replay: Replay::new()?,
            strings: Strings::default(),
            followers: super::Followers::new()?,
        })
    }

    /// Takes in a byte; see [`Features::push`](super::Features::push).
    #[inline(always)]
    pub fn push(&mut self, byte: u8, position: usize, window: &[u8], found: &mut Findings) {
        let was = self.decoder.now.field;
        self.decoder.push(byte);
        self.strings.push(byte);
        self.followers.push(byte, found.last);
        self.replay.push(byte, was, &self.decoder, position, window);

        found.guesses[REPLAY_GUESS] = self.replay.guess(self.decoder.now.field);
        let field = u64::from(self.decoder.now.field);
        let values = &mut found.values;
        values[REPLAY] = u64::from(self.replay.expected())
            | u64::from(self.replay.length().min(REPLAY_LENGTH_MAX)) << 9
            | field << 16;
        values[FIELD] = field;
        values[ALIGNMENT] = position as u64 & 3;
        values[WORD] = self.strings.word;
        let in_text = self.strings.in_text();
        self.see_code(found);
        if in_text {
            self.see_text(found);
        }
        self.mark(in_text, position, found);
    }

    fn see_code(&self, found: &mut Findings) {
        let (now, keys) = (&self.decoder.now, &self.decoder.keys);
        let field = u64::from(now.field);
        let full = fold(now.full, field);
        let operand = fold(now.operand, field);
        let opcode = u64::from(now.opcode);
        let displacements = joined(self.decoder.displacements[now.base % 32]);
        let immediates = joined(self.decoder.immediates[now.immediates_at()]);
        let values = &mut found.values;
        values[FULL] = full;
        values[AFTER_1] = full.wrapping_add(keys.structures[0]);
        values[AFTER_2] = full.wrapping_add(keys.structures[1]);
        values[AFTER_3] = full.wrapping_add(keys.structures[2]);
        values[BYTES_1] = full.wrapping_add(keys.bytes[0]);
        values[BYTES_2] = full.wrapping_add(keys.bytes[1]);
        values[BYTES_3] = full.wrapping_add(keys.bytes[2]);
        values[OPCODES_2] = full.wrapping_add(keys.opcodes[0]);
        values[OPCODES_4] = full.wrapping_add(keys.opcodes[1]);
        values[SKIP] = full.wrapping_add(keys.skipped);
        values[DISPLACEMENT] = fold(operand.wrapping_add(now.base as u64), displacements);
        values[IMMEDIATE] = fold(operand, immediates & !0xFFFF_FFFF | opcode);
        values[OPERAND] = fold(operand, opcode | 1 << 32);
        values[FOLLOWER] = fold(fold(now.structure, field), keys.followers);
        values[NAMED] = fold(full, self.decoder.named[now.register()]);
    }

    fn see_text(&self, found: &mut Findings) {
        let (last, words) = (found.last, fold(self.strings.word, self.strings.word_before));
        let values = &mut found.values;
        values[AFTER_3] = last & 0xFF_FFFF_FFFF;
        values[BYTES_2] = words;
        values[BYTES_3] = self.strings.word;
        values[OPCODES_4] = self.strings.last_classes(8) << 8 | last & 0xFF;
        values[SKIP] = u64::from(self.followers.after(last) & 0xFFFF) << 8 | last & 0xFF;
        values[DISPLACEMENT] = last & 0xFF_FFFF_FFFF_FFFF;
        values[IMMEDIATE] = last & 0xFFFF_FF00;
        values[OPERAND] = last & 0xFF;
        values[FOLLOWER] = found.matched << 8 | last & 0xFF;
        values[NAMED] = fold(words, last & 0xFF);
    }

    fn mark(&self, in_text: bool, position: usize, found: &mut Findings) {
        let now = &self.decoder.now;
        let field = if in_text { TEXT_FIELD } else { usize::from(now.field) };
        let marks = &mut found.marks;
        marks[FIELD_MARK] = field;
        marks[OPCODE_MARK] = if in_text { back(found.last, 2) } else { now.opcode as usize & 0x1FF };
        marks[LAST_OPCODE_MARK] = self.decoder.last_opcode as usize & 0x1FF;
        marks[REPLAY_MARK] = self.replay.length_class() * 32 + field;
        marks[ALIGNMENT_MARK] = (position & 3) * 16 + self.strings.zeros;
        marks[CLASSES_MARK] = self.strings.last_classes(3) as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predict::mix::features::x86::decoder::field;
    use crate::predict::mix::features::{Features, Kind};
    use proptest::prelude::*;

    fn features(bytes: &[u8]) -> Features {
        let mut features = Features::new(Kind::X86).unwrap();
        let mut window = vec![0; 1 << 12];
        for (position, &byte) in bytes.iter().enumerate() {
            window[position & 0xFFF] = byte;
            features.push(byte, position + 1, &window, 0);
        }
        features
    }

    #[test]
    fn values_follow_the_instruction_and_the_text() {
        // mov eax,[ebp+8], but for the last byte, after different and equal instructions.
        let [a, b, c] = [[0x50, 0x8B, 0x45], [0x51, 0x8B, 0x45], [0x50, 0x8B, 0x4D]]
            .map(|code| features(&[&[0xC3; 8][..], &code].concat()).found);
        assert_eq!(a.values[FULL], b.values[FULL]);
        assert_ne!(a.values[FULL], c.values[FULL]);
        assert_ne!(a.values[AFTER_1], b.values[AFTER_1]);
        assert_eq!(a.marks[FIELD_MARK], usize::from(field::DISPLACEMENT_8));
        assert_eq!(a.marks[OPCODE_MARK], 0x8B);
        let text = features(b"\xC3\x90This is no code at all.").found;
        assert_eq!((text.marks[FIELD_MARK], text.values[OPERAND]), (TEXT_FIELD, u64::from(b'.')));
    }

    proptest! {
        #[test]
        fn marks_and_trust_stay_in_their_bounds(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 65u8..80, Just(0x48)], 0..5000)) {
            let found = features(&bytes).found;
            for (mark, values) in [32, 512, 512, 256, 64, 512].into_iter().enumerate() {
                prop_assert!(found.marks[mark] < values, "{mark}");
            }
            prop_assert!(found.guesses[REPLAY_GUESS].trust < replay::TRUST);
        }
    }
}
