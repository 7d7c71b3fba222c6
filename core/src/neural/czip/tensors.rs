//! The safetensors file that a `.czm` is: numbers out of it, checked for type and size.

use crate::error::{Error, Result};
use safetensors::Dtype;
use safetensors::tensor::Metadata;

/// Most bytes of a file, and of its header.
const FILE_MAX: u64 = 1 << 30;
const HEADER_MAX: u64 = 1 << 20;
/// Most tensors.
const TENSORS_MAX: u64 = 2048;

/// The tensors and texts of a file.
pub(super) struct Tensors<'a> {
    table: Metadata,
    data: &'a [u8],
}

fn check(what: &'static str, needed: u64, limit: u64) -> Result<()> {
    if needed > limit { Err(Error::Limit { what, needed, limit }) } else { Ok(()) }
}

impl<'a> Tensors<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Tensors<'a>> {
        check("model size", bytes.len() as u64, FILE_MAX)?;
        let truncated = Error::Truncated { what: "a czip model", offset: bytes.len() as u64 };
        let Some((length, rest)) = bytes.split_first_chunk() else { return Err(truncated) };
        if rest.first().is_some_and(|&first| first != b'{') {
            return Err(Error::NotVatic { what: "no czip model: it has no safetensors header" });
        }
        let length = u64::from_le_bytes(*length);
        check("model header", length, HEADER_MAX)?;
        // Within the limit, so within a `usize`.
        let Some((json, data)) = rest.split_at_checked(length as usize) else { return Err(truncated) };
        // The crate checks that tensors follow each other without gap and have the bytes that type and shape say.
        let table: Metadata = serde_json::from_slice(json)
            .map_err(|_| Error::corrupt("a czip model's header cannot be read, or tensors do not fit it"))?;
        check("model tensors", table.tensors().len() as u64, TENSORS_MAX)?;
        if table.data_len() > data.len() {
            return Err(truncated);
        }
        Ok(Tensors { table, data })
    }

    /// The text under `key`.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.table.metadata().as_ref()?.get(key).map(String::as_str)
    }

    /// The number under `key`.
    pub(super) fn number(&self, key: &str) -> Result<Option<usize>> {
        let parse = |text: &str| text.trim().parse().map_err(|_| Error::corrupt("a number of a czip model is none"));
        self.text(key).map(parse).transpose()
    }

    /// The bytes of the tensor `name`, which is of type `dtype`.
    pub(super) fn bytes(&self, name: &str, dtype: Dtype) -> Result<Option<&'a [u8]>> {
        let Some(info) = self.table.info(name) else { return Ok(None) };
        let (start, end) = info.data_offsets;
        match self.data.get(start..end) {
            Some(bytes) if info.dtype == dtype => Ok(Some(bytes)),
            _ => Err(Error::corrupt("a tensor of a czip model has another type")),
        }
    }

    /// The numbers of the tensor `name`, little endian, each of `N` bytes.
    pub(super) fn numbers<const N: usize, T>(
        &self,
        name: &str,
        dtype: Dtype,
        read: impl Fn([u8; N]) -> T,
    ) -> Result<Option<Vec<T>>> {
        let Some(bytes) = self.bytes(name, dtype)? else { return Ok(None) };
        let mut out = Vec::new();
        out.try_reserve_exact(bytes.len() / N).map_err(|_| Error::OutOfMemory { bytes: bytes.len() as u64 })?;
        out.extend(bytes.as_chunks::<N>().0.iter().map(|&bytes| read(bytes)));
        Ok(Some(out))
    }

    /// The bytes with signs of the tensor `name`.
    ///
    /// # Errors
    /// It is missing, or of another type.
    pub(super) fn weights(&self, name: &str) -> Result<Vec<i8>> {
        present(self.numbers(name, Dtype::I8, i8::from_le_bytes)?)
    }

    /// The single number of the tensor `name`, if it is there.
    pub(super) fn scalar<const N: usize, T>(
        &self,
        name: &str,
        dtype: Dtype,
        read: impl Fn([u8; N]) -> T,
    ) -> Result<Option<T>> {
        match self.numbers(name, dtype, read)? {
            None => Ok(None),
            Some(mut values) if values.len() == 1 => Ok(values.pop()),
            Some(_) => Err(Error::corrupt("a tensor of a czip model is not a single number")),
        }
    }
}

/// The tensor, or an error if it is missing.
pub(super) fn present<T>(tensor: Option<T>) -> Result<T> {
    tensor.ok_or(Error::corrupt("a czip model lacks a tensor"))
}
