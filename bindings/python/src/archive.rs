//! Archives.

use crate::failure::{detached, raised};
use crate::input::Source;
use crate::settings::Settings;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::path::PathBuf;
use vatic_capi::tables::entry_field as field;
use vatic_capi::{Guarded, archive};

/// Packs files and folders into a new archive.
#[pyfunction]
pub(crate) fn create_archive(
    py: Python<'_>,
    target: PathBuf,
    inputs: Vec<PathBuf>,
    settings: &Settings,
) -> PyResult<()> {
    detached(py, || archive::create(&target, &inputs, &settings.0))
}

/// Adds files and folders to an archive.
#[pyfunction]
pub(crate) fn append_archive(
    py: Python<'_>,
    target: PathBuf,
    inputs: Vec<PathBuf>,
    settings: &Settings,
) -> PyResult<()> {
    detached(py, || archive::append(&target, &inputs, &settings.0))
}

/// An archive that is open for reading.
#[pyclass(frozen, module = "vatic._native")]
pub(crate) struct Archive(Guarded<archive::Archive>);

/// An entry: name, target, hash, and the values of its fields in the order of their numbers.
type Entry<'py> = (Bound<'py, PyBytes>, Bound<'py, PyBytes>, Option<Bound<'py, PyBytes>>, Vec<u64>);

#[pymethods]
impl Archive {
    #[new]
    fn new(py: Python<'_>, source: &Bound<'_, PyAny>, settings: &Settings) -> PyResult<Archive> {
        let archive = match Source::new(source)? {
            Source::Path(path) => detached(py, || archive::Archive::open(&path, &settings.0))?,
            Source::Bytes(bytes) => {
                let bytes = bytes.as_bytes().to_vec();
                detached(py, || archive::Archive::from_bytes(bytes, &settings.0))?
            }
        };
        Ok(Archive(Guarded::new(archive)))
    }

    /// Number of entries.
    fn count(&self, py: Python<'_>) -> PyResult<usize> {
        raised(py, self.0.run(|archive| Ok(archive.len())))
    }

    /// One entry.
    fn entry<'py>(&self, py: Python<'py>, index: usize) -> PyResult<Entry<'py>> {
        raised(
            py,
            self.0.run(|archive| {
                let entry = archive.entry(index)?;
                let values = (field::KIND..=field::DEVICE_MINOR).map(|number| archive::entry_value(entry, number));
                Ok((
                    PyBytes::new(py, &entry.meta.name),
                    PyBytes::new(py, archive::link_target(entry)),
                    entry.hash.map(|hash| PyBytes::new(py, &hash)),
                    values.collect::<vatic_capi::Result<Vec<u64>>>()?,
                ))
            }),
        )
    }

    /// The number of the entry of this name.
    fn find(&self, py: Python<'_>, name: &[u8]) -> PyResult<usize> {
        raised(py, self.0.run(|archive| archive.find(name)))
    }

    /// An entry's content.
    fn read<'py>(&self, py: Python<'py>, index: usize) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &detached(py, || self.0.run(|archive| Ok(archive.read(index)?.to_vec())))?))
    }

    /// Extracts what patterns match, everything without; how many entries.
    fn extract(&self, py: Python<'_>, target: PathBuf, patterns: Vec<String>) -> PyResult<u64> {
        detached(py, || self.0.run(|archive| archive.extract(&target, &patterns)))
    }

    /// Extracts one entry.
    fn extract_entry(&self, py: Python<'_>, index: usize, target: PathBuf) -> PyResult<u64> {
        detached(py, || self.0.run(|archive| archive.extract_entry(index, &target)))
    }

    /// Decodes everything and compares it with the index.
    fn verify(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.0.run(archive::Archive::verify))
    }
}
