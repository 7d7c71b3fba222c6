//! Block codecs: one file each, all of one shape.
//!
//! A *group* (a run of chunks of one content class) is coded by one codec from a fresh state. Its bytes reach the codec
//! as *blocks*: the whole group at once for codecs that need it ([`CodecId::is_whole_group`]), else one
//! block a segment, state continuing from block to block.

pub mod bwt;
mod bytewise;
pub mod filter;
pub mod lz;
pub mod mix;
pub mod neural;
pub mod order;
#[cfg(test)]
pub(crate) mod primed;
pub mod record;
pub mod sample;
pub mod store;
#[cfg(feature = "zstd")]
pub mod zstd;
#[cfg(feature = "ruzstd")]
pub mod zstd_rust;

#[cfg(test)]
pub(crate) mod trials;

use crate::error::{Error, Result};
use crate::model::{MODELS_MAX, Model, Part};

/// The number of a codec in the format. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum CodecId {
    /// Bytes as they are.
    Store = 0,
    /// libzstd.
    Zstd = 1,
    /// Burrows-Wheeler transform, then a predicted, mixed coding of its output.
    Bwt = 2,
    /// LZ77 parse, then a predictor.
    Lz = 3,
    /// A light context mix.
    Order = 4,
    /// Numeric samples and images: predicted from their neighbours, the residual mixed and coded.
    Sample = 5,
    /// The full context mix.
    Mix = 6,
    /// The full context mix beside a transformer.
    Neural = 7,
    /// For tests of what a codec with models needs; see `primed`.
    #[cfg(test)]
    Primed = 31,
}

impl CodecId {
    /// Every codec of the format, in the order of their numbers.
    pub const ALL: [CodecId; 8] = [
        CodecId::Store,
        CodecId::Zstd,
        CodecId::Bwt,
        CodecId::Lz,
        CodecId::Order,
        CodecId::Sample,
        CodecId::Mix,
        CodecId::Neural,
    ];

    /// The name that options and listings use.
    pub fn name(self) -> &'static str {
        match self {
            CodecId::Store => "store",
            CodecId::Zstd => "zstd",
            CodecId::Bwt => "bwt",
            CodecId::Lz => "lz",
            CodecId::Order => "order",
            CodecId::Sample => "sample",
            CodecId::Mix => "mix",
            CodecId::Neural => "neural",
            #[cfg(test)]
            CodecId::Primed => "primed",
        }
    }

    /// The codec of this name.
    pub fn from_name(name: &str) -> Option<CodecId> {
        CodecId::ALL.into_iter().find(|id| id.name() == name)
    }

    /// The codec with this number in the format.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a number that this version does not know.
    pub fn from_number(number: u8) -> Result<CodecId> {
        #[cfg(test)]
        if number == CodecId::Primed as u8 {
            return Ok(CodecId::Primed);
        }
        let known = CodecId::ALL.into_iter().find(|&id| id as u8 == number);
        known.ok_or(Error::Unsupported { what: "codec", value: u64::from(number) })
    }

    /// Whether this build writes with the codec. With the feature `ruzstd` alone, it reads codec `zstd` and does not write it.
    pub fn is_available(self) -> bool {
        self != CodecId::Zstd || cfg!(feature = "zstd")
    }

    /// Whether the codec takes its group as one block. The others take segments, their state continuing.
    pub fn is_whole_group(self) -> bool {
        !matches!(self, CodecId::Store | CodecId::Order | CodecId::Mix | CodecId::Neural)
    }
}

/// The names of the parts of `model` that a codec uses with these parameters; none where it has no use for the model.
pub fn parts_used(id: CodecId, params: &Params, model: &Model) -> &'static [&'static str] {
    let needed: &[&str] = match id {
        CodecId::Mix if model.part("primer").and_then(mix::primer::ensemble_of) == Some(params.ensemble) => &["primer"],
        CodecId::Neural
            if model.part(neural::primer::PART).and_then(neural::primer::ensemble_of) == Some(params.ensemble) =>
        {
            &[neural::primer::PART, neural::PART]
        }
        CodecId::Neural => &[neural::PART],
        #[cfg(test)]
        CodecId::Primed => &["primer"],
        _ => &[],
    };
    if needed.iter().all(|name| model.part(name).is_some()) { needed } else { &[] }
}

/// What of `models` a codec uses with these parameters: at most [`MODELS_MAX`] models, each of them with only the parts that
/// are used. A frame cites these, so that whoever decodes it needs no more.
pub fn models_used(id: CodecId, params: &Params, models: &[Model]) -> Vec<Model> {
    let used = models.iter().filter_map(|model| model.subset(parts_used(id, params, model)));
    used.take(if matches!(id, CodecId::Mix | CodecId::Neural) { 1 } else { MODELS_MAX }).collect()
}

/// [`open_with`] no models.
///
/// # Errors
/// As [`open_with`].
pub fn open(id: CodecId, params: &Params, limits: &Limits) -> Result<Box<dyn BlockCodec>> {
    open_with(id, params, &[], limits)
}

