//! What follows an opcode of the x86: a table each for the one-byte opcodes and for those after 0F.

/// A modrm byte follows.
pub const MODRM: u8 = 16;
/// A prefix.
pub const PREFIX: u8 = 32;
/// The bits that tell the [`operand`].
pub const OPERAND: u8 = 15;

/// What follows opcode, modrm, sib and displacement.
pub mod operand {
    /// Nothing.
    pub const NONE: u8 = 0;
    /// One byte.
    pub const BYTE: u8 = 1;
    /// Two bytes.
    pub const WORD: u8 = 2;
    /// Four bytes, two after the prefix 66.
    pub const FULL: u8 = 3;
    /// A distance to jump, of one byte.
    pub const NEAR: u8 = 4;
    /// A distance to call, of four.
    pub const CALL: u8 = 5;
    /// A distance to jump, of four.
    pub const JUMP: u8 = 6;
    /// A segment and an address: six bytes.
    pub const FAR: u8 = 7;
    /// An address: four bytes, eight in 64-bit code.
    pub const ADDRESS: u8 = 8;
    /// The operands of `enter`: three bytes.
    pub const ENTER: u8 = 9;
    /// Eight bytes.
    pub const LONG: u8 = 10;
}
use operand::{ADDRESS, BYTE, CALL, ENTER, FAR, FULL, JUMP, NEAR, NONE, WORD};

/// What follows a one-byte opcode.
pub static ONE_BYTE: [u8; 256] = one_byte();
/// What follows an opcode after 0F.
pub static TWO_BYTE: [u8; 256] = two_byte();

const fn one_byte() -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut opcode = 0;
    while opcode < 256 {
        table[opcode] = match opcode {
            0x26 | 0x2E | 0x36 | 0x3E | 0x64..=0x67 | 0xF0 | 0xF2 | 0xF3 => PREFIX,
            0x00..=0x3F => match opcode & 7 {
                0..=3 => MODRM,
                4 => BYTE,
                5 => FULL,
                _ => NONE,
            },
            0x62 | 0x63 | 0x84..=0x8F | 0xC4 | 0xC5 | 0xD0..=0xD3 | 0xD8..=0xDF | 0xFE | 0xFF => MODRM,
            0x69 | 0x81 | 0xC7 | 0xF7 => MODRM | FULL,
            0x6B | 0x80 | 0x82 | 0x83 | 0xC0 | 0xC1 | 0xC6 | 0xF6 => MODRM | BYTE,
            0x68 | 0xA9 | 0xB8..=0xBF => FULL,
            0x6A | 0xA8 | 0xB0..=0xB7 | 0xCD | 0xD4 | 0xD5 | 0xE4..=0xE7 => BYTE,
            0x70..=0x7F | 0xE0..=0xE3 | 0xEB => NEAR,
            0x9A | 0xEA => FAR,
            0xA0..=0xA3 => ADDRESS,
            0xC2 | 0xCA => WORD,
            0xC8 => ENTER,
            0xE8 => CALL,
            0xE9 => JUMP,
            _ => NONE,
        };
        opcode += 1;
    }
    table
}

const fn two_byte() -> [u8; 256] {
    let mut table = [MODRM; 256];
    let mut opcode = 0;
    while opcode < 256 {
        table[opcode] = match opcode {
            0x04..=0x0C | 0x0E | 0x30..=0x37 | 0x77 | 0xA0..=0xA2 | 0xA8..=0xAA | 0xC8..=0xCF => NONE,
            0x80..=0x8F => JUMP,
            0x70..=0x73 | 0xA4 | 0xAC | 0xBA | 0xC2 | 0xC4..=0xC6 => MODRM | BYTE,
            _ => MODRM,
        };
        opcode += 1;
    }
    table
}
