//! The commands for archives: drives `vatic-fs` and says what it did.

use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::ExitCode;
use vatic::archive::{Archive, ArchiveLimits, ArchiveOptions, Condition, Entry, Kind};
use vatic::{CodecId, Options, Preset};
use vatic_fs::{Event, ExtractOptions, PackOptions, PackReport, Patterns, display};

use crate::archive_args::{AppendArgs, ArchiveArgs, Common, ExtractArgs, ListArgs, RepackArgs, VerifyArgs, WriteArgs};
use crate::{interrupt, report};

/// Runs a command and says what went wrong. `work` gives the number of entries that failed and were reported.
pub fn run(name: &Path, common: &Common, work: impl FnOnce() -> Result<u64>) -> ExitCode {
    match work() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            if common.json {
                report::json_error(name, &error);
            }
            if common.quiet < 2 {
                report::error(Some(name), &error);
            }
            ExitCode::FAILURE
        }
    }
}

/// The library's errors as they are, so that hints and codes are found.
fn flat(error: vatic_fs::Error) -> anyhow::Error {
    match error {
        vatic_fs::Error::Vatic(error) => error.into(),
        error => error.into(),
    }
}

/// Tells of events on standard error, and lets an interruption remove what is unfinished.
fn observer(common: &Common) -> impl FnMut(Event<'_>) {
    let (verbose, quiet, json) = (common.verbose > 0, common.quiet, common.json);
    move |event| match event {
        Event::Entry { name, .. } if verbose => eprintln!("{}", display(name)),
        Event::Warning { name, what } if quiet == 0 => eprintln!("vatic: {}: warning: {what}", display(name)),
        Event::Failed { name, error } => {
            if json {
                report::json_failure(&display(name), error);
            }
            if quiet < 2 {
                eprintln!("vatic: {}: {error}", display(name));
            }
        }
        Event::Temporary { path } => interrupt::guard(path),
        _ => {}
    }
}

fn limits(common: &Common) -> ArchiveLimits {
    let limits = ArchiveLimits::default();
    ArchiveLimits { memory: common.memory.unwrap_or(limits.memory), ..limits }
}

fn pack_options(write: &WriteArgs, common: &Common, force: bool) -> Result<PackOptions> {
    let level = write.level.get().unwrap_or_else(|| write.preset.map_or(Preset::Balanced, Preset::from).level());
    let mut options = Options::new().level(level).threads(common.threads).verify(write.verify);
    if let Some(memory) = common.memory {
        options = options.memory(memory);
    }
    if let Some(codec) = write.codec.as_deref().and_then(CodecId::from_name) {
        options = options.codec(codec);
    }
    let mut archive = ArchiveOptions::new().codec_options(options);
    if let Some(size) = write.solid_size {
        archive = archive.solid_size(usize::try_from(size)?);
    }
    let exclude = Patterns::new(&write.exclude).map_err(flat)?;
    Ok(PackOptions { archive, deterministic: write.deterministic, exclude, force, limits: limits(common) })
}

/// `vatic archive`.
pub fn create(args: &ArchiveArgs) -> Result<u64> {
    let options = pack_options(&args.write, &args.common, args.force)?;
    let mut observer = observer(&args.common);
    let to_stdout = args.output.as_os_str() == "-";
    let report = if to_stdout {
        if io::stdout().is_terminal() && !args.force {
            bail!("an archive is not for a terminal; send it to a file or a pipe, or force it with -f");
        }
        let output = BufWriter::with_capacity(1 << 18, io::stdout());
        vatic_fs::create_stream(output, &args.paths, &options, &mut observer)
    } else {
        vatic_fs::create(&args.output, &args.paths, &options, &mut observer)
    };
    finish("archive", &args.output, &args.common, &report.map_err(flat)?, to_stdout)
}

/// `vatic append`.
pub fn append(args: &AppendArgs) -> Result<u64> {
    let options = pack_options(&args.write, &args.common, false)?;
    let report = vatic_fs::append(&args.archive, &args.paths, &options, &mut observer(&args.common)).map_err(flat)?;
    if report.torn > 0 && args.common.quiet == 0 {
        eprintln!("vatic: {}: {} bytes of an interrupted append were removed", args.archive.display(), report.torn);
    }
    finish("append", &args.archive, &args.common, &report, false)
}

