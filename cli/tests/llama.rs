//! Importing a small network of the Llama family, made of random numbers.

mod common;

use common::Place;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::BTreeMap;

const WIDTH: usize = 96;
const HIDDEN: usize = 144;
const HEADS: usize = 3;
const TOKENS: usize = 300;

/// Numbers between -1 and 1, some of them ten times as large.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let number = (self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0;
        if self.0 >> 33 & 127 == 0 { number * 10.0 } else { number }
    }

    fn take(&mut self, count: usize, size: f32) -> Vec<f32> {
        (0..count).map(|_| self.next() * size).collect()
    }
}

fn weights() -> BTreeMap<String, (Vec<usize>, Vec<f32>)> {
    let mut numbers = Numbers(7);
    let mut all = BTreeMap::new();
    let mut add = |name: &str, shape: [usize; 2], size: f32| {
        let values = numbers.take(shape[0] * shape[1], size);
        all.insert(format!("{name}.weight"), (shape.to_vec(), values));
    };
    add("model.embed_tokens", [TOKENS, WIDTH], 1.0);
    for i in 0..2 {
        let name = |rest: &str| format!("model.layers.{i}.{rest}");
        add(&name("self_attn.q_proj"), [HEADS * 64, WIDTH], 0.3);
        add(&name("self_attn.k_proj"), [64, WIDTH], 0.3);
        add(&name("self_attn.v_proj"), [64, WIDTH], 0.2);
        add(&name("self_attn.o_proj"), [WIDTH, HEADS * 64], 0.1);
        add(&name("mlp.gate_proj"), [HIDDEN, WIDTH], 0.2);
        add(&name("mlp.up_proj"), [HIDDEN, WIDTH], 0.2);
        add(&name("mlp.down_proj"), [WIDTH, HIDDEN], 0.1);
    }
    for norm in ["model.norm", "model.layers.0.input_layernorm", "model.layers.0.post_attention_layernorm"] {
        all.insert(format!("{norm}.weight"), (vec![WIDTH], vec![if norm == "model.norm" { 0.05 } else { 0.5 }; WIDTH]));
    }
    for norm in ["input_layernorm", "post_attention_layernorm"] {
        let gains = (0..WIDTH).map(|i| 0.5 + 0.01 * i as f32).collect();
        all.insert(format!("model.layers.1.{norm}.weight"), (vec![WIDTH], gains));
    }
    all
}

fn write_tensors(place: &Place, name: &str, tensors: &BTreeMap<String, (Vec<usize>, Vec<f32>)>, dtype: Dtype) {
    let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .iter()
        .map(|(name, (shape, values))| {
            let bytes = match dtype {
                Dtype::F32 => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
                _ => values.iter().flat_map(|x| ((x.to_bits() >> 16) as u16).to_le_bytes()).collect(),
            };
            (name.clone(), shape.clone(), bytes)
        })
        .collect();
    let views = bytes.iter().map(|(name, shape, bytes)| (name, TensorView::new(dtype, shape.clone(), bytes).unwrap()));
    place.write(name, &safetensors::serialize(views, None).unwrap());
}

fn config(change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    let mut config = serde_json::json!({
        "hidden_size": WIDTH,
        "intermediate_size": HIDDEN,
        "num_hidden_layers": 2,
        "num_attention_heads": HEADS,
        "num_key_value_heads": 1,
        "head_dim": 64,
        "max_position_embeddings": 512,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10_000.0,
        "tie_word_embeddings": true,
        "hidden_act": "silu",
        "bos_token_id": 0,
    });
    change(&mut config);
    config.to_string().into_bytes()
}

