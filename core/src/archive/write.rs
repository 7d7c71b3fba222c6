//! The writer: entries in, one generation of an archive out.
//!
//! Contents are cut into chunks; a chunk that the archive has, from whatever file or generation, becomes a reference, the
//! others fill groups by class (`bucket`). A group that is full goes to a thread to be coded, behind a table of the
//! entries that it completes. The order of everything depends on the entries alone, never on threads. Memory: an open
//! group for each family, the groups in flight, the entries, and about 100 bytes for each chunk.

use super::bucket::{Bucket, Family, family_of, plan};
use super::entry::{Entry, Extent, Kind, Meta, NAME_MAX, check_name};
use super::open::Tail;
use super::table::{Place, RangeHashes, Strings, TABLE_MAX, write_entries, write_places};
use super::unit::{End, Ident, Unit, UnitKind, archive_header, table_tag_base};
use super::{CHUNK_HASH_LEN, STORE_MAX};
use crate::chunk::detect::Class;
use crate::chunk::{Sizes, cut_sized};
use crate::container::pack::{PackOptions, pack};
use crate::container::record::{RecordType, put_record};
use crate::container::{FORMAT_VERSION, MAGIC};
use crate::error::{Error, Result};
use crate::options::{Options, resolve_threads};
use crate::parallel::Ordered;
use crate::route::Route;
use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Write};

/// Chunks of contents. An average of 32 KiB costs the index 0.05 % of new content; see the decision record.
const CHUNKS: Sizes = Sizes { min: 4 << 10, average: 32 << 10, max: 256 << 10 };
/// Files up to this size are never spread over two groups, unless a group is smaller.
const WHOLE_MAX: usize = 1 << 20;
/// Content is classified by windows of this size.
const WINDOW: usize = 1 << 20;
/// Content read before chunks are looked for: a window, and the longest chunk.
const READ_AHEAD: usize = WINDOW + CHUNKS.max;
/// Shorter chunks are cheaper to code again than to point at.
const KNOWN_MIN: usize = 64;
/// Rows and bytes after which a table ends.
const TABLE_ROWS: usize = 1 << 15;
/// See [`TABLE_ROWS`].
const TABLE_BYTES: usize = 8 << 20;
/// Default group size: of 200 MB of content a group is 4 %, which is what reading one small file costs.
const SOLID_DEFAULT: usize = 8 << 20;
/// Where content is known to fit one group of this size it is in one (source code of 9 MB is 1.1 % smaller than in two), and with
/// 40 times as much and more, groups are of this size again.
const SOLID_LARGE: usize = 24 << 20;
/// Which share of the content one group may be, by default.
const SOLID_SHARE: u64 = 40;
/// Memory that encoding takes for each byte of a group, at most.
const MEMORY_PER_BYTE: u64 = 17;

/// Settings of an archive's writer.
#[derive(Clone, Debug, Default)]
pub struct ArchiveOptions {
    options: Options,
    solid_size: Option<usize>,
    deterministic: bool,
    expected: Option<u64>,
    id: [u8; 16],
}

impl ArchiveOptions {
    /// Level 5, an id of zeros.
    pub fn new() -> Self {
        ArchiveOptions::default()
    }

    /// How contents are coded. Group size, content length, checksum and dedup are not looked at.
    #[must_use]
    pub fn codec_options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Most bytes of content that are coded together: what has to be decoded to get at one small file. Larger groups compress
    /// better. By default 8 MiB; 24 MiB where all content is expected to fit that, or to be more than 40 times as much.
    #[must_use]
    pub fn solid_size(mut self, bytes: usize) -> Self {
        self.solid_size = Some(bytes);
        self
    }

    /// About how many bytes of content will be added, for the default group size. Need not be right.
    #[must_use]
    pub fn expected_content(mut self, bytes: u64) -> Self {
        self.expected = Some(bytes);
        self
    }

    /// Leaves out times, owners and attributes, and of modes all but whether the owner may execute: equal names and contents,
    /// added in the same order, give equal archives on every machine.
    #[must_use]
    pub fn deterministic(mut self, on: bool) -> Self {
        self.deterministic = on;
        self
    }

