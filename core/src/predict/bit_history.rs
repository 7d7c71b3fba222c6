//! Bit histories: what one context has seen, in one byte.
//!
//! A state stands for a count of zeros and of ones, the whole sequence while it is at most four bits long, and later the last
//! bit. Counts are bounded, the more so the more mixed they are; and when a bit goes against a long run, most of the run is
//! forgotten, since what is new tells more about what comes next. States are numbered by total count, 0 being *nothing
//! seen*, so that of two states the lower has seen less.
//!
//! Cost: a table of 512 bytes, one load a step. Source: the idea and the bounds are those of Mahoney's PAQ6 and ZPAQ; the table is
//! generated here, at compile time, from the rules below.

/// Sequences up to this length are told apart.
const HISTORY_BITS: u32 = 4;
/// Largest count of the commoner bit, by the count of the rarer one.
const BOUND: [u32; 5] = [40, 24, 10, 6, 5];
/// What is kept of the count of one bit when the other is seen.
const KEEP: [u32; 64] = keep_table();

const fn keep_table() -> [u32; 64] {
    let mut t = [0; 64];
    let mut n = 0;
    while n < 64 {
        t[n] = match n {
            0..=2 => n as u32,
            3 => 2,
            4..=5 => 3,
            6..=9 => 4,
            10..=18 => 5,
            _ => 6,
        };
        n += 1;
    }
    t
}

#[derive(Clone, Copy)]
struct State {
    /// Zeros and ones.
    n: [u32; 2],
    /// The sequence, its latest bit lowest, while `HISTORY_BITS` or fewer; then the last bit alone, 0 if all are alike.
    last: u32,
}

const fn allowed(n0: u32, n1: u32) -> bool {
    let (low, high) = if n0 < n1 { (n0, n1) } else { (n1, n0) };
    low < BOUND.len() as u32 && high <= BOUND[low as usize]
}

const fn list() -> ([State; 256], usize) {
    let mut states = [State { n: [0, 0], last: 0 }; 256];
    let mut count = 0;
    let mut total = 0;
    while total <= 64 {
        let mut n1 = 0;
        while n1 <= total {
            let n0 = total - n1;
            if total <= HISTORY_BITS {
                let mut last = 0u32;
                while last < 1 << total {
                    if last.count_ones() == n1 {
                        states[count] = State { n: [n0, n1], last };
                        count += 1;
                    }
                    last += 1;
                }
            } else if allowed(n0, n1) {
                states[count] = State { n: [n0, n1], last: 0 };
                count += 1;
                if n0 > 0 && n1 > 0 {
                    states[count] = State { n: [n0, n1], last: 1 };
                    count += 1;
                }
            }
            n1 += 1;
        }
        total += 1;
    }
    (states, count)
}

const LIST: ([State; 256], usize) = list();
/// Number of states in use.
pub const STATES: usize = LIST.1;

const fn find(n: [u32; 2], last: u32) -> u8 {
    let mut i = 0;
    while i < STATES {
        let s = LIST.0[i];
        if s.n[0] == n[0] && s.n[1] == n[1] && s.last == last {
            return i as u8;
        }
        i += 1;
    }
    panic!("no such bit history");
}

const fn step(state: State, bit: usize) -> u8 {
    let total = state.n[0] + state.n[1];
    let mut n = state.n;
    n[bit] += 1;
    if total < HISTORY_BITS {
        return find(n, state.last << 1 | bit as u32);
    }
    n[1 - bit] = KEEP[n[1 - bit] as usize];
    if n[0] + n[1] <= HISTORY_BITS {
        // A run has ended: as if what is kept of it had been seen, then this bit.
        let kept = if bit == 1 { 0 } else { (1 << n[1]) - 1 };
        return find(n, kept << n[bit] | if bit == 1 { (1 << n[1]) - 1 } else { 0 });
    }
    while !allowed(n[0], n[1]) {
        n[bit] -= 1;
    }
    find(n, if n[0] > 0 && n[1] > 0 { bit as u32 } else { 0 })
}

/// The state after `bit` in `state`, at index `2 * state + bit`.
pub static NEXT: [u8; 512] = next_table();

const fn next_table() -> [u8; 512] {
    let mut table = [0; 512];
    let mut i = 0;
    while i < STATES {
        table[2 * i] = step(LIST.0[i], 0);
        table[2 * i + 1] = step(LIST.0[i], 1);
        i += 1;
    }
    table
}

/// A first guess of P(1), of 65536, for each state: counts of 0.4 to begin with.
pub const fn prior(state: usize) -> u32 {
    let n = LIST.0[state].n;
    (n[1] * 10 + 4) * 65536 / ((n[0] + n[1]) * 10 + 8)
}

/// Zeros and ones that `state` stands for.
pub const fn counts(state: usize) -> [u32; 2] {
    LIST.0[state % 256].n
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(bits: &[usize]) -> usize {
        bits.iter().fold(0, |state, bit| usize::from(NEXT[2 * state + bit]))
    }

    #[test]
    fn short_histories_differ_and_long_ones_stay_in_the_table() {
        let mut seen = std::collections::HashSet::new();
        for len in 0..=4 {
            for bits in 0..1usize << len {
                let history: Vec<usize> = (0..len).map(|i| bits >> i & 1).collect();
                assert!(seen.insert(after(&history)));
            }
        }
        assert!(NEXT.iter().all(|&state| usize::from(state) < STATES));
    }

    #[test]
    fn runs_raise_and_surprises_lower_the_guess() {
        assert!((1..40).all(|n| prior(after(&vec![1; n])) < prior(after(&vec![1; n + 1]))));
        let run = after(&[1; 30]);
        assert!(prior(after(&[[1; 30].as_slice(), &[0]].concat())) < prior(run) - 6000);
        assert_eq!(prior(0), 32768);
    }

    #[test]
    fn states_are_numbered_by_what_they_have_seen() {
        let total = |state: usize| LIST.0[state].n[0] + LIST.0[state].n[1];
        assert!((1..STATES).all(|state| total(state - 1) <= total(state)));
    }
}
