//! Running a network: tokens in, logits out, for many places at once.
//!
//! A [`Step`] feeds one token to one window. Steps of one call share each load of weights, whether they follow each other in one
//! window (an encoder knows all tokens) or stand in windows of their own (streams that advance together). The numbers are those of one step after the
//! other: nothing depends on how steps are grouped.

use super::attention::{Accumulator, Attention, Past, Workspace};
use super::network::{Layer, Network, Requantiser, Shape};
use crate::error::{Error, Result, try_filled, try_zeroed};
use crate::kernels::int8::{Matrix, PANEL, QUAD, Sums, Values};
use crate::kernels::{Job, dispatch};
use crate::neural::arith::{clamp8, div_rne, rne};
use crate::neural::network::{check_steps, with_earlier};
use crate::neural::{HEAD, Step};

/// The tokens that a network has seen, as keys and values.
pub(in crate::neural) struct Window {
    shape: Shape,
    layers: Vec<Past>,
    len: usize,
    accumulator: Accumulator,
}

impl Window {
    /// Forgets all tokens.
    pub(in crate::neural) fn clear(&mut self) {
        self.len = 0;
        for past in &mut self.layers {
            past.keys.clear();
            past.values.clear();
        }
    }

    /// Number of tokens seen.
    pub(in crate::neural) fn len(&self) -> usize {
        self.len
    }
}

/// Working memory, and the logits of the last call. Its size is that of a batch, and does not depend on windows.
pub(in crate::neural) struct Scratch {
    shape: Shape,
    pub(in crate::neural) rows: usize,
    positions: Vec<usize>,
    residual: Vec<i32>,
    normed: Vec<i8>,
    clamped: Vec<i8>,
    projected: Vec<i8>,
    heads: Vec<i8>,
    branch: Vec<i8>,
    gated: Vec<i8>,
    tile: Vec<Sums>,
    logits: Vec<i32>,
    attention: Workspace,
}

impl Scratch {
    /// The logits of all tokens behind step `index` of the last call.
    pub(in crate::neural) fn logits(&self, index: usize) -> Option<&[i32]> {
        self.logits.chunks_exact(self.shape.vocabulary).take(self.positions.len()).nth(index)
    }
}

impl Network {
    pub(in crate::neural) fn window(&self, accumulator: Accumulator) -> Window {
        let past = |_: &Layer| Past { keys: Matrix::new(self.path, HEAD), values: Values::new(self.path) };
        Window { shape: self.shape, layers: self.layers.iter().map(past).collect(), len: 0, accumulator }
    }

