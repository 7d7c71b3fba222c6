//! Opening: generations from the last one's END backwards, then their tables.
//!
//! What is read is the END of each generation and its index; contents stay where they are. Positions in a generation
//! count from its first byte, through [`Section`], the one place that reads a generation's records.

use super::decode::{decode_table, split_record, split_unit};
use super::entry::{Entry, Extent, Kind};
use super::limits::ArchiveLimits;
use super::table::{Around, Place, RangeHashes, TABLE_MAX, only_range, read_entries, read_places};
use super::unit::{END_MAGIC, END_MAX, End, Ident, UnitKind};
use super::{CHUNK_HASH_LEN, STORE_MAX};
use crate::container::record::RecordType;
use crate::container::walk::{Source, parse_archive_start};
use crate::error::{Error, Result};
use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Seek};

/// Bytes searched at a time for the last whole generation behind which an append was interrupted.
const SEARCH_STEP: u64 = 1 << 20;
/// As many bytes as magic, header and ARCHIVE record take at most.
pub(super) const START_MAX: u64 = 256;
/// The longest BLOCK in a table unit.
pub(super) const TABLE_BLOCK_MAX: u64 = TABLE_MAX + TABLE_MAX / 16 + (1 << 16);
/// What bytes of tables may become in memory: a row of four numbers becomes an entry.
const TABLE_GROWTH: u64 = 64;

/// In what state an archive was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// Nothing is missing; whether every byte is right, [`Archive::verify`] tells.
    Whole,
    /// An append was interrupted: behind the last whole generation, at byte `at`, are bytes that are none. What was there
    /// before is all there.
    TornTail {
        /// Bytes of the file that count.
        at: u64,
        /// Bytes of the torn tail.
        len: u64,
    },
    /// The last generation is damaged at its end: it was whole once, so the next append must not overwrite it. What was there
    /// before it is all there.
    DamagedTail {
        /// Bytes of the file that count.
        at: u64,
        /// Bytes of the damaged generation.
        len: u64,
    },
    /// The file is damaged, and this is what was found by searching it for units.
    Salvaged,
}

/// Where a content unit is.
#[derive(Clone, Copy, Debug)]
pub(super) struct UnitPlace {
    /// Its first content byte in the store.
    pub(super) address: u64,
    /// Bytes of content.
    pub(super) len: u64,
    /// Offset of its UNIT record in the file.
    pub(super) at: u64,
    /// Bytes, UNIT record included.
    pub(super) packed: u64,
    /// Largest group of its generation.
    pub(super) bound: u64,
}

/// A generation of an archive.
#[derive(Clone, Debug)]
pub(super) struct Generation {
    /// Offset in the file.
    pub(super) start: u64,
    /// Bytes in the file.
    pub(super) len: u64,
    pub(super) end: End,
    pub(super) tag: [u8; 32],
}

/// What is known of one generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GenerationInfo {
    /// From 1.
    pub number: u64,
    /// Entries added by it.
    pub entries: u64,
    /// Bytes of content that it stored.
    pub stored: u64,
    /// Bytes in the file.
    pub packed: u64,
}

/// What [`Writer::append`](super::Writer::append) has to know of an archive.
#[derive(Clone, Debug)]
pub struct Tail {
    pub(super) ident: Ident,
    pub(super) chunks: Vec<([u8; CHUNK_HASH_LEN], Extent)>,
    /// The hashes of files of one range.
    pub(super) hashes: RangeHashes,
    /// Bytes of the file that count: the next generation starts here, and what is behind must go.
    pub len: u64,
}

/// An archive that is open for reading.
#[derive(Debug)]
pub struct Archive<R> {
    pub(super) reader: R,
    pub(super) limits: ArchiveLimits,
    pub(super) id: [u8; 16],
    pub(super) generations: Vec<Generation>,
    /// In the order of addresses.
    pub(super) units: Vec<UnitPlace>,
    /// Of all generations, in their order.
    pub(super) all: Vec<Entry>,
    /// The current ones, by name: indices into `all`.
    pub(super) current: BTreeMap<Vec<u8>, usize>,
    /// Hard links and what they are other names of: indices into `all`.
    pub(super) links: HashMap<usize, usize>,
    pub(super) chunks: Vec<([u8; CHUNK_HASH_LEN], Extent)>,
    pub(super) condition: Condition,
}

