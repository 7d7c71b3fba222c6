//! The mix: the full ensembles of experts behind preset `max`.
//!
//! A byte is taken apart into some five or six binary decisions (see [`tree`]). For each of them, every context expert gives four inputs (see [`experts`]), each match model two; the [`gate`] blends them; two or
//! three adaptive maps calibrate the blend; the binary coder codes the decision; and everything learns. Encoder and decoder run the one
//! [`Model::code`].
//!
//! Cost: with 12 contexts, on text, 30 lookups a byte of a cache line each, fetched ahead, and some 12,000 instructions. Source:
//! Mahoney's paq8 and lpaq1, with probabilities and histories side by side in one cache line.

pub mod calibration;
pub mod certain;
pub mod ensemble;
pub mod experts;
pub mod features;
pub mod gate;
pub mod hash;
pub mod map;
pub mod matches;
mod model;
pub mod primer;
mod rows;
pub mod slots;
pub mod tree;
pub mod worth;

pub use experts::CONTEXTS_MAX;
pub use model::{Decision, Foresight, Guide, Hint, Learning, Model, Place, Said, Scratch};
