//! Integer frequency tables, and the one quantiser that makes them of a model's weights or logits.
//!
//! Encoder and decoder must hold the same table to the last unit, so everything here is integer arithmetic with stated
//! rounding. Frequencies are dealt out by largest remainders (Hamilton 1792): of what the floors leave over, each symbol gets
//! its share rounded down, and the units still missing go to the largest remainders, lower symbols first. So totals are
//! exact, and a heavier symbol never gets less than a lighter one (one unit less at most where logits or a temperature
//! round two weights to the same number).
//!
//! Temperature `T` raises weights to the power `1/T` and divides logits by `T`. Powers of two of a 16.16 exponent come from
//! two tables of 256 entries of 31 bits, built at compile time from integer square roots.
//!
//! Cost: one division a symbol; 12 bytes of scratch a symbol, kept for the next call.

use super::range::TOTAL_MAX;
use crate::error::{Error, Result};

/// Cumulative frequencies of an alphabet `0..len`.
///
/// A symbol without frequency can be neither encoded nor decoded. The default table is empty and codes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cdf {
    /// `len + 1` entries, from 0 to the total, never falling; or none.
    cum: Vec<u32>,
}

impl Cdf {
    /// A table of these frequencies.
    ///
    /// ```
    /// # use vatic::coder::cdf::Cdf;
    /// let table = Cdf::from_frequencies(&[3, 0, 1])?;
    /// assert_eq!((table.total(), table.interval(2)), (4, Some((3, 4))));
    /// # Ok::<(), vatic::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Misuse`] unless their sum is in `1..=TOTAL_MAX`.
    pub fn from_frequencies(frequencies: &[u32]) -> Result<Cdf> {
        let mut cdf = Cdf::default();
        cdf.set(frequencies.iter().copied())?;
        Ok(cdf)
    }

    fn set(&mut self, frequencies: impl ExactSizeIterator<Item = u32>) -> Result<()> {
        self.cum.clear();
        reserve(&mut self.cum, frequencies.len() + 1)?;
        self.cum.push(0);
        let mut sum = 0u64;
        for frequency in frequencies {
            sum += u64::from(frequency);
            if sum > u64::from(TOTAL_MAX) {
                break;
            }
            self.cum.push(sum as u32);
        }
        if !(1..=u64::from(TOTAL_MAX)).contains(&sum) {
            self.cum.clear();
            return Err(Error::Misuse("the frequencies of a table must add up to 1..=2^24"));
        }
        Ok(())
    }

    /// Number of symbols.
    pub fn len(&self) -> usize {
        self.cum.len().saturating_sub(1)
    }

    /// Whether the table has no symbols.
    pub fn is_empty(&self) -> bool {
        self.cum.is_empty()
    }

    /// The sum of all frequencies; 0 for an empty table.
    #[inline]
    pub fn total(&self) -> u32 {
        self.cum.last().copied().unwrap_or(0)
    }

    /// The part of `0..total` that `symbol` owns, as `(lo, hi)`, if it owns any.
    #[inline]
    pub fn interval(&self, symbol: u32) -> Option<(u32, u32)> {
        let index = symbol as usize;
        let (lo, hi) = (*self.cum.get(index)?, *self.cum.get(index.checked_add(1)?)?);
        (lo < hi).then_some((lo, hi))
    }

    /// The symbol that owns `target`, and its interval; for a target outside `0..total`, an interval without it.
    #[inline]
    pub fn find(&self, target: u32) -> (u32, u32, u32) {
        let above = self.cum.partition_point(|&cum| cum <= target);
        match (above.checked_sub(1), self.cum.get(above)) {
            (Some(symbol), Some(&hi)) => (symbol as u32, self.cum[symbol], hi),
            _ => (0, 0, 0),
        }
    }

    /// The symbol that owns the whole table, if one does. It costs no bits: a caller may skip its coding altogether.
    pub fn certain(&self) -> Option<u32> {
        let (symbol, lo, hi) = self.find(0);
        (lo < hi && hi == self.total()).then_some(symbol)
    }

    /// The cumulative frequencies: 0, then each symbol's upper bound.
    pub fn cumulative(&self) -> &[u32] {
        &self.cum
    }
}

