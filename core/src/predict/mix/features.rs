//! Features: what contexts, guesses and gate rows can look at beyond the last eight bytes, worked out once a byte.
//!
//! Each kind of content has a parser in a file of its own. It fills *values* (64-bit numbers that contexts hash), *marks* (small numbers that
//! pick rows of the gate) and *guesses* (the byte that something else than a match expects next, and how far it is to be trusted). What
//! stands at which index is the parser's own business; the ensembles that use it name the same constants.

pub mod binary;
pub mod prose;
pub mod records;
mod strings;
pub mod structure;
pub mod x86;

use crate::error::{Result, try_zeroed};
use crate::predict::mix::hash::combine;
use binary::Binary;
use prose::Prose;
use records::Records;
use structure::Structure;
use x86::X86;

/// Most values of a parser; index 0 is always 0.
pub const VALUES: usize = 48;
/// Most marks of a parser.
pub const MARKS: usize = 12;
/// Most guesses of a parser.
pub const GUESSES: usize = 4;

/// Value: what there is of the present token. Whoever codes tokens tells this one and those that follow; no parser does.
pub const TOKEN: usize = 40;
/// Value: the same and the token before.
pub const TOKEN_PAIR: usize = 41;
/// Value: the same and the two tokens before.
pub const TOKEN_TRIPLE: usize = 42;
/// Value: the same and the three tokens before.
pub const TOKEN_QUADRUPLE: usize = 43;

/// What a context looks at: some of the last bytes, and a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// Which of the last eight bytes, the latest lowest.
    pub bytes: u64,
    /// Index of a value; 0 for none.
    pub value: usize,
}

/// The last `n <= 8` bytes.
pub const fn order(n: u32) -> Context {
    sparse(if n >= 8 { u64::MAX } else { (1 << (8 * n)) - 1 })
}

/// The last bytes under `mask`, the latest lowest.
pub const fn sparse(mask: u64) -> Context {
    with(mask, 0)
}

/// A value, and the last bytes under `mask`.
pub const fn with(mask: u64, value: usize) -> Context {
    Context { bytes: mask, value }
}

impl Context {
    /// What it looks at, in words.
    pub fn name(self, kind: Kind) -> String {
        let values: &[&str] = match kind {
            Kind::Prose => &prose::NAMES,
            Kind::Structure => &structure::NAMES,
            _ => &[],
        };
        let value = match self.value {
            0 => None,
            TOKEN => Some("token".to_owned()),
            TOKEN_PAIR..=TOKEN_QUADRUPLE => Some(format!("token and {} before", self.value - TOKEN)),
            value => Some(values.get(value - 1).map_or_else(|| format!("value {value}"), |name| (*name).to_owned())),
        };
        let bytes = match (self.bytes, &value) {
            (0, Some(_)) => None,
            (mask, _) if mask.trailing_ones() == mask.count_ones() => Some(format!("order {}", mask.count_ones() / 8)),
            (mask, _) => {
                let back = (0..8).filter(|byte| mask >> (8 * byte) & 0xFF != 0).map(|byte| (byte + 1).to_string());
                Some(format!("bytes {}", back.collect::<Vec<_>>().join(" and ")))
            }
        };
        value.into_iter().chain(bytes).collect::<Vec<_>>().join(", ")
    }
}

/// What a parser expects next.
#[derive(Clone, Copy, Debug, Default)]
pub struct Guess {
    /// The byte with a leading one above it, or 0 for no guess.
    pub expected: u32,
    /// A class of trust, below the number of classes that the ensemble names for this guess.
    pub trust: usize,
}

/// What a parser has found out.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The last eight bytes, the latest lowest.
    pub last: u64,
    /// Values, by the parser's index; 0 is none.
    pub values: [u64; VALUES],
    /// Marks, by the parser's index, below the number of values that the ensemble names.
    pub marks: [usize; MARKS],
    /// Guesses, by the parser's index.
    pub guesses: [Guess; GUESSES],
    /// The byte that the longest match expects, with a leading one above it, and its length up to 32 times 512; 0 without a match.
    pub matched: u64,
}

