//! The interface of vatic to every other language.
//!
//! Two layers. The *safe module* - everything but `ffi` - has what all languages share: objects that stand a foreign
//! caller ([`Guarded`]), the streaming state machine ([`stream`]), settings by number ([`Settings`]), failures with numbers and classes
//! ([`Failure`]), and the [`tables`] that constants and exceptions of every language are generated from. Bindings for Python and others link this
//! crate and call it.
//!
//! `ffi` is the interface of C, `libvatic`: each function turns pointers into slices, calls the safe module, and turns the result into a
//! number. `include/vatic.h` is generated from it. It is the only room with `unsafe`.

pub mod archive;
pub mod entropy;
mod failure;
#[allow(unsafe_code, reason = "the functions that C calls")]
pub mod ffi;
mod guarded;
pub mod info;
pub mod memory;
pub mod model;
pub mod records;
mod settings;
pub mod stream;
pub mod tables;

pub use failure::{Failure, Result, fenced};
pub use guarded::Guarded;
pub use settings::Settings;
