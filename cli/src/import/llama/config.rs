//! `config.json`.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// The only size of a head that the engine has.
pub const HEAD: usize = vatic::neural::HEAD;

#[derive(Deserialize)]
struct Json {
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    max_position_embeddings: usize,
    #[serde(default = "epsilon")]
    rms_norm_eps: f64,
    rope_theta: Option<f64>,
    rope_scaling: Option<Value>,
    rope_parameters: Option<Value>,
    #[serde(default)]
    tie_word_embeddings: bool,
    #[serde(default = "silu")]
    hidden_act: String,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
    bos_token_id: Option<Value>,
    eos_token_id: Option<Value>,
}

fn epsilon() -> f64 {
    1e-6
}

fn silu() -> String {
    "silu".to_owned()
}

/// The sizes and numbers of a network.
pub struct Config {
    pub width: usize,
    pub hidden: usize,
    pub layers: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub max_position_embeddings: usize,
    pub epsilon: f64,
    pub theta: f64,
    pub tied: bool,
    /// The token in front of a text.
    pub start: u32,
}

impl Config {
    /// # Errors
    /// It cannot be read, or asks for what the engine has not.
    pub fn read(path: &Path) -> Result<Config> {
        let read = || -> Result<Json> { Ok(serde_json::from_slice(&fs::read(path)?)?) };
        let json = read().with_context(|| format!("cannot read {}", path.display()))?;
        let rope = json.rope_parameters.as_ref().or(json.rope_scaling.as_ref());
        let kind = rope.and_then(|rope| rope.get("rope_type").or(rope.get("type"))?.as_str());
        if !matches!(kind, None | Some("default")) {
            bail!("rotation of type {} is not known here", kind.unwrap_or_default());
        }
        if json.hidden_act != "silu" {
            bail!("activation {} is not known here", json.hidden_act);
        }
        if json.attention_bias || json.mlp_bias {
            bail!("a network with biases is not known here");
        }
        let head = json.head_dim.unwrap_or(json.hidden_size / json.num_attention_heads.max(1));
        if head != HEAD {
            bail!("heads have {head} dimensions; the engine's have {HEAD}");
        }
        let theta = rope.and_then(|rope| rope.get("rope_theta")?.as_f64()).or(json.rope_theta);
        let first = |value: &Option<Value>| {
            let value = value.as_ref()?;
            u32::try_from(value.as_u64().or_else(|| value.get(0)?.as_u64())?).ok()
        };
        Ok(Config {
            width: json.hidden_size,
            hidden: json.intermediate_size,
            layers: json.num_hidden_layers,
            heads: json.num_attention_heads,
            kv_heads: json.num_key_value_heads.unwrap_or(json.num_attention_heads),
            max_position_embeddings: json.max_position_embeddings,
            epsilon: json.rms_norm_eps,
            theta: theta.unwrap_or(10_000.0),
            tied: json.tie_word_embeddings,
            start: first(&json.bos_token_id).or(first(&json.eos_token_id)).unwrap_or(0),
        })
    }
}
