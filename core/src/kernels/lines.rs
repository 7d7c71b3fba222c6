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
    lines: Box<[Line]>,
}

impl Lines {
    /// A zeroed table of `1 << log2` lines.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] if the system refuses.
    pub fn zeroed(log2: u32) -> Result<Self> {
        let refused = || Error::OutOfMemory { bytes: (LINE as u64).checked_shl(log2).unwrap_or(u64::MAX) };
        let len = 1usize.checked_shl(log2).ok_or_else(refused)?;
        let layout = Layout::array::<Line>(len).map_err(|_| refused())?;
        // SAFETY: the layout is not empty; zeroed memory is a valid `[Line]`; the box frees it with the same layout.
        let lines = unsafe {
            let ptr = alloc_zeroed(layout).cast::<Line>();
            if ptr.is_null() {
                return Err(refused());
            }
            Box::from_raw(std::ptr::slice_from_raw_parts_mut(ptr, len))
        };
        Ok(Lines { lines })
    }

    /// Number of lines.
    #[inline(always)]
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Line `index` modulo the length.
    #[inline(always)]
    pub fn get(&self, index: usize) -> &Line {
        // SAFETY: the length is a power of two, so the masked index is below it.
        unsafe { self.lines.get_unchecked(index & (self.lines.len() - 1)) }
    }

    /// Line `index` modulo the length, to write.
    #[inline(always)]
    pub fn get_mut(&mut self, index: usize) -> &mut Line {
        let mask = self.lines.len() - 1;
        // SAFETY: the length is a power of two, so the masked index is below it.
        unsafe { self.lines.get_unchecked_mut(index & mask) }
    }

    /// Asks the cache for line `index` modulo the length.
    #[inline(always)]
    pub fn prefetch(&self, index: usize) {
        super::prefetch(&self.lines, index & (self.lines.len() - 1));
    }

    /// All lines.
    pub fn as_slice(&self) -> &[Line] {
        &self.lines
    }
}
