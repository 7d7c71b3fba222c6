//! The multi-symbol range coder: one symbol, one integer frequency of a total up to 2^24.
//!
//! A byte-wise range coder (Martin 1979) with a 64-bit interval. `range` stays at 2^56 or more, so `range / total` keeps at
//! least 32 bits and rounding costs less than 2^-31 bits a symbol, whatever the total. The last symbol of a table takes
//! what the division leaves over. Hence a symbol whose frequency is the total leaves the interval as it is: what
//! the decoder can derive costs no bits and needs no special case in the caller.
//!
//! `low` may overflow its 64 bits; the carry then runs back through the 0xFF bytes already written. Each of those bytes
//! becomes 0x00, so the walk is paid for by the bytes it passes.
//!
//! Cost: one 64-bit division a symbol to encode; to decode two, and a binary search in the table.

use super::cdf::Cdf;
use crate::error::{Error, Result};

/// The largest total of a table.
pub const TOTAL_MAX: u32 = 1 << 24;

const RENORM: u64 = 1 << 56;
/// Bytes that the decoder reads ahead.
const LOOK_AHEAD: usize = 8;

/// Writes symbols to a byte vector.
///
/// A call that fails writes nothing and leaves the encoder usable.
#[derive(Debug)]
pub struct RangeEncoder<'a> {
    low: u64,
    range: u64,
    out: &'a mut Vec<u8>,
}

impl<'a> RangeEncoder<'a> {
    /// Starts a code stream at the end of `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        RangeEncoder { low: 0, range: u64::MAX, out }
    }

    /// Codes the symbol that owns `lo..hi` of `0..total`.
    ///
    /// ```
    /// # use vatic::coder::range::RangeEncoder;
    /// let mut bytes = Vec::new();
    /// let mut encoder = RangeEncoder::new(&mut bytes);
    /// encoder.encode(0, 10, 10)?; // certain: no bits
    /// assert!(encoder.encode(5, 5, 10).is_err());
    /// encoder.finish();
    /// assert!(bytes.is_empty());
    /// # Ok::<(), vatic::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Misuse`] unless `lo < hi <= total <= TOTAL_MAX`.
    #[inline]
    pub fn encode(&mut self, lo: u32, hi: u32, total: u32) -> Result<()> {
        check_interval(lo, hi, total)?;
        let unit = self.range / u64::from(total);
        let start = unit * u64::from(lo);
        let (low, carry) = self.low.overflowing_add(start);
        self.low = low;
        if carry {
            self.carry();
        }
        self.range = if hi == total { self.range - start } else { unit * u64::from(hi - lo) };
        while self.range < RENORM {
            self.out.push((self.low >> 56) as u8);
            self.low <<= 8;
            self.range <<= 8;
        }
        Ok(())
    }

    /// Codes `symbol` of `table`.
    ///
    /// # Errors
    /// [`Error::Misuse`] if the table gives the symbol no frequency or does not have it.
    #[inline]
    pub fn encode_symbol(&mut self, symbol: u32, table: &Cdf) -> Result<()> {
        let (lo, hi) = table.interval(symbol).ok_or(Error::Misuse("symbol outside its frequency table"))?;
        self.encode(lo, hi, table.total())
    }

    /// Codes every symbol with one table.
    ///
    /// # Errors
    /// Those of [`encode_symbol`](Self::encode_symbol); the symbols in front of the refused one are coded.
    pub fn encode_slice(&mut self, symbols: &[u32], table: &Cdf) -> Result<()> {
        symbols.iter().try_for_each(|&symbol| self.encode_symbol(symbol, table))
    }

    /// Codes every symbol with a table of its own.
    ///
    /// # Errors
    /// Those of [`encode_symbol`](Self::encode_symbol), and [`Error::Misuse`] if there are fewer tables than symbols.
    pub fn encode_each<'t>(&mut self, symbols: &[u32], tables: impl IntoIterator<Item = &'t Cdf>) -> Result<()> {
        let mut tables = tables.into_iter();
        symbols.iter().try_for_each(|&symbol| self.encode_symbol(symbol, next_table(&mut tables)?))
    }

    /// Adds one to the number written so far. It cannot reach bytes in front of this stream: `low + range` never
    /// exceeds the width of the first interval.
    #[cold]
    fn carry(&mut self) {
        for byte in self.out.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }

    /// Ends the stream with as few bytes as can be told apart: the decoder reads zeros behind the end.
    pub fn finish(mut self) {
        let low = u128::from(self.low);
        let high = low + u128::from(self.range);
        // The value in low..high with the most trailing zero bits; trailing zero bytes are left out.
        let round = |bits: u32| (low + (1u128 << bits) - 1) >> bits << bits;
        let value = (0..=64).rev().map(round).find(|&value| value < high).unwrap_or(low);
        if value >> 64 != 0 {
            self.carry();
        }
        let mut rest = value as u64;
        while rest != 0 {
            self.out.push((rest >> 56) as u8);
            rest <<= 8;
        }
    }
}

