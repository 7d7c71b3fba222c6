//! Natural language: a lean ensemble, and a full one that gains 0.4 % for twice the time.
//!
//! Bytes that leaving something out of the lean one costs, of 497,910 (the first megabyte of `dickens` and four texts of the Canterbury corpus): the line
//! above 8,800, classes 1,800, order 0 1,300, word and the one before the last 1,000, word triple 1,000. Seven contexts that the full one has more are
//! worth 830 together; the sets that it has more lose 200 here.

use super::{Ensemble, Selector, leaves};
use crate::predict::mix::features::prose::{ABOVE, CLASS_MARK, CLASSES, GAP, WORD, WORD_PAIR, WORD_SKIP, WORD_TRIPLE};
use crate::predict::mix::features::{Kind, order, sparse, with};
use crate::predict::mix::worth::Second;

pub(super) static PROSE: Ensemble = Ensemble {
    kind: Kind::Prose,
    guided: false,
    leaves: &leaves::PROSE,
    contexts: &[
        order(0),
        order(1),
        order(2),
        order(3),
        order(4),
        order(6),
        with(0, WORD),
        with(0, WORD_PAIR),
        with(0, WORD_TRIPLE),
        with(0, WORD_SKIP),
        with(0, ABOVE),
        with(0xFF, CLASSES),
    ],
    second: Second::Sure,
    chains: &[],
    matches: &[8],
    guesses: &[],
    selectors: &[Selector::Partial, Selector::Byte1, Selector::Known, Selector::Mark(CLASS_MARK, 256)],
    finals: &[Selector::Partial],
    calibration: &[order(1), order(3)],
};

pub(super) static PROSE_FULL: Ensemble = Ensemble {
    leaves: &leaves::PROSE_FULL,
    contexts: &[
        order(0),
        order(1),
        order(2),
        order(3),
        order(4),
        order(5),
        order(6),
        order(8),
        with(0, WORD),
        with(0, WORD_PAIR),
        with(0, WORD_TRIPLE),
        with(0, WORD_SKIP),
        with(0xFF, WORD),
        with(0, GAP),
        sparse(0xFF_FF00),
        sparse(0xFF00_FF00),
        sparse(0xFFFF_0000),
        with(0, ABOVE),
        with(0xFF, ABOVE),
        with(0xFF, CLASSES),
    ],
    matches: &[5, 12, 24],
    selectors: &[
        Selector::Match,
        Selector::Partial,
        Selector::Byte1,
        Selector::Known,
        Selector::Byte2,
        Selector::Mark(CLASS_MARK, 256),
    ],
    finals: &[Selector::MatchOrPartial, Selector::Byte1],
    calibration: &[order(1), order(2), order(3)],
    ..PROSE
};
