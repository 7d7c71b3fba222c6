//! Small models of czip's kind, made of random numbers: useless for compression, and as exact as any.
#![allow(dead_code)]

use safetensors::tensor::{Dtype, View};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What to make.
#[derive(Clone, Copy)]
pub struct Recipe {
    pub seed: u64,
    pub layers: usize,
    pub context: usize,
    /// Attention looks at all tokens alike and values are as large as can be, so that a repeated token overflows 32 bits.
    pub loud: bool,
    pub sink: bool,
    /// All weights are the same, so that the file can be packed small.
    pub flat: bool,
}

pub const QUIET: Recipe = Recipe { seed: 1, layers: 2, context: 256, loud: false, sink: true, flat: false };
pub const LOUD: Recipe = Recipe { seed: 2, layers: 1, context: 512, loud: true, sink: false, flat: false };
pub const FLAT: Recipe = Recipe { seed: 3, layers: 1, context: 64, loud: false, sink: false, flat: true };

const HEADS: usize = 4;
const WIDTH: usize = HEADS * 64;
const HIDDEN: usize = 90;
const VOCABULARY: usize = 1024;

struct Tensor(Dtype, Vec<usize>, Vec<u8>);

impl View for Tensor {
    fn dtype(&self) -> Dtype {
        self.0
    }

    fn shape(&self) -> &[usize] {
        &self.1
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.2)
    }

    fn data_len(&self) -> usize {
        self.2.len()
    }
}

struct Numbers {
    state: u64,
    flat: bool,
}

impl Numbers {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if self.flat { 128 } else { self.state >> 33 }
    }

    fn weights(&mut self, shape: &[usize]) -> Tensor {
        let bytes = (0..shape.iter().product()).map(|_| ((self.next() % 255) as i8).wrapping_sub(127) as u8).collect();
        Tensor(Dtype::I8, shape.to_vec(), bytes)
    }
}

fn halves(dtype: Dtype, shape: &[usize], values: impl Iterator<Item = u16>) -> Tensor {
    Tensor(dtype, shape.to_vec(), values.flat_map(u16::to_le_bytes).collect())
}

/// A `.czm` file. Two calls give files of the same content, though not of the same order in the header.
pub fn model(recipe: Recipe) -> Vec<u8> {
    model_with(recipe, "brotli", brotli)
}

/// [`model`] with its tokenizer packed in some way.
pub fn model_with(recipe: Recipe, codec: &str, pack: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut numbers = Numbers { state: recipe.seed, flat: recipe.flat };
    let mut tensors = BTreeMap::new();
    let mut add = |name: String, tensor| tensors.insert(name, tensor);
    add("embed.weight".into(), numbers.weights(&[VOCABULARY, WIDTH]));
    add("head.weight".into(), numbers.weights(&[VOCABULARY, WIDTH]));
    add("norm.weight".into(), numbers.weights(&[WIDTH]));
    for i in 0..recipe.layers {
        for norm in ["attn_norm", "ffn_norm", "post_attn_norm", "post_ffn_norm"] {
            add(format!("layers.{i}.{norm}.weight"), numbers.weights(&[WIDTH]));
        }
        let shift = |loud: bool| if recipe.loud && loud { 10i8 } else { 18 };
        let matrices = [
            ("attn.qkv", [WIDTH + 128, WIDTH], shift(true)),
            ("attn.out", [WIDTH, WIDTH], shift(false)),
            ("ffn.up", [2 * HIDDEN, WIDTH], shift(false)),
            ("ffn.down", [WIDTH, HIDDEN], shift(false)),
        ];
        for (name, shape, shift) in matrices {
            let mut weights = numbers.weights(&shape);
            if recipe.loud && name == "attn.qkv" {
                weights.2[..WIDTH * WIDTH].fill(0);
            }
            add(format!("layers.{i}.{name}.weight"), weights);
            add(format!("layers.{i}.{name}.mult"), Tensor(Dtype::I32, vec![], 819i32.to_le_bytes().to_vec()));
            add(format!("layers.{i}.{name}.shift"), Tensor(Dtype::I8, vec![], shift.to_le_bytes().to_vec()));
        }
        let mults = [58_218i32, 60_859, 59_427, 7].iter().flat_map(|mult| mult.to_le_bytes()).collect();
        add(format!("layers.{i}.attn.score_mult"), Tensor(Dtype::I32, vec![HEADS], mults));
        if recipe.sink {
            add(format!("layers.{i}.attn.sink_key"), numbers.weights(&[64]));
        }
    }
    // Lines and random angles will do.
    add("lut.exp2".into(), halves(Dtype::U16, &[256], (0..256).map(|i| 65_535 - 128 * i)));
    for name in ["lut.rope_cos", "lut.rope_sin"] {
        let values = (0..recipe.context * 32).map(|_| numbers.next() as u16);
        add(name.into(), halves(Dtype::I16, &[recipe.context, 32], values));
    }
    add("softmax.coef_q24".into(), Tensor(Dtype::U32, vec![], 300u32.to_le_bytes().to_vec()));
    let tokenizer = pack(tokenizer().as_bytes());
    add("tokenizer.data".into(), Tensor(Dtype::U8, vec![tokenizer.len()], tokenizer));
    let texts = [
        ("format", "czip-model-v1".to_owned()),
        ("vocab_size", VOCABULARY.to_string()),
        ("n_layers", recipe.layers.to_string()),
        ("n_heads", HEADS.to_string()),
        ("n_kv_heads", "1".to_owned()),
        ("head_dim", "64".to_owned()),
        ("d_model", WIDTH.to_string()),
        ("d_ff", HIDDEN.to_string()),
        ("context_length", recipe.context.to_string()),
        ("tokenizer_codec", codec.to_owned()),
    ];
    let metadata = texts.into_iter().map(|(key, text)| (key.to_owned(), text)).collect();
    safetensors::serialize(tensors, Some(metadata)).unwrap()
}

fn tokenizer() -> String {
    let mut ranks: BTreeMap<String, u32> = (0..256u32).map(|i| (char::from(i as u8).to_string(), i)).collect();
    let words = [" t", "he", " the", "in", "er", "an", "re", " a", "on", "Ã©", "\n\n", "  ", "ing", " 's"];
    ranks.extend(words.iter().zip(256..).map(|(word, rank)| ((*word).to_owned(), rank)));
    let json = serde_json::json!({
        "name": "small",
        "pat_str": vatic::neural::Split::WORDS_PATTERN,
        "mergeable_ranks": ranks,
        "special_tokens": { "<|bos|>": 1022, "<|eos|>": 1023 },
        "explicit_n_vocab": VOCABULARY,
    });
    json.to_string()
}

/// `bytes` as a stream of brotli.
pub fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 5, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut out, &params).unwrap();
    out
}
