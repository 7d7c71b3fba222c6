//! The one error type of the library, with codes that stay the same for ever.

/// The result of every fallible call of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, named so that a caller can act on it.
///
/// [`Error::code`] gives each kind a number that is never reused; the C ABI and the SDKs carry the same numbers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input does not start with the magic bytes of a vatic frame.
    #[error("not a vatic file: {what}")]
    NotVatic {
        /// What was found instead.
        what: &'static str,
    },
    /// The file is of this format, but of another kind than the call is for: an archive where a compressed file was
    /// expected, or the other way round.
    #[error("this is {0}")]
    WrongKind(
        /// What it is.
        &'static str,
    ),
    /// The file needs a newer library: its format version, a codec, an ensemble or a critical record is unknown here.
    #[error("unsupported {what} {value}: this file needs a newer version of vatic")]
    Unsupported {
        /// Which part of the format.
        what: &'static str,
        /// The number the file gives for it.
        value: u64,
    },
    /// The input ends before the data does.
    #[error("truncated at byte {offset}: {what}")]
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Where in the compressed input, in bytes from its start.
        offset: u64,
    },
    /// The input breaks a rule of the format.
    #[error("corrupt data at byte {offset}: {what}")]
    Corrupt {
        /// Which rule.
        what: &'static str,
        /// Where in the compressed input, in bytes from its start.
        offset: u64,
    },
    /// A segment decoded to bytes whose hash is not the stored one. None of them were released.
    #[error("hash mismatch in the segment at output byte {offset}: the file is damaged")]
    HashMismatch {
        /// First output byte of the segment.
        offset: u64,
    },
    /// The data was coded with a model that the decoder does not have.
    #[error(
        "model {id} is missing: the data was coded with it, and cannot be decoded without the .vatm file that has it"
    )]
    ModelMissing {
        /// The start of the id of the set of parts that was used.
        id: crate::model::ShortId,
    },
    /// The file is sealed, and no key was given.
    #[error("the file is sealed: a key is needed to read it")]
    KeyNeeded,
    /// None of the keys given opens the file. Damage to the stanzas that wrap its data key looks the same.
    #[error("wrong key: none of the keys given opens the file")]
    WrongKey,
    /// A key was given, so everything is expected to be sealed, and this frame is not.
    #[error("the frame at byte {offset} is not sealed, though a key was given")]
    NotSealed {
        /// Where the frame starts, in bytes from the start of the input.
        offset: u64,
    },
    /// Something sealed is not what its writer wrote: changed, moved, replayed or damaged. None of it was released.
    #[error("not authentic at byte {offset}: {what}")]
    Tampered {
        /// What of the seal.
        what: &'static str,
        /// Where in the input, in bytes from its start.
        offset: u64,
    },
    /// Decoding would need more than the caller allows.
    #[error("{what} limit exceeded: {needed} needed, {limit} allowed")]
    Limit {
        /// Which limit of [`Limits`](crate::codec::Limits) or [`ArchiveLimits`](crate::archive::ArchiveLimits).
        what: &'static str,
        /// Bytes needed, or entries.
        needed: u64,
        /// Bytes allowed, or entries.
        limit: u64,
    },
    /// The system refused memory.
    #[error("out of memory: could not allocate {bytes} bytes")]
    OutOfMemory {
        /// Size of the refused allocation.
        bytes: u64,
    },
    /// An option has a value outside its range, or two options exclude each other.
    #[error("invalid option: {0}")]
    InvalidOption(String),
    /// The progress callback asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// An encoder or decoder was used after an error or after `finish`.
    #[error("misuse: {0}")]
    Misuse(&'static str),
    /// The reader or writer behind a stream failed.
    #[error(transparent)]
    Io(std::io::Error),
    /// A bug in this library, caught before wrong bytes could leave it.
    #[error("internal error: {0}; please report it")]
    Internal(&'static str),
}

/// Readers and writers of this library wrap its errors; `Error::from` unwraps them again.
impl From<Error> for std::io::Error {
    fn from(err: Error) -> Self {
        match err {
            Error::Io(err) => err,
            Error::Truncated { .. } => std::io::Error::new(std::io::ErrorKind::UnexpectedEof, err),
            Error::OutOfMemory { .. } => std::io::Error::new(std::io::ErrorKind::OutOfMemory, err),
            Error::Cancelled => std::io::Error::other(err),
            Error::InvalidOption(_) | Error::Misuse(_) => std::io::Error::new(std::io::ErrorKind::InvalidInput, err),
            _ => std::io::Error::new(std::io::ErrorKind::InvalidData, err),
        }
    }
}

/// An error of this library that went through [`std::io`] comes out as itself.
impl From<std::io::Error> for Error {
    fn from(err: std::io::Error) -> Self {
        match err.downcast::<Error>() {
            Ok(own) => own,
            Err(err) => Error::Io(err),
        }
    }
}

impl Error {
    /// The stable number of this kind of error. Numbers below 100 never change their meaning. Those that only other languages
    /// have are in `capi/src/tables/errors.rs`, beside these.
    pub fn code(&self) -> u32 {
        match self {
            Error::NotVatic { .. } => 10,
            Error::WrongKind(_) => 14,
            Error::Unsupported { .. } => 12,
            Error::Truncated { .. } => 20,
            Error::Corrupt { .. } => 22,
            Error::HashMismatch { .. } => 24,
            Error::ModelMissing { .. } => 26,
            Error::KeyNeeded => 70,
            Error::WrongKey => 71,
            Error::NotSealed { .. } => 72,
            Error::Tampered { .. } => 73,
            Error::Limit { .. } => 30,
            Error::OutOfMemory { .. } => 32,
            Error::InvalidOption(_) => 40,
            Error::Misuse(_) => 42,
            Error::Cancelled => 50,
            Error::Io(_) => 60,
            Error::Internal(_) => 90,
        }
    }

    /// A [`Error::Corrupt`] found inside a block; the container adds where the block stands with [`Error::at`].
    pub(crate) fn corrupt(what: &'static str) -> Self {
        Error::Corrupt { what, offset: 0 }
    }

    /// A [`Error::Truncated`] found inside a block; see [`Error::corrupt`].
    pub(crate) fn truncated(what: &'static str) -> Self {
        Error::Truncated { what, offset: 0 }
    }

    /// The same error, its offset moved by the position of the block it was found in.
    #[must_use]
    pub fn at(self, base: u64) -> Self {
        match self {
            Error::Truncated { what, offset } => Error::Truncated { what, offset: base.wrapping_add(offset) },
            Error::Corrupt { what, offset } => Error::Corrupt { what, offset: base.wrapping_add(offset) },
            Error::Tampered { what, offset } => Error::Tampered { what, offset: base.wrapping_add(offset) },
            other => other,
        }
    }

    /// An error found in what the sealed frame at `start` holds. There is no place in the file to point at but that, and what ends
    /// too early there was sealed like that.
    #[must_use]
    pub(crate) fn within(self, start: u64) -> Self {
        match self {
            Error::Truncated { what, .. }
            | Error::Corrupt { what, .. }
            | Error::NotVatic { what }
            | Error::WrongKind(what) => Error::Corrupt { what, offset: start },
            other => other,
        }
    }
}

/// A zeroed vector of `len` elements, or [`Error::OutOfMemory`] where the system has no room for it.
pub(crate) fn try_zeroed<T: Default + Clone>(len: usize) -> Result<Vec<T>> {
    try_filled(len, T::default())
}

/// A vector of `len` copies of `value`, or [`Error::OutOfMemory`].
pub(crate) fn try_filled<T: Clone>(len: usize, value: T) -> Result<Vec<T>> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(len)
        .map_err(|_| Error::OutOfMemory { bytes: (len as u64).saturating_mul(size_of::<T>() as u64) })?;
    crate::kernels::advise_huge(vec.spare_capacity_mut());
    vec.resize(len, value);
    Ok(vec)
}
