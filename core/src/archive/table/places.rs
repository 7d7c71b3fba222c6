//! Content units and chunks: where they are.

use super::super::{CHUNK_HASH_LEN, STORE_MAX};
use super::*;

/// A content unit or a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Where a content unit is.
    Unit {
        /// Offset of its UNIT record in the generation.
        at: u64,
        /// Bytes of it, UNIT record included.
        packed: u64,
        /// Bytes of output.
        len: u64,
    },
    /// A piece of the store, to be found again.
    Chunk { address: u64, len: u64, hash: [u8; CHUNK_HASH_LEN] },
}

/// The table of `places` of a generation whose content starts at address `base`.
pub(crate) fn write_places(places: &[Place], base: u64) -> Strings {
    let mut hashes = Vec::new();
    for place in places {
        if let Place::Chunk { hash, .. } = place {
            hashes.extend_from_slice(hash);
        }
    }
    let mut strings = Strings::start(places.len(), Vec::new(), hashes);
    let numbers = &mut strings.numbers;
    column(numbers, places, |place| Some(u64::from(matches!(place, Place::Chunk { .. }))));
    let (mut packed_end, mut chunk_end) = (0, base);
    column(numbers, places, |place| {
        Some(match *place {
            Place::Unit { at, packed, .. } => at - std::mem::replace(&mut packed_end, at + packed),
            Place::Chunk { address, len, .. } => address - std::mem::replace(&mut chunk_end, address + len),
        })
    });
    column(numbers, places, |place| match *place {
        Place::Unit { packed, .. } => Some(packed),
        Place::Chunk { len, .. } => Some(len),
    });
    column(numbers, places, |place| match *place {
        Place::Unit { len, .. } => Some(len),
        Place::Chunk { .. } => None,
    });
    strings
}

/// Reads a table of places.
pub(crate) fn read_places(strings: &Strings, base: u64) -> Result<Vec<Place>> {
    let mut cursor = Cursor::new(&strings.numbers);
    let rows = cursor.varint("count of rows")?;
    let flags = cursor.varint("flags of a table")?;
    if rows > strings.numbers.len() as u64 / 3 || flags & HAS_BYTES != 0 {
        return Err(Error::corrupt("a table of places is not possible"));
    }
    let rows = rows as usize;
    let kinds = read_column(&mut cursor, rows)?;
    let skips = read_column(&mut cursor, rows)?;
    let lengths = read_column(&mut cursor, rows)?;
    let mut hashes = Cursor::new(&strings.hashes);
    let mut places = Vec::new();
    places.try_reserve_exact(rows).map_err(|_| Error::OutOfMemory { bytes: (rows * size_of::<Place>()) as u64 })?;
    let (mut packed_end, mut chunk_end) = (0u64, base);
    for ((kind, skip), length) in kinds.into_iter().zip(skips).zip(lengths) {
        let end = if kind == 0 { &mut packed_end } else { &mut chunk_end };
        let start = end.checked_add(skip);
        let stop = start.and_then(|start| start.checked_add(length)).filter(|&stop| stop <= STORE_MAX);
        let (Some(start), Some(stop), true) = (start, stop, length > 0) else {
            return Err(Error::corrupt("a place is empty or out of reach"));
        };
        *end = stop;
        places.push(match kind {
            0 => Place::Unit { at: start, packed: length, len: cursor.varint("output of a unit")? },
            1 => {
                let mut hash = [0; CHUNK_HASH_LEN];
                hash.copy_from_slice(hashes.take(CHUNK_HASH_LEN, "a chunk's hash")?);
                Place::Chunk { address: start, len: length, hash }
            }
            value => return Err(Error::Unsupported { what: "kind of place", value }),
        });
    }
    cursor.end("numbers behind a table's columns")?;
    hashes.end("hashes behind the last chunk's")?;
    Ok(places)
}
