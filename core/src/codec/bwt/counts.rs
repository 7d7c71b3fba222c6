//! The model of one count: of `total` occurrences of a symbol in an interval, how many stand in its smaller part.
//!
//! A count is coded in at most three steps, each a binary decision predicted by adaptive counters in small contexts of
//! numbers (never of bytes alone) and, where it pays, a gate:
//!
//! 1. `total == 1`: which part has it. Two counters, one gate.
//! 2. `total >= 2`: do all occurrences stay together (*pure*)? Then: in which part? A counter and the SSM expert, whose
//!    feature is the purity of the last counts: neighbouring intervals share contexts, so purity comes in weather-like
//!    stretches at many scales.
//! 3. Not pure: the count by bisection, at most [`MODELLED_STEPS`] decisions with a counter and the distance from the expected number, the rest as equally likely.
//!
//! Cost: 0.8 MB of counters, a small part of them hot; 25 to 35 ns a decision, nearly all of it latency from one decision to the
//! next.
//!
//! Left out, since they did not pay for their time. In step 2: counters by the sizes alone (prose 0.01 % smaller without), by the
//! symbol (0.04 % larger), by how many splits a symbol has survived (0.09 % larger, 5 % of time). In step 3: one by distance and
//! history (0.03 % smaller without). In step 1 a counter without a gate is
//! 0.03 % larger, small files 0.8 %.

use crate::coder::binary::{BitCoder, PROB_MAX, PROB_MIN};
use crate::error::{Error, Result, try_filled};
use crate::kernels::vector::Lanes;
use crate::predict::logistic::{UNIT, squash, stretch};
use crate::predict::ssm::{self, Ssm};

/// Bisection steps with a model of their own.
const MODELLED_STEPS: u32 = 4;
/// A counter's probability moves by 1/(n + 1.6) of the error at its n-th use, and by this bound's reciprocal later.
const LIMIT: u32 = 255;

/// States of the expert, at every eighth of its time constants: all that the gate of step 2 takes in one vector. The 32 gain
/// nothing over eight on prose, XML and small files, and eight 0.03 % over these.
const STATES: usize = 4;

/// Sets of weights. Few, so that each learns from much: with 768, 3072 and 1024 of them, chosen by sizes and shares too, prose of
/// 10 MB was 0.2 % larger, XML of 5 MB 0.8 %, small files 1.3 %.
const SINGLE_SETS: usize = 5;
const GROUPED_SETS: usize = 18;
const BISECT_SETS: usize = 4;

/// What surrounds a count: every number here is known to the decoder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    /// Room left in the smaller part and in the larger one, both at least 1.
    pub small: usize,
    /// See `small`.
    pub large: usize,
    /// Occurrences to distribute, at least 1 and at most half of the room.
    pub total: usize,
    /// Symbols still to be coded behind this one.
    pub symbols_left: usize,
    /// Occurrences of the next symbol, 0 if this is the last.
    pub next_total: usize,
    /// Bit 0: the smaller part is one child; bit 1: the larger part is.
    pub leaves: usize,
    /// How the symbol fared one and two splits up: 0 for the root, 1-2 one split up, 3-6 two.
    pub history: usize,
    /// How the symbol before this one was split, 0-7; see [`outcome_of`].
    pub last_outcome: usize,
}

/// Tables of the division-free rates: `65536 / (n + 1.6)`.
const RECIPROCALS: [u32; LIMIT as usize + 1] = {
    let mut table = [0; LIMIT as usize + 1];
    let mut n = 0;
    while n <= LIMIT as usize {
        table[n] = (655_360 / (10 * n + 16)) as u32;
        n += 1;
    }
    table
};

/// Trust in a counter after `n` uses, `n / (n + 1.5)` of 256.
const CONFIDENCE: [i32; 32] = {
    let mut table = [0; 32];
    let mut n = 0;
    while n < 32 {
        table[n] = (512 * n / (2 * n + 3)) as i32;
        n += 1;
    }
    table
};

/// A table of `SIZE` adaptive probabilities, a power of two, and of what they vote for. A vote is worked out when its counter
/// learns, so that the next decision, which waits for it, does not wait for two more tables and a product; it stands
/// apart, since four times as many votes as counters fit the first cache levels.
#[derive(Debug)]
struct Counters<const SIZE: usize> {
    /// The logistic prediction, scaled down while the counter has seen little.
    votes: Box<[i16; SIZE]>,
    /// 22 bits of probability, 10 bits of use count.
    cells: Box<[u32; SIZE]>,
}

impl<const SIZE: usize> Counters<SIZE> {
    fn new() -> Result<Self> {
        Ok(Counters { votes: boxed(0)?, cells: boxed(1 << 31)? })
    }

