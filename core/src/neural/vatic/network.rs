//! The shape and the weights of a network of our own arithmetic, checked and packed at load.

use crate::error::{Error, Result, try_zeroed};
use crate::kernels::exponential::{Exponential, Slope};
use crate::kernels::int8::{INPUTS_MAX, Matrix, Path};
use crate::neural::{CONTEXT_MAX, HEAD, LAYERS_MAX, TOTAL_MAX, VOCABULARY_MAX, WINDOW_MAX};

/// Most dimensions of the residual.
pub const WIDTH_MAX: usize = 1 << 13;
/// Most heads of queries.
pub const HEADS_MAX: usize = 1 << 7;
/// Entries of the table of angles: a whole turn.
pub const TURN: usize = 1 << 12;
/// Largest shift of a scale: products of 61 bits can be rounded.
pub const SHIFT_MAX: u8 = 47;
/// Largest shift of a norm.
pub const NORM_SHIFT_MAX: u8 = 60;
/// Largest shift of the product of gate and value.
pub const GATED_SHIFT_MAX: u8 = 24;
/// What the residual is clamped to, either way.
pub(super) const RESIDUAL_MAX: i64 = (1 << 24) - 1;
/// What a logit is clamped to, either way.
pub(super) const LOGIT_MAX: i64 = 1 << 30;

/// The sizes of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Tokens.
    pub vocabulary: usize,
    /// Layers.
    pub layers: usize,
    /// Dimensions of the residual, a multiple of 4.
    pub width: usize,
    /// Heads of queries, of [`HEAD`] dimensions each.
    pub heads: usize,
    /// Heads of keys and values; each serves as many heads of queries.
    pub kv_heads: usize,
    /// Dimensions of the feed-forward layer, a multiple of 4.
    pub hidden: usize,
    /// Tokens in a window.
    pub context: usize,
}

impl Shape {
    /// Queries, keys and values together.
    pub fn projected(&self) -> usize {
        (self.heads + 2 * self.kv_heads) * HEAD
    }

    pub(super) fn check(&self) -> Result<()> {
        let within = |value: usize, most: usize| (1..=most).contains(&value);
        let good = within(self.vocabulary, VOCABULARY_MAX)
            && within(self.layers, LAYERS_MAX)
            && within(self.width, WIDTH_MAX)
            && self.width.is_multiple_of(4)
            && within(self.heads, HEADS_MAX)
            && within(self.kv_heads, self.heads)
            && self.heads.is_multiple_of(self.kv_heads)
            && within(self.hidden, INPUTS_MAX)
            && self.hidden.is_multiple_of(4)
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
        (self.layers * self.context) as u64 * (2 * HEAD * self.kv_heads) as u64
    }
}

/// How far the products of a layer are shifted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shifts {
    /// Of the norm before attention.
    pub attention_norm: u8,
    /// Of queries, keys and values.
    pub qkv: u8,
    /// Of what attention adds to the residual.
    pub out: u8,
    /// Of the norm before the feed-forward layer.
    pub ffn_norm: u8,
    /// Of gates and values.
    pub up: u8,
    /// Of their products.
    pub gated: u8,
    /// Of what the feed-forward layer adds to the residual.
    pub down: u8,
}

/// The weights of a layer, rows of outputs one after the other.
#[derive(Clone, Copy, Debug)]
pub struct LayerWeights<'a> {
    /// Gain before attention, of each dimension.
    pub attention_norm: &'a [i16],
    /// Queries of all heads, then the keys, then the values.
    pub qkv: &'a [i8],
    /// A numerator for each output of `qkv`.
    pub qkv_scale: &'a [i32],
    /// Of each head: how fast attention falls, in 1/256 octaves for each 2^24 of distance between products.
    pub slopes: &'a [u32],
    /// Of each head: the product of a token that has no value.
    pub sinks: Option<&'a [i32]>,
    /// Of each head: what the mean of values is multiplied with, in 1/256.
    pub gains: &'a [u16],
    /// From the heads back to the residual.
    pub out: &'a [i8],
    /// A numerator for each output of `out`.
    pub out_scale: &'a [i32],
    /// Gain before the feed-forward layer.
    pub ffn_norm: &'a [i16],
    /// Gates, then values.
    pub up: &'a [i8],
    /// A numerator for each output of `up`.
    pub up_scale: &'a [i32],
    /// What becomes of a gate from -128 to 127.
    pub activation: &'a [i16],
    /// Back to the residual.
    pub down: &'a [i8],
    /// A numerator for each output of `down`.
    pub down_scale: &'a [i32],
    /// All shifts.
    pub shifts: Shifts,
}

