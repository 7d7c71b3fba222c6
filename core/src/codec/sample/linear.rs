//! The linear predictor: least squares over the neighbours of a sample, solved again and again as lines pass.
//!
//! A prediction is the sample to the left (the same channel's previous sample) plus a weighted sum of *features*, each
//! the difference of two samples already known. Differences make the predictor blind to offsets, and keep the normal
//! equations well conditioned. What features of earlier lines add is summed up for a whole line before it is coded,
//! so that only those of the line itself wait for the sample before.
//!
//! After each line one sample in [`Linear::every`] adds to the normal equations (products of 12-bit numbers in i32,
//! emptied into i64); once [`BATCH`] have, the equations are solved by an integer LDL^T decomposition, and then fade.
//! Backward-adaptive least squares is the predictor of TMW and of Glicbawls (Meyer 2001), here with a solution per line
//! in place of one per sample.

use super::solve::{LANES, solve};
use super::window::{FRACTION, Window};

/// Most features of one channel; the last lane of a training row holds the target.
pub(super) const FEATURES: usize = LANES - 1;
/// Trained samples after which the sums are emptied: 2047^2 * 256 fits in an i32.
const BATCH: usize = 256;
const FEATURE_LIMIT: i64 = 2047;
/// A feature as large as an error of so many bits (fraction bits included) counts as 2^(FEATURE_BITS - FRACTION).
const FEATURE_BITS: u32 = 10;
/// Fraction bits of weights.
const WEIGHT_BITS: u32 = 16;

/// One difference of samples: those `plus` and `minus` positions back.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Feature {
    pub plus: usize,
    pub minus: usize,
}

/// The predictor of one channel.
#[derive(Debug)]
pub(super) struct Linear {
    features: Vec<Feature>,
    /// The first so many features involve the line being coded.
    current: usize,
    base: usize,
    weights: [i64; LANES],
    /// Training rows not yet in the normal equations: features, and the target in the last lane.
    batch: Box<[[i32; BATCH]; LANES]>,
    normal: [[i64; LANES]; LANES],
    in_batch: usize,
    /// Samples trained since the last solution.
    trained: usize,
    every: usize,
    phase: usize,
    fade: u32,
}

impl Linear {
    /// A predictor from the sample `base` back, `current` features of the line itself (the first with weight `start`,
    /// of 65536), and `above` of earlier lines; at most [`FEATURES`] in all.
    pub(super) fn new(
        base: usize,
        current: &[Feature],
        above: &[Feature],
        start: i64,
        every: usize,
        fade: u32,
    ) -> Self {
        let features: Vec<Feature> = current.iter().chain(above).copied().take(FEATURES).collect();
        let mut weights = [0; LANES];
        weights[0] = start;
        Linear {
            current: current.len().min(FEATURES),
            features,
            base,
            weights,
            batch: Box::new([[0; BATCH]; LANES]),
            normal: [[0; LANES]; LANES],
            in_batch: 0,
            trained: 0,
            every,
            phase: 0,
            fade,
        }
    }

    /// Writes the weighted sum of the features of earlier lines to `ahead[0], ahead[step], ...`, with the fraction bits of
    /// weights, for the samples of the line in the window from its `channel`th on.
    #[inline(always)]
    pub(super) fn look_ahead(&self, window: &Window, channel: usize, step: usize, ahead: &mut [i64]) {
        let start = window.start() + channel;
        let Some(ahead) = ahead.get_mut(channel..) else { return };
        let len = ahead.len();
        ahead.iter_mut().step_by(step).for_each(|sum| *sum = 0);
        for (feature, &weight) in self.features.iter().zip(&self.weights).skip(self.current) {
            let plus = &window.samples[start - feature.plus..][..len];
            let minus = &window.samples[start - feature.minus..][..len];
            if step == 1 {
                for ((sum, plus), minus) in ahead.iter_mut().zip(plus).zip(minus) {
                    *sum = sum.wrapping_add(plus.wrapping_sub(*minus).wrapping_mul(weight));
                }
            } else {
                for ((sum, plus), minus) in ahead.iter_mut().zip(plus).zip(minus).step_by(step) {
                    *sum = sum.wrapping_add(plus.wrapping_sub(*minus).wrapping_mul(weight));
                }
            }
        }
    }

    /// The prediction of the sample at `index` of the window, with [`FRACTION`] fraction bits, given what
    /// [`Linear::look_ahead`] found for it.
    #[inline(always)]
    pub(super) fn predict(&self, samples: &[i64], index: usize, ahead: i64) -> i64 {
        let mut sum = ahead;
        for (feature, weight) in self.features[..self.current].iter().zip(&self.weights) {
            let value = samples[index - feature.plus].wrapping_sub(samples[index - feature.minus]);
            sum = sum.wrapping_add(value.wrapping_mul(*weight));
        }
        samples[index - self.base].wrapping_shl(FRACTION).wrapping_add(sum >> (WEIGHT_BITS - FRACTION))
    }

    /// Learns from the samples of a line, all of which the window holds; their magnitudes of error were `expected`.
    ///
    /// Each counts with about the inverse square of the larger of its expected and its actual error: noise that grows
    /// with brightness and edges would otherwise outweigh all else.
    #[inline(always)]
    pub(super) fn learn(&mut self, window: &Window, channel: usize, step: usize, expected: &[i64]) {
        for index in (channel + self.phase * step..expected.len()).step_by(step * self.every) {
            let index = window.start() + index;
            let size = expected[index - window.start()].max(window.errors[index].abs());
            self.train(&window.samples, index, 64 - size.leading_zeros());
        }
        self.phase = (self.phase + 1) % self.every;
        if self.trained >= BATCH {
            self.empty();
            self.trained = 0;
            solve(&self.normal, self.features.len(), &mut self.weights);
            for sum in self.normal.as_flattened_mut() {
                *sum -= *sum >> self.fade;
            }
        }
    }

    #[inline(always)]
    fn train(&mut self, samples: &[i64], index: usize, bits: u32) {
        let fit = |plus: i64, minus: i64| {
            let value = plus.wrapping_sub(minus);
            let value = if bits > FEATURE_BITS {
                value >> (bits - FEATURE_BITS)
            } else {
                value.clamp(-FEATURE_LIMIT, FEATURE_LIMIT) << (FEATURE_BITS - bits)
            };
            value.clamp(-FEATURE_LIMIT, FEATURE_LIMIT) as i32
        };
        let mut row = [0i32; LANES];
        for (lane, feature) in row.iter_mut().zip(&self.features) {
            *lane = fit(samples[index - feature.plus], samples[index - feature.minus]);
        }
        row[LANES - 1] = fit(samples[index], samples[index - self.base]);
        for (column, value) in self.batch.iter_mut().zip(row) {
            column[self.in_batch] = value;
        }
        self.in_batch += 1;
        self.trained += 1;
        if self.in_batch == BATCH {
            self.empty();
        }
    }

    /// Adds the products of the batch to the normal equations.
    #[inline(always)]
    fn empty(&mut self) {
        for i in 0..LANES {
            for j in 0..=i {
                let products = self.batch[i].iter().zip(&self.batch[j]).map(|(a, b)| a * b);
                let sum = i64::from(products.sum::<i32>());
                self.normal[i][j] += sum;
            }
        }
        self.batch.as_flattened_mut()[..].fill(0);
        self.in_batch = 0;
    }
}
