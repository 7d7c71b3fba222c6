//! Tables: entries and places as columns of numbers, so that like stands beside like when they are compressed.
//!
//! A table is three strings - numbers, bytes, hashes - which the caller codes as groups. A row costs about a dozen bytes
//! before compression beyond its name's new part; a hash costs its 32 bytes.

use super::entry::{Entry, Extent, Kind, Meta, Owner, Time, check_name, depth};
use super::limits::ArchiveLimits;
use super::{CHUNK_HASH_LEN, STORE_MAX};
use crate::container::wire::{Cursor, put_varint};
use crate::error::{Error, Result};
use std::collections::HashMap;

const HAS_BYTES: u64 = 1;
const HAS_HASHES: u64 = 2;

const KIND_MASK: u64 = 0xF;
const HAS_MTIME: u64 = 0x10;
const HAS_OWNER: u64 = 0x20;
const HAS_OWNER_NAMES: u64 = 0x40;
const HAS_XATTRS: u64 = 0x80;
const HAS_HOLES: u64 = 0x100;
/// The hash is that of an entry in front, of the same range.
const KNOWN_HASH: u64 = 0x200;

/// The most bytes that one string of a table may have.
pub(crate) const TABLE_MAX: u64 = 1 << 26;
/// Nanoseconds to the second.
const NANOS: u64 = 1_000_000_000;

/// A table as strings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Strings {
    pub(crate) numbers: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) hashes: Vec<u8>,
}

impl Strings {
    fn start(rows: usize, bytes: Vec<u8>, hashes: Vec<u8>) -> Strings {
        let mut numbers = Vec::new();
        put_varint(&mut numbers, rows as u64);
        let flags = if bytes.is_empty() { 0 } else { HAS_BYTES } | if hashes.is_empty() { 0 } else { HAS_HASHES };
        put_varint(&mut numbers, flags);
        Strings { numbers, bytes, hashes }
    }

