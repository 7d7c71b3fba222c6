//! The ensembles beside a transformer: those of the mix, with contexts of tokens and a set that the transformer's hint picks.
//!
//! What was tried for prose, in bytes, on four articles of 15 KB and eleven pieces as long of books and manuals, beside `v001_eng.czm`:
//!
//! | | articles | pieces |
//! |---|--:|--:|
//! | the contexts of the ensemble for prose, its sets and the one of the hint, its final gate | 13,966 | 33,293 |
//! | and a final gate that the hint picks | 13,951 | 33,265 |
//! | and the four contexts of tokens | 13,804 | 32,740 |
//! | and a set by the match, two match models | 13,797 | 32,646 |
//! | the same without orders 0 and 3 nor the two last contexts of bytes | 13,803 | 32,867 |
//! | but four contexts more (order 5, word and byte, gap, the token before the last) | 13,798 | 32,686 |
//!
//! Where lines break in place of the byte above, and a final gate by classes, came later: 0.9 % of a novel, 0.1 % of articles.

use super::{Ensemble, Selector, leaves, prose, structure};
use crate::predict::mix::features::prose::{CLASS_MARK, CLASSES, WORD, WORD_PAIR, WORD_SKIP, WORD_TRIPLE, WRAP};
use crate::predict::mix::features::structure as parts;
use crate::predict::mix::features::{TOKEN, TOKEN_PAIR, TOKEN_QUADRUPLE, TOKEN_TRIPLE, order, sparse, with};

pub(super) static PROSE: Ensemble = Ensemble {
    guided: true,
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
        with(0, WRAP),
        with(0xFF, CLASSES),
        with(0, TOKEN),
        with(0, TOKEN_PAIR),
        with(0, TOKEN_TRIPLE),
        with(0, TOKEN_QUADRUPLE),
    ],
    matches: &[5, 12],
    selectors: &[
        Selector::Match,
        Selector::Partial,
        Selector::Byte1,
        Selector::Known,
        Selector::Mark(CLASS_MARK, 256),
        Selector::Hint,
    ],
    finals: &[Selector::Mark(CLASS_MARK, 256), Selector::Hint],
    calibration: &[order(1), order(3)],
    ..prose::PROSE
};

pub(super) static STRUCTURE: Ensemble = Ensemble {
    guided: true,
    leaves: &leaves::STRUCTURE,
    contexts: &[
        order(2),
        order(4),
        with(0, parts::WORD),
        with(0, parts::WORD_PAIR),
        with(0xFF, parts::WORD),
        with(0, parts::GAP),
        sparse(0xFFFF_0000),
        with(0, parts::COLUMN),
        with(0xFF, parts::CLASSES),
        with(0, parts::ABOVE_NUMBER),
        with(0, parts::FIELD),
        with(0, parts::SLOT_TEXT),
        with(0, parts::SLOT_LENGTH),
        with(0xFF, parts::SAME),
        with(0, parts::SAME_NUMBER),
        with(0xFF, parts::FOLLOWERS),
        with(0, TOKEN),
        with(0, TOKEN_PAIR),
        with(0, TOKEN_TRIPLE),
        with(0, TOKEN_QUADRUPLE),
    ],
    selectors: &[
        Selector::Agreement,
        Selector::Byte1,
        Selector::Mark(parts::PLACE_MARK, parts::PLACES),
        Selector::Mark(parts::CLASS_MARK, 256),
        Selector::Hint,
    ],
    finals: &[Selector::MatchOrPartial, Selector::Hint],
    ..structure::STRUCTURE
};
