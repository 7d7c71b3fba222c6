//! Contents: entries in the order of the store, each group decoded once if memory allows, several side by side.
//!
//! Which groups are decoded in which order follows from the entries and a cache of fixed size, before anything is read;
//! so threads can work ahead, and what comes out does not depend on them.

use super::decode::{decode_content, split_unit};
use super::entry::{Entry, Kind};
use super::find::Section;
use super::limits::ArchiveLimits;
use super::open::{Archive, UnitPlace};
use super::unit::archive_header;
use crate::container::walk::Source;
use crate::error::{Error, Result};
use crate::options::ModelSource;
use crate::parallel::Ordered;
use std::collections::{HashSet, VecDeque};
use std::io::{Read, Seek};
use std::ops::Range;
use std::sync::Arc;

/// Bytes of decoded groups that are kept while entries are read. An entry made of chunks from many groups may go back and forth
/// between them.
const CACHE_BYTES: u64 = 192 << 20;
const NO_SECTION: &str = "a unit is in no section";
/// Bytes given to a sink at a time.
const STEP: usize = 1 << 20;

/// Takes contents as they are decoded.
pub trait EntrySink {
    /// An entry with content begins. `Ok(false)` skips it.
    ///
    /// # Errors
    /// Whatever keeps the sink from going on; reading stops with it.
    fn begin(&mut self, index: usize, entry: &Entry) -> Result<bool>;

    /// The next bytes of the entry's content, holes left out. They have been checked against their segment's tag.
    ///
    /// # Errors
    /// As [`EntrySink::begin`].
    fn data(&mut self, bytes: &[u8]) -> Result<()>;

    /// The entry ends. With an error, its content could not be read, and what was given of it must go; to return that error
    /// stops reading, to return `Ok` goes on with the next entry.
    ///
    /// # Errors
    /// As [`EntrySink::begin`].
    fn end(&mut self, index: usize, entry: &Entry, result: Result<()>) -> Result<()>;
}

/// A decoded group, or what it failed with the first time it was needed.
type Group = std::result::Result<Arc<Vec<u8>>, ()>;

/// The groups used last, up to a number of bytes; the same sequence of calls makes the same decisions.
pub(super) struct Cache<T> {
    /// Unit, its bytes and what is kept for it; most recently used last.
    list: VecDeque<(usize, u64, T)>,
    bytes: u64,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Cache { list: VecDeque::new(), bytes: 0 }
    }
}

impl<T: Clone> Cache<T> {
    pub(super) fn get(&mut self, unit: usize) -> Option<T> {
        let at = self.list.iter().rposition(|(known, _, _)| *known == unit)?;
        let hit = self.list.remove(at)?;
        let value = hit.2.clone();
        self.list.push_back(hit);
        Some(value)
    }

    pub(super) fn put(&mut self, unit: usize, len: u64, value: T) {
        while self.bytes + len > CACHE_BYTES
            && let Some((_, gone, _)) = self.list.pop_front()
        {
            self.bytes -= gone;
        }
        self.bytes += len;
        self.list.push_back((unit, len, value));
    }
}

/// A range of one unit's content.
pub(super) struct Access {
    pub(super) unit: usize,
    pub(super) range: Range<usize>,
}

impl<R: Read + Seek> Archive<R> {
    /// The whole content of the entry at `index`, holes as zeros; empty where it has none. A hard link gives its target's.
    ///
    /// # Errors
    /// As [`Archive::read_many`]; [`Error::Limit`] for content beyond the memory limit.
    pub fn read(&mut self, index: usize) -> Result<Vec<u8>> {
        let index = self.link_target(index).unwrap_or(index);
        let Some(entry) = self.all.get(index) else { return Ok(Vec::new()) };
        self.limits.check_memory(entry.size)?;
        let holes = entry.meta.holes.clone();
        let mut sink = Gather { out: Vec::new(), holes: holes.into_iter().collect() };
        self.read_many(&[index], 1, &mut sink)?;
        sink.fill_holes()?;
        Ok(sink.out)
    }

    /// Gives the contents of the files at `indices` to `sink`, in the order of the store; other kinds of entries and empty files are
    /// passed over. `threads` groups are decoded at the same time; 0 takes one for each CPU.
    ///
    /// # Errors
    /// Those that `sink` returns, [`Error::Limit`] where the contents are more than the limits allow, [`Error::Io`].
    pub fn read_many(&mut self, indices: &[usize], threads: usize, sink: &mut dyn EntrySink) -> Result<()> {
        let mut indices: Vec<usize> = indices.iter().copied().filter(|&index| self.has_content(index)).collect();
        indices.sort_by_key(|&index| (self.all[index].extents.first().map_or(0, |extent| extent.address), index));
        indices.dedup();
        let total = indices.iter().fold(0u64, |sum, &index| sum.saturating_add(self.all[index].data_len()));
        self.limits.check_content(total)?;
        let loads = self.loads(&indices);
        let (units, limits) = (&self.units, self.limits);
        let spending = (limits, self.models.clone());
        let mut groups = Groups::new(&mut self.reader, &self.sections, units, loads, spending, threads)?;
        for &index in &indices {
            let entry = &self.all[index];
            if !sink.begin(index, entry)? {
                skip_entry(units, entry, &mut groups)?;
                continue;
            }
            let result = read_entry(units, entry, &mut groups, sink);
            match result {
                Ok(result) => sink.end(index, entry, result)?,
                Err(fatal) => return Err(fatal),
            }
        }
        Ok(())
    }

