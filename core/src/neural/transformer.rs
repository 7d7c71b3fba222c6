//! A transformer as data is coded with it: network, tokens, and how a text begins.

use super::{Accumulator, Network, Tokenizer, Vocabulary, Weights, Window};
use crate::error::{Error, Result};

/// All that a transformer is made of.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The network.
    pub weights: Weights<'a>,
    /// Its tokens; as many numbers as the network has outputs.
    pub vocabulary: &'a Vocabulary,
    /// The token that a text starts behind.
    pub start: u32,
    /// How attention adds up.
    pub accumulator: Accumulator,
}

/// A language model, ready to run. It is only read; threads share it.
#[derive(Debug)]
pub struct Transformer {
    network: Network,
    tokenizer: Tokenizer,
    start: u32,
    accumulator: Accumulator,
}

impl Transformer {
    /// Checks everything and packs the weights for this machine. Takes about as much memory as the weights do, and some 100 bytes a token.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where sizes do not fit or bounds are left, [`Error::Limit`], [`Error::OutOfMemory`].
    pub fn new(source: &Source<'_>) -> Result<Transformer> {
        let tokens = source.weights.shape.vocabulary;
        if source.vocabulary.size != tokens || source.start as usize >= tokens {
            return Err(Error::corrupt("a transformer's tokens do not fit its network"));
        }
        Ok(Transformer {
            network: Network::new(&source.weights)?,
            tokenizer: Tokenizer::new(source.vocabulary.clone())?,
            start: source.start,
            accumulator: source.accumulator,
        })
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Its tokens.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The token that a text starts behind: the first that a window sees.
    pub fn start(&self) -> u32 {
        self.start
    }

    /// How attention adds up.
    pub fn accumulator(&self) -> Accumulator {
        self.accumulator
    }

    /// A window without tokens.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn window(&self) -> Result<Window> {
        self.network.window(self.accumulator)
    }
}
