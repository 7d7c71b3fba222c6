//! `vatic._native`: the safe module of `vatic-capi` as Python sees it.
//!
//! This room converts arguments and results and lets other Python threads run meanwhile; what users see is written in Python, in
//! `sdk-python`, on top of it. Objects are [`Guarded`](vatic_capi::Guarded), so a second thread gets `BusyError`.

mod archive;
mod failure;
mod input;
mod memory;
mod model;
mod records;
mod settings;
mod stream;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::archive::{Archive, append_archive, create_archive};
    #[pymodule_export]
    use super::memory::{Reader, blake3, compress, content_length, decompress, info};
    #[pymodule_export]
    use super::model::{Key, Model};
    #[pymodule_export]
    use super::records::{Batch, Records, compress_many, decompress_many};
    #[pymodule_export]
    use super::settings::Settings;
    #[pymodule_export]
    use super::stream::{Decoder, Encoder};
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("ABI_VERSION", vatic_capi::tables::ABI_VERSION)?;
        module.add("FORMAT_VERSION", vatic::FORMAT_VERSION)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
