//! Between archives and folders.

use super::Archive;
use crate::failure::{Failure, Result};
use crate::settings::Settings;
use crate::tables::Status;
use std::path::{Path, PathBuf};
use vatic_fs::{Event, PackReport, Patterns, display};

impl Archive {
    /// Extracts what the patterns match to the folder `target`; without patterns, everything. How many entries that were. Nothing is
    /// written outside of `target`, whatever the archive says.
    ///
    /// # Errors
    /// Those that concern the archive as a whole; [`Status::Partial`] where entries failed and the others were extracted;
    /// [`Status::NotFound`] where patterns match nothing.
    pub fn extract<S: AsRef<str>>(&mut self, target: &Path, patterns: impl IntoIterator<Item = S>) -> Result<u64> {
        self.extract_matching(target, Patterns::new(patterns)?)
    }

    fn extract_matching(&mut self, target: &Path, only: Patterns) -> Result<u64> {
        let any = !only.is_empty();
        let mut failed = None;
        let mut observer = |event: Event<'_>| note(event, &mut failed);
        let report = vatic_fs::extract(&mut self.archive, target, &self.settings.extract(only), &mut observer)?;
        if any && report.entries + report.failed + report.skipped == 0 {
            return Err(Failure::new(Status::NotFound, "nothing in it matches"));
        }
        partial(report.failed, failed)?;
        Ok(report.entries)
    }

    /// Extracts the entry at `index` alone; of a directory, all that is in it.
    ///
    /// # Errors
    /// As [`Archive::extract`].
    pub fn extract_entry(&mut self, index: usize, target: &Path) -> Result<u64> {
        let name = self.entry(index)?.meta.name.clone();
        self.extract_matching(target, Patterns::exactly([name]))
    }
}

/// Remembers the first failure.
fn note(event: Event<'_>, failed: &mut Option<String>) {
    if let Event::Failed { name, error } = event {
        failed.get_or_insert_with(|| format!("{}: {error}", display(name)));
    }
}

fn partial(count: u64, first: Option<String>) -> Result<()> {
    match count {
        0 => Ok(()),
        1 => Err(Failure::new(Status::Partial, format!("one entry failed: {}", first.unwrap_or_default()))),
        _ => Err(Failure::new(Status::Partial, format!("{count} entries failed, first {}", first.unwrap_or_default()))),
    }
}

/// Packs `inputs` into a new archive at `target`, which appears whole or not at all.
///
/// # Errors
/// Those of files and of encoding; [`Status::Partial`] where inputs could not be read and the archive has the others.
pub fn create(target: &Path, inputs: &[PathBuf], settings: &Settings) -> Result<()> {
    write(|options, observer| vatic_fs::create(target, inputs, options, observer), settings)
}

/// Adds `inputs` to the archive at `target`.
///
/// # Errors
/// As [`create`]; [`Status::Locked`] while another process appends.
pub fn append(target: &Path, inputs: &[PathBuf], settings: &Settings) -> Result<()> {
    write(|options, observer| vatic_fs::append(target, inputs, options, observer), settings)
}

fn write(
    work: impl FnOnce(&vatic_fs::PackOptions, vatic_fs::Observer<'_>) -> vatic_fs::Result<PackReport>,
    settings: &Settings,
) -> Result<()> {
    let mut failed = None;
    let report = work(&settings.pack()?, &mut |event| note(event, &mut failed))?;
    partial(report.failed, failed)
}
