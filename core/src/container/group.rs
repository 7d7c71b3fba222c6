//! GROUP and BLOCK: what a group is coded with, and the segments that each block of it yields.

use super::models::{parse_indices, write_indices};
use super::wire::{Cursor, put_varint};
use super::{SEGMENT_MAX, TAG_LEN, segment_tag};
use crate::codec::filter::{self, FilterSpec};
use crate::codec::{self, BlockCodec, CodecId, Limits, Params};
use crate::error::{Error, Result};
use crate::model::Model;

const GROUP_OPEN: u64 = 1;
const GROUP_CHECKSUM: u64 = 2;
const GROUP_HAS_COPIES: u64 = 4;
const GROUP_MODEL: u64 = 8;

/// Segments that a block may have beyond one for each KiB of its group.
const SEGMENTS_SPARE: u64 = 64;

/// The GROUP record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GroupHead {
    /// The lengths are bounds: the group ends where another GROUP, INDEX or FOOTER starts.
    pub(crate) open: bool,
    pub(crate) codec: CodecId,
    pub(crate) ensemble: u8,
    pub(crate) arg: u32,
    /// In the order in which the encoder applied them.
    pub(crate) filters: Vec<FilterSpec>,
    /// Bytes of output.
    pub(crate) out_len: u64,
    /// Bytes of output that the codec yields; the rest are copies of earlier output.
    pub(crate) literal_len: u64,
    /// The models that the codec is opened with, by the order of their MODEL records in the frame.
    pub(crate) models: Vec<u32>,
}

impl GroupHead {
    /// Appends the record's body. `checksum` repeats the header's flag, so that one flipped bit cannot switch tags off.
    pub(crate) fn write(&self, checksum: bool, body: &mut Vec<u8>) {
        let has_copies = self.literal_len != self.out_len;
        let mut flags = 0;
        for (set, flag) in [
            (self.open, GROUP_OPEN),
            (checksum, GROUP_CHECKSUM),
            (has_copies, GROUP_HAS_COPIES),
            (!self.models.is_empty(), GROUP_MODEL),
        ] {
            if set {
                flags |= flag;
            }
        }
        put_varint(body, flags);
        body.push(self.codec as u8);
        body.push(self.ensemble);
        put_varint(body, u64::from(self.arg));
        body.push(self.filters.len() as u8);
        for spec in &self.filters {
            body.push(spec.id);
            put_varint(body, u64::from(spec.param));
        }
        put_varint(body, self.out_len);
        if has_copies {
            put_varint(body, self.literal_len);
        }
        if !self.models.is_empty() {
            write_indices(&self.models, body);
        }
    }

    /// Reads the record's body; `bound` and `checksum` are the header's.
    pub(crate) fn parse(body: &[u8], bound: u64, checksum: bool) -> Result<GroupHead> {
        let mut cursor = Cursor::new(body);
        let flags = cursor.varint("group flags")?;
        if flags & !(GROUP_OPEN | GROUP_CHECKSUM | GROUP_HAS_COPIES | GROUP_MODEL) != 0 {
            return Err(Error::Unsupported { what: "group flags", value: flags });
        }
        if (flags & GROUP_CHECKSUM != 0) != checksum {
            return Err(cursor.corrupt("header and group disagree about checksums"));
        }
        let codec = CodecId::from_number(cursor.u8("codec")?)?;
        let ensemble = cursor.u8("ensemble")?;
        let arg = cursor.varint_u32("codec argument")?;
        let count = usize::from(cursor.u8("filter count")?);
        if count > filter::CHAIN_MAX {
            return Err(cursor.corrupt("too many filters"));
        }
        let mut filters = Vec::with_capacity(count);
        for _ in 0..count {
            let id = cursor.u8("filter")?;
            filters.push(FilterSpec { id, param: cursor.varint_u32("filter parameter")? }.checked()?);
        }
        let out_len = cursor.varint("group length")?;
        if out_len == 0 || out_len > bound {
            return Err(cursor.corrupt("group length is zero or beyond the frame's bound"));
        }
        let literal_len = if flags & GROUP_HAS_COPIES != 0 { cursor.varint("coded length")? } else { out_len };
        if literal_len > out_len {
            return Err(cursor.corrupt("a group codes more than it yields"));
        }
        let models = if flags & GROUP_MODEL != 0 { parse_indices(&mut cursor)? } else { Vec::new() };
        cursor.end("bytes behind the group's fields")?;
        Ok(GroupHead { open: flags & GROUP_OPEN != 0, codec, ensemble, arg, filters, out_len, literal_len, models })
    }

    /// What the codec is opened with.
    pub(crate) fn params(&self, level: u8) -> Params {
        // Bounded by the header's group bound, which fits 31 bits.
        Params { level, ensemble: self.ensemble, arg: self.arg, group_len: self.literal_len as usize }
    }

    /// Bytes of memory that decoding this group takes at most, its output included.
    pub(crate) fn memory(&self) -> u64 {
        let largest_block =
            if self.codec.is_whole_group() { self.out_len } else { self.out_len.min(SEGMENT_MAX as u64) };
        codec::decode_memory(self.codec, &self.params(0)) + 2 * largest_block
    }
}

/// A run of output: coded in the block's payload, or a copy of earlier output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Bytes of output, 1 to [`SEGMENT_MAX`].
    pub(crate) len: u32,
    /// How far before the segment's own start its source lies; at least `len`. 0 where the segment is coded.
    pub(crate) distance: u64,
    /// Meaningful where the frame has checksums.
    pub(crate) tag: [u8; TAG_LEN],
}

impl Segment {
    pub(crate) fn is_copy(&self) -> bool {
        self.distance != 0
    }
}

