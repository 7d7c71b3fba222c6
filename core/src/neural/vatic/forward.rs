//! Running a network: tokens in, logits out, for many places at once.

use super::attention::{Attention, Past, Workspace};
use super::network::{LOGIT_MAX, Layer, Network, RESIDUAL_MAX, Scales, Shape, TURN};
use crate::error::{Result, try_filled, try_zeroed};
use crate::kernels::int8::{PANEL, Sums};
use crate::kernels::{Isa, Job, dispatch, table};
use crate::neural::arith::{clamp8, rne, rne64};
use crate::neural::network::{check_steps, with_earlier};
use crate::neural::{HEAD, Step};

/// What queries and keys are clamped to before they are turned, in 1/64 of an activation.
const FINE_MAX: i64 = (1 << 14) - 1;
/// Log2 of what turning divides by: cosines of 14 bits, and 64.
const FINE: u32 = 14 + 6;

/// The tokens that a network has seen last.
pub(in crate::neural) struct Window {
    shape: Shape,
    layers: Vec<Past>,
    /// Tokens in the ring.
    len: usize,
    /// Where the next one goes.
    slot: usize,
    /// Its position; it wraps, and so do the angles.
    position: u32,
}

impl Window {
    pub(in crate::neural) fn clear(&mut self) {
        self.layers.iter_mut().for_each(Past::clear);
        (self.len, self.slot, self.position) = (0, 0, 0);
    }

    pub(in crate::neural) fn len(&self) -> usize {
        self.len
    }

    #[cfg(test)]
    pub(super) fn start_at(&mut self, position: u32) {
        self.position = position;
    }
}

/// Where a step stands in its window.
#[derive(Clone, Copy)]
struct Place {
    slot: usize,
    position: u32,
}

/// Working memory, and the logits of the last call.
pub(in crate::neural) struct Scratch {
    pub(in crate::neural) shape: Shape,
    pub(in crate::neural) rows: usize,
    places: Vec<Place>,
    residual: Vec<i32>,
    normed: Vec<i8>,
    /// Queries and keys before they are turned.
    fine: Vec<i16>,
    projected: Vec<i8>,
    heads: Vec<i8>,
    up: Vec<i8>,
    gated: Vec<i8>,
    tile: Vec<Sums>,
    logits: Vec<i32>,
    attention: Workspace,
}

impl Scratch {
    pub(in crate::neural) fn logits(&self, index: usize) -> Option<&[i32]> {
        self.logits.chunks_exact(self.shape.vocabulary).take(self.places.len()).nth(index)
    }
}

impl Network {
    pub(in crate::neural) fn window(&self) -> Window {
        let past = |_: &Layer| Past::new(self.path, self.shape.kv_heads);
        Window { shape: self.shape, layers: self.layers.iter().map(past).collect(), len: 0, slot: 0, position: 0 }
    }

    pub(in crate::neural) fn scratch(&self, rows: usize) -> Result<Scratch> {
        let shape = self.shape;
        let rows = rows.max(1);
        Ok(Scratch {
            shape,
            rows,
            places: Vec::new(),
            residual: try_zeroed(rows * shape.width)?,
            normed: try_zeroed(rows * shape.width)?,
            fine: try_zeroed((shape.heads + shape.kv_heads) * HEAD)?,
            projected: try_zeroed(rows * shape.projected())?,
            heads: try_zeroed(rows * shape.heads * HEAD)?,
            up: try_zeroed(rows * 2 * shape.hidden)?,
            gated: try_zeroed(rows * shape.hidden)?,
            tile: try_filled(rows * shape.projected().div_ceil(PANEL), [0; PANEL])?,
            logits: try_zeroed(rows * shape.vocabulary)?,
            attention: Workspace::new(&shape)?,
        })
    }

    /// Feeds the token of each step to its window, in order.
    pub(in crate::neural) fn advance(
        &self,
        scratch: &mut Scratch,
        windows: &mut [&mut Window],
        steps: &[Step],
    ) -> Result<()> {
        self.place(scratch, windows, steps)?;
        let width = self.shape.width;
        for (step, row) in steps.iter().zip(scratch.residual.chunks_exact_mut(width)) {
            let token = step.token as usize;
            let (embedded, scale) = (&self.embed[token * width..][..width], i64::from(self.embed_scale[token]));
            row.iter_mut().zip(embedded).for_each(|(x, &e)| *x = residual(i64::from(e) * scale));
        }
        for (index, layer) in self.layers.iter().enumerate() {
            self.attend(index, layer, scratch, windows, steps)?;
            self.feed_forward(layer, scratch, steps.len());
        }
        for step in steps {
            let window = &mut windows[step.window];
            window.len = (window.len + 1).min(self.shape.context);
            window.slot = (window.slot + 1) % self.shape.context;
            window.position = window.position.wrapping_add(1);
        }
        self.logits(scratch, steps.len());
        Ok(())
    }

