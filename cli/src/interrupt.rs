//! Interruption: the unfinished output goes, then the process ends as the signal would have ended it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

fn set(path: Option<PathBuf>) {
    *UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner) = path;
}

/// Names the file that an interruption removes from now on.
pub fn guard(path: &Path) {
    set(Some(path.to_owned()));
}

/// Names the file that an interruption removes, for as long as it lives.
pub struct Guard(());

impl Guard {
    /// Guards `path`. One file at a time is enough: outputs are written one after the other.
    pub fn new(path: &Path) -> Guard {
        set(Some(path.to_owned()));
        Guard(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        set(None);
    }
}

/// Watches for the signals that end a process, on a thread of its own, so that a busy codec cannot delay them.
///
/// # Errors
/// The system refuses the handlers.
#[cfg(unix)]
pub fn watch() -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            // The lock is kept, so that no new file is begun behind our back.
            let unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(path) = unfinished.as_ref() {
                let _ = std::fs::remove_file(path);
            }
            let _ = signal_hook::low_level::emulate_default_handler(signal);
            std::process::exit(128 + signal);
        }
    })?;
    Ok(())
}

/// Temporary files of an interrupted run stay on systems without signals.
#[cfg(not(unix))]
pub fn watch() -> std::io::Result<()> {
    Ok(())
}
