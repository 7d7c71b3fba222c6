//! Byte-pair merging in `n log n`: a heap of pairs that could be merged, over a list of neighbours.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// No neighbour.
const NONE: u32 = u32::MAX;

/// Memory for merging, used again for each piece.
#[derive(Default)]
pub(super) struct Merger {
    parts: Vec<Part>,
    /// What a pair makes, and where its left part is: the lowest first, then the leftmost.
    heap: BinaryHeap<Reverse<(u32, u32)>>,
}

/// A token of the piece so far.
#[derive(Clone, Copy)]
struct Part {
    /// [`NONE`] once it has been merged into the one before it.
    token: u32,
    previous: u32,
    next: u32,
}

impl Merger {
    /// Appends the tokens of `piece` to `out`.
    pub(super) fn merge(
        &mut self,
        piece: &[u8],
        singles: &[u32; 256],
        pairs: &HashMap<(u32, u32), u32>,
        out: &mut Vec<u32>,
    ) {
        let Merger { parts, heap } = self;
        parts.clear();
        heap.clear();
        for (i, &byte) in (0u32..).zip(piece) {
            parts.push(Part { token: singles[usize::from(byte)], previous: i.wrapping_sub(1), next: i + 1 });
        }
        if let Some(last) = parts.last_mut() {
            last.next = NONE;
        }
        let made = |parts: &[Part], left: u32| -> Option<u32> {
            let left = parts.get(left as usize)?;
            let right = parts.get(left.next as usize)?;
            pairs.get(&(left.token, right.token)).copied()
        };
        for left in 0..piece.len() as u32 {
            heap.extend(made(parts, left).map(|whole| Reverse((whole, left))));
        }
        while let Some(Reverse((whole, at))) = heap.pop() {
            // What is no longer there, or is something else by now, has been dealt with.
            if made(parts, at) != Some(whole) {
                continue;
            }
            let right = parts[at as usize].next;
            let behind = parts[right as usize].next;
            parts[right as usize].token = NONE;
            parts[at as usize].token = whole;
            parts[at as usize].next = behind;
            if let Some(behind) = parts.get_mut(behind as usize) {
                behind.previous = at;
            }
            let before = parts[at as usize].previous;
            for left in [before, at] {
                heap.extend(made(parts, left).map(|whole| Reverse((whole, left))));
            }
        }
        out.extend(parts.iter().map(|part| part.token).filter(|&token| token != NONE));
    }
}
