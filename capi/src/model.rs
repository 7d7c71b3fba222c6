//! Models from files, from samples and from other models.

use crate::failure::{Failure, Result};
use crate::settings::Settings;
use crate::tables::Status;
#[cfg(feature = "native")]
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use vatic::{Model, Progress, TrainOptions};

/// Reads the `.vatm` file at `path`.
///
/// # Errors
/// [`Status::Io`], [`Status::Limit`], and those of [`Model::from_bytes`].
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
/// library. With a model to stand `beside`, it is what codec `neural` begins with beside that model's transformer, and what comes of it is
/// that model with it, as the part `gates`. A progress callback of the settings is told how many bytes have been read and how many will be in all; it can end the
/// work.
///
/// **A primer holds traces of what it was trained on.**
///
/// # Errors
/// [`Status::InvalidOption`] for no samples, a size in which nothing fits, or a model without a transformer to
/// stand beside; [`Status::Cancelled`].
pub fn train<S: AsRef<[u8]>>(samples: &[S], size: usize, beside: Option<&Model>, settings: &Settings) -> Result<Model> {
    let mut options = TrainOptions::new();
    if let Some(base) = beside {
        options = options.beside(base);
    }
    if size > 0 {
        options = options.size(size);
    }
    if let Some(progress) = settings.progress().cloned() {
        options = options.progress(move |done, total| progress(Progress::new(done, total)));
    }
    Ok(Model::train_primer(samples, &options)?.model)
}

/// One model with the parts of all, and the notes of the first.
///
/// # Errors
/// [`Status::InvalidOption`] for no models, two parts of the same name, or too many.
pub fn join<'a>(models: impl IntoIterator<Item = &'a Model>) -> Result<Model> {
    let mut models = models.into_iter();
    let none = || Failure::new(Status::InvalidOption, "there are no models to join");
    let first = models.next().ok_or_else(none)?.clone();
    models.try_fold(first, |joined, model| Ok(joined.join(model)?))
}

/// The model in a `.czm` file of czip: a transformer that computes what czip does.
///
/// # Errors
/// [`Status::Limit`], those of [`Model::from_czm`], and [`Status::Unsupported`] in a
/// build that knows nothing of czip.
pub fn from_czm(bytes: &[u8], settings: &Settings) -> Result<Model> {
    let limit = settings.model_limits().file;
    if bytes.len() as u64 > limit {
        return Err(vatic::Error::Limit { what: "model size", needed: bytes.len() as u64, limit }.into());
    }
    imported(bytes)
}

#[cfg(feature = "native")]
fn imported(bytes: &[u8]) -> Result<Model> {
    let about = BTreeMap::from([("imported".to_owned(), "of czip".to_owned())]);
    Ok(Model::from_czm(bytes, about)?)
}

#[cfg(not(feature = "native"))]
fn imported(_: &[u8]) -> Result<Model> {
    Err(Failure::new(Status::Unsupported, "this build of the library knows nothing of czip"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::ControlFlow;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use vatic::ModelLimits;

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
        let model = train(&records, 0, None, &settings).unwrap();
        assert_eq!(model.id(), train(&records, 0, None, &Settings::new()).unwrap().id());
        assert!(seen.load(Ordering::Relaxed) > 300 * 10);

        settings.set_progress(Some(Arc::new(|_| ControlFlow::Break(()))));
        assert!(train(&records, 0, None, &settings).unwrap_err().is(Status::Cancelled));
        assert!(train(&Vec::<String>::new(), 0, None, &Settings::new()).unwrap_err().is(Status::InvalidOption));
        assert!(train(&records, 1, None, &Settings::new()).unwrap_err().is(Status::InvalidOption));
        // It has a primer and no transformer.
        assert!(train(&records, 0, Some(&model), &Settings::new()).unwrap_err().is(Status::InvalidOption));
    }

    #[test]
    fn parts_of_two_models_are_joined() {
        let records: Vec<String> = (0..300).map(|i| format!("user {i} logged in")).collect();
        let transformer = include_bytes!("../../tests/vectors/transformer/random-0.vatm");
        let transformer = Model::from_bytes(transformer, &ModelLimits::default()).unwrap();
        let primer = train(&records, 100_000, None, &Settings::new()).unwrap();
        let joined = join([&primer, &transformer]).unwrap();
        assert_eq!(joined.parts().map(|part| part.name()).collect::<Vec<_>>(), ["primer", "transformer"]);
        assert_eq!(join([&transformer, &primer]).unwrap(), joined);
        assert_eq!(join([&primer]).unwrap(), primer);
        assert!(join([]).unwrap_err().is(Status::InvalidOption));
        assert!(join([&joined, &primer]).unwrap_err().is(Status::InvalidOption));
    }

    #[test]
    fn models_of_czip_have_a_limit_as_others_have() {
        let mut settings = Settings::new();
        settings.set(crate::tables::Param::LimitModel as i32, 3).unwrap();
        assert!(from_czm(b"none", &settings).unwrap_err().is(Status::Limit));
        let refused = from_czm(b"none", &Settings::new()).unwrap_err();
        assert_eq!(refused.is(Status::Unsupported), !cfg!(feature = "native"));
    }
}
