//! Networks of our own arithmetic.

use super::{VATIC, has, number, values};
use crate::error::{Error, Result};
use crate::model::{Element, Part, Tensor};
use crate::neural::vatic::{HEADS_MAX, LayerWeights, Shape, Shifts, TURN, WIDTH_MAX, Weights};
use crate::neural::{CONTEXT_MAX, HEAD, LAYERS_MAX, TOTAL_MAX, VOCABULARY_MAX};
use std::collections::BTreeMap;

/// Most dimensions of a feed-forward layer that a key is read for; the network has its own bound.
const HIDDEN_MAX: usize = 1 << 16;
/// Shifts of a layer.
const SHIFTS: usize = 7;

/// What is read of a layer's tensor in a `LayerWeights`.
type Field<T> = for<'a> fn(&LayerWeights<'a>) -> &'a [T];
/// A tensor of all layers: name, dimensions in one of them (the first 1 where there is but one), field.
type Stack<T> = (&'static str, fn(&Shape) -> [usize; 2], Field<T>);

const MATRICES: [Stack<i8>; 4] = [
    ("qkv", |shape| [shape.projected(), shape.width], |layer| layer.qkv),
    ("out", |shape| [shape.width, shape.heads * HEAD], |layer| layer.out),
    ("up", |shape| [2 * shape.hidden, shape.width], |layer| layer.up),
    ("down", |shape| [shape.width, shape.hidden], |layer| layer.down),
];
const SCALES: [Stack<i32>; 4] = [
    ("qkv_scale", |shape| [1, shape.projected()], |layer| layer.qkv_scale),
    ("out_scale", |shape| [1, shape.width], |layer| layer.out_scale),
    ("up_scale", |shape| [1, 2 * shape.hidden], |layer| layer.up_scale),
    ("down_scale", |shape| [1, shape.width], |layer| layer.down_scale),
];
const TABLES: [Stack<i16>; 3] = [
    ("attention_norm", |shape| [1, shape.width], |layer| layer.attention_norm),
    ("ffn_norm", |shape| [1, shape.width], |layer| layer.ffn_norm),
    ("activation", |_| [1, 256], |layer| layer.activation),
];
const SLOPES: Stack<u32> = ("slopes", |shape| [1, shape.heads], |layer| layer.slopes);
const GAINS: Stack<u16> = ("gains", |shape| [1, shape.heads], |layer| layer.gains);
const SINKS: Stack<i32> = ("sinks", |shape| [1, shape.heads], |layer| layer.sinks.unwrap_or(&[]));

/// The tensors of a network, and what is said of it in `keys`.
pub(super) fn write(weights: &Weights<'_>, keys: &mut BTreeMap<&'static str, String>) -> Result<Vec<Tensor>> {
    let shape = &weights.shape;
    keys.extend([
        ("profile", VATIC.to_owned()),
        ("vocabulary", shape.vocabulary.to_string()),
        ("layers", shape.layers.to_string()),
        ("width", shape.width.to_string()),
        ("heads", shape.heads.to_string()),
        ("kv_heads", shape.kv_heads.to_string()),
        ("hidden", shape.hidden.to_string()),
        ("context", shape.context.to_string()),
        ("epsilon", weights.epsilon.to_string()),
        ("norm_shift", weights.norm_shift.to_string()),
        ("head_shift", weights.head_shift.to_string()),
        ("total", weights.total.to_string()),
    ]);
    let mut tensors = vec![
        Tensor::new("embed", &[shape.vocabulary, shape.width], weights.embed)?,
        Tensor::new("embed_scale", &[shape.vocabulary], weights.embed_scale)?,
        Tensor::new("norm", &[shape.width], weights.norm)?,
        Tensor::new("head_scale", &[shape.vocabulary], weights.head_scale)?,
        Tensor::new("turn", &[TURN], weights.turn)?,
        Tensor::new("steps", &[HEAD / 2], weights.steps)?,
        Tensor::new("exp2", &[256], weights.exp2)?,
        stacked(weights, SLOPES)?,
        stacked(weights, GAINS)?,
    ];
    if let Some(head) = weights.head {
        tensors.push(Tensor::new("head", &[shape.vocabulary, shape.width], head)?);
    }
    if weights.layers.iter().any(|layer| layer.sinks.is_some()) {
        tensors.push(stacked(weights, SINKS)?);
    }
    for stack in MATRICES {
        tensors.push(stacked(weights, stack)?);
    }
    for stack in SCALES {
        tensors.push(stacked(weights, stack)?);
    }
    for stack in TABLES {
        tensors.push(stacked(weights, stack)?);
    }
    let shifts: Vec<u8> = weights.layers.iter().flat_map(|layer| shifts(&layer.shifts)).collect();
    tensors.push(Tensor::new("shifts", &[shape.layers, SHIFTS], &shifts)?);
    Ok(tensors)
}

fn stacked<T: Element>(weights: &Weights<'_>, (name, dimensions, field): Stack<T>) -> Result<Tensor> {
    let all: Vec<T> = weights.layers.iter().flat_map(field).copied().collect();
    let [rows, columns] = dimensions(&weights.shape);
    let shape = [weights.shape.layers, rows, columns];
    if rows == 1 { Tensor::new(name, &[shape[0], columns], &all) } else { Tensor::new(name, &shape, &all) }
}

/// In the order of the file.
fn shifts(shifts: &Shifts) -> [u8; SHIFTS] {
    let Shifts { attention_norm, qkv, out, ffn_norm, up, gated, down } = *shifts;
    [attention_norm, qkv, out, ffn_norm, up, gated, down]
}

/// The tensor's elements, as many for each layer.
fn stack<T: Element>(part: &Part, shape: &Shape, (name, dimensions, _): Stack<T>) -> Result<Vec<T>> {
    let [rows, columns] = dimensions(shape);
    // Within the bounds of their keys, the product fits in 64 bits; on smaller machines no tensor is that large.
    let count = shape.layers.checked_mul(rows).and_then(|rows| rows.checked_mul(columns));
    values(part, name, count.unwrap_or(usize::MAX))
}

/// What layer `index` has of them.
fn own<'a, T>(all: &'a [T], index: usize, shape: &Shape) -> &'a [T] {
    let size = all.len() / shape.layers;
    &all[index * size..][..size]
}