    /// Checks the steps and finds the place of each.
    fn place(&self, scratch: &mut Scratch, windows: &[&mut Window], steps: &[Step]) -> Result<()> {
        let rows = (scratch.shape == self.shape).then_some(scratch.rows);
        let has_window = |index: usize| windows.get(index).is_some_and(|window| window.shape == self.shape);
        check_steps(steps, rows, self.shape.vocabulary, has_window)?;
        scratch.places.clear();
        for (step, earlier) in with_earlier(steps) {
            let window = &windows[step.window];
            let slot = (window.slot + earlier) % self.shape.context;
            scratch.places.push(Place { slot, position: window.position.wrapping_add(earlier as u32) });
        }
        Ok(())
    }

    fn attend(
        &self,
        index: usize,
        layer: &Layer,
        scratch: &mut Scratch,
        windows: &mut [&mut Window],
        steps: &[Step],
    ) -> Result<()> {
        let Shape { width, heads, kv_heads, .. } = self.shape;
        let (rows, stride) = (steps.len(), self.shape.projected());
        let Scratch { residual, normed, fine, projected, heads: seen, tile, places, attention, .. } = scratch;
        self.norm(residual, &layer.attention_norm, layer.shifts.attention_norm.into(), normed, rows);
        let (matrix, scales) = &layer.qkv;
        let (turned, keys) = ((heads + kv_heads) * HEAD, kv_heads * HEAD);
        // All sums of all rows: queries and keys need more bits than the others until they are turned.
        for panel in 0..matrix.panels() {
            matrix.product(panel, normed, width, &mut tile[panel * rows..][..rows]);
        }
        for (row, out) in projected.chunks_exact_mut(stride).take(rows).enumerate() {
            let sums = tile[row..].iter().step_by(rows).take(matrix.panels());
            let (turned_out, values) = out.split_at_mut(turned);
            let mut panels = sums.zip(scales.mults.as_chunks::<PANEL>().0);
            for (fine, (sums, mults)) in fine.as_chunks_mut::<PANEL>().0.iter_mut().zip(&mut panels) {
                dispatch(Fine { sums, mults, shift: scales.shift, out: fine });
            }
            for (values, (sums, mults)) in values.as_chunks_mut::<PANEL>().0.iter_mut().zip(panels) {
                dispatch(Wide { sums, mults, shift: scales.shift, out: values });
            }
            dispatch(Turn { fine, position: places[row].position, network: self, out: turned_out });
        }
        // One step after the other: in a ring, the later may take the place of what the earlier still sees.
        let rows = projected.chunks_exact(stride).zip(seen.chunks_exact_mut(heads * HEAD));
        for ((step, place), (row, out)) in steps.iter().zip(&*places).zip(rows) {
            let past = &mut windows[step.window].layers[index];
            let (queries, rest) = row.split_at(heads * HEAD);
            let (own, values) = rest.split_at(keys);
            past.put(place.slot, own, values)?;
            Attention { layer, past, queries, exponential: &self.exponential }.run(attention, out);
        }
        add(&layer.out, seen, heads * HEAD, tile, residual, steps.len());
        Ok(())
    }

    fn feed_forward(&self, layer: &Layer, scratch: &mut Scratch, rows: usize) {
        let Shape { width, hidden, .. } = self.shape;
        let Scratch { residual, normed, up, gated, tile, .. } = scratch;
        self.norm(residual, &layer.ffn_norm, layer.shifts.ffn_norm.into(), normed, rows);
        let (matrix, scales) = &layer.up;
        for panel in 0..matrix.panels() {
            matrix.product(panel, normed, width, &mut tile[..rows]);
            dispatch(Requantise { sums: &tile[..rows], scales, out: up, stride: 2 * hidden, column: panel * PANEL });
        }
        for (up, gated) in up.chunks_exact(2 * hidden).zip(gated.chunks_exact_mut(hidden)).take(rows) {
            dispatch(Gate {
                isa: Isa::best(),
                up,
                activation: &layer.activation,
                shift: layer.shifts.gated.into(),
                gated,
            });
        }
        add(&layer.down, gated, hidden, tile, residual, rows);
    }

