//! Trials: candidates code samples of a group, and the smallest result wins, unless it is dear to decode.

use super::{Choice, WHOLE_TRIAL};
use crate::codec::mix::Mix;
use crate::codec::neural::lanes;
use crate::codec::{self, BlockCodec, CodecId, UNLIMITED, filter};
use crate::error::Result;
use crate::options::Preset;

/// The same where every candidate is an ensemble of the mix, which takes a microsecond and more for a byte.
const WHOLE_MIX_TRIAL: usize = 128 << 10;
/// Shortest and longest sample of a large group, in bytes.
const SAMPLE_MIN: usize = 64 << 10;
/// See [`SAMPLE_MIN`].
const SAMPLE_MAX: usize = 512 << 10;
/// Most bytes on which transformers are tried; half as many in short groups.
const GUIDED_TRIAL: usize = 8 << 10;
/// The share by which a transformer must be smaller: one thirty-second.
const GUIDED_WORTH: usize = 32;
/// What a transformer loses against other codecs with each doubling of a text, as a share of what they take: one fortieth. From 8 to 64 KB it was 3 to 5 in a hundred
/// on prose, logs and JSON, later less.
const GUIDED_LOSS: usize = 40;
/// What all trials together may cost of the cost of coding the group with `bwt`: a sixteenth.
const SHARE: usize = 16;

/// Where samples start: at a multiple of every width and number of channels that numbers can have.
const ALIGNMENT: usize = 840 * 8;

/// Encoding time of a codec a byte, in 1/7 of `lz`'s; measured once, and only ever compared with each other.
fn cost(codec: CodecId) -> usize {
    match codec {
        CodecId::Store | CodecId::Zstd => 1,
        CodecId::Sample => 2,
        CodecId::Bwt => 4,
        CodecId::Order => 7,
        CodecId::Lz => 7,
        CodecId::Mix => 50,
        // Has a trial of its own, [`guided`].
        CodecId::Neural => 500,
        #[cfg(test)]
        CodecId::Primed => 1,
    }
}

/// What a codec's output on a sample stands for on a large group, in 1/256. `bwt` gains more from length than
/// the others: on prose it is 4 % behind `order` at 400 KB and 8 % ahead at 10 MB.
fn foresight(codec: CodecId) -> usize {
    if codec == CodecId::Bwt { 230 } else { 256 }
}

/// How much larger than `order`'s the output of `lz` may be on a large group, in 1/256: it decodes in a fifth of the time.
const LZ_WORTH: usize = 256 * 106 / 100;

/// The candidate whose output is smallest; of equal ones, the first. In a large group at preset balanced `lz` stands in for
/// `order` where it is nearly as small.
pub(super) fn smallest(data: &[u8], candidates: Vec<Choice>) -> Result<Choice> {
    let sample = sample(data, &candidates);
    let whole = sample.len() == 1;
    let mut results = Vec::new();
    for choice in candidates {
        let weight = if whole { 256 } else { foresight(choice.codec) };
        results.push((packed_len(&sample, &choice)? * weight, choice));
    }
    results.sort_by_key(|(len, _)| *len);
    let Some((least, best)) = results.first() else { return Ok(Choice::store(data.len(), "no candidate")) };
    let trades = !whole && best.codec == CodecId::Order && Preset::of_level(best.params.level) == Preset::Balanced;
    let bound = least / 256 * LZ_WORTH;
    let quick = results.iter().find(|(len, choice)| trades && choice.codec == CodecId::Lz && *len <= bound);
    Ok(quick.map_or(best, |(_, choice)| choice).clone())
}

/// The best of codings with transformers, if it is foretold to be smaller than each of `plain` by what is worth its time.
///
/// A piece from the middle is coded in two halves. What the second half takes, all that is left of the group will take; but the longer a text, the more
/// do the others learn of it that the transformer knew before them.
pub(super) fn guided(data: &[u8], plain: &[Choice], mut candidates: Vec<Choice>) -> Result<Option<Choice>> {
    if candidates.len() <= 1 && plain.is_empty() {
        return Ok(candidates.pop());
    }
    let len = (data.len() / 8).clamp(GUIDED_TRIAL / 2, GUIDED_TRIAL).min(data.len());
    let piece = &data[(data.len() - len) / 2..][..len];
    let mut best: Option<(Foretold, Choice)> = None;
    for choice in candidates {
        let foretold = Foretold::of(piece, data.len(), &choice)?;
        if best.as_ref().is_none_or(|(least, _)| foretold.all() < least.all()) {
            best = Some((foretold, choice));
        }
    }
    let Some((guided, choice)) = best else { return Ok(None) };
    let doublings = (data.len() / len.max(1)).max(1).ilog2() as usize;
    for choice in plain {
        let plain = Foretold::of(piece, data.len(), choice)?;
        if guided.all() + plain.rest * doublings / GUIDED_LOSS > plain.all() - plain.all() / GUIDED_WORTH {
            return Ok(None);
        }
    }
    Ok(Some(choice))
}

/// Bytes that a piece takes, and that the rest of the group will take if it is like the second half of the piece.
struct Foretold {
    piece: usize,
    rest: usize,
}

