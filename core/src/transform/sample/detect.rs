//! Finding the geometry of samples and images from the bytes alone.
//!
//! A few windows of the data are read as samples of every width, byte order and channel count. What a simple
//! prediction would cost - the entropy of the bit length of the residual plus the bits below the leading one - is
//! compared with the order-0 entropy of the bytes: texts, programs, random and compressed data cost more as numbers than
//! as bytes. Rows then show as the distance at which samples differ least, and must make the prediction cheaper.
//!
//! Cost: 28 readings of at most 16 KiB, about a millisecond; for data that are samples, 2-5 ms more for the rows. Text is
//! told by its bytes at once.

use super::Geometry;

/// Shortest data worth a look, in bytes.
const MIN_LEN: usize = 2048;
/// Windows, spread evenly, and most bytes of each.
const WINDOWS: usize = 8;
const WINDOW: usize = 2048;
/// Samples of 8 and 16 bits, and wider ones, must cost less than this share of the bytes' entropy, of 100. A wider one has
/// more ways to look like numbers by chance: at 91, tables of addresses in programs pass.
const MAX_SHARE: [u64; 2] = [91, 82];
/// Channels must make samples cost at most this share, of 100.
const GAIN: u64 = 97;
/// Longest row looked for, in samples.
const MAX_LAG: usize = 1 << 15;
/// Places where rows are looked for, and samples compared at each.
const ANCHORS: usize = 6;
const RUN: usize = 64;

/// The geometry under which `bytes` look like samples, or `None` where they do not.
pub fn detect(bytes: &[u8]) -> Option<Geometry> {
    if bytes.len() < MIN_LEN {
        return None;
    }
    let windows = windows(bytes);
    if is_text(&windows) {
        return None;
    }
    let weighted = |g: &Geometry| series_cost(&windows, g) * if g.channels > 1 { 100 } else { GAIN };
    let mut geometry = candidates().min_by_key(weighted)?;
    let cost = series_cost(&windows, &geometry);
    if cost * 100 >= byte_cost(&windows, geometry.width()) * MAX_SHARE[usize::from(geometry.width_log2 > 1)] {
        return None;
    }
    geometry.row = find_row(bytes, &geometry).filter(|&row| row_pays(bytes, &geometry, row)).unwrap_or(0);
    geometry.signed = is_signed(&windows, &geometry);
    Some(geometry)
}

/// Equal parts of the data, at offsets that are multiples of 8.
fn windows(bytes: &[u8]) -> Vec<&[u8]> {
    let len = (bytes.len() / (3 * WINDOWS)).clamp(MIN_LEN / WINDOWS, WINDOW) & !7;
    let step = ((bytes.len() - len) / (WINDOWS - 1)) & !7;
    (0..WINDOWS).map(|i| &bytes[i * step..][..len]).collect()
}