    /// Which strings follow `numbers`: bytes, hashes.
    pub(crate) fn followers(numbers: &[u8]) -> Result<(bool, bool)> {
        let mut cursor = Cursor::new(numbers);
        cursor.varint("count of rows")?;
        let flags = cursor.varint("flags of a table")?;
        if flags & !(HAS_BYTES | HAS_HASHES) != 0 {
            return Err(Error::Unsupported { what: "flags of a table", value: flags });
        }
        Ok((flags & HAS_BYTES != 0, flags & HAS_HASHES != 0))
    }
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Writes one column: a number for each row that `pick` has one for.
fn column<T>(numbers: &mut Vec<u8>, rows: &[T], mut pick: impl FnMut(&T) -> Option<u64>) {
    for value in rows.iter().filter_map(&mut pick) {
        put_varint(numbers, value);
    }
}

/// The hashes of files whose data is one range of the store, by the range's address and length.
pub(crate) type RangeHashes = HashMap<(u64, u64), [u8; 32]>;

/// The range that is all of the entry's data, if it is one.
pub(crate) fn only_range(entry: &Entry) -> Option<(u64, u64)> {
    match &entry.extents[..] {
        [only] => Some((only.address, only.len)),
        _ => None,
    }
}

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

fn target(kind: &Kind) -> Option<&[u8]> {
    match kind {
        Kind::Symlink { target } | Kind::HardLink { target } => Some(target),
        _ => None,
    }
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

fn device(kind: &Kind) -> Option<(u32, u32)> {
    match kind {
        Kind::CharDevice { major, minor } | Kind::BlockDevice { major, minor } => Some((*major, *minor)),
        _ => None,
    }
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
    let mut end = 0u64;
    for extent in entries.iter().flat_map(|entry| &entry.extents) {
        put_varint(numbers, zigzag(extent.address.wrapping_sub(end) as i64));
        end = extent.address + extent.len;
    }
    for entry in entries {
        if let [rest @ .., _] = &entry.extents[..] {
            column(numbers, rest, |extent| Some(extent.len));
        }
    }
}

/// What a table of entries is read with.
pub(crate) struct Around<'a> {
    pub(crate) generation: u64,
    /// The length of the store when the generation ended.
    pub(crate) store: u64,
    /// Entries read so far.
    pub(crate) known: u64,
    pub(crate) limits: &'a ArchiveLimits,
}

/// Reads a table of entries; one of an index with the hashes of entries in front of it.
pub(crate) fn read_entries(
    strings: &Strings,
    around: &Around<'_>,
    hashes: Option<&mut RangeHashes>,
) -> Result<Vec<Entry>> {
    let &Around { generation, store, known, limits } = around;
    let mut cursor = Cursor::new(&strings.numbers);
    let rows = cursor.varint("count of rows")?;
    cursor.varint("flags of a table")?;
    // Every row takes at least a number in each of four columns.
    if rows > strings.numbers.len() as u64 / 4 {
        return Err(Error::corrupt("more rows than there are numbers"));
    }
    limits.check_entries(known.saturating_add(rows))?;
    let rows = rows as usize;
    let shared = read_column(&mut cursor, rows)?;
    let rest = read_column(&mut cursor, rows)?;
    let kinds = read_column(&mut cursor, rows)?;
    let modes = read_column(&mut cursor, rows)?;
    let mut entries = Vec::new();
    entries.try_reserve_exact(rows).map_err(|_| Error::OutOfMemory { bytes: (rows * size_of::<Entry>()) as u64 })?;
    for (&kind, &mode) in kinds.iter().zip(&modes) {
        if mode > 0o7777 {
            return Err(Error::corrupt("a mode of more than 12 bits"));
        }
        if kind >= KNOWN_HASH << 1 || kind & KNOWN_HASH != 0 && hashes.is_none() {
            return Err(Error::Unsupported { what: "flags of an entry", value: kind });
        }
        let meta = Meta { mode: mode as u32, ..Meta::new(Vec::new(), blank_kind(kind & KIND_MASK)?) };
        entries.push(Entry { meta, size: 0, hash: None, generation, extents: Vec::new() });
    }
    let lengths = read_metadata(&mut cursor, &mut entries, &kinds)?;
    read_ranges(&mut cursor, &mut entries, &kinds, store)?;
    cursor.end("numbers behind a table's columns")?;
    fill_bytes(&mut entries, &strings.bytes, &shared, &rest, &lengths, limits)?;
    if let Some(known) = hashes {
        fill_hashes(&mut entries, &strings.hashes, &kinds, known)?;
    }
    Ok(entries)
}

fn blank_kind(number: u64) -> Result<Kind> {
    Ok(match number {
        0 => Kind::File,
        1 => Kind::Directory,
        2 => Kind::Symlink { target: Vec::new() },
        3 => Kind::HardLink { target: Vec::new() },
        4 => Kind::Fifo,
        5 => Kind::CharDevice { major: 0, minor: 0 },
        6 => Kind::BlockDevice { major: 0, minor: 0 },
        value => return Err(Error::Unsupported { what: "kind of entry", value }),
    })
}

/// `count` numbers; each takes at least a byte, so the count is paid for.
fn read_column(cursor: &mut Cursor<'_>, count: usize) -> Result<Vec<u64>> {
    if count > cursor.left() {
        return Err(cursor.corrupt("a column is longer than its table"));
    }
    let mut column = Vec::new();
    column.try_reserve_exact(count).map_err(|_| Error::OutOfMemory { bytes: count as u64 * 8 })?;
    for _ in 0..count {
        column.push(cursor.varint("a column")?);
    }
    Ok(column)
}

/// Lengths of strings that stand in *bytes*, each in the order of rows.
struct Lengths {
    kinds: Vec<u64>,
    users: Vec<u64>,
    groups: Vec<u64>,
    xattr_counts: Vec<u64>,
    xattr_names: Vec<u64>,
    xattr_values: Vec<u64>,
    targets: Vec<u64>,
}

fn read_metadata(cursor: &mut Cursor<'_>, entries: &mut [Entry], kinds: &[u64]) -> Result<Lengths> {
    let count = |flag: u64| kinds.iter().filter(|&&kind| kind & flag != 0).count();
    let times = count(HAS_MTIME);
    let seconds = read_column(cursor, times)?;
    let nanos = read_column(cursor, times)?;
    let owners = count(HAS_OWNER);
    let uids = read_column(cursor, owners)?;
    let gids = read_column(cursor, owners)?;
    let mut moments = seconds.iter().zip(&nanos);
    let mut ids = uids.iter().zip(&gids);
    let mut last = 0i64;
    for (entry, kind) in entries.iter_mut().zip(kinds) {
        if kind & HAS_MTIME != 0
            && let Some((&delta, &nanos)) = moments.next()
        {
            if nanos >= NANOS {
                return Err(Error::corrupt("a time with too many nanoseconds"));
            }
            last = last.wrapping_add(unzigzag(delta));
            entry.meta.mtime = Some(Time { seconds: last, nanos: nanos as u32 });
        }
        if kind & HAS_OWNER != 0
            && let Some((&uid, &gid)) = ids.next()
        {
            let narrow = |id| u32::try_from(id).map_err(|_| Error::corrupt("an owner's number is too large"));
            entry.meta.owner = Some(Owner { uid: narrow(uid)?, gid: narrow(gid)?, names: None });
        } else if kind & HAS_OWNER_NAMES != 0 {
            return Err(Error::corrupt("names of an owner without numbers"));
        }
    }
    let named = count(HAS_OWNER_NAMES);
    let users = read_column(cursor, named)?;
    let groups = read_column(cursor, named)?;
    let xattr_counts = read_column(cursor, count(HAS_XATTRS))?;
    let xattrs = total_of(&xattr_counts, cursor)?;
    let xattr_names = read_column(cursor, xattrs)?;
    let xattr_values = read_column(cursor, xattrs)?;
    let links = entries.iter().filter(|entry| target(&entry.meta.kind).is_some()).count();
    let targets = read_column(cursor, links)?;
    let devices = entries.iter().filter(|entry| device(&entry.meta.kind).is_some()).count();
    let majors = read_column(cursor, devices)?;
    let minors = read_column(cursor, devices)?;
    let mut numbers = majors.into_iter().zip(minors);
    for entry in entries {
        if let Kind::CharDevice { major, minor } | Kind::BlockDevice { major, minor } = &mut entry.meta.kind
            && let Some(pair) = numbers.next()
        {
            let narrow = |id| u32::try_from(id).map_err(|_| Error::corrupt("a device's number is too large"));
            (*major, *minor) = (narrow(pair.0)?, narrow(pair.1)?);
        }
    }
    Ok(Lengths { kinds: kinds.to_vec(), users, groups, xattr_counts, xattr_names, xattr_values, targets })
}

/// The sum of `counts`, each at least 1, of things that take at least a number each.
fn total_of(counts: &[u64], cursor: &Cursor<'_>) -> Result<usize> {
    let mut total = 0u64;
    for &count in counts {
        total = total.saturating_add(count);
        if count == 0 || total > cursor.left() as u64 {
            return Err(cursor.corrupt("a count is zero or too large"));
        }
    }
    Ok(total as usize)
}

fn read_ranges(cursor: &mut Cursor<'_>, entries: &mut [Entry], kinds: &[u64], store: u64) -> Result<()> {
    let files = entries.iter().filter(|entry| entry.meta.kind == Kind::File).count();
    let sizes = read_column(cursor, files)?;
    let mut sizes = sizes.into_iter();
    for entry in entries.iter_mut().filter(|entry| entry.meta.kind == Kind::File) {
        entry.size = sizes.next().unwrap_or(0);
        if entry.size > STORE_MAX {
            return Err(Error::corrupt("a file of impossible size"));
        }
    }
    read_holes(cursor, entries, kinds)?;
    let counts = read_column(cursor, files)?;
    let ranges = counts.iter().fold(0u64, |sum, &count| sum.saturating_add(count));
    if ranges > cursor.left() as u64 {
        return Err(cursor.corrupt("more ranges than there are numbers"));
    }
    let starts = read_column(cursor, ranges as usize)?;
    let lasts = counts.iter().filter(|&&count| count > 0).count();
    let lengths = read_column(cursor, ranges as usize - lasts)?;
    let (mut starts, mut lengths) = (starts.into_iter(), lengths.into_iter());
    let mut end = 0u64;
    let files = entries.iter_mut().filter(|entry| entry.meta.kind == Kind::File);
    for (entry, &count) in files.zip(&counts) {
        let holes: u64 = entry.meta.holes.iter().map(|hole| hole.end - hole.start).sum();
        let mut left = entry.size - holes;
        let bad = || Error::corrupt("a file's ranges do not add up to it");
        for index in 0..count {
            let start = end.wrapping_add(unzigzag(starts.next().unwrap_or(0)) as u64);
            let len = if index + 1 == count { left } else { lengths.next().unwrap_or(0) };
            if len == 0 || len > left {
                return Err(bad());
            }
            left -= len;
            end = start.checked_add(len).filter(|&end| end <= store).ok_or_else(bad)?;
            entry.extents.push(Extent { address: start, len });
        }
        if left != 0 {
            return Err(bad());
        }
    }
    Ok(())
}

fn read_holes(cursor: &mut Cursor<'_>, entries: &mut [Entry], kinds: &[u64]) -> Result<()> {
    let holed = kinds.iter().filter(|&&kind| kind & HAS_HOLES != 0).count();
    let counts = read_column(cursor, holed)?;
    let total = total_of(&counts, cursor)?;
    let gaps = read_column(cursor, total)?;
    let lengths = read_column(cursor, total)?;
    let mut pairs = gaps.into_iter().zip(lengths);
    let holed = entries.iter_mut().zip(kinds).filter(|(_, kind)| *kind & HAS_HOLES != 0);
    for ((entry, _), count) in holed.zip(counts) {
        if entry.meta.kind != Kind::File {
            return Err(Error::corrupt("holes in what is no file"));
        }
        let mut end = 0u64;
        for (index, (gap, len)) in pairs.by_ref().take(count as usize).enumerate() {
            let start = end.checked_add(gap);
            let stop = start.and_then(|start| start.checked_add(len)).filter(|&stop| stop <= entry.size);
            let (Some(start), Some(stop)) = (start, stop) else {
                return Err(Error::corrupt("a hole outside its file"));
            };
            if len == 0 || gap == 0 && index > 0 {
                return Err(Error::corrupt("a hole is empty or touches another"));
            }
            entry.meta.holes.push(start..stop);
            end = stop;
        }
    }
    Ok(())
}

fn fill_bytes(
    entries: &mut [Entry],
    bytes: &[u8],
    shared: &[u64],
    rest: &[u64],
    lengths: &Lengths,
    limits: &ArchiveLimits,
) -> Result<()> {
    let mut cursor = Cursor::new(bytes);
    let mut owners = lengths.users.iter().zip(&lengths.groups);
    let mut counts = lengths.xattr_counts.iter();
    let mut xattrs = lengths.xattr_names.iter().zip(&lengths.xattr_values);
    let mut targets = lengths.targets.iter();
    let mut spent = 0u64;
    let mut last: &[u8] = &[];
    for (((entry, &common), &len), &kind) in entries.iter_mut().zip(shared).zip(rest).zip(&lengths.kinds) {
        let front = usize::try_from(common).ok().and_then(|common| last.get(..common));
        let front = front.ok_or(Error::corrupt("a name shares more than there is"))?;
        limits.check_name((front.len() as u64).saturating_add(len))?;
        let mut name = front.to_vec();
        name.extend_from_slice(take(&mut cursor, len)?);
        check_name(&name)?;
        limits.check_depth(depth(&name) as u64)?;
        // Shared fronts are how a small table could become a large one.
        spent = spent.saturating_add((name.len() + size_of::<Entry>()) as u64);
        limits.check_memory(spent)?;
        let meta = &mut entry.meta;
        meta.name = name;
        last = &meta.name;
        if kind & HAS_OWNER_NAMES != 0
            && let (Some((&user, &group)), Some(owner)) = (owners.next(), &mut meta.owner)
        {
            owner.names = Some((take(&mut cursor, user)?.to_vec(), take(&mut cursor, group)?.to_vec()));
        }
        let count = if kind & HAS_XATTRS != 0 { counts.next().copied().unwrap_or(0) } else { 0 };
        for (&name, &value) in xattrs.by_ref().take(count as usize) {
            let pair = (take(&mut cursor, name)?.to_vec(), take(&mut cursor, value)?.to_vec());
            meta.xattrs.push(pair);
        }
        if let Kind::Symlink { target } | Kind::HardLink { target } = &mut meta.kind
            && let Some(&len) = targets.next()
        {
            *target = take(&mut cursor, len)?.to_vec();
        }
    }
    cursor.end("bytes behind a table's strings")
}

fn take<'a>(cursor: &mut Cursor<'a>, len: u64) -> Result<&'a [u8]> {
    cursor.take(usize::try_from(len).unwrap_or(usize::MAX), "a name or value")
}

