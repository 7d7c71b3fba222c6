//! The instruction decoder: which field of an instruction the next byte is, and what the last instructions were.
//!
//! It reads 32-bit and 64-bit code alike, one byte and one table lookup at a time, and tells them apart by evidence: in 64-bit code 48
//! is a prefix that stands before `mov`, `lea`, `test` and arithmetic. Data is decoded as if it were code; in code again, the
//! decoder falls into step by itself after a few instructions.

use super::opcodes::{MODRM, ONE_BYTE, OPERAND, PREFIX, TWO_BYTE, operand};
use crate::error::{Result, try_zeroed};
use crate::predict::mix::hash::fold;

/// What the next byte is; operands of several bytes count up from their first.
pub mod field {
    /// An opcode, or a prefix.
    pub const OPCODE: u8 = 0;
    /// The same, after a prefix.
    pub const PREFIXED: u8 = 1;
    /// An opcode after 0F.
    pub const SECOND: u8 = 2;
    /// An opcode after 0F 38, 0F 3A or a VEX prefix.
    pub const THIRD: u8 = 3;
    /// The modrm byte.
    pub const MODRM: u8 = 4;
    /// The sib byte.
    pub const SIB: u8 = 5;
    /// A displacement of one byte.
    pub const DISPLACEMENT_8: u8 = 6;
    /// A displacement of four.
    pub const DISPLACEMENT_32: u8 = 7;
    /// An immediate of one byte.
    pub const IMMEDIATE_8: u8 = 11;
    /// An immediate of two.
    pub const IMMEDIATE_16: u8 = 12;
    /// An immediate of four.
    pub const IMMEDIATE_32: u8 = 14;
    /// The distance of a call.
    pub const CALL: u8 = 18;
    /// The distance of a jump, of four bytes.
    pub const JUMP: u8 = 22;
    /// The distance of a jump, of one byte.
    pub const NEAR: u8 = 26;
    /// Another operand; does not count up.
    pub const OTHER: u8 = 27;
    /// What stands between C4 or C5 and the opcode.
    pub const VEX: u8 = 28;
}

/// Base "register" of operands without a displacement, of absolute and relative addresses, and of a sib byte without a base.
const BASE_NONE: usize = 16;
const BASE_ABSOLUTE: usize = 17;
const BASE_INDEX: usize = 18;
const BASES: usize = 32;
/// Most prefixes before what follows is taken for an opcode whatever it is.
const PREFIXES: u8 = 4;
/// Bounds of the evidence of 64-bit code.
const WIDE: i32 = 64;
/// Evidence above which C4 and C5 are VEX prefixes, and addresses have eight bytes.
const SURELY_WIDE: i32 = 8;
const IMMEDIATES: usize = 1 << 13;
const FOLLOWERS_LOG2: u32 = 16;

/// The last two values of something.
pub type Two = [u32; 2];

fn remember(two: &mut Two, value: u32) {
    if two[0] != value {
        *two = [value, two[0]];
    }
}

/// The two as one number.
#[inline(always)]
pub fn joined(two: Two) -> u64 {
    u64::from(two[0]) << 32 | u64::from(two[1])
}

/// The instruction that is being read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Instruction {
    /// What the next byte is.
    pub field: u8,
    /// Map (0 one byte, 1 after 0F, 2 after 0F 38, 3 after 0F 3A) times 256, and opcode.
    pub opcode: u32,
    /// The modrm byte; 0 without one.
    pub modrm: u8,
    /// Base register of the displacement, or one of the constants above.
    pub base: usize,
    /// Hash of prefixes, opcode, modrm and sib.
    pub structure: u64,
    /// Hash of all bytes.
    pub full: u64,
    /// The bytes of the present operand, the latest lowest.
    pub operand: u64,
    length: u8,
    /// Bytes left of the present operand.
    left: u8,
    /// The [`operand`] that follows modrm, sib and displacement.
    pending: u8,
    short: bool,
    rex_w: bool,
    rex_b: u8,
    map: u8,
}

