//! Near-duplicates: content that is no known chunk, and stands in the open group all the same but for a few edits.
//!
//! A chunk is lost to dedup with the first byte that differs, and then costs its group as much as any repetition costs the group's
//! codec, which for many kilobytes is more than a reference. So the bytes of each open group are indexed by windows of 64, every 64
//! bytes, and a new chunk is searched for them at every byte with a rolling hash (rsync: Tridgell 1999; here only within one group, so
//! that a file still comes out of the groups that it would come out of anyway). Cost: 8 bytes of table for 64 of an open
//! group, a multiplication and a look-up for each byte of a new chunk, and nothing in the archive but the ranges themselves.

use crate::error::{Result, try_zeroed};

/// Bytes of a window, and the distance of those that are indexed.
const WINDOW: usize = 64;
/// Matches shorter than this cost more as ranges than as repetitions that codec bwt sees. Of 7.1 MB of source code beside a copy with 1 % of
/// its bytes replaced, 200 or 5,000 at a time, the copy costs 4.3 and 1.7 %; with 256: 5.8 and 2.8, 512: 4.6 and 1.9, 2,048: 4.5
/// and 1.7, without matches 9.1 and 2.5. The code alone: 721.0 KB, with 256: 727.4, 512: 722.1, 2,048: 720.4, without 721.0.
pub(super) const MATCH_MIN: usize = 1024;
/// Of the rolling hash: odd, and random otherwise.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
/// [`FACTOR`] to the power of [`WINDOW`]: what a byte weighs that leaves the window.
const LEAVING: u64 = power(FACTOR, WINDOW);

const fn power(base: u64, exponent: usize) -> u64 {
    let (mut value, mut left) = (1u64, exponent);
    while left > 0 {
        value = value.wrapping_mul(base);
        left -= 1;
    }
    value
}

/// Bytes of a chunk that are stored already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// Where in the chunk.
    pub(super) at: usize,
    /// Where in the stored bytes.
    pub(super) from: usize,
    pub(super) len: usize,
}

/// Windows of stored bytes.
#[derive(Debug, Default)]
pub(super) struct Windows {
    /// Number of the window that came last with this hash, from 1.
    table: Vec<u32>,
    /// Windows in it.
    count: usize,
}

fn hash_of(window: &[u8]) -> u64 {
    window.iter().fold(0u64, |hash, &byte| hash.wrapping_mul(FACTOR).wrapping_add(u64::from(byte) + 1))
}

impl Windows {
    /// Indexes what has been added to `stored`, which may become `most` bytes long.
    pub(super) fn extend(&mut self, stored: &[u8], most: usize) -> Result<()> {
        if self.table.is_empty() && stored.len() >= WINDOW {
            self.table = try_zeroed((most / WINDOW * 2).next_power_of_two())?;
        }
        while let Some(window) = stored.get(self.count * WINDOW..(self.count + 1) * WINDOW) {
            let slot = self.slot(hash_of(window));
            self.count += 1;
            self.table[slot] = self.count as u32;
        }
        Ok(())
    }

    fn slot(&self, hash: u64) -> usize {
        // The low bits of the hash know only of the last bytes.
        (hash.wrapping_mul(FACTOR) >> 32) as usize & (self.table.len() - 1)
    }

    /// What of `new` stands in `stored`: in order, apart from each other.
    pub(super) fn matches(&self, stored: &[u8], new: &[u8]) -> Vec<Match> {
        let mut list = Vec::new();
        if self.count == 0 || new.len() < MATCH_MIN {
            return list;
        }
        let (mut at, mut floor) = (0, 0);
        let mut hash = hash_of(&new[..WINDOW]);
        loop {
            if let Some(found) = self.match_at(stored, new, at, floor, hash) {
                list.push(found);
                floor = found.at + found.len;
                at = floor;
                let Some(window) = new.get(at..at + WINDOW) else { return list };
                hash = hash_of(window);
                continue;
            }
            let (Some(&leaving), Some(&entering)) = (new.get(at), new.get(at + WINDOW)) else { return list };
            hash = hash.wrapping_mul(FACTOR).wrapping_add(u64::from(entering) + 1);
            hash = hash.wrapping_sub((u64::from(leaving) + 1).wrapping_mul(LEAVING));
            at += 1;
        }
    }

    /// The match around the window at `at`, which may start at `floor` already.
    fn match_at(&self, stored: &[u8], new: &[u8], at: usize, floor: usize, hash: u64) -> Option<Match> {
        let number = self.table[self.slot(hash)] as usize;
        let from = number.checked_sub(1)? * WINDOW;
        if stored[from..from + WINDOW] != new[at..at + WINDOW] {
            return None;
        }
        let pairs = stored[..from].iter().rev().zip(new[floor..at].iter().rev());
        let before = pairs.take_while(|(a, b)| a == b).count();
        let pairs = stored[from + WINDOW..].iter().zip(&new[at + WINDOW..]);
        let behind = pairs.take_while(|(a, b)| a == b).count();
        let found = Match { at: at - before, from: from - before, len: before + WINDOW + behind };
        (found.len >= MATCH_MIN).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::samples::{prose, random};

    fn check(stored: &[u8], new: &[u8], least: usize) {
        let mut windows = Windows::default();
        // However it grew.
        windows.extend(&stored[..stored.len() / 3], stored.len()).unwrap();
        windows.extend(stored, stored.len()).unwrap();
        let (mut end, mut total) = (0, 0);
        for Match { at, from, len } in windows.matches(stored, new) {
            assert!(at >= end && len >= MATCH_MIN);
            assert_eq!(stored[from..from + len], new[at..at + len]);
            end = at + len;
            total += len;
        }
        assert!(total >= least, "{total} of {}", new.len());
    }

    #[test]
    fn what_is_there_is_found() {
        let stored = random(100_000);
        check(&stored, &stored[777..50_000], 49_223);
        let mut edited = stored[5000..45_000].to_vec();
        for at in (1000..40_000).step_by(5000) {
            edited[at] ^= 1;
        }
        edited.drain(20_000..20_100);
        edited.splice(30_000..30_000, [1, 2, 3]);
        check(&stored, &edited, edited.len() - 3000);
        check(&stored, &random(100_000)[..64], 0);
        check(&vec![0; 3000], &[0; 9000], 8000);
        check(b"", &stored, 0);
        check(&prose(30_000), &prose(60_000)[10_000..], 20_000);
    }
}