/// All that a network is made of.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a> {
    /// Its sizes.
    pub shape: Shape,
    /// A row of the residual for each token.
    pub embed: &'a [i8],
    /// What the row of each token is multiplied with.
    pub embed_scale: &'a [i32],
    /// As many as the shape says.
    pub layers: &'a [LayerWeights<'a>],
    /// Gain before the head.
    pub norm: &'a [i16],
    /// Its shift.
    pub norm_shift: u8,
    /// A row for each token; none: that of `embed`.
    pub head: Option<&'a [i8]>,
    /// A numerator for the logit of each token.
    pub head_scale: &'a [i32],
    /// Their shift.
    pub head_shift: u8,
    /// What is added to the mean of squares, at least 1.
    pub epsilon: u32,
    /// Cosines of the angles of a turn, [`TURN`] of them, 1.0 being 16384.
    pub turn: &'a [i16],
    /// The angle from one position to the next for each pair of dimensions, as a fraction of 2^32 turns.
    pub steps: &'a [u32],
    /// `2^(31 - i / 256)`, the first 2^31.
    pub exp2: &'a [u32; 256],
    /// Sum of the frequencies of all tokens; more than there are tokens, at most [`TOTAL_MAX`].
    pub total: u32,
}

/// Factors `mults[output] / 2^shift`.
pub(super) struct Scales {
    pub(super) mults: Vec<i32>,
    pub(super) shift: u32,
    /// Sums clamped to this size give the same activations, and products of 32 bits.
    pub(super) bounds: Option<Vec<i32>>,
}

impl Scales {
    fn new(mults: &[i32], outputs: usize, shift: u8) -> Result<Scales> {
        let (mults, shift) = (copy(mults, outputs)?, u32::from(within(shift, SHIFT_MAX)?));
        let bound = |&mult: &i32| {
            let size = u64::from(mult.unsigned_abs());
            // From 128 on, all are 127.
            let bound = if size == 0 { 0 } else { (128u64 << shift).div_ceil(size) };
            (bound * size + (1 << shift) < 1 << 31).then_some(bound as i32)
        };
        let bounds = if shift <= 23 { mults.iter().map(bound).collect() } else { None };
        Ok(Scales { mults, shift, bounds })
    }
}

/// A layer, packed.
pub(super) struct Layer {
    pub(super) attention_norm: Vec<i16>,
    pub(super) qkv: (Matrix, Scales),
    pub(super) slopes: Vec<Slope>,
    pub(super) sinks: Option<Vec<i32>>,
    pub(super) gains: Vec<u16>,
    pub(super) out: (Matrix, Scales),
    pub(super) ffn_norm: Vec<i16>,
    pub(super) up: (Matrix, Scales),
    /// Of each gate, by its byte as an unsigned one: 32 bits in two's complement.
    pub(super) activation: [u32; 256],
    pub(super) down: (Matrix, Scales),
    pub(super) shifts: Shifts,
}

