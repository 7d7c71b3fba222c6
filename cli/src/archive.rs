//! The commands for archives: drives `vatic-fs` and says what it did.

use anyhow::{Context, Result, bail};
use clap::CommandFactory;
use clap::error::ErrorKind;
use indicatif::ProgressBar;
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Read, Seek, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::OnceLock;
use vatic::archive::{Archive, ArchiveLimits, ArchiveOptions, Condition};
use vatic::{CodecId, DecodeOptions, Keys, Options, Preset};
use vatic_fs::{Event, ExtractOptions, PackOptions, PackReport, Patterns, display};

use crate::archive_args::{AppendArgs, ArchiveArgs, Common, ExtractArgs, OpenArgs, RepackArgs, VerifyArgs, WriteArgs};
use crate::args::{CipherArg, Cli};
use crate::keys::{KeyArgs, Use};
use crate::{engine, interrupt, models, progress, report};

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
pub fn flat(error: vatic_fs::Error) -> anyhow::Error {
    match error {
        vatic_fs::Error::Vatic(error) => error.into(),
        error => error.into(),
    }
}

/// Tells of events on standard error, and lets an interruption remove what is unfinished.
fn observer(common: &Common) -> impl FnMut(Event<'_>) + use<> {
    observer_beside(common, &ProgressBar::hidden())
}

/// As [`observer`], where there is a progress bar to write above.
fn observer_beside(common: &Common, bar: &ProgressBar) -> impl FnMut(Event<'_>) + use<> {
    let (verbose, quiet, json, bar) = (common.verbose > 0, common.quiet, common.json, bar.clone());
    move |event| match event {
        Event::Entry { name, .. } if verbose => eprintln!("{}", display(name)),
        Event::Warning { name, what } if quiet == 0 => {
            bar.suspend(|| eprintln!("vatic: {}: warning: {what}", display(name)));
        }
        Event::Failed { name, error } => bar.suspend(|| {
            if json {
                report::json_failure(&display(name), error);
            }
            if quiet < 2 {
                eprintln!("vatic: {}: {error}", display(name));
            }
        }),
        Event::Temporary { path } => interrupt::guard(path),
        _ => {}
    }
}

/// The progress bar of an archive that is written to `target`; names as they are worked on are in its place where they are asked for.
fn packing_bar(target: &Path, common: &Common) -> ProgressBar {
    let to_terminal = target.as_os_str() == "-" && io::stdout().is_terminal();
    let wanted = common.quiet == 0 && common.verbose == 0 && !common.json && !to_terminal;
    progress::bar(target, None, wanted)
}

fn limits(common: &Common) -> ArchiveLimits {
    let limits = ArchiveLimits::default();
    match common.memory {
        Some(memory) => ArchiveLimits { memory, kdf_memory: memory, ..limits },
        None => limits,
    }
}

