//! The safe module of `vatic-capi` as Swift sees it, through uniffi.
//!
//! This room converts arguments and results; what users see is written in Swift, in `sdk-swift`, on top of what uniffi
//! generates from this (`sdk-swift/test/run.sh --generate`). Objects are [`Guarded`](vatic_capi::Guarded), so that a
//! second thread gets an error. Input crosses without a copy.
#![allow(unsafe_code, missing_docs, reason = "what uniffi generates")]

mod archive;
mod failure;
mod memory;
mod model;
mod settings;
mod stream;

uniffi::setup_scaffolding!("vatic_native");
