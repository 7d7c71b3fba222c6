//! How tokens are predicted and coded.
//!
//! Per token: one mixed flag (literal or copy); for a copy up to four plain flags (which distance), a length and a
//! distance by trees of counters; for a literal eight mixed decisions. A mix takes the logistic values of its
//! predictions, weights them with a set of weights chosen by context, and learns from the outcome (Mahoney's PAQ mixer).

use super::counter::{Counter, code_tree};
use crate::coder::binary::BitCoder;
use crate::error::{Result, try_filled};
use crate::kernels::prefetch;
use crate::predict::logistic::{squash, stretch};
use crate::transform::lz77::{MAX_LEN, MIN_LEN, REPS, Reps, State, Token};

/// Positions are told apart modulo this.
pub const ALIGN: usize = 4;
/// Distances are told apart by the length they go with, up to this many lengths.
pub const LEN_CLASSES: usize = 4;
/// Slots of distances: two a power of two.
pub const SLOTS: usize = 64;
/// Slots below this have all their lower bits modelled.
pub const FULL_SLOTS: usize = 14;
/// The lowest bits of far distances that are modelled.
pub const LOW_BITS: u32 = 4;

const FLAG_LIMIT: u32 = 60;
const LITERAL_LIMIT: u32 = 120;
const LITERAL_INPUTS: usize = 3;
const FLAG_INPUTS: usize = 2;
const ORDER2_LOG: u32 = 18;
const LITERAL_RATE: u32 = 15;
const FLAG_RATE: u32 = 16;

/// All adaptive state of a block.
#[derive(Debug)]
pub struct Model {
    pub state: State,
    pub reps: Reps,
    pub is_copy: Vec<Counter>,
    is_copy_order2: Vec<Counter>,
    is_copy_mix: Mix<FLAG_INPUTS>,
    pub is_rep: [Counter; State::COUNT],
    /// Whether the copy is at the second distance or later, third or later, the fourth.
    pub is_later: [[Counter; State::COUNT]; REPS - 1],
    /// Whether a copy at the last distance is longer than a byte.
    pub is_long: Vec<Counter>,
    pub match_len: LenModel,
    pub rep_len: LenModel,
    pub slots: [[Counter; SLOTS]; LEN_CLASSES],
    /// Lower bits of near distances, a tree for each slot.
    pub near: [[Counter; 64]; FULL_SLOTS],
    /// The bits behind the slot's, of far distances.
    pub high: [[Counter; 8]; SLOTS],
    pub low: [Counter; 1 << LOW_BITS],
    pub literals: Literals,
}

/// A set of weights for each context, in 1/65536.
#[derive(Debug)]
struct Mix<const N: usize> {
    weights: Vec<[i32; N]>,
}

impl<const N: usize> Mix<N> {
    fn new(contexts: usize) -> Result<Self> {
        Ok(Mix { weights: try_filled(contexts, [65536 * 5 / (4 * N as i32); N])? })
    }

    #[inline(always)]
    fn predict(&self, context: usize, inputs: &[i32; N]) -> u32 {
        let weights = &self.weights[context];
        let sum: i64 = (0..N).map(|i| i64::from(inputs[i]) * i64::from(weights[i])).sum();
        squash((sum >> 16) as i32).clamp(24, 65536 - 24)
    }

    #[inline(always)]
    fn learn(&mut self, context: usize, inputs: &[i32; N], p: u32, bit: u32, rate: u32) {
        let error = (bit << 16) as i32 - p as i32;
        let weights = &mut self.weights[context];
        for i in 0..N {
            let step = (inputs[i] * (error >> 2) + (1 << (rate - 3))) >> (rate - 2);
            weights[i] = (weights[i] + step).clamp(-(1 << 19), 1 << 19);
        }
    }
}

/// Lengths: 2-9 and 10-17 by trees of their own for each alignment, more by an Elias code.
#[derive(Debug)]
pub struct LenModel {
    pub class: [Counter; 2],
    pub short: [[Counter; 8]; ALIGN],
    pub medium: [[Counter; 8]; ALIGN],
    pub bits: [Counter; 32],
    pub top: [[Counter; 8]; 32],
}

/// First length of the Elias code.
pub const LONG: usize = MIN_LEN + 16;

impl LenModel {
    fn new() -> Self {
        LenModel {
            class: [Counter::NEW; 2],
            short: [[Counter::NEW; 8]; ALIGN],
            medium: [[Counter::NEW; 8]; ALIGN],
            bits: [Counter::NEW; 32],
            top: [[Counter::NEW; 8]; 32],
        }
    }

