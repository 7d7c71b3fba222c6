//! Finds earlier occurrences: for each position, the nearest match of each length among those it looks at.
//!
//! Candidates are of two kinds. The neighbours of a suffix in the suffix array share the longest beginnings with it; those
//! that lie earlier in the text are the longest matches there are. Four tables remember the last position of each two,
//! three, four and six bytes: the nearest matches. A suffix array is known in advance, so every cache miss can be
//! asked for ahead. With LZMA's binary trees, which chase pointers, the encoder took half as long again for the same sizes.
//! A fixed number of neighbours is looked at, so time is linear on any input. Memory: 9 bytes an input byte and up to 5 MiB.

use crate::error::{Result, try_filled, try_zeroed};
use crate::kernels::prefetch;
use crate::transform::bwt::suffix_array;

const NONE: u32 = u32::MAX;
/// How many positions ahead cache lines of tables are asked for.
const AHEAD: usize = 16;
/// How many positions ahead the text is asked for where those tables point.
const AHEAD_TEXT: usize = 8;
/// The bytes that each table of last positions looks at, and the logarithm of its size.
const TABLES: [(u32, u32); 4] = [(2, 16), (3, 16), (4, 18), (6, 19)];
/// Longest common beginning that is told apart.
pub const NICE_MAX: usize = u8::MAX as usize;

/// An earlier occurrence of the text at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Bytes that agree.
    pub len: u32,
    /// How far back, from 1.
    pub distance: u32,
}

/// Suffix array, ranks and common beginnings of one text, and where its short strings were seen last.
#[derive(Debug)]
pub struct Finder {
    array: Vec<i32>,
    rank: Vec<u32>,
    /// For each place of the array, how many bytes its suffix shares with the one before, up to [`NICE_MAX`].
    shared: Vec<u8>,
    last: [Vec<u32>; 4],
    neighbours: u32,
    scratch: Vec<Found>,
}

/// How many bytes agree at `a < b`, from `from` on, at most `limit`, which must not reach behind the end of the text.
#[inline(always)]
pub fn match_len(text: &[u8], a: usize, b: usize, from: usize, limit: usize) -> usize {
    let (left, right) = (&text[a..a + limit], &text[b..b + limit]);
    let mut len = from;
    while len + 8 <= limit {
        let x = u64::from_le_bytes(left[len..len + 8].try_into().expect("eight bytes"));
        let y = u64::from_le_bytes(right[len..len + 8].try_into().expect("eight bytes"));
        if x != y {
            return len + ((x ^ y).trailing_zeros() / 8) as usize;
        }
        len += 8;
    }
    while len < limit && left[len] == right[len] {
        len += 1;
    }
    len
}

/// The common beginnings of neighbours in the array (Kasai and others 2001): each step in the text loses at most one byte.
fn shared_beginnings(text: &[u8], array: &[i32], rank: &[u32]) -> Result<Vec<u8>> {
    let mut shared = try_zeroed(text.len())?;
    let mut len: usize = 0;
    for pos in 0..text.len() {
        if let Some(&ahead) = rank.get(pos + 2 * AHEAD) {
            prefetch(array, ahead as usize);
            prefetch(&shared, ahead as usize);
        }
        if let Some(&ahead) = rank.get(pos + AHEAD) {
            prefetch(text, array[(ahead as usize).saturating_sub(1)] as usize + len);
        }
        let place = rank[pos] as usize;
        if place == 0 {
            len = 0;
            continue;
        }
        let other = array[place - 1] as usize;
        len = match_len(text, other.min(pos), other.max(pos), len, text.len() - other.max(pos));
        shared[place] = len.min(NICE_MAX) as u8;
        len = len.saturating_sub(1);
    }
    Ok(shared)
}