/// Where a [`RangeEncoder`] stands, apart from its bytes: for callers that cannot keep a borrow of them between two calls.
#[derive(Clone, Copy, Debug)]
pub struct EncoderState {
    low: u64,
    range: u64,
}

impl<'a> RangeEncoder<'a> {
    /// Gives the bytes back; [`RangeEncoder::resume`] goes on behind them.
    pub fn suspend(self) -> EncoderState {
        EncoderState { low: self.low, range: self.range }
    }

    /// Goes on with a stream that was suspended, `out` being what it was then.
    pub fn resume(out: &'a mut Vec<u8>, state: EncoderState) -> Self {
        RangeEncoder { low: state.low, range: state.range, out }
    }
}

/// Where a [`RangeDecoder`] stands, apart from its input; see [`EncoderState`].
#[derive(Clone, Copy, Debug)]
pub struct DecoderState {
    code: u64,
    range: u64,
    pos: usize,
}

/// Reads symbols back.
///
/// Behind the end of its input the decoder reads zeros; [`RangeDecoder::finish`] tells whether it read more of them than an
/// encoder could have left out. Any input decodes to symbols of the tables given.
#[derive(Debug)]
pub struct RangeDecoder<'a> {
    code: u64,
    range: u64,
    input: &'a [u8],
    pos: usize,
}

impl<'a> RangeDecoder<'a> {
    /// Starts reading a stream that [`RangeEncoder::finish`] ended, `input` being exactly its bytes.
    pub fn new(input: &'a [u8]) -> Self {
        let mut decoder = RangeDecoder { code: 0, range: u64::MAX, input, pos: 0 };
        for _ in 0..LOOK_AHEAD {
            decoder.code = decoder.code << 8 | decoder.next_byte();
        }
        decoder
    }

    /// Gives the input back; [`RangeDecoder::resume`] goes on in it.
    pub fn suspend(self) -> DecoderState {
        DecoderState { code: self.code, range: self.range, pos: self.pos }
    }

    /// Goes on with a stream that was suspended, `input` being what it was then.
    pub fn resume(input: &'a [u8], state: DecoderState) -> Self {
        RangeDecoder { code: state.code, range: state.range, input, pos: state.pos }
    }

    #[inline(always)]
    fn next_byte(&mut self) -> u64 {
        let byte = self.input.get(self.pos).copied().unwrap_or(0);
        self.pos += 1;
        u64::from(byte)
    }

    /// Reads one symbol whose table only the caller knows: `find` is given a number in `0..total` and answers with the
    /// symbol that owns it, and the bounds `lo..hi` of that symbol.
    ///
    /// ```
    /// # use vatic::coder::range::{RangeDecoder, RangeEncoder};
    /// // Ten equally likely digits need no table.
    /// let mut bytes = Vec::new();
    /// let mut encoder = RangeEncoder::new(&mut bytes);
    /// encoder.encode(7, 8, 10)?;
    /// encoder.finish();
    /// let mut decoder = RangeDecoder::new(&bytes);
    /// assert_eq!(decoder.decode_with(10, |target| (target, target, target + 1))?, 7);
    /// # Ok::<(), vatic::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Misuse`] unless `lo <= target < hi <= total` and `total` is in `1..=TOTAL_MAX`.
    #[inline]
    pub fn decode_with<T>(&mut self, total: u32, find: impl FnOnce(u32) -> (T, u32, u32)) -> Result<T> {
        if !(1..=TOTAL_MAX).contains(&total) {
            return Err(BAD_INTERVAL);
        }
        let unit = self.range / u64::from(total);
        // The last symbol also owns what the division left over, so its numbers are cut back to total - 1.
        let target = (self.code / unit).min(u64::from(total) - 1) as u32;
        let (symbol, lo, hi) = find(target);
        if !(lo <= target && target < hi && hi <= total) {
            return Err(BAD_INTERVAL);
        }
        let start = unit * u64::from(lo);
        self.code -= start;
        self.range = if hi == total { self.range - start } else { unit * u64::from(hi - lo) };
        while self.range < RENORM {
            self.range <<= 8;
            self.code = self.code << 8 | self.next_byte();
        }
        Ok(symbol)
    }

