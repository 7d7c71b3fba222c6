//! The adaptive probability of one decision: quick at first, steady later.

use crate::coder::binary::BitCoder;

/// P(1) in the upper 22 bits, how often it was updated in the lower 10.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter(u32);

const COUNT_BITS: u32 = 10;
const COUNT_MASK: u32 = (1 << COUNT_BITS) - 1;
/// Most updates that are told apart.
const MAX_LIMIT: usize = 256;

/// 65536 / (n + 1.6): the share of a new decision after n others.
const SHARE: [u32; MAX_LIMIT] = {
    let mut share = [0; MAX_LIMIT];
    let mut n = 0;
    while n < MAX_LIMIT {
        share[n] = 65536 * 10 / (n as u32 * 10 + 16);
        n += 1;
    }
    share
};

impl Counter {
    /// Nothing known: even odds.
    pub const NEW: Counter = Counter(1 << 31);

    /// P(1) of 65536, in `1..=65535`.
    #[inline(always)]
    pub fn p(self) -> u32 {
        (self.0 >> 16).max(1)
    }

    /// Learns `bit`; from `LIMIT` updates on with the share of the `LIMIT`-th.
    #[inline(always)]
    pub fn update<const LIMIT: u32>(&mut self, bit: u32) {
        let count = self.0 & COUNT_MASK;
        let p = (self.0 >> COUNT_BITS) as i32;
        let target = (bit << 22) as i32 - bit as i32;
        let share = i64::from(SHARE[(count as usize).min(MAX_LIMIT - 1)]);
        let p = p + ((i64::from(target - p) * share) >> 16) as i32;
        self.0 = (p as u32) << COUNT_BITS | (count + u32::from(count < LIMIT));
    }
}

/// How long the counters of trees remember, in updates.
const TREE_LIMIT: u32 = 60;

/// Codes `BITS` bits of `value`, highest first, each in the context of those before it. `tree` has `1 << BITS` counters.
#[inline(always)]
pub fn code_tree<C: BitCoder, const BITS: u32>(coder: &mut C, tree: &mut [Counter], value: u32) -> u32 {
    let mut node = 1usize;
    for shift in (0..BITS).rev() {
        let counter = &mut tree[node];
        let bit = coder.code((value >> shift) & 1, counter.p());
        counter.update::<TREE_LIMIT>(bit);
        node = 2 * node + bit as usize;
    }
    node as u32 - (1 << BITS)
}
