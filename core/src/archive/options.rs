//! Settings of an archive's writer, and how large its groups become.

use super::open::Archive;
use crate::container::seal::keyring::DataKey;
use crate::options::Options;
use std::io::{Read, Seek};

/// Default group size: of 200 MB of content a group is 3 %, which is most of what reading one small file costs.
const SOLID_DEFAULT: usize = 6 << 20;
/// Where content is known to fit one group of this size it is in one (source code of 9 MB is 1.1 % smaller than in two), and with
/// 40 times as much and more, groups are of this size again.
const SOLID_LARGE: usize = 24 << 20;
/// Which share of the content one group may be, by default.
const SOLID_SHARE: u64 = 40;
/// Memory that encoding takes for each byte of a group, at most.
pub(super) const MEMORY_PER_BYTE: u64 = 17;

/// Settings of an archive's writer.
#[derive(Clone, Debug, Default)]
pub struct ArchiveOptions {
    pub(super) options: Options,
    pub(super) solid_size: Option<usize>,
    pub(super) deterministic: bool,
    expected: Option<u64>,
    pub(super) id: [u8; 16],
    pub(super) seal: Option<DataKey>,
}

impl ArchiveOptions {
    /// Level 5, an id of zeros.
    pub fn new() -> Self {
        ArchiveOptions::default()
    }

    /// How contents are coded, and with which keys a new archive is sealed. Group size, content length, checksum and dedup are not
    /// looked at.
    #[must_use]
    pub fn codec_options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Most bytes of content that are coded together: what has to be decoded to get at one small file. Larger groups compress
    /// better. By default 6 MiB; 24 MiB where all content is expected to fit that, or to be more than 40 times as much.
    #[must_use]
    pub fn solid_size(mut self, bytes: usize) -> Self {
        self.solid_size = Some(bytes);
        self
    }

    /// About how many bytes of content will be added, for the default group size. Need not be right.
    #[must_use]
    pub fn expected_content(mut self, bytes: u64) -> Self {
        self.expected = Some(bytes);
        self
    }

    /// Leaves out times, owners and attributes, and of modes all but whether the owner may execute: equal names and contents,
    /// added in the same order, give equal archives on every machine.
    #[must_use]
    pub fn deterministic(mut self, on: bool) -> Self {
        self.deterministic = on;
        self
    }

    /// What tells this archive from others, should be random: generations are bound to it. An appended generation keeps
    /// the archive's own.
    #[must_use]
    pub fn id(mut self, id: [u8; 16]) -> Self {
        self.id = id;
        self
    }

    /// Seals a new archive for the keys that `archive` was sealed for, whichever of them opened it. Nothing where it is not
    /// sealed.
    #[must_use]
    pub fn sealed_like<R: Read + Seek>(mut self, archive: &Archive<R>) -> Self {
        self.seal = archive.data_key().cloned();
        self
    }

    /// Largest group of content.
    pub(super) fn solid(&self) -> usize {
        let affordable = usize::try_from(self.options.memory / MEMORY_PER_BYTE).unwrap_or(usize::MAX).max(64 << 10);
        let (default, large) = (SOLID_DEFAULT as u64, SOLID_LARGE as u64);
        let by_content = match self.expected {
            Some(bytes) if bytes <= large => large,
            Some(bytes) => (bytes / SOLID_SHARE).clamp(default, large),
            None => default,
        };
        self.solid_size.unwrap_or(by_content as usize).min(affordable)
    }
}