/// A hash that is said to be known and is not stays away.
fn fill_hashes(entries: &mut [Entry], hashes: &[u8], kinds: &[u64], known: &mut RangeHashes) -> Result<()> {
    let mut cursor = Cursor::new(hashes);
    for (entry, kind) in entries.iter_mut().zip(kinds).filter(|(entry, _)| !entry.extents.is_empty()) {
        let range = only_range(entry);
        if kind & KNOWN_HASH != 0 {
            entry.hash = range.and_then(|range| known.get(&range).copied());
            continue;
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(cursor.take(32, "a file's hash")?);
        entry.hash = Some(hash);
        if let Some(range) = range {
            known.entry(range).or_insert(hash);
        }
    }
    cursor.end("hashes behind the last file's")
}

/// A content unit or a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Where a content unit is.
    Unit {
        /// Offset of its UNIT record in the generation.
        at: u64,
        /// Bytes of it, UNIT record included.
        packed: u64,
        /// Bytes of output.
        len: u64,
    },
    /// A piece of the store, to be found again.
    Chunk { address: u64, len: u64, hash: [u8; CHUNK_HASH_LEN] },
}

/// The table of `places` of a generation whose content starts at address `base`.
pub(crate) fn write_places(places: &[Place], base: u64) -> Strings {
    let mut hashes = Vec::new();
    for place in places {
        if let Place::Chunk { hash, .. } = place {
            hashes.extend_from_slice(hash);
        }
    }
    let mut strings = Strings::start(places.len(), Vec::new(), hashes);
    let numbers = &mut strings.numbers;
    column(numbers, places, |place| Some(u64::from(matches!(place, Place::Chunk { .. }))));
    let (mut packed_end, mut chunk_end) = (0, base);
    column(numbers, places, |place| {
        Some(match *place {
            Place::Unit { at, packed, .. } => at - std::mem::replace(&mut packed_end, at + packed),
            Place::Chunk { address, len, .. } => address - std::mem::replace(&mut chunk_end, address + len),
        })
    });
    column(numbers, places, |place| match *place {
        Place::Unit { packed, .. } => Some(packed),
        Place::Chunk { len, .. } => Some(len),
    });
    column(numbers, places, |place| match *place {
        Place::Unit { len, .. } => Some(len),
        Place::Chunk { .. } => None,
    });
    strings
}

