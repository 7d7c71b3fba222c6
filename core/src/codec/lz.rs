//! LZ77 with predicted tokens: for executables, tables and whatever repeats itself at a distance; small and fast to decode.
//!
//! The parse is LZMA's in kind (see [`lz77`](crate::transform::lz77)); the coding is not. Flags and literals are
//! predicted by several adaptive models each, mixed in the logistic domain (see `model`), where LZMA
//! looks at one. Encoder and decoder run the same `Model::token`.
//!
//! The payload of a block is one stream of the binary coder: for each token its flags, then the literal or the length and distance,
//! until the block's bytes are all there. Blocks do not depend on each other. Memory for decoding: the
//! output and 2 MiB; for encoding 14 MiB of tables, and from level 6 on 9 bytes more an input byte.

mod counter;
mod model;
mod price;

use super::{BlockCodec, Params};
use crate::coder::binary::{BinaryDecoder, BinaryEncoder};
use crate::error::{Error, Result};
use crate::transform::lz77::{Effort, Parser, Token};
use model::Model;
use price::PriceList;

/// Bytes that decoding takes beside input and output, at most.
pub(super) const DECODE_MEMORY: u64 = 2 << 20;

/// Codec `lz`.
#[derive(Debug)]
pub struct Lz {
    effort: Effort,
}

impl Lz {
    /// `params.level` sets how hard the encoder searches; the decoder needs no parameters.
    ///
    /// # Errors
    /// None so far.
    pub fn new(params: &Params) -> Result<Lz> {
        // Without the suffix array the encoder takes two thirds of the time for 1.7 % more on x86 code of 6 MB, and up to 2.5 %
        // on tables.
        let (neighbours, nice, pass) = match params.level {
            0..=2 => (0, 32, Some(1024)),
            3 => (0, 48, Some(1024)),
            4..=5 => (0, 128, Some(768)),
            6 => (24, 192, Some(512)),
            _ => (256, 255, None),
        };
        Ok(Lz { effort: Effort { neighbours, nice, pass, every_tail: pass.is_none() } })
    }
}

impl BlockCodec for Lz {
    fn encode(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let mut parser = Parser::new(block, self.effort)?;
        let mut model = Model::new(block.len())?;
        let mut prices = PriceList::new(self.effort.nice);
        let mut coder = BinaryEncoder::new(out);
        let (mut tokens, mut pos) = (Vec::new(), 0);
        while pos < block.len() {
            prices.refresh(&model, pos);
            tokens.clear();
            let end = parser.stretch(block, pos, (model.state, model.reps), &prices.with(&model), &mut tokens);
            for &token in &tokens {
                model.token(&mut coder, &block[..pos], token);
                pos += length(token);
            }
            debug_assert_eq!(pos, end);
        }
        coder.finish();
        Ok(())
    }

    fn decode(&mut self, payload: &[u8], len: usize, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        out.try_reserve(len + SHORT).map_err(|_| Error::OutOfMemory { bytes: len as u64 })?;
        let decoded = decode_tokens(payload, start, start + len, out);
        if decoded.is_err() {
            out.truncate(start);
        }
        decoded
    }
}

fn length(token: Token) -> usize {
    match token {
        Token::Literal(_) | Token::ShortRep => 1,
        Token::Rep { len, .. } | Token::Match { len, .. } => len,
    }
}

fn decode_tokens(payload: &[u8], start: usize, end: usize, out: &mut Vec<u8>) -> Result<()> {
    let mut model = Model::new(end - start)?;
    let mut coder = BinaryDecoder::new(payload);
    while out.len() < end {
        if coder.is_exhausted() {
            return Err(Error::truncated("lz block"));
        }
        let token = model.token(&mut coder, &out[start..], Token::Literal(0));
        let distance = match token {
            Token::Literal(byte) => {
                out.push(byte);
                continue;
            }
            _ => model.reps.0[0] as usize,
        };
        let len = length(token);
        if distance > out.len() - start || len > end - out.len() {
            return Err(Error::corrupt("lz copy from outside its block"));
        }
        copy(out, distance, len);
    }
    coder.finish()
}

/// What a short copy takes at once, in bytes.
const SHORT: usize = 16;

/// Appends `len` bytes from `distance` back; they may overlap what they make.
#[inline(always)]
fn copy(out: &mut Vec<u8>, distance: usize, len: usize) {
    let from = out.len() - distance;
    if let (true, Some(&chunk)) = (len <= SHORT && distance >= SHORT, out[from..].first_chunk::<SHORT>()) {
        // Most copies are short: a whole chunk, cut to its length, spares a call.
        let end = out.len() + len;
        out.extend_from_slice(&chunk);
        out.truncate(end);
        return;
    }
    if distance >= len {
        out.extend_from_within(from..from + len);
        return;
    }
    let mut left = len;
    while left > 0 {
        // Each round doubles the period that is there to copy.
        let step = left.min(out.len() - from);
        out.extend_from_within(from..from + step);
        left -= step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::trials;
    use crate::transform::samples;
    use proptest::prelude::*;

    #[test]
    fn blocks_come_back() {
        trials::run(|params| Ok(Box::new(Lz::new(params)?)));
    }

    #[test]
    fn copies_from_outside_are_told() {
        let mut payload = Vec::new();
        let mut model = Model::new(10).unwrap();
        let mut coder = BinaryEncoder::new(&mut payload);
        model.token(&mut coder, &[], Token::Match { distance: 3, len: 10 });
        coder.finish();
        let mut out = vec![1, 2, 3, 4];
        let decoded = Lz::new(&Params::default()).unwrap().decode(&payload, 10, &mut out);
        assert!(matches!(decoded, Err(Error::Corrupt { .. })) && out == [1, 2, 3, 4]);
    }

    proptest! {
        #[test]
        fn any_block_comes_back(text in samples::any_text(4000), level in 1u8..10) {
            let (mut payload, mut out) = (Vec::new(), Vec::new());
            let mut codec = Lz::new(&Params { level, ..Params::default() }).unwrap();
            codec.encode(&text, &mut payload).unwrap();
            codec.decode(&payload, text.len(), &mut out).unwrap();
            prop_assert!(out == text);
        }
    }
}
