//! Attention over a window: one key and one value for all heads, tokens in order.
//!
//! A head keeps the largest score so far `m`, a sum of weights `S` and 64 sums of weighted values. When a score exceeds `m`, both sums are scaled down with
//! rounding, so the result depends on where in the sequence the maximum rose: that order is kept. Between two rises, though, `m` stands
//! still, weights do not depend on each other, and sums of integers - also those that wrap at 32 bits - may be added in any order. Thus the
//! window is cut where the maximum rises (seven times or so in a thousand tokens), and each stretch is one matrix product.
//!
//! Cost: two products of 64 for each head and token of the window, one for scores and one for each byte of a weight, and an exponential.

use crate::error::{Result, try_zeroed};
use crate::kernels::exponential::{Exponential, Slope};
use crate::kernels::int8::{Matrix, PANEL, QUAD, Sums, Values};
use crate::kernels::{Isa, Job, dispatch};
use crate::neural::HEAD;
use crate::neural::arith::{clamp8, rne, rne64};

/// The coefficient of scores in the exponential: `log2(e) / 64 * 2^24`, in 1/256 octaves.
const SCORES: Slope = Slope::new(378_194);
/// The weight of a token at the maximum.
const ONE: u64 = 65_535;

/// How attention's sums of weighted values are kept: results differ where they leave 32 bits, which takes some 260 tokens at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accumulator {
    /// 32 bits, wrapping.
    Wrap32,
    /// 64 bits.
    Wide64,
}

impl Accumulator {
    /// What the sum becomes.
    #[inline(always)]
    fn keep(self, sum: i64) -> i64 {
        match self {
            Accumulator::Wrap32 => i64::from(sum as i32),
            Accumulator::Wide64 => sum,
        }
    }
}

/// Keys and values of a layer, those of the tokens in the window.
pub(super) struct Past {
    pub(super) keys: Matrix,
    pub(super) values: Values,
}

/// Working memory for one token.
pub(super) struct Workspace {
    /// Of each head, for each token of the window; rounded up to whole panels.
    scores: Vec<i32>,
    sums: Vec<Sums>,
    low: Vec<u8>,
    high: Vec<u8>,
}

impl Workspace {
    pub(super) fn new(heads: usize, context: usize) -> Result<Workspace> {
        let context = context.next_multiple_of(PANEL);
        Ok(Workspace {
            scores: try_zeroed(heads * context)?,
            sums: crate::error::try_filled(heads, [0; PANEL])?,
            low: try_zeroed(context + QUAD)?,
            high: try_zeroed(context + QUAD)?,
        })
    }
}

/// Attention of the heads of one token to the first `len` tokens of the window.
pub(super) struct Attention<'a> {
    /// The rotated queries, one head after the other.
    pub(super) queries: &'a [i8],
    pub(super) past: &'a Past,
    pub(super) len: usize,
    pub(super) score_mult: &'a [i32],
    pub(super) sink_key: Option<&'a [i8; HEAD]>,
    pub(super) exponential: &'a Exponential,
    pub(super) accumulator: Accumulator,
}

impl Attention<'_> {
    /// Writes what the heads see, one after the other, to `out`.
    pub(super) fn run(&self, workspace: &mut Workspace, out: &mut [i8]) {
        dispatch(Run { attention: self, workspace, out });
    }
}

struct Run<'a, 'b> {
    attention: &'a Attention<'b>,
    workspace: &'a mut Workspace,
    out: &'a mut [i8],
}

impl Job for Run<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Run { attention, workspace, out } = self;
        let stretch = workspace.scores.len() / attention.score_mult.len();
        attention.scores(workspace, stretch);
        let Workspace { scores, low, high, .. } = workspace;
        let heads = attention.score_mult.iter().zip(scores.chunks_exact(stretch));
        let heads = heads.zip(attention.queries.chunks_exact(HEAD)).zip(out.chunks_exact_mut(HEAD));
        for (((&mult, scores), query), out) in heads {
            let mut head = Head::new();
            if let Some(key) = attention.sink_key {
                let dot = query.iter().zip(key).map(|(&q, &k)| i32::from(q) * i32::from(k)).sum();
                head.max = Some(score(dot, mult));
                head.weight = ONE;
            }
            head.attend(&scores[..attention.len], attention, low, high);
            head.finish(out);
        }
    }
}

