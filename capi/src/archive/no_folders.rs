//! Where there are no folders: a build for wasm32 reads archives and their entries, and neither packs files nor extracts to them.

use super::Archive;
use crate::failure::{Failure, Result};
use crate::settings::Settings;
use crate::tables::Status;
use std::path::{Path, PathBuf};

fn none<T>() -> Result<T> {
    Err(Failure::new(Status::Unsupported, "this build of the library works on memory, and not on folders and files"))
}

impl Archive {
    /// # Errors
    /// [`Status::Unsupported`].
    pub fn extract<S: AsRef<str>>(&mut self, _: &Path, _: impl IntoIterator<Item = S>) -> Result<u64> {
        none()
    }

    /// # Errors
    /// [`Status::Unsupported`].
    pub fn extract_entry(&mut self, _: usize, _: &Path) -> Result<u64> {
        none()
    }
}

/// # Errors
/// [`Status::Unsupported`].
pub fn create(_: &Path, _: &[PathBuf], _: &Settings) -> Result<()> {
    none()
}

/// # Errors
/// [`Status::Unsupported`].
pub fn append(_: &Path, _: &[PathBuf], _: &Settings) -> Result<()> {
    none()
}
