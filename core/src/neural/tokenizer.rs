//! Text to tokens and back: byte-pair encoding over a table that the model has.
//!
//! Text is cut at special strings first, then into pieces ([`Split`]). A piece that is a token is one; any other starts as single bytes, and the adjacent pair
//! whose bytes together make the lowest token is merged, the leftmost of equals, until no pair makes one. Decoding puts the tokens' bytes
//! after each other, so whatever way a text was cut, it comes back.
//!
//! Cost: encoding `n` bytes takes `n log n` steps for a piece of any length, some 40 bytes of memory for each byte of the longest piece.

mod merge;
mod split;

pub use split::Split;

use crate::error::{Error, Result};
use merge::Merger;
use std::collections::HashMap;

/// Most bytes of a token.
pub const TOKEN_MAX: usize = 256;
/// Most special tokens.
pub const SPECIALS_MAX: usize = 256;
/// Most ways to make a token of two. A vocabulary that was trained has two or three for each token; one could be made up that has hundreds.
pub const PAIRS_MAX: usize = 1 << 20;

/// What a tokenizer is made of.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// Numbers of tokens are below this.
    pub size: usize,
    /// The bytes and the number of each token; lower numbers are merged first. All 256 single bytes are among them.
    pub tokens: Vec<(Vec<u8>, u32)>,
    /// Strings that are tokens wherever they occur.
    pub specials: Vec<(Vec<u8>, u32)>,
    /// How text is cut into pieces.
    pub split: Split,
}

/// A string that is a token, and its number.
type Special = (Box<[u8]>, u32);

/// A table of tokens, ready for both directions.
pub struct Tokenizer {
    /// By number; empty where there is no such token.
    bytes: Vec<Box<[u8]>>,
    numbers: HashMap<Box<[u8]>, u32>,
    singles: Box<[u32; 256]>,
    /// What two tokens make together.
    pairs: HashMap<(u32, u32), u32>,
    /// By their first byte, the longest first.
    specials: HashMap<u8, Vec<Special>>,
    split: Split,
}

impl Tokenizer {
    /// Checks the vocabulary and prepares it.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for numbers that are too large or used twice, tokens that are empty, too long or there twice, and where
    /// single bytes are missing; [`Error::Limit`] for more than a million pairs that make tokens.
    pub fn new(vocabulary: Vocabulary) -> Result<Tokenizer> {
        let Vocabulary { size, tokens, specials, split } = vocabulary;
        if size > super::VOCABULARY_MAX || specials.len() > SPECIALS_MAX {
            return Err(Error::corrupt("a tokenizer has too many tokens"));
        }
        let mut bytes: Vec<Box<[u8]>> = vec![Box::default(); size];
        let mut numbers = HashMap::new();
        for (text, number) in tokens.iter().chain(&specials) {
            let place = bytes.get_mut(*number as usize).ok_or(Error::corrupt("a token's number is too large"))?;
            if text.is_empty() || text.len() > TOKEN_MAX || !place.is_empty() {
                return Err(Error::corrupt("a token has no bytes, too many, or another's number"));
            }
            *place = text.as_slice().into();
        }
        for (text, number) in tokens {
            if numbers.insert(text.into_boxed_slice(), number).is_some() {
                return Err(Error::corrupt("two tokens have the same bytes"));
            }
        }
        let mut singles = Box::new([0; 256]);
        for (byte, single) in (0..=255u8).zip(singles.iter_mut()) {
            *single = *numbers.get(&[byte][..]).ok_or(Error::corrupt("a tokenizer lacks single bytes"))?;
        }
        let pairs = pairs(&numbers)?;
        let mut by_first: HashMap<u8, Vec<Special>> = HashMap::new();
        for (text, number) in specials {
            by_first.entry(text[0]).or_default().push((text.into_boxed_slice(), number));
        }
        by_first.values_mut().for_each(|list| list.sort_by_key(|(text, _)| std::cmp::Reverse(text.len())));
        Ok(Tokenizer { bytes, numbers, singles, pairs, specials: by_first, split })
    }

    /// The bytes that `token` stands for, if it stands for any.
    pub fn bytes(&self, token: u32) -> Option<&[u8]> {
        self.bytes.get(token as usize).map(|bytes| &**bytes).filter(|bytes| !bytes.is_empty())
    }

