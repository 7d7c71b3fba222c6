//! One call, random access, and what a file says about itself.

use crate::failure::{detached, raised};
use crate::input::{Input, Source};
use crate::settings::Settings;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use vatic_capi::{Guarded, info as infos, memory};

/// Compresses `data` into one frame.
#[pyfunction]
pub(crate) fn compress<'py>(
    py: Python<'py>,
    data: &Bound<'py, PyAny>,
    settings: &Settings,
) -> PyResult<Bound<'py, PyBytes>> {
    let input = Input::new(data)?;
    let mut encoder = raised(py, memory::PieceEncoder::new(input.len() as u64, &settings.0))?;
    input.pieces(|piece| detached(py, || encoder.feed(piece)))?;
    Ok(PyBytes::new(py, &detached(py, || encoder.finish())?))
}

/// Restores all frames of `data`.
#[pyfunction]
pub(crate) fn decompress<'py>(
    py: Python<'py>,
    data: &Bound<'py, PyAny>,
    settings: &Settings,
) -> PyResult<Bound<'py, PyBytes>> {
    let input = Input::new(data)?.whole()?;
    let bytes = input.as_bytes();
    // To where it is to be, as a rule: another copy would take a tenth of the time of the fastest codec.
    let (mut used, mut rest) = (0, Vec::new());
    let expected = memory::stated_length(bytes, &settings.0);
    let out = PyBytes::new_with(py, expected, |room| {
        (used, rest) = detached(py, || memory::decompress_spilling(bytes, room, &settings.0))?;
        Ok(())
    })?;
    if used == expected && rest.is_empty() {
        return Ok(out);
    }
    rest.splice(..0, out.as_bytes()[..used].iter().copied());
    Ok(PyBytes::new(py, &rest))
}

/// The length of the first frame's content, or None.
#[pyfunction]
pub(crate) fn content_length(py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<Option<u64>> {
    let input = Input::new(data)?.whole()?;
    raised(py, vatic::content_length(input.as_bytes()).map_err(Into::into))
}

/// BLAKE3 of `data`: what archives say of contents.
#[pyfunction]
pub(crate) fn blake3<'py>(py: Python<'py>, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let input = Input::new(data)?.whole()?;
    let bytes = input.as_bytes();
    Ok(PyBytes::new(py, &py.detach(|| memory::hash(bytes))))
}

/// What a file says about itself: a dictionary for each frame.
#[pyfunction]
pub(crate) fn info<'py>(
    py: Python<'py>,
    source: &Bound<'py, PyAny>,
    settings: &Settings,
) -> PyResult<Bound<'py, PyList>> {
    let info = match Source::new(source)? {
        Source::Path(path) => detached(py, || infos::of_file(&path, &settings.0))?,
        Source::Bytes(bytes) => raised(py, infos::of_bytes(bytes.as_bytes(), &settings.0))?,
    };
    let frames = PyList::empty(py);
    for frame in &info.frames {
        let one = PyDict::new(py);
        one.set_item("content_length", frame.content_length)?;
        one.set_item("packed_length", frame.packed_length)?;
        one.set_item("sealed", frame.sealed.is_some())?;
        one.set_item("checksum", frame.checksum)?;
        let models = frame.models.iter().map(|model| (model.id.to_string(), model.embedded));
        one.set_item("models", models.collect::<Vec<_>>())?;
        let groups = frame.groups.iter().map(|group| (group.offset, group.len, group.packed, group.codec as u8));
        one.set_item("groups", groups.collect::<Vec<_>>())?;
        frames.append(one)?;
    }
    Ok(frames)
}

/// Random access to the output of a file or of bytes.
#[pyclass(frozen, module = "vatic._native")]
pub(crate) struct Reader(Guarded<memory::Reader>);

#[pymethods]
impl Reader {
    #[new]
    fn new(py: Python<'_>, source: &Bound<'_, PyAny>, settings: &Settings) -> PyResult<Reader> {
        let reader = match Source::new(source)? {
            Source::Path(path) => detached(py, || memory::Reader::open(&path, &settings.0))?,
            Source::Bytes(bytes) => {
                let bytes = bytes.as_bytes().to_vec();
                detached(py, || memory::Reader::from_bytes(bytes, &settings.0))?
            }
        };
        Ok(Reader(Guarded::new(reader)))
    }

    /// Bytes of output.
    fn length(&self, py: Python<'_>) -> PyResult<u64> {
        raised(py, self.0.run(|reader| Ok(reader.len())))
    }

    /// Up to `size` bytes at `offset`, fewer at the end.
    fn read_at<'py>(&self, py: Python<'py>, offset: u64, size: usize) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = detached(py, || self.0.run(|reader| reader.read(offset, size)))?;
        Ok(PyBytes::new(py, &bytes))
    }
}
