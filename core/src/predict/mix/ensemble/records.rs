//! Short records under a primer.
//!
//! Chosen on the first 600 lines of eight files - four logs, product JSON, DNS and TLS logs and a table of polls - each line of the second half coded alone after
//! reading the first. With eight more contexts (bytes 1-3, 1-5 and 1-6, word pair, gap, template and token, key and text, column) the lines were 0.5 % larger and took half again as long.
//! A multiple of four is made up by the last three bytes. Left out alone, of 23 contexts, the worst were *token and place* (0.42 % larger) and *shape* (0.20 %); of the sets *start* (0.46 %), classes (0.25 %), byte 1 (0.22 %) and template
//! (0.19 %). Two more sets, of known contexts and of the place in the token, gained 0.1 % each.

use super::{Ensemble, RATES, Selector, leaves};
use crate::predict::mix::features::records::*;
use crate::predict::mix::features::{Kind, order, sparse, with};
use crate::predict::mix::worth::Second;

pub(super) static RECORDS: Ensemble = Ensemble {
    kind: Kind::Records,
    guided: false,
    leaves: &leaves::STRUCTURE,
    contexts: &[
        order(1),
        order(2),
        order(3),
        order(4),
        with(0, WORD),
        with(0, START),
        with(0, TEMPLATE_PLACE),
        with(0, FIELD),
        with(0, FIELD_PAIR),
        with(0, KEY_PLACE),
        with(0xFF, CLASSES),
        with(0, TEMPLATE_PAIR),
        with(0, SHAPE),
        with(0, TOKENS),
        with(0, TOKEN_PLACE),
        sparse(0xFF_FF00),
    ],
    second: Second::Sure,
    chains: &[],
    matches: &[5, 12],
    guesses: &[],
    selectors: &[
        Selector::Match,
        Selector::Partial,
        Selector::Byte1,
        Selector::Mark(TEMPLATE_MARK, 1024),
        Selector::Mark(CLASS_MARK, 256),
        Selector::Mark(START_MARK, 256),
    ],
    finals: &[Selector::MatchOrPartial],
    rates: RATES,
    calibration: &[order(1), with(0, TEMPLATE_PLACE)],
};
