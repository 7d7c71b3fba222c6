//! The binary arithmetic coder: one decision, one 16-bit probability.
//!
//! A carry-propagating range coder (Martin 1979; the byte-wise form with a pending run of 0xFF bytes is Subbotin's
//! and LZMA's). The state is an interval of width `range < 2^32`. A decision with `P(1) = p / 65536` splits it at
//! `bound = range * p / 65536`, computed in 64 bits, so that no precision of `p` is lost; `1` takes the lower part. When
//! `range` falls under 2^24 one byte leaves. Since `range >= 2^24` and `1 <= p <= 65535`, neither part is ever empty.
//!
//! Cost: one multiplication and about ten cycles of latency a decision.

use crate::error::{Error, Result};

/// Smallest and largest probability that the coder takes, of 65536.
pub const PROB_MIN: u32 = 1;
/// See [`PROB_MIN`].
pub const PROB_MAX: u32 = 65535;

const RENORM: u32 = 1 << 24;

/// What a model drives: the same code runs for encoder, decoder and cost estimate.
pub trait BitCoder {
    /// Codes one decision. `p1` is the probability of a 1, of 65536, in `PROB_MIN..=PROB_MAX`. An encoder codes `bit`
    /// and returns it; a decoder ignores `bit` and returns what it read.
    fn code(&mut self, bit: u32, p1: u32) -> u32;

    /// Codes the low `count <= 16` bits of `value`, highest first, as equally likely.
    #[inline(always)]
    fn code_raw(&mut self, value: u32, count: u32) -> u32 {
        let mut out = 0;
        for shift in (0..count).rev() {
            out = out * 2 + self.code((value >> shift) & 1, 1 << 15);
        }
        out
    }
}

/// Writes decisions to a byte vector.
#[derive(Debug)]
pub struct BinaryEncoder<'a> {
    low: u64,
    range: u32,
    /// The last byte, held back until no carry can reach it, and the 0xFF bytes behind it.
    held: Option<u8>,
    pending: u64,
    out: &'a mut Vec<u8>,
}

impl<'a> BinaryEncoder<'a> {
    /// Starts a code stream at the end of `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        BinaryEncoder { low: 0, range: u32::MAX, held: None, pending: 0, out }
    }

    #[inline(always)]
    fn shift_low(&mut self) {
        let carry = (self.low >> 32) as u8;
        let top = (self.low >> 24) as u8;
        if carry == 0 && top == 0xFF {
            self.pending += 1;
        } else {
            self.release(carry);
            self.held = Some(top);
        }
        self.low = (self.low & 0x00FF_FFFF) << 8;
    }

    fn release(&mut self, carry: u8) {
        if let Some(byte) = self.held {
            self.out.push(byte.wrapping_add(carry));
        }
        for _ in 0..self.pending {
            self.out.push(0xFFu8.wrapping_add(carry));
        }
        self.pending = 0;
    }

    /// Ends the stream with as few bytes as can be told apart: the decoder reads zeros behind the end.
    pub fn finish(mut self) {
        // The value in [low, low + range) with the most trailing zero bits; trailing zero bytes are then left out.
        let high = self.low + u64::from(self.range);
        let mut value = self.low;
        for bits in (0..=32).rev() {
            let rounded = (self.low + (1u64 << bits) - 1) >> bits << bits;
            if rounded < high {
                value = rounded;
                break;
            }
        }
        self.low = value;
        while self.low != 0 {
            self.shift_low();
        }
        self.release(0);
        self.held = None;
    }
}

impl BitCoder for BinaryEncoder<'_> {
    #[inline(always)]
    fn code(&mut self, bit: u32, p1: u32) -> u32 {
        debug_assert!((PROB_MIN..=PROB_MAX).contains(&p1));
        let bound = ((u64::from(self.range) * u64::from(p1)) >> 16) as u32;
        if bit != 0 {
            self.range = bound;
        } else {
            self.low += u64::from(bound);
            self.range -= bound;
        }
        while self.range < RENORM {
            self.range <<= 8;
            self.shift_low();
        }
        bit
    }
}

