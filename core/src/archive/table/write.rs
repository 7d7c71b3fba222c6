//! Entries to columns.

use super::super::entry::{Entry, Kind, Meta};
use super::*;

/// The table of `entries`; with `known`, which has the hashes of the entries in front, with hashes.
pub(crate) fn write_entries(entries: &[Entry], known: Option<&mut RangeHashes>) -> Strings {
    let mut bytes = Vec::new();
    let mut shared = Vec::with_capacity(entries.len());
    let mut last: &[u8] = &[];
    for entry in entries {
        let meta = &entry.meta;
        let common = last.iter().zip(&meta.name).take_while(|(a, b)| a == b).count();
        shared.push(common);
        last = &meta.name;
        bytes.extend_from_slice(&meta.name[common..]);
        if let Some((user, group)) = meta.owner.as_ref().and_then(|owner| owner.names.as_ref()) {
            bytes.extend_from_slice(user);
            bytes.extend_from_slice(group);
        }
        for (name, value) in &meta.xattrs {
            bytes.extend_from_slice(name);
            bytes.extend_from_slice(value);
        }
        bytes.extend_from_slice(target(&meta.kind).unwrap_or_default());
    }
    let mut hashes = Vec::new();
    let mut bits: Vec<u64> = entries.iter().map(|entry| kind_bits(&entry.meta)).collect();
    if let Some(known) = known {
        for (entry, bits) in entries.iter().zip(&mut bits) {
            let Some(hash) = entry.hash else { continue };
            let range = only_range(entry);
            if range.is_some_and(|range| known.get(&range) == Some(&hash)) {
                *bits |= KNOWN_HASH;
                continue;
            }
            hashes.extend_from_slice(&hash);
            if let Some(range) = range {
                known.entry(range).or_insert(hash);
            }
        }
    }
    let mut strings = Strings::start(entries.len(), bytes, hashes);
    let numbers = &mut strings.numbers;
    shared.iter().for_each(|&common| put_varint(numbers, common as u64));
    for (entry, common) in entries.iter().zip(&shared) {
        put_varint(numbers, (entry.meta.name.len() - common) as u64);
    }
    bits.iter().for_each(|&bits| put_varint(numbers, bits));
    column(numbers, entries, |entry| Some(u64::from(entry.meta.mode)));
    write_metadata(numbers, entries);
    write_ranges(numbers, entries);
    strings
}

fn kind_bits(meta: &Meta) -> u64 {
    let names = meta.owner.as_ref().is_some_and(|owner| owner.names.is_some());
    let flags = [
        (meta.mtime.is_some(), HAS_MTIME),
        (meta.owner.is_some(), HAS_OWNER),
        (names, HAS_OWNER_NAMES),
        (!meta.xattrs.is_empty(), HAS_XATTRS),
        (!meta.holes.is_empty(), HAS_HOLES),
    ];
    flags.iter().filter(|(on, _)| *on).fold(meta.kind.number(), |bits, (_, flag)| bits | flag)
}

fn write_metadata(numbers: &mut Vec<u8>, entries: &[Entry]) {
    let mut last = 0i64;
    column(numbers, entries, |entry| {
        let seconds = entry.meta.mtime?.seconds;
        let delta = seconds.wrapping_sub(std::mem::replace(&mut last, seconds));
        Some(zigzag(delta))
    });
    column(numbers, entries, |entry| Some(u64::from(entry.meta.mtime?.nanos)));
    column(numbers, entries, |entry| Some(u64::from(entry.meta.owner.as_ref()?.uid)));
    column(numbers, entries, |entry| Some(u64::from(entry.meta.owner.as_ref()?.gid)));
    column(numbers, entries, |entry| Some(entry.meta.owner.as_ref()?.names.as_ref()?.0.len() as u64));
    column(numbers, entries, |entry| Some(entry.meta.owner.as_ref()?.names.as_ref()?.1.len() as u64));
    column(numbers, entries, |entry| Some(entry.meta.xattrs.len() as u64).filter(|&count| count > 0));
    for entry in entries {
        column(numbers, &entry.meta.xattrs, |(name, _)| Some(name.len() as u64));
    }
    for entry in entries {
        column(numbers, &entry.meta.xattrs, |(_, value)| Some(value.len() as u64));
    }
    column(numbers, entries, |entry| target(&entry.meta.kind).map(|target| target.len() as u64));
    column(numbers, entries, |entry| device(&entry.meta.kind).map(|device| u64::from(device.0)));
    column(numbers, entries, |entry| device(&entry.meta.kind).map(|device| u64::from(device.1)));
}

fn write_ranges(numbers: &mut Vec<u8>, entries: &[Entry]) {
    let is_file = |entry: &Entry| entry.meta.kind == Kind::File;
    column(numbers, entries, |entry| is_file(entry).then_some(entry.size));
    column(numbers, entries, |entry| Some(entry.meta.holes.len() as u64).filter(|&count| count > 0));
    for entry in entries {
        let mut end = 0;
        column(numbers, &entry.meta.holes, |hole| Some(hole.start - std::mem::replace(&mut end, hole.end)));
    }
    for entry in entries {
        column(numbers, &entry.meta.holes, |hole| Some(hole.end - hole.start));
    }
    column(numbers, entries, |entry| is_file(entry).then_some(entry.extents.len() as u64));
    let mut starts = Starts::default();
    for extent in entries.iter().flat_map(|entry| &entry.extents) {
        put_varint(numbers, starts.code(extent.address));
        starts.push(extent.address, extent.len);
    }
    for entry in entries {
        if let [rest @ .., _] = &entry.extents[..] {
            column(numbers, rest, |extent| Some(extent.len));
        }
    }
}
