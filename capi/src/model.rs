//! Models from files.

use crate::failure::{Failure, Result};
use crate::settings::Settings;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use vatic::{Model, Progress, TrainOptions};

/// Reads the `.vatm` file at `path`.
///
/// # Errors
/// [`Status::Io`](crate::tables::Status::Io), [`Status::Limit`](crate::tables::Status::Limit), and those of [`Model::from_bytes`].
pub fn load(path: &Path, settings: &Settings) -> Result<Model> {
    let at = |error| Failure::at(path, &error);
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

/// Trains a primer of at most `size` bytes of tables on `samples`, each of them a record, a file or a part of one; 0 leaves the size to the
/// library. A progress callback of the settings is told how many bytes have been read and how many will be in all; it can end the work.
///
/// **A primer holds traces of what it was trained on.**
///
/// # Errors
/// [`Status::InvalidOption`](crate::tables::Status::InvalidOption) for no samples, or a size in which nothing fits;
/// [`Status::Cancelled`](crate::tables::Status::Cancelled).
pub fn train<S: AsRef<[u8]>>(samples: &[S], size: usize, settings: &Settings) -> Result<Model> {
    let mut options = TrainOptions::new();
    if size > 0 {
        options = options.size(size);
    }
    if let Some(progress) = settings.progress().cloned() {
        options = options.progress(move |done, total| progress(Progress::new(done, total)));
    }
    Ok(Model::train_primer(samples, &options)?.model)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Status;
    use std::ops::ControlFlow;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn training_tells_how_far_it_is_and_can_be_ended() {
        let records: Vec<String> = (0..300).map(|i| format!("user {i} logged in")).collect();
        let seen = Arc::new(AtomicU64::new(0));
        let mut settings = Settings::new();
        let kept = Arc::clone(&seen);
        settings.set_progress(Some(Arc::new(move |at: Progress| {
            assert!(at.input <= at.output);
            kept.store(at.input, Ordering::Relaxed);
            ControlFlow::Continue(())
        })));
        let model = train(&records, 0, &settings).unwrap();
        assert_eq!(model.id(), train(&records, 0, &Settings::new()).unwrap().id());
        assert!(seen.load(Ordering::Relaxed) > 300 * 10);

        settings.set_progress(Some(Arc::new(|_| ControlFlow::Break(()))));
        assert!(train(&records, 0, &settings).unwrap_err().is(Status::Cancelled));
        assert!(train(&Vec::<String>::new(), 0, &Settings::new()).unwrap_err().is(Status::InvalidOption));
        assert!(train(&records, 1, &Settings::new()).unwrap_err().is(Status::InvalidOption));
    }
}
