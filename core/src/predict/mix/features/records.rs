//! Short records, one a line: log lines, rows, one-line JSON. What a record has said so far is worth more than what other records nearby say,
//! since each may be coded alone.
//!
//! A *token* is a run of letters and digits. The *template* is the record so far with every token that has a digit in it
//! replaced by one and the same thing, so that all lines that one statement of a program wrote have one template. The *key* is the
//! last identifier before `:` or `=` (of JSON: the last string).
//!
//! Cost: some thirty operations a byte, no tables. Source: the template is an idea of log parsers (Drain, He et al. 2017).

use super::Findings;
use super::prose::class;
use crate::error::Result;
use crate::predict::mix::hash::fold;

/// Value: letters and digits since the last other byte.
pub const WORD: usize = 1;
/// Value: the whole record so far.
pub const START: usize = 2;
/// Value: the template and the place in the token.
pub const TEMPLATE_PLACE: usize = 3;
/// Value: the field's number and its text so far.
pub const FIELD: usize = 4;
/// Value: that, and the text of the field before.
pub const FIELD_PAIR: usize = 5;
/// Value: the key and the place behind it.
pub const KEY_PLACE: usize = 6;
/// Value: classes of the last eight bytes.
pub const CLASSES: usize = 7;
/// Value: the last two bytes of the token, the place in it, and the template.
pub const TEMPLATE_PAIR: usize = 8;
/// Value: the last two tokens and what stands behind them; digits are all alike.
pub const SHAPE: usize = 9;
/// Value: the last three tokens and the one so far.
pub const TOKENS: usize = 10;
/// Value: the place in the token, and classes of the last bytes.
pub const TOKEN_PLACE: usize = 11;

/// Mark, 256 values: classes of the last two bytes and a part of the third's.
pub const CLASS_MARK: usize = 0;
/// Mark, 1,024 values: a hash of the template.
pub const TEMPLATE_MARK: usize = 1;
/// Mark, 256 values: the position in the record, and the number of the field.
pub const START_MARK: usize = 2;

/// The parser's state.
#[derive(Clone, Debug, Default)]
pub struct Records {
    column: u64,
    record: u64,
    template: u64,
    /// Of the token so far: its text, its length, whether a digit is in it.
    token: u64,
    len: u64,
    has_digit: bool,
    /// The last tokens, and the separators behind the last of them.
    tokens: [u64; 3],
    gap: u64,
    shape: u64,
    field: u64,
    field_text: u64,
    field_before: u64,
    key: u64,
    key_len: u64,
    last_token: u64,
    quoted: u64,
    in_quotes: bool,
    classes: u64,
}

impl Records {
    /// At the start of a record.
    ///
    /// # Errors
    /// None.
    pub fn new() -> Result<Self> {
        Ok(Records::default())
    }

    /// Takes in a byte; see [`Features::push`](super::Features::push).
    #[inline(always)]
    pub fn push(&mut self, byte: u8, found: &mut Findings) {
        self.classes = self.classes << 3 | class(byte);
        if byte == b'\n' {
            *self = Records { classes: self.classes, ..Records::default() };
        } else {
            self.step(byte);
        }
        self.fill(found);
    }

    #[inline(always)]
    fn step(&mut self, byte: u8) {
        let plus = u64::from(byte) + 1;
        self.column += 1;
        self.record = fold(self.record, plus);
        self.field_text = fold(self.field_text, plus);
        self.key_len += 1;
        if self.in_quotes {
            self.quoted = fold(self.quoted, plus);
        }
        if byte.is_ascii_alphanumeric() || byte >= 128 {
            self.token = fold(self.token, plus);
            self.len += 1;
            self.has_digit |= byte.is_ascii_digit();
            self.gap = 0;
            return;
        }
        if self.len > 0 {
            let kind = if self.has_digit { 1 } else { self.token };
            self.template = fold(self.template, kind);
            self.shape = fold(self.shape & 0xFFFF_FFFF, kind);
            self.last_token = self.token;
            self.tokens = [self.token, self.tokens[0], self.tokens[1]];
            (self.token, self.len, self.has_digit) = (0, 0, false);
        }
        self.template = fold(self.template, plus);
        self.gap = fold(self.gap, plus);
        self.separate(byte);
    }

    fn separate(&mut self, byte: u8) {
        match byte {
            b' ' | b',' | b'\t' | b';' | b'|' => {
                self.field_before = self.field_text;
                self.field_text = 0;
                self.field += 1;
            }
            b'"' => {
                self.in_quotes = !self.in_quotes;
                if self.in_quotes {
                    self.quoted = 0;
                }
            }
            b':' | b'=' => {
                self.key = if self.quoted != 0 && !self.in_quotes { self.quoted } else { self.last_token };
                self.key_len = 0;
            }
            _ => {}
        }
    }

    #[inline(always)]
    fn fill(&self, found: &mut Findings) {
        let place = self.len.min(31);
        let digits = u64::from(self.has_digit);
        let last = found.last;
        let values = &mut found.values;
        values[WORD] = self.token;
        values[START] = self.record;
        values[TEMPLATE_PLACE] = fold(self.template, place << 1 | digits);
        values[FIELD] = fold(self.field_text, self.field.min(255));
        values[FIELD_PAIR] = fold(fold(self.field_before, self.field_text), self.field.min(255));
        values[KEY_PLACE] = fold(self.key, self.key_len.min(63));
        values[CLASSES] = self.classes & 0xFF_FFFF;
        values[TEMPLATE_PAIR] = fold(fold(self.template, place), last & 0xFFFF);
        values[SHAPE] = fold(fold(self.shape, self.gap), place << 1 | digits);
        values[TOKENS] = fold(fold(fold(self.tokens[2], self.tokens[1]), self.tokens[0]), fold(self.gap, self.token));
        values[TOKEN_PLACE] = fold(self.classes & 0xFFF, place);
        found.marks[CLASS_MARK] = self.classes as usize & 0xFF;
        found.marks[TEMPLATE_MARK] = (fold(self.template, place.min(7) << 1 | digits) >> 54) as usize;
        found.marks[START_MARK] = (self.column.min(15) << 4 | self.field.min(15)) as usize;
    }
}