/// A transformer of our own arithmetic, ready to run.
pub(in crate::neural) struct Network {
    pub(in crate::neural) shape: Shape,
    pub(super) path: Path,
    pub(super) embed: Vec<i8>,
    pub(super) embed_scale: Vec<i32>,
    pub(super) layers: Vec<Layer>,
    pub(super) norm: Vec<i16>,
    pub(super) norm_shift: u32,
    pub(super) head: (Matrix, Scales),
    pub(super) epsilon: u64,
    pub(super) turn: Box<[i16; TURN]>,
    pub(super) steps: [u32; HEAD / 2],
    pub(super) exponential: Exponential,
    pub(super) exp2: [u32; 256],
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

fn within(shift: u8, most: u8) -> Result<u8> {
    if shift <= most { Ok(shift) } else { Err(Error::corrupt("a scale of a transformer is out of bounds")) }
}

fn pack(path: Path, weights: &[i8], outputs: usize, inputs: usize) -> Result<Matrix> {
    if Some(weights.len()) != outputs.checked_mul(inputs) {
        return Err(Error::corrupt("a matrix of a transformer has another size than its shape says"));
    }
    if weights.contains(&i8::MIN) {
        return Err(Error::corrupt("a weight of a transformer is out of bounds"));
    }
    Matrix::pack(path, weights, inputs)
}

impl Layer {
    fn new(weights: &LayerWeights<'_>, shape: &Shape, path: Path) -> Result<Layer> {
        let matrix = |weights, scale, outputs, inputs, shift| -> Result<_> {
            Ok((pack(path, weights, outputs, inputs)?, Scales::new(scale, outputs, shift)?))
        };
        let Shape { width, heads, hidden, .. } = *shape;
        let shifts = weights.shifts;
        within(shifts.attention_norm.max(shifts.ffn_norm), NORM_SHIFT_MAX)?;
        within(shifts.gated, GATED_SHIFT_MAX)?;
        let activation: &[i16; 256] =
            (weights.activation.try_into()).map_err(|_| Error::corrupt("a table of a transformer has another size"))?;
        Ok(Layer {
            attention_norm: copy(weights.attention_norm, width)?,
            qkv: matrix(weights.qkv, weights.qkv_scale, shape.projected(), width, shifts.qkv)?,
            slopes: copy(weights.slopes, heads)?.into_iter().map(Slope::new).collect(),
            sinks: weights.sinks.map(|sinks| copy(sinks, heads)).transpose()?,
            gains: copy(weights.gains, heads)?,
            out: matrix(weights.out, weights.out_scale, width, heads * HEAD, shifts.out)?,
            ffn_norm: copy(weights.ffn_norm, width)?,
            up: matrix(weights.up, weights.up_scale, 2 * hidden, width, shifts.up)?,
            // The model's begins with the gate of -128.
            activation: std::array::from_fn(|byte| i32::from(activation[byte ^ 0x80]) as u32),
            down: matrix(weights.down, weights.down_scale, width, hidden, shifts.down)?,
            shifts,
        })
    }
}

impl Network {
    /// Checks the weights and packs them for `path`.
    pub(in crate::neural) fn on(weights: &Weights<'_>, path: Path) -> Result<Network> {
        let shape = weights.shape;
        shape.check()?;
        if weights.layers.len() != shape.layers {
            return Err(Error::corrupt("a transformer has another number of layers than its shape says"));
        }
        if weights.total as usize <= shape.vocabulary || weights.total > TOTAL_MAX {
            return Err(Error::corrupt("the sum of a transformer's frequencies is out of bounds"));
        }
        if weights.epsilon == 0 || weights.exp2[0] != 1 << 31 || weights.exp2.iter().any(|&entry| entry > 1 << 31) {
            return Err(Error::corrupt("a number of a transformer is out of bounds"));
        }
        let table = || Error::corrupt("a table of a transformer has another size");
        let layers: Result<Vec<Layer>> = weights.layers.iter().map(|layer| Layer::new(layer, &shape, path)).collect();
        let head = pack(path, weights.head.unwrap_or(weights.embed), shape.vocabulary, shape.width)?;
        Ok(Network {
            shape,
            path,
            embed: copy(weights.embed, shape.vocabulary * shape.width)?,
            embed_scale: copy(weights.embed_scale, shape.vocabulary)?,
            layers: layers?,
            norm: copy(weights.norm, shape.width)?,
            norm_shift: within(weights.norm_shift, NORM_SHIFT_MAX)?.into(),
            head: (head, Scales::new(weights.head_scale, shape.vocabulary, weights.head_shift)?),
            epsilon: weights.epsilon.into(),
            turn: copy(weights.turn, TURN)?.into_boxed_slice().try_into().map_err(|_| table())?,
            steps: weights.steps.try_into().map_err(|_| table())?,
            // Down to 16 bits, rounded half up; 1.0 is 65535.
            exponential: Exponential::new(&weights.exp2.map(|entry| ((entry + (1 << 14)) >> 15).min(65_535) as u16))?,
            exp2: *weights.exp2,
            total: weights.total,
        })
    }
}
