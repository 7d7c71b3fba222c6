//! Models from files.

use crate::failure::Result;
use crate::settings::Settings;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use vatic::{Model, TrainOptions};

/// Reads the `.vatm` file at `path`.
///
/// # Errors
/// [`Status::Io`](crate::tables::Status::Io), [`Status::Limit`](crate::tables::Status::Limit), and those of [`Model::from_bytes`].
pub fn load(path: &Path, settings: &Settings) -> Result<Model> {
    let at = |error| vatic_fs::Error::Io { path: path.to_owned(), source: error };
    let limits = settings.model_limits();
    let file = File::open(path).map_err(at)?;
    let len = file.metadata().map_err(at)?.len();
    let too_long = |needed| vatic::Error::Limit { what: "model size", needed, limit: limits.file };
    if len > limits.file {
        return Err(too_long(len).into());
    }
    // What is no regular file has no length, and no end perhaps.
    let mut bytes = Vec::new();
    file.take(limits.file.saturating_add(1)).read_to_end(&mut bytes).map_err(at)?;
    if bytes.len() as u64 > limits.file {
        return Err(too_long(bytes.len() as u64).into());
    }
    Ok(Model::from_bytes(&bytes, &limits)?)
}

/// Trains a primer of at most `size` bytes of tables on `samples`; 0 leaves the size to the library.
///
/// **A primer holds traces of what it was trained on.**
///
/// # Errors
/// [`Status::InvalidOption`](crate::tables::Status::InvalidOption) for no samples, or a size in which nothing fits.
pub fn train<S: AsRef<[u8]>>(samples: &[S], size: usize) -> Result<Model> {
    let options = TrainOptions::new();
    Ok(Model::train_primer(samples, &if size > 0 { options.size(size) } else { options })?.model)
}