/// The head of a BLOCK record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BlockHead {
    /// The payload is the coded bytes as they are; codec and filters neither see it nor change their state.
    pub(crate) raw: bool,
    /// Offset in the frame's output.
    pub(crate) offset: u64,
    pub(crate) segments: Vec<Segment>,
}

impl BlockHead {
    pub(crate) fn out_len(&self) -> u64 {
        self.segments.iter().map(|s| u64::from(s.len)).sum()
    }

    pub(crate) fn literal_len(&self) -> u64 {
        self.segments.iter().filter(|s| !s.is_copy()).map(|s| u64::from(s.len)).sum()
    }

    /// Each segment with its offset in the frame's output.
    pub(crate) fn placed(&self) -> impl Iterator<Item = (u64, &Segment)> {
        self.segments.iter().scan(self.offset, |offset, segment| {
            let start = *offset;
            *offset += u64::from(segment.len);
            Some((start, segment))
        })
    }

    /// Appends the table that precedes the payload.
    pub(crate) fn write(&self, checksum: bool, body: &mut Vec<u8>) {
        put_varint(body, (self.segments.len() as u64) << 1 | u64::from(self.raw));
        for segment in &self.segments {
            put_varint(body, u64::from(segment.len) << 1 | u64::from(segment.is_copy()));
            if segment.is_copy() {
                put_varint(body, segment.distance);
            }
            if checksum {
                body.extend_from_slice(&segment.tag);
            }
        }
    }

    /// Splits a record's body into table and payload. `left` is what the group may still yield.
    pub(crate) fn parse(body: &[u8], offset: u64, left: u64, checksum: bool) -> Result<(BlockHead, &[u8])> {
        let mut cursor = Cursor::new(body);
        let word = cursor.varint("segment count")?;
        let count = word >> 1;
        if count == 0 || count > SEGMENTS_SPARE + (left >> 10) {
            return Err(cursor.corrupt("segment count is zero or too large"));
        }
        let mut segments = Vec::new();
        let mut total = 0u64;
        for _ in 0..count {
            let word = cursor.varint("segment length")?;
            let len = word >> 1;
            if len == 0 || len > SEGMENT_MAX as u64 {
                return Err(cursor.corrupt("segment length is zero or too large"));
            }
            total += len;
            if total > left {
                return Err(cursor.corrupt("segments run past the end of their group"));
            }
            let distance = if word & 1 != 0 { cursor.varint("copy distance")? } else { 0 };
            if word & 1 != 0 && distance < len {
                return Err(cursor.corrupt("a copy overlaps itself"));
            }
            let mut tag = [0; TAG_LEN];
            if checksum {
                tag.copy_from_slice(cursor.take(TAG_LEN, "segment tag")?);
            }
            segments.push(Segment { len: len as u32, distance, tag });
        }
        let head = BlockHead { raw: word & 1 != 0, offset, segments };
        let payload = cursor.rest();
        if head.literal_len() == 0 && !payload.is_empty() {
            return Err(Error::corrupt("a payload without coded segments"));
        }
        Ok((head, payload))
    }
}

/// Decodes the blocks of one group, in order.
pub(crate) struct GroupDecoder {
    head: GroupHead,
    checksum: bool,
    codec: Box<dyn BlockCodec>,
    /// Coded bytes yielded so far.
    done: u64,
}

impl GroupDecoder {
    /// `models` are those that `head` names.
    pub(crate) fn open(head: &GroupHead, models: &[Model], checksum: bool, limits: &Limits) -> Result<GroupDecoder> {
        let codec = codec::open_with(head.codec, &head.params(0), models, limits)?;
        Ok(GroupDecoder { head: head.clone(), checksum, codec, done: 0 })
    }

    /// The coded bytes of a block, their tags checked.
    pub(crate) fn decode(&mut self, block: &BlockHead, payload: &[u8]) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let len = block.literal_len();
        if len == 0 {
            return Ok(out);
        }
        if len > self.head.literal_len - self.done {
            return Err(Error::corrupt("blocks code more than their group says"));
        }
        let whole = self.head.codec.is_whole_group();
        if !block.raw && (whole && len != self.head.literal_len || !whole && len > SEGMENT_MAX as u64) {
            return Err(Error::corrupt("a block has not the length that its codec calls for"));
        }
        let len = len as usize;
        out.try_reserve_exact(len).map_err(|_| Error::OutOfMemory { bytes: len as u64 })?;
        if block.raw {
            if payload.len() != len {
                return Err(Error::corrupt("a raw payload has the wrong length"));
            }
            out.extend_from_slice(payload);
        } else {
            self.codec.decode(payload, len, &mut out)?;
            if out.len() != len {
                return Err(Error::corrupt("a codec yielded the wrong number of bytes"));
            }
            filter::undo(&self.head.filters, &mut out, self.done)?;
        }
        self.done += len as u64;
        if self.checksum {
            check_tags(block, &out)?;
        }
        Ok(out)
    }
}

/// Checks the tags of a block's coded segments, whose bytes are `literals`.
fn check_tags(block: &BlockHead, mut literals: &[u8]) -> Result<()> {
    for (offset, segment) in block.placed().filter(|(_, s)| !s.is_copy()) {
        let (bytes, rest) = literals.split_at(segment.len as usize);
        check_tag(bytes, offset, segment)?;
        literals = rest;
    }
    Ok(())
}

/// Checks one segment's bytes against its tag.
pub(crate) fn check_tag(bytes: &[u8], offset: u64, segment: &Segment) -> Result<()> {
    if segment_tag(&blake3::hash(bytes), offset) == segment.tag { Ok(()) } else { Err(Error::HashMismatch { offset }) }
}
