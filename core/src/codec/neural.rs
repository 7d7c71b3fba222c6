//! `neural`: the context mix beside a transformer.
//!
//! The text is cut into tokens. For each token the transformer gives integer frequencies of all tokens; the token trie turns them into odds of each
//! decision about the next byte, which join the inputs of the mix's gate ([`predict::mix`](crate::predict::mix)), and into odds of whether the token ends, a
//! decision with a small mix of its own (`neural/end.rs`). Both learn as they go, so that the transformer counts for as much as it is worth in this text.
//!
//! [`Params::ensemble`]: an ensemble for use beside a guide, or [`PURE`] for the transformer alone. [`Params::arg`]: bits 0-7 are log2 of the mix's table in cache lines, as of codec
//! [`mix`]; 0 for [`PURE`]; bits 8-11 are log2 of the [`lanes`]. The one model of a group brings the transformer, and perhaps a
//! [`primer`] that says what all that learns begins with. State continues from block to block; a token ends at the end of its block.
//!
//! An encoder knows all tokens and lets the transformer take many at once; a decoder takes them one by one. Both do the same with what it says.

mod end;
mod feed;
mod guide;
pub mod lanes;
mod mixed;
pub mod primer;
mod pure;
mod student;
#[cfg(test)]
mod tests;

use crate::codec::mix::{self, Mix};
use crate::codec::{BlockCodec, Limits, Params};
use crate::coder::binary::{BinaryDecoder, BinaryEncoder, BitCoder};
use crate::error::{Error, Result};
use crate::kernels::Isa;
use crate::kernels::vector::dispatch_on;
use crate::model::Model;
use crate::neural::{TOKEN_MAX, Tokenizer, Transformer, Trie, Walk};
use crate::predict::mix::ensemble::{Ensemble, GUIDED_PROSE, GUIDED_STRUCTURE, ensemble};
use end::End;
use feed::{Feed, ROWS};
use lanes::Places;
use mixed::{CodeToken, Mixed};
use primer::Primer;
pub use pure::PURE;
use pure::Pure;
use std::sync::Arc;
pub(crate) use student::{Student, TEXT as STUDENT_TEXT};

/// The part of a model that the codec needs.
pub const PART: &str = "transformer";
/// The ensembles that can be used.
pub const ENSEMBLES: [u8; 2] = [GUIDED_PROSE, GUIDED_STRUCTURE];

/// The codec; see the module.
pub struct Neural {
    transformer: Arc<Transformer>,
    feed: Feed,
    group: Group,
    /// The number of lanes.
    lanes: usize,
    isa: Isa,
}

/// What codes tokens.
enum Group {
    Mixed(Box<Mixed>, Places),
    Pure(Box<Pure>),
}

impl Neural {
    /// A codec for one group.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for an ensemble that is none for this codec or an unknown table size, [`Error::Corrupt`] for a model without a
    /// transformer, and as [`Model::transformer`]; [`Error::Limit`], [`Error::OutOfMemory`].
    pub fn new(params: &Params, model: &Model, limits: &Limits) -> Result<Self> {
        let lanes = 1 << lanes::log2(params)?;
        let within = |needed: u64| match needed > limits.memory {
            true => Err(Error::Limit { what: "memory", needed, limit: limits.memory }),
            false => Ok(needed),
        };
        // Weights are packed beside the tensors; logits are a small part of that.
        let needed = within(Neural::memory(params).saturating_add(model.tensor_bytes().saturating_mul(3)))?;
        let transformer = model.transformer()?.ok_or(Error::corrupt("a model of codec neural without transformer"))?;
        let needed = within(needed.saturating_add(transformer.network().window_memory().saturating_mul(lanes as u64)))?;
        let primer = model.part(primer::PART).map(|part| Primer::of(part, limits.memory - needed)).transpose()?;
        let group = Group::new(params, transformer.trie()?, primer.as_deref())?;
        Ok(Neural { feed: Feed::new(&transformer, lanes)?, transformer, group, lanes, isa: Isa::best() })
    }

    /// Begins to count what each expert contributes, for [`Neural::shares`].
    pub fn count_shares(&mut self) {
        if let Group::Mixed(group, _) = &mut self.group {
            group.mix.count_shares();
        }
    }

    /// The experts of the mix by their names, the transformer last, and what each has contributed since [`Neural::count_shares`]: the sum of its part of the gate's
    /// blend in favour of what came, in 2^-20 natural-log units. Below 0 an expert has done more harm than good. Where tokens end does not count.
    pub fn shares(&self) -> Vec<(String, i64)> {
        match &self.group {
            Group::Mixed(group, _) => group.mix.shares(),
            Group::Pure(_) => Vec::new(),
        }
    }

    /// Codes `block`, all of whose tokens are known.
    fn code<C: BitCoder>(&mut self, coder: &mut C, block: &[u8]) -> Result<()> {
        let Neural { transformer, feed, group, lanes, isa } = self;
        let (tokenizer, trie) = (transformer.tokenizer(), transformer.trie()?);
        let mut texts: Vec<Known> =
            lanes::parts(block.len(), *lanes).map(|part| Known::new(tokenizer, &block[part])).collect();
        group.begin_block(block.len());
        let (mut bytes, mut open) = (Vec::new(), Vec::new());
        loop {
            open.clear();
            open.extend((0..texts.len()).filter(|&lane| !texts[lane].rest().is_empty()));
            let Some(rows) = ROWS.checked_div(open.len()) else { return Ok(()) };
            let most = |&lane: &usize| feed.room(lane, rows.max(1)).min(texts[lane].rest().len());
            let count = open.iter().map(most).min().unwrap_or(0);
            feed.foretell(transformer, open.iter().map(|&lane| (lane, &texts[lane].rest()[..count])))?;
            for token in 0..count {
                for (index, &lane) in open.iter().enumerate() {
                    trie.begin(group.walk(), feed.frequencies(transformer, index * count + token)?);
                    let (token, known, left) = texts[lane].next(tokenizer);
                    group.go_to(lane);
                    group.code(*isa, trie, coder, known, left, &mut bytes);
                    bytes.clear();
                    feed.take(lane, token);
                }
            }
        }
    }

