//! Progress while jobs run: how much they have coded, and whether they are to stop.
//!
//! Jobs run on threads of their own, where a caller's function is not to be called. So a job only counts, and whoever waits for it calls the
//! function meanwhile. With one thread the job runs where the caller is, and calls it itself. No clock and no answer of the function
//! changes what comes out, but that it may end.

use crate::error::{Error, Result};
use crate::options::Reporter;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// What the jobs of one encoder share with it. The default is for work that nobody watches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    reporter: Reporter,
    /// Whether jobs run on the caller's thread.
    is_serial: bool,
    input: AtomicU64,
    output: AtomicU64,
    is_cancelled: AtomicBool,
}

impl Watch {
    /// For an encoder whose jobs run on so many threads.
    pub(crate) fn new(reporter: Reporter, threads: usize) -> Watch {
        Watch(Arc::new(Shared { reporter, is_serial: threads <= 1, ..Shared::default() }))
    }

    /// Counts input that a job has coded.
    ///
    /// # Errors
    /// [`Error::Cancelled`]: the job is to stop.
    pub(crate) fn coded(&self, bytes: u64) -> Result<()> {
        self.0.input.fetch_add(bytes, Relaxed);
        match self.0.is_cancelled.load(Relaxed) {
            true => Err(Error::Cancelled),
            false if self.0.is_serial => self.report(),
            false => Ok(()),
        }
    }

    /// Tells the caller's function how much was coded, and that `output` bytes are written. To be called on the caller's thread.
    ///
    /// # Errors
    /// [`Error::Cancelled`], where the function wants it.
    pub(crate) fn wrote(&self, output: u64) -> Result<()> {
        self.0.output.store(output, Relaxed);
        self.report()
    }

    /// As [`Watch::wrote`], with nothing new written.
    ///
    /// # Errors
    /// As [`Watch::wrote`].
    pub(crate) fn report(&self) -> Result<()> {
        let Shared { reporter, input, output, is_cancelled, .. } = &*self.0;
        reporter.report(input.load(Relaxed), output.load(Relaxed)).inspect_err(|_| is_cancelled.store(true, Relaxed))
    }
}
