//! What a context holds: values of parameters, models, keys, a progress callback; and the options of the core made of them.

use crate::failure::{Failure, Result};
use crate::tables::{PARAMS, Param, Status, UNKNOWN, param_row};
use vatic::archive::ArchiveLimits;
use vatic::{
    BatchOptions, CodecId, DecodeOptions, KdfCost, Key, Keys, Limits, Model, ModelLimits, Options, ProgressFn,
    RecordOptions, Suite,
};

/// Settings of everything that a context makes.
#[derive(Clone)]
pub struct Settings {
    values: [u64; PARAMS.len()],
    models: Vec<Model>,
    keys: Keys,
    progress: Option<ProgressFn>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("values", &self.values).field("models", &self.models).finish_non_exhaustive()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings { values: PARAMS.map(|row| row.default), models: Vec::new(), keys: Keys::new(), progress: None }
    }
}

impl Settings {
    /// Defaults, no models, no keys.
    pub fn new() -> Settings {
        Settings::default()
    }

    /// Sets the parameter of this number.
    ///
    /// # Errors
    /// [`Status::NotFound`] for another number, [`Status::InvalidOption`] for a value outside of its bounds.
    pub fn set(&mut self, number: i32, value: u64) -> Result<()> {
        let (place, row) = param_row(number)
            .ok_or_else(|| Failure::new(Status::NotFound, format!("there is no parameter {number}")))?;
        if !row.allows(value) {
            let message = format!("{} is {value}, and must be in {} to {}", row.name.to_lowercase(), row.min, row.max);
            return Err(Failure::new(Status::InvalidOption, message));
        }
        if row.param == Param::Codec {
            codec(value)?;
        }
        self.values[place] = value;
        Ok(())
    }

    /// The value of the parameter of this number.
    ///
    /// # Errors
    /// [`Status::NotFound`].
    pub fn get(&self, number: i32) -> Result<u64> {
        let place = param_row(number).map(|(place, _)| place);
        place
            .map(|place| self.values[place])
            .ok_or_else(|| Failure::new(Status::NotFound, format!("there is no parameter {number}")))
    }

    fn value(&self, param: Param) -> u64 {
        // Every variant has its row: a test looks all of them up.
        PARAMS.iter().zip(self.values).find(|(row, _)| row.param == param).map_or(0, |(_, value)| value)
    }

    fn flag(&self, param: Param) -> bool {
        self.value(param) != 0
    }

    fn size(&self, param: Param) -> usize {
        usize::try_from(self.value(param)).unwrap_or(usize::MAX)
    }

    /// How many threads to use; 0 for one on each CPU.
    pub fn threads(&self) -> usize {
        self.size(Param::Threads)
    }

    /// Adds a model that encoding may use and decoding may need.
    pub fn add_model(&mut self, model: Model) {
        self.models.push(model);
    }

    /// Forgets all models.
    pub fn clear_models(&mut self) {
        self.models.clear();
    }

    /// Adds a key that seals what is encoded and opens what is decoded.
    pub fn add_key(&mut self, key: Key) {
        self.keys.push(key);
    }

    /// Forgets all keys.
    pub fn clear_keys(&mut self) {
        self.keys = Keys::new();
    }

    /// Calls `progress` between groups; it can end the work.
    pub fn set_progress(&mut self, progress: Option<ProgressFn>) {
        self.progress = progress;
    }

    /// What is called between groups.
    pub fn progress(&self) -> Option<&ProgressFn> {
        self.progress.as_ref()
    }

    /// Options for encoders.
    ///
    /// # Errors
    /// [`Status::InvalidOption`] for a codec that is none.
    pub fn encode(&self) -> Result<Options> {
        let mut options = Options::new()
            .level(self.value(Param::Level) as u8)
            .threads(self.size(Param::Threads))
            .memory(self.value(Param::Memory))
            .checksum(self.flag(Param::Checksum))
            .verify(self.flag(Param::Verify))
            .dedup(self.flag(Param::Dedup))
            .embed_model(self.flag(Param::EmbedModel))
            .pure(self.flag(Param::Pure))
            .lanes(self.size(Param::Lanes))
            .models(self.models.clone())
            .keys(self.keys.clone())
            .kdf_cost(KdfCost { memory: self.value(Param::KdfMemory), passes: self.value(Param::KdfPasses) as u32 });
        if self.value(Param::GroupSize) > 0 {
            options = options.group_size(self.size(Param::GroupSize));
        }
        if let Some(codec) = codec(self.value(Param::Codec))? {
            options = options.codec(codec);
        }
        if self.value(Param::ContentLength) != UNKNOWN {
            options = options.content_length(self.value(Param::ContentLength));
        }
        match self.value(Param::Suite) {
            1 => options = options.suite(Suite::Aes256Gcm),
            2 => options = options.suite(Suite::ChaCha20Poly1305),
            _ => {}
        }
        if let Some(progress) = self.progress.clone() {
            options = options.progress(move |at| progress(at));
        }
        Ok(options)
    }

    /// What decoding may cost.
    pub fn decode_limits(&self) -> Limits {
        Limits {
            output: self.value(Param::LimitOutput),
            memory: self.value(Param::LimitMemory),
            kdf_memory: self.value(Param::LimitKdfMemory),
        }
    }

