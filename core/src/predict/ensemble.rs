//! Ensembles: numbered sets of experts, as data. A released ensemble is never edited; a better one takes a new number.

use crate::predict::contexts::{Context, Feature, Kind, order, sparse, with};

/// Contexts in an ensemble of the light mix.
pub const LIGHT: usize = 6;

/// A set of experts for the light mix of codec `order`: six contexts, and always a match model.
#[derive(Clone, Copy, Debug)]
pub struct Ensemble {
    /// What the features are made for.
    pub kind: Kind,
    /// What each expert looks at, in the order of the gate's inputs.
    pub contexts: [Context; LIGHT],
}

/// Text and anything else.
pub const GENERAL: u8 = 0;
/// Machine code.
pub const EXECUTABLE: u8 = 1;
/// Records of a fixed length.
pub const TABLE: u8 = 2;

/// The ensemble of that number, if there is one.
pub fn light(number: u8) -> Option<Ensemble> {
    let ensemble = match number {
        GENERAL => Ensemble {
            kind: Kind::Text,
            contexts: [order(1), order(2), order(3), order(4), order(6), with(0, Feature::Word)],
        },
        EXECUTABLE => Ensemble {
            kind: Kind::Bytes,
            contexts: [order(1), order(2), order(3), order(5), sparse(0xFF_FF00), sparse(0xFF00_FF00)],
        },
        TABLE => Ensemble {
            kind: Kind::Table,
            contexts: [
                order(2),
                order(4),
                with(0, Feature::Above),
                with(0xFF, Feature::Column),
                with(0xFF, Feature::AboveTwo),
                with(0xFFFF, Feature::Vertical),
            ],
        },
        _ => return None,
    };
    Some(ensemble)
}
