//! Batches: many records in one file, each of which can be read without the others.

use super::{RecordCoder, RecordOptions};
use crate::codec::record;
use crate::coder::binary::{BinaryDecoder, BinaryEncoder};
use crate::container::batch::{BUNDLE_MAX, BatchHead};
use crate::container::models::{ModelTable, parse_head};
use crate::container::wire::Cursor;
use crate::error::{Error, Result};
use crate::info::ModelInfo;
use crate::model::Model;
use crate::options::DecodeOptions;

/// How a batch is made.
#[derive(Clone, Copy, Debug)]
pub struct BatchOptions {
    tag: usize,
    bundle: usize,
    embed_model: bool,
}

impl Default for BatchOptions {
    fn default() -> Self {
        BatchOptions { tag: 0, bundle: 16, embed_model: false }
    }
}

impl BatchOptions {
    /// No tags, bundles of 16 records, the model cited.
    pub fn new() -> Self {
        BatchOptions::default()
    }

    /// Bytes of hash that each record carries, 0 to 4. **Without tags damage may give wrong records and no error.**
    #[must_use]
    pub fn tag(mut self, bytes: usize) -> Self {
        self.tag = bytes;
        self
    }

    /// Records that share a code stream and learn from each other, 1 to 4,096. To read one, those before it in its bundle are
    /// decoded too. A stream and its length take a byte and a half, whatever its bundle holds.
    #[must_use]
    pub fn bundle(mut self, records: usize) -> Self {
        self.bundle = records;
        self
    }

    /// Whether the model goes into the batch, so that nothing else is needed to decode it.
    #[must_use]
    pub fn embed_model(mut self, on: bool) -> Self {
        self.embed_model = on;
        self
    }
}

/// Codes `records` under `model` into one batch.
///
/// # Errors
/// [`Error::InvalidOption`], as [`RecordCoder::new`], [`Error::OutOfMemory`].
pub fn compress_many<R: AsRef<[u8]>>(
    records: impl IntoIterator<Item = R>,
    model: &Model,
    options: &BatchOptions,
) -> Result<Vec<u8>> {
    if options.bundle == 0 || options.bundle as u64 > BUNDLE_MAX {
        return Err(Error::InvalidOption(format!("a bundle has 1 to {BUNDLE_MAX} records, not {}", options.bundle)));
    }
    let mut coder = RecordCoder::new(model, &RecordOptions::new().tag(options.tag))?;
    let mut records = records.into_iter().peekable();
    let (mut bundles, mut ends, mut count) = (Vec::new(), Vec::new(), 0);
    while records.peek().is_some() {
        coder.codec.reset()?;
        let mut stream = BinaryEncoder::new(&mut bundles);
        for record in records.by_ref().take(options.bundle) {
            coder.encode(record.as_ref(), &mut stream)?;
            count += 1;
        }
        stream.finish_trimmed();
        ends.push(bundles.len() as u64);
    }
    let used = model.subset(record::parts_used(model)).ok_or(Error::Internal("a coder without a model"))?;
    let model = BatchHead::model_body(&used, options.embed_model)?;
    let mut out = Vec::new();
    BatchHead { tag: options.tag, model, count, bundle: options.bundle as u64, ends }.write(&mut out);
    out.extend_from_slice(&bundles);
    Ok(out)
}

/// All records of a batch.
///
/// # Errors
/// As [`Batch::open`] and [`Batch::get`].
pub fn decompress_many(packed: &[u8], options: &DecodeOptions) -> Result<Vec<Vec<u8>>> {
    let mut batch = Batch::open(packed, options)?;
    let needed = batch.len().saturating_mul(size_of::<Vec<u8>>() as u64);
    if needed > options.limits.memory {
        return Err(Error::Limit { what: "memory", needed, limit: options.limits.memory });
    }
    let mut records = Vec::new();
    let mut left = options.limits.output;
    for bundle in 0..batch.head.ends.len() {
        batch.decode(bundle, batch.head.records_of(bundle), |record| {
            left = left.checked_sub(record.len() as u64).ok_or(Error::Limit {
                what: "output",
                needed: options.limits.output.saturating_add(1),
                limit: options.limits.output,
            })?;
            records.push(record.to_vec());
            Ok(())
        })?;
    }
    Ok(records)
}

/// A batch of which single records are read.
#[derive(Debug)]
pub struct Batch<B> {
    packed: B,
    head: BatchHead,
    bundles_at: usize,
    coder: RecordCoder,
    model: ModelInfo,
    /// One record, kept for its memory.
    record: Vec<u8>,
}

impl<B: AsRef<[u8]>> Batch<B> {
    /// Reads the head of `packed` and gets its model from where `options` say.
    ///
    /// # Errors
    /// [`Error::NotVatic`], [`Error::Truncated`], [`Error::Corrupt`], [`Error::ModelMissing`], and those of reading a model.
    pub fn open(packed: B, options: &DecodeOptions) -> Result<Batch<B>> {
        let (head, bundles_at) = BatchHead::parse(packed.as_ref())?;
        let (id, embedded) = parse_head(&mut Cursor::new(&head.model))?;
        let mut table = ModelTable::default();
        table.add(&head.model, &options.models)?;
        let model = table.pick(&[0])?.pop().ok_or(Error::Internal("a batch without a model"))?;
        let max = usize::try_from(options.limits.output).unwrap_or(usize::MAX);
        let record = RecordOptions::default();
        let coder = RecordCoder::exactly(&model, &record.tag(head.tag).max_len(max.min(record.max_len)))?;
        Ok(Batch { packed, head, bundles_at, coder, model: ModelInfo { id, embedded }, record: Vec::new() })
    }

    /// Number of records.
    pub fn len(&self) -> u64 {
        self.head.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.head.count == 0
    }

    /// The model that the records were coded with.
    pub fn model(&self) -> ModelInfo {
        self.model
    }

    /// Record `index`, from 0.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for an index that is not there, [`Error::Corrupt`] for damage that the tag tells,
    /// [`Error::Truncated`], [`Error::Limit`], [`Error::OutOfMemory`].
    pub fn get(&mut self, index: u64) -> Result<Vec<u8>> {
        if index >= self.len() {
            return Err(Error::InvalidOption(format!("there is no record {index} among {}", self.len())));
        }
        let (bundle, within) = (index / self.head.bundle, index % self.head.bundle);
        let mut found = Vec::new();
        self.decode(bundle as usize, within + 1, |record| {
            found.clear();
            found.extend_from_slice(record);
            Ok(())
        })?;
        Ok(found)
    }

    /// Decodes the first `count` records of a bundle, and hands on each of them.
    fn decode(&mut self, bundle: usize, count: u64, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let place = self.head.place(bundle).ok_or(Error::Internal("a bundle that is not there"))?;
        let at = (self.bundles_at + place.start) as u64;
        let bytes = self.packed.as_ref().get(self.bundles_at + place.start..self.bundles_at + place.end);
        let mut stream = BinaryDecoder::new(bytes.ok_or(Error::Internal("a batch became shorter"))?);
        self.coder.codec.reset()?;
        for _ in 0..count {
            self.record.clear();
            self.coder.decode(&mut stream, &mut self.record).map_err(|err| match err {
                Error::HashMismatch { .. } => Error::Corrupt { what: "a record is not what its tag says", offset: at },
                err => err.at(at),
            })?;
            take(&self.record)?;
        }
        let whole = count == self.head.records_of(bundle);
        if whole { stream.finish_trimmed().map_err(|err| err.at(at)) } else { Ok(()) }
    }
}
