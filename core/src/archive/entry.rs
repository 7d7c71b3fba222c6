//! One entry of an archive: a name, what it is, and everything a file system keeps beside the content.

use crate::error::{Error, Result};
use std::ops::Range;

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink {
        /// Where it points, as the link says it.
        target: Vec<u8>,
    },
    /// Another name of a file of this archive.
    HardLink {
        /// The file's name: an entry in front of this one, in the same generation.
        target: Vec<u8>,
    },
    /// A named pipe.
    Fifo,
    /// A character device.
    CharDevice {
        /// Major number.
        major: u32,
        /// Minor number.
        minor: u32,
    },
    /// A block device.
    BlockDevice {
        /// Major number.
        major: u32,
        /// Minor number.
        minor: u32,
    },
}

impl Kind {
    /// The name that listings use.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::File => "file",
            Kind::Directory => "directory",
            Kind::Symlink { .. } => "symlink",
            Kind::HardLink { .. } => "hard link",
            Kind::Fifo => "fifo",
            Kind::CharDevice { .. } => "character device",
            Kind::BlockDevice { .. } => "block device",
        }
    }

    /// The number in the format.
    pub(crate) fn number(&self) -> u64 {
        match self {
            Kind::File => 0,
            Kind::Directory => 1,
            Kind::Symlink { .. } => 2,
            Kind::HardLink { .. } => 3,
            Kind::Fifo => 4,
            Kind::CharDevice { .. } => 5,
            Kind::BlockDevice { .. } => 6,
        }
    }
}

/// A moment, in seconds since 1970 UTC and nanoseconds beyond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// Seconds; negative before 1970.
    pub seconds: i64,
    /// Below 10^9.
    pub nanos: u32,
}

/// Whom a file belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// Number of the user.
    pub uid: u32,
    /// Number of the group.
    pub gid: u32,
    /// Names of user and group, where they are known.
    pub names: Option<(Vec<u8>, Vec<u8>)>,
}

/// Everything about an entry but its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// The path in the archive: components separated by `/`, of any bytes but zero.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Permissions, set-id and sticky bits: the low 12 bits of a Unix mode.
    pub mode: u32,
    /// Time of the last change of the content.
    pub mtime: Option<Time>,
    /// User and group.
    pub owner: Option<Owner>,
    /// Extended attributes: names and values.
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    /// Ranges of a file's content that are holes: in order, apart from each other, none empty.
    pub holes: Vec<Range<u64>>,
}

impl Meta {
    /// A file, directory or whatever `kind` says, with mode 644 or 755 and nothing else known.
    pub fn new(name: impl Into<Vec<u8>>, kind: Kind) -> Meta {
        let mode = if kind == Kind::Directory { 0o755 } else { 0o644 };
        Meta { name: name.into(), kind, mode, mtime: None, owner: None, xattrs: Vec::new(), holes: Vec::new() }
    }

    /// Forgets what differs between machines and days: times, owners, attributes; of the mode only whether the owner may
    /// execute stays.
    pub(crate) fn make_deterministic(&mut self) {
        let executable = self.mode & 0o100 != 0;
        self.mode = if executable { 0o755 } else { 0o644 };
        self.mtime = None;
        self.owner = None;
        self.xattrs.clear();
    }
}

/// A range of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) address: u64,
    pub(crate) len: u64,
}

/// An entry as an archive holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Name, kind and the rest.
    pub meta: Meta,
    /// Bytes of content, holes included. 0 where it is no file.
    pub size: u64,
    /// BLAKE3 of the content without its holes; `None` where there is none, and in an archive that lost its index.
    pub hash: Option<[u8; 32]>,
    /// Which generation of the archive it came with, from 1.
    pub generation: u64,
    /// Where the content is.
    pub(crate) extents: Vec<Extent>,
}

impl Entry {
    /// Bytes of content without the holes.
    pub fn data_len(&self) -> u64 {
        self.extents.iter().map(|extent| extent.len).sum()
    }
}

/// Longest name, in bytes, that writers accept and readers by default.
pub const NAME_MAX: usize = 16 << 10;

/// Fails unless `name` is a path as entries have it.
pub(crate) fn check_name(name: &[u8]) -> Result<()> {
    let sound = |part: &[u8]| !part.is_empty() && part != b"." && part != b".." && !part.contains(&0);
    if name.split(|&byte| byte == b'/').all(sound) {
        Ok(())
    } else {
        Err(Error::corrupt("an entry's name is empty, absolute or has empty, `.` or `..` components"))
    }
}

/// How deep a name is: its components.
pub(crate) fn depth(name: &[u8]) -> usize {
    name.iter().filter(|&&byte| byte == b'/').count() + 1
}

/// The order in which files should be added, so that those that resemble each other stand side by side: by extension,
/// then by the last component, then by the whole name.
pub fn similarity_key(name: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let last = name.rsplit(|&byte| byte == b'/').next().unwrap_or(name);
    let extension = match last.iter().rposition(|&byte| byte == b'.') {
        Some(dot) if dot > 0 => &last[dot + 1..],
        _ => &[],
    };
    (extension, last, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_and_plain() {
        for name in [&b"a"[..], b"a/b", b"...", b"a/..b/c.", b"\xFF\n"] {
            assert!(check_name(name).is_ok(), "{name:?}");
        }
        for name in [&b""[..], b"/", b"/a", b"a/", b"a//b", b".", b"..", b"a/../b", b"./a", b"a\0"] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn alike_names_stand_together() {
        let mut names = [&b"b/x.rs"[..], b"a/y.txt", b"a/x.rs", b"Makefile", b".rs"];
        names.sort_by(|a, b| similarity_key(a).cmp(&similarity_key(b)));
        assert_eq!(names, [&b".rs"[..], b"Makefile", b"a/x.rs", b"b/x.rs", b"a/y.txt"]);
    }
}
