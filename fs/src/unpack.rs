//! Extraction: folders first, then files in the order of the archive's groups, hard links, symbolic links, and last the
//! metadata of folders.

use crate::error::{Error, Result};
use crate::meta::Keep;
use crate::patterns::Patterns;
use crate::place::{Place, Unfinished, folded};
use crate::{Event, Observer};
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;
use vatic::archive::{Archive, Entry, EntrySink, Kind, Meta};

/// How to extract. The default trusts the archive with nothing.
#[derive(Clone, Debug)]
pub struct ExtractOptions {
    /// Which entries; none: all.
    pub only: Patterns,
    /// Which entries not.
    pub exclude: Patterns,
    /// Whether files and links that are in the way may be replaced. What a link points to is never touched.
    pub force: bool,
    /// Whether to go on with the other entries where the content of one is damaged.
    pub keep_going: bool,
    /// Whether owners, set-id bits and modes are restored as they were, umask or not.
    pub owners: bool,
    /// Whether attributes other than `user.` are restored, such as `security.`.
    pub all_xattrs: bool,
    /// Whether named pipes and devices are made.
    pub special: bool,
    /// Threads that decode; 0 takes one for each CPU.
    pub threads: usize,
    /// The most entries that are extracted.
    pub max_entries: u64,
    /// The most bytes that all files together may have, holes left out.
    pub max_bytes: u64,
}

impl Default for ExtractOptions {
    fn default() -> Self {
        ExtractOptions {
            only: Patterns::default(),
            exclude: Patterns::default(),
            force: false,
            keep_going: false,
            owners: false,
            all_xattrs: false,
            special: false,
            threads: 1,
            max_entries: u64::MAX,
            max_bytes: u64::MAX,
        }
    }
}

impl ExtractOptions {
    /// The current entries that are asked for.
    fn select<R: Read + Seek>(&self, archive: &Archive<R>) -> Vec<usize> {
        let wanted = |name: &[u8]| (self.only.is_empty() || self.only.matches(name)) && !self.exclude.matches(name);
        archive.current().filter(|&index| wanted(&archive.entries()[index].meta.name)).collect()
    }
}

/// What extraction came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExtractReport {
    /// Entries extracted.
    pub entries: u64,
    /// Bytes of content of the files among them.
    pub content: u64,
    /// Entries that failed, and were reported.
    pub failed: u64,
    /// Entries left out by default: devices and pipes.
    pub skipped: u64,
}

