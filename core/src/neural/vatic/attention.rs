//! Attention over a ring of keys and values: the maximum, then sums of integers, in whatever order tokens stand in the ring.

use super::network::{Layer, Shape};
use crate::error::{Result, try_filled, try_zeroed};
use crate::kernels::exponential::{Exponential, Slope};
use crate::kernels::int8::{Matrix, PANEL, Path, QUAD, Sums, Values};
use crate::kernels::{Isa, Job, dispatch};
use crate::neural::HEAD;

/// Keys and values of a layer, one set for each of its heads; tokens stand in a ring.
pub(super) struct Past {
    heads: Vec<(Matrix, Values)>,
}

impl Past {
    pub(super) fn new(path: Path, heads: usize) -> Past {
        Past { heads: (0..heads).map(|_| (Matrix::new(path, HEAD), Values::new(path))).collect() }
    }

    pub(super) fn clear(&mut self) {
        for (keys, values) in &mut self.heads {
            keys.clear();
            values.clear();
        }
    }

    /// Puts a token at `slot`, which is one that there is or the next.
    pub(super) fn put(&mut self, slot: usize, keys: &[i8], values: &[i8]) -> Result<()> {
        let tokens = keys.as_chunks::<HEAD>().0.iter().zip(values.as_chunks::<HEAD>().0);
        for ((own_keys, own_values), (key, value)) in self.heads.iter_mut().zip(tokens) {
            if slot < own_keys.outputs() {
                own_keys.set(slot, key);
                own_values.set(slot, value);
            } else {
                own_keys.push(key)?;
                own_values.push(value)?;
            }
        }
        Ok(())
    }
}

/// Working memory for one token.
pub(super) struct Workspace {
    /// Of each head of a group, for each token of the window; rounded up to whole panels.
    products: Vec<i32>,
    stretch: usize,
    sums: Vec<Sums>,
    low: Vec<u8>,
    high: Vec<u8>,
}

impl Workspace {
    pub(super) fn new(shape: &Shape) -> Result<Workspace> {
        let (stretch, group) = (shape.context.next_multiple_of(PANEL), shape.heads / shape.kv_heads);
        Ok(Workspace {
            products: try_zeroed(group * stretch)?,
            stretch,
            sums: try_filled(group, [0; PANEL])?,
            low: try_zeroed(stretch)?,
            high: try_zeroed(stretch)?,
        })
    }
}

/// Attention of the heads of one token to the tokens in the ring.
pub(super) struct Attention<'a> {
    pub(super) layer: &'a Layer,
    pub(super) past: &'a Past,
    /// The rotated queries, one head after the other.
    pub(super) queries: &'a [i8],
    pub(super) exponential: &'a Exponential,
}

impl Attention<'_> {
    /// Writes what the heads see, one after the other, to `out`.
    pub(super) fn run(&self, workspace: &mut Workspace, out: &mut [i8]) {
        let group = workspace.sums.len() * HEAD;
        for (first, (past, (queries, out))) in
            self.past.heads.iter().zip(self.queries.chunks_exact(group).zip(out.chunks_exact_mut(group))).enumerate()
        {
            let first = first * group / HEAD;
            dispatch(Group { attention: self, past, first, queries, workspace, out });
        }
    }
}

/// The heads of queries that share a head of keys and values.
struct Group<'a, 'b> {
    attention: &'a Attention<'b>,
    past: &'a (Matrix, Values),
    /// The first of them.
    first: usize,
    queries: &'a [i8],
    workspace: &'a mut Workspace,
    out: &'a mut [i8],
}

impl Job for Group<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Group { attention, past: (keys, values), first, queries, workspace, out } = self;
        let Workspace { products, stretch, sums, low, high } = workspace;
        for panel in 0..keys.panels() {
            keys.product(panel, queries, HEAD, sums);
            for (sums, products) in sums.iter().zip(products.chunks_exact_mut(*stretch)) {
                products[panel * PANEL..][..PANEL].copy_from_slice(sums);
            }
        }
        let layer = attention.layer;
        for (i, (products, out)) in products.chunks_exact(*stretch).zip(out.chunks_exact_mut(HEAD)).enumerate() {
            let (head, products) = (first + i, &products[..keys.outputs()]);
            let sink = layer.sinks.as_ref().map(|sinks| sinks[head]);
            let (slope, gain) = (&layer.slopes[head], layer.gains[head]);
            let weights = (&mut low[..], &mut high[..]);
            mean(products, sink, slope, gain, attention.exponential, values, weights, out);
        }
    }
}

/// The mean of values under the exponentials of products.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn mean(
    products: &[i32],
    sink: Option<i32>,
    slope: &Slope,
    gain: u16,
    exponential: &Exponential,
    values: &Values,
    (low, high): (&mut [u8], &mut [u8]),
    out: &mut [i8],
) {
    let max = products.iter().fold(sink.unwrap_or(i32::MIN), |max, &product| max.max(product));
    let whole = products.len().next_multiple_of(QUAD);
    for bytes in [&mut *low, &mut *high] {
        bytes[products.len()..whole].fill(0);
    }
    let places = (&mut low[..products.len()], &mut high[..products.len()]);
    let mut weight = exponential.bytes(Isa::best(), slope, max, products, places.0, places.1);
    if let Some(sink) = sink {
        weight += u64::from(exponential.at(slope, max.wrapping_sub(sink) as u32));
    }
    let (lows, highs) = values.weigh(0, &low[..whole], &high[..whole]);
    // At most 2^16 tokens of less than 2^16 make 2^32; with the gain's denominator, 2^40.
    let denominator = weight.max(1) << 8;
    for (out, (&low, &high)) in out.iter_mut().zip(lows.iter().zip(&highs)) {
        let sum = i64::from(low) + (i64::from(high) << 8);
        *out = quotient(sum, gain.into(), denominator);
    }
}

/// `sum * gain / denominator`, halves to the even neighbour, clamped; without a division.
#[inline(always)]
fn quotient(sum: i64, gain: u64, denominator: u64) -> i8 {
    let mut rest = (sum.unsigned_abs() * gain).min(denominator << 7);
    let mut quotient = 0;
    for bit in (0..8).rev() {
        let part = denominator << bit;
        let fits = rest >= part;
        rest -= if fits { part } else { 0 };
        quotient |= i32::from(fits) << bit;
    }
    let up = 2 * rest > denominator || (2 * rest == denominator && quotient & 1 == 1);
    let size = (quotient + i32::from(up)).min(127) as i8;
    if sum < 0 { -size } else { size }
}