/// Hands the weights that `part` holds to `use_them`.
pub(super) fn with_weights<T>(part: &Part, use_them: impl FnOnce(&Weights<'_>) -> Result<T>) -> Result<T> {
    let shape = Shape {
        vocabulary: number(part, "vocabulary", VOCABULARY_MAX)?,
        layers: number(part, "layers", LAYERS_MAX)?,
        width: number(part, "width", WIDTH_MAX)?,
        heads: number(part, "heads", HEADS_MAX)?,
        kv_heads: number(part, "kv_heads", HEADS_MAX)?,
        hidden: number(part, "hidden", HIDDEN_MAX)?,
        context: number(part, "context", CONTEXT_MAX)?,
    };
    let mut matrices = [const { Vec::new() }; MATRICES.len()];
    let mut scales = [const { Vec::new() }; SCALES.len()];
    let mut tables = [const { Vec::new() }; TABLES.len()];
    matrices.iter_mut().zip(MATRICES).try_for_each(|(place, of)| stack(part, &shape, of).map(|all| *place = all))?;
    scales.iter_mut().zip(SCALES).try_for_each(|(place, of)| stack(part, &shape, of).map(|all| *place = all))?;
    tables.iter_mut().zip(TABLES).try_for_each(|(place, of)| stack(part, &shape, of).map(|all| *place = all))?;
    let (slopes, gains) = (stack(part, &shape, SLOPES)?, stack(part, &shape, GAINS)?);
    let sinks = if has(part, SINKS.0) { Some(stack(part, &shape, SINKS)?) } else { None };
    let shifts: Vec<u8> = values(part, "shifts", shape.layers * SHIFTS)?;
    let layer = |index: usize| {
        let of = |shift: usize| shifts[index * SHIFTS + shift];
        LayerWeights {
            attention_norm: own(&tables[0], index, &shape),
            qkv: own(&matrices[0], index, &shape),
            qkv_scale: own(&scales[0], index, &shape),
            slopes: own(&slopes, index, &shape),
            sinks: sinks.as_ref().map(|sinks| own(sinks, index, &shape)),
            gains: own(&gains, index, &shape),
            out: own(&matrices[1], index, &shape),
            out_scale: own(&scales[1], index, &shape),
            ffn_norm: own(&tables[1], index, &shape),
            up: own(&matrices[2], index, &shape),
            up_scale: own(&scales[2], index, &shape),
            activation: own(&tables[2], index, &shape),
            down: own(&matrices[3], index, &shape),
            down_scale: own(&scales[3], index, &shape),
            shifts: Shifts {
                attention_norm: of(0),
                qkv: of(1),
                out: of(2),
                ffn_norm: of(3),
                up: of(4),
                gated: of(5),
                down: of(6),
            },
        }
    };
    let layers: Vec<LayerWeights<'_>> = (0..shape.layers).map(layer).collect();
    let rows = shape.vocabulary * shape.width;
    let head: Option<Vec<i8>> = if has(part, "head") { Some(values(part, "head", rows)?) } else { None };
    let exp2: Vec<u32> = values(part, "exp2", 256)?;
    use_them(&Weights {
        shape,
        embed: &values(part, "embed", rows)?,
        embed_scale: &values(part, "embed_scale", shape.vocabulary)?,
        layers: &layers,
        norm: &values(part, "norm", shape.width)?,
        norm_shift: part.number("norm_shift", u8::MAX.into())? as u8,
        head: head.as_deref(),
        head_scale: &values(part, "head_scale", shape.vocabulary)?,
        head_shift: part.number("head_shift", u8::MAX.into())? as u8,
        epsilon: part.number("epsilon", u32::MAX.into())? as u32,
        turn: &values(part, "turn", TURN)?,
        steps: &values(part, "steps", HEAD / 2)?,
        exp2: exp2.as_slice().try_into().map_err(|_| Error::Internal("a table has another length"))?,
        total: part.number("total", TOTAL_MAX.into())? as u32,
    })
}
