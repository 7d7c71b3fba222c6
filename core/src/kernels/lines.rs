//! Tables of 64-byte cache lines: zeroed lazily by the system, a power of two long, indexed by any number.

use crate::error::{Error, Result};
use std::alloc::{Layout, alloc_zeroed};

/// Bytes in a cache line.
pub const LINE: usize = 64;

/// One cache line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Line(pub [u8; LINE]);

/// A power of two of [`Line`]s. Pages are zeroed by the system on first touch, so that a large table costs a small input
/// nothing; an index is taken modulo the length, so that the hot loop has no bounds check.
#[derive(Debug)]
pub struct Lines {
    /// The memory, in units that the allocator zeroes lazily (it would write to memory of a larger alignment at once).
    units: Box<[Unit]>,
    /// Units before the first line: those that its alignment skips.
    skipped: usize,
    mask: usize,
}

type Unit = u64;
const UNITS: usize = LINE / size_of::<Unit>();

impl Lines {
    /// A zeroed table of `1 << log2` lines.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] if the system refuses.
    pub fn zeroed(log2: u32) -> Result<Self> {
        let refused = || Error::OutOfMemory { bytes: (LINE as u64).checked_shl(log2).unwrap_or(u64::MAX) };
        let len = 1usize.checked_shl(log2).ok_or_else(refused)?;
        let units = len.checked_mul(UNITS).and_then(|units| units.checked_add(UNITS)).ok_or_else(refused)?;
        let layout = Layout::array::<Unit>(units).map_err(|_| refused())?;
        // SAFETY: the layout is not empty; zeroed memory is a valid `[Unit]`, and a valid `[MaybeUninit<Unit>]` until the box takes it; the
        // box frees it with the same layout.
        let units = unsafe {
            let ptr = alloc_zeroed(layout).cast::<Unit>();
            if ptr.is_null() {
                return Err(refused());
            }
            super::advise_huge(std::slice::from_raw_parts_mut(ptr.cast::<std::mem::MaybeUninit<Unit>>(), units));
            Box::from_raw(std::ptr::slice_from_raw_parts_mut(ptr, units))
        };
        let address = units.as_ptr().addr();
        let skipped = (address.next_multiple_of(LINE) - address) / size_of::<Unit>();
        Ok(Lines { units, skipped, mask: len - 1 })
    }

    #[inline(always)]
    fn first(&self) -> *const Line {
        // SAFETY: fewer than `UNITS` units are skipped, and there are that many more than the lines take.
        unsafe { self.units.as_ptr().add(self.skipped).cast() }
    }

    /// Number of lines.
    #[inline(always)]
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.mask + 1
    }

    /// Line `index` modulo the length.
    #[inline(always)]
    pub fn get(&self, index: usize) -> &Line {
        // SAFETY: the masked index is below the number of lines, all of which are initialised and aligned.
        unsafe { &*self.first().add(index & self.mask) }
    }

    /// Line `index` modulo the length, to write.
    #[inline(always)]
    pub fn get_mut(&mut self, index: usize) -> &mut Line {
        // SAFETY: fewer than `UNITS` units are skipped; the masked index is below the number of lines, all of which are initialised and
        // aligned; `self` is borrowed mutably.
        unsafe { &mut *self.units.as_mut_ptr().add(self.skipped).cast::<Line>().add(index & self.mask) }
    }

    /// Asks the cache for line `index` modulo the length.
    #[inline(always)]
    pub fn prefetch(&self, index: usize) {
        #[cfg(target_arch = "x86_64")]
        {
            use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: a prefetch has no effect on memory.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(self.first().add(index & self.mask).cast()) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = index;
    }

    /// All lines.
    pub fn as_slice(&self) -> &[Line] {
        // SAFETY: as in `get`.
        unsafe { std::slice::from_raw_parts(self.first(), self.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_zero_aligned_and_apart() {
        for log2 in [0, 3, 15, 17] {
            let mut lines = Lines::zeroed(log2).unwrap();
            assert!(lines.as_slice().iter().all(|line| line.0 == [0; LINE]));
            assert_eq!(lines.as_slice().as_ptr().addr() % LINE, 0);
            for i in 0..lines.len() {
                lines.get_mut(i + lines.len()).0 = [i as u8; LINE];
            }
            assert!((0..lines.len()).all(|i| lines.get(i).0 == [i as u8; LINE]));
        }
        assert!(Lines::zeroed(63).is_err());
    }
}
