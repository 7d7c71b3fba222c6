//! A `.czm` file: transformer, tables and tokenizer.

use super::file::OuterCodec;
use super::outer;
use super::tensors::{Tensors, present};
use crate::error::{Error, Result};
use crate::neural::{
    Accumulator, LayerWeights, Network, Profile, Scale, Shape, Source, Split, TOTAL_MAX, Tokenizer, Transformer,
    Vocabulary, Weights,
};
use safetensors::Dtype;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The token that every chunk starts behind, whatever the tokenizer says.
pub(super) const START: u32 = 1022;
/// Heads that czip's own programs can run.
const HEADS: [usize; 3] = [4, 6, 8];
/// The shortest chunk that czip writes.
const CONTEXT_MIN: usize = 64;
/// Most bytes of an unpacked tokenizer.
const TOKENIZER_MAX: u64 = 4 << 20;
/// The coefficient of logits where a model has none: `0.1 * log2(e) / 64 * 2^24`.
const LOGIT_COEFFICIENT: u32 = 37_819;

/// A model of czip, ready to code. It is only read; threads share it.
#[derive(Debug)]
pub struct CzipModel {
    transformer: Transformer,
    /// The first bytes of a hash over the file.
    pub(super) id: [u8; 4],
}

/// The tensors of a layer, copied out of the file: they are not aligned there.
struct OwnedLayer {
    weights: [Vec<i8>; 8],
    scales: [Scale; 4],
    score_mult: Vec<i32>,
    sink_key: Option<Vec<i8>>,
}

/// In the order of [`OwnedLayer::weights`].
const WEIGHTS: [&str; 8] = [
    "attn_norm.weight",
    "attn.qkv.weight",
    "attn.out.weight",
    // czip calls the norm behind attention this, and the one before the feed-forward layer `post_attn_norm`.
    "ffn_norm.weight",
    "post_attn_norm.weight",
    "ffn.up.weight",
    "ffn.down.weight",
    "post_ffn_norm.weight",
];
/// In the order of [`OwnedLayer::scales`].
const SCALES: [&str; 4] = ["attn.qkv", "attn.out", "ffn.up", "ffn.down"];

impl CzipModel {
    /// Reads a `.czm` file.
    ///
    /// # Errors
    /// [`Error::NotVatic`], [`Error::Truncated`], [`Error::Corrupt`], [`Error::Limit`], [`Error::OutOfMemory`]; [`Error::Unsupported`] for
    /// a network that czip could not run, and for a tokenizer packed with zstd in a build without it.
    pub fn from_bytes(bytes: &[u8]) -> Result<CzipModel> {
        let transformer = with_source(bytes, Transformer::new)?;
        let mut id = [0; 4];
        id.copy_from_slice(&blake3::hash(bytes).as_bytes()[..4]);
        Ok(CzipModel { transformer, id })
    }

    /// The transformer.
    pub fn network(&self) -> &Network {
        self.transformer.network()
    }

    /// Its tokens.
    pub fn tokenizer(&self) -> &Tokenizer {
        self.transformer.tokenizer()
    }

    /// The longest chunk, in tokens.
    pub fn context(&self) -> usize {
        self.network().context()
    }
}