/// `vatic repack`.
pub fn repack(args: &RepackArgs) -> Result<u64> {
    let in_place = args.output.is_none();
    let output = args.output.as_ref().unwrap_or(&args.archive);
    let options = pack_options(&args.write, &args.common, args.force || in_place)?;
    let mut archive = open(&args.archive, &args.common, args.keep_going)?;
    if in_place && archive.condition() != Condition::Whole {
        bail!("is damaged or torn; name another file with -o FILE");
    }
    let mut observer = observer(&args.common);
    let threads = args.common.threads;
    let report = vatic_fs::repack(&mut archive, output, &options, args.keep_going, threads, &mut observer);
    finish("repack", output, &args.common, &report.map_err(flat)?, false)
}

#[derive(Serialize)]
struct JsonReport<'a> {
    file: String,
    action: &'a str,
    entries: u64,
    content_bytes: u64,
    stored_bytes: u64,
    packed_bytes: u64,
    archive_bytes: u64,
    failed: u64,
}

fn finish(action: &str, file: &Path, common: &Common, report: &PackReport, to_stdout: bool) -> Result<u64> {
    let summary = &report.summary;
    if common.json {
        let line = serde_json::to_string(&JsonReport {
            file: file.display().to_string(),
            action,
            entries: summary.entries,
            content_bytes: summary.content,
            stored_bytes: summary.stored,
            packed_bytes: summary.packed,
            archive_bytes: report.archive_len,
            failed: report.failed,
        })?;
        print_line(&line, to_stdout)?;
    } else if common.verbose > 0 || common.quiet == 0 && io::stderr().is_terminal() && !to_stdout {
        eprintln!(
            "{}: {} entries, {} bytes, {} of them new -> {} bytes",
            file.display(),
            summary.entries,
            summary.content,
            summary.stored,
            summary.packed
        );
    }
    Ok(report.failed)
}

/// A JSON line on standard output, or on standard error where that carries data.
fn print_line(line: &str, to_stderr: bool) -> Result<()> {
    if to_stderr {
        writeln!(io::stderr(), "{line}")?
    } else {
        writeln!(io::stdout(), "{line}")?
    }
    Ok(())
}

/// Opens an archive: a file, or standard input, which goes to a temporary file first.
fn open(path: &Path, common: &Common, keep_going: bool) -> Result<Archive<File>> {
    let file = if path.as_os_str() == "-" {
        let mut file = tempfile::tempfile().context("making a temporary file")?;
        io::copy(&mut io::stdin().lock(), &mut file).context("reading standard input")?;
        file.seek(SeekFrom::Start(0))?;
        file
    } else {
        File::open(path).context("cannot open")?
    };
    let limits = limits(common);
    let warn = |what: &str| {
        if common.quiet == 0 {
            eprintln!("vatic: {}: warning: {what}", path.display());
        }
    };
    let opened = Archive::open(file.try_clone()?, &limits);
    let damaged = match &opened {
        Ok(archive) => matches!(archive.condition(), Condition::DamagedTail { .. }),
        Err(vatic::Error::WrongKind(_)) => false,
        Err(_) => true,
    };
    if keep_going && damaged {
        warn("is damaged; what is intact is searched for");
        return Ok(Archive::salvage(file, &limits)?);
    }
    let archive = opened?;
    match archive.condition() {
        Condition::TornTail { len, .. } => {
            warn(&format!("the last {len} bytes are of an interrupted append; what was there before is used"));
        }
        Condition::DamagedTail { .. } => warn("the last generation is damaged; those before it are used"),
        _ => {}
    }
    Ok(archive)
}