    fn has_content(&self, index: usize) -> bool {
        self.all.get(index).is_some_and(|entry| entry.meta.kind == Kind::File && !entry.extents.is_empty())
    }

    /// The units that reading these entries decodes, in that order.
    fn loads(&self, indices: &[usize]) -> Vec<usize> {
        let mut cache: Cache<()> = Cache::default();
        let mut loads = Vec::new();
        for &index in indices {
            for access in accesses(&self.units, &self.all[index]).map_while(|access| access) {
                if cache.get(access.unit).is_none() {
                    loads.push(access.unit);
                    cache.put(access.unit, self.units[access.unit].len, ());
                }
            }
        }
        loads
    }

    /// How many content units reading the entry at `index` alone decodes, and how many packed bytes they are.
    pub fn cost(&self, index: usize) -> (u64, u64) {
        let index = self.link_target(index).unwrap_or(index);
        let Some(entry) = self.all.get(index) else { return (0, 0) };
        let units: HashSet<usize> =
            accesses(&self.units, entry).map_while(|access| access).map(|access| access.unit).collect();
        (units.len() as u64, units.iter().map(|&unit| self.units[unit].packed).sum())
    }
}

/// The unit that holds `address`.
fn unit_of(units: &[UnitPlace], address: u64) -> Option<usize> {
    let index = units.partition_point(|unit| unit.address + unit.len <= address);
    units.get(index).filter(|unit| unit.address <= address).map(|_| index)
}

/// An entry's content, unit by unit; `None` where a part of it is in no unit, which ends it.
pub(super) fn accesses<'a>(units: &'a [UnitPlace], entry: &'a Entry) -> impl Iterator<Item = Option<Access>> + 'a {
    entry.extents.iter().flat_map(move |extent| {
        let (mut at, stop) = (extent.address, extent.address + extent.len);
        std::iter::from_fn(move || {
            if at >= stop {
                return None;
            }
            let Some(index) = unit_of(units, at) else {
                at = stop;
                return Some(None);
            };
            let unit = &units[index];
            let end = stop.min(unit.address + unit.len);
            let range = (at - unit.address) as usize..(end - unit.address) as usize;
            at = end;
            Some(Some(Access { unit: index, range }))
        })
    })
}

/// Gives an entry's content to the sink: the inner result is that of reading, the outer one the sink's.
fn read_entry<R: Read + Seek>(
    units: &[UnitPlace],
    entry: &Entry,
    groups: &mut Groups<'_, R>,
    sink: &mut dyn EntrySink,
) -> Result<Result<()>> {
    let mut hasher = blake3::Hasher::new();
    let mut failed = None;
    for access in accesses(units, entry) {
        let Some(Access { unit, range }) = access else {
            failed.get_or_insert(Error::corrupt("a part of its content is lost"));
            break;
        };
        // Groups are taken even after a failure: they come in a fixed order.
        match groups.get(unit)? {
            Ok(bytes) if failed.is_none() => {
                for step in bytes[range].chunks(STEP) {
                    hasher.update(step);
                    sink.data(step)?;
                }
            }
            Ok(_) => {}
            Err(error) => _ = failed.get_or_insert(error),
        }
    }
    Ok(match failed {
        Some(error) => Err(error),
        None if entry.hash.is_some_and(|hash| *hasher.finalize().as_bytes() != hash) => {
            Err(Error::corrupt("an entry's content has not the hash that the index says"))
        }
        None => Ok(()),
    })
}

/// Takes the groups of an entry that nobody wants after all.
fn skip_entry<R: Read + Seek>(units: &[UnitPlace], entry: &Entry, groups: &mut Groups<'_, R>) -> Result<()> {
    for access in accesses(units, entry).map_while(|access| access) {
        let _ = groups.get(access.unit)?;
    }
    Ok(())
}

/// Decodes groups ahead, in the order in which they will be missed.
struct Groups<'a, R> {
    source: Source<'a, R>,
    sections: &'a [Section],
    units: &'a [UnitPlace],
    limits: ArchiveLimits,
    models: ModelSource,
    loads: Vec<usize>,
    /// Loads submitted.
    submitted: usize,
    jobs: Ordered<Result<Vec<u8>>>,
    cache: Cache<Group>,
}

