//! Eight 32-bit lanes: the arithmetic of the gate, for loops whose scalar form compilers do not vectorise.
//!
//! A [`LanesJob`] is written once, generic over [`Lanes`]; [`dispatch`] runs it with the widest lanes of this machine. Every
//! operation wraps or stays in range on all of them, so all give the same bits.

use super::Isa;

/// Eight signed 32-bit numbers.
pub trait Lanes: Copy {
    /// The numbers of `x`, widened.
    fn widen(x: [i16; 8]) -> Self;
    /// These numbers.
    fn of(x: [i32; 8]) -> Self;
    /// `self * weight >> 8` in each lane, the product wrapping at 32 bits.
    fn weigh(self, weights: &[i32; 8]) -> Self;
    /// The sum over all lanes, wrapping.
    fn sum(self) -> i32;
    /// The sum over all lanes of `self * weight >> 8`, each product and the sum wrapping at 32 bits.
    #[inline(always)]
    fn dot(self, weights: &[i32; 8]) -> i32 {
        self.weigh(weights).sum()
    }
    /// The sum of `input * weight` over a row, wrapping.
    #[inline(always)]
    fn dot_row(inputs: &[[i16; ROW]], weights: &[Row]) -> i32 {
        let terms = inputs.iter().zip(weights).flat_map(|(inputs, weights)| inputs.iter().zip(&weights.0));
        terms.fold(0, |sum: i32, (&x, &w)| sum.wrapping_add(i32::from(x) * i32::from(w)))
    }
    /// `weight += (input * error + 2^14) >> 15` over a row, saturating. Not for an input and an error that are both -32,768.
    #[inline(always)]
    fn train_row(inputs: &[[i16; ROW]], weights: &mut [Row], error: i16) {
        for (inputs, weights) in inputs.iter().zip(weights) {
            for (&x, w) in inputs.iter().zip(&mut weights.0) {
                *w = w.saturating_add(((i32::from(x) * i32::from(error) + (1 << 14)) >> 15) as i16);
            }
        }
    }
    /// Moves probabilities towards `bit`, each at the rate of its count. A word is 12 bits of P(1) above 4 bits of count; the distance to the
    /// target shrinks by `(distance * rates[count] >> 16) + 8`, down to 16, and the count rises to at most 15.
    #[inline(always)]
    fn adapt(words: &mut Words, rates: &[u16; 16], bit: u32) {
        let target = if bit != 0 { 0xFFFF } else { 0 };
        for word in &mut words.0 {
            let count = *word & 15;
            let distance = (*word & 0xFFF0 | 8) ^ target;
            let step = ((u32::from(distance) * u32::from(rates[usize::from(count)])) >> 16) as u16;
            let moved = distance.saturating_sub(step).saturating_sub(8).max(16) ^ target;
            *word = (moved & 0xFFF0) | (count + 1).min(15);
        }
    }
    /// `weight += (self * error + 2^15) >> 16` in each lane, kept within `-limit..=limit`; products wrap.
    fn train(self, weights: &mut [i32; 8], error: i32, limit: i32);
}

/// A cache line of weights.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
pub struct Row(pub [i16; ROW]);

/// A cache line of probabilities with counts.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
pub struct Words(pub [u16; ROW]);

/// Numbers in a [`Row`].
pub const ROW: usize = 32;

/// A hot loop over [`Lanes`]. Mark `run` and all it calls `#[inline(always)]`.
pub trait LanesJob {
    /// What the loop returns.
    type Output;
    /// Runs the loop to its end.
    fn run<L: Lanes>(self) -> Self::Output;
}

/// Runs `job` with the best instruction set of this machine.
#[inline]
pub fn dispatch<J: LanesJob>(job: J) -> J::Output {
    dispatch_on(Isa::best(), job)
}

/// Runs `job` built for `isa`, or for the baseline where this machine lacks `isa`.
pub fn dispatch_on<J: LanesJob>(isa: Isa, job: J) -> J::Output {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the features were detected on this machine by `is_supported`.
        Isa::Avx2 if isa.is_supported() => unsafe { x86::run_avx2(job) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the features were detected on this machine by `is_supported`.
        Isa::Avx512 if isa.is_supported() => unsafe { x86::run_avx512(job) },
        _ => job.run::<Portable>(),
    }
}

