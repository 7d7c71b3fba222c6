//! Natural language. On the first megabyte of `dickens` more contexts, of any kind, gain less than 0.1 % each.

use super::{Ensemble, Selector};
use crate::predict::mix::features::prose::{ABOVE, CLASS_MARK, CLASSES, GAP, WORD, WORD_PAIR, WORD_SKIP, WORD_TRIPLE};
use crate::predict::mix::features::{Kind, order, sparse, with};
use crate::predict::mix::worth::Second;

pub(super) static PROSE: Ensemble = Ensemble {
    kind: Kind::Prose,
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
        with(0xFF, CLASSES),
    ],
    second: Second::Sure,
    chains: &[],
    matches: &[5, 12],
    guesses: &[],
    selectors: &[
        Selector::Match,
        Selector::Partial,
        Selector::Byte1,
        Selector::Known,
        Selector::Byte2,
        Selector::Mark(CLASS_MARK, 256),
    ],
    finals: &[Selector::MatchOrPartial],
    calibration: &[order(1), order(3)],
};
