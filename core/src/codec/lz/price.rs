//! What tokens would cost now, for the parser.
//!
//! Prices come from the counters without the mixes, in 1/256 bit. Lengths and distances are tabled and refreshed every
//! few stretches, flags and literals are looked up as they are.

use super::counter::Counter;
use super::model::{ALIGN, FULL_SLOTS, LEN_CLASSES, LONG, LOW_BITS, LenModel, Model, SLOTS, len_class, slot};
use crate::transform::log2::log2;
use crate::transform::lz77::{MIN_LEN, Prices, Reps, State};

/// Price of an outcome by its probability of 4096.
const PRICE: [u16; 4096] = {
    let mut table = [0; 4096];
    let mut i = 0;
    while i < 4096 {
        table[i] = (16 * 256 - log2(i as u32 * 16 + 8)) as u16;
        i += 1;
    }
    table
};

/// The price of `bit` under `counter`.
#[inline(always)]
fn price(counter: Counter, bit: u32) -> u32 {
    // Two's complement of the twelve bits turns P(1) into P(0).
    u32::from(PRICE[((counter.p() >> 4) ^ (bit.wrapping_sub(1) & 0xFFF)) as usize & 0xFFF])
}

fn tree_price(tree: &[Counter], bits: u32, value: u32) -> u32 {
    let mut node = 1;
    let mut sum = 0;
    for shift in (0..bits).rev() {
        let bit = (value >> shift) & 1;
        sum += price(tree[node], bit);
        node = 2 * node + bit as usize;
    }
    sum
}

/// Distances below this are tabled in full.
const NEAR: usize = 128;
/// Bytes between refreshes.
const REFRESH: usize = 1 << 12;

/// Tables of prices of lengths and distances.
#[derive(Debug)]
pub struct PriceList {
    match_len: [Vec<u32>; ALIGN],
    rep_len: [Vec<u32>; ALIGN],
    slots: [[u32; SLOTS]; LEN_CLASSES],
    near: [[u32; NEAR]; LEN_CLASSES],
    high: [[u32; 8]; SLOTS],
    low: [u32; 1 << LOW_BITS],
    fresh_until: usize,
}

impl PriceList {
    /// A list for lengths up to `nice`.
    pub fn new(nice: usize) -> PriceList {
        let lengths = || std::array::from_fn(|_| vec![0; nice + 1]);
        PriceList {
            match_len: lengths(),
            rep_len: lengths(),
            slots: [[0; SLOTS]; LEN_CLASSES],
            near: [[0; NEAR]; LEN_CLASSES],
            high: [[0; 8]; SLOTS],
            low: [0; 1 << LOW_BITS],
            fresh_until: 0,
        }
    }

    /// Brings the tables up to date if they have grown old at `pos`.
    pub fn refresh(&mut self, model: &Model, pos: usize) {
        if pos < self.fresh_until {
            return;
        }
        self.fresh_until = pos + REFRESH;
        for align in 0..ALIGN {
            fill_lengths(&mut self.match_len[align], &model.match_len, align);
            fill_lengths(&mut self.rep_len[align], &model.rep_len, align);
        }
        for (low, price) in self.low.iter_mut().enumerate() {
            *price = tree_price(&model.low, LOW_BITS, low as u32);
        }
        for slot in FULL_SLOTS..SLOTS {
            let middle = (slot as u32 >> 1) - 1 - LOW_BITS;
            let top = middle.min(3);
            for value in 0..1 << top {
                self.high[slot][value] = tree_price(&model.high[slot], top, value as u32) + ((middle - top) << 8);
            }
        }
        for class in 0..LEN_CLASSES {
            for (slot, price) in self.slots[class].iter_mut().enumerate() {
                *price = tree_price(&model.slots[class], 6, slot as u32);
            }
            for (distance, price) in self.near[class].iter_mut().enumerate() {
                let slot = slot(distance as u32) as usize;
                *price = self.slots[class][slot];
                if slot >= 4 {
                    let open = (slot as u32 >> 1) - 1;
                    *price += tree_price(&model.near[slot], open, distance as u32 & ((1 << open) - 1));
                }
            }
        }
    }