    /// What tells this archive from others, should be random: generations are bound to it. An appended generation keeps
    /// the archive's own.
    #[must_use]
    pub fn id(mut self, id: [u8; 16]) -> Self {
        self.id = id;
        self
    }

    fn solid(&self) -> usize {
        let affordable = usize::try_from(self.options.memory / MEMORY_PER_BYTE).unwrap_or(usize::MAX).max(64 << 10);
        let (default, large) = (SOLID_DEFAULT as u64, SOLID_LARGE as u64);
        let by_content = match self.expected {
            Some(bytes) if bytes <= large => large,
            Some(bytes) => (bytes / SOLID_SHARE).clamp(default, large),
            None => default,
        };
        self.solid_size.unwrap_or(by_content as usize).min(affordable)
    }
}

/// What a generation came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Entries added.
    pub entries: u64,
    /// Bytes of content of all files added.
    pub content: u64,
    /// Bytes of content that the archive did not have yet.
    pub stored: u64,
    /// Bytes written.
    pub packed: u64,
}

/// Writes and takes the digest of what it writes.
struct Sink<W> {
    writer: W,
    hasher: blake3::Hasher,
    pos: u64,
}

impl<W: Write> Sink<W> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.write_all(bytes)?;
        self.hasher.update(bytes);
        self.pos += bytes.len() as u64;
        Ok(())
    }
}

/// A range of a group that has no address yet, or (serial 0) of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    serial: usize,
    offset: u64,
    len: u64,
}

/// An entry whose content has been read and not all been given addresses.
struct Waiting {
    entry: Entry,
    pieces: Vec<Piece>,
}

/// A unit's records.
struct PackedUnit {
    kind: UnitKind,
    address: u64,
    len: u64,
    bytes: Vec<u8>,
    route: Option<Route>,
}

/// Writes one generation of an archive to a `Write`.
pub struct Writer<W: Write> {
    sink: Sink<W>,
    options: ArchiveOptions,
    pack: PackOptions,
    ident: Ident,
    /// Largest group of content.
    solid: usize,
    buckets: [Bucket; Family::ALL.len()],
    /// The address of each group, by serial, once it has one. Serial 0 is the store itself.
    bases: Vec<Option<u64>>,
    store_end: u64,
    /// Chunks of the archive.
    known: HashMap<[u8; CHUNK_HASH_LEN], Piece>,
    /// Hashes that the archive has: those of files of one range.
    hashes: RangeHashes,
    /// New chunks that no file's hash names.
    chunks: Vec<(Piece, [u8; CHUNK_HASH_LEN])>,
    names: HashSet<Vec<u8>>,
    /// Names of files, for hard links; and whether a table has them.
    files: HashMap<Vec<u8>, bool>,
    waiting: Vec<Waiting>,
    /// Entries in the order of the tables.
    entries: Vec<Entry>,
    jobs: Ordered<PackedUnit>,
    /// Units submitted.
    units: u64,
    /// Units written.
    written: u64,
    places: Vec<Place>,
    routes: Vec<Route>,
    content: u64,
    failed: bool,
}

impl<W: Write> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("ident", &self.ident).field("content", &self.content).finish()
    }
}

impl<W: Write> Writer<W> {
    /// Starts an archive.
    ///
    /// # Errors
    /// [`Error::InvalidOption`], and those of `writer`.
    pub fn new(writer: W, options: &ArchiveOptions) -> Result<Self> {
        let ident = Ident { id: options.id, generation: 1, previous: [0; 32], base: 0 };
        Writer::start(writer, options, ident, HashMap::new(), RangeHashes::new())
    }

    /// Starts the next generation of the archive that `tail` is of; `writer` must append to it.
    ///
    /// # Errors
    /// As [`Writer::new`].
    pub fn append(writer: W, options: &ArchiveOptions, tail: Tail) -> Result<Self> {
        let piece = |extent: Extent| Piece { serial: 0, offset: extent.address, len: extent.len };
        let known = tail.chunks.into_iter().map(|(hash, extent)| (hash, piece(extent))).collect();
        Writer::start(writer, options, tail.ident, known, tail.hashes)
    }