    fn code<C: BitCoder>(&mut self, coder: &mut C, align: usize, len: usize) -> usize {
        let value = len.wrapping_sub(MIN_LEN) as u32;
        if flag(coder, &mut self.class[0], u32::from(value >= 8)) == 0 {
            return MIN_LEN + code_tree::<C, 3>(coder, &mut self.short[align], value & 7) as usize;
        }
        if flag(coder, &mut self.class[1], u32::from(value >= 16)) == 0 {
            return MIN_LEN + 8 + code_tree::<C, 3>(coder, &mut self.medium[align], value & 7) as usize;
        }
        LONG + self.code_long(coder, value.wrapping_sub(16)) as usize
    }

    /// `value + 8` as its number of bits in unary, its top bits by a tree, the rest plain.
    fn code_long<C: BitCoder>(&mut self, coder: &mut C, value: u32) -> u32 {
        let value = value.wrapping_add(8);
        let bits = value.max(8).ilog2();
        let mut count = 3;
        while count < MAX_LEN.ilog2() && flag(coder, &mut self.bits[count as usize], u32::from(bits > count)) != 0 {
            count += 1;
        }
        let top = code_tree::<C, 3>(coder, &mut self.top[count as usize], (value >> (count - 3)) & 7);
        let rest = coder.code_raw(value & ((1 << (count - 3)) - 1), count - 3);
        ((8 | top) << (count - 3) | rest) - 8
    }
}

#[inline(always)]
fn flag<C: BitCoder>(coder: &mut C, counter: &mut Counter, bit: u32) -> u32 {
    let bit = coder.code(bit, counter.p());
    counter.update::<FLAG_LIMIT>(bit);
    bit
}

/// The two bytes before a position, latest low; 0 in front of the text.
#[inline(always)]
fn last_two(before: &[u8]) -> usize {
    let at = |back: usize| before.len().checked_sub(back).map_or(0, |index| usize::from(before[index]));
    at(2) << 8 | at(1)
}

#[inline(always)]
fn hash_two(two: usize, bits: u32) -> usize {
    ((two as u32).wrapping_mul(0x9E37_79B1) >> (32 - bits)) as usize
}

impl Model {
    /// Models for a block of `len` bytes, which sets the size of the hashed tables.
    pub fn new(len: usize) -> Result<Model> {
        let new = Counter::NEW;
        Ok(Model {
            state: State::default(),
            reps: Reps::default(),
            is_copy: try_filled(State::COUNT * ALIGN, new)?,
            is_copy_order2: try_filled(1 << 16, new)?,
            is_copy_mix: Mix::new(State::COUNT)?,
            is_rep: [new; State::COUNT],
            is_later: [[new; State::COUNT]; REPS - 1],
            is_long: try_filled(State::COUNT * ALIGN, new)?,
            match_len: LenModel::new(),
            rep_len: LenModel::new(),
            slots: [[new; SLOTS]; LEN_CLASSES],
            near: [[new; 64]; FULL_SLOTS],
            high: [[new; 8]; SLOTS],
            low: [new; 1 << LOW_BITS],
            literals: Literals::new(len)?,
        })
    }

    /// Codes one token behind the text `before`, and learns from it. A decoder's `token` is ignored.
    #[inline(always)]
    pub fn token<C: BitCoder>(&mut self, coder: &mut C, before: &[u8], token: Token) -> Token {
        let is_copy = u32::from(!matches!(token, Token::Literal(_)));
        let align = before.len() % ALIGN;
        self.literals.prefetch(last_two(before));
        let coded = if self.code_is_copy(coder, before, align, is_copy) == 0 {
            let byte = if let Token::Literal(byte) = token { byte } else { 0 };
            Token::Literal(self.literals.code(coder, before, self.state, self.reps.0[0] as usize, byte))
        } else if flag(coder, &mut self.is_rep[self.state.index()], u32::from(!matches!(token, Token::Match { .. })))
            != 0
        {
            self.code_rep(coder, align, token)
        } else {
            self.code_match(coder, align, token)
        };
        self.state = self.state.then(coded);
        self.reps = self.reps.then(coded);
        coded
    }

    #[inline(always)]
    fn code_is_copy<C: BitCoder>(&mut self, coder: &mut C, before: &[u8], align: usize, bit: u32) -> u32 {
        let two = last_two(before);
        let state = self.state.index();
        let a = &mut self.is_copy[state * ALIGN + align];
        let b = &mut self.is_copy_order2[hash_two(two << 1 | usize::from(self.state.after_literal()), 16)];
        let inputs = [stretch(a.p()), stretch(b.p())];
        let p = self.is_copy_mix.predict(state, &inputs);
        let bit = coder.code(bit, p);
        self.is_copy_mix.learn(state, &inputs, p, bit, FLAG_RATE);
        a.update::<FLAG_LIMIT>(bit);
        b.update::<FLAG_LIMIT>(bit);
        bit
    }

