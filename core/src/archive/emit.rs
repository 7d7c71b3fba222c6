//! Sending off what is complete: tables of entries, units through the threads that code them, the index.

use super::bucket::{Bucket, Family, plan};
use super::entry::{Entry, Extent, Kind};
use super::intake::{Piece, merge};
use super::table::{Place, Strings, TABLE_MAX, write_entries, write_places};
use super::unit::{Unit, UnitKind, table_tag_base};
use super::write::{Waiting, Writer};
use crate::chunk::detect::Class;
use crate::codec::CodecId;
use crate::container::models;
use crate::container::pack::{PackOptions, pack};
use crate::container::record::{RecordType, put_record};
use crate::error::{Error, Result};
use crate::options::Preset;
use crate::route::Route;
use crate::watch::Watch;
use std::io::Write;

/// Rows and bytes after which a table ends.
const TABLE_ROWS: usize = 1 << 15;
/// See [`TABLE_ROWS`].
const TABLE_BYTES: usize = 8 << 20;

/// Strings of tables above this size are for codec lz: whoever wants one file has to decode the whole index. That of 100,000 files
/// takes 0.6 s instead of the 2.1 of codec order, for 4 % of the archive; trials take most of the time to write it.
const LARGE_STRING: u64 = 512 << 10;

/// Groups up to this size - what an append adds to a few files, what little there is of a class - are coded at preset max: their
/// codec has no time to learn from much data, and its own time is no matter.
const SMALL: u64 = 256 << 10;

/// A unit's records.
pub(super) struct PackedUnit {
    kind: UnitKind,
    address: u64,
    len: u64,
    bytes: Vec<u8>,
    route: Option<Route>,
}

impl<W: Write> Writer<W> {
    /// An empty group in place of the family's open one, which is returned.
    pub(super) fn renew(&mut self, family: Family) -> Bucket {
        let fresh = Bucket { serial: self.bases.len(), ..Bucket::default() };
        self.bases.push(None);
        std::mem::replace(&mut self.buckets[family as usize], fresh)
    }

    /// Gives the open group its address and sends it off, behind a table of the entries that it completes.
    pub(super) fn close(&mut self, family: Family) -> Result<()> {
        if self.buckets[family as usize].data.is_empty() {
            return Ok(());
        }
        let bucket = self.renew(family);
        let (address, len) = (self.store_end, bucket.data.len() as u64);
        self.bases[bucket.serial] = Some(address);
        self.store_end += len;
        self.write_part()?;
        let mut options = self.pack.clone();
        if len <= SMALL && Preset::of_level(options.level) == Preset::Balanced {
            options.level = Preset::Max.level();
        }
        self.submit(move |_| {
            let packed = pack(bucket.into_plan(address), &options)?;
            let mut bytes = Vec::new();
            for model in &packed.models {
                let mut body = Vec::new();
                models::write(model, false, &mut body)?;
                put_record(&mut bytes, RecordType::Model, &body);
            }
            let indices: Vec<u32> = (0..packed.models.len() as u32).collect();
            packed.write(&indices, true, &mut bytes);
            Ok(PackedUnit { kind: UnitKind::Content, address, len, bytes, route: Some(packed.route) })
        })?;
        self.pack.watch.wrote(self.sink.written)
    }

    /// Sends off a table of the entries that are complete.
    pub(super) fn write_part(&mut self) -> Result<()> {
        let first = self.entries.len();
        for Waiting { mut entry, pieces } in std::mem::take(&mut self.waiting) {
            let extents: Option<Vec<Extent>> = pieces.iter().map(|piece| self.resolve(*piece)).collect();
            // A hard link follows its target.
            let early = matches!(&entry.meta.kind, Kind::HardLink { target } if self.files.get(target) != Some(&true));
            match extents.filter(|_| !early) {
                Some(extents) => {
                    if let Some(listed) = self.files.get_mut(&entry.meta.name) {
                        *listed = true;
                    }
                    entry.extents = merge(extents);
                    self.entries.push(entry);
                }
                None => self.waiting.push(Waiting { entry, pieces }),
            }
        }
        self.write_entry_tables(UnitKind::Part, first)
    }

    fn resolve(&self, piece: Piece) -> Option<Extent> {
        let base = self.bases.get(piece.serial).copied().flatten()?;
        Some(Extent { address: base + piece.offset, len: piece.len })
    }

    /// Sends off tables of the entries from `first` on.
    pub(super) fn write_entry_tables(&mut self, kind: UnitKind, mut first: usize) -> Result<()> {
        while first < self.entries.len() {
            let rows = table_rows(&self.entries[first..]);
            let hashes = Some(&mut self.hashes).filter(|_| kind == UnitKind::Entries);
            let table = write_entries(&self.entries[first..first + rows], hashes);
            self.submit_table(kind, first as u64, table)?;
            first += rows;
        }
        Ok(())
    }

