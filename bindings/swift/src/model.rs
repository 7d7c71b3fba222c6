//! Models, and records under them.

use crate::failure::{Result, fenced};
use crate::settings::Settings;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use vatic_capi::{Guarded, model, records};

/// What experts know beforehand.
#[derive(uniffi::Object)]
pub struct Model {
    pub(crate) inner: vatic::Model,
}

#[uniffi::export]
impl Model {
    #[uniffi::constructor]
    pub fn open(path: String, settings: &Settings) -> Result<Arc<Model>> {
        Ok(Arc::new(Model { inner: fenced(|| model::load(Path::new(&path), &settings.inner))? }))
    }

    #[uniffi::constructor]
    pub fn from_bytes(data: Vec<u8>, settings: &Settings) -> Result<Arc<Model>> {
        let limits = settings.inner.model_limits();
        Ok(Arc::new(Model { inner: fenced(|| Ok(vatic::Model::from_bytes(&data, &limits)?))? }))
    }

    /// Reads the bytes of a `.czm` file of czip.
    #[uniffi::constructor]
    pub fn from_czm(data: Vec<u8>, settings: &Settings) -> Result<Arc<Model>> {
        Ok(Arc::new(Model { inner: fenced(|| model::from_czm(&data, &settings.inner))? }))
    }

    /// Trains a primer, beside a transformer if there is a model of one; 0 leaves its size to the library.
    #[uniffi::constructor]
    pub fn train(samples: Vec<Vec<u8>>, size: u64, beside: Option<Arc<Model>>) -> Result<Arc<Model>> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let beside = beside.as_ref().map(|base| &base.inner);
        let inner = fenced(|| model::train(&samples, size, beside, &vatic_capi::Settings::new()))?;
        Ok(Arc::new(Model { inner }))
    }

    /// One with the parts of both, and the notes of this one.
    pub fn join(&self, other: &Model) -> Result<Arc<Model>> {
        Ok(Arc::new(Model { inner: fenced(|| model::join([&self.inner, &other.inner]))? }))
    }

    /// The names of its parts.
    pub fn parts(&self) -> Vec<String> {
        self.inner.parts().map(|part| part.name().to_owned()).collect()
    }

    /// The `.vatm` file.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        fenced(|| Ok(self.inner.to_bytes()?))
    }

    /// Its id in hexadecimal.
    pub fn id(&self) -> String {
        self.inner.id().to_string()
    }

    /// What it says about itself.
    pub fn metadata(&self) -> HashMap<String, String> {
        self.inner.metadata().clone().into_iter().collect()
    }
}

/// Codes records one by one.
#[derive(uniffi::Object)]
pub struct Records(Guarded<records::Records>);

#[uniffi::export]
impl Records {
    #[uniffi::constructor]
    pub fn new(model: &Model, settings: &Settings) -> Result<Arc<Records>> {
        let records = fenced(|| records::Records::new(&model.inner, &settings.inner))?;
        Ok(Arc::new(Records(Guarded::new(records))))
    }

    pub fn compress(&self, record: &[u8]) -> Result<Vec<u8>> {
        Ok(self.0.run(|coder| Ok(coder.compress(record)?.to_vec()))?)
    }

    pub fn decompress(&self, packed: &[u8]) -> Result<Vec<u8>> {
        Ok(self.0.run(|coder| Ok(coder.decompress(packed)?.to_vec()))?)
    }
}

#[uniffi::export]
pub fn compress_many(list: Vec<Vec<u8>>, model: &Model, settings: &Settings) -> Result<Vec<u8>> {
    fenced(|| records::compress_many(&list, &model.inner, &settings.inner))
}

#[uniffi::export]
pub fn decompress_many(data: &[u8], settings: &Settings) -> Result<Vec<Vec<u8>>> {
    fenced(|| records::decompress_many(data, &settings.inner))
}
