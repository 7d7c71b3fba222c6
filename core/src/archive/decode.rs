//! Units to bytes: the groups of a unit, decoded and checked.

use super::limits::ArchiveLimits;
use super::table::{Strings, TABLE_MAX};
use super::unit::{Unit, UnitKind, table_tag_base};
use crate::container::group::{BlockHead, GroupDecoder, GroupHead};
use crate::container::header::Header;
use crate::container::models::{self, ModelTable};
use crate::container::record::{RecordHead, RecordType, peek_record};
use crate::error::{Error, Result};
use crate::options::ModelSource;

/// A record in memory, and what is behind it.
pub(super) struct Split<'a> {
    pub(super) head: RecordHead,
    pub(super) body: &'a [u8],
    pub(super) rest: &'a [u8],
}

/// The record at the front of `bytes`, which must hold all of it.
pub(super) fn split_record(bytes: &[u8], block_max: u64) -> Result<Split<'_>> {
    let cut = Error::corrupt("a record runs out of its unit");
    let Some(head) = peek_record(bytes, block_max)? else { return Err(cut) };
    let end = (head.head_len as u64).checked_add(head.body_len).filter(|&end| end <= bytes.len() as u64);
    let Some(end) = end else { return Err(cut) };
    let (record, rest) = bytes.split_at(end as usize);
    Ok(Split { head, body: &record[head.head_len..], rest })
}

/// The UNIT record at the front of `bytes`, and what is behind it.
pub(super) fn split_unit(bytes: &[u8]) -> Result<(Unit, &[u8])> {
    let split = split_record(bytes, 0)?;
    if split.head.kind != Some(RecordType::Unit) {
        return Err(Error::corrupt("a unit is not where it should be"));
    }
    Ok((Unit::parse(split.body)?, split.rest))
}

/// The models that the records at the front of `records` cite, and the records behind them.
fn cited<'a>(mut records: &'a [u8], source: &ModelSource) -> Result<(ModelTable, &'a [u8])> {
    let mut table = ModelTable::default();
    while let split = split_record(records, 0)?
        && split.head.kind == Some(RecordType::Model)
    {
        if split.body.len() != models::HEAD_LEN {
            return Err(Error::corrupt("an archive that carries a model"));
        }
        table.add(split.body, source)?;
        records = split.rest;
    }
    Ok((table, records))
}

/// Decodes the group at the front of `records`; its output, and the records behind it.
fn decode_group<'a>(
    records: &'a [u8],
    header: &Header,
    offset: u64,
    limits: &ArchiveLimits,
    models: &ModelTable,
) -> Result<(Vec<u8>, &'a [u8])> {
    let split = split_record(records, header.block_max())?;
    if split.head.kind != Some(RecordType::Group) {
        return Err(Error::corrupt("a unit without its group"));
    }
    let group = GroupHead::parse(split.body, header.group_bound, true)?;
    if group.open || group.literal_len != group.out_len {
        return Err(Error::corrupt("a group that archives cannot have"));
    }
    limits.check_memory(group.memory())?;
    let mut decoder = GroupDecoder::open(&group, &models.pick(&group.models)?, true, &limits.codecs())?;
    let mut out: Vec<u8> = Vec::new();
    let mut rest = split.rest;
    while (out.len() as u64) < group.out_len {
        let split = split_record(rest, header.block_max())?;
        if split.head.kind != Some(RecordType::Block) {
            return Err(Error::corrupt("a group ends early"));
        }
        let left = group.out_len - out.len() as u64;
        let at = offset.wrapping_add(out.len() as u64);
        let (block, payload) = BlockHead::parse(split.body, at, left, true)?;
        if block.literal_len() != block.out_len() {
            return Err(Error::corrupt("a copy in an archive"));
        }
        let bytes = decoder.decode(&block, payload)?;
        if out.is_empty() {
            out = bytes;
        } else {
            let len = bytes.len() as u64;
            out.try_reserve(bytes.len()).map_err(|_| Error::OutOfMemory { bytes: len })?;
            out.extend_from_slice(&bytes);
        }
        rest = split.rest;
    }
    Ok((out, rest))
}

/// The content of a content unit, of which `records` is what follows its UNIT record.
pub(super) fn decode_content(
    unit: &Unit,
    records: &[u8],
    header: &Header,
    limits: &ArchiveLimits,
    source: &ModelSource,
) -> Result<Vec<u8>> {
    if unit.kind != UnitKind::Content {
        return Err(Error::corrupt("content where a table should be, or the other way round"));
    }
    let (models, records) = cited(records, source)?;
    let (out, rest) = decode_group(records, header, unit.tag_base(), limits, &models)?;
    if out.len() as u64 != unit.len || !rest.is_empty() {
        return Err(Error::corrupt("a unit has not the length that it says"));
    }
    Ok(out)
}

/// The strings of a table unit.
pub(super) fn decode_table(unit: &Unit, records: &[u8], limits: &ArchiveLimits) -> Result<Strings> {
    if unit.kind == UnitKind::Content {
        return Err(Error::corrupt("content where a table should be, or the other way round"));
    }
    let header = super::unit::archive_header(TABLE_MAX);
    let mut offset = table_tag_base(unit.number);
    let none = ModelTable::default();
    let (numbers, mut rest) = decode_group(records, &header, offset, limits, &none)?;
    let (has_bytes, has_hashes) = Strings::followers(&numbers)?;
    let mut strings = Strings { numbers, ..Strings::default() };
    offset = offset.wrapping_add(strings.numbers.len() as u64);
    if has_bytes {
        (strings.bytes, rest) = decode_group(rest, &header, offset, limits, &none)?;
        offset = offset.wrapping_add(strings.bytes.len() as u64);
    }
    if has_hashes {
        (strings.hashes, rest) = decode_group(rest, &header, offset, limits, &none)?;
    }
    let len = strings.numbers.len() + strings.bytes.len() + strings.hashes.len();
    if len as u64 != unit.len || !rest.is_empty() {
        return Err(Error::corrupt("a unit has not the length that it says"));
    }
    Ok(strings)
}
