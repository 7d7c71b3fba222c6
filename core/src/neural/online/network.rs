//! A decoder-only transformer of 8-bit weights: its shape, its weights, and what is prepared of them at load.
//!
//! ```text
//! x = embed[token]                                   32-bit residual, one for each of D dimensions
//! each layer:
//!   n = norm(clamp(x), attention_norm)
//!   q, k, v = requantise(qkv * n)                    H heads of 64, one key and one value for all of them
//!   o = requantise(out * attention(q, k, v))         [`super::attention`]
//!   x += norm(o, attention_out_norm)
//!   n = norm(clamp(x), ffn_norm)
//!   gate, value = requantise(up * n)
//!   d = requantise(down * clamp(max(gate, 0) * value / 2^7))
//!   x += norm(d, ffn_out_norm)
//! logits = head * norm(clamp(x), norm)               32 bits, as they are
//! ```
//!
//! Activations are in -127..=127. Every sum of products is proven by the limits below to fit in 32 bits, so products may be added in any order;
//! only attention's running sums follow the order of tokens. Memory: the weights once, packed, and 17 KiB of tables.

use crate::error::{Error, Result, try_zeroed};
use crate::kernels::exponential::{Exponential, Slope};
use crate::kernels::int8::{INPUTS_MAX, Matrix, Path};
use crate::neural::{CONTEXT_MAX, HEAD, LAYERS_MAX, TOTAL_MAX, WINDOW_MAX};

/// Most heads.
const HEADS_MAX: usize = 64;
/// Most tokens in the vocabulary.
const TOKENS_MAX: usize = 1 << 15;

/// The sizes of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Tokens.
    pub vocabulary: usize,
    /// Layers.
    pub layers: usize,
    /// Heads of queries, of [`HEAD`] dimensions each; the width of the residual is that of all heads.
    pub heads: usize,
    /// Dimensions of the feed-forward layer.
    pub hidden: usize,
    /// Tokens in a window.
    pub context: usize,
}

impl Shape {
    /// Dimensions of the residual.
    pub fn width(&self) -> usize {
        self.heads.saturating_mul(HEAD)
    }

    fn check(&self) -> Result<()> {
        let within = |value: usize, most: usize| (1..=most).contains(&value);
        let good = within(self.vocabulary, TOKENS_MAX)
            && within(self.layers, LAYERS_MAX)
            && within(self.heads, HEADS_MAX)
            && within(self.hidden, INPUTS_MAX)
            && within(self.context, CONTEXT_MAX);
        if !good {
            return Err(Error::corrupt("the shape of a transformer is out of bounds"));
        }
        let window = self.window_memory();
        if window > WINDOW_MAX {
            return Err(Error::Limit { what: "window", needed: window, limit: WINDOW_MAX });
        }
        Ok(())
    }

    /// Most bytes of a window.
    pub fn window_memory(&self) -> u64 {
        self.layers as u64 * self.context as u64 * 2 * HEAD as u64
    }
}

/// A factor `mult / 2^shift`: what sums are multiplied with, rounded, and clamped to activations. A shift of 0 or less is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// The numerator.
    pub mult: i32,
    /// Logarithm of the denominator, at most 62.
    pub shift: i8,
}

/// The weights of a layer, rows of outputs one after the other.
#[derive(Clone, Copy, Debug)]
pub struct LayerWeights<'a> {
    /// Gain before attention; one for each dimension, as of the other norms.
    pub attention_norm: &'a [i8],
    /// Queries of all heads, then the key, then the value.
    pub qkv: &'a [i8],
    /// Of `qkv`.
    pub qkv_scale: Scale,
    /// What the scores of each head are multiplied with, in 1/32768.
    pub score_mult: &'a [i32],
    /// A key that every query also meets, whose value is zero.
    pub sink_key: Option<&'a [i8]>,
    /// From the heads back to the residual.
    pub out: &'a [i8],
    /// Of `out`.
    pub out_scale: Scale,
    /// Gain behind attention.
    pub attention_out_norm: &'a [i8],
    /// Gain before the feed-forward layer.
    pub ffn_norm: &'a [i8],
    /// Gates, then values.
    pub up: &'a [i8],
    /// Of `up`.
    pub up_scale: Scale,
    /// Back to the residual.
    pub down: &'a [i8],
    /// Of `down`.
    pub down_scale: Scale,
    /// Gain behind the feed-forward layer.
    pub ffn_out_norm: &'a [i8],
}

/// All that a network is made of.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a> {
    /// Its sizes.
    pub shape: Shape,
    /// A row of the residual for each token.
    pub embed: &'a [i8],
    /// As many as the shape says.
    pub layers: &'a [LayerWeights<'a>],
    /// Gain before the head.
    pub norm: &'a [i8],
    /// A row for each token.
    pub head: &'a [i8],
    /// `2^(-i / 256)` in 16 bits.
    pub exp2: &'a [u16; 256],
    /// Cosines of rotation, 32 for each position, 1.0 being 32768.
    pub rope_cos: &'a [i16],
    /// Sines, alike.
    pub rope_sin: &'a [i16],
    /// Distances of logits, in 1/256 octaves, as a fraction of 2^24.
    pub logit_coefficient: u32,
    /// Sum of the frequencies of all tokens; more than there are tokens, at most [`TOTAL_MAX`].
    pub total: u32,
}

