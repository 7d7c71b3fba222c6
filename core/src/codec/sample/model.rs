//! The model of a sample: prediction, expected error, contexts; then the residual is coded and all of it learns.

use super::linear::{FEATURES, Feature, Linear};
use super::residual::{CONTEXTS, ROWS, Residual, boxed};
use super::window::{FRACTION, Window};
use crate::coder::binary::BitCoder;
use crate::error::{Error, Result, try_zeroed};
use crate::transform::sample::Geometry;

/// Levels of a sample's expected value, for contexts.
const LEVELS: usize = 64;
/// Steps of [`log_steps`] kept of an activity.
const ACTIVITIES: usize = 256;
/// Visits after which an entry of the scale table adapts no slower.
const SCALE_LIMIT: u32 = 250;

/// What the encoder measured and the decoder must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Lowest common sample.
    low: u64,
    /// Samples less `low`, shifted right by this, are mostly under [`LEVELS`].
    level_shift: u8,
}

impl Header {
    /// Measures a block with at least one sample.
    pub(super) fn measure(geometry: &Geometry, block: &[u8]) -> Self {
        let count = geometry.split(block.len()).samples;
        let step = (count / 4096).max(1);
        let mut sorted: Vec<u64> = geometry.samples(block).step_by(step).collect();
        sorted.sort_unstable();
        let at = |percent: usize| sorted.get(sorted.len() * percent / 100).copied().unwrap_or(0);
        let low = at(1);
        let bits = 64 - (at(98) - low).leading_zeros();
        Header { low, level_shift: bits.saturating_sub(LEVELS.ilog2()) as u8 }
    }

    /// Appends the header: `low` in as many bytes as a sample has, little-endian, then the shift.
    pub(super) fn write(&self, geometry: &Geometry, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.low.to_le_bytes()[..geometry.width()]);
        out.push(self.level_shift);
    }

    /// Reads a header; returns what follows it as well.
    ///
    /// # Errors
    /// [`Error::Truncated`], or [`Error::Corrupt`] for a shift over 63.
    pub(super) fn read<'a>(geometry: &Geometry, bytes: &'a [u8]) -> Result<(Self, &'a [u8])> {
        let truncated = || Error::truncated("header of a sample block");
        let (low, rest) = bytes.split_at_checked(geometry.width()).ok_or_else(truncated)?;
        let (&level_shift, rest) = rest.split_first().ok_or_else(truncated)?;
        let mut word = [0; 8];
        word[..low.len()].copy_from_slice(low);
        if level_shift > 63 {
            return Err(Error::corrupt("level shift of a sample block over 63"));
        }
        Ok((Header { low: u64::from_le_bytes(word), level_shift }, rest))
    }
}

/// The expected magnitude of errors in one context.
#[derive(Clone, Copy, Debug, Default)]
struct Scale {
    /// Mean with [`FRACTION`] + 4 fraction bits.
    mean: i64,
    /// Samples seen, at most [`SCALE_LIMIT`].
    visits: u32,
    /// [`log_steps`] of the mean, eight to the octave.
    fine: u32,
}

/// All adaptive state of a block.
#[derive(Debug)]
pub(super) struct Model {
    window: Window,
    linear: Vec<Linear>,
    /// For each sample of the line: the part of its prediction, and of its activity, that earlier lines give.
    ahead: Vec<i64>,
    above: Vec<i64>,
    /// For each sample coded of the line, the magnitude of error that was expected.
    expected: Vec<i64>,
    scales: Box<[Scale; LEVELS * ACTIVITIES]>,
    residual: Residual,
    header: Header,
    channels: usize,
    row: usize,
    /// Samples coded at a time: a row, or a stretch of a series.
    line: usize,
    /// Bits of an i64 that samples do not use.
    spare: u32,
}

impl Model {
    pub(super) fn new(geometry: &Geometry, header: Header, samples: usize) -> Result<Self> {
        let channels = geometry.channels;
        let row = effective_row(geometry, samples);
        let line = if row > 0 { row } else { SERIES_LINE * channels };
        let every = if samples > 1 << 18 { 11 } else { 1 };
        let linear = (0..channels).map(|channel| predictor(channels, row, channel, every)).collect();
        Ok(Model {
            window: Window::new(3 * row + 8 * channels + 32, line)?,
            linear,
            ahead: try_zeroed(line)?,
            above: try_zeroed(line)?,
            expected: try_zeroed(line)?,
            scales: boxed(Scale::default())?,
            residual: Residual::new()?,
            header,
            channels,
            row,
            line,
            spare: 64 - 8 * geometry.width() as u32,
        })
    }

