//! INDEX and FOOTER: where the groups are, and how to find that from the end of a file.

use super::wire::{Cursor, put_varint};
use crate::error::Result;

/// Last bytes of a full frame.
pub(crate) const END_MAGIC: [u8; 2] = [b'v', 0xF6];
/// Frames with less output than this carry no index.
pub(crate) const INDEX_MIN_OUTPUT: u64 = 64 << 10;

/// One group in the INDEX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IndexEntry {
    /// Bytes from the start of the group's GROUP record to the start of the next group's, or to the INDEX record.
    pub(crate) packed: u64,
    /// Bytes of output.
    pub(crate) out_len: u64,
}

/// Appends the body of an INDEX record. `first` is the offset of the first GROUP record in the frame.
pub(crate) fn write_index(first: u64, entries: &[IndexEntry], body: &mut Vec<u8>) {
    put_varint(body, first);
    for entry in entries {
        put_varint(body, entry.packed);
        put_varint(body, entry.out_len);
    }
}

/// Reads the body of an INDEX record.
pub(crate) fn parse_index(body: &[u8]) -> Result<(u64, Vec<IndexEntry>)> {
    let mut cursor = Cursor::new(body);
    let first = cursor.varint("index")?;
    let mut entries = Vec::new();
    while !cursor.is_empty() {
        let packed = cursor.varint("index entry")?;
        entries.push(IndexEntry { packed, out_len: cursor.varint("index entry")? });
    }
    Ok((first, entries))
}

/// The FOOTER record's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Footer {
    /// Bytes of output of the whole frame.
    pub(crate) content_length: u64,
    /// Bytes of the frame before the FOOTER record.
    pub(crate) frame_length: u64,
    /// Bytes from the start of the INDEX record to that of the FOOTER record; 0 where there is no index.
    pub(crate) index_distance: u64,
}

impl Footer {
    /// Appends the record's body; `record_len` of it counts from the record's type byte to the frame's end.
    pub(crate) fn write(&self, body: &mut Vec<u8>) {
        put_varint(body, self.content_length);
        put_varint(body, self.frame_length);
        put_varint(body, self.index_distance);
        // Type and length byte stand before the body; the body never reaches 128 bytes.
        body.push((2 + body.len() + 1 + END_MAGIC.len()) as u8);
        body.extend_from_slice(&END_MAGIC);
    }

    pub(crate) fn parse(body: &[u8]) -> Result<Footer> {
        let mut cursor = Cursor::new(body);
        let content_length = cursor.varint("content length")?;
        let frame_length = cursor.varint("frame length")?;
        let index_distance = cursor.varint("index distance")?;
        if usize::from(cursor.u8("footer length")?) != body.len() + 2 {
            return Err(cursor.corrupt("the footer's length is wrong"));
        }
        if cursor.take(END_MAGIC.len(), "end of frame")? != END_MAGIC {
            return Err(cursor.corrupt("the frame's last bytes are wrong"));
        }
        cursor.end("bytes behind the footer's fields")?;
        Ok(Footer { content_length, frame_length, index_distance })
    }
}