/// Which parser reads the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Natural language.
    Prose,
    /// Markup, brackets, lines and code.
    Structure,
    /// x86 machine code.
    X86,
    /// Lines and other short records.
    Records,
    /// Binary data that is no code.
    Binary,
}

impl Kind {
    /// Bytes that the parser takes, small ones aside.
    pub const fn memory(self) -> usize {
        match self {
            Kind::Prose | Kind::Structure | Kind::Records => 0,
            Kind::X86 => X86::MEMORY,
            Kind::Binary => Binary::MEMORY,
        }
    }
}

/// A parser's state.
#[derive(Clone, Debug)]
enum Parser {
    Prose(Prose),
    Structure(Box<Structure>),
    X86(Box<X86>),
    Records(Box<Records>),
    Binary(Box<Binary>),
}

/// The last bytes, what a parser has found out of them, and the parser.
#[derive(Clone, Debug)]
pub struct Features {
    /// What contexts, rows and guesses read.
    pub found: Findings,
    parser: Parser,
}

impl Features {
    /// What is known at the start of a group.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(kind: Kind) -> Result<Self> {
        let parser = match kind {
            Kind::Prose => Parser::Prose(Prose::default()),
            Kind::Structure => Parser::Structure(Box::new(Structure::new()?)),
            Kind::X86 => Parser::X86(Box::new(X86::new()?)),
            Kind::Records => Parser::Records(Box::new(Records::new()?)),
            Kind::Binary => Parser::Binary(Box::new(Binary::new()?)),
        };
        let found = Findings {
            last: 0,
            values: [0; VALUES],
            marks: [0; MARKS],
            guesses: [Guess::default(); GUESSES],
            matched: 0,
        };
        Ok(Features { found, parser })
    }

    /// Takes in `byte`, which `window` (a power of two long) already holds before `position`; `matched` is as in [`Findings`].
    #[inline(always)]
    pub fn push(&mut self, byte: u8, position: usize, window: &[u8], matched: u64) {
        let found = &mut self.found;
        (found.last, found.matched) = (found.last << 8 | u64::from(byte), matched);
        match &mut self.parser {
            Parser::Prose(parser) => parser.push(byte, position, window, found),
            Parser::Structure(parser) => parser.push(byte, position, window, found),
            Parser::X86(parser) => parser.push(byte, position, window, found),
            Parser::Records(parser) => parser.push(byte, found),
            Parser::Binary(parser) => parser.push(byte, position, window, found),
        }
    }

    /// A hash of what `context` looks at; `expert` keeps experts apart that see the same.
    #[inline(always)]
    pub fn hash(&self, context: Context, expert: usize) -> u64 {
        let value = self.found.values[context.value % VALUES];
        combine(combine(self.found.last & context.bytes, value), (expert as u64 + 1) * 0x0123_4567)
    }
}

/// The byte `distance` (1 to 8) back in `last`.
#[inline(always)]
fn back(last: u64, distance: u32) -> usize {
    (last >> (8 * (distance - 1)) & 0xFF) as usize
}

/// The last bytes that followed each pair of bytes.
#[derive(Clone, Debug)]
struct Followers(Vec<u32>);

impl Followers {
    const MEMORY: usize = 4 << 16;

    fn new() -> Result<Self> {
        Ok(Followers(try_zeroed(1 << 16)?))
    }

    /// Takes in `byte`, already the latest of `last`.
    #[inline(always)]
    fn push(&mut self, byte: u8, last: u64) {
        let bytes = &mut self.0[(last >> 8 & 0xFFFF) as usize];
        *bytes = *bytes << 8 | u32::from(byte);
    }

    /// What followed the last two bytes, the latest lowest.
    #[inline(always)]
    fn after(&self, last: u64) -> u32 {
        self.0[(last & 0xFFFF) as usize]
    }
}