impl<R: Read + Seek> Archive<R> {
    /// Finds the generations and reads their tables.
    ///
    /// # Errors
    /// [`Error::NotVatic`], [`Error::WrongKind`] for a file that is no archive, [`Error::Truncated`] where not one generation is
    /// whole, every kind of damage in the tables, [`Error::Limit`].
    pub fn open(mut reader: R, limits: &ArchiveLimits) -> Result<Self> {
        let mut source = Source::new(&mut reader)?;
        parse_archive_start(&source.peek(0, START_MAX)?)?;
        let (generations, condition) = find_generations(&mut source)?;
        let id = generations.first().map(|first| first.end.ident.id).unwrap_or_default();
        let mut archive = Archive {
            reader,
            limits: *limits,
            id,
            generations,
            units: Vec::new(),
            all: Vec::new(),
            current: BTreeMap::new(),
            links: HashMap::new(),
            chunks: Vec::new(),
            condition,
        };
        let mut hashes = RangeHashes::new();
        for index in 0..archive.generations.len() {
            archive.load_index(index, &mut hashes)?;
        }
        Ok(archive)
    }

    /// Reads the tables of one generation.
    fn load_index(&mut self, index: usize, hashes: &mut RangeHashes) -> Result<()> {
        let Generation { start, end, .. } = self.generations[index].clone();
        // The tables are held packed, then unpacked, then as entries.
        self.limits.check_memory(end.index_distance.saturating_mul(2))?;
        let at = start + end.length - end.index_distance;
        let bytes = Source::new(&mut self.reader)?.read(at, end.index_distance, "the index")?;
        let place = |rest: &[u8]| at + (bytes.len() - rest.len()) as u64;
        let first = self.all.len();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let here = place(rest);
            rest = self.load_unit(rest, &end, first, start, hashes).map_err(|err| err.at(here))?;
        }
        let corrupt = |what| Error::Corrupt { what, offset: at };
        if (self.all.len() - first) as u64 != end.entries {
            return Err(corrupt("the index has not the entries that its generation says"));
        }
        let store = self.units.last().map_or(0, |unit| unit.address + unit.len);
        if store != end.ident.base + end.content {
            return Err(corrupt("the index has not the content that its generation says"));
        }
        self.take_entries(first)
    }

    /// Takes in one record of an index, and what belongs to it; gives what is behind.
    fn load_unit<'a>(
        &mut self,
        bytes: &'a [u8],
        end: &End,
        first: usize,
        start: u64,
        hashes: &mut RangeHashes,
    ) -> Result<&'a [u8]> {
        let split = split_record(bytes, 0)?;
        if split.head.kind.is_none() {
            return Ok(split.rest);
        }
        let (unit, rest) = split_unit(bytes)?;
        if unit.generation != end.ident.generation || unit.id != end.ident.id[..8] || unit.packed > rest.len() as u64 {
            return Err(Error::corrupt("a unit that is not of this index"));
        }
        let (records, rest) = rest.split_at(unit.packed as usize);
        let strings = decode_table(&unit, records, &self.limits)?;
        let store = end.ident.base + end.content;
        match unit.kind {
            UnitKind::Entries => {
                if unit.address != (self.all.len() - first) as u64 {
                    return Err(Error::corrupt("a table of entries is not where it should be"));
                }
                let known = self.all.len() as u64;
                let around = Around { generation: end.ident.generation, store, known, limits: &self.limits };
                let entries = read_entries(&strings, &around, Some(hashes))?;
                if entries.iter().any(|entry| !entry.extents.is_empty() && entry.hash.is_none()) {
                    return Err(Error::corrupt("an index without hashes"));
                }
                self.all.extend(entries);
                self.limits.check_memory(self.table_memory())?;
            }
            UnitKind::Places => {
                self.limits.check_memory(strings.numbers.len() as u64 * TABLE_GROWTH)?;
                for place in read_places(&strings, end.ident.base)? {
                    self.take_place(place, end, start)?;
                }
            }
            UnitKind::Content | UnitKind::Part => return Err(Error::corrupt("a unit that is not of an index")),
        }
        Ok(rest)
    }

    fn table_memory(&self) -> u64 {
        let names: usize = self.all.iter().map(|entry| entry.meta.name.len()).sum();
        (names + self.all.len() * size_of::<Entry>()) as u64
    }

    fn take_place(&mut self, place: Place, end: &End, start: u64) -> Result<()> {
        match place {
            Place::Unit { at, packed, len } => {
                let address = self.units.last().map_or(0, |unit| unit.address + unit.len);
                let content_end = end.length - end.index_distance;
                let outside = at.checked_add(packed).is_none_or(|stop| stop > content_end);
                if outside || len == 0 || len > end.group_bound || address + len > end.ident.base + end.content {
                    return Err(Error::corrupt("a unit of the index is not possible"));
                }
                self.units.push(UnitPlace { address, len, at: start + at, packed, bound: end.group_bound });
            }
            Place::Chunk { address, len, hash } => {
                if address + len > end.ident.base + end.content {
                    return Err(Error::corrupt("a chunk outside the store"));
                }
                self.chunks.push((hash, Extent { address, len }));
            }
        }
        Ok(())
    }

    /// Makes the entries from `first` on, all of one generation, the current ones of their names.
    pub(super) fn take_entries(&mut self, first: usize) -> Result<()> {
        let mut fresh: BTreeMap<&[u8], usize> = BTreeMap::new();
        for (index, entry) in self.all.iter().enumerate().skip(first) {
            if let Kind::HardLink { target } = &entry.meta.kind {
                let target = fresh.get(&target[..]).filter(|&&at| self.all[at].meta.kind == Kind::File);
                let target = target.ok_or(Error::corrupt("a hard link to what is no file in front of it"))?;
                self.links.insert(index, *target);
            }
            if fresh.insert(&entry.meta.name, index).is_some() {
                return Err(Error::corrupt("a name occurs twice in a generation"));
            }
        }
        for (name, index) in fresh {
            self.current.remove(name);
            if self.all[index].meta.kind != Kind::Directory {
                remove_below(&mut self.current, name);
            }
            self.current.insert(name.to_vec(), index);
        }
        Ok(())
    }

    /// In what state the file was found.
    pub fn condition(&self) -> Condition {
        self.condition
    }

    /// What tells this archive from others.
    pub fn id(&self) -> [u8; 16] {
        self.id
    }

    /// The generations, first to last.
    pub fn generations(&self) -> impl Iterator<Item = GenerationInfo> {
        self.generations.iter().map(|generation| GenerationInfo {
            number: generation.end.ident.generation,
            entries: generation.end.entries,
            stored: generation.end.content,
            packed: generation.len,
        })
    }

    /// Entries of all generations; the indices of other calls are indices of this.
    pub fn entries(&self) -> &[Entry] {
        &self.all
    }

    /// Indices of the current entries - those that no later generation replaced - in the order of their names.
    pub fn current(&self) -> impl Iterator<Item = usize> {
        self.current.values().copied()
    }

    /// The current entry of this name.
    pub fn find(&self, name: &[u8]) -> Option<usize> {
        self.current.get(name).copied()
    }

    /// The entry that a hard link is another name of.
    pub fn link_target(&self, index: usize) -> Option<usize> {
        self.links.get(&index).copied()
    }

    /// What an append needs.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a salvaged archive: it must be repacked first.
    pub fn tail(&self) -> Result<Tail> {
        let last = match (self.condition, self.generations.last()) {
            (Condition::Salvaged | Condition::DamagedTail { .. }, _) | (_, None) => {
                return Err(Error::Misuse("a damaged archive cannot be appended to; repack it first"));
            }
            (_, Some(last)) => last,
        };
        let mut chunks = self.chunks.clone();
        let mut hashes = RangeHashes::new();
        for entry in &self.all {
            if let (Some(hash), Some((address, len))) = (entry.hash, only_range(entry))
                && hashes.insert((address, len), hash).is_none()
            {
                let mut short = [0; CHUNK_HASH_LEN];
                short.copy_from_slice(&hash[..CHUNK_HASH_LEN]);
                chunks.push((short, Extent { address, len }));
            }
        }
        let ident = Ident {
            id: self.id,
            generation: last.end.ident.generation + 1,
            previous: last.tag,
            base: last.end.ident.base + last.end.content,
        };
        Ok(Tail { ident, chunks, hashes, len: last.start + last.len })
    }

    /// The reader, given back.
    pub fn into_inner(self) -> R {
        self.reader
    }
}

