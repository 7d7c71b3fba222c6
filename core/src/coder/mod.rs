//! Entropy coders: integers in, bytes out, nothing else known.

pub mod binary;
