//! The entries of an interval: which symbols it holds, how often, and in which order they are coded.

const FIELD: u32 = 26;
const FIELD_MASK: u64 = (1 << FIELD) - 1;

/// One symbol of one interval: how often it occurs, the row that the LF mapping sends its first occurrence to, and its
/// cohesion, in one word. The entries of an interval stand at its first rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry(u64);

impl Entry {
    #[inline(always)]
    pub fn new(symbol: u8, first: usize, count: usize, cohesion: usize) -> Self {
        Entry(u64::from(symbol) | (cohesion as u64) << 8 | (first as u64) << 12 | (count as u64) << (12 + FIELD))
    }

    #[inline(always)]
    pub fn symbol(self) -> u8 {
        self.0 as u8
    }

    #[inline(always)]
    pub fn cohesion(self) -> usize {
        (self.0 >> 8) as usize & 15
    }

    #[inline(always)]
    pub fn without_cohesion(self) -> Self {
        Entry(self.0 & !0xF00)
    }

    #[inline(always)]
    pub fn first(self) -> usize {
        (self.0 >> 12 & FIELD_MASK) as usize
    }

    #[inline(always)]
    pub fn count(self) -> usize {
        (self.0 >> (12 + FIELD)) as usize
    }
}

/// A symbol's cohesion behind a split: even splits survived together are evidence of a longer common context.
#[inline(always)]
pub(super) fn cohesion_behind(entry: Entry, in_left: usize, small: usize, size: usize) -> usize {
    if in_left > 0 && in_left < entry.count() {
        return entry.cohesion() / 2;
    }
    if entry.count() == 1 {
        return 0;
    }
    let gain = usize::from(small * 8 >= size) + usize::from(small * 3 >= size);
    (entry.cohesion() + gain).min(15)
}

/// By falling count, then rising symbol; the last six the other way round.
#[inline(always)]
pub(super) fn order(entries: &mut [Entry]) {
    if entries.len() <= 6 {
        // Parts inherit the rising order of their whole, so that little moves.
        sort(entries, |one, other| one < other);
    } else {
        sort(entries, |one, other| one > other);
        let turned = entries.len() - 6;
        entries[turned..].reverse();
    }
}

/// Insertion sort by count, equal counts by falling symbol.
#[inline(always)]
fn sort(entries: &mut [Entry], goes_before: impl Fn(u64, u64) -> bool) {
    let key = |entry: Entry| (entry.count() as u64) << 8 | u64::from(!entry.symbol());
    for end in 1..entries.len() {
        let entry = entries[end];
        let mut at = end;
        while at > 0 && goes_before(key(entry), key(entries[at - 1])) {
            entries[at] = entries[at - 1];
            at -= 1;
        }
        entries[at] = entry;
    }
}
