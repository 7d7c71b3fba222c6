//! The SSM expert: a diagonal linear state-space model over one integer feature of the stream.
//!
//! Each of up to [`LANES`] states is an exponential moving average, `h += (u - h) * (1 - a)`, with the decay `a` spaced
//! geometrically in time constant from 2 to 1000 steps (`a` from 0.5 to 0.999). The states are handed to a gate as
//! inputs next to the counters' predictions; the gate's online-trained weights are the classifier. So a gate sees how
//! often the feature held lately at every horizon at once, which no single adaptive counter tells it.
//!
//! Input: one feature a step in `-UNIT..=UNIT`. Output: a value a state in the logistic domain, at most one natural-log
//! unit each. Cost: a multiplication a state in `i32` lanes a step; four bytes each. Source: the diagonal real case of S4D (Gu, Goel,
//! Gupta and Re, 2022), its transition fixed and only the read-out learned.

/// Number of time constants.
pub const LANES: usize = 32;
/// Full scale of a feature.
pub const UNIT: i32 = 1 << 14;

/// `65536 / tau`, `tau = 2 * 500^(i / 31)`, rounded.
const RATES: [i32; LANES] = [
    32768, 26816, 21944, 17958, 14696, 12026, 9842, 8054, 6591, 5394, 4414, 3612, 2956, 2419, 1980, 1620, 1326, 1085,
    888, 727, 595, 487, 398, 326, 267, 218, 179, 146, 120, 98, 80, 66,
];

/// The states, at `STATES` of the time constants, evenly chosen; it divides [`LANES`].
#[derive(Clone, Debug)]
pub struct Ssm<const STATES: usize = LANES> {
    state: [i32; STATES],
}

impl<const STATES: usize> Ssm<STATES> {
    const RATES: [i32; STATES] = {
        assert!(LANES.is_multiple_of(STATES));
        let mut rates = [0; STATES];
        let mut at = 0;
        while at < STATES {
            rates[at] = RATES[at * (LANES / STATES)];
            at += 1;
        }
        rates
    };

    /// States at rest.
    pub fn new() -> Self {
        Ssm { state: [0; STATES] }
    }

    /// One step: the feature's value in `-UNIT..=UNIT`.
    #[inline(always)]
    pub fn step(&mut self, feature: i32) {
        for (state, rate) in self.state.iter_mut().zip(Self::RATES) {
            // 2^15 * 2^15 fits; the half keeps slow states from sticking below zero.
            *state += ((feature - *state) * rate + (1 << 15)) >> 16;
        }
    }

    /// The states as inputs of a gate, by rising time constant.
    #[inline(always)]
    pub fn inputs(&self) -> [i32; STATES] {
        self.state.map(|state| state >> 6)
    }
}

impl<const STATES: usize> Default for Ssm<STATES> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_follow_the_feature_at_their_own_pace() {
        let mut ssm = Ssm::<LANES>::new();
        for _ in 0..20 {
            ssm.step(UNIT);
        }
        let inputs = ssm.inputs();
        assert!(inputs.is_sorted_by(|fast, slow| fast >= slow));
        assert!(inputs[0] > 250 && inputs[LANES - 1] < 16);
    }

    #[test]
    fn states_stay_in_range() {
        let mut ssm = Ssm::<LANES>::new();
        for step in 0..100_000 {
            ssm.step(if step % 1000 < 500 { UNIT } else { -UNIT });
            assert!(ssm.state.iter().all(|state| state.abs() <= UNIT));
        }
    }
}