    fn submit_table(&mut self, kind: UnitKind, address: u64, table: Strings) -> Result<()> {
        // A list of what is in an archive is there for those without its models too.
        let options = PackOptions { watch: Watch::default(), models: Vec::new(), ..self.pack.clone() };
        let Strings { numbers, bytes, hashes } = table;
        let len = (numbers.len() + bytes.len() + hashes.len()) as u64;
        if let Some(longest) = [&numbers, &bytes, &hashes].into_iter().map(Vec::len).max()
            && longest as u64 > TABLE_MAX
        {
            return Err(Error::Limit { what: "table", needed: longest as u64, limit: TABLE_MAX });
        }
        self.submit(move |number| {
            let mut out = Vec::new();
            let mut offset = table_tag_base(number);
            for (string, class) in [(numbers, Class::Binary), (bytes, Class::Text), (hashes, Class::Dense)] {
                let len = string.len() as u64;
                let quick =
                    len > LARGE_STRING && class != Class::Dense && Preset::of_level(options.level) != Preset::Fast;
                // Codec `neural` is none without a model.
                let forced = options.codec.filter(|&codec| codec != CodecId::Neural);
                let codec = forced.or(quick.then_some(CodecId::Lz));
                if len > 0 {
                    pack(plan(string, class, offset), &PackOptions { codec, ..options.clone() })?.write(
                        &[],
                        true,
                        &mut out,
                    );
                }
                offset = offset.wrapping_add(len);
            }
            Ok(PackedUnit { kind, address, len, bytes: out, route: None })
        })
    }

    /// Runs `job` with the number of its unit.
    fn submit(&mut self, job: impl FnOnce(u64) -> Result<PackedUnit> + Send + 'static) -> Result<()> {
        let number = self.units;
        self.units += 1;
        let result = (|| {
            while self.jobs.is_full() {
                self.take_job()?;
            }
            self.jobs.submit(move || job(number))?;
            while self.jobs.is_full() {
                self.take_job()?;
            }
            Ok(())
        })();
        self.failed |= result.is_err();
        result
    }

    /// Writes the oldest unit in flight.
    fn take_job(&mut self) -> Result<()> {
        let Some(packed) = self.jobs.next() else { return Ok(()) };
        let PackedUnit { kind, address, len, bytes, route } = packed?;
        let unit = Unit {
            id: Unit::short_id(&self.ident.id),
            generation: self.ident.generation,
            number: self.written,
            kind,
            address,
            packed: bytes.len() as u64,
            len,
        };
        self.written += 1;
        let at = self.sink.pos;
        let mut record = Vec::new();
        unit.write(&mut record);
        self.sink.put(&record)?;
        self.sink.put(&bytes)?;
        if kind == UnitKind::Content {
            self.places.push(Place::Unit { at, packed: self.sink.pos - at, len });
        }
        self.routes.extend(route);
        Ok(())
    }

    pub(super) fn drain(&mut self) -> Result<()> {
        while self.jobs.len() > 0 {
            self.take_job()?;
        }
        Ok(())
    }

    pub(super) fn write_place_tables(&mut self) -> Result<()> {
        let chunks = std::mem::take(&mut self.chunks);
        let mut chunks: Vec<_> =
            chunks.into_iter().filter_map(|(piece, hash)| Some((self.resolve(piece)?, hash))).collect();
        chunks.sort_by_key(|(extent, _)| extent.address);
        let mut places = std::mem::take(&mut self.places);
        places.extend(chunks.into_iter().map(|(extent, hash)| Place::Chunk {
            address: extent.address,
            len: extent.len,
            hash,
        }));
        for (index, rows) in places.chunks(TABLE_ROWS).enumerate() {
            let table = write_places(rows, self.ident.base);
            self.submit_table(UnitKind::Places, (index * TABLE_ROWS) as u64, table)?;
        }
        Ok(())
    }
}

/// How many of `entries`, at least one, go into the next table.
fn table_rows(entries: &[Entry]) -> usize {
    let mut bytes = 0;
    let fits = |entry: &&Entry| {
        let meta = &entry.meta;
        let xattrs: usize = meta.xattrs.iter().map(|(name, value)| name.len() + value.len()).sum();
        bytes += meta.name.len() + xattrs + 16 * (meta.holes.len() + entry.extents.len()) + 48;
        bytes <= TABLE_BYTES
    };
    entries.iter().take(TABLE_ROWS).take_while(fits).count().max(1)
}
