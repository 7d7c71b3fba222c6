//! The `.vatm` file: safetensors, its header's `__metadata__` holding one JSON text under the key `vatic`.
//!
//! Any program that reads safetensors sees the tensors. The bounds of tensors within the file are checked by the crate
//! `safetensors`; what it is shown has been held against the limits first. Tensors are copied out, so that the file's bytes need
//! not be kept, nor be aligned.

use super::part::{Dtype, NAME_MAX, Part, RANK_MAX, Tensor};
use super::{Model, PARTS_MAX};
use crate::error::{Error, Result};
use safetensors::View;
use safetensors::tensor::Metadata;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Version of the file that this library reads and writes.
const VERSION: u32 = 0;
/// Where safetensors' metadata have our JSON text.
const KEY: &str = "vatic";
/// Bytes in front of the header: its length.
const LENGTH: usize = 8;

/// What reading a model may spend. The defaults accept every model that this library makes or ships.
#[derive(Clone, Copy, Debug)]
pub struct ModelLimits {
    /// Bytes of the file.
    pub file: u64,
    /// Bytes of its header: names, shapes and metadata. Reading it takes some twenty times as much memory.
    pub header: u64,
    /// Number of tensors.
    pub tensors: u64,
    /// Bytes of one tensor.
    pub tensor: u64,
}

impl Default for ModelLimits {
    fn default() -> Self {
        ModelLimits { file: 1 << 30, header: 1 << 20, tensors: 4096, tensor: 1 << 30 }
    }
}

/// The JSON text. Unknown fields are left alone, so that later writers can say more to people.
#[derive(Serialize, Deserialize)]
struct Description {
    version: u32,
    /// The normative keys of each part.
    parts: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    info: BTreeMap<String, String>,
}

fn check(what: &'static str, needed: u64, limit: u64) -> Result<()> {
    if needed > limit { Err(Error::Limit { what, needed, limit }) } else { Ok(()) }
}

/// The length of the header that `bytes` announce.
fn header_len(bytes: &[u8]) -> Result<u64> {
    let length = bytes.first_chunk().ok_or(Error::Truncated { what: "a model", offset: bytes.len() as u64 })?;
    Ok(u64::from_le_bytes(*length))
}

pub(super) fn read(bytes: &[u8], limits: &ModelLimits) -> Result<Model> {
    check("model size", bytes.len() as u64, limits.file)?;
    let header = header_len(bytes)?;
    if bytes.get(LENGTH) != Some(&b'{') {
        return Err(Error::NotVatic { what: "no model: it has no safetensors header" });
    }
    check("model header", header, limits.header)?;
    let data_at = usize::try_from(header).unwrap_or(usize::MAX).saturating_add(LENGTH);
    let (json, data) = match (bytes.get(LENGTH..data_at), bytes.get(data_at..)) {
        (Some(json), Some(data)) => (json, data),
        _ => return Err(Error::Truncated { what: "a model's header", offset: bytes.len() as u64 }),
    };
    // The crate checks that tensors follow each other without gap and have the bytes that type and shape say.
    let table: Metadata = serde_json::from_slice(json)
        .map_err(|_| corrupt("a model's header cannot be read, or tensors do not fit it"))?;
    match table.data_len().cmp(&data.len()) {
        Ordering::Less => {
            return Err(Error::Corrupt { what: "bytes behind a model's tensors", offset: data_at as u64 });
        }
        Ordering::Greater => return Err(Error::Truncated { what: "a model's tensors", offset: bytes.len() as u64 }),
        Ordering::Equal => {}
    }
    let text = table.metadata().as_ref().and_then(|map| map.get(KEY));
    let text = text.ok_or(Error::NotVatic { what: "a safetensors file, but no model of vatic" })?;
    let metadata: Description = serde_json::from_str(text).map_err(|_| corrupt("a model's metadata cannot be read"))?;
    if metadata.version != VERSION {
        return Err(Error::Unsupported { what: "model version", value: u64::from(metadata.version) });
    }
    if metadata.parts.len() > PARTS_MAX {
        return Err(corrupt("a model of too many parts"));
    }
    let tensors = table.tensors();
    check("model tensors", tensors.len() as u64, limits.tensors)?;
    let mut parts: BTreeMap<&str, Vec<Tensor>> =
        metadata.parts.keys().map(|name| (name.as_str(), Vec::new())).collect();
    for (full_name, info) in &tensors {
        let (part, name) = full_name.split_once('.').unwrap_or((full_name, ""));
        let list = parts.get_mut(part).ok_or(corrupt("a tensor of a model belongs to no part"))?;
        let (start, end) = info.data_offsets;
        let bytes = data.get(start..end).ok_or(corrupt("a tensor of a model lies outside the file"))?;
        check("model tensor", bytes.len() as u64, limits.tensor)?;
        if name.is_empty() || name.len() > NAME_MAX || info.shape.len() > RANK_MAX {
            return Err(corrupt("a tensor of a model has a bad name or shape"));
        }
        let mut copy = Vec::new();
        copy.try_reserve_exact(bytes.len()).map_err(|_| Error::OutOfMemory { bytes: bytes.len() as u64 })?;
        copy.extend_from_slice(bytes);
        list.push(Tensor::from_parts(name, dtype(info.dtype)?, &info.shape, copy)?);
    }
    let mut keys = metadata.parts.clone();
    let part = |(name, tensors)| Part::new(name, keys.remove(name).unwrap_or_default(), tensors);
    let parts: Result<Vec<Part>> = parts.into_iter().map(part).collect();
    // Nobody chose an option here: what the constructors dislike is the file's fault.
    let model = parts.and_then(|parts| Model::new(parts, metadata.info));
    model.map_err(|err| if matches!(err, Error::InvalidOption(_)) { corrupt("a model's parts are amiss") } else { err })
}

