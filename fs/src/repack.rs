//! Writing an archive anew, and mending a damaged one: to a new file in both cases.

use crate::error::{Error, Result};
use crate::pack::{BUFFER, PackOptions, PackReport};
use crate::pending::Pending;
use crate::{Event, Observer};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use vatic::archive::{Archive, Entry, EntrySink, Kind, Meta, Repair, Writer};

/// Mends the archive at `damaged` with its parity; what it was, parity included, goes to a new file at `target`, every shard of it
/// compared with the hash that it had. Needs no key.
///
/// # Errors
/// Those of [`vatic::archive::repair`] and of the file system.
pub fn repair(damaged: &Path, target: &Path, force: bool, observer: Observer<'_>) -> Result<Repair> {
    let mut source = File::open(damaged).map_err(Error::io(damaged))?;
    let pending = Pending::new(target, force, observer)?;
    let repair = vatic::archive::repair(&mut source, &mut pending.file())?;
    pending.commit()?;
    Ok(repair)
}

/// Writes the current entries of `source` to a new archive at `target`, which may be the same file: with another preset or group
/// size, and without what later generations replaced. Entries whose content cannot be read are reported, counted and left
/// out if `keep_going`.
///
/// # Errors
/// As [`create`](crate::create), and those of reading `source`.
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
    let parity = pending.protect(summary.packed, options.parity)?;
    pending.commit()?;
    Ok(PackReport { summary, failed, archive_len: summary.packed + parity, torn: 0 })
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
