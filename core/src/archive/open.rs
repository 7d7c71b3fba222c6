//! Opening: generations (`find`), then their tables.
//!
//! What is read is the END of each generation and its index; contents stay where they are. Positions in a generation
//! count from its first byte, through [`Section`], the one place that knows whether it is sealed.

use super::CHUNK_HASH_LEN;
use super::decode::{decode_table, split_record, split_unit};
use super::entry::{Entry, Extent, Kind};
use super::find::{Finding, Generation, SealedTail, Section, find};
use super::intake::WHOLE_KNOWN;
use super::limits::ArchiveLimits;
use super::parity::{Parity, Share};
use super::table::{Around, Place, RangeHashes, TABLE_MAX, only_range, read_entries, read_places};
use super::unit::{End, Ident, UnitKind};
use crate::container::seal::keyring::{DataKey, Keyring};
use crate::container::walk::Source;
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::model::Model;
use crate::options::{DecodeOptions, ModelSource};
use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Seek};

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
    /// All generations are whole, and the parity behind them, from byte `at` on, is not: damaged, or never finished.
    DamagedParity {
        /// Bytes of the file that count.
        at: u64,
        /// Bytes of what was parity.
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
    /// Which of the archive's sections it is in.
    pub(super) section: u32,
    /// Offset of its UNIT record in that.
    pub(super) at: u64,
    /// Bytes, UNIT record included.
    pub(super) packed: u64,
    /// Largest group of its generation.
    pub(super) bound: u64,
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
    /// Files of many ranges, by their hash.
    pub(super) whole: Vec<([u8; 32], Vec<Extent>)>,
    /// The hashes of files of one range.
    pub(super) hashes: RangeHashes,
    pub(super) seal: Option<SealedTail>,
    /// What parity the archive has. It goes with what is behind [`Tail::len`], and can be made again.
    pub parity: Option<Share>,
    /// Bytes of the file that count: the next generation starts here, and what is behind must go.
    pub len: u64,
}

/// An archive that is open for reading.
#[derive(Debug)]
pub struct Archive<R> {
    pub(super) reader: R,
    pub(super) limits: ArchiveLimits,
    pub(super) models: ModelSource,
    pub(super) id: [u8; 16],
    pub(super) generations: Vec<Generation>,
    /// Where bytes are: of each generation, or what was found of a damaged file.
    pub(super) sections: Vec<Section>,
    pub(super) seal: Option<SealedTail>,
    pub(super) parity: Option<Parity>,
    /// What is left of parity that is not whole says what was asked for.
    remains: Option<Share>,
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
    /// whole, [`Error::KeyNeeded`] for a sealed archive, every kind of damage in the tables, [`Error::Limit`].
    pub fn open(reader: R, limits: &ArchiveLimits) -> Result<Self> {
        Archive::open_with(reader, limits, &Keys::new())
    }

    /// As [`Archive::open`]; where there are keys the archive must be sealed, and one of them must open it.
    ///
    /// # Errors
    /// As [`Archive::open`], and [`Error::NotSealed`], [`Error::WrongKey`], [`Error::Tampered`].
    pub fn open_with(mut reader: R, limits: &ArchiveLimits, keys: &Keys) -> Result<Self> {
        let mut keyring = Keyring::new(keys, &limits.codecs());
        let mut source = Source::new(&mut reader)?;
        let Finding { generations, condition, seal, parity } = find(&mut source, &mut keyring)?;
        let remains = match condition {
            Condition::DamagedParity { at, .. } => Parity::share_at(&mut source, at)?,
            _ => None,
        };
        let id = generations.first().map(|first| first.end.ident.id).unwrap_or_default();
        let sections = generations.iter().map(|generation| generation.section.clone()).collect();
        let blank = Archive::blank(reader, limits, id, sections, condition);
        let mut archive = Archive { generations, seal, parity, remains, ..blank };
        let mut hashes = RangeHashes::new();
        for index in 0..archive.generations.len() {
            archive.load_index(index, &mut hashes)?;
        }
        Ok(archive)
    }

