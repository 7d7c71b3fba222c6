//! czip's models (`.czm`) and files (`.czip`), with czip's arithmetic.
//!
//! czip, the program of compress.zip, codes text with a small transformer: tokens are cut into chunks, each chunk starts from nothing, and
//! each token is coded at the frequency that the transformer gave it. This room reads what czip writes and writes what czip reads,
//! bit by bit. `docs/czip.md` describes both formats.
//!
//! A `.czip` file names no model and has no checksum. What is checked here is that every chunk ends exactly where its bytes do, and the length of
//! the whole: a wrong model and most damage fail one of them, but there is no proof as in vatic's own files.
//!
//! ```no_run
//! use vatic::neural::czip::{CzipLimits, CzipModel, CzipOptions, compress, decompress};
//!
//! let model = CzipModel::from_bytes(&std::fs::read("v001_eng.czm")?)?;
//! let packed = compress(&model, b"It was the best of times.", &CzipOptions::new())?;
//! assert_eq!(decompress(&model, &packed, &CzipLimits::default())?, b"It was the best of times.");
//! # Ok::<(), vatic::Error>(())
//! ```

mod chunk;
mod coder;
mod file;
mod model;
mod outer;
mod tensors;

pub use file::{CzipLimits, CzipOptions, OuterCodec, compress, decompress, is_czip};
pub use model::CzipModel;
pub(crate) use model::with_source;
