//! Archives.

use crate::failure::{Result, fenced};
use crate::settings::Settings;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vatic_capi::tables::entry_field as field;
use vatic_capi::{Guarded, archive};

fn paths(list: Vec<String>) -> Vec<PathBuf> {
    list.into_iter().map(PathBuf::from).collect()
}

#[uniffi::export]
pub fn archive_create(target: String, inputs: Vec<String>, settings: &Settings) -> Result<()> {
    fenced(|| archive::create(Path::new(&target), &paths(inputs), &settings.inner))
}

#[uniffi::export]
pub fn archive_append(target: String, inputs: Vec<String>, settings: &Settings) -> Result<()> {
    fenced(|| archive::append(Path::new(&target), &paths(inputs), &settings.inner))
}

/// One entry: the values are those of its fields, in the order of their numbers.
#[derive(uniffi::Record)]
pub struct NativeEntry {
    pub name: Vec<u8>,
    pub target: Vec<u8>,
    pub hash: Option<Vec<u8>>,
    pub values: Vec<u64>,
}

/// An archive that is open for reading.
#[derive(uniffi::Object)]
pub struct Archive(Guarded<archive::Archive>);

#[uniffi::export]
impl Archive {
    #[uniffi::constructor]
    pub fn open(path: String, settings: &Settings) -> Result<Arc<Archive>> {
        let archive = fenced(|| archive::Archive::open(Path::new(&path), &settings.inner))?;
        Ok(Arc::new(Archive(Guarded::new(archive))))
    }

    #[uniffi::constructor]
    pub fn from_bytes(data: Vec<u8>, settings: &Settings) -> Result<Arc<Archive>> {
        let archive = fenced(|| archive::Archive::from_bytes(data, &settings.inner))?;
        Ok(Arc::new(Archive(Guarded::new(archive))))
    }

    /// All entries, in the order of their names.
    pub fn entries(&self) -> Result<Vec<NativeEntry>> {
        Ok(self.0.run(|archive| {
            let entry = |index| -> vatic_capi::Result<NativeEntry> {
                let entry = archive.entry(index)?;
                let values = (field::KIND..=field::DEVICE_MINOR).map(|number| archive::entry_value(entry, number));
                Ok(NativeEntry {
                    name: entry.meta.name.clone(),
                    target: archive::link_target(entry).to_vec(),
                    hash: entry.hash.map(|hash| hash.to_vec()),
                    values: values.collect::<vatic_capi::Result<_>>()?,
                })
            };
            (0..archive.len()).map(entry).collect()
        })?)
    }

    /// The content of the entry at `index`.
    pub fn read(&self, index: u64) -> Result<Vec<u8>> {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        Ok(self.0.run(|archive| Ok(archive.read(index)?.to_vec()))?)
    }

    /// Extracts what patterns match, everything without; how many entries.
    pub fn extract(&self, target: String, patterns: Vec<String>) -> Result<u64> {
        Ok(self.0.run(|archive| archive.extract(Path::new(&target), &patterns))?)
    }

    /// Decodes everything and compares it with the index.
    pub fn verify(&self) -> Result<()> {
        Ok(self.0.run(archive::Archive::verify)?)
    }
}
