//! What goes wrong between archives and files.

use std::io;
use std::path::{Path, PathBuf};

/// The result of every fallible call of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The library.
    #[error(transparent)]
    Vatic(#[from] vatic::Error),
    /// The file system, at a path.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What.
        source: io::Error,
    },
    /// Something stands in the way, and nobody said that it may go.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// Two entries of an archive have one name on this file system.
    #[error("{} and {} are one name here", .0.display(), .1.display())]
    Clash(PathBuf, PathBuf),
    /// The name cannot be used on this system.
    #[error("{}: not a name that this system can have", .0.display())]
    BadName(PathBuf),
    /// The path leads through something that is no folder.
    #[error("{} is no folder", .0.display())]
    NotAFolder(PathBuf),
    /// A folder stands where a file should go; folders are never removed.
    #[error("{} is a folder", .0.display())]
    IsAFolder(PathBuf),
    /// Somebody else is writing to the archive.
    #[error("{} is being written by another process", .0.display())]
    Busy(PathBuf),
    /// A pattern that is none.
    #[error("invalid pattern: {0}")]
    Pattern(String),
    /// An option does not go with another or with this system.
    #[error("{0}")]
    Option(&'static str),
    /// The archive is not in the state that was expected: it was changed, or an older one was put in its place.
    #[error("is not in the state that was expected; its id is {0}")]
    State(String),
    /// An object cannot be reached.
    #[error("{url}: {what}")]
    Remote {
        /// Where.
        url: String,
        /// Why.
        what: String,
    },
    /// There was nothing to pack.
    #[error("nothing to pack")]
    Nothing,
}

impl Error {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
        move |source| Error::Io { path: path.to_owned(), source }
    }

    /// The core's number of the error, where it is the core's.
    pub fn code(&self) -> Option<u32> {
        match self {
            Error::Vatic(error) => Some(error.code()),
            _ => None,
        }
    }

    /// Whether going on with other files makes no sense: the archive itself or its output failed.
    pub(crate) fn is_fatal(&self) -> bool {
        matches!(self, Error::Vatic(error) if !matches!(error, vatic::Error::InvalidOption(_)))
    }
}
