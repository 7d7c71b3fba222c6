//! The part `transformer`: a network and its tokens as tensors. `docs/model.md` specifies it.
//!
//! Tensors of all layers are stacked, so that a network of any depth has as many tensors. Only the sizes are compared here; what the
//! numbers may be is up to [`Transformer::new`].

mod czip;
mod tokens;
mod vatic;

use super::{Element, Model, Part};
use crate::error::{Error, Result};
use crate::neural::{Accumulator, Profile, Source, Transformer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The part's name.
const NAME: &str = "transformer";
/// The arithmetic that `docs/czip.md` specifies.
const CZIP: &str = "czip";
/// The arithmetic that `docs/transformer.md` specifies.
const VATIC: &str = "vatic";

impl Model {
    /// The transformer that this model has, if it has one: made at the first call, and shared from then on by all models that have the
    /// part.
    ///
    /// # Errors
    /// [`Error::Corrupt`], [`Error::Unsupported`] for arithmetic that this library does not know, [`Error::Limit`], [`Error::OutOfMemory`].
    pub fn transformer(&self) -> Result<Option<Arc<Transformer>>> {
        self.part(NAME).map(|part| part.prepared(read)).transpose()
    }

    /// The model in a `.czm` file of czip; its only part is `transformer`. It computes what czip does.
    ///
    /// # Errors
    /// As [`CzipModel::from_bytes`](crate::neural::czip::CzipModel::from_bytes).
    #[cfg(feature = "czip")]
    pub fn from_czm(bytes: &[u8], info: BTreeMap<String, String>) -> Result<Model> {
        let part = crate::neural::czip::with_source(bytes, |source| {
            // What cannot run is no model.
            Transformer::new(source)?;
            transformer_part(source)
        })?;
        Model::new(vec![part], info)
    }
}

/// The part `transformer` that holds `source`.
///
/// # Errors
/// [`Error::InvalidOption`] where sizes do not fit each other, [`Error::OutOfMemory`].
pub fn transformer_part(source: &Source<'_>) -> Result<Part> {
    let Source { profile, vocabulary, start, accumulator } = source;
    let mut keys = BTreeMap::new();
    let mut tensors = match profile {
        Profile::Czip(weights) => czip::write(weights, *accumulator, &mut keys)?,
        Profile::Vatic(weights) => vatic::write(weights, &mut keys)?,
    };
    tensors.extend(tokens::write(vocabulary, &mut keys)?);
    keys.insert("start", start.to_string());
    Part::new(NAME, keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(), tensors)
}

/// The transformer that `part` holds.
fn read(part: &Part) -> Result<Transformer> {
    match part.keys().get("profile").map(String::as_str) {
        Some(CZIP) => czip::with_weights(part, |weights, accumulator| {
            build(part, weights.shape.vocabulary, Profile::Czip(*weights), accumulator)
        }),
        Some(VATIC) => vatic::with_weights(part, |weights| {
            build(part, weights.shape.vocabulary, Profile::Vatic(*weights), Accumulator::Wide64)
        }),
        Some(_) => Err(Error::Unsupported { what: "arithmetic of a transformer", value: 0 }),
        None => Err(Error::corrupt("a transformer does not say how it computes")),
    }
}

fn build(part: &Part, size: usize, profile: Profile<'_>, accumulator: Accumulator) -> Result<Transformer> {
    let vocabulary = tokens::read(part, size)?;
    let start = part.number("start", u32::MAX.into())? as u32;
    Transformer::new(&Source { profile, vocabulary: &vocabulary, start, accumulator })
}

/// The key's value as a number that is at most `most`.
fn number(part: &Part, key: &str, most: usize) -> Result<usize> {
    Ok(part.number(key, most as u64)? as usize)
}

/// Whether the part has this tensor.
fn has(part: &Part, name: &str) -> bool {
    part.tensors().iter().any(|tensor| tensor.name() == name)
}

/// The elements of a tensor, of which there must be `count`.
fn values<T: Element>(part: &Part, name: &str, count: usize) -> Result<Vec<T>> {
    let values = part.tensor(name)?.values()?;
    if values.len() == count { Ok(values) } else { Err(Error::corrupt("a tensor of a transformer has another size")) }
}

#[cfg(test)]
mod tests;
