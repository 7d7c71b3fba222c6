//! Records: `type (1 byte) | length (varint) | body`. Bit 7 of the type says that a decoder must understand the record.

use super::seal;
use super::wire::{peek_varint, put_varint};
use crate::error::{Error, Result};

/// Bit 7 of a record's type: a decoder that does not know the record must stop.
const CRITICAL: u8 = 0x80;
/// Longest body of a record that is held in memory and is no block.
const SMALL_BODY_MAX: u64 = 1 << 16;

/// Longest body of a sealed segment.
const SEALED_BODY_MAX: u64 = (seal::NUMBER + seal::SEGMENT + seal::TAG + seal::TRAILER) as u64;

/// The records of format version 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum RecordType {
    /// First of a frame: what the decoder must provide.
    Header = 0x81,
    /// A model that groups use, by id or whole.
    Model = 0x82,
    /// Starts a group: codec, parameters, filters, length.
    Group = 0x83,
    /// Segments of the open group and the payload of one codec block.
    Block = 0x84,
    /// Behind the header of a sealed frame: what is needed to open it.
    Seal = 0x86,
    /// A segment of a sealed frame that is not its last.
    Sealed = 0x8D,
    /// The last segment of a sealed frame.
    SealedEnd = 0x8E,
    /// Where the groups are; for seeking only.
    Index = 0x07,
    /// The encoder paused here: everything before can be decoded now.
    Flush = 0x08,
    /// Last of a frame.
    Footer = 0x89,
    /// Which archive and generation this is.
    Archive = 0x8A,
    /// Starts a unit of an archive.
    Unit = 0x8B,
    /// Last of a generation.
    End = 0x8C,
}

impl RecordType {
    const ALL: [RecordType; 13] = [
        RecordType::Header,
        RecordType::Model,
        RecordType::Group,
        RecordType::Block,
        RecordType::Seal,
        RecordType::Sealed,
        RecordType::SealedEnd,
        RecordType::Index,
        RecordType::Flush,
        RecordType::Footer,
        RecordType::Archive,
        RecordType::Unit,
        RecordType::End,
    ];
}

/// Type and length of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RecordHead {
    /// `None` for an unknown record that may be skipped.
    pub(crate) kind: Option<RecordType>,
    /// Bytes of the type and length fields.
    pub(crate) head_len: usize,
    /// Bytes of the body.
    pub(crate) body_len: u64,
}

/// Appends a record with this body.
pub(crate) fn put_record(out: &mut Vec<u8>, kind: RecordType, body: &[u8]) {
    out.push(kind as u8);
    put_varint(out, body.len() as u64);
    out.extend_from_slice(body);
}

/// Reads a record's head from the front of `bytes`; `Ok(None)` where more bytes are needed. `block_max` is the longest body
/// that a block may have in this frame.
///
/// # Errors
/// An unknown critical record, a known one with the wrong critical bit, or a length beyond what such a record may have.
pub(crate) fn peek_record(bytes: &[u8], block_max: u64) -> Result<Option<RecordHead>> {
    let Some(&code) = bytes.first() else { return Ok(None) };
    let kind = RecordType::ALL.into_iter().find(|&kind| kind as u8 == code);
    if kind.is_none() {
        if RecordType::ALL.into_iter().any(|kind| kind as u8 == code ^ CRITICAL) {
            return Err(Error::corrupt("a record's critical bit is wrong"));
        }
        if code & CRITICAL != 0 {
            return Err(Error::Unsupported { what: "critical record", value: u64::from(code) });
        }
    }
    let Some((body_len, varint_len)) = peek_varint(&bytes[1..]).map_err(|err| err.at(1))? else { return Ok(None) };
    let max = match kind {
        Some(RecordType::Block) => block_max,
        Some(RecordType::Index | RecordType::Model) | None => u64::MAX,
        Some(RecordType::Sealed | RecordType::SealedEnd) => SEALED_BODY_MAX,
        _ => SMALL_BODY_MAX,
    };
    if body_len > max {
        return Err(Error::Corrupt { what: "a record is longer than its type allows", offset: 1 });
    }
    Ok(Some(RecordHead { kind, head_len: 1 + varint_len, body_len }))
}