    pub(in crate::neural) fn scratch(&self, rows: usize) -> Result<Scratch> {
        let shape = self.shape;
        let (rows, width) = (rows.max(1), shape.width());
        // Matrices read whole quads; what is behind the end meets weights of zero.
        let hidden = shape.hidden.next_multiple_of(QUAD);
        Ok(Scratch {
            shape,
            rows,
            positions: Vec::new(),
            residual: try_zeroed(rows * width)?,
            normed: try_zeroed(rows * width)?,
            clamped: try_zeroed(width)?,
            projected: try_zeroed(rows * (2 * shape.hidden).max(width + 2 * HEAD))?,
            heads: try_zeroed(rows * width)?,
            branch: try_zeroed(rows * width)?,
            gated: try_zeroed(rows * hidden)?,
            tile: try_filled(rows, [0; PANEL])?,
            logits: try_zeroed(rows * shape.vocabulary)?,
            attention: Workspace::new(shape.heads, shape.context)?,
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
        let width = self.shape.width();
        for (step, row) in steps.iter().zip(scratch.residual.chunks_exact_mut(width)) {
            let embedded = &self.embed[step.token as usize * width..][..width];
            row.iter_mut().zip(embedded).for_each(|(x, &e)| *x = i32::from(e));
        }
        for (index, layer) in self.layers.iter().enumerate() {
            self.attend(index, layer, scratch, windows, steps)?;
            self.feed_forward(layer, scratch, steps.len());
        }
        for step in steps {
            windows[step.window].len += 1;
        }
        self.head(scratch, steps.len());
        Ok(())
    }

    /// Checks the steps and finds the position of each.
    fn place(&self, scratch: &mut Scratch, windows: &[&mut Window], steps: &[Step]) -> Result<()> {
        let rows = (scratch.shape == self.shape).then_some(scratch.rows);
        let has_window = |index: usize| windows.get(index).is_some_and(|window| window.shape == self.shape);
        check_steps(steps, rows, self.shape.vocabulary, has_window)?;
        scratch.positions.clear();
        for (step, earlier) in with_earlier(steps) {
            let position = windows[step.window].len + earlier;
            if position >= self.shape.context {
                return Err(Error::Misuse("a window of a transformer is full"));
            }
            scratch.positions.push(position);
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
        let (width, rows) = (self.shape.width(), steps.len());
        let stride = width + 2 * HEAD;
        let Scratch { residual, normed, clamped, projected, heads, branch, tile, positions, attention, .. } = scratch;
        dispatch(NormResidual {
            residual: &residual[..rows * width],
            gain: &layer.attention_norm,
            clamped,
            out: normed,
        });
        linear(&layer.qkv, normed, width, tile, rows, projected);
        for ((step, &position), row) in steps.iter().zip(&*positions).zip(projected.chunks_exact_mut(stride)) {
            let half = HEAD / 2;
            let (cos, sin) = (&self.rope_cos[position * half..][..half], &self.rope_sin[position * half..][..half]);
            dispatch(Rotate { row, width, cos, sin });
            let past = &mut windows[step.window].layers[index];
            past.keys.push(&row[width..width + HEAD])?;
            past.values.push(row[width + HEAD..].first_chunk().ok_or(Error::Internal("a value lacks its size"))?)?;
        }
        let places =
            steps.iter().zip(&*positions).zip(projected.chunks_exact(stride)).zip(heads.chunks_exact_mut(width));
        for (((step, &position), row), out) in places {
            let window = &windows[step.window];
            let look = Attention {
                queries: &row[..width],
                past: &window.layers[index],
                len: position + 1,
                score_mult: &layer.score_mult,
                sink_key: layer.sink_key.as_ref(),
                exponential: &self.exponential,
                accumulator: window.accumulator,
            };
            look.run(attention, out);
        }
        linear(&layer.out, heads, width, tile, rows, branch);
        dispatch(AddNormed {
            branch: &branch[..rows * width],
            gain: &layer.attention_out_norm,
            residual,
            normed: clamped,
        });
        Ok(())
    }

    fn feed_forward(&self, layer: &Layer, scratch: &mut Scratch, rows: usize) {
        let (width, hidden) = (self.shape.width(), self.shape.hidden);
        let Scratch { residual, normed, clamped, projected, branch, gated, tile, .. } = scratch;
        dispatch(NormResidual { residual: &residual[..rows * width], gain: &layer.ffn_norm, clamped, out: normed });
        linear(&layer.up, normed, width, tile, rows, projected);
        let stride = layer.down.0.inputs();
        for (up, gated) in projected.chunks_exact(2 * hidden).zip(gated.chunks_exact_mut(stride)).take(rows) {
            dispatch(Gate { up, gated: &mut gated[..hidden] });
        }
        linear(&layer.down, gated, stride, tile, rows, branch);
        dispatch(AddNormed { branch: &branch[..rows * width], gain: &layer.ffn_out_norm, residual, normed: clamped });
    }

    fn head(&self, scratch: &mut Scratch, rows: usize) {
        let (width, vocabulary) = (self.shape.width(), self.shape.vocabulary);
        let Scratch { residual, normed, clamped, tile, logits, .. } = scratch;
        dispatch(NormResidual { residual: &residual[..rows * width], gain: &self.norm, clamped, out: normed });
        for panel in 0..self.head.panels() {
            self.head.product(panel, normed, width, &mut tile[..rows]);
            for (logits, sums) in logits.chunks_exact_mut(vocabulary).zip(&tile[..rows]) {
                logits[panel * PANEL..].iter_mut().zip(sums).for_each(|(logit, &sum)| *logit = sum);
            }
        }
    }
}

/// The product of a matrix with `rows` rows of activations, requantised. Rows of `out` have as many numbers as the matrix has outputs.
fn linear(
    (matrix, scale): &(Matrix, Requantiser),
    activations: &[i8],
    stride: usize,
    tile: &mut [Sums],
    rows: usize,
    out: &mut [i8],
) {
    let outputs = matrix.outputs();
    for panel in 0..matrix.panels() {
        matrix.product(panel, activations, stride, &mut tile[..rows]);
        dispatch(Requantise { sums: &tile[..rows], scale, out, stride: outputs, column: panel * PANEL });
    }
}

/// Sums to activations: `out[row * stride + column ..]`.
struct Requantise<'a> {
    sums: &'a [Sums],
    scale: &'a Requantiser,
    out: &'a mut [i8],
    stride: usize,
    column: usize,
}

impl Job for Requantise<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Requantiser { mult, shift, bound } = *self.scale;
        for (row, sums) in self.out.chunks_exact_mut(self.stride).zip(self.sums) {
            let row = &mut row[self.column..];
            match bound {
                Some(bound) => {
                    for (out, &sum) in row.iter_mut().zip(sums) {
                        // Not `clamp`: its check of the bounds would keep the loop from being vectorised.
                        *out = clamp8(rne(sum.max(-bound).min(bound) * mult, shift));
                    }
                }
                None => {
                    for (out, &sum) in row.iter_mut().zip(sums) {
                        let scaled = crate::neural::arith::rne64(i64::from(sum) * i64::from(mult), shift);
                        *out = scaled.clamp(-127, 127) as i8;
                    }
                }
            }
        }
    }
}

