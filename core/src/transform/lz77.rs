//! LZ77: a text as literals and copies of what came before, with the cheapest parse under given prices.
//!
//! The vocabulary is LZMA's (Pavlov): a literal, a match at a new distance, a match at one of the last four distances, and
//! a single byte at the last distance. [`Parser`] finds matches ([`Finder`]) and chooses tokens by
//! dynamic programming over [`Prices`], which the codec that writes the tokens states. Source: LZMA SDK, `LzFind.c` and
//! `LzmaEnc.c`, for the ideas.

mod finder;
mod parse;

pub use finder::{Finder, Found, NICE_MAX, match_len};
pub use parse::{Effort, Parser, Prices};

/// Shortest match.
pub const MIN_LEN: usize = 2;
/// Longest match.
pub const MAX_LEN: usize = 1 << 16;
/// How many past distances can be named by number.
pub const REPS: usize = 4;

/// One step of a parse. Distances are counted from 1 = the byte before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// The byte itself.
    Literal(u8),
    /// The one byte at the last distance.
    ShortRep,
    /// `len` bytes at a distance used lately, by its number (0 = the last).
    Rep {
        /// Which of the last distances.
        index: usize,
        /// Bytes copied.
        len: usize,
    },
    /// `len` bytes at a new distance.
    Match {
        /// How far back.
        distance: u32,
        /// Bytes copied.
        len: usize,
    },
}

/// What kinds of token came last, as LZMA counts it: 0-6 after a literal, 7-11 after a copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State(u8);

impl State {
    /// How many states there are.
    pub const COUNT: usize = 12;

    /// The state as an index below [`State::COUNT`].
    #[inline(always)]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Whether the last token was a literal.
    #[inline(always)]
    pub fn after_literal(self) -> bool {
        self.0 < 7
    }

    /// The state behind `token`.
    #[inline(always)]
    pub fn then(self, token: Token) -> State {
        let fresh = self.after_literal();
        State(match token {
            Token::Literal(_) => match self.0 {
                0..=3 => 0,
                4..=9 => self.0 - 3,
                _ => self.0 - 6,
            },
            Token::Match { .. } => [10, 7][usize::from(fresh)],
            Token::Rep { .. } => [11, 8][usize::from(fresh)],
            Token::ShortRep => [11, 9][usize::from(fresh)],
        })
    }
}

/// The last distances, latest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reps(pub [u32; REPS]);

impl Default for Reps {
    fn default() -> Self {
        Reps([1; REPS])
    }
}

impl Reps {
    /// The distances behind `token`.
    #[inline(always)]
    pub fn then(self, token: Token) -> Reps {
        let [a, b, c, d] = self.0;
        Reps(match token {
            Token::Literal(_) | Token::ShortRep | Token::Rep { index: 0, .. } => return self,
            Token::Rep { index: 1, .. } => [b, a, c, d],
            Token::Rep { index: 2, .. } => [c, a, b, d],
            Token::Rep { .. } => [d, a, b, c],
            Token::Match { distance, .. } => [distance, a, b, c],
        })
    }
}
