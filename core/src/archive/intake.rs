//! Taking contents in: cut into chunks, known ones become references, the others fill the open groups.

use super::CHUNK_HASH_LEN;
use super::bucket::{Bucket, Family, family_of};
use super::entry::Extent;
use super::near::Match;
use super::past::covered;
use super::write::Writer;
use crate::chunk::detect::Class;
use crate::chunk::{Sizes, cut_sized};
use crate::error::{Error, Result};
use std::io::{Read, Write};

/// Chunks of contents. An average of 32 KiB costs the index 0.05 % of new content; see the decision record.
const CHUNKS: Sizes = Sizes { min: 4 << 10, average: 32 << 10, max: 256 << 10 };
/// Files up to this size are never spread over two groups, unless a group is smaller.
const WHOLE_MAX: usize = 1 << 20;
/// Content is classified by windows of this size.
const WINDOW: usize = 1 << 20;
/// Content read before chunks are looked for: a window, and the longest chunk.
const READ_AHEAD: usize = WINDOW + CHUNKS.max;
/// Files up to this size that are stored in many pieces are known again as a whole.
pub(super) const WHOLE_KNOWN: u64 = (READ_AHEAD - 1) as u64;
/// Shorter chunks are cheaper to code again than to point at.
const KNOWN_MIN: usize = 64;

/// A range of a group that has no address yet, or (serial 0) of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) serial: usize,
    pub(super) offset: u64,
    pub(super) len: u64,
}

impl<W: Write> Writer<W> {
    /// Reads a file's content into groups; its length and hash.
    pub(super) fn take_content(&mut self, content: &mut dyn Read, pieces: &mut Vec<Piece>) -> Result<(u64, [u8; 32])> {
        let mut buffer = Vec::new();
        let mut hasher = blake3::Hasher::new();
        let mut total = 0u64;
        let mut target = (Class::Binary, Family::Binary);
        let mut window_left = 0usize;
        let mut fresh = Vec::new();
        loop {
            let wanted = (READ_AHEAD - buffer.len()) as u64;
            let ended = (&mut *content).take(wanted).read_to_end(&mut buffer).map_err(Error::Io)? < wanted as usize;
            // What was stored in many pieces is known by its own hash.
            if total == 0
                && ended
                && let Some(known) = self.whole.get(blake3::hash(&buffer).as_bytes())
            {
                pieces.extend_from_slice(known);
                return Ok((buffer.len() as u64, *blake3::hash(&buffer).as_bytes()));
            }
            let mut at = 0;
            let lengths: Vec<usize> = cut_sized(&buffer, CHUNKS, ended, self.chunk_seed).collect();
            for len in lengths {
                if window_left == 0 {
                    let window = &buffer[at..buffer.len().min(at + WINDOW)];
                    target = family_of(window);
                    window_left = window.len();
                    if total == 0 && ended && buffer.len() <= WHOLE_MAX {
                        self.make_room(target.1, buffer.len())?;
                    }
                }
                window_left = window_left.saturating_sub(len);
                let chunk = &buffer[at..at + len];
                hasher.update(chunk);
                if let Some(new) = self.take_chunk(total, chunk, target, pieces)? {
                    fresh.push(new);
                }
                total += len as u64;
                at += len;
            }
            buffer.drain(..at);
            if ended {
                break;
            }
        }
        // A file of one chunk is found again by its own hash.
        let whole = matches!(&fresh[..], [(piece, _)] if piece.len == total);
        if !whole {
            self.chunks.append(&mut fresh);
        }
        self.close(Family::Solo)?;
        let hash = *hasher.finalize().as_bytes();
        if pieces.len() > 1 && total <= WHOLE_KNOWN {
            self.whole.insert(hash, pieces.clone());
        }
        Ok((total, hash))
    }

