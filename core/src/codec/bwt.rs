//! Codec `bwt`: the Burrows-Wheeler transform, its last column coded as counts over the context tree.
//!
//! Payload: one arithmetic-coded stream of
//! 1. the rows of the inverse transform's starts, each in as many equally likely bits as the block's length has;
//! 2. how often each byte value occurs: for each value a decision whether it occurs (a counter each for "the one before
//!    does" and "does not"), then, but for the last that occurs, its bit length (five bits) and the bits below the top one;
//! 3. the walk of the context tree, `tree`, its counts predicted as in `counts`.
//!
//! Block lengths up to 2^26 - 1 bytes; the whole group is one block. Memory: about 10 bytes a byte of block to decode,
//! 15 to encode. An empty block has an empty payload.

mod counts;
mod entry;
mod oracle;
mod tree;

use crate::codec::{BlockCodec, Params};
use crate::coder::binary::{BinaryDecoder, BinaryEncoder, BitCoder};
use crate::error::{Error, Result};
use crate::kernels::Isa;
use crate::kernels::vector::dispatch_on;
use crate::transform::bwt;
use oracle::{Column, NoOracle};
use tree::Walk;

/// Number of the only ensemble: the contexts, counters and gates of `counts`.
pub const ENSEMBLE: u8 = 0;
/// Longest block, in bytes.
pub const MAX_LEN: usize = tree::MAX_LEN;

/// Bytes of working memory that decoding a block of `len` bytes takes at most: an entry of eight bytes, a bit and an eighth of
/// a queue word for each row, the column, and the inverse's table.
pub fn decode_memory(len: usize) -> u64 {
    (2 << 20) + 14 * len as u64
}

/// The codec; it keeps nothing between blocks.
#[derive(Debug)]
pub struct Bwt;

impl Bwt {
    /// # Errors
    /// [`Error::Unsupported`] for an unknown ensemble.
    pub fn new(params: &Params) -> Result<Self> {
        if params.ensemble != ENSEMBLE {
            return Err(Error::Unsupported { what: "bwt ensemble", value: params.ensemble.into() });
        }
        Ok(Bwt)
    }
}

impl BlockCodec for Bwt {
    fn encode(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        encode_on(Isa::best(), block, out)
    }

    fn decode(&mut self, payload: &[u8], len: usize, out: &mut Vec<u8>) -> Result<()> {
        decode_on(Isa::best(), payload, len, out)
    }
}

fn encode_on(isa: Isa, block: &[u8], out: &mut Vec<u8>) -> Result<()> {
    if block.len() > MAX_LEN {
        return Err(Error::InvalidOption(format!("codec bwt takes blocks of at most {MAX_LEN} bytes")));
    }
    if block.is_empty() {
        return Ok(());
    }
    let transformed = bwt::forward(block)?;
    let mut counts = [0; 256];
    for &byte in block {
        counts[usize::from(byte)] += 1;
    }
    let mut coder = BinaryEncoder::new(out);
    for &start in &transformed.starts {
        code_bits(&mut coder, start, bits_of(block.len()));
    }
    code_counts(&mut coder, counts, block.len())?;
    let primary = transformed.starts[0] as usize;
    dispatch_on(isa, Walk::new(&mut coder, Column::new(&transformed.last, primary), &counts, primary)?)?;
    coder.finish();
    Ok(())
}

fn decode_on(isa: Isa, payload: &[u8], len: usize, out: &mut Vec<u8>) -> Result<()> {
    if len > MAX_LEN {
        return Err(Error::corrupt("bwt block is too long"));
    }
    if len == 0 {
        return if payload.is_empty() { Ok(()) } else { Err(Error::corrupt("bytes behind an empty bwt block")) };
    }
    let mut coder = BinaryDecoder::new(payload);
    let starts: Vec<u32> = (0..bwt::starts_len(len)).map(|_| code_bits(&mut coder, 0, bits_of(len))).collect();
    let counts = code_counts(&mut coder, [0; 256], len)?;
    let primary = starts[0] as usize;
    if primary == 0 || primary > len {
        return Err(Error::corrupt("bwt primary index"));
    }
    let last = dispatch_on(isa, Walk::new(&mut coder, NoOracle, &counts, primary)?)?;
    coder.finish()?;
    bwt::inverse(&last, &starts, out)
}

/// Bits of a row number of a block of `len` bytes.
fn bits_of(len: usize) -> u32 {
    usize::BITS - len.leading_zeros()
}

/// `count <= 32` equally likely bits.
fn code_bits<C: BitCoder>(coder: &mut C, value: u32, count: u32) -> u32 {
    let low = count.min(16);
    let high = coder.code_raw(value.checked_shr(low).unwrap_or(0), count - low);
    high.checked_shl(low).unwrap_or(0) | coder.code_raw(value & ((1 << low) - 1), low)
}

/// The occurrences of each byte value in a block of `len >= 1` bytes.
fn code_counts<C: BitCoder>(coder: &mut C, counts: [usize; 256], len: usize) -> Result<[usize; 256]> {
    let mut present = [false; 256];
    let mut odds = [1 << 15; 2];
    let mut before = 0;
    for (present, count) in present.iter_mut().zip(counts) {
        let bit = coder.code(u32::from(count > 0), odds[before]);
        odds[before] =
            if bit != 0 { odds[before] + ((65536 - odds[before]) >> 4) } else { odds[before] - (odds[before] >> 4) };
        odds[before] = odds[before].clamp(64, 65472);
        before = bit as usize;
        *present = bit != 0;
    }
    let mut coded = [0; 256];
    let mut rest = len;
    let last = present.iter().rposition(|&present| present).unwrap_or(0);
    for symbol in (0..last).filter(|&symbol| present[symbol]) {
        let bits = bits_of(counts[symbol]);
        let below = coder.code_raw(bits.saturating_sub(1), 5);
        let top = 1u32 << below;
        coded[symbol] = (top | code_bits(coder, counts[symbol] as u32 & top.wrapping_sub(1), below)) as usize;
        rest = rest.checked_sub(coded[symbol]).ok_or(Error::corrupt("bwt symbol counts exceed the block"))?;
    }
    coded[last] = rest;
    Ok(coded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::samples;

    #[test]
    fn stands_the_trial_of_codecs() {
        crate::codec::trials::run(|params| Ok(Box::new(Bwt::new(params)?)));
    }

    #[test]
    fn every_isa_agrees() {
        for text in samples::all() {
            let mut expected = Vec::new();
            encode_on(Isa::Baseline, &text, &mut expected).unwrap();
            for isa in Isa::available() {
                let mut packed = Vec::new();
                encode_on(isa, &text, &mut packed).unwrap();
                assert!(packed == expected, "{isa:?} differs on {} bytes", text.len());
                let mut back = Vec::new();
                decode_on(isa, &packed, text.len(), &mut back).unwrap();
                assert!(back == text);
            }
        }
    }

    #[test]
    fn an_unknown_ensemble_is_an_error() {
        let params = Params { ensemble: 200, ..Params::default() };
        assert_eq!(Bwt::new(&params).unwrap_err().code(), 12);
    }
}