    fn start(
        writer: W,
        options: &ArchiveOptions,
        ident: Ident,
        known: HashMap<[u8; CHUNK_HASH_LEN], Piece>,
        hashes: RangeHashes,
    ) -> Result<Self> {
        let mut checked = options.options.clone();
        checked.group_size = options.solid_size;
        checked.check()?;
        let solid = options.solid();
        let affordable = (options.options.memory / (solid as u64 * MEMORY_PER_BYTE)).max(1);
        let threads = (resolve_threads(options.options.threads) as u64).min(affordable);
        let pack = PackOptions {
            level: options.options.level,
            codec: options.options.codec,
            checksum: true,
            verify: options.options.verify,
            models: Vec::new(),
        };
        let mut this = Writer {
            sink: Sink { writer, hasher: blake3::Hasher::new(), pos: 0 },
            options: options.clone(),
            pack,
            store_end: ident.base,
            ident,
            solid,
            buckets: Default::default(),
            bases: vec![Some(0)],
            known,
            hashes,
            chunks: Vec::new(),
            names: HashSet::new(),
            files: HashMap::new(),
            waiting: Vec::new(),
            entries: Vec::new(),
            jobs: Ordered::new(threads as usize),
            units: 0,
            written: 0,
            places: Vec::new(),
            routes: Vec::new(),
            content: 0,
            failed: false,
        };
        for family in Family::ALL {
            this.renew(family);
        }
        this.write_head()?;
        Ok(this)
    }

    fn write_head(&mut self) -> Result<()> {
        let mut head = MAGIC.to_vec();
        head.push(FORMAT_VERSION);
        let mut header = Vec::new();
        archive_header(self.solid as u64).write(&mut header);
        put_record(&mut head, RecordType::Header, &header);
        let mut body = Vec::new();
        self.ident.write_archive(&header, &mut body);
        put_record(&mut head, RecordType::Archive, &body);
        self.sink.put(&head)
    }

    /// Adds an entry that has no content: anything but a file, or an empty one.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a name or link that no archive can have; the writer can go on. Those of the writer and
    /// of coding, after which it cannot.
    pub fn add(&mut self, meta: Meta) -> Result<()> {
        self.add_file(meta, &mut io::empty())
    }

    /// Adds a file, or any other entry, with its content: for a file with holes, the content without them.
    ///
    /// # Errors
    /// As [`Writer::add`], and [`Error::Io`] where `content` fails; the entry is then not added, and the writer can go on.
    pub fn add_file(&mut self, mut meta: Meta, content: &mut dyn Read) -> Result<()> {
        if self.failed {
            return Err(Error::Misuse("a writer was used after an error"));
        }
        self.check(&meta)?;
        if self.options.deterministic {
            meta.make_deterministic();
        }
        let mut entry = Entry { meta, size: 0, hash: None, generation: self.ident.generation, extents: Vec::new() };
        let mut pieces = Vec::new();
        if entry.meta.kind == Kind::File {
            let holes: u64 = entry.meta.holes.iter().map(|hole| hole.end - hole.start).sum();
            let (len, hash) = self.take_content(content, &mut pieces)?;
            entry.size = len + holes;
            entry.hash = (len > 0).then_some(hash);
            if entry.meta.holes.last().is_some_and(|hole| hole.end > entry.size) {
                return Err(invalid("the file is shorter than its holes say", &entry.meta.name));
            }
            self.content += entry.size;
            self.files.insert(entry.meta.name.clone(), false);
        }
        self.names.insert(entry.meta.name.clone());
        self.waiting.push(Waiting { entry, pieces });
        Ok(())
    }

    fn check(&self, meta: &Meta) -> Result<()> {
        if meta.name.len() > NAME_MAX || check_name(&meta.name).is_err() {
            return Err(invalid("no archive can have this name", &meta.name));
        }
        if self.names.contains(&meta.name) {
            return Err(invalid("the name was added before", &meta.name));
        }
        if matches!(&meta.kind, Kind::HardLink { target } if !self.files.contains_key(target)) {
            return Err(invalid("a hard link to what was not added", &meta.name));
        }
        let apart = meta.holes.windows(2).all(|pair| pair[0].end < pair[1].start);
        let sound = meta.holes.iter().all(|hole| hole.start < hole.end && hole.end <= STORE_MAX);
        if !apart || !sound || meta.kind != Kind::File && !meta.holes.is_empty() {
            return Err(invalid("its holes are not possible", &meta.name));
        }
        if meta.mode > 0o7777 || meta.mtime.is_some_and(|time| time.nanos >= 1_000_000_000) {
            return Err(invalid("its mode or time is not possible", &meta.name));
        }
        Ok(())
    }

