//! x86 machine code behind its branch filter: a lean ensemble, and a full one for level 9. The lean one is 1.2 % larger on 850 KB of three
//! programs and libraries (271,859 bytes), in a little more than half of the time.
//!
//! Of the full one, bytes lost without a part, on 460,800 bytes cut from five places of `ooffice` of the Silesia corpus (134,900 with all), measured in
//! a laboratory engine with other slots: [`REPLAY`] 943, [`NAMED`] 326, [`FULL`] 130. Of the contexts added one at a time to a list without
//! them: the opcodes of the last two 1,148 and the last four 794, [`SKIP`] 959, [`IMMEDIATE`] 721, [`DISPLACEMENT`] 455, bytes 4 and 8 back 311.
//! Opcodes alone beat whole structures over longer histories. Of the gate's sets the last three together are worth 0.13 %, those before
//! them from the tenth on 0.44 %, the second final gate 0.08 %. Contexts beyond these gain less than 0.2 % each.

use super::{Ensemble, RATES, Selector, leaves};
use crate::predict::mix::features::x86::*;
use crate::predict::mix::features::{Kind, order, with};
use crate::predict::mix::worth::Second;

pub(super) static X86_FULL: Ensemble = Ensemble {
    kind: Kind::X86,
    guided: false,
    leaves: &leaves::X86_FULL,
    contexts: &[
        order(2),
        order(3),
        order(4),
        order(6),
        with(0, FULL),
        with(0, AFTER_1),
        with(0, AFTER_2),
        with(0, AFTER_3),
        with(0, BYTES_1),
        with(0, BYTES_2),
        with(0, BYTES_3),
        with(0, OPCODES_2),
        with(0, OPCODES_4),
        with(0, SKIP),
        with(0xFF, REPLAY),
        with(0, DISPLACEMENT),
        with(0, IMMEDIATE),
        with(0, OPERAND),
        with(0, FOLLOWER),
        with(0xFF_FF00, FIELD),
        with(0xFF00_0000_FF00_00FF, ALIGNMENT),
        with(0xFF, WORD),
        with(0, NAMED),
        order(1),
    ],
    second: Second::Linear,
    chains: &[4, 4, 3],
    matches: &[5, 12],
    guesses: &[replay::TRUST],
    selectors: &[
        Selector::Match,
        Selector::Partial,
        Selector::Byte1,
        Selector::Known,
        Selector::MarkPartial(FIELD_MARK, 32),
        Selector::Mark(OPCODE_MARK, 512),
        Selector::Mark(LAST_OPCODE_MARK, 512),
        Selector::Byte2,
        Selector::Guess { guess: REPLAY_GUESS, holds: REPLAY_MARK, fails: FIELD_MARK, values: 256 },
        Selector::Mark(ALIGNMENT_MARK, 64),
        Selector::MarkAlone(CLASSES_MARK, 512),
        Selector::Mark(FIELD_MARK, 32),
        Selector::Chains(100),
        Selector::Pair(6, 9),
        Selector::Pair(1, 3),
    ],
    finals: &[Selector::Mark(FIELD_MARK, 32), Selector::MatchOrPartial],
    rates: RATES,
    calibration: &[with(0, FIELD), order(1), order(3)],
};

pub(super) static X86: Ensemble = Ensemble {
    leaves: &leaves::X86,
    contexts: &[
        order(3),
        order(6),
        with(0, FULL),
        with(0, AFTER_1),
        with(0, AFTER_3),
        with(0, BYTES_1),
        with(0, OPCODES_2),
        with(0, OPCODES_4),
        with(0, SKIP),
        with(0xFF, REPLAY),
        with(0, DISPLACEMENT),
        with(0, OPERAND),
        with(0, FOLLOWER),
        with(0xFF_FF00, FIELD),
        with(0xFF00_0000_FF00_00FF, ALIGNMENT),
        with(0, NAMED),
    ],
    chains: &[],
    matches: &[8],
    selectors: &[
        Selector::MarkPartial(FIELD_MARK, 32),
        Selector::Mark(OPCODE_MARK, 512),
        Selector::Mark(LAST_OPCODE_MARK, 512),
        Selector::Guess { guess: REPLAY_GUESS, holds: REPLAY_MARK, fails: FIELD_MARK, values: 256 },
        Selector::Byte2,
        Selector::MarkAlone(CLASSES_MARK, 512),
    ],
    finals: &[Selector::Mark(FIELD_MARK, 32), Selector::MatchOrPartial],
    calibration: &[with(0, FIELD), order(1)],
    ..X86_FULL
};
