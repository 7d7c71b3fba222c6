//! What is left of a damaged archive: units are found by their sync bytes wherever they are, tables among them name the
//! files, and each file is readable whose groups are intact.
//!
//! Needs neither the start nor the end of the file, and no order: bytes may be missing or added in between. Of a sealed archive the
//! authentic segments are found first (`sealed_remains`), then units in what they hold.

use super::STORE_MAX;
use super::decode::{decode_table, split_record};
use super::entry::Entry;
use super::find::{SealedTail, Section};
use super::limits::ArchiveLimits;
use super::open::{Archive, Condition, START_MAX, UnitPlace};
use super::sealed_remains::sealed_remains;
use super::table::{Around, RangeHashes, read_entries};
use super::unit::{SYNC, Unit, UnitKind};
use crate::container::header::GROUP_BOUND_MAX;
use crate::container::record::RecordType;
use crate::container::seal::TAG;
use crate::container::seal::keyring::Keyring;
use crate::container::walk::{Source, parse_archive_start};
use crate::error::{Error, Result};
use crate::keys::Keys;
use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Seek};
use std::ops::Range;

/// Bytes searched at a time.
const STEP: u64 = 1 << 20;
/// A UNIT record is shorter than this.
const UNIT_MAX: u64 = 130;

/// A unit that was found, its tables and groups not looked at yet.
#[derive(Clone, Copy)]
struct Found {
    unit: Unit,
    /// Which section it is in.
    section: u32,
    /// Offset of the UNIT record in that.
    at: u64,
    /// Bytes of that record.
    record: u64,
}

impl<R: Read + Seek> Archive<R> {
    /// Opens what is left of a damaged archive. Entries whose content is lost are listed all the same; reading them fails.
    ///
    /// # Errors
    /// [`Error::NotVatic`] where nothing of an archive is found, [`Error::Limit`], [`Error::Io`].
    pub fn salvage(reader: R, limits: &ArchiveLimits) -> Result<Self> {
        Archive::salvage_with(reader, limits, &Keys::new())
    }

    /// As [`Archive::salvage`]; where there are keys, what is left of a sealed archive, and of nothing else.
    ///
    /// # Errors
    /// As [`Archive::salvage`], and [`Error::WrongKey`] where the keys open none of the seals that were found.
    pub fn salvage_with(mut reader: R, limits: &ArchiveLimits, keys: &Keys) -> Result<Self> {
        let mut file = Source::new(&mut reader)?;
        let (sections, key) = if keys.is_empty() {
            (vec![Section { start: 0, len: file.len, view: None }], None)
        } else {
            let (sections, key) = sealed_remains(&mut file, &mut Keyring::new(keys, &limits.codecs()))?;
            (sections, Some(key))
        };
        let mut found = Vec::new();
        for (index, section) in sections.iter().enumerate() {
            let mut source = section.source(&mut file);
            match &section.view {
                None => find_in(&mut source, index as u32, 0..section.len, &mut found)?,
                Some(view) => find_units(&mut source, index as u32, view.there(), &mut found)?,
            }
        }
        let front = match sections.first() {
            Some(section) => section.source(&mut file).peek(0, START_MAX)?,
            None => Vec::new(),
        };
        let Some(short) = choose_id(&found, &front) else {
            return Err(Error::NotVatic { what: "nothing of an archive was found in it" });
        };
        let mut id = [0; 16];
        id[..8].copy_from_slice(&short);
        let mut archive = Archive::blank(reader, limits, id, sections, Condition::Salvaged);
        // Whoever writes it anew must be able to seal it again. Nothing is appended to it, so no tag is needed.
        archive.seal = key.map(|key| SealedTail { key, previous: [0; TAG] });
        archive.gather(found.into_iter().filter(|found| found.unit.id == short).collect())?;
        Ok(archive)
    }

    /// Takes in the content units and tables that were found.
    fn gather(&mut self, found: Vec<Found>) -> Result<()> {
        // Rows of each generation, by number; those of an index come with hashes and are preferred.
        let mut rows: BTreeMap<(u64, u64), Entry> = BTreeMap::new();
        let mut hashes = RangeHashes::new();
        for kind in [UnitKind::Part, UnitKind::Entries] {
            for place in found.iter().filter(|found| found.unit.kind == kind) {
                for (number, entry) in self.salvage_table(place, rows.len() as u64, &mut hashes)? {
                    rows.insert((place.unit.generation, number), entry);
                }
            }
        }
        for Found { unit, section, at, record } in found {
            if unit.kind == UnitKind::Content && unit.len > 0 && unit.address + unit.len <= STORE_MAX {
                let (address, len, packed) = (unit.address, unit.len, unit.packed.saturating_add(record));
                self.units.push(UnitPlace { address, len, section, at, packed, bound: GROUP_BOUND_MAX });
            }
        }
        self.units.sort_by_key(|unit| (unit.address, unit.section, unit.at));
        // Of units that claim the same addresses the first one counts; `read` finds units by their ends, so none may overlap.
        let mut end = 0;
        self.units.retain(|unit| {
            let fits = unit.address >= end;
            end = if fits { unit.address + unit.len } else { end };
            fits
        });
        let mut generation = 0;
        let mut first = 0;
        for ((number, _), entry) in rows {
            if number != generation {
                self.take_salvaged(first);
                (generation, first) = (number, self.all.len());
            }
            self.all.push(entry);
        }
        self.take_salvaged(first);
        Ok(())
    }

