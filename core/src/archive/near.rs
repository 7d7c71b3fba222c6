//! Near-duplicates: content that is no known chunk, and is stored all the same but for a few edits.
//!
//! A chunk is lost to dedup with the first byte that differs, and then costs its group as much as any repetition costs the group's
//! codec, which for many kilobytes is more than a reference. So the bytes of each open group are indexed by windows, side by side,
//! and a new chunk is searched for them at every byte with a rolling hash (rsync: Tridgell 1999; here only within one group, so
//! that a file still comes out of the groups that it would come out of anyway). So are old versions of files (`past`), which a new
//! group's codec has not seen at all. Behind an edit the content mostly goes on where it would have without: a match that does is
//! found at its first byte, and is cheap to write down, so it may be shorter. Cost: 8 bytes of table for each window, a
//! multiplication and a look-up for each byte of a new chunk, and nothing in the archive but the ranges themselves.

use crate::error::{Result, try_zeroed};

/// Of the rolling hash: odd, and random otherwise.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

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

/// Windows of `WINDOW` stored bytes. Matches have at least `MIN` bytes, or `RESUMED` where they go on behind an edit.
#[derive(Debug, Default)]
pub(super) struct Windows<const WINDOW: usize, const MIN: usize, const RESUMED: usize> {
    /// Number of the window that came last with this hash, from 1.
    table: Vec<u32>,
    /// Windows in it.
    count: usize,
}

fn hash_of(window: &[u8]) -> u64 {
    window.iter().fold(0u64, |hash, &byte| hash.wrapping_mul(FACTOR).wrapping_add(u64::from(byte) + 1))
}

impl<const WINDOW: usize, const MIN: usize, const RESUMED: usize> Windows<WINDOW, MIN, RESUMED> {
    /// [`FACTOR`] to the power of the window: what a byte weighs that leaves it.
    const LEAVING: u64 = power(FACTOR, WINDOW);

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

    /// What of `new` stands in `stored`: in order, apart from each other. `resume` is where in `stored` the first byte of `new`
    /// would be, were it what it follows.
    pub(super) fn matches(&self, stored: &[u8], new: &[u8], resume: Option<usize>) -> Vec<Match> {
        let mut list = Vec::new();
        if self.count == 0 || new.len() < WINDOW {
            return list;
        }
        // Where in `stored` a byte at this distance from `at` is, if it is where it would be.
        let mut resume = resume.map(|from| (0, from));
        let (mut at, mut floor) = (0, 0);
        let mut hash = hash_of(&new[..WINDOW]);
        loop {
            let resumed = resume.and_then(|(start, from)| resumed::<RESUMED>(stored, new, at, from + (at - start)));
            if let Some(found) = resumed.or_else(|| self.match_at(stored, new, at, floor, hash)) {
                list.push(found);
                floor = found.at + found.len;
                at = floor;
                resume = Some((floor, found.from + found.len));
                let Some(window) = new.get(at..at + WINDOW) else { return list };
                hash = hash_of(window);
                continue;
            }
            let (Some(&leaving), Some(&entering)) = (new.get(at), new.get(at + WINDOW)) else { return list };
            hash = hash.wrapping_mul(FACTOR).wrapping_add(u64::from(entering) + 1);
            hash = hash.wrapping_sub((u64::from(leaving) + 1).wrapping_mul(Self::LEAVING));
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
        let behind = common(&stored[from + WINDOW..], &new[at + WINDOW..]);
        let found = Match { at: at - before, from: from - before, len: before + WINDOW + behind };
        (found.len >= MIN).then_some(found)
    }
}

/// How many bytes at the front are the same.
fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// The match of `new` at `at` with `stored` at `from`, where it is long enough.
fn resumed<const LEAST: usize>(stored: &[u8], new: &[u8], at: usize, from: usize) -> Option<Match> {
    let len = common(stored.get(from..)?, &new[at..]);
    (len >= LEAST).then_some(Match { at, from, len })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::samples::{prose, random};

    const MIN: usize = 1024;
    const RESUMED: usize = 48;

    fn check(stored: &[u8], new: &[u8], least: usize) {
        let mut windows = Windows::<64, MIN, RESUMED>::default();
        // However it grew.
        windows.extend(&stored[..stored.len() / 3], stored.len()).unwrap();
        windows.extend(stored, stored.len()).unwrap();
        let (mut end, mut total) = (0, 0);
        let mut resume = None;
        for Match { at, from, len } in windows.matches(stored, new, None) {
            let resumed = resume.is_some_and(|resume| from == resume + at - end);
            assert!(at >= end && len >= if resumed { RESUMED } else { MIN });
            resume = Some(from + len);
            assert_eq!(stored[from..from + len], new[at..at + len]);
            end = at + len;
            total += len;
        }
        assert!(total >= least, "{total} of {}", new.len());
    }

    #[test]
    fn what_goes_on_needs_no_window() {
        let stored = random(10_000);
        let mut windows = Windows::<64, MIN, RESUMED>::default();
        windows.extend(&stored, stored.len()).unwrap();
        let new = [&[0; 30], &stored[5030..5130]].concat();
        assert_eq!(windows.matches(&stored, &new, Some(5000)), [Match { at: 30, from: 5030, len: 100 }]);
        for resume in [None, Some(5001), Some(9990), Some(usize::MAX / 2)] {
            assert_eq!(windows.matches(&stored, &new, resume), []);
        }
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
        // Behind the first edit, the second one is too near for a match of full length; so is the end.
        let mut edited = stored[10_000..20_000].to_vec();
        edited[4000..4020].fill(0);
        edited[4500..4600].fill(0);
        edited[9900] ^= 1;
        check(&stored, &edited, 10_000 - 20 - 100 - 1);
        check(&prose(30_000), &prose(60_000)[10_000..], 20_000);
    }
}