/// Reads decisions back.
///
/// Behind the end of its input the decoder reads zeros; [`BinaryDecoder::finish`] tells whether it read more of them than an
/// encoder could have left out.
#[derive(Debug)]
pub struct BinaryDecoder<'a> {
    code: u32,
    range: u32,
    input: &'a [u8],
    pos: usize,
}

impl<'a> BinaryDecoder<'a> {
    /// Starts reading a stream that [`BinaryEncoder::finish`] ended, `input` being exactly its bytes.
    pub fn new(input: &'a [u8]) -> Self {
        let mut decoder = BinaryDecoder { code: 0, range: u32::MAX, input, pos: 0 };
        for _ in 0..4 {
            decoder.code = decoder.code << 8 | decoder.next_byte();
        }
        decoder
    }

    #[inline(always)]
    fn next_byte(&mut self) -> u32 {
        let byte = self.input.get(self.pos).copied().unwrap_or(0);
        self.pos += 1;
        u32::from(byte)
    }

    /// Checks that the stream was as long as what was read from it.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if bytes are left over, [`Error::Truncated`] if more than the four bytes of look-ahead were missing.
    pub fn finish(self) -> Result<()> {
        if self.pos > self.input.len().saturating_add(4) {
            return Err(Error::truncated("arithmetic-coded data"));
        }
        if self.pos < self.input.len() {
            return Err(Error::corrupt("bytes left over behind arithmetic-coded data"));
        }
        Ok(())
    }

    /// Whether decoding has run past the end of the input: what follows is made of zeros, so a loop may stop early.
    #[inline(always)]
    pub fn is_exhausted(&self) -> bool {
        self.pos > self.input.len() + 4
    }
}

impl BitCoder for BinaryDecoder<'_> {
    #[inline(always)]
    fn code(&mut self, _bit: u32, p1: u32) -> u32 {
        let bound = ((u64::from(self.range) * u64::from(p1)) >> 16) as u32;
        let bit = u32::from(self.code < bound);
        if bit != 0 {
            self.range = bound;
        } else {
            self.code -= bound;
            self.range -= bound;
        }
        while self.range < RENORM {
            self.range <<= 8;
            self.code = self.code << 8 | self.next_byte();
        }
        bit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn decodes_what_it_encodes(decisions in prop::collection::vec((0u32..2, prop_oneof![Just(1u32), Just(65535), 1u32..65536]), 0..3000)) {
            let mut bytes = vec![7];
            let mut encoder = BinaryEncoder::new(&mut bytes);
            for &(bit, p1) in &decisions {
                encoder.code(bit, p1);
            }
            encoder.finish();
            let mut decoder = BinaryDecoder::new(&bytes[1..]);
            for &(bit, p1) in &decisions {
                prop_assert_eq!(decoder.code(0, p1), bit);
            }
            prop_assert!(decoder.finish().is_ok());
        }
    }

    #[test]
    fn a_carry_ripples_through_pending_bytes() {
        // Zeros at p just under one keep low near the top, ones then carry or not: every prefix must decode.
        for ones in 0..40 {
            let mut bytes = Vec::new();
            let mut encoder = BinaryEncoder::new(&mut bytes);
            for _ in 0..ones {
                encoder.code(0, 1);
            }
            for i in 0..64 {
                encoder.code(i & 1, 40_000);
            }
            encoder.finish();
            let mut decoder = BinaryDecoder::new(&bytes);
            assert!((0..ones).all(|_| decoder.code(0, 1) == 0));
            assert!((0..64).all(|i| decoder.code(0, 40_000) == i & 1));
            decoder.finish().unwrap();
        }
    }

    #[test]
    fn no_decisions_take_no_bytes() {
        let mut bytes = Vec::new();
        BinaryEncoder::new(&mut bytes).finish();
        assert!(bytes.is_empty());
    }
}
