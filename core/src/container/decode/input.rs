//! What has been fed to a decoder and not been parsed yet: the bytes of the file, and those that were sealed in it.

use crate::container::record::{RecordType, peek_record};
use crate::container::seal::stream::Opener;
use crate::error::{Error, Result};

/// Packed bytes that have been fed and not yet parsed.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) bytes: Vec<u8>,
    pub(super) pos: usize,
    /// Offset of `bytes[pos]` in the whole input.
    pub(super) offset: u64,
    pub(super) ended: bool,
}

impl Input {
    pub(super) fn unread(&self) -> &[u8] {
        &self.bytes[self.pos..]
    }

    pub(super) fn consume(&mut self, count: usize) {
        self.pos += count;
        self.offset += count as u64;
    }

    /// Forgets what has been read, once it is more than what has not.
    pub(super) fn make_room(&mut self) {
        if self.pos > self.bytes.len() / 2 {
            self.bytes.drain(..self.pos);
            self.pos = 0;
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<()> {
        self.make_room();
        self.bytes.try_reserve(bytes.len()).map_err(|_| Error::OutOfMemory { bytes: bytes.len() as u64 })?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}

/// The sealed frame that is being read. [`FrameDecoder::input`] then holds its plain bytes.
pub(super) struct Opening {
    /// Bytes of the file.
    pub(super) outer: Input,
    pub(super) opener: Opener,
    /// Input offset of the frame's first byte.
    pub(super) start: u64,
    /// Whether the last segment has been opened.
    pub(super) complete: bool,
}

impl Opening {
    /// Opens the next segment into `plain`, if it is there as a whole.
    pub(super) fn step(&mut self, plain: &mut Input) -> Result<bool> {
        let bytes = self.outer.unread();
        let Some(head) = peek_record(bytes, 0)? else { return Ok(false) };
        let Some(kind @ (RecordType::Sealed | RecordType::SealedEnd)) = head.kind else {
            return Err(Error::corrupt("a record that is not sealed in a sealed frame"));
        };
        let end = head.head_len + head.body_len as usize;
        let Some(body) = bytes.get(head.head_len..end) else { return Ok(false) };
        plain.make_room();
        let before = self.outer.offset - self.start;
        self.complete = self.opener.open(kind, body, before, head.head_len as u64, &mut plain.bytes)?;
        self.outer.consume(end);
        Ok(true)
    }
}
