//! Earlier versions: what an archive has of a file that is added again, changed.
//!
//! Chunks that did not change are known. Those that did are searched for what of them stands in the file's old version - the
//! current entry of its name, or of the name that ends most alike - and become ranges of that where it is half of them or more. The version
//! is decoded when the first new chunk of the file asks for it; files are added in the order in which the archive has them, so
//! its group is mostly the one that was decoded last. A version that cannot be read is none.

use super::entry::{Extent, Kind};
use super::intake::Piece;
use super::near::{Match, Windows};
use super::open::Archive;
use super::read::{Cache, accesses, decode_place};
use crate::container::walk::Source;
use crate::error::Result;
use std::collections::HashMap;
use std::io::{Read, Seek};
use std::sync::Arc;

/// Of larger files no version is looked at: it is held in memory.
const VERSION_MAX: u64 = 64 << 20;

/// Windows of an old version. No codec will see the version beside what is new, so short matches pay.
type VersionWindows = Windows<32, 64, 32>;

/// An old version of a file.
struct Version {
    data: Vec<u8>,
    windows: VersionWindows,
    /// Where in the store its data is.
    extents: Vec<Extent>,
}

/// Finds the data of versions, and where it is.
trait Versions {
    fn of(&mut self, name: &[u8]) -> Option<(Vec<u8>, Vec<Extent>)>;
}

/// The versions of files that an archive has.
pub(super) struct Past {
    archive: Box<dyn Versions>,
    /// The file that is being added; its version, once it was asked for.
    name: Vec<u8>,
    version: Option<Option<Version>>,
    /// How far behind its place in the file content stood in the version, where that was seen last.
    shift: i64,
}

impl Past {
    pub(super) fn new<R: Read + Seek + 'static>(archive: Archive<R>) -> Past {
        let mut by_last: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
        for index in archive.current() {
            let entry = &archive.entries()[index];
            if entry.meta.kind == Kind::File {
                by_last.entry(last(&entry.meta.name).to_vec()).or_default().push(index);
            }
        }
        let archive = Box::new(Shelf { archive, by_last, cache: Cache::default() });
        Past { archive, name: Vec::new(), version: None, shift: 0 }
    }

    /// Another file is added.
    pub(super) fn turn_to(&mut self, name: &[u8]) {
        self.name = name.to_vec();
        self.version = None;
        self.shift = 0;
    }

    /// What of a chunk, which stands `at` this place in its file, is in the old version: where in the chunk, and pieces of the
    /// store. Nothing where that is less than half.
    pub(super) fn matches(&mut self, at: u64, chunk: &[u8]) -> Result<Vec<(usize, Piece)>> {
        if self.version.is_none() {
            self.version = Some(match self.archive.of(&self.name) {
                None => None,
                Some((data, extents)) => {
                    let mut windows = VersionWindows::default();
                    windows.extend(&data, data.len())?;
                    Some(Version { data, windows, extents })
                }
            });
        }
        let Some(Some(version)) = &self.version else { return Ok(Vec::new()) };
        let resume = at.checked_add_signed(self.shift).and_then(|from| usize::try_from(from).ok());
        let matches = version.windows.matches(&version.data, chunk, resume);
        if let Some(last) = matches.last() {
            self.shift = last.from as i64 - (at as i64 + last.at as i64);
        }
        if covered(&matches) * 2 < chunk.len() {
            return Ok(Vec::new());
        }
        Ok(matches.iter().flat_map(|found| version.pieces(found)).collect())
    }
}

/// Bytes that matches are of.
pub(super) fn covered(matches: &[Match]) -> usize {
    matches.iter().map(|found| found.len).sum()
}

impl Version {
    /// The ranges of the store that a match is, and where each is in the chunk.
    fn pieces(&self, found: &Match) -> Vec<(usize, Piece)> {
        let (from, to) = (found.from as u64, (found.from + found.len) as u64);
        let mut start = 0;
        let mut pieces = Vec::new();
        for extent in &self.extents {
            let end = start + extent.len;
            let (low, high) = (from.max(start), to.min(end));
            if low < high {
                let piece = Piece { serial: 0, offset: extent.address + (low - start), len: high - low };
                pieces.push((found.at + (low - from) as usize, piece));
            }
            start = end;
        }
        pieces
    }
}

/// An archive, and its groups decoded last.
struct Shelf<R> {
    archive: Archive<R>,
    /// Files by the last component of their names.
    by_last: HashMap<Vec<u8>, Vec<usize>>,
    cache: Cache<Arc<Vec<u8>>>,
}

fn last(name: &[u8]) -> &[u8] {
    name.rsplit(|&byte| byte == b'/').next().unwrap_or(name)
}

impl<R: Read + Seek> Shelf<R> {
    /// The file of this name, or the one whose name ends most alike: in two components at least, or as the only one of its
    /// last component.
    fn find(&self, name: &[u8]) -> Option<usize> {
        let exact = self.archive.find(name).map(|index| self.archive.link_target(index).unwrap_or(index));
        let candidates = self.by_last.get(last(name));
        let alike = |&&index: &&usize| {
            let other = &self.archive.entries()[index].meta.name;
            let parts = other.rsplit(|&byte| byte == b'/').zip(name.rsplit(|&byte| byte == b'/'));
            parts.take_while(|(a, b)| a == b).count()
        };
        exact.or_else(|| {
            let candidates = candidates?;
            let best = candidates.iter().max_by_key(alike)?;
            (candidates.len() == 1 || alike(&best) > 1).then_some(*best)
        })
    }

    fn group(&mut self, unit: usize) -> Result<Arc<Vec<u8>>> {
        if let Some(group) = self.cache.get(unit) {
            return Ok(group);
        }
        let place = self.archive.units[unit];
        let section = self.archive.sections[place.section as usize].clone();
        let mut file = Source::new(&mut self.archive.reader)?;
        let records = section.source(&mut file).peek(place.at, place.packed)?;
        let group = Arc::new(decode_place(&records, &place, &self.archive.limits, &self.archive.models)?);
        self.cache.put(unit, place.len, Arc::clone(&group));
        Ok(group)
    }
}

impl<R: Read + Seek> Versions for Shelf<R> {
    fn of(&mut self, name: &[u8]) -> Option<(Vec<u8>, Vec<Extent>)> {
        let entry = self.archive.entries().get(self.find(name)?)?.clone();
        if entry.meta.kind != Kind::File || entry.data_len() > VERSION_MAX.min(self.archive.limits.memory / 4) {
            return None;
        }
        let accesses: Option<Vec<_>> = accesses(&self.archive.units, &entry).collect();
        let mut data = Vec::new();
        for access in accesses? {
            let group = self.group(access.unit).ok()?;
            data.extend_from_slice(group.get(access.range)?);
        }
        Some((data, entry.extents))
    }
}
