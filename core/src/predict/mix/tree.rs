//! How a byte is taken apart into decisions: a binary tree whose leaves are the 256 bytes in order, beginning with a byte of the ensemble's.
//!
//! Frequent bytes stand near the root, so that text takes five to six decisions a byte where plain binary numbers take eight. The leaves keep
//! their order, and an ensemble names bytes before which a class of bytes begins, in order of importance: the tree splits there first. So each
//! decision is about bytes that are alike (a letter or not, a control character or not), which is worth 0.5 % of text and more of
//! markup; trees grown by similarity alone, or by frequency alone, were worse than the plain numbers by 0.7 and 0.5 %.
//!
//! A tree is fully described by the depths of its leaves. Each ensemble has a tree of its own; a group of some size begins with another one if that
//! spares decisions. Cost: 1.5 KiB. Source: Huffman trees before a context mix, as in early versions of Mathieu's mcm; the shape by Knuth, *Optimum binary search trees* (1971).

use crate::coder::binary::BitCoder;
use crate::error::{Error, Result};
use crate::predict::mix::primer::numbers::{Flag, Number};

/// Longest path.
pub const DEPTH_MAX: u32 = 16;
/// Bits of a path; shorter ones end in zeros.
const PATH: u32 = 16;
/// Decisions that a tree of its own spares a group at least: so many, and one more for every few bytes. It takes 30 to 100 bytes and, to be
/// found, as long as some ten thousand bytes take to be coded.
const SPARED: u64 = 1 << 15;
const SPARED_EVERY: u64 = 8;

/// How an ensemble arranges the bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Leaves {
    /// The byte of the first leaf; the others follow in order, 0 after 255.
    pub first: u8,
    /// Bytes before which a class begins, the most important one first. Only encoders look at them.
    pub splits: &'static [u8],
    /// Depths of the leaves of the ensemble's own tree.
    pub depths: [u8; 256],
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Tree {
    /// What follows a 0 and a 1 after each inner node: below 256 an inner node, else 256 and a byte. Inner nodes are numbered from 1, those
    /// nearer to the root first, then from left to right.
    next: [[u16; 2]; 256],
    /// The path to each byte, the first decision highest.
    paths: [u16; 256],
}

impl Tree {
    /// The tree whose leaves, beginning with the byte `first`, have these depths.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where there is none.
    pub fn new(first: u8, depths: &[u8; 256]) -> Result<Self> {
        let wrong = || Error::corrupt("no tree of bytes has these depths");
        // Each leaf is an interval of the paths.
        let mut starts = [0; 256];
        let mut end = 0u32;
        for (start, &depth) in starts.iter_mut().zip(depths) {
            let depth = u32::from(depth);
            if !(1..=DEPTH_MAX).contains(&depth) || end >= 1 << PATH || !end.is_multiple_of(1 << (PATH - depth)) {
                return Err(wrong());
            }
            *start = end as u16;
            end += 1 << (PATH - depth);
        }
        if end != 1 << PATH {
            return Err(wrong());
        }
        Ok(Tree::grow(first, &starts))
    }

    /// The tree with these paths of leaves.
    fn grow(first: u8, starts: &[u16; 256]) -> Self {
        let byte = |leaf: usize| first.wrapping_add(leaf as u8);
        let mut tree = Tree { next: [[0; 2]; 256], paths: [0; 256] };
        for (leaf, &start) in starts.iter().enumerate() {
            tree.paths[usize::from(byte(leaf))] = start;
        }
        // Leaves below each inner node, in the order of their numbers from 1 on.
        let mut ranges = Vec::with_capacity(255);
        ranges.push(0..256usize);
        let mut node = 0;
        while let Some(range) = ranges.get(node).cloned() {
            node += 1;
            // The first bit in which the outermost paths below differ is what this node decides.
            let differ = (starts[range.start] ^ starts[range.end - 1]).ilog2();
            let middle = range.start + starts[range.clone()].partition_point(|&path| path >> differ & 1 == 0);
            for (bit, below) in [range.start..middle, middle..range.end].into_iter().enumerate() {
                tree.next[node & 255][bit] = if below.len() == 1 {
                    256 + u16::from(byte(below.start))
                } else {
                    ranges.push(below);
                    ranges.len() as u16
                };
            }
        }
        tree
    }

    /// The path to `byte`, the first decision highest, in 16 bits.
    #[inline(always)]
    pub fn path(&self, byte: u8) -> u32 {
        u32::from(self.paths[usize::from(byte)])
    }

    /// What follows `bit` after the inner node `node`: below 256 an inner node, else 256 and a byte.
    #[inline(always)]
    pub fn next(&self, node: usize, bit: u32) -> usize {
        usize::from(self.next[node & 255][bit as usize & 1])
    }
}

/// The path to a byte that something expects.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected(u32);

impl Expected {
    /// The path to the byte of `expected`, which has a leading one above it, or is 0 for no byte.
    #[inline(always)]
    pub fn new(tree: &Tree, expected: u32) -> Self {
        Expected(if expected > 0 { 1 << PATH | tree.path(expected as u8) } else { 0 })
    }

