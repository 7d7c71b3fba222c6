//! Primers beside a transformer: what the gates of codec `neural` begin with.
//!
//! Only how far each expert is to be trusted is worth keeping: weights, what histories, matches and the transformer's odds are worth, and calibration. What samples
//! taught the contexts themselves is forgotten before each of them, and stays out. Beside a transformer, which knows more of other texts than counters can,
//! contexts have their worth from what they saw in this text: those of 0.5 MB of articles, 7 MB of primer, made other articles 1.3 % *larger* than the weights alone.
//!
//! The part is made by [`freeze`], of what a student has learnt (`neural/student.rs`), and read by [`Primer::of`], once for all who share the model;
//! `docs/model.md` has its layout. It goes beside any transformer, and is of use beside the one that it was trained with.

use super::end::End;
use super::ensemble_numbered;
use super::guide::Confidence;
use super::mixed::Mixed;
use crate::codec::mix::primer::{GROUP_LEN, STEP_MAX};
use crate::coder::binary::{BinaryDecoder, BinaryEncoder, BitCoder};
use crate::error::{Error, Result};
use crate::model::{Part, Tensor};
use crate::neural::Trie;
use crate::predict::mix::{Learning, Model};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The part's name.
pub const PART: &str = "gates";
/// Name of the tensor without which a primer does.
const CALIBRATION: &str = "calibration";
/// Bytes after which a gate that begins with a primer's weights is taken to be: on four articles 2^14 is 0.1 % larger, 2^19 0.3 %.
const PRIMED_AGE: usize = 1 << 17;

/// What a primer says, ready to be coded with.
pub struct Primer {
    /// The number of its ensemble.
    pub ensemble: u8,
    /// Where everything starts: shared.
    state: State,
}

/// What is learnt and kept.
pub struct State {
    /// The mix; its slots are not kept.
    pub mix: Model,
    /// Where tokens end; its maps are not kept.
    pub end: End,
    /// What odds are worth.
    pub confidence: Confidence,
}

impl State {
    fn code<C: BitCoder>(&mut self, coder: &mut C, step: u32) {
        self.mix.code_weights(coder, step);
        self.confidence.code_table(coder);
        self.end.code_gate(coder, step);
    }
}

/// The part that holds what `state` has learnt with ensemble `ensemble`, weights in steps of `1 << step`, of 2^28 for one. The state becomes what a decoder will
/// make of it.
///
/// # Errors
/// [`Error::OutOfMemory`].
pub fn freeze(ensemble: u8, state: &mut State, step: u32, calibrated: bool) -> Result<Part> {
    let mut tensors = vec![tensor("tables", |coder| state.code(coder, step))?];
    if calibrated {
        tensors.push(tensor(CALIBRATION, |coder| state.mix.code_calibration(coder))?);
    }
    let keys = [("ensemble", ensemble.to_string()), ("step", step.to_string())];
    Part::new(PART, BTreeMap::from(keys.map(|(key, value)| (key.to_owned(), value))), tensors)
}

/// A tensor that is one binary code stream.
fn tensor(name: &'static str, code: impl FnOnce(&mut BinaryEncoder<'_>)) -> Result<Tensor> {
    let mut bytes = Vec::new();
    let mut coder = BinaryEncoder::new(&mut bytes);
    code(&mut coder);
    coder.finish();
    Tensor::new(name, &[bytes.len()], &bytes)
}

/// The ensemble that the part is for.
pub fn ensemble_of(part: &Part) -> Option<u8> {
    Some(part.number("ensemble", 255).ok()? as u8)
}

impl Primer {
    /// What `part` says; worked out once for all who share it. It may take `memory` bytes.
    ///
    /// # Errors
    /// [`Error::Corrupt`] or [`Error::Truncated`] for a part that makes no sense, [`Error::Unsupported`] for an unknown ensemble,
    /// [`Error::Limit`], [`Error::OutOfMemory`].
    pub fn of(part: &Part, memory: u64) -> Result<Arc<Primer>> {
        let number = part.number("ensemble", 255)? as u8;
        let needed = Model::memory(ensemble_numbered(number)?, GROUP_LEN) + End::memory(0);
        if needed > memory {
            return Err(Error::Limit { what: "memory", needed, limit: memory });
        }
        part.prepared(thaw)
    }

    /// A group's state at its start.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn begin(&self, lines_log2: u32, group_len: usize, trie: &Trie) -> Result<Mixed> {
        let learning = Learning { age: PRIMED_AGE, certain: false, ..Learning::default() };
        let State { mix, end, confidence } = &self.state;
        Mixed::of(mix.fork(lines_log2, group_len, learning)?, end.fork(group_len)?, confidence.clone(), trie)
    }
}

fn thaw(part: &Part) -> Result<Primer> {
    let ensemble = part.number("ensemble", 255)? as u8;
    let step = part.number("step", u64::from(STEP_MAX))? as u32;
    let mix = Model::new(ensemble_numbered(ensemble)?, 0, GROUP_LEN)?;
    let mut state = State { mix, end: End::new(0)?, confidence: Confidence::new()? };
    let tables = part.tensor("tables")?.values::<u8>()?;
    let mut coder = BinaryDecoder::new(&tables);
    state.code(&mut coder, step);
    coder.finish()?;
    if part.tensors().iter().any(|tensor| tensor.name() == CALIBRATION) {
        let tables = part.tensor(CALIBRATION)?.values::<u8>()?;
        let mut coder = BinaryDecoder::new(&tables);
        state.mix.code_calibration(&mut coder);
        coder.finish()?;
    }
    state.mix.share_tables();
    state.end.share();
    Ok(Primer { ensemble, state })
}
