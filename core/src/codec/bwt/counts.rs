//! The model of one count: of `total` occurrences of a symbol in an interval, how many stand in its smaller part.
//!
//! A count is coded in at most three steps, each a binary decision predicted by adaptive counters in small contexts of
//! numbers (never of bytes alone) and, where it pays, a gate:
//!
//! 1. `total == 1`: which part has it. Two counters, one gate.
//! 2. `total >= 2`: do all occurrences stay together (*pure*)? Then: in which part? Four counters and the SSM expert, whose
//!    feature is the purity of the last counts: neighbouring intervals share contexts, so purity comes in weather-like
//!    stretches at many scales.
//! 3. Not pure: the count by bisection, at most [`MODELLED_STEPS`] decisions with two counters each, the rest as equally likely.
//!
//! Cost: 1.3 MB of counters and 0.5 MB of weights, a small part of them hot; 30 to 45 ns a decision.

use crate::coder::binary::{BitCoder, PROB_MAX, PROB_MIN};
use crate::error::{Result, try_filled};
use crate::kernels::vector::Lanes;
use crate::predict::logistic::{UNIT, squash, stretch};
use crate::predict::ssm::{self, Ssm};

/// Bisection steps with a model of their own.
const MODELLED_STEPS: u32 = 4;
/// A counter's probability moves by 1/(n + 1.6) of the error at its n-th use, and by this bound's reciprocal later.
const LIMIT: u32 = 127;

/// Lanes of eight inputs of the gate of steps 1 and 3: two counters, the prior, a bias, four of padding.
const NARROW: usize = 1;
/// Of the gate of step 2: four counters, prior, bias, two of padding; then the SSM states.
const WIDE: usize = 1 + ssm::LANES / 8;

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
    /// The symbol.
    pub symbol: u8,
    /// 1 where the count stands for all other symbols together, since they are fewer than the symbol's own.
    pub complement: bool,
    /// Bit 0: the smaller part is one child; bit 1: the larger part is.
    pub leaves: usize,
    /// How the symbol fared one and two splits up: 0 for the root, 1-2 one split up, 3-6 two.
    pub history: usize,
    /// Splits that the symbol's occurrences have survived together lately, 0-15.
    pub cohesion: usize,
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

/// Adaptive probabilities: 22 bits of probability, 10 bits of use count.
#[derive(Debug)]
struct Counters {
    cells: Vec<u32>,
    mask: usize,
}

impl Counters {
    fn new(log2: u32) -> Result<Self> {
        Ok(Counters { cells: try_filled(1 << log2, 1 << 31)?, mask: (1 << log2) - 1 })
    }

    /// The logistic prediction, scaled down while the counter has seen little.
    #[inline(always)]
    fn predict(&self, slot: usize) -> i32 {
        let cell = self.cells[slot & self.mask];
        (stretch(cell >> 16) * CONFIDENCE[(cell & 1023).min(31) as usize]) >> 8
    }

    #[inline(always)]
    fn update(&mut self, slot: usize, bit: u32) {
        let cell = &mut self.cells[slot & self.mask];
        let n = *cell & 1023;
        let p = (*cell >> 10) as i64;
        let target = if bit != 0 { (1 << 22) - 1 } else { 0 };
        let p = p + (((target - p) * i64::from(RECIPROCALS[n as usize])) >> 16);
        *cell = (p as u32) << 10 | (n + 1).min(LIMIT);
    }
}

/// Weight sets of an online-trained logistic mixer over `8 * N` inputs.
#[derive(Debug)]
struct Gate<const N: usize> {
    weights: Vec<[[i32; 8]; N]>,
}

/// 1.0 of a weight.
const ONE: i32 = 1 << 16;
/// Weights stay inside ±8, so that a product with an input of at most 2303 fits `i32`.
const WEIGHT_MAX: i32 = (1 << 19) - 1;

