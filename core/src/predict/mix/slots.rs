//! Slots: what a context has seen, for the next three decisions.
//!
//! The decisions of a byte (see [`tree`](super::tree)) are taken three at a time, and each context looks up one slot for each such group. A slot knows, for each of
//! the up to seven decisions of its group, a bit history ([`bit_history`](crate::predict::bit_history)) and a probability that adapts fast at first and
//! slowly later; the slot of the first group also knows which byte came last in the context, and how often in a row.
//!
//! Two slots share a cache line of the [`Arena`]; a context finds its slot by a check of 16 bits. If neither is its own, the one that has seen
//! less gives way. A context works on a copy and puts it back when its group is done. All slots of a context stand in the 64 lines
//! of one page, so that only the first lookup of a byte can miss the translation cache. Groups of 3 decisions keep more contexts in a table than nibbles do
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

use crate::predict::arena::Arena;
use crate::predict::bit_history::NEXT;

/// Bytes of a slot.
const SIZE: usize = 32;
const STATES: usize = 1;
const WORDS: usize = 8;
const RUN_BYTE: usize = 24;
const RUN_COUNT: usize = 25;
/// Longest run.
pub const RUN_MAX: u8 = 127;

/// How far P(1) moves to what was seen, of 65,536, by the number of decisions seen: the mean of the first ones, then a moving one.
/// A last rate of 1/48 lost 0.1 % on a megabyte of English, 1/128 nothing.
pub const RATES: [u16; 16] =
    [32768, 21845, 16384, 13107, 10922, 9362, 8192, 6553, 5461, 4681, 4096, 3276, 2730, 2340, 2048, 700];

/// The bits of a context's hash that tell its slots: those of its line in the largest table, and its check. Primers keep no others.
pub const KEY: u64 = (1 << 40) - 1;

/// Where a context's slots of one byte are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Home {
    line: usize,
    check: u16,
}

/// Where a slot came from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    place: usize,
    way: usize,
}

/// A copy of a slot.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
pub struct Slot([u8; SIZE]);

impl Default for Slot {
    fn default() -> Self {
        SLOTS[NOTHING]
    }
}

/// New slots: that have seen these three decisions once, and one that has seen nothing.
const SLOTS: [Slot; 9] = {
    let mut slots = [Slot([0; SIZE]); 9];
    let mut bits = 0;
    while bits < 9 {
        slots[bits] = new_slot(bits);
        bits += 1;
    }
    slots
};
/// Which of the new slots has seen nothing.
pub const NOTHING: usize = 8;

const fn new_slot(bits: usize) -> Slot {
    let mut slot = [0; SIZE];
    let mut node = 1;
    while node < 8 {
        slot[WORDS + 2 * node + 1] = 0x80;
        node += 1;
    }
    let mut node = 1;
    let mut left = 3;
    while left > 0 && bits != NOTHING {
        left -= 1;
        let bit = bits >> left & 1;
        slot[STATES + node] = NEXT[bit];
        // A half from the middle towards the bit, and one decision seen.
        let p: u32 = if bit != 0 { 0x8008 + (0x7FF7 >> 1) + 8 } else { 0x8008 - (0x8008 >> 1) - 8 };
        let word = (p as u16 & 0xFFF0) | 1;
        slot[WORDS + 2 * node] = word as u8;
        slot[WORDS + 2 * node + 1] = (word >> 8) as u8;
        node = node * 2 + bit;
    }
    Slot(slot)
}

impl Home {
    /// The home of a context with that hash.
    #[inline(always)]
    pub fn new(hash: u64) -> Self {
        Home { line: (hash >> 16) as usize, check: hash as u16 }
    }

    /// The line of the group of decisions that begins at `node` of the tree. (Groups whose nodes are 64 apart share lines, not checks.)
    #[inline(always)]
    fn line(self, node: u32) -> usize {
        self.line ^ (node as usize & 63)
    }

    /// Leads to line 0 for the rest of the byte unless the context is known: of a context that is seen for the first time only the first
    /// slot is kept, and the byte in it stands for what the others would have seen.
    #[inline(always)]
    pub fn keep_if(&mut self, known: bool) {
        self.line = if known { self.line } else { 0 };
    }

    /// Asks the cache for the line of a group.
    #[inline(always)]
    pub fn prefetch(self, arena: &Arena, node: u32) {
        arena.prefetch(self.line(node));
    }

    /// The place of the slot of the group that begins at `node`, if there is one.
    pub fn look(self, arena: &mut Arena, node: u32) -> Option<Place> {
        let check = self.check(node);
        let place = arena.touch(self.line(node));
        let ways = arena.at(place).0.as_chunks::<SIZE>().0;
        let way = ways.iter().position(|slot| u16::from_le_bytes([slot[0], slot[1]]) == check)?;
        Some(Place { place, way })
    }

    #[inline(always)]
    fn check(self, node: u32) -> u16 {
        (self.check ^ (node as u16).wrapping_mul(0x9E35)).max(1)
    }

    /// Finds or makes the slot of the group that begins at `node` (1 for the first), and copies it; a new one has seen the three decisions `new`
    /// once, or [`NOTHING`].
    #[inline(always)]
    pub fn load(self, arena: &mut Arena, node: u32, new: usize, slot: &mut Slot) -> Place {
        let check = self.check(node);
        let place = arena.touch(self.line(node));
        let line = arena.at(place).0.as_chunks::<SIZE>().0;
        let [first, second] = [0, 1].map(|way| u16::from_le_bytes([line[way][0], line[way][1]]));
        // Of slots that have seen equally much, the first gives way.
        let [seen_first, seen_second] = [(0, first), (1, second)]
            .map(|(way, check): (usize, u16)| u32::from(line[way][STATES + 1]) + u32::from(check != 0));
        let victim = usize::from(seen_second < seen_first);
        let way = if second == check {
            1
        } else if first == check {
            0
        } else {
            victim
        };
        let known = second == check || first == check;
        *slot = Slot(*if known { &line[way] } else { &SLOTS[new].0 });
        slot.0[..2].copy_from_slice(&check.to_le_bytes());
        Place { place, way }
    }
}

