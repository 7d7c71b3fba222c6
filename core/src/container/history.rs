//! The last `window` bytes of output, kept for copies.

use super::group::Segment;
use crate::error::{Error, Result};
use std::collections::VecDeque;
use std::sync::Arc;

/// Pieces shorter than this are gathered, so that a flood of tiny ones costs no more than its bytes.
const SMALL_PIECE: usize = 64 << 10;

/// Decoded output, shared with whoever still has to deliver it.
#[derive(Debug, Default)]
pub(crate) struct History {
    window: u64,
    /// Pieces with the output offset of their first byte.
    pieces: VecDeque<(u64, Arc<Vec<u8>>)>,
    /// Output ranges that are copies themselves; no copy may read them.
    copies: VecDeque<(u64, u64)>,
    end: u64,
    bytes: u64,
}

impl History {
    pub(crate) fn new(window: u64) -> History {
        History { window, ..History::default() }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Appends output and forgets what no copy can reach any more.
    pub(crate) fn push(&mut self, piece: &Arc<Vec<u8>>) {
        let start = self.end;
        self.end += piece.len() as u64;
        if self.window == 0 || piece.is_empty() {
            return;
        }
        self.bytes += piece.len() as u64;
        let small = piece.len() < SMALL_PIECE;
        let gather = self.pieces.back_mut().map(|(_, last)| last).filter(|last| small && last.len() < SMALL_PIECE);
        match gather.and_then(Arc::get_mut) {
            Some(last) => last.extend_from_slice(piece),
            None if small => self.pieces.push_back((start, Arc::new(piece.to_vec()))),
            None => self.pieces.push_back((start, Arc::clone(piece))),
        }
        let reach = self.end.saturating_sub(self.window);
        while let Some((start, piece)) = self.pieces.front() {
            if start + piece.len() as u64 > reach {
                break;
            }
            self.bytes -= piece.len() as u64;
            self.pieces.pop_front();
        }
        while self.copies.front().is_some_and(|&(_, end)| end <= reach) {
            self.copies.pop_front();
        }
    }

    /// Appends the bytes that `segment`, a copy that starts at output offset `at`, stands for. `fresh` is output behind
    /// what has been pushed, up to `at`.
    pub(crate) fn copy(&mut self, segment: &Segment, at: u64, fresh: &mut Vec<u8>) -> Result<()> {
        let len = u64::from(segment.len);
        if segment.distance > self.window {
            return Err(Error::corrupt("a copy reaches back beyond the window"));
        }
        let Some(source) = at.checked_sub(segment.distance) else {
            return Err(Error::corrupt("a copy starts before the output does"));
        };
        let range = (source, source + len);
        let next = self.copies.partition_point(|&(_, end)| end <= range.0);
        if self.copies.get(next).is_some_and(|&(start, _)| start < range.1) {
            return Err(Error::corrupt("a copy of a copy"));
        }
        self.read(range, fresh)?;
        match self.copies.back_mut() {
            Some(last) if last.1 == at => last.1 = at + len,
            _ => self.copies.push_back((at, at + len)),
        }
        Ok(())
    }

    /// Appends output `range` to `fresh`, which itself starts at `self.end`.
    fn read(&self, (mut pos, end): (u64, u64), fresh: &mut Vec<u8>) -> Result<()> {
        let first = self.pieces.partition_point(|(start, piece)| start + piece.len() as u64 <= pos);
        for (start, piece) in self.pieces.iter().skip(first) {
            if pos >= end || *start > pos {
                break;
            }
            let from = (pos - start) as usize;
            let to = piece.len().min((end - start) as usize);
            fresh.extend_from_slice(&piece[from..to]);
            pos = start + to as u64;
        }
        if pos < end {
            let (Some(from), Some(to)) = (pos.checked_sub(self.end), end.checked_sub(self.end)) else {
                return Err(Error::corrupt("a copy of output that is not there"));
            };
            if to as usize > fresh.len() {
                return Err(Error::corrupt("a copy of output that is not there"));
            }
            fresh.extend_from_within(from as usize..to as usize);
        }
        Ok(())
    }
}
