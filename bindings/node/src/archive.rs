//! Archives.

use crate::settings::Settings;
use crate::work::{later, now};
use napi::Env;
use napi::bindgen_prelude::{Buffer, Object, Uint8Array};
use napi_derive::napi;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vatic_capi::tables::entry_field as field;
use vatic_capi::{Guarded, archive};

fn paths(list: Vec<String>) -> Vec<PathBuf> {
    list.into_iter().map(PathBuf::from).collect()
}

/// Packs files and folders into a new archive, beside the event loop.
#[napi]
pub fn create_archive<'env>(
    env: &'env Env,
    target: String,
    inputs: Vec<String>,
    settings: &Settings,
) -> napi::Result<Object<'env>> {
    let settings = settings.inner.clone();
    later(env, move || archive::create(Path::new(&target), &paths(inputs), &settings))
}

/// Adds files and folders to an archive, beside the event loop.
#[napi]
pub fn append_archive<'env>(
    env: &'env Env,
    target: String,
    inputs: Vec<String>,
    settings: &Settings,
) -> napi::Result<Object<'env>> {
    let settings = settings.inner.clone();
    later(env, move || archive::append(Path::new(&target), &paths(inputs), &settings))
}

/// One entry.
#[napi(object)]
pub struct Entry {
    /// Its name's bytes.
    pub name: Buffer,
    /// What a link points to.
    pub target: Buffer,
    /// BLAKE3 of its content.
    pub hash: Option<Buffer>,
    /// The values of its fields, in the order of their numbers.
    pub values: Vec<f64>,
}

/// An archive that is open for reading.
#[napi]
pub struct Archive {
    inner: Arc<Guarded<archive::Archive>>,
}

#[napi]
impl Archive {
    /// Opens a file.
    #[napi(factory)]
    pub fn open(path: String, settings: &Settings) -> napi::Result<Archive> {
        let archive = now(|| archive::Archive::open(Path::new(&path), &settings.inner))?;
        Ok(Archive { inner: Arc::new(Guarded::new(archive)) })
    }

    /// Opens bytes, which are copied.
    #[napi(factory)]
    pub fn from_bytes(data: Uint8Array, settings: &Settings) -> napi::Result<Archive> {
        let archive = now(|| archive::Archive::from_bytes(data.to_vec(), &settings.inner))?;
        Ok(Archive { inner: Arc::new(Guarded::new(archive)) })
    }

    /// All entries, in the order of their names.
    #[napi]
    pub fn entries(&self) -> napi::Result<Vec<Entry>> {
        now(|| self.inner.run(|archive| (0..archive.len()).map(|index| entry(archive, index)).collect()))
    }

    /// The content of the entry at `index`, beside the event loop.
    #[napi]
    pub fn read<'env>(&self, env: &'env Env, index: u32) -> napi::Result<Object<'env>> {
        let archive = Arc::clone(&self.inner);
        later(env, move || Ok(Buffer::from(archive.run(|archive| Ok(archive.read(index as usize)?.to_vec()))?)))
    }

    /// Extracts what patterns match, everything without, beside the event loop.
    #[napi]
    pub fn extract<'env>(&self, env: &'env Env, target: String, patterns: Vec<String>) -> napi::Result<Object<'env>> {
        let archive = Arc::clone(&self.inner);
        later(env, move || archive.run(|archive| Ok(archive.extract(Path::new(&target), &patterns)? as f64)))
    }

    /// Decodes everything and compares it with the index, beside the event loop.
    #[napi]
    pub fn verify<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let archive = Arc::clone(&self.inner);
        later(env, move || archive.run(archive::Archive::verify))
    }
}

fn entry(archive: &archive::Archive, index: usize) -> vatic_capi::Result<Entry> {
    let entry = archive.entry(index)?;
    let value = |number| -> vatic_capi::Result<f64> {
        let value = archive::entry_value(entry, number)?;
        // The one number with a sign.
        Ok(if number == field::MTIME_SECONDS { value as i64 as f64 } else { value as f64 })
    };
    Ok(Entry {
        name: entry.meta.name.clone().into(),
        target: archive::link_target(entry).to_vec().into(),
        hash: entry.hash.map(|hash| hash.to_vec().into()),
        values: (field::KIND..=field::DEVICE_MINOR).map(value).collect::<vatic_capi::Result<_>>()?,
    })
}