/// A scale, with what lets most be computed in 32 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Requantiser {
    pub(super) mult: i32,
    pub(super) shift: u32,
    /// Sums clamped to this size give the same activations, and products of 32 bits.
    pub(super) bound: Option<i32>,
}

impl Requantiser {
    fn new(scale: Scale) -> Result<Requantiser> {
        if scale.shift > 62 {
            return Err(Error::corrupt("a scale of a transformer is out of bounds"));
        }
        let shift = u32::from(scale.shift.max(0).unsigned_abs());
        let size = u64::from(scale.mult.unsigned_abs());
        // From 128 on, all are 127.
        let bound = if size == 0 || shift > 24 { None } else { Some((128u64 << shift).div_ceil(size)) };
        let bound = bound.filter(|bound| bound * size + (1 << shift) < 1 << 31).map(|bound| bound as i32);
        Ok(Requantiser { mult: scale.mult, shift, bound })
    }
}

/// A layer, packed.
pub(super) struct Layer {
    pub(super) attention_norm: Vec<i8>,
    pub(super) qkv: (Matrix, Requantiser),
    pub(super) score_mult: Vec<i32>,
    pub(super) sink_key: Option<[i8; HEAD]>,
    pub(super) out: (Matrix, Requantiser),
    pub(super) attention_out_norm: Vec<i8>,
    pub(super) ffn_norm: Vec<i8>,
    pub(super) up: (Matrix, Requantiser),
    pub(super) down: (Matrix, Requantiser),
    pub(super) ffn_out_norm: Vec<i8>,
}

/// A transformer, ready to run. It is only read; threads share it.
pub(in crate::neural) struct Network {
    pub(in crate::neural) shape: Shape,
    pub(super) path: Path,
    pub(super) embed: Vec<i8>,
    pub(super) layers: Vec<Layer>,
    pub(super) norm: Vec<i8>,
    pub(super) head: Matrix,
    pub(in crate::neural) exponential: Exponential,
    pub(super) rope_cos: Vec<i16>,
    pub(super) rope_sin: Vec<i16>,
    pub(in crate::neural) logit_slope: Slope,
    pub(in crate::neural) total: u32,
}

fn copy<T: Copy + Default>(values: &[T], len: usize) -> Result<Vec<T>> {
    if values.len() != len {
        return Err(Error::corrupt("a tensor of a transformer has another size than its shape says"));
    }
    let mut copy = try_zeroed(len)?;
    copy.copy_from_slice(values);
    Ok(copy)
}

fn pack(path: Path, weights: &[i8], outputs: usize, inputs: usize) -> Result<Matrix> {
    if Some(weights.len()) != outputs.checked_mul(inputs) {
        return Err(Error::corrupt("a matrix of a transformer has another size than its shape says"));
    }
    Matrix::pack(path, weights, inputs)
}

impl Layer {
    fn new(weights: &LayerWeights<'_>, shape: &Shape, path: Path) -> Result<Layer> {
        let (width, hidden) = (shape.width(), shape.hidden);
        let matrix = |weights, outputs, inputs, scale| -> Result<_> {
            Ok((pack(path, weights, outputs, inputs)?, Requantiser::new(scale)?))
        };
        let sink_key = match weights.sink_key {
            Some(key) => {
                Some(key.try_into().map_err(|_| Error::corrupt("a sink of a transformer has no head's size"))?)
            }
            None => None,
        };
        Ok(Layer {
            attention_norm: copy(weights.attention_norm, width)?,
            qkv: matrix(weights.qkv, width + 2 * HEAD, width, weights.qkv_scale)?,
            score_mult: copy(weights.score_mult, shape.heads)?,
            sink_key,
            out: matrix(weights.out, width, width, weights.out_scale)?,
            attention_out_norm: copy(weights.attention_out_norm, width)?,
            ffn_norm: copy(weights.ffn_norm, width)?,
            up: matrix(weights.up, 2 * hidden, width, weights.up_scale)?,
            down: matrix(weights.down, width, hidden, weights.down_scale)?,
            ffn_out_norm: copy(weights.ffn_out_norm, width)?,
        })
    }
}

impl Network {
    /// Checks the weights and packs them for `path`.
    pub(in crate::neural) fn on(weights: &Weights<'_>, path: Path) -> Result<Network> {
        let shape = weights.shape;
        shape.check()?;
        let (width, vocabulary) = (shape.width(), shape.vocabulary);
        if weights.layers.len() != shape.layers {
            return Err(Error::corrupt("a transformer has another number of layers than its shape says"));
        }
        if weights.total as usize <= vocabulary || weights.total > TOTAL_MAX {
            return Err(Error::corrupt("the sum of a transformer's frequencies is out of bounds"));
        }
        let layers: Result<Vec<Layer>> = weights.layers.iter().map(|layer| Layer::new(layer, &shape, path)).collect();
        Ok(Network {
            shape,
            path,
            embed: copy(weights.embed, vocabulary * width)?,
            layers: layers?,
            norm: copy(weights.norm, width)?,
            head: pack(path, weights.head, vocabulary, width)?,
            exponential: Exponential::new(weights.exp2)?,
            rope_cos: copy(weights.rope_cos, shape.context * HEAD / 2)?,
            rope_sin: copy(weights.rope_sin, shape.context * HEAD / 2)?,
            logit_slope: Slope::new(weights.logit_coefficient),
            total: weights.total,
        })
    }
}