/// A [`Error::Corrupt`] in the header.
fn corrupt(what: &'static str) -> Error {
    Error::Corrupt { what, offset: LENGTH as u64 }
}

fn dtype(dtype: safetensors::Dtype) -> Result<Dtype> {
    Ok(match dtype {
        safetensors::Dtype::U8 => Dtype::U8,
        safetensors::Dtype::I8 => Dtype::I8,
        safetensors::Dtype::U16 => Dtype::U16,
        safetensors::Dtype::I16 => Dtype::I16,
        safetensors::Dtype::U32 => Dtype::U32,
        safetensors::Dtype::I32 => Dtype::I32,
        safetensors::Dtype::U64 => Dtype::U64,
        safetensors::Dtype::I64 => Dtype::I64,
        _ => return Err(corrupt("a tensor of a model holds no integers")),
    })
}

impl View for &Tensor {
    fn dtype(&self) -> safetensors::Dtype {
        match Tensor::dtype(self) {
            Dtype::U8 => safetensors::Dtype::U8,
            Dtype::I8 => safetensors::Dtype::I8,
            Dtype::U16 => safetensors::Dtype::U16,
            Dtype::I16 => safetensors::Dtype::I16,
            Dtype::U32 => safetensors::Dtype::U32,
            Dtype::I32 => safetensors::Dtype::I32,
            Dtype::U64 => safetensors::Dtype::U64,
            Dtype::I64 => safetensors::Dtype::I64,
        }
    }

    fn shape(&self) -> &[usize] {
        Tensor::shape(self)
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.bytes())
    }

    fn data_len(&self) -> usize {
        self.bytes().len()
    }
}