/// Reads a table of places.
pub(crate) fn read_places(strings: &Strings, base: u64) -> Result<Vec<Place>> {
    let mut cursor = Cursor::new(&strings.numbers);
    let rows = cursor.varint("count of rows")?;
    let flags = cursor.varint("flags of a table")?;
    if rows > strings.numbers.len() as u64 / 3 || flags & HAS_BYTES != 0 {
        return Err(Error::corrupt("a table of places is not possible"));
    }
    let rows = rows as usize;
    let kinds = read_column(&mut cursor, rows)?;
    let skips = read_column(&mut cursor, rows)?;
    let lengths = read_column(&mut cursor, rows)?;
    let mut hashes = Cursor::new(&strings.hashes);
    let mut places = Vec::new();
    places.try_reserve_exact(rows).map_err(|_| Error::OutOfMemory { bytes: (rows * size_of::<Place>()) as u64 })?;
    let (mut packed_end, mut chunk_end) = (0u64, base);
    for ((kind, skip), length) in kinds.into_iter().zip(skips).zip(lengths) {
        let end = if kind == 0 { &mut packed_end } else { &mut chunk_end };
        let start = end.checked_add(skip);
        let stop = start.and_then(|start| start.checked_add(length)).filter(|&stop| stop <= STORE_MAX);
        let (Some(start), Some(stop), true) = (start, stop, length > 0) else {
            return Err(Error::corrupt("a place is empty or out of reach"));
        };
        *end = stop;
        places.push(match kind {
            0 => Place::Unit { at: start, packed: length, len: cursor.varint("output of a unit")? },
            1 => {
                let mut hash = [0; CHUNK_HASH_LEN];
                hash.copy_from_slice(hashes.take(CHUNK_HASH_LEN, "a chunk's hash")?);
                Place::Chunk { address: start, len: length, hash }
            }
            value => return Err(Error::Unsupported { what: "kind of place", value }),
        });
    }
    cursor.end("numbers behind a table's columns")?;
    hashes.end("hashes behind the last chunk's")?;
    Ok(places)
}
