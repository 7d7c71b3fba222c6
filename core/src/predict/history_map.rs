//! From bit histories to predictions: what each state of [`bit_history`](super::bit_history) was worth to one expert.
//!
//! Input: a state. Output: the logistic value (256 steps a unit) of P(1) in it. The map counts what follows each state and
//! turns counts into predictions only now and then ([`HistoryMap::settle`]): on executables and text alike, settling every
//! 512 bytes was no better than every 8 K, and reading a settled map is one load.
//!
//! Cost: 3.5 KB; one load a prediction, one increment a sampled decision. Source: the indirect counters of Mahoney's
//! PAQ6 and ZPAQ, settled in batches.

use crate::predict::bit_history::{STATES, prior};
use crate::predict::logistic::stretch;

/// What counts are turned into, and how long they are remembered.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Decisions that the first guess counts for.
    pub prior_weight: u32,
    /// Decisions seen before the counts are halved.
    pub halve_at: u32,
}

impl Memory {
    /// Takes the zeros and ones of `fresh` into `total`; P(1), of 65,536, with the first guess `prior`.
    pub fn settle(self, total: &mut [u32; 2], fresh: [u16; 2], prior: u32) -> u32 {
        let [n0, n1] = [0, 1].map(|bit| total[bit] + u32::from(fresh[bit]));
        let weight = u64::from(self.prior_weight);
        let ones = (u64::from(n1) << 16) + u64::from(prior) * weight;
        *total = if n0 + n1 > self.halve_at { [n0 / 2, n1 / 2] } else { [n0, n1] };
        (ones / (u64::from(n0 + n1) + weight)) as u32
    }
}

const MEMORY: Memory = Memory { prior_weight: 4, halve_at: 1 << 14 };

/// See the module.
#[derive(Clone, Debug)]
pub struct HistoryMap {
    stretched: [i16; 256],
    /// Decisions since the last settling, at `2 * state + bit`.
    fresh: [u16; 512],
    total: [u32; 512],
}

impl Default for HistoryMap {
    fn default() -> Self {
        let stretched = std::array::from_fn(|state| if state < STATES { stretch(prior(state)) as i16 } else { 0 });
        HistoryMap { stretched, fresh: [0; 512], total: [0; 512] }
    }
}

impl HistoryMap {
    /// Logistic value of P(1) in `state`.
    #[inline(always)]
    pub fn predict(&self, state: u8) -> i16 {
        self.stretched[usize::from(state)]
    }

    /// Counts a decision: `index` is twice the state, plus the bit. At most 65,535 between two settlings.
    #[inline(always)]
    pub fn count(&mut self, index: usize) {
        let fresh = &mut self.fresh[index & 511];
        *fresh = fresh.wrapping_add(1);
    }

    /// Turns the counts so far into predictions.
    pub fn settle(&mut self) {
        for state in 0..STATES {
            let (zero, one) = (2 * state, 2 * state + 1);
            if self.fresh[zero] | self.fresh[one] == 0 {
                continue;
            }
            let mut total = [self.total[zero], self.total[one]];
            let fresh = [self.fresh[zero], self.fresh[one]];
            self.stretched[state] = stretch(MEMORY.settle(&mut total, fresh, prior(state))) as i16;
            (self.fresh[zero], self.fresh[one]) = (0, 0);
            (self.total[zero], self.total[one]) = (total[0], total[1]);
        }
    }
}
