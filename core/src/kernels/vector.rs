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
    #[derive(Clone, Copy)]
    struct Avx2(__m256i);

    impl Lanes for Avx2 {
        #[inline(always)]
        fn widen(x: [i16; 8]) -> Self {
            // SAFETY: AVX2 was detected before any job ran with this type.
            unsafe { Avx2(_mm256_cvtepi16_epi32(_mm_setr_epi16(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]))) }
        }

        #[inline(always)]
        fn of(x: [i32; 8]) -> Self {
            // SAFETY: AVX2 was detected before any job ran with this type.
            unsafe { Avx2(_mm256_setr_epi32(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7])) }
        }

        #[inline(always)]
        fn load(x: &[i32; 8]) -> Self {
            // SAFETY: AVX2 was detected before any job ran with this type; the load is of 32 bytes of `x`.
            unsafe { Avx2(_mm256_loadu_si256(x.as_ptr().cast())) }
        }

        #[inline(always)]
        fn weigh(self, weights: &[i32; 8]) -> Self {
            // SAFETY: AVX2 was detected before any job ran with this type; the load is of 32 bytes of `weights`.
            unsafe {
                let w = _mm256_loadu_si256(weights.as_ptr().cast());
                Avx2(_mm256_srai_epi32::<8>(_mm256_mullo_epi32(self.0, w)))
            }
        }

        #[inline(always)]
        fn plus(self, other: Self) -> Self {
            // SAFETY: AVX2 was detected before any job ran with this type.
            unsafe { Avx2(_mm256_add_epi32(self.0, other.0)) }
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
        job.run::<Avx2>()
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512dq,avx512vl")]
    pub(super) fn run_avx512<J: LanesJob>(job: J) -> J::Output {
        job.run::<Avx2>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Drill([i16; 8], [i32; 8], i32);

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
    }
}
