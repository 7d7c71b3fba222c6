//! Transformers of our own arithmetic against the vectors that `train/vatic_train/random_model.py` writes with another implementation.

use std::path::Path;
use vatic::neural::Step;
use vatic::{Model, ModelLimits};

/// As in the script.
fn checksum(values: impl Iterator<Item = i64>) -> String {
    (1u64..).zip(values).fold(0, |sum, (i, value)| (value as u64).wrapping_mul(i).wrapping_add(sum)).to_string()
}

#[test]
fn vectors_are_computed_bit_for_bit() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/transformer");
    for name in ["random-0", "random-23"] {
        let read = |ending| std::fs::read(folder.join(format!("{name}.{ending}"))).unwrap();
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