    #[inline(always)]
    fn predict(&self, slot: usize) -> i32 {
        i32::from(self.votes[slot % SIZE])
    }

    #[inline(always)]
    fn update(&mut self, slot: usize, bit: u32) {
        let cell = &mut self.cells[slot % SIZE];
        let n = *cell % 1024;
        let p = i64::from(*cell >> 10);
        let target = if bit != 0 { (1 << 22) - 1 } else { 0 };
        let p = (p + (((target - p) * i64::from(RECIPROCALS[n as usize % RECIPROCALS.len()])) >> 16)) as u32;
        let n = (n + 1).min(LIMIT);
        *cell = p << 10 | n;
        self.votes[slot % SIZE] = ((stretch(p >> 6) * CONFIDENCE[n.min(31) as usize]) >> 8) as i16;
    }
}

fn boxed<T: Copy, const SIZE: usize>(value: T) -> Result<Box<[T; SIZE]>> {
    let filled = try_filled(SIZE, value)?.into_boxed_slice();
    filled.try_into().map_err(|_| Error::OutOfMemory { bytes: (SIZE * size_of::<T>()) as u64 })
}

/// The gate of step 2: weight sets of an online-trained logistic mixer over a counter, the prior, a bias, nothing, and the states.
#[derive(Debug)]
struct Gate {
    weights: Vec<[i32; 8]>,
}

/// 1.0 of a weight.
const ONE: i32 = 1 << 16;
/// Weights stay inside ±8, so that a product with an input of at most 2303 fits `i32`.
const WEIGHT_MAX: i32 = (1 << 19) - 1;

impl Gate {
    fn new(sets: usize) -> Result<Self> {
        Ok(Gate { weights: try_filled(sets, [ONE * 8 / 10, 0, 0, 0, 0, 0, 0, 0])? })
    }

    #[inline(always)]
    fn predict<L: Lanes>(&self, set: usize, inputs: L) -> u32 {
        squash(inputs.dot(&self.weights[set]) >> 8)
    }

    #[inline(always)]
    fn update<L: Lanes>(&mut self, set: usize, inputs: L, p1: u32, bit: u32) {
        let error = (bit << 16) as i32 - bit as i32 - p1 as i32;
        inputs.train(&mut self.weights[set], error, WEIGHT_MAX);
    }
}

/// The gate of steps 1 and 3: at most two counters, a prior, a bias. So few that one product each and three sums are sooner done than
/// lanes are filled and added up.
#[derive(Debug)]
struct NarrowGate {
    weights: Vec<[i32; 4]>,
}

impl NarrowGate {
    fn new(sets: usize, counters: usize) -> Result<Self> {
        let mut start = [0; 4];
        start[..counters].fill(ONE * 6 / 10);
        Ok(NarrowGate { weights: try_filled(sets, start)? })
    }

    #[inline(always)]
    fn predict(&self, set: usize, inputs: &[i32; 4]) -> u32 {
        let weights = &self.weights[set];
        let term = |at: usize| inputs[at].wrapping_mul(weights[at]) >> 8;
        squash(((term(0) + term(1)) + (term(2) + term(3))) >> 8)
    }

    #[inline(always)]
    fn update(&mut self, set: usize, inputs: &[i32; 4], p1: u32, bit: u32) {
        let error = (bit << 16) as i32 - bit as i32 - p1 as i32;
        for (weight, input) in self.weights[set].iter_mut().zip(inputs) {
            *weight = (*weight + ((input * error + (1 << 15)) >> 16)).clamp(-WEIGHT_MAX, WEIGHT_MAX);
        }
    }
}

/// Roughly two steps an octave: 0-5 as they are, then by the top two bits; at most 31.
#[inline(always)]
fn quantise(x: usize) -> usize {
    if x < 6 {
        return x;
    }
    let bits = bit_length(x);
    (2 * bits + ((x >> (bits - 2)) & 1)).min(31)
}

#[inline(always)]
fn bit_length(x: usize) -> usize {
    (usize::BITS - x.leading_zeros()) as usize
}

/// The class of a coded count, for [`Surroundings::last_outcome`] of the next one: all in the large part, all in the small
/// part, split below or above the expectation; singles apart. 0 where nothing was coded before.
#[inline(always)]
fn outcome_of(count: usize, total: usize, small: usize, room: usize) -> usize {
    let class = if count == 0 {
        1
    } else if count == total {
        2
    } else if count * room < small * total {
        3
    } else {
        4
    };
    if total == 1 { class + 3 } else { class }
}

