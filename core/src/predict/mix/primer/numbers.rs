//! Numbers in few bits: how primers are stored.
//!
//! A number is a chain of binary decisions, each with an adaptive probability of its own. One function codes in both directions.

use crate::coder::binary::BitCoder;

/// P(1), of 65,536, and how fast it still moves.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    p: u16,
    seen: u8,
}

impl Default for Flag {
    fn default() -> Self {
        Flag { p: 1 << 15, seen: 0 }
    }
}

/// The last rate is 1/64.
const SLOWEST: u8 = 5;

impl Flag {
    /// Codes one decision.
    #[inline(always)]
    pub fn code<C: BitCoder>(&mut self, coder: &mut C, bit: bool) -> bool {
        let p = i32::from(self.p);
        let bit = coder.code(u32::from(bit), p as u32) != 0;
        let target = if bit { 65_535 } else { 0 };
        self.p = (p + ((target - p) >> (self.seen + 1))).clamp(48, 65_488) as u16;
        self.seen = (self.seen + 1).min(SLOWEST);
        bit
    }
}

/// Numbers of up to eight bits, as a tree of decisions.
#[derive(Clone, Debug)]
pub struct Symbol([Flag; 256]);

impl Default for Symbol {
    fn default() -> Self {
        Symbol([Flag::default(); 256])
    }
}

impl Symbol {
    /// Codes one number.
    #[inline(always)]
    pub fn code<C: BitCoder>(&mut self, coder: &mut C, value: u8) -> u8 {
        let mut node = 1usize;
        for shift in (0..8).rev() {
            let bit = self.0[node & 255].code(coder, value >> shift & 1 != 0);
            node = node << 1 | usize::from(bit);
        }
        node as u8
    }
}

/// Numbers of any size, small ones in few bits: the number of binary digits, then those below the first; the upper two of them adapt.
#[derive(Clone, Debug)]
pub struct Number {
    digits: [Flag; 64],
    upper: [[Flag; 4]; 64],
}

impl Default for Number {
    fn default() -> Self {
        Number { digits: [Flag::default(); 64], upper: [[Flag::default(); 4]; 64] }
    }
}

impl Number {
    /// Codes one number below 2^60.
    #[inline(always)]
    pub fn code<C: BitCoder>(&mut self, coder: &mut C, value: u64) -> u64 {
        let mut digits = 0;
        while digits < 60 && self.digits[digits].code(coder, (value + 1) >> (digits + 1) != 0) {
            digits += 1;
        }
        let mut number = 1u64;
        let mut left = digits;
        let mut node = 1;
        while left > 0 {
            let bit = (value + 1) >> (left - 1) & 1;
            let bit = if digits - left < 2 {
                let bit = self.upper[digits][node & 3].code(coder, bit != 0);
                node = node << 1 | usize::from(bit);
                u64::from(bit)
            } else {
                u64::from(coder.code_raw(bit as u32, 1))
            };
            number = number << 1 | bit;
            left -= 1;
        }
        number - 1
    }

    /// Codes a number of either sign.
    #[inline(always)]
    pub fn code_signed<C: BitCoder>(&mut self, coder: &mut C, value: i32) -> i32 {
        let folded = self.code(coder, u64::from((value << 1 ^ value >> 31) as u32)) as u32;
        (folded >> 1) as i32 ^ -((folded & 1) as i32)
    }
}
