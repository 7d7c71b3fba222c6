//! `neural`: the context mix beside a transformer.
//!
//! The text is cut into tokens. For each token the transformer gives integer frequencies of all tokens; the token trie turns them into odds of each
//! decision about the next byte, which join the inputs of the mix's gate ([`predict::mix`](crate::predict::mix)), and into odds of whether the token ends, a
//! decision with a small mix of its own (`neural/end.rs`). Both learn as they go, so that the transformer counts for as much as it is worth in this text.
//!
//! [`Params::ensemble`]: an ensemble for use beside a guide, or [`PURE`] for the transformer alone. [`Params::arg`]: bits 0-7 are log2 of the mix's table in cache lines, as of codec
//! [`mix`]; 0 for [`PURE`]. The one model of a group brings the transformer. State continues from block to block; a token ends at the end of its block.
//!
//! An encoder knows all tokens and lets the transformer take many at once; a decoder takes them one by one. Both do the same with what it says.

mod end;
mod feed;
mod guide;
mod pure;
#[cfg(test)]
mod tests;

use crate::codec::mix::{self, Mix};
use crate::codec::{BlockCodec, Limits, Params};
use crate::coder::binary::{BinaryDecoder, BinaryEncoder, BitCoder};
use crate::error::{Error, Result};
use crate::kernels::Isa;
use crate::kernels::vector::{Lanes, LanesJob, dispatch_on};
use crate::model::Model;
use crate::neural::{Odds, Transformer, Trie, Walk};
use crate::predict::mix::ensemble::{Ensemble, GUIDED_PROSE, GUIDED_STRUCTURE, ensemble};
use crate::predict::mix::features::prose::{WORD, WORD_PAIR};
use crate::predict::mix::features::{TOKEN, TOKEN_PAIR, TOKEN_QUADRUPLE, TOKEN_TRIPLE, structure};
use crate::predict::mix::hash::combine;
use crate::predict::mix::{self as mixes, Scratch};
use end::{End, Place};
use feed::{Feed, ROWS};
use guide::{Confidence, TokenGuide};
pub use pure::PURE;
use pure::Pure;
use std::sync::Arc;

/// The part of a model that the codec needs.
pub const PART: &str = "transformer";
/// The ensembles that can be used.
pub const ENSEMBLES: [u8; 2] = [GUIDED_PROSE, GUIDED_STRUCTURE];

// Whether a token ends depends on words, whichever parser has found them.
const _: () = assert!(WORD == structure::WORD && WORD_PAIR == structure::WORD_PAIR);

/// The codec; see the module.
pub struct Neural {
    transformer: Arc<Transformer>,
    feed: Feed,
    group: Group,
    isa: Isa,
}

/// What codes tokens.
enum Group {
    Mixed(Box<Mixed>),
    Pure(Box<Pure>),
}

/// The mix beside the transformer: what learns.
struct Mixed {
    mix: mixes::Model,
    scratch: Box<Scratch>,
    walk: Walk,
    end: End,
    confidence: Confidence,
    /// The last tokens, the latest first.
    before: [u32; 3],
}

impl Neural {
    /// A codec for one group.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for an ensemble that is none for this codec or an unknown table size, [`Error::Corrupt`] for a model without a
    /// transformer, and as [`Model::transformer`]; [`Error::Limit`], [`Error::OutOfMemory`].
    pub fn new(params: &Params, model: &Model, limits: &Limits) -> Result<Self> {
        // Weights are packed beside the tensors; windows and logits are a small part of that.
        let needed = Neural::memory(params).saturating_add(model.tensor_bytes().saturating_mul(3));
        if needed > limits.memory {
            return Err(Error::Limit { what: "memory", needed, limit: limits.memory });
        }
        let transformer = model.transformer()?.ok_or(Error::corrupt("a model of codec neural without transformer"))?;
        let group = Group::new(params, transformer.trie()?)?;
        Ok(Neural { feed: Feed::new(&transformer)?, transformer, group, isa: Isa::best() })
    }

    /// Bytes of memory that a group takes, of an encoder or a decoder, its model aside.
    pub fn memory(params: &Params) -> u64 {
        if params.ensemble == PURE { 0 } else { Mix::memory(params) + End::memory(params.group_len) }
    }
}

