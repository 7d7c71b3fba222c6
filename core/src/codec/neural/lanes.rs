//! Lanes: parts of a block that are coded side by side, so that the transformer takes a token of each at once.
//!
//! One token after the other leaves a decoder with a product of a matrix and a vector, which waits for the weights. With lanes each load of weights serves as many
//! tokens as there are lanes. Each lane has a window of its own, and a place in the text of its own; all that learns is shared, in a fixed order: a token of
//! the first lane, one of the second, and so on, until all lanes are at their ends.

use super::mixed::Mixed;
use crate::codec::Params;
use crate::error::{Error, Result};
use crate::predict::mix::Place;
use std::ops::Range;

/// Log2 of the most lanes.
const LOG2_MAX: u32 = 5;
/// The most lanes.
pub const MAX: usize = 1 << LOG2_MAX;
/// Bits of [`Params::arg`] below the lanes.
const SHIFT: u32 = 8;
/// Fewest bytes that are worth a lane: each begins with a window that has seen nothing.
const WORTH: usize = 4 << 10;

/// Log2 of the lanes of a group.
///
/// # Errors
/// [`Error::Unsupported`].
pub fn log2(params: &Params) -> Result<u32> {
    match params.arg >> SHIFT {
        log2 @ 0..=LOG2_MAX => Ok(log2),
        other => Err(Error::Unsupported { what: "number of lanes", value: u64::from(other) }),
    }
}

/// `params` without what they say of lanes.
pub fn without(params: &Params) -> Params {
    Params { arg: params.arg & ((1 << SHIFT) - 1), ..*params }
}

/// What [`Params::arg`] says of so many lanes, or of as many as a block of a group of `len` bytes is worth, if they are fewer.
pub fn arg(lanes: usize, len: usize) -> u32 {
    let lanes = lanes.min(len / WORTH).clamp(1, MAX);
    lanes.ilog2() << SHIFT
}

/// The parts of a block of `len` bytes.
pub fn parts(len: usize, lanes: usize) -> impl Iterator<Item = Range<usize>> {
    // Both are far below 2^32.
    let cut = move |lane: usize| (lane as u64 * len as u64 / lanes as u64) as usize;
    (0..lanes).map(move |lane| cut(lane)..cut(lane + 1))
}

/// The places of all lanes.
pub struct Places {
    /// That of [`Places::current`] is elsewhere: in the mix.
    waiting: Vec<Lane>,
    current: usize,
    /// Bytes of the blocks so far, and what stood before them.
    start: usize,
}

/// What of the mix beside the transformer is a lane's own.
struct Lane {
    place: Place,
    before: [u32; 3],
}

impl Places {
    /// So many lanes, all at the place where `mixed` stands.
    pub fn new(mixed: &Mixed, lanes: usize) -> Self {
        let lane = || Lane { place: mixed.mix.place(), before: mixed.before };
        Places { waiting: (0..lanes).map(|_| lane()).collect(), current: 0, start: mixed.mix.position() }
    }

    /// Lets all lanes go on in a block of `len` bytes.
    pub fn begin_block(&mut self, mixed: &mut Mixed, len: usize) {
        let lanes = self.waiting.len();
        for (lane, part) in parts(len, lanes).enumerate() {
            self.go_to(mixed, lane);
            mixed.mix.go_to(self.start.wrapping_add(part.start));
        }
        self.start = self.start.wrapping_add(len);
    }

    /// Lets the mix go on in another lane.
    pub fn go_to(&mut self, mixed: &mut Mixed, lane: usize) {
        if lane != self.current {
            self.exchange(mixed);
            self.current = lane;
            self.exchange(mixed);
        }
    }

    fn exchange(&mut self, mixed: &mut Mixed) {
        if let Some(lane) = self.waiting.get_mut(self.current) {
            mixed.mix.exchange(&mut lane.place);
            std::mem::swap(&mut mixed.before, &mut lane.before);
        }
    }
}
