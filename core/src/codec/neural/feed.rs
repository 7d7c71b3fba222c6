//! The transformer's windows over what was coded, one for each lane: tokens in, frequencies out.
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
    windows: Vec<Window>,
    /// Of each window the last tokens, as many as a new one begins with, and the one that is not fed yet.
    last: Vec<VecDeque<u32>>,
    scratch: Scratch,
    frequencies: Frequencies,
    /// What is fed at once.
    steps: Vec<Step>,
    /// Tokens of a full window; none for one that slides and is never full.
    context: Option<usize>,
}

impl Feed {
    /// So many empty windows.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn new(transformer: &Transformer, lanes: usize) -> Result<Self> {
        let network = transformer.network();
        let rows = ROWS.max(lanes);
        Ok(Feed {
            windows: (0..lanes).map(|_| transformer.window()).collect::<Result<_>>()?,
            last: vec![VecDeque::new(); lanes],
            scratch: network.scratch(rows)?,
            frequencies: network.frequencies()?,
            steps: Vec::with_capacity(rows),
            context: (!network.slides()).then(|| network.context()),
        })
    }

    /// How many tokens can be fed to a lane's window at once now, at most `rows`.
    pub fn room(&self, lane: usize, rows: usize) -> usize {
        let (Some(context), Some(window)) = (self.context, self.windows.get(lane)) else { return rows };
        let len = window.len();
        (context - if len == context { kept(context) } else { len }).min(rows)
    }

    /// Feeds, for each lane given, the token before its tokens and all of them but the last, so that each is foretold: those of the first lane
    /// have the first indices.
    ///
    /// # Errors
    /// As [`Network::advance`](crate::neural::Network::advance).
    pub fn foretell<'t>(
        &mut self,
        transformer: &Transformer,
        lanes: impl Iterator<Item = (usize, &'t [u32])> + Clone,
    ) -> Result<()> {
        if let Some(context) = self.context {
            for (lane, _) in lanes.clone().filter(|&(lane, _)| self.windows[lane].len() == context).collect::<Vec<_>>()
            {
                self.begin_again(transformer, lane, context)?;
            }
        }
        self.steps.clear();
        for (lane, tokens) in lanes {
            let first = self.last[lane].back().copied().unwrap_or(transformer.start());
            let known = tokens.split_last().map_or(&[][..], |(_, known)| known);
            let tokens = std::iter::once(first).chain(known.iter().copied());
            self.steps.extend(tokens.map(|token| Step { window: lane, token }));
        }
        transformer.network().advance(&mut self.scratch, &mut self.windows, &self.steps)
    }

    /// Takes in the token that came in a lane.
    pub fn take(&mut self, lane: usize, token: u32) {
        let last = &mut self.last[lane];
        if last.len() > self.context.map_or(0, |context| context / 4) {
            last.pop_front();
        }
        last.push_back(token);
    }

    fn begin_again(&mut self, transformer: &Transformer, lane: usize, context: usize) -> Result<()> {
        self.windows[lane].clear();
        let mut tokens: Vec<u32> =
            std::iter::once(transformer.start()).chain(self.last[lane].iter().copied()).collect();
        // The last is fed with what comes next.
        tokens.pop();
        let tokens = &tokens[..tokens.len().min(kept(context))];
        for batch in tokens.chunks(ROWS) {
            self.steps.clear();
            self.steps.extend(batch.iter().map(|&token| Step { window: lane, token }));
            transformer.network().advance(&mut self.scratch, &mut self.windows, &self.steps)?;
        }
        Ok(())
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
