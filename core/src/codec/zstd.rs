//! libzstd, for the fast presets.
//!
//! The payload of a block is one zstd frame (RFC 8878) in the magicless format, without content size, checksum or
//! dictionary id: the container has them. Six bytes of overhead remain at most: two of frame header, three of a block
//! header every 128 KiB. The length of the block is known to libzstd, so its tables fit small blocks too.
//!
//! Memory: decoding takes 160 KiB beside the output, whatever the frame's window says, as it is decoded
//! in one piece; encoding 1-90 MiB by level.

use super::{BlockCodec, Params};
use crate::error::{Error, Result};
use std::io::Cursor;
use zstd::zstd_safe::{self, CCtx, CParameter, DCtx, DParameter, FrameFormat};

/// Codec `zstd`. Blocks do not depend on each other; the context is made on first use.
pub struct Zstd {
    level: i32,
    encoder: Option<CCtx<'static>>,
    decoder: Option<DCtx<'static>>,
}

impl Zstd {
    /// `params.level` chooses the level of libzstd; the decoder needs no parameters.
    ///
    /// # Errors
    /// None so far.
    pub fn new(params: &Params) -> Result<Zstd> {
        let level = match params.level {
            0..=1 => 1,
            2 => 3,
            3 => 9,
            4..=6 => 12,
            _ => 19,
        };
        Ok(Zstd { level, encoder: None, decoder: None })
    }
}

/// What [`CCtx::try_create`] and [`DCtx::try_create`] need, roughly.
const CONTEXT_BYTES: u64 = 200 << 10;

fn new_encoder(level: i32) -> Result<CCtx<'static>> {
    let mut context = CCtx::try_create().ok_or(Error::OutOfMemory { bytes: CONTEXT_BYTES })?;
    let parameters = [
        CParameter::CompressionLevel(level),
        CParameter::Format(FrameFormat::Magicless),
        CParameter::ContentSizeFlag(false),
        CParameter::ChecksumFlag(false),
        CParameter::DictIdFlag(false),
    ];
    for parameter in parameters {
        context.set_parameter(parameter).map_err(|_| Error::Internal("libzstd refused a parameter"))?;
    }
    Ok(context)
}

fn new_decoder() -> Result<DCtx<'static>> {
    let mut context = DCtx::try_create().ok_or(Error::OutOfMemory { bytes: CONTEXT_BYTES })?;
    context
        .set_parameter(DParameter::Format(FrameFormat::Magicless))
        .map_err(|_| Error::Internal("libzstd refused a parameter"))?;
    Ok(context)
}

/// Makes room for `len` more bytes and gives a cursor behind what `out` holds.
fn behind(out: &mut Vec<u8>, len: usize) -> Result<Cursor<&mut Vec<u8>>> {
    out.try_reserve(len).map_err(|_| Error::OutOfMemory { bytes: len as u64 })?;
    let position = out.len() as u64;
    let mut cursor = Cursor::new(out);
    cursor.set_position(position);
    Ok(cursor)
}

impl BlockCodec for Zstd {
    fn encode(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let context = match &mut self.encoder {
            Some(context) => context,
            none => none.insert(new_encoder(self.level)?),
        };
        let mut cursor = behind(out, zstd_safe::compress_bound(block.len()))?;
        // With room for the worst case and a valid context, memory is all that can lack.
        context.compress2(&mut cursor, block).map_err(|_| Error::OutOfMemory { bytes: block.len() as u64 })?;
        Ok(())
    }

    fn decode(&mut self, payload: &[u8], len: usize, out: &mut Vec<u8>) -> Result<()> {
        let context = match &mut self.decoder {
            Some(context) => context,
            none => none.insert(new_decoder()?),
        };
        let before = out.len();
        let decoded = context.decompress(&mut behind(out, len)?, payload);
        // A vector may have more room than was asked for, so a frame may have used it.
        if decoded != Ok(len) {
            out.truncate(before);
            return Err(Error::corrupt("zstd frame does not decode to its block"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::trials;

    #[test]
    fn blocks_come_back() {
        trials::run(|params| Ok(Box::new(Zstd::new(params)?)));
    }

    #[test]
    fn overhead_is_small() {
        let params = Params { level: 2, ..Params::default() };
        for (len, most) in [(0, 5), (1, 6), (100, 105), (1000, 1005)] {
            let mut out = Vec::new();
            Zstd::new(&params).unwrap().encode(&crate::transform::samples::random(len), &mut out).unwrap();
            assert!(out.len() <= most, "{len} bytes became {}", out.len());
        }
    }
}
