//! The router: which codec, with which parameters and filters, for a group.
//!
//! Statistics name a few candidates; where more than one is left they are tried on samples of the group, on all of it
//! if it is small, and the smallest wins. Trials are budgeted by a table of costs in bytes, never by a clock, so a
//! group's route is a function of its bytes and the options. Preset fast makes no trials.
//!
//! In large groups at preset balanced, size gives way to decoding time: `lz` is taken where it is at most 6 % behind a winning
//! `order`. Measured on 6 MB of x86 code (`ooffice` of the Silesia corpus, behind the branch filter): `order` takes 1,926,532
//! bytes and 2.1 s to decode, `lz` 2,017,550 bytes and 0.35 s. Small groups, where the difference is no time at all,
//! and preset max go by size alone.
//!
//! A transformer takes tens of times as long as all else, so those of the models are tried first, on a few kilobytes, against all else; where one
//! of them wins, nothing else is tried.

mod trial;

use crate::chunk::detect::Class;
use crate::codec::filter::{ARM64, DELTA, FilterSpec, X86};
use crate::codec::mix::{Mix, primer};
use crate::codec::neural::lanes;
use crate::codec::{self, CodecId, Params, neural};
use crate::error::Result;
use crate::model::Model;
use crate::options::{NeuralWishes, Preset};
use crate::predict::ensemble::{EXECUTABLE, GENERAL, LINES, TABLE};
use crate::predict::mix::ensemble::{self as mixes, BINARY, GUIDED_PROSE, GUIDED_STRUCTURE, PROSE, STRUCTURE};
use crate::transform::{delta, sample};

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

/// What the caller has asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wishes<'a> {
    pub(crate) level: u8,
    /// The only codec, if one is forced.
    pub(crate) codec: Option<CodecId>,
    pub(crate) neural: NeuralWishes,
    pub(crate) models: &'a [Model],
}

/// How to code a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) codec: CodecId,
    pub(crate) params: Params,
    pub(crate) filters: Vec<FilterSpec>,
    /// What of the caller's models the codec uses.
    pub(crate) models: Vec<Model>,
    pub(crate) why: &'static str,
}

