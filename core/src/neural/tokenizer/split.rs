//! Cutting text into pieces that no token crosses: words with the space before them, numbers of up to three digits, punctuation, white space.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// A way to cut text into pieces. Cutting otherwise than the model was trained with costs size, and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Split {
    /// Not at all.
    Whole,
    /// The first of these that fits at a place, letters and numbers being those of Unicode:
    /// 1. an apostrophe and `s`, `d`, `m`, `t`, `ll`, `ve` or `re` in any case;
    /// 2. letters, behind at most one character that is no letter, number or line end;
    /// 3. one to three numbers;
    /// 4. what is no white space, letter or number, behind at most one space, and line ends that follow;
    /// 5. white space up to the end;
    /// 6. white space up to its last line end;
    /// 7. white space but for its last character, which goes with what follows;
    /// 8. one white space.
    #[default]
    Words,
    /// As GPT-2 does, the first of these that fits:
    /// 1. an apostrophe and `s`, `t`, `re`, `ve`, `m`, `ll` or `d`;
    /// 2. letters, numbers, or what is no white space, letter or number, behind at most one space;
    /// 3. white space up to the end;
    /// 4. white space but for its last character, which goes with what follows;
    /// 5. one white space.
    Gpt2,
    /// Each number on its own, and what is between them as [`Split::Gpt2`] does.
    Gpt2Digits,
}

/// What a character is, as far as cutting goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Number,
    LineEnd,
    Space,
    Other,
}

fn kind(c: char) -> Kind {
    match c {
        '\n' | '\r' => Kind::LineEnd,
        'a'..='z' | 'A'..='Z' => Kind::Letter,
        '0'..='9' => Kind::Number,
        _ if c.is_whitespace() => Kind::Space,
        _ if c.is_ascii() => Kind::Other,
        _ => match c.general_category_group() {
            GeneralCategoryGroup::Letter => Kind::Letter,
            GeneralCategoryGroup::Number => Kind::Number,
            _ => Kind::Other,
        },
    }
}

/// The length in bytes of the longest start of `text` whose characters are of these kinds, at most `most` of them.
fn run(text: &str, most: usize, wanted: impl Fn(Kind) -> bool) -> usize {
    text.chars().take(most).take_while(|&c| wanted(kind(c))).map(char::len_utf8).sum()
}

impl Split {
    /// The pattern in tiktoken's notation that [`Split::Words`] follows.
    pub const WORDS_PATTERN: &'static str = concat!(
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+",
        r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
    );

    /// The length in bytes of the first piece of `text`, which is not empty.
    pub(super) fn first_piece(self, text: &str) -> usize {
        match self {
            Split::Whole => text.len(),
            Split::Words => words(text),
            Split::Gpt2 => gpt2(text, false),
            Split::Gpt2Digits => gpt2(text, true),
        }
    }
}

fn words(text: &str) -> usize {
    let Some(first) = text.chars().next() else { return 0 };
    let rest = &text[first.len_utf8()..];
    if first == '\''
        && let Some(len) = contraction(rest)
    {
        return 1 + len;
    }
    let letters = |text| run(text, usize::MAX, |kind| kind == Kind::Letter);
    match kind(first) {
        Kind::Letter => return letters(text),
        Kind::Number => return run(text, 3, |kind| kind == Kind::Number),
        Kind::Space | Kind::Other => match letters(rest) {
            0 => {}
            len => return first.len_utf8() + len,
        },
        Kind::LineEnd => {}
    }
    let space = usize::from(first == ' ');
    match run(&text[space..], usize::MAX, |kind| kind == Kind::Other) {
        0 => white(text),
        len => space + len + run(&text[space + len..], usize::MAX, |kind| kind == Kind::LineEnd),
    }
}

/// With `digits`, a number ends what is in front of it as the end of the text does.
fn gpt2(text: &str, digits: bool) -> usize {
    let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];
    if let Some(found) = contractions.iter().find(|start| text.starts_with(**start)) {
        return found.len();
    }
    let space = usize::from(text.starts_with(' '));
    let rest = &text[space..];
    match rest.chars().next().map(kind) {
        Some(Kind::Number) if digits && space == 0 => run(rest, 1, |kind| kind == Kind::Number),
        Some(Kind::Number) if digits => white_before(text, true),
        Some(first @ (Kind::Letter | Kind::Number | Kind::Other)) => {
            space + run(rest, usize::MAX, |kind| kind == first)
        }
        _ => white_before(text, digits),
    }
}

