//! The target folder: the only room that makes names in it.
//!
//! Every folder on the way is opened from the one above it and must be a real folder, so that no symbolic link is ever
//! followed, whether it was there before or came with the archive. A file is written under a temporary name beside its place
//! and renamed when it is whole. Nothing that is in the way goes unless `force` says so, and then the name itself goes; what it
//! pointed to is not touched. Folders are never removed.

use crate::error::{Error, Result};
use crate::meta::{self, Keep};
use crate::names::to_path;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use unicode_normalization::UnicodeNormalization;
use vatic::archive::{Kind, Meta};

/// Folders kept open.
const OPEN_MAX: usize = 64;
/// Tries for a free temporary name.
const TRIES: usize = 16;

/// The folder that an archive is extracted to.
pub(crate) struct Place {
    root: Rc<Dir>,
    /// For messages.
    path: PathBuf,
    force: bool,
    keep: Keep,
    open: HashMap<Vec<u8>, Rc<Dir>>,
    /// Names made in this run, by what a system that ignores case and Unicode form makes of them.
    made: HashMap<String, Vec<u8>>,
    /// Folders that were there or have been made.
    folders: HashSet<Vec<u8>>,
}

/// A file that is being written.
pub(crate) struct Unfinished {
    folder: Rc<Dir>,
    temporary: PathBuf,
    last: PathBuf,
    pub(crate) file: std::fs::File,
    /// For messages, and for whoever removes it should the process end.
    pub(crate) path: PathBuf,
    done: bool,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.done {
            let _ = self.folder.remove_file(&self.temporary);
        }
    }
}

impl Place {
    /// Opens `path`, making it if it is not there.
    pub(crate) fn new(path: &Path, force: bool, keep: Keep) -> Result<Place> {
        std::fs::create_dir_all(path).map_err(Error::io(path))?;
        let root = Dir::open_ambient_dir(path, ambient_authority()).map_err(Error::io(path))?;
        Ok(Place {
            root: Rc::new(root),
            path: path.to_owned(),
            force,
            keep,
            open: HashMap::new(),
            made: HashMap::new(),
            folders: HashSet::new(),
        })
    }

    fn shown(&self, name: &[u8]) -> PathBuf {
        self.path.join(to_path(name).unwrap_or_else(|| PathBuf::from(crate::names::display(name))))
    }

