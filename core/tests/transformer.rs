//! Transformers of our own arithmetic against the vectors that `train/vatic_train/random_model.py` writes with another implementation.

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use vatic::model::Part;
use vatic::neural::Step;
use vatic::{Error, Model, ModelLimits};

/// As in the script.
fn checksum(values: impl Iterator<Item = i64>) -> String {
    (1u64..).zip(values).fold(0, |sum, (i, value)| (value as u64).wrapping_mul(i).wrapping_add(sum)).to_string()
}

#[test]
fn vectors_are_computed_bit_for_bit() {
    for name in ["random-0", "random-23"] {
        let read = |ending| vector(&format!("{name}.{ending}"));
        let expected: serde_json::Value = serde_json::from_slice(&read("json")).unwrap();
        let model = Model::from_bytes(&read("vatm"), &ModelLimits::default()).unwrap();
        let transformer = model.transformer().unwrap().unwrap();
        let network = transformer.network();
        let tokens: Vec<u32> =
            expected["tokens"].as_array().unwrap().iter().map(|token| token.as_u64().unwrap() as u32).collect();
        assert!(tokens.len() > network.context() && network.slides());
        let (mut windows, mut scratch) = ([transformer.window().unwrap()], network.scratch(tokens.len()).unwrap());
        let steps: Vec<Step> = tokens.iter().map(|&token| Step { window: 0, token }).collect();
        network.advance(&mut scratch, &mut windows, &steps).unwrap();
        let mut frequencies = network.frequencies().unwrap();
        for index in 0..tokens.len() {
            let logits = scratch.logits(index).unwrap();
            assert_eq!(checksum(logits.iter().map(|&x| x.into())), expected["logits"][index], "{name} {index}");
            network.spread(logits, &mut frequencies);
            let sum = checksum(frequencies.values().iter().map(|&x| x.into()));
            assert_eq!(sum, expected["frequencies"][index], "{name} {index}");
        }
    }
}

fn vector(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/transformer").join(name)).unwrap()
}

/// Runs a model over a text, if it has a transformer that can run.
fn run(model: &Model) -> vatic::Result<()> {
    let transformer = model.transformer()?.unwrap();
    let tokens = transformer.tokenizer().encode_bytes(b"the rain in the plain, and the end.");
    let total = u64::from(transformer.network().total());
    transformer.foretell(&tokens, |token, frequencies| {
        assert_eq!(frequencies.values().iter().map(|&f| u64::from(f)).sum::<u64>(), total);
        assert!(frequencies.interval(token).is_some());
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Stretches of any byte in tables, scales and weights: the model is refused, or computes something, and nothing overflows.
    #[test]
    fn any_numbers_are_refused_or_computed(
        fills in prop::collection::vec((any::<prop::sample::Index>(), 1usize..4000, prop_oneof![Just(0x7Fu8), Just(0x80), Just(0xFF), any::<u8>()]), 1..8),
    ) {
        let mut bytes = vector("random-23.vatm");
        let start = 8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
        for (at, len, byte) in fills {
            let data = &mut bytes[start..];
            let at = at.index(data.len());
            let end = (at + len).min(data.len());
            data[at..end].fill(byte);
        }
        let model = Model::from_bytes(&bytes, &ModelLimits::default()).unwrap();
        if let Err(err) = run(&model) {
            let typed = matches!(err, Error::Corrupt { .. } | Error::Limit { .. } | Error::Unsupported { .. });
            prop_assert!(typed, "{}", err);
        }
    }
}

#[test]
fn keys_and_tensors_that_lie_are_errors() {
    let model = Model::from_bytes(&vector("random-23.vatm"), &ModelLimits::default()).unwrap();
    let part = model.part("transformer").unwrap();
    let with = |keys: BTreeMap<String, String>, tensors| {
        Model::new(vec![Part::new("transformer", keys, tensors).unwrap()], BTreeMap::new()).unwrap()
    };
    run(&with(part.keys().clone(), part.tensors().to_vec())).unwrap();
    for key in part.keys().keys() {
        for value in
            [None, Some(""), Some("-1"), Some("0"), Some("4294967295"), Some("1000000000000000000000"), Some("52")]
        {
            let mut keys = part.keys().clone();
            match value {
                Some(value) => drop(keys.insert(key.clone(), value.into())),
                None => drop(keys.remove(key)),
            }
            // Some numbers are as good as others.
            let free = match key.as_str() {
                "start" => matches!(value, Some("0" | "52")),
                "epsilon" => matches!(value, Some("4294967295" | "52")),
                "context" => value == Some("52"),
                "norm_shift" => matches!(value, Some("0" | "52")),
                "head_shift" => value == Some("0"),
                _ => false,
            };
            match run(&with(keys, part.tensors().to_vec())) {
                Ok(()) => assert!(free, "{key}={value:?}"),
                Err(err) => {
                    let typed = matches!(err, Error::Corrupt { .. } | Error::Limit { .. } | Error::Unsupported { .. });
                    assert!(typed && !free, "{key}={value:?}: {err}");
                }
            }
        }
    }
    for tensor in part.tensors() {
        let others = || part.tensors().iter().filter(|other| other.name() != tensor.name()).cloned();
        let gone = run(&with(part.keys().clone(), others().collect()));
        assert!(gone.is_err() || matches!(tensor.name(), "sinks" | "head"), "{tensor:?}");
        let empty = vatic::model::Tensor::new::<u64>(tensor.name(), &[0], &[]).unwrap();
        let changed = run(&with(part.keys().clone(), others().chain([empty]).collect()));
        assert!(matches!(changed, Err(Error::Corrupt { .. })), "{tensor:?}");
    }
}
