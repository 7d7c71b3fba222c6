//! The visible front of a sealed frame: a HEADER that says no more than "sealed", and the SEAL record.

use super::{KEY, Purpose, Suite, TAG};
use crate::container::FORMAT_VERSION;
use crate::container::record::{RecordType, peek_record, put_record};
use crate::container::wire::{Cursor, put_varint};
use crate::error::{Error, Result};

/// How every sealed frame starts: magic, version, and a HEADER of flag 4, no window and no groups.
pub(crate) const FRONT: [u8; 10] = [0xF6, b'V', b'A', b'T', FORMAT_VERSION, RecordType::Header as u8, 3, 4, 0, 0];
/// Most stanzas of a SEAL record.
const STANZAS_MAX: usize = 64;
const PURPOSE_FRAME: u8 = 0;
const PURPOSE_GENERATION: u8 = 1;

/// One way to the data key: the kind, and a body that only this kind understands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stanza {
    pub(crate) kind: u8,
    pub(crate) body: Vec<u8>,
}

impl Stanza {
    /// Wrapped by a raw key.
    pub(crate) const RAW: u8 = 1;
    /// Wrapped by a password.
    pub(crate) const PASSWORD: u8 = 2;
    /// An age file that holds the data key.
    pub(crate) const AGE: u8 = 3;
}

/// The SEAL record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SealHead {
    pub(crate) suite: Suite,
    pub(crate) purpose: Purpose,
    pub(crate) salt: [u8; KEY],
    pub(crate) commitment: [u8; KEY],
    pub(crate) stanzas: Vec<Stanza>,
    pub(crate) mac: [u8; KEY],
}

impl SealHead {
    /// The fields that the segment key is bound to, as they are written.
    pub(crate) fn binding(&self) -> Vec<u8> {
        let mut out = vec![self.suite as u8];
        match &self.purpose {
            Purpose::Frame => out.push(PURPOSE_FRAME),
            Purpose::Generation { archive, generation, previous } => {
                out.push(PURPOSE_GENERATION);
                out.extend_from_slice(archive);
                out.extend_from_slice(&generation.to_le_bytes());
                out.extend_from_slice(previous);
            }
        }
        out.extend_from_slice(&self.salt);
        out
    }

    /// Everything that the MAC covers: the record's body up to it.
    pub(crate) fn covered(&self) -> Vec<u8> {
        let mut out = self.binding();
        out.extend_from_slice(&self.commitment);
        put_varint(&mut out, self.stanzas.len() as u64);
        for stanza in &self.stanzas {
            out.push(stanza.kind);
            put_varint(&mut out, stanza.body.len() as u64);
            out.extend_from_slice(&stanza.body);
        }
        out
    }

    /// The archive, its generation and the previous one's last tag; `None` for a frame.
    pub(crate) fn generation(&self) -> Option<([u8; 16], u32, [u8; TAG])> {
        match self.purpose {
            Purpose::Frame => None,
            Purpose::Generation { archive, generation, previous } => Some((archive, generation, previous)),
        }
    }

    /// Appends the record.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut body = self.covered();
        body.extend_from_slice(&self.mac);
        put_record(out, RecordType::Seal, &body);
    }

    /// Reads the record's body.
    pub(crate) fn parse(body: &[u8]) -> Result<SealHead> {
        let mut cursor = Cursor::new(body);
        let suite = Suite::from_number(cursor.u8("cipher suite")?)?;
        let purpose = match cursor.u8("purpose of the seal")? {
            PURPOSE_FRAME => Purpose::Frame,
            PURPOSE_GENERATION => Purpose::Generation {
                archive: array(&mut cursor, "archive id")?,
                generation: u32::from_le_bytes(array(&mut cursor, "generation")?),
                previous: array::<TAG>(&mut cursor, "previous tag")?,
            },
            other => return Err(Error::Unsupported { what: "purpose of a seal", value: u64::from(other) }),
        };
        let salt = array(&mut cursor, "salt")?;
        let commitment = array(&mut cursor, "key commitment")?;
        let count = cursor.varint("stanza count")?;
        if count == 0 || count > STANZAS_MAX as u64 {
            return Err(cursor.corrupt("stanza count is zero or too large"));
        }
        let mut stanzas = Vec::new();
        for _ in 0..count {
            let kind = cursor.u8("stanza")?;
            let len = usize::try_from(cursor.varint("stanza length")?).unwrap_or(usize::MAX);
            stanzas.push(Stanza { kind, body: cursor.take(len, "stanza")?.to_vec() });
        }
        if stanzas.iter().filter(|stanza| stanza.kind == Stanza::PASSWORD).count() > 1 {
            return Err(cursor.corrupt("more than one password stanza"));
        }
        let mac = array(&mut cursor, "MAC of the seal")?;
        cursor.end("bytes behind the seal's fields")?;
        Ok(SealHead { suite, purpose, salt, commitment, stanzas, mac })
    }
}

fn array<const N: usize>(cursor: &mut Cursor<'_>, what: &'static str) -> Result<[u8; N]> {
    let mut out = [0; N];
    out.copy_from_slice(cursor.take(N, what)?);
    Ok(out)
}

/// The SEAL record at the front of `bytes` and its length; `Ok(None)` where more bytes are needed.
pub(crate) fn peek_seal(bytes: &[u8]) -> Result<Option<(SealHead, usize)>> {
    let Some(head) = peek_record(bytes, 0)? else { return Ok(None) };
    if head.kind != Some(RecordType::Seal) {
        return Err(Error::corrupt("a sealed frame without its seal"));
    }
    let end = head.head_len + head.body_len as usize;
    let Some(body) = bytes.get(head.head_len..end) else { return Ok(None) };
    Ok(Some((SealHead::parse(body).map_err(|err| err.at(head.head_len as u64))?, end)))
}