    /// The next decision if the byte comes and the `done < 16` decisions so far, `path` with a leading one, lead to it.
    #[inline(always)]
    pub fn decision(self, path: u32, done: u32) -> Option<u32> {
        (self.0 >> ((PATH - done) & 31) == path).then_some(self.0 >> ((PATH - 1 - done) & 31) & 1)
    }
}

/// Depths of the leaves of a group's tree, if `block`, with which the group begins, is better off with them than with the ensemble's own.
pub fn worthwhile(leaves: &Leaves, block: &[u8]) -> Option<[u8; 256]> {
    let len = block.len() as u64;
    let mut counts = [0u64; 256];
    for &byte in block {
        counts[usize::from(byte.wrapping_sub(leaves.first))] += 1;
    }
    let decisions = |depths: &[u8; 256]| -> u64 {
        counts.iter().zip(depths).map(|(&count, &depth)| count * u64::from(depth)).sum()
    };
    let least = SPARED + len / SPARED_EVERY;
    let most = decisions(&leaves.depths).checked_sub(least)?;
    // No tree is better than the entropy, rounded down for each byte.
    let bound: u64 = counts.iter().map(|&count| count * u64::from((len / count.max(1)).max(1).ilog2())).sum();
    let depths = (bound <= most).then(|| best(&counts, leaves))?;
    (decisions(&depths) <= most).then_some(depths)
}

/// Codes depths, those of `leaves` being known. A decoder gives none.
pub fn code_depths<C: BitCoder>(coder: &mut C, leaves: &Leaves, depths: Option<&[u8; 256]>) -> Option<[u8; 256]> {
    let mut is_own = Flag::default();
    if !is_own.code(coder, depths.is_some()) {
        return None;
    }
    let depths = depths.unwrap_or(&leaves.depths);
    // By whether the last leaf was nearer to the root than in the ensemble's own tree, as near, or farther.
    let mut steps = [(); 3].map(|()| Number::default());
    let mut step = 0i32;
    Some(std::array::from_fn(|leaf| {
        let known = i32::from(leaves.depths[leaf]);
        step = steps[(step.signum() + 1) as usize].code_signed(coder, i32::from(depths[leaf]) - known);
        known.saturating_add(step).clamp(0, i32::from(u8::MAX)) as u8
    }))
}

/// The depths of the leaves that make paths short where each leaf comes up so often, with the splits of `leaves`.
pub fn best(counts: &[u64; 256], leaves: &Leaves) -> [u8; 256] {
    let splits: Vec<usize> = leaves.splits.iter().map(|&byte| usize::from(byte.wrapping_sub(leaves.first))).collect();
    // Bytes that do not come up may still do later.
    let mut least = (counts.iter().sum::<u64>() >> 14).max(1);
    loop {
        let depths = optimal(&counts.map(|count| count.max(least)), &splits);
        if depths.iter().all(|&depth| u32::from(depth) <= DEPTH_MAX) {
            return depths;
        }
        least *= 2;
    }
}

/// Where a range of leaves is split, and what all the ranges below it cost.
#[derive(Clone, Copy, Default)]
struct Range {
    cost: u64,
    split: usize,
}

