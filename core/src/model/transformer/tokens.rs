//! The tokens of a transformer.

use super::values;
use crate::error::{Error, Result};
use crate::model::{Part, Tensor};
use crate::neural::{Split, Vocabulary};
use std::collections::BTreeMap;

fn split_name(split: Split) -> &'static str {
    match split {
        Split::Whole => "whole",
        Split::Words => "words",
        Split::Gpt2 => "gpt2",
        Split::Gpt2Digits => "gpt2-digits",
    }
}

/// The bytes of tokens by their numbers, after each other, and how many each has.
pub(super) fn write(vocabulary: &Vocabulary, keys: &mut BTreeMap<&'static str, String>) -> Result<[Tensor; 3]> {
    keys.insert("split", split_name(vocabulary.split).to_owned());
    let mut tokens: Vec<&[u8]> = vec![&[]; vocabulary.size];
    for (bytes, number) in vocabulary.tokens.iter().chain(&vocabulary.specials) {
        let place = tokens.get_mut(*number as usize);
        *place.ok_or(Error::corrupt("a token's number is too large"))? = bytes;
    }
    // Longer tokens than fit are none that a tokenizer takes.
    let lengths: Vec<u16> = tokens.iter().map(|bytes| u16::try_from(bytes.len()).unwrap_or(u16::MAX)).collect();
    let bytes = tokens.concat();
    let mut specials: Vec<u32> = vocabulary.specials.iter().map(|(_, number)| *number).collect();
    specials.sort_unstable();
    Ok([
        Tensor::new("token_lengths", &[lengths.len()], &lengths)?,
        Tensor::new("token_bytes", &[bytes.len()], &bytes)?,
        Tensor::new("special_tokens", &[specials.len()], &specials)?,
    ])
}

pub(super) fn read(part: &Part, size: usize) -> Result<Vocabulary> {
    let lengths: Vec<u16> = values(part, "token_lengths", size)?;
    let bytes = part.tensor("token_bytes")?.values::<u8>()?;
    let specials = part.tensor("special_tokens")?.values::<u32>()?;
    if !specials.is_sorted() {
        return Err(Error::corrupt("the special tokens of a transformer are in disorder"));
    }
    let split = match part.keys().get("split").map(String::as_str) {
        Some("whole") => Split::Whole,
        Some("words") => Split::Words,
        Some("gpt2") => Split::Gpt2,
        Some("gpt2-digits") => Split::Gpt2Digits,
        // Whoever only decodes does not need to know.
        _ => return Err(Error::Unsupported { what: "way to cut text", value: 0 }),
    };
    let mut vocabulary = Vocabulary { size, tokens: Vec::new(), specials: Vec::new(), split };
    let mut rest = bytes.as_slice();
    for (number, &length) in (0..).zip(&lengths) {
        let (token, behind) = rest
            .split_at_checked(length.into())
            .ok_or(Error::corrupt("the tokens of a transformer have not as many bytes as they say"))?;
        rest = behind;
        if specials.binary_search(&number).is_ok() {
            vocabulary.specials.push((token.to_vec(), number));
        } else if !token.is_empty() {
            vocabulary.tokens.push((token.to_vec(), number));
        }
    }
    if !rest.is_empty() || vocabulary.specials.len() != specials.len() {
        return Err(Error::corrupt("the tokens of a transformer have not as many bytes as they say"));
    }
    Ok(vocabulary)
}
