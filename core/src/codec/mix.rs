//! `mix`: the full context mix behind preset `max`.
//!
//! Each bit is predicted by a whole ensemble of experts, blended by the gate, calibrated and coded: see
//! [`predict::mix`](crate::predict::mix). State continues from block to block; each block is one code stream.
//!
//! [`Params::ensemble`]: an ensemble of [`predict::mix::ensemble`](crate::predict::mix::ensemble). [`Params::arg`]: bits 0-7 are log2 of the
//! table's size in cache lines (0: fitted to the group; else 4 to 24).
//!
//! Payload: the code stream alone. In the first block of a group that is not empty it begins with the tree by which the group's bytes are taken apart
//! ([`predict::mix::tree`](crate::predict::mix::tree)), unless the group begins with a primer, which has that of its ensemble.

pub mod primer;
mod trace;

use crate::codec::bytewise::{ByteModel, Decode, Encode};
use crate::codec::{BlockCodec, Limits, Params};
use crate::coder::binary::BitCoder;
use crate::error::{Error, Result};
use crate::kernels::Isa;
use crate::kernels::lines::LINE;
use crate::kernels::vector::{Lanes, dispatch_on};
use crate::model::Part;
use crate::predict::mix::ensemble::{Ensemble, ensemble};
use crate::predict::mix::{Learning, Model, Scratch};
use primer::Primer;
pub use trace::Tracer;

/// Log2 of the most cache lines that a group is given, by level from 7 on: 128 MiB, 512 MiB, 1 GiB.
const LINES_LOG2: [u32; 3] = [21, 23, 24];
/// Lines for a byte of input, rounded up to a power of two in all: a byte of text leaves some ten slots behind, two a line. Twice as many
/// gain 0.1 % on text and take time to be zeroed.
const LINES_PER_BYTE: usize = 4;
/// Log2 of the fewest cache lines behind a primer.
const PRIMED_LINES_LOG2: u32 = 15;
/// Bytes after which a gate that begins with a primer's weights is taken to be.
const PRIMED_AGE: usize = 1 << 19;

/// The codec; see the module.
#[derive(Debug)]
pub struct Mix {
    group: Group,
    isa: Isa,
}

/// The model of a group.
#[derive(Debug)]
struct Group {
    model: Model,
    /// Whether nothing was coded yet, and no primer has a say.
    is_fresh: bool,
}

impl Mix {
    /// A codec for one group.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for an unknown ensemble or table size, [`Error::OutOfMemory`].
    pub fn new(params: &Params) -> Result<Self> {
        Mix::with_isa(params, Isa::best())
    }

    /// A codec for one group that begins with what `primer` knows.
    ///
    /// # Errors
    /// As [`Mix::new`] and [`Primer::of`].
    pub fn primed(params: &Params, primer: &Part, limits: &Limits) -> Result<Self> {
        let log2 = lines_log2(params)?;
        let primer = Primer::of(primer, limits.memory)?;
        // Of each line of an overlay it is known where it comes from.
        let needed = ((LINE as u64 + 8) << log2) + Model::memory(ensemble_of(params)?, params.group_len);
        if needed > limits.memory {
            return Err(Error::Limit { what: "memory", needed, limit: limits.memory });
        }
        let learning = Learning { age: PRIMED_AGE, ..Learning::default() };
        let model = primer.start.fork(log2, params.group_len, learning)?;
        Ok(Mix { group: Group { model, is_fresh: false }, isa: Isa::best() })
    }

    fn with_isa(params: &Params, isa: Isa) -> Result<Self> {
        let model = Model::new(ensemble_of(params)?, lines_log2(params)?, params.group_len)?;
        Ok(Mix { group: Group { model, is_fresh: true }, isa })
    }

    /// Bytes of memory that a group takes, of an encoder or a decoder.
    pub fn memory(params: &Params) -> u64 {
        match (ensemble(params.ensemble), lines_log2(params)) {
            (Some(ensemble), Ok(log2)) => ((LINE as u64) << log2) + Model::memory(ensemble, params.group_len),
            _ => 0,
        }
    }

    /// The argument for such a group behind a primer, which has slots of its own.
    pub fn primed_arg(level: u8, len: usize) -> u32 {
        Mix::arg(level, len).max(PRIMED_LINES_LOG2)
    }

    /// The argument for a group of `len` bytes at `level`.
    pub fn arg(level: u8, len: usize) -> u32 {
        fitted(len, LINES_LOG2[usize::from(level.clamp(7, 9) - 7)])
    }
}

fn ensemble_of(params: &Params) -> Result<&'static Ensemble> {
    let unknown = Error::Unsupported { what: "ensemble", value: u64::from(params.ensemble) };
    ensemble(params.ensemble).filter(|ensemble| !ensemble.guided).ok_or(unknown)
}

fn fitted(len: usize, most: u32) -> u32 {
    let lines = len.saturating_mul(LINES_PER_BYTE).clamp(1 << 10, 1 << most);
    lines.next_power_of_two().trailing_zeros()
}

/// Log2 of the cache lines of a group's slots.
///
/// # Errors
/// [`Error::Unsupported`].
pub(super) fn lines_log2(params: &Params) -> Result<u32> {
    match params.arg {
        0 => Ok(fitted(params.group_len, LINES_LOG2[0])),
        log2 @ 4..=24 => Ok(log2),
        other => Err(Error::Unsupported { what: "table size", value: u64::from(other) }),
    }
}

impl BlockCodec for Mix {
    fn encode(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        dispatch_on(self.isa, Encode { model: &mut self.group, block, out })
    }

    fn decode(&mut self, payload: &[u8], len: usize, out: &mut Vec<u8>) -> Result<()> {
        dispatch_on(self.isa, Decode { model: &mut self.group, payload, len, out })
    }
}

impl ByteModel for Group {
    type Scratch = Scratch;

    fn begin<C: BitCoder>(&mut self, coder: &mut C, block: &[u8]) -> Result<()> {
        if std::mem::take(&mut self.is_fresh) { self.model.code_tree(coder, block) } else { Ok(()) }
    }

    fn scratch(&mut self) -> Scratch {
        let mut scratch = Scratch::new();
        self.model.prepare(&mut scratch);
        scratch
    }

    #[inline(always)]
    fn code<L: Lanes, C: BitCoder>(&mut self, scratch: &mut Scratch, coder: &mut C, byte: u8) -> u8 {
        self.model.code::<L, C>(scratch, coder, byte)
    }
}

#[cfg(test)]
mod tests;
