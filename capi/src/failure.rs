//! What a call comes to: a number of the table and a text.

use crate::tables::{Status, error_row};
use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// The result of every call of the safe module.
pub type Result<T> = std::result::Result<T, Failure>;

/// A failure, as every language reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its number in [`ERRORS`](crate::tables::ERRORS).
    pub code: i32,
    /// What went wrong here, for people.
    pub message: String,
    /// What would have been enough, where something was too small and that is known.
    pub needed: Option<u64>,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(status: Status, message: impl Into<String>) -> Failure {
        Failure { code: status as i32, message: message.into(), needed: None }
    }

    /// A destination that is too small; `needed` bytes would do.
    pub fn too_small(have: usize, needed: Option<u64>) -> Failure {
        let message = match needed {
            Some(needed) => format!("the destination has {have} bytes, and {needed} are needed"),
            None => format!("the destination has {have} bytes, which is too few"),
        };
        Failure { needed, ..Failure::new(Status::DstTooSmall, message) }
    }

    /// Whether it is of this kind.
    pub fn is(&self, status: Status) -> bool {
        self.code == status as i32
    }

    /// The class of exception that languages raise for it.
    pub fn class(&self) -> &'static str {
        error_row(self.code).map_or("VaticError", |row| row.class)
    }

    /// What the system says of the file at `path`.
    pub(crate) fn at(path: &Path, error: &std::io::Error) -> Failure {
        Failure::new(Status::Io, format!("{}: {error}", path.display()))
    }

    fn panic(payload: &(dyn Any + Send)) -> Failure {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
        Failure::new(Status::Panic, format!("internal error: {text}; please report it"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<vatic::Error> for Failure {
    fn from(error: vatic::Error) -> Failure {
        let code = i32::try_from(error.code()).unwrap_or(Status::Internal as i32);
        Failure { code, message: error.to_string(), needed: None }
    }
}

#[cfg(feature = "native")]
impl From<vatic_fs::Error> for Failure {
    fn from(error: vatic_fs::Error) -> Failure {
        let status = match error {
            vatic_fs::Error::Vatic(error) => return error.into(),
            vatic_fs::Error::Io { .. } => Status::Io,
            vatic_fs::Error::Exists(_) => Status::Exists,
            vatic_fs::Error::Busy(_) => Status::Locked,
            vatic_fs::Error::Pattern(_) | vatic_fs::Error::Option(_) | vatic_fs::Error::Nothing => {
                Status::InvalidOption
            }
            _ => Status::Path,
        };
        Failure::new(status, error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        vatic::Error::from(error).into()
    }
}

/// Runs `work`; a panic comes out as a failure, so that it never reaches a foreign caller.
///
/// # Errors
/// Those of `work`, and the one that stands for a panic.
pub fn fenced<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // What `work` may leave half done is behind a lock that a panic poisons; see `Guarded`.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err(Failure::panic(&*payload)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_the_way() {
        let failure = Failure::from(vatic::Error::KeyNeeded);
        assert_eq!((failure.code, failure.class()), (70, "KeyNeededError"));
        #[cfg(feature = "native")]
        assert!(Failure::from(vatic_fs::Error::Exists("x".into())).is(Status::Exists));
        #[cfg(feature = "native")]
        assert!(Failure::from(vatic_fs::Error::Vatic(vatic::Error::Cancelled)).is(Status::Cancelled));
        assert!(Failure::from(std::io::Error::from(std::io::ErrorKind::NotFound)).is(Status::Io));
        assert_eq!(Failure::from(std::io::Error::from(vatic::Error::WrongKey)).code, 71);
    }

    #[test]
    fn panics_become_failures() {
        let failure = fenced::<()>(|| panic!("on {}", "purpose")).unwrap_err();
        assert!(failure.is(Status::Panic) && failure.message.contains("on purpose"));
    }
}
