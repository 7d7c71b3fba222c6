//! The head of a batch: records under one model, in *bundles* of a few that share a code stream.
//!
//! `magic | version | length of the head | head | 4 bytes of hash | bundles`. The head says what the records were coded with,
//! how many there are, and how long each bundle is; `docs/format.md` has its fields. Reading record `n` decodes the records of its
//! bundle up to it, so the size of a bundle weighs access against the bytes that each stream and its length cost.

use super::models;
use super::wire::{Cursor, peek_varint, put_varint};
use crate::codec::record::TAG_MAX;
use crate::error::{Error, Result};
use crate::model::Model;
use std::ops::Range;

/// First bytes of a batch.
pub(crate) const MAGIC: [u8; 4] = [0xF6, b'V', b'A', b'B'];
/// Version of the batch.
const VERSION: u8 = 0;
/// Bytes of hash behind the head.
const HASH_LEN: usize = 4;
/// Most records of a bundle.
pub(crate) const BUNDLE_MAX: u64 = 4096;

/// What a batch says before its bundles.
#[derive(Debug)]
pub(crate) struct BatchHead {
    /// Bytes of each record's tag.
    pub(crate) tag: usize,
    /// Body of a MODEL record.
    pub(crate) model: Vec<u8>,
    /// Number of records.
    pub(crate) count: u64,
    /// Records of each bundle but the last.
    pub(crate) bundle: u64,
    /// Where each bundle ends, counted from the first one's start.
    pub(crate) ends: Vec<u64>,
}

impl BatchHead {
    /// The body of MODEL for `model`, cited or carried.
    pub(crate) fn model_body(model: &Model, carried: bool) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        models::write(model, carried, &mut body)?;
        Ok(body)
    }

    /// Appends everything up to the first bundle.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut head = Vec::new();
        put_varint(&mut head, self.tag as u64);
        put_varint(&mut head, self.model.len() as u64);
        head.extend_from_slice(&self.model);
        put_varint(&mut head, self.count);
        put_varint(&mut head, self.bundle);
        let starts = std::iter::once(&0).chain(&self.ends);
        self.ends.iter().zip(starts).for_each(|(end, start)| put_varint(&mut head, end - start));
        let start = out.len();
        out.extend_from_slice(&MAGIC);
        out.push(VERSION);
        put_varint(out, head.len() as u64);
        out.extend_from_slice(&head);
        let hash = blake3::hash(&out[start..]);
        out.extend_from_slice(&hash.as_bytes()[..HASH_LEN]);
    }

    /// Reads the head of `packed`, a whole batch; also returns where its bundles start.
    pub(crate) fn parse(packed: &[u8]) -> Result<(BatchHead, usize)> {
        let truncated = |what| Error::Truncated { what, offset: packed.len() as u64 };
        let front = packed.len().min(MAGIC.len());
        if packed[..front] != MAGIC[..front] {
            return Err(Error::NotVatic { what: "no batch of records" });
        }
        let version = *packed.get(MAGIC.len()).ok_or(truncated("a batch"))?;
        if version != VERSION {
            return Err(Error::Unsupported { what: "batch version", value: u64::from(version) });
        }
        let at = MAGIC.len() + 1;
        let (len, used) = peek_varint(&packed[at..]).map_err(|err| err.at(at as u64))?.ok_or(truncated("a batch"))?;
        let start = at + used;
        let end = usize::try_from(len).ok().and_then(|len| start.checked_add(len));
        let end = end.filter(|&end| end <= packed.len()).ok_or(truncated("the head of a batch"))?;
        let hash = packed.get(end..end + HASH_LEN).ok_or(truncated("the head of a batch"))?;
        if blake3::hash(&packed[..end]).as_bytes()[..HASH_LEN] != *hash {
            return Err(Error::Corrupt { what: "the head of a batch is damaged", offset: at as u64 });
        }
        let bundles_at = end + HASH_LEN;
        let bytes = (packed.len() - bundles_at) as u64;
        let head = BatchHead::parse_fields(&packed[start..end], bytes).map_err(|err| err.at(start as u64))?;
        Ok((head, bundles_at))
    }

    /// `bytes` is what the bundles take together.
    fn parse_fields(head: &[u8], bytes: u64) -> Result<BatchHead> {
        let mut cursor = Cursor::new(head);
        let tag = cursor.varint("tag length")?;
        if tag > TAG_MAX as u64 {
            return Err(Error::Unsupported { what: "tag length", value: tag });
        }
        let model_len = usize::try_from(cursor.varint("model length")?).unwrap_or(usize::MAX);
        let model = cursor.take(model_len, "a model")?;
        let count = cursor.varint("record count")?;
        let bundle = cursor.varint("bundle size")?;
        if bundle == 0 || bundle > BUNDLE_MAX {
            return Err(cursor.corrupt("a bundle of no records, or of too many"));
        }
        let mut ends = Vec::new();
        let mut end = 0u64;
        for _ in 0..count.div_ceil(bundle) {
            end = end.saturating_add(cursor.varint("bundle length")?);
            ends.push(end);
        }
        cursor.end("bytes behind the head's fields")?;
        if end > bytes {
            return Err(Error::Truncated { what: "the bundles of a batch", offset: bytes });
        }
        if end < bytes {
            return Err(cursor.corrupt("bytes behind the bundles of a batch"));
        }
        Ok(BatchHead { tag: tag as usize, model: model.to_vec(), count, bundle, ends })
    }

    /// Where bundle `index` is, counted from the first one's start.
    pub(crate) fn place(&self, index: usize) -> Option<Range<usize>> {
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? };
        Some(start as usize..*self.ends.get(index)? as usize)
    }

    /// How many records bundle `index` has.
    pub(crate) fn records_of(&self, index: usize) -> u64 {
        self.bundle.min(self.count.saturating_sub((index as u64).saturating_mul(self.bundle)))
    }
}
