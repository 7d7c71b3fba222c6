//! Run-time choice of instruction set, and prefetch: the only room of the core with `unsafe` in it.
//!
//! A hot loop is written once, in portable integer Rust over fixed-size arrays, as a [`Job`]. [`dispatch`] runs a
//! copy of it that the compiler has built for the instruction set of this machine, so that its loops over lanes
//! become AVX2 or AVX-512 instructions. All copies come from one source and use wrapping or bounded integers only,
//! so they give the same bits; `every_isa_agrees` in the tests of each job proves it.
#![allow(unsafe_code)]

pub mod exponential;
pub mod int8;
pub mod lines;
pub mod table;
pub mod vector;

use std::sync::OnceLock;

/// An instruction set that hot loops are built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isa {
    /// What the target triple guarantees (SSE2 on x86-64, NEON on AArch64).
    Baseline,
    /// AVX2, BMI1/2, LZCNT, FMA-free (integers only).
    Avx2,
    /// AVX-512 F/BW/DQ/VL on top of AVX2.
    Avx512,
}

impl Isa {
    /// Every instruction set this machine can run, slowest first.
    pub fn available() -> Vec<Isa> {
        [Isa::Baseline, Isa::Avx2, Isa::Avx512].into_iter().filter(|isa| isa.is_supported()).collect()
    }

    /// Whether this machine can run code built for this instruction set.
    #[inline]
    pub fn is_supported(self) -> bool {
        static FASTEST: OnceLock<Isa> = OnceLock::new();
        self <= *FASTEST.get_or_init(Isa::detect)
    }

    /// The largest instruction set of this machine; it can run the smaller ones too.
    fn detect() -> Isa {
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("lzcnt");
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl");
            match (avx2, avx512) {
                (true, true) => Isa::Avx512,
                (true, false) => Isa::Avx2,
                (false, _) => Isa::Baseline,
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        Isa::Baseline
    }

    /// The best instruction set of this machine, or the one that `VATIC_ISA` (`baseline`, `avx2`, `avx512`) names
    /// if the machine has it. Read once per process.
    pub fn best() -> Isa {
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(|| {
            let wanted = match std::env::var("VATIC_ISA").as_deref() {
                Ok("baseline") => Isa::Baseline,
                Ok("avx2") => Isa::Avx2,
                _ => Isa::Avx512,
            };
            Isa::available().into_iter().rfind(|&isa| isa <= wanted).unwrap_or(Isa::Baseline)
        })
    }
}

/// A hot loop. Mark `run` and everything it calls `#[inline(always)]`, or the callee keeps the baseline's code.
pub trait Job {
    /// What the loop returns.
    type Output;
    /// Runs the loop to its end.
    fn run(self) -> Self::Output;
}

/// Runs `job` with the best instruction set of this machine.
#[inline]
pub fn dispatch<J: Job>(job: J) -> J::Output {
    dispatch_on(Isa::best(), job)
}

/// Runs `job` built for `isa`, or for the baseline where this machine lacks `isa`.
pub fn dispatch_on<J: Job>(isa: Isa, job: J) -> J::Output {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the features were detected on this machine by `is_supported`.
        Isa::Avx2 if isa.is_supported() => unsafe { run_avx2(job) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the features were detected on this machine by `is_supported`.
        Isa::Avx512 if isa.is_supported() => unsafe { run_avx512(job) },
        _ => job.run(),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn run_avx2<J: Job>(job: J) -> J::Output {
    job.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512dq,avx512vl")]
fn run_avx512<J: Job>(job: J) -> J::Output {
    job.run()
}

/// Asks for huge pages under memory that has not been touched yet: tables of tens of megabytes that are walked at random
/// otherwise miss the translation cache at every step. A hint; small ranges and systems without it are left alone.
pub fn advise_huge<T>(untouched: &mut [std::mem::MaybeUninit<T>]) {
    #[cfg(target_os = "linux")]
    {
        const HUGE: usize = 2 << 20;
        let range = untouched.as_mut_ptr_range();
        let start = range.start.addr().next_multiple_of(HUGE);
        let end = range.end.addr() / HUGE * HUGE;
        if start < end {
            let first = untouched.as_mut_ptr().with_addr(start);
            // SAFETY: the pages lie inside memory that is borrowed mutably; the advice changes how they are backed, not what
            // they hold. A refusal is of no consequence.
            unsafe { libc::madvise(first.cast(), end - start, libc::MADV_HUGEPAGE) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = untouched;
}

/// Asks the cache for the line that holds `slice[index]`. An index outside the slice is ignored.
#[inline(always)]
pub fn prefetch<T>(slice: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(item) = slice.get(index) {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: `item` is a live reference, and a prefetch has no effect on memory.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(item).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slice, index);
}
