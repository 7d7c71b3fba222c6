//! Primers of the mix: the part of a model that holds what the engine has learnt, and the state that it stands for.
//!
//! The part is made by [`freeze`] and read by [`Primer::of`], once for all who share the model; `docs/model.md` has its layout. What comes
//! out is a [`Model`] that was [shared](Model::share): records and groups code on forks of it.

use crate::codec::record::end::End;
use crate::coder::binary::{BinaryDecoder, BinaryEncoder};
use crate::error::{Error, Result};
use crate::kernels::lines::LINE;
use crate::model::{Part, Tensor};
use crate::predict::mix::Model;
use crate::predict::mix::ensemble::{Ensemble, ensemble};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The engine's name in primers.
pub const ENGINE: &str = "mix";
/// The length of a group for which a primer's own tables are made.
pub const GROUP_LEN: usize = 1 << 14;
/// Longest text in front of what is coded.
pub const TEXT_MAX: usize = 1 << 13;
/// Log2 of the most lines of slots.
const LINES_LOG2_MAX: u64 = 21;
/// Coarsest steps of weights.
pub const STEP_MAX: u32 = 28;
/// Bits that a context takes at the least: no more of them are believed.
const CONTEXT_BITS: u64 = 4;

/// What a primer says, ready to be coded with.
#[derive(Debug)]
pub struct Primer {
    /// The number of its ensemble.
    pub ensemble: u8,
    /// Where everything starts: shared.
    pub start: Model,
    /// How records end.
    pub end: End,
    /// Log2 of the lines that a record writes to.
    pub overlay: u32,
    /// The gate's rate within records.
    pub rate: i32,
    /// Bytes of text in front of what is coded.
    pub text: usize,
}

/// What a primer is made from.
#[derive(Debug)]
pub struct Frozen<'a> {
    /// The number of the ensemble.
    pub ensemble: u8,
    /// What was learnt.
    pub model: &'a mut Model,
    /// The keys of the contexts to keep, ascending.
    pub keys: &'a [u64],
    /// Decisions that a cell must have seen to be kept.
    pub least: u32,
    /// Log2 of the steps of weights, of 2^28 for one.
    pub step: u32,
    /// What stands in front of what is coded.
    pub text: &'a [u8],
    /// How records end.
    pub end: End,
    /// Log2 of the lines that a record writes to.
    pub overlay: u32,
    /// The gate's rate within records.
    pub rate: i32,
}

/// The part that holds `frozen`. The model's tables become what a decoder will make of them.
///
/// # Errors
/// [`Error::OutOfMemory`].
pub fn freeze(frozen: Frozen<'_>) -> Result<Part> {
    let (mut tables, mut contexts) = (Vec::new(), Vec::new());
    let mut coder = BinaryEncoder::new(&mut tables);
    frozen.model.code_tables(&mut coder, frozen.step);
    coder.finish();
    let mut coder = BinaryEncoder::new(&mut contexts);
    frozen.model.code_contexts(frozen.keys, frozen.least, &mut coder);
    coder.finish();
    // A line holds two slots, and a context has some three.
    let lines = (2 * frozen.keys.len()).clamp(1 << 10, 1 << LINES_LOG2_MAX).next_power_of_two().trailing_zeros();
    let mut keys: BTreeMap<String, String> = [
        ("engine", ENGINE.to_owned()),
        ("ensemble", frozen.ensemble.to_string()),
        ("contexts", frozen.keys.len().to_string()),
        ("lines", lines.to_string()),
        ("overlay", frozen.overlay.to_string()),
        ("rate", frozen.rate.to_string()),
        ("step", frozen.step.to_string()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    frozen.end.to_keys(&mut keys);
    let tensor = |name, bytes: &[u8]| Tensor::new(name, &[bytes.len()], bytes);
    let tensors = vec![tensor("tables", &tables)?, tensor("contexts", &contexts)?, tensor("text", frozen.text)?];
    Part::new("primer", keys, tensors)
}

/// The ensemble that a primer of this engine is for, if it is one that this library knows.
pub fn ensemble_of(part: &Part) -> Option<u8> {
    let number = part.number("ensemble", 255).ok()? as u8;
    (part.keys().get("engine").map(String::as_str) == Some(ENGINE)).then_some(number)
}

impl Primer {
    /// What `part` says; worked out once for all who share it. It may take `memory` bytes.
    ///
    /// # Errors
    /// [`Error::Corrupt`] or [`Error::Truncated`] for a part that makes no sense, [`Error::Unsupported`] for an unknown ensemble,
    /// [`Error::Limit`], [`Error::OutOfMemory`].
    pub fn of(part: &Part, memory: u64) -> Result<Arc<Primer>> {
        let (_, ensemble) = checked(part)?;
        let needed = Primer::memory(part, ensemble)?;
        if needed > memory {
            return Err(Error::Limit { what: "memory", needed, limit: memory });
        }
        part.prepared(thaw)
    }

    fn memory(part: &Part, ensemble: &Ensemble) -> Result<u64> {
        let lines = part.number("lines", LINES_LOG2_MAX)?;
        Ok(((LINE as u64) << lines) + Model::memory(ensemble, GROUP_LEN))
    }
}

fn checked(part: &Part) -> Result<(u8, &'static Ensemble)> {
    let number = part.number("ensemble", 255)? as u8;
    let unknown = Error::Unsupported { what: "ensemble", value: u64::from(number) };
    Ok((number, ensemble(number).filter(|ensemble| !ensemble.guided).ok_or(unknown)?))
}

fn thaw(part: &Part) -> Result<Primer> {
    let (number, ensemble) = checked(part)?;
    let lines = part.number("lines", LINES_LOG2_MAX)? as u32;
    let bytes = |name| part.tensor(name)?.values::<u8>();
    let (tables, contexts, text) = (bytes("tables")?, bytes("contexts")?, bytes("text")?);
    let count = part.number("contexts", contexts.len() as u64 * (8 / CONTEXT_BITS) + 1)?;
    if text.len() > TEXT_MAX {
        return Err(Error::corrupt("a primer's text is too long"));
    }
    let mut start = Model::new(ensemble, lines, GROUP_LEN)?;
    let mut coder = BinaryDecoder::new(&tables);
    start.code_tables(&mut coder, part.number("step", u64::from(STEP_MAX))? as u32);
    coder.finish()?;
    let mut coder = BinaryDecoder::new(&contexts);
    start.read_contexts(count, &mut coder)?;
    coder.finish()?;
    start.pass(&text);
    start.share()?;
    Ok(Primer {
        ensemble: number,
        start,
        end: End::from_part(part)?,
        overlay: part.number("overlay", LINES_LOG2_MAX)? as u32,
        rate: part.number("rate", 128)? as i32,
        text: text.len(),
    })
}