fn place() -> Place {
    let place = Place::new();
    std::fs::create_dir(place.path("llama")).unwrap();
    let (first, second): (BTreeMap<_, _>, BTreeMap<_, _>) =
        weights().into_iter().partition(|(name, _)| name.contains("layers.0"));
    write_tensors(&place, "llama/model-1.safetensors", &first, Dtype::BF16);
    write_tensors(&place, "llama/model-2.safetensors", &second, Dtype::F32);
    place.write("llama/config.json", &config(|_| ()));
    // The 256 bytes as GPT-2 spells them, from 1 on, and a few pairs.
    let seen = |byte: u32| matches!(byte, 33..=126 | 0xA1..=0xAC | 0xAE..=0xFF);
    let mut others = 256..;
    let letters: Vec<char> = (0..256u32)
        .map(|byte| char::from_u32(if seen(byte) { byte } else { others.next().unwrap() }).unwrap())
        .collect();
    let mut vocab: BTreeMap<String, u32> = (1..).zip(&letters).map(|(id, c)| (c.to_string(), id)).collect();
    vocab.extend([("Ġt".into(), 257), ("he".into(), 258), ("Ġthe".into(), 259), ("<s>".into(), 0)]);
    let tokenizer = serde_json::json!({
        "model": { "type": "BPE", "vocab": vocab, "merges": ["Ġ t", "h e", "Ġt he"] },
        "added_tokens": [{ "id": 0, "content": "<s>", "special": true }],
        "pre_tokenizer": { "type": "ByteLevel" },
    });
    place.write("llama/tokenizer.json", tokenizer.to_string().as_bytes());
    let text: String = (0..200).map(|i| format!("the {} of the {}, ", i * 7 % 31, i % 5)).collect();
    place.write("sample.txt", text.as_bytes());
    place
}

#[test]
fn a_network_loses_little_on_its_way() {
    let place = place();
    let args = ["model", "import", "llama", "--sample", "sample.txt", "-o", "m.vatm", "--context", "200"];
    let said = String::from_utf8(place.ok(&args)).unwrap();
    let percent: f64 = said.split(" %").next().unwrap().rsplit(' ').next().unwrap().parse().unwrap();
    assert!(percent.abs() < 1.0, "{said}");
    let shown = String::from_utf8(place.ok(&["model", "show", "./m.vatm"])).unwrap();
    for line in
        ["profile = vatic", "vocabulary = 300", "context = 200", "start = 0", "split = gpt2", "llama, of the Llama"]
    {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let eval: serde_json::Value =
        serde_json::from_slice(&place.ok(&["model", "eval", "--json", "./m.vatm", "sample.txt"])).unwrap();
    let (bytes, tokens) = (eval["bytes"].as_u64().unwrap(), eval["tokens"].as_u64().unwrap());
    assert!(tokens < bytes && tokens > bytes / 4, "{eval}");
    // The same numbers, whatever the kernels.
    let again =
        place.command(&["model", "import", "-f"]).args(&args[2..]).env("VATIC_ISA", "baseline").output().unwrap();
    assert_eq!(String::from_utf8(again.stdout).unwrap(), said);
}

#[test]
fn what_the_engine_has_not_is_refused() {
    let place = place();
    let import = ["model", "import", "llama", "--sample", "sample.txt", "-o", "m.vatm"];
    let refused = |change: fn(&mut serde_json::Value), why: &str| {
        place.write("llama/config.json", &config(change));
        let said = place.fails(1, &import);
        assert!(said.contains(why), "{said}");
    };
    refused(|config| config["head_dim"] = 32.into(), "heads have 32 dimensions");
    refused(|config| config["hidden_act"] = "gelu".into(), "activation gelu");
    refused(|config| config["attention_bias"] = true.into(), "biases");
    refused(|config| config["rope_scaling"] = serde_json::json!({ "rope_type": "llama3" }), "llama3");
    refused(|config| config["num_hidden_layers"] = 3.into(), "model.layers.2.input_layernorm.weight is missing");
    refused(|config| config["intermediate_size"] = 100.into(), "elements, not 9600");
    refused(|config| config["tie_word_embeddings"] = false.into(), "lm_head.weight is missing");
    refused(|config| config["bos_token_id"] = 300.into(), "first token");
    place.write("llama/config.json", &config(|_| ()));
    let without = ["model", "import", "llama", "-o", "m.vatm"];
    assert!(place.fails(1, &without).contains("--sample"));
    place.write("sample.txt", b"too short");
    assert!(place.fails(1, &import).contains("too short"));
    std::fs::remove_file(place.path("llama/model-2.safetensors")).unwrap();
    assert!(place.fails(1, &import).contains("model.embed_tokens.weight"));
    assert_eq!(place.names(), ["llama", "sample.txt"]);
}