impl Place {
    /// A copy of the slot.
    pub fn slot(self, arena: &mut Arena) -> Slot {
        Slot(arena.at(self.place).0.as_chunks::<SIZE>().0[self.way & 1])
    }

    /// Puts a slot back.
    #[inline(always)]
    pub fn store(self, arena: &mut Arena, slot: &Slot) {
        arena.at(self.place).0.as_chunks_mut::<SIZE>().0[self.way & 1] = slot.0;
    }
}

impl Slot {
    /// Bit history of `node` (1 to 7).
    #[inline(always)]
    pub fn state(&self, node: usize) -> u8 {
        self.0[STATES + (node & 7)]
    }

    /// P(1) of `node`, of 65,536, and how often it was learnt, as the table above says.
    #[inline(always)]
    pub fn word(&self, node: usize) -> u16 {
        let at = WORDS + 2 * (node & 7);
        u16::from_le_bytes([self.0[at], self.0[at + 1]])
    }

    /// Sets both.
    #[inline(always)]
    pub fn learn(&mut self, node: usize, state: u8, word: u16) {
        self.0[STATES + (node & 7)] = state;
        let at = WORDS + 2 * (node & 7);
        self.0[at..at + 2].copy_from_slice(&word.to_le_bytes());
    }

    /// Whether anything has been seen here.
    #[inline(always)]
    pub fn is_known(&self) -> bool {
        self.0[STATES + 1] != 0
    }

    /// The byte that came last in the context and how often in a row; 0 times if none did. For slots of the first group.
    #[inline(always)]
    pub fn run(&self) -> (u8, u8) {
        (self.0[RUN_BYTE], self.0[RUN_COUNT])
    }

    /// Sets what [`Slot::run`] says.
    pub fn set_run(&mut self, byte: u8, count: u8) {
        (self.0[RUN_BYTE], self.0[RUN_COUNT]) = (byte, count.min(RUN_MAX));
    }

    /// Learns that `byte` came.
    #[inline(always)]
    pub fn learn_run(&mut self, byte: u8) {
        let (last, count) = self.run();
        self.0[RUN_BYTE] = byte;
        self.0[RUN_COUNT] = if last == byte { (count + 1).min(RUN_MAX) } else { 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Isa;
    use crate::kernels::vector::{Lanes, LanesJob, ROW, Words, dispatch_on};

    fn seen(arena: &mut Arena, hash: u64) -> Slot {
        let mut slot = Slot::default();
        Home::new(hash).load(arena, 1, NOTHING, &mut slot);
        slot
    }

    fn teach(arena: &mut Arena, hash: u64, state: u8) {
        let mut slot = Slot::default();
        let place = Home::new(hash).load(arena, 1, NOTHING, &mut slot);
        slot.learn(1, state, 0x1234);
        place.store(arena, &slot);
    }

    #[test]
    fn a_slot_is_found_again_until_busier_ones_push_it_out() {
        let mut arena = Arena::plain(0).unwrap();
        teach(&mut arena, 5, 3);
        teach(&mut arena, 6, 9);
        assert_eq!(seen(&mut arena, 5).state(1), 3);
        assert_eq!(seen(&mut arena, 5).word(1), 0x1234);
        // A third context takes the place of the one that has seen less.
        assert!(!seen(&mut arena, 7).is_known());
        teach(&mut arena, 7, 4);
        assert!(!seen(&mut arena, 5).is_known());
        assert_eq!(seen(&mut arena, 6).state(1), 9);
        assert_eq!(seen(&mut arena, 7).state(1), 4);
    }

    #[test]
    fn slots_of_a_byte_share_a_page_and_differ() {
        let home = Home::new(0x0123_4567_89AB_CDEF);
        let mut places: Vec<_> = (1..256).map(|node| (home.line(node), home.check(node))).collect();
        assert!(places.iter().all(|(line, _)| line / 64 == home.line / 64));
        places.sort();
        places.dedup();
        assert_eq!(places.len(), 255);
    }

    #[test]
    fn a_new_slot_is_as_if_it_had_seen_the_bits_once() {
        for (bits, expected) in SLOTS.iter().enumerate().take(8) {
            let mut slot = SLOTS[NOTHING];
            let mut node = 1;
            for shift in [2, 1, 0] {
                let bit = (bits >> shift & 1) as u32;
                let mut words = Words([slot.word(node); ROW]);
                dispatch_on(Isa::Baseline, Adapt(&mut words, bit));
                slot.learn(node, NEXT[usize::from(slot.state(node)) * 2 + bit as usize], words.0[0]);
                node = node * 2 + bit as usize;
            }
            assert_eq!(slot.0, expected.0);
        }
    }

    struct Adapt<'a>(&'a mut Words, u32);

    impl LanesJob for Adapt<'_> {
        type Output = ();
        fn run<L: Lanes>(self) {
            L::adapt(self.0, &RATES, self.1);
        }
    }

    #[test]
    fn runs_are_counted() {
        let mut slot = Slot::default();
        assert_eq!(slot.run(), (0, 0));
        for _ in 0..300 {
            slot.learn_run(b'x');
        }
        assert_eq!(slot.run(), (b'x', RUN_MAX));
        slot.learn_run(b'y');
        assert_eq!(slot.run(), (b'y', 1));
    }
}
