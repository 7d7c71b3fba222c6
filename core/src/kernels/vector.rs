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
    /// The numbers of `x`, read as one.
    fn load(x: &[i32; 8]) -> Self;
    /// `self * weight >> 8` in each lane, the product wrapping at 32 bits.
    fn weigh(self, weights: &[i32; 8]) -> Self;
    /// The sum with `other` in each lane, wrapping.
    fn plus(self, other: Self) -> Self;
    /// The sum over all lanes, wrapping.
    fn sum(self) -> i32;
    /// The sum over all lanes of `self * weight >> 8`, each product and the sum wrapping at 32 bits.
    #[inline(always)]
    fn dot(self, weights: &[i32; 8]) -> i32 {
        self.weigh(weights).sum()
    }
    /// `(self >> 16) * (weight >> 16)` in each lane. The low 16 bits of each number of `self` must be zero: products of upper halves take
    /// half the time of whole ones.
    fn weigh_high(self, weights: &[i32; 8]) -> Self;
    /// `weight += ((self >> 16) * error + 2) >> 2` in each lane, kept within `-limit..=limit`; `error` is within 16 bits. The low 16
    /// bits of each number of `self` must be zero. What is added before the limit wraps.
    fn train_high(self, weights: &mut [i32; 8], error: i32, limit: i32);
    /// The sum of `weigh_high` over all vectors of a row, wrapping.
    #[inline(always)]
    fn dot_row(inputs: &[[i32; 8]], weights: &[[i32; 8]]) -> i32 {
        let mut sum = Self::of([0; 8]);
        for (inputs, weights) in inputs.iter().zip(weights) {
            sum = sum.plus(Self::load(inputs).weigh_high(weights));
        }
        sum.sum()
    }
    /// `train_high` for all vectors of a row.
    #[inline(always)]
    fn train_row(inputs: &[[i32; 8]], weights: &mut [[i32; 8]], error: i32, limit: i32) {
        for (inputs, weights) in inputs.iter().zip(weights) {
            Self::load(inputs).train_high(weights, error, limit);
        }
    }
    /// `weight += (self * error + 2^15) >> 16` in each lane, kept within `-limit..=limit`; products wrap.
    fn train(self, weights: &mut [i32; 8], error: i32, limit: i32);
}

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
    fn load(x: &[i32; 8]) -> Self {
        Portable(*x)
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
    fn plus(self, other: Self) -> Self {
        let mut sums = self.0;
        for (x, y) in sums.iter_mut().zip(other.0) {
            *x = x.wrapping_add(y);
        }
        Portable(sums)
    }

    #[inline(always)]
    fn sum(self) -> i32 {
        self.0.iter().fold(0, |sum: i32, x| sum.wrapping_add(*x))
    }

    #[inline(always)]
    fn weigh_high(self, weights: &[i32; 8]) -> Self {
        let mut terms = self.0;
        for (x, w) in terms.iter_mut().zip(weights) {
            *x = (*x >> 16) * (*w >> 16);
        }
        Portable(terms)
    }

    #[inline(always)]
    fn train_high(self, weights: &mut [i32; 8], error: i32, limit: i32) {
        for (x, w) in self.0.iter().zip(weights) {
            *w = w.wrapping_add(((*x >> 16) * error).wrapping_add(2) >> 2).clamp(-limit, limit);
        }
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
    use super::{Lanes, LanesJob};
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
        fn load(x: &[i32; 8]) -> Self {
            // SAFETY: AVX2 was detected before any job ran with this type; the load is of 32 bytes of `x`.
            unsafe { X86(_mm256_loadu_si256(x.as_ptr().cast())) }
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
        fn plus(self, other: Self) -> Self {
            // SAFETY: AVX2 was detected before any job ran with this type.
            unsafe { X86(_mm256_add_epi32(self.0, other.0)) }
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
        fn weigh_high(self, weights: &[i32; 8]) -> Self {
            // SAFETY: AVX2 was detected before any job ran with this type; the load is of 32 bytes of `weights`. The low halves are
            // zero, so each pair of products is the one of the upper halves.
            unsafe { X86(_mm256_madd_epi16(self.0, _mm256_loadu_si256(weights.as_ptr().cast()))) }
        }

        #[inline(always)]
        fn train_high(self, weights: &mut [i32; 8], error: i32, limit: i32) {
            // SAFETY: AVX2 was detected before any job ran with this type; load and store are of the 32 bytes of `weights`.
            unsafe {
                let w = _mm256_loadu_si256(weights.as_ptr().cast());
                let product = _mm256_madd_epi16(self.0, _mm256_set1_epi32(error << 16));
                let step = _mm256_srai_epi32::<2>(_mm256_add_epi32(product, _mm256_set1_epi32(2)));
                let moved = _mm256_add_epi32(w, step);
                let low = _mm256_max_epi32(moved, _mm256_set1_epi32(-limit));
                let clamped = _mm256_min_epi32(low, _mm256_set1_epi32(limit));
                _mm256_storeu_si256(weights.as_mut_ptr().cast(), clamped);
            }
        }

        #[inline(always)]
        fn dot_row(inputs: &[[i32; 8]], weights: &[[i32; 8]]) -> i32 {
            let mut sum = Self::of([0; 8]);
            let (mut x, mut w) = (inputs, weights);
            if WIDE {
                let ((pairs_x, rest_x), (pairs_w, rest_w)) = (x.as_chunks::<2>(), w.as_chunks::<2>());
                // SAFETY: AVX-512 was detected before any job ran with this type; loads are of the 64 bytes of a pair.
                unsafe {
                    let mut wide = _mm512_setzero_si512();
                    for (x, w) in pairs_x.iter().zip(pairs_w) {
                        let (x, w) = (_mm512_loadu_si512(x.as_ptr().cast()), _mm512_loadu_si512(w.as_ptr().cast()));
                        wide = _mm512_add_epi32(wide, _mm512_madd_epi16(x, w));
                    }
                    let halves = (_mm512_castsi512_si256(wide), _mm512_extracti64x4_epi64::<1>(wide));
                    sum = X86(_mm256_add_epi32(halves.0, halves.1));
                }
                (x, w) = (rest_x, rest_w);
            }
            for (x, w) in x.iter().zip(w) {
                sum = sum.plus(Self::load(x).weigh_high(w));
            }
            sum.sum()
        }

        #[inline(always)]
        fn train_row(inputs: &[[i32; 8]], weights: &mut [[i32; 8]], error: i32, limit: i32) {
            let (mut x, mut w) = (inputs, weights);
            if WIDE {
                let ((pairs_x, rest_x), (pairs_w, rest_w)) = (x.as_chunks::<2>(), w.as_chunks_mut::<2>());
                for (x, w) in pairs_x.iter().zip(pairs_w) {
                    // SAFETY: AVX-512 was detected before any job ran with this type; loads and stores are of the 64 bytes of a pair.
                    unsafe {
                        let (x, old) = (_mm512_loadu_si512(x.as_ptr().cast()), _mm512_loadu_si512(w.as_ptr().cast()));
                        let product = _mm512_madd_epi16(x, _mm512_set1_epi32(error << 16));
                        let step = _mm512_srai_epi32::<2>(_mm512_add_epi32(product, _mm512_set1_epi32(2)));
                        let low = _mm512_max_epi32(_mm512_add_epi32(old, step), _mm512_set1_epi32(-limit));
                        let clamped = _mm512_min_epi32(low, _mm512_set1_epi32(limit));
                        _mm512_storeu_si512(w.as_mut_ptr().cast(), clamped);
                    }
                }
                (x, w) = (rest_x, rest_w);
            }
            for (x, w) in x.iter().zip(w) {
                Self::load(x).train_high(w, error, limit);
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
    struct HighDrill([i16; 8], [[i32; 8]; 3], i16);

    impl LanesJob for HighDrill {
        type Output = (i32, i32, [[i32; 8]; 3]);
        fn run<L: Lanes>(mut self) -> Self::Output {
            let x = self.0.map(|x| i32::from(x) << 16);
            let (dot, sum) = (L::dot_row(&[x; 3], &self.1), L::of(x).weigh_high(&self.1[0]).sum());
            L::train_row(&[x; 3], &mut self.1, i32::from(self.2), 7 << 28);
            L::of(x).train_high(&mut self.1[1], i32::from(self.2), 7 << 28);
            (dot, sum, self.1)
        }
    }

    impl LanesJob for Drill {
        type Output = (i32, [i32; 8]);
        fn run<L: Lanes>(mut self) -> Self::Output {
            let x = L::widen(self.0);
            let sum = x.dot(&self.1).wrapping_add(L::of(self.1).plus(L::load(&self.1)).sum());
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
        fn every_isa_agrees_on_upper_halves(x: [i16; 8], w: [[i32; 8]; 3], error: i16) {
            let expected = dispatch_on(Isa::Baseline, HighDrill(x, w, error));
            for isa in Isa::available() {
                proptest::prop_assert_eq!(dispatch_on(isa, HighDrill(x, w, error)), expected);
            }
        }
    }
}