    /// Takes a chunk in, which stands `place` bytes into its file: a reference to where it is, or new bytes of the open group,
    /// which are then returned.
    fn take_chunk(
        &mut self,
        place: u64,
        chunk: &[u8],
        (class, family): (Class, Family),
        pieces: &mut Vec<Piece>,
    ) -> Result<Option<(Piece, [u8; CHUNK_HASH_LEN])>> {
        let mut hash = [0; CHUNK_HASH_LEN];
        hash.copy_from_slice(&blake3::hash(chunk).as_bytes()[..CHUNK_HASH_LEN]);
        if let Some(&piece) = self.known.get(&hash).filter(|piece| piece.len == chunk.len() as u64) {
            push_piece(pieces, piece);
            return Ok(None);
        }
        self.make_room(family, chunk.len())?;
        let bucket = &self.buckets[family as usize];
        let serial = bucket.serial;
        let matches = bucket.windows.matches(&bucket.data, chunk, resume_in(bucket, pieces));
        let here = |found: &Match| (found.at, Piece { serial, offset: found.from as u64, len: found.len as u64 });
        let mut there: Vec<(usize, Piece)> = matches.iter().map(here).collect();
        if covered(&matches) * 2 < chunk.len()
            && let Some(past) = &mut self.past
            && let old = past.matches(place, chunk)?
            && !old.is_empty()
        {
            there = old;
        }
        let (mut first, mut at) = (None, 0);
        for (from, piece) in there {
            self.store(&chunk[at..from], (class, family), pieces)?;
            push_piece(pieces, piece);
            at = from + piece.len as usize;
        }
        if at < chunk.len() {
            first = self.store(&chunk[at..], (class, family), pieces)?;
        }
        match first {
            // Only a chunk that is in one piece can be pointed at.
            Some(piece) if piece.len == chunk.len() as u64 && chunk.len() >= KNOWN_MIN => {
                self.known.insert(hash, piece);
                Ok(Some((piece, hash)))
            }
            _ => Ok(None),
        }
    }

    /// Appends new bytes to the open group, or several; the first of the pieces that they become.
    fn store(
        &mut self,
        mut left: &[u8],
        (class, family): (Class, Family),
        pieces: &mut Vec<Piece>,
    ) -> Result<Option<Piece>> {
        let mut first = None;
        while !left.is_empty() {
            let solid = self.solid;
            let bucket = &mut self.buckets[family as usize];
            let (now, later) = left.split_at(left.len().min(solid - bucket.data.len()));
            let piece = Piece { serial: bucket.serial, offset: bucket.data.len() as u64, len: now.len() as u64 };
            bucket.add(class, now);
            bucket.windows.extend(&bucket.data, solid)?;
            push_piece(pieces, piece);
            first.get_or_insert(piece);
            left = later;
            if self.buckets[family as usize].data.len() >= solid {
                self.close(family)?;
            }
        }
        Ok(first)
    }

    /// Closes the open group unless `len` more bytes fit.
    fn make_room(&mut self, family: Family, len: usize) -> Result<()> {
        if self.buckets[family as usize].data.len() + len > self.solid { self.close(family) } else { Ok(()) }
    }
}

/// Where in an open group a file goes on whose pieces so far are these: behind the last one, or, where that was new and stands in
/// place of as many bytes, behind those.
fn resume_in(bucket: &Bucket, pieces: &[Piece]) -> Option<usize> {
    let (last, rest) = pieces.split_last()?;
    let end = |piece: &Piece| (piece.serial == bucket.serial).then_some(piece.offset + piece.len);
    let place = match end(last)? {
        new if new == bucket.data.len() as u64 => end(rest.last()?)? + last.len,
        old => old,
    };
    usize::try_from(place).ok()
}

/// Appends a piece, or lengthens the last one.
fn push_piece(pieces: &mut Vec<Piece>, piece: Piece) {
    match pieces.last_mut() {
        Some(last) if last.serial == piece.serial && last.offset + last.len == piece.offset => last.len += piece.len,
        _ => pieces.push(piece),
    }
}

/// Joins ranges that touch.
pub(super) fn merge(extents: Vec<Extent>) -> Vec<Extent> {
    let mut merged: Vec<Extent> = Vec::with_capacity(extents.len());
    for extent in extents {
        match merged.last_mut() {
            Some(last) if last.address + last.len == extent.address => last.len += extent.len,
            _ => merged.push(extent),
        }
    }
    merged
}
