//! Sealing and opening as a stream: [`Sealer`] takes the plain bytes of records and gives out segments, [`Opener`] takes
//! segments, one record each, and gives out what is authentic.

use super::crypto::Cipher;
use super::head::{FRONT, SealHead};
use super::keyring::DataKey;
use super::{NUMBER, Purpose, SEGMENT, TAG, TRAILER, nonce};
use crate::container::footer::END_MAGIC;
use crate::container::record::RecordType;
use crate::container::wire::put_varint;
use crate::error::{Error, Result};
use zeroize::Zeroize;

/// The writing side of one sealed frame or generation.
pub(crate) struct Sealer {
    cipher: Cipher,
    number: u32,
    /// Plain bytes before `pending`.
    offset: u64,
    /// Plain bytes of the segment under way.
    pending: Vec<u8>,
    /// Bytes of the sealed frame so far.
    written: u64,
    /// The SEAL record of a generation, which stands at both of its ends.
    copy: Vec<u8>,
}

impl Sealer {
    /// Starts a stream of `purpose`, and writes its visible front.
    pub(crate) fn start(key: &DataKey, purpose: Purpose, out: &mut Vec<u8>) -> Result<Sealer> {
        let head = key.start(purpose)?;
        let from = out.len();
        out.extend_from_slice(&FRONT);
        head.write(out);
        let written = (out.len() - from) as u64;
        let copy = if purpose == Purpose::Frame { Vec::new() } else { out[from + FRONT.len()..].to_vec() };
        Ok(Sealer { cipher: key.cipher(&head)?, number: 0, offset: 0, pending: Vec::new(), written, copy })
    }

    /// Takes plain bytes; segments that are certain not to be the last are written.
    pub(crate) fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        while !bytes.is_empty() {
            if self.pending.len() == SEGMENT {
                self.segment(false, out)?;
            }
            let (now, rest) = bytes.split_at(bytes.len().min(SEGMENT - self.pending.len()));
            self.pending.extend_from_slice(now);
            bytes = rest;
        }
        Ok(())
    }

    /// Writes what has been taken, so that a reader can have it.
    pub(crate) fn flush(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if self.pending.is_empty() { Ok(()) } else { self.segment(false, out) }
    }

    /// Writes the last segment; its tag is what the next generation of an archive is bound to.
    pub(crate) fn finish(mut self, out: &mut Vec<u8>) -> Result<[u8; TAG]> {
        out.extend_from_slice(&self.copy);
        self.written += self.copy.len() as u64;
        self.segment(true, out)?;
        let mut tag = [0; TAG];
        tag.copy_from_slice(&out[out.len() - TRAILER - TAG..][..TAG]);
        Ok(tag)
    }

    fn segment(&mut self, last: bool, out: &mut Vec<u8>) -> Result<()> {
        let len = NUMBER + self.pending.len() + TAG + if last { TRAILER } else { 0 };
        out.try_reserve(len + 8).map_err(|_| Error::OutOfMemory { bytes: len as u64 })?;
        let from = out.len();
        out.push(if last { RecordType::SealedEnd } else { RecordType::Sealed } as u8);
        put_varint(out, len as u64);
        out.extend_from_slice(&self.number.to_le_bytes());
        let start = out.len();
        out.extend_from_slice(&self.pending);
        let tag = self.cipher.seal(&nonce(self.number, last), &self.offset.to_le_bytes(), &mut out[start..])?;
        out.extend_from_slice(&tag);
        self.written += (out.len() - from) as u64;
        if last {
            self.written += TRAILER as u64;
            out.extend_from_slice(&self.written.to_le_bytes());
            out.extend_from_slice(&END_MAGIC);
        } else {
            self.number = self.number.checked_add(1).ok_or(Error::Misuse("a sealed stream is too long"))?;
        }
        self.offset += self.pending.len() as u64;
        self.pending.zeroize();
        Ok(())
    }
}

/// The reading side.
pub(crate) struct Opener {
    cipher: Cipher,
    /// The number that comes next, and the offset of its plain bytes.
    number: u32,
    offset: u64,
}

impl Opener {
    pub(crate) fn new(key: &DataKey, head: &SealHead) -> Result<Opener> {
        Ok(Opener { cipher: key.cipher(head)?, number: 0, offset: 0 })
    }

    /// Appends the plain bytes of the next segment, whose record of this kind has this body; whether it is the last.
    /// `before` are the bytes of the frame in front of the record, `head_len` those of the record in front of its body.
    pub(crate) fn open(
        &mut self,
        kind: RecordType,
        body: &[u8],
        before: u64,
        head_len: u64,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        let last = kind == RecordType::SealedEnd;
        let segment = Segment::parse(kind, body).map_err(|err| err.at(head_len))?;
        if segment.number != self.number {
            return Err(Error::Tampered { what: "the order of sealed segments", offset: head_len });
        }
        if segment.frame_len.is_some_and(|len| len != before + head_len + body.len() as u64) {
            return Err(Error::Tampered { what: "the length of a sealed frame", offset: head_len });
        }
        segment.open(&self.cipher, last, self.offset, out).map_err(|err| err.at(head_len))?;
        self.offset += segment.ciphertext.len() as u64;
        if !last {
            self.number = self.number.checked_add(1).ok_or(Error::corrupt("a sealed stream is too long"))?;
        }
        Ok(last)
    }
}

/// A sealed segment taken apart.
pub(super) struct Segment<'a> {
    pub(super) number: u32,
    ciphertext: &'a [u8],
    tag: &'a [u8; TAG],
    /// In the last segment: bytes of the whole frame.
    pub(super) frame_len: Option<u64>,
}

impl<'a> Segment<'a> {
    /// The body of a record of this kind. Only a last segment may be empty.
    pub(super) fn parse(kind: RecordType, body: &'a [u8]) -> Result<Segment<'a>> {
        let wrong = || Error::corrupt("a sealed segment has the wrong length");
        let (body, frame_len) = match kind {
            RecordType::Sealed => (body, None),
            RecordType::SealedEnd => {
                let (rest, magic) = body.split_last_chunk::<2>().ok_or_else(wrong)?;
                let (rest, len) = rest.split_last_chunk::<8>().ok_or_else(wrong)?;
                if *magic != END_MAGIC {
                    return Err(Error::corrupt("the frame's last bytes are wrong"));
                }
                (rest, Some(u64::from_le_bytes(*len)))
            }
            _ => return Err(Error::corrupt("a record that is not sealed in a sealed frame")),
        };
        let (number, rest) = body.split_first_chunk::<NUMBER>().ok_or_else(wrong)?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG>().ok_or_else(wrong)?;
        if ciphertext.len() > SEGMENT || ciphertext.is_empty() && frame_len.is_none() {
            return Err(wrong());
        }
        Ok(Segment { number: u32::from_le_bytes(*number), ciphertext, tag, frame_len })
    }

    /// Appends the plain bytes, if they are authentic, the last or not, and stand at `offset` of all plain bytes.
    pub(super) fn open(&self, cipher: &Cipher, last: bool, offset: u64, out: &mut Vec<u8>) -> Result<()> {
        let len = self.ciphertext.len();
        out.try_reserve(len).map_err(|_| Error::OutOfMemory { bytes: len as u64 })?;
        let start = out.len();
        out.extend_from_slice(self.ciphertext);
        if cipher.open(&nonce(self.number, last), &offset.to_le_bytes(), &mut out[start..], self.tag) {
            return Ok(());
        }
        out.truncate(start);
        Err(Error::Tampered { what: "a sealed segment", offset: 0 })
    }
}
