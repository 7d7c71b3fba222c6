//! The part `transformer`: a network and its tokens as tensors. `docs/model.md` specifies it.
//!
//! Tensors of all layers are stacked, so that a network of any depth has as many tensors. Only the sizes are compared here; what the
//! numbers may be is up to [`Transformer::new`].

use super::{Element, Model, Part, Tensor};
use crate::error::{Error, Result};
use crate::neural::{
    Accumulator, CONTEXT_MAX, HEAD, HEADS_MAX, LAYERS_MAX, LayerWeights, Scale, Shape, Source, Split, TOTAL_MAX,
    Transformer, VOCABULARY_MAX, Vocabulary, Weights,
};
use std::sync::Arc;

/// The part's name.
const NAME: &str = "transformer";
/// The arithmetic that `docs/czip.md` specifies.
const CZIP: &str = "czip";
/// Most of a feed-forward layer's width that a key is read for; the network has its own bound.
const HIDDEN_MAX: u64 = 1 << 16;

impl Model {
    /// The transformer that this model has, if it has one: made at the first call, and shared from then on by all models that have the
    /// part.
    ///
    /// # Errors
    /// [`Error::Corrupt`], [`Error::Unsupported`] for arithmetic that this library does not know, [`Error::Limit`], [`Error::OutOfMemory`].
    pub fn transformer(&self) -> Result<Option<Arc<Transformer>>> {
        self.part(NAME).map(|part| part.prepared(read)).transpose()
    }

    /// The model in a `.czm` file of czip; its only part is `transformer`. It computes what czip does.
    ///
    /// # Errors
    /// As [`CzipModel::from_bytes`](crate::neural::czip::CzipModel::from_bytes).
    #[cfg(feature = "czip")]
    pub fn from_czm(bytes: &[u8], info: std::collections::BTreeMap<String, String>) -> Result<Model> {
        let part = crate::neural::czip::with_source(bytes, |source| {
            // What cannot run is no model.
            Transformer::new(source)?;
            transformer_part(source)
        })?;
        Model::new(vec![part], info)
    }
}

/// The part `transformer` that holds `source`.
///
/// # Errors
/// [`Error::InvalidOption`] where sizes do not fit each other, [`Error::OutOfMemory`].
pub fn transformer_part(source: &Source<'_>) -> Result<Part> {
    let Source { weights, vocabulary, start, accumulator } = source;
    let shape = &weights.shape;
    let keys = [
        ("profile", CZIP.to_owned()),
        ("vocabulary", shape.vocabulary.to_string()),
        ("layers", shape.layers.to_string()),
        ("heads", shape.heads.to_string()),
        ("hidden", shape.hidden.to_string()),
        ("context", shape.context.to_string()),
        ("logit_coefficient", weights.logit_coefficient.to_string()),
        ("total", weights.total.to_string()),
        ("accumulator", accumulator_bits(*accumulator).to_string()),
        ("start", start.to_string()),
        ("split", split_name(vocabulary.split).to_owned()),
    ];
    let mut tensors = layer_tensors(weights)?;
    tensors.extend([
        Tensor::new("embed", &[shape.vocabulary, shape.width()], weights.embed)?,
        Tensor::new("norm", &[shape.width()], weights.norm)?,
        Tensor::new("head", &[shape.vocabulary, shape.width()], weights.head)?,
        Tensor::new("exp2", &[256], weights.exp2)?,
        Tensor::new("rope_cos", &[shape.context, HEAD / 2], weights.rope_cos)?,
        Tensor::new("rope_sin", &[shape.context, HEAD / 2], weights.rope_sin)?,
    ]);
    tensors.extend(token_tensors(vocabulary)?);
    Part::new(NAME, keys.map(|(key, value)| (key.to_owned(), value)).into(), tensors)
}

