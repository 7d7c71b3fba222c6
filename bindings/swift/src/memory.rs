//! One call, random access, and what a file says about itself.

use crate::failure::{Result, fenced};
use crate::settings::Settings;
use std::path::Path;
use std::sync::Arc;
use vatic_capi::{Guarded, memory};

#[uniffi::export]
pub fn abi_version() -> u32 {
    vatic_capi::tables::ABI_VERSION
}

#[uniffi::export]
pub fn library_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

#[uniffi::export]
pub fn format_version() -> u32 {
    u32::from(vatic::FORMAT_VERSION)
}

#[uniffi::export]
pub fn compress(data: &[u8], settings: &Settings) -> Result<Vec<u8>> {
    fenced(|| memory::compress(data, &settings.inner))
}

#[uniffi::export]
pub fn decompress(data: &[u8], settings: &Settings) -> Result<Vec<u8>> {
    fenced(|| memory::decompress(data, &settings.inner))
}

/// The length of the first frame's content, if its front tells.
#[uniffi::export]
pub fn content_length(data: &[u8]) -> Result<Option<u64>> {
    fenced(|| Ok(vatic::content_length(data)?))
}

/// BLAKE3 of `data`.
#[uniffi::export]
pub fn hash(data: &[u8]) -> Vec<u8> {
    memory::hash(data).to_vec()
}

/// Random access to the output of a file or of bytes.
#[derive(uniffi::Object)]
pub struct Reader(Guarded<memory::Reader>);

#[uniffi::export]
impl Reader {
    #[uniffi::constructor]
    pub fn open(path: String, settings: &Settings) -> Result<Arc<Reader>> {
        let reader = fenced(|| memory::Reader::open(Path::new(&path), &settings.inner))?;
        Ok(Arc::new(Reader(Guarded::new(reader))))
    }

    #[uniffi::constructor]
    pub fn from_bytes(data: Vec<u8>, settings: &Settings) -> Result<Arc<Reader>> {
        let reader = fenced(|| memory::Reader::from_bytes(data, &settings.inner))?;
        Ok(Arc::new(Reader(Guarded::new(reader))))
    }

    /// Bytes of output.
    pub fn length(&self) -> Result<u64> {
        Ok(self.0.run(|reader| Ok(reader.len()))?)
    }

    /// Up to `size` bytes at `offset`, fewer at the end.
    pub fn read(&self, offset: u64, size: u64) -> Result<Vec<u8>> {
        Ok(self.0.run(|reader| reader.read(offset, usize::try_from(size).unwrap_or(usize::MAX)))?)
    }
}
