//! What a file system keeps beside contents: read for entries, and put back.

use crate::error::{Error, Result};
use std::collections::HashMap;
use std::fs::Metadata;
use std::path::Path;
use vatic::archive::{Kind, Meta, Owner, Time};

/// What tells files apart: device and inode.
pub(crate) type FileId = (u64, u64);

/// Reads metadata; remembers the names of owners.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    users: HashMap<u32, Vec<u8>>,
    groups: HashMap<u32, Vec<u8>>,
}

#[cfg(unix)]
impl Reader {
    /// The entry that `path` becomes under `name`; `None` for what archives do not hold (sockets).
    pub(crate) fn read(&mut self, name: Vec<u8>, path: &Path, metadata: &Metadata) -> Result<Option<Meta>> {
        use std::os::unix::ffi::OsStringExt;
        use std::os::unix::fs::{FileTypeExt, MetadataExt};
        let kind = metadata.file_type();
        let device = || (rustix::fs::major(metadata.rdev()), rustix::fs::minor(metadata.rdev()));
        let kind = if kind.is_file() {
            Kind::File
        } else if kind.is_dir() {
            Kind::Directory
        } else if kind.is_symlink() {
            Kind::Symlink { target: std::fs::read_link(path).map_err(Error::io(path))?.into_os_string().into_vec() }
        } else if kind.is_fifo() {
            Kind::Fifo
        } else if kind.is_char_device() {
            let (major, minor) = device();
            Kind::CharDevice { major, minor }
        } else if kind.is_block_device() {
            let (major, minor) = device();
            Kind::BlockDevice { major, minor }
        } else {
            return Ok(None);
        };
        let mut meta = Meta::new(name, kind);
        meta.mode = metadata.mode() & 0o7777;
        meta.mtime = Some(Time { seconds: metadata.mtime(), nanos: metadata.mtime_nsec() as u32 });
        let names = (self.user(metadata.uid()), self.group(metadata.gid()));
        let names = Some(names).filter(|(user, group)| !user.is_empty() || !group.is_empty());
        meta.owner = Some(Owner { uid: metadata.uid(), gid: metadata.gid(), names });
        meta.xattrs = read_xattrs(path);
        Ok(Some(meta))
    }

    fn user(&mut self, uid: u32) -> Vec<u8> {
        let look = || Some(nix::unistd::User::from_uid(uid.into()).ok()??.name.into_bytes());
        self.users.entry(uid).or_insert_with(|| look().unwrap_or_default()).clone()
    }

    fn group(&mut self, gid: u32) -> Vec<u8> {
        let look = || Some(nix::unistd::Group::from_gid(gid.into()).ok()??.name.into_bytes());
        self.groups.entry(gid).or_insert_with(|| look().unwrap_or_default()).clone()
    }
}

#[cfg(not(unix))]
impl Reader {
    /// The entry that `path` becomes under `name`.
    pub(crate) fn read(&mut self, name: Vec<u8>, path: &Path, metadata: &Metadata) -> Result<Option<Meta>> {
        let kind = metadata.file_type();
        let kind = if kind.is_dir() {
            Kind::Directory
        } else if kind.is_symlink() {
            let target = std::fs::read_link(path).map_err(Error::io(path))?;
            Kind::Symlink { target: target.as_os_str().as_encoded_bytes().to_vec() }
        } else {
            Kind::File
        };
        let mut meta = Meta::new(name, kind);
        if let Ok(Ok(since)) = metadata.modified().map(|time| time.duration_since(std::time::UNIX_EPOCH)) {
            meta.mtime = Some(Time { seconds: since.as_secs() as i64, nanos: since.subsec_nanos() });
        }
        let _ = (&mut self.users, &mut self.groups);
        Ok(Some(meta))
    }
}

/// The most bytes that all attributes of a file may have; Linux keeps to 64 KiB each.
#[cfg(unix)]
const XATTR_MAX: usize = 64 << 10;

/// Extended attributes, as many as may be read, by name. Best effort, as file systems differ in whether they have any.
#[cfg(unix)]
fn read_xattrs(path: &Path) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut buffer = vec![0u8; XATTR_MAX];
    let Ok(len) = rustix::fs::llistxattr(path, &mut buffer[..]) else { return Vec::new() };
    let mut list = Vec::new();
    let mut value = vec![0u8; XATTR_MAX];
    for name in buffer[..len].split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
        if let Ok(len) = rustix::fs::lgetxattr(path, name, &mut value[..]) {
            list.push((name.to_vec(), value[..len].to_vec()));
        }
    }
    list.sort();
    list
}