impl<const N: usize> Gate<N> {
    fn new(sets: usize, start: [[i32; 8]; N]) -> Result<Self> {
        Ok(Gate { weights: try_filled(sets, start)? })
    }

    #[inline(always)]
    fn predict<L: Lanes>(&self, set: usize, inputs: &[L; N]) -> u32 {
        let weights = &self.weights[set];
        let mut sums = inputs[0].weigh(&weights[0]);
        for (weights, inputs) in weights.iter().zip(inputs).skip(1) {
            sums = sums.plus(inputs.weigh(weights));
        }
        squash(sums.sum() >> 8).clamp(PROB_MIN, PROB_MAX)
    }

    #[inline(always)]
    fn update<L: Lanes>(&mut self, set: usize, inputs: &[L; N], p1: u32, bit: u32) {
        let error = (bit << 16) as i32 - bit as i32 - p1 as i32;
        for (weights, inputs) in self.weights[set].iter_mut().zip(inputs) {
            inputs.train(weights, error, WEIGHT_MAX);
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
    single: [Counters; 2],
    single_gate: Gate<NARROW>,
    grouped: [Counters; 4],
    grouped_gate: Gate<WIDE>,
    bisect: [Counters; 2],
    bisect_gate: Gate<NARROW>,
    ssm: Ssm,
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
        let narrow = [[ONE * 6 / 10, ONE * 6 / 10, 0, 0, 0, 0, 0, 0]];
        let mut wide = [[0; 8]; WIDE];
        wide[0][..4].fill(ONE * 3 / 10);
        Ok(CountModel {
            single: [Counters::new(15)?, Counters::new(14)?],
            single_gate: Gate::new(12 * 16 * 4, narrow)?,
            grouped: [Counters::new(16)?, Counters::new(16)?, Counters::new(16)?, Counters::new(15)?],
            grouped_gate: Gate::new(2 * 12 * 32 * 4, wide)?,
            bisect: [Counters::new(15)?, Counters::new(15)?],
            bisect_gate: Gate::new(16 * 64, narrow)?,
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
            self.code_single::<L, C>(coder, at, &derived, count)
        } else {
            self.code_grouped::<L, C>(coder, at, &derived, count)
        };
        (count, outcome_of(count, total, at.small, room))
    }

    #[inline(always)]
    fn code_single<L: Lanes, C: BitCoder>(
        &mut self,
        coder: &mut C,
        at: &Surroundings,
        d: &Derived,
        count: usize,
    ) -> usize {
        if d.small == 1 && d.large == 1 {
            // Two rows, two symbols: nothing tells which is which.
            return coder.code_raw(count as u32, 1) as usize;
        }
        let slots = [
            ((at.last_outcome * 32 + quantise(d.small)) * 32 + quantise(d.large)) * 16
                + quantise(at.next_total).min(15),
            compact(at, d),
        ];
        let set = (d.ratio * 16 + at.symbols_left.min(15)) * 4 + at.leaves;
        let votes = [self.single[0].predict(slots[0]), self.single[1].predict(slots[1])];
        let inputs = [L::of([votes[0], votes[1], d.prior, UNIT, 0, 0, 0, 0])];
        let p1 = self.single_gate.predict(set, &inputs);
        let bit = coder.code(count as u32, p1);
        self.single_gate.update(set, &inputs, p1, bit);
        self.single[0].update(slots[0], bit);
        self.single[1].update(slots[1], bit);
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
        let sizes = (quantise(d.small) * 32 + quantise(d.large)) * 32 + total_q;
        let shape = if d.total == 2 { 12288 + compact(at, d) } else { compact_many(at, d) };
        let cohesion = ((at.history * 8 + at.cohesion / 2) * 2 + usize::from(at.complement)) * 192
            + d.ratio * 16
            + total_q.min(15);
        let symbol = usize::from(at.symbol) * 64 + d.ratio * 4 + total_q.min(5) - 2;
        let slots = [sizes, shape, cohesion, symbol];
        let set = (d.ratio * 32 + total_q) * 4 + at.leaves;
        let pure = count == 0 || count == d.total;
        let pure = self.code_wide::<L, C>(coder, slots, set, 0, d.prior, u32::from(pure)) != 0;
        self.ssm.step(if pure { ssm::UNIT } else { -ssm::UNIT });
        if pure {
            let all = self.code_wide::<L, C>(coder, slots, set, 1, d.prior, u32::from(count == d.total));
            return if all != 0 { d.total } else { 0 };
        }
        self.code_bisected::<L, C>(coder, at, d, count)
    }

    #[inline(always)]
    fn code_wide<L: Lanes, C: BitCoder>(
        &mut self,
        coder: &mut C,
        slots: [usize; 4],
        set: usize,
        step: usize,
        prior: i32,
        bit: u32,
    ) -> u32 {
        let slots = slots.map(|slot| slot * 2 + step);
        let set = set * 2 + step;
        let mut votes = [0; 4];
        for (vote, (counters, slot)) in votes.iter_mut().zip(self.grouped.iter().zip(slots)) {
            *vote = counters.predict(slot);
        }
        let mut inputs = [L::of([votes[0], votes[1], votes[2], votes[3], prior, UNIT, 0, 0]); WIDE];
        for (input, states) in inputs[1..].iter_mut().zip(&self.ssm.inputs()) {
            *input = L::load(states);
        }
        let p1 = self.grouped_gate.predict(set, &inputs);
        let bit = coder.code(bit, p1);
        self.grouped_gate.update(set, &inputs, p1, bit);
        for (counters, slot) in self.grouped.iter_mut().zip(slots) {
            counters.update(slot, bit);
        }
        bit
    }

    /// A count in `1..total`, by bisection.
    #[inline(always)]
    fn code_bisected<L: Lanes, C: BitCoder>(
        &mut self,
        coder: &mut C,
        at: &Surroundings,
        d: &Derived,
        count: usize,
    ) -> usize {
        let (mut low, mut high) = (1, d.total - 1);
        // The mean of a random split in 1/256, and its standard deviation.
        let share = u64::from(d.share);
        let mean = (d.total as u64 * share) >> 8;
        let variance = (mean * (65536 - share)) >> 24;
        let spread = i64::from((variance as u32).max(1).isqrt());
        let shape = d.total.saturating_sub(3).min(15) * 2 + usize::from(at.history & 1 != 0);
        let shape = (shape * 6 + ((d.share as usize * 10) >> 16).min(5)) * 2 + usize::from(d.inferred > 0);
        let mut node = 1;
        for _ in 0..MODELLED_STEPS {
            if low >= high {
                return low;
            }
            let middle = (low + high) / 2;
            let width = bit_length(high - low).min(15);
            let deviation = (mean as i64 - ((middle as i64) << 8) - 128) / (spread * 16);
            let score = deviation.clamp(-31, 31) as i32;
            let slots = [((score + 32) as usize * 16 + width) * 32 + at.leaves * 8 + at.history, shape * 16 + node];
            let set = width * 64 + (score + 32) as usize;
            let votes = [self.bisect[0].predict(slots[0]), self.bisect[1].predict(slots[1])];
            let inputs = [L::of([votes[0], votes[1], score * 40, UNIT, 0, 0, 0, 0])];
            let p1 = self.bisect_gate.predict(set, &inputs);
            let bit = coder.code(u32::from(count > middle), p1);
            self.bisect_gate.update(set, &inputs, p1, bit);
            self.bisect[0].update(slots[0], bit);
            self.bisect[1].update(slots[1], bit);
            (low, high) = if bit != 0 { (middle + 1, high) } else { (low, middle) };
            node = node * 2 + bit as usize;
        }
        code_uniform(coder, low, high, count)
    }
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
