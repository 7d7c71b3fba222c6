//! Slots: what a context has seen, for the next two or three bits.
//!
//! A byte is coded in three groups of bits (2, 3 and 3), and each context looks up one slot for each group. A slot knows, for each of
//! the up to seven decisions of its group, a bit history ([`bit_history`](crate::predict::bit_history)) and a probability that adapts fast at first and
//! slowly later; the slot of the first group also knows which byte came last in the context, and how often in a row.
//!
//! Two slots share a cache line of the [`Arena`]; a context finds its slot by a check of 16 bits. If neither is its own, the one that has seen
//! less gives way. Groups of 3 bits keep more contexts in a table than nibbles do
//! (seven cells of which a predictable context uses three, not fifteen of which it uses four): 2.4 % of English text at 8 MB.
//!
//! | bytes of a slot | |
//! |---|---|
//! | 0-1 | check, 0 if free |
//! | 2-8 | bit history of nodes 1 to 7 |
//! | 9 | unused |
//! | 10-23 | u16 of nodes 1 to 7: bits 4-15 are P(1), bits 0-3 decisions seen, up to 15 |
//! | 24 | the last byte |
//! | 25 | how often in a row, 0 if never |
//! | 26-31 | unused |

use crate::kernels::lines::Line;
use crate::predict::arena::Arena;

const SLOT: usize = 32;
const STATES: usize = 1;
const PROBS: usize = 8;
const RUN_BYTE: usize = 24;
const RUN_COUNT: usize = 25;
const RUN_MAX: u8 = 127;

/// How far P(1) moves to what was seen, of 65,536, by the number of decisions seen: the mean of the first ones, then a moving one.
/// A last rate of 1/48 lost 0.1 % on a megabyte of English, 1/128 nothing.
const RATES: [i32; 16] =
    [32768, 21845, 16384, 13107, 10922, 9362, 8192, 6553, 5461, 4681, 4096, 3276, 2730, 2340, 2048, 700];

/// Where a slot is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slot {
    place: usize,
    start: usize,
}

/// What a slot says of one decision.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// Bit history.
    pub state: u8,
    /// P(1), of 65,536.
    pub p: u32,
}

#[inline(always)]
fn line_of(hash: u64) -> usize {
    (hash >> 16) as usize
}

/// Asks the cache for the line of `hash`.
#[inline(always)]
pub fn prefetch(arena: &Arena, hash: u64) {
    arena.prefetch(line_of(hash));
}

/// Finds the slot of `hash`, if there is one.
pub fn look(arena: &mut Arena, hash: u64) -> Option<Slot> {
    let check = (hash as u16).max(1);
    let place = arena.touch(line_of(hash));
    let line = &arena.at(place).0;
    let own = |&start: &usize| u16::from_le_bytes([line[start], line[start + 1]]) == check;
    [0, SLOT].into_iter().find(own).map(|start| Slot { place, start })
}

/// Finds or makes the slot of `hash`.
#[inline(always)]
pub fn find(arena: &mut Arena, hash: u64) -> Slot {
    let check = (hash as u16).max(1);
    let place = arena.touch(line_of(hash));
    let line = &arena.at(place).0;
    let checks = [0, SLOT].map(|start| u16::from_le_bytes([line[start], line[start + 1]]));
    let second = usize::from(checks[1] == check);
    let found = Slot { place, start: second * SLOT };
    if checks[second] == check {
        return found;
    }
    // The one that has seen less; of equals, the first.
    let seen = [0, 1].map(|way| u32::from(line[way * SLOT + STATES + 1]) + u32::from(checks[way] != 0));
    let start = if seen[1] < seen[0] { SLOT } else { 0 };
    clear(arena.at(place), start, check);
    Slot { place, start }
}

fn clear(line: &mut Line, start: usize, check: u16) {
    let slot = &mut line.0[start..start + SLOT];
    slot.fill(0);
    slot[..2].copy_from_slice(&check.to_le_bytes());
    for node in 1..8 {
        slot[PROBS + 2 * node + 1] = 0x80;
    }
}

impl Slot {
    /// The cell of `node` (1 to 7).
    #[inline(always)]
    pub fn cell(self, arena: &mut Arena, node: usize) -> Cell {
        let line = &arena.at(self.place).0;
        let at = (self.start + PROBS + 2 * node) & 62;
        let word = u32::from(u16::from_le_bytes([line[at], line[at + 1]]));
        Cell { state: line[(self.start + STATES + node) & 63], p: word & 0xFFF0 | 8 }
    }

