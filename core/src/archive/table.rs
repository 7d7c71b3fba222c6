//! Tables: entries and places as columns of numbers, so that like stands beside like when they are compressed.
//!
//! A table is three strings - numbers, bytes, hashes - which the caller codes as groups. A row costs about a dozen bytes
//! before compression beyond its name's new part; a hash costs its 32 bytes. Rooms: `write` and `read` for entries, `places` for
//! both directions of the other kind.

mod places;
mod read;
mod write;

pub(crate) use places::{Place, read_places, write_places};
pub(crate) use read::{Around, read_entries};
pub(crate) use write::write_entries;

use super::entry::{Entry, Kind};
use crate::container::wire::{Cursor, put_varint};
use crate::error::{Error, Result};
use std::collections::HashMap;

const HAS_BYTES: u64 = 1;
const HAS_HASHES: u64 = 2;

const KIND_MASK: u64 = 0xF;
const HAS_MTIME: u64 = 0x10;
const HAS_OWNER: u64 = 0x20;
const HAS_OWNER_NAMES: u64 = 0x40;
const HAS_XATTRS: u64 = 0x80;
const HAS_HOLES: u64 = 0x100;
/// The hash is that of an entry in front, of the same range.
const KNOWN_HASH: u64 = 0x200;

/// The most bytes that one string of a table may have.
pub(crate) const TABLE_MAX: u64 = 1 << 26;
/// Nanoseconds to the second.
const NANOS: u64 = 1_000_000_000;

/// A table as strings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Strings {
    pub(crate) numbers: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) hashes: Vec<u8>,
}

impl Strings {
    fn start(rows: usize, bytes: Vec<u8>, hashes: Vec<u8>) -> Strings {
        let mut numbers = Vec::new();
        put_varint(&mut numbers, rows as u64);
        let flags = if bytes.is_empty() { 0 } else { HAS_BYTES } | if hashes.is_empty() { 0 } else { HAS_HASHES };
        put_varint(&mut numbers, flags);
        Strings { numbers, bytes, hashes }
    }

    /// Which strings follow `numbers`: bytes, hashes.
    pub(crate) fn followers(numbers: &[u8]) -> Result<(bool, bool)> {
        let mut cursor = Cursor::new(numbers);
        cursor.varint("count of rows")?;
        let flags = cursor.varint("flags of a table")?;
        if flags & !(HAS_BYTES | HAS_HASHES) != 0 {
            return Err(Error::Unsupported { what: "flags of a table", value: flags });
        }
        Ok((flags & HAS_BYTES != 0, flags & HAS_HASHES != 0))
    }
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// The hashes of files whose data is one range of the store, by the range's address and length.
pub(crate) type RangeHashes = HashMap<(u64, u64), [u8; 32]>;

/// The range that is all of the entry's data, if it is one.
pub(crate) fn only_range(entry: &Entry) -> Option<(u64, u64)> {
    match &entry.extents[..] {
        [only] => Some((only.address, only.len)),
        _ => None,
    }
}

fn target(kind: &Kind) -> Option<&[u8]> {
    match kind {
        Kind::Symlink { target } | Kind::HardLink { target } => Some(target),
        _ => None,
    }
}

fn device(kind: &Kind) -> Option<(u32, u32)> {
    match kind {
        Kind::CharDevice { major, minor } | Kind::BlockDevice { major, minor } => Some((*major, *minor)),
        _ => None,
    }
}

/// Foretells where a range starts, from those in front of it in its table: behind the last one, where content goes on; behind the one
/// before that, where it goes on behind an edit of an old version, or the next edit is stored behind the last; there, but for
/// as many bytes as the edit has, where it took their place.
///
/// Of 4 MB of source beside a copy with 204 edits, each range but the first of a file is one of the three for all but a few.
#[derive(Clone, Copy, Debug, Default)]
struct Starts {
    /// Ends of the last range and of the one before it.
    ends: [u64; 2],
    /// Bytes of the last one.
    len: u64,
}

impl Starts {
    /// How many there are to choose from.
    const CANDIDATES: u64 = 3;

    fn candidates(&self) -> [u64; Starts::CANDIDATES as usize] {
        let [last, before] = self.ends;
        [last, before, before.wrapping_add(self.len)]
    }

    /// The number that says where a range starts.
    fn code(&self, start: u64) -> u64 {
        let codes = self.candidates().into_iter().zip(0..).map(|(candidate, which)| {
            // Addresses are below 2^60, and so is three times a difference of theirs.
            zigzag(start.wrapping_sub(candidate) as i64).saturating_mul(Starts::CANDIDATES).saturating_add(which)
        });
        codes.min().unwrap_or(0)
    }

    /// Where the range of this number starts.
    fn start(&self, code: u64) -> u64 {
        let candidate = self.candidates()[(code % Starts::CANDIDATES) as usize];
        candidate.wrapping_add(unzigzag(code / Starts::CANDIDATES) as u64)
    }

    fn push(&mut self, start: u64, len: u64) {
        *self = Starts { ends: [start.wrapping_add(len), self.ends[0]], len };
    }
}

/// Writes one column: a number for each row that `pick` has one for.
fn column<T>(numbers: &mut Vec<u8>, rows: &[T], mut pick: impl FnMut(&T) -> Option<u64>) {
    for value in rows.iter().filter_map(&mut pick) {
        put_varint(numbers, value);
    }
}

/// `count` numbers; each takes at least a byte, so the count is paid for.
fn read_column(cursor: &mut Cursor<'_>, count: usize) -> Result<Vec<u64>> {
    if count > cursor.left() {
        return Err(cursor.corrupt("a column is longer than its table"));
    }
    let mut column = Vec::new();
    column.try_reserve_exact(count).map_err(|_| Error::OutOfMemory { bytes: count as u64 * 8 })?;
    for _ in 0..count {
        column.push(cursor.varint("a column")?);
    }
    Ok(column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::STORE_MAX;

    #[test]
    fn starts_come_back_wherever_they_are() {
        let mut starts = Starts::default();
        for (start, len) in [(0, 5), (STORE_MAX - 1, 1), (0, 1), (5, 9), (STORE_MAX, 1), (77, STORE_MAX - 77), (1, 1)] {
            assert_eq!(starts.start(starts.code(start)), start);
            starts.push(start, len);
        }
        // Hostile numbers lead anywhere, and no further.
        for code in [u64::MAX, u64::MAX - 1, 1 << 63] {
            let start = starts.start(code);
            starts.push(start, u64::MAX);
        }
    }

    #[test]
    fn what_goes_on_is_foretold() {
        let mut starts = Starts::default();
        let mut codes = Vec::new();
        // A file; then its edited copy: as before, an edit, what is behind the bytes that it replaced, an insertion, what is behind that.
        for (start, len) in [(0, 9000), (0, 1000), (9000, 200), (1200, 800), (9200, 50), (2000, 7000)] {
            codes.push(starts.code(start));
            starts.push(start, len);
        }
        assert_eq!(codes, [0, 1, 1, 2, 1, 1]);
    }
}