    /// The list together with the model whose flags and literals it needs.
    pub fn with<'a>(&'a self, model: &'a Model) -> Priced<'a> {
        Priced { list: self, model }
    }
}

fn fill_lengths(prices: &mut [u32], model: &LenModel, align: usize) {
    let (short, more) = (price(model.class[0], 0), price(model.class[0], 1));
    let (medium, long) = (price(model.class[1], 0), price(model.class[1], 1));
    for (len, slot) in prices.iter_mut().enumerate().skip(MIN_LEN) {
        let value = (len - MIN_LEN) as u32;
        *slot = match value {
            0..8 => short + tree_price(&model.short[align], 3, value),
            8..16 => more + medium + tree_price(&model.medium[align], 3, value - 8),
            _ => {
                let value = (len - LONG) as u32 + 8;
                let count = value.ilog2();
                let unary: u32 = (3..count).map(|bits| price(model.bits[bits as usize], 1)).sum();
                let end = price(model.bits[count as usize], 0);
                let top = tree_price(&model.top[count as usize], 3, (value >> (count - 3)) & 7);
                more + long + unary + end + top + ((count - 3) << 8)
            }
        };
    }
}

/// See [`PriceList::with`].
#[derive(Debug)]
pub struct Priced<'a> {
    list: &'a PriceList,
    model: &'a Model,
}

impl Priced<'_> {
    #[inline(always)]
    fn is_copy(&self, pos: usize, state: State, bit: u32) -> u32 {
        price(self.model.is_copy[state.index() * ALIGN + pos % ALIGN], bit)
    }
}

impl Prices for Priced<'_> {
    #[inline(always)]
    fn literal(&self, text: &[u8], pos: usize, state: State, reps: &Reps) -> u32 {
        let literals = &self.model.literals;
        self.is_copy(pos, state, 0) + literals.price(&text[..pos], state, reps.0[0] as usize, text[pos], price)
    }

    #[inline(always)]
    fn short_rep(&self, pos: usize, state: State) -> u32 {
        let index = state.index();
        self.is_copy(pos, state, 1)
            + price(self.model.is_rep[index], 1)
            + price(self.model.is_later[0][index], 0)
            + price(self.model.is_long[index * ALIGN + pos % ALIGN], 0)
    }

    #[inline(always)]
    fn rep(&self, pos: usize, state: State, rep: usize) -> u32 {
        let index = state.index();
        let mut sum = self.is_copy(pos, state, 1) + price(self.model.is_rep[index], 1);
        for (later, flags) in self.model.is_later.iter().enumerate().take(rep + 1) {
            sum += price(flags[index], u32::from(rep > later));
        }
        if rep == 0 {
            sum += price(self.model.is_long[index * ALIGN + pos % ALIGN], 1);
        }
        sum
    }

    #[inline(always)]
    fn rep_len(&self, pos: usize, len: usize) -> u32 {
        self.list.rep_len[pos % ALIGN][len]
    }

    #[inline(always)]
    fn new_match(&self, pos: usize, state: State) -> u32 {
        self.is_copy(pos, state, 1) + price(self.model.is_rep[state.index()], 0)
    }

    #[inline(always)]
    fn distance_and_len(&self, pos: usize, distance: u32, len: usize) -> u32 {
        let (distance, class) = (distance - 1, len_class(len));
        let length = self.list.match_len[pos % ALIGN][len];
        if let Some(near) = self.list.near[class].get(distance as usize) {
            return length + near;
        }
        let slot = slot(distance) as usize;
        let open = (slot as u32 >> 1) - 1;
        let rest = distance & ((1 << open) - 1);
        let top = rest >> (open - (open - LOW_BITS).min(3));
        length + self.list.slots[class][slot] + self.list.high[slot][top as usize] + self.list.low[(rest & 15) as usize]
    }
}