#[derive(Clone, Copy)]
struct Portable([i32; 8]);

impl Lanes for Portable {
    #[inline(always)]
    fn widen(x: [i16; 8]) -> Self {
        Portable(x.map(i32::from))
    }

    #[inline(always)]
    fn of(x: [i32; 8]) -> Self {
        Portable(x)
    }

    #[inline(always)]
    fn weigh(self, weights: &[i32; 8]) -> Self {
        let mut terms = self.0;
        for (x, w) in terms.iter_mut().zip(weights) {
            *x = x.wrapping_mul(*w) >> 8;
        }
        Portable(terms)
    }

    #[inline(always)]
    fn sum(self) -> i32 {
        self.0.iter().fold(0, |sum: i32, x| sum.wrapping_add(*x))
    }

    #[inline(always)]
    fn train(self, weights: &mut [i32; 8], error: i32, limit: i32) {
        for (x, w) in self.0.iter().zip(weights) {
            *w = w.wrapping_add(x.wrapping_mul(error).wrapping_add(1 << 15) >> 16).clamp(-limit, limit);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Lanes, LanesJob, ROW, Row, Words};
    use core::arch::x86_64::*;

    /// Private to this room, so that it is only ever used below a function that has checked for AVX2.
    ///
    /// With `WIDE` whole rows go through registers of 512 bits, which a machine with AVX-512 has.
    #[derive(Clone, Copy)]
    struct X86<const WIDE: bool>(__m256i);

    impl<const WIDE: bool> Lanes for X86<WIDE> {
        #[inline(always)]
        fn widen(x: [i16; 8]) -> Self {
            // SAFETY: AVX2 was detected before any job ran with this type.
            unsafe { X86(_mm256_cvtepi16_epi32(_mm_setr_epi16(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]))) }
        }

        #[inline(always)]
        fn of(x: [i32; 8]) -> Self {
            // SAFETY: AVX2 was detected before any job ran with this type.
            unsafe { X86(_mm256_setr_epi32(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7])) }
        }

        #[inline(always)]
        fn weigh(self, weights: &[i32; 8]) -> Self {
            // SAFETY: AVX2 was detected before any job ran with this type; the load is of 32 bytes of `weights`.
            unsafe {
                let w = _mm256_loadu_si256(weights.as_ptr().cast());
                X86(_mm256_srai_epi32::<8>(_mm256_mullo_epi32(self.0, w)))
            }
        }

