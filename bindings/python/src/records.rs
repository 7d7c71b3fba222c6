//! Records under a model.

use crate::failure::{detached, raised};
use crate::input::Input;
use crate::model::Model;
use crate::settings::Settings;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use vatic_capi::{Guarded, records};

/// Codes records one by one.
#[pyclass(frozen, module = "vatic._native")]
pub(crate) struct Records(Guarded<records::Records>);

#[pymethods]
impl Records {
    #[new]
    fn new(py: Python<'_>, model: &Model, settings: &Settings) -> PyResult<Records> {
        Ok(Records(Guarded::new(raised(py, records::Records::new(&model.0, &settings.0))?)))
    }

    /// What a record is coded to.
    fn compress<'py>(&self, py: Python<'py>, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let input = Input::new(data)?.whole()?;
        let bytes = input.as_bytes();
        Ok(PyBytes::new(py, &detached(py, || self.0.run(|coder| Ok(coder.compress(bytes)?.to_vec())))?))
    }

    /// The record that was coded.
    fn decompress<'py>(&self, py: Python<'py>, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let input = Input::new(data)?.whole()?;
        let bytes = input.as_bytes();
        Ok(PyBytes::new(py, &detached(py, || self.0.run(|coder| Ok(coder.decompress(bytes)?.to_vec())))?))
    }
}

/// Codes records into one batch.
#[pyfunction]
pub(crate) fn compress_many<'py>(
    py: Python<'py>,
    records: &Bound<'py, PyAny>,
    model: &Model,
    settings: &Settings,
) -> PyResult<Bound<'py, PyBytes>> {
    let records = records.try_iter()?.map(|record| Input::new(&record?)?.whole());
    let records = records.collect::<PyResult<Vec<_>>>()?;
    let slices: Vec<&[u8]> = records.iter().map(|record| record.as_bytes()).collect();
    Ok(PyBytes::new(py, &detached(py, || records::compress_many(slices, &model.0, &settings.0))?))
}

/// All records of a batch.
#[pyfunction]
pub(crate) fn decompress_many<'py>(
    py: Python<'py>,
    data: &Bound<'py, PyAny>,
    settings: &Settings,
) -> PyResult<Bound<'py, PyList>> {
    let input = Input::new(data)?.whole()?;
    let bytes = input.as_bytes();
    let records = detached(py, || records::decompress_many(bytes, &settings.0))?;
    PyList::new(py, records.iter().map(|record| PyBytes::new(py, record)))
}

/// A batch of which single records are read.
#[pyclass(frozen, module = "vatic._native")]
pub(crate) struct Batch(Guarded<records::RecordBatch>);

#[pymethods]
impl Batch {
    #[new]
    fn new(py: Python<'_>, data: &Bound<'_, PyAny>, settings: &Settings) -> PyResult<Batch> {
        let packed = Input::new(data)?.whole()?.as_bytes().to_vec();
        Ok(Batch(Guarded::new(detached(py, || records::RecordBatch::open(packed, &settings.0))?)))
    }

    /// Number of records.
    fn count(&self, py: Python<'_>) -> PyResult<u64> {
        raised(py, self.0.run(|batch| Ok(batch.len())))
    }

    /// One record.
    fn get<'py>(&self, py: Python<'py>, index: u64) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &detached(py, || self.0.run(|batch| Ok(batch.get(index)?.to_vec())))?))
    }
}
