//! Streams.

use crate::failure::{detached, raised};
use crate::input::Input;
use crate::settings::Settings;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use vatic_capi::Guarded;
use vatic_capi::stream::{Op, StreamDecoder, StreamEncoder};

/// Compresses a stream.
#[pyclass(frozen, module = "vatic._native")]
pub(crate) struct Encoder {
    stream: Guarded<StreamEncoder>,
    settings: vatic_capi::Settings,
}

#[pymethods]
impl Encoder {
    #[new]
    fn new(py: Python<'_>, settings: &Settings) -> PyResult<Encoder> {
        let stream = Guarded::new(raised(py, StreamEncoder::new(&settings.0))?);
        Ok(Encoder { stream, settings: settings.0.clone() })
    }

    /// Takes all of `data`, gives what output there is. Behind the end of a frame a new one begins.
    fn push<'py>(&self, py: Python<'py>, data: &Bound<'py, PyAny>, op: i32) -> PyResult<Bound<'py, PyBytes>> {
        let op = raised(py, Op::from_number(op))?;
        let input = Input::new(data)?;
        let mut out = Vec::new();
        input.pieces(|piece| detached(py, || self.stream.run(|stream| stream.push(piece, &mut out, Op::Continue))))?;
        if op != Op::Continue {
            detached(py, || self.stream.run(|stream| stream.push(&[], &mut out, op)))?;
        }
        if op == Op::End {
            raised(py, self.stream.replace(|| StreamEncoder::new(&self.settings)))?;
        }
        Ok(PyBytes::new(py, &out))
    }
}

/// Restores a stream: of all its frames, or of one.
#[pyclass(frozen, module = "vatic._native")]
pub(crate) struct Decoder(Guarded<StreamDecoder>);

#[pymethods]
impl Decoder {
    #[new]
    fn new(settings: &Settings, single_frame: bool) -> Decoder {
        let make = if single_frame { StreamDecoder::single_frame } else { StreamDecoder::new };
        Decoder(Guarded::new(make(&settings.0)))
    }

    /// Takes all of `data`, gives up to `max` bytes of output.
    fn pull<'py>(
        &self,
        py: Python<'py>,
        data: &Bound<'py, PyAny>,
        max: usize,
        end: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let input = Input::new(data)?.whole()?;
        let bytes = input.as_bytes();
        let op = if end { Op::End } else { Op::Continue };
        let mut out = Vec::new();
        detached(py, || self.0.run(|stream| stream.pull(bytes, &mut out, max, op)))?;
        Ok(PyBytes::new(py, &out))
    }

    /// Whether all is done; whether output is waiting; what came behind the end of a single frame.
    fn state<'py>(&self, py: Python<'py>) -> PyResult<(bool, bool, Bound<'py, PyBytes>)> {
        raised(
            py,
            self.0.run(|stream| Ok((stream.is_finished(), stream.has_output(), PyBytes::new(py, stream.unused())))),
        )
    }
}
