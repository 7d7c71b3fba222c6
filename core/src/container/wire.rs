//! The alphabet of the container: little-endian integers, varints, and a cursor that never reads past its bytes.
//!
//! A *varint* is an unsigned LEB128 of at most 64 bits, written in as few bytes as it takes; a longer spelling of the same
//! number is an error, so that every value has one form.

use crate::error::{Error, Result};

/// The most bytes a varint takes.
pub(crate) const MAX_VARINT: usize = 10;

/// Appends `value` as a varint.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads a varint from the front of `bytes`: the value and its length. `Ok(None)` where `bytes` ends before the varint does.
pub(crate) fn peek_varint(bytes: &[u8]) -> Result<Option<(u64, usize)>> {
    let mut value = 0u64;
    for (i, &byte) in bytes.iter().take(MAX_VARINT).enumerate() {
        let bits = u64::from(byte & 0x7F);
        if i == MAX_VARINT - 1 && byte > 1 || i > 0 && byte == 0 {
            return Err(Error::corrupt("a number is spelled too long"));
        }
        value |= bits << (7 * i);
        if byte < 0x80 {
            return Ok(Some((value, i + 1)));
        }
    }
    if bytes.len() >= MAX_VARINT { Err(Error::corrupt("a number is spelled too long")) } else { Ok(None) }
}

/// Reads the fields of one record's body. Errors carry offsets from the start of the body.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    pos: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Cursor { bytes, pos: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pos == self.bytes.len()
    }

    /// Bytes not read yet.
    pub(crate) fn left(&self) -> usize {
        self.bytes.len() - self.pos
    }

    /// A [`Error::Corrupt`] at the current position.
    pub(crate) fn corrupt(&self, what: &'static str) -> Error {
        Error::Corrupt { what, offset: self.pos as u64 }
    }

    pub(crate) fn u8(&mut self, what: &'static str) -> Result<u8> {
        Ok(self.take(1, what)?[0])
    }

    pub(crate) fn varint(&mut self, what: &'static str) -> Result<u64> {
        match peek_varint(&self.bytes[self.pos..]) {
            Ok(Some((value, len))) => {
                self.pos += len;
                Ok(value)
            }
            Ok(None) => Err(self.corrupt(what)),
            Err(err) => Err(err.at(self.pos as u64)),
        }
    }

    pub(crate) fn varint_u32(&mut self, what: &'static str) -> Result<u32> {
        let at = self.pos as u64;
        u32::try_from(self.varint(what)?).map_err(|_| Error::Corrupt { what, offset: at })
    }

    pub(crate) fn take(&mut self, len: usize, what: &'static str) -> Result<&'a [u8]> {
        let left = &self.bytes[self.pos..];
        if len > left.len() {
            return Err(self.corrupt(what));
        }
        self.pos += len;
        Ok(&left[..len])
    }

    /// Everything that has not been read yet.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.pos..];
        self.pos = self.bytes.len();
        rest
    }

    /// Fails unless everything has been read.
    pub(crate) fn end(&self, what: &'static str) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(self.corrupt(what)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn varints_come_back(value in any::<u64>(), shift in 0u32..64) {
            let value = value >> shift;
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            prop_assert_eq!(peek_varint(&bytes).unwrap(), Some((value, bytes.len())));
            for cut in 0..bytes.len() {
                prop_assert_eq!(peek_varint(&bytes[..cut]).unwrap(), None);
            }
        }

        #[test]
        fn a_number_has_one_spelling(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            if let Ok(Some((value, len))) = peek_varint(&bytes) {
                let mut again = Vec::new();
                put_varint(&mut again, value);
                prop_assert_eq!(&again[..], &bytes[..len]);
            }
        }
    }
}
