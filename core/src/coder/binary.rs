//! The binary arithmetic coder: one decision, one 16-bit probability.
//!
//! A carry-propagating range coder (Martin 1979) with a state of 64 bits, so that whole words leave it and a branch that
//! cannot be foreseen comes once in 32 bits of output, not once in 8. The state is an interval of width `range < 2^64`. A
//! decision with `P(1) = p / 65536` splits it at `bound = (range >> 16) * p`; `1` takes the lower part. When `range`
//! falls under 2^32 a big-endian word leaves. Since `range >= 2^32` and `1 <= p <= 65535`, neither part is ever empty, and
//! one word is always enough. A carry is added to the bytes that have left already.
//!
//! Cost: one multiplication and about eight cycles of latency a decision.

use crate::error::{Error, Result};

/// Smallest and largest probability that the coder takes, of 65536.
pub const PROB_MIN: u32 = 1;
/// See [`PROB_MIN`].
pub const PROB_MAX: u32 = 65535;

/// Most bits that [`BitCoder::code_raw`] takes at once.
pub const RAW_BITS: u32 = 16;

const RENORM: u64 = 1 << 32;

/// What a model drives: the same code runs for encoder, decoder and cost estimate.
pub trait BitCoder {
    /// Codes one decision. `p1` is the probability of a 1, of 65536, in `PROB_MIN..=PROB_MAX`. An encoder codes `bit`
    /// and returns it; a decoder ignores `bit` and returns what it read.
    fn code(&mut self, bit: u32, p1: u32) -> u32;

    /// Codes the low `count <= RAW_BITS` bits of `value` as equally likely, in one step.
    fn code_raw(&mut self, value: u32, count: u32) -> u32;
}

/// A coder that writes nothing, for what is to be learnt and not kept.
#[derive(Debug)]
pub(crate) struct Nowhere;

impl BitCoder for Nowhere {
    #[inline(always)]
    fn code(&mut self, bit: u32, _: u32) -> u32 {
        bit
    }

    #[inline(always)]
    fn code_raw(&mut self, value: u32, _: u32) -> u32 {
        value
    }
}

/// Writes decisions to a byte vector.
#[derive(Debug)]
pub struct BinaryEncoder<'a> {
    low: u64,
    range: u64,
    out: &'a mut Vec<u8>,
    /// Where the stream starts in `out`: no carry goes beyond.
    start: usize,
}

impl<'a> BinaryEncoder<'a> {
    /// Starts a code stream at the end of `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        BinaryEncoder { low: 0, range: u64::MAX, out, start }
    }

    #[inline(always)]
    fn raise(&mut self, by: u64) {
        let (low, carry) = self.low.overflowing_add(by);
        self.low = low;
        if carry {
            self.carry();
        }
    }

    /// Adds one to the number that the bytes written so far make up. Each byte passed turns from 0xFF to 0, so that
    /// the work is bounded by the bytes written.
    #[cold]
    fn carry(&mut self) {
        for byte in self.out[self.start..].iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }

    #[inline(always)]
    fn renormalise(&mut self) {
        if self.range < RENORM {
            self.out.extend_from_slice(&((self.low >> 32) as u32).to_be_bytes());
            self.low <<= 32;
            self.range <<= 32;
        }
    }

    /// Ends the stream with as few bytes as can be told apart: the decoder reads zeros behind the end.
    pub fn finish(mut self) {
        // The value in [low, low + range) with the most trailing zero bits; trailing zero bytes are then left out.
        let (low, high) = (u128::from(self.low), u128::from(self.low) + u128::from(self.range));
        let value = (0..=64).rev().map(|bits| (low + (1 << bits) - 1) >> bits << bits).find(|&value| value < high);
        self.raise((value.unwrap_or(low) - low) as u64);
        while self.low != 0 {
            self.out.push((self.low >> 56) as u8);
            self.low <<= 8;
        }
    }
}

impl BinaryEncoder<'_> {
    /// Ends the stream with the fewest bytes that any ending has, for [`BinaryDecoder::finish_trimmed`]: at most one byte more than
    /// the information coded, a third of a byte on average. Beyond [`BinaryEncoder::finish`] it drops zero bytes that had left
    /// already, which is rare; in a stream of a few bytes it counts.
    pub fn finish_trimmed(self) {
        let BinaryEncoder { low, range, out, start } = self;
        BinaryEncoder { low, range, out: &mut *out, start }.finish();
        let written = out.len() - start;
        let zeros = out[start..].iter().rev().take(TRIM.min(written)).take_while(|&&byte| byte == 0).count();
        out.truncate(out.len() - zeros);
    }
}

impl BitCoder for BinaryEncoder<'_> {
    #[inline(always)]
    fn code(&mut self, bit: u32, p1: u32) -> u32 {
        debug_assert!((PROB_MIN..=PROB_MAX).contains(&p1));
        let bound = (self.range >> 16) * u64::from(p1);
        // A mask in place of a branch: half of all decisions cannot be foreseen.
        let zero = u64::from(bit).wrapping_sub(1);
        self.raise(bound & zero);
        self.range = bound.wrapping_add(self.range.wrapping_sub(bound << 1) & zero);
        self.renormalise();
        bit
    }

    #[inline(always)]
    fn code_raw(&mut self, value: u32, count: u32) -> u32 {
        debug_assert!(count <= RAW_BITS);
        let value = value & ((1 << count) - 1);
        self.range >>= count;
        self.raise(self.range * u64::from(value));
        self.renormalise();
        value
    }
}