    /// Reads a file's content into groups; its length and hash.
    fn take_content(&mut self, content: &mut dyn Read, pieces: &mut Vec<Piece>) -> Result<(u64, [u8; 32])> {
        let mut buffer = Vec::new();
        let mut hasher = blake3::Hasher::new();
        let mut total = 0u64;
        let mut target = (Class::Binary, Family::Binary);
        let mut window_left = 0usize;
        let mut fresh = Vec::new();
        loop {
            let wanted = (READ_AHEAD - buffer.len()) as u64;
            let ended = (&mut *content).take(wanted).read_to_end(&mut buffer).map_err(Error::Io)? < wanted as usize;
            let mut at = 0;
            let lengths: Vec<usize> = cut_sized(&buffer, CHUNKS, ended, 0).collect();
            for len in lengths {
                if window_left == 0 {
                    let window = &buffer[at..buffer.len().min(at + WINDOW)];
                    target = family_of(window);
                    window_left = window.len();
                    if total == 0 && ended && buffer.len() <= WHOLE_MAX {
                        self.make_room(target.1, buffer.len())?;
                    }
                }
                window_left = window_left.saturating_sub(len);
                let chunk = &buffer[at..at + len];
                hasher.update(chunk);
                if let Some(new) = self.take_chunk(chunk, target, pieces)? {
                    fresh.push(new);
                }
                total += len as u64;
                at += len;
            }
            buffer.drain(..at);
            if ended {
                break;
            }
        }
        // A file of one chunk is found again by its own hash.
        let whole = matches!(&fresh[..], [(piece, _)] if piece.len == total);
        if !whole {
            self.chunks.append(&mut fresh);
        }
        self.close(Family::Solo)?;
        Ok((total, *hasher.finalize().as_bytes()))
    }

    /// Takes a chunk in: a reference to where it is, or new bytes of the open group, which are then returned.
    fn take_chunk(
        &mut self,
        chunk: &[u8],
        (class, family): (Class, Family),
        pieces: &mut Vec<Piece>,
    ) -> Result<Option<(Piece, [u8; CHUNK_HASH_LEN])>> {
        let mut hash = [0; CHUNK_HASH_LEN];
        hash.copy_from_slice(&blake3::hash(chunk).as_bytes()[..CHUNK_HASH_LEN]);
        if let Some(&piece) = self.known.get(&hash).filter(|piece| piece.len == chunk.len() as u64) {
            push_piece(pieces, piece);
            return Ok(None);
        }
        self.make_room(family, chunk.len())?;
        let mut left = chunk;
        let mut first = None;
        while !left.is_empty() {
            let bucket = &mut self.buckets[family as usize];
            let (now, later) = left.split_at(left.len().min(self.solid - bucket.data.len()));
            let piece = Piece { serial: bucket.serial, offset: bucket.data.len() as u64, len: now.len() as u64 };
            bucket.add(class, now);
            push_piece(pieces, piece);
            first.get_or_insert(piece);
            left = later;
            if self.buckets[family as usize].data.len() >= self.solid {
                self.close(family)?;
            }
        }
        match first {
            // Only a chunk that is in one piece can be pointed at.
            Some(piece) if piece.len == chunk.len() as u64 && chunk.len() >= KNOWN_MIN => {
                self.known.insert(hash, piece);
                Ok(Some((piece, hash)))
            }
            _ => Ok(None),
        }
    }

    /// Closes the open group unless `len` more bytes fit.
    fn make_room(&mut self, family: Family, len: usize) -> Result<()> {
        if self.buckets[family as usize].data.len() + len > self.solid { self.close(family) } else { Ok(()) }
    }

    /// An empty group in place of the family's open one, which is returned.
    fn renew(&mut self, family: Family) -> Bucket {
        let fresh = Bucket { serial: self.bases.len(), ..Bucket::default() };
        self.bases.push(None);
        std::mem::replace(&mut self.buckets[family as usize], fresh)
    }

