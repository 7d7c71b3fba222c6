//! The payload of codec `zstd`, read without libzstd: by the decoder of the crate `ruzstd`, for targets that no C compiler reaches.
//!
//! Nothing is written: what would be, goes to codec `lz`. It reads what libzstd reads of our own payloads, and refuses what is no zstd frame of the
//! right length, at a third of libzstd's speed or so.
//!
//! Memory: up to the length of the block once more, for what copies may reach back to.

use super::{BlockCodec, Params};
use crate::error::{Error, Result};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::Read;

/// What is in front of a frame and is left out of payloads.
const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// Set where a frame has no window descriptor.
const SINGLE_SEGMENT: u8 = 1 << 5;
/// The smallest window, and what it is doubled by.
const WINDOW_LOG_MIN: u32 = 10;
/// Bytes decoded between two looks at how many there are.
const STEP: usize = 1 << 20;

/// Bytes that decoding a group takes: tables, and the window.
pub fn decode_memory(group_len: usize) -> u64 {
    (1 << 20) + 2 * group_len as u64
}

/// Codec `zstd` where it is only read.
pub struct ZstdRust;

impl ZstdRust {
    /// The decoder needs no parameters.
    ///
    /// # Errors
    /// None so far.
    pub fn new(_: &Params) -> Result<ZstdRust> {
        Ok(ZstdRust)
    }
}

/// The smallest descriptor of a window that holds `len` bytes.
fn window_of(len: usize) -> u8 {
    let log = len.max(1).next_power_of_two().trailing_zeros().max(WINDOW_LOG_MIN);
    // Blocks have 2^30 bytes at most.
    ((log - WINDOW_LOG_MIN) << 3) as u8
}

/// The frame's first six bytes. A window that is larger than all of the block is stated as large as that: memory is taken for what is stated.
fn head(payload: &[u8], len: usize) -> Option<([u8; 6], &[u8])> {
    let (&[descriptor, window], rest) = payload.split_first_chunk()?;
    let window = if descriptor & SINGLE_SEGMENT == 0 { window.min(window_of(len)) } else { window };
    let [a, b, c, d] = MAGIC;
    Some(([a, b, c, d, descriptor, window], rest))
}

impl BlockCodec for ZstdRust {
    fn encode(&mut self, _: &[u8], _: &mut Vec<u8>) -> Result<()> {
        Err(Error::Unsupported { what: "codec", value: super::CodecId::Zstd as u64 })
    }

    fn decode(&mut self, payload: &[u8], len: usize, out: &mut Vec<u8>) -> Result<()> {
        let before = out.len();
        out.try_reserve(len).map_err(|_| Error::OutOfMemory { bytes: len as u64 })?;
        match decode(payload, len, out) {
            Some(rest) if rest == 0 && out.len() - before == len => Ok(()),
            _ => {
                out.truncate(before);
                Err(Error::corrupt("zstd frame does not decode to its block"))
            }
        }
    }
}

/// Bytes left behind the frame; `None` where it is none, or one of more than `len` bytes.
fn decode(payload: &[u8], len: usize, out: &mut Vec<u8>) -> Option<usize> {
    let (head, mut rest) = head(payload, len)?;
    let mut source = head.chain(&mut rest);
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(1 << (WINDOW_LOG_MIN + u32::from(window_of(len) >> 3)));
    decoder.init(&mut source).ok()?;
    let mut left = len;
    loop {
        let finished = decoder.decode_blocks(&mut source, BlockDecodingStrategy::UptoBytes(STEP)).ok()?;
        let ready = decoder.can_collect();
        left = left.checked_sub(ready)?;
        decoder.collect_to_writer(&mut *out).ok()?;
        if finished {
            drop(source);
            return Some(rest.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_hold_their_blocks_and_no_more_than_twice_as_much() {
        for len in [0, 1, 1000, 1024, 1025, 1 << 20, (1 << 20) + 1, 1 << 30] {
            let window = 1usize << (WINDOW_LOG_MIN + u32::from(window_of(len) >> 3));
            assert!(window >= len && window <= (2 * len).max(1024), "{len}: {window}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for payload in [&b""[..], b"x", b"nonsense of some length", &[0; 100], &[0xFF; 100]] {
            let mut out = vec![7];
            assert!(ZstdRust.decode(payload, 50, &mut out).is_err());
            assert_eq!(out, [7]);
        }
    }

    #[cfg(feature = "zstd")]
    #[test]
    fn what_libzstd_writes_is_read() {
        use crate::codec::zstd::Zstd;
        use crate::transform::samples;
        let mut blocks = vec![Vec::new(), vec![b'a'; 300_000], samples::random(200_000), samples::prose(400_000)];
        blocks.extend([1, 5, 100, 1000, 5000].map(samples::prose));
        for level in 1..=9 {
            let params = Params { level, ..Params::default() };
            for block in &blocks {
                let (mut packed, mut out) = (Vec::new(), b"front".to_vec());
                Zstd::new(&params).unwrap().encode(block, &mut packed).unwrap();
                ZstdRust.decode(&packed, block.len(), &mut out).unwrap();
                assert!(out[5..] == block[..], "{} bytes at level {level}", block.len());
                assert!(ZstdRust.decode(&packed, block.len() + 1, &mut out).is_err());
                assert!(block.is_empty() || ZstdRust.decode(&packed, block.len() - 1, &mut out).is_err());
                assert!(ZstdRust.decode(&packed[..packed.len() - 1], block.len(), &mut out).is_err());
                packed.push(0);
                assert!(ZstdRust.decode(&packed, block.len(), &mut out).is_err());
            }
        }
    }
}
