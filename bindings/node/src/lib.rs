//! The addon of the Node package: the safe module of `vatic-capi` as JavaScript sees it.
//!
//! This room converts arguments and results and runs work on threads of its own; what users see is written in JavaScript, in `sdk-node`, on top
//! of it. Failures are errors with a text that `sdk-node` takes apart: `vatic:NUMBER:TEXT`.
#![cfg_attr(test, allow(dead_code, reason = "the macros register nothing in builds for tests"))]

mod archive;
mod memory;
mod settings;
mod stream;
mod work;
