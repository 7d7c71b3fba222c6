//! A transformer as data is coded with it: network, tokens, and how a text begins.

use super::{Accumulator, BATCH, Frequencies, Network, Profile, Step, Tokenizer, Trie, Vocabulary, Window};
use crate::error::{Error, Result};
use std::sync::OnceLock;

/// The byte of the first leaf in the trees of all ensembles that go beside a transformer.
pub const TRIE_FIRST: u8 = b'{';

/// All that a transformer is made of.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The network.
    pub profile: Profile<'a>,
    /// Its tokens; as many numbers as the network has outputs.
    pub vocabulary: &'a Vocabulary,
    /// The token that a text starts behind.
    pub start: u32,
    /// How attention of czip's arithmetic adds up. Our own has no use for it.
    pub accumulator: Accumulator,
}

/// A language model, ready to run. It is only read; threads share it.
#[derive(Debug)]
pub struct Transformer {
    network: Network,
    tokenizer: Tokenizer,
    start: u32,
    accumulator: Accumulator,
    trie: OnceLock<Trie>,
}

impl Transformer {
    /// Checks everything and packs the weights for this machine. Takes about as much memory as the weights do, and some 100 bytes a token.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where sizes do not fit or bounds are left, [`Error::Limit`], [`Error::OutOfMemory`].
    pub fn new(source: &Source<'_>) -> Result<Transformer> {
        let tokens = match &source.profile {
            Profile::Czip(weights) => weights.shape.vocabulary,
            Profile::Vatic(weights) => weights.shape.vocabulary,
        };
        if source.vocabulary.size != tokens || source.start as usize >= tokens {
            return Err(Error::corrupt("a transformer's tokens do not fit its network"));
        }
        Ok(Transformer {
            network: Network::new(&source.profile)?,
            tokenizer: Tokenizer::new(source.vocabulary.clone())?,
            start: source.start,
            accumulator: source.accumulator,
            trie: OnceLock::new(),
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

    /// Lets `see` look at each of `tokens`, the text from its beginning, and at the frequencies that stood for it before it was known. A window that is
    /// full and does not slide starts over.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a token that there is not, [`Error::OutOfMemory`].
    pub fn foretell(&self, tokens: &[u32], mut see: impl FnMut(u32, &Frequencies)) -> Result<()> {
        let network = &self.network;
        let (mut windows, mut scratch) = ([self.window()?], network.scratch(BATCH)?);
        let mut frequencies = network.frequencies()?;
        let stretch = if network.slides() { usize::MAX } else { network.context() };
        for tokens in tokens.chunks(stretch) {
            windows[0].clear();
            let behind = std::iter::once(&self.start).chain(tokens);
            let mut steps = behind.zip(tokens).map(|(&token, &next)| (Step { window: 0, token }, next)).peekable();
            while steps.peek().is_some() {
                let (batch, next): (Vec<Step>, Vec<u32>) = steps.by_ref().take(BATCH).unzip();
                network.advance(&mut scratch, &mut windows, &batch)?;
                for (index, token) in next.into_iter().enumerate() {
                    let logits = scratch.logits(index).ok_or(Error::Internal("a step without logits"))?;
                    network.spread(logits, &mut frequencies);
                    see(token, &frequencies);
                }
            }
        }
        Ok(())
    }

    /// Its tokens as a trie, the byte [`TRIE_FIRST`] being the lowest; made at the first call.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn trie(&self) -> Result<&Trie> {
        if let Some(trie) = self.trie.get() {
            return Ok(trie);
        }
        let trie = Trie::new(&self.tokenizer, self.network.vocabulary(), TRIE_FIRST)?;
        Ok(self.trie.get_or_init(|| trie))
    }
}
