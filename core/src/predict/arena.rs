//! The cell arena: where experts keep what they have learnt, in 64-byte cache lines.
//!
//! An arena is either *plain*, one table that starts at zero, or an *overlay* on a read-only base (a primer that any number of
//! arenas share): a line is copied in from the base on first touch, and [`Arena::reset`] forgets all copies at once by
//! starting a new epoch. An overlay may be smaller than its base; then lines that share a place push each other out,
//! and what the loser had learnt is lost. It may be larger; then several of its lines begin as copies of the same one. Copy-in and
//! replacement decide what is predicted, so they are part of the format: `line v, of as many as the larger of both has, begins as line
//! v mod base size of the base, lives at place v mod overlay size, and the last line touched owns the place`.
//!
//! State that nearly every input touches (gate rows, maps, calibration: some 30 KB) is cheaper to copy whole than to check on
//! each use; experts keep it beside the arena and copy it at a reset.
//!
//! Cost: a plain arena adds one predictable branch to a lookup, and its untouched pages take no memory; an overlay adds one
//! load and a comparison, and 64 bytes of copying for each line an input touches.

use crate::error::{Result, try_zeroed};
use crate::kernels::lines::{LINE, Line, Lines};
use crate::kernels::prefetch;
use std::sync::Arc;

/// A table of cache lines; see the module.
#[derive(Debug)]
pub struct Arena {
    lines: Lines,
    overlay: Option<Overlay>,
}

#[derive(Debug)]
struct Overlay {
    base: Arc<Lines>,
    /// For each place, the epoch of its copy (high half) and which base line it is (low half).
    owners: Vec<u64>,
    epoch: u32,
}

impl Arena {
    /// A plain arena of `1 << log2` zero lines.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn plain(log2: u32) -> Result<Self> {
        Ok(Arena { lines: Lines::zeroed(log2)?, overlay: None })
    }

    /// An overlay of `1 << log2` lines on `base`.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn over(base: Arc<Lines>, log2: u32) -> Result<Self> {
        let lines = Lines::zeroed(log2)?;
        let owners = try_zeroed(lines.len())?;
        Ok(Arena { lines, overlay: Some(Overlay { base, owners, epoch: 1 }) })
    }

    /// An overlay of `1 << log2` lines on this overlay's base.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn fork(&self, log2: u32) -> Result<Self> {
        match &self.overlay {
            None => Arena::plain(log2),
            Some(overlay) => Arena::over(overlay.base.clone(), log2),
        }
    }

    /// A copy of a plain arena; of an overlay, a fork of the same size.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn duplicate(&self) -> Result<Self> {
        let mut copy = self.fork(self.lines.len().trailing_zeros())?;
        if self.overlay.is_none() {
            for (index, line) in self.lines.as_slice().iter().enumerate() {
                // Pages that are zero stay untouched.
                if line.0 != [0; LINE] {
                    *copy.lines.get_mut(index) = *line;
                }
            }
        }
        Ok(copy)
    }

    /// The lines of a plain arena, to be the base of others; an overlay's base.
    pub fn into_base(self) -> Arc<Lines> {
        match self.overlay {
            None => Arc::new(self.lines),
            Some(overlay) => overlay.base,
        }
    }

    /// Forgets all that was learnt: the arena is as it was when new.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory), from a plain arena only: it takes fresh zero pages.
    pub fn reset(&mut self) -> Result<()> {
        match &mut self.overlay {
            None => self.lines = Lines::zeroed(self.lines.len().trailing_zeros())?,
            Some(overlay) => {
                overlay.epoch = overlay.epoch.wrapping_add(1);
                if overlay.epoch == 0 {
                    overlay.owners.fill(0);
                    overlay.epoch = 1;
                }
            }
        }
        Ok(())
    }

    /// Asks the cache for line `index`, and for what an overlay needs to copy it in.
    #[inline(always)]
    pub fn prefetch(&self, index: usize) {
        self.lines.prefetch(index);
        if let Some(overlay) = &self.overlay {
            prefetch(&overlay.owners, index & (self.lines.len() - 1));
            overlay.base.prefetch(index);
        }
    }

    /// Makes line `index` (modulo the size of the arena or its base) present; returns its place for [`Arena::at`].
    #[inline(always)]
    pub fn touch(&mut self, index: usize) -> usize {
        match &mut self.overlay {
            None => index,
            Some(overlay) => overlay.copy_in(&mut self.lines, index),
        }
    }

    /// The line at a place that [`Arena::touch`] gave. After another touch the place may hold another line, of an overlay
    /// smaller than its base.
    #[inline(always)]
    pub fn at(&mut self, place: usize) -> &mut Line {
        self.lines.get_mut(place)
    }
}

impl Overlay {
    #[inline(always)]
    fn copy_in(&mut self, lines: &mut Lines, index: usize) -> usize {
        let line = index & (self.base.len().max(lines.len()) - 1);
        let place = line & (lines.len() - 1);
        let owner = u64::from(self.epoch) << 32 | line as u64;
        if self.owners[place] != owner {
            self.owners[place] = owner;
            *lines.get_mut(place) = *self.base.get(line);
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads and changes pseudo-random lines; returns a digest of all that was read.
    fn exercise(arena: &mut Arena, steps: u32) -> u64 {
        let (mut seed, mut digest) = (1u64, 0u64);
        for _ in 0..steps {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let place = arena.touch((seed >> 40) as usize);
            let cell = &mut arena.at(place).0[(seed >> 34) as usize & 63];
            digest = (digest ^ u64::from(*cell)).wrapping_mul(0x0100_0000_01B3);
            *cell = cell.wrapping_mul(5).wrapping_add((seed >> 58) as u8);
        }
        digest
    }

    fn base(log2: u32) -> Arc<Lines> {
        let mut lines = Lines::zeroed(log2).unwrap();
        for i in 0..lines.len() {
            lines.get_mut(i).0 = std::array::from_fn(|j| (i * 7 + j) as u8);
        }
        Arc::new(lines)
    }

    #[test]
    fn a_reset_arena_is_a_fresh_one() {
        for make in
            [|| Arena::plain(8).unwrap(), || Arena::over(base(8), 8).unwrap(), || Arena::over(base(8), 5).unwrap()]
        {
            let fresh = exercise(&mut make(), 5000);
            let mut used = make();
            for _ in 0..3 {
                assert_eq!(exercise(&mut used, 5000), fresh);
                used.reset().unwrap();
            }
        }
    }

    #[test]
    fn an_overlay_predicts_like_a_copy_of_its_base() {
        let base = base(8);
        let mut copy = Arena::plain(8).unwrap();
        for i in 0..base.len() {
            *copy.at(i) = *base.get(i);
        }
        let expected = exercise(&mut copy, 5000);
        assert_eq!(exercise(&mut Arena::over(base.clone(), 8).unwrap(), 5000), expected);
        assert_eq!(
            exercise(&mut Arena::over(Arc::new(Lines::zeroed(8).unwrap()), 8).unwrap(), 5000),
            exercise(&mut Arena::plain(8).unwrap(), 5000)
        );
    }

    #[test]
    fn epochs_wrap() {
        let mut arena = Arena::over(base(6), 4).unwrap();
        let fresh = exercise(&mut arena, 500);
        arena.overlay.as_mut().unwrap().epoch = u32::MAX;
        arena.reset().unwrap();
        assert_eq!(exercise(&mut arena, 500), fresh);
    }
}