    fn logits(&self, scratch: &mut Scratch, rows: usize) {
        let Shape { width, vocabulary, .. } = self.shape;
        let Scratch { residual, normed, tile, logits, .. } = scratch;
        self.norm(residual, &self.norm, self.norm_shift, normed, rows);
        let (matrix, scales) = &self.head;
        for panel in 0..matrix.panels() {
            matrix.product(panel, normed, width, &mut tile[..rows]);
            let mults = &scales.mults[panel * PANEL..];
            for (logits, sums) in logits.chunks_exact_mut(vocabulary).zip(&tile[..rows]) {
                let out = &mut logits[panel * PANEL..];
                dispatch(Logits { sums, mults, shift: scales.shift, out });
            }
        }
    }

    fn norm(&self, residual: &[i32], gain: &[i16], shift: u32, out: &mut [i8], rows: usize) {
        let residual = &residual[..rows * gain.len()];
        dispatch(Norm { residual, gain, shift, epsilon: self.epsilon, out });
    }
}

/// Adds the product of a matrix with `rows` rows of activations to the residual.
fn add(
    (matrix, scales): &(crate::kernels::int8::Matrix, Scales),
    activations: &[i8],
    stride: usize,
    tile: &mut [Sums],
    residual: &mut [i32],
    rows: usize,
) {
    for panel in 0..matrix.panels() {
        matrix.product(panel, activations, stride, &mut tile[..rows]);
        let mults = &scales.mults[panel * PANEL..];
        for (row, sums) in residual.chunks_exact_mut(matrix.outputs()).zip(&tile[..rows]) {
            dispatch(Add { sums, mults, shift: scales.shift, row: &mut row[panel * PANEL..] });
        }
    }
}

#[inline(always)]
fn residual(value: i64) -> i32 {
    value.clamp(-RESIDUAL_MAX, RESIDUAL_MAX) as i32
}

/// `sum * mult / 2^shift`, rounded.
#[inline(always)]
fn scaled(sum: i32, mult: i32, shift: u32) -> i64 {
    rne64(i64::from(sum) * i64::from(mult), shift)
}

/// A panel's sums to what queries and keys are before they are turned.
struct Fine<'a> {
    sums: &'a Sums,
    mults: &'a [i32; PANEL],
    shift: u32,
    out: &'a mut [i16; PANEL],
}

impl Job for Fine<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (out, (&sum, &mult)) in self.out.iter_mut().zip(self.sums.iter().zip(self.mults)) {
            *out = scaled(sum, mult, self.shift).clamp(-FINE_MAX, FINE_MAX) as i16;
        }
    }
}

/// A panel's sums to activations, in 64 bits.
struct Wide<'a> {
    sums: &'a Sums,
    mults: &'a [i32; PANEL],
    shift: u32,
    out: &'a mut [i8; PANEL],
}

impl Job for Wide<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (out, (&sum, &mult)) in self.out.iter_mut().zip(self.sums.iter().zip(self.mults)) {
            *out = scaled(sum, mult, self.shift).clamp(-127, 127) as i8;
        }
    }
}

/// Sums to activations: `out[row * stride + column ..]`.
struct Requantise<'a> {
    sums: &'a [Sums],
    scales: &'a Scales,
    out: &'a mut [i8],
    stride: usize,
    column: usize,
}

impl Job for Requantise<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Scales { mults, shift, bounds } = self.scales;
        let mults = &mults[self.column..];
        for (row, sums) in self.out.chunks_exact_mut(self.stride).zip(self.sums) {
            let places = row[self.column..].iter_mut().zip(sums).zip(mults);
            match bounds {
                Some(bounds) => {
                    for (((out, &sum), &mult), &bound) in places.zip(&bounds[self.column..]) {
                        // Not `clamp`: its check of the bounds would keep the loop from being vectorised.
                        *out = clamp8(rne(sum.max(-bound).min(bound) * mult, *shift));
                    }
                }
                None => places.for_each(|((out, &sum), &mult)| *out = scaled(sum, mult, *shift).clamp(-127, 127) as i8),
            }
        }
    }
}