    fn code_rep<C: BitCoder>(&mut self, coder: &mut C, align: usize, token: Token) -> Token {
        let state = self.state.index();
        let (index, len) = match token {
            Token::Rep { index, len } => (index, len),
            _ => (0, 1),
        };
        let mut coded = 0;
        while coded < REPS - 1 && flag(coder, &mut self.is_later[coded][state], u32::from(index > coded)) != 0 {
            coded += 1;
        }
        if coded == 0 && flag(coder, &mut self.is_long[state * ALIGN + align], u32::from(len > 1)) == 0 {
            return Token::ShortRep;
        }
        Token::Rep { index: coded, len: self.rep_len.code(coder, align, len) }
    }

    fn code_match<C: BitCoder>(&mut self, coder: &mut C, align: usize, token: Token) -> Token {
        let (distance, len) = if let Token::Match { distance, len } = token { (distance, len) } else { (1, MIN_LEN) };
        let len = self.match_len.code(coder, align, len);
        Token::Match { distance: self.code_distance(coder, len, distance - 1).saturating_add(1), len }
    }

    /// A distance less one: its slot (number of bits and the second bit), then what the slot leaves open.
    fn code_distance<C: BitCoder>(&mut self, coder: &mut C, len: usize, distance: u32) -> u32 {
        let slot = code_tree::<C, 6>(coder, &mut self.slots[len_class(len)], slot(distance));
        if slot < 4 {
            return slot;
        }
        let open = (slot >> 1) - 1;
        let base = (2 | slot & 1) << open;
        let rest = distance.wrapping_sub(base);
        if (slot as usize) < FULL_SLOTS {
            return base | self.code_near(coder, slot as usize, open, rest);
        }
        let middle = open - LOW_BITS;
        // The three bits behind the slot's, then equally likely ones, then the lowest, which show alignment.
        let plain = middle.saturating_sub(3);
        let top = code_bits(coder, &mut self.high[slot as usize], middle - plain, rest >> (LOW_BITS + plain));
        let rest_plain = code_plain(coder, plain, rest >> LOW_BITS);
        let low = code_tree::<C, LOW_BITS>(coder, &mut self.low, rest & ((1 << LOW_BITS) - 1));
        base | (top << plain | rest_plain) << LOW_BITS | low
    }

    fn code_near<C: BitCoder>(&mut self, coder: &mut C, slot: usize, open: u32, rest: u32) -> u32 {
        code_bits(coder, &mut self.near[slot], open, rest)
    }
}

/// [`code_tree`] with a width known at run time only.
#[inline(always)]
fn code_bits<C: BitCoder>(coder: &mut C, tree: &mut [Counter], bits: u32, value: u32) -> u32 {
    let mut node = 1usize;
    for shift in (0..bits).rev() {
        node = 2 * node + flag(coder, &mut tree[node], (value >> shift) & 1) as usize;
    }
    node as u32 - (1 << bits)
}

fn code_plain<C: BitCoder>(coder: &mut C, bits: u32, value: u32) -> u32 {
    let upper = bits.saturating_sub(16);
    let high = coder.code_raw(value >> 16, upper);
    high << 16 | coder.code_raw(value & ((1 << (bits - upper)) - 1), bits - upper)
}

/// The slot of a distance less one.
#[inline(always)]
pub fn slot(distance: u32) -> u32 {
    if distance < 4 {
        return distance;
    }
    let log = distance.ilog2();
    log << 1 | (distance >> (log - 1)) & 1
}

/// The class of a match's length, for its distance.
#[inline(always)]
pub fn len_class(len: usize) -> usize {
    (len - MIN_LEN).min(LEN_CLASSES - 1)
}

/// The model of literals: order 1, order 2, and the byte at the last distance.
///
/// Tables hold counters in lines of sixteen: one line for the first half of a byte, sixteen for the second.
#[derive(Debug)]
pub struct Literals {
    order1: Vec<Line>,
    order2: Vec<Line>,
    order2_log: u32,
    expected: Vec<Line>,
    mix: Mix<LITERAL_INPUTS>,
}

/// The counters of half a byte, by its bits so far behind a leading one.
type Line = [Counter; 16];

/// Lines of one byte.
const LINES: usize = 17;

/// Sets of counters and weights by what came before a literal: how many literals, up to two.
const HISTORIES: usize = 4;
/// Whether the byte at the last distance agrees so far and what its next bit is.
const GUESSES: usize = 3;

