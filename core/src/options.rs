//! What a caller can ask for, and what it costs.

use crate::codec::neural::{self, lanes};
use crate::codec::{CodecId, Limits};
use crate::container::seal::Suite;
use crate::error::{Error, Result};
use crate::keys::{KdfCost, Key, Keys};
use crate::model::{Model, ModelLimits, ShortId};
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A name for a group of levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// zstd's speed: level 2.
    Fast,
    /// Smaller than BWT compressors at several megabytes a second: level 5, the default.
    Balanced,
    /// The smallest files: level 8.
    Max,
}

impl Preset {
    /// The level that the preset stands for.
    pub fn level(self) -> u8 {
        match self {
            Preset::Fast => 2,
            Preset::Balanced => 5,
            Preset::Max => 8,
        }
    }

    /// The preset that `level` belongs to.
    pub fn of_level(level: u8) -> Preset {
        match level {
            0..=3 => Preset::Fast,
            4..=6 => Preset::Balanced,
            _ => Preset::Max,
        }
    }
}

/// How far an encoder or decoder has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes taken in and worked off.
    pub input: u64,
    /// Bytes given out or ready to be.
    pub output: u64,
}

impl Progress {
    /// For whoever tells a [`ProgressFn`] of other work.
    pub fn new(input: u64, output: u64) -> Progress {
        Progress { input, output }
    }
}

/// Called on the caller's own thread: between groups, and while they are coded after each MiB with the codecs that take a group by segments, which are the slow
/// ones. [`ControlFlow::Break`] ends the work with [`Error::Cancelled`]; what is under way on other threads ends with its MiB. Decoders call it between groups.
pub type ProgressFn = Arc<dyn Fn(Progress) -> ControlFlow<()> + Send + Sync>;

/// A progress callback that can be cloned and debugged with the options that hold it.
#[derive(Clone, Default)]
pub(crate) struct Reporter(Option<ProgressFn>);

impl Reporter {
    pub(crate) fn report(&self, input: u64, output: u64) -> Result<()> {
        match &self.0 {
            Some(callback) if callback(Progress { input, output }).is_break() => Err(Error::Cancelled),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Some(callback)" } else { "None" })
    }
}

/// Smallest group size that can be asked for.
pub const GROUP_SIZE_MIN: usize = 4 << 10;
/// Largest group size that can be asked for.
pub const GROUP_SIZE_MAX: usize = 512 << 20;

/// How codec `neural` is to go about it, if it is used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NeuralWishes {
    /// Without the mix.
    pub(crate) pure: bool,
    /// Parts of a block that are coded side by side.
    pub(crate) lanes: usize,
}

/// Settings of an encoder. Output depends on every one of them except `threads`, `verify` and `progress`.
///
/// ```
/// let options = vatic::Options::new().level(6).threads(2);
/// let packed = vatic::compress(b"to be or not to be", &options).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) level: u8,
    pub(crate) threads: usize,
    pub(crate) group_size: Option<usize>,
    pub(crate) memory: u64,
    pub(crate) codec: Option<CodecId>,
    pub(crate) neural: NeuralWishes,
    pub(crate) checksum: bool,
    pub(crate) verify: bool,
    pub(crate) content_length: Option<u64>,
    pub(crate) dedup: bool,
    pub(crate) models: Vec<Model>,
    pub(crate) embed_model: bool,
    pub(crate) keys: Keys,
    pub(crate) kdf_cost: KdfCost,
    pub(crate) suite: Option<Suite>,
    pub(crate) reporter: Reporter,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            level: Preset::Balanced.level(),
            threads: 1,
            group_size: None,
            memory: u64::MAX,
            codec: None,
            neural: NeuralWishes { pure: false, lanes: 1 },
            checksum: true,
            verify: false,
            content_length: None,
            dedup: true,
            models: Vec::new(),
            embed_model: false,
            keys: Keys::new(),
            kdf_cost: KdfCost::default(),
            suite: None,
            reporter: Reporter::default(),
        }
    }
}

impl Options {
    /// Level 5, one thread, checksums on.
    pub fn new() -> Self {
        Options::default()
    }

    /// Sets the level of `preset`.
    #[must_use]
    pub fn preset(self, preset: Preset) -> Self {
        self.level(preset.level())
    }

    /// 1-3 are fast, 4-6 balanced, 7-9 max. Checked when an encoder is made.
    #[must_use]
    pub fn level(mut self, level: u8) -> Self {
        self.level = level;
        self
    }

