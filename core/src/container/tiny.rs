//! The tiny frame: under 1 KiB of output, 8 to 10 bytes beyond its payload.
//!
//! `F6 70+version | u16: profile, packed length | [plain length] | payload | 4-byte hash`. A model-coded tiny frame has an 8-byte
//! model id in place of the plain length, which a record says itself: 16 bytes.

use super::wire::{peek_varint, put_varint};
use crate::codec::{self, CodecId, Params, record};
use crate::coder::binary::{BinaryDecoder, BinaryEncoder};
use crate::error::{Error, Result};
use crate::model::{Model, ShortId};
use crate::options::{DecodeOptions, Options, Preset};

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

/// A payload and what to write with it.
struct Candidate {
    /// Profile and flag, at their places in the frame's word.
    kind: u16,
    /// What stands between word and payload.
    front: Vec<u8>,
    payload: Vec<u8>,
}

impl Candidate {
    fn len(&self) -> usize {
        self.front.len() + self.payload.len()
    }
}

/// Appends the smallest tiny frame of `plain` that the level can afford, or of the codec that is forced. `Ok(false)` where
/// `plain` is too long or the forced codec has no profile.
pub(crate) fn write(plain: &[u8], options: &Options, out: &mut Vec<u8>) -> Result<bool> {
    let (level, forced) = (options.level, options.codec);
    if plain.len() > TINY_MAX || forced.is_some_and(|codec| PROFILES.iter().all(|p| p.1 != codec)) {
        return Ok(false);
    }
    let mut best = Candidate { kind: 0, front: Vec::new(), payload: plain.to_vec() };
    for &(profile, id) in &PROFILES[1..] {
        let wanted = match forced {
            Some(codec) => codec == id,
            None => id == CodecId::Zstd || Preset::of_level(level) != Preset::Fast,
        };
        if plain.is_empty() || !wanted || !id.is_available() {
            continue;
        }
        let mut payload = Vec::new();
        codec::open(id, &params(level, plain.len()), &codec::UNLIMITED)?.encode(plain, &mut payload)?;
        let mut front = Vec::new();
        put_varint(&mut front, plain.len() as u64);
        let coded = Candidate { kind: u16::from(profile) << 10, front, payload };
        // A short text's length takes a byte of its own; where that is all that is gained, storing is simpler.
        if coded.payload.len() + 2 < best.payload.len() + 2 * usize::from(best.kind != 0) {
            best = coded;
        }
    }
    // What is to be self-contained cannot cite a model, and one that is carried would be larger than the content.
    if forced.is_none() && !options.embed_model {
        for model in &options.models {
            match under_model(plain, model)? {
                Some(coded) if coded.len() < best.len() => best = coded,
                _ => {}
            }
        }
    }
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&(best.kind | best.payload.len() as u16).to_le_bytes());
    out.extend_from_slice(&best.front);
    out.extend_from_slice(&best.payload);
    out.extend_from_slice(&hash(plain));
    Ok(true)
}

/// `plain` as a record under `model`, if the model is for records and the payload is not too long.
fn under_model(plain: &[u8], model: &Model) -> Result<Option<Candidate>> {
    let Some(codec) = record::codec_of(model) else { return Ok(None) };
    let Some(used) = model.subset(record::parts_used(model)) else { return Ok(None) };
    let mut payload = Vec::new();
    let mut coder = BinaryEncoder::new(&mut payload);
    record::open(&used, &codec::UNLIMITED)?.encode(plain, &mut coder)?;
    coder.finish_trimmed();
    if payload.len() > usize::from(PACKED_MASK) {
        return Ok(None);
    }
    Ok(Some(Candidate { kind: MODEL_FLAG | (codec as u16) << 10, front: used.id().short().0.to_vec(), payload }))
}

/// A tiny frame taken apart.
#[derive(Debug)]
pub(crate) struct TinyFrame<'a> {
    pub(crate) codec: CodecId,
    /// The model that it was coded with.
    pub(crate) model: Option<ShortId>,
    /// Bytes of output; with a model only decoding tells.
    pub(crate) plain_len: Option<usize>,
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
        return parse_under_model(bytes, word);
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
    Ok(Some(TinyFrame { codec, model: None, plain_len: Some(plain_len), payload, hash, frame_len: at + body.len() }))
}

fn parse_under_model(bytes: &[u8], word: u16) -> Result<Option<TinyFrame<'_>>> {
    let codec = CodecId::from_number((word >> 10) as u8 & 0x1F)?;
    let packed = usize::from(word & PACKED_MASK);
    let Some((id, rest)) = bytes[4..].split_first_chunk() else { return Ok(None) };
    let Some(body) = rest.get(..packed + HASH_LEN) else { return Ok(None) };
    let (payload, hash) = body.split_at(packed);
    let frame_len = 4 + id.len() + body.len();
    Ok(Some(TinyFrame { codec, model: Some(ShortId(*id)), plain_len: None, payload, hash, frame_len }))
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
    pub(crate) fn decode(&self, options: &DecodeOptions) -> Result<Vec<u8>> {
        let mut plain = Vec::with_capacity(self.plain_len.unwrap_or(0));
        match (self.plain_len, self.model) {
            (_, Some(id)) => self.decode_under_model(id, options, &mut plain)?,
            (len, None) => {
                let len = len.ok_or(Error::Internal("a tiny frame of no length"))?;
                codec::open(self.codec, &params(0, len), &options.limits)?.decode(self.payload, len, &mut plain)?;
            }
        }
        if self.plain_len.is_some_and(|len| len != plain.len()) || hash(&plain) != self.hash {
            return Err(Error::HashMismatch { offset: 0 });
        }
        Ok(plain)
    }

    fn decode_under_model(&self, id: ShortId, options: &DecodeOptions, plain: &mut Vec<u8>) -> Result<()> {
        let model = options.models.find(id).ok_or(Error::ModelMissing { id })?;
        if record::codec_of(&model) != Some(self.codec) {
            return Err(Error::corrupt("a tiny frame's model is for another codec"));
        }
        let mut coder = BinaryDecoder::new(self.payload);
        record::open(&model, &options.limits)?.decode(&mut coder, TINY_MAX, plain)?;
        coder.finish_trimmed()
    }
}
