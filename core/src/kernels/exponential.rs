//! `e^-x` in 16 bits, from a table of 256 entries, for many numbers at once.
//!
//! With `t` the argument in 1/256 octaves, the value is `2^-(t >> 8) * exp2[t & 255]`, rounded half up: 1.0 is 65,535, and nothing is less than 1. From the
//! 17th octave on all is 1. One number takes a look into a table that has all of it (17 KiB); AVX-512 holds the 256 entries in eight registers
//! and looks up 32 numbers with four permutations, where gathers from memory would be as slow as single loads.

use super::Isa;
use crate::error::Result;

/// Entries of the table: 17 octaves of 256 steps, and the 1 behind them.
const STEPS: usize = 17 * 256 + 1;

/// Fewer numbers than this are sooner looked up one by one.
#[cfg(target_arch = "x86_64")]
const FEW: usize = 5;

/// `e^-x` as a model has it.
pub struct Exponential {
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "for registers that only AVX-512 has"))]
    exp2: [u16; 256],
    table: Box<[u32; STEPS]>,
}

impl Exponential {
    /// From `exp2[i] = 2^(-i / 256) * 65536`, as the model has it.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(exp2: &[u16; 256]) -> Result<Exponential> {
        let values = (0..STEPS).map(|t| {
            let scaled = (65_536u64 >> (t >> 8)) * u64::from(exp2[t & 255]) + 32_768;
            ((scaled >> 16) as u32).clamp(1, 65_535)
        });
        let mut table = crate::error::try_zeroed(STEPS)?.into_boxed_slice();
        table.iter_mut().zip(values).for_each(|(entry, value)| *entry = value);
        let table = table.try_into().map_err(|_| crate::Error::Internal("a table has another length"))?;
        Ok(Exponential { exp2: *exp2, table })
    }

    /// The value at `slope` and `distance`.
    #[inline(always)]
    pub fn at(&self, slope: &Slope, distance: u32) -> u32 {
        self.table[slope.steps(distance).min(STEPS as u32 - 1) as usize]
    }

    /// The values at the distances of `places` below `max`, their low and their high bytes, and their sum. No place is above `max`, `low` and `high` have
    /// a byte for each.
    pub fn bytes(&self, isa: Isa, slope: &Slope, max: i32, places: &[i32], low: &mut [u8], high: &mut [u8]) -> u64 {
        assert!(low.len() == places.len() && high.len() == places.len());
        #[cfg(target_arch = "x86_64")]
        if isa >= Isa::Avx512 && isa.is_supported() && !slope.gentle && places.len() >= FEW {
            // SAFETY: the features were detected on this machine by `is_supported`; lengths are equal.
            return unsafe { x86::bytes(&self.exp2, slope, max, places, low, high) };
        }
        let _ = isa;
        let mut sum = 0;
        for (&place, (low, high)) in places.iter().zip(low.iter_mut().zip(high)) {
            let value = self.at(slope, max.wrapping_sub(place) as u32);
            sum += u64::from(value);
            *low = value as u8;
            *high = (value >> 8) as u8;
        }
        sum
    }

    /// The values at the distances of `places` below `max`, in `out`, and their sum. No place is above `max`, `out` has room for each.
    pub fn values(&self, isa: Isa, slope: &Slope, max: i32, places: &[i32], out: &mut [u32]) -> u64 {
        assert!(out.len() == places.len());
        #[cfg(target_arch = "x86_64")]
        if isa >= Isa::Avx512 && isa.is_supported() && !slope.gentle {
            // SAFETY: the features were detected on this machine by `is_supported`; lengths are equal.
            return unsafe { x86::values(&self.exp2, slope, max, places, out) };
        }
        let _ = isa;
        let mut sum = 0;
        for (&place, out) in places.iter().zip(out) {
            *out = self.at(slope, max.wrapping_sub(place) as u32);
            sum += u64::from(*out);
        }
        sum
    }
}

/// How many steps of an [`Exponential`] a distance is: `distance * coefficient / 2^24`, rounded half up.
///
/// From 17 octaves on all is one, so a distance can be limited first; then the product, taken apart at 8 bits, fits in 32.
#[derive(Clone, Copy, Debug)]
pub struct Slope {
    limit: u32,
    high: u32,
    low: u32,
    /// Where the limit is beyond 2^24, the parts of the product need more bits. No model has such a slope.
    gentle: bool,
}

impl Slope {
    /// The slope of this coefficient.
    pub const fn new(coefficient: u32) -> Slope {
        let last = (STEPS as u64) << 24;
        let limit = if coefficient == 0 { u64::MAX } else { last.div_ceil(coefficient as u64) };
        let gentle = limit >= 1 << 24;
        let limit = if limit > u32::MAX as u64 { u32::MAX } else { limit as u32 };
        Slope { limit, high: coefficient >> 8, low: coefficient & 255, gentle }
    }

