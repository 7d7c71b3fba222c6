//! Lines and their fields.
//!
//! The separator of fields is the first of tab, comma, semicolon, bar and space that the last two lines have equally often, and at all.

use super::step;

const SEPARATORS: [u8; 5] = *b"\t,;| ";

/// For each byte its number in [`SEPARATORS`], or 5.
const NUMBERS: [u8; 256] = {
    let mut numbers = [SEPARATORS.len() as u8; 256];
    let mut k = 0;
    while k < SEPARATORS.len() {
        numbers[SEPARATORS[k] as usize] = k as u8;
        k += 1;
    }
    numbers
};

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    /// Where this line and the one above begin.
    line: usize,
    above: usize,
    separator: u8,
    /// How often each separator stands in this line (the last place: all other bytes), and in the one above.
    counts: [u16; 8],
    counts_above: [u16; 8],
    field: u64,
    /// Hash of the field's text so far.
    text: u64,
}

impl Default for Lines {
    fn default() -> Self {
        Lines { line: 0, above: 0, separator: b' ', counts: [0; 8], counts_above: [0; 8], field: 0, text: 0 }
    }
}

impl Lines {
    /// Takes in `byte`, after which the position is `position`. At the end of a line: where that line begins.
    #[inline(always)]
    pub fn push(&mut self, byte: u8, position: usize, quote: u8) -> Option<usize> {
        let count = &mut self.counts[usize::from(NUMBERS[usize::from(byte)] & 7)];
        *count = count.wrapping_add(1);
        if byte == b'\n' {
            self.end(position);
            return Some(self.above);
        }
        if byte == self.separator && quote != b'"' {
            self.field += 1;
            self.text = 0;
        } else {
            self.text = step(self.text, byte);
        }
        None
    }

    fn end(&mut self, position: usize) {
        let alike = |&k: &usize| self.counts[k] > 0 && self.counts[k] == self.counts_above[k];
        if let Some(k) = (0..SEPARATORS.len()).find(alike) {
            self.separator = SEPARATORS[k];
        }
        (self.counts_above, self.counts) = (self.counts, [0; 8]);
        (self.above, self.line) = (self.line, position);
        (self.field, self.text) = (0, 0);
    }

    /// Number of the field.
    #[inline(always)]
    pub fn field(&self) -> u64 {
        self.field
    }

    /// Hash of the field's text so far.
    #[inline(always)]
    pub fn text(&self) -> u64 {
        self.text
    }

    /// The byte above, 0 behind the end of the line above, and the column up to 255.
    #[inline(always)]
    pub fn column(&self, position: usize, window: &[u8]) -> u64 {
        let column = position - self.line;
        let at = self.above + column;
        let byte = if at < self.line { window[at & (window.len() - 1)] } else { 0 };
        u64::from(byte) << 8 | column.min(255) as u64
    }
}