/// Makes frequency tables of weights or logits.
///
/// ```
/// # use vatic::coder::cdf::{Cdf, Quantiser};
/// let mut quantiser = Quantiser::new(1006)?.floor(2);
/// let mut table = Cdf::default();
/// quantiser.weights(&[0, 10, 30], &mut table)?;
/// assert_eq!(table.cumulative(), [0, 2, 254, 1006]);
/// # Ok::<(), vatic::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Quantiser {
    total: u32,
    floor: u32,
    temperature: u32,
    weights: Vec<u32>,
    remainders: Vec<(u64, u32)>,
}

/// [`Quantiser::temperature`] that changes nothing.
pub const TEMPERATURE_ONE: u32 = 256;

/// Logits of [`Quantiser::logits`] per natural logarithm.
pub const LOGIT_ONE: i32 = 1 << 16;

/// 65536 / ln 2, rounded.
const LOG2_E: i64 = 94_548;

impl Quantiser {
    /// Tables that add up to `total`, every symbol at least 1, at temperature one.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] unless `total` is in `1..=TOTAL_MAX`.
    pub fn new(total: u32) -> Result<Self> {
        if !(1..=TOTAL_MAX).contains(&total) {
            return Err(Error::InvalidOption(format!("total {total} of a frequency table is outside 1..={TOTAL_MAX}")));
        }
        Ok(Quantiser { total, floor: 1, temperature: TEMPERATURE_ONE, weights: Vec::new(), remainders: Vec::new() })
    }

    /// The least frequency of any symbol. With 0, symbols that are too light get none and cannot be coded.
    #[must_use]
    pub fn floor(self, floor: u32) -> Self {
        Quantiser { floor, ..self }
    }

    /// Flattens (above) or sharpens (below [`TEMPERATURE_ONE`]) the distribution; in 1/256. 0 is taken as 1/256.
    #[must_use]
    pub fn temperature(self, temperature: u32) -> Self {
        Quantiser { temperature: temperature.max(1), ..self }
    }

    /// Frequencies in proportion to `weights`; all alike if every weight is 0. At other temperatures than one, a weight of 0
    /// keeps a share of nothing but its floor.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] if there are no symbols, or more than the total can give their floors;
    /// [`Error::OutOfMemory`].
    pub fn weights(&mut self, weights: &[u32], out: &mut Cdf) -> Result<()> {
        self.prepare(weights.len())?;
        if self.temperature == TEMPERATURE_ONE {
            self.weights.extend_from_slice(weights);
        } else {
            let top = i64::from(log2(weights.iter().copied().max().unwrap_or(0).max(1)));
            let temperature = i64::from(self.temperature);
            self.weights.extend(weights.iter().map(|&weight| match weight {
                0 => 0,
                _ => exp2((i64::from(log2(weight)) - top) * i64::from(TEMPERATURE_ONE) / temperature),
            }));
        }
        self.deal(out)
    }

    /// Frequencies in proportion to the exponential of `logits`, which are in 1/65536 ([`LOGIT_ONE`]). Only differences count;
    /// a symbol 22 or more below the largest gets its floor.
    ///
    /// # Errors
    /// Those of [`weights`](Self::weights).
    pub fn logits(&mut self, logits: &[i32], out: &mut Cdf) -> Result<()> {
        self.prepare(logits.len())?;
        let top = i64::from(logits.iter().copied().max().unwrap_or(0));
        let divisor = i64::from(self.temperature) << 16;
        // |difference| < 2^32, LOG2_E < 2^17, 256 = 2^8: the product stays under 2^57.
        let scale = LOG2_E * i64::from(TEMPERATURE_ONE);
        self.weights.extend(logits.iter().map(|&logit| exp2((i64::from(logit) - top) * scale / divisor)));
        self.deal(out)
    }

    /// Checks that `len` symbols fit, and makes room for them.
    fn prepare(&mut self, len: usize) -> Result<()> {
        let least = (len as u64).saturating_mul(u64::from(self.floor));
        if len == 0 || least > u64::from(self.total) || len > TOTAL_MAX as usize {
            return Err(Error::InvalidOption(format!(
                "{len} symbols with floor {} do not fit a frequency table of total {}",
                self.floor, self.total
            )));
        }
        self.weights.clear();
        self.remainders.clear();
        reserve(&mut self.weights, len)?;
        reserve(&mut self.remainders, len)
    }

