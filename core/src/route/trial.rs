//! Trials: candidates code samples of a group, and the smallest result wins, unless it is dear to decode.

use super::{Choice, WHOLE_TRIAL};
use crate::codec::mix::Mix;
use crate::codec::{self, CodecId, UNLIMITED, filter};
use crate::error::Result;
use crate::options::Preset;

/// The same where every candidate is an ensemble of the mix, which takes a microsecond and more for a byte.
const WHOLE_MIX_TRIAL: usize = 128 << 10;
/// Shortest and longest sample of a large group, in bytes.
const SAMPLE_MIN: usize = 64 << 10;
/// See [`SAMPLE_MIN`].
const SAMPLE_MAX: usize = 512 << 10;
/// Bytes on which transformers are tried.
const GUIDED_TRIAL: usize = 4 << 10;
/// The share by which a transformer must be smaller, of what it takes for the pieces: one thirty-second.
const GUIDED_WORTH: usize = 32;
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

/// The best of codings with transformers, tried on two short pieces, if it is smaller there than each of `plain` by what is worth its time.
pub(super) fn guided(data: &[u8], plain: &[Choice], mut candidates: Vec<Choice>) -> Result<Option<Choice>> {
    if candidates.len() <= 1 && plain.is_empty() {
        return Ok(candidates.pop());
    }
    let pieces = if data.len() <= GUIDED_TRIAL { vec![data] } else { stretches(data, GUIDED_TRIAL / 2) };
    let (mut least, mut best) = (usize::MAX, None);
    for choice in candidates {
        let len = packed_len(&pieces, &choice)?;
        if len < least {
            (least, best) = (len, Some(choice));
        }
    }
    if best.is_some() {
        for choice in plain {
            let len = packed_len(&pieces, choice)?;
            if len - len / GUIDED_WORTH <= least {
                return Ok(None);
            }
        }
    }
    Ok(best)
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
    stretches(data, half)
}

/// Two stretches of `half` bytes, a quarter in from either end.
fn stretches(data: &[u8], half: usize) -> Vec<&[u8]> {
    let aligned = |at: usize| at - at % ALIGNMENT;
    let (first, second) = (aligned(data.len() / 4), aligned(data.len() / 4 * 3 - half));
    vec![&data[first..first + half], &data[second..second + half]]
}

fn packed_len(pieces: &[&[u8]], choice: &Choice) -> Result<usize> {
    let mut out = Vec::new();
    for piece in pieces {
        let mut params = choice.params;
        params.group_len = piece.len();
        if params.arg != 0 && matches!(choice.codec, CodecId::Mix | CodecId::Neural) {
            // Tables of the whole group would take longer to be zeroed than the piece to be coded.
            let primed = choice.codec == CodecId::Mix && !choice.models.is_empty();
            let arg = if primed { Mix::primed_arg } else { Mix::arg };
            params.arg = params.arg.min(arg(params.level, piece.len()));
        }
        let mut codec = codec::open_with(choice.codec, &params, &choice.models, &UNLIMITED)?;
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
