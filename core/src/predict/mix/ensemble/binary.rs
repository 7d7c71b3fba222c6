//! Binary data that is no code - records, tables, images, databases - and code for processors that have no ensemble of their own: a lean
//! ensemble, and a full one for level 9, which is 1.6 % smaller and takes a third longer.
//!
//! Lost without a part, in percent, the mean over the first 100,000 bytes each of fifteen files (`kennedy.xls`, `ptt5` and `sum` of the Canterbury corpus, a
//! database, protocol buffers, a chess table, weights of a network, a font, time zones, `magic.mgc`, translations, a graph of a
//! compiler, Java classes, debugging information, Python bytecode; 264,131 bytes lean, 259,890 full). A context was replaced by order 0.
//!
//! | part | lean | full | | part | lean | full |
//! |---|--:|--:|---|---|--:|--:|
//! | last 2 bytes | 0.91 | 0.65 | | bytes 2-3 | 0.55 | 0.41 |
//! | last 3 bytes | 0.26 | 0.11 | | byte 2; the upper halves | | 0.08; 0.19 |
//! | last 6 bytes | 0.63 | 0.55 | | [`WORD`] | 0.79 | 0.72 |
//! | [`ABOVE_TWICE`] | 0.27 | 0.25 | | [`WORD_PAIR`] | | 0.05 |
//! | [`GRADIENT`] | 0.09 | 0.06 | | [`MATCHED`] | 0.92 | 0.80 |
//! | [`AROUND`] | 0.13 | 0.06 | | [`FOLLOWED`] | 0.52 | 0.34 |
//! | [`COLUMN`] | 0.04 | 0.03 | | sets: match; partial | 0.18; 0.24 | 0.17; 0.10 |
//! | [`SECOND`] | 0.80 | 0.43 | | byte 1; byte 2 | | 0.11; 0.10 |
//! | [`ABOVE`] | 0.20 | 0.17 | | column; alignment | -0.16; 0.25 | -0.09; 0.23 |
//! | bytes 4 and 8 | 0.95 | 0.67 | | classes | 1.92 | 1.32 |
//! | bytes 1 and 4 | | 0.09 | | pair | 0.44 | 0.42 |
//! | bytes 2 and 4 | 0.31 | 0.10 | | matches from 5; from 12 | | 1.09; 0.23 |
//!
//! The column's set is worth 0.7 to 1.7 % where records have one length throughout (weights, `magic.mgc`), and more on longer files.
//! Order 0 gains 1.7 %: other contexts are nearly always unknown at first. The last byte, the last four, and the byte above with the last one or
//! two, beside these, gain nothing or lose.

use super::{Ensemble, RATES, Selector, leaves};
use crate::predict::mix::features::binary::*;
use crate::predict::mix::features::{Kind, order, sparse, with};
use crate::predict::mix::worth::Second;

pub(super) static BINARY_FULL: Ensemble = Ensemble {
    kind: Kind::Binary,
    guided: false,
    leaves: &leaves::BINARY,
    contexts: &[
        order(0),
        order(2),
        order(3),
        order(6),
        with(0, ABOVE_TWICE),
        with(0, GRADIENT),
        with(0, AROUND),
        with(0, COLUMN),
        with(0, SECOND),
        with(0, ABOVE),
        with(0xFF00_0000_FF00_0000, ALIGNMENT),
        with(0xFF00_00FF, ALIGNMENT),
        sparse(0xFF00_FF00),
        sparse(0xFF_FF00),
        sparse(0xFF00),
        sparse(0xF0F0_F0FF),
        with(0xFF, WORD),
        with(0, WORD_PAIR),
        with(0xFF, MATCHED),
        with(0xFF, FOLLOWED),
    ],
    second: Second::Linear,
    chains: &[],
    matches: &[5, 12],
    guesses: &[],
    selectors: &[
        Selector::Match,
        Selector::Partial,
        Selector::Byte1,
        Selector::Byte2,
        Selector::Mark(COLUMN_MARK, 256),
        Selector::Mark(ALIGNMENT_MARK, 64),
        Selector::MarkAlone(CLASSES_MARK, 512),
        Selector::Pair(4, 5),
    ],
    finals: &[Selector::MatchOrPartial],
    rates: RATES,
    calibration: &[with(0, MATCH_LENGTH), order(1), with(0, ABOVE)],
};

pub(super) static BINARY: Ensemble = Ensemble {
    contexts: &[
        order(0),
        order(2),
        order(3),
        order(6),
        with(0, ABOVE_TWICE),
        with(0, GRADIENT),
        with(0, AROUND),
        with(0, COLUMN),
        with(0, SECOND),
        with(0, ABOVE),
        with(0xFF00_0000_FF00_0000, ALIGNMENT),
        sparse(0xFF00_FF00),
        sparse(0xFF_FF00),
        with(0xFF, WORD),
        with(0xFF, MATCHED),
        with(0xFF, FOLLOWED),
    ],
    matches: &[6],
    selectors: &[
        Selector::Match,
        Selector::Partial,
        Selector::Mark(COLUMN_MARK, 256),
        Selector::Mark(ALIGNMENT_MARK, 64),
        Selector::MarkAlone(CLASSES_MARK, 512),
        Selector::Pair(4, 5),
    ],
    calibration: &[order(1), with(0, ABOVE)],
    ..BINARY_FULL
};
