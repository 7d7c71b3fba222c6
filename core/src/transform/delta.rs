//! Differences to the byte a fixed stride back, and the search for a stride that pays.
//!
//! Samples of a wave, pixels of an image and columns of a table change little from one to the next; their differences
//! are small numbers. Differences are taken modulo 256, so that the rewrite is exact on any input. Cost: one
//! pass, about a nanosecond a byte; detection reads a sample of at most 128 KiB, about 4 ms.

use super::log2::log2;

/// Largest stride, in bytes.
pub const MAX_STRIDE: usize = 256;

/// Replaces each byte from `stride` on by its difference to the byte `stride` in front of it, in place. Stride 0 changes nothing.
pub fn encode(bytes: &mut [u8], stride: usize) {
    if stride == 0 {
        return;
    }
    for at in (stride..bytes.len()).rev() {
        bytes[at] = bytes[at].wrapping_sub(bytes[at - stride]);
    }
}

/// Undoes [`encode`], in place.
pub fn decode(bytes: &mut [u8], stride: usize) {
    if stride == 0 {
        return;
    }
    for at in stride..bytes.len() {
        bytes[at] = bytes[at].wrapping_add(bytes[at - stride]);
    }
}

/// What [`detect`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The stride, in bytes, whose differences have the lowest order-0 entropy.
    pub stride: usize,
    /// Entropy of the bytes themselves, in 1/256 bit a byte.
    pub plain: u32,
    /// Entropy of their differences, each residue of the position modulo the stride (up to [`LANES`]) on its own, in 1/256 bit a byte.
    pub delta: u32,
}

/// How many residues of the position get a histogram of their own.
pub const LANES: usize = 4;

const PIECES: usize = 8;
const PIECE_LEN: usize = 1 << 14;
/// How many strides are looked at closely, of those with the smallest differences.
const FINALISTS: usize = 6;

/// The best stride for `bytes` by statistics over up to eight pieces of 16 KiB, or `None` for less than 1 KiB. Whether it pays is the caller's
/// judgement: both entropies are given. A multiple of a stride wins only by being better.
pub fn detect(bytes: &[u8]) -> Option<Detected> {
    if bytes.len() < 1024 {
        return None;
    }
    let pieces = sample(bytes);
    let mut sums: Vec<(u64, usize)> =
        (1..=MAX_STRIDE).map(|stride| (mean_difference(&pieces, stride), stride)).collect();
    sums.sort_unstable();
    let plain = entropy(&pieces, |_, piece, at| (0, piece[at]));
    sums.truncate(FINALISTS);
    sums.into_iter()
        .map(|(_, stride)| {
            let lanes = stride.min(LANES);
            let delta = entropy(&pieces, |offset, piece, at| {
                ((offset + at) % stride % lanes, piece[at].wrapping_sub(piece[at.saturating_sub(stride)]))
            });
            Detected { stride, plain, delta }
        })
        .min_by_key(|found| (found.delta, found.stride))
}

/// Evenly spread pieces, with their offsets.
fn sample(bytes: &[u8]) -> Vec<(usize, &[u8])> {
    if bytes.len() <= PIECES * PIECE_LEN {
        return vec![(0, bytes)];
    }
    let step = (bytes.len() - PIECE_LEN) / (PIECES - 1);
    (0..PIECES).map(|piece| (piece * step, &bytes[piece * step..piece * step + PIECE_LEN])).collect()
}

/// Mean magnitude of the differences, in 1/256, taken as signed bytes.
fn mean_difference(pieces: &[(usize, &[u8])], stride: usize) -> u64 {
    let (mut sum, mut count) = (0, 0);
    for (_, piece) in pieces {
        let later = piece.get(stride..).unwrap_or(&[]);
        count += later.len() as u64;
        for (now, before) in later.chunks(256).zip(piece.chunks(256)) {
            // Short enough for the compiler to add up in 16-bit lanes.
            let part: u16 =
                now.iter().zip(before).map(|(&a, &b)| u16::from((a.wrapping_sub(b) as i8).unsigned_abs())).sum();
            sum += u64::from(part);
        }
    }
    (sum << 8) / count.max(1)
}

/// Order-0 entropy in 1/256 bit of what `symbol(offset, piece, at)` gives, in up to [`LANES`] histograms.
fn entropy(pieces: &[(usize, &[u8])], symbol: impl Fn(usize, &[u8], usize) -> (usize, u8)) -> u32 {
    let mut counts = [[0u32; 256]; LANES];
    for &(offset, piece) in pieces {
        for at in 0..piece.len() {
            let (lane, byte) = symbol(offset, piece, at);
            counts[lane][usize::from(byte)] += 1;
        }
    }
    let (mut bits, mut all) = (0u64, 0u64);
    for lane in &counts {
        let total: u32 = lane.iter().sum();
        let whole = log2(total);
        bits += lane
            .iter()
            .filter(|&&count| count > 0)
            .map(|&count| u64::from(count) * u64::from(whole - log2(count)))
            .sum::<u64>();
        all += u64::from(total);
    }
    (bits / all.max(1)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::samples::{self, Random};
    use proptest::prelude::*;

    fn round_trip(text: &[u8], stride: usize) {
        let mut bytes = text.to_vec();
        encode(&mut bytes, stride);
        decode(&mut bytes, stride);
        assert!(bytes == text);
    }

    #[test]
    fn samples_come_back() {
        for text in samples::all() {
            [0, 1, 2, 3, 4, 8, 100, 255, 256, 1 << 20].into_iter().for_each(|stride| round_trip(&text, stride));
            if let Some(found) = detect(&text) {
                assert!((1..=MAX_STRIDE).contains(&found.stride) && found.plain <= 8 << 8 && found.delta <= 8 << 8);
            }
        }
    }

    #[test]
    fn strides_of_tables_are_found() {
        let mut random = Random(5);
        for stride in [1usize, 2, 3, 4, 6, 12, 28, 64, 200] {
            // Every column walks on its own.
            let mut row = samples::random(stride);
            let mut table = Vec::new();
            while table.len() < 200_000 {
                for byte in &mut row {
                    *byte = byte.wrapping_add((random.next() >> 33) as u8 & 3).wrapping_sub(1);
                }
                table.extend_from_slice(&row);
            }
            let found = detect(&table).unwrap();
            assert_eq!(found.stride, stride);
            assert!(found.delta < 3 << 8 && found.plain > 7 << 8, "{found:?}");
        }
        let noise = detect(&samples::random(200_000)).unwrap();
        assert!(noise.delta + 16 > noise.plain, "{noise:?}");
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(text in samples::any_text(2000), stride in 0usize..400) {
            round_trip(&text, stride);
            detect(&text);
        }
    }
}
