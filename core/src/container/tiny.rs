//! The tiny frame: under 1 KiB of output, 8 to 10 bytes beyond its payload.
//!
//! `F6 70+version | u16: profile, packed length | [plain length] | payload | 4-byte hash`. A model-coded tiny frame (none
//! is written yet) puts an 8-byte model id before the payload, whose codec then carries the plain length itself: 16 bytes.

use super::wire::{peek_varint, put_varint};
use crate::codec::{self, CodecId, Limits, Params};
use crate::error::{Error, Result};
use crate::options::Preset;

/// First byte of every frame, then `0x70 + version`.
pub(crate) const MAGIC: [u8; 2] = [0xF6, 0x70];
/// Longest output of a tiny frame.
pub(crate) const TINY_MAX: usize = 1023;
/// Longest tiny frame that can exist: magic, word, plain length, payload, hash.
pub(crate) const FRAME_MAX: usize = 2 + 2 + 2 + TINY_MAX + 4;
const HASH_LEN: usize = 4;
const PACKED_MASK: u16 = 0x3FF;
const MODEL_FLAG: u16 = 1 << 15;

/// The codec behind each profile number.
const PROFILES: [(u8, CodecId); 3] = [(0, CodecId::Store), (1, CodecId::Order), (2, CodecId::Zstd)];

fn params(level: u8, plain_len: usize) -> Params {
    Params { level, ensemble: 0, arg: 0, group_len: plain_len }
}

fn hash(plain: &[u8]) -> [u8; HASH_LEN] {
    let mut short = [0; HASH_LEN];
    short.copy_from_slice(&blake3::hash(plain).as_bytes()[..HASH_LEN]);
    short
}

/// Appends the smallest tiny frame of `plain` that `level` can afford, or with `forced` the one of that codec. `Ok(false)` where
/// `plain` is too long or `forced` has no profile.
pub(crate) fn write(plain: &[u8], level: u8, forced: Option<CodecId>, out: &mut Vec<u8>) -> Result<bool> {
    if plain.len() > TINY_MAX || forced.is_some_and(|codec| PROFILES.iter().all(|p| p.1 != codec)) {
        return Ok(false);
    }
    let mut best = (0u8, plain.to_vec());
    for &(profile, id) in &PROFILES[1..] {
        let wanted = match forced {
            Some(codec) => codec == id,
            None => id == CodecId::Zstd || Preset::of_level(level) != Preset::Fast,
        };
        if plain.is_empty() || !wanted || !id.is_available() {
            continue;
        }
        let mut payload = Vec::new();
        codec::open(id, &params(level, plain.len()), &Limits::default())?.encode(plain, &mut payload)?;
        // A coded payload needs its plain length told.
        if payload.len() + 2 < best.1.len() + 2 * usize::from(best.0 != 0) {
            best = (profile, payload);
        }
    }
    let (profile, payload) = best;
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&(u16::from(profile) << 10 | payload.len() as u16).to_le_bytes());
    if profile != 0 {
        put_varint(out, plain.len() as u64);
    }
    out.extend_from_slice(&payload);
    out.extend_from_slice(&hash(plain));
    Ok(true)
}

/// A tiny frame taken apart.
#[derive(Debug)]
pub(crate) struct TinyFrame<'a> {
    pub(crate) codec: CodecId,
    pub(crate) plain_len: usize,
    pub(crate) payload: &'a [u8],
    hash: &'a [u8],
    /// Bytes of the whole frame.
    pub(crate) frame_len: usize,
}

/// Takes the tiny frame at the front of `bytes` apart; `Ok(None)` where more bytes are needed.
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<TinyFrame<'_>>> {
    let Some(&[low, high]) = bytes.get(2..4) else { return Ok(None) };
    let word = u16::from_le_bytes([low, high]);
    if word & MODEL_FLAG != 0 {
        return Err(Error::Unsupported { what: "feature: model-coded tiny frame", value: u64::from(word) });
    }
    let profile = word >> 10;
    let Some(&(_, codec)) = PROFILES.iter().find(|p| u16::from(p.0) == profile) else {
        return Err(Error::Unsupported { what: "tiny frame profile", value: u64::from(profile) });
    };
    let packed = usize::from(word & PACKED_MASK);
    let mut at = 4;
    let plain_len = if profile == 0 {
        packed
    } else {
        let Some((len, used)) = peek_varint(&bytes[4..]).map_err(|err| err.at(4))? else { return Ok(None) };
        at += used;
        if len > TINY_MAX as u64 {
            return Err(Error::Corrupt { what: "a tiny frame of too many bytes", offset: 4 });
        }
        len as usize
    };
    let Some(body) = bytes.get(at..at + packed + HASH_LEN) else { return Ok(None) };
    let (payload, hash) = body.split_at(packed);
    Ok(Some(TinyFrame { codec, plain_len, payload, hash, frame_len: at + body.len() }))
}

/// The output length of the tiny frame at the front of `bytes`.
pub(crate) fn plain_len(bytes: &[u8]) -> Result<Option<u64>> {
    let Some(&[low, high]) = bytes.get(2..4) else {
        return Err(Error::Truncated { what: "the start of a frame", offset: bytes.len() as u64 });
    };
    let word = u16::from_le_bytes([low, high]);
    if word & MODEL_FLAG != 0 {
        return Ok(None);
    }
    if word >> 10 == 0 {
        return Ok(Some(u64::from(word & PACKED_MASK)));
    }
    Ok(peek_varint(&bytes[4..]).map_err(|err| err.at(4))?.map(|(len, _)| len))
}

impl TinyFrame<'_> {
    /// The plain bytes, their hash checked.
    pub(crate) fn decode(&self, limits: &Limits) -> Result<Vec<u8>> {
        let mut plain = Vec::with_capacity(self.plain_len);
        let params = params(0, self.plain_len);
        codec::open(self.codec, &params, limits)?.decode(self.payload, self.plain_len, &mut plain)?;
        if plain.len() != self.plain_len || hash(&plain) != self.hash {
            return Err(Error::HashMismatch { offset: 0 });
        }
        Ok(plain)
    }
}
