//! What czip wraps its data in: one stream of zstd or of brotli.

use super::file::OuterCodec;
use crate::error::{Error, Result};
use std::io::Read;

/// Bytes of output that are reserved at a time, so that memory is taken only for what is there.
const STEP: usize = 64 << 10;

/// Everything in `stream`, at most `limit` bytes.
pub(super) fn unpack(codec: OuterCodec, stream: &[u8], limit: u64) -> Result<Vec<u8>> {
    match codec {
        OuterCodec::Brotli => read_all(brotli::Decompressor::new(stream, 4096), limit),
        #[cfg(feature = "zstd")]
        OuterCodec::Zstd => read_all(zstd::Decoder::with_buffer(stream).map_err(Error::from)?, limit),
        #[cfg(not(feature = "zstd"))]
        OuterCodec::Zstd => Err(Error::Unsupported { what: "czip codec", value: codec as u64 }),
    }
}

fn read_all(mut reader: impl Read, limit: u64) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut buffer = crate::error::try_zeroed(STEP)?;
    loop {
        let count = reader.read(&mut buffer).map_err(|_| Error::corrupt("what czip has packed cannot be unpacked"))?;
        if count == 0 {
            return Ok(out);
        }
        let needed = out.len() as u64 + count as u64;
        if needed > limit {
            return Err(Error::Limit { what: "unpacked size", needed, limit });
        }
        out.try_reserve(count).map_err(|_| Error::OutOfMemory { bytes: count as u64 })?;
        out.extend_from_slice(&buffer[..count]);
    }
}

/// `bytes` as a stream of `codec`, packed as czip does: zstd at level 22, brotli at quality 11 with a window of 2^22.
pub(super) fn pack(codec: OuterCodec, bytes: &[u8]) -> Result<Vec<u8>> {
    match codec {
        OuterCodec::Brotli => {
            let mut out = Vec::new();
            let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
            brotli::BrotliCompress(&mut &*bytes, &mut out, &params).map_err(Error::from)?;
            Ok(out)
        }
        #[cfg(feature = "zstd")]
        OuterCodec::Zstd => Ok(zstd::encode_all(bytes, 22)?),
        #[cfg(not(feature = "zstd"))]
        OuterCodec::Zstd => Err(Error::Unsupported { what: "czip codec", value: codec as u64 }),
    }
}
