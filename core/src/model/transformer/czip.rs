//! Networks of czip's arithmetic.

use super::{CZIP, has, number, values};
use crate::error::{Error, Result};
use crate::model::{Part, Tensor};
use crate::neural::{
    Accumulator, CONTEXT_MAX, HEAD, LAYERS_MAX, LayerWeights, Scale, Shape, TOTAL_MAX, VOCABULARY_MAX, Weights,
};
use std::collections::BTreeMap;

/// Most heads and most dimensions of a feed-forward layer that a key is read for; the network has its own bounds.
const HEADS_MAX: usize = 1 << 6;
const HIDDEN_MAX: usize = 1 << 16;

/// The tensors of a network, and what is said of it in `keys`.
pub(super) fn write(
    weights: &Weights<'_>,
    accumulator: Accumulator,
    keys: &mut BTreeMap<&'static str, String>,
) -> Result<Vec<Tensor>> {
    let shape = &weights.shape;
    keys.extend([
        ("profile", CZIP.to_owned()),
        ("vocabulary", shape.vocabulary.to_string()),
        ("layers", shape.layers.to_string()),
        ("heads", shape.heads.to_string()),
        ("hidden", shape.hidden.to_string()),
        ("context", shape.context.to_string()),
        ("logit_coefficient", weights.logit_coefficient.to_string()),
        ("total", weights.total.to_string()),
        ("accumulator", accumulator_bits(accumulator).to_string()),
    ]);
    let mut tensors = layer_tensors(weights)?;
    tensors.extend([
        Tensor::new("embed", &[shape.vocabulary, shape.width()], weights.embed)?,
        Tensor::new("norm", &[shape.width()], weights.norm)?,
        Tensor::new("head", &[shape.vocabulary, shape.width()], weights.head)?,
        Tensor::new("exp2", &[256], weights.exp2)?,
        Tensor::new("rope_cos", &[shape.context, HEAD / 2], weights.rope_cos)?,
        Tensor::new("rope_sin", &[shape.context, HEAD / 2], weights.rope_sin)?,
    ]);
    Ok(tensors)
}

/// Hands the weights that `part` holds to `use_them`.
pub(super) fn with_weights<T>(part: &Part, use_them: impl FnOnce(&Weights<'_>, Accumulator) -> Result<T>) -> Result<T> {
    let shape = Shape {
        vocabulary: number(part, "vocabulary", VOCABULARY_MAX)?,
        layers: number(part, "layers", LAYERS_MAX)?,
        heads: number(part, "heads", HEADS_MAX)?,
        hidden: number(part, "hidden", HIDDEN_MAX)?,
        context: number(part, "context", CONTEXT_MAX)?,
    };
    let layers = Layers::read(part, &shape)?;
    let layers: Vec<LayerWeights<'_>> = (0..shape.layers).map(|index| layers.layer(index, &shape)).collect();
    let table = shape.context * HEAD / 2;
    let exp2: Vec<u16> = values(part, "exp2", 256)?;
    let weights = Weights {
        shape,
        embed: &values(part, "embed", shape.vocabulary * shape.width())?,
        layers: &layers,
        norm: &values(part, "norm", shape.width())?,
        head: &values(part, "head", shape.vocabulary * shape.width())?,
        exp2: exp2.as_slice().try_into().map_err(|_| Error::Internal("a table has another length"))?,
        rope_cos: &values(part, "rope_cos", table)?,
        rope_sin: &values(part, "rope_sin", table)?,
        logit_coefficient: part.number("logit_coefficient", u32::MAX.into())? as u32,
        total: part.number("total", TOTAL_MAX.into())? as u32,
    };
    let accumulator = match part.number("accumulator", 64)? {
        32 => Accumulator::Wrap32,
        64 => Accumulator::Wide64,
        _ => return Err(Error::corrupt("a transformer's sums have an unknown size")),
    };
    use_them(&weights, accumulator)
}

fn accumulator_bits(accumulator: Accumulator) -> u32 {
    match accumulator {
        Accumulator::Wrap32 => 32,
        Accumulator::Wide64 => 64,
    }
}

/// What is read of a layer's tensor in a `LayerWeights`.
pub(super) type Field<T> = for<'a> fn(&LayerWeights<'a>) -> &'a [T];
/// The dimensions of a layer's tensor.
pub(super) type Dimensions = fn(&Shape) -> [usize; 2];

