//! The model of one group: experts, gate, calibration, and the order in which they are asked and taught.

use crate::coder::binary::{BitCoder, PROB_MAX, PROB_MIN};
use crate::error::{Result, try_zeroed};
use crate::kernels::vector::Lanes;
use crate::predict::arena::Arena;
use crate::predict::bit_history::{NEXT, STATES, prior};
use crate::predict::logistic::{UNIT, squash, stretch};
use crate::predict::mix::calibration::Calibration;
use crate::predict::mix::ensemble::{Ensemble, Selector};
use crate::predict::mix::features::{Features, GUESSES, Guess};
use crate::predict::mix::gate::{FINALS_MAX, Gate, Rates, SETS_MAX};
use crate::predict::mix::hash::combine;
use crate::predict::mix::map::Map;
use crate::predict::mix::matches::MatchModel;
use crate::predict::mix::slots::{self, Slot};
use crate::predict::mix::worth::{Second, Worth};

mod primed;

pub use primed::Learning;

/// Most contexts of an ensemble.
pub const CONTEXTS_MAX: usize = 48;
/// The bits of a context's hash that tell its slots: those of its place in the largest table, and its check. Primers keep no others.
pub(in crate::predict::mix) const KEY: u64 = (1 << 40) - 1;
/// Most match models of an ensemble.
const MATCHES_MAX: usize = 4;
/// Inputs of a context expert.
const INPUTS: usize = 4;
const INPUTS_MAX: usize = CONTEXTS_MAX * INPUTS + (MATCHES_MAX + GUESSES) * 2 + 8;

/// The three groups of bits that a byte is coded in.
const GROUPS: [std::ops::Range<u32>; 3] = [0..2, 2..5, 5..8];
/// How often a guess was right.
const GUESS_LIMIT: u32 = 255;
const STATES_MAX: usize = 256;
const RUNS: usize = 256;
/// Longest time between two settlings, in bytes. The first comes after [`SETTLE_FIRST`], and each doubles the time to the next.
const SETTLE: usize = 4096;
const SETTLE_FIRST: usize = 64;
const RATES: Rates = Rates { first: 128, last: 10, half: 17 };
/// Bytes between two looks at the learning rate.
const RATE_STEP: usize = 256;
/// Most adaptive maps.
const APMS: usize = 3;
/// Three quarters for all maps together, by their number, of 64.
const MAP_SHARE: [u32; 4] = [0, 768, 384, 256];
const WINDOW_LOG2_MAX: u32 = 25;

/// See the module.
#[derive(Debug)]
pub struct Model {
    ensemble: &'static Ensemble,
    arena: Arena,
    /// What each state was worth to each context expert.
    histories: Worth,
    /// What a byte that came so often in a row was worth, by expected bit, to each context expert.
    runs: Worth,
    matches: Vec<MatchModel>,
    gate: Gate,
    rate: i32,
    /// What each guess of the features was worth, by trust and expected bit.
    guesses: Vec<Map>,
    calibration: Vec<Calibration>,
    features: Features,
    window: Vec<u8>,
    position: usize,
    /// Vectors of inputs.
    width: usize,
    settle_at: usize,
    learning: Learning,
}

/// What a model works with while it codes: made once, for many bytes.
#[derive(Debug)]
pub struct Scratch {
    byte: Byte,
    asked: Asked,
}

