//! What reading an archive may cost: archives come from strangers.

use crate::codec::Limits;
use crate::error::{Error, Result};

/// What reading an archive may spend. The defaults accept every archive that this library writes of up to 16 million
/// files whose names and ranges fit the memory: some 250 bytes a file.
#[derive(Clone, Copy, Debug)]
pub struct ArchiveLimits {
    /// Entries of all generations.
    pub entries: u64,
    /// Bytes of a name.
    pub name: u64,
    /// Components of a name.
    pub depth: u64,
    /// Bytes of content of all files that are read together, holes left out.
    pub content: u64,
    /// Memory for tables, and on top of that for decoding: [`Limits::memory`].
    pub memory: u64,
    /// Memory for deriving a key from a password: [`Limits::kdf_memory`].
    pub kdf_memory: u64,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        ArchiveLimits {
            entries: 1 << 24,
            name: super::NAME_MAX as u64,
            depth: 1 << 10,
            content: u64::MAX,
            memory: Limits::default().memory,
            kdf_memory: Limits::default().kdf_memory,
        }
    }
}

impl ArchiveLimits {
    pub(crate) fn check_entries(&self, needed: u64) -> Result<()> {
        check("entries", needed, self.entries)
    }

    pub(crate) fn check_name(&self, needed: u64) -> Result<()> {
        check("name length", needed, self.name)
    }

    pub(crate) fn check_depth(&self, needed: u64) -> Result<()> {
        check("depth of names", needed, self.depth)
    }

    pub(crate) fn check_memory(&self, needed: u64) -> Result<()> {
        check("memory", needed, self.memory)
    }

    pub(crate) fn check_content(&self, needed: u64) -> Result<()> {
        check("content", needed, self.content)
    }

    /// What codecs may spend.
    pub(crate) fn codecs(&self) -> Limits {
        Limits { output: u64::MAX, memory: self.memory, kdf_memory: self.kdf_memory }
    }
}

fn check(what: &'static str, needed: u64, limit: u64) -> Result<()> {
    if needed > limit { Err(Error::Limit { what, needed, limit }) } else { Ok(()) }
}
