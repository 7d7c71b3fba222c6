//! ARCHIVE, UNIT and END: the records that only archives have.

use super::STORE_MAX;
use crate::container::header::Header;
use crate::container::record::{RecordType, put_record};
use crate::container::wire::{Cursor, put_varint};
use crate::error::{Error, Result};

/// First bytes of every UNIT's body, chosen at random: how units are found in a damaged file.
pub(crate) const SYNC: [u8; 8] = [0xD6, 0x1F, 0x93, 0xE8, 0x5A, 0xC4, 0x07, 0xB1];
/// Last bytes of a generation, as of every frame.
pub(crate) const END_MAGIC: [u8; 2] = crate::container::footer::END_MAGIC;
/// Bytes of a check.
const CHECK_LEN: usize = 8;
/// Longest END record.
pub(crate) const END_MAX: usize = 255;

/// What a generation says of itself at both of its ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ident {
    pub(crate) id: [u8; 16],
    /// From 1.
    pub(crate) generation: u64,
    /// The tag of the previous generation's END; meaningless in the first.
    pub(crate) previous: [u8; 32],
    /// Address of the first content byte.
    pub(crate) base: u64,
}

impl Ident {
    fn write(&self, body: &mut Vec<u8>) {
        body.extend_from_slice(&self.id);
        put_varint(body, self.generation);
        if self.generation > 1 {
            body.extend_from_slice(&self.previous);
        }
        put_varint(body, self.base);
    }

    fn parse(cursor: &mut Cursor<'_>) -> Result<Ident> {
        let id = array(cursor, "archive id")?;
        let generation = cursor.varint("generation")?;
        if generation == 0 {
            return Err(cursor.corrupt("generations count from 1"));
        }
        let previous = if generation > 1 { array(cursor, "previous generation")? } else { [0; 32] };
        let base = bounded(cursor, "base")?;
        if generation == 1 && base != 0 {
            return Err(cursor.corrupt("the first generation does not start the store"));
        }
        Ok(Ident { id, generation, previous, base })
    }

    /// Appends the body of an ARCHIVE record, behind a HEADER with this body.
    pub(crate) fn write_archive(&self, header: &[u8], body: &mut Vec<u8>) {
        self.write(body);
        let check = check_of(&[header, body]);
        body.extend_from_slice(&check);
    }

    /// Reads the body of an ARCHIVE record.
    pub(crate) fn parse_archive(header: &[u8], body: &[u8]) -> Result<Ident> {
        let mut cursor = Cursor::new(body);
        let ident = Ident::parse(&mut cursor)?;
        finish_check(&mut cursor, &[header, front(body)], "the archive record is damaged")?;
        Ok(ident)
    }
}

/// What a unit holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum UnitKind {
    /// One group of content.
    Content = 0,
    /// A table of entries in front of their content.
    Part = 1,
    /// A table of entries with hashes, behind all content.
    Entries = 2,
    /// A table of content units and chunks.
    Places = 3,
}

impl UnitKind {
    const ALL: [UnitKind; 4] = [UnitKind::Content, UnitKind::Part, UnitKind::Entries, UnitKind::Places];
}

/// The UNIT record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) id: [u8; 8],
    pub(crate) generation: u64,
    pub(crate) number: u64,
    pub(crate) kind: UnitKind,
    /// In the store, or of the table's first row.
    pub(crate) address: u64,
    /// Bytes of records behind this one.
    pub(crate) packed: u64,
    /// Bytes of output of its groups.
    pub(crate) len: u64,
}

impl Unit {
    /// The first 8 bytes of an archive's id.
    pub(crate) fn short_id(id: &[u8; 16]) -> [u8; 8] {
        let mut short = [0; 8];
        short.copy_from_slice(&id[..8]);
        short
    }