/// Extracts entries to the folder `target`, which is made if it is not there.
///
/// Nothing is written outside of `target`, whatever the archive or symbolic links in `target` say; no file appears unless it
/// is whole.
///
/// # Errors
/// Those that concern the archive as a whole: damage unless `keep_going`, limits, the target folder. An entry that cannot be written is
/// reported and counted, and the others follow.
pub fn extract<R: Read + Seek>(
    archive: &mut Archive<R>,
    target: &Path,
    options: &ExtractOptions,
    observer: Observer<'_>,
) -> Result<ExtractReport> {
    let chosen = options.select(archive);
    check_limits(archive, &chosen, options)?;
    let keep = Keep { owners: options.owners, all_xattrs: options.all_xattrs };
    let place = Place::new(target, options.force, keep)?;
    let report = ExtractReport::default();
    let plan = Plan::new(archive, &chosen);
    let mut run = Run { place, options, report, observer, written: HashSet::new(), current: None, fatal: None };
    run.warn_of_clashes(archive, &chosen);
    for meta in &plan.folders {
        let made = run.place.make_folder(&meta.name);
        run.settle(&meta.name, made.map(|()| None));
    }
    for (index, meta) in &plan.empty {
        let result = run.place.start_file(meta).and_then(|file| run.end_file(file, meta, meta_size(archive, *index)));
        if run.settle(&meta.name, result) {
            run.written.insert(*index);
        }
    }
    let mut indices: Vec<usize> = plan.files.keys().copied().collect();
    indices.sort_unstable();
    let mut sink = FileSink { run, files: &plan.files };
    let read = archive.read_many(&indices, options.threads, &mut sink);
    let FileSink { mut run, .. } = sink;
    if let Some(error) = run.fatal.take() {
        return Err(error);
    }
    read?;
    for (meta, content, first) in &plan.links {
        // Where the file did not work, its other names cannot.
        if run.written.contains(content) {
            let result = run.place.hard_link(first, meta).map(|()| None);
            run.settle(&meta.name, result);
        } else {
            run.settle(&meta.name, Err(Error::Option("the file that it is a link to was not extracted")));
        }
    }
    for meta in &plan.special {
        if options.special {
            let result = run.place.special(meta);
            run.settle(&meta.name, result);
        } else {
            run.report.skipped += 1;
            (run.observer)(Event::Warning { name: &meta.name, what: "is a device or pipe and was left out" });
        }
    }
    for meta in &plan.symlinks {
        if let Kind::Symlink { target } = &meta.kind {
            let result = run.place.symlink(meta, target);
            run.settle(&meta.name, result);
        }
    }
    // Deepest first, so that a folder that may not be written any more is left last.
    for meta in plan.folders.iter().rev() {
        match run.place.finish_folder(meta) {
            Ok(Some(what)) => (run.observer)(Event::Warning { name: &meta.name, what }),
            Ok(None) => {}
            Err(error) => {
                run.report.failed += 1;
                (run.observer)(Event::Failed { name: &meta.name, error: &error });
            }
        }
    }
    Ok(run.report)
}

fn meta_size<R: Read + Seek>(archive: &Archive<R>, index: usize) -> u64 {
    archive.entries()[index].size
}

fn check_limits<R: Read + Seek>(archive: &Archive<R>, chosen: &[usize], options: &ExtractOptions) -> Result<()> {
    let limit = |what, needed, limit| Err(vatic::Error::Limit { what, needed, limit }.into());
    if chosen.len() as u64 > options.max_entries {
        return limit("entries", chosen.len() as u64, options.max_entries);
    }
    let total = chosen.iter().fold(0u64, |sum, &index| sum.saturating_add(archive.entries()[index].data_len()));
    if total > options.max_bytes {
        return limit("content", total, options.max_bytes);
    }
    Ok(())
}

/// What is made in which order.
#[derive(Default)]
struct Plan {
    /// By name, so that a folder stands in front of what is in it.
    folders: Vec<Meta>,
    /// Files with content, by the index of the entry that has it; as the entry that is written.
    files: HashMap<usize, Meta>,
    /// Files without data.
    empty: Vec<(usize, Meta)>,
    /// Other names of files: with the index of the content, and the name that is written.
    links: Vec<(Meta, usize, Vec<u8>)>,
    symlinks: Vec<Meta>,
    special: Vec<Meta>,
}

impl Plan {
    fn new<R: Read + Seek>(archive: &Archive<R>, chosen: &[usize]) -> Plan {
        let mut plan = Plan::default();
        // The name that each content is written under.
        let mut first: HashMap<usize, Vec<u8>> = HashMap::new();
        for &index in chosen {
            let entry = &archive.entries()[index];
            match entry.meta.kind {
                Kind::Directory => plan.folders.push(entry.meta.clone()),
                Kind::Symlink { .. } => plan.symlinks.push(entry.meta.clone()),
                Kind::File => {
                    first.insert(index, entry.meta.name.clone());
                    plan.add_file(index, entry.meta.clone(), entry);
                }
                Kind::HardLink { .. } => {}
                _ => plan.special.push(entry.meta.clone()),
            }
        }
        for &index in chosen {
            let Some(content) = archive.link_target(index) else { continue };
            let meta = archive.entries()[index].meta.clone();
            match first.get(&content) {
                Some(name) => plan.links.push((meta, content, name.clone())),
                None => {
                    // The file itself is not asked for: the first of its other names becomes it.
                    first.insert(content, meta.name.clone());
                    let entry = &archive.entries()[content];
                    plan.add_file(content, Meta { kind: Kind::File, holes: entry.meta.holes.clone(), ..meta }, entry);
                }
            }
        }
        plan
    }