    /// The tokens of `text`.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let mut out = Vec::with_capacity(text.len() / 3);
        let mut merger = Merger::default();
        let mut rest = text;
        while !rest.is_empty() {
            let special = self.next_special(rest);
            let end = special.map_or(rest.len(), |(at, _, _)| at);
            self.encode_plain(&rest[..end], &mut merger, &mut out);
            rest = special.map_or("", |(at, len, _)| &rest[at + len..]);
            out.extend(special.map(|(_, _, number)| number));
        }
        out
    }

    /// Whether `token` stands for a special string.
    pub fn is_special(&self, token: u32) -> bool {
        self.specials.values().flatten().any(|&(_, special)| special == token)
    }

    /// The tokens of any bytes, none of them special. What is no UTF-8 becomes tokens of single bytes.
    pub fn encode_bytes(&self, bytes: &[u8]) -> Vec<u32> {
        let mut out = Vec::with_capacity(bytes.len() / 3);
        let mut merger = Merger::default();
        for chunk in bytes.utf8_chunks() {
            self.encode_plain(chunk.valid(), &mut merger, &mut out);
            out.extend(chunk.invalid().iter().map(|&byte| self.singles[usize::from(byte)]));
        }
        out
    }

    fn encode_plain(&self, text: &str, merger: &mut Merger, out: &mut Vec<u32>) {
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(self.split.first_piece(rest));
            self.encode_piece(piece.as_bytes(), merger, out);
            rest = behind;
        }
    }

    fn encode_piece(&self, piece: &[u8], merger: &mut Merger, out: &mut Vec<u32>) {
        match self.numbers.get(piece) {
            Some(&number) => out.push(number),
            None => merger.merge(piece, &self.singles, &self.pairs, out),
        }
    }

    /// Where the first special string is, its length, and its number. Such a string is text, so it begins and ends between characters.
    fn next_special(&self, text: &str) -> Option<(usize, usize, u32)> {
        if self.specials.is_empty() {
            return None;
        }
        text.bytes().enumerate().find_map(|(at, first)| {
            let list = self.specials.get(&first)?;
            let (special, number) = list.iter().find(|(special, _)| text.as_bytes()[at..].starts_with(special))?;
            let end = at + special.len();
            (text.is_char_boundary(at) && text.is_char_boundary(end)).then_some((at, special.len(), *number))
        })
    }
}