/// Hands what a `.czm` file holds to `use_it`, once what only czip demands of it has been compared.
///
/// # Errors
/// As [`CzipModel::from_bytes`], and those of `use_it`.
pub(crate) fn with_source<T>(bytes: &[u8], use_it: impl FnOnce(&Source<'_>) -> Result<T>) -> Result<T> {
    let tensors = Tensors::read(bytes)?;
    let shape = shape(&tensors)?;
    // Each layer takes tensors of its own, of which a file has few.
    let layers: Result<Vec<OwnedLayer>> = (0..shape.layers).map(|index| layer(&tensors, index)).collect();
    let layers = layers?;
    let borrowed: Vec<LayerWeights<'_>> = layers.iter().map(OwnedLayer::borrow).collect();
    let table = |name| present(tensors.numbers(name, Dtype::I16, i16::from_le_bytes)?);
    let exp2 = present(tensors.numbers("lut.exp2", Dtype::U16, u16::from_le_bytes)?)?;
    let coefficient = tensors.scalar("softmax.coef_q24", Dtype::U32, u32::from_le_bytes)?;
    let total = tensors.scalar("softmax.target_total", Dtype::U32, u32::from_le_bytes)?;
    let weights = Weights {
        shape,
        embed: &tensors.weights("embed.weight")?,
        layers: &borrowed,
        norm: &tensors.weights("norm.weight")?,
        head: &tensors.weights("head.weight")?,
        exp2: exp2.as_slice().try_into().map_err(|_| Error::corrupt("a table of a czip model has another size"))?,
        rope_cos: &table("lut.rope_cos")?,
        rope_sin: &table("lut.rope_sin")?,
        logit_coefficient: coefficient.unwrap_or(LOGIT_COEFFICIENT),
        total: total.unwrap_or_else(|| TOTAL_MAX.saturating_sub(shape.vocabulary as u32 + 1024)),
    };
    let vocabulary = vocabulary(&tensors, shape.vocabulary)?;
    use_it(&Source {
        profile: Profile::Czip(weights),
        vocabulary: &vocabulary,
        start: START,
        accumulator: Accumulator::Wrap32,
    })
}

fn shape(tensors: &Tensors<'_>) -> Result<Shape> {
    let number = |key, default| Ok::<usize, Error>(tensors.number(key)?.unwrap_or(default));
    let context = match (tensors.number("context_length")?, tensors.number("context_length_log2")?) {
        (Some(context), _) => context,
        (None, Some(log)) => u32::try_from(log).ok().and_then(|log| 1usize.checked_shl(log)).unwrap_or(0),
        (None, None) => number("max_seq_len", 64)?,
    };
    let shape = Shape {
        vocabulary: number("vocab_size", 1024)?,
        layers: number("n_layers", 1)?,
        heads: number("n_heads", 6)?,
        hidden: number("d_ff", 1024)?,
        context,
    };
    if !HEADS.contains(&shape.heads) {
        return Err(Error::Unsupported { what: "number of heads", value: shape.heads as u64 });
    }
    let fixed = [("n_kv_heads", 1, 1), ("head_dim", 64, 64), ("d_model", 384, shape.width())];
    for (key, default, wanted) in fixed {
        let value = number(key, default)?;
        if value != wanted {
            return Err(Error::Unsupported { what: key, value: value as u64 });
        }
    }
    if shape.vocabulary <= START as usize {
        return Err(Error::Unsupported { what: "vocabulary", value: shape.vocabulary as u64 });
    }
    if shape.context < CONTEXT_MIN {
        return Err(Error::Unsupported { what: "context", value: shape.context as u64 });
    }
    Ok(shape)
}

fn layer(tensors: &Tensors<'_>, index: usize) -> Result<OwnedLayer> {
    let name = |rest: &str| format!("layers.{index}.{rest}");
    let scale = |rest: &str| -> Result<Scale> {
        let mult = tensors.scalar(&name(&format!("{rest}.mult")), Dtype::I32, i32::from_le_bytes)?.unwrap_or(1);
        let shift = tensors.scalar(&name(&format!("{rest}.shift")), Dtype::I8, i8::from_le_bytes)?.unwrap_or(0);
        Ok(Scale { mult, shift })
    };
    let mut weights = [const { Vec::new() }; 8];
    for (place, rest) in weights.iter_mut().zip(WEIGHTS) {
        *place = tensors.weights(&name(rest))?;
    }
    let [qkv, out, up, down] = SCALES.map(scale);
    Ok(OwnedLayer {
        weights,
        scales: [qkv?, out?, up?, down?],
        score_mult: present(tensors.numbers(&name("attn.score_mult"), Dtype::I32, i32::from_le_bytes)?)?,
        sink_key: tensors.numbers(&name("attn.sink_key"), Dtype::I8, i8::from_le_bytes)?,
    })
}

impl OwnedLayer {
    fn borrow(&self) -> LayerWeights<'_> {
        let [attention_norm, qkv, out, attention_out_norm, ffn_norm, up, down, ffn_out_norm] = &self.weights;
        let [qkv_scale, out_scale, up_scale, down_scale] = self.scales;
        LayerWeights {
            attention_norm,
            qkv,
            qkv_scale,
            score_mult: &self.score_mult,
            sink_key: self.sink_key.as_deref(),
            out,
            out_scale,
            attention_out_norm,
            ffn_norm,
            up,
            up_scale,
            down,
            down_scale,
            ffn_out_norm,
        }
    }
}

/// The tokenizer in a `.czm`: keys of `mergeable_ranks` have a character for each byte, the one with the byte's number.
#[derive(Deserialize)]
struct Json {
    #[serde(default)]
    pat_str: String,
    mergeable_ranks: BTreeMap<String, u32>,
    #[serde(default)]
    special_tokens: BTreeMap<String, u32>,
}

fn vocabulary(tensors: &Tensors<'_>, size: usize) -> Result<Vocabulary> {
    let codec = match tensors.text("tokenizer_codec") {
        None | Some("zstd") => OuterCodec::Zstd,
        Some("brotli") => OuterCodec::Brotli,
        Some(_) => return Err(Error::corrupt("the tokenizer of a czip model is packed in an unknown way")),
    };
    let packed = present(tensors.bytes("tokenizer.data", Dtype::U8)?)?;
    let text = outer::unpack(codec, packed, TOKENIZER_MAX)?;
    let json: Json =
        serde_json::from_slice(&text).map_err(|_| Error::corrupt("the tokenizer of a czip model cannot be read"))?;
    let mut tokens = Vec::new();
    for (text, number) in json.mergeable_ranks {
        let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
        tokens.push((bytes.ok_or(Error::corrupt("a token of a czip model has a character that is no byte"))?, number));
    }
    Ok(Vocabulary {
        size,
        tokens,
        specials: json.special_tokens.into_iter().map(|(text, number)| (text.into_bytes(), number)).collect(),
        split: if json.pat_str == Split::WORDS_PATTERN { Split::Words } else { Split::Whole },
    })
}