    /// Without any entries yet.
    pub(super) fn blank(
        reader: R,
        limits: &ArchiveLimits,
        id: [u8; 16],
        sections: Vec<Section>,
        condition: Condition,
    ) -> Self {
        Archive {
            reader,
            limits: *limits,
            models: ModelSource::default(),
            id,
            generations: Vec::new(),
            sections,
            seal: None,
            parity: None,
            remains: None,
            units: Vec::new(),
            all: Vec::new(),
            current: BTreeMap::new(),
            links: HashMap::new(),
            chunks: Vec::new(),
            condition,
        }
    }

    /// Reads the tables of one generation.
    fn load_index(&mut self, index: usize, hashes: &mut RangeHashes) -> Result<()> {
        let Generation { section, end, .. } = self.generations[index].clone();
        // The tables are held packed, then unpacked, then as entries.
        self.limits.check_memory(end.index_distance.saturating_mul(2))?;
        let at = end.length - end.index_distance;
        let mut file = Source::new(&mut self.reader)?;
        let bytes = section.source(&mut file).read(at, end.index_distance, "the index");
        let bytes = bytes.map_err(|err| section.locate(err))?;
        let place = |rest: &[u8]| at + (bytes.len() - rest.len()) as u64;
        let first = self.all.len();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let here = place(rest);
            rest = self.load_unit(rest, &end, first, index, hashes).map_err(|err| section.locate(err.at(here)))?;
        }
        let corrupt = |what| section.locate(Error::Corrupt { what, offset: at });
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
        section: usize,
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
                    self.take_place(place, end, section)?;
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

    fn take_place(&mut self, place: Place, end: &End, section: usize) -> Result<()> {
        match place {
            Place::Unit { at, packed, len } => {
                let address = self.units.last().map_or(0, |unit| unit.address + unit.len);
                let content_end = end.length - end.index_distance;
                let outside = at.checked_add(packed).is_none_or(|stop| stop > content_end);
                if outside || len == 0 || len > end.group_bound || address + len > end.ident.base + end.content {
                    return Err(Error::corrupt("a unit of the index is not possible"));
                }
                let section = section as u32;
                self.units.push(UnitPlace { address, len, section, at, packed, bound: end.group_bound });
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

    /// What tells this state of this archive from others, in 16 bytes: it changes with each generation. A file cannot tell its own
    /// age; whoever keeps this elsewhere notices an older one. `None` for a salvaged archive.
    pub fn state(&self) -> Option<[u8; 16]> {
        let (state, _) = self.generations.last()?.tag.split_first_chunk()?;
        Some(*state)
    }

    /// The parity it has, or had before that was damaged.
    pub fn parity(&self) -> Option<Share> {
        self.parity.as_ref().map(Parity::share).or(self.remains)
    }

    /// Whether it is sealed.
    pub fn is_sealed(&self) -> bool {
        self.sections.iter().any(|section| section.view.is_some())
    }

    /// What seals another archive for the same keys; `None` where this one is not sealed.
    pub(super) fn data_key(&self) -> Option<&DataKey> {
        self.seal.as_ref().map(|seal| &seal.key)
    }

    /// The generations, first to last.
    pub fn generations(&self) -> impl Iterator<Item = GenerationInfo> {
        self.generations.iter().map(|generation| GenerationInfo {
            number: generation.end.ident.generation,
            entries: generation.end.entries,
            stored: generation.end.content,
            packed: generation.section.len,
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
        let mut whole = Vec::new();
        for entry in &self.all {
            if let Some(hash) = entry.hash.filter(|_| entry.extents.len() > 1 && entry.data_len() <= WHOLE_KNOWN) {
                whole.push((hash, entry.extents.clone()));
            }
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
        let len = last.section.start + last.section.len;
        Ok(Tail { ident, chunks, whole, hashes, seal: self.seal.clone(), parity: self.parity(), len })
    }

    /// Has contents that were coded with models read with those of `options`, or what its provider finds. To open and to list an archive takes none.
    /// Where one is missing, reading ends in [`Error::ModelMissing`].
    pub fn set_models(&mut self, options: &DecodeOptions) {
        self.models = options.models.clone();
    }

    /// What is appended may be coded with models that the old contents were coded with too.
    pub(super) fn also_models(&mut self, models: &[Model]) {
        self.models.models.extend_from_slice(models);
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
