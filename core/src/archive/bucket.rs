//! Open groups: content waits here, sorted by class, until its group is full.
//!
//! Text, what cannot be compressed, and the rest have a group each, so that a model meets one kind of content; machine code
//! and other binary data share theirs, as programs hold both. Files of numbers that codec `sample` or a table model
//! suits (sound, pictures, databases) get groups of their own: their geometry is nobody else's.

use super::near::Windows;
use crate::chunk::detect::{Class, classify};
use crate::container::group::Segment;
use crate::container::pack::GroupPlan;
use crate::container::{SEGMENT_MAX, segment_tag};
use crate::transform::sample;

/// Which open group content goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Family {
    Text = 0,
    Binary = 1,
    Dense = 2,
    /// A group of the current file alone.
    Solo = 3,
}

impl Family {
    pub(super) const ALL: [Family; 4] = [Family::Text, Family::Binary, Family::Dense, Family::Solo];
}

/// A file with sample geometry gets a group of its own from this size on: below, a fresh start costs more than it saves.
const SOLO_MIN: usize = 64 << 10;

/// The class of a window of content, and where it goes.
pub(super) fn family_of(window: &[u8]) -> (Class, Family) {
    let class = classify(window);
    let family = match class {
        Class::Text => Family::Text,
        Class::Dense => Family::Dense,
        Class::Binary if window.len() >= SOLO_MIN && sample::detect(window).is_some() => Family::Solo,
        _ => Family::Binary,
    };
    (class, family)
}

/// Windows of an open group. Short matches cost more as ranges than as repetitions that codec bwt sees.
pub(super) type GroupWindows = Windows<64, 1024, 128>;

/// A group that is being filled.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    /// Names the group until its address is known.
    pub(super) serial: usize,
    pub(super) data: Vec<u8>,
    /// Bytes of each class.
    pub(super) tally: Vec<(Class, usize)>,
    /// Where to find what is repeated in it.
    pub(super) windows: GroupWindows,
}

impl Bucket {
    pub(super) fn add(&mut self, class: Class, bytes: &[u8]) {
        self.data.extend_from_slice(bytes);
        match self.tally.iter_mut().find(|(known, _)| *known == class) {
            Some((_, total)) => *total += bytes.len(),
            None => self.tally.push((class, bytes.len())),
        }
    }

    /// The class of most bytes; of a tie, the first.
    fn class(&self) -> Class {
        let mut best = (Class::Binary, 0);
        for &(class, len) in &self.tally {
            if len > best.1 {
                best = (class, len);
            }
        }
        best.0
    }

    /// The group as it will be coded, at its address.
    pub(super) fn into_plan(self, address: u64) -> GroupPlan {
        let class = self.class();
        plan(self.data, class, address)
    }
}

/// A group of `data` whose segments' tags count from `offset`.
pub(super) fn plan(data: Vec<u8>, class: Class, offset: u64) -> GroupPlan {
    let mut at = offset;
    let mut segments = Vec::new();
    for piece in data.chunks(SEGMENT_MAX) {
        let tag = segment_tag(&blake3::hash(piece), at);
        segments.push(Segment { len: piece.len() as u32, distance: 0, tag });
        at = at.wrapping_add(piece.len() as u64);
    }
    GroupPlan { offset, class, segments, literals: data }
}
