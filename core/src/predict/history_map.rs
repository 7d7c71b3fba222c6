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

/// Decisions that a state's first guess counts for.
const PRIOR_WEIGHT: u64 = 4;
/// Decisions seen in a state before its counts are halved.
const HALVE_AT: u32 = 1 << 14;

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
            let mut n0 = self.total[zero] + u32::from(self.fresh[zero]);
            let mut n1 = self.total[one] + u32::from(self.fresh[one]);
            (self.fresh[zero], self.fresh[one]) = (0, 0);
            let ones = (u64::from(n1) << 16) + u64::from(prior(state)) * PRIOR_WEIGHT;
            self.stretched[state] = stretch((ones / (u64::from(n0 + n1) + PRIOR_WEIGHT)) as u32) as i16;
            if n0 + n1 > HALVE_AT {
                (n0, n1) = (n0 / 2, n1 / 2);
            }
            (self.total[zero], self.total[one]) = (n0, n1);
        }
    }
}