pub(super) fn write(model: &Model) -> Result<Vec<u8>> {
    let metadata = Description {
        version: VERSION,
        parts: model.parts().map(|part| (part.name().to_owned(), part.keys().clone())).collect(),
        info: model.metadata().clone(),
    };
    let text = serde_json::to_string(&metadata).map_err(|_| Error::Internal("a model's metadata cannot be written"))?;
    let tensors =
        model.parts().flat_map(|part| part.tensors().iter().map(move |t| (format!("{}.{}", part.name(), t.name()), t)));
    // One key: several would come in the order of a hash map.
    safetensors::serialize(tensors, Some([(KEY.to_owned(), text)].into_iter().collect()))
        .map_err(|_| Error::Internal("a model cannot be written"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Model {
        let primer = vec![
            Tensor::new("lines", &[3, 2], &[1u8, 2, 3, 4, 5, 6]).unwrap(),
            Tensor::new("gate", &[4], &[-1i32, 2, -3, 4]).unwrap(),
            Tensor::new("none", &[0, 5], &[0i64; 0]).unwrap(),
        ];
        let keys =
            BTreeMap::from([("ensemble".to_owned(), "7".to_owned()), ("spaces and \"quotes\"".into(), "é\n".into())]);
        let parts = vec![
            Part::new("primer", keys, primer).unwrap(),
            Part::new("calibration", BTreeMap::new(), vec![]).unwrap(),
        ];
        Model::new(parts, BTreeMap::from([("name".into(), "sample".into())])).unwrap()
    }

    /// A file with this header and so many zero bytes of data.
    fn file(header: &str, data: usize) -> Vec<u8> {
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; data]].concat()
    }

    fn read_default(bytes: &[u8]) -> Result<Model> {
        read(bytes, &ModelLimits::default())
    }

    #[test]
    fn a_file_gives_the_model_back() {
        let model = sample();
        let bytes = model.to_bytes().unwrap();
        assert_eq!(bytes, model.to_bytes().unwrap());
        let back = read_default(&bytes).unwrap();
        assert_eq!((back.id(), back.metadata()), (model.id(), model.metadata()));
        assert_eq!(back.part("primer").unwrap().keys(), model.part("primer").unwrap().keys());
        assert_eq!(back.part("primer").unwrap().tensors(), model.part("primer").unwrap().tensors());
        assert_eq!(back.to_bytes().unwrap(), bytes);
    }

    #[test]
    fn limits_hold() {
        let bytes = sample().to_bytes().unwrap();
        let limit = |limits: ModelLimits| match read(&bytes, &limits) {
            Err(Error::Limit { what, .. }) => what,
            other => panic!("{other:?}"),
        };
        let all = ModelLimits::default();
        assert_eq!(limit(ModelLimits { file: 100, ..all }), "model size");
        assert_eq!(limit(ModelLimits { header: 100, ..all }), "model header");
        assert_eq!(limit(ModelLimits { tensors: 2, ..all }), "model tensors");
        assert_eq!(limit(ModelLimits { tensor: 15, ..all }), "model tensor");
    }

    #[test]
    fn every_truncation_is_noticed_and_no_flip_panics() {
        let model = sample();
        let bytes = model.to_bytes().unwrap();
        for len in 0..bytes.len() {
            let err = read_default(&bytes[..len]).unwrap_err();
            assert!(matches!(err, Error::Truncated { .. } | Error::NotVatic { .. }), "cut at {len}: {err}");
        }
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << bit;
                // A flip that can be read changed the id, or what only people read.
                if let Ok(read) = read_default(&damaged) {
                    assert!(read != model || at < bytes.len() - 22, "byte {at} bit {bit}");
                }
            }
        }
    }

    #[test]
    fn lies_are_errors() {
        let meta = r#""__metadata__":{"vatic":"{\"version\":0,\"parts\":{\"p\":{}}}"}"#;
        let with = |tensor: &str, data| read_default(&file(&format!("{{{meta},{tensor}}}"), data));
        assert!(with(r#""p.t":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}"#, 2).is_ok());
        // Tensors whose ends add up to about 2^64.
        let (len, mut endless) = ((1u64 << 61) - 1, Vec::new());
        for i in 0..8u64 {
            let (start, end) = (i * len, (i + 1) * len);
            endless.push(format!(r#""p.{i}":{{"dtype":"U8","shape":[{len}],"data_offsets":[{start},{end}]}}"#));
        }
        let endless = read_default(&file(&format!("{{{meta},{}}}", endless.join(",")), 0));
        assert!(matches!(endless, Err(Error::Truncated { .. })));
        let cases = [
            with(r#""p.t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#, 4),
            with(r#""q.t":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}"#, 2),
            with(r#""p":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}"#, 2),
            with(r#""p.t":{"dtype":"U8","shape":[3],"data_offsets":[0,2]}"#, 2),
            with(r#""p.t":{"dtype":"U64","shape":[4611686018427387904,4],"data_offsets":[0,0]}"#, 0),
            with(r#""p.t":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}"#, 1),
            read_default(&file(r#"{"__metadata__":{"vatic":"{}"}}"#, 0)),
            read_default(&file(r#"{"__metadata__":{"vatic":"{\"version\":0,\"parts\":{}}"}}"#, 0)),
            read_default(&file(r#"{"__metadata__":{"vatic":"{\"version\":0,\"parts\":{\"P!\":{}}}"}}"#, 0)),
            read_default(&file(&"{\"a\":".repeat(5000), 0)),
        ];
        for (number, case) in cases.into_iter().enumerate() {
            assert!(matches!(case, Err(Error::Corrupt { .. })), "case {number}: {case:?}");
        }
        assert!(matches!(read_default(&file("{}", 0)), Err(Error::NotVatic { .. })));
        let later = r#"{"__metadata__":{"vatic":"{\"version\":9,\"parts\":{\"p\":{}}}"}}"#;
        assert!(matches!(read_default(&file(later, 0)), Err(Error::Unsupported { value: 9, .. })));
        let mut long = file(&format!("{{{meta}}}"), 3);
        assert!(matches!(read_default(&long), Err(Error::Corrupt { .. })));
        long[7] = 0x7F;
        assert!(matches!(read_default(&long), Err(Error::Limit { .. })));
    }

    proptest! {
        #[test]
        fn any_tensors_come_back(list in prop::collection::btree_map("[a-z][a-z0-9./-]{0,9}", prop::collection::vec(any::<i16>(), 0..50), 0..6),
            keys in prop::collection::btree_map("[ -~]{0,9}", "\\PC{0,9}", 0..4)) {
            let tensors = list.iter().map(|(name, values)| Tensor::new(name, &[values.len()], values).unwrap()).collect();
            let model = Model::new(vec![Part::new("p", keys, tensors).unwrap()], BTreeMap::new()).unwrap();
            let back = read_default(&model.to_bytes().unwrap()).unwrap();
            prop_assert_eq!(&back, &model);
            for (name, values) in &list {
                prop_assert_eq!(&back.part("p").unwrap().tensor(name).unwrap().values::<i16>().unwrap(), values);
            }
        }

        #[test]
        fn any_bytes_end_in_a_result(bytes in prop::collection::vec(any::<u8>(), 0..300), header in "[{}\\[\\]\":,a-z0-9.\\\\]{0,200}") {
            let _ = read_default(&bytes);
            let _ = read_default(&file(&format!("{{{header}"), bytes.len()));
        }
    }
}
