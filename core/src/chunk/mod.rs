//! Cutting the input: content-defined chunks, found again where they repeat, and gathered into groups of one class.

pub(crate) mod dedup;
pub mod detect;
pub(crate) mod runs;

use fastcdc::v2020::{FastCDC, Normalization};

/// Shortest, average and longest chunk, in bytes. Only the last chunk of an input can be shorter.
pub const CHUNK_MIN: usize = 16 << 10;
/// See [`CHUNK_MIN`].
pub const CHUNK_AVERAGE: usize = 512 << 10;
/// See [`CHUNK_MIN`].
pub const CHUNK_MAX: usize = 4 << 20;

/// The lengths of the chunks at the front of `bytes`, as many as are certain: one that more input could lengthen is
/// given only at the `end` of the input. (FastCDC, Xia et al. 2016/2020: a gear hash over the content picks the cuts, so an
/// insertion moves only the chunks around it.)
/// `seed` moves the cuts, for content that is sealed; 0 leaves them.
pub(crate) fn cut(bytes: &[u8], end: bool, seed: u64) -> impl Iterator<Item = usize> {
    cut_sized(bytes, Sizes { min: CHUNK_MIN, average: CHUNK_AVERAGE, max: CHUNK_MAX }, end, seed)
}

/// Shortest, average and longest chunk, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) min: usize,
    pub(crate) average: usize,
    pub(crate) max: usize,
}

/// As [`cut`], to chunks of other sizes.
pub(crate) fn cut_sized(bytes: &[u8], sizes: Sizes, end: bool, seed: u64) -> impl Iterator<Item = usize> {
    let finder = FastCDC::with_level_and_seed(bytes, sizes.min, sizes.average, sizes.max, Normalization::Level1, seed);
    let mut at = 0;
    std::iter::from_fn(move || {
        let left = bytes.len() - at;
        if left == 0 || left < sizes.max && !end {
            return None;
        }
        let (_, next) = finder.cut(at, left);
        let len = next - at;
        at = next;
        Some(len)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who knows content must not know where it was cut, as lengths can show.
    #[test]
    fn a_seed_moves_all_cuts() {
        let data = crate::transform::samples::random(4_000_000);
        let ends = |seed| {
            let lengths = cut_sized(&data, Sizes { min: 4 << 10, average: 32 << 10, max: 256 << 10 }, true, seed);
            lengths
                .scan(0, |at, len| {
                    *at += len;
                    Some(*at)
                })
                .collect::<std::collections::BTreeSet<usize>>()
        };
        let plain = ends(0);
        assert!(plain.len() > 60);
        for seed in [1, 0x9E37_79B9_7F4A_7C15] {
            // The end is one.
            let shared = plain.intersection(&ends(seed)).count();
            assert!(shared <= 3, "{shared} of {}", plain.len());
        }
    }

    #[test]
    fn cuts_do_not_depend_on_how_much_is_seen() {
        let data: Vec<u8> =
            (0..20_000_000u64).map(|i| (i.wrapping_mul(i).wrapping_mul(0x9E37_79B9) >> 24) as u8).collect();
        let all: Vec<usize> = cut(&data, true, 0).collect();
        assert_eq!(all.iter().sum::<usize>(), data.len());
        assert!(all[..all.len() - 1].iter().all(|&len| (CHUNK_MIN..=CHUNK_MAX).contains(&len)));
        let mut at = 0;
        let mut seen = Vec::new();
        let mut fed = 0;
        while at < data.len() {
            fed = (fed + 1_300_001).min(data.len());
            for len in cut(&data[at..fed], fed == data.len(), 0) {
                seen.push(len);
                at += len;
            }
        }
        assert_eq!(seen, all);
    }
}