    fn add_file(&mut self, index: usize, meta: Meta, entry: &Entry) {
        if entry.data_len() == 0 {
            self.empty.push((index, meta));
        } else {
            self.files.insert(index, meta);
        }
    }
}

/// Extraction under way.
struct Run<'a> {
    place: Place,
    options: &'a ExtractOptions,
    report: ExtractReport,
    observer: Observer<'a>,
    /// Contents that have been written.
    written: HashSet<usize>,
    current: Option<Writing>,
    /// What ends the run.
    fatal: Option<Error>,
}

/// The file that is being written.
struct Writing {
    unfinished: Unfinished,
    holes: VecDeque<Range<u64>>,
    pos: u64,
    error: Option<std::io::Error>,
}

impl Writing {
    fn write(&mut self, mut bytes: &[u8]) -> std::io::Result<()> {
        while !bytes.is_empty() {
            while let Some(hole) = self.holes.front().filter(|hole| hole.start <= self.pos) {
                self.pos = hole.end;
                self.unfinished.file.seek(SeekFrom::Start(self.pos))?;
                self.holes.pop_front();
            }
            let room = self.holes.front().map_or(u64::MAX, |hole| hole.start - self.pos);
            let (now, later) = bytes.split_at(usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len()));
            self.unfinished.file.write_all(now)?;
            self.pos += now.len() as u64;
            bytes = later;
        }
        Ok(())
    }
}

impl Run<'_> {
    /// Reports how an entry went; whether it is there.
    fn settle(&mut self, name: &[u8], result: Result<Option<&'static str>>) -> bool {
        match result {
            Ok(warning) => {
                self.report.entries += 1;
                if let Some(what) = warning {
                    (self.observer)(Event::Warning { name, what });
                }
                true
            }
            Err(error) => {
                self.report.failed += 1;
                (self.observer)(Event::Failed { name, error: &error });
                false
            }
        }
    }

    fn end_file(&mut self, unfinished: Unfinished, meta: &Meta, size: u64) -> Result<Option<&'static str>> {
        // A hole at the end.
        if size > 0 && meta.holes.last().is_some_and(|hole| hole.end == size) {
            let path = crate::names::to_path(&meta.name).unwrap_or_default();
            unfinished.file.set_len(size).map_err(Error::io(&path))?;
        }
        self.place.finish_file(unfinished, meta)
    }

    fn warn_of_clashes<R: Read + Seek>(&mut self, archive: &Archive<R>, chosen: &[usize]) {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for &index in chosen {
            let name = &archive.entries()[index].meta.name;
            if seen.insert(folded(name), index).is_some() {
                let what = "differs from another entry in case or Unicode form only";
                (self.observer)(Event::Warning { name, what });
            }
        }
    }
}

/// Writes contents to files.
struct FileSink<'a> {
    run: Run<'a>,
    files: &'a HashMap<usize, Meta>,
}