    /// Appends the whole record.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut body = Vec::new();
        body.extend_from_slice(&SYNC);
        body.extend_from_slice(&self.id);
        put_varint(&mut body, self.generation);
        put_varint(&mut body, self.number);
        body.push(self.kind as u8);
        put_varint(&mut body, self.address);
        put_varint(&mut body, self.packed);
        put_varint(&mut body, self.len);
        let check = check_of(&[&body]);
        body.extend_from_slice(&check);
        put_record(out, RecordType::Unit, &body);
    }

    pub(crate) fn parse(body: &[u8]) -> Result<Unit> {
        let mut cursor = Cursor::new(body);
        if cursor.take(SYNC.len(), "sync bytes")? != SYNC {
            return Err(Error::corrupt("a unit without its sync bytes"));
        }
        let id = array(&mut cursor, "archive id")?;
        let generation = cursor.varint("generation")?;
        let number = cursor.varint("unit number")?;
        let kind = cursor.u8("unit kind")?;
        let address = bounded(&mut cursor, "unit address")?;
        let packed = bounded(&mut cursor, "packed length")?;
        let len = bounded(&mut cursor, "unit length")?;
        finish_check(&mut cursor, &[front(body)], "a unit's record is damaged")?;
        let known = UnitKind::ALL.into_iter().find(|&known| known as u8 == kind);
        let kind = known.ok_or(Error::Unsupported { what: "kind of unit", value: u64::from(kind) })?;
        Ok(Unit { id, generation, number, kind, address, packed, len })
    }

    /// What the tags of this unit's segments count from.
    pub(crate) fn tag_base(&self) -> u64 {
        match self.kind {
            UnitKind::Content => self.address,
            _ => table_tag_base(self.number),
        }
    }
}

/// What the tags of segments in table unit `number` count from.
pub(crate) fn table_tag_base(number: u64) -> u64 {
    (1u64 << 63).wrapping_add(number << 32)
}

/// The END record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) ident: Ident,
    pub(crate) group_bound: u64,
    /// Bytes of content units' output.
    pub(crate) content: u64,
    pub(crate) entries: u64,
    pub(crate) units: u64,
    /// Bytes of the generation before this record.
    pub(crate) length: u64,
    /// Bytes from the first unit of the index to this record.
    pub(crate) index_distance: u64,
    /// Of all bytes before this record.
    pub(crate) digest: [u8; 32],
}

impl End {
    /// Appends the whole record; gives its tag.
    pub(crate) fn write(&self, out: &mut Vec<u8>) -> [u8; 32] {
        let mut body = Vec::new();
        self.ident.write(&mut body);
        for value in [self.group_bound, self.content, self.entries, self.units, self.length, self.index_distance] {
            put_varint(&mut body, value);
        }
        body.extend_from_slice(&self.digest);
        let tag = *blake3::hash(&body).as_bytes();
        body.extend_from_slice(&tag);
        // Type, a length of one or two bytes, the body, and the three bytes from here on.
        let body_len = body.len() + 3;
        let record_len = 1 + if body_len < 0x80 { 1 } else { 2 } + body_len;
        body.push(record_len as u8);
        body.extend_from_slice(&END_MAGIC);
        put_record(out, RecordType::End, &body);
        tag
    }

    /// Reads the body; the record and its tag.
    pub(crate) fn parse(body: &[u8]) -> Result<(End, [u8; 32])> {
        let mut cursor = Cursor::new(body);
        let ident = Ident::parse(&mut cursor)?;
        let group_bound = cursor.varint("group bound")?;
        let content = bounded(&mut cursor, "content length")?;
        let entries = cursor.varint("count of entries")?;
        let units = cursor.varint("count of units")?;
        let length = bounded(&mut cursor, "generation length")?;
        let index_distance = cursor.varint("index distance")?;
        let digest = array(&mut cursor, "digest")?;
        let tagged = body.len() - cursor.clone().rest().len();
        let tag: [u8; 32] = array(&mut cursor, "tag")?;
        if blake3::hash(&body[..tagged]) != tag {
            return Err(Error::corrupt("the end of a generation is damaged"));
        }
        let head = if body.len() < 0x80 { 2 } else { 3 };
        if usize::from(cursor.u8("record length")?) != body.len() + head
            || cursor.take(END_MAGIC.len(), "end of generation")? != END_MAGIC
        {
            return Err(cursor.corrupt("the last bytes of a generation are wrong"));
        }
        cursor.end("bytes behind a generation's end")?;
        if index_distance > length || group_bound > crate::container::header::GROUP_BOUND_MAX {
            return Err(Error::corrupt("the end of a generation is not possible"));
        }
        Ok((End { ident, group_bound, content, entries, units, length, index_distance, digest }, tag))
    }

