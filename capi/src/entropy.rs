//! The entropy coder, for codecs with a model of their own: tables of frequencies, an encoder, a decoder.
//!
//! The core's coders borrow their bytes; these own them, and suspend the coder between two calls.

use crate::failure::Result;
use vatic::coder::cdf::{Cdf, Quantiser};
use vatic::coder::range::{DecoderState, EncoderState, RangeDecoder, RangeEncoder};

/// A table of frequencies in proportion to weights.
///
/// # Errors
/// [`Status::InvalidOption`](crate::tables::Status::InvalidOption) where floors and total do not fit.
pub fn from_weights(weights: &[u32], total: u32, floor: u32) -> Result<Cdf> {
    let mut table = Cdf::default();
    Quantiser::new(total)?.floor(floor).weights(weights, &mut table)?;
    Ok(table)
}

/// A table of frequencies in proportion to the exponential of logits, which are in 1/65536.
///
/// # Errors
/// As [`from_weights`].
pub fn from_logits(logits: &[i32], total: u32, floor: u32) -> Result<Cdf> {
    let mut table = Cdf::default();
    Quantiser::new(total)?.floor(floor).logits(logits, &mut table)?;
    Ok(table)
}

/// Writes symbols.
#[derive(Debug)]
pub struct SymbolEncoder {
    out: Vec<u8>,
    state: EncoderState,
}

impl Default for SymbolEncoder {
    fn default() -> Self {
        let mut out = Vec::new();
        let state = RangeEncoder::new(&mut out).suspend();
        SymbolEncoder { out, state }
    }
}

impl SymbolEncoder {
    /// An encoder before its first symbol.
    pub fn new() -> SymbolEncoder {
        SymbolEncoder::default()
    }

    /// Codes every symbol with one table.
    ///
    /// # Errors
    /// [`Status::Misuse`](crate::tables::Status::Misuse) for a symbol without frequency; those in front of it are coded.
    pub fn encode(&mut self, symbols: &[u32], table: &Cdf) -> Result<()> {
        let mut coder = RangeEncoder::resume(&mut self.out, self.state);
        let result = coder.encode_slice(symbols, table);
        self.state = coder.suspend();
        Ok(result?)
    }

    /// Codes a number below `total`, each as likely as the next.
    ///
    /// # Errors
    /// [`Status::Misuse`](crate::tables::Status::Misuse) unless `value < total <= 2^24`.
    pub fn encode_uniform(&mut self, value: u32, total: u32) -> Result<()> {
        let mut coder = RangeEncoder::resume(&mut self.out, self.state);
        let result = coder.encode(value, value.saturating_add(1), total);
        self.state = coder.suspend();
        Ok(result?)
    }

    /// Ends the stream; the encoder is new then.
    pub fn finish(&mut self) -> Vec<u8> {
        RangeEncoder::resume(&mut self.out, self.state).finish();
        std::mem::take(self).out
    }
}

/// Reads symbols back.
#[derive(Debug)]
pub struct SymbolDecoder {
    input: Vec<u8>,
    state: DecoderState,
}

impl SymbolDecoder {
    /// A decoder of what [`SymbolEncoder::finish`] gave.
    pub fn new(input: Vec<u8>) -> SymbolDecoder {
        let state = RangeDecoder::new(&input).suspend();
        SymbolDecoder { input, state }
    }

    /// Fills `symbols`, all of one table.
    ///
    /// # Errors
    /// [`TRUNCATED`](crate::tables::ERRORS) where the input has run out.
    pub fn decode(&mut self, table: &Cdf, symbols: &mut [u32]) -> Result<()> {
        let mut coder = RangeDecoder::resume(&self.input, self.state);
        let result = coder.decode_slice(table, symbols);
        self.state = coder.suspend();
        Ok(result?)
    }

    /// A number below `total`, each as likely as the next.
    ///
    /// # Errors
    /// [`Status::Misuse`](crate::tables::Status::Misuse) unless `total` is in 1 to 2^24.
    pub fn decode_uniform(&mut self, total: u32) -> Result<u32> {
        let mut coder = RangeDecoder::resume(&self.input, self.state);
        let result = coder.decode_with(total, |target| (target, target, target + 1));
        self.state = coder.suspend();
        Ok(result?)
    }

    /// Checks that the stream was as long as what was read from it.
    ///
    /// # Errors
    /// [`Status::Corrupt`](crate::tables::Status::Corrupt) where bytes are left over or were missing.
    pub fn finish(&self) -> Result<()> {
        Ok(RangeDecoder::resume(&self.input, self.state).finish()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Status;

    #[test]
    fn symbols_come_back_in_calls_of_any_length() {
        let table = from_weights(&[5, 0, 20, 1], 1 << 12, 1).unwrap();
        let logits = from_logits(&[0, 1 << 16, -(1 << 16)], 1 << 12, 1).unwrap();
        let symbols: Vec<u32> = (0..1000).map(|i| [2, 2, 0, 3, 1][i % 5]).collect();
        let mut encoder = SymbolEncoder::new();
        for piece in symbols.chunks(7) {
            encoder.encode(piece, &table).unwrap();
            encoder.encode_uniform(piece[0], 10).unwrap();
            encoder.encode(&[1], &logits).unwrap();
        }
        assert!(encoder.encode(&[9], &table).unwrap_err().is(Status::Misuse));
        let packed = encoder.finish();
        let mut decoder = SymbolDecoder::new(packed.clone());
        for piece in symbols.chunks(7) {
            let mut back = vec![0; piece.len()];
            decoder.decode(&table, &mut back).unwrap();
            assert_eq!(back, piece);
            assert_eq!(decoder.decode_uniform(10).unwrap(), piece[0]);
            decoder.decode(&logits, &mut back[..1]).unwrap();
            assert_eq!(back[0], 1);
        }
        decoder.finish().unwrap();
        assert!(decoder.decode(&table, &mut [0; 1000]).is_err());
        assert!(SymbolDecoder::new(packed).finish().unwrap_err().is(Status::Corrupt));
        assert!(encoder.finish().is_empty());
    }
}