/// `vatic extract`.
pub fn extract(args: &ExtractArgs) -> Result<u64> {
    let common = &args.common;
    let defaults = ExtractOptions::default();
    let options = ExtractOptions {
        only: Patterns::new(&args.patterns).map_err(flat)?,
        exclude: Patterns::new(&args.exclude).map_err(flat)?,
        force: args.force,
        keep_going: args.keep_going,
        owners: args.same_owner,
        all_xattrs: args.all_xattrs,
        special: args.special,
        threads: common.threads,
        max_entries: args.max_entries.unwrap_or(defaults.max_entries),
        max_bytes: args.max_size.unwrap_or(defaults.max_bytes),
    };
    let mut archive = open(&args.archive, common, args.keep_going)?;
    let report = if args.stdout {
        let mut output = BufWriter::with_capacity(1 << 18, io::stdout());
        let report = vatic_fs::write_content(&mut archive, &options, &mut output).map_err(flat)?;
        output.flush()?;
        report
    } else {
        vatic_fs::extract(&mut archive, &args.directory, &options, &mut observer(common)).map_err(flat)?
    };
    if report.entries + report.failed + report.skipped == 0 && !args.patterns.is_empty() {
        bail!("nothing in it matches");
    }
    if common.json {
        let line = serde_json::json!({
            "file": args.archive.display().to_string(),
            "action": "extract",
            "entries": report.entries,
            "content_bytes": report.content,
            "failed": report.failed,
            "skipped": report.skipped,
        });
        print_line(&line.to_string(), args.stdout)?;
    } else if common.verbose > 0 {
        eprintln!("{}: {} entries, {} bytes", args.archive.display(), report.entries, report.content);
    }
    Ok(report.failed)
}

/// `vatic verify`.
pub fn verify(path: &Path, common: &Common) -> Result<u64> {
    let mut archive = open(path, &Common { quiet: common.quiet.max(1), ..common.clone() }, false)?;
    archive.verify(common.threads)?;
    let content: u64 = archive.entries().iter().map(|entry| entry.size).sum();
    let entries = archive.entries().len();
    if common.json {
        let line = serde_json::json!({
            "file": path.display().to_string(),
            "action": "verify",
            "entries": entries,
            "content_bytes": content,
        });
        print_line(&line.to_string(), false)?;
    } else if common.quiet == 0 {
        eprintln!("{}: ok, {entries} entries, {content} bytes", path.display());
    }
    Ok(0)
}