impl EntrySink for FileSink<'_> {
    fn begin(&mut self, index: usize, entry: &Entry) -> vatic::Result<bool> {
        let Some(meta) = self.files.get(&index) else { return Ok(false) };
        (self.run.observer)(Event::Entry { name: &meta.name, size: entry.size });
        match self.run.place.start_file(meta) {
            Ok(unfinished) => {
                (self.run.observer)(Event::Temporary { path: &unfinished.path });
                let holes = meta.holes.iter().cloned().collect();
                self.run.current = Some(Writing { unfinished, holes, pos: 0, error: None });
                Ok(true)
            }
            Err(error) => {
                self.run.settle(&meta.name, Err(error));
                Ok(false)
            }
        }
    }

    fn data(&mut self, bytes: &[u8]) -> vatic::Result<()> {
        if let Some(writing) = &mut self.run.current
            && writing.error.is_none()
        {
            writing.error = writing.write(bytes).err();
        }
        Ok(())
    }

    fn end(&mut self, index: usize, entry: &Entry, result: vatic::Result<()>) -> vatic::Result<()> {
        let (Some(meta), Some(writing)) = (self.files.get(&index), self.run.current.take()) else { return Ok(()) };
        if let Err(error) = result {
            let stop = !self.run.options.keep_going;
            if stop {
                self.run.fatal = Some(error.into());
                return Err(vatic::Error::Cancelled);
            }
            self.run.settle(&meta.name, Err(error.into()));
            return Ok(());
        }
        let Writing { unfinished, error, .. } = writing;
        let path = crate::names::to_path(&meta.name).unwrap_or_default();
        let result = match error {
            Some(source) => Err(Error::Io { path, source }),
            None => self.run.end_file(unfinished, meta, entry.size),
        };
        if self.run.settle(&meta.name, result) {
            self.run.written.insert(index);
            self.run.report.content += entry.size;
        }
        Ok(())
    }
}

/// Writes the contents of the chosen files to `output`, one after the other in the order in which the archive stores them, holes as
/// zeros.
///
/// # Errors
/// Those of reading and of `output`; what was damaged ends it.
pub fn write_content<R: Read + Seek>(
    archive: &mut Archive<R>,
    options: &ExtractOptions,
    output: &mut dyn Write,
) -> Result<ExtractReport> {
    let mut indices = Vec::new();
    let mut sink = StreamSink { output, holes: VecDeque::new(), pos: 0, report: ExtractReport::default() };
    let chosen = options.select(archive);
    check_limits(archive, &chosen, options)?;
    let contents: BTreeSet<usize> = chosen.iter().map(|&index| archive.link_target(index).unwrap_or(index)).collect();
    for index in contents {
        let entry = &archive.entries()[index];
        if entry.meta.kind == Kind::File && entry.data_len() > 0 {
            indices.push(index);
        } else if entry.meta.kind == Kind::File {
            sink.begin(index, entry)?;
            sink.end(index, entry, Ok(()))?;
        }
    }
    archive.read_many(&indices, options.threads, &mut sink)?;
    Ok(sink.report)
}

/// Writes contents to a stream.
struct StreamSink<'a> {
    output: &'a mut dyn Write,
    /// Of the current file, those not reached yet.
    holes: VecDeque<Range<u64>>,
    /// In the current file.
    pos: u64,
    report: ExtractReport,
}

impl StreamSink<'_> {
    fn zeros_to(&mut self, end: u64) -> vatic::Result<()> {
        let zeros = end.saturating_sub(self.pos);
        self.pos += std::io::copy(&mut std::io::repeat(0).take(zeros), &mut self.output)?;
        Ok(())
    }
}

impl EntrySink for StreamSink<'_> {
    fn begin(&mut self, _: usize, entry: &Entry) -> vatic::Result<bool> {
        self.holes = entry.meta.holes.iter().cloned().collect();
        self.pos = 0;
        Ok(true)
    }

    fn data(&mut self, mut bytes: &[u8]) -> vatic::Result<()> {
        while !bytes.is_empty() {
            while let Some(hole) = self.holes.front().cloned().filter(|hole| hole.start <= self.pos) {
                self.zeros_to(hole.end)?;
                self.holes.pop_front();
            }
            let room = self.holes.front().map_or(u64::MAX, |hole| hole.start - self.pos);
            let (now, later) = bytes.split_at(usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len()));
            self.output.write_all(now)?;
            self.pos += now.len() as u64;
            bytes = later;
        }
        Ok(())
    }

    fn end(&mut self, _: usize, entry: &Entry, result: vatic::Result<()>) -> vatic::Result<()> {
        result?;
        self.zeros_to(entry.size)?;
        self.report.entries += 1;
        self.report.content += entry.size;
        Ok(())
    }
}