    /// Options for decoders.
    pub fn decode(&self) -> DecodeOptions {
        let options = DecodeOptions::new()
            .limits(self.decode_limits())
            .models(self.models.clone())
            .model_limits(self.model_limits())
            .keys(self.keys.clone())
            .threads(self.size(Param::Threads));
        match self.progress.clone() {
            Some(progress) => options.progress(move |at| progress(at)),
            None => options,
        }
    }

    /// What reading a model may cost.
    pub fn model_limits(&self) -> ModelLimits {
        let mut limits = ModelLimits::default();
        limits.file = self.value(Param::LimitModel);
        limits.tensor = limits.tensor.max(limits.file);
        limits
    }

    /// Options for records.
    pub fn record(&self) -> RecordOptions {
        RecordOptions::new().tag(self.size(Param::RecordTag)).max_len(self.size(Param::RecordMax))
    }

    /// Options for batches of records.
    pub fn batch(&self) -> BatchOptions {
        BatchOptions::new()
            .tag(self.size(Param::RecordTag))
            .bundle(self.size(Param::RecordBundle))
            .embed_model(self.flag(Param::EmbedModel))
    }

    /// What reading an archive may cost.
    pub fn archive_limits(&self) -> ArchiveLimits {
        ArchiveLimits {
            entries: self.value(Param::LimitEntries),
            content: self.value(Param::LimitContent),
            memory: self.value(Param::LimitMemory),
            kdf_memory: self.value(Param::LimitKdfMemory),
            ..ArchiveLimits::default()
        }
    }

    /// The keys that open and seal.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }
}

/// Settings of work on folders and files.
#[cfg(feature = "native")]
mod native {
    use super::{Param, Result, Settings};
    use vatic::archive::ArchiveOptions;
    use vatic_fs::{ExtractOptions, PackOptions, Patterns};

    impl Settings {
        /// Options for writing archives.
        ///
        /// # Errors
        /// As [`Settings::encode`].
        pub fn pack(&self) -> Result<PackOptions> {
            let mut archive = ArchiveOptions::new().codec_options(self.encode()?);
            if self.value(Param::SolidSize) > 0 {
                archive = archive.solid_size(self.size(Param::SolidSize));
            }
            Ok(PackOptions {
                archive,
                deterministic: self.flag(Param::Deterministic),
                force: self.flag(Param::Overwrite),
                limits: self.archive_limits(),
                keys: self.keys.clone(),
                ..PackOptions::default()
            })
        }

        /// Options for extracting what `only` matches; without patterns, everything.
        pub fn extract(&self, only: Patterns) -> ExtractOptions {
            ExtractOptions {
                only,
                exclude: Patterns::default(),
                force: self.flag(Param::Overwrite),
                keep_going: self.flag(Param::KeepGoing),
                owners: self.flag(Param::Owners),
                all_xattrs: self.flag(Param::AllXattrs),
                special: self.flag(Param::Special),
                threads: self.size(Param::Threads),
                max_entries: self.value(Param::LimitEntries),
                max_bytes: self.value(Param::LimitContent),
            }
        }
    }
}

/// The codec of this number; `None` for the one that stands for choosing.
fn codec(number: u64) -> Result<Option<CodecId>> {
    match u8::try_from(number) {
        Ok(255) => Ok(None),
        Ok(number) if CodecId::from_number(number).is_ok() => Ok(CodecId::from_number(number).ok()),
        _ => Err(Failure::new(Status::InvalidOption, format!("there is no codec {number}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(feature = "native")]
    use vatic_fs::{ExtractOptions, PackOptions, Patterns};

    #[cfg(feature = "native")]
    #[test]
    fn defaults_are_those_of_the_core() {
        let settings = Settings::new();
        let same = |ours: String, core: String| assert_eq!(ours, core);
        same(format!("{:?}", settings.encode().unwrap()), format!("{:?}", Options::new()));
        same(format!("{:?}", settings.decode()), format!("{:?}", DecodeOptions::new()));
        same(format!("{:?}", settings.record()), format!("{:?}", RecordOptions::new()));
        same(format!("{:?}", settings.batch()), format!("{:?}", BatchOptions::new()));
        same(format!("{:?}", settings.archive_limits()), format!("{:?}", ArchiveLimits::default()));
        same(
            format!("{:?}", settings.extract(Patterns::default())).replace("16777216", &u64::MAX.to_string()),
            format!("{:?}", ExtractOptions::default()),
        );
        same(format!("{:?}", settings.pack().unwrap().archive), format!("{:?}", PackOptions::default().archive));
    }

    #[test]
    fn every_parameter_can_be_set_within_its_bounds() {
        let mut settings = Settings::new();
        for row in &PARAMS {
            let number = row.param as i32;
            assert_eq!(settings.get(number).unwrap(), row.default);
            settings.set(number, row.max).unwrap();
            assert_eq!(settings.get(number).unwrap(), row.max);
            assert_eq!(settings.value(row.param), row.max);
            if row.max < u64::MAX {
                assert!(settings.set(number, row.max + 1).unwrap_err().is(Status::InvalidOption));
            }
            if row.min > 0 && !row.zero {
                assert!(settings.set(number, row.min - 1).is_err());
            }
        }
        assert!(settings.set(1, 1).unwrap_err().is(Status::NotFound));
        assert!(settings.set(Param::Codec as i32, 100).unwrap_err().is(Status::InvalidOption));
    }
}
