//! Models of the Llama family: a folder with `config.json`, `tokenizer.json` and safetensors, as Hugging Face has them.
//!
//! The network runs over a part of the sample in floating point ([`float`]); the largest numbers that are seen on the way give the scales of
//! its integer twin ([`quantise`]). On the rest of the sample both are measured. Floating point decides what numbers a model has; from then on
//! it is integers.

mod config;
mod float;
mod quantise;
mod tensors;
mod tokens;

use anyhow::{Result, bail};
use config::Config;
use float::{Llama, Seen};
use std::collections::BTreeMap;
use std::path::Path;
use vatic::Model;
use vatic::neural::{Tokenizer, Transformer, Vocabulary};

/// Tokens of the sample that are looked at: three quarters give scales, the last measures.
const SAMPLE: usize = 2048;
/// Tokens that the float network sees at once.
const STRETCH: usize = 256;

/// A model, and what was lost on its way.
pub struct Imported {
    /// With the part `transformer`.
    pub model: Model,
    /// On the last quarter of the sample.
    pub bits: Bits,
}

/// What a text costs.
pub struct Bits {
    /// In floating point.
    pub float: f64,
    /// In integers.
    pub integer: f64,
    /// Bytes of the text.
    pub bytes: usize,
}

/// Reads the model in `folder`, and finds its scales on `sample`.
///
/// # Errors
/// Something is missing or of another kind; the sample is too short.
pub fn import(folder: &Path, sample: &[u8], context: Option<usize>) -> Result<Imported> {
    let config = Config::read(&folder.join("config.json"))?;
    let llama = Llama::read(config, tensors::Tensors::read(folder)?)?;
    let vocabulary = tokens::read(&folder.join("tokenizer.json"), llama.vocabulary())?;
    let start = llama.config.start;
    if start as usize >= llama.vocabulary() {
        bail!("the first token that config.json names is none");
    }
    // A token of the text is at least one byte.
    let text = &sample[..sample.len().min(SAMPLE * 16)];
    let tokens = Tokenizer::new(vocabulary.clone())?.encode_bytes(text);
    let tokens = &tokens[..tokens.len().min(SAMPLE)];
    if tokens.len() < 64 {
        bail!("the sample is too short to find scales on");
    }
    let context = context.unwrap_or(SAMPLE).min(llama.config.max_position_embeddings).max(1);
    let stretch = context.min(STRETCH);
    let (known, rest) = tokens.split_at(tokens.len() / 4 * 3);
    let mut seen = Seen::new(&llama);
    for tokens in known.chunks(stretch) {
        llama.bits(tokens, start, Some(&mut seen));
    }
    let part = quantise::quantise(&llama, &seen, &vocabulary, context)?;
    let model = Model::new(vec![part], BTreeMap::new())?;
    let bits = measure(&llama, &model, &vocabulary, rest, stretch)?;
    Ok(Imported { model, bits })
}

/// Runs both networks over `tokens`.
fn measure(llama: &Llama, model: &Model, vocabulary: &Vocabulary, tokens: &[u32], stretch: usize) -> Result<Bits> {
    let Some(transformer) = model.transformer()? else { bail!("a part got lost") };
    let start = transformer.start();
    let float = tokens.chunks(stretch).map(|tokens| llama.bits(tokens, start, None)).sum();
    let integer: Result<f64> = tokens.chunks(stretch).map(|tokens| integer_bits(&transformer, tokens)).sum();
    let mut lengths: Vec<usize> = vec![0; vocabulary.size];
    vocabulary.tokens.iter().for_each(|(bytes, number)| lengths[*number as usize] = bytes.len());
    Ok(Bits { float, integer: integer?, bytes: tokens.iter().map(|&token| lengths[token as usize]).sum() })
}

fn integer_bits(transformer: &Transformer, tokens: &[u32]) -> Result<f64> {
    let (total, mut bits) = (f64::from(transformer.network().total()), 0.0);
    transformer.foretell(tokens, |token, frequencies| {
        bits -= (f64::from(frequencies.values()[token as usize]) / total).log2();
    })?;
    Ok(bits)
}
