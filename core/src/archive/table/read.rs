//! Columns to entries. Whatever they say comes from strangers: every count is paid for by the bytes that spell it.

use super::super::STORE_MAX;
use super::super::entry::{Entry, Extent, Kind, Meta, Owner, Time, check_name, depth};
use super::super::limits::ArchiveLimits;
use super::*;

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
    let codes = read_column(cursor, ranges as usize)?;
    let lasts = counts.iter().filter(|&&count| count > 0).count();
    let lengths = read_column(cursor, ranges as usize - lasts)?;
    let (mut codes, mut lengths) = (codes.into_iter(), lengths.into_iter());
    let mut starts = Starts::default();
    let files = entries.iter_mut().filter(|entry| entry.meta.kind == Kind::File);
    for (entry, &count) in files.zip(&counts) {
        let holes: u64 = entry.meta.holes.iter().map(|hole| hole.end - hole.start).sum();
        let mut left = entry.size - holes;
        let bad = || Error::corrupt("a file's ranges do not add up to it");
        for index in 0..count {
            let start = starts.start(codes.next().unwrap_or(0));
            let len = if index + 1 == count { left } else { lengths.next().unwrap_or(0) };
            if len == 0 || len > left {
                return Err(bad());
            }
            left -= len;
            start.checked_add(len).filter(|&end| end <= store).ok_or_else(bad)?;
            starts.push(start, len);
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