impl Group {
    fn new(params: &Params, trie: &Trie) -> Result<Self> {
        if params.ensemble == PURE {
            return Ok(Group::Pure(Box::new(Pure::new(params, trie)?)));
        }
        Ok(Group::Mixed(Box::new(Mixed {
            mix: mixes::Model::new(ensemble_of(params)?, mix::lines_log2(params)?, params.group_len)?,
            scratch: Box::default(),
            walk: trie.walk()?,
            end: End::new(params.group_len)?,
            confidence: Confidence::new()?,
            before: [0; 3],
        })))
    }

    fn walk(&mut self) -> &mut Walk {
        match self {
            Group::Mixed(mixed) => &mut mixed.walk,
            Group::Pure(pure) => pure.walk(),
        }
    }

    /// Codes a token, of which a decoder does not know the bytes; see [`CodeToken`].
    fn code<C: BitCoder>(
        &mut self,
        isa: Isa,
        trie: &Trie,
        coder: &mut C,
        known: &[u8],
        most: usize,
        out: &mut Vec<u8>,
    ) -> Option<u32> {
        match self {
            Group::Mixed(group) => dispatch_on(isa, CodeToken { group, trie, coder, known, most, out }),
            Group::Pure(pure) => pure.code(coder, trie, known, most, out),
        }
    }
}

fn ensemble_of(params: &Params) -> Result<&'static Ensemble> {
    let unknown = Error::Unsupported { what: "ensemble", value: u64::from(params.ensemble) };
    ensemble(params.ensemble).filter(|_| ENSEMBLES.contains(&params.ensemble)).ok_or(unknown)
}

impl BlockCodec for Neural {
    fn encode(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let Neural { transformer, feed, group, isa } = self;
        let (tokenizer, trie) = (transformer.tokenizer(), transformer.trie()?);
        let tokens = tokenizer.encode_bytes(block);
        let mut coder = BinaryEncoder::new(out);
        let (mut rest, mut left, mut bytes) = (&tokens[..], block, Vec::new());
        while !rest.is_empty() {
            let (now, later) = rest.split_at(feed.room(ROWS).min(rest.len()));
            feed.foretell(transformer, now)?;
            for (index, &token) in now.iter().enumerate() {
                trie.begin(group.walk(), feed.frequencies(transformer, index)?);
                let len = tokenizer.bytes(token).map_or(0, <[u8]>::len);
                group.code(*isa, trie, &mut coder, &left[..len], left.len(), &mut bytes);
                bytes.clear();
                feed.take(token);
                left = &left[len..];
            }
            rest = later;
        }
        coder.finish();
        Ok(())
    }

    fn decode(&mut self, payload: &[u8], len: usize, out: &mut Vec<u8>) -> Result<()> {
        let Neural { transformer, feed, group, isa } = self;
        let trie = transformer.trie()?;
        let mut coder = BinaryDecoder::new(payload);
        let end = out.len().saturating_add(len);
        while out.len() < end && !coder.is_exhausted() {
            feed.foretell(transformer, &[0])?;
            trie.begin(group.walk(), feed.frequencies(transformer, 0)?);
            let most = end - out.len();
            out.try_reserve(most.min(crate::neural::TOKEN_MAX)).map_err(|_| Error::OutOfMemory { bytes: 1 })?;
            let token = group.code(*isa, trie, &mut coder, &[], most, out);
            feed.take(token.ok_or(Error::corrupt("a block ends within a token"))?);
        }
        coder.finish()
    }
}

/// Codes the bytes of a token, and where it ends.
struct CodeToken<'a, C> {
    group: &'a mut Mixed,
    trie: &'a Trie,
    coder: &'a mut C,
    /// The token's bytes; a decoder has none.
    known: &'a [u8],
    /// Bytes up to the end of the block.
    most: usize,
    /// Where the bytes go.
    out: &'a mut Vec<u8>,
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
    /// Tells the mix what contexts of tokens look at; `here` is a hash of the present token's bytes.
    #[inline(always)]
    fn tell_tokens(&mut self, here: u64) {
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
