//! Verifying: every byte of the file against the digests, every group, every entry.

use super::decode::{decode_table, split_record, split_unit};
use super::entry::Entry;
use super::find::{Generation, Section};
use super::open::{Archive, Condition, START_MAX};
use super::read::EntrySink;
use super::table::{Around, read_entries};
use super::unit::{End, Ident, UnitKind};
use crate::container::record::RecordType;
use crate::container::seal::head::FRONT;
use crate::container::walk::{Source, parse_archive_start};
use crate::error::{Error, Result};
use std::io::{Read, Seek};

/// Bytes hashed at a time.
const STEP: u64 = 1 << 20;

/// Compares hashes and drops the bytes.
struct Check;

impl EntrySink for Check {
    fn begin(&mut self, _: usize, _: &Entry) -> Result<bool> {
        Ok(true)
    }

    fn data(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn end(&mut self, _: usize, _: &Entry, result: Result<()>) -> Result<()> {
        result
    }
}

impl<R: Read + Seek> Archive<R> {
    /// Reads everything, of all generations: the digest of every generation, both copies of the tables, every group and
    /// the content of every entry. Any changed byte of the file is an error.
    ///
    /// # Errors
    /// The first thing that is wrong; [`Error::Truncated`] for a torn tail.
    pub fn verify(&mut self, threads: usize) -> Result<()> {
        match self.condition {
            Condition::Whole => {}
            Condition::TornTail { at, .. } => {
                return Err(Error::Truncated { what: "an append was interrupted here", offset: at });
            }
            Condition::DamagedTail { at, .. } => {
                return Err(Error::Corrupt { what: "the last generation has no sound end", offset: at });
            }
            Condition::DamagedParity { at, .. } => {
                return Err(Error::Corrupt { what: "the parity is damaged, or was never finished", offset: at });
            }
            Condition::Salvaged => return Err(Error::corrupt("the archive is damaged")),
        }
        if let Some(parity) = &self.parity {
            parity.verify(&mut Source::new(&mut self.reader)?)?;
        }
        for index in 0..self.generations.len() {
            let Generation { section, end, .. } = self.generations[index].clone();
            self.check_seal(&section)?;
            self.check_digest(&section, &end).map_err(|err| section.locate(err))?;
            self.check_front(&section, &end).map_err(|err| section.locate(err))?;
            self.check_units(&section, &end).map_err(|err| section.locate(err))?;
        }
        let everything: Vec<usize> = (0..self.all.len()).collect();
        self.read_many(&everything, threads, &mut Check)
    }

    /// Whether a seal stands the same at both ends of its generation. Everything else of it has been authenticated, or will be.
    fn check_seal(&mut self, section: &Section) -> Result<()> {
        let Some(view) = &section.view else { return Ok(()) };
        let mut source = Source::new(&mut self.reader)?;
        let copy = view.copy_of_seal();
        let second = source.read_file(copy.start, copy.end - copy.start, "a seal")?;
        let first = source.read_file(section.start + FRONT.len() as u64, second.len() as u64, "a seal")?;
        let differs = Error::Tampered { what: "the seals at the ends of a generation differ", offset: copy.start };
        if first == second { Ok(()) } else { Err(differs) }
    }

    fn check_digest(&mut self, section: &Section, end: &End) -> Result<()> {
        let mut file = Source::new(&mut self.reader)?;
        let mut source = section.source(&mut file);
        let (mut at, stop) = (0, end.length);
        let mut hasher = blake3::Hasher::new();
        while at < stop {
            let bytes = source.read(at, STEP.min(stop - at), "a generation")?;
            hasher.update(&bytes);
            at += bytes.len() as u64;
        }
        if *hasher.finalize().as_bytes() == end.digest {
            Ok(())
        } else {
            Err(Error::corrupt("a generation's bytes have not the digest that its end says"))
        }
    }

    /// Whether both ends of a generation say the same.
    fn check_front(&mut self, section: &Section, end: &End) -> Result<()> {
        let mut file = Source::new(&mut self.reader)?;
        let front = section.source(&mut file).peek(0, START_MAX)?;
        let (header, body, len) = parse_archive_start(&front)?;
        let split = split_record(&front[len..], 0)?;
        let same = split.head.kind == Some(RecordType::Archive)
            && Ident::parse_archive(body, split.body)? == end.ident
            && header == end.header();
        if same { Ok(()) } else { Err(Error::corrupt("the ends of a generation disagree")) }
    }

    /// Walks over the units of a generation: their numbers, and that the tables in front of the contents say what the index
    /// says.
    fn check_units(&mut self, section: &Section, end: &End) -> Result<()> {
        let mut file = Source::new(&mut self.reader)?;
        let mut source = section.source(&mut file);
        let front = source.peek(0, START_MAX)?;
        let (_, _, len) = parse_archive_start(&front)?;
        let first = self.all.partition_point(|entry| entry.generation < end.ident.generation);
        let (mut pos, stop) = (len as u64, end.length);
        let (mut units, mut parts) = (0, 0usize);
        while pos < stop {
            let head = source.record(pos, 0)?;
            let record_len = head.head_len as u64 + head.body_len;
            if head.kind != Some(RecordType::Unit) {
                pos += record_len;
                continue;
            }
            let record = source.read(pos, record_len, "a unit")?;
            let unit = split_unit(&record).map_err(|err| err.at(pos))?.0;
            let sound = unit.number == units && unit.generation == end.ident.generation && unit.id == end.ident.id[..8];
            if !sound || unit.packed > stop - pos - record_len {
                return Err(Error::Corrupt { what: "a unit that is not of this place", offset: pos });
            }
            units += 1;
            if unit.kind == UnitKind::Part {
                self.limits.check_memory(unit.packed)?;
                let records = source.read(pos + record_len, unit.packed, "a table")?;
                let strings = decode_table(&unit, &records, &self.limits).map_err(|err| err.at(pos))?;
                let store = end.ident.base + end.content;
                let around =
                    Around { generation: end.ident.generation, store, known: parts as u64, limits: &self.limits };
                let rows = read_entries(&strings, &around, None);
                let rows = rows.map_err(|err| err.at(pos))?;
                let known = self.all.get(first + parts..first + parts + rows.len());
                let same = |(part, entry): (&Entry, &Entry)| {
                    part.meta == entry.meta && part.size == entry.size && part.extents == entry.extents
                };
                if known.is_none_or(|known| !rows.iter().zip(known).all(same)) || unit.address != parts as u64 {
                    return Err(Error::Corrupt { what: "the two tables of entries disagree", offset: pos });
                }
                parts += rows.len();
            }
            pos += record_len + unit.packed;
        }
        let here = |what| Error::Corrupt { what, offset: pos };
        if units != end.units {
            return Err(here("a generation has not the units that it says"));
        }
        if parts as u64 != end.entries {
            return Err(here("the two tables of entries disagree"));
        }
        Ok(())
    }
}