/// Takes everything below directory `name` out.
fn remove_below(current: &mut BTreeMap<Vec<u8>, usize>, name: &[u8]) {
    let mut from = name.to_vec();
    from.push(b'/');
    let mut to = name.to_vec();
    to.push(b'/' + 1);
    let below: Vec<Vec<u8>> = current.range(from..to).map(|(name, _)| name.clone()).collect();
    for name in below {
        current.remove(&name);
    }
}

/// The generations of a file, first to last, and what is behind them.
fn find_generations<R: Read + Seek>(source: &mut Source<'_, R>) -> Result<(Vec<Generation>, Condition)> {
    let len = source.len;
    if let Some(generations) = chain(source, len)? {
        return Ok((generations, Condition::Whole));
    }
    // Backwards through what may be a torn tail, to the last END that leads back to the start of the file.
    let mut stop = len;
    while stop > 0 {
        let from = stop.saturating_sub(SEARCH_STEP);
        let window = source.peek(from, (stop - from + 1).min(len - from))?;
        for at in (0..window.len().saturating_sub(1)).rev() {
            let end = from + at as u64 + 2;
            if window[at..at + 2] != END_MAGIC || end == len {
                continue;
            }
            if let Some(generations) = chain(source, end)? {
                let (at, len) = (end, len - end);
                let damaged = was_whole(source, at)?;
                let condition =
                    if damaged { Condition::DamagedTail { at, len } } else { Condition::TornTail { at, len } };
                return Ok((generations, condition));
            }
        }
        stop = from;
    }
    Err(Error::Truncated { what: "an archive without a whole generation", offset: len })
}