impl Instruction {
    fn new() -> Self {
        Instruction { base: BASE_NONE, ..Instruction::default() }
    }

    /// Middle field of the modrm byte: a register, or more of the opcode.
    #[inline(always)]
    pub fn register(&self) -> usize {
        usize::from(self.modrm >> 3 & 7)
    }

    /// Where the last immediates of this opcode are.
    #[inline(always)]
    pub fn immediates_at(&self) -> usize {
        (self.opcode as usize & 0x3FF) << 3 | self.register()
    }

    fn has_modrm(&self) -> bool {
        self.opcode >= 256 || ONE_BYTE[self.opcode as usize & 255] & MODRM != 0
    }

    fn begin_operand(&mut self, field: u8, bytes: u8) {
        (self.field, self.left, self.operand) = (field, bytes, 0);
    }
}

/// Hashes of the last instructions, worked out once an instruction for contexts to add to what they see of the present one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keys {
    /// Structures of the last instruction, the last two and the last three.
    pub structures: [u64; 3],
    /// Structure of the last but one.
    pub skipped: u64,
    /// All bytes of the last instruction, the last two and the last three.
    pub bytes: [u64; 3],
    /// Opcodes of the last two and the last four.
    pub opcodes: [u64; 2],
    /// The two instructions that followed the last two when they were last seen.
    pub followers: u64,
    /// Structures of the last four, for matches.
    pub four: u64,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Decoder {
    /// What is being read.
    pub now: Instruction,
    /// What was read before.
    pub keys: Keys,
    /// Opcode of the last instruction.
    pub last_opcode: u32,
    /// Last two different displacements from each base register.
    pub displacements: [Two; BASES],
    /// Last two immediates, by [`Instruction::immediates_at`].
    pub immediates: Vec<Two>,
    /// Structure of the last instruction that named each register.
    pub named: [u64; 8],
    structures: [u64; 4],
    bytes: [u64; 3],
    opcodes: u64,
    /// What followed, by the structures of two instructions.
    followers: Vec<Two>,
    follower_at: usize,
    since_return: u32,
    /// Evidence of 64-bit code.
    wide: i32,
}

impl Decoder {
    /// Bytes that a decoder takes.
    pub const MEMORY: usize = 8 * (IMMEDIATES + (1 << FOLLOWERS_LOG2));