/// All ways to make a token of two.
fn pairs(numbers: &HashMap<Box<[u8]>, u32>) -> Result<HashMap<(u32, u32), u32>> {
    let mut pairs = HashMap::new();
    for (bytes, &whole) in numbers {
        for cut in 1..bytes.len() {
            if let (Some(&left), Some(&right)) = (numbers.get(&bytes[..cut]), numbers.get(&bytes[cut..])) {
                pairs.insert((left, right), whole);
            }
        }
        if pairs.len() > PAIRS_MAX {
            let (needed, limit) = (pairs.len() as u64, PAIRS_MAX as u64);
            return Err(Error::Limit { what: "pairs of tokens", needed, limit });
        }
    }
    Ok(pairs)
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokenizer")
            .field("tokens", &self.numbers.len())
            .field("split", &self.split)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vocabulary(longer: &[&str]) -> Vocabulary {
        let mut tokens: Vec<(Vec<u8>, u32)> = (0..=255u8).map(|byte| (vec![byte], u32::from(byte))).collect();
        tokens.extend((256..).zip(longer).map(|(number, text)| (text.as_bytes().to_vec(), number)));
        let specials = vec![(b"<|s|>".to_vec(), 999), (b"<|".to_vec(), 998)];
        Vocabulary { size: 1000, tokens, specials, split: Split::Words }
    }

    fn words(tokenizer: &Tokenizer, text: &str) -> Vec<String> {
        let lossy = |token: &u32| String::from_utf8_lossy(tokenizer.bytes(*token).unwrap()).into_owned();
        tokenizer.encode(text).iter().map(lossy).collect()
    }

    #[test]
    fn lower_tokens_are_merged_first_and_the_leftmost_of_equals() {
        let tokenizer = Tokenizer::new(vocabulary(&["bc", "ab", "abc", "aa", " the"])).unwrap();
        assert_eq!(words(&tokenizer, "abc"), ["abc"], "a piece that is a token");
        assert_eq!(words(&tokenizer, "abcd"), ["abc", "d"]);
        assert_eq!(words(&tokenizer, "zab"), ["z", "ab"]);
        assert_eq!(words(&tokenizer, "aaaaa"), ["aa", "aa", "a"]);
        assert_eq!(words(&tokenizer, "in the"), ["i", "n", " the"]);
    }

    #[test]
    fn special_strings_are_tokens_the_longest_first() {
        let tokenizer = Tokenizer::new(vocabulary(&[])).unwrap();
        assert_eq!(tokenizer.encode("a<|s|><|b<|s|>"), [97, 999, 998, 98, 999]);
        assert_eq!(tokenizer.encode("<|s|>"), [999]);
        assert_eq!(tokenizer.encode(""), [0; 0]);
    }

    #[test]
    fn long_pieces_take_no_long_time() {
        let tokenizer = Tokenizer::new(vocabulary(&["ab", "abab", "  "])).unwrap();
        let text = "ab".repeat(200_001);
        assert_eq!(tokenizer.encode(&text).len(), 100_001);
        assert_eq!(tokenizer.encode(&(" ".repeat(300_001) + "x")).len(), 150_002);
    }

    #[test]
    fn vocabularies_must_make_sense() {
        let damage: [fn(&mut Vocabulary); 6] = [
            |v| v.size = 999,
            |v| v.tokens[3].1 = 4,
            |v| v.tokens.push((b"a".to_vec(), 500)),
            |v| v.tokens.push((vec![], 500)),
            |v| v.tokens.push((vec![0; 257], 500)),
            |v| drop(v.tokens.remove(7)),
        ];
        for change in damage {
            let mut bad = vocabulary(&["ab"]);
            change(&mut bad);
            assert!(matches!(Tokenizer::new(bad), Err(Error::Corrupt { .. })));
        }
    }

    /// All parts of a text without a byte twice: each is a token, and so is whatever it is cut into.
    #[test]
    fn tokens_of_each_other_are_limited() {
        let text: Vec<u8> = (0..250).collect();
        let parts = (0..250).flat_map(|at| (at + 2..=250).map(move |end| (at, end)));
        let mut vocabulary = vocabulary(&[]);
        vocabulary.tokens.extend(parts.zip(1000..).map(|((at, end), number)| (text[at..end].to_vec(), number)));
        vocabulary.size = 1 << 15;
        assert!(matches!(Tokenizer::new(vocabulary), Err(Error::Limit { what: "pairs of tokens", .. })));
    }

    #[test]
    fn bytes_that_are_no_text_are_tokens_too() {
        let tokenizer = Tokenizer::new(vocabulary(&["ab", "é"])).unwrap();
        assert_eq!(tokenizer.encode_bytes(b"ab\xFF\xC3ab\xC3\xA9<|s|>")[..7], [256, 255, 0xC3, 256, 257, 60, 124]);
        assert_eq!(tokenizer.encode_bytes(b""), [0; 0]);
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 97..100u8], 0..200)) {
            let tokenizer = Tokenizer::new(vocabulary(&["ab", "aba", " a", "ca"])).unwrap();
            let tokens = tokenizer.encode_bytes(&bytes);
            let back: Vec<u8> = tokens.iter().flat_map(|&token| tokenizer.bytes(token).unwrap()).copied().collect();
            prop_assert_eq!(back, bytes);
        }

        #[test]
        fn any_text_comes_back(text in "(\\PC|[ab' \n\r\t<|s>]{1,5}){0,60}", whole: bool) {
            let mut vocabulary = vocabulary(&["ab", "aba", " a", "b'", "\n\n", "  ", "é"]);
            vocabulary.split = if whole { Split::Whole } else { Split::Words };
            let tokenizer = Tokenizer::new(vocabulary).unwrap();
            let back: Vec<u8> =
                tokenizer.encode(&text).iter().flat_map(|&token| tokenizer.bytes(token).unwrap()).copied().collect();
            prop_assert_eq!(back, text.as_bytes());
        }
    }
}