    /// Gives the open group its address and sends it off, behind a table of the entries that it completes.
    fn close(&mut self, family: Family) -> Result<()> {
        if self.buckets[family as usize].data.is_empty() {
            return Ok(());
        }
        let bucket = self.renew(family);
        let (address, len) = (self.store_end, bucket.data.len() as u64);
        self.bases[bucket.serial] = Some(address);
        self.store_end += len;
        self.write_part()?;
        let options = self.pack.clone();
        self.submit(move |_| {
            let packed = pack(bucket.into_plan(address), &options)?;
            let mut bytes = Vec::new();
            packed.write(&[], true, &mut bytes);
            Ok(PackedUnit { kind: UnitKind::Content, address, len, bytes, route: Some(packed.route) })
        })?;
        self.options.options.reporter.report(self.store_end - self.ident.base, self.sink.pos)
    }

    /// Sends off a table of the entries that are complete.
    fn write_part(&mut self) -> Result<()> {
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
    fn write_entry_tables(&mut self, kind: UnitKind, mut first: usize) -> Result<()> {
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
        let options = self.pack.clone();
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
                if len > 0 {
                    pack(plan(string, class, offset), &options)?.write(&[], true, &mut out);
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

    fn drain(&mut self) -> Result<()> {
        while self.jobs.len() > 0 {
            self.take_job()?;
        }
        Ok(())
    }

    /// Ends the generation.
    ///
    /// # Errors
    /// Those of coding and of the writer.
    pub fn finish(self) -> Result<(W, Summary)> {
        self.finish_with(|_| Ok(()))
    }

    /// Ends the generation; `barrier` is called when all is written but the last record, which makes the generation exist:
    /// whoever wants it to survive a crash makes what is there durable first.
    ///
    /// # Errors
    /// As [`Writer::finish`], and those of `barrier`.
    pub fn finish_with(mut self, barrier: impl FnOnce(&mut W) -> io::Result<()>) -> Result<(W, Summary)> {
        if self.failed {
            return Err(Error::Misuse("a writer was used after an error"));
        }
        for family in Family::ALL {
            self.close(family)?;
        }
        self.write_part()?;
        self.drain()?;
        let index_at = self.sink.pos;
        self.write_entry_tables(UnitKind::Entries, 0)?;
        self.write_place_tables()?;
        self.drain()?;
        let end = End {
            ident: self.ident.clone(),
            group_bound: self.solid as u64,
            content: self.store_end - self.ident.base,
            entries: self.entries.len() as u64,
            units: self.units,
            length: self.sink.pos,
            index_distance: self.sink.pos - index_at,
            digest: *self.sink.hasher.finalize().as_bytes(),
        };
        let mut record = Vec::new();
        end.write(&mut record);
        self.sink.writer.flush()?;
        barrier(&mut self.sink.writer)?;
        self.sink.put(&record)?;
        self.sink.writer.flush()?;
        let summary =
            Summary { entries: end.entries, content: self.content, stored: end.content, packed: self.sink.pos };
        Ok((self.sink.writer, summary))
    }

    fn write_place_tables(&mut self) -> Result<()> {
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

    /// The router's decisions for the groups of content written so far.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Bytes of content taken in.
    pub fn content(&self) -> u64 {
        self.content
    }
}

fn invalid(what: &str, name: &[u8]) -> Error {
    Error::InvalidOption(format!("{what}: {}", String::from_utf8_lossy(name).escape_debug()))
}

/// Appends a piece, or lengthens the last one.
fn push_piece(pieces: &mut Vec<Piece>, piece: Piece) {
    match pieces.last_mut() {
        Some(last) if last.serial == piece.serial && last.offset + last.len == piece.offset => last.len += piece.len,
        _ => pieces.push(piece),
    }
}

/// Joins ranges that touch.
fn merge(extents: Vec<Extent>) -> Vec<Extent> {
    let mut merged: Vec<Extent> = Vec::with_capacity(extents.len());
    for extent in extents {
        match merged.last_mut() {
            Some(last) if last.address + last.len == extent.address => last.len += extent.len,
            _ => merged.push(extent),
        }
    }
    merged
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