    /// Turns `self.weights` into frequencies.
    fn deal(&mut self, out: &mut Cdf) -> Result<()> {
        let len = self.weights.len();
        let mut sum: u64 = self.weights.iter().map(|&weight| u64::from(weight)).sum();
        if sum == 0 {
            self.weights.fill(1);
            sum = len as u64;
        }
        // `prepare` has checked that the floors fit, so this is 0 or more.
        let spare = u64::from(self.total) - len as u64 * u64::from(self.floor);
        let mut left = spare;
        for (symbol, weight) in (0u32..).zip(&mut self.weights) {
            // 2^32 * 2^24 fits 64 bits.
            let product = u64::from(*weight) * spare;
            let share = product / sum;
            left -= share;
            self.remainders.push((product % sum, symbol));
            *weight = share as u32 + self.floor;
        }
        // The shares lost less than one unit each, so fewer units are left than there are symbols.
        let left = left as usize;
        if left > 0 {
            let order = |a: &(u64, u32), b: &(u64, u32)| b.0.cmp(&a.0).then(a.1.cmp(&b.1));
            self.remainders.select_nth_unstable_by(left - 1, order);
            for &(_, symbol) in &self.remainders[..left] {
                self.weights[symbol as usize] += 1;
            }
        }
        out.set(self.weights.iter().copied())
    }
}

fn reserve<T>(vec: &mut Vec<T>, len: usize) -> Result<()> {
    vec.try_reserve(len).map_err(|_| Error::OutOfMemory { bytes: (len as u64).saturating_mul(size_of::<T>() as u64) })
}

/// `2^31 * 2^(-i / 2^(root + 8))` for i in 0..256, as products of the roots 2^(-1/2), 2^(-1/4), ... from `root` on.
const fn powers(root: usize) -> [u64; 256] {
    // Each root is the integer square root of the one before it.
    let mut roots = [0u64; 16];
    let mut last = 1u64 << 30;
    let mut k = 0;
    while k < 16 {
        last = (last << 31).isqrt();
        roots[k] = last;
        k += 1;
    }
    let mut table = [1u64 << 31; 256];
    let mut i = 0;
    while i < 256 {
        let mut bit = 0;
        while bit < 8 {
            if i >> (7 - bit) & 1 == 1 {
                table[i] = (table[i] * roots[root + bit]) >> 31;
            }
            bit += 1;
        }
        i += 1;
    }
    table
}

static COARSE: [u64; 256] = powers(0);
static FINE: [u64; 256] = powers(8);

/// `2^32 * 2^(exponent / 65536)` rounded down and cut to 32 bits, for exponents of 0 and less.
fn exp2(exponent: i64) -> u32 {
    let down = exponent.unsigned_abs();
    let shift = down >> 16;
    if shift >= 32 {
        return 0;
    }
    let fraction = (COARSE[(down >> 8 & 255) as usize] * FINE[(down & 255) as usize]) >> 30;
    (fraction >> shift).min(u64::from(u32::MAX)) as u32
}