/// The transformer that `part` holds.
fn read(part: &Part) -> Result<Transformer> {
    match part.keys().get("profile").map(String::as_str) {
        Some(CZIP) => {}
        Some(_) => return Err(Error::Unsupported { what: "arithmetic of a transformer", value: 0 }),
        None => return Err(Error::corrupt("a transformer does not say how it computes")),
    }
    let number = |key, most: usize| Ok::<usize, Error>(part.number(key, most as u64)? as usize);
    let shape = Shape {
        vocabulary: number("vocabulary", VOCABULARY_MAX)?,
        layers: number("layers", LAYERS_MAX)?,
        heads: number("heads", HEADS_MAX)?,
        hidden: part.number("hidden", HIDDEN_MAX)? as usize,
        context: number("context", CONTEXT_MAX)?,
    };
    let layers = Layers::read(part, &shape)?;
    let layers: Vec<LayerWeights<'_>> = (0..shape.layers).map(|index| layers.layer(index, &shape)).collect();
    let vocabulary = read_tokens(part, shape.vocabulary)?;
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
    let start = part.number("start", u32::MAX.into())? as u32;
    Transformer::new(&Source { weights, vocabulary: &vocabulary, start, accumulator })
}

fn accumulator_bits(accumulator: Accumulator) -> u32 {
    match accumulator {
        Accumulator::Wrap32 => 32,
        Accumulator::Wide64 => 64,
    }
}

fn split_name(split: Split) -> &'static str {
    match split {
        Split::Whole => "whole",
        Split::Words => "words",
    }
}

/// The elements of a tensor, of which there must be `count`.
fn values<T: Element>(part: &Part, name: &str, count: usize) -> Result<Vec<T>> {
    let values = part.tensor(name)?.values()?;
    if values.len() == count { Ok(values) } else { Err(Error::corrupt("a tensor of a transformer has another size")) }
}

/// What is read of a layer's tensor in a `LayerWeights`.
type Field<T> = for<'a> fn(&LayerWeights<'a>) -> &'a [T];
/// The dimensions of a layer's tensor.
type Dimensions = fn(&Shape) -> [usize; 2];

