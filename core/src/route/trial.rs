//! Trials: candidates code samples of a group, and the smallest result wins.

use super::{Choice, WHOLE_TRIAL};
use crate::codec::{self, CodecId, UNLIMITED, filter};
use crate::error::Result;

/// Longest sample of a large group, in bytes, for all candidates together.
const SAMPLE_MAX: usize = 1 << 20;
/// What all trials together may cost of the cost of coding the group, in 1/256.
const SHARE: usize = 32;

/// Encoding time of a codec, in units of `order`'s a byte; measured, and only ever compared with each other.
fn cost(codec: CodecId) -> usize {
    match codec {
        CodecId::Store => 0,
        CodecId::Zstd | CodecId::Sample => 1,
        CodecId::Bwt | CodecId::Order => 2,
        CodecId::Lz => 3,
    }
}

/// The candidate whose output is smallest; of equal ones, the first.
pub(super) fn smallest(data: &[u8], candidates: Vec<Choice>) -> Result<Choice> {
    let sample = sample(data, &candidates);
    let mut best: Option<(usize, Choice)> = None;
    for choice in candidates {
        let len = packed_len(&sample, &choice)?;
        if best.as_ref().is_none_or(|(least, _)| len < *least) {
            best = Some((len, choice));
        }
    }
    Ok(best.map_or_else(|| Choice::store(data.len(), "no candidate"), |(_, choice)| choice))
}

/// Where the trial looks: everything, or two stretches a quarter in from either end.
fn sample<'a>(data: &'a [u8], candidates: &[Choice]) -> Vec<&'a [u8]> {
    if data.len() <= WHOLE_TRIAL {
        return vec![data];
    }
    let all: usize = candidates.iter().map(|choice| cost(choice.codec)).sum();
    // The budget is a share of one pass of `order` over the group, spent on all candidates.
    let len = (data.len() / 256 * SHARE * cost(CodecId::Order) / all.max(1)).clamp(WHOLE_TRIAL / 4, SAMPLE_MAX / 2);
    let half = len / 2;
    let at = data.len() / 4;
    vec![&data[at..at + half], &data[data.len() - at - half..data.len() - at]]
}

fn packed_len(pieces: &[&[u8]], choice: &Choice) -> Result<usize> {
    let mut out = Vec::new();
    for piece in pieces {
        let mut params = choice.params;
        params.group_len = piece.len();
        let mut codec = codec::open(choice.codec, &params, &UNLIMITED)?;
        let mut block = piece.to_vec();
        filter::apply(&choice.filters, &mut block, 0)?;
        codec.encode(&block, &mut out)?;
    }
    Ok(out.len())
}