    /// A decoder that knows nothing yet.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new() -> Result<Self> {
        Ok(Decoder {
            now: Instruction::new(),
            keys: Keys::default(),
            last_opcode: 0,
            displacements: [[0; 2]; BASES],
            immediates: try_zeroed(IMMEDIATES)?,
            named: [0; 8],
            structures: [0; 4],
            bytes: [0; 3],
            opcodes: 0,
            followers: try_zeroed(1 << FOLLOWERS_LOG2)?,
            follower_at: 0,
            since_return: 0,
            wide: 0,
        })
    }

    /// Whether the next byte begins an instruction.
    #[inline(always)]
    pub fn is_at_start(&self) -> bool {
        self.now.length == 0
    }

    /// Takes in a byte.
    #[inline(always)]
    pub fn push(&mut self, byte: u8) {
        let now = &mut self.now;
        now.full = fold(now.full, u64::from(byte) + 1);
        now.length += 1;
        if now.field < field::DISPLACEMENT_8 || now.field == field::VEX {
            now.structure = fold(now.structure, u64::from(byte) + 1);
        }
        match now.field {
            field::OPCODE | field::PREFIXED => self.opcode(byte),
            field::SECOND => self.second(byte),
            field::THIRD => self.third(byte),
            field::VEX => {
                if now.left == 2 {
                    now.map = (byte & 3).max(1);
                }
                now.left -= 1;
                if now.left == 0 {
                    now.field = field::THIRD;
                }
            }
            field::MODRM => self.modrm(byte),
            field::SIB => self.sib(byte),
            _ => self.operand_byte(byte),
        }
    }

    fn opcode(&mut self, byte: u8) {
        let now = &mut self.now;
        let first = now.field == field::OPCODE;
        now.opcode = u32::from(byte);
        let info = ONE_BYTE[usize::from(byte)];
        let may_prefix = now.length <= PREFIXES;
        if info & PREFIX != 0 && may_prefix {
            now.short |= byte == 0x66;
            now.field = field::PREFIXED;
            return;
        }
        if byte & 0xF0 == 0x40 && self.wide > 0 && may_prefix {
            (now.rex_w, now.rex_b) = (byte & 8 != 0, byte & 1);
            now.field = field::PREFIXED;
            return;
        }
        if byte == 0x0F {
            now.field = field::SECOND;
            return;
        }
        if byte & 0xFE == 0xC4 && self.wide > SURELY_WIDE {
            (now.field, now.map) = (field::VEX, 1);
            now.left = if byte == 0xC5 { 1 } else { 2 };
            return;
        }
        if self.last_opcode == 0x48 || now.rex_w {
            let usual = matches!(byte, 0x83 | 0x85 | 0x89 | 0x8B | 0x8D);
            self.wide = (self.wide + if usual { 4 } else { -1 }).clamp(-WIDE, WIDE);
        }
        // Without fresh evidence it wears off.
        if first && self.since_return & 7 == 7 {
            self.wide = (self.wide - 1).max(-WIDE);
        }
        if now.rex_w && byte & 0xF8 == 0xB8 {
            now.pending = operand::LONG;
            self.operand();
        } else {
            self.after_opcode(info);
        }
    }

    fn second(&mut self, byte: u8) {
        let now = &mut self.now;
        now.opcode = 0x100 | u32::from(byte);
        if byte == 0x38 || byte == 0x3A {
            now.map = if byte == 0x38 { 2 } else { 3 };
            now.field = field::THIRD;
        } else {
            self.after_opcode(TWO_BYTE[usize::from(byte)]);
        }
    }

    fn third(&mut self, byte: u8) {
        let map = self.now.map;
        self.now.opcode = u32::from(map) << 8 | u32::from(byte);
        self.after_opcode(match (map, byte) {
            (2, _) => MODRM,
            (3, _) => MODRM | operand::BYTE,
            (_, 0x77) => 0,
            _ => TWO_BYTE[usize::from(byte)] & operand::BYTE | MODRM,
        });
    }

    fn after_opcode(&mut self, info: u8) {
        self.now.pending = info & OPERAND;
        if info & MODRM != 0 {
            self.now.field = field::MODRM;
        } else {
            self.operand();
        }
    }

    fn modrm(&mut self, byte: u8) {
        let now = &mut self.now;
        now.modrm = byte;
        // Of the group of F6 and F7 only `test` has an immediate.
        if matches!(now.opcode, 0xF6 | 0xF7) && byte & 0x38 > 8 {
            now.pending = operand::NONE;
        }
        let register = byte & 7;
        now.base = if byte >= 0xC0 { BASE_NONE } else { usize::from(register | now.rex_b << 3) };
        match (byte >> 6, register) {
            (3, _) => self.operand(),
            (_, 4) => now.field = field::SIB,
            (1, _) => now.begin_operand(field::DISPLACEMENT_8, 1),
            (2, _) => now.begin_operand(field::DISPLACEMENT_32, 4),
            (_, 5) => {
                now.base = BASE_ABSOLUTE;
                now.begin_operand(field::DISPLACEMENT_32, 4);
            }
            _ => self.operand(),
        }
    }

    fn sib(&mut self, byte: u8) {
        let now = &mut self.now;
        now.base = usize::from(byte & 7 | now.rex_b << 3);
        match (now.modrm >> 6, byte & 7) {
            (1, _) => now.begin_operand(field::DISPLACEMENT_8, 1),
            (2, _) => now.begin_operand(field::DISPLACEMENT_32, 4),
            (_, 5) => {
                now.base = BASE_INDEX;
                now.begin_operand(field::DISPLACEMENT_32, 4);
            }
            _ => self.operand(),
        }
    }

    /// Begins what follows modrm, sib and displacement.
    fn operand(&mut self) {
        let now = &mut self.now;
        let pending = std::mem::take(&mut now.pending);
        let (field, bytes) = match pending {
            operand::BYTE => (field::IMMEDIATE_8, 1),
            operand::WORD => (field::IMMEDIATE_16, 2),
            operand::FULL if now.short => (field::IMMEDIATE_16, 2),
            operand::FULL => (field::IMMEDIATE_32, 4),
            operand::NEAR => (field::NEAR, 1),
            operand::CALL => (field::CALL, 4),
            operand::JUMP => (field::JUMP, 4),
            operand::FAR => (field::OTHER, 6),
            operand::ENTER => (field::OTHER, 3),
            operand::ADDRESS if self.wide <= SURELY_WIDE => (field::DISPLACEMENT_32, 4),
            operand::ADDRESS | operand::LONG => (field::OTHER, 8),
            _ => return self.end(),
        };
        now.begin_operand(field, bytes);
    }

    fn operand_byte(&mut self, byte: u8) {
        let now = &mut self.now;
        now.operand = now.operand << 8 | u64::from(byte);
        now.left = now.left.saturating_sub(1);
        if now.left > 0 {
            now.field += u8::from(now.field != field::OTHER);
            return;
        }
        let value = now.operand as u32;
        match now.field {
            ..field::IMMEDIATE_8 => {
                remember(&mut self.displacements[now.base % BASES], value);
                self.operand();
            }
            field::IMMEDIATE_8..field::CALL => {
                let two = &mut self.immediates[now.immediates_at() % IMMEDIATES];
                *two = [value, two[0]];
                self.end();
            }
            _ => self.end(),
        }
    }

    /// The instruction is complete.
    fn end(&mut self) {
        let now = std::mem::replace(&mut self.now, Instruction::new());
        remember(&mut self.followers[self.follower_at], (now.structure >> 32) as u32);
        self.structures.rotate_right(1);
        self.structures[0] = now.structure;
        self.bytes.rotate_right(1);
        self.bytes[0] = now.full;
        self.opcodes = self.opcodes << 8 | u64::from(now.opcode & 0xFF);
        self.last_opcode = now.opcode;
        self.name_registers(&now);
        self.since_return += 1;
        if matches!(now.opcode, 0x90 | 0xC2 | 0xC3 | 0xCC) {
            self.since_return = 0;
        }
        self.work_out_keys();
    }

    fn name_registers(&mut self, now: &Instruction) {
        if now.has_modrm() {
            self.named[now.register()] = now.structure;
            if now.modrm >= 0xC0 {
                self.named[usize::from(now.modrm & 7)] = now.structure;
            }
        } else if now.opcode & 0xE0 == 0x40 || now.opcode & 0xF8 == 0xB8 {
            self.named[now.opcode as usize & 7] = now.structure;
        }
    }

    fn work_out_keys(&mut self) {
        let [s0, s1, s2, s3] = self.structures;
        let [v0, v1, v2] = self.bytes;
        let one = fold(s0, 1);
        let two = fold(one, s1);
        let three = fold(two, s2);
        let (bytes_1, opcodes_2) = (fold(v0, 2), fold(self.opcodes & 0xFFFF, 3));
        let bytes_2 = fold(bytes_1, v1);
        self.follower_at = (two >> (64 - FOLLOWERS_LOG2)) as usize;
        self.keys = Keys {
            structures: [one, two, three],
            skipped: fold(s1, 4),
            bytes: [bytes_1, bytes_2, fold(bytes_2, v2)],
            opcodes: [opcodes_2, fold(self.opcodes & 0xFFFF_FFFF, 5)],
            followers: joined(self.followers[self.follower_at]),
            four: fold(three, s3),
        };
    }
}

#[cfg(test)]
mod tests;
