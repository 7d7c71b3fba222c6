//! Failures become exceptions of the class that the tables name.

use pyo3::prelude::*;
use vatic_capi::{Failure, Result};

/// The exception for a failure: `vatic._errors` has the classes, which are generated.
fn exception(py: Python<'_>, failure: &Failure) -> PyErr {
    let make = || -> PyResult<PyErr> {
        let make = py.import("vatic._errors")?.getattr("make")?;
        Ok(PyErr::from_value(make.call1((failure.code, &failure.message))?))
    };
    // What keeps the exception from being made is worth as much as it.
    make().unwrap_or_else(|error| error)
}

/// Runs `work` while other Python threads run.
pub(crate) fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    raised(py, py.detach(|| vatic_capi::fenced(work)))
}

/// The result as Python has it. An exception of a progress callback, or an interrupt that came between groups, goes first.
pub(crate) fn raised<T>(py: Python<'_>, result: Result<T>) -> PyResult<T> {
    result.map_err(|failure| {
        let pending = PyErr::take(py);
        pending.unwrap_or_else(|| exception(py, &failure))
    })
}
