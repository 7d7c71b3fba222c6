//! The cheapest way through the text, by dynamic programming over a stretch at a time.
//!
//! Each position of a stretch keeps the cheapest way to reach it. From there every token is tried: the literal, the four
//! repeated distances and the matches, each at every length, and the compounds "copy, one literal, copy at the same distance",
//! which a step by step search misses as the literal alone looks dear. The stretch ends where all ways meet, where a match is
//! long enough to be taken unseen, or after [`STRETCH`] bytes.

use super::finder::{Finder, Found, NICE_MAX, match_len};
use super::{MAX_LEN, MIN_LEN, REPS, Reps, State, Token};
use crate::error::Result;

/// What tokens cost, in 1/256 bit.
pub trait Prices {
    /// The literal at `pos`, its flag included.
    fn literal(&self, text: &[u8], pos: usize, state: State, reps: &Reps) -> u32;
    /// A one-byte copy at the last distance.
    fn short_rep(&self, pos: usize, state: State) -> u32;
    /// The flags of a copy at the repeated distance `index`, without its length.
    fn rep(&self, pos: usize, state: State, index: usize) -> u32;
    /// The length of a copy at a repeated distance.
    fn rep_len(&self, pos: usize, len: usize) -> u32;
    /// The flags of a match at a new distance.
    fn new_match(&self, pos: usize, state: State) -> u32;
    /// The length and distance of a match at a new distance.
    fn distance_and_len(&self, pos: usize, distance: u32, len: usize) -> u32;
}

/// Most bytes that are parsed before their tokens are given out.
const STRETCH: usize = 4096;
/// Fewest bytes of a stretch that ends where all ways meet: its tokens change the prices.
const STRETCH_MIN: usize = 256;

/// The cheapest known way to a position: one token, or a token, a literal and a copy at the same distance.
#[derive(Clone, Copy, Debug)]
struct Node {
    price: u32,
    /// Distance of a match, or the number of a repeated distance with [`REP`] set, or one of [`LITERAL`], [`SHORT`].
    what: u32,
    len: u32,
    /// Length of the copy behind the literal behind the token; 0 if the token stands alone.
    tail: u32,
    state: State,
    reps: Reps,
}

const REP: u32 = 1 << 31;
const LITERAL: u32 = REP | 8;
const SHORT: u32 = REP | 9;
/// A literal and then the tail: the node has no token of its own.
const LITERAL_TAIL: u32 = REP | 10;
const FAR: Node = Node { price: u32::MAX, what: LITERAL, len: 0, tail: 0, state: State(0), reps: Reps([1; REPS]) };

impl Node {
    fn token(&self, text: &[u8], pos: usize) -> Token {
        let len = self.len as usize;
        match self.what {
            LITERAL => Token::Literal(text[pos]),
            SHORT => Token::ShortRep,
            what if what & REP != 0 => Token::Rep { index: (what & !REP) as usize, len },
            distance => Token::Match { distance, len },
        }
    }

    /// How many bytes the way goes on from its origin.
    fn span(&self) -> usize {
        (self.len + self.tail + u32::from(self.tail > 0)) as usize
    }
}

/// A copy that has been paid for (or a literal, with `len` 0), and what it would be followed by.
struct Step {
    price: u32,
    what: u32,
    len: usize,
    distance: usize,
    /// The state behind the copy; in front of the literal if there is none.
    state: State,
}

/// How hard a [`Parser`] looks.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How many neighbours of each suffix the finder looks at, beside its tables; with none there is no suffix array.
    pub neighbours: u32,
    /// A match of this many bytes (at most [`NICE_MAX`]) or more is taken unseen.
    pub nice: usize,
    /// A position is passed over, without a search, if a way to the next one costs at most this much more, in 1/256 bit:
    /// it lies within a copy that hardly anything can beat. [`None`] searches everywhere. On x86 code of 6 MB, three bits
    /// save a third of the time and cost 0.8 % of the size.
    pub pass: Option<u32>,
    /// Whether every match, not the longest alone, is tried with a literal and another copy behind it.
    pub every_tail: bool,
}

/// Parses one text from start to end.
#[derive(Debug)]
pub struct Parser {
    finder: Finder,
    effort: Effort,
    nodes: Vec<Node>,
    found: Vec<Found>,
    /// The furthest position of this stretch that any way has reached, from its start.
    reached: usize,
    /// Positions below this are in the finder.
    inserted: usize,
}

impl Parser {
    /// A parser for `text`.
    ///
    /// # Errors
    /// See [`Finder::new`].
    pub fn new(text: &[u8], effort: Effort) -> Result<Parser> {
        let effort = Effort { nice: effort.nice.min(NICE_MAX), ..effort };
        let finder = Finder::new(text, effort.neighbours)?;
        let nodes = vec![FAR; STRETCH + 2 * effort.nice + 2];
        Ok(Parser { finder, effort, nodes, found: Vec::new(), reached: 0, inserted: 0 })
    }