/// Whether what starts at `at`, and is no whole generation, has an end all the same.
fn was_whole<R: Read + Seek>(source: &mut Source<'_, R>, at: u64) -> Result<bool> {
    if source.peek(source.len - 2, 2)? == END_MAGIC {
        return Ok(true);
    }
    let front = source.peek(at, START_MAX)?;
    let Ok((header, _, start)) = parse_archive_start(&front) else { return Ok(false) };
    let mut pos = at + start as u64;
    while pos < source.len {
        match source.record(pos, header.block_max().max(TABLE_BLOCK_MAX)) {
            Ok(head) if head.kind == Some(RecordType::End) => return Ok(true),
            Ok(head) => pos += head.head_len as u64 + head.body_len,
            Err(Error::Io(err)) => return Err(Error::Io(err)),
            Err(_) => return Ok(false),
        }
    }
    Ok(false)
}

/// The generations of which the last ends at byte `stop`, if they are those of one archive that starts the file.
fn chain<R: Read + Seek>(source: &mut Source<'_, R>, stop: u64) -> Result<Option<Vec<Generation>>> {
    let mut list: Vec<Generation> = Vec::new();
    let mut stop = stop;
    loop {
        let Some(generation) = generation_before(source, stop)? else { return Ok(None) };
        let ident = &generation.end.ident;
        if let Some(next) = list.last() {
            let expected = &next.end.ident;
            let follows = ident.id == expected.id
                && ident.generation + 1 == expected.generation
                && generation.tag == expected.previous
                && ident.base + generation.end.content == expected.base;
            if !follows {
                return Ok(None);
            }
        }
        stop = generation.start;
        let first = ident.generation == 1;
        list.push(generation);
        if first {
            list.reverse();
            return Ok(Some(list).filter(|_| stop == 0));
        }
    }
}

/// The generation that ends at byte `stop`, if one does.
fn generation_before<R: Read + Seek>(source: &mut Source<'_, R>, stop: u64) -> Result<Option<Generation>> {
    let from = stop.saturating_sub(END_MAX as u64);
    let tail = source.peek(from, stop - from)?;
    let Some((end, tag, record)) = end_at_end(&tail) else { return Ok(None) };
    let len = end.length + record as u64;
    let Some(start) = stop.checked_sub(len) else { return Ok(None) };
    let sound = end.ident.base + end.content <= STORE_MAX;
    Ok(sound.then_some(Generation { start, len, end, tag }))
}

/// The END record that `tail` ends with, its tag and its length.
fn end_at_end(tail: &[u8]) -> Option<(End, [u8; 32], usize)> {
    let before_magic = tail.strip_suffix(&END_MAGIC)?;
    let len = usize::from(*before_magic.last()?);
    let record = &tail[tail.len().checked_sub(len)?..];
    let split = split_record(record, 0).ok()?;
    if split.head.kind != Some(RecordType::End) || !split.rest.is_empty() {
        return None;
    }
    let (end, tag) = End::parse(split.body).ok()?;
    Some((end, tag, len))
}
