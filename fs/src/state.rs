//! The state of an archive, as its owner notes it elsewhere: a file cannot tell its own age.

use crate::error::{Error, Result};
use std::io::{Read, Seek};
use vatic::archive::Archive;

/// Fails where a state is expected and the archive is in another: it was changed since, or it is an older one that
/// somebody put in its place.
///
/// # Errors
/// [`Error::State`].
pub fn check_state<R: Read + Seek>(archive: &Archive<R>, expected: Option<&StatePrefix>) -> Result<()> {
    let Some(expected) = expected else { return Ok(()) };
    let state = archive.state().unwrap_or_default();
    if expected.matches(&state) { Ok(()) } else { Err(Error::State(hex(&state))) }
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// At least the first eight bytes of an archive's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatePrefix(String);

impl StatePrefix {
    fn matches(&self, state: &[u8]) -> bool {
        hex(state).starts_with(&self.0)
    }
}

impl std::str::FromStr for StatePrefix {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let sound = (16..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if sound { Ok(StatePrefix(text.to_ascii_lowercase())) } else { Err("not 16 to 32 hexadecimal digits") }
    }
}