    /// Reads one symbol of `table`.
    ///
    /// # Errors
    /// [`Error::Misuse`] if the table is empty.
    #[inline]
    pub fn decode_symbol(&mut self, table: &Cdf) -> Result<u32> {
        self.decode_with(table.total(), |target| table.find(target))
    }

    /// Fills `symbols`, all of one table.
    ///
    /// # Errors
    /// Those of [`decode_symbol`](Self::decode_symbol), and [`Error::Truncated`] as soon as the input has run out.
    pub fn decode_slice(&mut self, table: &Cdf, symbols: &mut [u32]) -> Result<()> {
        symbols.iter_mut().try_for_each(|symbol| {
            *symbol = self.decode_symbol(table)?;
            self.check_input()
        })
    }

    /// Fills `symbols`, each from a table of its own.
    ///
    /// # Errors
    /// Those of [`decode_slice`](Self::decode_slice), and [`Error::Misuse`] if there are fewer tables than symbols.
    pub fn decode_each<'t>(&mut self, tables: impl IntoIterator<Item = &'t Cdf>, symbols: &mut [u32]) -> Result<()> {
        let mut tables = tables.into_iter();
        symbols.iter_mut().try_for_each(|symbol| {
            *symbol = self.decode_symbol(next_table(&mut tables)?)?;
            self.check_input()
        })
    }

    /// Whether decoding has run past the end of the input: what follows is made of zeros, so a loop may stop early.
    #[inline]
    pub fn is_exhausted(&self) -> bool {
        self.pos > self.input.len().saturating_add(LOOK_AHEAD)
    }

    #[inline]
    fn check_input(&self) -> Result<()> {
        if self.is_exhausted() { Err(Error::truncated("range-coded data")) } else { Ok(()) }
    }

    /// Checks that the stream was as long as what was read from it.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if bytes are left over, [`Error::Truncated`] if more than the eight bytes of look-ahead were
    /// missing.
    pub fn finish(self) -> Result<()> {
        self.check_input()?;
        if self.pos < self.input.len() {
            return Err(Error::corrupt("bytes left over behind range-coded data"));
        }
        Ok(())
    }
}

const BAD_INTERVAL: Error = Error::Misuse("a symbol needs lo < hi <= total <= 2^24 in its frequency table");

#[inline]
fn check_interval(lo: u32, hi: u32, total: u32) -> Result<()> {
    if lo < hi && hi <= total && total <= TOTAL_MAX { Ok(()) } else { Err(BAD_INTERVAL) }
}