/// A panel's sums to a row of the residual.
struct Add<'a> {
    sums: &'a Sums,
    mults: &'a [i32],
    shift: u32,
    row: &'a mut [i32],
}

impl Job for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (x, (&sum, &mult)) in self.row.iter_mut().zip(self.sums.iter().zip(self.mults)) {
            *x = residual(i64::from(*x) + scaled(sum, mult, self.shift));
        }
    }
}

/// A panel's sums to logits.
struct Logits<'a> {
    sums: &'a Sums,
    mults: &'a [i32],
    shift: u32,
    out: &'a mut [i32],
}

impl Job for Logits<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (out, (&sum, &mult)) in self.out.iter_mut().zip(self.sums.iter().zip(self.mults)) {
            *out = scaled(sum, mult, self.shift).clamp(-LOGIT_MAX, LOGIT_MAX) as i32;
        }
    }
}

/// Each row of the residual over the root of its mean square.
struct Norm<'a> {
    residual: &'a [i32],
    gain: &'a [i16],
    shift: u32,
    epsilon: u64,
    out: &'a mut [i8],
}

impl Job for Norm<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let width = self.gain.len();
        for (row, out) in self.residual.chunks_exact(width).zip(self.out.chunks_exact_mut(width)) {
            // At most 2^13 squares of less than 2^48.
            let squares = row.iter().fold(0u64, |sum, &x| sum + (i64::from(x) * i64::from(x)) as u64);
            let mean = squares / width as u64 + self.epsilon;
            // The root in 1/128, at most 2^31; its inverse as a fraction of 2^31.
            let root = (mean << 14).isqrt();
            let inverse = (((1u64 << 38) + root / 2) / root.max(1)).min(i32::MAX as u64) as i32;
            for ((out, &x), &gain) in out.iter_mut().zip(row).zip(self.gain) {
                // A number is at most 2^6.5 of these roots: 38 bits, and 15 for the gain.
                let product = i64::from(x) * i64::from(inverse) * i64::from(gain);
                *out = rne64(product, self.shift).clamp(-127, 127) as i8;
            }
        }
    }
}

/// Turns queries and keys by the angles of their position, dimension `j` with `j + 32`.
struct Turn<'a> {
    fine: &'a [i16],
    position: u32,
    network: &'a Network,
    out: &'a mut [i8],
}

impl Job for Turn<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut angles = [(0, 0); HEAD / 2];
        for (place, &step) in angles.iter_mut().zip(&self.network.steps) {
            let angle = self.position.wrapping_mul(step);
            // To the nearest of the table; the sine is the cosine a quarter of a turn before.
            let index = (angle.wrapping_add(1 << 19) >> 20) as usize;
            let turn = &self.network.turn;
            *place = (i32::from(turn[index % TURN]), i32::from(turn[(index + TURN - TURN / 4) % TURN]));
        }
        for (fine, out) in self.fine.chunks_exact(HEAD).zip(self.out.chunks_exact_mut(HEAD)) {
            let (out_a, out_b) = out.split_at_mut(HEAD / 2);
            let (a, b) = fine.split_at(HEAD / 2);
            let pairs = a.iter().zip(b).zip(&angles);
            for (((&a, &b), &(cos, sin)), (out_a, out_b)) in pairs.zip(out_a.iter_mut().zip(out_b)) {
                let (a, b) = (i32::from(a), i32::from(b));
                *out_a = clamp8(rne(a * cos - b * sin, FINE));
                *out_b = clamp8(rne(a * sin + b * cos, FINE));
            }
        }
    }
}

/// Values that are gated at once.
const CHUNK: usize = 256;

/// `activation[gate] * value / 2^shift`.
struct Gate<'a> {
    isa: Isa,
    up: &'a [i8],
    activation: &'a [u32; 256],
    shift: u32,
    gated: &'a mut [i8],
}

impl Job for Gate<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (gates, values) = self.up.split_at(self.gated.len());
        let chunks = gates.chunks(CHUNK).zip(values.chunks(CHUNK)).zip(self.gated.chunks_mut(CHUNK));
        for ((gates, values), gated) in chunks {
            let mut active = [0u32; CHUNK];
            table::look_up(self.isa, self.activation, gates, &mut active[..gates.len()]);
            for ((out, &active), &value) in gated.iter_mut().zip(&active).zip(values) {
                *out = clamp8(rne(active as i32 * i32::from(value), self.shift));
            }
        }
    }
}