        #[inline(always)]
        fn sum(self) -> i32 {
            // SAFETY: AVX2 was detected before any job ran with this type.
            unsafe {
                let four = _mm_add_epi32(_mm256_castsi256_si128(self.0), _mm256_extracti128_si256::<1>(self.0));
                let two = _mm_add_epi32(four, _mm_shuffle_epi32::<0b00_00_11_10>(four));
                _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32::<0b00_00_00_01>(two)))
            }
        }

        #[inline(always)]
        fn dot_row(inputs: &[[i16; ROW]], weights: &[Row]) -> i32 {
            let rows = inputs.iter().zip(weights).map(|(x, w)| (x.as_ptr(), w.0.as_ptr()));
            // SAFETY: AVX2, and AVX-512 for `WIDE`, was detected before any job ran with this type; the loads are of 64 bytes
            // of inputs and of weights, which are aligned to as many.
            unsafe {
                if WIDE {
                    let mut sum = _mm512_setzero_si512();
                    for (x, w) in rows {
                        let product = _mm512_madd_epi16(_mm512_loadu_si512(x.cast()), _mm512_load_si512(w.cast()));
                        sum = _mm512_add_epi32(sum, product);
                    }
                    let halves = (_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64::<1>(sum));
                    return X86::<WIDE>(_mm256_add_epi32(halves.0, halves.1)).sum();
                }
                let mut sum = _mm256_setzero_si256();
                for (x, w) in rows {
                    for half in [0, 16] {
                        let x = _mm256_loadu_si256(x.add(half).cast());
                        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(x, _mm256_load_si256(w.add(half).cast())));
                    }
                }
                X86::<WIDE>(sum).sum()
            }
        }

        #[inline(always)]
        fn train_row(inputs: &[[i16; ROW]], weights: &mut [Row], error: i16) {
            let rows = inputs.iter().zip(weights).map(|(x, w)| (x.as_ptr(), w.0.as_mut_ptr()));
            // SAFETY: AVX2, and AVX-512 for `WIDE`, was detected before any job ran with this type; loads and stores are of 64 bytes of
            // inputs and of weights, which are aligned to as many.
            unsafe {
                if WIDE {
                    let error = _mm512_set1_epi16(error);
                    for (x, w) in rows {
                        let step = _mm512_mulhrs_epi16(_mm512_loadu_si512(x.cast()), error);
                        let moved = _mm512_adds_epi16(_mm512_load_si512(w.cast()), step);
                        _mm512_store_si512(w.cast(), moved);
                    }
                    return;
                }
                let error = _mm256_set1_epi16(error);
                for (x, w) in rows {
                    for half in [0, 16] {
                        let (x, w) = (x.add(half).cast(), w.add(half).cast::<__m256i>());
                        let step = _mm256_mulhrs_epi16(_mm256_loadu_si256(x), error);
                        _mm256_store_si256(w, _mm256_adds_epi16(_mm256_load_si256(w), step));
                    }
                }
            }
        }

        #[inline(always)]
        fn adapt(words: &mut Words, rates: &[u16; 16], bit: u32) {
            let words = words.0.as_mut_ptr();
            let target = if bit != 0 { -1 } else { 0 };
            // SAFETY: AVX2, and AVX-512 for `WIDE`, was detected before any job ran with this type; loads and stores are of the 64 bytes
            // of the words, which are aligned to as many, and of the 32 bytes of the rates.
            unsafe {
                let rates = _mm256_loadu_si256(rates.as_ptr().cast());
                if WIDE {
                    let word = _mm512_load_si512(words.cast());
                    let (four, target) = (_mm512_set1_epi16(15), _mm512_set1_epi16(target));
                    let count = _mm512_and_si512(word, four);
                    let p = _mm512_or_si512(_mm512_andnot_si512(four, word), _mm512_set1_epi16(8));
                    let distance = _mm512_xor_si512(p, target);
                    let rate = _mm512_permutexvar_epi16(count, _mm512_castsi256_si512(rates));
                    let step = _mm512_adds_epu16(_mm512_mulhi_epu16(distance, rate), _mm512_set1_epi16(8));
                    let moved = _mm512_max_epu16(_mm512_subs_epu16(distance, step), _mm512_set1_epi16(16));
                    let p = _mm512_andnot_si512(four, _mm512_xor_si512(moved, target));
                    let count = _mm512_min_epu16(_mm512_add_epi16(count, _mm512_set1_epi16(1)), four);
                    _mm512_store_si512(words.cast(), _mm512_or_si512(p, count));
                    return;
                }
                // Bytes of the rates: the low ones of all, then the high ones, in both halves of a register.
                let (low, high) = (_mm256_castsi256_si128(rates), _mm256_extracti128_si256::<1>(rates));
                let mask = _mm_set1_epi16(0xFF);
                let lows = _mm_packus_epi16(_mm_and_si128(low, mask), _mm_and_si128(high, mask));
                let highs = _mm_packus_epi16(_mm_srli_epi16::<8>(low), _mm_srli_epi16::<8>(high));
                let (lows, highs) = (_mm256_broadcastsi128_si256(lows), _mm256_broadcastsi128_si256(highs));
                let (four, target) = (_mm256_set1_epi16(15), _mm256_set1_epi16(target));
                for half in [0, 16] {
                    let place = words.add(half).cast::<__m256i>();
                    let word = _mm256_load_si256(place);
                    let count = _mm256_and_si256(word, four);
                    let p = _mm256_or_si256(_mm256_andnot_si256(four, word), _mm256_set1_epi16(8));
                    let distance = _mm256_xor_si256(p, target);
                    // A shuffle gives 0 for an index with its upper bit set.
                    let low = _mm256_shuffle_epi8(lows, _mm256_or_si256(count, _mm256_set1_epi16(0x8000u16 as i16)));
                    let shifted = _mm256_or_si256(_mm256_slli_epi16::<8>(count), _mm256_set1_epi16(0x80));
                    let rate = _mm256_or_si256(low, _mm256_shuffle_epi8(highs, shifted));
                    let step = _mm256_adds_epu16(_mm256_mulhi_epu16(distance, rate), _mm256_set1_epi16(8));
                    let moved = _mm256_max_epu16(_mm256_subs_epu16(distance, step), _mm256_set1_epi16(16));
                    let p = _mm256_andnot_si256(four, _mm256_xor_si256(moved, target));
                    let count = _mm256_min_epu16(_mm256_add_epi16(count, _mm256_set1_epi16(1)), four);
                    _mm256_store_si256(place, _mm256_or_si256(p, count));
                }
            }
        }

        #[inline(always)]
        fn train(self, weights: &mut [i32; 8], error: i32, limit: i32) {
            // SAFETY: AVX2 was detected before any job ran with this type; load and store are of the 32 bytes of `weights`.
            unsafe {
                let w = _mm256_loadu_si256(weights.as_ptr().cast());
                let product = _mm256_mullo_epi32(self.0, _mm256_set1_epi32(error));
                let step = _mm256_srai_epi32::<16>(_mm256_add_epi32(product, _mm256_set1_epi32(1 << 15)));
                let moved = _mm256_add_epi32(w, step);
                let low = _mm256_max_epi32(moved, _mm256_set1_epi32(-limit));
                let clamped = _mm256_min_epi32(low, _mm256_set1_epi32(limit));
                _mm256_storeu_si256(weights.as_mut_ptr().cast(), clamped);
            }
        }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub(super) fn run_avx2<J: LanesJob>(job: J) -> J::Output {
        job.run::<X86<false>>()
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512dq,avx512vl")]
    pub(super) fn run_avx512<J: LanesJob>(job: J) -> J::Output {
        job.run::<X86<true>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Drill([i16; 8], [i32; 8], i32);
    struct RowDrill([[i16; ROW]; 3], [Row; 3], i16, Words, [u16; 16], u32);

    impl LanesJob for RowDrill {
        type Output = (i32, [[i16; ROW]; 3], [u16; ROW]);
        fn run<L: Lanes>(mut self) -> Self::Output {
            let dot = L::dot_row(&self.0, &self.1);
            L::train_row(&self.0, &mut self.1, self.2);
            L::adapt(&mut self.3, &self.4, self.5);
            (dot, self.1.map(|row| row.0), self.3.0)
        }
    }

    impl LanesJob for Drill {
        type Output = (i32, [i32; 8]);
        fn run<L: Lanes>(mut self) -> Self::Output {
            let x = L::widen(self.0);
            let sum = x.dot(&self.1).wrapping_add(L::of(self.1).sum());
            x.train(&mut self.1, self.2, 524_287);
            (sum, self.1)
        }
    }

    proptest::proptest! {
        #[test]
        fn every_isa_agrees(x: [i16; 8], w: [i32; 8], error: i32) {
            let expected = dispatch_on(Isa::Baseline, Drill(x, w, error));
            for isa in Isa::available() {
                proptest::prop_assert_eq!(dispatch_on(isa, Drill(x, w, error)), expected);
            }
        }

        #[test]
        fn every_isa_agrees_on_rows(
            seed: u64, error in -32_767i16.., words: [[u16; 8]; 4], rates: [u16; 16], bit in 0u32..2,
        ) {
            let mut state = seed;
            let mut number = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // Every eighth at a limit.
                let x = (state >> 48) as i16;
                if state >> 32 & 7 == 0 { if x < 0 { i16::MIN } else { i16::MAX } } else { x }
            };
            let [x, w] = [(); 2].map(|()| [(); 3].map(|()| [(); ROW].map(|()| number())));
            let w = w.map(Row);
            let words = Words(std::array::from_fn(|i| words[i / 8][i % 8]));
            let expected = dispatch_on(Isa::Baseline, RowDrill(x, w, error, words, rates, bit));
            for isa in Isa::available() {
                proptest::prop_assert_eq!(dispatch_on(isa, RowDrill(x, w, error, words, rates, bit)), expected);
            }
        }
    }
}