/// Which of what an entry says is put back.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Keep {
    /// Owners, set-id bits, modes as they are.
    pub(crate) owners: bool,
    /// Attributes other than `user.`.
    pub(crate) all_xattrs: bool,
}

/// Puts owner, mode, attributes and time of `meta` on an open file or folder. Returns what did not work, for a warning.
#[cfg(unix)]
pub(crate) fn apply<Fd: std::os::fd::AsFd>(fd: Fd, meta: &Meta, keep: Keep) -> Option<&'static str> {
    use rustix::fs::{XattrFlags, fchmod, fchown, fsetxattr, futimens};
    let mut failed = None;
    if keep.owners {
        if let Some(owner) = &meta.owner {
            let (uid, gid) = ids(owner);
            if fchown(&fd, Some(uid), Some(gid)).is_err() {
                failed = Some("its owner could not be set");
            }
        }
        if fchmod(&fd, rustix::fs::Mode::from_raw_mode(meta.mode)).is_err() {
            failed = Some("its mode could not be set");
        }
    }
    for (name, value) in &meta.xattrs {
        if (keep.all_xattrs || name.starts_with(b"user."))
            && fsetxattr(&fd, &name[..], value, XattrFlags::empty()).is_err()
        {
            failed = Some("an extended attribute could not be set");
        }
    }
    if let Some(times) = times(meta)
        && futimens(&fd, &times).is_err()
    {
        failed = Some("its time could not be set");
    }
    failed
}

/// Puts time and owner of `meta` on the name `name` in folder `fd`, without following it.
#[cfg(unix)]
pub(crate) fn apply_to_link<Fd: std::os::fd::AsFd>(
    fd: Fd,
    name: &Path,
    meta: &Meta,
    keep: Keep,
) -> Option<&'static str> {
    use rustix::fs::{AtFlags, chownat, utimensat};
    if let (true, Some(owner)) = (keep.owners, &meta.owner) {
        let (uid, gid) = ids(owner);
        if chownat(&fd, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW).is_err() {
            return Some("its owner could not be set");
        }
    }
    let times = times(meta)?;
    utimensat(&fd, name, &times, AtFlags::SYMLINK_NOFOLLOW).err().map(|_| "its time could not be set")
}

#[cfg(unix)]
fn times(meta: &Meta) -> Option<rustix::fs::Timestamps> {
    let time = meta.mtime?;
    let stamp = |nsec| rustix::fs::Timespec { tv_sec: time.seconds as _, tv_nsec: nsec };
    Some(rustix::fs::Timestamps {
        last_access: stamp(rustix::fs::UTIME_OMIT as _),
        last_modification: stamp(time.nanos as _),
    })
}

/// The numbers that an owner has here: by name where the name is known, as elsewhere the numbers may be other people's.
#[cfg(unix)]
fn ids(owner: &Owner) -> (rustix::fs::Uid, rustix::fs::Gid) {
    let names = owner.names.as_ref();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok().filter(|name| !name.is_empty());
    let user = names.and_then(|(user, _)| nix::unistd::User::from_name(&text(user)?).ok()?);
    let group = names.and_then(|(_, group)| nix::unistd::Group::from_name(&text(group)?).ok()?);
    let uid = user.map_or(owner.uid, |user| user.uid.as_raw());
    let gid = group.map_or(owner.gid, |group| group.gid.as_raw());
    (rustix::fs::Uid::from_raw(uid), rustix::fs::Gid::from_raw(gid))
}

/// What tells a file from others, where it can be told.
#[cfg(unix)]
pub(crate) fn file_id(metadata: &Metadata) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

/// What tells a file from others: nothing that this system's metadata has.
#[cfg(not(unix))]
pub(crate) fn file_id(_: &Metadata) -> Option<FileId> {
    None
}

/// Whether the file has other names.
#[cfg(unix)]
pub(crate) fn has_links(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.nlink() > 1 && metadata.is_file()
}

/// Whether the file has other names.
#[cfg(not(unix))]
pub(crate) fn has_links(_: &Metadata) -> bool {
    false
}
