//! `libvatic`: the functions that C calls.
//!
//! Each turns pointers into slices, calls the safe module, and turns what comes back into a number. No panic leaves one: all work
//! is done inside of a fence. Objects are boxes of a `handle::Handle` that refuses overlapping calls instead of racing.
//!
//! Every function's comment ends with a line on threads and a line on ownership; `vatic-codegen` refuses functions without.
//!
//! What `unsafe` rests on everywhere, and the header says: a pointer is NULL (which is checked), or points to as many bytes as its length says
//! (input) or to room for them (output) for the whole call; a handle is one that this library gave out and that has not been freed.
#![allow(non_camel_case_types, reason = "these are the names of C")]
#![allow(clippy::missing_safety_doc, reason = "the lines on threads and ownership are the contract")]

pub mod archive;
pub mod ctx;
pub mod entropy;
mod handle;
pub mod info;
pub mod key;
pub mod memory;
pub mod model;
pub mod reader;
pub mod records;
pub mod stream;
mod types;
pub mod version;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use types::{vatic_in_buffer, vatic_out_buffer, vatic_status};