    /// Samples of a line; all lines but the last are given whole to [`Model::code`].
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// Codes the next line. An encoder gives its samples, a decoder gets them.
    #[inline(always)]
    pub(super) fn code<C: BitCoder>(&mut self, coder: &mut C, line: &mut [u64]) {
        let c = self.channels;
        for (channel, linear) in self.linear.iter().enumerate() {
            linear.look_ahead(&self.window, channel, c, &mut self.ahead[..line.len()]);
        }
        if self.row > 0 {
            self.look_above(line.len());
        }
        self.code_line(coder, line);
        for (channel, linear) in self.linear.iter_mut().enumerate() {
            linear.learn(&self.window, channel, c, &self.expected[..line.len()]);
        }
        self.window.advance(line.len());
    }

    /// Sums up the activity that the row above shows around each sample of a line of `len`.
    #[inline(always)]
    fn look_above(&mut self, len: usize) {
        let (c, n) = (self.channels, self.window.start() - self.row);
        let errors = &self.window.errors;
        let means = &self.window.means;
        let (e_n, e_ne, e_nw) = (&errors[n..][..len], &errors[n + c..][..len], &errors[n - c..][..len]);
        let (m_n, m_ne, m_nw) = (&means[n..][..len], &means[n + c..][..len], &means[n - c..][..len]);
        for (x, sum) in self.above[..len].iter_mut().enumerate() {
            let near = 2 * e_n[x].abs() + 2 * e_ne[x].abs() + e_nw[x].abs();
            *sum = near + 4 * m_n[x] + m_ne[x] + m_nw[x];
        }
    }

    #[inline(always)]
    fn code_line<C: BitCoder>(&mut self, coder: &mut C, line: &mut [u64]) {
        let (c, r) = (self.channels, self.row);
        let len = line.len();
        let start = self.window.start();
        // Slices in place of vectors, so that their addresses need no reloading behind every store.
        let samples = &mut self.window.samples[..];
        let errors = &mut self.window.errors[..samples.len()];
        let means = &mut self.window.means[..samples.len()];
        let (ahead, above) = (&self.ahead[..len], &self.above[..len]);
        let expectations = &mut self.expected[..len];
        let (scales, residual, linear) = (&mut self.scales, &mut self.residual, &self.linear[..]);
        let (low, level_shift, spare) = (self.header.low as i64, self.header.level_shift, self.spare);

        let mut channel = 0;
        for (x, place) in line.iter_mut().enumerate() {
            let index = start + x;
            let prediction = linear[channel].predict(samples, index, ahead[x]);

            let (e_w, e_ww) = (errors[index - c], errors[index - 2 * c]);
            let (w, ww) = (samples[index - c], samples[index - 2 * c]);
            let (e_n, e_nw, e_ne, above, mean, other) = if r > 0 {
                let (n, nw) = (samples[index - r], samples[index - r - c]);
                let other = w.wrapping_add(n).wrapping_sub(nw).clamp(w.min(n), w.max(n));
                let e_n = errors[index - r];
                (e_n, errors[index - r - c], errors[index - r + c], above[x], means[index - r], other)
            } else {
                let (e_3, e_4, mean) = (errors[index - 3 * c], errors[index - 4 * c], means[index - c]);
                let above = 2 * e_ww.abs() + e_3.abs() + e_4.abs() + 7 * mean;
                (e_ww, e_3, e_4, above, mean, w.wrapping_mul(2).wrapping_sub(ww))
            };

            let activity = (3 * e_w.abs() + 2 * e_ww.abs() + above) >> 4;
            let steps = log_steps(activity, 2);
            let level =
                ((prediction >> FRACTION).wrapping_sub(low) >> level_shift).clamp(0, LEVELS as i64 - 1) as usize;
            let scale = &mut scales[(level * ACTIVITIES + steps) % (LEVELS * ACTIVITIES)];
            if scale.visits == 0 {
                *scale = Scale { mean: activity << 4, visits: 0, fine: log_steps(activity, 3) as u32 };
            }
            let (expected, fine) = (scale.mean >> 4, scale.fine as usize);
            let shift = (scale.fine >> 3).saturating_sub(SHIFT_LESS);

            let quarter = fine >> 1 & 3;
            let centre = prediction.wrapping_add(1 << (FRACTION - 1)) >> FRACTION;
            let last = if shift == 0 {
                // Small numbers, as in masks and dark backgrounds, are contexts themselves.
                let small = |value: i64| value.wrapping_sub(low).clamp(0, 15) as usize;
                64 + small(w) + 16 * small(if r > 0 { samples[index - r] } else { ww }) + 256 * small(centre)
            } else {
                channel + 8 * grade(e_ww, expected)
            };
            let contexts: [usize; CONTEXTS] = [
                fine * 4 + (prediction >> 2 & 3) as usize,
                LEVEL_ROWS + level * 4 + quarter,
                STEP_ROWS + steps * 4 + quarter,
                NEAR_ROWS + grade(e_w, expected) + 7 * grade(e_n, expected) + 49 * grade(e_ne, expected),
                OTHER_ROWS + grade((other << FRACTION).wrapping_sub(prediction), expected) + 7 * grade(e_nw, expected),
                LAST_ROWS + last,
            ];

            let e = ((*place as i64).wrapping_sub(centre) << spare) >> spare;
            let e = residual.code(coder, contexts, shift, e);
            *place = ((centre.wrapping_add(e) as u64) << spare) >> spare;

            let value = *place as i64;
            let error = (value << FRACTION).wrapping_sub(prediction).clamp(-ERROR_LIMIT, ERROR_LIMIT);
            let size = error.abs();
            scale.mean += (((size << 4) - scale.mean) * RECIPROCALS[scale.visits as usize & 255]) >> 16;
            scale.visits = (scale.visits + 1).min(SCALE_LIMIT);
            scale.fine = log_steps(scale.mean >> 4, 3) as u32;
            expectations[x] = expected;
            samples[index] = value;
            errors[index] = error;
            means[index] = mean + ((size - mean) >> 2);
            channel = if channel + 1 == c { 0 } else { channel + 1 };
        }
    }
}