    /// Appends the tokens of the next stretch of `text`, from `start` on, to `tokens`, and returns where it ends.
    /// `state` and `reps` are those before the stretch.
    pub fn stretch<P: Prices>(
        &mut self,
        text: &[u8],
        start: usize,
        (state, reps): (State, Reps),
        prices: &P,
        tokens: &mut Vec<Token>,
    ) -> usize {
        self.nodes[0] = Node { price: 0, state, reps, ..FAR };
        self.reached = 0;
        let mut at = 0;
        let long = loop {
            let pos = start + at;
            if pos == text.len() {
                break None;
            }
            self.inserted = pos + 1;
            if at > 0 {
                if self.passes(at) {
                    self.finder.skip(text, pos);
                    at += 1;
                    continue;
                }
                self.settle(text, start, at);
            }
            self.finder.find(text, pos, self.effort.nice, &mut self.found);
            if let Some(long) = self.long_copy(text, pos, &self.nodes[at].reps) {
                break Some(long);
            }
            self.relax(text, start, at, prices);
            at += 1;
            if at == self.reached && at >= STRETCH_MIN || at >= STRETCH {
                break None;
            }
        };
        if at > 0 && long.is_none() {
            self.settle(text, start, at);
        }
        self.trace(text, start, at, tokens);
        for node in &mut self.nodes[..=(self.reached.max(at) + 1)] {
            node.price = u32::MAX;
        }
        let mut end = start + at;
        if let Some((token, len)) = long {
            tokens.push(token);
            end += len;
            while self.inserted < end {
                self.finder.skip(text, self.inserted);
                self.inserted += 1;
            }
        }
        end
    }

    /// Whether to go on from `at` without a search. The next position has been reached then, so that every one is.
    #[inline(always)]
    fn passes(&self, at: usize) -> bool {
        let Some(pass) = self.effort.pass else { return false };
        at + 1 < STRETCH && self.nodes[at + 1].price <= self.nodes[at].price.saturating_add(pass)
    }

    /// A copy so long that nothing can beat it: a repeated distance first.
    fn long_copy(&self, text: &[u8], pos: usize, reps: &Reps) -> Option<(Token, usize)> {
        let limit = MAX_LEN.min(text.len() - pos);
        for (index, &distance) in reps.0.iter().enumerate() {
            let distance = distance as usize;
            if distance <= pos
                && match_len(text, pos - distance, pos, 0, self.effort.nice.min(limit)) >= self.effort.nice
            {
                let len = match_len(text, pos - distance, pos, self.effort.nice, limit);
                return Some((Token::Rep { index, len }, len));
            }
        }
        let best = self.found.last().filter(|best| best.len as usize >= self.effort.nice)?;
        let len = match_len(text, pos - best.distance as usize, pos, self.effort.nice, limit);
        Some((Token::Match { distance: best.distance, len }, len))
    }

    /// Works out state and distances behind the cheapest way to `at`, now that it is final.
    fn settle(&mut self, text: &[u8], start: usize, at: usize) {
        let node = self.nodes[at];
        let from = at - node.span();
        let origin = &self.nodes[from];
        let (mut state, mut reps) = (origin.state, origin.reps);
        if node.what != LITERAL_TAIL {
            let token = node.token(text, start + from);
            (state, reps) = (state.then(token), reps.then(token));
        }
        if node.tail > 0 {
            let tail = Token::Rep { index: 0, len: node.tail as usize };
            state = state.then(Token::Literal(0)).then(tail);
            reps = reps.then(tail);
        }
        self.nodes[at].state = state;
        self.nodes[at].reps = reps;
    }

    #[inline(always)]
    fn offer(&mut self, to: usize, price: u32, what: u32, len: usize, tail: usize) {
        let node = &mut self.nodes[to];
        if price < node.price {
            node.price = price;
            node.what = what;
            node.len = len as u32;
            node.tail = tail as u32;
        }
        self.reached = self.reached.max(to);
    }

    /// Tries every token at `at`.
    fn relax<P: Prices>(&mut self, text: &[u8], start: usize, at: usize, prices: &P) {
        let pos = start + at;
        let Node { price: base, state, reps, .. } = self.nodes[at];
        let limit = self.effort.nice.min(text.len() - pos);
        let literal = base + prices.literal(text, pos, state, &reps);
        self.offer(at + 1, literal, LITERAL, 1, 0);
        let last = reps.0[0] as usize;
        if last <= pos {
            if text[pos - last] == text[pos] {
                self.offer(at + 1, base + prices.short_rep(pos, state), SHORT, 1, 0);
            } else {
                let step = Step { price: literal, what: LITERAL_TAIL, len: 0, distance: last, state };
                self.offer_tail(text, start, at, step, prices);
            }
        }
        for (index, &distance) in reps.0.iter().enumerate() {
            let distance = distance as usize;
            if distance > pos || limit < MIN_LEN {
                continue;
            }
            let len = match_len(text, pos - distance, pos, 0, limit);
            if len < MIN_LEN {
                continue;
            }
            let flags = base + prices.rep(pos, state, index);
            for len in MIN_LEN..=len {
                self.offer(at + len, flags + prices.rep_len(pos, len), REP | index as u32, len, 0);
            }
            let price = flags + prices.rep_len(pos, len);
            let state = state.then(Token::Rep { index, len });
            self.offer_tail(text, start, at, Step { price, what: REP | index as u32, len, distance, state }, prices);
        }
        let found = std::mem::take(&mut self.found);
        let flags = base + prices.new_match(pos, state);
        let mut len = MIN_LEN;
        for &Found { len: longest, distance } in &found {
            let longest = longest as usize;
            while len <= longest {
                self.offer(at + len, flags + prices.distance_and_len(pos, distance, len), distance, len, 0);
                len += 1;
            }
            if !self.effort.every_tail && found.last().is_some_and(|last| last.len as usize > longest) {
                continue;
            }
            let price = flags + prices.distance_and_len(pos, distance, longest);
            let state = state.then(Token::Match { distance, len: longest });
            let step = Step { price, what: distance, len: longest, distance: distance as usize, state };
            self.offer_tail(text, start, at, step, prices);
        }
        self.found = found;
    }

