//! **vatic** is a lossless neural compression library: every codec predicts the next bit, blends the
//! predictions, and hands one integer probability to an arithmetic coder.
//!
//! The crate turns bytes into bytes. It opens no files, starts no global threads and writes nothing to a terminal.
//! `docs/architecture.md` shows the house; `docs/format.md` specifies every byte that leaves it.

pub mod codec;
pub mod coder;
mod error;
pub mod kernels;
pub mod predict;
pub mod transform;

pub use error::{Error, Result};
