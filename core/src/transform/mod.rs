//! Reversible rewrites: bytes in, bytes (or symbols) out, each an exact inverse on any input.

pub mod branch;
pub mod bwt;
pub mod delta;
pub(crate) mod log2;
pub mod lz77;
pub mod planes;
pub mod rank;
pub mod sample;

#[cfg(test)]
pub(crate) mod samples;
