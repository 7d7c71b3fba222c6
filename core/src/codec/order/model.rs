//! The light mix: six bit-history experts, a match model, one gate, one adaptive map.
//!
//! An expert's table line (64 bytes) holds four slots; a slot is a check byte and the fifteen bit histories of one nibble in
//! one context. So a byte costs each expert two lookups, and the bits of a nibble are served from sixteen bytes copied aside.
//! While a long match holds, one decision says whether the whole next byte is as expected, and nothing else is touched.
//!
//! Cost: two cache lines a byte and expert, about 170 operations a bit. Source: Mahoney's lpaq1 and ZPAQ, with histories mapped in
//! batches, one table for all experts, and the whole-byte decision.

use crate::coder::binary::BitCoder;
use crate::error::{Result, try_filled, try_zeroed};
use crate::kernels::vector::Lanes;
use crate::predict::apm::Apm;
use crate::predict::arena::Arena;
use crate::predict::bit_history::NEXT;
use crate::predict::contexts::{Feature, History};
use crate::predict::ensemble::{Ensemble, LIGHT};
use crate::predict::gate::{Gate, ONE};
use crate::predict::history_map::HistoryMap;
use crate::predict::logistic::{SQUASH_LIMIT, UNIT, squash};
use crate::predict::match_model::MatchModel;

/// Gate rows: experts that know the context (0 to 6), class of the match, bit of the byte.
const ROWS: usize = 256;
/// Contexts of the adaptive map: class of the match, byte so far.
const MAP_ROWS: usize = 1024;
/// Weight that each expert begins with: the best of 0.2, 0.3, 0.4 on small text.
const FIRST_WEIGHT: i32 = ONE * 3 / 10;
/// Learning rate of the gate, in 1/16 of a weight unit for a full-scale input and error: 5 and 20 lost 0.1 %.
const RATE: i32 = 10;
/// A match this long is trusted with whole bytes: 12 cost ooffice 0.15 %, 32 saved 0.05 %.
const TRUSTED: u32 = 20;
/// Longest time between settlings, in bytes; also the sampling of counts, one byte in `SAMPLE` once past the first `SETTLE`.
const SETTLE: usize = 8192;
const SAMPLE: usize = 4;
const WINDOW_LOG2_MAX: u32 = 25;

/// The state of one group.
#[derive(Debug)]
pub struct Model {
    ensemble: Ensemble,
    arena: Arena,
    window: Vec<u8>,
    position: usize,
    history: History,
    matches: MatchModel,
    maps: Box<[HistoryMap; LIGHT]>,
    gate: Gate<1, ROWS>,
    apm: Apm<MAP_ROWS>,
    /// P(the whole byte is as expected), of 65,536, by length class of the match.
    whole: Vec<u16>,
    settle_at: usize,
}

/// Where a slot was found, and a copy of it to work on.
#[derive(Clone, Copy)]
struct Slot {
    place: usize,
    start: usize,
    states: [u8; 16],
}