/// The white space that `text` starts with, without its last character if that goes with what follows.
fn white_before(text: &str, digits: bool) -> usize {
    let len = run(text, usize::MAX, |kind| matches!(kind, Kind::Space | Kind::LineEnd));
    let ends = match text[len..].chars().next() {
        None => true,
        Some(next) => digits && kind(next) == Kind::Number,
    };
    match text[..len].char_indices().next_back() {
        Some((last, _)) if last > 0 && !ends => last,
        _ => len,
    }
}

/// The length of what may follow an apostrophe.
fn contraction(text: &str) -> Option<usize> {
    let mut chars = text.chars();
    let first = chars.next()?;
    // The long s is an s in another case.
    if matches!(first.to_ascii_lowercase(), 's' | 'd' | 'm' | 't' | 'ſ') {
        return Some(first.len_utf8());
    }
    let pair = (first.to_ascii_lowercase(), chars.next()?.to_ascii_lowercase());
    matches!(pair, ('l', 'l') | ('v', 'e') | ('r', 'e')).then_some(2)
}

/// A piece of the white space that `text` starts with.
fn white(text: &str) -> usize {
    let len = run(text, usize::MAX, |kind| matches!(kind, Kind::Space | Kind::LineEnd));
    let white = &text[..len];
    if len == text.len() {
        return len;
    }
    if let Some(end) = white.rfind(['\r', '\n']) {
        return end + 1;
    }
    match white.char_indices().next_back() {
        Some((last, _)) if last > 0 => last,
        _ => len,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<&str> {
        cut(Split::Words, text)
    }

    fn cut(split: Split, mut text: &str) -> Vec<&str> {
        let mut pieces = Vec::new();
        while !text.is_empty() {
            let (piece, rest) = text.split_at(split.first_piece(text));
            pieces.push(piece);
            text = rest;
        }
        pieces
    }

    #[test]
    fn text_is_cut_as_gpt2_does() {
        let gpt2 = |text| cut(Split::Gpt2, text);
        assert_eq!(gpt2("I'll DON'T (été)"), ["I", "'ll", " DON", "'", "T", " (", "été", ")"]);
        assert_eq!(gpt2("in 12345  x²!?"), ["in", " 12345", " ", " x", "²", "!?"]);
        assert_eq!(gpt2("a\n\n b \n"), ["a", "\n\n", " b", " \n"]);
        assert_eq!(gpt2("\t x"), ["\t", " x"]);
        let digits = |text| cut(Split::Gpt2Digits, text);
        assert_eq!(digits("in 123  4 x"), ["in", " ", "1", "2", "3", "  ", "4", " x"]);
        assert_eq!(digits("a  b"), ["a", " ", " b"]);
    }

    #[test]
    fn every_rule_has_its_turn() {
        assert_eq!(pieces("I'll it's DON'T o'clock '"), ["I", "'ll", " it", "'s", " DON", "'T", " o", "'clock", " '"]);
        assert_eq!(pieces("'ſo 're'VE"), ["'ſ", "o", " '", "re", "'VE"]);
        assert_eq!(pieces("a 12345 x²"), ["a", " ", "123", "45", " x", "²"]);
        assert_eq!(pieces("(été) \"été\""), ["(été", ")", " \"", "été", "\""]);
        assert_eq!(pieces("no... yes!\r\n\nx"), ["no", "...", " yes", "!\r\n\n", "x"]);
        assert_eq!(pieces("a   b"), ["a", "  ", " b"]);
        assert_eq!(pieces("a   1"), ["a", "  ", " ", "1"]);
        assert_eq!(pieces("a \n  \n  b  "), ["a", " \n  \n", " ", " b", "  "]);
        assert_eq!(pieces("\t\tx\n"), ["\t", "\tx", "\n"]);
        assert_eq!(pieces("\u{3000}日本語、１２３４"), ["\u{3000}日本語", "、", "１２３", "４"]);
        assert_eq!(pieces("🎉🎉 🎉\u{200d}"), ["🎉🎉", " 🎉\u{200d}"]);
        assert_eq!(pieces("e\u{301}"), ["e", "\u{301}"], "marks are no letters");
    }
}
