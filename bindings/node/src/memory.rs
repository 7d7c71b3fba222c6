//! One call, records, random access.

use crate::settings::{Model, Settings};
use crate::work::{later, now};
use napi::Env;
use napi::bindgen_prelude::{Buffer, Object, Uint8Array};
use napi_derive::napi;
use std::path::Path;
use std::sync::Arc;
use vatic_capi::{Guarded, memory, records};

/// Compresses `data` into one frame.
#[napi]
pub fn compress_sync(data: Uint8Array, settings: &Settings) -> napi::Result<Buffer> {
    now(|| Ok(memory::compress(&data, &settings.inner)?.into()))
}

/// As `compressSync`, beside the event loop.
#[napi]
pub fn compress<'env>(env: &'env Env, data: Uint8Array, settings: &Settings) -> napi::Result<Object<'env>> {
    let settings = settings.inner.clone();
    later(env, move || Ok(Buffer::from(memory::compress(&data, &settings)?)))
}

/// Restores all frames of `data`.
#[napi]
pub fn decompress_sync(data: Uint8Array, settings: &Settings) -> napi::Result<Buffer> {
    now(|| Ok(memory::decompress(&data, &settings.inner)?.into()))
}

/// As `decompressSync`, beside the event loop.
#[napi]
pub fn decompress<'env>(env: &'env Env, data: Uint8Array, settings: &Settings) -> napi::Result<Object<'env>> {
    let settings = settings.inner.clone();
    later(env, move || Ok(Buffer::from(memory::decompress(&data, &settings)?)))
}

/// BLAKE3 of `data`.
#[napi]
pub fn hash(data: Uint8Array) -> Buffer {
    memory::hash(&data).to_vec().into()
}

/// Codes records into one batch, beside the event loop.
#[napi]
pub fn compress_many<'env>(
    env: &'env Env,
    list: Vec<Uint8Array>,
    model: &Model,
    settings: &Settings,
) -> napi::Result<Object<'env>> {
    let (model, settings) = (model.inner.clone(), settings.inner.clone());
    later(env, move || Ok(Buffer::from(records::compress_many(&list, &model, &settings)?)))
}

/// All records of a batch, beside the event loop.
#[napi]
pub fn decompress_many<'env>(env: &'env Env, data: Uint8Array, settings: &Settings) -> napi::Result<Object<'env>> {
    let settings = settings.inner.clone();
    later(env, move || {
        let records = records::decompress_many(&data, &settings)?;
        Ok(records.into_iter().map(Buffer::from).collect::<Vec<Buffer>>())
    })
}

/// Random access to the output of a file.
#[napi]
pub struct Reader {
    inner: Arc<Guarded<memory::Reader>>,
}

#[napi]
impl Reader {
    /// Opens a file.
    #[napi(factory)]
    pub fn open(path: String, settings: &Settings) -> napi::Result<Reader> {
        let reader = now(|| memory::Reader::open(Path::new(&path), &settings.inner))?;
        Ok(Reader { inner: Arc::new(Guarded::new(reader)) })
    }

    /// Opens bytes, which are copied.
    #[napi(factory)]
    pub fn from_bytes(data: Uint8Array, settings: &Settings) -> napi::Result<Reader> {
        let reader = now(|| memory::Reader::from_bytes(data.to_vec(), &settings.inner))?;
        Ok(Reader { inner: Arc::new(Guarded::new(reader)) })
    }

    /// Bytes of output.
    #[napi(getter)]
    pub fn length(&self) -> napi::Result<f64> {
        now(|| self.inner.run(|reader| Ok(reader.len() as f64)))
    }

    /// Up to `size` bytes at `offset`, beside the event loop.
    #[napi]
    pub fn read_at<'env>(&self, env: &'env Env, offset: f64, size: u32) -> napi::Result<Object<'env>> {
        let reader = Arc::clone(&self.inner);
        later(env, move || Ok(Buffer::from(reader.run(|reader| reader.read(offset as u64, size as usize))?)))
    }
}
