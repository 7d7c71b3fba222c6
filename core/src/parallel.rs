//! Work in order: jobs run on threads of their own, results come back in the order of submission.
//!
//! There is no pool: a thread lives for one job, belongs to one encoder or decoder, and none is left behind at a
//! `fork`. With one thread a job runs where it is submitted, and nothing is ever spawned.

use crate::error::{Error, Result};
use crate::watch::Watch;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often a caller that waits tells how far the work is.
const TICK: Duration = Duration::from_millis(100);

/// Cuts `items` into one run for each thread, of whole `unit`s, and gives back what `job` makes of each run, in order. With one thread it runs here.
///
/// # Errors
/// The first of the jobs' by their order; a thread cannot be started.
#[cfg(feature = "czip")]
pub(crate) fn in_runs<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    unit: usize,
    job: impl Fn(&[T]) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let run = items.len().div_ceil(unit).div_ceil(threads.max(1)) * unit;
    if run >= items.len() {
        return Ok(vec![job(items)?]);
    }
    std::thread::scope(|scope| {
        let job = &job;
        let start = |run| std::thread::Builder::new().name("vatic".into()).spawn_scoped(scope, move || job(run));
        let running = items.chunks(run).map(start).collect::<std::io::Result<Vec<_>>>()?;
        let died = |_| Error::Internal("a thread has died");
        running.into_iter().map(|run| run.join().map_err(died)?).collect()
    })
}

/// Results that are done or under way, oldest first.
#[derive(Debug)]
pub(crate) struct Ordered<T> {
    threads: usize,
    running: usize,
    queue: VecDeque<Slot<T>>,
    done: (Sender<()>, Receiver<()>),
    watch: Watch,
}

#[derive(Debug)]
enum Slot<T> {
    Ready(Result<T>),
    Running(JoinHandle<()>, Receiver<Result<T>>),
}

impl<T: Send + 'static> Ordered<T> {
    /// At most `threads` jobs run at a time.
    pub(crate) fn new(threads: usize) -> Self {
        Ordered::watched(threads, Watch::default())
    }

    /// As [`Ordered::new`], for jobs that `watch` is told of. It is told to go on with what it does now and then while a result is waited for.
    pub(crate) fn watched(threads: usize, watch: Watch) -> Self {
        Ordered { threads: threads.max(1), running: 0, queue: VecDeque::new(), done: channel(), watch }
    }

    /// Whether jobs run where they are submitted.
    pub(crate) fn is_serial(&self) -> bool {
        self.threads == 1
    }

    /// Results not yet taken.
    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether results should be taken before more work is submitted: unfetched ones occupy memory.
    pub(crate) fn is_full(&self) -> bool {
        self.queue.len() >= if self.threads == 1 { 1 } else { 2 * self.threads }
    }

    /// Starts `job`, waiting for a free thread if need be.
    pub(crate) fn submit(&mut self, job: impl FnOnce() -> Result<T> + Send + 'static) -> Result<()> {
        if self.threads == 1 {
            self.queue.push_back(Slot::Ready(job()));
            return Ok(());
        }
        while self.running >= self.threads {
            // The sender lives in `self`, so the channel cannot be closed.
            if wait(&self.done.1, &self.watch)?.is_some() {
                self.running -= 1;
            }
        }
        let notice = Notice(self.done.0.clone());
        let (sender, result) = channel();
        let handle = std::thread::Builder::new().name("vatic".into()).spawn(move || {
            let _notice = notice;
            // The owner may be gone; then nobody waits.
            let _ = sender.send(job());
        })?;
        self.running += 1;
        self.queue.push_back(Slot::Running(handle, result));
        Ok(())
    }

    /// The oldest result, waiting for it; `None` where nothing was submitted.
    pub(crate) fn next(&mut self) -> Option<Result<T>> {
        Some(match self.queue.pop_front()? {
            Slot::Ready(result) => result,
            Slot::Running(handle, result) => {
                let result = wait(&result, &self.watch);
                // Nothing but the end of its thread is behind a result.
                if result.is_ok() {
                    let _ = handle.join();
                }
                result.and_then(|result| result.unwrap_or(Err(Error::Internal("a worker thread panicked"))))
            }
        })
    }
}

/// The next of a channel, waiting for it; `None` where there will be none.
fn wait<T>(channel: &Receiver<T>, watch: &Watch) -> Result<Option<T>> {
    loop {
        match channel.recv_timeout(TICK) {
            Ok(value) => return Ok(Some(value)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => watch.report()?,
        }
    }
}

/// Tells the owner that a job is over, be it by a panic.
struct Notice(Sender<()>);

impl Drop for Notice {
    fn drop(&mut self) {
        // The owner may be gone; then nobody waits.
        let _ = self.0.send(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order() {
        for threads in [1, 2, 5] {
            let mut work = Ordered::new(threads);
            let mut taken = Vec::new();
            for i in 0..40u64 {
                work.submit(move || {
                    std::thread::sleep(std::time::Duration::from_micros((i * 37) % 11 * 100));
                    Ok(i)
                })
                .unwrap();
                while work.is_full() {
                    taken.push(work.next().unwrap().unwrap());
                }
            }
            while let Some(result) = work.next() {
                taken.push(result.unwrap());
            }
            assert_eq!(taken, (0..40).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_panic_becomes_an_error() {
        let mut work = Ordered::<()>::new(2);
        work.submit(|| panic!("on purpose")).unwrap();
        assert!(matches!(work.next(), Some(Err(Error::Internal(_)))));
    }
}
