//! The writer: entries in, one generation of an archive out.
//!
//! Contents are cut into chunks; a chunk that the archive has, from whatever file or generation, becomes a reference, the
//! others fill groups by class (`intake`, `bucket`). A group that is full goes to a thread to be coded, behind a table of the
//! entries that it completes (`emit`). The order of everything depends on the entries alone, never on threads. Memory: an open
//! group for each family, the groups in flight, the entries, and about 100 bytes for each chunk.

use super::bucket::{Bucket, Family};
use super::emit::PackedUnit;
use super::entry::{Entry, Extent, Kind, Meta, NAME_MAX, check_name};
use super::find::SealedTail;
use super::intake::Piece;
use super::open::{Archive, Tail};
use super::options::{ArchiveOptions, MEMORY_PER_BYTE};
use super::past::Past;
use super::table::{Place, RangeHashes};
use super::unit::{End, Ident, UnitKind, archive_header};
use super::{CHUNK_HASH_LEN, STORE_MAX};
use crate::container::pack::PackOptions;
use crate::container::record::{RecordType, put_record};
use crate::container::seal::keyring::DataKey;
use crate::container::seal::stream::Sealer;
use crate::container::seal::{Purpose, TAG};
use crate::container::{FORMAT_VERSION, MAGIC};
use crate::error::{Error, Result};
use crate::options::{Options, resolve_threads};
use crate::parallel::Ordered;
use crate::route::Route;
use crate::watch::Watch;
use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Seek, Write};

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
    /// What tells this state of the archive from others: [`Archive::state`](super::Archive::state).
    pub state: [u8; 16],
}

/// What the seal of a generation says that it is.
fn generation_purpose(ident: &Ident, seal: &SealedTail) -> Result<Purpose> {
    let generation =
        u32::try_from(ident.generation).map_err(|_| Error::Misuse("an archive of too many generations"))?;
    Ok(Purpose::Generation { archive: ident.id, generation, previous: seal.previous })
}

/// Writes, sealed or not, and takes the digest of what it is given.
pub(super) struct Sink<W> {
    writer: W,
    hasher: blake3::Hasher,
    /// Bytes taken.
    pub(super) pos: u64,
    /// Bytes written.
    pub(super) written: u64,
    sealer: Option<Sealer>,
    /// Sealed bytes on their way.
    out: Vec<u8>,
}

impl<W: Write> Sink<W> {
    fn start(writer: W, seal: Option<(&DataKey, Purpose)>) -> Result<Self> {
        let mut out = Vec::new();
        let sealer = seal.map(|(key, purpose)| Sealer::start(key, purpose, &mut out)).transpose()?;
        let mut sink = Sink { writer, hasher: blake3::Hasher::new(), pos: 0, written: 0, sealer, out };
        sink.send()?;
        Ok(sink)
    }

    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.hasher.update(bytes);
        self.pos += bytes.len() as u64;
        match &mut self.sealer {
            Some(sealer) => sealer.push(bytes, &mut self.out)?,
            None => {
                self.writer.write_all(bytes)?;
                self.written += bytes.len() as u64;
            }
        }
        self.send()
    }

    /// Writes what has been sealed.
    fn send(&mut self) -> Result<()> {
        self.writer.write_all(&self.out)?;
        self.written += self.out.len() as u64;
        self.out.clear();
        Ok(())
    }

    /// Writes END, and `barrier` before its last bytes: those make the generation exist.
    fn finish(&mut self, end: &[u8], barrier: impl FnOnce(&mut W) -> io::Result<()>) -> Result<()> {
        if self.sealer.is_some() {
            self.put(end)?;
        }
        self.writer.flush()?;
        barrier(&mut self.writer)?;
        match self.sealer.take() {
            Some(sealer) => {
                sealer.finish(&mut self.out)?;
                self.send()?;
            }
            None => self.put(end)?,
        }
        Ok(self.writer.flush()?)
    }
}

/// An entry whose content has been read and not all been given addresses.
pub(super) struct Waiting {
    pub(super) entry: Entry,
    pub(super) pieces: Vec<Piece>,
}

/// What an archive has already.
#[derive(Default)]
struct Known {
    chunks: HashMap<[u8; CHUNK_HASH_LEN], Piece>,
    whole: HashMap<[u8; 32], Vec<Piece>>,
    hashes: RangeHashes,
}