/// First rows of the tables behind the first: by level, by activity, by errors near, by the other prediction, and the last.
const LEVEL_ROWS: usize = 2048;
const STEP_ROWS: usize = LEVEL_ROWS + 4 * LEVELS;
const NEAR_ROWS: usize = STEP_ROWS + 4 * ACTIVITIES;
const OTHER_ROWS: usize = NEAR_ROWS + 7 * 7 * 7;
const LAST_ROWS: usize = OTHER_ROWS + 7 * 7;
const _: () = assert!(LAST_ROWS + 64 + 4096 <= ROWS);

/// Octaves between the expected magnitude (fraction bits included) and the unit of buckets.
const SHIFT_LESS: u32 = 2;
const ERROR_LIMIT: i64 = 1 << 40;
const SERIES_LINE: usize = 1024;
const FADE: u32 = 4;

/// 65536 / (visits + 2).
const RECIPROCALS: [i64; 256] = {
    let mut table = [0; 256];
    let mut visits = 0;
    while visits < 256 {
        table[visits] = 65536 / (visits as i64 + 2);
        visits += 1;
    }
    table
};

/// A logarithm with `2^bits` steps to the octave, under 64 * 2^bits.
#[inline(always)]
fn log_steps(value: i64, bits: u32) -> usize {
    let value = (value as u64).saturating_add(1 << bits);
    let top = 63 - value.leading_zeros();
    (((top - bits) as usize) << bits) + (value >> (top - bits)) as usize - (1 << bits)
}

/// A signed error as one of seven grades relative to the expected magnitude, 3 being small.
#[inline(always)]
fn grade(error: i64, expected: i64) -> usize {
    let size = error.saturating_abs();
    let grade = (size > expected >> 1) as i64 + (size > expected) as i64 + (size > 2 * expected) as i64;
    (3 + ((grade ^ (error >> 63)) - (error >> 63))) as usize
}

/// The row length that the model uses: none where rows are too short to have neighbours, or there is but one.
fn effective_row(geometry: &Geometry, samples: usize) -> usize {
    if geometry.row >= 8 * geometry.channels && geometry.row < samples { geometry.row } else { 0 }
}

fn predictor(c: usize, r: usize, channel: usize, every: usize) -> Linear {
    if r == 0 {
        let to = |plus| Feature { plus, minus: if plus % c == 0 { c } else { plus + c } };
        let features: Vec<_> = (1..=FEATURES + 1).filter(|&o| o != c).map(to).collect();
        return Linear::new(c, &features, &[], 0, every, FADE);
    }
    let mut current =
        vec![Feature { plus: r, minus: c }, Feature { plus: 2 * c, minus: c }, Feature { plus: 3 * c, minus: c }];
    for d in 1..=channel.min(2) {
        current.extend([d, d + r].map(|plus| Feature { plus, minus: d + c }));
    }
    let mut above = Vec::new();
    if r > 4 * c {
        let near = [r + c, r - c, 2 * r, 2 * r - c, r - 2 * c, r + 2 * c, 2 * r + c];
        above.extend(near.map(|plus| Feature { plus, minus: r }));
    }
    Linear::new(c, &current, &above, 1 << 15, every, FADE)
}
