//! Records: inputs of a few bytes to a few kilobytes, each coded on its own under a model.
//!
//! What an engine learns while it codes a record is forgotten before the next, so that any record can be read alone; what it
//! knew before is the model's. Nothing but the code stream is written: no header, no length. The end of the record is
//! coded like everything else ([`end`]), and the stream's ending is trimmed
//! ([`finish_trimmed`](crate::coder::binary::BinaryEncoder::finish_trimmed)). So a record takes at most one byte more than
//! its information under the model.
//!
//! An engine is a [`RecordCodec`]; [`open`] finds the one that a model is for. Streams, tags and batches are made around it,
//! in `records` and `container::batch`.

pub mod end;
mod mix;
#[cfg(test)]
pub(crate) mod order2;

use super::mix::primer::ENGINE;
use super::{CodecId, Limits};
use crate::coder::binary::{BinaryDecoder, BinaryEncoder};
use crate::error::{Error, Result};
use crate::model::{Model, Part};

/// Most bytes of hash behind a record.
pub(crate) const TAG_MAX: usize = 4;

/// One engine's state over records that are coded under one model.
pub trait RecordCodec: Send {
    /// Forgets all that was learnt since the codec was opened. It is called before every stream, and must cost little: the state of
    /// an engine is an overlay on what the model holds.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    fn reset(&mut self) -> Result<()>;

    /// Codes `record` and its end.
    ///
    /// # Errors
    /// Memory only: every engine takes any bytes.
    fn encode(&mut self, record: &[u8], coder: &mut BinaryEncoder<'_>) -> Result<()>;

    /// Appends the record that `coder` reads to `out`.
    ///
    /// # Errors
    /// [`Error::Limit`] as soon as the record is longer than `max` bytes, [`Error::Truncated`] where its bytes run out long before
    /// its end, [`Error::OutOfMemory`]. Hostile bytes give one of these or wrong bytes, never a panic or a hang.
    fn decode(&mut self, coder: &mut BinaryDecoder<'_>, max: usize, out: &mut Vec<u8>) -> Result<()>;
}

/// The names of the parts of `model` that its records are coded with; none where the model is of no use for records.
pub fn parts_used(model: &Model) -> &'static [&'static str] {
    match model.part("primer").and_then(engine) {
        Some(_) => &["primer"],
        None => &[],
    }
}

/// An engine for records, as primers name it by their key `engine`.
#[derive(Clone, Copy, Debug)]
enum Engine {
    Mix,
    #[cfg(test)]
    Order2,
}

impl Engine {
    /// The codec that the engine belongs to; its number stands in tiny frames.
    fn codec(self) -> CodecId {
        match self {
            Engine::Mix => CodecId::Mix,
            #[cfg(test)]
            Engine::Order2 => CodecId::Primed,
        }
    }
}

/// The codec whose engine `model` is for, if it is for records.
pub(crate) fn codec_of(model: &Model) -> Option<CodecId> {
    Some(engine(model.part("primer")?)?.codec())
}

fn engine(primer: &Part) -> Option<Engine> {
    match primer.keys().get("engine").map(String::as_str) {
        Some(ENGINE) => Some(Engine::Mix),
        #[cfg(test)]
        Some("order2") => Some(Engine::Order2),
        _ => None,
    }
}

/// The engine that `model` is for, in the state that the model describes. `model` has the parts of [`parts_used`] and no others.
///
/// # Errors
/// [`Error::Corrupt`] for a model that has another part or makes no sense, [`Error::Limit`], [`Error::OutOfMemory`].
pub fn open(model: &Model, limits: &Limits) -> Result<Box<dyn RecordCodec>> {
    let used = parts_used(model);
    let primer = match model.part("primer") {
        Some(primer) if model.parts().all(|part| used.contains(&part.name())) => primer,
        _ => return Err(Error::corrupt("records are given a model that is not for records")),
    };
    match engine(primer) {
        Some(Engine::Mix) => Ok(Box::new(mix::Mix::new(primer, limits)?)),
        #[cfg(test)]
        Some(Engine::Order2) => Ok(Box::new(order2::Order2::new(primer)?)),
        None => Err(Error::corrupt("records are given a model that is not for records")),
    }
}
