//! Where output goes: standard output, or a file that appears whole or not at all.

use anyhow::{Context, Result, bail};
use std::fs::{self, File, FileTimes, Metadata};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

use crate::interrupt;

/// A place for output.
pub enum Output {
    /// Standard output.
    Stdout(BufWriter<io::Stdout>),
    /// A temporary file beside its target.
    File(Pending),
    /// A device, pipe or the like, which cannot be replaced.
    Special(File),
    /// Nowhere.
    Sink,
}

/// A file on its way.
pub struct Pending {
    temporary: NamedTempFile,
    target: PathBuf,
    replace: bool,
    _guard: interrupt::Guard,
}

/// Whether and how an existing file may go.
#[derive(Clone, Copy, Debug)]
pub struct Overwrite {
    /// Without asking.
    pub force: bool,
    /// Ask where somebody is there to answer.
    pub ask: bool,
}

impl Output {
    /// Standard output, behind a buffer.
    pub fn stdout() -> Output {
        Output::Stdout(BufWriter::with_capacity(1 << 18, io::stdout()))
    }

    /// A file that will be at `target` after [`Output::commit`].
    ///
    /// # Errors
    /// `target` exists and may not go, or its folder cannot be written.
    pub fn file(target: &Path, overwrite: Overwrite) -> Result<Output> {
        let mut replace = overwrite.force;
        if let Ok(metadata) = fs::metadata(target) {
            if metadata.is_dir() {
                bail!("{} is a folder", target.display());
            }
            if !metadata.is_file() {
                let file = File::options().write(true).open(target);
                return Ok(Output::Special(file.with_context(|| format!("opening {}", target.display()))?));
            }
            if !(replace || overwrite.ask && ask(target)?) {
                bail!("{} exists already; -f overwrites it", target.display());
            }
            replace = true;
        }
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".vatic-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As for any new file: the umask takes its part away.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let temporary =
            builder.tempfile_in(folder).with_context(|| format!("making a file in {}", folder.display()))?;
        let guard = interrupt::Guard::new(temporary.path());
        Ok(Output::File(Pending { temporary, target: target.to_owned(), replace, _guard: guard }))
    }

    /// Whether output is standard output.
    pub fn is_stdout(&self) -> bool {
        matches!(self, Output::Stdout(_))
    }

    /// Ends the output. A file gets the mode and times of `source` and its name; `durable` waits until it is on disk.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn commit(self, source: Option<&Metadata>, durable: bool) -> Result<()> {
        let pending = match self {
            Output::Stdout(mut out) => return Ok(out.flush()?),
            Output::Special(_) | Output::Sink => return Ok(()),
            Output::File(pending) => pending,
        };
        let Pending { temporary, target, replace, _guard } = pending;
        if let Some(source) = source {
            copy_metadata(source, temporary.as_file());
        }
        let naming = || format!("writing {}", target.display());
        if durable {
            temporary.as_file().sync_all().with_context(naming)?;
        }
        let result = if replace { temporary.persist(&target) } else { temporary.persist_noclobber(&target) };
        result.map_err(|error| error.error).with_context(naming)?;
        if durable {
            sync_folder(&target);
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Stdout(out) => out.write(bytes),
            Output::File(pending) => pending.temporary.write(bytes),
            Output::Special(file) => file.write(bytes),
            Output::Sink => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Stdout(out) => out.flush(),
            Output::File(pending) => pending.temporary.flush(),
            Output::Special(file) => file.flush(),
            Output::Sink => Ok(()),
        }
    }
}

/// Best effort, as file systems differ in what they keep; set-user-id and its like are never copied.
fn copy_metadata(source: &Metadata, file: &File) {
    let mut permissions = source.permissions();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        permissions.set_mode(permissions.mode() & 0o777);
    }
    #[cfg(not(unix))]
    permissions.set_readonly(false);
    let mut times = FileTimes::new();
    if let Ok(modified) = source.modified() {
        times = times.set_modified(modified);
    }
    if let Ok(accessed) = source.accessed() {
        times = times.set_accessed(accessed);
    }
    let _ = file.set_times(times);
    let _ = file.set_permissions(permissions);
}

/// Makes the new name durable, where a folder can be opened at all.
fn sync_folder(target: &Path) {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// Asks on the terminal, if there is one on both sides.
fn ask(target: &Path) -> Result<bool> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Ok(false);
    }
    eprint!("vatic: {} exists already; overwrite it? (y/N) ", target.display());
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y") || answer.trim().eq_ignore_ascii_case("yes"))
}
