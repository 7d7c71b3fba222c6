//! Where a record ends.
//!
//! The record is coded as if a *terminator* followed it, a byte that the primer's sample has at the end of records and hardly ever inside;
//! the experts foresee it as they foresee any other byte, with all that they know. Behind each terminator one more decision tells
//! whether the record ends here, and if so a second one whether the terminator is the record's own last byte or was only
//! added. With lines that are stored without their line feed both cost next to nothing (0.00035 bits each), and the
//! length of the record is paid for by the surprise at its end alone.
//!
//! A terminator inside of a record costs up to 12 bits the first time, and halves the belief in an end each time.

use crate::coder::binary::{BinaryDecoder, BitCoder, PROB_MAX, PROB_MIN};
use crate::error::{Error, Result};
use crate::model::Part;
use std::collections::BTreeMap;

/// Probability of what a sample does not have, of 65536: 12 bits where it happens after all.
const RARE: u32 = 16;

/// How the records of a sample end, as a primer has it in its keys `terminator`, `ends` and `kept`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The byte behind which a record may end.
    pub terminator: u8,
    /// Probability that a record ends behind its first terminator, of 65536.
    pub ends: u32,
    /// Probability that the terminator then is part of the record, of 65536.
    pub kept: u32,
}

/// Codes the bytes of a record. Not a closure, because what an instruction set is chosen for must be inlined, which only a function can
/// insist on.
pub trait CodeByte<C> {
    /// Codes one byte and returns it; a decoder ignores `byte`.
    fn code_byte(&mut self, coder: &mut C, byte: u8) -> u8;
}

impl End {
    /// What the keys of a primer say.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where one is missing or no probability.
    pub fn from_part(primer: &Part) -> Result<End> {
        let probability = |key| {
            let value = primer.number(key, u64::from(PROB_MAX))? as u32;
            if value < PROB_MIN { Err(Error::corrupt("a model's probability is zero")) } else { Ok(value) }
        };
        Ok(End {
            terminator: primer.number("terminator", 255)? as u8,
            ends: probability("ends")?,
            kept: probability("kept")?,
        })
    }

    /// The keys that [`End::from_part`] reads.
    pub fn to_keys(&self, keys: &mut BTreeMap<String, String>) {
        keys.insert("terminator".into(), self.terminator.to_string());
        keys.insert("ends".into(), self.ends.to_string());
        keys.insert("kept".into(), self.kept.to_string());
    }

    /// The terminator and probabilities that suit `records`: the byte that is inside of the fewest, a line feed where there is a choice,
    /// then a zero.
    pub fn fit<'a>(records: impl IntoIterator<Item = &'a [u8]>) -> End {
        let (mut inside, mut last) = ([0u64; 256], [0u64; 256]);
        let mut count = 0u64;
        for record in records {
            count += 1;
            if let Some((end, body)) = record.split_last() {
                last[usize::from(*end)] += 1;
                body.iter().for_each(|&byte| inside[usize::from(byte)] += 1);
            }
        }
        // A byte that ends some records and not others costs a bit in each of them; inside it costs a few.
        let price =
            |byte: u8| 4 * inside[usize::from(byte)] + last[usize::from(byte)].min(count - last[usize::from(byte)]);
        let order = [b'\n', 0].into_iter().chain(0..=255);
        let terminator = order.min_by_key(|&byte| price(byte)).unwrap_or(b'\n');
        let (inside, last) = (inside[usize::from(terminator)], last[usize::from(terminator)]);
        let share = |part: u64, all: u64| {
            let p = u128::from(part) * 65536 / u128::from(all.max(1));
            (p as u32).clamp(RARE, 65536 - RARE)
        };
        End { terminator, ends: share(count, count + inside), kept: share(last, count) }
    }

    /// The decisions behind a terminator: whether the record ends, and if so whether the terminator belongs to it.
    #[inline(always)]
    fn behind_terminator<C: BitCoder>(&self, ends: &mut u32, coder: &mut C, last: bool, kept: bool) -> Option<bool> {
        if coder.code(u32::from(last), *ends) != 0 {
            return Some(coder.code(u32::from(kept), self.kept) != 0);
        }
        *ends = (*ends / 2).max(PROB_MIN);
        None
    }

    /// Codes `record` and its end.
    #[inline(always)]
    pub fn encode<C: BitCoder>(&self, record: &[u8], coder: &mut C, mut bytes: impl CodeByte<C>) {
        let kept = record.last() == Some(&self.terminator);
        let body = &record[..record.len() - usize::from(kept)];
        let mut ends = self.ends;
        // One place for all bytes: what codes them is a large function that is to be inlined.
        for at in 0..=body.len() {
            let byte = body.get(at).copied().unwrap_or(self.terminator);
            bytes.code_byte(coder, byte);
            if byte == self.terminator {
                self.behind_terminator(&mut ends, coder, at == body.len(), kept);
            }
        }
    }

    /// Appends the record that [`End::encode`] coded to `out`, at most `max` bytes.
    ///
    /// # Errors
    /// As [`RecordCodec::decode`](super::RecordCodec::decode).
    #[inline(always)]
    pub fn decode<'a>(
        &self,
        coder: &mut BinaryDecoder<'a>,
        max: usize,
        out: &mut Vec<u8>,
        mut bytes: impl CodeByte<BinaryDecoder<'a>>,
    ) -> Result<()> {
        let start = out.len();
        let mut ends = self.ends;
        loop {
            let byte = bytes.code_byte(coder, 0);
            let end = match byte == self.terminator {
                true => self.behind_terminator(&mut ends, coder, false, false),
                false => None,
            };
            if coder.is_exhausted_trimmed() {
                return Err(Error::truncated("a record"));
            }
            if end != Some(false) {
                let len = out.len() - start;
                if len >= max {
                    return Err(Error::Limit { what: "record", needed: len as u64 + 1, limit: max as u64 });
                }
                out.try_reserve(1).map_err(|_| Error::OutOfMemory { bytes: len as u64 + 1 })?;
                out.push(byte);
            }
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(records: &[&str]) -> End {
        End::fit(records.iter().map(|record| record.as_bytes()))
    }

    #[test]
    fn the_terminator_suits_the_sample() {
        assert_eq!(fit(&["a", "b c", "d"]), End { terminator: b'\n', ends: 65520, kept: 16 });
        let own = fit(&["a\n", "b c\n", "d\n"]);
        assert_eq!(own, End { terminator: b'\n', ends: 65520, kept: 65520 });
        assert_eq!(fit(&["a\nb\n", "c\nd\n"]).terminator, 0);
        assert_eq!(fit(&[]), End { terminator: b'\n', ends: 16, kept: 16 });
        let mut keys = BTreeMap::new();
        own.to_keys(&mut keys);
        let part = Part::new("primer", keys.clone(), vec![]).unwrap();
        assert_eq!(End::from_part(&part).unwrap(), own);
        for (key, value) in [("ends", "0"), ("kept", "65536"), ("terminator", "256"), ("ends", "x")] {
            let mut keys = keys.clone();
            keys.insert(key.into(), value.into());
            assert!(End::from_part(&Part::new("primer", keys, vec![]).unwrap()).is_err());
        }
    }
}
