//! The mix: the full ensembles of experts behind preset `max`.
//!
//! For each bit, every context expert gives four inputs (what its bit history was worth, its own probability, the first again where
//! it is nearly certain, and whether the last byte in this context comes again), each match model two; the [`gate`] blends them; two or
//! three adaptive maps calibrate the blend; the binary coder codes the bit; and everything learns. Encoder and decoder run the one
//! [`Model::code`].
//!
//! Cost: with 19 contexts about 60 lookups a byte of a cache line each, fetched ahead, and some 400 vector operations a bit. Source:
//! Mahoney's paq8 and lpaq1, with probabilities and histories side by side in one cache line.

pub mod calibration;
pub mod ensemble;
pub mod features;
pub mod gate;
pub mod hash;
pub mod map;
pub mod matches;
mod model;
pub mod primer;
pub mod slots;
pub mod worth;

pub use model::{CONTEXTS_MAX, Learning, Model, Scratch};
