//! From logits to integer frequencies, and from there to the interval of a token.
//!
//! In czip's arithmetic, with `e` the exponential of a logit's distance from the largest, a token's frequency is `1 + floor(e * (T - V) / sum(e))`; what rounding has
//! left of the total T goes to the likeliest token, the first of equals. So every token has a frequency, and the sum is T exactly.
//!
//! The division has one divisor for all tokens, so it is a multiplication with the divisor's reciprocal and one step of correction.

use super::network::Network;
use super::online;
use crate::error::{Result, try_zeroed};
use crate::kernels::exponential::{Exponential, Slope};
use crate::kernels::{Isa, Job, dispatch};

/// Tokens whose frequencies are summed at once when one is looked for.
const BLOCK: usize = 64;

/// The frequencies of all tokens at one place; their sum is [`Network::total`].
#[derive(Clone, Debug)]
pub struct Frequencies(Vec<u32>);

/// A token's part of the total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Sum of the frequencies of all tokens before it.
    pub low: u32,
    /// The same with its own.
    pub high: u32,
}

impl Network {
    /// Room for the frequencies of all tokens.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn frequencies(&self) -> Result<Frequencies> {
        Ok(Frequencies(try_zeroed(self.vocabulary())?))
    }
}

impl Frequencies {
    /// Turns logits of czip's arithmetic into frequencies.
    pub(super) fn spread(&mut self, network: &online::Network, logits: &[i32]) {
        dispatch(Spread {
            logits,
            slope: network.logit_slope,
            exponential: &network.exponential,
            total: network.total,
            frequencies: &mut self.0,
        });
    }

    pub(super) fn values_mut(&mut self) -> &mut [u32] {
        &mut self.0
    }

    /// Of each token.
    pub fn values(&self) -> &[u32] {
        &self.0
    }

    /// The interval of `token`, if there is such a token.
    pub fn interval(&self, token: u32) -> Option<Interval> {
        let token = token as usize;
        let own = *self.0.get(token)?;
        let low = dispatch(Sum(&self.0[..token]));
        Some(Interval { low, high: low + own })
    }

    /// The token in whose interval `target` is, or the last.
    pub fn find(&self, target: u32) -> (u32, Interval) {
        let (mut low, mut first) = (0, 0);
        for block in self.0.chunks(BLOCK) {
            let sum = dispatch(Sum(block));
            if target < low + sum || first + BLOCK >= self.0.len() {
                break;
            }
            low += sum;
            first += BLOCK;
        }
        let last = self.0.len() - 1;
        for (token, &own) in self.0.iter().enumerate().skip(first) {
            if target < low + own || token == last {
                return (token as u32, Interval { low, high: low + own });
            }
            low += own;
        }
        (last as u32, Interval { low, high: low })
    }
}

struct Sum<'a>(&'a [u32]);

impl Job for Sum<'_> {
    type Output = u32;

    #[inline(always)]
    fn run(self) -> u32 {
        self.0.iter().fold(0, |sum, &x| sum.wrapping_add(x))
    }
}

/// Gives what rounding has left of the total to the likeliest token, whose logit is `max`: the first of equals.
#[inline(always)]
pub(super) fn give_rest(rest: u32, max: i32, logits: &[i32], frequencies: &mut [u32]) {
    let likeliest = logits.iter().position(|&x| x == max);
    if let Some(place) = likeliest.and_then(|token| frequencies.get_mut(token)) {
        *place += rest;
    }
}

struct Spread<'a> {
    logits: &'a [i32],
    slope: Slope,
    exponential: &'a Exponential,
    total: u32,
    frequencies: &'a mut [u32],
}

impl Job for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Spread { logits, slope, exponential, total, frequencies } = self;
        let max = logits.iter().fold(i32::MIN, |max, &x| max.max(x));
        // At most 2^15 tokens of at most 2^16 - 1.
        let sum = exponential.values(Isa::best(), &slope, max, &logits[..frequencies.len()], frequencies) as u32;
        let shared = total - frequencies.len() as u32;
        let reciprocal = (u64::from(shared) << 32) / u64::from(sum.max(1));
        let mut given = 0u32;
        for place in frequencies.iter_mut() {
            let weight = *place;
            // Less than one too small.
            let near = ((u64::from(weight) * reciprocal) >> 32) as u32;
            let rest = weight.wrapping_mul(shared).wrapping_sub(near.wrapping_mul(sum));
            *place = near + u32::from(rest >= sum) + 1;
            given += *place;
        }
        give_rest(total - given, max, logits, frequencies);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::{Isa, dispatch_on};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shares_are_exact_on_every_isa(
            seed: u64, len in 1usize..3000, spread in 0u32..32, coefficient: u32, more in 1u32..,
        ) {
            let mut state = seed;
            let logits: Vec<i32> = (0..len).map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                ((state >> 32) as i32) >> spread
            }).collect();
            let total = (len as u32).saturating_add(more).min(1 << 30);
            let exponential = Exponential::new(&std::array::from_fn(|i| (65_535 - 128 * i) as u16)).unwrap();
            let slope = Slope::new(coefficient);
            let max = *logits.iter().max().unwrap();
            let weights: Vec<u64> =
                logits.iter().map(|&x| u64::from(exponential.at(&slope, (i64::from(max) - i64::from(x)) as u32))).collect();
            let sum: u64 = weights.iter().sum();
            let mut expected: Vec<u32> =
                weights.iter().map(|w| 1 + (w * u64::from(total - len as u32) / sum) as u32).collect();
            expected[logits.iter().position(|&x| x == max).unwrap()] += total - expected.iter().sum::<u32>();
            for isa in Isa::available() {
                let mut frequencies = vec![0; len];
                let (logits, exponential) = (&logits, &exponential);
                dispatch_on(isa, Spread { logits, slope, exponential, total, frequencies: &mut frequencies });
                prop_assert_eq!(&frequencies, &expected);
            }
            let frequencies = Frequencies(expected);
            for token in [0, len / 2, len - 1] {
                let interval = frequencies.interval(token as u32).unwrap();
                prop_assert_eq!(frequencies.find(interval.low), (token as u32, interval));
                prop_assert_eq!(frequencies.find(interval.high - 1), (token as u32, interval));
            }
            prop_assert_eq!(frequencies.find(total).0, len as u32 - 1);
            prop_assert_eq!(frequencies.interval(len as u32), None);
        }
    }
}
