//! Models: what experts know before they see a byte.
//!
//! A *model* is a few *parts*, each a set of integer tensors with keys that say how to read them: a `primer` (counters and
//! gate weights after a sample was read), a `transformer` with its tokens, a `calibration`. On disk it is a `.vatm` file, which is a
//! safetensors file; `docs/model.md` specifies it.
//!
//! What is coded with a model must be decoded with the same one, so models go by their content. The id of a part is a hash
//! over everything that can change a decoder's arithmetic; the id of a model is a hash over the ids of its parts; a name, a
//! description or a licence changes neither. Compressed data cites the set of parts that it used by the first eight bytes
//! of that set's id ([`ShortId`]): a part that is added to a model later leaves old data readable.
//!
//! A [`Model`] is a handle: cloning is cheap, and threads share it.

mod file;
mod part;
mod transformer;

pub use file::ModelLimits;
pub use part::{Dtype, Element, Part, Tensor};
pub use transformer::transformer_part;

use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Most parts that a model has: few enough to look for a set of them by its id.
pub const PARTS_MAX: usize = 8;
/// Most models that one block uses at once.
pub const MODELS_MAX: usize = 8;

/// What a hash over parts starts with.
const MODEL_DOMAIN: &[u8] = b"vatic model";

/// The id of a part, a model or a set of parts: a BLAKE3 hash. Shown in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelId(pub [u8; 32]);

/// The first eight bytes of a [`ModelId`]: what compressed data cites. It is a name and not a proof; that the bytes came out
/// right is told by their own hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShortId(pub [u8; 8]);

impl ModelId {
    /// The bytes that compressed data cites.
    pub fn short(&self) -> ShortId {
        let mut short = [0; 8];
        short.copy_from_slice(&self.0[..8]);
        ShortId(short)
    }

    /// The id of a set of parts.
    fn of_parts<'a>(parts: impl Iterator<Item = &'a ModelId>) -> ModelId {
        let mut ids: Vec<&ModelId> = parts.collect();
        ids.sort_unstable();
        let mut hasher = blake3::Hasher::new();
        hasher.update(MODEL_DOMAIN);
        for id in ids {
            hasher.update(&id.0);
        }
        ModelId(hasher.finalize().into())
    }
}

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Debug for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Display for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Debug for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

/// What experts know beforehand; see the module. Two models are equal where their ids are.
#[derive(Clone)]
pub struct Model(Arc<Inner>);

struct Inner {
    /// In the order of their names, which differ.
    parts: Vec<Arc<Part>>,
    info: BTreeMap<String, String>,
    id: ModelId,
}

impl Model {
    /// A model of these parts. `info` describes it to people (`name`, `description`, `licence`, ...) and is no part of its id.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for no part, too many, or two of one name.
    pub fn new(parts: Vec<Part>, info: BTreeMap<String, String>) -> Result<Model> {
        let mut parts: Vec<Arc<Part>> = parts.into_iter().map(Arc::new).collect();
        parts.sort_by(|a, b| a.name().cmp(b.name()));
        if parts.is_empty() || parts.len() > PARTS_MAX {
            return Err(Error::InvalidOption(format!("a model has 1 to {PARTS_MAX} parts, not {}", parts.len())));
        }
        if let Some(pair) = parts.windows(2).find(|pair| pair[0].name() == pair[1].name()) {
            return Err(Error::InvalidOption(format!("two parts are named {}", pair[0].name())));
        }
        Ok(Model::of(parts, info))
    }

    fn of(parts: Vec<Arc<Part>>, info: BTreeMap<String, String>) -> Model {
        let id = ModelId::of_parts(parts.iter().map(|part| part.id()));
        Model(Arc::new(Inner { parts, info, id }))
    }

    /// Reads a `.vatm` file.
    ///
    /// # Errors
    /// [`Error::Limit`], [`Error::Truncated`], [`Error::Corrupt`], [`Error::Unsupported`] for a version that this library does
    /// not know, [`Error::OutOfMemory`].
    pub fn from_bytes(bytes: &[u8], limits: &ModelLimits) -> Result<Model> {
        file::read(bytes, limits)
    }