/// `65536 * log2(value)`, rounded down, for values of 1 and more: the fraction bit by bit, each a squaring.
fn log2(value: u32) -> u32 {
    let whole = value.ilog2();
    let mut mantissa = u64::from(value) << (31 - whole);
    let mut result = whole;
    for _ in 0..16 {
        mantissa = (mantissa * mantissa) >> 31;
        let bit = (mantissa >> 32) as u32;
        mantissa >>= bit;
        result = result << 1 | bit;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frequencies(table: &Cdf) -> Vec<u32> {
        table.cumulative().windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// A heavier symbol gets no less than a lighter one, but for `slack` units.
    fn is_monotone<T: Ord>(inputs: &[T], table: &Cdf, slack: u32) -> bool {
        let mut pairs: Vec<_> = inputs.iter().zip(frequencies(table)).collect();
        pairs.sort();
        pairs.windows(2).all(|two| two[0].0 == two[1].0 || two[0].1 <= two[1].1 + slack)
    }

    proptest! {
        #[test]
        fn tables_are_exact_floored_and_monotone(
            weights in prop::collection::vec(prop_oneof![Just(0u32), 0u32..100, any::<u32>()], 1..300),
            floor in 0u32..5,
            total in prop_oneof![1500u32..5000, Just(1 << 16), Just(TOTAL_MAX)],
            temperature in prop_oneof![Just(TEMPERATURE_ONE), 0u32..2000, any::<u32>()],
        ) {
            let mut quantiser = Quantiser::new(total).unwrap().floor(floor).temperature(temperature);
            let mut table = Cdf::default();
            quantiser.weights(&weights, &mut table).unwrap();
            prop_assert_eq!(table.total(), total);
            prop_assert!(frequencies(&table).iter().all(|&f| f >= floor));
            prop_assert!(is_monotone(&weights, &table, u32::from(temperature != TEMPERATURE_ONE)));

            let logits: Vec<i32> = weights.iter().map(|&w| w as i32).collect();
            quantiser.logits(&logits, &mut table).unwrap();
            prop_assert_eq!(table.total(), total);
            prop_assert!(frequencies(&table).iter().all(|&f| f >= floor));
            prop_assert!(is_monotone(&logits, &table, 1));
        }

        #[test]
        fn logarithms_undo_powers(down in 0u32..(16 << 16)) {
            let back = (32 << 16) - log2(exp2(-i64::from(down)));
            prop_assert!(back.abs_diff(down) <= 4, "{} came back as {}", down, back);
        }
    }

    #[test]
    fn powers_of_two_are_exact() {
        for k in 1..32 {
            assert_eq!(log2(1 << k), k << 16);
            assert_eq!(exp2(-i64::from(k << 16)), 1 << (32 - k));
        }
        assert_eq!(exp2(0), u32::MAX);
        assert_eq!(exp2(i64::MIN), 0);
    }

    #[test]
    fn logits_follow_the_softmax() {
        let mut table = Cdf::default();
        Quantiser::new(1 << 20).unwrap().logits(&[0, LOGIT_ONE, -LOGIT_ONE, 2 * LOGIT_ONE], &mut table).unwrap();
        assert_eq!(frequencies(&table), [91_379, 248_390, 33_617, 675_190]);
        let mut cold = Cdf::default();
        let mut quantiser = Quantiser::new(1 << 20).unwrap().temperature(TEMPERATURE_ONE / 2);
        quantiser.logits(&[0, LOGIT_ONE / 2, -LOGIT_ONE / 2, LOGIT_ONE], &mut cold).unwrap();
        assert_eq!(cold, table);
    }

    #[test]
    fn temperature_takes_roots_of_weights() {
        let mut table = Cdf::default();
        let mut quantiser = Quantiser::new(1 << 16).unwrap().floor(0).temperature(2 * TEMPERATURE_ONE);
        quantiser.weights(&[1, 0, 4, 25], &mut table).unwrap();
        assert_eq!(frequencies(&table), [8192, 0, 16384, 40960]);
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let mut table = Cdf::default();
        assert!(matches!(Quantiser::new(0), Err(Error::InvalidOption(_))));
        assert!(matches!(Quantiser::new(TOTAL_MAX + 1), Err(Error::InvalidOption(_))));
        assert!(Quantiser::new(10).unwrap().weights(&[], &mut table).is_err());
        assert!(Quantiser::new(10).unwrap().weights(&[1; 11], &mut table).is_err());
        assert!(Quantiser::new(10).unwrap().floor(u32::MAX).weights(&[1; 2], &mut table).is_err());
        assert!(Cdf::from_frequencies(&[]).is_err());
        assert!(Cdf::from_frequencies(&[0, 0]).is_err());
        assert!(Cdf::from_frequencies(&[u32::MAX; 3]).is_err());
    }

    #[test]
    fn equal_weights_share_evenly() {
        let mut table = Cdf::default();
        Quantiser::new(10).unwrap().weights(&[0; 4], &mut table).unwrap();
        assert_eq!(frequencies(&table), [3, 3, 2, 2]);
        Quantiser::new(4).unwrap().logits(&[i32::MIN, i32::MAX, 0, 0], &mut table).unwrap();
        assert_eq!(frequencies(&table), [1, 1, 1, 1]);
    }
}