impl Model {
    /// A model with a table of `1 << table_log2` bytes, for records of `stride` bytes.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(ensemble: Ensemble, table_log2: u32, stride: usize, group_len: usize) -> Result<Self> {
        let window_log2 = window_log2(group_len);
        Ok(Model {
            ensemble,
            arena: Arena::plain(table_log2.saturating_sub(6))?,
            window: try_zeroed(1 << window_log2)?,
            position: 0,
            history: History::new(ensemble.kind, stride),
            matches: MatchModel::new(window_log2.clamp(12, 18))?,
            maps: Box::default(),
            gate: Gate::new(FIRST_WEIGHT)?,
            apm: Apm::new()?,
            whole: try_filled(32, 65_000)?,
            settle_at: 64,
        })
    }

    /// Bytes that a model takes for a group of that length, its table aside.
    pub fn memory(group_len: usize) -> u64 {
        (1 << window_log2(group_len)) + (1 << 20) + (200 << 10)
    }

    /// Codes one byte and learns it; a decoder ignores `byte`.
    #[inline(always)]
    pub fn code<L: Lanes, C: BitCoder>(&mut self, coder: &mut C, byte: u8) -> u8 {
        let byte = match self.code_whole(coder, byte) {
            Some(byte) => byte,
            None => self.code_bits::<L, C>(coder, u32::from(byte)),
        };
        let mask = self.window.len() - 1;
        self.window[self.position & mask] = byte;
        self.position += 1;
        self.history.push(byte, self.position, &self.window);
        self.matches.push(byte, self.history.last(), self.position, &self.window);
        if self.position >= self.settle_at {
            self.settle();
        }
        byte
    }

    fn settle(&mut self) {
        for map in self.maps.iter_mut() {
            map.settle();
        }
        self.matches.settle();
        self.settle_at = self.position + self.position.min(SETTLE);
    }

    /// In a long match: whether the byte is the expected one.
    #[inline(always)]
    fn code_whole<C: BitCoder>(&mut self, coder: &mut C, byte: u8) -> Option<u8> {
        if self.matches.length() < TRUSTED {
            return None;
        }
        let expected = self.matches.expected() as u8;
        let p = &mut self.whole[self.matches.bucket() % 32];
        let hit = coder.code(u32::from(byte == expected), u32::from(*p).max(1));
        let target = if hit != 0 { 65_535 } else { 0 };
        *p = (i32::from(*p) + ((target - i32::from(*p)) >> 5)) as u16;
        if hit == 0 {
            self.matches.fail();
            return None;
        }
        Some(expected)
    }

    #[inline(always)]
    fn code_bits<L: Lanes, C: BitCoder>(&mut self, coder: &mut C, byte: u32) -> u8 {
        let mut hashes = [0u32; LIGHT];
        for (k, hash) in hashes.iter_mut().enumerate() {
            *hash = self.history.hash(self.ensemble.contexts[k], k);
            self.arena.prefetch((*hash >> 8) as usize);
        }
        let high = self.code_nibble::<L, C>(coder, byte, &hashes, 1, 0);
        for hash in &mut hashes {
            *hash = second(*hash, high);
        }
        self.code_nibble::<L, C>(coder, byte, &hashes, high, 4) as u8
    }

    /// Asks the cache for what the next nibble will look up, if this one is what the guiding expert thinks likeliest.
    /// A guess: it changes no prediction. It saves an eighth of the time of decoding an executable.
    #[inline(always)]
    fn fetch_ahead(&self, slots: &[Slot; LIGHT], hashes: &[u32; LIGHT], node: u32, first: u32) {
        let guide = 1 + usize::from(slots[2].states[1] != 0);
        let mut likely = 1;
        for _ in 0..4 {
            let one = self.maps[guide].predict(slots[guide].states[likely & 15]) >= 0;
            likely = 2 * likely + usize::from(one);
        }
        if first == 0 {
            for &hash in hashes {
                self.arena.prefetch((second(hash, likely as u32) >> 8) as usize);
            }
            return;
        }
        let byte = (node << 4) as u8 | (likely & 15) as u8;
        for (k, &context) in self.ensemble.contexts.iter().enumerate() {
            if context.feature == Feature::None {
                self.arena.prefetch((self.history.hash_after(byte, context, k) >> 8) as usize);
            }
        }
        self.matches.prefetch(self.history.last() << 8 | u64::from(byte));
    }

    /// Codes bits `first..first + 4` of the byte. `node` is the byte so far with a leading one; returns the same, longer.
    #[inline(always)]
    fn code_nibble<L: Lanes, C: BitCoder>(
        &mut self,
        coder: &mut C,
        byte: u32,
        hashes: &[u32; LIGHT],
        node: u32,
        first: u32,
    ) -> u32 {
        let mut slots = [Slot { place: 0, start: 0, states: [0; 16] }; LIGHT];
        let mut known = 0;
        for (slot, &hash) in slots.iter_mut().zip(hashes) {
            find(&mut self.arena, hash, slot);
            known += u32::from(slot.states[1] != 0);
        }
        self.fetch_ahead(&slots, hashes, node, first);
        let sample = self.position < SETTLE || self.position.is_multiple_of(SAMPLE);
        let (expected, strength, class) = (self.matches.expected(), self.matches.strength(), self.matches.class());
        let mut node = node;
        let mut local = 1usize;
        for bit_index in first..first + 4 {
            let mut inputs = [0i16; 8];
            for k in 0..LIGHT {
                inputs[k] = self.maps[k].predict(slots[k].states[local & 15]);
            }
            // All ones while the byte so far is as the match model expects.
            let agrees = u32::from(expected >> (8 - bit_index) == node).wrapping_neg();
            let sign = ((expected >> (7 - bit_index)) & 1) as i16 * 2 - 1;
            inputs[LIGHT] = (strength * sign) & agrees as i16;
            inputs[LIGHT + 1] = UNIT as i16;
            let inputs = [L::widen(inputs)];

            let class = class & agrees;
            let row = ((known * 4 + class) * 8 + bit_index) as usize;
            let blend = self.gate.blend(row, &inputs).clamp(1 - SQUASH_LIMIT, SQUASH_LIMIT - 1);
            let p_gate = squash(blend);
            let map_row = (class << 8 | node) as usize;
            let (p_map, column) = self.apm.refine(map_row, blend);
            let bit = coder.code((byte >> (7 - bit_index)) & 1, ((p_gate + p_map) / 2).max(1)) & 1;

            let error = ((((bit << 16) as i32) - p_gate as i32) * RATE) >> 4;
            self.gate.train(row, &inputs, error);
            self.apm.train(map_row, column, bit);
            for (slot, map) in slots.iter_mut().zip(self.maps.iter_mut()) {
                let state = &mut slot.states[local & 15];
                let index = usize::from(*state) * 2 + bit as usize;
                if sample {
                    map.count(index);
                }
                *state = NEXT[index];
            }
            node = node * 2 + bit;
            local = local * 2 + bit as usize;
        }
        for slot in &slots {
            let start = slot.start.min(48);
            self.arena.at(slot.place).0[start + 1..start + 16].copy_from_slice(&slot.states[1..]);
        }
        node
    }
}

