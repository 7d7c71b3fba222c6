//! The ensembles of the mix: which contexts, which guesses, which rows of the gate. Numbered, as data, one file each; a released ensemble
//! is never edited.

mod binary;
mod guided;
mod leaves;
mod prose;
mod records;
mod structure;
mod x86;

use crate::predict::mix::experts::CONTEXTS_MAX;
use crate::predict::mix::features::{Context, Kind};
use crate::predict::mix::gate::Rates;
use crate::predict::mix::matches;
use crate::predict::mix::model::Said;
use crate::predict::mix::tree::Leaves;
use crate::predict::mix::worth::Second;

/// What picks the row of one weight set: [`PLACES`] times the number of its values plus the place in the byte unless said otherwise. The place is the node
/// of the tree that is being decided if it is one of the first fifteen, else 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    /// Length class of the match, place, expected bit.
    Match,
    /// Without a match the node of the tree, else length class of the match and place.
    MatchOrPartial,
    /// The node of the tree.
    Partial,
    /// The last byte.
    Byte1,
    /// The byte before the last.
    Byte2,
    /// How many contexts have been seen before.
    Known,
    /// What the first two guesses say of the next bit (neither anything, one, the other, the same, opposite), and the node of the tree.
    Agreement,
    /// Mark number `.0`, of `.1` values.
    Mark(usize, usize),
    /// Mark number `.0`, of `.1` values, and the node of the tree for the place.
    MarkPartial(usize, usize),
    /// Mark number `.0`, of `.1` values, without the place.
    MarkAlone(usize, usize),
    /// Marks of `values` values: number `holds` while the byte is as that guess expects it, else number `fails`.
    Guess {
        /// Number of the guess.
        guess: usize,
        /// A mark.
        holds: usize,
        /// A mark.
        fails: usize,
        /// Of either.
        values: usize,
    },
    /// How many contexts of each of the ensemble's chains have been seen before; that makes `.0` combinations.
    Chains(usize),
    /// What the histories of two contexts say, in 16 steps each, without the place.
    Pair(usize, usize),
    /// What a guide says, and where it stands; without the place.
    Hint,
}

/// Places in a byte that most rows tell apart: 8 lost 0.1 % of text, 32 gained nothing.
pub const PLACES: usize = 16;

impl Selector {
    /// Number of rows.
    pub const fn rows(self) -> usize {
        match self {
            Selector::Match => matches::CLASSES * PLACES * 2,
            Selector::MatchOrPartial => 256 + matches::CLASSES * PLACES,
            Selector::Known => (CONTEXTS_MAX + 1) * PLACES,
            Selector::Partial | Selector::Pair(..) => 256,
            Selector::Agreement => 5 * 256,
            Selector::Hint => Said::ROWS,
            Selector::Byte1 | Selector::Byte2 => 256 * PLACES,
            Selector::Mark(_, values) | Selector::Guess { values, .. } | Selector::Chains(values) => PLACES * values,
            Selector::MarkPartial(_, values) => 256 * values,
            Selector::MarkAlone(_, values) => values,
        }
    }
}

/// A set of experts.
#[derive(Debug)]
pub struct Ensemble {
    /// Whose values, marks and guesses the rest names.
    pub kind: Kind,
    /// Whether a guide from outside has a say.
    pub guided: bool,
    /// How bytes are taken apart.
    pub leaves: &'static Leaves,
    /// What each context expert looks at, in the order of the gate's inputs; a multiple of four, at most
    /// [`CONTEXTS_MAX`].
    pub contexts: &'static [Context],
    /// What a context's history says besides its logistic value.
    pub second: Second,
    /// For [`Selector::Chains`]: lengths of runs of contexts, the first beginning with the first context.
    pub chains: &'static [u32],
    /// Least lengths of the match models, shortest first.
    pub matches: &'static [u32],
    /// For each guess of the parser that is used, in their order, its number of trust classes.
    pub guesses: &'static [usize],
    /// The gate's sets; at most [`SETS_MAX`](super::gate::SETS_MAX).
    pub selectors: &'static [Selector],
    /// The final gates, whose mean is the blend: one or two.
    pub finals: &'static [Selector],
    /// How fast the gate learns.
    pub rates: Rates,
    /// What the adaptive maps behind the gate look at, besides the node of the tree; at most three.
    pub calibration: &'static [Context],
}

/// A first rate of 128 loses 0.1 % on megabytes and 1 % on ten kilobytes; a half of 17 suits code and long markup, 15 prose, by 0.1 % each; a last rate of 5
/// loses 0.1 % of three megabytes of prose.
const RATES: Rates = Rates { first: 250, last: 10, half: 16 };

/// Prose.
pub const PROSE: u8 = 0;
/// Markup, lines and code.
pub const STRUCTURE: u8 = 1;
/// x86 machine code.
pub const X86: u8 = 2;
/// Lines and other short records, under a primer.
pub const RECORDS: u8 = 3;
/// Prose, at level 9.
pub const PROSE_FULL: u8 = 4;
/// Markup, lines and code, at level 9.
pub const STRUCTURE_FULL: u8 = 5;
/// x86 machine code, at level 9.
pub const X86_FULL: u8 = 6;
/// Binary data that is no code.
pub const BINARY: u8 = 7;
/// Binary data that is no code, at level 9.
pub const BINARY_FULL: u8 = 8;

/// Prose, beside a transformer.
pub const GUIDED_PROSE: u8 = 9;
/// Markup, lines and code, beside a transformer.
pub const GUIDED_STRUCTURE: u8 = 10;

/// The numbers of the ensembles that need no guide.
pub const NUMBERS: [u8; 9] =
    [PROSE, STRUCTURE, X86, RECORDS, PROSE_FULL, STRUCTURE_FULL, X86_FULL, BINARY, BINARY_FULL];

/// The ensemble of `level` for what the lean ensemble `number` is for.
pub fn of_level(number: u8, level: u8) -> u8 {
    match (number, level) {
        (PROSE, 9..) => PROSE_FULL,
        (STRUCTURE, 9..) => STRUCTURE_FULL,
        (X86, 9..) => X86_FULL,
        (BINARY, 9..) => BINARY_FULL,
        _ => number,
    }
}

/// The ensemble of that number, if there is one.
pub fn ensemble(number: u8) -> Option<&'static Ensemble> {
    match number {
        PROSE => Some(&prose::PROSE),
        STRUCTURE => Some(&structure::STRUCTURE),
        X86 => Some(&x86::X86),
        RECORDS => Some(&records::RECORDS),
        PROSE_FULL => Some(&prose::PROSE_FULL),
        STRUCTURE_FULL => Some(&structure::STRUCTURE_FULL),
        X86_FULL => Some(&x86::X86_FULL),
        BINARY => Some(&binary::BINARY),
        BINARY_FULL => Some(&binary::BINARY_FULL),
        GUIDED_PROSE => Some(&guided::PROSE),
        GUIDED_STRUCTURE => Some(&guided::STRUCTURE),
        _ => None,
    }
}
