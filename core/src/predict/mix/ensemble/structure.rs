//! Markup, lines and code: a lean ensemble, and a full one for level 9. The lean one leaves out order 3, order 8, bytes 2-3, *above* and *above and
//! word* (0.1 % each alone), a match model and two sets; together that cost 1.3 % on 19 files of records, markup and code, and spared a third of the time.
//!
//! Of the full one, bytes that leaving something out costs, of 96,777 (20 slices of tables, markup, JSON, logs, code and SQL, 980,000 bytes, on which the
//! set was chosen) with order 5 in it:
//!
//! | left out | | left out | |
//! |---|--:|---|--:|
//! | the four of the slot | 1,900 | order 3 | 71 |
//! | word, word pair, gap | 1,011 | order 8 (it is for long files) | 1 |
//! | the four of the line above | 906 | both guesses | 161 |
//! | order 2 | 624 | match from 24 | 53 |
//! | classes | 376 | set: class | 507 |
//! | word and byte | 360 | set: agreement | 499 |
//! | followers | 201 | set: match | 226 |
//! | bytes 2-3 and 3-4 | 149 | set: byte 1, place | 196, 150 |
//! | field | 101 | set: known | 15 |
//!
//! Order 5 serves long files: it gained 0.07 % on 5.3 MB of XML (283,312 bytes with it) and 0.11 % on 1.3 MB of Go, HTML and TEI that nothing was tuned on. Orders 4 and 5 together gained 0.35 % there and lost 0.06 % here. Twice as many
//! contexts lose 2 % on slices like these and gain 0.3 % on the XML.
//!
//! A last rate of 24 in place of 10 gains 0.5 to 0.6 % on 5.3 MB of XML, 0.3 % on 1.7 MB of JSON and nothing on 600 KB of code and markup, and loses 0.3 % on 2.8 MB of CSV; 44 gains
//! as much on the XML and loses on the rest.

use super::{Ensemble, RATES, Selector, leaves};
use crate::predict::mix::features::structure::{
    ABOVE, ABOVE_NUMBER, ABOVE_WORD, CLASS_MARK, CLASSES, COLUMN, FIELD, FOLLOWERS, GAP, GUESS_CLASSES, PLACE_MARK,
    PLACES, SAME, SAME_NUMBER, SLOT_LENGTH, SLOT_TEXT, WORD, WORD_PAIR,
};
use crate::predict::mix::features::{Kind, order, sparse, with};
use crate::predict::mix::gate::Rates;
use crate::predict::mix::worth::Second;

pub(super) static STRUCTURE: Ensemble = Ensemble {
    kind: Kind::Structure,
    guided: false,
    leaves: &leaves::STRUCTURE,
    contexts: &[
        order(2),
        order(4),
        with(0, WORD),
        with(0, WORD_PAIR),
        with(0xFF, WORD),
        with(0, GAP),
        sparse(0xFFFF_0000),
        with(0, COLUMN),
        with(0xFF, CLASSES),
        with(0, ABOVE_NUMBER),
        with(0, FIELD),
        with(0, SLOT_TEXT),
        with(0, SLOT_LENGTH),
        with(0xFF, SAME),
        with(0, SAME_NUMBER),
        with(0xFF, FOLLOWERS),
    ],
    second: Second::Sure,
    chains: &[],
    matches: &[5, 16],
    guesses: &[GUESS_CLASSES, GUESS_CLASSES],
    selectors: &[
        Selector::Agreement,
        Selector::Byte1,
        Selector::Mark(PLACE_MARK, PLACES),
        Selector::Mark(CLASS_MARK, 256),
    ],
    finals: &[Selector::MatchOrPartial],
    rates: Rates { last: 24, ..RATES },
    calibration: &[order(1), order(3)],
};

pub(super) static STRUCTURE_FULL: Ensemble = Ensemble {
    contexts: &[
        order(1),
        order(2),
        order(3),
        order(4),
        order(5),
        order(6),
        order(8),
        with(0, WORD),
        with(0, WORD_PAIR),
        with(0xFF, WORD),
        with(0, GAP),
        sparse(0xFF_FF00),
        sparse(0xFFFF_0000),
        with(0, COLUMN),
        with(0xFF, CLASSES),
        with(0xFF, ABOVE),
        with(0, ABOVE_WORD),
        with(0, ABOVE_NUMBER),
        with(0, FIELD),
        with(0, SLOT_TEXT),
        with(0, SLOT_LENGTH),
        with(0xFF, SAME),
        with(0, SAME_NUMBER),
        with(0xFF, FOLLOWERS),
    ],
    matches: &[5, 12, 24],
    selectors: &[
        Selector::Match,
        Selector::Agreement,
        Selector::Byte1,
        Selector::Known,
        Selector::Mark(PLACE_MARK, PLACES),
        Selector::Mark(CLASS_MARK, 256),
    ],
    finals: &[Selector::MatchOrPartial, Selector::Agreement],
    calibration: &[order(1), order(2), order(3)],
    ..STRUCTURE
};