    /// Bytes of memory that a group takes, of an encoder or a decoder, its model aside.
    pub fn memory(params: &Params) -> u64 {
        if params.ensemble == PURE {
            0
        } else {
            Mix::memory(&lanes::without(params)) + End::memory(end::log2(params.group_len))
        }
    }
}

/// The text of a lane that an encoder knows.
struct Known<'a> {
    bytes: &'a [u8],
    tokens: Vec<u32>,
    /// Tokens that are coded.
    done: usize,
}

impl<'a> Known<'a> {
    fn new(tokenizer: &Tokenizer, bytes: &'a [u8]) -> Self {
        Known { bytes, tokens: tokenizer.encode_bytes(bytes), done: 0 }
    }

    /// The tokens that are not coded yet.
    fn rest(&self) -> &[u32] {
        &self.tokens[self.done..]
    }

    /// Goes on behind the next token, which there is. Returns it, its bytes, and how many there are from its first on.
    fn next(&mut self, tokenizer: &Tokenizer) -> (u32, &'a [u8], usize) {
        let token = self.tokens[self.done];
        let left = self.bytes;
        let len = tokenizer.bytes(token).map_or(0, <[u8]>::len);
        (self.bytes, self.done) = (&left[len..], self.done + 1);
        (token, &left[..len], left.len())
    }
}

impl Group {
    fn new(params: &Params, trie: &Trie, primer: Option<&Primer>) -> Result<Self> {
        let (lanes, params) = (1 << lanes::log2(params)?, &lanes::without(params));
        if params.ensemble == PURE {
            return Ok(Group::Pure(Box::new(Pure::new(params, trie)?)));
        }
        let (ensemble, lines) = (ensemble_numbered(params.ensemble)?, mix::lines_log2(params)?);
        let mixed = match primer {
            None => Mixed::new(ensemble, lines, params.group_len, trie)?,
            Some(primer) if primer.ensemble == params.ensemble => primer.begin(lines, params.group_len, trie)?,
            Some(_) => return Err(Error::corrupt("a primer of another ensemble")),
        };
        Ok(Group::of(mixed, lanes))
    }

    fn of(mixed: Mixed, lanes: usize) -> Self {
        let places = Places::new(&mixed, lanes);
        Group::Mixed(Box::new(mixed), places)
    }

    /// Goes on in a block of `len` bytes.
    fn begin_block(&mut self, len: usize) {
        if let Group::Mixed(mixed, places) = self {
            places.begin_block(mixed, len);
        }
    }

    /// Goes on in another lane. What the transformer says alone does not depend on what came before.
    fn go_to(&mut self, lane: usize) {
        if let Group::Mixed(mixed, places) = self {
            places.go_to(mixed, lane);
        }
    }

    fn walk(&mut self) -> &mut Walk {
        match self {
            Group::Mixed(mixed, _) => &mut mixed.walk,
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
            Group::Mixed(group, _) => dispatch_on(isa, CodeToken { group, trie, coder, known, most, out }),
            Group::Pure(pure) => pure.code(coder, trie, known, most, out),
        }
    }
}

fn ensemble_numbered(number: u8) -> Result<&'static Ensemble> {
    let unknown = Error::Unsupported { what: "ensemble", value: u64::from(number) };
    ensemble(number).filter(|_| ENSEMBLES.contains(&number)).ok_or(unknown)
}

impl BlockCodec for Neural {
    fn encode(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let mut coder = BinaryEncoder::new(out);
        self.code(&mut coder, block)?;
        coder.finish();
        Ok(())
    }

    fn decode(&mut self, payload: &[u8], len: usize, out: &mut Vec<u8>) -> Result<()> {
        let Neural { transformer, feed, group, lanes, isa } = self;
        let trie = transformer.trie()?;
        let mut coder = BinaryDecoder::new(payload);
        let lens: Vec<usize> = lanes::parts(len, *lanes).map(|part| part.len()).collect();
        let (mut texts, mut open) = (vec![Vec::new(); *lanes], Vec::new());
        group.begin_block(len);
        while !coder.is_exhausted() {
            open.clear();
            open.extend((0..lens.len()).filter(|&lane| texts[lane].len() < lens[lane]));
            if open.is_empty() {
                break;
            }
            feed.foretell(transformer, open.iter().map(|&lane| (lane, &[0][..])))?;
            for (index, &lane) in open.iter().enumerate() {
                trie.begin(group.walk(), feed.frequencies(transformer, index)?);
                let text = &mut texts[lane];
                let most = lens[lane] - text.len();
                text.try_reserve(most.min(TOKEN_MAX)).map_err(|_| Error::OutOfMemory { bytes: TOKEN_MAX as u64 })?;
                group.go_to(lane);
                let token = group.code(*isa, trie, &mut coder, &[], most, text);
                feed.take(lane, token.ok_or(Error::corrupt("a block ends within a token"))?);
            }
        }
        coder.finish()?;
        out.try_reserve(len).map_err(|_| Error::OutOfMemory { bytes: len as u64 })?;
        texts.iter().for_each(|text| out.extend_from_slice(text));
        Ok(())
    }
}