impl<'a, R: Read + Seek> Groups<'a, R> {
    fn new(
        reader: &'a mut R,
        sections: &'a [Section],
        units: &'a [UnitPlace],
        loads: Vec<usize>,
        (limits, models): (ArchiveLimits, ModelSource),
        threads: usize,
    ) -> Result<Self> {
        // A group in flight is there packed, decoded, and as its codec's tables: about 8 bytes for each of its own.
        let largest = loads.iter().map(|&unit| units[unit].len).max().unwrap_or(1).max(1);
        let affordable = (limits.memory / largest.saturating_mul(8)).max(1) as usize;
        let threads = crate::options::resolve_threads(threads).min(affordable).min(loads.len().max(1));
        Ok(Groups {
            source: Source::new(reader)?,
            sections,
            units,
            limits,
            models,
            loads,
            submitted: 0,
            jobs: Ordered::new(threads),
            cache: Cache::default(),
        })
    }

    /// The content of `unit`; the inner error is the group's, the outer one the reader's.
    fn get(&mut self, unit: usize) -> Result<Result<Arc<Vec<u8>>>> {
        if let Some(group) = self.cache.get(unit) {
            let place = &self.units[unit];
            let failed = Error::Corrupt { what: "its group is damaged", offset: place.at };
            let failed =
                self.sections.get(place.section as usize).map_or(Error::Internal(NO_SECTION), |s| s.locate(failed));
            return Ok(group.map_err(|()| failed));
        }
        while !self.jobs.is_full() && self.submitted < self.loads.len() {
            self.submit_next()?;
        }
        let result = self.jobs.next().ok_or(Error::Internal("a group was not foreseen"))??;
        let group = result.map(Arc::new);
        let kept = group.as_ref().map(Arc::clone).map_err(|_| ());
        self.cache.put(unit, self.units[unit].len, kept);
        Ok(group)
    }

    fn submit_next(&mut self) -> Result<()> {
        let place = self.units[self.loads[self.submitted]];
        self.submitted += 1;
        let (limits, models) = (self.limits, self.models.clone());
        let section = self.sections.get(place.section as usize).ok_or(Error::Internal(NO_SECTION))?.clone();
        // What cannot be there in memory will not be read.
        let records = limits.check_memory(place.packed.saturating_add(place.len));
        let records = match records.and_then(|()| section.source(&mut self.source).peek(place.at, place.packed)) {
            Err(Error::Io(error)) => return Err(Error::Io(error)),
            records => records,
        };
        self.jobs.submit(move || {
            let decoded = records.and_then(|records| decode_place(&records, &place, &limits, &models));
            Ok(decoded.map_err(|error| section.locate(error)))
        })
    }
}

/// Decodes the unit that `records` are, UNIT record included.
pub(super) fn decode_place(
    records: &[u8],
    place: &UnitPlace,
    limits: &ArchiveLimits,
    models: &ModelSource,
) -> Result<Vec<u8>> {
    if (records.len() as u64) < place.packed {
        return Err(Error::Truncated { what: "a group", offset: place.at });
    }
    let decode = || {
        let (unit, rest) = split_unit(records)?;
        if unit.address != place.address || unit.len != place.len || unit.packed != rest.len() as u64 {
            return Err(Error::corrupt("a unit is not what the index says"));
        }
        decode_content(&unit, rest, &archive_header(place.bound), limits, models)
    };
    decode().map_err(|err| err.at(place.at))
}

/// Gathers one entry's content in memory.
struct Gather {
    out: Vec<u8>,
    /// Those not reached yet.
    holes: VecDeque<Range<u64>>,
}

impl Gather {
    /// Appends the holes that start here.
    fn fill_holes(&mut self) -> Result<()> {
        while let Some(hole) = self.holes.front().filter(|hole| hole.start == self.out.len() as u64) {
            let len = (hole.end - hole.start) as usize;
            self.out.try_reserve(len).map_err(|_| Error::OutOfMemory { bytes: len as u64 })?;
            self.out.resize(self.out.len() + len, 0);
            self.holes.pop_front();
        }
        Ok(())
    }
}

impl EntrySink for Gather {
    fn begin(&mut self, _: usize, _: &Entry) -> Result<bool> {
        Ok(true)
    }

    fn data(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            self.fill_holes()?;
            let room = self.holes.front().map_or(u64::MAX, |hole| hole.start - self.out.len() as u64);
            let (now, later) = bytes.split_at(usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len()));
            self.out.try_reserve(now.len()).map_err(|_| Error::OutOfMemory { bytes: now.len() as u64 })?;
            self.out.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    fn end(&mut self, _: usize, _: &Entry, result: Result<()>) -> Result<()> {
        result
    }
}
