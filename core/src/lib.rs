//! **vatic** is a lossless neural compression library: every codec predicts the next bit, blends the
//! predictions, and hands one integer probability to an arithmetic coder.
//!
//! The crate turns bytes into bytes. It opens no files, starts no global threads and writes nothing to a terminal.
//! `docs/architecture.md` shows the house; `docs/format.md` specifies every byte that leaves it.
//!
//! - In memory: [`compress`], [`decompress`].
//! - Streams: [`Encoder`] is a `Write`, [`Decoder`] a `Read`.
//! - Pushing, for event loops and foreign languages: [`FrameEncoder`], [`FrameDecoder`].
//! - Many files in one: [`archive`].
//! - Random access: [`Decoder::read_at`], [`SeekDecoder`]. What is in a file: [`info`].
//! - Sealed (encrypted) with a [`Key`]: [`Options::key`], [`DecodeOptions::key`].

/// So that what tests share can name this crate as users do.
#[cfg(test)]
extern crate self as vatic;
/// A small transformer for tests.
#[cfg(test)]
#[path = "../tests/common/transformer.rs"]
mod small;

pub mod archive;
pub mod chunk;
pub mod codec;
pub mod coder;
mod container;
mod decoder;
mod encoder;
mod error;
mod info;
pub mod kernels;
mod keys;
pub mod model;
pub mod neural;
mod options;
mod parallel;
pub mod predict;
mod records;
mod route;
mod train;
pub mod transform;
mod watch;

pub use chunk::detect::Class;
pub use codec::filter::FilterSpec;
pub use codec::{CodecId, Limits};
pub use container::decode::{FrameDecoder, Step};
pub use container::encode::FrameEncoder;
pub use container::seal::Suite;
pub use container::{FORMAT_VERSION, SEGMENT_MAX};
pub use decoder::{Decoder, SeekDecoder, decompress};
pub use encoder::{Encoder, compress};
pub use error::{Error, Result};
pub use info::{FrameInfo, GroupInfo, Info, ModelInfo, SealInfo, content_length, info, info_from, info_with};
pub use keys::{KdfCost, Key, Keys};
pub use model::{Model, ModelId, ModelLimits, ShortId};
pub use options::{
    DecodeOptions, GROUP_SIZE_MAX, GROUP_SIZE_MIN, ModelProvider, Options, Preset, Progress, ProgressFn,
};
pub use records::{
    Batch, BatchOptions, RecordCoder, RecordOptions, compress_many, compress_record, decompress_many, decompress_record,
};
pub use route::Route;
pub use train::{TrainOptions, TrainProgressFn, Trained};

/// The README's examples are tests; one of them seals.
#[cfg(all(doctest, feature = "seal"))]
#[doc = include_str!("../../README.md")]
struct Readme;
