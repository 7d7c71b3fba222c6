//! Models and keys.

use crate::failure::{detached, raised};
use crate::input::Input;
use crate::settings::Settings;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::collections::BTreeMap;
use std::path::PathBuf;
use vatic_capi::{Failure, model, tables::Status};

/// What experts know beforehand. It never changes; threads may share it.
#[pyclass(frozen, module = "vatic._native")]
pub(crate) struct Model(pub(crate) vatic::Model);

#[pymethods]
impl Model {
    /// Reads a `.vatm` file.
    #[staticmethod]
    fn from_file(py: Python<'_>, path: PathBuf, settings: &Settings) -> PyResult<Model> {
        Ok(Model(detached(py, || model::load(&path, &settings.0))?))
    }

    /// Reads the bytes of one.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &Bound<'_, PyAny>, settings: &Settings) -> PyResult<Model> {
        let data = Input::new(data)?.whole()?;
        let bytes = data.as_bytes();
        Ok(Model(detached(py, || Ok(vatic::Model::from_bytes(bytes, &settings.0.model_limits())?))?))
    }

    /// Reads the bytes of a `.czm` file of czip.
    #[staticmethod]
    fn from_czm(py: Python<'_>, data: &Bound<'_, PyAny>, settings: &Settings) -> PyResult<Model> {
        let data = Input::new(data)?.whole()?;
        let bytes = data.as_bytes();
        Ok(Model(detached(py, || model::from_czm(bytes, &settings.0))?))
    }

    /// Trains a primer, beside a transformer if there is a model of one; 0 leaves its size to the library.
    #[staticmethod]
    fn train(
        py: Python<'_>,
        samples: &Bound<'_, PyAny>,
        size: usize,
        beside: Option<&Model>,
        settings: &Settings,
    ) -> PyResult<Model> {
        let samples = samples.try_iter()?.map(|sample| Input::new(&sample?)?.whole()).collect::<PyResult<Vec<_>>>()?;
        let slices: Vec<&[u8]> = samples.iter().map(|sample| sample.as_bytes()).collect();
        let beside = beside.map(|base| &base.0);
        Ok(Model(detached(py, || model::train(&slices, size, beside, &settings.0))?))
    }

    /// One with the parts of all, and the notes of the first.
    #[staticmethod]
    fn join(py: Python<'_>, models: Vec<PyRef<'_, Model>>) -> PyResult<Model> {
        Ok(Model(raised(py, model::join(models.iter().map(|model| &model.0)))?))
    }

    /// The `.vatm` file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &detached(py, || Ok(self.0.to_bytes()?))?))
    }

    /// Its id, 32 bytes.
    #[getter]
    fn id<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.id().0)
    }

    /// What it says about itself.
    #[getter]
    fn metadata(&self) -> BTreeMap<String, String> {
        self.0.metadata().clone()
    }

    /// The names of its parts.
    #[getter]
    fn parts(&self) -> Vec<String> {
        self.0.parts().map(|part| part.name().to_owned()).collect()
    }
}

/// One key. Its secret is wiped from memory when nothing uses it any more.
#[pyclass(frozen, module = "vatic._native")]
pub(crate) struct Key(pub(crate) vatic::Key);

#[pymethods]
impl Key {
    /// A password.
    #[staticmethod]
    fn password(py: Python<'_>, text: &str) -> PyResult<Key> {
        raised(py, vatic::Key::password(text).map(Key).map_err(Into::into))
    }

    /// 32 secret bytes.
    #[staticmethod]
    fn raw(py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<Key> {
        let data = Input::new(data)?.whole()?;
        let wrong = |_| Failure::new(Status::InvalidOption, "a raw key has 32 bytes");
        raised(py, data.as_bytes().try_into().map(|key| Key(vatic::Key::raw(key))).map_err(wrong))
    }

    /// Whom to seal for.
    #[staticmethod]
    fn recipient(py: Python<'_>, text: &str) -> PyResult<Key> {
        raised(py, vatic::Key::recipient(text).map(Key).map_err(Into::into))
    }

    /// The secret half, which opens.
    #[staticmethod]
    fn identity(py: Python<'_>, text: &str) -> PyResult<Key> {
        raised(py, vatic::Key::identity(text).map(Key).map_err(Into::into))
    }

    /// 32 new random bytes.
    #[staticmethod]
    fn generate_raw(py: Python<'_>) -> PyResult<Bound<'_, PyBytes>> {
        let key = raised(py, vatic::Key::generate_raw().map_err(Into::into))?;
        Ok(PyBytes::new(py, &*key))
    }

    /// A new identity and its recipient.
    #[staticmethod]
    fn generate_identity(py: Python<'_>) -> PyResult<(String, String)> {
        let (identity, recipient) = raised(py, vatic::Key::generate_identity().map_err(Into::into))?;
        Ok((identity.as_str().to_owned(), recipient))
    }

    fn __repr__(&self) -> String {
        format!("<vatic.Key {:?}>", self.0)
    }
}