impl Scratch {
    /// Room for any ensemble.
    pub fn new() -> Self {
        Scratch {
            byte: Byte {
                hashes: [0; CONTEXTS_MAX],
                slots: [Slot::default(); CONTEXTS_MAX],
                first: [Slot::default(); CONTEXTS_MAX],
                last: [0; CONTEXTS_MAX],
                counts: [0; CONTEXTS_MAX],
                known: 0,
                chains: 0,
                match_class: 0,
                calibrated: [0; APMS],
            },
            asked: Asked {
                inputs: [[0; 8]; INPUTS_MAX / 8],
                states: [0; CONTEXTS_MAX],
                runs: [0; CONTEXTS_MAX],
                guesses: [0; GUESSES],
            },
        }
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

/// What one bit's prediction was made of.
#[derive(Debug)]
struct Asked {
    inputs: [[i32; 8]; INPUTS_MAX / 8],
    states: [u8; CONTEXTS_MAX],
    /// Cell of the run map, 0 if there was no run to foresee.
    runs: [u16; CONTEXTS_MAX],
    /// Cell of each guess's map, and 1; 0 without a guess.
    guesses: [usize; GUESSES],
}

/// Where in a byte the next bit is.
#[derive(Clone, Copy, Debug)]
struct At {
    /// The byte so far, with a leading one.
    node: u32,
    /// The group so far, with a leading one.
    local: usize,
    /// Bits of the byte done.
    done: u32,
}

/// What holds for a whole byte, or a group of its bits.
#[derive(Debug)]
struct Byte {
    hashes: [u64; CONTEXTS_MAX],
    slots: [Slot; CONTEXTS_MAX],
    first: [Slot; CONTEXTS_MAX],
    /// The byte that came last in each context, with a leading one; 0 if none did.
    last: [u16; CONTEXTS_MAX],
    counts: [u8; CONTEXTS_MAX],
    /// How many contexts have been seen before, and the row of [`Selector::Chains`].
    known: usize,
    chains: usize,
    match_class: usize,
    /// First row of the group in each adaptive map.
    calibrated: [usize; APMS],
}

impl Model {
    /// A model with `1 << lines_log2` cache lines of slots, for groups of about `group_len` bytes.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(ensemble: &'static Ensemble, lines_log2: u32, group_len: usize) -> Result<Self> {
        let contexts = ensemble.contexts.len();
        let window_log2 = window_log2(group_len);
        let width = inputs_of(ensemble).div_ceil(8);
        let rows = |selectors: &[Selector]| selectors.iter().map(|selector| selector.rows()).collect::<Vec<_>>();
        let begins = |input: usize| input < contexts * INPUTS && input.is_multiple_of(INPUTS);
        let priors = (0..STATES_MAX).map(|state| if state < STATES { prior(state) } else { 1 << 15 }).collect();
        let heads_log2 = heads_log2(group_len);
        let matches = ensemble.matches.iter().map(|&least| MatchModel::new(least, heads_log2));
        Ok(Model {
            ensemble,
            arena: Arena::plain(lines_log2)?,
            histories: Worth::new(contexts, priors, ensemble.second)?,
            runs: Worth::new(contexts, vec![1 << 15; RUNS], Second::Sure)?,
            matches: matches.collect::<Result<_>>()?,
            gate: Gate::new(width, &rows(ensemble.selectors), &rows(ensemble.finals), begins)?,
            rate: RATES.at(0),
            guesses: ensemble
                .guesses
                .iter()
                .map(|classes| Map::new(2 * classes, GUESS_LIMIT))
                .collect::<Result<_>>()?,
            calibration: ensemble
                .calibration
                .iter()
                .map(|_| Calibration::new(calibration_log2(group_len)))
                .collect::<Result<_>>()?,
            features: Features::new(ensemble.kind)?,
            window: try_zeroed(1 << window_log2)?,
            position: 0,
            width,
            settle_at: SETTLE_FIRST,
            learning: Learning::default(),
        })
    }

    /// Bytes that a model takes for a group of that length, its slots aside.
    pub fn memory(ensemble: &Ensemble, group_len: usize) -> u64 {
        let rows: usize = ensemble.selectors.iter().map(|selector| selector.rows()).sum();
        let inputs = inputs_of(ensemble).next_multiple_of(8);
        let maps = ensemble.contexts.len() * (STATES_MAX + RUNS) * 16 + ensemble.kind.memory();
        let heads = ensemble.matches.len() << (heads_log2(group_len) + 2);
        let calibration = ensemble.calibration.len() as u64 * Calibration::memory(calibration_log2(group_len));
        (1 << window_log2(group_len)) + (rows * inputs * 4 + maps + heads) as u64 + calibration + (1 << 16)
    }

    /// Codes one byte and learns it; a decoder ignores `byte`.
    #[inline(always)]
    pub fn code<L: Lanes, C: BitCoder>(&mut self, scratch: &mut Scratch, coder: &mut C, byte: u8) -> u8 {
        let Scratch { byte: now, asked } = scratch;
        let mut node = 1u32;
        for (group, bits) in GROUPS.into_iter().enumerate() {
            self.begin_group(now, group);
            let end = bits.end;
            let mut local = 1usize;
            for done in bits {
                let bit = u32::from(byte) >> (7 - done) & 1;
                let bit = self.code_bit::<L, C>(coder, now, asked, At { node, local, done }, bit);
                node = node * 2 + bit;
                // What comes next is fetched before this bit is learnt, so that the two overlap.
                if done == 7 {
                    self.end_byte(now, node as u8);
                } else if done + 1 == end {
                    self.fetch_group(now, node);
                }
                self.learn::<L>(now, asked, local, bit);
                local = local * 2 + bit as usize;
            }
        }
        self.end_runs(now, node as u8);
        node as u8
    }

    /// Makes `scratch` ready for the model's next byte, whatever it was used for before.
    pub fn prepare(&self, scratch: &mut Scratch) {
        self.fetch_byte(&mut scratch.byte);
    }

    /// Works out where the next byte's contexts have their slots, and asks the cache for them.
    #[inline(always)]
    fn fetch_byte(&self, now: &mut Byte) {
        now.match_class = self.matches.iter().fold(0, |class, model| class.max(model.class()));
        for (k, (hash, &context)) in now.hashes.iter_mut().zip(self.ensemble.contexts).enumerate() {
            *hash = self.features.hash(context, k);
            slots::prefetch(&self.arena, *hash);
        }
        self.fetch_calibration(now, 1);
    }

    /// The same for the next group of bits; `node` is the byte so far with a leading one.
    #[inline(always)]
    fn fetch_group(&self, now: &mut Byte, node: u32) {
        for hash in &mut now.hashes[..self.ensemble.contexts.len()] {
            *hash = group_hash(*hash, node);
            slots::prefetch(&self.arena, *hash);
        }
        self.fetch_calibration(now, node);
    }

    #[inline(always)]
    fn fetch_calibration(&self, now: &mut Byte, node: u32) {
        let maps = self.calibration.iter().zip(self.ensemble.calibration).zip(&mut now.calibrated);
        for (number, ((map, &context), first)) in maps.enumerate() {
            *first = map.fetch(combine(self.features.hash(context, number), u64::from(node)));
        }
    }

    /// Finds the slots of a group of bits.
    #[inline(always)]
    fn begin_group(&mut self, now: &mut Byte, group: usize) {
        let contexts = self.ensemble.contexts.len();
        let mut known = 0u64;
        for k in 0..contexts {
            let slot = slots::find(&mut self.arena, now.hashes[k]);
            now.slots[k] = slot;
            known |= u64::from(slot.is_known(&mut self.arena)) << k;
            if group == 0 {
                now.first[k] = slot;
                let (last, count) = slot.run(&mut self.arena);
                now.last[k] = if count > 0 { 256 | u16::from(last) } else { 0 };
                now.counts[k] = count;
            }
        }
        now.known = known.count_ones() as usize;
        now.chains = 0;
        for &length in self.ensemble.chains {
            let seen = known & ((1 << length) - 1);
            now.chains = now.chains * (length as usize + 1) + seen.count_ones() as usize;
            known >>= length;
        }
    }

    #[inline(always)]
    fn code_bit<L: Lanes, C: BitCoder>(
        &mut self,
        coder: &mut C,
        now: &Byte,
        asked: &mut Asked,
        at: At,
        bit: u32,
    ) -> u32 {
        self.ask(now, asked, at);
        let expected = self.matches.iter().rev().find_map(|model| model.expected_bit(at.node, at.done));
        let mut rows = [0; SETS_MAX];
        for (row, &selector) in rows.iter_mut().zip(self.ensemble.selectors) {
            *row = self.row(selector, now, asked, expected, at);
        }
        let mut final_rows = [0; FINALS_MAX];
        for (row, &selector) in final_rows.iter_mut().zip(self.ensemble.finals) {
            *row = self.row(selector, now, asked, expected, at);
        }
        let blend = self.gate.blend::<L>(&rows, &final_rows, &asked.inputs[..self.width]);

        // The blend counts a quarter, the maps together three quarters.
        let mut sum = 0;
        let mut columns = [0; APMS];
        for ((map, &first), column) in self.calibration.iter_mut().zip(&now.calibrated).zip(&mut columns) {
            let (p, cell) = map.refine(first + at.local, blend);
            (*column, sum) = (cell, sum + p);
        }
        let p = (squash(blend) + sum * MAP_SHARE[self.calibration.len() % 4] / 256 + 2) / 4;
        let bit = coder.code(bit, p.clamp(PROB_MIN, PROB_MAX)) & 1;

        for ((map, &first), &column) in self.calibration.iter_mut().zip(&now.calibrated).zip(&columns) {
            map.learn(first + at.local, column, bit);
        }
        bit
    }

    /// All experts' inputs for the next bit.
    #[inline(always)]
    fn ask(&mut self, now: &Byte, asked: &mut Asked, at: At) {
        let At { node, local, done } = at;
        let contexts = self.ensemble.contexts.len();
        let inputs = asked.inputs.as_flattened_mut();
        for k in 0..contexts {
            let cell = now.slots[k].cell(&mut self.arena, local);
            asked.states[k] = cell.state;
            let inputs = &mut inputs[k * INPUTS..][..INPUTS];
            if cell.state != 0 {
                let [x, second] = self.histories.values(k * STATES_MAX + usize::from(cell.state));
                inputs[0] = x << 16;
                inputs[1] = stretch(cell.p) << 16;
                inputs[2] = second << 16;
            } else {
                inputs[..3].fill(0);
            }
            (inputs[3], asked.runs[k]) = (0, 0);
            let last = u32::from(now.last[k]);
            if last >> (8 - done) == node {
                let index = k * RUNS + usize::from(now.counts[k]) * 2 + (last >> (7 - done) & 1) as usize;
                inputs[3] = self.runs.value(index) << 16;
                asked.runs[k] = index as u16;
            }
        }
        let mut at = contexts * INPUTS;
        for model in &mut self.matches {
            let [strength, difference] = model.predict(node, done);
            inputs[at] = strength << 16;
            inputs[at + 1] = difference << 16;
            at += 2;
        }
        for ((map, guess), cell) in self.guesses.iter_mut().zip(&self.features.found.guesses).zip(&mut asked.guesses) {
            let pair = &mut inputs[at..at + 2];
            at += 2;
            pair.fill(0);
            *cell = 0;
            if guess.expected >> (8 - done) == node {
                let index = guess.trust * 2 + (guess.expected >> (7 - done) & 1) as usize;
                let p = map.p(index);
                pair[0] = stretch(p) << 16;
                pair[1] = (p as i32 - 32_768) >> 5 << 16;
                *cell = index + 1;
            }
        }
        inputs[at] = UNIT << 16;
    }

    #[inline(always)]
    fn row(&self, selector: Selector, now: &Byte, asked: &Asked, expected: Option<u32>, at: At) -> usize {
        let (bit, partial) = (at.done as usize, at.node as usize);
        let class = if expected.is_some() { now.match_class } else { 0 };
        let last = self.features.found.last as usize;
        let marks = &self.features.found.marks;
        match selector {
            Selector::Match => (class * 8 + bit) * 2 + expected.unwrap_or(0) as usize,
            Selector::MatchOrPartial => {
                if expected.is_none() {
                    partial
                } else {
                    256 + class * 8 + bit
                }
            }
            Selector::Partial => partial,
            Selector::Byte1 => (last & 0xFF) * 8 + bit,
            Selector::Byte2 => (last >> 8 & 0xFF) * 8 + bit,
            Selector::Known => now.known * 8 + bit,
            Selector::Agreement => self.agreement(at.node, at.done) * 256 + partial,
            Selector::Mark(mark, values) => marks[mark].min(values - 1) * 8 + bit,
            Selector::MarkPartial(mark, values) => marks[mark].min(values - 1) * 256 + partial,
            Selector::MarkAlone(mark, values) => marks[mark].min(values - 1),
            Selector::Guess { guess, holds, fails, values } => {
                let mark = if asked.guesses[guess] > 0 { holds } else { fails };
                marks[mark].min(values - 1) * 8 + bit
            }
            Selector::Chains(_) => now.chains * 8 + bit,
            Selector::Pair(a, b) => quantised(asked, a) << 4 | quantised(asked, b),
            Selector::Expected => expected.map_or(0, |_| self.features.found.matched as usize & 0xFF),
        }
    }

    /// What the first two guesses say of the next bit: neither anything, one of them, the other, both the same, both different.
    #[inline(always)]
    fn agreement(&self, node: u32, done: u32) -> usize {
        let [first, second, ..] = &self.features.found.guesses;
        let says = |guess: &Guess| guess.expected >> (8 - done) == node;
        match (says(first), says(second)) {
            (true, true) => 3 + ((first.expected ^ second.expected) >> (7 - done) & 1) as usize,
            (first, second) => usize::from(first) | usize::from(second) << 1,
        }
    }

    #[inline(always)]
    fn learn<L: Lanes>(&mut self, now: &Byte, asked: &Asked, local: usize, bit: u32) {
        if self.rate != 0 {
            self.gate.learn::<L>(&asked.inputs[..self.width], bit, self.rate);
        }
        for k in 0..self.ensemble.contexts.len() {
            let state = usize::from(asked.states[k]);
            if self.learning.worth {
                self.histories.count(k * STATES_MAX + state, bit);
            }
            let next = NEXT[(2 * state + bit as usize) & 511];
            now.slots[k].learn(&mut self.arena, local, next, bit);
            if asked.runs[k] != 0 && self.learning.worth {
                self.runs.count(usize::from(asked.runs[k]), bit);
            }
        }
        for model in &mut self.matches {
            model.learn(bit);
        }
        for (map, &cell) in self.guesses.iter_mut().zip(&asked.guesses) {
            if cell > 0 {
                map.learn(cell - 1, bit);
            }
        }
    }

    #[inline(always)]
    fn end_byte(&mut self, now: &mut Byte, byte: u8) {
        self.take(byte);
        self.fetch_byte(now);
        if self.learning.rate.is_none() && self.position.is_multiple_of(RATE_STEP) {
            self.rate = RATES.at(self.learning.age + self.position);
        }
        if self.position >= self.settle_at && self.learning.worth {
            self.histories.settle();
            self.runs.settle();
            self.settle_at = self.position + self.position.min(SETTLE);
        }
    }

    /// Goes on behind `byte`.
    #[inline(always)]
    fn take(&mut self, byte: u8) {
        let mask = self.window.len() - 1;
        self.window[self.position & mask] = byte;
        self.position += 1;
        for model in &mut self.matches {
            model.push(byte, self.position, &self.window);
        }
        let longest = self.matches.iter().rev().find(|model| model.length() > 0);
        let matched = longest.map_or(0, |model| u64::from(model.expected_byte() | model.length().min(32) << 9));
        self.features.push(byte, self.position, &self.window, matched);
    }

    #[inline(always)]
    fn end_runs(&mut self, now: &Byte, byte: u8) {
        for slot in &now.first[..self.ensemble.contexts.len()] {
            slot.learn_run(&mut self.arena, byte);
        }
    }
}

/// What the history of context `k` says, in 16 steps.
#[inline(always)]
fn quantised(asked: &Asked, k: usize) -> usize {
    let x = asked.inputs.as_flattened()[k * INPUTS] >> 16;
    ((x + 2400).max(0) / 300).min(15) as usize
}

/// The hash of a context for another group of bits, `node` being the byte so far.
#[inline(always)]
pub(in crate::predict::mix) fn group_hash(hash: u64, node: u32) -> u64 {
    combine(hash & KEY, (u64::from(node) + 0x55) << 16)
}

fn window_log2(group_len: usize) -> u32 {
    group_len.clamp(1 << 12, 1 << WINDOW_LOG2_MAX).next_power_of_two().trailing_zeros()
}

/// Number of the gate's inputs.
fn inputs_of(ensemble: &Ensemble) -> usize {
    ensemble.contexts.len() * INPUTS + (ensemble.matches.len() + ensemble.guesses.len()) * 2 + 1
}

/// Log2 of the entries of a match model's hash table.
fn heads_log2(group_len: usize) -> u32 {
    window_log2(group_len).saturating_sub(2).clamp(10, 20)
}

/// Log2 of the rows of an adaptive map.
fn calibration_log2(group_len: usize) -> u32 {
    window_log2(group_len).saturating_sub(1).clamp(12, 16)
}
