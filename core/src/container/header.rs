//! HEADER, the first record of a frame: what a decoder must be ready for.

use super::wire::{Cursor, put_varint};
use crate::error::{Error, Result};

const FLAG_CHECKSUM: u64 = 1;
const FLAG_LENGTH: u64 = 2;
const FLAG_SEALED: u64 = 4;
const FLAG_ARCHIVE: u64 = 8;

/// Largest `window_log` that the format can say.
const WINDOW_LOG_MAX: u8 = 62;
/// No frame may have groups larger than this: codecs index them with 31 bits.
pub(crate) const GROUP_BOUND_MAX: u64 = 1 << 30;

/// What the frame needs and whether its length is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Every segment carries a tag.
    pub(crate) checksum: bool,
    /// The frame is a generation of an archive.
    pub(crate) archive: bool,
    /// Log2 of how far back copies reach, in bytes of output; 0 where the frame has no copies.
    pub(crate) window_log: u8,
    /// Largest group, in bytes of output.
    pub(crate) group_bound: u64,
    /// Bytes of output, where the encoder knew them.
    pub(crate) content_length: Option<u64>,
}

impl Header {
    /// How far back copies reach, in bytes.
    pub(crate) fn window(&self) -> u64 {
        if self.window_log == 0 { 0 } else { 1 << self.window_log }
    }

    /// The longest body of a block: a group that did not shrink, its segment table, and what a codec may add.
    pub(crate) fn block_max(&self) -> u64 {
        self.group_bound + self.group_bound / 16 + (1 << 16)
    }

    pub(crate) fn write(&self, body: &mut Vec<u8>) {
        let mut flags = 0;
        if self.checksum {
            flags |= FLAG_CHECKSUM;
        }
        if self.content_length.is_some() {
            flags |= FLAG_LENGTH;
        }
        if self.archive {
            flags |= FLAG_ARCHIVE;
        }
        put_varint(body, flags);
        body.push(self.window_log);
        put_varint(body, self.group_bound);
        if let Some(length) = self.content_length {
            put_varint(body, length);
        }
    }

    pub(crate) fn parse(body: &[u8]) -> Result<Header> {
        let mut cursor = Cursor::new(body);
        let flags = cursor.varint("header flags")?;
        if flags & FLAG_SEALED != 0 {
            return Err(cursor.corrupt("a sealed header says more than that"));
        }
        if flags & !(FLAG_CHECKSUM | FLAG_LENGTH | FLAG_ARCHIVE) != 0 {
            return Err(Error::Unsupported { what: "header flags", value: flags });
        }
        let window_log = cursor.u8("window")?;
        if window_log > WINDOW_LOG_MAX {
            return Err(cursor.corrupt("the copy window is too large"));
        }
        let group_bound = cursor.varint("group bound")?;
        if group_bound > GROUP_BOUND_MAX {
            return Err(cursor.corrupt("the group bound is too large"));
        }
        let content_length = if flags & FLAG_LENGTH != 0 { Some(cursor.varint("content length")?) } else { None };
        cursor.end("bytes behind the header's fields")?;
        let (checksum, archive) = (flags & FLAG_CHECKSUM != 0, flags & FLAG_ARCHIVE != 0);
        if archive && (!checksum || window_log != 0 || content_length.is_some()) {
            return Err(Error::corrupt("an archive's header is not possible"));
        }
        Ok(Header { checksum, archive, window_log, group_bound, content_length })
    }
}