impl Attention<'_> {
    #[inline(always)]
    fn scores(&self, workspace: &mut Workspace, stretch: usize) {
        for panel in 0..self.len.div_ceil(PANEL) {
            self.past.keys.product(panel, self.queries, HEAD, &mut workspace.sums);
            let heads = workspace.sums.iter().zip(workspace.scores.chunks_exact_mut(stretch)).zip(self.score_mult);
            for ((sums, scores), &mult) in heads {
                let places = scores[panel * PANEL..][..PANEL].iter_mut().zip(sums);
                if mult.unsigned_abs() < SMALL {
                    places.for_each(|(place, &dot)| *place = small_score(dot, mult));
                } else {
                    places.for_each(|(place, &dot)| *place = score(dot, mult));
                }
            }
        }
    }
}

#[inline(always)]
fn score(dot: i32, mult: i32) -> i32 {
    let scaled = rne64(i64::from(rne(dot, 2)) * i64::from(mult), 15);
    scaled.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

/// Below it, a factor of scores has [`small_score`].
const SMALL: u32 = 1 << 20;

/// [`score`] in 32 bits: `dot` has at most 20 and a sign, so a product taken apart at the factor's eighth bit fits.
#[inline(always)]
fn small_score(dot: i32, mult: i32) -> i32 {
    let scaled = rne(dot, 2);
    let low = scaled * (mult & 255);
    let high = scaled * (mult >> 8) + (low >> 8);
    let (floor, rest) = (high >> 7, (high & 127) << 8 | (low & 255));
    floor + ((rest + (1 << 14) - 1 + (floor & 1)) >> 15)
}

/// The running sums of a head.
struct Head {
    max: Option<i32>,
    weight: u64,
    values: [i64; HEAD],
}

impl Head {
    #[inline(always)]
    fn new() -> Head {
        Head { max: None, weight: 0, values: [0; HEAD] }
    }

    #[inline(always)]
    fn attend(&mut self, scores: &[i32], attention: &Attention<'_>, low: &mut [u8], high: &mut [u8]) {
        let mut start = 0;
        while let Some(&first) = scores.get(start) {
            let max = self.raise(first, attention);
            let end = start + first_above(&scores[start..], max);
            let skip = start % QUAD;
            let len = skip + end - start;
            let whole = len.next_multiple_of(QUAD);
            for bytes in [&mut *low, &mut *high] {
                bytes[..skip].fill(0);
                bytes[len..whole].fill(0);
            }
            let (places, bytes) = (&scores[start..end], (&mut low[skip..len], &mut high[skip..len]));
            self.weight += attention.exponential.bytes(Isa::best(), &SCORES, max, places, bytes.0, bytes.1);
            let (lows, highs) = attention.past.values.weigh(start / QUAD, &low[..whole], &high[..whole]);
            for (value, (&low, &high)) in self.values.iter_mut().zip(lows.iter().zip(&highs)) {
                *value = attention.accumulator.keep(*value + i64::from(low) + (i64::from(high) << 8));
            }
            start = end;
        }
    }

    /// Takes in a score that may exceed all before it, and gives the largest.
    #[inline(always)]
    fn raise(&mut self, score: i32, attention: &Attention<'_>) -> i32 {
        let max = match self.max {
            Some(max) if score <= max => return max,
            max => max,
        };
        if let Some(max) = max {
            let factor = attention.exponential.at(&SCORES, score.wrapping_sub(max) as u32);
            self.weight = (self.weight * u64::from(factor) + 32_768) >> 16;
            for value in &mut self.values {
                let product = *value * i64::from(factor);
                let half = if product < 0 { -32_768 } else { 32_768 };
                *value = attention.accumulator.keep((product + half) >> 16);
            }
        }
        self.max = Some(score);
        score
    }

    /// The means: quotients, halves to the even neighbour, without a division. Of 128 weights or more, all are clamped.
    #[inline(always)]
    fn finish(&self, out: &mut [i8]) {
        let weight = self.weight.max(1);
        for (out, &value) in out.iter_mut().zip(&self.values) {
            let mut rest = value.unsigned_abs().min(weight << 7);
            let mut quotient = 0;
            for bit in (0..8).rev() {
                let part = weight << bit;
                let fits = rest >= part;
                rest -= if fits { part } else { 0 };
                quotient |= i32::from(fits) << bit;
            }
            let up = 2 * rest > weight || (2 * rest == weight && quotient & 1 == 1);
            let size = quotient + i32::from(up);
            *out = clamp8(if value < 0 { -size } else { size });
        }
    }
}

/// How many scores there are in front of the first that exceeds `max`.
#[inline(always)]
fn first_above(scores: &[i32], max: i32) -> usize {
    let mut at = 0;
    for chunk in scores.chunks(32) {
        let places = (0..).zip(chunk);
        let first = places.fold(u32::MAX, |first, (i, &score)| first.min(if score > max { i } else { u32::MAX }));
        if first != u32::MAX {
            return at + first as usize;
        }
        at += chunk.len();
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::int8::Path;
    use proptest::prelude::*;

    fn exponential() -> Exponential {
        // A straight line will do: what is compared is the order of operations.
        Exponential::new(&std::array::from_fn(|i| (65_535 - 128 * i) as u16)).unwrap()
    }

    /// Token by token, as it is defined.
    fn slow(attention: &Attention<'_>, vectors: &[([i8; HEAD], [i8; HEAD])], head: usize) -> Vec<i8> {
        let exp = |distance: i32| u64::from(attention.exponential.at(&SCORES, distance as u32));
        let query = &attention.queries[head * HEAD..][..HEAD];
        let dot = |key: &[i8; HEAD]| query.iter().zip(key).map(|(&q, &k)| i32::from(q) * i32::from(k)).sum();
        let mut max = attention.sink_key.map(|key| score(dot(key), attention.score_mult[head]));
        let mut weight = if max.is_some() { ONE } else { 0 };
        let mut values = [0i64; HEAD];
        for (key, value) in &vectors[..attention.len] {
            let score = score(dot(key), attention.score_mult[head]);
            if max.is_none_or(|max| score > max) {
                if let Some(max) = max {
                    let factor = exp(score - max);
                    weight = (weight * factor + 32_768) >> 16;
                    for sum in &mut values {
                        let product = *sum * factor as i64;
                        let rounded = if product >= 0 { product + 32_768 } else { product - 32_768 };
                        *sum = attention.accumulator.keep(rounded >> 16);
                    }
                }
                max = Some(score);
            }
            let w = exp(max.unwrap() - score);
            weight += w;
            for (sum, &v) in values.iter_mut().zip(value) {
                *sum = attention.accumulator.keep(*sum + w as i64 * i64::from(v));
            }
        }
        let mean = |sum: i64| {
            let (size, weight) = (sum.unsigned_abs(), weight.max(1));
            let (quotient, rest) = (size / weight, size % weight);
            let rounded = quotient + u64::from(2 * rest > weight || (2 * rest == weight && quotient % 2 == 1));
            (rounded.min(127) as i8) * if sum < 0 { -1 } else { 1 }
        };
        values.iter().map(|&sum| mean(sum)).collect()
    }

    /// Vectors from a seed; with `loud`, all of one sign and large, so that 32 bits overflow.
    fn vectors(seed: u64, len: usize, loud: bool) -> Vec<([i8; HEAD], [i8; HEAD])> {
        let mut state = seed;
        let mut next = move |loud| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if loud { 120 + (state >> 62) as i8 } else { ((state >> 56) as i8).max(-127) }
        };
        (0..len).map(|_| ([(); HEAD].map(|()| next(false)), [(); HEAD].map(|()| next(loud)))).collect()
    }

    proptest! {
        #[test]
        fn small_scores_are_scores(dot in -127 * 128 * 64..127 * 128 * 64, mult in 1 - (SMALL as i32)..SMALL as i32) {
            for dot in [dot, dot & !0x7FFF, 127 * 128 * 64, -127 * 128 * 64] {
                for mult in [mult, mult & !0x1FFF, 1 - (SMALL as i32), SMALL as i32 - 1] {
                    prop_assert_eq!(small_score(dot, mult), score(dot, mult));
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn stretches_equal_single_steps(
            seed: u64, len in 1usize..700, heads in 1usize..4, mult in 0i32..70_000, sink: bool, wide: bool, loud: bool,
        ) {
            let vectors = vectors(seed, len + 70, loud);
            let queries: Vec<i8> = vectors[len..len + heads].iter().flat_map(|(key, _)| *key).collect();
            let sink_key = vectors[len + 5].0;
            let exponential = exponential();
            for path in Path::available() {
                let mut past = Past { keys: Matrix::new(path, HEAD), values: Values::new(path) };
                for (key, value) in &vectors {
                    past.keys.push(key).unwrap();
                    past.values.push(value).unwrap();
                }
                let score_mult = vec![mult / 40; heads];
                let attention = Attention {
                    queries: &queries,
                    past: &past,
                    len,
                    score_mult: &score_mult,
                    sink_key: sink.then_some(&sink_key),
                    exponential: &exponential,
                    accumulator: if wide { Accumulator::Wide64 } else { Accumulator::Wrap32 },
                };
                let mut out = vec![0; heads * HEAD];
                attention.run(&mut Workspace::new(heads, len).unwrap(), &mut out);
                for (head, out) in out.chunks_exact(HEAD).enumerate() {
                    prop_assert_eq!(out, slow(&attention, &vectors, head), "{:?}", path);
                }
            }
        }
    }
}