/// All counters and weights of one block.
#[derive(Debug)]
pub(super) struct CountModel {
    single: Counters<{ 1 << 14 }>,
    single_compact: Counters<{ 1 << 14 }>,
    single_gate: NarrowGate,
    shape: Counters<{ 1 << 16 }>,
    grouped_gate: Gate,
    bisect: Counters<{ 1 << 15 }>,
    bisect_gate: NarrowGate,
    ssm: Ssm<STATES>,
}

/// Numbers derived once a count and used by several contexts.
struct Derived {
    small: usize,
    large: usize,
    total: usize,
    /// `small / (small + large)` of 65536, at most a half.
    share: u32,
    /// The same in 22nds.
    ratio: usize,
    inferred: usize,
    prior: i32,
    tight: usize,
}

impl CountModel {
    pub fn new() -> Result<Self> {
        Ok(CountModel {
            single: Counters::new()?,
            single_compact: Counters::new()?,
            single_gate: NarrowGate::new(SINGLE_SETS, 2)?,
            shape: Counters::new()?,
            grouped_gate: Gate::new(GROUPED_SETS)?,
            bisect: Counters::new()?,
            bisect_gate: NarrowGate::new(BISECT_SETS, 1)?,
            ssm: Ssm::new(),
        })
    }

    /// Codes how many of `at.total` occurrences stand in the smaller part: `count` for an encoder, ignored by a decoder.
    /// Returns the count and the outcome class.
    #[inline(always)]
    pub fn code<L: Lanes, C: BitCoder>(&mut self, coder: &mut C, at: &Surroundings, count: usize) -> (usize, usize) {
        // Occurrences that cannot fit the smaller part stand in the larger one.
        let inferred = at.total.saturating_sub(at.small);
        let total = at.total - inferred;
        let large = at.large - inferred;
        let room = at.small + large;
        // The share of the smaller part, of 65536, from the top 16 bits of both: one short division.
        let shift = bit_length(room).saturating_sub(16);
        let share = ((at.small >> shift) as u32 * 65536) / (room >> shift) as u32;
        let derived = Derived {
            small: at.small,
            large,
            total,
            share,
            ratio: ((share as usize * 22) >> 16).min(11),
            inferred: bit_length(inferred).min(7),
            prior: stretch(share),
            tight: usize::from(at.small == total),
        };
        let count = if total == 1 {
            self.code_single(coder, at, &derived, count)
        } else {
            self.code_grouped::<L, C>(coder, at, &derived, count)
        };
        (count, outcome_of(count, total, at.small, room))
    }

    #[inline(always)]
    fn code_single<C: BitCoder>(&mut self, coder: &mut C, at: &Surroundings, d: &Derived, count: usize) -> usize {
        if d.small == 1 && d.large == 1 {
            // Two rows, two symbols: nothing tells which is which.
            return coder.code_raw(count as u32, 1) as usize;
        }
        let sizes = (at.last_outcome * 16 + quantise(d.small).min(15)) * 32 + quantise(d.large);
        let sizes = sizes * 4 + at.next_total.min(3);
        let compact = compact(at, d);
        let set = at.symbols_left.min(SINGLE_SETS - 1);
        let inputs = [self.single.predict(sizes), self.single_compact.predict(compact), d.prior, UNIT];
        let p1 = self.single_gate.predict(set, &inputs);
        let bit = coder.code(count as u32, p1);
        self.single_gate.update(set, &inputs, p1, bit);
        self.single.update(sizes, bit);
        self.single_compact.update(compact, bit);
        bit as usize
    }

    #[inline(always)]
    fn code_grouped<L: Lanes, C: BitCoder>(
        &mut self,
        coder: &mut C,
        at: &Surroundings,
        d: &Derived,
        count: usize,
    ) -> usize {
        let total_q = quantise(d.total);
        let shape = if d.total == 2 { 12288 + compact(at, d) } else { compact_many(at, d) };
        let set = total_q.min(GROUPED_SETS / 2 - 1);
        let pure = count == 0 || count == d.total;
        let pure = self.code_wide::<L, C>(coder, shape, set, 0, d.prior, u32::from(pure)) != 0;
        self.ssm.step(if pure { ssm::UNIT } else { -ssm::UNIT });
        if pure {
            let all = self.code_wide::<L, C>(coder, shape, set, 1, d.prior, u32::from(count == d.total));
            return if all != 0 { d.total } else { 0 };
        }
        self.code_bisected(coder, at, d, count)
    }