    fn io<'a>(&self, name: &'a [u8]) -> impl FnOnce(io::Error) -> Error + use<'a> {
        let path = self.shown(name);
        move |source| Error::Io { path, source }
    }

    /// The folder that `name` is in, and its last component. Folders on the way are made.
    fn locate(&mut self, name: &[u8]) -> Result<(Rc<Dir>, PathBuf)> {
        let split = name.iter().rposition(|&byte| byte == b'/');
        let (above, last) = split.map_or((&[][..], name), |at| (&name[..at], &name[at + 1..]));
        let folder = self.folder(above)?;
        let last = to_path(last).ok_or_else(|| Error::BadName(self.shown(name)))?;
        Ok((folder, last))
    }

    /// The folder of this name, opened without following a link anywhere; made where it is not there.
    fn folder(&mut self, name: &[u8]) -> Result<Rc<Dir>> {
        if name.is_empty() {
            return Ok(Rc::clone(&self.root));
        }
        if let Some(open) = self.open.get(name) {
            return Ok(Rc::clone(open));
        }
        // The deepest folder above that is open, then one component after the other.
        let mut current = Rc::clone(&self.root);
        let mut start = 0;
        let ends: Vec<usize> =
            name.iter().enumerate().filter(|(_, b)| **b == b'/').map(|(at, _)| at).chain([name.len()]).collect();
        for &end in ends.iter().rev().skip(1) {
            if let Some(open) = self.open.get(&name[..end]) {
                (current, start) = (Rc::clone(open), end + 1);
                break;
            }
        }
        let above = start;
        for end in ends.into_iter().filter(|&end| end > above) {
            let last = to_path(&name[start..end]).ok_or_else(|| Error::BadName(self.shown(name)))?;
            current = Rc::new(self.enter(&current, &last, &name[..end])?);
            if self.open.len() >= OPEN_MAX {
                self.open.clear();
            }
            self.open.insert(name[..end].to_vec(), Rc::clone(&current));
            start = end + 1;
        }
        Ok(current)
    }

    /// Opens the folder `last` in `above`, making it if it is not there.
    fn enter(&mut self, above: &Dir, last: &Path, name: &[u8]) -> Result<Dir> {
        if !self.folders.contains(name) {
            self.claim(above, last, name, true)?;
            match above.create_dir(last) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(self.io(name)(error)),
            }
            self.folders.insert(name.to_vec());
        }
        // Between this look and the opening somebody else could put a link here; then cap-std still lets nothing out of `above`.
        let metadata = above.symlink_metadata(last).map_err(self.io(name))?;
        if !metadata.is_dir() {
            return Err(Error::NotAFolder(self.shown(name)));
        }
        above.open_dir(last).map_err(self.io(name))
    }

    /// Makes sure that `last` in `above` is free for `name`, or a folder where that is what is wanted.
    fn claim(&mut self, above: &Dir, last: &Path, name: &[u8], folder: bool) -> Result<()> {
        let metadata = match above.symlink_metadata(last) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.note(name);
                return Ok(());
            }
            Err(error) => return Err(self.io(name)(error)),
        };
        // Something is there. If this run made it, under another name, it is the file system that cannot tell them apart.
        if let Some(other) = self.made.get(&folded(name)).filter(|other| *other != name) {
            return Err(Error::Clash(self.shown(other), self.shown(name)));
        }
        if metadata.is_dir() {
            if !folder {
                return Err(Error::IsAFolder(self.shown(name)));
            }
            self.note(name);
            return Ok(());
        }
        if !self.force {
            return Err(if folder { Error::NotAFolder(self.shown(name)) } else { Error::Exists(self.shown(name)) });
        }
        if folder {
            above.remove_file(last).map_err(self.io(name))?;
        }
        self.note(name);
        Ok(())
    }

    fn note(&mut self, name: &[u8]) {
        self.made.entry(folded(name)).or_insert_with(|| name.to_vec());
    }

    /// Makes the folder of an entry. Its metadata come last, with [`Place::finish_folder`].
    pub(crate) fn make_folder(&mut self, name: &[u8]) -> Result<()> {
        self.folder(name).map(drop)
    }

    /// Puts metadata on a folder after everything in it is done.
    pub(crate) fn finish_folder(&mut self, meta: &Meta) -> Result<Option<&'static str>> {
        let folder = self.folder(&meta.name)?;
        #[cfg(unix)]
        {
            use rustix::fs::{Mode, OFlags, openat};
            use std::os::unix::fs::PermissionsExt;
            // `Dir` may be a handle that only leads to names.
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let file =
                openat(&*folder, ".", flags, Mode::empty()).map_err(|error| self.io(&meta.name)(error.into()))?;
            let file = std::fs::File::from(file);
            if !self.keep.owners {
                // What the umask left of a new folder's mode, less what the entry does not allow either.
                let mode = file.metadata().map_err(self.io(&meta.name))?.permissions().mode();
                let mode = std::fs::Permissions::from_mode(mode & (meta.mode & 0o777));
                file.set_permissions(mode).map_err(self.io(&meta.name))?;
            }
            Ok(meta::apply(&file, meta, self.keep))
        }
        #[cfg(not(unix))]
        {
            drop(folder);
            Ok(None)
        }
    }

    /// Starts a file: a temporary name beside its place.
    pub(crate) fn start_file(&mut self, meta: &Meta) -> Result<Unfinished> {
        let (folder, last) = self.locate(&meta.name)?;
        self.claim(&folder, &last, &meta.name, false)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use cap_std::fs::OpenOptionsExt;
            // The umask takes its part; set-id bits come with owners only.
            options.mode(if self.keep.owners { 0o600 } else { meta.mode & 0o777 });
        }
        for _ in 0..TRIES {
            let mut random = [0u8; 8];
            getrandom::fill(&mut random).map_err(|_| Error::Option("the system has no random numbers"))?;
            let temporary = PathBuf::from(format!(".vatic-{:016x}.part", u64::from_le_bytes(random)));
            match folder.open_with(&temporary, &options) {
                Ok(file) => {
                    let path = self.shown(&meta.name).with_file_name(&temporary);
                    let file = file.into_std();
                    return Ok(Unfinished { folder, temporary, last, file, path, done: false });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(self.io(&meta.name)(error)),
            }
        }
        Err(self.io(&meta.name)(io::Error::from(io::ErrorKind::AlreadyExists)))
    }

    /// Puts metadata on a whole file and gives it its name.
    pub(crate) fn finish_file(&mut self, mut unfinished: Unfinished, meta: &Meta) -> Result<Option<&'static str>> {
        #[cfg(unix)]
        let warning = meta::apply(&unfinished.file, meta, self.keep);
        #[cfg(not(unix))]
        let warning = meta.mtime.and_then(|time| set_time(&unfinished.file, time));
        let Unfinished { folder, temporary, last, .. } = &unfinished;
        let named =
            if self.force { folder.rename(temporary, folder, last) } else { rename_new(folder, temporary, last) };
        named.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Error::Exists(self.shown(&meta.name)),
            _ => self.io(&meta.name)(error),
        })?;
        unfinished.done = true;
        Ok(warning)
    }

    /// Makes `meta.name` another name of the file `first`, which this run has written.
    pub(crate) fn hard_link(&mut self, first: &[u8], meta: &Meta) -> Result<()> {
        let (from, from_last) = self.locate(first)?;
        let (folder, last) = self.clear(meta)?;
        from.hard_link(&from_last, &folder, &last).map_err(self.io(&meta.name))
    }

    /// Makes a symbolic link.
    pub(crate) fn symlink(&mut self, meta: &Meta, target: &[u8]) -> Result<Option<&'static str>> {
        let path = to_path(target).filter(|_| !target.is_empty() && !target.contains(&0));
        let path = path.ok_or_else(|| Error::BadName(self.shown(&meta.name)))?;
        let (folder, last) = self.clear(meta)?;
        #[cfg(unix)]
        {
            folder.symlink_contents(path, &last).map_err(self.io(&meta.name))?;
            Ok(meta::apply_to_link(&*folder, &last, meta, self.keep))
        }
        #[cfg(not(unix))]
        {
            drop((folder, last, path));
            Err(Error::Option("symbolic links are not made on this system"))
        }
    }

    /// Makes a named pipe or a device.
    #[cfg(unix)]
    pub(crate) fn special(&mut self, meta: &Meta) -> Result<Option<&'static str>> {
        use rustix::fs::{FileType, Mode, makedev, mknodat};
        let (kind, device) = match meta.kind {
            Kind::CharDevice { major, minor } => (FileType::CharacterDevice, makedev(major, minor)),
            Kind::BlockDevice { major, minor } => (FileType::BlockDevice, makedev(major, minor)),
            _ => (FileType::Fifo, 0),
        };
        let (folder, last) = self.clear(meta)?;
        let mode = Mode::from_raw_mode(meta.mode & 0o777);
        mknodat(&*folder, &last, kind, mode, device).map_err(|error| self.io(&meta.name)(error.into()))?;
        Ok(meta::apply_to_link(&*folder, &last, meta, self.keep))
    }

    /// Makes a named pipe or a device: not on this system.
    #[cfg(not(unix))]
    pub(crate) fn special(&mut self, _: &Meta) -> Result<Option<&'static str>> {
        let _ = Kind::Fifo;
        Err(Error::Option("this system has no such files"))
    }

    /// The place of an entry that is made under its own name, nothing being there any more.
    fn clear(&mut self, meta: &Meta) -> Result<(Rc<Dir>, PathBuf)> {
        let (folder, last) = self.locate(&meta.name)?;
        self.claim(&folder, &last, &meta.name, false)?;
        match folder.remove_file(&last) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(self.io(&meta.name)(error)),
        }
        Ok((folder, last))
    }
}