/// The tensors of weights: name, dimensions (the first 1 where there is but one), field.
pub(super) const WEIGHTS: [(&str, Dimensions, Field<i8>); 8] = [
    ("attention_norm", |shape| [1, shape.width()], |layer| layer.attention_norm),
    ("qkv", |shape| [shape.width() + 2 * HEAD, shape.width()], |layer| layer.qkv),
    ("out", |shape| [shape.width(); 2], |layer| layer.out),
    ("attention_out_norm", |shape| [1, shape.width()], |layer| layer.attention_out_norm),
    ("ffn_norm", |shape| [1, shape.width()], |layer| layer.ffn_norm),
    ("up", |shape| [2 * shape.hidden, shape.width()], |layer| layer.up),
    ("down", |shape| [shape.width(), shape.hidden], |layer| layer.down),
    ("ffn_out_norm", |shape| [1, shape.width()], |layer| layer.ffn_out_norm),
];
/// What is scaled, in the order of the tensors `scale_mult` and `scale_shift`.
const SCALES: [fn(&LayerWeights<'_>) -> Scale; 4] =
    [|layer| layer.qkv_scale, |layer| layer.out_scale, |layer| layer.up_scale, |layer| layer.down_scale];

fn layer_tensors(weights: &Weights<'_>) -> Result<Vec<Tensor>> {
    let (shape, layers) = (&weights.shape, weights.layers);
    let mut tensors = Vec::new();
    for (name, dimensions, field) in WEIGHTS {
        let stacked: Vec<i8> = layers.iter().flat_map(field).copied().collect();
        let [rows, columns] = dimensions(shape);
        let all = [shape.layers, rows, columns];
        let dimensions = if rows == 1 { &[shape.layers, columns][..] } else { &all };
        tensors.push(Tensor::new(name, dimensions, &stacked)?);
    }
    let scales: Vec<Scale> = layers.iter().flat_map(|layer| SCALES.map(|scale| scale(layer))).collect();
    let mults: Vec<i32> = scales.iter().map(|scale| scale.mult).collect();
    let shifts: Vec<i8> = scales.iter().map(|scale| scale.shift).collect();
    let scores: Vec<i32> = layers.iter().flat_map(|layer| layer.score_mult).copied().collect();
    tensors.extend([
        Tensor::new("scale_mult", &[shape.layers, SCALES.len()], &mults)?,
        Tensor::new("scale_shift", &[shape.layers, SCALES.len()], &shifts)?,
        Tensor::new("score_mult", &[shape.layers, shape.heads], &scores)?,
    ]);
    let sinks: Vec<u8> = layers.iter().map(|layer| u8::from(layer.sink_key.is_some())).collect();
    if sinks.contains(&1) {
        let none = [0; HEAD];
        let keys: Vec<i8> = layers.iter().flat_map(|layer| layer.sink_key.unwrap_or(&none)).copied().collect();
        tensors.extend([
            Tensor::new("sinks", &[shape.layers], &sinks)?,
            Tensor::new("sink_keys", &[shape.layers, HEAD], &keys)?,
        ]);
    }
    Ok(tensors)
}

/// The tensors of all layers.
struct Layers {
    weights: [Vec<i8>; WEIGHTS.len()],
    mults: Vec<i32>,
    shifts: Vec<i8>,
    scores: Vec<i32>,
    /// Whether a layer has a sink, and the keys of all.
    sinks: Option<(Vec<u8>, Vec<i8>)>,
}

impl Layers {
    fn read(part: &Part, shape: &Shape) -> Result<Layers> {
        let mut weights = [const { Vec::new() }; WEIGHTS.len()];
        for (place, (name, dimensions, _)) in weights.iter_mut().zip(WEIGHTS) {
            // Within the bounds of their keys, the product fits in 64 bits; on smaller machines no tensor is that large.
            let [rows, columns] = dimensions(shape);
            let count = shape.layers.checked_mul(rows).and_then(|rows| rows.checked_mul(columns));
            *place = values(part, name, count.unwrap_or(usize::MAX))?;
        }
        let sinks = match has(part, "sinks") {
            true => Some((values(part, "sinks", shape.layers)?, values(part, "sink_keys", shape.layers * HEAD)?)),
            false => None,
        };
        Ok(Layers {
            weights,
            mults: values(part, "scale_mult", shape.layers * SCALES.len())?,
            shifts: values(part, "scale_shift", shape.layers * SCALES.len())?,
            scores: values(part, "score_mult", shape.layers * shape.heads)?,
            sinks,
        })
    }

    /// A layer that there is.
    fn layer(&self, index: usize, shape: &Shape) -> LayerWeights<'_> {
        let weights = |which: usize| {
            let all = &self.weights[which];
            let size = all.len() / shape.layers;
            &all[index * size..][..size]
        };
        let scale = |which: usize| {
            let at = index * SCALES.len() + which;
            Scale { mult: self.mults[at], shift: self.shifts[at] }
        };
        let sink = self.sinks.as_ref().filter(|(sinks, _)| sinks[index] != 0);
        LayerWeights {
            attention_norm: weights(0),
            qkv: weights(1),
            qkv_scale: scale(0),
            score_mult: &self.scores[index * shape.heads..][..shape.heads],
            sink_key: sink.map(|(_, keys)| &keys[index * HEAD..][..HEAD]),
            out: weights(2),
            out_scale: scale(1),
            attention_out_norm: weights(3),
            ffn_norm: weights(4),
            up: weights(5),
            up_scale: scale(2),
            down: weights(6),
            down_scale: scale(3),
            ffn_out_norm: weights(7),
        }
    }
}
