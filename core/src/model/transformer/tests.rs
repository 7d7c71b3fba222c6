//! A small network of random numbers, with a sink in its second layer only.

use super::czip::WEIGHTS;
use super::*;
use crate::model::{Dtype, ModelLimits, Tensor};
use crate::neural::{HEAD, LayerWeights, Scale, Shape, Split, Step, Vocabulary, Weights};

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
    use_it(&Source {
        profile: Profile::Czip(weights),
        vocabulary: &vocabulary,
        start: 7,
        accumulator: Accumulator::Wide64,
    })
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
            matches!(changed(|keys, _| drop(keys.remove(key))), Err(Error::Corrupt { .. } | Error::Unsupported { .. })),
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
                    let typed = matches!(err, Error::Corrupt { .. } | Error::Unsupported { .. } | Error::Limit { .. });
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
