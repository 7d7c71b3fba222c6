//! Whether a token ends where a longer one could go on: a decision with a small mix of its own.
//!
//! How a text is cut into tokens follows from its bytes, so what comes next decides it as much as what came; a seventh of short articles is spent here. The
//! experts are maps of hashed contexts, all of them with the token that would end.

use crate::coder::binary::{BitCoder, PROB_MAX, PROB_MIN};
use crate::error::Result;
use crate::kernels::vector::{Lanes, ROW};
use crate::predict::logistic::{STRETCH_LIMIT, UNIT, squash, stretch};
use crate::predict::mix::gate::{Gate, ONE, Rates};
use crate::predict::mix::hash::combine;
use crate::predict::mix::map::Map;
use crate::predict::mix::primer::tables::Row;

const MAPS: usize = 11;
/// Inputs before those of the maps: the odds in two forms, a constant, and none.
const FRONT: usize = 4;
const LIMIT: u32 = 250;
const RATES: Rates = Rates { first: 120, last: 10, half: 13 };
/// What the weight of the odds begins with, and of each map.
const ODDS_WEIGHT: i16 = ONE / 4 * 3;
const MAP_WEIGHT: i16 = ONE / 32;
/// Tokens that rows tell apart, by their lowest bits.
const TOKENS: usize = 1 << 10;
/// Lengths of matches that rows tell apart.
const LENGTHS: u32 = 16;
const STEPS: i32 = 16;
/// Decisions that count as seen behind a primer, for the rate: 2^9, 2^12 and 2^15 differ by less than 0.1 %.
const PRIMED_AGE: usize = 1 << 13;

/// What the decision can depend on.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The transformer's odds that the token ends.
    pub odds: u32,
    /// The token that would end.
    pub token: u32,
    /// The two before it, the latest first.
    pub before: [u32; 2],
    /// The last bytes, the latest lowest.
    pub last: u64,
    /// Hashes of the present word, and of it and the one before.
    pub words: [u64; 2],
    /// Whether a match expects a byte.
    pub is_expected: bool,
    /// Whether a token goes on with that byte.
    pub goes_on: bool,
    /// Length of the match.
    pub length: u32,
}

/// See the module.
pub struct End {
    maps: Vec<Map>,
    log2: u32,
    gate: Gate,
    coded: usize,
}

fn maps(log2: u32) -> Result<Vec<Map>> {
    (0..MAPS).map(|_| Map::new(1 << log2, LIMIT)).collect()
}

fn begins(input: usize) -> i16 {
    if input == 0 { ODDS_WEIGHT } else { MAP_WEIGHT }
}

/// Log2 of the cells of a map for a group of that length.
pub fn log2(group_len: usize) -> u32 {
    group_len.clamp(1 << 12, 1 << 17).next_power_of_two().trailing_zeros() + 1
}

impl End {
    /// One that has seen nothing, with maps of `1 << log2` cells.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(log2: u32) -> Result<Self> {
        let sets = [TOKENS, 256, 4 * LENGTHS as usize];
        Ok(End { maps: maps(log2)?, log2, gate: Gate::new(1, &sets, &[STEPS as usize], begins)?, coded: 0 })
    }

    /// Codes the weights of the gate, and takes over what a decoder makes of them. They are kept in steps of `1 << step`, of 2^28 for one.
    pub fn code_gate<C: BitCoder>(&mut self, coder: &mut C, step: u32) {
        let mut row = Row::default();
        self.gate.retell(begins, |values, first| row.code(coder, values, first, 1 << step.min(28)));
    }

    /// Makes the weights of the gate the base of [`End::fork`]. It only serves as a start from then on.
    pub fn share(&mut self) {
        self.gate.share();
    }

    /// One for a group of about `group_len` bytes that begins with these shared weights, and with maps that have seen nothing: with what other texts have taught
    /// them articles became 0.5 % larger.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn fork(&self, group_len: usize) -> Result<Self> {
        let log2 = log2(group_len);
        Ok(End { maps: maps(log2)?, log2, gate: self.gate.fork()?, coded: PRIMED_AGE })
    }

    /// A copy of what is kept.
    pub fn duplicate(&self) -> Self {
        End { maps: Vec::new(), gate: self.gate.clone(), ..*self }
    }

    /// Forgets what is in maps, and keeps all else.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn forget_maps(&mut self) -> Result<()> {
        self.maps = maps(self.log2)?;
        Ok(())
    }

    /// Bytes that one with maps of `1 << log2` cells takes.
    pub fn memory(log2: u32) -> u64 {
        ((MAPS * 4) << log2) as u64 + (1 << 17)
    }

    /// Codes whether the token ends, and learns it; a decoder ignores `bit`.
    #[inline(always)]
    pub fn code<L: Lanes, C: BitCoder>(&mut self, coder: &mut C, place: &Place, bit: u32) -> u32 {
        let said = stretch(place.odds);
        let mut inputs = [[0i16; ROW]; 1];
        inputs[0][..3].copy_from_slice(&[said as i16, ((place.odds as i32 - 32_768) >> 5) as i16, UNIT as i16]);
        let mut cells = [0; MAPS];
        let pairs = inputs[0][FRONT..].as_chunks_mut::<2>().0;
        for (((map, context), cell), pair) in self.maps.iter_mut().zip(place.contexts()).zip(&mut cells).zip(pairs) {
            *cell = (context >> (64 - self.log2)) as usize;
            let p = map.p(*cell);
            *pair = [stretch(p) as i16, ((p as i32 - 32_768) >> 5) as i16];
        }
        let confidence = (said + STRETCH_LIMIT) * STEPS / (2 * STRETCH_LIMIT + 1);
        let blend = self.gate.blend::<L>(&place.rows(), &[confidence as usize], &inputs);
        let bit = coder.code(bit, squash(blend).clamp(PROB_MIN, PROB_MAX)) & 1;
        self.gate.learn::<L>(&inputs, bit, RATES.at(self.coded));
        self.coded += 1;
        self.maps.iter_mut().zip(cells).for_each(|(map, cell)| map.learn(cell, bit));
        bit
    }
}

impl Place {
    fn contexts(&self) -> [u64; MAPS] {
        let last = |bytes: u32| self.last & ((1 << (8 * bytes)) - 1);
        let [before, second] = self.before.map(u64::from);
        let seen = [
            0,
            before,
            second,
            last(4),
            last(6),
            u64::from(self.length.min(32)) << 1 | u64::from(self.goes_on),
            self.words[0],
            self.words[1],
            last(2),
            ((stretch(self.odds) + STRETCH_LIMIT) >> 7) as u64,
            before << 32 | second,
        ];
        let token = u64::from(self.token);
        std::array::from_fn(|map| combine(combine(token, seen[map]), map as u64 + 1))
    }

    fn rows(&self) -> [usize; 3] {
        let matched = usize::from(self.is_expected) << 1 | usize::from(self.goes_on);
        let length = self.length.min(LENGTHS - 1) as usize;
        [self.token as usize % TOKENS, (self.last & 0xFF) as usize, matched * LENGTHS as usize + length]
    }
}