/// Whether nearly all bytes are printable ASCII or white space.
fn is_text(windows: &[&[u8]]) -> bool {
    let bytes = || windows.iter().copied().flatten();
    let plain = bytes().filter(|&&byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~')).count();
    plain * 100 > bytes().count() * 97
}

/// Width, byte order, phase and channel counts to try. All unsigned and without rows.
fn candidates() -> impl Iterator<Item = Geometry> {
    type Layout = (u8, bool, usize, &'static [usize]);
    const LAYOUTS: [Layout; 7] = [
        (0, false, 0, &[1, 2, 3, 4]),
        (1, false, 0, &[1, 2, 3, 4, 6, 8]),
        (1, true, 0, &[1, 2, 3, 4]),
        (1, false, 1, &[1, 2]),
        (1, true, 1, &[1, 2]),
        (2, false, 0, &[1, 2, 3, 4, 6, 8]),
        (3, false, 0, &[1, 2, 3, 4]),
    ];
    LAYOUTS.into_iter().flat_map(|(width_log2, big_endian, phase, channels)| {
        let of = move |&channels: &usize| Geometry { width_log2, big_endian, signed: false, channels, phase, row: 0 };
        channels.iter().map(of)
    })
}

/// What the windows cost as samples predicted from the one or the two before, in bits a byte of 65536.
fn series_cost(windows: &[&[u8]], geometry: &Geometry) -> u64 {
    let mut tallies = [Tally::new(), Tally::new()];
    for window in windows {
        let samples: Vec<u64> = geometry.samples(window).collect();
        let c = geometry.channels;
        for i in 2 * c..samples.len() {
            let step = samples[i].wrapping_sub(samples[i - c]);
            let before = samples[i - c].wrapping_sub(samples[i - 2 * c]);
            tallies[0].add(step, geometry);
            tallies[1].add(step.wrapping_sub(before), geometry);
        }
    }
    tallies[0].bits().min(tallies[1].bits()) / geometry.width() as u64
}

/// Whether the sample `row` samples before makes others cheaper than the left one alone does: as a mean with it, or as
/// the corner of a plane. The bar is low: noise can leave a row a gain of one in a hundred in this, and far more in the
/// contexts that it gives.
fn row_pays(bytes: &[u8], geometry: &Geometry, row: usize) -> bool {
    let c = geometry.channels;
    let mut tallies = [const { Tally::new() }; 5];
    for samples in stretches(bytes, geometry, row + c, 2048) {
        for i in row + c..samples.len() {
            let (left, up, corner) = (samples[i - c], samples[i - row], samples[i - row - c]);
            let halfway = |from: u64, to: u64| from.wrapping_add(((to.wrapping_sub(from) as i64) >> 1) as u64);
            let plane = left.wrapping_add(up).wrapping_sub(corner);
            let mean = halfway(left, up);
            let line = left.wrapping_mul(2).wrapping_sub(samples[i - 2 * c]);
            for (tally, prediction) in tallies.iter_mut().zip([left, line, mean, plane, halfway(mean, plane)]) {
                tally.add(samples[i].wrapping_sub(prediction), geometry);
            }
        }
    }
    let [left, line, mean, plane, between] = tallies.map(|tally| tally.bits());
    mean.min(plane).min(between) * 1000 < left.min(line) * 997
}

/// The order-0 entropy of the bytes of the windows, each place in a word of `width` bytes by itself, in bits a byte of
/// 65536.
fn byte_cost(windows: &[&[u8]], width: usize) -> u64 {
    let mut counts = vec![[0u32; 256]; width];
    for window in windows {
        for (i, &byte) in window.iter().enumerate() {
            counts[i % width][usize::from(byte)] += 1;
        }
    }
    counts.iter().map(|counts| entropy(counts)).sum::<u64>() / width as u64
}

/// Whether samples crowd at both ends of the unsigned range, as small numbers of both signs do.
fn is_signed(windows: &[&[u8]], geometry: &Geometry) -> bool {
    let mut quarters = [0usize; 4];
    let top = 8 * geometry.width() as u32 - 2;
    for window in windows {
        geometry.samples(window).for_each(|sample| quarters[(sample >> top & 3) as usize] += 1);
    }
    let [low, middle, upper, high] = quarters;
    4 * (middle + upper) < low.min(high) * 2 + low.max(high) / 4 && low.min(high) * 20 > low.max(high)
}

/// Stretches of `history + len` samples each, from [`ANCHORS`] places.
fn stretches(bytes: &[u8], geometry: &Geometry, history: usize, len: usize) -> Vec<Vec<u64>> {
    let size = (history + len) << geometry.width_log2;
    let mask = !(geometry.width() - 1);
    let room = bytes.len().saturating_sub(geometry.phase + size);
    let place = |i: usize| (geometry.phase + ((room * i / (ANCHORS - 1)) & mask)).min(bytes.len());
    let at_zero = Geometry { phase: 0, ..*geometry };
    (0..ANCHORS).map(|i| at_zero.samples(&bytes[place(i)..][..size.min(bytes.len() - place(i))]).collect()).collect()
}

/// The distance at which samples differ least, if they differ much less than at other distances.
fn find_row(bytes: &[u8], geometry: &Geometry) -> Option<usize> {
    let count = geometry.split(bytes.len()).samples;
    let lags = MAX_LAG.min(count / 12);
    let first = 8 * geometry.channels;
    if lags <= 2 * first {
        return None;
    }
    // Differences are compared as i32, of the upper bits of wide samples.
    let shift = (8 * geometry.width() as u32).saturating_sub(24);
    let mut sums = vec![0u64; lags];
    for samples in stretches(bytes, geometry, lags, RUN) {
        let samples: Vec<i32> = samples.iter().map(|&sample| (sample >> shift) as i32).collect();
        let Some(run) = samples.get(lags..lags + RUN) else { continue };
        for (lag, sum) in sums.iter_mut().enumerate().skip(first) {
            let before = &samples[lags - lag..][..RUN];
            *sum += run.iter().zip(before).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
        }
    }
    let mean = sums[first..].iter().sum::<u64>() / (lags - first) as u64;
    let least = sums[first..].iter().min().copied()?;
    if least * 100 > mean * 85 {
        return None;
    }
    // Near samples differ little, and so do those some rows up. The row is the first distance about as good as the best
    // behind a distance that is not, and of those next to it the best.
    let apart = (first..lags).find(|&lag| sums[lag] > (least + mean) / 2)?;
    let rough = (apart..lags).find(|&lag| sums[lag] * 100 <= least * 112 + 100)?;
    (rough..(rough + 4).min(lags)).min_by_key(|&lag| sums[lag])
}

/// Residuals by bit length.
struct Tally {
    lengths: [u32; 65],
    extra: u64,
    count: u64,
}

impl Tally {
    const fn new() -> Self {
        Tally { lengths: [0; 65], extra: 0, count: 0 }
    }

    /// Adds a difference of samples, which counts modulo the samples' width.
    fn add(&mut self, difference: u64, geometry: &Geometry) {
        let spare = 64 - 8 * geometry.width() as u32;
        let signed = ((difference << spare) as i64) >> spare;
        let zigzag = (signed << 1 ^ signed >> 63) as u64;
        let length = 64 - zigzag.leading_zeros();
        self.lengths[length as usize] += 1;
        self.extra += u64::from(length.saturating_sub(1));
        self.count += 1;
    }

    /// Bits a residual, of 65536.
    fn bits(&self) -> u64 {
        let extra = (self.extra << 16).checked_div(self.count);
        extra.map_or(u64::MAX >> 32, |extra| entropy(&self.lengths) + extra)
    }
}

/// The entropy of a histogram in bits a symbol, of 65536.
fn entropy(counts: &[u32]) -> u64 {
    let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
    if total == 0 {
        return 0;
    }
    let each = |&count: &u32| u64::from(count) * log2(u64::from(count.max(1)));
    log2(total) - counts.iter().map(each).sum::<u64>() / total
}

/// The binary logarithm of a number over 0, of 65536: sixteen squarings of the mantissa, a bit each.
fn log2(value: u64) -> u64 {
    let whole = u64::from(value.ilog2());
    let mut mantissa = if whole > 31 { value >> (whole - 31) } else { value << (31 - whole) };
    let mut log = whole;
    for _ in 0..16 {
        mantissa = (mantissa * mantissa) >> 31;
        let carry = mantissa >> 32;
        mantissa >>= carry;
        log = log << 1 | carry;
    }
    log
}