/// The tensors of weights: name, dimensions (the first 1 where there is but one), field.
const WEIGHTS: [(&str, Dimensions, Field<i8>); 8] = [
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
        let sinks = match part.tensors().iter().any(|tensor| tensor.name() == "sinks") {
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

/// The bytes of tokens by their numbers, after each other, and how many each has.
fn token_tensors(vocabulary: &Vocabulary) -> Result<[Tensor; 3]> {
    let mut tokens: Vec<&[u8]> = vec![&[]; vocabulary.size];
    for (bytes, number) in vocabulary.tokens.iter().chain(&vocabulary.specials) {
        let place = tokens.get_mut(*number as usize);
        *place.ok_or(Error::corrupt("a token's number is too large"))? = bytes;
    }
    // Longer tokens than fit are none that a tokenizer takes.
    let lengths: Vec<u16> = tokens.iter().map(|bytes| u16::try_from(bytes.len()).unwrap_or(u16::MAX)).collect();
    let bytes = tokens.concat();
    let mut specials: Vec<u32> = vocabulary.specials.iter().map(|(_, number)| *number).collect();
    specials.sort_unstable();
    Ok([
        Tensor::new("token_lengths", &[lengths.len()], &lengths)?,
        Tensor::new("token_bytes", &[bytes.len()], &bytes)?,
        Tensor::new("special_tokens", &[specials.len()], &specials)?,
    ])
}

fn read_tokens(part: &Part, size: usize) -> Result<Vocabulary> {
    let lengths: Vec<u16> = values(part, "token_lengths", size)?;
    let bytes = part.tensor("token_bytes")?.values::<u8>()?;
    let specials = part.tensor("special_tokens")?.values::<u32>()?;
    if !specials.is_sorted() {
        return Err(Error::corrupt("the special tokens of a transformer are in disorder"));
    }
    let split = match part.keys().get("split").map(String::as_str) {
        Some("whole") => Split::Whole,
        Some("words") => Split::Words,
        // Whoever only decodes does not need to know.
        _ => return Err(Error::Unsupported { what: "way to cut text", value: 0 }),
    };
    let mut vocabulary = Vocabulary { size, tokens: Vec::new(), specials: Vec::new(), split };
    let mut rest = bytes.as_slice();
    for (number, &length) in (0..).zip(&lengths) {
        let (token, behind) = rest
            .split_at_checked(length.into())
            .ok_or(Error::corrupt("the tokens of a transformer have not as many bytes as they say"))?;
        rest = behind;
        if specials.binary_search(&number).is_ok() {
            vocabulary.specials.push((token.to_vec(), number));
        } else if !token.is_empty() {
            vocabulary.tokens.push((token.to_vec(), number));
        }
    }
    if !rest.is_empty() || vocabulary.specials.len() != specials.len() {
        return Err(Error::corrupt("the tokens of a transformer have not as many bytes as they say"));
    }
    Ok(vocabulary)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Dtype, ModelLimits};
    use crate::neural::Step;
    use std::collections::BTreeMap;

    /// A network of random numbers, with a sink in its second layer only.
    fn with_source<T>(use_it: impl FnOnce(&Source<'_>) -> T) -> T {
        let shape = Shape { vocabulary: 300, layers: 2, heads: 1, hidden: 70, context: 40 };
        let mut state = 1u64;
        let mut noise = move |count: usize| -> Vec<i8> {
            let next = |_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as i8
            };
            (0..count).map(next).collect()
        };
        let tensors: Vec<Vec<i8>> = (0..2 * WEIGHTS.len())
            .map(|i| {
                let [rows, columns] = WEIGHTS[i % WEIGHTS.len()].1(&shape);
                noise(rows * columns)
            })
            .collect();
        let sink = noise(HEAD);
        let layer = |index: usize| {
            let tensor = |which: usize| tensors[index * WEIGHTS.len() + which].as_slice();
            LayerWeights {
                attention_norm: tensor(0),
                qkv: tensor(1),
                qkv_scale: Scale { mult: 819, shift: 20 },
                score_mult: &[58_218],
                sink_key: (index == 1).then_some(&sink),
                out: tensor(2),
                out_scale: Scale { mult: 700, shift: 19 },
                attention_out_norm: tensor(3),
                ffn_norm: tensor(4),
                up: tensor(5),
                up_scale: Scale { mult: 900, shift: 21 },
                down: tensor(6),
                down_scale: Scale { mult: -5, shift: 13 },
                ffn_out_norm: tensor(7),
            }
        };
        let table: Vec<i16> = noise(40 * 32).into_iter().map(|x| i16::from(x) << 8).collect();
        let mut tokens: Vec<(Vec<u8>, u32)> = (0..=255u8).map(|byte| (vec![byte], 299 - u32::from(byte))).collect();
        tokens.push((b"ab".to_vec(), 0));
        let specials = vec![(b"<s>".to_vec(), 7), (b"ab".to_vec(), 3)];
        let vocabulary = Vocabulary { size: 300, tokens, specials, split: Split::Words };
        let weights = Weights {
            shape,
            embed: &noise(300 * HEAD),
            layers: &[layer(0), layer(1)],
            norm: &noise(HEAD),
            head: &noise(300 * HEAD),
            exp2: &std::array::from_fn(|i| (65_535 - 128 * i) as u16),
            rope_cos: &table,
            rope_sin: &table,
            logit_coefficient: 37_819,
            total: 1 << 24,
        };
        use_it(&Source { weights, vocabulary: &vocabulary, start: 7, accumulator: Accumulator::Wide64 })
    }

    fn logits(transformer: &Transformer) -> Vec<i32> {
        let mut windows = [transformer.window().unwrap()];
        let mut scratch = transformer.network().scratch(3).unwrap();
        for token in 0..30 {
            let steps = [7, token, 299 - token].map(|token| Step { window: 0, token });
            if windows[0].len() + steps.len() <= 40 {
                transformer.network().advance(&mut scratch, &mut windows, &steps).unwrap();
            }
        }
        scratch.logits(2).unwrap().to_vec()
    }

    #[test]
    fn a_transformer_comes_back_from_its_part() {
        let (part, expected) =
            with_source(|source| (transformer_part(source).unwrap(), logits(&Transformer::new(source).unwrap())));
        let model = Model::new(vec![part], BTreeMap::new()).unwrap();
        let model = Model::from_bytes(&model.to_bytes().unwrap(), &ModelLimits::default()).unwrap();
        let transformer = model.transformer().unwrap().unwrap();
        assert_eq!(logits(&transformer), expected);
        assert_eq!((transformer.start(), transformer.accumulator()), (7, Accumulator::Wide64));
        let tokenizer = transformer.tokenizer();
        assert_eq!(tokenizer.encode("<s>ab b"), [7, 3, 267, 201]);
        assert_eq!(tokenizer.encode_bytes(b"<ab"), [239, 0], "the special one is none of them");
        assert!(Arc::ptr_eq(&transformer, &model.transformer().unwrap().unwrap()), "made once");
        let other = Model::new(vec![Part::new("primer", BTreeMap::new(), vec![]).unwrap()], BTreeMap::new()).unwrap();
        assert!(other.transformer().unwrap().is_none());
    }

    /// The part with other keys and tensors.
    fn changed(change: impl FnOnce(&mut BTreeMap<String, String>, &mut Vec<Tensor>)) -> Result<Transformer> {
        let part = with_source(|source| transformer_part(source).unwrap());
        let (mut keys, mut tensors) = (part.keys().clone(), part.tensors().to_vec());
        change(&mut keys, &mut tensors);
        read(&Part::new(NAME, keys, tensors).unwrap())
    }

    #[test]
    fn keys_that_lie_are_errors() {
        assert!(changed(|_, _| ()).is_ok());
        let part = with_source(|source| transformer_part(source).unwrap());
        for key in part.keys().keys() {
            assert!(
                matches!(
                    changed(|keys, _| drop(keys.remove(key))),
                    Err(Error::Corrupt { .. } | Error::Unsupported { .. })
                ),
                "{key}"
            );
            for value in ["", "-1", "0", "4294967295", "18446744073709551616", "39", "nonsense"] {
                let result = changed(|keys, _| drop(keys.insert(key.clone(), value.into())));
                // Some numbers are as good as others.
                let free = matches!((key.as_str(), value), ("logit_coefficient" | "start", "0" | "39"));
                let free = free || (key == "logit_coefficient" && value == "4294967295");
                match result {
                    Ok(_) => assert!(free, "{key}={value}"),
                    Err(err) => {
                        let typed =
                            matches!(err, Error::Corrupt { .. } | Error::Unsupported { .. } | Error::Limit { .. });
                        assert!(typed && !free, "{key}={value}: {err}");
                    }
                }
            }
        }
    }

    #[test]
    fn tensors_that_lie_are_errors() {
        let part = with_source(|source| transformer_part(source).unwrap());
        for (at, tensor) in part.tensors().iter().enumerate() {
            let gone = changed(|_, tensors| drop(tensors.remove(at)));
            assert!(gone.is_err() || tensor.name() == "sinks", "{tensor:?}");
            let bytes = tensor.bytes();
            let less = bytes.len() - tensor.dtype().size();
            for (dtype, data) in [
                (Dtype::U64, vec![0; 8]),
                (tensor.dtype(), bytes[..less].to_vec()),
                (tensor.dtype(), [bytes, bytes].concat()),
            ] {
                let shape = [data.len() / dtype.size()];
                let other = Tensor::from_parts(tensor.name(), dtype, &shape, data).unwrap();
                let result = changed(|_, tensors| tensors[at] = other);
                // A token that is not called special any more is an ordinary one.
                let free = tensor.name() == "special_tokens" && shape[0] < tensor.shape()[0];
                assert!(free || matches!(result, Err(Error::Corrupt { .. })), "{tensor:?} {result:?}");
            }
        }
    }
}