/// `vatic verify`, on each archive.
pub fn verify_all(args: &VerifyArgs) -> ExitCode {
    let failed = args.archives.iter().filter(|path| {
        let code = run(path, &args.common, || verify(path, &args.common));
        code != ExitCode::SUCCESS
    });
    if failed.count() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// `vatic list`.
pub fn list(args: &ListArgs) -> Result<u64> {
    let only = Patterns::new(&args.patterns).map_err(flat)?;
    let archive = open(&args.archive, &args.common, args.keep_going)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut found = false;
    for index in archive.current() {
        let entry = &archive.entries()[index];
        if !only.is_empty() && !only.matches(&entry.meta.name) {
            continue;
        }
        found = true;
        if args.common.json {
            writeln!(out, "{}", serde_json::to_string(&json_entry(entry))?)?;
        } else if args.long || args.common.verbose > 0 {
            writeln!(out, "{}", long_line(entry))?;
        } else {
            writeln!(out, "{}", display(&entry.meta.name))?;
        }
    }
    out.flush()?;
    if !found && !only.is_empty() {
        bail!("nothing in it matches");
    }
    Ok(0)
}

/// What `vatic -l` says of an archive; `None` for what is none.
///
/// # Errors
/// It cannot be read.
pub fn describe(path: &Path, json: bool) -> Result<Option<String>> {
    let archive = match Archive::open(File::open(path)?, &ArchiveLimits::default()) {
        Err(vatic::Error::WrongKind(_)) => return Ok(None),
        result => result?,
    };
    let generations = archive.generations().count();
    let entries = archive.current().count();
    let content: u64 = archive.current().map(|index| archive.entries()[index].size).sum();
    let packed: u64 = archive.generations().map(|generation| generation.packed).sum();
    if json {
        let line = serde_json::json!({
            "file": path.display().to_string(),
            "archive": true,
            "generations": generations,
            "entries": entries,
            "bytes": content,
            "packed": packed,
        });
        return Ok(Some(line.to_string()));
    }
    let plural = if generations == 1 { "" } else { "s" };
    Ok(Some(format!(
        "{}: archive, {generations} generation{plural}, {entries} entries, {content} bytes in {packed}; `vatic list` names them",
        path.display()
    )))
}

#[derive(Serialize)]
struct JsonEntry {
    name: String,
    /// The name's bytes in hexadecimal, where they are no UTF-8 text.
    #[serde(skip_serializing_if = "Option::is_none")]
    name_hex: Option<String>,
    kind: &'static str,
    size: u64,
    mode: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mtime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blake3: Option<String>,
    generation: u64,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn json_entry(entry: &Entry) -> JsonEntry {
    let name = &entry.meta.name;
    JsonEntry {
        name: String::from_utf8_lossy(name).into_owned(),
        name_hex: std::str::from_utf8(name).is_err().then(|| hex(name)),
        kind: entry.meta.kind.name(),
        size: entry.size,
        mode: format!("{:04o}", entry.meta.mode),
        mtime: entry.meta.mtime.map(|time| format!("{}.{:09}", time.seconds, time.nanos)),
        target: target(&entry.meta.kind).map(|target| String::from_utf8_lossy(target).into_owned()),
        blake3: entry.hash.map(|hash| hex(&hash)),
        generation: entry.generation,
    }
}

fn target(kind: &Kind) -> Option<&[u8]> {
    match kind {
        Kind::Symlink { target } | Kind::HardLink { target } => Some(target),
        _ => None,
    }
}

/// A line as `ls -l` has it; times are UTC.
fn long_line(entry: &Entry) -> String {
    let meta = &entry.meta;
    let owner = meta.owner.as_ref().map_or_else(String::new, |owner| match &owner.names {
        Some((user, group)) => format!("{}/{}", display(user), display(group)),
        None => format!("{}/{}", owner.uid, owner.gid),
    });
    let size = match meta.kind {
        Kind::CharDevice { major, minor } | Kind::BlockDevice { major, minor } => format!("{major},{minor}"),
        _ => entry.size.to_string(),
    };
    let time = meta.mtime.map_or_else(|| "-".to_owned(), |time| civil(time.seconds));
    let arrow = match &meta.kind {
        Kind::Symlink { target } => format!(" -> {}", display(target)),
        Kind::HardLink { target } => format!(" link to {}", display(target)),
        _ => String::new(),
    };
    format!("{} {owner:<17} {size:>12} {time:<19} {}{arrow}", mode_text(meta.mode, &meta.kind), display(&meta.name))
}

fn mode_text(mode: u32, kind: &Kind) -> String {
    let first = match kind {
        Kind::File => '-',
        Kind::Directory => 'd',
        Kind::Symlink { .. } => 'l',
        Kind::HardLink { .. } => 'h',
        Kind::Fifo => 'p',
        Kind::CharDevice { .. } => 'c',
        Kind::BlockDevice { .. } => 'b',
        _ => '?',
    };
    let mut text: Vec<char> = std::iter::once(first).chain("rwxrwxrwx".chars()).collect();
    for bit in 0..9 {
        if mode & (0o400 >> bit) == 0 {
            text[bit + 1] = '-';
        }
    }
    for (flag, at, with, without) in [(0o4000, 3, 's', 'S'), (0o2000, 6, 's', 'S'), (0o1000, 9, 't', 'T')] {
        if mode & flag != 0 {
            text[at] = if text[at] == 'x' { with } else { without };
        }
    }
    text.into_iter().collect()
}

/// `YYYY-MM-DD HH:MM:SS` in UTC. (Days to a date: Hinnant, "chrono-compatible low-level date algorithms".)
fn civil(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days.saturating_add(719_468);
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_look_like_those_of_ls() {
        assert_eq!(mode_text(0o4751, &Kind::File), "-rwsr-x--x");
        assert_eq!(mode_text(0o1666, &Kind::Directory), "drw-rw-rwT");
        assert_eq!(civil(0), "1970-01-01 00:00:00");
        assert_eq!(civil(951_782_400 + 86_399), "2000-02-29 23:59:59");
        assert_eq!(civil(-1), "1969-12-31 23:59:59");
        assert!(!civil(i64::MAX).is_empty() && !civil(i64::MIN).is_empty());
    }
}