    /// The `.vatm` file: the same bytes for the same parts and information.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        file::write(self)
    }

    /// The id of all of its parts together.
    pub fn id(&self) -> ModelId {
        self.0.id
    }

    /// Its parts, in the order of their names.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = &Part> {
        self.0.parts.iter().map(|part| &**part)
    }

    /// The part of this name.
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.parts().find(|part| part.name() == name)
    }

    /// What it says about itself to people: `name`, `description`, `licence`, `training_data`, `measured` and whatever else
    /// its maker wrote.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.0.info
    }

    /// Bytes of all tensors.
    pub fn tensor_bytes(&self) -> u64 {
        self.parts().map(Part::tensor_bytes).sum()
    }

    /// The same model with other information.
    #[must_use]
    pub fn with_metadata(&self, info: BTreeMap<String, String>) -> Model {
        Model(Arc::new(Inner { parts: self.0.parts.clone(), info, id: self.0.id }))
    }

    /// The same model with `part`, in place of the one of that name if there is one. The other parts are shared, not copied.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for too many parts.
    pub fn with_part(&self, part: Part) -> Result<Model> {
        let mut parts: Vec<_> = self.0.parts.iter().filter(|other| other.name() != part.name()).cloned().collect();
        if parts.len() == PARTS_MAX {
            return Err(Error::InvalidOption(format!("a model has 1 to {PARTS_MAX} parts")));
        }
        parts.push(Arc::new(part));
        parts.sort_by(|a, b| a.name().cmp(b.name()));
        Ok(Model::of(parts, self.0.info.clone()))
    }

    /// The model with the parts of both, and the notes of this one. Parts are shared, not copied.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] where both have a part of the same name, and for too many parts.
    pub fn join(&self, other: &Model) -> Result<Model> {
        if let Some(part) = other.parts().find(|part| self.part(part.name()).is_some()) {
            return Err(Error::InvalidOption(format!("both models have a part {}", part.name())));
        }
        let mut parts: Vec<_> = self.0.parts.iter().chain(&other.0.parts).cloned().collect();
        if parts.len() > PARTS_MAX {
            return Err(Error::InvalidOption(format!("a model has 1 to {PARTS_MAX} parts, not {}", parts.len())));
        }
        parts.sort_by(|a, b| a.name().cmp(b.name()));
        Ok(Model::of(parts, self.0.info.clone()))
    }

    /// The model that has only those parts of this one whose names are given; `None` where there are none. Parts are shared, not
    /// copied.
    pub fn subset(&self, names: &[&str]) -> Option<Model> {
        let parts: Vec<_> = self.0.parts.iter().filter(|part| names.contains(&part.name())).cloned().collect();
        if parts.is_empty() { None } else { Some(Model::of(parts, self.0.info.clone())) }
    }

    /// The model of those parts of this one whose set has the id `id`.
    pub fn find(&self, id: ShortId) -> Option<Model> {
        let parts = &self.0.parts;
        if self.0.id.short() == id {
            return Some(self.clone());
        }
        let chosen = |mask: u32| (0u32..).zip(parts).filter(move |(i, _)| mask >> i & 1 != 0).map(|(_, part)| part);
        let mask = (1..1u32 << parts.len())
            .find(|&mask| ModelId::of_parts(chosen(mask).map(|part| part.id())).short() == id)?;
        Some(Model::of(chosen(mask).cloned().collect(), self.0.info.clone()))
    }
}

impl PartialEq for Model {
    fn eq(&self, other: &Model) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Model {}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.parts().map(Part::name).collect();
        f.debug_struct("Model").field("id", &self.id().short()).field("parts", &names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, values: &[i16]) -> Part {
        let tensor = Tensor::new("values", &[values.len()], values).unwrap();
        Part::new(name, BTreeMap::from([("ensemble".into(), "3".into())]), vec![tensor]).unwrap()
    }