impl Foretold {
    fn of(piece: &[u8], len: usize, choice: &Choice) -> Result<Foretold> {
        let (first, second) = piece.split_at(piece.len() / 2);
        let (half, all) = if choice.codec.is_whole_group() || !choice.filters.is_empty() {
            (packed_len(&[first], choice)?, packed_len(&[piece], choice)?)
        } else {
            let mut codec = open(choice, piece.len())?;
            let mut out = Vec::new();
            codec.encode(first, &mut out)?;
            let half = out.len();
            codec.encode(second, &mut out)?;
            (half, out.len())
        };
        let times = (len - piece.len()) / second.len().max(1);
        Ok(Foretold { piece: all, rest: all.saturating_sub(half) * times })
    }

    fn all(&self) -> usize {
        self.piece + self.rest
    }
}

/// Where the trial looks: everything if that is little, or two stretches a quarter in from either end.
fn sample<'a>(data: &'a [u8], candidates: &[Choice]) -> Vec<&'a [u8]> {
    let all_mix = candidates.iter().all(|choice| choice.codec == CodecId::Mix);
    if data.len() <= if all_mix { WHOLE_MIX_TRIAL } else { WHOLE_TRIAL } {
        return vec![data];
    }
    let all: usize = candidates.iter().map(|choice| cost(choice.codec)).sum();
    let affordable = data.len() / (SHARE * all.max(1)) * cost(CodecId::Bwt);
    let half = affordable.clamp(SAMPLE_MIN, SAMPLE_MAX) / 2;
    let aligned = |at: usize| at - at % ALIGNMENT;
    let (first, second) = (aligned(data.len() / 4), aligned(data.len() / 4 * 3 - half));
    vec![&data[first..first + half], &data[second..second + half]]
}

fn packed_len(pieces: &[&[u8]], choice: &Choice) -> Result<usize> {
    let mut out = Vec::new();
    for piece in pieces {
        let mut codec = open(choice, piece.len())?;
        if choice.filters.is_empty() {
            codec.encode(piece, &mut out)?;
        } else {
            let mut block = piece.to_vec();
            filter::apply(&choice.filters, &mut block, 0)?;
            codec.encode(&block, &mut out)?;
        }
    }
    Ok(out.len())
}

/// The codec of a choice, for a piece of that length.
fn open(choice: &Choice, len: usize) -> Result<Box<dyn BlockCodec>> {
    let mut params = if choice.codec == CodecId::Neural { lanes::without(&choice.params) } else { choice.params };
    params.group_len = len;
    if params.arg != 0 && matches!(choice.codec, CodecId::Mix | CodecId::Neural) {
        // Tables of the whole group would take longer to be zeroed than the piece to be coded.
        let primed = choice.codec == CodecId::Mix && !choice.models.is_empty();
        let arg = if primed { Mix::primed_arg } else { Mix::arg };
        params.arg = params.arg.min(arg(params.level, len));
    }
    codec::open_with(choice.codec, &params, &choice.models, &UNLIMITED)
}

/// How much of the middle of `data` repeats what stands shortly before it, in 1/256: a greedy parse of up to 128 KiB with
/// matches of eight bytes and more.
pub(super) fn repetition(data: &[u8]) -> u32 {
    const PIECE: usize = 128 << 10;
    let start = data.len().saturating_sub(PIECE) / 2;
    let piece = &data[start..data.len().min(start + PIECE)];
    let word = |at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&piece[at..at + 8]);
        u64::from_le_bytes(bytes)
    };
    let mut seen = vec![0u32; 1 << 15];
    let (mut at, mut matched) = (0, 0);
    while at + 8 <= piece.len() {
        let slot = &mut seen[(word(at).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 49) as usize];
        let before = *slot as usize;
        *slot = at as u32;
        if before < at && word(before) == word(at) {
            let len = piece[at..].iter().zip(&piece[before..]).take_while(|(a, b)| a == b).count();
            matched += len;
            at += len;
        } else {
            at += 1;
        }
    }
    (matched * 256 / piece.len().max(1)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::samples;

    #[test]
    fn repetition_tells_tables_from_noise() {
        assert_eq!(repetition(&[]), 0);
        assert!(repetition(&samples::random(200_000)) < 2);
        assert!(repetition(&b"2026-11-21,ok,0.25\n".repeat(9000)) > 250);
    }

    #[test]
    fn trials_of_large_groups_are_bounded() {
        let data = vec![0; 20 << 20];
        let list = [CodecId::Order, CodecId::Lz].map(|codec| Choice::new(codec, 5, data.len(), "")).to_vec();
        let total: usize = sample(&data, &list).iter().map(|piece| piece.len()).sum();
        assert!((SAMPLE_MIN..=SAMPLE_MAX).contains(&total));
        assert_eq!(sample(&data[..1000], &list), [&data[..1000]]);
        let mixes = [CodecId::Mix; 2].map(|codec| Choice::new(codec, 8, 1 << 20, ""));
        let total: usize = sample(&data[..1 << 20], &mixes).iter().map(|piece| piece.len()).sum();
        assert_eq!(total, SAMPLE_MIN);
    }
}
