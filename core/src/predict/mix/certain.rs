//! Bytes that are all but certain: what a match expects, where such bytes have nearly always come.
//!
//! They are coded by one decision, whether the byte comes, and nothing else of the mix is asked or taught. How sure a byte is is learnt twice, by the
//! match's length class with the byte, and by the last four bytes with it; the byte is certain where both say so. That spares half of the bytes of XML, a quarter
//! to a half of JSON and logs, and costs 0.1 % of the one and nothing of the others: contexts that never erred have nothing to learn.
//! A match of any length of at least 20 instead of this cost 4 % of the XML.
//!
//! Cost: two cells a byte of a match; 288 KiB.

use crate::coder::binary::{BitCoder, PROB_MAX, PROB_MIN};
use crate::error::Result;
use crate::predict::logistic::{squash, stretch};
use crate::predict::mix::hash::combine;
use crate::predict::mix::map::Map;
use crate::predict::mix::matches::{CLASSES, MatchModel};

/// Least length of a match.
const LENGTH: u32 = 8;
/// Least P(the byte comes) by either cell, of 65,536: 63,800 loses 0.2 % more of the XML, 64,700 gains 0.1 % and spares a tenth less.
const SURE: u32 = 64_300;
/// Decisions that a cell counts: 1023 spares a fifth less.
const LIMIT: u32 = 127;
/// Log2 of the cells by the last bytes.
const LAST_LOG2: u32 = 16;
const LAST_BYTES: u64 = 0xFFFF_FFFF;

/// See the module.
#[derive(Clone, Debug)]
pub struct Certain {
    /// First by length class and byte, then by last bytes and byte.
    worth: Map,
}

/// What is expected of one byte.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outlook {
    /// The byte that a match expects with a leading one above it, or 0.
    expected: u32,
    cells: [usize; 2],
    /// P(it comes), of 65,536, if it is certain.
    sure: Option<u32>,
}

impl Certain {
    /// Nothing is certain yet.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new() -> Result<Self> {
        Ok(Certain { worth: Map::new(CLASSES * 256 + (1 << LAST_LOG2), LIMIT)? })
    }

    /// Bytes that this takes.
    pub const MEMORY: usize = 4 * (CLASSES * 256 + (1 << LAST_LOG2));

    /// What is to be expected behind the bytes `last` (the latest lowest), under that match.
    #[inline(always)]
    pub fn look(&mut self, longest: Option<&MatchModel>, last: u64) -> Outlook {
        let Some(model) = longest.filter(|model| model.length() >= LENGTH) else { return Outlook::default() };
        let expected = model.expected_byte();
        let by_last = combine(last & LAST_BYTES, u64::from(expected)) >> (64 - LAST_LOG2);
        let cells = [model.class() * 256 + (expected & 0xFF) as usize, CLASSES * 256 + by_last as usize];
        let [p, q] = cells.map(|cell| self.worth.p(cell));
        // Both together are surer than each.
        let sure = (p.min(q) > SURE).then(|| squash((stretch(p) + stretch(q)) * 5 / 8).clamp(PROB_MIN, PROB_MAX));
        Outlook { expected, cells, sure }
    }

    /// Learns that `byte` came.
    #[inline(always)]
    pub fn learn(&mut self, outlook: &Outlook, byte: u8) {
        if outlook.expected > 0 {
            for cell in outlook.cells {
                self.worth.learn(cell, u32::from(outlook.expected as u8 == byte));
            }
        }
    }
}

impl Outlook {
    /// Whether the byte is to be coded by [`Outlook::code`] first.
    #[inline(always)]
    pub fn is_certain(&self) -> bool {
        self.sure.is_some()
    }

    /// The byte that is all but certain and P(it comes), of 65,536, if one is.
    pub fn sure(&self) -> Option<(u8, u32)> {
        self.sure.map(|p| (self.expected as u8, p))
    }

    /// Codes whether the expected byte comes, and returns it if so; a decoder ignores `byte`.
    #[inline(always)]
    pub fn code<C: BitCoder>(&self, coder: &mut C, byte: u8) -> Option<u8> {
        let expected = self.expected as u8;
        (coder.code(u32::from(expected == byte), self.sure?) != 0).then_some(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coder::binary::BinaryEncoder;
    use crate::predict::mix::ensemble::ensemble;
    use crate::predict::mix::tree::Tree;

    #[test]
    fn repetition_becomes_certain_and_an_error_undoes_it() {
        let leaves = ensemble(0).unwrap().leaves;
        let tree = Tree::new(leaves.first, &leaves.depths).unwrap();
        let text: Vec<u8> = b"all is well that ends well, ".iter().cycle().take(6000).copied().collect();
        let window = [text.clone(), vec![0; 8192 - text.len()]].concat();
        let mut model = MatchModel::new(8, 12).unwrap();
        let mut certain = Certain::new().unwrap();
        let mut sure = 0;
        let mut out = Vec::new();
        let mut coder = BinaryEncoder::new(&mut out);
        for (i, &byte) in text.iter().enumerate() {
            let last = text[i.saturating_sub(8)..i].iter().fold(0, |last, &byte| last << 8 | u64::from(byte));
            let outlook = certain.look(Some(&model).filter(|model| model.length() > 0), last);
            if outlook.is_certain() {
                assert_eq!(outlook.code(&mut coder, byte), Some(byte));
                assert_eq!(outlook.code(&mut coder, byte ^ 1), None);
                sure += 1;
            }
            if i > 5900 {
                assert!(outlook.is_certain());
                (0..3).for_each(|_| certain.learn(&outlook, byte ^ 1));
                assert!(!certain.look(Some(&model), last).is_certain());
                return;
            }
            certain.learn(&outlook, byte);
            model.push(byte, i + 1, &window, &tree);
        }
        assert!(sure > 3000, "{sure}");
    }
}
