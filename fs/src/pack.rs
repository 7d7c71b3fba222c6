//! Writing archives so that a crash at any moment leaves the old content or the new.
//!
//! A new archive grows beside its target and is renamed once it is on disk. An append writes behind the last generation: data
//! and index, a barrier, then the record that makes the generation exist, and a barrier again. What an interrupted append
//! leaves is cut off by the next one.

use crate::error::{Error, Result};
use crate::meta::{self, FileId, Reader, file_id};
use crate::patterns::Patterns;
use crate::sparse::{DataReader, holes};
use crate::walk::{Found, Item, collect};
use crate::{Event, Observer};
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use vatic::Keys;
use vatic::archive::{Archive, ArchiveLimits, ArchiveOptions, Entry, EntrySink, Kind, Meta, Summary, Writer};

/// Bytes written at a time.
const BUFFER: usize = 1 << 18;

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
    /// What reading an archive may cost, for [`append`] and [`repack`].
    pub limits: ArchiveLimits,
    /// What opens the archive that [`append`] adds to, where it is sealed. A new archive is sealed with the keys of the codec
    /// options of `archive`.
    pub keys: Keys,
    /// The state that [`append`] expects the archive to be in: [`Archive::state`].
    pub expected_state: Option<StatePrefix>,
}

impl PackOptions {
    fn archive_options(&self) -> Result<ArchiveOptions> {
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
    pending.commit()?;
    Ok(PackReport { summary, failed, archive_len: summary.packed, torn: 0 })
}

/// Packs `inputs` into an archive that goes to `output` as it is made.
///
/// # Errors
/// As [`create`].
pub fn create_stream<W: Write>(
    output: W,
    inputs: &[PathBuf],
    options: &PackOptions,
    observer: Observer<'_>,
) -> Result<PackReport> {
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
    let opened = Archive::open_with(&file, &options.limits, &options.keys)?;
    check_state(&opened, options.expected_state.as_ref())?;
    let tail = opened.tail()?;
    let start = tail.len;
    let torn = file.metadata().map_err(at)?.len() - start;
    let result = (|| {
        if torn > 0 {
            file.set_len(start).map_err(at)?;
        }
        (&file).seek(SeekFrom::Start(start)).map_err(at)?;
        let found = collect(inputs, &options.exclude, &own, observer)?;
        let archive = options.archive.clone().deterministic(options.deterministic);
        let archive = archive.expected_content(found.content());
        let mut writer = Writer::append(BufWriter::with_capacity(BUFFER, &file), &archive, tail)?;
        let failed = add_all(&mut writer, found, observer)?;
        let (_, summary) = writer.finish_with(|buffer| buffer.get_ref().sync_data())?;
        file.sync_all().map_err(at)?;
        Ok(PackReport { summary, failed, archive_len: start + summary.packed, torn })
    })();
    if result.is_err() {
        // What was begun goes; should this fail too, the next append will do it.
        let _ = file.set_len(start);
    }
    result
}

/// Fails where a state is expected and the archive is in another: it was changed since, or it is an older one that
/// somebody put in its place.
///
/// # Errors
/// [`Error::State`].
pub fn check_state<R: Read + Seek>(archive: &Archive<R>, expected: Option<&StatePrefix>) -> Result<()> {
    let Some(expected) = expected else { return Ok(()) };
    let state = archive.state().unwrap_or_default();
    if expected.matches(&state) { Ok(()) } else { Err(Error::State(hex(&state))) }
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// At least the first eight bytes of an archive's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatePrefix(String);

impl StatePrefix {
    fn matches(&self, state: &[u8]) -> bool {
        hex(state).starts_with(&self.0)
    }
}

impl std::str::FromStr for StatePrefix {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let sound = (16..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if sound { Ok(StatePrefix(text.to_ascii_lowercase())) } else { Err("not 16 to 32 hexadecimal digits") }
    }
}

/// Writes the current entries of `source` to a new archive at `target`, which may be the same file: with another preset or group
/// size, and without what later generations replaced. Entries whose content cannot be read are reported, counted and left
/// out if `keep_going`.
///
/// # Errors
/// As [`create`], and those of reading `source`.
pub fn repack<R: Read + Seek + Send>(
    source: &mut Archive<R>,
    target: &Path,
    options: &PackOptions,
    keep_going: bool,
    threads: usize,
    observer: Observer<'_>,
) -> Result<PackReport> {
    let content = source.current().map(|index| source.entries()[index].data_len()).sum();
    let archive = options.archive_options()?.expected_content(content);
    let pending = Pending::new(target, options.force, observer)?;
    let mut writer = Writer::new(BufWriter::with_capacity(BUFFER, pending.file()), &archive)?;
    let current: Vec<usize> =
        source.current().filter(|&index| !options.exclude.matches(&source.entries()[index].meta.name)).collect();
    let plan = RepackPlan::new(source, &current);
    for meta in &plan.folders {
        writer.add(meta.clone())?;
    }
    let failed = copy_contents(source, &plan, &mut writer, keep_going, threads, observer)?;
    let (_, summary) = writer.finish()?;
    pending.commit()?;
    Ok(PackReport { summary, failed, archive_len: summary.packed, torn: 0 })
}

/// What goes where when an archive is written anew.
struct RepackPlan {
    /// Folders, first.
    folders: Vec<Meta>,
    /// The entry that each content is written for, by the index of the content's entry.
    files: HashMap<usize, Meta>,
    /// Links and everything else without content, last; hard links with the content's index.
    others: Vec<(Meta, Option<usize>)>,
}

impl RepackPlan {
    fn new<R: Read + Seek>(source: &Archive<R>, current: &[usize]) -> RepackPlan {
        let mut plan = RepackPlan { folders: Vec::new(), files: HashMap::new(), others: Vec::new() };
        for &index in current {
            let meta = source.entries()[index].meta.clone();
            match meta.kind {
                Kind::Directory => plan.folders.push(meta),
                Kind::File => _ = plan.files.insert(index, meta),
                _ => {}
            }
        }
        for &index in current {
            let meta = source.entries()[index].meta.clone();
            match (&meta.kind, source.link_target(index)) {
                (Kind::Directory | Kind::File, _) => {}
                (Kind::HardLink { .. }, Some(content)) => match plan.files.get(&content) {
                    Some(file) => {
                        let kind = Kind::HardLink { target: file.name.clone() };
                        plan.others.push((Meta { kind, ..meta }, Some(content)));
                    }
                    // The file is gone, its content is not: this name becomes the file.
                    None => {
                        let holes = source.entries()[content].meta.holes.clone();
                        plan.files.insert(content, Meta { kind: Kind::File, holes, ..meta });
                    }
                },
                _ => plan.others.push((meta, None)),
            }
        }
        plan
    }
}

/// Bytes of a content on their way from the thread that decodes to the one that encodes.
enum Message {
    Begin(usize),
    Data(Vec<u8>),
    End(std::result::Result<(), vatic::Error>),
}

/// Sends contents to another thread.
struct Sending {
    channel: SyncSender<Message>,
    keep_going: bool,
}

impl Sending {
    fn send(&self, message: Message) -> vatic::Result<()> {
        // Whoever hung up has an error of its own.
        self.channel.send(message).map_err(|_| vatic::Error::Cancelled)
    }
}

impl EntrySink for Sending {
    fn begin(&mut self, index: usize, _: &Entry) -> vatic::Result<bool> {
        self.send(Message::Begin(index))?;
        Ok(true)
    }

    fn data(&mut self, bytes: &[u8]) -> vatic::Result<()> {
        self.send(Message::Data(bytes.to_vec()))
    }

    fn end(&mut self, _: usize, _: &Entry, result: vatic::Result<()>) -> vatic::Result<()> {
        let stop = result.is_err() && !self.keep_going;
        self.send(Message::End(result))?;
        if stop { Err(vatic::Error::Cancelled) } else { Ok(()) }
    }
}

/// One content as it arrives.
struct Arriving<'a> {
    channel: &'a Receiver<Message>,
    piece: Vec<u8>,
    taken: usize,
    end: Option<std::result::Result<(), vatic::Error>>,
}

impl Read for Arriving<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.piece.len() {
            if let Some(end) = &self.end {
                return if end.is_ok() { Ok(0) } else { Err(io::Error::other("its content cannot be read")) };
            }
            match self.channel.recv() {
                Ok(Message::Data(piece)) => (self.piece, self.taken) = (piece, 0),
                Ok(Message::End(result)) => self.end = Some(result),
                Ok(Message::Begin(_)) | Err(_) => return Err(io::Error::other("reading stopped")),
            }
        }
        let count = out.len().min(self.piece.len() - self.taken);
        out[..count].copy_from_slice(&self.piece[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

/// Copies contents from one archive to the other, and what hangs on them; how many could not be read.
fn copy_contents<R: Read + Seek + Send, W: Write>(
    source: &mut Archive<R>,
    plan: &RepackPlan,
    writer: &mut Writer<W>,
    keep_going: bool,
    threads: usize,
    observer: Observer<'_>,
) -> Result<u64> {
    let mut lost: HashSet<usize> = HashSet::new();
    let mut indices: Vec<usize> = plan.files.keys().copied().collect();
    indices.sort_unstable();
    // Files without content are not read.
    for index in &indices {
        if source.entries()[*index].data_len() == 0 {
            writer.add_file(plan.files[index].clone(), &mut io::empty())?;
        }
    }
    std::thread::scope(|scope| -> Result<()> {
        let (channel, arriving) = sync_channel(8);
        let reading = scope.spawn(move || source.read_many(&indices, threads, &mut Sending { channel, keep_going }));
        let copied = (|| -> Result<()> {
            while let Ok(Message::Begin(index)) = arriving.recv() {
                let meta = &plan.files[&index];
                observer(Event::Entry { name: &meta.name, size: 0 });
                let mut content = Arriving { channel: &arriving, piece: Vec::new(), taken: 0, end: None };
                let added = writer.add_file(meta.clone(), &mut content);
                match (content.end, added) {
                    (Some(Ok(())), added) => added?,
                    (Some(Err(error)), _) if keep_going => {
                        lost.insert(index);
                        observer(Event::Failed { name: &meta.name, error: &error.into() });
                    }
                    (Some(Err(error)), _) => return Err(error.into()),
                    (None, added) => return Err(added.err().unwrap_or(vatic::Error::Cancelled).into()),
                }
            }
            Ok(())
        })();
        drop(arriving);
        let read = reading.join().unwrap_or(Err(vatic::Error::Internal("the reading thread panicked")));
        copied?;
        Ok(read?)
    })?;
    for (meta, content) in &plan.others {
        if content.is_none_or(|content| !lost.contains(&content)) {
            writer.add(meta.clone())?;
        }
    }
    Ok(lost.len() as u64)
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

/// A file on its way to its name.
struct Pending {
    temporary: tempfile::NamedTempFile,
    target: PathBuf,
    force: bool,
}

impl Pending {
    fn new(target: &Path, force: bool, observer: Observer<'_>) -> Result<Pending> {
        if !force && fs::symlink_metadata(target).is_ok() {
            return Err(Error::Exists(target.to_owned()));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".vatic-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As for any new file: the umask takes its part away.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let temporary = builder.tempfile_in(folder_of(target)).map_err(Error::io(target))?;
        observer(Event::Temporary { path: temporary.path() });
        Ok(Pending { temporary, target: target.to_owned(), force })
    }

    fn file(&self) -> &File {
        self.temporary.as_file()
    }

    /// Makes the content durable, then gives it its name.
    fn commit(self) -> Result<()> {
        let Pending { temporary, target, force } = self;
        temporary.as_file().sync_all().map_err(Error::io(&target))?;
        let named = if force { temporary.persist(&target) } else { temporary.persist_noclobber(&target) };
        named.map_err(|error| Error::Io { path: target.clone(), source: error.error })?;
        // Where a folder can be opened at all.
        if let Ok(folder) = File::open(folder_of(&target)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
