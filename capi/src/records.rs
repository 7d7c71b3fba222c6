//! Records under a model, one by one and in batches.

use crate::failure::{Failure, Result};
use crate::memory::copy_out;
use crate::settings::Settings;
use crate::tables::Status;
use vatic::{Batch, Model, RecordCoder};

/// Codes records one by one.
#[derive(Debug)]
pub struct Records {
    coder: RecordCoder,
    /// Kept for its memory.
    scratch: Vec<u8>,
}

impl Records {
    /// A coder for records under `model`.
    ///
    /// # Errors
    /// [`Status::InvalidOption`] for a model that is not for records.
    pub fn new(model: &Model, settings: &Settings) -> Result<Records> {
        Ok(Records { coder: RecordCoder::new(model, &settings.record())?, scratch: Vec::new() })
    }

    /// What `record` is coded to; the bytes are there until the next call.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn compress(&mut self, record: &[u8]) -> Result<&[u8]> {
        self.scratch.clear();
        self.coder.compress(record, &mut self.scratch)?;
        Ok(&self.scratch)
    }

    /// The record that `packed` was coded from; the bytes are there until the next call.
    ///
    /// # Errors
    /// Those of damage that can be seen.
    pub fn decompress(&mut self, packed: &[u8]) -> Result<&[u8]> {
        self.scratch.clear();
        self.coder.decompress(packed, &mut self.scratch)?;
        Ok(&self.scratch)
    }
}

/// Codes `records` into one batch.
///
/// # Errors
/// As [`Records::new`].
pub fn compress_many<R: AsRef<[u8]>>(
    records: impl IntoIterator<Item = R>,
    model: &Model,
    settings: &Settings,
) -> Result<Vec<u8>> {
    Ok(vatic::compress_many(records, model, &settings.batch())?)
}

/// All records of a batch.
///
/// # Errors
/// Those of decoding.
pub fn decompress_many(packed: &[u8], settings: &Settings) -> Result<Vec<Vec<u8>>> {
    Ok(vatic::decompress_many(packed, &settings.decode())?)
}

/// A batch of which single records are read.
#[derive(Debug)]
pub struct RecordBatch {
    batch: Batch<Vec<u8>>,
    /// The record that was read last, so that asking for its size first costs nothing.
    last: Option<(u64, Vec<u8>)>,
}

impl RecordBatch {
    /// Reads the head of `packed`; the model is one of the settings', or in the batch.
    ///
    /// # Errors
    /// Those of damage, and of a model that is missing.
    pub fn open(packed: Vec<u8>, settings: &Settings) -> Result<RecordBatch> {
        Ok(RecordBatch { batch: Batch::open(packed, &settings.decode())?, last: None })
    }

    /// Number of records.
    pub fn len(&self) -> u64 {
        self.batch.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// Record `index`, from 0.
    ///
    /// # Errors
    /// [`Status::NotFound`], and those of decoding.
    pub fn get(&mut self, index: u64) -> Result<&[u8]> {
        if index >= self.len() {
            let message = format!("there is no record {index} among {}", self.len());
            return Err(Failure::new(Status::NotFound, message));
        }
        if self.last.as_ref().is_none_or(|(last, _)| *last != index) {
            self.last = Some((index, self.batch.get(index)?));
        }
        Ok(self.last.as_ref().map_or(&[], |(_, record)| record))
    }

    /// Copies record `index` to `out`; its size.
    ///
    /// # Errors
    /// As [`RecordBatch::get`]; [`Status::DstTooSmall`] with the size that would do.
    pub fn get_into(&mut self, index: u64, out: &mut [u8]) -> Result<usize> {
        copy_out(self.get(index)?, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;
    use crate::tables::Param;

    #[test]
    fn records_come_back_alone_and_from_batches() {
        let records: Vec<String> = (0..200).map(|i| format!("{{\"user\": {i}, \"action\": \"login\"}}")).collect();
        let model = model::train(&records, 0, None, &Settings::new()).unwrap();
        let mut settings = Settings::new();
        settings.set(Param::RecordTag as i32, 2).unwrap();
        let mut coder = Records::new(&model, &settings).unwrap();
        let packed = coder.compress(records[7].as_bytes()).unwrap().to_vec();
        assert!(packed.len() < records[7].len() / 2);
        assert_eq!(coder.decompress(&packed).unwrap(), records[7].as_bytes());

        let batch = compress_many(&records, &model, &settings).unwrap();
        assert_eq!(decompress_many(&batch, &settings).unwrap_err().class(), "ModelMissingError");
        settings.add_model(model);
        assert_eq!(decompress_many(&batch, &settings).unwrap().len(), 200);
        let mut batch = RecordBatch::open(batch, &settings).unwrap();
        let mut out = [0; 100];
        let failure = batch.get_into(150, &mut out[..1]).unwrap_err();
        assert_eq!(failure.needed, Some(records[150].len() as u64));
        let size = batch.get_into(150, &mut out).unwrap();
        assert_eq!(&out[..size], records[150].as_bytes());
        assert!(batch.get(200).unwrap_err().is(Status::NotFound));
    }
}