/// Writes `x * gain / rms(x)` to `out`, in steps of 1/128.
#[inline(always)]
fn normalise(x: &[i8], gain: &[i8], out: &mut [i8]) {
    let squares = x.iter().fold(0u32, |sum, &x| sum + (i32::from(x) * i32::from(x)) as u32);
    let mean = squares / x.len().max(1) as u32 + 1;
    let root = (mean << 16).isqrt();
    let inverse = div_rne(1 << 23, root).clamp(1, 1 << 15) as i32;
    for ((out, &x), &gain) in out.iter_mut().zip(x).zip(gain) {
        *out = clamp8(rne(i32::from(x) * i32::from(gain) * inverse, 15));
    }
}

/// Each row of the residual, clamped and normalised.
struct NormResidual<'a> {
    residual: &'a [i32],
    gain: &'a [i8],
    clamped: &'a mut [i8],
    out: &'a mut [i8],
}

impl Job for NormResidual<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let width = self.gain.len();
        for (row, out) in self.residual.chunks_exact(width).zip(self.out.chunks_exact_mut(width)) {
            self.clamped.iter_mut().zip(row).for_each(|(a, &x)| *a = clamp8(x));
            normalise(self.clamped, self.gain, out);
        }
    }
}

/// Adds the normalised branch to the residual.
struct AddNormed<'a> {
    branch: &'a [i8],
    gain: &'a [i8],
    residual: &'a mut [i32],
    normed: &'a mut [i8],
}

impl Job for AddNormed<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let width = self.gain.len();
        for (branch, row) in self.branch.chunks_exact(width).zip(self.residual.chunks_exact_mut(width)) {
            normalise(branch, self.gain, self.normed);
            row.iter_mut().zip(&*self.normed).for_each(|(x, &y)| *x += i32::from(y));
        }
    }
}

/// Turns queries and key by the angles of their position, dimension `j` with `j + 32`. Queries are halved as well, with a rounding of its own.
struct Rotate<'a> {
    row: &'a mut [i8],
    width: usize,
    cos: &'a [i16],
    sin: &'a [i16],
}

impl Job for Rotate<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (queries, rest) = self.row.split_at_mut(self.width);
        for head in queries.chunks_exact_mut(HEAD) {
            rotate(head, self.cos, self.sin, 1);
        }
        if let Some(key) = rest.first_chunk_mut::<HEAD>() {
            rotate(key, self.cos, self.sin, 0);
        }
    }
}

#[inline(always)]
fn rotate(head: &mut [i8], cos: &[i16], sin: &[i16], shift: u32) {
    let (low, high) = head.split_at_mut(HEAD / 2);
    for (((a, b), &cos), &sin) in low.iter_mut().zip(high).zip(cos).zip(sin) {
        let (x, y, cos, sin) = (i32::from(*a), i32::from(*b), i32::from(cos), i32::from(sin));
        *a = clamp8(rne(rne(x * cos - y * sin, 15), shift));
        *b = clamp8(rne(rne(x * sin + y * cos, 15), shift));
    }
}

/// `max(gate, 0) * value / 2^7`.
struct Gate<'a> {
    up: &'a [i8],
    gated: &'a mut [i8],
}

impl Job for Gate<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (gates, values) = self.up.split_at(self.gated.len());
        for ((out, &gate), &value) in self.gated.iter_mut().zip(gates).zip(values) {
            *out = clamp8(rne(i32::from(gate.max(0)) * i32::from(value), 7));
        }
    }
}
