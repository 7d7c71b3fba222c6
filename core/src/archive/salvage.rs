//! What is left of a damaged archive: units are found by their sync bytes wherever they are, tables among them name the
//! files, and each file is readable whose groups are intact.
//!
//! Needs neither the start nor the end of the file, and no order: bytes may be missing or added in between.

use super::STORE_MAX;
use super::decode::{decode_table, split_record};
use super::entry::Entry;
use super::limits::ArchiveLimits;
use super::open::{Archive, Condition, START_MAX, UnitPlace};
use super::table::{Around, RangeHashes, read_entries};
use super::unit::{SYNC, Unit, UnitKind};
use crate::container::header::GROUP_BOUND_MAX;
use crate::container::record::RecordType;
use crate::container::walk::{Source, parse_archive_start};
use crate::error::{Error, Result};
use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Seek};

/// Bytes searched at a time.
const STEP: u64 = 1 << 20;
/// A UNIT record is shorter than this.
const UNIT_MAX: u64 = 130;

/// A unit that was found, its tables and groups not looked at yet.
#[derive(Clone, Copy)]
struct Found {
    unit: Unit,
    /// Offset of the UNIT record.
    at: u64,
    /// Bytes of that record.
    record: u64,
}

impl<R: Read + Seek> Archive<R> {
    /// Opens what is left of a damaged archive. Entries whose content is lost are listed all the same; reading them fails.
    ///
    /// # Errors
    /// [`Error::NotVatic`] where nothing of an archive is found, [`Error::Limit`], [`Error::Io`].
    pub fn salvage(mut reader: R, limits: &ArchiveLimits) -> Result<Self> {
        let found = find_units(&mut Source::new(&mut reader)?)?;
        let Some(short) = choose_id(&found, &mut Source::new(&mut reader)?)? else {
            return Err(Error::NotVatic { what: "nothing of an archive was found in it" });
        };
        let mut id = [0; 16];
        id[..8].copy_from_slice(&short);
        let mut archive = Archive {
            reader,
            limits: *limits,
            id,
            generations: Vec::new(),
            units: Vec::new(),
            all: Vec::new(),
            current: BTreeMap::new(),
            links: HashMap::new(),
            chunks: Vec::new(),
            condition: Condition::Salvaged,
        };
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
        for Found { unit, at, record } in found {
            if unit.kind == UnitKind::Content && unit.len > 0 && unit.address + unit.len <= STORE_MAX {
                let (address, len, packed) = (unit.address, unit.len, unit.packed.saturating_add(record));
                self.units.push(UnitPlace { address, len, at, packed, bound: GROUP_BOUND_MAX });
            }
        }
        self.units.sort_by_key(|unit| (unit.address, unit.at));
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
        let Found { unit, at, record } = *found;
        self.limits.check_memory(unit.packed)?;
        let records = Source::new(&mut self.reader)?.peek(at + record, unit.packed)?;
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

/// Every UNIT record of the file.
fn find_units<R: Read + Seek>(source: &mut Source<'_, R>) -> Result<Vec<Found>> {
    let mut list = Vec::new();
    let mut from = 0;
    while from < source.len {
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
                list.push(Found { unit, at: from + at as u64, record });
            }
        }
        from += STEP;
    }
    Ok(list)
}

/// Whose units to take: those of the archive that starts the file, else of the one with most units outside of others' content
/// (a file of an archive may be an archive itself).
fn choose_id<R: Read + Seek>(found: &[Found], source: &mut Source<'_, R>) -> Result<Option<[u8; 8]>> {
    let front = source.peek(0, START_MAX)?;
    if let Ok((_, header, len)) = parse_archive_start(&front)
        && let Ok(split) = split_record(&front[len..], 0)
        && let Ok(ident) = super::unit::Ident::parse_archive(header, split.body)
    {
        return Ok(Some(Unit::short_id(&ident.id)));
    }
    let mut votes: HashMap<[u8; 8], usize> = HashMap::new();
    let mut stop = 0;
    for Found { unit, at, record } in found {
        if *at >= stop {
            *votes.entry(unit.id).or_default() += 1;
            stop = at + record + unit.packed;
        }
    }
    Ok(votes.into_iter().max_by_key(|&(id, count)| (count, id)).map(|(id, _)| id))
}