fn window_log2(group_len: usize) -> u32 {
    group_len.clamp(1 << 12, 1 << WINDOW_LOG2_MAX).next_power_of_two().trailing_zeros()
}

/// The hash for the low nibble, given the byte's high nibble with a leading one.
#[inline(always)]
fn second(hash: u32, high: u32) -> u32 {
    (hash ^ high.wrapping_mul(0x9E37_79B1)).wrapping_mul(0x85EB_CA6B)
}

/// Finds or makes the slot for `hash`: its low 8 bits are the check, the others choose the line. Four check bytes lead a line, then
/// come four slots of fifteen states; of a full line the slot seen least gives way.
#[inline(always)]
fn find(arena: &mut Arena, hash: u32, slot: &mut Slot) {
    let check = hash as u8;
    slot.place = arena.touch((hash >> 8) as usize);
    let line = &mut arena.at(slot.place).0;
    let checks = u32::from_le_bytes([line[0], line[1], line[2], line[3]]);
    // The highest bit of each byte that equals the check; of several, the lowest is surely right.
    let differ = checks ^ (u32::from(check) * 0x0101_0101);
    let equal = differ.wrapping_sub(0x0101_0101) & !differ & 0x8080_8080;
    if equal != 0 {
        let way = (equal.trailing_zeros() >> 3) as usize & 3;
        slot.start = 3 + 15 * way;
        slot.states.copy_from_slice(&line[slot.start..slot.start + 16]);
    } else {
        // States are numbered by how much they have seen.
        let (left, left_way) = if line[4] < line[19] { (line[4], 0) } else { (line[19], 1) };
        let (right, right_way) = if line[34] < line[49] { (line[34], 2) } else { (line[49], 3) };
        let way = if left < right { left_way } else { right_way };
        line[way & 3] = check;
        slot.start = 3 + 15 * (way & 3);
        slot.states = [0; 16];
    }
}
