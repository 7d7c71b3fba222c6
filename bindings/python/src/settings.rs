//! Settings by number.

use crate::failure::raised;
use crate::model::{Key, Model};
use pyo3::prelude::*;
use std::ops::ControlFlow;
use std::sync::Arc;
use vatic_capi::Settings as Inner;

/// Settings that are made once and never change.
#[pyclass(frozen, module = "vatic._native")]
pub(crate) struct Settings(pub(crate) Inner);

#[pymethods]
impl Settings {
    /// `params` are pairs of a parameter's number and its value; `progress` is called with bytes in and out, and stops the work by `False`.
    #[new]
    #[pyo3(signature = (params, models, keys, progress=None))]
    fn new(
        py: Python<'_>,
        params: Vec<(i32, u64)>,
        models: Vec<PyRef<'_, Model>>,
        keys: Vec<PyRef<'_, Key>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Settings> {
        let mut settings = Inner::new();
        for (number, value) in params {
            raised(py, settings.set(number, value))?;
        }
        models.iter().for_each(|model| settings.add_model(model.0.clone()));
        keys.iter().for_each(|key| settings.add_key(key.0.clone()));
        settings.set_progress(Some(Arc::new(move |at: vatic::Progress| {
            Python::attach(|py| match report(py, progress.as_ref(), at) {
                Ok(true) => ControlFlow::Continue(()),
                Ok(false) => ControlFlow::Break(()),
                Err(error) => {
                    // It waits in this thread, for the call that ends because of it.
                    error.restore(py);
                    ControlFlow::Break(())
                }
            })
        })));
        Ok(Settings(settings))
    }

    /// The value of a parameter.
    fn get(&self, py: Python<'_>, number: i32) -> PyResult<u64> {
        raised(py, self.0.get(number))
    }
}

/// Between groups is where Ctrl-C comes through.
fn report(py: Python<'_>, progress: Option<&Py<PyAny>>, at: vatic::Progress) -> PyResult<bool> {
    py.check_signals()?;
    match progress {
        Some(progress) => {
            let answer = progress.bind(py).call1((at.input, at.output))?;
            // A callback that only looks answers None.
            Ok(answer.is_none() || answer.is_truthy()?)
        }
        None => Ok(true),
    }
}
