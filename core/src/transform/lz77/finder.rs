//! Finds earlier occurrences: for each position, the nearest match of each length among those it looks at.
//!
//! Tables remember the last positions of each two, three, five and eight bytes: one of the shorter, [`WAYS`] of the longer, the
//! nearest matches. Where an encoder has time, the neighbours of a suffix in the suffix array come on top, which share the longest
//! beginnings with it: those that lie earlier in the text are the longest matches there are. Both tell in advance where they
//! will look, so every cache miss can be asked for ahead; with LZMA's binary trees, which chase pointers, the
//! encoder took half as long again for the same sizes. A fixed number of candidates is looked at, so time is linear on any input. Memory:
//! 13 MiB, and 9 bytes an input byte with the suffix array.

use crate::error::{Result, try_filled, try_zeroed};
use crate::kernels::prefetch;
use crate::transform::bwt::suffix_array;

const NONE: u32 = u32::MAX;
/// How many positions ahead cache lines of tables are asked for.
const AHEAD: usize = 16;
/// How many positions ahead the text is asked for where those tables point.
const AHEAD_TEXT: usize = 8;
/// Logarithms of the sizes of the tables, by the bytes that they look at.
const PAIRS_LOG: u32 = 16;
const TRIPLES_LOG: u32 = 16;
const FIVES_LOG: u32 = 18;
const EIGHTS_LOG: u32 = 18;
/// Positions kept of each five and eight bytes, latest first. On x86 code of 6 MB, two are 4 % faster and 1.1 % larger, one 9 % and 2.6 %;
/// looking at four and six bytes is as fast and 0.4 % larger.
const WAYS: usize = 4;
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

/// Where the strings of one text were seen before.
#[derive(Debug)]
pub struct Finder {
    pairs: Vec<u32>,
    triples: Vec<u32>,
    fives: Vec<[u32; WAYS]>,
    eights: Vec<[u32; WAYS]>,
    suffixes: Option<Suffixes>,
}

/// Suffix array, ranks and common beginnings of one text.
#[derive(Debug)]
struct Suffixes {
    array: Vec<i32>,
    rank: Vec<u32>,
    /// For each place of the array, how many bytes its suffix shares with the one before, up to [`NICE_MAX`].
    shared: Vec<u8>,
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
    /// Prepares `text`; each search looks at `neighbours` of its suffixes. With none there is no suffix array.
    ///
    /// # Errors
    /// [`InvalidOption`](crate::Error::InvalidOption) for a text longer than [`MAX_LEN`](crate::transform::bwt::MAX_LEN),
    /// [`OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(text: &[u8], neighbours: u32) -> Result<Finder> {
        Ok(Finder {
            pairs: try_filled(1 << PAIRS_LOG, NONE)?,
            triples: try_filled(1 << TRIPLES_LOG, NONE)?,
            fives: try_filled(1 << FIVES_LOG, [NONE; WAYS])?,
            eights: try_filled(1 << EIGHTS_LOG, [NONE; WAYS])?,
            suffixes: if neighbours > 0 { Some(Suffixes::new(text, neighbours)?) } else { None },
        })
    }

    /// Enters `pos` and gives its matches, each longer and further away than the one before, none longer than `nice` bytes (at
    /// most [`NICE_MAX`]). Every position must be entered once, in order.
    #[inline]
    pub fn find(&mut self, text: &[u8], pos: usize, nice: usize, found: &mut Vec<Found>) {
        found.clear();
        let limit = nice.min(text.len() - pos);
        let mut best = 1;
        for near in self.enter(text, pos) {
            if near == NONE || best >= limit || text[near as usize + best] != text[pos + best] {
                continue;
            }
            let len = match_len(text, near as usize, pos, 0, limit);
            if len > best {
                best = len;
                push(found, Found { len: len as u32, distance: (pos - near as usize) as u32 });
            }
        }
        if let Some(suffixes) = &mut self.suffixes {
            suffixes.look_around(pos, limit, best);
            for more in suffixes.scratch.drain(..).rev() {
                push(found, more);
            }
        }
    }

    /// Enters `pos` without looking for matches.
    #[inline]
    pub fn skip(&mut self, text: &[u8], pos: usize) {
        self.enter(text, pos);
    }

    /// Puts `pos` into the tables; gives the positions that stood there.
    #[inline(always)]
    fn enter(&mut self, text: &[u8], pos: usize) -> [u32; 2 + 2 * WAYS] {
        if let Some(ahead) = first_eight(text, pos + AHEAD) {
            prefetch(&self.triples, hash(ahead, 3, TRIPLES_LOG));
            prefetch(&self.fives, hash(ahead, 5, FIVES_LOG));
            prefetch(&self.eights, hash(ahead, 8, EIGHTS_LOG));
        }
        if let Some(soon) = first_eight(text, pos + AHEAD_TEXT) {
            // What shares two bytes only is near as a rule.
            prefetch(text, self.triples[hash(soon, 3, TRIPLES_LOG)] as usize);
            for near in self.fives[hash(soon, 5, FIVES_LOG)] {
                prefetch(text, near as usize);
            }
            for near in self.eights[hash(soon, 8, EIGHTS_LOG)] {
                prefetch(text, near as usize);
            }
        }
        let mut before = [NONE; 2 + 2 * WAYS];
        let Some(head) = first_eight(text, pos) else { return before };
        let at = pos as u32;
        before[0] = std::mem::replace(&mut self.pairs[hash(head, 2, PAIRS_LOG)], at);
        before[1] = std::mem::replace(&mut self.triples[hash(head, 3, TRIPLES_LOG)], at);
        let (fives, eights) = before[2..].split_at_mut(WAYS);
        fives.copy_from_slice(&displace(&mut self.fives[hash(head, 5, FIVES_LOG)], at));
        eights.copy_from_slice(&displace(&mut self.eights[hash(head, 8, EIGHTS_LOG)], at));
        before
    }
}

/// Puts `pos` in front; gives what the bucket held.
#[inline(always)]
fn displace(bucket: &mut [u32; WAYS], pos: u32) -> [u32; WAYS] {
    let before = *bucket;
    bucket[0] = pos;
    bucket[1..].copy_from_slice(&before[..WAYS - 1]);
    before
}

/// Appends a match longer than all in `found`, and drops those that are not nearer: a part of it does for them.
#[inline(always)]
fn push(found: &mut Vec<Found>, longer: Found) {
    while found.last().is_some_and(|last| last.distance >= longer.distance) {
        found.pop();
    }
    found.push(longer);
}

impl Suffixes {
    fn new(text: &[u8], neighbours: u32) -> Result<Suffixes> {
        let array = suffix_array(text)?;
        let mut rank = try_zeroed(text.len())?;
        for (place, &suffix) in array.iter().enumerate() {
            rank[suffix as usize] = place as u32;
        }
        let shared = shared_beginnings(text, &array, &rank)?;
        Ok(Suffixes { array, rank, shared, neighbours, scratch: Vec::new() })
    }

    /// Collects earlier neighbours of more than `least` bytes, longest first, each nearer than all before.
    #[inline(always)]
    fn look_around(&mut self, pos: usize, limit: usize, least: usize) {
        if let Some(&ahead) = self.rank.get(pos + AHEAD) {
            prefetch(&self.array, ahead as usize);
            prefetch(&self.shared, ahead as usize);
        }
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
