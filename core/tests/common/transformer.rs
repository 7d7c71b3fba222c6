//! A small transformer of random numbers: it knows nothing, and is as exact as any.
#![allow(dead_code)]

use std::collections::BTreeMap;
use vatic::Model;
use vatic::model::transformer_part;
use vatic::neural::{Accumulator, HEAD, LayerWeights, Profile, Scale, Shape, Source, Split, Vocabulary, Weights};

const HIDDEN: usize = 20;
const WORDS: [&str; 14] =
    [" t", "he", " the", "in", "er", "an", "re", " a", "on", "é", "\n\n", "  ", "ing", " connection"];
const SHAPE: Shape = Shape { vocabulary: 256 + WORDS.len() + 2, layers: 1, heads: 1, hidden: HIDDEN, context: 24 };

struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn weights(&mut self, len: usize) -> Vec<i8> {
        (0..len).map(|_| (self.next() % 255) as i8).map(|weight| weight.max(-127)).collect()
    }

    fn table(&mut self, len: usize) -> Vec<i16> {
        (0..len).map(|_| (self.next() >> 8) as i16).collect()
    }
}

/// The tokens: all bytes, some words, a number that is no token, and a special one.
pub fn vocabulary() -> Vocabulary {
    let mut tokens: Vec<(Vec<u8>, u32)> = (0..=255u8).map(|byte| (vec![byte], u32::from(byte))).collect();
    tokens.extend(WORDS.iter().zip(256..).map(|(word, number)| (word.as_bytes().to_vec(), number)));
    let specials = vec![(b"<|start|>".to_vec(), SHAPE.vocabulary as u32 - 1)];
    Vocabulary { size: SHAPE.vocabulary, tokens, specials, split: Split::Words }
}

/// A model whose only part is a transformer.
pub fn model(seed: u64) -> Model {
    let mut numbers = Numbers(seed);
    let width = HEAD;
    let sizes = [width, 3 * HEAD * width, width * width, width, width, 2 * HIDDEN * width, width * HIDDEN, width];
    let tensors: Vec<Vec<i8>> = sizes.iter().map(|&size| numbers.weights(size)).collect();
    let scale = Scale { mult: 819, shift: 18 };
    let layer = LayerWeights {
        attention_norm: &tensors[0],
        qkv: &tensors[1],
        qkv_scale: scale,
        score_mult: &[58_218],
        sink_key: None,
        out: &tensors[2],
        out_scale: scale,
        attention_out_norm: &tensors[3],
        ffn_norm: &tensors[4],
        up: &tensors[5],
        up_scale: scale,
        down: &tensors[6],
        down_scale: scale,
        ffn_out_norm: &tensors[7],
    };
    let source = Source {
        profile: Profile::Czip(Weights {
            shape: SHAPE,
            embed: &numbers.weights(SHAPE.vocabulary * width),
            layers: &[layer],
            norm: &numbers.weights(width),
            head: &numbers.weights(SHAPE.vocabulary * width),
            exp2: &std::array::from_fn(|i| (65_535 - 128 * i) as u16),
            rope_cos: &numbers.table(SHAPE.context * HEAD / 2),
            rope_sin: &numbers.table(SHAPE.context * HEAD / 2),
            logit_coefficient: 3000,
            total: 1 << 24,
        }),
        vocabulary: &vocabulary(),
        start: SHAPE.vocabulary as u32 - 1,
        accumulator: Accumulator::Wrap32,
    };
    let part = transformer_part(&source).expect("sizes fit");
    Model::new(vec![part], BTreeMap::from([("name".to_owned(), "small".to_owned())])).expect("a part")
}
