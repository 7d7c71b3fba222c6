//! Writing archives so that a crash at any moment leaves the old content or the new.
//!
//! A new archive grows beside its target and is renamed once it is on disk. An append writes behind the last generation: data
//! and index, a barrier, then the record that makes the generation exist, and a barrier again. What an interrupted append
//! leaves is cut off by the next one.

use crate::error::{Error, Result};
use crate::meta::{self, FileId, Reader, file_id};
use crate::patterns::Patterns;
use crate::pending::Pending;
use crate::sparse::{DataReader, holes};
use crate::state::{StatePrefix, check_state};
use crate::walk::{Found, Item, collect};
use crate::{Event, Observer};
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use vatic::Keys;
use vatic::archive::{Archive, ArchiveLimits, ArchiveOptions, Condition, Kind, Share, Summary, Writer};

/// Bytes written at a time.
pub(crate) const BUFFER: usize = 1 << 18;

/// How to pack.
#[derive(Clone, Debug, Default)]
pub struct PackOptions {
    /// Codecs, group size, determinism. Its id is replaced by a random one unless `deterministic`.
    pub archive: ArchiveOptions,
    /// Equal trees give equal archives; see [`ArchiveOptions::deterministic`].
    pub deterministic: bool,
    /// What to leave out.
    pub exclude: Patterns,
    /// Whether an archive that exists may be replaced.
    pub force: bool,
    /// What reading an archive may cost, for [`append`] and [`repack`](crate::repack()).
    pub limits: ArchiveLimits,
    /// What opens the archive that [`append`] adds to, where it is sealed. A new archive is sealed with the keys of the codec
    /// options of `archive`.
    pub keys: Keys,
    /// How much of the archive can be mended; `None`: nothing, or for [`append`] as much as before.
    pub parity: Option<Share>,
    /// The state that [`append`] expects the archive to be in: [`Archive::state`].
    pub expected_state: Option<StatePrefix>,
}

impl PackOptions {
    pub(crate) fn archive_options(&self) -> Result<ArchiveOptions> {
        let options = self.archive.clone().deterministic(self.deterministic);
        if self.deterministic {
            return Ok(options);
        }
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|_| Error::Option("the system has no random numbers"))?;
        Ok(options.id(id))
    }
}

/// What packing came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PackReport {
    /// What was written.
    pub summary: Summary,
    /// Files that could not be read, and were reported.
    pub failed: u64,
    /// Bytes of the whole archive.
    pub archive_len: u64,
    /// Bytes of a torn tail that were cut off.
    pub torn: u64,
}

/// Packs `inputs` into a new archive at `target`, which appears whole or not at all.
///
/// # Errors
/// [`Error::Exists`], those of the file system and of the library. A file that cannot be read is reported, counted and
/// left out.
pub fn create(target: &Path, inputs: &[PathBuf], options: &PackOptions, observer: Observer<'_>) -> Result<PackReport> {
    let archive = options.archive_options()?;
    let pending = Pending::new(target, options.force, observer)?;
    let mut own: HashSet<FileId> = HashSet::new();
    own.extend(pending.file().metadata().ok().as_ref().and_then(file_id));
    own.extend(fs::metadata(target).ok().as_ref().and_then(file_id));
    let found = collect(inputs, &options.exclude, &own, observer)?;
    let archive = archive.expected_content(found.content());
    let mut writer = Writer::new(BufWriter::with_capacity(BUFFER, pending.file()), &archive)?;
    let failed = add_all(&mut writer, found, observer)?;
    let (_, summary) = writer.finish()?;
    let parity = pending.protect(summary.packed, options.parity)?;
    pending.commit()?;
    Ok(PackReport { summary, failed, archive_len: summary.packed + parity, torn: 0 })
}

/// Packs `inputs` into an archive that goes to `output` as it is made.
///
/// # Errors
/// As [`create`]; [`Error::Option`] for parity, which needs a file.
pub fn create_stream<W: Write>(
    output: W,
    inputs: &[PathBuf],
    options: &PackOptions,
    observer: Observer<'_>,
) -> Result<PackReport> {
    if options.parity.is_some() {
        return Err(Error::Option("parity is made from the finished archive, so it needs a file"));
    }
    let found = collect(inputs, &options.exclude, &HashSet::new(), observer)?;
    let archive = options.archive_options()?.expected_content(found.content());
    let mut writer = Writer::new(output, &archive)?;
    let failed = add_all(&mut writer, found, observer)?;
    let (_, summary) = writer.finish()?;
    Ok(PackReport { summary, failed, archive_len: summary.packed, torn: 0 })
}

