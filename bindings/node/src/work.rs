//! Work beside the event loop: on threads of our own, so that long jobs leave Node's to files and names.

use napi::bindgen_prelude::{Object, ToNapiValue};
use napi::{Env, Error};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use vatic_capi::{Failure, Result, fenced};

type Job = Box<dyn FnOnce() + Send>;

/// Hands a job to one of as many threads as there are CPUs, which are made when the first job comes.
fn submit(job: Job) {
    static JOBS: OnceLock<Mutex<Sender<Job>>> = OnceLock::new();
    let jobs = JOBS.get_or_init(|| {
        let (sender, receiver) = channel::<Job>();
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            let receiver = Arc::clone(&receiver);
            thread::spawn(move || {
                loop {
                    let job = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    match job {
                        Ok(job) => job(),
                        Err(_) => return,
                    }
                }
            });
        }
        Mutex::new(sender)
    });
    // The receiver lives as long as the process.
    let _ = jobs.lock().unwrap_or_else(PoisonError::into_inner).send(job);
}

/// The error of JavaScript for a failure.
pub(crate) fn error(failure: &Failure) -> Error {
    Error::from_reason(format!("vatic:{}:{}", failure.code, failure.message))
}

/// Runs `work` now.
pub(crate) fn now<T>(work: impl FnOnce() -> Result<T>) -> napi::Result<T> {
    fenced(work).map_err(|failure| error(&failure))
}

/// Runs `work` beside the event loop; a promise of what it gives.
pub(crate) fn later<'env, T: ToNapiValue + Send + 'static>(
    env: &'env Env,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> napi::Result<Object<'env>> {
    let (deferred, promise) = env.create_deferred()?;
    submit(Box::new(move || match fenced(work) {
        Ok(value) => deferred.resolve(move |_| Ok(value)),
        Err(failure) => deferred.reject(error(&failure)),
    }));
    Ok(promise)
}