    /// Writes the cell of `node`: its history, P(1) in the upper 12 bits and the decisions seen, up to 15, in the lower four.
    pub fn set(self, arena: &mut Arena, node: usize, state: u8, word: u16) {
        let line = &mut arena.at(self.place).0;
        line[(self.start + STATES + node) & 63] = state;
        let at = (self.start + PROBS + 2 * node) & 62;
        line[at..at + 2].copy_from_slice(&word.to_le_bytes());
    }

    /// Writes what [`Slot::run`] says.
    pub fn set_run(self, arena: &mut Arena, byte: u8, count: u8) {
        let line = &mut arena.at(self.place).0;
        line[(self.start + RUN_BYTE) & 63] = byte;
        line[(self.start + RUN_COUNT) & 63] = count.min(RUN_MAX);
    }

    /// Whether anything has been seen here.
    #[inline(always)]
    pub fn is_known(self, arena: &mut Arena) -> bool {
        arena.at(self.place).0[(self.start + STATES + 1) & 63] != 0
    }

    /// Learns the decision `bit` of `node`; `state` is what the history becomes.
    #[inline(always)]
    pub fn learn(self, arena: &mut Arena, node: usize, state: u8, bit: u32) {
        let line = &mut arena.at(self.place).0;
        line[(self.start + STATES + node) & 63] = state;
        let at = (self.start + PROBS + 2 * node) & 62;
        let word = i32::from(u16::from_le_bytes([line[at], line[at + 1]]));
        let (p, seen) = (word & 0xFFF0 | 8, word & 15);
        // Half a step of the 12 bits is added towards the target, or a nearly certain cell would never become more so.
        let (target, half) = if bit != 0 { (65_535, 8) } else { (0, -8) };
        let step = ((target - p).wrapping_mul(RATES[seen as usize & 15]) >> 16) + half;
        let moved = (p + step).clamp(16, 65_519);
        let word = (moved & 0xFFF0) | (seen + 1).min(15);
        line[at..at + 2].copy_from_slice(&(word as u16).to_le_bytes());
    }

    /// The byte that came last in the context and how often in a row; 0 times if none did. For slots of the first group.
    #[inline(always)]
    pub fn run(self, arena: &mut Arena) -> (u8, u8) {
        let line = &arena.at(self.place).0;
        (line[(self.start + RUN_BYTE) & 63], line[(self.start + RUN_COUNT) & 63])
    }

    /// Learns that `byte` came.
    #[inline(always)]
    pub fn learn_run(self, arena: &mut Arena, byte: u8) {
        let (last, count) = self.run(arena);
        let line = &mut arena.at(self.place).0;
        let count = if last == byte { (count + 1).min(RUN_MAX) } else { 1 };
        line[(self.start + RUN_BYTE) & 63] = byte;
        line[(self.start + RUN_COUNT) & 63] = count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_found_again_until_busier_ones_push_it_out() {
        let mut arena = Arena::plain(0).unwrap();
        find(&mut arena, 5).learn(&mut arena, 1, 3, 1);
        assert_eq!(find(&mut arena, 5).cell(&mut arena, 1).state, 3);
        find(&mut arena, 6).learn(&mut arena, 1, 9, 0);
        assert_eq!(find(&mut arena, 5).cell(&mut arena, 1).state, 3);
        // A third context takes the place of the one that has seen less.
        assert_eq!(find(&mut arena, 9).cell(&mut arena, 1).state, 0);
        assert_eq!(find(&mut arena, 6).cell(&mut arena, 1).state, 9);
        assert_eq!(find(&mut arena, 5).cell(&mut arena, 1).state, 0);
    }

    #[test]
    fn probabilities_follow_and_stay_inside() {
        let mut arena = Arena::plain(0).unwrap();
        let slot = find(&mut arena, 77);
        assert_eq!(slot.cell(&mut arena, 5).p, 0x8008);
        for _ in 0..2000 {
            slot.learn(&mut arena, 5, 1, 1);
        }
        assert!(slot.cell(&mut arena, 5).p > 65_000);
        for _ in 0..2000 {
            slot.learn(&mut arena, 5, 1, 0);
        }
        assert!(slot.cell(&mut arena, 5).p < 600);
        assert_eq!(slot.cell(&mut arena, 4).p, 0x8008);
    }

    #[test]
    fn runs_are_counted() {
        let mut arena = Arena::plain(0).unwrap();
        let slot = find(&mut arena, 77);
        assert_eq!(slot.run(&mut arena), (0, 0));
        for _ in 0..300 {
            slot.learn_run(&mut arena, b'x');
        }
        assert_eq!(slot.run(&mut arena), (b'x', RUN_MAX));
        slot.learn_run(&mut arena, b'y');
        assert_eq!(slot.run(&mut arena), (b'y', 1));
    }
}
