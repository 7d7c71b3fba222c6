//! Chunks seen before, by content, within a window of output.

use std::collections::{HashMap, VecDeque};

/// Shorter chunks are cheaper to code again than to point at.
const COPY_MIN: usize = 1 << 10;

/// A chunk's name: the BLAKE3 hash of its pieces' hashes, and its length.
type Key = ([u8; 32], u32);

/// Where chunks that were coded (not copied) start in the output.
#[derive(Debug)]
pub(crate) struct Seen {
    window: u64,
    places: HashMap<Key, u64>,
    /// In output order, to forget them.
    order: VecDeque<(u64, Key)>,
}

impl Seen {
    /// Remembers what lies at most `window` bytes back.
    pub(crate) fn new(window: u64) -> Seen {
        Seen { window, places: HashMap::new(), order: VecDeque::new() }
    }

    /// Where the chunk of these pieces, which starts at output `offset`, stands already; else remembers it.
    pub(crate) fn find(&mut self, pieces: &[blake3::Hash], len: usize, offset: u64) -> Option<u64> {
        if self.window == 0 || len < COPY_MIN {
            return None;
        }
        let reach = offset.saturating_sub(self.window);
        while let Some(&(start, key)) = self.order.front() {
            if start >= reach {
                break;
            }
            self.places.remove(&key);
            self.order.pop_front();
        }
        let key = (chunk_hash(pieces), len as u32);
        if let Some(&start) = self.places.get(&key) {
            return Some(start);
        }
        self.places.insert(key, offset);
        self.order.push_back((offset, key));
        None
    }
}

fn chunk_hash(pieces: &[blake3::Hash]) -> [u8; 32] {
    if let [only] = pieces {
        return *only.as_bytes();
    }
    let mut hasher = blake3::Hasher::new();
    for piece in pieces {
        hasher.update(piece.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_forgets() {
        let mut seen = Seen::new(10_000);
        let hash = [blake3::hash(b"a")];
        assert_eq!(seen.find(&hash, 2000, 0), None);
        assert_eq!(seen.find(&hash, 2000, 9_000), Some(0));
        assert_eq!(seen.find(&hash, 2000, 10_001), None);
        assert_eq!(seen.find(&hash, 2001, 10_002), None);
        assert_eq!(seen.find(&hash, 2000, 20_001), Some(10_001));
    }
}