/// Keys from the arguments of a command that seals or opens; what cannot be is bad usage.
///
/// # Errors
/// As [`KeyArgs::load`].
pub fn load_keys(keys: &KeyArgs, purpose: Use) -> Result<Keys> {
    if let Some(message) = keys.misuse(purpose) {
        Cli::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
    keys.load(purpose)
}

/// What seals an archive.
#[derive(Default)]
struct Seal {
    keys: Keys,
    cipher: Option<CipherArg>,
}

fn pack_options(write: &WriteArgs, common: &Common, force: bool, seal: Seal, bar: &ProgressBar) -> Result<PackOptions> {
    let level = write.level.get().unwrap_or_else(|| write.preset.map_or(Preset::Balanced, Preset::from).level());
    if write.deterministic && !seal.keys.is_empty() {
        let message = "--deterministic excludes keys: what is sealed is different each time";
        Cli::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
    let mut options = Options::new().level(level).threads(common.threads).verify(write.verify).keys(seal.keys);
    options = options.progress(engine::show(bar)).models(models::load_all(&common.models)?);
    if let Some(memory) = common.memory {
        options = options.memory(memory);
    }
    if let Some(cipher) = seal.cipher {
        options = options.suite(cipher.into());
    }
    if let Some(codec) = write.codec.as_deref().and_then(CodecId::from_name) {
        options = options.codec(codec);
    }
    let mut archive = ArchiveOptions::new().codec_options(options);
    if let Some(size) = write.solid_size {
        archive = archive.solid_size(usize::try_from(size)?);
    }
    let exclude = Patterns::new(&write.exclude).map_err(flat)?;
    let (limits, parity) = (limits(common), write.parity);
    let packing = PackOptions { archive, exclude, force, limits, parity, ..PackOptions::default() };
    Ok(PackOptions { deterministic: write.deterministic, ..packing })
}

/// `vatic archive`.
pub fn create(args: &ArchiveArgs) -> Result<u64> {
    let seal = Seal { keys: load_keys(&args.keys, Use::Seal)?, cipher: args.cipher };
    if seal.cipher.is_some() && seal.keys.is_empty() {
        bail!("--cipher is for what is sealed: give a key");
    }
    let bar = packing_bar(&args.output, &args.common);
    let options = pack_options(&args.write, &args.common, args.force, seal, &bar)?;
    let mut observer = observer_beside(&args.common, &bar);
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
    bar.finish_and_clear();
    finish("archive", &args.output, &args.common, &report.map_err(flat)?, to_stdout)
}

/// `vatic append`.
pub fn append(args: &AppendArgs) -> Result<u64> {
    let keys = load_keys(&args.open.keys, Use::Open)?;
    let bar = packing_bar(&args.archive, &args.common);
    let plain = pack_options(&args.write, &args.common, false, Seal::default(), &bar)?;
    let options = PackOptions { keys, expected_state: args.open.expect_id.clone(), ..plain };
    let report = vatic_fs::append(&args.archive, &args.paths, &options, &mut observer_beside(&args.common, &bar));
    bar.finish_and_clear();
    let report = report.map_err(flat)?;
    if report.torn > 0 && args.common.quiet == 0 {
        eprintln!("vatic: {}: {} bytes of an interrupted append were removed", args.archive.display(), report.torn);
    }
    finish("append", &args.archive, &args.common, &report, false)
}

/// `vatic repack`.
pub fn repack(args: &RepackArgs) -> Result<u64> {
    let in_place = args.output.is_none();
    let output = args.output.as_ref().unwrap_or(&args.archive);
    let keys = load_keys(&args.open.keys, Use::Open)?;
    let new_keys = args.new_keys.load()?;
    let bar = packing_bar(output, &args.common);
    if args.cipher.is_some() && new_keys.as_ref().is_none_or(Keys::is_empty) {
        bail!(
            "another cipher takes a new key: give --new-password, --new-key-file or --new-recipient, with the old one if that is to stay"
        );
    }
    let seal = Seal { keys: new_keys.clone().unwrap_or_default(), cipher: args.cipher };
    let mut options = pack_options(&args.write, &args.common, args.force || in_place, seal, &bar)?;
    let mut archive = open(&args.archive, &args.common, &args.open, &keys, args.keep_going)?;
    if new_keys.is_none() {
        options.archive = options.archive.sealed_like(&archive);
    }
    options.parity = options.parity.or(archive.parity());
    if in_place && archive.condition() != Condition::Whole {
        bail!("is damaged or torn; name another file with -o FILE");
    }
    let mut observer = observer_beside(&args.common, &bar);
    let threads = args.common.threads;
    let report = vatic_fs::repack(&mut archive, output, &options, args.keep_going, threads, &mut observer);
    bar.finish_and_clear();
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
    id: String,
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
            id: vatic_fs::hex(&summary.state),
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

/// What an archive is read from.
pub type Source = Box<dyn ReadSeek>;

/// Anything that can be read at any place, from any thread.
pub trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// A file, an object by its URL, or standard input, which goes to a temporary file first: an archive's names are at its end.
fn source(path: &Path) -> Result<Source> {
    if path.as_os_str() == "-" {
        static SPOOLED: OnceLock<File> = OnceLock::new();
        if SPOOLED.get().is_none() {
            let mut file = tempfile::tempfile().context("making a temporary file")?;
            io::copy(&mut io::stdin().lock(), &mut file).context("reading standard input")?;
            let _ = SPOOLED.set(file);
        }
        let file = SPOOLED.get().context("reading standard input")?.try_clone()?;
        return Ok(Box::new(file));
    }
    match path.to_str().filter(|text| text.contains("://")) {
        Some(url) => remote(url),
        None => Ok(Box::new(File::open(path).context("cannot open")?)),
    }
}

#[cfg(feature = "remote")]
fn remote(url: &str) -> Result<Source> {
    Ok(Box::new(vatic_fs::Remote::open(url).map_err(flat)?))
}

#[cfg(not(feature = "remote"))]
fn remote(_: &str) -> Result<Source> {
    bail!("this build reads no URLs: it was made without the feature `remote`")
}

/// Opens an archive: a file, or standard input, which goes to a temporary file first.
///
/// # Errors
/// It cannot be opened, or is not the one that was asked for.
pub fn open(path: &Path, common: &Common, args: &OpenArgs, keys: &Keys, keep_going: bool) -> Result<Archive<Source>> {
    let limits = limits(common);
    let warn = |what: &str| {
        if common.quiet == 0 {
            eprintln!("vatic: {}: warning: {what}", path.display());
        }
    };
    let models = DecodeOptions::new().models(models::load_all(&common.models)?).model_provider(models::find);
    let opened = Archive::open_with(source(path)?, &limits, keys);
    let damaged = match &opened {
        Ok(archive) => matches!(archive.condition(), Condition::DamagedTail { .. }),
        Err(vatic::Error::WrongKind(_) | vatic::Error::KeyNeeded | vatic::Error::NotSealed { .. }) => false,
        Err(_) => true,
    };
    // What was not there any more cannot be in the state that is expected.
    if keep_going && damaged && args.expect_id.is_none() {
        match Archive::salvage_with(source(path)?, &limits, keys) {
            Ok(mut archive) => {
                warn("is damaged; what is intact was searched for");
                archive.set_models(&models);
                return Ok(archive);
            }
            // That the key fits nothing that was found says more than where the damage is.
            Err(error @ vatic::Error::WrongKey) => return Err(error.into()),
            Err(error) => return Err(opened.err().unwrap_or(error).into()),
        }
    }
    let mut archive = opened?;
    archive.set_models(&models);
    vatic_fs::check_state(&archive, args.expect_id.as_ref()).map_err(flat)?;
    match archive.condition() {
        Condition::TornTail { len, .. } => {
            warn(&format!("the last {len} bytes are of an interrupted append; what was there before is used"));
        }
        Condition::DamagedTail { .. } => warn("the last generation is damaged; those before it are used"),
        Condition::DamagedParity { .. } => warn("its parity is damaged; the next append makes it anew"),
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
    let keys = load_keys(&args.open.keys, Use::Open)?;
    let mut archive = open(&args.archive, common, &args.open, &keys, args.keep_going)?;
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

/// `vatic verify`, on one archive.
fn verify(path: &Path, args: &VerifyArgs, keys: &Keys) -> Result<u64> {
    let common = &args.common;
    let quiet = Common { quiet: common.quiet.max(1), ..common.clone() };
    let mut archive = open(path, &quiet, &args.open, keys, false)?;
    archive.verify(common.threads)?;
    let content: u64 = archive.entries().iter().map(|entry| entry.size).sum();
    let entries = archive.entries().len();
    let id = vatic_fs::hex(&archive.state().unwrap_or_default());
    if common.json {
        let line = serde_json::json!({
            "file": path.display().to_string(),
            "action": "verify",
            "entries": entries,
            "content_bytes": content,
            "id": id,
        });
        print_line(&line.to_string(), false)?;
    } else if common.quiet == 0 {
        eprintln!("{}: ok, {entries} entries, {content} bytes, id {id}", path.display());
    }
    Ok(0)
}

/// `vatic verify --repair`. Without its key, of a sealed archive only the hashes of shards are compared. Where parity cannot mend it, what is
/// intact goes into the new file.
fn repair(damaged: &Path, target: &Path, args: &VerifyArgs, keys: &Keys) -> Result<u64> {
    let done = match vatic_fs::repair(damaged, target, args.force, &mut observer(&args.common)).map_err(flat) {
        Ok(done) => done,
        Err(error) => match error.downcast_ref() {
            Some(vatic::Error::NotVatic { .. } | vatic::Error::Corrupt { .. }) => {
                return rescue(damaged, target, args, keys).map_err(|second| second.context(error.to_string()));
            }
            _ => return Err(error),
        },
    };
    if args.common.json {
        let line = serde_json::json!({
            "file": damaged.display().to_string(),
            "action": "repair",
            "output": target.display().to_string(),
            "shards": done.shards,
            "mended": done.mended,
        });
        print_line(&line.to_string(), false)?;
    } else if args.common.quiet == 0 {
        eprintln!("{}: {} of {} shards mended, in {}", damaged.display(), done.mended, done.shards, target.display());
    }
    match verify(target, args, keys) {
        Err(error) if matches!(error.downcast_ref(), Some(vatic::Error::KeyNeeded)) => Ok(0),
        result => result,
    }
}

/// Writes what is intact of an archive to a new one, sealed for the same keys and with as much parity; how many entries could not be read.
fn rescue(damaged: &Path, target: &Path, args: &VerifyArgs, keys: &Keys) -> Result<u64> {
    let common = &args.common;
    let mut archive = open(damaged, common, &args.open, keys, true)?;
    let options = PackOptions {
        archive: ArchiveOptions::new().codec_options(Options::new().threads(common.threads)).sealed_like(&archive),
        force: args.force,
        limits: limits(common),
        parity: archive.parity(),
        ..PackOptions::default()
    };
    let done =
        vatic_fs::repack(&mut archive, target, &options, true, common.threads, &mut observer(common)).map_err(flat)?;
    let whole = matches!(archive.condition(), Condition::Whole | Condition::DamagedParity { .. }) && done.failed == 0;
    if common.json {
        let line = serde_json::json!({
            "file": damaged.display().to_string(),
            "action": "repair",
            "output": target.display().to_string(),
            "entries": done.summary.entries,
            "failed": done.failed,
            "complete": whole,
        });
        print_line(&line.to_string(), false)?;
    } else if common.quiet == 0 {
        let (entries, failed) = (done.summary.entries, done.failed);
        eprintln!(
            "{}: no parity mends it; {entries} intact entries are in {}, {failed} were lost",
            damaged.display(),
            target.display()
        );
    }
    // Of what has no name any more nobody can say how much it was.
    Ok(done.failed + u64::from(!whole && done.failed == 0))
}

/// `vatic verify`, on each archive.
pub fn verify_all(args: &VerifyArgs) -> ExitCode {
    let keys = match load_keys(&args.open.keys, Use::Open) {
        Ok(keys) => keys,
        Err(error) => {
            report::error(None, &error);
            return ExitCode::FAILURE;
        }
    };
    if let (Some(target), [damaged]) = (&args.repair, &args.archives[..]) {
        return run(damaged, &args.common, || repair(damaged, target, args, &keys));
    }
    if args.repair.is_some() {
        Cli::command().error(ErrorKind::ArgumentConflict, "--repair mends one archive at a time").exit();
    }
    let failed = args.archives.iter().filter(|path| {
        let code = run(path, &args.common, || verify(path, args, &keys));
        code != ExitCode::SUCCESS
    });
    if failed.count() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
