//! Parts and tensors: integers in named arrays, kept as the little-endian bytes that the file has.

use super::ModelId;
use crate::error::{Error, Result};
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// What the hash over a part starts with.
const PART_DOMAIN: &[u8] = b"vatic part";
/// Longest name of a part or tensor, in bytes.
pub(super) const NAME_MAX: usize = 64;
/// Most dimensions of a tensor.
pub(super) const RANK_MAX: usize = 8;

/// What a tensor's elements are. There are no floating-point ones: whatever a decoder computes is integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// `u8`
    U8,
    /// `i8`
    I8,
    /// `u16`
    U16,
    /// `i16`
    I16,
    /// `u32`
    U32,
    /// `i32`
    I32,
    /// `u64`
    U64,
    /// `i64`
    I64,
}

impl Dtype {
    /// The name that safetensors has for it.
    pub fn name(self) -> &'static str {
        match self {
            Dtype::U8 => "U8",
            Dtype::I8 => "I8",
            Dtype::U16 => "U16",
            Dtype::I16 => "I16",
            Dtype::U32 => "U32",
            Dtype::I32 => "I32",
            Dtype::U64 => "U64",
            Dtype::I64 => "I64",
        }
    }

    /// Bytes of an element.
    pub fn size(self) -> usize {
        match self {
            Dtype::U8 | Dtype::I8 => 1,
            Dtype::U16 | Dtype::I16 => 2,
            Dtype::U32 | Dtype::I32 => 4,
            Dtype::U64 | Dtype::I64 => 8,
        }
    }
}

mod sealed {
    pub trait Sealed {}
}

/// An integer that tensors hold.
pub trait Element: Copy + sealed::Sealed {
    /// The type's name in tensors.
    const DTYPE: Dtype;

    /// Appends the little-endian bytes of `values`.
    #[doc(hidden)]
    fn put(values: &[Self], out: &mut Vec<u8>);

    /// Appends the values whose little-endian bytes `bytes` are.
    #[doc(hidden)]
    fn take(bytes: &[u8], out: &mut Vec<Self>);
}

macro_rules! elements {
    ($($type:ident $dtype:ident),*) => {$(
        impl sealed::Sealed for $type {}
        impl Element for $type {
            const DTYPE: Dtype = Dtype::$dtype;

            fn put(values: &[$type], out: &mut Vec<u8>) {
                out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            }

            fn take(bytes: &[u8], out: &mut Vec<$type>) {
                out.extend(bytes.as_chunks().0.iter().map(|chunk| $type::from_le_bytes(*chunk)));
            }
        }
    )*};
}

elements!(u8 U8, i8 I8, u16 U16, i16 I16, u32 U32, i32 I32, u64 U64, i64 I64);

/// A named array of integers.
#[derive(Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Without the part's name in front.
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl Tensor {
    /// A tensor of `values`, whose number is the product of `shape`.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] where it is not, or for a bad name; [`Error::OutOfMemory`].
    pub fn new<T: Element>(name: &str, shape: &[usize], values: &[T]) -> Result<Tensor> {
        if shape.iter().try_fold(1usize, |product, &len| product.checked_mul(len)) != Some(values.len()) {
            return Err(Error::InvalidOption(format!(
                "tensor {name} has not the number of values that its shape says"
            )));
        }
        let mut data = Vec::new();
        let bytes = values.len().saturating_mul(T::DTYPE.size());
        data.try_reserve_exact(bytes).map_err(|_| Error::OutOfMemory { bytes: bytes as u64 })?;
        T::put(values, &mut data);
        Tensor::from_parts(name, T::DTYPE, shape, data)
    }

    /// `data` has as many bytes as `dtype` and `shape` call for.
    pub(super) fn from_parts(name: &str, dtype: Dtype, shape: &[usize], data: Vec<u8>) -> Result<Tensor> {
        if name.is_empty() || name.len() > NAME_MAX || shape.len() > RANK_MAX {
            return Err(Error::InvalidOption(format!("tensor {name}: its name or its shape is too long")));
        }
        Ok(Tensor { name: name.to_owned(), dtype, shape: shape.to_vec(), data })
    }

    /// Its name within its part.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its elements are.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Its dimensions, the last one varying fastest.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Its elements as little-endian bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.data
    }

    /// Its elements.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where they are of another type, [`Error::OutOfMemory`].
    pub fn values<T: Element>(&self) -> Result<Vec<T>> {
        if self.dtype != T::DTYPE {
            return Err(Error::corrupt("a tensor of a model has elements of the wrong type"));
        }
        let mut values = Vec::new();
        let count = self.data.len() / T::DTYPE.size();
        values.try_reserve_exact(count).map_err(|_| Error::OutOfMemory { bytes: self.data.len() as u64 })?;
        T::take(&self.data, &mut values);
        Ok(values)
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{:?}", self.name, self.dtype.name(), self.shape)
    }
}

/// A set of tensors that belong together, and the keys that say how to read them.
pub struct Part {
    name: String,
    keys: BTreeMap<String, String>,
    /// In the order of their names, which differ.
    tensors: Vec<Tensor>,
    id: ModelId,
    prepared: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl Part {
    /// A part. Its name has 1 to 64 of `a`-`z`, `0`-`9`, `_`. `keys` are normative: whatever a decoder must know to
    /// use the tensors, such as the number of an ensemble; they belong to the id.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a bad name or two tensors of one name.
    pub fn new(name: &str, keys: BTreeMap<String, String>, mut tensors: Vec<Tensor>) -> Result<Part> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || name.len() > NAME_MAX || !name.bytes().all(plain) {
            return Err(Error::InvalidOption(format!("a part cannot be named {name:?}")));
        }
        tensors.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(pair) = tensors.windows(2).find(|pair| pair[0].name == pair[1].name) {
            return Err(Error::InvalidOption(format!("part {name} has two tensors named {}", pair[0].name)));
        }
        let id = part_id(name, &keys, &tensors);
        Ok(Part { name: name.to_owned(), keys, tensors, id, prepared: OnceLock::new() })
    }

