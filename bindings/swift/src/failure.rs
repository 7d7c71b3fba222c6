//! Failures become errors of Swift.

use std::fmt;
use vatic_capi::Failure;

/// The result of an exported function.
pub(crate) type Result<T> = std::result::Result<T, NativeError>;

/// A failure: its number in the tables, and its text.
#[derive(Debug, uniffi::Error)]
pub enum NativeError {
    /// The only kind.
    Failed {
        /// Its number.
        code: i32,
        /// What went wrong.
        text: String,
    },
}

impl fmt::Display for NativeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NativeError::Failed { text, .. } = self;
        f.write_str(text)
    }
}

impl std::error::Error for NativeError {}

impl From<Failure> for NativeError {
    fn from(failure: Failure) -> NativeError {
        NativeError::Failed { code: failure.code, text: failure.message }
    }
}

/// Runs `work`; a panic is a failure.
pub(crate) fn fenced<T>(work: impl FnOnce() -> vatic_capi::Result<T>) -> Result<T> {
    Ok(vatic_capi::fenced(work)?)
}
