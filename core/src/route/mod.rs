//! The router: which codec, with which parameters and filters, for a group.
//!
//! Statistics name a few candidates; where more than one is left they are tried on samples of the group, on all of it
//! if it is small, and the smallest wins. Trials are budgeted by a table of costs in bytes, never by a clock, so a
//! group's route is a function of its bytes and the options. Preset fast makes no trials.

mod trial;

use crate::chunk::detect::Class;
use crate::codec::filter::{ARM64, DELTA, FilterSpec, X86};
use crate::codec::{self, CodecId, Params};
use crate::error::Result;
use crate::options::Preset;
use crate::transform::delta;

/// A decision of the router, for listings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// First byte of the group in the frame's output.
    pub offset: u64,
    /// Bytes of output.
    pub len: u64,
    /// What the content was taken for.
    pub class: Class,
    /// The codec that coded it.
    pub codec: CodecId,
    /// Number of the codec's expert set.
    pub ensemble: u8,
    /// Filters before the codec.
    pub filters: Vec<FilterSpec>,
    /// Bytes that the group takes in the frame.
    pub packed: u64,
    /// Why this codec.
    pub why: &'static str,
}

/// How to code a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) codec: CodecId,
    pub(crate) params: Params,
    pub(crate) filters: Vec<FilterSpec>,
    pub(crate) why: &'static str,
}

impl Choice {
    pub(crate) fn new(codec: CodecId, level: u8, len: usize, why: &'static str) -> Choice {
        let params = Params { level, ensemble: codec::default_ensemble(codec), arg: 0, group_len: len };
        Choice { codec, params, filters: Vec::new(), why }
    }

    pub(crate) fn store(len: usize, why: &'static str) -> Choice {
        Choice::new(CodecId::Store, 0, len, why)
    }

    fn filtered(mut self, id: u8, param: u32) -> Choice {
        self.filters.push(FilterSpec { id, param });
        self
    }
}

/// Groups up to this size try every candidate on all of their bytes.
const WHOLE_TRIAL: usize = 256 << 10;
/// Text from this size on goes to `bwt` untried: it wins there, and a sample would be unfair to it.
const BWT_TEXT_MIN: usize = 1 << 20;
/// A stride must save this much of the order-0 entropy, in 1/256 bit a byte, to be tried.
const DELTA_GAIN: u32 = 64;

/// Chooses for the coded bytes of one group.
pub(crate) fn choose(data: &[u8], class: Class, level: u8, forced: Option<CodecId>) -> Result<Choice> {
    let preset = Preset::of_level(level);
    let mut candidates = match forced {
        Some(codec) => forced_candidates(data, class, level, codec),
        None if class == Class::Dense => return Ok(Choice::store(data.len(), "looks random")),
        None if preset == Preset::Fast => fast_candidates(data, level),
        None => candidates(data, class, level),
    };
    candidates.retain(|choice| choice.codec.is_available() && data.len() <= codec::max_group(choice.codec));
    match candidates.len() {
        0 => Ok(Choice::store(data.len(), "no codec of this build suits")),
        1 => Ok(candidates.swap_remove(0)),
        _ => trial::smallest(data, candidates),
    }
}

fn fast_candidates(data: &[u8], level: u8) -> Vec<Choice> {
    let codec = if CodecId::Zstd.is_available() { CodecId::Zstd } else { CodecId::Lz };
    vec![Choice::new(codec, level, data.len(), "preset fast")]
}

/// The candidates of presets balanced and max.
fn candidates(data: &[u8], class: Class, level: u8) -> Vec<Choice> {
    let len = data.len();
    let choice = |codec, why| Choice::new(codec, level, len, why);
    if class == Class::Text && len >= BWT_TEXT_MIN && CodecId::Bwt.is_available() {
        return vec![choice(CodecId::Bwt, "long text")];
    }
    let mut list = vec![choice(CodecId::Order, "smallest in a trial"), choice(CodecId::Bwt, "smallest in a trial")];
    if class != Class::Text {
        list.extend(binary_candidates(data, class, level));
    }
    list.push(choice(CodecId::Lz, "smallest in a trial"));
    if !CodecId::Lz.is_available() {
        list.push(choice(CodecId::Zstd, "smallest in a trial"));
    }
    list
}

/// What else suits data that is no text: branch filters for code, differences for tables.
fn binary_candidates(data: &[u8], class: Class, level: u8) -> Vec<Choice> {
    let order = |why| Choice::new(CodecId::Order, level, data.len(), why);
    let mut list = Vec::new();
    match class {
        Class::X86 => list.push(order("code, branches filtered").filtered(X86, 0)),
        Class::Arm64 => list.push(order("code, branches filtered").filtered(ARM64, 0)),
        _ => {}
    }
    if let Some(found) = delta::detect(data)
        && found.delta + DELTA_GAIN <= found.plain
    {
        list.push(order("table, differences of rows").filtered(DELTA, found.stride as u32));
    }
    list
}

/// The ways in which a forced codec can be used.
fn forced_candidates(data: &[u8], class: Class, level: u8, codec: CodecId) -> Vec<Choice> {
    let plain = Choice::new(codec, level, data.len(), "forced");
    let mut list = vec![plain];
    if codec == CodecId::Order && class != Class::Text {
        list.extend(binary_candidates(data, class, level));
    }
    list
}