    /// Threads that code groups at the same time; 0 takes one for each CPU. Never changes the output.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Bytes of input after which a group ends: the unit of threads and of [`Decoder::read_at`](crate::Decoder::read_at).
    /// Small groups seek faster and compress worse. By default 24 MiB, 40 MiB from level 6 on.
    #[must_use]
    pub fn group_size(mut self, bytes: usize) -> Self {
        self.group_size = Some(bytes);
        self
    }

    /// Bytes of memory that encoding may take, about. Lowers the group size, then the number of threads that really run.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = bytes;
        self
    }

    /// Codes every group with this codec instead of the best for it. Data that it would expand by more than 0.05 % is
    /// still stored.
    #[must_use]
    pub fn codec(mut self, codec: CodecId) -> Self {
        self.codec = Some(codec);
        self
    }

    /// With codec `neural`: what the transformer says alone, without the mix beside it. It is there for comparisons.
    #[must_use]
    pub fn pure(mut self, on: bool) -> Self {
        self.neural.pure = on;
        self
    }

    /// With codec `neural`, how many parts of a block are coded side by side: a power of two up to 32, or what is next below. Decoders then run the transformer on
    /// that many tokens at once; the output is larger, as each part begins with less of a past. Short blocks are cut in fewer. By default 1.
    #[must_use]
    pub fn lanes(mut self, lanes: usize) -> Self {
        self.neural.lanes = lanes;
        self
    }

    /// Whether segments carry a tag that decoders check before they release bytes (the default). Without it damage can go
    /// unnoticed.
    #[must_use]
    pub fn checksum(mut self, on: bool) -> Self {
        self.checksum = on;
        self
    }

    /// Whether the encoder decodes each group and compares before it writes it.
    #[must_use]
    pub fn verify(mut self, on: bool) -> Self {
        self.verify = on;
        self
    }

    /// The number of bytes that will be written to the encoder: lets groups be of even size, and decoders know the
    /// length ahead. `finish` fails where it proves wrong.
    #[must_use]
    pub fn content_length(mut self, bytes: u64) -> Self {
        self.content_length = Some(bytes);
        self
    }

    /// Seals the output, so that only owners of a key can read it: with this key, and any other given. What a file tells without
    /// a key is in `docs/security.md`. Sealed output is different each time.
    #[must_use]
    pub fn key(mut self, key: Key) -> Self {
        self.keys.push(key);
        self
    }

    /// Seals the output with these keys, instead of those given before.
    #[must_use]
    pub fn keys(mut self, keys: Keys) -> Self {
        self.keys = keys;
        self
    }

    /// What trying a password costs. The default took a tenth of a second of one core where it was measured.
    #[must_use]
    pub fn kdf_cost(mut self, cost: KdfCost) -> Self {
        self.kdf_cost = cost;
        self
    }

    /// Which cipher seals. By default AES-256-GCM where this machine has instructions for it, else ChaCha20-Poly1305.
    #[must_use]
    pub fn suite(mut self, suite: Suite) -> Self {
        self.suite = Some(suite);
        self
    }

    /// Whether repeated chunks within 64 MiB are stored once (the default).
    #[must_use]
    pub fn dedup(mut self, on: bool) -> Self {
        self.dedup = on;
        self
    }

    /// Adds a model that codecs may use. What is coded with one must be decoded with it; a frame says which it needs.
    #[must_use]
    pub fn model(mut self, model: Model) -> Self {
        self.models.push(model);
        self
    }

    /// Sets the models that codecs may use; see [`Options::model`].
    #[must_use]
    pub fn models(mut self, models: Vec<Model>) -> Self {
        self.models = models;
        self
    }

    /// Whether the parts of models that were used are put into the frame, so that nothing else is needed to decode it. By
    /// default it only cites them.
    #[must_use]
    pub fn embed_model(mut self, on: bool) -> Self {
        self.embed_model = on;
        self
    }

    /// Calls `callback` as groups are coded: see [`ProgressFn`].
    #[must_use]
    pub fn progress(mut self, callback: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        self.reporter = Reporter(Some(Arc::new(callback)));
        self
    }

    /// Fails on values outside their ranges.
    pub(crate) fn check(&self) -> Result<()> {
        if !(1..=9).contains(&self.level) {
            return Err(Error::InvalidOption(format!("level {} is not in 1 to 9", self.level)));
        }
        if let Some(size) = self.group_size
            && !(GROUP_SIZE_MIN..=GROUP_SIZE_MAX).contains(&size)
        {
            return Err(Error::InvalidOption(format!(
                "group size {size} is not in {GROUP_SIZE_MIN} to {GROUP_SIZE_MAX} bytes"
            )));
        }
        if !(1..=lanes::MAX).contains(&self.neural.lanes) {
            return Err(Error::InvalidOption(format!("{} lanes are not 1 to {}", self.neural.lanes, lanes::MAX)));
        }
        if !self.keys.is_empty() {
            self.keys.check_sealing(self.kdf_cost, self.memory)?;
        }
        match self.codec {
            Some(codec) if !codec.is_available() => {
                Err(Error::InvalidOption(format!("this build has no codec {}", codec.name())))
            }
            Some(CodecId::Neural) if self.models.iter().all(|model| model.part(neural::PART).is_none()) => {
                Err(Error::InvalidOption("codec neural needs a model with a transformer".into()))
            }
            codec if self.neural.pure && codec != Some(CodecId::Neural) => {
                Err(Error::InvalidOption("only codec neural can do without the mix".into()))
            }
            _ => Ok(()),
        }
    }
}