/// Reads decisions back.
///
/// Behind the end of its input the decoder reads zeros; [`BinaryDecoder::finish`] tells whether it read more of them than an
/// encoder could have left out.
#[derive(Debug)]
pub struct BinaryDecoder<'a> {
    code: u64,
    range: u64,
    input: &'a [u8],
    pos: usize,
}

/// Bytes a decoder reads ahead, all of which an encoder may have left out.
const AHEAD: usize = 8;
/// Most zero bytes that [`BinaryEncoder::finish_trimmed`] leaves out beyond those, so that decoders can tell the end of a stream.
const TRIM: usize = 8;

impl<'a> BinaryDecoder<'a> {
    /// Starts reading a stream that [`BinaryEncoder::finish`] ended, `input` being exactly its bytes.
    pub fn new(input: &'a [u8]) -> Self {
        let mut decoder = BinaryDecoder { code: 0, range: u64::MAX, input, pos: 0 };
        decoder.code = decoder.next_word() << 32;
        decoder.code |= decoder.next_word();
        decoder
    }

    #[inline(always)]
    fn next_word(&mut self) -> u64 {
        let rest = self.input.get(self.pos..).unwrap_or(&[]);
        self.pos += 4;
        u64::from(u32::from_be_bytes(rest.first_chunk().copied().unwrap_or_else(|| last_word(rest))))
    }

    #[inline(always)]
    fn renormalise(&mut self) {
        if self.range < RENORM {
            self.range <<= 32;
            self.code = self.code << 32 | self.next_word();
        }
    }

    /// Checks that the stream was as long as what was read from it.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if bytes are left over, [`Error::Truncated`] if more than the eight bytes of look-ahead were missing.
    pub fn finish(self) -> Result<()> {
        if self.is_exhausted() {
            return Err(Error::truncated("arithmetic-coded data"));
        }
        if self.pos < self.input.len() {
            return Err(Error::corrupt("bytes left over behind arithmetic-coded data"));
        }
        Ok(())
    }

    /// As [`BinaryDecoder::finish`], for a stream that [`BinaryEncoder::finish_trimmed`] ended.
    ///
    /// # Errors
    /// As [`BinaryDecoder::finish`], with sixteen bytes in place of eight.
    pub fn finish_trimmed(self) -> Result<()> {
        if self.is_exhausted_trimmed() {
            return Err(Error::truncated("arithmetic-coded data"));
        }
        if self.pos < self.input.len() {
            return Err(Error::corrupt("bytes left over behind arithmetic-coded data"));
        }
        Ok(())
    }

    /// [`BinaryDecoder::is_exhausted`] for a stream that [`BinaryEncoder::finish_trimmed`] ended.
    #[inline(always)]
    pub fn is_exhausted_trimmed(&self) -> bool {
        self.pos > self.input.len() + AHEAD + TRIM
    }

    /// Whether decoding has run past the end of the input: what follows is made of zeros, so a loop may stop early.
    #[inline(always)]
    pub fn is_exhausted(&self) -> bool {
        self.pos > self.input.len() + AHEAD
    }
}

#[cold]
fn last_word(rest: &[u8]) -> [u8; 4] {
    let mut word = [0; 4];
    word[..rest.len()].copy_from_slice(rest);
    word
}

impl BitCoder for BinaryDecoder<'_> {
    #[inline(always)]
    fn code(&mut self, _bit: u32, p1: u32) -> u32 {
        let bound = (self.range >> 16) * u64::from(p1);
        let bit = u32::from(self.code < bound);
        // A mask in place of a branch: half of all decisions cannot be foreseen.
        let zero = u64::from(bit).wrapping_sub(1);
        self.code -= bound & zero;
        self.range = bound.wrapping_add(self.range.wrapping_sub(bound << 1) & zero);
        self.renormalise();
        bit
    }

    #[inline(always)]
    fn code_raw(&mut self, _value: u32, count: u32) -> u32 {
        self.range >>= count;
        // Only a payload that no encoder wrote has a code beyond the last value.
        let value = (self.code / self.range).min((1 << count) - 1);
        self.code -= value * self.range;
        self.renormalise();
        value as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::log2::log2;
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

        /// The information of each decision is `log2(65536 / p)` bits; the product of the `p` is kept to 47 bits or more.
        #[test]
        fn a_trimmed_stream_is_a_byte_over_its_information_at_most(
            decisions in prop::collection::vec((0u32..2, prop_oneof![Just(1u32), Just(65535), 1u32..65536, 65000u32..65536]), 0..300)) {
            let (mut width, mut bits) = (1u64 << 63, 0u64);
            let mut bytes = vec![7, 0];
            let mut encoder = BinaryEncoder::new(&mut bytes);
            for &(bit, p1) in &decisions {
                encoder.code(bit, p1);
                let p = if bit == 1 { p1 } else { 65536 - p1 };
                width = ((u128::from(width) * u128::from(p)) >> 16) as u64;
                bits += u64::from(width.leading_zeros());
                width <<= width.leading_zeros();
            }
            encoder.finish_trimmed();
            let information = 256 * (bits + 31) - u64::from(log2((width >> 32) as u32));
            let packed = &bytes[2..];
            prop_assert!(packed.len() as u64 * 8 * 256 <= information + 8 * 256 + 1, "{} bytes, {information}", packed.len());
            prop_assert!(packed.last() != Some(&0) || packed.len() > 8);
            let mut decoder = BinaryDecoder::new(packed);
            for &(bit, p1) in &decisions {
                prop_assert_eq!(decoder.code(0, p1), bit);
            }
            prop_assert!(decoder.finish_trimmed().is_ok());
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