/// A codec in the state in which every group starts. `models` are those of [`models_used`], in their order.
///
/// # Errors
/// [`Error::Unsupported`] for a codec or ensemble that this build lacks, [`Error::Limit`] where it needs more memory than
/// `limits` allow, [`Error::Corrupt`] for a model that it does not use or cannot make sense of, [`Error::OutOfMemory`].
pub fn open_with(id: CodecId, params: &Params, models: &[Model], limits: &Limits) -> Result<Box<dyn BlockCodec>> {
    let used = |model: &Model, part: &Part| parts_used(id, params, model).contains(&part.name());
    if models.iter().any(|model| !model.parts().all(|part| used(model, part))) {
        return Err(Error::corrupt("a codec is given a model that it does not use"));
    }
    let needed = decode_memory(id, params);
    if needed > limits.memory {
        return Err(Error::Limit { what: "memory", needed, limit: limits.memory });
    }
    match id {
        CodecId::Store => Ok(Box::new(store::Store::new(params)?)),
        CodecId::Bwt => Ok(Box::new(bwt::Bwt::new(params)?)),
        CodecId::Lz => Ok(Box::new(lz::Lz::new(params)?)),
        CodecId::Order => Ok(Box::new(order::Order::new(params)?)),
        CodecId::Sample => Ok(Box::new(sample::Sample::new(params)?)),
        CodecId::Mix => match models {
            [] => Ok(Box::new(mix::Mix::new(params)?)),
            [model] => {
                let primer = model.part("primer").ok_or(Error::corrupt("a model of the mix without a primer"))?;
                Ok(Box::new(mix::Mix::primed(params, primer, limits)?))
            }
            _ => Err(Error::corrupt("a group of codec mix uses one model")),
        },
        CodecId::Neural => match models {
            [model] => Ok(Box::new(neural::Neural::new(params, model, limits)?)),
            _ => Err(Error::corrupt("a group of codec neural uses one model")),
        },
        #[cfg(feature = "zstd")]
        CodecId::Zstd => Ok(Box::new(zstd::Zstd::new(params)?)),
        #[cfg(all(feature = "ruzstd", not(feature = "zstd")))]
        CodecId::Zstd => Ok(Box::new(zstd_rust::ZstdRust::new(params)?)),
        #[cfg(not(any(feature = "zstd", feature = "ruzstd")))]
        CodecId::Zstd => Err(Error::Unsupported { what: "codec", value: id as u64 }),
        #[cfg(test)]
        CodecId::Primed => Ok(Box::new(primed::Primed::new(params, models)?)),
    }
}

/// The longest group that a codec takes, in bytes.
pub fn max_group(id: CodecId) -> usize {
    match id {
        CodecId::Bwt => bwt::MAX_LEN,
        _ => 1 << 30,
    }
}

/// Bytes of working memory that decoding a group takes at most, input and output aside.
pub fn decode_memory(id: CodecId, params: &Params) -> u64 {
    match id {
        CodecId::Bwt => bwt::decode_memory(params.group_len),
        CodecId::Lz => lz::DECODE_MEMORY,
        CodecId::Order => order::Order::memory(params),
        CodecId::Sample => sample::Sample::memory(params),
        CodecId::Mix => mix::Mix::memory(params),
        CodecId::Neural => neural::Neural::memory(params),
        #[cfg(all(feature = "ruzstd", not(feature = "zstd")))]
        CodecId::Zstd => zstd_rust::decode_memory(params.group_len),
        #[cfg(not(all(feature = "ruzstd", not(feature = "zstd"))))]
        CodecId::Zstd => 160 << 10,
        _ => 0,
    }
}

/// What an encoder may spend: its own codecs are not the danger that limits are for.
pub(crate) const UNLIMITED: Limits = Limits { output: u64::MAX, memory: u64::MAX, kdf_memory: u64::MAX };

/// What a decoder may spend. Defaults accept every file that this library's own levels write.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Total output, in bytes.
    pub output: u64,
    /// Memory for decoding, in bytes, output buffers of a group included.
    pub memory: u64,
    /// Memory for making a key out of a password, in bytes; 256 MiB by default. Counts if it is less than `memory`.
    pub kdf_memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { output: u64::MAX, memory: 2 << 30, kdf_memory: 256 << 20 }
    }
}

/// What an encoder chose for a group; written in front of its payload, so that a decoder repeats it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params {
    /// 1-9. Only encoders look at it: what a decoder needs is in `ensemble` and `arg`.
    pub level: u8,
    /// Number of the expert set; see `docs/format.md`.
    pub ensemble: u8,
    /// Codec-specific: table size (log2), stride or sample geometry; see `docs/format.md`.
    pub arg: u32,
    /// Length of the whole group in bytes, for scaling tables.
    pub group_len: usize,
}

/// One codec's state over one group.
pub trait BlockCodec: Send {
    /// Appends the payload for `block` to `out`.
    ///
    /// # Errors
    /// Memory only: every codec takes any bytes.
    fn encode(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<()>;

    /// Appends the `len` bytes that `payload` stands for to `out`.
    ///
    /// # Errors
    /// Hostile payloads give a typed error or wrong bytes (which the segment's hash tells), never a panic, a hang or memory
    /// beyond what `Params` and `len` call for.
    fn decode(&mut self, payload: &[u8], len: usize, out: &mut Vec<u8>) -> Result<()>;
}
