//! The SSM expert: a diagonal linear state-space model over one integer feature of the stream.
//!
//! Each of [`LANES`] states is an exponential moving average, `h += (u - h) * (1 - a)`, with the decay `a` spaced
//! geometrically in time constant from 2 to 1000 steps (`a` from 0.5 to 0.999). The states are handed to a gate as
//! inputs next to the counters' predictions; the gate's online-trained weights are the classifier. So a gate sees how
//! often the feature held lately at every horizon at once, which no single adaptive counter tells it.
//!
//! Input: one feature a step in `-UNIT..=UNIT`. Output: [`LANES`] values in the logistic domain, at most one natural-log
//! unit each. Cost: 32 multiplications in `i32` lanes a step; 128 bytes. Source: the diagonal real case of S4D (Gu, Goel,
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

/// The states, at their time constants.
#[derive(Clone, Debug)]
pub struct Ssm {
    state: [i32; LANES],
}

impl Ssm {
    /// States at rest.
    pub fn new() -> Self {
        Ssm { state: [0; LANES] }
    }

    /// One step: the feature's value in `-UNIT..=UNIT`.
    #[inline(always)]
    pub fn step(&mut self, feature: i32) {
        for (state, rate) in self.state.iter_mut().zip(RATES) {
            // 2^15 * 2^15 fits; the half keeps slow states from sticking below zero.
            *state += ((feature - *state) * rate + (1 << 15)) >> 16;
        }
    }

    /// The states as inputs of a gate, by rising time constant, in lanes of eight.
    #[inline(always)]
    pub fn inputs(&self) -> [[i32; 8]; LANES / 8] {
        let mut inputs = [[0; 8]; LANES / 8];
        for (inputs, states) in inputs.iter_mut().zip(self.state.chunks_exact(8)) {
            for (input, state) in inputs.iter_mut().zip(states) {
                *input = state >> 6;
            }
        }
        inputs
    }
}

impl Default for Ssm {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_follow_the_feature_at_their_own_pace() {
        let mut ssm = Ssm::new();
        for _ in 0..20 {
            ssm.step(UNIT);
        }
        let inputs = ssm.inputs().concat();
        assert!(inputs.is_sorted_by(|fast, slow| fast >= slow));
        assert!(inputs[0] > 250 && inputs[LANES - 1] < 16);
    }

    #[test]
    fn states_stay_in_range() {
        let mut ssm = Ssm::new();
        for step in 0..100_000 {
            ssm.step(if step % 1000 < 500 { UNIT } else { -UNIT });
            assert!(ssm.state.iter().all(|state| state.abs() <= UNIT));
        }
    }
}
