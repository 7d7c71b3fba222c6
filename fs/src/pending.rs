//! New files that appear whole or not at all.

use crate::error::{Error, Result};
use crate::{Event, Observer};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use vatic::archive::Share;

/// A file on its way to its name.
pub(crate) struct Pending {
    temporary: tempfile::NamedTempFile,
    target: PathBuf,
    force: bool,
}

impl Pending {
    pub(crate) fn new(target: &Path, force: bool, observer: Observer<'_>) -> Result<Pending> {
        if !force && fs::symlink_metadata(target).is_ok() {
            return Err(Error::Exists(target.to_owned()));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".vatic-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As for any new file: the umask takes its part away.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let temporary = builder.tempfile_in(folder_of(target)).map_err(Error::io(target))?;
        observer(Event::Temporary { path: temporary.path() });
        Ok(Pending { temporary, target: target.to_owned(), force })
    }

    pub(crate) fn file(&self) -> &File {
        self.temporary.as_file()
    }

    /// Writes parity behind the archive that it has; how many bytes that took.
    pub(crate) fn protect(&self, len: u64, share: Option<Share>) -> Result<u64> {
        share.map_or(Ok(0), |share| Ok(vatic::archive::protect(&mut self.file(), len, share)?))
    }

    /// Makes the content durable, then gives it its name.
    pub(crate) fn commit(self) -> Result<()> {
        let Pending { temporary, target, force } = self;
        temporary.as_file().sync_all().map_err(Error::io(&target))?;
        let named = if force { temporary.persist(&target) } else { temporary.persist_noclobber(&target) };
        named.map_err(|error| Error::Io { path: target.clone(), source: error.error })?;
        // Where a folder can be opened at all.
        if let Ok(folder) = File::open(folder_of(&target)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
