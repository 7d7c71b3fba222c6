//! A match of instructions: what came after the last time that four instructions of these structures were seen. It goes on through operands
//! that differ, and is dropped where the instructions themselves do.

use super::decoder::{Decoder, field};
use crate::error::{Result, try_zeroed};
use crate::predict::mix::features::Guess;

/// Log2 of the places that are remembered.
const PLACES_LOG2: u32 = 18;
const LENGTH_MAX: u32 = 255;
/// Wrong bytes of the last eight above which a match is dropped.
const WRONG_MAX: u32 = 5;
/// Classes of length; trust has those, the last two hits or misses, and the field.
const LENGTHS: usize = 15;
/// Classes of trust.
pub const TRUST: usize = LENGTHS * 4 * 32;

/// See the module.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Where four structures were last followed by an instruction.
    places: Vec<u32>,
    pointer: usize,
    /// Bytes that agreed, a quarter left after one that did not.
    length: u32,
    /// The last eight bytes, one for a wrong one, the latest lowest.
    wrong: u8,
    /// The expected byte with a leading one, or 0.
    expected: u32,
}

impl Replay {
    /// Bytes that a replay takes.
    pub const MEMORY: usize = 4 << PLACES_LOG2;

    /// A replay that has seen nothing.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new() -> Result<Self> {
        Ok(Replay { places: try_zeroed(1 << PLACES_LOG2)?, pointer: 0, length: 0, wrong: 0, expected: 0 })
    }

    /// Takes in `byte`, a field `was` of its instruction, which `window` holds before `position` and `decoder` has read.
    #[inline(always)]
    pub fn push(&mut self, byte: u8, was: u8, decoder: &Decoder, position: usize, window: &[u8]) {
        if self.pointer > 0 {
            self.pointer += 1;
            let right = self.expected as u8 == byte;
            self.wrong = self.wrong << 1 | u8::from(!right);
            let operand = (field::DISPLACEMENT_8..field::VEX).contains(&was);
            if right {
                self.length = (self.length + 1).min(LENGTH_MAX);
            } else if !operand || self.wrong.count_ones() > WRONG_MAX {
                self.pointer = 0;
            } else {
                self.length /= 4;
            }
        }
        if decoder.is_at_start() {
            let place = &mut self.places[(decoder.keys.four >> (64 - PLACES_LOG2)) as usize];
            if self.pointer == 0 {
                self.pointer = *place as usize;
                (self.length, self.wrong) = (0, 0);
            }
            *place = position as u32;
        }
        let next = window[self.pointer & (window.len() - 1)];
        self.expected = if self.pointer > 0 { 256 | u32::from(next) } else { 0 };
    }

    /// The expected byte with a leading one, or 0.
    #[inline(always)]
    pub fn expected(&self) -> u32 {
        self.expected
    }

    /// Bytes that agreed of late.
    #[inline(always)]
    pub fn length(&self) -> u32 {
        self.length
    }

    /// The length in eight classes, none of them 0.
    #[inline(always)]
    pub fn length_class(&self) -> usize {
        1 + (self.length + 1).ilog2().min(6) as usize
    }

    /// What it expects of a byte that is a `field` of its instruction.
    #[inline(always)]
    pub fn guess(&self, field: u8) -> Guess {
        let length = match self.length {
            0..8 => self.length,
            8..12 => 8,
            12..16 => 9,
            16..32 => 10,
            32..64 => 11,
            64..128 => 12,
            128..LENGTH_MAX => 13,
            _ => 14,
        } as usize;
        let trust = (length * 4 + usize::from(self.wrong & 3)) * 32 + usize::from(field);
        Guess { expected: self.expected, trust }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_recognised_though_its_operands_differ() {
        let (mut decoder, mut replay) = (Decoder::new().unwrap(), Replay::new().unwrap());
        let mut window = vec![0; 1 << 10];
        let (mut position, mut right) = (0, 0);
        for round in 0..20 {
            // mov eax,[ebp+n]; push eax; call n; add esp,4.
            for byte in [0x8B, 0x45, round, 0x50, 0xE8, round, 0, 0, 0, 0x83, 0xC4, 4] {
                right += u32::from(round > 1 && replay.expected() == 256 | u32::from(byte));
                let was = decoder.now.field;
                window[position] = byte;
                position += 1;
                decoder.push(byte);
                replay.push(byte, was, &decoder, position, &window);
            }
        }
        // Ten of twelve bytes of each of the last eighteen rounds.
        assert_eq!(right, 18 * 10);
        let Guess { expected, trust } = replay.guess(0);
        assert_eq!((expected, trust / 32 % 4), (256 | 0x8B, 0));
        assert!(trust < TRUST && replay.length_class() > 3);
    }
}