/// Writes one generation of an archive to a `Write`.
pub struct Writer<W: Write> {
    pub(super) sink: Sink<W>,
    pub(super) options: ArchiveOptions,
    pub(super) pack: PackOptions,
    pub(super) ident: Ident,
    /// Moves the cuts between chunks, by the key of a sealed archive.
    pub(super) chunk_seed: u64,
    /// Largest group of content.
    pub(super) solid: usize,
    pub(super) buckets: [Bucket; Family::ALL.len()],
    /// The address of each group, by serial, once it has one. Serial 0 is the store itself.
    pub(super) bases: Vec<Option<u64>>,
    pub(super) store_end: u64,
    /// Chunks of the archive.
    pub(super) known: HashMap<[u8; CHUNK_HASH_LEN], Piece>,
    /// Old versions of files.
    pub(super) past: Option<Past>,
    /// Files of many pieces, by their hash.
    pub(super) whole: HashMap<[u8; 32], Vec<Piece>>,
    /// Hashes that the archive has: those of files of one range.
    pub(super) hashes: RangeHashes,
    /// New chunks that no file's hash names.
    pub(super) chunks: Vec<(Piece, [u8; CHUNK_HASH_LEN])>,
    pub(super) names: HashSet<Vec<u8>>,
    /// Names of files, for hard links; and whether a table has them.
    pub(super) files: HashMap<Vec<u8>, bool>,
    pub(super) waiting: Vec<Waiting>,
    /// Entries in the order of the tables.
    pub(super) entries: Vec<Entry>,
    pub(super) jobs: Ordered<PackedUnit>,
    /// Units submitted.
    pub(super) units: u64,
    /// Units written.
    pub(super) written: u64,
    pub(super) places: Vec<Place>,
    pub(super) routes: Vec<Route>,
    pub(super) content: u64,
    pub(super) failed: bool,
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
        let Options { keys, kdf_cost, suite, .. } = &options.options;
        let key = match &options.seal {
            Some(key) => Some(key.clone()),
            None if keys.is_empty() => None,
            None => Some(DataKey::generate(keys, *kdf_cost, *suite)?),
        };
        let seal = key.map(|key| SealedTail { key, previous: [0; TAG] });
        Writer::start(writer, options, ident, seal, Known::default())
    }

    /// Starts the next generation of the archive that `tail` is of; `writer` must append to it. It is sealed if the archive is,
    /// for the archive's keys, with a salt of its own.
    ///
    /// # Errors
    /// As [`Writer::new`]; [`Error::NotSealed`] where there are keys and the archive is not sealed.
    pub fn append(writer: W, options: &ArchiveOptions, tail: Tail) -> Result<Self> {
        if tail.seal.is_none() && (!options.options.keys.is_empty() || options.seal.is_some()) {
            return Err(Error::NotSealed { offset: 0 });
        }
        let piece = |extent: Extent| Piece { serial: 0, offset: extent.address, len: extent.len };
        let chunks = tail.chunks.into_iter().map(|(hash, extent)| (hash, piece(extent))).collect();
        let whole = tail.whole.into_iter().map(|(hash, extents)| (hash, extents.into_iter().map(piece).collect()));
        let known = Known { chunks, whole: whole.collect(), hashes: tail.hashes };
        Writer::start(writer, options, tail.ident, tail.seal, known)
    }

    /// As [`Writer::append`], to the archive that `archive` reads: of files that changed, what did not change is found there in
    /// their old versions. `archive` must not share its position with `writer`.
    ///
    /// # Errors
    /// As [`Writer::append`] and [`Archive::tail`].
    pub fn append_to<R: Read + Seek + 'static>(
        writer: W,
        options: &ArchiveOptions,
        mut archive: Archive<R>,
    ) -> Result<Self> {
        archive.also_models(&options.options.models);
        let writer = Writer::append(writer, options, archive.tail()?)?;
        Ok(Writer { past: Some(Past::new(archive)), ..writer })
    }

    fn start(
        writer: W,
        options: &ArchiveOptions,
        ident: Ident,
        seal: Option<SealedTail>,
        known: Known,
    ) -> Result<Self> {
        let mut checked = options.options.clone();
        checked.group_size = options.solid_size;
        checked.check()?;
        if options.deterministic && seal.is_some() {
            return Err(Error::InvalidOption(
                "what is sealed is different each time, so it cannot be deterministic".into(),
            ));
        }
        if options.options.embed_model {
            return Err(Error::InvalidOption(
                "an archive names the models that it needs, and cannot carry them".into(),
            ));
        }
        let purpose = seal.as_ref().map(|seal| generation_purpose(&ident, seal)).transpose()?;
        let chunk_seed = seal.as_ref().map_or(0, |seal| seal.key.chunk_seed());
        let solid = options.solid();
        let affordable = (options.options.memory / (solid as u64 * MEMORY_PER_BYTE)).max(1);
        let threads = (resolve_threads(options.options.threads) as u64).min(affordable) as usize;
        let pack = PackOptions {
            level: options.options.level,
            codec: options.options.codec,
            neural: options.options.neural,
            checksum: true,
            verify: options.options.verify,
            models: options.options.models.clone(),
            watch: Watch::new(options.options.reporter.clone(), threads),
        };
        let mut this = Writer {
            sink: Sink::start(writer, seal.as_ref().map(|seal| &seal.key).zip(purpose))?,
            chunk_seed,
            options: options.clone(),
            jobs: Ordered::watched(threads, pack.watch.clone()),
            pack,
            store_end: ident.base,
            ident,
            solid,
            buckets: Default::default(),
            bases: vec![Some(0)],
            known: known.chunks,
            past: None,
            whole: known.whole,
            hashes: known.hashes,
            chunks: Vec::new(),
            names: HashSet::new(),
            files: HashMap::new(),
            waiting: Vec::new(),
            entries: Vec::new(),
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
            if let Some(past) = &mut self.past {
                past.turn_to(&entry.meta.name);
            }
            let before = self.fresh();
            let (len, hash) = self.take_content(content, &mut pieces)?;
            // What was known is done; the rest is when it is coded.
            self.pack.watch.coded(len - (self.fresh() - before)).inspect_err(|_| self.failed = true)?;
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

    /// Bytes of content that were new so far.
    fn fresh(&self) -> u64 {
        let open = self.buckets.iter().map(|bucket| bucket.data.len() as u64);
        self.store_end - self.ident.base + open.sum::<u64>()
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
        self.pack.watch.wrote(self.sink.written)?;
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
        let tag = end.write(&mut record);
        self.sink.finish(&record, barrier)?;
        let mut state = [0; 16];
        state.copy_from_slice(&tag[..16]);
        let packed = self.sink.written;
        let summary = Summary { entries: end.entries, content: self.content, stored: end.content, packed, state };
        Ok((self.sink.writer, summary))
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
