//! Objects that foreign code holds: one call at a time, and none behind a panic.

use crate::failure::{Failure, Result, fenced};
use crate::tables::Status;
use std::sync::{Mutex, TryLockError};

/// State that foreign code reaches through handles.
///
/// A second call while one is under way - from another thread, or from a callback of the first - fails with
/// [`Status::Busy`] instead of waiting or racing. A panic poisons the state: every later call fails with [`Status::Panic`]
/// until [`Guarded::replace`].
#[derive(Debug)]
pub struct Guarded<T>(Mutex<T>);

impl<T> Guarded<T> {
    /// Guards `state`.
    pub fn new(state: T) -> Guarded<T> {
        Guarded(Mutex::new(state))
    }

    /// Runs `work` on the state.
    ///
    /// # Errors
    /// Those of `work`, [`Status::Busy`] and [`Status::Panic`].
    pub fn run<R>(&self, work: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
        // The guard is dropped inside of the fence: unwinding through it is what poisons the lock.
        fenced(|| match self.0.try_lock() {
            Ok(mut state) => work(&mut state),
            Err(TryLockError::Poisoned(_)) => {
                Err(Failure::new(Status::Panic, "a bug made this object unusable in an earlier call; reset or free it"))
            }
            Err(TryLockError::WouldBlock) => Err(Failure::new(Status::Busy, "this object is in use by another call")),
        })
    }

    /// Puts a new state in the place of whatever there is, poisoned or not.
    ///
    /// # Errors
    /// Those of `make`, and [`Status::Busy`].
    pub fn replace(&self, make: impl FnOnce() -> Result<T>) -> Result<()> {
        self.renew(|_| make())
    }

    /// As [`Guarded::replace`], by a state made from the old one. What a panic may have left half done must not matter to
    /// `make`.
    ///
    /// # Errors
    /// Those of `make`, and [`Status::Busy`].
    pub fn renew(&self, make: impl FnOnce(&T) -> Result<T>) -> Result<()> {
        fenced(|| {
            let mut state = match self.0.try_lock() {
                Ok(state) => state,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {
                    return Err(Failure::new(Status::Busy, "this object is in use by another call"));
                }
            };
            *state = make(&state)?;
            drop(state);
            self.0.clear_poison();
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_poisons_until_replaced() {
        let guarded = Guarded::new(1);
        assert!(guarded.run::<()>(|_| panic!("once")).unwrap_err().is(Status::Panic));
        assert!(guarded.run(|_| Ok(())).unwrap_err().is(Status::Panic));
        guarded.replace(|| Ok(2)).unwrap();
        assert_eq!(guarded.run(|state| Ok(*state)).unwrap(), 2);
    }

    #[test]
    fn calls_do_not_overlap() {
        let guarded = Guarded::new(1);
        let inner = guarded.run(|_| Ok(guarded.run(|_| Ok(())).unwrap_err())).unwrap();
        assert!(inner.is(Status::Busy));
        assert!(guarded.run(|_| Ok(guarded.replace(|| Ok(2)).unwrap_err())).unwrap().is(Status::Busy));
        assert_eq!(guarded.run(|state| Ok(*state)).unwrap(), 1);
    }
}
