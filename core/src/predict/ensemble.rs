//! Ensembles: numbered sets of experts, as data. A released ensemble is never edited; a better one takes a new number.
//!
//! What each expert buys is measured by leaving it out or swapping it; the notes beside each ensemble say what was tried.

use crate::predict::contexts::{Context, Feature, Kind, order, sparse, with};

/// Contexts in an ensemble of the light mix.
pub const LIGHT: usize = 6;

/// A set of experts for the light mix of codec `order`: six contexts, and always a match model.
#[derive(Clone, Copy, Debug)]
pub struct Ensemble {
    /// What the features are made for.
    pub kind: Kind,
    /// What each expert looks at, in the order of the gate's inputs. The third serves to guess ahead what to fetch.
    pub contexts: [Context; LIGHT],
}

/// Prose, markup, source code and whatever is nothing else.
pub const GENERAL: u8 = 0;
/// Machine code, and pages of a database.
pub const EXECUTABLE: u8 = 1;
/// Records of a fixed length.
pub const TABLE: u8 = 2;
/// Lines that resemble the line before: logs, JSON, SQL, CSV.
pub const LINES: u8 = 3;

/// The ensemble of that number, if there is one.
pub fn light(number: u8) -> Option<Ensemble> {
    match number {
        GENERAL => Some(GENERAL_SET),
        EXECUTABLE => Some(EXECUTABLE_SET),
        TABLE => Some(TABLE_SET),
        LINES => Some(LINES_SET),
        _ => None,
    }
}

/// Orders 4 and 6 in place of 5 and the word pair lose 0.4 % on English; without order 1, 1.5 % on small files.
const GENERAL_SET: Ensemble = Ensemble {
    kind: Kind::Text,
    contexts: [order(1), order(2), order(3), order(5), with(0, Feature::Word), with(0, Feature::WordPair)],
};

/// On ooffice, orders 3 and 5 in place of 4 and the pair of bytes three back lose 1.3 %, dense contexts alone (1-4, 6) 7 %; a third
/// byte in the sparse pair loses 1 %.
const EXECUTABLE_SET: Ensemble = Ensemble {
    kind: Kind::Bytes,
    contexts: [order(1), order(2), order(4), sparse(0xFF_FF00), sparse(0xFFFF_0000), sparse(0xFF00_FF00)],
};

/// On kennedy.xls (records of 13 bytes), orders 1 and 3 in place of 2 and 4 lose 13 %, the column alone for the vertical pair 10 %.
const TABLE_SET: Ensemble = Ensemble {
    kind: Kind::Table,
    contexts: [
        order(2),
        order(4),
        with(0, Feature::Above),
        with(0xFF, Feature::Column),
        with(0xFF, Feature::AboveTwo),
        with(0xFFFF, Feature::Vertical),
    ],
};

/// The column and the byte above in place of the word pair save 8 % on logs and JSON and 11 % on SQL, and lose 1.5 % on prose.
const LINES_SET: Ensemble = Ensemble {
    kind: Kind::Text,
    contexts: [order(1), order(2), order(3), order(5), with(0, Feature::Word), with(0, Feature::Column)],
};
