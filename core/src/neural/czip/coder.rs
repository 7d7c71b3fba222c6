//! czip's arithmetic coder: Witten, Neal and Cleary's, with 32 bits of range and a single bit at the end.
//!
//! An interval `[low, high]` of 32 bits is narrowed for each symbol; bits that both ends agree on go out, and where they straddle the middle closely,
//! a bit is owed that will be the opposite of the next. At the end one 1 goes out and owed bits do not: a decoder that reads zeros behind it finds
//! itself in the middle of the interval all the same.

use crate::error::{Error, Result};
use crate::neural::Interval;

const HALF: u64 = 1 << 31;
const QUARTER: u64 = 1 << 30;

/// The interval, and what both sides do to it.
struct Range {
    low: u64,
    high: u64,
}

/// What renormalising did with one bit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shift {
    /// It is known.
    Bit(bool),
    /// It is owed.
    Owed,
}

impl Range {
    fn new() -> Range {
        Range { low: 0, high: (1 << 32) - 1 }
    }

    fn narrow(&mut self, interval: Interval, total: u32) {
        let range = self.high - self.low + 1;
        self.high = self.low + u64::from(interval.high) * range / u64::from(total) - 1;
        self.low += u64::from(interval.low) * range / u64::from(total);
    }

    /// Doubles the interval if one bit of it is settled or owed.
    fn shift(&mut self) -> Option<Shift> {
        let (shift, offset) = if self.high < HALF {
            (Shift::Bit(false), 0)
        } else if self.low >= HALF {
            (Shift::Bit(true), HALF)
        } else if self.low >= QUARTER && self.high < HALF + QUARTER {
            (Shift::Owed, QUARTER)
        } else {
            return None;
        };
        self.low = (self.low - offset) * 2;
        self.high = (self.high - offset) * 2 + 1;
        Some(shift)
    }
}

/// Writes the bits of a chunk.
pub(super) struct Encoder {
    range: Range,
    owed: u64,
    bytes: Vec<u8>,
    /// Bits in `last` already.
    filled: u32,
    last: u8,
}

impl Encoder {
    pub(super) fn new() -> Encoder {
        Encoder { range: Range::new(), owed: 0, bytes: Vec::new(), filled: 0, last: 0 }
    }

    /// Codes what has this interval of `total`, which is at most 2^30; the interval is not empty.
    pub(super) fn code(&mut self, interval: Interval, total: u32) {
        self.range.narrow(interval, total);
        while let Some(shift) = self.range.shift() {
            match shift {
                Shift::Owed => self.owed += 1,
                Shift::Bit(bit) => {
                    self.put(bit);
                    (0..std::mem::take(&mut self.owed)).for_each(|_| self.put(!bit));
                }
            }
        }
    }

    fn put(&mut self, bit: bool) {
        self.last = self.last << 1 | u8::from(bit);
        self.filled += 1;
        if self.filled == 8 {
            self.bytes.push(self.last);
            (self.filled, self.last) = (0, 0);
        }
    }

    /// The bytes of the chunk.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.put(true);
        while self.filled != 0 {
            self.put(false);
        }
        self.bytes
    }
}

/// Reads the bits of a chunk.
pub(super) struct Decoder<'a> {
    range: Range,
    code: u64,
    bytes: &'a [u8],
    /// Bits that went into `code`.
    read: u64,
    /// Bits that the encoder has written, owed ones aside.
    written: u64,
    owed: u64,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Decoder<'a> {
        let mut decoder = Decoder { range: Range::new(), code: 0, bytes, read: 0, written: 0, owed: 0 };
        for _ in 0..32 {
            decoder.code = decoder.code << 1 | decoder.take();
        }
        decoder
    }

    /// The next bit; zeros behind the end.
    fn take(&mut self) -> u64 {
        let bit = self.bit(self.read);
        self.read += 1;
        u64::from(bit)
    }

    fn bit(&self, index: u64) -> bool {
        let byte = usize::try_from(index / 8).ok().and_then(|at| self.bytes.get(at));
        byte.is_some_and(|byte| byte >> (7 - index % 8) & 1 == 1)
    }

    /// Where in `total` the coded symbol lies.
    pub(super) fn target(&self, total: u32) -> u32 {
        let range = self.range.high - self.range.low + 1;
        (((self.code - self.range.low + 1) * u64::from(total) - 1) / range) as u32
    }

    /// Takes in the symbol of [`Decoder::target`].
    pub(super) fn code(&mut self, interval: Interval, total: u32) {
        self.range.narrow(interval, total);
        while let Some(shift) = self.range.shift() {
            let offset = match shift {
                Shift::Bit(bit) => {
                    self.written += 1 + std::mem::take(&mut self.owed);
                    if bit { HALF } else { 0 }
                }
                Shift::Owed => {
                    self.owed += 1;
                    QUARTER
                }
            };
            self.code = (self.code - offset) * 2 + self.take();
        }
    }

    /// Compares the end: behind what was coded there is a 1, and zeros up to the end of the byte.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    pub(super) fn finish(&self) -> Result<()> {
        let ends = self.bytes.len() as u64 == self.written / 8 + 1
            && self.bit(self.written)
            && (self.written + 1..self.bytes.len() as u64 * 8).all(|index| !self.bit(index));
        if ends { Ok(()) } else { Err(Error::corrupt("a chunk of a czip file does not end where its bytes do")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_is_a_single_one() {
        assert_eq!(Encoder::new().finish(), [0x80]);
        Decoder::new(&[0x80]).finish().unwrap();
        for other in [&[][..], &[0], &[0xC0], &[0x80, 0]] {
            assert!(Decoder::new(other).finish().is_err());
        }
    }

    proptest! {
        #[test]
        fn symbols_come_back(
            cuts in prop::collection::vec((0u32..1 << 30, 0u32..1 << 30, any::<u32>()), 0..300), narrow: bool, tail: u8,
        ) {
            let total = (1 << 30) - 77;
            let intervals: Vec<Interval> = cuts.iter().map(|&(a, b, _)| {
                let low = a.min(b) % (total - 1);
                Interval { low, high: if narrow { low + 1 } else { a.max(b).clamp(low + 1, total) } }
            }).collect();
            let mut encoder = Encoder::new();
            intervals.iter().for_each(|&interval| encoder.code(interval, total));
            let mut bytes = encoder.finish();
            let mut decoder = Decoder::new(&bytes);
            for &interval in &intervals {
                let target = decoder.target(total);
                prop_assert!((interval.low..interval.high).contains(&target));
                decoder.code(interval, total);
            }
            prop_assert!(decoder.finish().is_ok());
            bytes.push(tail);
            prop_assert!(Decoder::new(&bytes).finish().is_err());
        }

        #[test]
        fn any_bytes_give_symbols(bytes in prop::collection::vec(any::<u8>(), 0..40), widths in prop::collection::vec(1u32..1 << 30, 0..80)) {
            let mut decoder = Decoder::new(&bytes);
            for width in widths {
                let target = decoder.target(1 << 30);
                prop_assert!(target < 1 << 30);
                let low = target / width * width;
                decoder.code(Interval { low, high: (low + width).min(1 << 30) }, 1 << 30);
            }
            let _ = decoder.finish();
        }
    }
}