    /// Tries a literal behind `step` and more from the same distance behind that.
    #[inline(always)]
    fn offer_tail<P: Prices>(&mut self, text: &[u8], start: usize, at: usize, step: Step, prices: &P) {
        let literal = start + at + step.len;
        if literal + 1 + MIN_LEN > text.len() {
            return;
        }
        let limit = self.effort.nice.min(text.len() - literal - 1);
        let tail = match_len(text, literal + 1 - step.distance, literal + 1, 0, limit);
        if tail < MIN_LEN {
            return;
        }
        let mut price = step.price;
        if step.len > 0 {
            price += prices.literal(text, literal, step.state, &Reps([step.distance as u32; REPS]));
        }
        let state = step.state.then(Token::Literal(0));
        price += prices.rep(literal + 1, state, 0) + prices.rep_len(literal + 1, tail);
        self.offer(at + step.len + 1 + tail, price, step.what, step.len, tail);
    }

    /// Writes down the way to `at`, first token first.
    fn trace(&self, text: &[u8], start: usize, at: usize, tokens: &mut Vec<Token>) {
        let first = tokens.len();
        let mut to = at;
        while to > 0 {
            let node = &self.nodes[to];
            let from = to - node.span();
            if node.tail > 0 {
                tokens.push(Token::Rep { index: 0, len: node.tail as usize });
                tokens.push(Token::Literal(text[start + to - node.tail as usize - 1]));
            }
            if node.what != LITERAL_TAIL {
                tokens.push(node.token(text, start + from));
            }
            to = from;
        }
        tokens[first..].reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::samples;
    use proptest::prelude::*;

    /// Prices that know nothing but the size of things.
    struct Flat;

    impl Prices for Flat {
        fn literal(&self, _: &[u8], _: usize, _: State, _: &Reps) -> u32 {
            9 << 8
        }
        fn short_rep(&self, _: usize, _: State) -> u32 {
            5 << 8
        }
        fn rep(&self, _: usize, _: State, index: usize) -> u32 {
            (3 + index as u32) << 8
        }
        fn rep_len(&self, _: usize, len: usize) -> u32 {
            (len.ilog2() + 3) << 8
        }
        fn new_match(&self, _: usize, _: State) -> u32 {
            2 << 8
        }
        fn distance_and_len(&self, _: usize, distance: u32, len: usize) -> u32 {
            (distance.ilog2() + 4 + len.ilog2() + 3) << 8
        }
    }

    /// Parses, replays the tokens, and returns how many there were.
    fn replay(text: &[u8], neighbours: u32, nice: usize, pass: Option<u32>) -> usize {
        let effort = Effort { neighbours, nice, pass, every_tail: pass.is_none() };
        let mut parser = Parser::new(text, effort).unwrap();
        let (mut state, mut reps) = (State::default(), Reps::default());
        let (mut out, mut tokens, mut count) = (Vec::new(), Vec::new(), 0);
        while out.len() < text.len() {
            tokens.clear();
            let end = parser.stretch(text, out.len(), (state, reps), &Flat, &mut tokens);
            count += tokens.len();
            for &token in &tokens {
                (state, reps) = (state.then(token), reps.then(token));
                let len = match token {
                    Token::Literal(byte) => {
                        out.push(byte);
                        continue;
                    }
                    Token::ShortRep => 1,
                    Token::Rep { len, .. } | Token::Match { len, .. } => len,
                };
                assert!((1..=MAX_LEN).contains(&len));
                for _ in 0..len {
                    out.push(out[out.len() - reps.0[0] as usize]);
                }
            }
            assert_eq!(out.len(), end);
        }
        assert!(out == text);
        count
    }

    #[test]
    fn samples_come_back() {
        for text in samples::all() {
            replay(&text, 16, 64, None);
            replay(&text, 16, 64, Some(700));
        }
        assert!(replay(&vec![7; 1 << 20], 16, 64, None) < 40);
        assert!(replay(&samples::prose(100_000), 32, 100, None) < 20_000);
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in samples::any_text(3000), neighbours in 0u32..40, nice in 8usize..300,
            pass in proptest::option::of(0u32..3000)) {
            replay(&text, neighbours, nice, pass);
        }
    }
}