    #[inline(always)]
    fn steps(&self, distance: u32) -> u32 {
        let n = distance.min(self.limit);
        if self.gentle {
            let product = u64::from(n) * u64::from(self.high << 8 | self.low);
            return ((product + (1 << 23)) >> 24) as u32;
        }
        (n * self.high + ((n * self.low + (1 << 23)) >> 8)) >> 16
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{STEPS, Slope};
    use core::arch::x86_64::*;

    /// Numbers that are looked up at once.
    const WIDTH: usize = 32;

    /// What stays in registers.
    struct Tables {
        exp2: [__m512i; 8],
        max: __m512i,
        limit: __m512i,
        high: __m512i,
        low: __m512i,
    }

    impl Tables {
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw")]
        fn new(exp2: &[u16; 256], slope: &Slope, max: i32) -> Tables {
            Tables {
                // SAFETY: 32 entries are 64 bytes, eight times in 256.
                exp2: std::array::from_fn(|i| unsafe { _mm512_loadu_si512(exp2.as_ptr().add(32 * i).cast()) }),
                max: _mm512_set1_epi32(max),
                limit: _mm512_set1_epi32(slope.limit as i32),
                high: _mm512_set1_epi32(slope.high as i32),
                low: _mm512_set1_epi32(slope.low as i32),
            }
        }

        /// [`Slope::steps`] of 16 numbers, at most those of the last entry.
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw")]
        fn steps(&self, places: __m512i) -> __m512i {
            let n = _mm512_min_epu32(_mm512_sub_epi32(self.max, places), self.limit);
            let low = _mm512_add_epi32(_mm512_mullo_epi32(n, self.low), _mm512_set1_epi32(1 << 23));
            let sum = _mm512_add_epi32(_mm512_mullo_epi32(n, self.high), _mm512_srli_epi32::<8>(low));
            _mm512_min_epu32(_mm512_srli_epi32::<16>(sum), _mm512_set1_epi32(STEPS as i32 - 1))
        }

        /// The values of up to 32 numbers, as words, with a mask of those that there are; the others are zero.
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw")]
        fn look_up(&self, places: &[i32]) -> (__m512i, u32) {
            let mask = u32::MAX >> (WIDTH - places.len());
            // SAFETY: the masks let only as many numbers be read as there are.
            let halves = unsafe {
                let first = places.as_ptr();
                let low = _mm512_mask_loadu_epi32(self.max, mask as u16, first);
                [low, _mm512_mask_loadu_epi32(self.max, (mask >> 16) as u16, first.wrapping_add(16))]
            };
            // Steps have 13 bits: in pairs of words the lower one has them. They are brought together in order.
            let [a, b] = halves.map(|half| _mm512_cvtepi32_epi16(self.steps(half)));
            let t = _mm512_inserti64x4::<1>(_mm512_castsi256_si512(a), b);
            let octave = _mm512_srli_epi16::<8>(t);
            // Six bits choose among 64 entries, two among the four pairs of registers.
            let pair = |i: usize| _mm512_permutex2var_epi16(self.exp2[2 * i], t, self.exp2[2 * i + 1]);
            let bit = |bit: i16| _mm512_test_epi16_mask(t, _mm512_set1_epi16(bit));
            let (odd, upper) = (bit(64), bit(128));
            let lower_half = _mm512_mask_blend_epi16(odd, pair(0), pair(1));
            let upper_half = _mm512_mask_blend_epi16(odd, pair(2), pair(3));
            let entry = _mm512_mask_blend_epi16(upper, lower_half, upper_half);
            // Down to one more bit than is wanted; the mean with zero rounds it up. In the first octave there is nothing to do.
            let shift = _mm512_sub_epi16(octave, _mm512_set1_epi16(1));
            let near = _mm512_avg_epu16(_mm512_srlv_epi16(entry, shift), _mm512_setzero_si512());
            let first = _mm512_testn_epi16_mask(octave, octave);
            let value = _mm512_mask_blend_epi16(first, near, entry);
            (_mm512_maskz_max_epu16(mask, value, _mm512_set1_epi16(1)), mask)
        }
    }

    /// The sums of the words of `words` in eight parts.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn add_words(sum: __m512i, words: __m512i) -> __m512i {
        let zero = _mm512_setzero_si512();
        let low = _mm512_sad_epu8(_mm512_and_si512(words, _mm512_set1_epi16(255)), zero);
        let high = _mm512_sad_epu8(_mm512_srli_epi16::<8>(words), zero);
        _mm512_add_epi64(sum, _mm512_add_epi64(low, _mm512_slli_epi64::<8>(high)))
    }

    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512dq,avx512vl")]
    pub(super) fn bytes(
        exp2: &[u16; 256],
        slope: &Slope,
        max: i32,
        places: &[i32],
        low: &mut [u8],
        high: &mut [u8],
    ) -> u64 {
        let tables = Tables::new(exp2, slope, max);
        let mut sum = _mm512_setzero_si512();
        for (places, (low, high)) in places.chunks(WIDTH).zip(low.chunks_mut(WIDTH).zip(high.chunks_mut(WIDTH))) {
            let (words, mask) = tables.look_up(places);
            sum = add_words(sum, words);
            // SAFETY: the mask lets only as many bytes be written as the chunks have, which are as long as that of the places.
            unsafe {
                _mm256_mask_storeu_epi8(low.as_mut_ptr().cast(), mask, _mm512_cvtepi16_epi8(words));
                let upper = _mm512_cvtepi16_epi8(_mm512_srli_epi16::<8>(words));
                _mm256_mask_storeu_epi8(high.as_mut_ptr().cast(), mask, upper);
            }
        }
        _mm512_reduce_add_epi64(sum) as u64
    }

    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512dq,avx512vl")]
    pub(super) fn values(exp2: &[u16; 256], slope: &Slope, max: i32, places: &[i32], out: &mut [u32]) -> u64 {
        let tables = Tables::new(exp2, slope, max);
        let mut sum = _mm512_setzero_si512();
        for (places, out) in places.chunks(WIDTH).zip(out.chunks_mut(WIDTH)) {
            let (words, mask) = tables.look_up(places);
            sum = add_words(sum, words);
            let halves = [_mm512_castsi512_si256(words), _mm512_extracti64x4_epi64::<1>(words)];
            for (i, half) in halves.into_iter().enumerate() {
                let place = out.as_mut_ptr().wrapping_add(16 * i).cast();
                // SAFETY: the mask lets only as many numbers be written as the chunk has, which is as long as that of the places.
                unsafe { _mm512_mask_storeu_epi32(place, (mask >> (16 * i)) as u16, _mm512_cvtepu16_epi32(half)) };
            }
        }
        _mm512_reduce_add_epi64(sum) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_exponential_falls_from_one_and_never_to_nothing() {
        let exp2 = std::array::from_fn(|i| [65_535u16, 46_341][i / 128]);
        let e = Exponential::new(&exp2).unwrap();
        // One step of the table for each unit.
        let at = |t| e.at(&Slope::new(1 << 24), t);
        assert_eq!([at(0), at(128), at(256), at(384)], [65_535, 46_341, 32_768, 23_171]);
        assert_eq!([at(16 * 256), at(17 * 256), at(31 * 256), at(u32::MAX)], [1, 1, 1, 1]);
        assert_eq!(e.at(&Slope::new(u32::MAX), u32::MAX), 1);
    }

    #[test]
    fn slopes_are_exact() {
        let mut state = 1u64;
        for coefficient in [0, 1, 255, 300, 4095, 4400, 37_819, 378_194, 1 << 24, u32::MAX - 7, u32::MAX] {
            let slope = Slope::new(coefficient);
            for shift in 0..32 {
                for _ in 0..300 {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    for distance in [(state >> 32) as u32 >> shift, slope.limit, slope.limit - 1] {
                        let exact = (u64::from(distance) * u64::from(coefficient) + (1 << 23)) >> 24;
                        let last = STEPS as u64 - 1;
                        assert_eq!(
                            u64::from(slope.steps(distance)).min(last),
                            exact.min(last),
                            "{distance} {coefficient}"
                        );
                    }
                }
            }
        }
    }

    /// Every entry of the table, for tables with any entries.
    #[test]
    fn every_isa_looks_up_alike() {
        let exp2s: [[u16; 256]; 3] = [
            std::array::from_fn(|i| (65_535 - 128 * i) as u16),
            [u16::MAX; 256],
            std::array::from_fn(|i| i as u16 * 3),
        ];
        let slope = Slope::new(1 << 24);
        for e in exp2s.map(|exp2| Exponential::new(&exp2).unwrap()) {
            let places: Vec<i32> = (0..STEPS as i32 + 70).map(|t| 5 - t).collect();
            let expected: Vec<u32> = places.iter().map(|&place| e.at(&slope, (5 - place) as u32)).collect();
            for isa in Isa::available() {
                let mut out = vec![0; places.len()];
                let sum: u64 = expected.iter().map(|&x| u64::from(x)).sum();
                assert_eq!(e.values(isa, &slope, 5, &places, &mut out), sum);
                assert_eq!(out, expected, "{isa:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn every_isa_agrees(places in prop::collection::vec(any::<i32>(), 1..150), shift in 0u32..31, coefficient: u32, steep: bool) {
            let places: Vec<i32> = places.iter().map(|place| place >> shift).collect();
            let max = *places.iter().max().unwrap();
            let slope = Slope::new(if steep { coefficient | 1 << 14 } else { coefficient >> 20 });
            let e = Exponential::new(&std::array::from_fn(|i| (65_535 - 128 * i) as u16)).unwrap();
            let expected: Vec<u32> = places.iter().map(|&x| e.at(&slope, max.wrapping_sub(x) as u32)).collect();
            let total: u64 = expected.iter().map(|&x| u64::from(x)).sum();
            for isa in Isa::available() {
                let (mut low, mut high, mut out) = (vec![0; places.len()], vec![0; places.len()], vec![0; places.len()]);
                prop_assert_eq!(e.bytes(isa, &slope, max, &places, &mut low, &mut high), total);
                prop_assert_eq!(e.values(isa, &slope, max, &places, &mut out), total);
                prop_assert_eq!(&out, &expected);
                let bytes: Vec<u32> = low.iter().zip(&high).map(|(&l, &h)| u32::from(l) | u32::from(h) << 8).collect();
                prop_assert_eq!(&bytes, &expected);
            }
        }
    }
}