impl Choice {
    pub(crate) fn new(codec: CodecId, level: u8, len: usize, why: &'static str) -> Choice {
        let params = Params { level, ensemble: GENERAL, arg: 0, group_len: len };
        Choice { codec, params, filters: Vec::new(), models: Vec::new(), why }
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
const WHOLE_TRIAL: usize = 1 << 20;
/// The longest group that preset balanced tries with a primer.
const PRIMED_LEN: usize = 256 << 10;
/// The longest group that preset balanced tries with a transformer.
const NEURAL_LEN: usize = 64 << 10;
/// Text above this size is not tried with `order`: on prose `bwt` is 4 % behind at 400 KB and 8 % ahead at 10 MB.
const LONG_TEXT: usize = 4 << 20;
/// Text up to this size is tried with `lz` whether it repeats or not.
const LZ_ALWAYS: usize = 32 << 10;
/// How much of a sample must repeat for `lz` to be tried on text, in 1/256.
const LZ_REPETITION: u32 = 240;
/// A stride must save this much of the order-0 entropy, in 1/256 bit a byte, to be tried.
const DELTA_GAIN: u32 = 64;

/// Chooses for the coded bytes of one group. Each candidate is tried with what it can use of the models.
pub(crate) fn choose(data: &[u8], class: Class, wishes: Wishes<'_>) -> Result<Choice> {
    let Wishes { level, codec: forced, neural, models } = wishes;
    let preset = Preset::of_level(level);
    let mut candidates = match forced {
        Some(codec) => forced_candidates(data, class, level, codec),
        None if class == Class::Dense => return Ok(Choice::store(data.len(), "looks random")),
        None if preset == Preset::Fast => fast_candidates(data, level),
        None if preset == Preset::Max => max_candidates(data, class, level),
        None => candidates(data, class, level),
    };
    candidates.retain(|choice| choice.codec.is_available() && data.len() <= codec::max_group(choice.codec));
    for choice in candidates.iter_mut().filter(|choice| choice.codec != CodecId::Mix) {
        choice.models = codec::models_used(choice.codec, &choice.params, models);
    }
    if forced.is_none_or(|codec| codec == CodecId::Mix) {
        candidates.extend(primed_candidates(data, level, models));
    }
    let may_guide = match forced {
        Some(codec) => codec == CodecId::Neural,
        None => class == Class::Text && data.len() <= neural_len(level),
    };
    if may_guide {
        let guided = neural_candidates(data, level, models, neural)?;
        if let Some(choice) = trial::guided(data, &candidates, guided)? {
            return Ok(choice);
        }
    }
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

/// The candidates of preset balanced. Measured on text: `lz` beats the others only where nearly everything
/// repeats (a CSV of 2.8 MB: 66 KB against 82 by `order`), and costs three times their time; so it is tried only there.
fn candidates(data: &[u8], class: Class, level: u8) -> Vec<Choice> {
    let choice = |codec| Choice::new(codec, level, data.len(), "smallest in a trial");
    let mut list = vec![choice(CodecId::Order), choice(CodecId::Bwt)];
    match class {
        Class::Text => {
            if data.len() > LONG_TEXT && CodecId::Bwt.is_available() {
                list = vec![Choice::new(CodecId::Bwt, level, data.len(), "long text")];
            } else {
                let mut lines = choice(CodecId::Order);
                lines.params.ensemble = LINES;
                list.push(lines);
            }
            if data.len() <= LZ_ALWAYS || trial::repetition(data) >= LZ_REPETITION {
                list.push(choice(CodecId::Lz));
            }
        }
        Class::X86 | Class::Arm64 if data.len() > WHOLE_TRIAL && CodecId::Order.is_available() => {
            list = order_candidates(data, class, level);
            list.extend(filtered_lz(data, class, level));
        }
        _ => {
            if let Some(geometry) = sample::detect(data) {
                let mut samples = Choice::new(CodecId::Sample, level, data.len(), "samples");
                samples.params.arg = geometry.to_arg();
                list.push(samples);
            }
            list.extend(order_candidates(data, class, level));
            list.push(choice(CodecId::Lz));
            list.extend(filtered_lz(data, class, level));
        }
    }
    list
}

/// The candidates of preset max: the mix, and for samples their own codec, which beats it there at twenty times its speed.
fn max_candidates(data: &[u8], class: Class, level: u8) -> Vec<Choice> {
    let mut list = mix_candidates(data, class, level);
    if class != Class::Text
        && let Some(geometry) = sample::detect(data)
    {
        let mut samples = Choice::new(CodecId::Sample, level, data.len(), "samples");
        samples.params.arg = geometry.to_arg();
        list.push(samples);
    }
    list
}

fn mix_candidates(data: &[u8], class: Class, level: u8) -> Vec<Choice> {
    let mix = |ensemble, why| {
        let mut choice = Choice::new(CodecId::Mix, level, data.len(), why);
        choice.params.ensemble = mixes::of_level(ensemble, level);
        choice.params.arg = Mix::arg(level, data.len());
        choice
    };
    match class {
        Class::Text => [PROSE, STRUCTURE].map(|ensemble| mix(ensemble, "smallest in a trial")).to_vec(),
        Class::X86 => vec![mix(mixes::X86, "x86 code").filtered(X86, 0)],
        // Of 27 kinds of binary data only text in UTF-16 was smaller by the ensemble for prose, by 3 %.
        Class::Arm64 => vec![mix(BINARY, "ARM64 code").filtered(ARM64, 0)],
        _ => vec![mix(BINARY, "binary data")],
    }
}

/// The mix behind each primer of `models`. Below preset max that is for groups of a length at which its time does not matter.
fn primed_candidates(data: &[u8], level: u8, models: &[Model]) -> Vec<Choice> {
    let longest = match Preset::of_level(level) {
        Preset::Fast => 0,
        Preset::Balanced => PRIMED_LEN,
        Preset::Max => usize::MAX,
    };
    if data.len() > longest {
        return Vec::new();
    }
    let primed = |model: &Model| {
        let mut choice = Choice::new(CodecId::Mix, level, data.len(), "knows its like from a model");
        choice.params.ensemble = primer::ensemble_of(model.part("primer")?)?;
        choice.params.arg = Mix::primed_arg(level, data.len());
        choice.models = codec::models_used(CodecId::Mix, &choice.params, std::slice::from_ref(model));
        Some(choice)
    };
    models.iter().filter_map(primed).collect()
}

/// The longest group that is tried with a transformer, which takes some 20 microseconds a byte.
fn neural_len(level: u8) -> usize {
    match Preset::of_level(level) {
        Preset::Fast => 0,
        Preset::Balanced => NEURAL_LEN,
        Preset::Max => usize::MAX,
    }
}

/// The mix beside the transformer of each of `models` that has one. The ensemble is that of the model's primer, and without one that of the mix that suits the data.
fn neural_candidates(data: &[u8], level: u8, models: &[Model], wishes: NeuralWishes) -> Result<Vec<Choice>> {
    let (mut list, mut fitting) = (Vec::new(), None);
    for model in models.iter().filter(|model| model.part(neural::PART).is_some()) {
        let mut choice = Choice::new(CodecId::Neural, level, data.len(), "a transformer knows its like");
        choice.params.ensemble = match model.part(neural::primer::PART).and_then(neural::primer::ensemble_of) {
            _ if wishes.pure => neural::PURE,
            Some(number) => number,
            None => match fitting {
                Some(number) => number,
                // The same for all of them, and found out on all of the data.
                None => *fitting.insert(ensemble_beside(data, level)?),
            },
        };
        let tables = if wishes.pure { 0 } else { Mix::arg(level, data.len()) };
        choice.params.arg = tables | lanes::arg(wishes.lanes, data.len());
        choice.models = codec::models_used(CodecId::Neural, &choice.params, std::slice::from_ref(model));
        list.push(choice);
    }
    Ok(list)
}

/// The ensemble for use beside a guide that is like the mix which suits `data`.
fn ensemble_beside(data: &[u8], level: u8) -> Result<u8> {
    let mix = trial::smallest(data, mix_candidates(data, Class::Text, level))?;
    Ok(if mix.params.ensemble == mixes::of_level(PROSE, level) { GUIDED_PROSE } else { GUIDED_STRUCTURE })
}

/// What suits data that is no text: the experts for code, behind a branch filter; those for tables; differences.
fn order_candidates(data: &[u8], class: Class, level: u8) -> Vec<Choice> {
    let order = |ensemble, why| {
        let mut choice = Choice::new(CodecId::Order, level, data.len(), why);
        choice.params.ensemble = ensemble;
        choice
    };
    match class {
        Class::X86 => return vec![order(EXECUTABLE, "x86 code").filtered(X86, 0)],
        Class::Arm64 => return vec![order(EXECUTABLE, "ARM64 code").filtered(ARM64, 0)],
        _ => {}
    }
    let mut list = Vec::new();
    if let Some(found) = delta::detect(data) {
        let mut records = order(TABLE, "table");
        records.params.arg = (found.stride as u32) << 8;
        list.push(records);
        if found.delta + DELTA_GAIN <= found.plain {
            list.push(order(GENERAL, "table, differences of rows").filtered(DELTA, found.stride as u32));
        }
    }
    list
}

/// `lz` behind the branch filter of the class, if it has one.
fn filtered_lz(data: &[u8], class: Class, level: u8) -> Option<Choice> {
    let lz = |why| Choice::new(CodecId::Lz, level, data.len(), why);
    match class {
        Class::X86 => Some(lz("x86 code").filtered(X86, 0)),
        Class::Arm64 => Some(lz("ARM64 code").filtered(ARM64, 0)),
        _ => None,
    }
}

/// The ways in which a forced codec can be used.
fn forced_candidates(data: &[u8], class: Class, level: u8, codec: CodecId) -> Vec<Choice> {
    let mut plain = Choice::new(codec, level, data.len(), "forced");
    match codec {
        CodecId::Sample => plain.params.arg = sample::detect(data).map_or(0, |geometry| geometry.to_arg()),
        CodecId::Mix => return mix_candidates(data, class, level),
        CodecId::Neural => return Vec::new(),
        CodecId::Order if class != Class::Text => {
            let mut list = order_candidates(data, class, level);
            list.insert(0, plain);
            return list;
        }
        CodecId::Lz => {
            let mut list = vec![plain];
            list.extend(filtered_lz(data, class, level));
            return list;
        }
        _ => {}
    }
    vec![plain]
}
