//! Streams.

use crate::settings::Settings;
use crate::work::{later, now};
use napi::Env;
use napi::bindgen_prelude::{Buffer, Object, Uint8Array};
use napi_derive::napi;
use std::sync::Arc;
use vatic_capi::Guarded;
use vatic_capi::stream::{Op, StreamDecoder, StreamEncoder};

/// Compresses a stream.
#[napi]
pub struct Encoder {
    inner: Arc<Guarded<StreamEncoder>>,
}

#[napi]
impl Encoder {
    /// An encoder of one frame.
    #[napi(constructor)]
    pub fn new(settings: &Settings) -> napi::Result<Encoder> {
        Ok(Encoder { inner: Arc::new(Guarded::new(now(|| StreamEncoder::new(&settings.inner))?)) })
    }

    /// Takes all of `data`, gives what output there is, beside the event loop.
    #[napi]
    pub fn push<'env>(&self, env: &'env Env, data: Uint8Array, op: i32) -> napi::Result<Object<'env>> {
        let stream = Arc::clone(&self.inner);
        later(env, move || {
            let mut out = Vec::new();
            let op = Op::from_number(op)?;
            stream.run(|stream| stream.push(&data, &mut out, op))?;
            Ok(Buffer::from(out))
        })
    }
}

/// Restores a stream of any number of frames.
#[napi]
pub struct Decoder {
    inner: Arc<Guarded<StreamDecoder>>,
}

#[napi]
impl Decoder {
    /// A decoder.
    #[napi(constructor)]
    pub fn new(settings: &Settings) -> Decoder {
        Decoder { inner: Arc::new(Guarded::new(StreamDecoder::new(&settings.inner))) }
    }

    /// Takes all of `data`, gives up to `max` bytes, beside the event loop.
    #[napi]
    pub fn pull<'env>(&self, env: &'env Env, data: Uint8Array, max: u32, end: bool) -> napi::Result<Object<'env>> {
        let stream = Arc::clone(&self.inner);
        later(env, move || {
            let mut out = Vec::new();
            let op = if end { Op::End } else { Op::Continue };
            stream.run(|stream| stream.pull(&data, &mut out, max as usize, op))?;
            Ok(Buffer::from(out))
        })
    }

    /// Whether output is waiting.
    #[napi(getter)]
    pub fn waiting(&self) -> napi::Result<bool> {
        now(|| self.inner.run(|stream| Ok(stream.has_output())))
    }

    /// Whether all is done.
    #[napi(getter)]
    pub fn finished(&self) -> napi::Result<bool> {
        now(|| self.inner.run(|stream| Ok(stream.is_finished())))
    }
}