    /// Its name, which tells what it is for.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The hash over its name, keys and tensors.
    pub fn id(&self) -> &ModelId {
        &self.id
    }

    /// Its normative keys.
    pub fn keys(&self) -> &BTreeMap<String, String> {
        &self.keys
    }

    /// The key's value as a number.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where it is missing, no decimal number, or above `max`.
    pub fn number(&self, key: &str, max: u64) -> Result<u64> {
        let number = self.keys.get(key).and_then(|value| value.parse().ok());
        number
            .filter(|&number| number <= max)
            .ok_or(Error::corrupt("a key of a model's part is missing or no such number"))
    }

    /// Its tensors, in the order of their names.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The tensor of this name.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where there is none.
    pub fn tensor(&self, name: &str) -> Result<&Tensor> {
        let found = self.tensors.binary_search_by(|tensor| tensor.name.as_str().cmp(name));
        found.map(|at| &self.tensors[at]).map_err(|_| Error::corrupt("a tensor of a model's part is missing"))
    }

    /// Bytes of its tensors.
    pub fn tensor_bytes(&self) -> u64 {
        self.tensors.iter().map(|tensor| tensor.data.len() as u64).sum()
    }

    /// What `build` makes of the part, made once and shared from then on by all models that have the part, on all threads: an
    /// engine keeps its tables here, so that opening a codec under a model costs no more than its overlay.
    ///
    /// # Errors
    /// Those of `build`.
    pub fn prepared<T: Send + Sync + 'static>(&self, build: impl FnOnce(&Part) -> Result<T>) -> Result<Arc<T>> {
        let kept = |kept: &Arc<dyn Any + Send + Sync>| kept.clone().downcast::<T>().ok();
        if let Some(made) = self.prepared.get().and_then(kept) {
            return Ok(made);
        }
        let made = Arc::new(build(self)?);
        // Another thread may have been faster; then its tables stay, which are the same.
        let _ = self.prepared.set(made.clone());
        Ok(self.prepared.get().and_then(kept).unwrap_or(made))
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("name", &self.name).field("keys", &self.keys).field("id", &self.id).finish()
    }
}

/// Hashes what `docs/model.md` says, in its order.
fn part_id(name: &str, keys: &BTreeMap<String, String>, tensors: &[Tensor]) -> ModelId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(PART_DOMAIN);
    hash_bytes(&mut hasher, name.as_bytes());
    hash_number(&mut hasher, keys.len());
    for (key, value) in keys {
        hash_bytes(&mut hasher, key.as_bytes());
        hash_bytes(&mut hasher, value.as_bytes());
    }
    hash_number(&mut hasher, tensors.len());
    for tensor in tensors {
        hash_bytes(&mut hasher, format!("{name}.{}", tensor.name).as_bytes());
        hash_bytes(&mut hasher, tensor.dtype.name().as_bytes());
        hash_number(&mut hasher, tensor.shape.len());
        tensor.shape.iter().for_each(|&len| hash_number(&mut hasher, len));
        hash_bytes(&mut hasher, &tensor.data);
    }
    ModelId(hasher.finalize().into())
}

fn hash_number(hasher: &mut blake3::Hasher, value: usize) {
    hasher.update(&(value as u64).to_le_bytes());
}

fn hash_bytes(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    hash_number(hasher, bytes.len());
    hasher.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_by_their_type_only() {
        let tensor = Tensor::new("t", &[2, 2], &[1i32, -1, i32::MIN, i32::MAX]).unwrap();
        assert_eq!(tensor.values::<i32>().unwrap(), [1, -1, i32::MIN, i32::MAX]);
        assert!(matches!(tensor.values::<u32>(), Err(Error::Corrupt { .. })));
        assert!(matches!(Tensor::new("t", &[3], &[1u8]), Err(Error::InvalidOption(_))));
        assert!(matches!(Tensor::new("t", &[usize::MAX, 2], &[1u8]), Err(Error::InvalidOption(_))));
    }

    #[test]
    fn tables_are_made_once() {
        let part = Part::new("primer", BTreeMap::new(), vec![]).unwrap();
        let first = part.prepared(|_| Ok(vec![1u8])).unwrap();
        let second = part.prepared(|_| -> Result<Vec<u8>> { panic!("made twice") }).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        // What failed is tried again, and another engine's tables are not mistaken for one's own.
        assert!(part.prepared::<u32>(|_| Err(Error::corrupt("no"))).is_err());
        assert_eq!(*part.prepared(|_| Ok(7u32)).unwrap(), 7);
    }

    #[test]
    fn names_are_plain() {
        for name in ["", "Primer", "a.b", "a b", &"x".repeat(65)] {
            assert!(Part::new(name, BTreeMap::new(), vec![]).is_err(), "{name}");
        }
        let twice = vec![Tensor::new("t", &[0], &[0u8; 0]).unwrap(); 2];
        assert!(Part::new("primer", BTreeMap::new(), twice).is_err());
    }
}
