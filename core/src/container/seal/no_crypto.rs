//! What stands for [`crypto`](super::crypto) in a build without the feature `seal`: sealed files are known and not opened.

use super::{KEY, Suite, TAG};
use crate::error::{Error, Result};
use zeroize::Zeroizing;

fn absent<T>() -> Result<T> {
    Err(Error::Unsupported { what: "feature: sealing, absent from this build,", value: 0 })
}

/// There is none.
pub(crate) enum Cipher {}

impl Cipher {
    pub(crate) fn new(_: Suite, _: &[u8; KEY]) -> Result<Cipher> {
        absent()
    }

    pub(crate) fn seal(&self, _: &[u8; 12], _: &[u8], _: &mut [u8]) -> Result<[u8; TAG]> {
        match *self {}
    }

    pub(crate) fn open(&self, _: &[u8; 12], _: &[u8], _: &mut [u8], _: &[u8; TAG]) -> bool {
        match *self {}
    }
}

pub(crate) fn random(_: &mut [u8]) -> Result<()> {
    absent()
}

pub(crate) fn argon2id(_: &[u8], _: &[u8], _: u32, _: u32, _: u32) -> Result<Zeroizing<[u8; KEY]>> {
    absent()
}

pub(crate) fn check_recipient(_: &str) -> Result<()> {
    absent()
}

pub(crate) fn check_identity(_: &str) -> Result<()> {
    absent()
}

pub(crate) fn generate_identity() -> Result<(Zeroizing<String>, String)> {
    absent()
}

pub(crate) fn age_wrap(_: &[&str], _: &[u8; KEY]) -> Result<Vec<u8>> {
    absent()
}

pub(crate) fn age_unwrap(_: &[&str], _: &[u8]) -> Result<Option<Zeroizing<[u8; KEY]>>> {
    absent()
}
