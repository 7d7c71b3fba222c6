//! From logits to integer frequencies, with 31 bits for each exponential: of 65,536 tokens that are out of the question, all together weigh nothing.
//!
//! With `w` the exponential of a logit's distance from the largest and `r = floor((T - V) * 2^32 / sum(w))`, a token's frequency is
//! `1 + floor(w * r / 2^32)`; what rounding has left of the total T goes to the likeliest token, the first of equals.

use super::Network;
use crate::kernels::{Isa, Job, dispatch, table};
use crate::neural::frequencies::give_rest;

impl Network {
    /// Turns the logits of all tokens into frequencies.
    pub(in crate::neural) fn spread(&self, logits: &[i32], frequencies: &mut [u32]) {
        dispatch(Spread { isa: Isa::best(), logits, exp2: &self.exp2, total: self.total, frequencies });
    }
}

/// Tokens at once: what stands between the steps fits into registers and the nearest cache.
const CHUNK: usize = 256;

struct Spread<'a> {
    isa: Isa,
    logits: &'a [i32],
    exp2: &'a [u32; 256],
    total: u32,
    frequencies: &'a mut [u32],
}

impl Job for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Spread { isa, logits, exp2, total, frequencies } = self;
        let logits = &logits[..frequencies.len()];
        let max = logits.iter().fold(i32::MIN, |max, &x| max.max(x));
        // At most 2^16 of at most 2^31.
        let mut sum = 0u64;
        for (places, logits) in frequencies.chunks_mut(CHUNK).zip(logits.chunks(CHUNK)) {
            let (mut steps, mut fractions) = ([0u32; CHUNK], [0i8; CHUNK]);
            for ((steps, fraction), &logit) in steps.iter_mut().zip(&mut fractions).zip(logits) {
                // From 32 octaves on, nothing is left; 1/65536 octaves to 1/256, rounded half up.
                *steps = ((max.wrapping_sub(logit) as u32).min(32 << 16) + 128) >> 8;
                *fraction = *steps as i8;
            }
            table::look_up(isa, exp2, &fractions[..places.len()], places);
            for (place, &steps) in places.iter_mut().zip(&steps) {
                *place = place.checked_shr(steps >> 8).unwrap_or(0);
                sum += u64::from(*place);
            }
        }
        // The largest alone has 2^31, so the reciprocal has 31 bits.
        let shared = u64::from(total) - frequencies.len() as u64;
        let reciprocal = (shared << 32) / sum.max(1 << 31);
        let mut given = 0u32;
        for place in frequencies.iter_mut() {
            *place = 1 + ((u64::from(*place) * u64::from(reciprocal as u32)) >> 32) as u32;
            given += *place;
        }
        give_rest(total - given, max, logits, frequencies);
    }
}