    /// The header that the generation starts with.
    pub(crate) fn header(&self) -> Header {
        archive_header(self.group_bound)
    }
}

/// The header of a generation.
pub(crate) fn archive_header(group_bound: u64) -> Header {
    Header { checksum: true, archive: true, window_log: 0, group_bound, content_length: None }
}

fn array<const N: usize>(cursor: &mut Cursor<'_>, what: &'static str) -> Result<[u8; N]> {
    let mut array = [0; N];
    array.copy_from_slice(cursor.take(N, what)?);
    Ok(array)
}

/// An address or length, bounded so that sums cannot overflow.
fn bounded(cursor: &mut Cursor<'_>, what: &'static str) -> Result<u64> {
    let value = cursor.varint(what)?;
    if value > STORE_MAX { Err(cursor.corrupt("a number is too large for an archive")) } else { Ok(value) }
}

/// All of a body but its check.
fn front(body: &[u8]) -> &[u8] {
    &body[..body.len().saturating_sub(CHECK_LEN)]
}

fn check_of(parts: &[&[u8]]) -> [u8; CHECK_LEN] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    let mut check = [0; CHECK_LEN];
    check.copy_from_slice(&hasher.finalize().as_bytes()[..CHECK_LEN]);
    check
}

fn finish_check(cursor: &mut Cursor<'_>, parts: &[&[u8]], what: &'static str) -> Result<()> {
    let check = cursor.take(CHECK_LEN, what)?;
    cursor.end(what)?;
    if check == check_of(parts) { Ok(()) } else { Err(Error::corrupt(what)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ident(generation: u64) -> Ident {
        let previous = if generation > 1 { [7; 32] } else { [0; 32] };
        Ident { id: [9; 16], generation, previous, base: if generation > 1 { 1 << 40 } else { 0 } }
    }

    /// The body of a record of less than 16 KiB.
    fn body(record: &[u8]) -> &[u8] {
        &record[if record[1] < 0x80 { 2 } else { 3 }..]
    }

    #[test]
    fn records_come_back_and_every_flip_is_seen() {
        for generation in [1, 2, u64::MAX] {
            let mut archive = Vec::new();
            ident(generation).write_archive(b"header", &mut archive);
            assert_eq!(Ident::parse_archive(b"header", &archive).unwrap(), ident(generation));
            assert!(Ident::parse_archive(b"Header", &archive).is_err());
            let end = End {
                ident: ident(generation),
                group_bound: 77,
                content: 1 << 33,
                entries: 5,
                units: 6,
                length: STORE_MAX,
                index_distance: 300,
                digest: [3; 32],
            };
            let mut record = Vec::new();
            let tag = end.write(&mut record);
            assert_eq!(usize::from(record[record.len() - 3]), record.len());
            assert_eq!(End::parse(body(&record)).unwrap(), (end, tag));
            let unit = Unit {
                id: [9; 8],
                generation,
                number: 400,
                kind: UnitKind::Part,
                address: 300,
                packed: 70_000,
                len: 99,
            };
            let mut unit_record = Vec::new();
            unit.write(&mut unit_record);
            assert_eq!(Unit::parse(body(&unit_record)).unwrap(), unit);
            for bit in 0..8 {
                for at in 0..archive.len() {
                    archive[at] ^= 1 << bit;
                    assert!(Ident::parse_archive(b"header", &archive).is_err(), "archive {at}");
                    archive[at] ^= 1 << bit;
                }
                for at in record.len() - body(&record).len()..record.len() {
                    record[at] ^= 1 << bit;
                    assert!(End::parse(body(&record)).is_err(), "end {at}");
                    record[at] ^= 1 << bit;
                }
                for at in unit_record.len() - body(&unit_record).len()..unit_record.len() {
                    unit_record[at] ^= 1 << bit;
                    assert!(Unit::parse(body(&unit_record)).is_err(), "unit {at}");
                    unit_record[at] ^= 1 << bit;
                }
            }
        }
    }
}
