//! Bytes from Python: whatever has the buffer protocol.
//!
//! `bytes` cannot change, so they are read in place while other threads run. What can change is copied first, a piece at a time where
//! that is enough: nobody can pull bytes from under a running codec.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView, PySlice};
use std::path::PathBuf;

/// Bytes copied at a time.
const PIECE: usize = 1 << 20;

/// An argument with bytes.
pub(crate) enum Input<'py> {
    /// In place.
    Bytes(Bound<'py, PyBytes>),
    /// A view of single bytes, and their number.
    View(Bound<'py, PyAny>, usize),
}

impl<'py> Input<'py> {
    /// # Errors
    /// `TypeError` for what has no buffer.
    pub(crate) fn new(object: &Bound<'py, PyAny>) -> PyResult<Input<'py>> {
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Input::Bytes(bytes.clone()));
        }
        let view = PyMemoryView::from(object)?;
        if !view.getattr("c_contiguous")?.extract::<bool>()? {
            return Ok(Input::Bytes(view.call_method0("tobytes")?.cast_into()?));
        }
        let len = view.getattr("nbytes")?.extract()?;
        // A view without bytes cannot be cast where a dimension is zero.
        let view = if len == 0 { view.into_any() } else { view.call_method1("cast", ("B",))? };
        Ok(Input::View(view, len))
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Input::Bytes(bytes) => bytes.as_bytes().len(),
            Input::View(_, len) => *len,
        }
    }

    /// All of it, copied if it could change.
    pub(crate) fn whole(self) -> PyResult<Bound<'py, PyBytes>> {
        match self {
            Input::Bytes(bytes) => Ok(bytes),
            Input::View(view, _) => Ok(view.call_method0("tobytes")?.cast_into()?),
        }
    }

    /// Hands it on, piece by piece if it could change.
    pub(crate) fn pieces(&self, mut take: impl FnMut(&[u8]) -> PyResult<()>) -> PyResult<()> {
        match self {
            Input::Bytes(bytes) => take(bytes.as_bytes()),
            Input::View(view, len) => (0..*len).step_by(PIECE).try_for_each(|at| {
                let slice = PySlice::new(view.py(), at as isize, (at + PIECE).min(*len) as isize, 1);
                let piece = view.get_item(slice)?.call_method0("tobytes")?.cast_into::<PyBytes>()?;
                take(piece.as_bytes())
            }),
        }
    }
}

/// A file's path, or bytes: what random access and archives open.
pub(crate) enum Source<'py> {
    Path(PathBuf),
    Bytes(Bound<'py, PyBytes>),
}

impl<'py> Source<'py> {
    /// # Errors
    /// `TypeError` for neither.
    pub(crate) fn new(object: &Bound<'py, PyAny>) -> PyResult<Source<'py>> {
        match object.extract::<PathBuf>() {
            Ok(path) => Ok(Source::Path(path)),
            Err(_) => Ok(Source::Bytes(Input::new(object)?.whole()?)),
        }
    }
}