/// Adds `inputs` to the archive at `target` as its next generation. Contents that the archive has are not stored again.
///
/// # Errors
/// As [`create`]; [`Error::Busy`] while another process appends. The archive is then as it was.
pub fn append(target: &Path, inputs: &[PathBuf], options: &PackOptions, observer: Observer<'_>) -> Result<PackReport> {
    let at = |error| Error::Io { path: target.to_owned(), source: error };
    let file = File::options().read(true).write(true).open(target).map_err(at)?;
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => return Err(Error::Busy(target.to_owned())),
        // Some file systems have no locks.
        Ok(()) | Err(fs::TryLockError::Error(_)) => {}
    }
    let own: HashSet<FileId> = file.metadata().ok().as_ref().and_then(file_id).into_iter().collect();
    // A second handle, as reading and writing are at different places.
    let opened = Archive::open_with(File::open(target).map_err(at)?, &options.limits, &options.keys)?;
    check_state(&opened, options.expected_state.as_ref())?;
    let tail = opened.tail()?;
    let (start, share) = (tail.len, options.parity.or(tail.parity));
    let behind = file.metadata().map_err(at)?.len() - start;
    let torn = if matches!(opened.condition(), Condition::TornTail { .. }) { behind } else { 0 };
    if behind > 0 {
        file.set_len(start).map_err(at)?;
    }
    let result = append_generation(&file, start, opened, inputs, options, &own, observer);
    let end = start + result.as_ref().map_or(0, |(summary, _)| summary.packed);
    // What was begun goes; should this fail too, the next append will do it. The old content gets its parity back.
    let protected = file.set_len(end).map_err(at).and_then(|()| {
        protect(&file, end, share).inspect_err(|_| {
            let _ = file.set_len(end);
        })
    });
    let (summary, failed) = result?;
    Ok(PackReport { summary, failed, archive_len: end + protected?, torn })
}

/// Writes the next generation of `opened` from byte `start` on; how many files could not be read.
fn append_generation(
    mut file: &File,
    start: u64,
    opened: Archive<File>,
    inputs: &[PathBuf],
    options: &PackOptions,
    own: &HashSet<FileId>,
    observer: Observer<'_>,
) -> Result<(Summary, u64)> {
    file.seek(SeekFrom::Start(start)).map_err(vatic::Error::from)?;
    let found = collect(inputs, &options.exclude, own, observer)?;
    let archive = options.archive.clone().deterministic(options.deterministic);
    let archive = archive.expected_content(found.content());
    let mut writer = Writer::append_to(BufWriter::with_capacity(BUFFER, file), &archive, opened)?;
    let failed = add_all(&mut writer, found, observer)?;
    let (_, summary) = writer.finish_with(|buffer| buffer.get_ref().sync_data())?;
    file.sync_all().map_err(vatic::Error::from)?;
    Ok((summary, failed))
}

/// Writes parity behind the first `len` bytes of a file, and makes it durable; how many bytes it took.
fn protect(mut file: &File, len: u64, share: Option<Share>) -> Result<u64> {
    let Some(share) = share else { return Ok(0) };
    let behind = vatic::archive::protect(&mut file, len, share)?;
    file.sync_all().map_err(vatic::Error::from)?;
    Ok(behind)
}

/// Adds everything that was found; how many files could not be read.
fn add_all<W: Write>(writer: &mut Writer<W>, found: Found, observer: Observer<'_>) -> Result<u64> {
    let Found { items, mut failed } = found;
    let mut reader = Reader::default();
    let mut linked: HashMap<FileId, Vec<u8>> = HashMap::new();
    for item in items {
        match add_item(writer, &item, &mut reader, &mut linked, observer) {
            Ok(()) => {}
            Err(error) if error.is_fatal() => return Err(error),
            Err(error) => {
                failed += 1;
                observer(Event::Failed { name: &item.name, error: &error });
            }
        }
    }
    Ok(failed)
}

fn add_item<W: Write>(
    writer: &mut Writer<W>,
    item: &Item,
    reader: &mut Reader,
    linked: &mut HashMap<FileId, Vec<u8>>,
    observer: Observer<'_>,
) -> Result<()> {
    let Item { path, name, metadata } = item;
    observer(Event::Entry { name, size: if metadata.is_file() { metadata.len() } else { 0 } });
    if !metadata.is_file() {
        match reader.read(name.clone(), path, metadata)? {
            Some(meta) => writer.add(meta)?,
            None => observer(Event::Warning { name, what: "is a socket and was left out" }),
        }
        return Ok(());
    }
    let file = open_file(path).map_err(Error::io(path))?;
    // The file may have been replaced since it was found.
    let metadata = file.metadata().map_err(Error::io(path))?;
    if !metadata.is_file() {
        return Err(Error::io(path)(io::Error::other("it is no file any more")));
    }
    let Some(mut meta) = reader.read(name.clone(), path, &metadata)? else { return Ok(()) };
    let id = file_id(&metadata).filter(|_| meta::has_links(&metadata));
    if let Some(target) = id.and_then(|id| linked.get(&id)) {
        meta.kind = Kind::HardLink { target: target.clone() };
        return Ok(writer.add(meta)?);
    }
    meta.holes = holes(&file, &metadata);
    let mut content = DataReader::new(&file, meta.holes.clone()).map_err(Error::io(path))?;
    let before = writer.content();
    let result = writer.add_file(meta, &mut content);
    if content.failed {
        let source = match result {
            Err(vatic::Error::Io(source)) => source,
            _ => io::Error::other("it could not be read"),
        };
        return Err(Error::Io { path: path.clone(), source });
    }
    result?;
    if writer.content() - before != metadata.len() {
        observer(Event::Warning { name, what: "changed while it was read" });
    }
    if let Some(id) = id {
        linked.insert(id, name.clone());
    }
    Ok(())
}

/// Opens a file without following a link and without waiting for the other end of a pipe, should it have become one.
#[cfg(unix)]
fn open_file(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(File::from(open(path, flags, Mode::empty())?))
}

/// Opens a file.
#[cfg(not(unix))]
fn open_file(path: &Path) -> io::Result<File> {
    File::open(path)
}
