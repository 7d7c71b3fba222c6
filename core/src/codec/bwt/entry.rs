//! The entries of an interval: which symbols it holds, how often, and in which order they are coded.

const FIELD: u32 = 26;
const FIELD_MASK: u64 = (1 << FIELD) - 1;

/// One symbol of one interval: how often it occurs, and the row that the LF mapping sends its first occurrence to, in one word.
/// The entries of an interval stand at its first rows. From the top: count, the symbol's complement, first row; since no
/// symbol comes twice in an interval, words compare as counts do, equal counts by falling symbol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry(u64);

const SYMBOL: u32 = FIELD;
const COUNT: u32 = SYMBOL + 8;

impl Entry {
    #[inline(always)]
    pub fn new(symbol: u8, first: usize, count: usize) -> Self {
        let symbol = u64::from(!symbol) << SYMBOL;
        Entry((count as u64) << COUNT | symbol | first as u64)
    }

    #[inline(always)]
    pub fn symbol(self) -> u8 {
        !(self.0 >> SYMBOL) as u8
    }

    #[inline(always)]
    pub fn first(self) -> usize {
        (self.0 & FIELD_MASK) as usize
    }

    #[inline(always)]
    pub fn count(self) -> usize {
        (self.0 >> COUNT) as usize
    }
}

/// By falling count, then rising symbol; the last six the other way round.
#[inline(always)]
pub(super) fn order(entries: &mut [Entry]) {
    match entries {
        [] | [_] => {}
        [a, b] => (*a, *b) = ((*a).min(*b), (*a).max(*b)),
        [a, b, c] => {
            let (low, high) = ((*a).min(*b), (*a).max(*b));
            let middle = high.min(*c);
            (*a, *b, *c) = (low.min(middle), low.max(middle), high.max(*c));
        }
        // Parts inherit the rising order of their whole, so that little moves.
        [_, _, _, _] | [_, _, _, _, _] | [_, _, _, _, _, _] => sort(entries, |one, other| one < other),
        _ => {
            sort(entries, |one, other| one > other);
            let turned = entries.len() - 6;
            entries[turned..].reverse();
        }
    }
}

/// Insertion sort.
#[inline(always)]
fn sort(entries: &mut [Entry], goes_before: impl Fn(Entry, Entry) -> bool) {
    for end in 1..entries.len() {
        let entry = entries[end];
        let mut at = end;
        while at > 0 && goes_before(entry, entries[at - 1]) {
            entries[at] = entries[at - 1];
            at -= 1;
        }
        entries[at] = entry;
    }
}
