//! Reversible rewrites: bytes in, bytes (or symbols) out, each an exact inverse on any input.

pub mod bwt;

#[cfg(test)]
pub(crate) mod samples;
