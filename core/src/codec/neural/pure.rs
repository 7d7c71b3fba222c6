//! What the transformer says alone, without the mix: for comparison.

use crate::codec::Params;
use crate::coder::binary::BitCoder;
use crate::error::{Error, Result};
use crate::neural::{Odds, Trie, Walk};
use crate::predict::mix::ensemble::{GUIDED_PROSE, ensemble};
use crate::predict::mix::tree::Tree;

/// The number of the ensemble without experts.
pub const PURE: u8 = 255;

/// Codes tokens by their odds.
pub struct Pure {
    walk: Walk,
    tree: Tree,
}

impl Pure {
    /// At the start of a group.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where there is an argument, [`Error::OutOfMemory`].
    pub fn new(params: &Params, trie: &Trie) -> Result<Self> {
        if params.arg != 0 {
            return Err(Error::Unsupported { what: "table size", value: u64::from(params.arg) });
        }
        let leaves = ensemble(GUIDED_PROSE).ok_or(Error::Internal("no ensemble beside a transformer"))?.leaves;
        Ok(Pure { walk: trie.walk()?, tree: Tree::new(leaves.first, &leaves.depths)? })
    }

    /// The walk, to begin a token.
    pub fn walk(&mut self) -> &mut Walk {
        &mut self.walk
    }

    /// Codes a token of at most `most` bytes; see [`CodeToken`](super::CodeToken).
    pub fn code(
        &mut self,
        coder: &mut impl BitCoder,
        trie: &Trie,
        known: &[u8],
        most: usize,
        out: &mut Vec<u8>,
    ) -> Option<u32> {
        let Pure { walk, tree } = self;
        for count in 0..most {
            trie.begin_byte(walk);
            let sought = tree.path(known.get(count).copied().unwrap_or(0));
            let (mut node, mut path, mut done) = (1, 1, 0);
            while node < 256 {
                let (odds, middle) = trie.decide(walk, tree, path, done);
                let bit = code(coder, odds, sought >> (15 - done) & 1);
                trie.take(walk, bit, middle);
                (node, path, done) = (tree.next(node, bit), path << 1 | bit, done + 1);
            }
            trie.end_byte(walk);
            out.push(node as u8);
            if count + 1 == most || code(coder, trie.end(walk), u32::from(count + 1 == known.len())) == 1 {
                break;
            }
        }
        trie.token(walk)
    }
}

fn code(coder: &mut impl BitCoder, odds: Odds, bit: u32) -> u32 {
    match odds {
        Odds::Forced(bit) => bit,
        Odds::Open(p) => coder.code(bit, p) & 1,
    }
}