    fn info(name: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("name".into(), name.into())])
    }

    #[test]
    fn models_are_joined_by_parts_of_other_names() {
        let (a, b) = (part("primer", &[1, 2]), part("calibration", &[3]));
        let both = Model::new(vec![a], info("a")).unwrap().join(&Model::new(vec![b], info("b")).unwrap()).unwrap();
        let same = Model::new(vec![part("primer", &[1, 2]), part("calibration", &[3])], info("b")).unwrap();
        assert_eq!((&both, both.metadata()), (&same, &info("a")));
        assert!(matches!(both.join(&same), Err(Error::InvalidOption(_))));
        let many = |first: i8| {
            let parts = (0..PARTS_MAX as i8).map(|i| part(&format!("p{}", first + i), &[i.into()])).collect();
            Model::new(parts, info("c")).unwrap()
        };
        assert!(matches!(many(0).join(&many(50)), Err(Error::InvalidOption(_))));
    }

    #[test]
    fn ids_follow_content_and_nothing_else() {
        let model = Model::new(vec![part("primer", &[1, 2]), part("calibration", &[3])], info("a")).unwrap();
        let same = Model::new(vec![part("calibration", &[3]), part("primer", &[1, 2])], info("b")).unwrap();
        assert_eq!(model, same);
        assert_eq!(model.with_metadata(info("c")), same);
        let other = Model::new(vec![part("primer", &[1, 3]), part("calibration", &[3])], info("a")).unwrap();
        assert_ne!(model, other);
        assert_eq!(model.part("calibration").unwrap().id(), other.part("calibration").unwrap().id());
        let mut keys = model.part("primer").unwrap().keys().clone();
        keys.insert("ensemble".into(), "4".into());
        let tensors = model.part("primer").unwrap().tensors().to_vec();
        assert_ne!(Part::new("primer", keys, tensors).unwrap().id(), model.part("primer").unwrap().id());
    }

    /// Pinned: data in the world cites these ids.
    #[test]
    fn ids_are_what_the_specification_says() {
        let model = Model::new(vec![part("primer", &[1, -2])], info("a")).unwrap();
        let string = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
        let number = |value: u64| value.to_le_bytes().to_vec();
        let message = [
            b"vatic part".to_vec(),
            string("primer"),
            number(1),
            string("ensemble"),
            string("3"),
            number(1),
            string("primer.values"),
            string("I16"),
            number(1),
            number(2),
            number(4),
            vec![1, 0, 0xFE, 0xFF],
        ];
        let part_id = blake3::hash(&message.concat());
        assert_eq!(model.part("primer").unwrap().id().0, *part_id.as_bytes());
        let id = blake3::hash(&[b"vatic model", &part_id.as_bytes()[..]].concat());
        assert_eq!(model.id().to_string(), id.to_string());
        assert_eq!(model.id().short().to_string(), id.to_string()[..16]);
    }

    #[test]
    fn a_set_of_parts_is_found_by_its_id() {
        let parts: Vec<Part> = (0..8).map(|i| part(&format!("p{i}"), &[i])).collect();
        let model = Model::new(parts, info("all")).unwrap();
        for names in [&["p0"][..], &["p3", "p7"], &["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"]] {
            let subset = model.subset(names).unwrap();
            assert_eq!(subset.parts().map(Part::name).collect::<Vec<_>>(), names);
            assert_eq!(model.find(subset.id().short()).unwrap(), subset);
        }
        assert!(model.subset(&["p8"]).is_none());
        assert!(model.find(ShortId([0; 8])).is_none());
    }

    #[test]
    fn a_model_has_few_parts_of_different_names() {
        let many = (0..9).map(|i| part(&format!("p{i}"), &[i])).collect();
        for parts in [vec![], many, vec![part("a", &[1]), part("a", &[2])]] {
            assert!(matches!(Model::new(parts, BTreeMap::new()), Err(Error::InvalidOption(_))));
        }
    }
}