/// Renames where nothing has the new name.
#[cfg(target_os = "linux")]
fn rename_new(folder: &Dir, from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{RenameFlags, renameat_with};
    match renameat_with(folder, from, folder, to, RenameFlags::NOREPLACE) {
        // Not every file system can.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => rename_checked(folder, from, to),
        result => Ok(result?),
    }
}

/// Renames where nothing has the new name.
#[cfg(not(target_os = "linux"))]
fn rename_new(folder: &Dir, from: &Path, to: &Path) -> io::Result<()> {
    rename_checked(folder, from, to)
}

fn rename_checked(folder: &Dir, from: &Path, to: &Path) -> io::Result<()> {
    match folder.symlink_metadata(to) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => folder.rename(from, folder, to),
    }
}

#[cfg(not(unix))]
fn set_time(file: &std::fs::File, time: vatic::archive::Time) -> Option<&'static str> {
    let moment = std::time::UNIX_EPOCH + std::time::Duration::new(u64::try_from(time.seconds).ok()?, time.nanos);
    file.set_modified(moment).err().map(|_| "its time could not be set")
}

/// What a file system that ignores case and Unicode form makes of a name.
pub(crate) fn folded(name: &[u8]) -> String {
    let lower: String = String::from_utf8_lossy(name).nfd().flat_map(char::to_lowercase).collect();
    lower.nfd().collect()
}
