//! The wire format: frames of typed, length-prefixed records. `docs/format.md` is its specification.
//!
//! A frame is written and read as a pure stream. Bytes of output are organised twice: *groups* (codec state starts
//! afresh; the unit of threads and of random access) hold *segments* (at most 1 MiB; the unit of integrity, and of
//! deduplication: a segment can be a copy of earlier output). Rooms: [`wire`] numbers, [`record`] framing,
//! [`header`], [`models`], [`group`], [`footer`] and [`tiny`] the tables, [`encode`] and [`decode`] the two state machines,
//! [`walk`] and [`seek`] for whoever has the whole file, [`seal`] what wraps a frame so that only owners of a key read it.

pub(crate) mod batch;
pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod footer;
pub(crate) mod group;
pub(crate) mod header;
pub(crate) mod history;
pub(crate) mod models;
pub(crate) mod pack;
pub(crate) mod record;
pub(crate) mod seal;
pub(crate) mod seek;
pub(crate) mod stream;
pub(crate) mod tiny;
pub(crate) mod walk;
pub(crate) mod wire;

/// First bytes of a full frame. 0xF6 is never part of UTF-8, so no text is mistaken for a frame.
pub(crate) const MAGIC: [u8; 4] = [0xF6, b'V', b'A', b'T'];
/// Version of the format that follows the magic of a full frame.
pub const FORMAT_VERSION: u8 = 0;
/// Most bytes of output in a segment.
pub const SEGMENT_MAX: usize = 1 << 20;
/// Bytes of a segment's tag.
pub(crate) const TAG_LEN: usize = 16;

/// The tag of a segment: the first bytes of BLAKE3 over the segment's own BLAKE3 hash and its offset in the frame's output
/// (8 bytes, little-endian). The offset binds the segment to its place, so that a lost or moved record is noticed.
pub(crate) fn segment_tag(hash: &blake3::Hash, offset: u64) -> [u8; TAG_LEN] {
    let mut message = [0u8; 40];
    message[..32].copy_from_slice(hash.as_bytes());
    message[32..].copy_from_slice(&offset.to_le_bytes());
    let mut tag = [0u8; TAG_LEN];
    tag.copy_from_slice(&blake3::hash(&message).as_bytes()[..TAG_LEN]);
    tag
}