fn next_table<'t>(tables: &mut impl Iterator<Item = &'t Cdf>) -> Result<&'t Cdf> {
    tables.next().ok_or(Error::Misuse("fewer frequency tables than symbols"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Tables of 1-40 symbols, some without frequency, with small and with large totals.
    fn tables() -> impl Strategy<Value = Vec<Cdf>> {
        let frequency = prop_oneof![Just(0u32), 1u32..4, 1u32..400_000];
        let table = prop::collection::vec(frequency, 1..40)
            .prop_filter_map("some frequency", |frequencies| Cdf::from_frequencies(&frequencies).ok());
        prop::collection::vec(table, 1..200)
    }

    /// The symbol of `table` that owns a number picked by `pick`.
    fn pick(table: &Cdf, pick: u32) -> u32 {
        table.find(((u64::from(pick) * u64::from(table.total())) >> 32) as u32).0
    }

    proptest! {
        #[test]
        fn decodes_what_it_encodes(tables in tables(), picks in prop::collection::vec(any::<u32>(), 200)) {
            let symbols: Vec<u32> = tables.iter().zip(&picks).map(|(table, &p)| pick(table, p)).collect();
            let mut bytes = vec![0xFF];
            let mut encoder = RangeEncoder::new(&mut bytes);
            encoder.encode_each(&symbols, &tables).unwrap();
            encoder.finish();
            prop_assert_eq!(bytes[0], 0xFF, "a carry must not leave its stream");
            let mut decoder = RangeDecoder::new(&bytes[1..]);
            let mut read = vec![0; symbols.len()];
            decoder.decode_each(&tables, &mut read).unwrap();
            prop_assert!(decoder.finish().is_ok());
            prop_assert_eq!(read, symbols);
        }

        #[test]
        fn any_bytes_decode_to_symbols(tables in tables(), bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let mut decoder = RangeDecoder::new(&bytes);
            for table in &tables {
                let symbol = decoder.decode_symbol(table).unwrap();
                prop_assert!(table.interval(symbol).is_some());
            }
            let _ = decoder.finish();
        }
    }

    #[test]
    fn costs_the_entropy() {
        // 3,000 symbols of probability 1/2, 1/4, 1/8 and 1/8 at 2^24 (7/4 bits on average), and nothing behind them.
        let table = Cdf::from_frequencies(&[1 << 23, 1 << 22, 1 << 21, 1 << 21]).unwrap();
        let symbols: Vec<u32> = (0..3000u32).map(|i| [0, 1, 0, 2, 0, 1, 0, 3][i as usize % 8]).collect();
        let mut bytes = Vec::new();
        let mut encoder = RangeEncoder::new(&mut bytes);
        encoder.encode_slice(&symbols, &table).unwrap();
        encoder.finish();
        assert!((3000 * 7 / 4 / 8..=3000 * 7 / 4 / 8 + 2).contains(&bytes.len()), "{} bytes", bytes.len());
    }

    #[test]
    fn a_carry_runs_back_through_written_bytes() {
        for repeats in 0..60 {
            let mut bytes = Vec::new();
            let mut encoder = RangeEncoder::new(&mut bytes);
            let symbols: Vec<(u32, u32)> =
                (0..repeats).map(|_| (TOTAL_MAX - 1, TOTAL_MAX)).chain([(1, 2), (TOTAL_MAX - 3, TOTAL_MAX)]).collect();
            for &(lo, hi) in &symbols {
                encoder.encode(lo, hi, TOTAL_MAX).unwrap();
            }
            encoder.finish();
            let mut decoder = RangeDecoder::new(&bytes);
            for &(lo, hi) in &symbols {
                decoder.decode_with(TOTAL_MAX, |target| (assert!((lo..hi).contains(&target)), lo, hi)).unwrap();
            }
            decoder.finish().unwrap();
        }
    }

    #[test]
    fn refuses_impossible_intervals_and_totals() {
        let mut bytes = Vec::new();
        let mut encoder = RangeEncoder::new(&mut bytes);
        for (lo, hi, total) in [(0, 0, 0), (0, 1, 0), (3, 3, 9), (4, 3, 9), (0, 10, 9), (0, 1, TOTAL_MAX + 1)] {
            assert!(matches!(encoder.encode(lo, hi, total), Err(Error::Misuse(_))));
        }
        assert!(encoder.encode_symbol(0, &Cdf::default()).is_err());
        let table = Cdf::from_frequencies(&[1, 0, 2]).unwrap();
        assert!(encoder.encode_slice(&[1], &table).is_err());
        assert!(encoder.encode_slice(&[3], &table).is_err());
        assert!(encoder.encode_each(&[0, 0], [&table]).is_err());
        let mut decoder = RangeDecoder::new(&[1, 2, 3]);
        assert!(decoder.decode_symbol(&Cdf::default()).is_err());
        assert!(decoder.decode_with(0, |_| ((), 0, 1)).is_err());
        assert!(decoder.decode_with(TOTAL_MAX + 1, |_| ((), 0, 1)).is_err());
        assert!(decoder.decode_with(4, |target| ((), target + 1, 4)).is_err());
    }

    #[test]
    fn a_batch_stops_where_the_input_does() {
        let table = Cdf::from_frequencies(&[1; 256]).unwrap();
        let mut symbols = vec![0; 100_000];
        let result = RangeDecoder::new(&[9; 50]).decode_slice(&table, &mut symbols);
        assert!(matches!(result, Err(Error::Truncated { .. })));
        assert!(matches!(RangeDecoder::new(&[9; 50]).finish(), Err(Error::Corrupt { .. })));
    }

    #[test]
    fn certain_symbols_take_no_bytes() {
        let table = Cdf::from_frequencies(&[0, 0, 77, 0]).unwrap();
        assert_eq!(table.certain(), Some(2));
        let mut bytes = Vec::new();
        let mut encoder = RangeEncoder::new(&mut bytes);
        encoder.encode_slice(&[2; 1000], &table).unwrap();
        encoder.finish();
        assert!(bytes.is_empty());
        let mut read = [0; 1000];
        RangeDecoder::new(&bytes).decode_slice(&table, &mut read).unwrap();
        assert_eq!(read, [2; 1000]);
    }
}