    /// The entries of a table with their numbers; none where it is damaged.
    fn salvage_table(&mut self, found: &Found, known: u64, hashes: &mut RangeHashes) -> Result<Vec<(u64, Entry)>> {
        let Found { unit, section, at, record } = *found;
        self.limits.check_memory(unit.packed)?;
        let mut file = Source::new(&mut self.reader)?;
        let section = self.sections.get(section as usize).ok_or(Error::Internal("a unit is in no section"))?;
        let records = section.source(&mut file).peek(at + record, unit.packed)?;
        let strings = if records.len() as u64 == unit.packed {
            decode_table(&unit, &records, &self.limits)
        } else {
            return Ok(Vec::new());
        };
        let hashes = Some(hashes).filter(|_| unit.kind == UnitKind::Entries);
        let around = Around { generation: unit.generation, store: STORE_MAX, known, limits: &self.limits };
        match strings.and_then(|strings| read_entries(&strings, &around, hashes)) {
            Ok(entries) => Ok((unit.address..).zip(entries).collect()),
            Err(error @ (Error::Limit { .. } | Error::OutOfMemory { .. })) => Err(error),
            Err(_) => Ok(Vec::new()),
        }
    }

    /// As [`Archive::take_entries`], leaving out what cannot be: links whose target is lost, names that occur twice.
    fn take_salvaged(&mut self, first: usize) {
        let mut seen: HashMap<Vec<u8>, bool> = HashMap::new();
        let rest = self.all.split_off(first);
        for entry in rest {
            let link = match &entry.meta.kind {
                super::Kind::HardLink { target } => seen.get(target).copied().unwrap_or(false),
                _ => true,
            };
            if !seen.contains_key(&entry.meta.name) && link {
                seen.insert(entry.meta.name.clone(), entry.meta.kind == super::Kind::File);
                self.all.push(entry);
            }
        }
        // Cannot fail: what it rejects has just been left out.
        let _ = self.take_entries(first);
    }
}

/// Every UNIT record in `ranges` of a section.
fn find_units<R: Read + Seek>(
    source: &mut Source<'_, R>,
    section: u32,
    ranges: Vec<Range<u64>>,
    list: &mut Vec<Found>,
) -> Result<()> {
    for range in ranges {
        find_in(source, section, range, list)?;
    }
    Ok(())
}

fn find_in<R: Read + Seek>(
    source: &mut Source<'_, R>,
    section: u32,
    range: Range<u64>,
    list: &mut Vec<Found>,
) -> Result<()> {
    let mut from = range.start;
    while from < range.end {
        let window = source.peek(from, STEP + UNIT_MAX)?;
        let searched = window.len().min(STEP as usize);
        for at in 0..searched {
            // Type and length, then the sync bytes.
            if window.len() < at + 2 + SYNC.len() || window[at + 2..at + 2 + SYNC.len()] != SYNC {
                continue;
            }
            let Ok(split) = split_record(&window[at..], 0) else { continue };
            if split.head.kind != Some(RecordType::Unit) {
                continue;
            }
            if let Ok(unit) = Unit::parse(split.body) {
                let record = (split.head.head_len + split.body.len()) as u64;
                list.push(Found { unit, section, at: from + at as u64, record });
            }
        }
        from += STEP;
    }
    Ok(())
}

/// Whose units to take: those of the archive that starts the file, else of the one with most units outside of others' content
/// (a file of an archive may be an archive itself).
fn choose_id(found: &[Found], front: &[u8]) -> Option<[u8; 8]> {
    if let Ok((_, header, len)) = parse_archive_start(front)
        && let Ok(split) = split_record(&front[len..], 0)
        && let Ok(ident) = super::unit::Ident::parse_archive(header, split.body)
    {
        return Some(Unit::short_id(&ident.id));
    }
    let mut votes: HashMap<[u8; 8], usize> = HashMap::new();
    let mut stop = (0, 0);
    for Found { unit, section, at, record } in found {
        if (*section, *at) >= stop {
            *votes.entry(unit.id).or_default() += 1;
            stop = (*section, at + record + unit.packed);
        }
    }
    votes.into_iter().max_by_key(|&(id, count)| (count, id)).map(|(id, _)| id)
}