/// `threads`, or the number of CPUs for 0.
pub(crate) fn resolve_threads(threads: usize) -> usize {
    if threads > 0 { threads } else { std::thread::available_parallelism().map_or(1, usize::from) }
}

/// Gives a decoder the model that has a set of parts with this id, or `None`; see [`DecodeOptions::model_provider`].
pub type ModelProvider = Arc<dyn Fn(ShortId) -> Option<Model> + Send + Sync>;

/// Where a decoder gets models.
#[derive(Clone, Default)]
pub(crate) struct ModelSource {
    pub(crate) models: Vec<Model>,
    pub(crate) provider: Option<ModelProvider>,
    pub(crate) limits: ModelLimits,
}

impl ModelSource {
    /// The model of exactly the parts whose set has this id.
    pub(crate) fn find(&self, id: ShortId) -> Option<Model> {
        let given = self.models.iter().find_map(|model| model.find(id));
        given.or_else(|| self.provider.as_ref().and_then(|provider| provider(id)?.find(id)))
    }
}

impl fmt::Debug for ModelSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelSource").field("models", &self.models).field("provider", &self.provider.is_some()).finish()
    }
}

/// Settings of a decoder.
#[derive(Clone, Debug)]
pub struct DecodeOptions {
    pub(crate) limits: Limits,
    pub(crate) models: ModelSource,
    pub(crate) threads: usize,
    pub(crate) keys: Keys,
    pub(crate) reporter: Reporter,
}

impl Default for DecodeOptions {
    fn default() -> Self {
        DecodeOptions {
            limits: Limits::default(),
            models: ModelSource::default(),
            threads: 1,
            keys: Keys::new(),
            reporter: Reporter::default(),
        }
    }
}

impl DecodeOptions {
    /// Default limits, one thread.
    pub fn new() -> Self {
        DecodeOptions::default()
    }

    /// What decoding may spend. The defaults accept every file that this library's own levels write.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Adds a model that data may cite.
    #[must_use]
    pub fn model(mut self, model: Model) -> Self {
        self.models.models.push(model);
        self
    }

    /// Sets the models that data may cite.
    #[must_use]
    pub fn models(mut self, models: Vec<Model>) -> Self {
        self.models.models = models;
        self
    }

    /// Asks `provider` for models that were not given. It is called on the caller's own thread, once for each record that
    /// cites a model; a model of other parts too will do. The library itself opens no files.
    #[must_use]
    pub fn model_provider(mut self, provider: impl Fn(ShortId) -> Option<Model> + Send + Sync + 'static) -> Self {
        self.models.provider = Some(Arc::new(provider));
        self
    }

    /// What models inside of data may cost to read. All those of a frame together may have the bytes of one file.
    #[must_use]
    pub fn model_limits(mut self, limits: ModelLimits) -> Self {
        self.models.limits = limits;
        self
    }

    /// Expects sealed input, which this key opens, or another one given. A frame that is not sealed is then an error.
    #[must_use]
    pub fn key(mut self, key: Key) -> Self {
        self.keys.push(key);
        self
    }

    /// Expects sealed input, which one of these keys opens, unless there are none.
    #[must_use]
    pub fn keys(mut self, keys: Keys) -> Self {
        self.keys = keys;
        self
    }

    /// Threads that decode groups at the same time; 0 takes one for each CPU. Each needs memory of its own.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Calls `callback` between groups.
    #[must_use]
    pub fn progress(mut self, callback: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        self.reporter = Reporter(Some(Arc::new(callback)));
        self
    }
}

impl From<Limits> for DecodeOptions {
    fn from(limits: Limits) -> Self {
        DecodeOptions::new().limits(limits)
    }
}