    #[inline(always)]
    fn code_wide<L: Lanes, C: BitCoder>(
        &mut self,
        coder: &mut C,
        shape: usize,
        set: usize,
        step: usize,
        prior: i32,
        bit: u32,
    ) -> u32 {
        let (shape, set) = (shape * 2 + step, set * 2 + step);
        let [a, b, c, d] = self.ssm.inputs();
        let inputs = L::of([self.shape.predict(shape), prior, UNIT, 0, a, b, c, d]);
        let p1 = self.grouped_gate.predict(set, inputs);
        let bit = coder.code(bit, p1);
        self.grouped_gate.update(set, inputs, p1, bit);
        self.shape.update(shape, bit);
        bit
    }

    /// A count in `1..total`, by bisection.
    #[inline(always)]
    fn code_bisected<C: BitCoder>(&mut self, coder: &mut C, at: &Surroundings, d: &Derived, count: usize) -> usize {
        let (mut low, mut high) = (1, d.total - 1);
        // The mean of a random split in 1/256, and its standard deviation.
        let share = u64::from(d.share);
        let mean = (d.total as u64 * share) >> 8;
        let variance = (mean * (65536 - share)) >> 24;
        let steepness = inverse_spread(variance as u32);
        let shape = d.total.saturating_sub(3).min(15) * 2 + usize::from(at.history & 1 != 0);
        let shape = (shape * 6 + ((d.share as usize * 10) >> 16).min(5)) * 2 + usize::from(d.inferred > 0);
        let mut node = 1;
        for _ in 0..MODELLED_STEPS {
            if low >= high {
                return low;
            }
            let middle = (low + high) / 2;
            let deviation = mean as i64 - ((middle as i64) << 8) - 128;
            let score = ((deviation * steepness) >> 26).clamp(-31, 31) as i32;
            let slot = shape * 16 + node;
            let set = bit_length(high - low).min(BISECT_SETS - 1);
            let inputs = [self.bisect.predict(slot), score * 40, UNIT, 0];
            let p1 = self.bisect_gate.predict(set, &inputs);
            let bit = coder.code(u32::from(count > middle), p1);
            self.bisect_gate.update(set, &inputs, p1, bit);
            self.bisect.update(slot, bit);
            (low, high) = if bit != 0 { (middle + 1, high) } else { (low, middle) };
            node = node * 2 + bit as usize;
        }
        code_uniform(coder, low, high, count)
    }
}

/// `2^25 / sqrt(m)` for `m` from 64 to 255.
const INVERSE_ROOTS: [u64; 192] = {
    let mut table = [0; 192];
    let mut at = 0;
    while at < 192 {
        table[at] = ((1 << 50) / (at as u64 + 64)).isqrt();
        at += 1;
    }
    table
};

/// `2^26 / (16 * sqrt(variance))`, from the top seven or eight bits of the variance.
#[inline(always)]
fn inverse_spread(variance: u32) -> i64 {
    let variance = variance.max(1);
    let shift = variance.leading_zeros() & !1;
    (INVERSE_ROOTS[(variance << shift >> 24) as usize - 64] >> (15 - shift / 2)) as i64
}

/// A number in `low..=high`, all equally likely, by bisection.
#[inline(always)]
fn code_uniform<C: BitCoder>(coder: &mut C, mut low: usize, mut high: usize, value: usize) -> usize {
    while low < high {
        let middle = (low + high) / 2;
        let p1 = (((high - middle) as u64) << 16) / (high - low + 1) as u64;
        let bit = coder.code(u32::from(value > middle), (p1 as u32).clamp(PROB_MIN, PROB_MAX));
        (low, high) = if bit != 0 { (middle + 1, high) } else { (low, middle) };
    }
    low
}

/// A small context of a single or a pair: learnt within a few hundred counts.
#[inline(always)]
fn compact(at: &Surroundings, d: &Derived) -> usize {
    let singles = usize::from(d.small + d.large == at.symbols_left + d.total);
    let history = usize::from(pure_above(at.history));
    let mut slot = (singles * 2 + d.tight) * 2 + history;
    slot = (slot * 4 + at.leaves) * 4 + d.inferred.min(3);
    slot = slot * 8 + at.symbols_left.saturating_sub(1).min(7);
    slot * 12 + d.ratio
}

/// The same for three and more.
#[inline(always)]
fn compact_many(at: &Surroundings, d: &Derived) -> usize {
    let mut slot = bit_length(at.symbols_left).min(3) * 2 + usize::from(d.inferred > 0);
    slot = ((slot * 2 + d.tight) * 4 + at.leaves) * 2 + usize::from(pure_above(at.history));
    slot = slot * 8 + bit_length(d.total.max(3) - 2).min(7);
    slot * 12 + d.ratio
}

/// Whether the symbol stayed together in one of the last two splits.
#[inline(always)]
fn pure_above(history: usize) -> bool {
    matches!(history, 2 | 4..=6)
}
