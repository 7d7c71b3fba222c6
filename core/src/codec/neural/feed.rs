//! The transformer's window over what was coded: tokens in, frequencies out.
//!
//! A window of our own arithmetic slides. One of czip's, when it is full, begins again: with the token that every text starts behind, and the last quarter of the old window, fed at once. A longer or
//! shorter rest changes little (none loses 0.3 % of short articles, three quarters gain nothing) and takes its time.

use crate::error::{Error, Result};
use crate::neural::{BATCH, Frequencies, Scratch, Step, Transformer, Window};
use std::collections::VecDeque;

/// Most tokens that are best fed at once.
pub const ROWS: usize = BATCH;

/// See the module.
pub struct Feed {
    window: [Window; 1],
    scratch: Scratch,
    frequencies: Frequencies,
    /// What is fed at once.
    steps: Vec<Step>,
    /// Tokens of a full window; none for one that slides and is never full.
    context: Option<usize>,
    /// The last tokens, as many as a new window begins with, and the one that is not fed yet.
    last: VecDeque<u32>,
}

impl Feed {
    /// An empty window.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn new(transformer: &Transformer) -> Result<Self> {
        let network = transformer.network();
        Ok(Feed {
            window: [transformer.window()?],
            scratch: network.scratch(ROWS)?,
            frequencies: network.frequencies()?,
            steps: Vec::with_capacity(ROWS),
            context: (!network.slides()).then(|| network.context()),
            last: VecDeque::new(),
        })
    }

    /// How many tokens can be fed at once now, at most `rows`.
    pub fn room(&self, rows: usize) -> usize {
        let Some(context) = self.context else { return rows };
        let len = self.window[0].len();
        (context - if len == context { kept(context) } else { len }).min(rows)
    }

    /// Feeds the token before `tokens`, and all of them but the last, so that each is foretold.
    ///
    /// # Errors
    /// As [`Network::advance`](crate::neural::Network::advance).
    pub fn foretell(&mut self, transformer: &Transformer, tokens: &[u32]) -> Result<()> {
        if let Some(context) = self.context.filter(|&context| context == self.window[0].len()) {
            self.begin_again(transformer, context)?;
        }
        let first = self.last.back().copied().unwrap_or(transformer.start());
        let known = tokens.split_last().map_or(&[][..], |(_, known)| known);
        self.feed(transformer, std::iter::once(first).chain(known.iter().copied()))
    }

    /// Takes in the token that came.
    pub fn take(&mut self, token: u32) {
        if self.last.len() > self.context.map_or(0, |context| context / 4) {
            self.last.pop_front();
        }
        self.last.push_back(token);
    }

    fn begin_again(&mut self, transformer: &Transformer, context: usize) -> Result<()> {
        self.window[0].clear();
        let mut tokens: Vec<u32> = std::iter::once(transformer.start()).chain(self.last.iter().copied()).collect();
        // The last is fed with what comes next.
        tokens.pop();
        let tokens = &tokens[..tokens.len().min(kept(context))];
        tokens.chunks(ROWS).try_for_each(|batch| self.feed(transformer, batch.iter().copied()))
    }

    fn feed(&mut self, transformer: &Transformer, tokens: impl Iterator<Item = u32>) -> Result<()> {
        self.steps.clear();
        self.steps.extend(tokens.map(|token| Step { window: 0, token }));
        transformer.network().advance(&mut self.scratch, &mut self.window, &self.steps)
    }

    /// The frequencies of what follows, of the token of that index in the last call of [`Feed::foretell`].
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn frequencies(&mut self, transformer: &Transformer, index: usize) -> Result<&Frequencies> {
        let logits = self.scratch.logits(index).ok_or(Error::Internal("a step without logits"))?;
        transformer.network().spread(logits, &mut self.frequencies);
        Ok(&self.frequencies)
    }
}

/// Tokens that a new window begins with: what a text starts behind, and the last of the old one. A window of one token keeps none.
fn kept(context: usize) -> usize {
    (1 + context / 4).min(context - 1)
}
