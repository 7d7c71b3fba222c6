//! The face of records: [`RecordCoder`], [`compress_record`], and batches of them.

use crate::codec::record::{RecordCodec, TAG_MAX};
mod batch;

pub use batch::{Batch, BatchOptions, compress_many, decompress_many};

use crate::codec::{Limits, record};
use crate::coder::binary::{BinaryDecoder, BinaryEncoder, BitCoder};
use crate::error::{Error, Result};
use crate::model::Model;

/// How records are coded; both sides need the same tag.
///
/// **Without a tag a record that is decoded under another model, or is damaged, may give wrong bytes without an error.** Keep
/// the model's id where the records are kept, and ask for a tag if their store does not check them.
#[derive(Clone, Copy, Debug)]
pub struct RecordOptions {
    tag: usize,
    max_len: usize,
}

impl Default for RecordOptions {
    fn default() -> Self {
        RecordOptions { tag: 0, max_len: 16 << 20 }
    }
}

impl RecordOptions {
    /// No tag; records of at most 16 MiB.
    pub fn new() -> Self {
        RecordOptions::default()
    }

    /// Bytes of hash that each record carries, 0 to 4: one in 256^bytes wrong results goes unnoticed.
    #[must_use]
    pub fn tag(mut self, bytes: usize) -> Self {
        self.tag = bytes;
        self
    }

    /// The longest record that decoding may yield, in bytes.
    #[must_use]
    pub fn max_len(mut self, bytes: usize) -> Self {
        self.max_len = bytes;
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.tag > TAG_MAX {
            return Err(Error::InvalidOption(format!("a tag has 0 to {TAG_MAX} bytes, not {}", self.tag)));
        }
        Ok(())
    }
}

/// Codes records one by one under a model. The model is shared; what one record teaches is forgotten before the next, so that
/// each can be read alone. One coder serves one thread, for both directions and any number of records.
pub struct RecordCoder {
    codec: Box<dyn RecordCodec>,
    options: RecordOptions,
}

impl std::fmt::Debug for RecordCoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordCoder").field("options", &self.options).finish()
    }
}

impl RecordCoder {
    /// A coder for records under `model`.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a model that is not for records, [`Error::Corrupt`] for one that makes no sense,
    /// [`Error::OutOfMemory`].
    pub fn new(model: &Model, options: &RecordOptions) -> Result<RecordCoder> {
        options.check()?;
        let Some(model) = model.subset(record::parts_used(model)) else {
            return Err(Error::InvalidOption(format!("model {} has no primer for records", model.id().short())));
        };
        RecordCoder::exactly(&model, options)
    }

    /// A coder under a model that has the parts for records and no others, as data cites it.
    pub(crate) fn exactly(model: &Model, options: &RecordOptions) -> Result<RecordCoder> {
        Ok(RecordCoder { codec: record::open(model, &Limits::default())?, options: *options })
    }

    /// Appends what `record` is coded to, to `out`.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn compress(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.codec.reset()?;
        let mut coder = BinaryEncoder::new(out);
        self.encode(record, &mut coder)?;
        coder.finish_trimmed();
        Ok(())
    }

    /// Appends the record that `packed` was coded from, to `out`.
    ///
    /// # Errors
    /// [`Error::HashMismatch`], [`Error::Truncated`], [`Error::Corrupt`], [`Error::Limit`], [`Error::OutOfMemory`]; `out` is as before then.
    pub fn decompress(&mut self, packed: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.codec.reset()?;
        let start = out.len();
        let mut coder = BinaryDecoder::new(packed);
        let result = self.decode(&mut coder, out).and_then(|()| coder.finish_trimmed());
        if result.is_err() {
            out.truncate(start);
        }
        result
    }

    /// Codes one record and its tag into a stream.
    pub(crate) fn encode(&mut self, record: &[u8], coder: &mut BinaryEncoder<'_>) -> Result<()> {
        self.codec.encode(record, coder)?;
        for &byte in &blake3::hash(record).as_bytes()[..self.options.tag] {
            coder.code_raw(u32::from(byte), 8);
        }
        Ok(())
    }

    /// Appends the next record of a stream to `out`.
    pub(crate) fn decode(&mut self, coder: &mut BinaryDecoder<'_>, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        self.codec.decode(coder, self.options.max_len, out)?;
        if self.options.tag == 0 {
            return Ok(());
        }
        let hash = blake3::hash(&out[start..]);
        let wrong = hash.as_bytes()[..self.options.tag].iter().filter(|&&byte| coder.code_raw(0, 8) != u32::from(byte));
        if wrong.count() > 0 { Err(Error::HashMismatch { offset: 0 }) } else { Ok(()) }
    }
}

/// Codes one record under `model`: at most a byte more than its information under the model, and the tag if there is one. A
/// [`RecordCoder`] does the same faster for many.
///
/// # Errors
/// As [`RecordCoder::new`] and [`RecordCoder::compress`].
pub fn compress_record(record: &[u8], model: &Model, options: &RecordOptions) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    RecordCoder::new(model, options)?.compress(record, &mut out)?;
    Ok(out)
}

/// The record that [`compress_record`] coded under the same model with the same tag.
///
/// **Without a tag, another model or damaged bytes may give a wrong record and no error.**
///
/// # Errors
/// As [`RecordCoder::new`] and [`RecordCoder::decompress`].
pub fn decompress_record(packed: &[u8], model: &Model, options: &RecordOptions) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    RecordCoder::new(model, options)?.decompress(packed, &mut out)?;
    Ok(out)
}

#[cfg(test)]
mod batch_tests;
#[cfg(test)]
mod tests;
