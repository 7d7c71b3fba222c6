//! Natural language: a lean ensemble, and a full one of twice the contexts that gains 1 %.
//!
//! Bytes that leaving something out of the lean one costs, of 497,910 (the first megabyte of `dickens` and four texts of the Canterbury corpus): the line
//! above, in whose place where lines break stands now, 8,800, classes 1,800, order 0 1,300, word and the one before the last 1,000, word triple 1,000.
//!
//! In the full one, of 290,487 bytes (`alice29.txt`, 500,000 bytes of `dickens`, 200,000 of `plrabn12.txt` and of a novel, 150,000 of a German manual,
//! 100,000 of a textbook): where lines break gained 1,190, the room that is left 240, classes with two bytes 200, the first word of the sentence 200, the
//! folded contexts 120 together, the lengths of words 80; the set by the word's first letter 520 and that by two histories 420; final gates by classes and first
//! letters 210. Sets by match and the byte before the last, and sparse contexts of bytes 2-3 and 3-4, were worth nothing beside these and went.
//! Stems of consonants, suffixes and lengths of the words before, their initials, the last mark of punctuation, four words,
//! and orders 3 to 6 folded each gained less than 0.03 % alone.

use super::{Ensemble, RATES, Selector, leaves};
use crate::predict::mix::features::prose::{
    ABOVE, CLASS_MARK, CLASSES, ENDING, FOLDED, GAP, INITIAL_MARK, LENGTH, ROOM, SENTENCE, WORD, WORD_PAIR, WORD_SKIP,
    WORD_TRIPLE, WRAP,
};
use crate::predict::mix::features::{Kind, order, sparse, with};
use crate::predict::mix::gate::Rates;
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
        with(0, WRAP),
        with(0xFF, CLASSES),
    ],
    second: Second::Sure,
    chains: &[],
    matches: &[8],
    guesses: &[],
    selectors: &[Selector::Partial, Selector::Byte1, Selector::Known, Selector::Mark(CLASS_MARK, 256)],
    finals: &[Selector::Mark(CLASS_MARK, 256)],
    rates: RATES,
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
        sparse(0xFF00_FF00),
        with(0, ABOVE),
        with(0xFF, CLASSES),
        with(0, WRAP),
        with(0, ROOM),
        with(0xFFFF, CLASSES),
        with(0, SENTENCE),
        with(0, ENDING),
        with(0, LENGTH),
        with(0, FOLDED),
    ],
    matches: &[5, 12, 24],
    selectors: &[
        Selector::Partial,
        Selector::Byte1,
        Selector::Known,
        Selector::Mark(CLASS_MARK, 256),
        Selector::Mark(INITIAL_MARK, 256),
        Selector::Pair(8, 4),
    ],
    finals: &[Selector::Mark(CLASS_MARK, 256), Selector::Mark(INITIAL_MARK, 256)],
    rates: Rates { half: 15, ..RATES },
    calibration: &[order(1), order(2), order(3)],
    ..PROSE
};
