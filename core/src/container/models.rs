//! MODEL: the models that a frame cites or carries, and where a decoder gets those that it does not carry.
//!
//! Body: `kind (u8: 0 cited, 1 carried) | id of the set of parts (8 bytes) | for kind 1 the model file`. Groups name models by the
//! order of their records in the frame.

use super::wire::{Cursor, put_varint};
use crate::error::{Error, Result};
use crate::model::{MODELS_MAX, Model, ModelLimits, ShortId};
use crate::options::ModelSource;

const CITED: u8 = 0;
const CARRIED: u8 = 1;
/// Most MODEL records of a frame.
pub(crate) const RECORDS_MAX: usize = 64;
/// Bytes of the body before a model file.
pub(crate) const HEAD_LEN: usize = 1 + 8;

/// Appends a body of MODEL: the file of `model` if it is to be carried, else its id.
pub(crate) fn write(model: &Model, carried: bool, body: &mut Vec<u8>) -> Result<()> {
    body.push(if carried { CARRIED } else { CITED });
    body.extend_from_slice(&model.id().short().0);
    if carried {
        body.extend_from_slice(&model.to_bytes()?);
    }
    Ok(())
}

/// What the front of a body says: the id, and whether the model follows.
pub(crate) fn parse_head(cursor: &mut Cursor<'_>) -> Result<(ShortId, bool)> {
    let carried = match cursor.u8("kind of model")? {
        CITED => false,
        CARRIED => true,
        kind => return Err(Error::Unsupported { what: "kind of model", value: u64::from(kind) }),
    };
    let mut id = [0; 8];
    id.copy_from_slice(cursor.take(8, "model id")?);
    Ok((ShortId(id), carried))
}

/// Fails for a body that is longer than the largest model allowed, before it is read.
pub(crate) fn check_len(body_len: u64, limits: &ModelLimits) -> Result<()> {
    let (needed, limit) = (body_len.saturating_sub(HEAD_LEN as u64), limits.file);
    if needed > limit { Err(Error::Limit { what: "model size", needed, limit }) } else { Ok(()) }
}

/// The models of one frame, in the order of their records.
#[derive(Debug, Default)]
pub(crate) struct ModelTable {
    models: Vec<(ShortId, Option<Model>)>,
    /// Bytes of the model files carried so far.
    carried: u64,
}

impl ModelTable {
    /// Takes in a MODEL record. A model that nobody has is missed only by the groups that use it.
    pub(crate) fn add(&mut self, body: &[u8], source: &ModelSource) -> Result<()> {
        if self.models.len() == RECORDS_MAX {
            return Err(Error::corrupt("a frame of too many models"));
        }
        let mut cursor = Cursor::new(body);
        let (id, carried) = parse_head(&mut cursor)?;
        let file = cursor.rest();
        let model = if carried {
            self.carried += file.len() as u64;
            check_len(self.carried, &source.limits)?;
            let model = Model::from_bytes(file, &source.limits).map_err(|err| err.at(HEAD_LEN as u64))?;
            if model.id().short() != id {
                return Err(Error::corrupt("a model in the file is not the one it is said to be"));
            }
            Some(model)
        } else if file.is_empty() {
            source.find(id)
        } else {
            return Err(Error::corrupt("bytes behind a model's id"));
        };
        self.models.push((id, model));
        Ok(())
    }

    /// The models that a group names.
    pub(crate) fn pick(&self, indices: &[u32]) -> Result<Vec<Model>> {
        let pick = |&index: &u32| {
            let (id, model) =
                self.models.get(index as usize).ok_or(Error::corrupt("a group names a model that is not there"))?;
            model.clone().ok_or(Error::ModelMissing { id: *id })
        };
        indices.iter().map(pick).collect()
    }
}

/// Appends a group's list of models.
pub(crate) fn write_indices(indices: &[u32], body: &mut Vec<u8>) {
    body.push(indices.len() as u8);
    indices.iter().for_each(|&index| put_varint(body, u64::from(index)));
}

/// Reads a group's list of models.
pub(crate) fn parse_indices(cursor: &mut Cursor<'_>) -> Result<Vec<u32>> {
    let count = usize::from(cursor.u8("model count")?);
    if count == 0 || count > MODELS_MAX {
        return Err(cursor.corrupt("a group of no models, or of too many"));
    }
    (0..count).map(|_| cursor.varint_u32("model index")).collect()
}

#[cfg(test)]
mod tests;