impl Finder {
    /// Prepares `text`; each search looks at `neighbours` of its suffixes.
    ///
    /// # Errors
    /// [`InvalidOption`](crate::Error::InvalidOption) for a text longer than [`MAX_LEN`](crate::transform::bwt::MAX_LEN),
    /// [`OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(text: &[u8], neighbours: u32) -> Result<Finder> {
        let array = suffix_array(text)?;
        let mut rank = try_zeroed(text.len())?;
        for (place, &suffix) in array.iter().enumerate() {
            rank[suffix as usize] = place as u32;
        }
        let shared = shared_beginnings(text, &array, &rank)?;
        let [a, b, c, d] = TABLES.map(|(_, log)| try_filled(1 << log, NONE));
        Ok(Finder { array, rank, shared, last: [a?, b?, c?, d?], neighbours, scratch: Vec::new() })
    }

    /// Enters `pos` and gives its matches, each longer than the one before, none longer than `nice` bytes (at most [`NICE_MAX`]).
    /// Every position must be entered once, in order.
    #[inline]
    pub fn find(&mut self, text: &[u8], pos: usize, nice: usize, found: &mut Vec<Found>) {
        found.clear();
        let limit = nice.min(text.len() - pos);
        if let Some(&ahead) = self.rank.get(pos + AHEAD) {
            prefetch(&self.array, ahead as usize);
            prefetch(&self.shared, ahead as usize);
        }
        let mut best = 1;
        for near in self.enter(text, pos) {
            if near != NONE {
                let len = match_len(text, near as usize, pos, 0, limit);
                if len > best {
                    best = len;
                    found.push(Found { len: len as u32, distance: (pos - near as usize) as u32 });
                }
            }
        }
        self.look_around(pos, limit, best);
        found.extend(self.scratch.drain(..).rev());
    }

    /// Enters `pos` without looking for matches.
    #[inline]
    pub fn skip(&mut self, text: &[u8], pos: usize) {
        self.enter(text, pos);
    }

    /// Puts `pos` into the tables; gives the positions it displaces.
    #[inline(always)]
    fn enter(&mut self, text: &[u8], pos: usize) -> [u32; 4] {
        let ahead = first_eight(text, pos + AHEAD);
        let soon = first_eight(text, pos + AHEAD_TEXT);
        let head = first_eight(text, pos);
        let mut before = [NONE; 4];
        for ((table, (bytes, log)), near) in self.last.iter_mut().zip(TABLES).zip(&mut before) {
            if let Some(ahead) = ahead {
                prefetch(table, hash(ahead, bytes, log));
            }
            // What shares two bytes only is near as a rule.
            if let (Some(soon), 3..) = (soon, bytes) {
                prefetch(text, table[hash(soon, bytes, log)] as usize);
            }
            if let Some(head) = head {
                *near = std::mem::replace(&mut table[hash(head, bytes, log)], pos as u32);
            }
        }
        before
    }

    /// Collects earlier neighbours of more than `least` bytes, longest first, each nearer than all before.
    #[inline(always)]
    fn look_around(&mut self, pos: usize, limit: usize, least: usize) {
        let place = self.rank[pos] as usize;
        // `shared[place]` joins a place with the one below it.
        let (mut below, mut above) = (place, place + 1);
        let mut below_len = usize::from(self.shared[place]).min(limit);
        let mut above_len = self.shared.get(above).map_or(0, |&len| usize::from(len).min(limit));
        let mut nearest = u32::MAX;
        for _ in 0..self.neighbours {
            let len = below_len.max(above_len);
            if len <= least {
                return;
            }
            let other = if below_len >= above_len {
                below -= 1;
                below_len = below_len.min(usize::from(self.shared[below]));
                self.array[below]
            } else {
                let other = self.array[above];
                above += 1;
                above_len = self.shared.get(above).map_or(0, |&len| above_len.min(usize::from(len)));
                other
            };
            let distance = (pos as u32).wrapping_sub(other as u32);
            // A later position wraps around to a distance that is too far.
            if distance < nearest && distance <= pos as u32 {
                nearest = distance;
                if self.scratch.last().is_some_and(|last| last.len == len as u32) {
                    self.scratch.pop();
                }
                self.scratch.push(Found { len: len as u32, distance });
            }
        }
    }
}

#[inline(always)]
fn first_eight(text: &[u8], pos: usize) -> Option<u64> {
    text.get(pos..pos + 8)?.try_into().ok().map(u64::from_le_bytes)
}

/// A hash of the first `bytes` of eight.
#[inline(always)]
fn hash(head: u64, bytes: u32, log: u32) -> usize {
    ((head << (64 - 8 * bytes)).wrapping_mul(0x9E37_79B1_85EB_CA87) >> (64 - log)) as usize
}
