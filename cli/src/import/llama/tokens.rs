//! `tokenizer.json`: byte-pair encoding whose tokens are spelled with a character for each byte.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use vatic::neural::{Split, Vocabulary};

/// Longest token that the engine takes; longer ones are left out.
const TOKEN_MAX: usize = 256;
/// Most special tokens that it takes; more are left out. None stands for text.
const SPECIALS_MAX: usize = 256;

#[derive(Deserialize)]
struct Json {
    model: ModelJson,
    #[serde(default)]
    added_tokens: Vec<Added>,
    #[serde(default)]
    pre_tokenizer: Value,
}

#[derive(Deserialize)]
struct ModelJson {
    #[serde(rename = "type")]
    kind: Option<String>,
    vocab: BTreeMap<String, u32>,
    #[serde(default)]
    byte_fallback: bool,
}

#[derive(Deserialize)]
struct Added {
    id: u32,
    content: String,
}

/// The tokens of a network that tells `size` of them apart.
///
/// # Errors
/// The file cannot be read, or is of another kind.
pub fn read(path: &Path, size: usize) -> Result<Vocabulary> {
    let read = || -> Result<Json> { Ok(serde_json::from_slice(&fs::read(path)?)?) };
    let json = read().with_context(|| format!("cannot read {}", path.display()))?;
    if json.model.kind.as_deref().is_some_and(|kind| kind != "BPE") || json.model.byte_fallback {
        bail!("{} is no byte-level BPE", path.display());
    }
    let bytes = alphabet();
    let special: HashMap<u32, &str> = json.added_tokens.iter().map(|added| (added.id, &*added.content)).collect();
    let mut tokens = Vec::new();
    for (text, &number) in &json.model.vocab {
        if special.contains_key(&number) {
            continue;
        }
        let spelled: Option<Vec<u8>> = text.chars().map(|c| bytes.get(&c).copied()).collect();
        let spelled = spelled.with_context(|| format!("token {text:?} has a character that stands for no byte"))?;
        if (1..=TOKEN_MAX).contains(&spelled.len()) && (number as usize) < size {
            tokens.push((spelled, number));
        }
    }
    let specials = json.added_tokens.iter().filter(|added| (added.id as usize) < size && !added.content.is_empty());
    let specials = specials.filter(|added| added.content.len() <= TOKEN_MAX).take(SPECIALS_MAX);
    let specials = specials.map(|added| (added.content.clone().into_bytes(), added.id)).collect();
    Ok(Vocabulary { size, tokens, specials, split: split(&json.pre_tokenizer) })
}

/// The character that stands for each byte: itself where it can be seen, else one from 256 on.
fn alphabet() -> HashMap<char, u8> {
    let seen = |byte: u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let mut others = (256u32..).filter_map(char::from_u32);
    (0..=255u8).map(|byte| (if seen(byte) { char::from(byte) } else { others.next().unwrap_or(' ') }, byte)).collect()
}

/// How text is cut: what comes nearest. Cutting otherwise than in training costs size alone.
fn split(pre_tokenizer: &Value) -> Split {
    let list = match pre_tokenizer.get("pretokenizers").and_then(Value::as_array) {
        Some(list) => list.iter().collect(),
        None => vec![pre_tokenizer],
    };
    let is = |step: &Value, kind: &str| step["type"] == kind;
    let by_threes = |step: &&Value| step["pattern"]["Regex"].as_str().is_some_and(|regex| regex.contains("{1,3}"));
    if list.iter().any(|step| is(step, "Digits") && step["individual_digits"] == true) {
        Split::Gpt2Digits
    } else if list.iter().any(by_threes) {
        Split::Words
    } else {
        Split::Gpt2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_character() {
        let alphabet = alphabet();
        assert_eq!(alphabet.len(), 256);
        assert_eq!(
            [alphabet[&'a'], alphabet[&'Ġ'], alphabet[&'Ċ'], alphabet[&'Ã'], alphabet[&'Ń']],
            [97, 32, 10, 0xC3, 0xAD]
        );
    }

    #[test]
    fn ways_to_cut_are_told_apart() {
        let cut = |text: &str| split(&serde_json::from_str(text).unwrap());
        assert_eq!(cut(r#"{"type":"ByteLevel"}"#), Split::Gpt2);
        let digits =
            r#"{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel"}]}"#;
        assert_eq!(cut(digits), Split::Gpt2Digits);
        let llama = r#"{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\p{N}{1,3}| ?x"}},{"type":"ByteLevel"}]}"#;
        assert_eq!(cut(llama), Split::Words);
    }
}