#[inline(always)]
fn history(state: State) -> usize {
    match state.index() {
        0 => 0,
        1..=3 => 1,
        4..=6 => 2,
        _ => 3,
    }
}

/// What the bits of one literal have in common.
struct Situation {
    order1: usize,
    order2: usize,
    history: usize,
    guess: u32,
}

impl Literals {
    fn new(len: usize) -> Result<Literals> {
        let order2_log = (len.max(1).ilog2() + 2).clamp(12, ORDER2_LOG) - 4;
        Ok(Literals {
            order1: try_filled(256 * LINES, [Counter::NEW; 16])?,
            order2: try_filled(1 << order2_log, [Counter::NEW; 16])?,
            order2_log,
            expected: try_filled(HISTORIES * GUESSES * LINES, [Counter::NEW; 16])?,
            mix: Mix::new(HISTORIES * GUESSES * 8)?,
        })
    }

    /// Asks for the lines that a literal behind `two` bytes starts with.
    #[inline(always)]
    fn prefetch(&self, two: usize) {
        prefetch(&self.order1, (two & 255) * LINES);
        prefetch(&self.order2, hash_two(two << 5, self.order2_log));
    }

    #[inline(always)]
    fn code<C: BitCoder>(&mut self, coder: &mut C, before: &[u8], state: State, last: usize, byte: u8) -> u8 {
        let two = last_two(before);
        let situation = Situation {
            order1: (two & 255) * LINES,
            order2: two << 5,
            history: history(state) * GUESSES,
            guess: before.len().checked_sub(last).map_or(0, |at| u32::from(before[at])) | 256,
        };
        let high = self.half::<C, 4>(coder, &situation, 1, byte);
        self.half::<C, 0>(coder, &situation, high, byte) as u8
    }

    /// Codes four bits, the lowest at `SHIFT`; `node` is what is known of the byte behind a leading one.
    #[inline(always)]
    fn half<C: BitCoder, const SHIFT: u32>(&mut self, coder: &mut C, now: &Situation, node: usize, byte: u8) -> usize {
        let line = if SHIFT == 4 { 0 } else { (node & 15) + 1 };
        let order1 = &mut self.order1[now.order1 + line];
        let order2 = &mut self.order2[hash_two(now.order2 | line, self.order2_log)];
        let mut inner = 1usize;
        let mut node = node;
        for shift in (SHIFT..SHIFT + 4).rev() {
            let agrees = now.guess >> (shift + 1) == node as u32;
            let kind = if agrees { 1 + (now.guess >> shift & 1) as usize } else { 0 };
            let context = now.history + kind;
            let expected = &mut self.expected[context * LINES + line][inner & 15];
            let counters = [&mut order1[inner & 15], &mut order2[inner & 15], expected];
            let inputs = [counters[0].p(), counters[1].p(), counters[2].p()].map(stretch);
            let set = context << 3 | shift as usize;
            let p = self.mix.predict(set, &inputs);
            let bit = coder.code(u32::from(byte >> shift) & 1, p);
            self.mix.learn(set, &inputs, p, bit, LITERAL_RATE);
            for counter in counters {
                counter.update::<LITERAL_LIMIT>(bit);
            }
            inner = 2 * inner + bit as usize;
            node = 2 * node + bit as usize;
        }
        node
    }

    /// The price of `byte` in 1/256 bit, roughly: without the mix.
    #[inline(always)]
    pub fn price(
        &self,
        before: &[u8],
        state: State,
        last: usize,
        byte: u8,
        price: impl Fn(Counter, u32) -> u32,
    ) -> u32 {
        let order1 = (last_two(before) & 255) * LINES;
        let history = history(state) * GUESSES;
        let guess = before.len().checked_sub(last).map_or(0, |at| u32::from(before[at])) | 256;
        let mut sum = 0;
        for (start, line) in [(4, 0), (0, 1 + usize::from(byte >> 4))] {
            let (mut inner, mut node) = (1usize, if line == 0 { 1 } else { line + 15 });
            for shift in (start..start + 4).rev() {
                let bit = u32::from(byte >> shift) & 1;
                let agrees = guess >> (shift + 1) == node as u32;
                let counter = if agrees && !state.after_literal() {
                    self.expected[(history + 1 + (guess >> shift & 1) as usize) * LINES + line][inner & 15]
                } else {
                    self.order1[order1 + line][inner & 15]
                };
                sum += price(counter, bit);
                inner = 2 * inner + bit as usize;
                node = 2 * node + bit as usize;
            }
        }
        sum
    }
}
