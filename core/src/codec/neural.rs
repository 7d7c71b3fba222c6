//! `neural`: the context mix beside a transformer.
//!
//! The text is cut into tokens. For each token the transformer gives integer frequencies of all tokens; the token trie turns them into odds of each
//! decision about the next byte, which join the inputs of the mix's gate ([`predict::mix`](crate::predict::mix)), and into odds of whether the token ends, a
//! decision with a small mix of its own (`neural/end.rs`). Both learn as they go, so that the transformer counts for as much as it is worth in this text.
//!
//! [`Params::ensemble`]: an ensemble for use beside a guide, or [`PURE`] for the transformer alone. [`Params::arg`]: bits 0-7 are log2 of the mix's table in cache lines, as of codec
//! [`mix`]; 0 for [`PURE`]. The one model of a group brings the transformer, and perhaps a
//! [`primer`] that says what all that learns begins with. State continues from block to block; a token ends at the end of its block.
//!
//! An encoder knows all tokens and lets the transformer take many at once; a decoder takes them one by one. Both do the same with what it says.

mod end;
mod feed;
mod guide;
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
use crate::neural::{Transformer, Trie, Walk};
use crate::predict::mix::ensemble::{Ensemble, GUIDED_PROSE, GUIDED_STRUCTURE, ensemble};
use end::End;
use feed::{Feed, ROWS};
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
    isa: Isa,
}

/// What codes tokens.
enum Group {
    Mixed(Box<Mixed>),
    Pure(Box<Pure>),
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
        let primer = model.part(primer::PART).map(|part| Primer::of(part, limits.memory - needed)).transpose()?;
        let group = Group::new(params, transformer.trie()?, primer.as_deref())?;
        Ok(Neural { feed: Feed::new(&transformer)?, transformer, group, isa: Isa::best() })
    }

    /// Begins to count what each expert contributes, for [`Neural::shares`].
    pub fn count_shares(&mut self) {
        if let Group::Mixed(group) = &mut self.group {
            group.mix.count_shares();
        }
    }

    /// The experts of the mix by their names, the transformer last, and what each has contributed since [`Neural::count_shares`]: the sum of its part of the gate's
    /// blend in favour of what came, in 2^-20 natural-log units. Below 0 an expert has done more harm than good. Where tokens end does not count.
    pub fn shares(&self) -> Vec<(String, i64)> {
        match &self.group {
            Group::Mixed(group) => group.mix.shares(),
            Group::Pure(_) => Vec::new(),
        }
    }

    /// Codes `block`, all of whose tokens are known.
    fn code<C: BitCoder>(&mut self, coder: &mut C, block: &[u8]) -> Result<()> {
        let Neural { transformer, feed, group, isa } = self;
        let (tokenizer, trie) = (transformer.tokenizer(), transformer.trie()?);
        let tokens = tokenizer.encode_bytes(block);
        let (mut rest, mut left, mut bytes) = (&tokens[..], block, Vec::new());
        while !rest.is_empty() {
            let (now, later) = rest.split_at(feed.room(ROWS).min(rest.len()));
            feed.foretell(transformer, now)?;
            for (index, &token) in now.iter().enumerate() {
                trie.begin(group.walk(), feed.frequencies(transformer, index)?);
                let len = tokenizer.bytes(token).map_or(0, <[u8]>::len);
                group.code(*isa, trie, coder, &left[..len], left.len(), &mut bytes);
                bytes.clear();
                feed.take(token);
                left = &left[len..];
            }
            rest = later;
        }
        Ok(())
    }

    /// Bytes of memory that a group takes, of an encoder or a decoder, its model aside.
    pub fn memory(params: &Params) -> u64 {
        if params.ensemble == PURE { 0 } else { Mix::memory(params) + End::memory(end::log2(params.group_len)) }
    }
}

impl Group {
    fn new(params: &Params, trie: &Trie, primer: Option<&Primer>) -> Result<Self> {
        if params.ensemble == PURE {
            return Ok(Group::Pure(Box::new(Pure::new(params, trie)?)));
        }
        let (ensemble, lines) = (ensemble_numbered(params.ensemble)?, mix::lines_log2(params)?);
        let mixed = match primer {
            None => Mixed::new(ensemble, lines, params.group_len, trie)?,
            Some(primer) if primer.ensemble == params.ensemble => primer.begin(lines, params.group_len, trie)?,
            Some(_) => return Err(Error::corrupt("a primer of another ensemble")),
        };
        Ok(Group::Mixed(Box::new(mixed)))
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