/// The depths with the least sum of weights times depths; ranges with a split in them are split there, at the first one named.
fn optimal(weights: &[u64; 256], splits: &[usize]) -> [u8; 256] {
    let mut sums = [0u64; 257];
    for (i, weight) in weights.iter().enumerate() {
        sums[i + 1] = sums[i] + weight;
    }
    let mut ranges = vec![[Range::default(); 256]; 256];
    for len in 2..=256 {
        for first in 0..=256 - len {
            let last = first + len - 1;
            let forced = splits.iter().find(|&&split| first < split && split <= last);
            let candidates = forced.map_or(first + 1..last + 1, |&split| split..split + 1);
            let cost = |split: usize| ranges[first][split - 1].cost + ranges[split][last].cost;
            let best = candidates.min_by_key(|&split| cost(split)).unwrap_or(last);
            ranges[first][last] = Range { cost: cost(best) + sums[last + 1] - sums[first], split: best };
        }
    }
    let mut depths = [0; 256];
    let mut left = vec![(0, 255, 0u8)];
    while let Some((first, last, depth)) = left.pop() {
        if first == last {
            depths[first] = depth;
            continue;
        }
        let split = ranges[first][last].split;
        left.push((first, split - 1, depth.saturating_add(1)));
        left.push((split, last, depth.saturating_add(1)));
    }
    depths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coder::binary::{BinaryDecoder, BinaryEncoder};
    use crate::predict::mix::ensemble::{NUMBERS, ensemble};

    fn follow(tree: &Tree, byte: u8) -> (Vec<usize>, u32) {
        let (mut node, mut nodes, mut done) = (1, Vec::new(), 0);
        while node < 256 {
            nodes.push(node);
            node = tree.next(node, tree.path(byte) >> (PATH - 1 - done) & 1);
            done += 1;
        }
        assert_eq!(node, 256 + usize::from(byte));
        (nodes, done)
    }

    fn all_leaves() -> impl Iterator<Item = &'static Leaves> {
        NUMBERS.iter().map(|&number| ensemble(number).unwrap().leaves)
    }

    #[test]
    fn every_byte_is_reached_at_its_depth_and_nodes_are_numbered_by_layers() {
        for leaves in all_leaves() {
            let tree = Tree::new(leaves.first, &leaves.depths).unwrap();
            let mut layer_of = [None; 256];
            for leaf in 0..=255u8 {
                let (nodes, done) = follow(&tree, leaves.first.wrapping_add(leaf));
                assert_eq!(done, u32::from(leaves.depths[usize::from(leaf)]));
                for (layer, node) in nodes.into_iter().enumerate() {
                    assert!(layer_of[node].is_none_or(|before| before == layer));
                    layer_of[node] = Some(layer);
                }
            }
            let layers: Vec<usize> = layer_of[1..].iter().map(|layer| layer.unwrap()).collect();
            assert!(layers.is_sorted());
        }
    }

    #[test]
    fn equal_depths_make_plain_numbers() {
        let tree = Tree::new(0, &[8; 256]).unwrap();
        assert_eq!(
            follow(&tree, 0b1011_0010).0,
            [1, 0b11, 0b110, 0b1101, 0b1_1011, 0b11_0110, 0b110_1100, 0b1101_1001]
        );
    }

    #[test]
    fn depths_that_no_tree_has_are_refused() {
        let mut depths = [8; 256];
        for (leaf, depth) in [(0, 0), (9, 7), (9, 9), (255, 17)] {
            let before = std::mem::replace(&mut depths[leaf], depth);
            assert!(matches!(Tree::new(3, &depths), Err(Error::Corrupt { .. })), "{leaf} {depth}");
            depths[leaf] = before;
        }
        // The right sum in the wrong order.
        (depths[0], depths[1], depths[2]) = (9, 7, 9);
        assert!(Tree::new(3, &depths).is_err());
    }

    #[test]
    fn frequent_bytes_are_near_the_root_and_splits_are_kept() {
        let leaves = Leaves { first: 0x7B, splits: b"a", depths: [8; 256] };
        let block: Vec<u8> = b"eee t".iter().cycle().take(1 << 16).copied().collect();
        let depths = worthwhile(&leaves, &block).unwrap();
        let depth = |byte: u8| depths[usize::from(byte.wrapping_sub(leaves.first))];
        assert!(depth(b'e') <= 3 && depth(b't') < 6 && depth(0xFF) > 8, "{depths:?}");
        let tree = Tree::new(leaves.first, &depths).unwrap();
        assert!((0..=255u8).all(|byte| tree.path(byte) >> 15 == u32::from((b'a'..0x7B).contains(&byte))));
        assert!(worthwhile(&leaves, &block[..4000]).is_none());
        let all: Vec<u8> = (0..=255).cycle().take(1 << 16).collect();
        assert!(worthwhile(&Leaves { first: 0, splits: &[], depths: [8; 256] }, &all).is_none());
    }

    #[test]
    fn the_rarest_bytes_are_not_too_deep() {
        let leaves = Leaves { first: 0, splits: &[], depths: [8; 256] };
        let counts = std::array::from_fn(|leaf| 1u64 << (leaf % 50));
        assert!(Tree::new(0, &best(&counts, &leaves)).is_ok());
    }

    #[test]
    fn depths_are_coded_in_few_bytes() {
        let leaves = ensemble(0).unwrap().leaves;
        for depths in [None, Some([8; 256]), Some(ensemble(2).unwrap().leaves.depths)] {
            let mut bytes = Vec::new();
            let mut coder = BinaryEncoder::new(&mut bytes);
            assert_eq!(code_depths(&mut coder, leaves, depths.as_ref()), depths);
            coder.finish();
            assert!(bytes.len() < if depths.is_some() { 120 } else { 9 }, "{}", bytes.len());
            assert_eq!(code_depths(&mut BinaryDecoder::new(&bytes), leaves, None), depths);
        }
    }

    #[test]
    fn a_byte_is_expected_as_long_as_decisions_lead_to_it() {
        let leaves = ensemble(0).unwrap().leaves;
        let tree = Tree::new(leaves.first, &leaves.depths).unwrap();
        let expected = Expected::new(&tree, 256 | u32::from(b'q'));
        let mut path = 1;
        for done in 0..follow(&tree, b'q').1 {
            let bit = tree.path(b'q') >> (PATH - 1 - done) & 1;
            assert_eq!(expected.decision(path, done), Some(bit));
            assert_eq!(
                expected.decision(path ^ 1 << done, done),
                if done > 0 { None } else { expected.decision(0, 0) }
            );
            path = path << 1 | bit;
        }
        assert_eq!(Expected::new(&tree, 0).decision(1, 0), None);
    }
}
