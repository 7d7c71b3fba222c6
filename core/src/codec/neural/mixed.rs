//! The mix beside the transformer: what learns, and how a token is coded.

use super::end::{self, End, Place};
use super::guide::{Confidence, TokenGuide};
use crate::coder::binary::BitCoder;
use crate::error::Result;
use crate::kernels::vector::{Lanes, LanesJob};
use crate::neural::{Odds, Trie, Walk};
use crate::predict::mix::ensemble::Ensemble;
use crate::predict::mix::features::prose::{WORD, WORD_PAIR};
use crate::predict::mix::features::{TOKEN, TOKEN_PAIR, TOKEN_QUADRUPLE, TOKEN_TRIPLE, structure};
use crate::predict::mix::hash::combine;
use crate::predict::mix::{Model, Scratch};

// Whether a token ends depends on words, whichever parser has found them.
const _: () = assert!(WORD == structure::WORD && WORD_PAIR == structure::WORD_PAIR);

/// The mix beside the transformer: what learns.
pub struct Mixed {
    pub mix: Model,
    pub scratch: Box<Scratch>,
    pub walk: Walk,
    pub end: End,
    pub confidence: Confidence,
    /// The last tokens, the latest first.
    pub before: [u32; 3],
}

/// Codes the bytes of a token, and where it ends.
pub struct CodeToken<'a, C> {
    pub group: &'a mut Mixed,
    pub trie: &'a Trie,
    pub coder: &'a mut C,
    /// The token's bytes; a decoder has none.
    pub known: &'a [u8],
    /// Bytes up to the end of the block.
    pub most: usize,
    /// Where the bytes go.
    pub out: &'a mut Vec<u8>,
}

impl<C: BitCoder> LanesJob for CodeToken<'_, C> {
    /// The token, or none where the block ends within one.
    type Output = Option<u32>;

    #[inline(always)]
    fn run<L: Lanes>(self) -> Option<u32> {
        let CodeToken { group, trie, coder, known, most, out } = self;
        let mut here = 0;
        for count in 0..most {
            group.tell_tokens(here);
            group.mix.prepare(&mut group.scratch);
            trie.begin_byte(&mut group.walk);
            let byte = known.get(count).copied().unwrap_or(0);
            let mut guide = TokenGuide::new(trie, &mut group.walk, &mut group.confidence);
            let byte = group.mix.code_guided::<L, C>(&mut group.scratch, coder, byte, &mut guide);
            trie.end_byte(&mut group.walk);
            out.push(byte);
            here = combine(here, u64::from(byte) + 1);
            let ends = match trie.end(&group.walk) {
                _ if count + 1 == most => true,
                Odds::Forced(bit) => bit == 1,
                Odds::Open(odds) => group.code_end::<L, C>(coder, trie, odds, count + 1 == known.len()),
            };
            if ends {
                break;
            }
        }
        let token = trie.token(&group.walk)?;
        group.before = [token, group.before[0], group.before[1]];
        Some(token)
    }
}

impl Mixed {
    /// One that knows nothing, with `1 << lines_log2` cache lines of slots, for groups of about `group_len` bytes.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(ensemble: &'static Ensemble, lines_log2: u32, group_len: usize, trie: &Trie) -> Result<Self> {
        let mix = Model::new(ensemble, lines_log2, group_len)?;
        Mixed::of(mix, End::new(end::log2(group_len))?, Confidence::new()?, trie)
    }

    /// One that has learnt so much, at the start of a text.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn of(mix: Model, end: End, confidence: Confidence, trie: &Trie) -> Result<Self> {
        Ok(Mixed { mix, scratch: Box::default(), walk: trie.walk()?, end, confidence, before: [0; 3] })
    }

    /// Tells the mix what contexts of tokens look at; `here` is a hash of the present token's bytes.
    #[inline(always)]
    pub fn tell_tokens(&mut self, here: u64) {
        let before = self.before.map(|token| u64::from(token) + 1);
        let pair = combine(here, before[0]);
        let triple = combine(pair, before[1]);
        let values = &mut self.mix.features().found.values;
        values[TOKEN] = here;
        values[TOKEN_PAIR] = pair;
        values[TOKEN_TRIPLE] = triple;
        values[TOKEN_QUADRUPLE] = combine(triple, before[2]);
    }

    /// Codes whether the token ends, where both ways are open.
    #[inline(always)]
    fn code_end<L: Lanes, C: BitCoder>(&mut self, coder: &mut C, trie: &Trie, odds: u32, ends: bool) -> bool {
        let (expected, length) = self.mix.expected();
        let found = &self.mix.features().found;
        let place = Place {
            odds,
            token: trie.token(&self.walk).unwrap_or(0),
            before: [self.before[0], self.before[1]],
            last: found.last,
            words: [found.values[WORD], found.values[WORD_PAIR]],
            is_expected: expected > 0,
            goes_on: expected > 0 && trie.goes_on(&self.walk, expected as u8),
            length,
        };
        self.end.code::<L, C>(coder, &place, u32::from(ends)) == 1
    }
}
