//! Streams.

use crate::failure::{Result, fenced};
use crate::settings::Settings;
use std::sync::Arc;
use vatic_capi::Guarded;
use vatic_capi::stream::{Op, StreamDecoder, StreamEncoder};

/// Compresses a stream into one frame.
#[derive(uniffi::Object)]
pub struct Encoder(Guarded<StreamEncoder>);

#[uniffi::export]
impl Encoder {
    #[uniffi::constructor]
    pub fn new(settings: &Settings) -> Result<Arc<Encoder>> {
        Ok(Arc::new(Encoder(Guarded::new(fenced(|| StreamEncoder::new(&settings.inner))?))))
    }

    /// Takes all of `data`; what output there is.
    pub fn push(&self, data: &[u8], op: i32) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        self.0.run(|stream| stream.push(data, &mut out, Op::from_number(op)?))?;
        Ok(out)
    }
}

/// Restores a stream of any number of frames.
#[derive(uniffi::Object)]
pub struct Decoder(Guarded<StreamDecoder>);

/// Output, and whether it was the last.
#[derive(uniffi::Record)]
pub struct Pulled {
    pub bytes: Vec<u8>,
    pub finished: bool,
}

#[uniffi::export]
impl Decoder {
    #[uniffi::constructor]
    pub fn new(settings: &Settings) -> Result<Arc<Decoder>> {
        fenced(|| Ok(Arc::new(Decoder(Guarded::new(StreamDecoder::new(&settings.inner))))))
    }

    /// Takes all of `data`; up to `max` bytes of output.
    pub fn pull(&self, data: &[u8], max: u64, end: bool) -> Result<Pulled> {
        let op = if end { Op::End } else { Op::Continue };
        let mut bytes = Vec::new();
        let finished = self.0.run(|stream| {
            stream.pull(data, &mut bytes, usize::try_from(max).unwrap_or(usize::MAX), op)?;
            Ok(stream.is_finished())
        })?;
        Ok(Pulled { bytes, finished })
    }
}
