//! Finds earlier occurrences: for each position the nearest match of each length that beats all nearer ones.
//!
//! Positions that share a hash of four bytes hang in a binary tree sorted by the text behind them, the latest at the
//! root; inserting a position walks down the tree and meets the best matches on the way. Two tables remember the last
//! position of each two and three bytes. The walk is cut at a fixed depth, so time is linear on any input.
//! Memory: 8 bytes an input byte, and 2-18 MiB of tables.

use crate::error::{Result, try_filled};
use crate::kernels::prefetch;

const NONE: u32 = u32::MAX;
const HASH3_LOG: u32 = 16;
/// How many positions ahead a root is asked for, and its first node.
const ROOT_AHEAD: usize = 24;
const NODE_AHEAD: usize = 8;

/// An earlier occurrence of the text at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Bytes that agree.
    pub len: u32,
    /// How far back, from 1.
    pub distance: u32,
}

/// The trees over one text.
#[derive(Debug)]
pub struct Finder {
    last2: Vec<u32>,
    last3: Vec<u32>,
    roots: Vec<u32>,
    roots_log: u32,
    /// The smaller and the larger child of each position.
    children: Vec<u32>,
    depth: u32,
}

/// How many bytes agree at `a < b`, at most `limit`, which must not reach behind the end of the text.
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

#[inline(always)]
fn first_four(text: &[u8], pos: usize) -> Option<u32> {
    text.get(pos..pos + 4)?.try_into().ok().map(u32::from_le_bytes)
}

#[inline(always)]
fn hash3(head: u32) -> usize {
    ((head << 8).wrapping_mul(0x9E37_79B1) >> (32 - HASH3_LOG)) as usize
}

impl Finder {
    /// Trees for a text of `len` bytes, each walk at most `depth` steps.
    ///
    /// # Errors
    /// [`OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(len: usize, depth: u32) -> Result<Finder> {
        let roots_log = (len.max(1).ilog2() + 1).clamp(10, 22);
        Ok(Finder {
            last2: try_filled(1 << 16, NONE)?,
            last3: try_filled(1 << HASH3_LOG, NONE)?,
            roots: try_filled(1 << roots_log, NONE)?,
            roots_log,
            children: try_filled(2 * len, NONE)?,
            depth,
        })
    }

    /// Inserts `pos` and gives its matches, each longer than the one before, none longer than `nice` bytes.
    /// Every position must be inserted once, in order.
    #[inline]
    pub fn find(&mut self, text: &[u8], pos: usize, nice: usize, found: &mut Vec<Found>) {
        found.clear();
        let limit = nice.min(text.len() - pos);
        if limit < 4 {
            return;
        }
        let Some([near2, near3, root]) = self.enter(text, pos) else { return };
        let mut best = 1;
        for near in [near2, near3] {
            if near != NONE {
                let len = match_len(text, near as usize, pos, 0, limit);
                if len > best {
                    best = len;
                    found.push(Found { len: len as u32, distance: (pos - near as usize) as u32 });
                }
            }
        }
        self.insert(text, pos, root, limit, |len, distance| {
            if len > best {
                best = len;
                found.push(Found { len: len as u32, distance });
            }
        });
    }

    /// Inserts `pos` without looking for matches.
    #[inline]
    pub fn skip(&mut self, text: &[u8], pos: usize, nice: usize) {
        let limit = nice.min(text.len() - pos);
        if limit < 4 {
            return;
        }
        let Some([.., root]) = self.enter(text, pos) else { return };
        self.insert(text, pos, root, limit, |_, _| {});
    }

    /// Puts `pos` into the tables; gives what stood in its places: the last positions of its two and three bytes, and its root.
    #[inline(always)]
    fn enter(&mut self, text: &[u8], pos: usize) -> Option<[u32; 3]> {
        if let Some(hash) = self.hash4(text, pos + ROOT_AHEAD) {
            prefetch(&self.roots, hash);
            let head = first_four(text, pos + ROOT_AHEAD)?;
            prefetch(&self.last2, (head & 0xFFFF) as usize);
            prefetch(&self.last3, hash3(head));
        }
        if let Some(hash) = self.hash4(text, pos + NODE_AHEAD) {
            let root = self.roots[hash] as usize;
            prefetch(&self.children, root.saturating_mul(2));
            prefetch(text, root);
        }
        let head = first_four(text, pos)?;
        let hash4 = self.hash4(text, pos)?;
        let near2 = std::mem::replace(&mut self.last2[(head & 0xFFFF) as usize], pos as u32);
        let near3 = std::mem::replace(&mut self.last3[hash3(head)], pos as u32);
        let root = std::mem::replace(&mut self.roots[hash4], pos as u32);
        Some([near2, near3, root])
    }

    #[inline(always)]
    fn hash4(&self, text: &[u8], pos: usize) -> Option<usize> {
        first_four(text, pos).map(|head| (head.wrapping_mul(0x9E37_79B1) >> (32 - self.roots_log)) as usize)
    }

    /// Makes `pos` the root of its tree, splitting the old one into what sorts before and behind it.
    #[inline(always)]
    fn insert(&mut self, text: &[u8], pos: usize, root: u32, limit: usize, mut visit: impl FnMut(usize, u32)) {
        let (mut smaller, mut larger) = (2 * pos, 2 * pos + 1);
        let (mut smaller_len, mut larger_len) = (0, 0);
        let mut node = root;
        for _ in 0..self.depth {
            if node == NONE {
                break;
            }
            let at = node as usize;
            for child in [self.children[2 * at], self.children[2 * at + 1]] {
                prefetch(text, child as usize);
                prefetch(&self.children, (child as usize).saturating_mul(2));
            }
            let len = match_len(text, at, pos, smaller_len.min(larger_len), limit);
            visit(len, (pos - at) as u32);
            if len == limit {
                self.children[smaller] = self.children[2 * at];
                self.children[larger] = self.children[2 * at + 1];
                return;
            }
            if text[at + len] < text[pos + len] {
                self.children[smaller] = node;
                smaller = 2 * at + 1;
                smaller_len = len;
                node = self.children[smaller];
            } else {
                self.children[larger] = node;
                larger = 2 * at;
                larger_len = len;
                node = self.children[larger];
            }
        }
        self.children[smaller] = NONE;
        self.children[larger] = NONE;
    }
}
