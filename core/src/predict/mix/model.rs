//! The model of one group: experts, gate, calibration, and the order in which they are asked and taught.

use crate::coder::binary::{BitCoder, PROB_MAX, PROB_MIN};
use crate::error::{Result, try_zeroed};
use crate::kernels::vector::{Lanes, ROW};
use crate::predict::logistic::{UNIT, squash, stretch};
use crate::predict::mix::calibration::Calibration;
use crate::predict::mix::certain::{Certain, Outlook};
use crate::predict::mix::ensemble::{Ensemble, Selector};
use crate::predict::mix::experts::{Experts, INPUTS, Sight};
use crate::predict::mix::features::{Features, GUESSES};
use crate::predict::mix::gate::{FINALS_MAX, Gate, ONE, SETS_MAX};
use crate::predict::mix::hash::combine;
use crate::predict::mix::map::Map;
use crate::predict::mix::matches::{MatchModel, Stand};
use crate::predict::mix::rows::{Bases, Picks, Scene};
use crate::predict::mix::tree::{self, Expected, Tree};

mod foresight;
mod guided;
mod primed;
mod shares;

pub use foresight::{Decision, Foresight};
pub use guided::{Guide, Hint, Said};
pub use primed::Learning;
use shares::Supports;

/// Most match models of an ensemble.
const MATCHES_MAX: usize = 4;
/// Most vectors of inputs.
const WIDTH_MAX: usize =
    (crate::predict::mix::CONTEXTS_MAX * INPUTS + (MATCHES_MAX + GUESSES + 1) * 2 + guided::INPUTS).div_ceil(ROW);

/// What the weights of histories begin with: 0.1 and 0.02 lose 0.05 % on English. Beside a guide they begin with a little more, and those of its hint
/// with most: on articles of 15 KB that is worth 0.6 % against 1/20 and 1/3.
const FIRST_WEIGHT: i16 = ONE / 20;
const GUIDED_WEIGHT: i16 = ONE / 14;
const HINT_WEIGHT: i16 = ONE / 5 * 4;

/// Decisions of a group.
const GROUP: u32 = 3;
/// How often a guess was right.
const GUESS_LIMIT: u32 = 255;
/// Longest time between two settlings, in bytes. The first comes after [`SETTLE_FIRST`], and each doubles the time to the next.
const SETTLE: usize = 4096;
const SETTLE_FIRST: usize = 64;
/// Bytes between two looks at the learning rate.
const RATE_STEP: usize = 256;
/// Most adaptive maps.
const APMS: usize = 3;
/// Three quarters for all maps together, by their number, of 64.
const MAP_SHARE: [u32; 4] = [0, 768, 384, 256];
const WINDOW_LOG2_MAX: u32 = 25;

/// See the module.
#[derive(Debug)]
pub struct Model {
    ensemble: &'static Ensemble,
    /// How bytes are taken apart.
    tree: Box<Tree>,
    experts: Experts,
    matches: Vec<MatchModel>,
    gate: Gate,
    /// Of its sets, and of its final gates.
    sets: Picks<SETS_MAX>,
    finals: Picks<FINALS_MAX>,
    rate: i32,
    /// What each guess of the features was worth, by trust and expected bit.
    guesses: Vec<Map>,
    calibration: Vec<Calibration>,
    features: Features,
    window: Vec<u8>,
    /// Where in the window, or in what it was a part of, the next byte goes.
    position: usize,
    /// Bytes taken in. A text that is coded in one go has its position here.
    taken: usize,
    /// Vectors of inputs.
    width: usize,
    settle_at: usize,
    learning: Learning,
    /// If [`Learning::certain`].
    certain: Option<Certain>,
    /// What inputs contributed, if somebody wants to know.
    supports: Supports,
}

/// Where a model stands in a text. All that it learns is the same wherever it stands.
#[derive(Clone, Debug)]
pub struct Place {
    position: usize,
    features: Features,
    matches: [Stand; MATCHES_MAX],
}

/// The gate's inputs, as aligned as its weights.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Inputs([[i16; ROW]; WIDTH_MAX]);

/// What a model works with while it codes: made once, for many bytes.
#[derive(Clone, Debug)]
pub struct Scratch {
    sight: Sight,
    sets: Bases<SETS_MAX>,
    finals: Bases<FINALS_MAX>,
    inputs: Inputs,
    /// The path to the byte that each guess expects.
    paths: [Expected; GUESSES],
    /// Cell of each guess's map, and 1; 0 without a guess.
    guesses: [usize; GUESSES],
    outlook: Outlook,
    match_class: usize,
    /// First row of the group in each adaptive map.
    calibrated: [usize; APMS],
    /// What a guide says of the next decision.
    hint: Hint,
}

impl Scratch {
    /// Room for any ensemble.
    pub fn new() -> Self {
        Scratch {
            sight: Sight::default(),
            sets: [0; SETS_MAX],
            finals: [0; FINALS_MAX],
            inputs: Inputs([[0; ROW]; WIDTH_MAX]),
            paths: [Expected::default(); GUESSES],
            guesses: [0; GUESSES],
            outlook: Outlook::default(),
            match_class: 0,
            calibrated: [0; APMS],
            hint: Hint::default(),
        }
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

/// Where in a byte the next bit is.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// The node of the tree.
    pub node: u32,
    /// The path to it, with a leading one.
    pub path: u32,
    /// The path within the group, with a leading one.
    pub local: usize,
    /// Decisions of the byte done.
    pub done: u32,
    /// 0 in the first group, else 1.
    pub later: usize,
}

impl Model {
    /// A model with `1 << lines_log2` cache lines of slots, for groups of about `group_len` bytes.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(ensemble: &'static Ensemble, lines_log2: u32, group_len: usize) -> Result<Self> {
        let contexts = ensemble.contexts.len();
        let window_log2 = window_log2(group_len);
        let width = inputs_of(ensemble).div_ceil(ROW);
        let rows = |selectors: &[Selector]| selectors.iter().map(|selector| selector.rows()).collect::<Vec<_>>();
        let begins = |input| first_weight(input, ensemble);
        let heads_log2 = heads_log2(group_len);
        let matches = ensemble.matches.iter().map(|&least| MatchModel::new(least, heads_log2));
        Ok(Model {
            ensemble,
            tree: Box::new(Tree::new(ensemble.leaves.first, &ensemble.leaves.depths)?),
            experts: Experts::new(contexts, ensemble.second, lines_log2)?,
            matches: matches.collect::<Result<_>>()?,
            gate: Gate::new(width, &rows(ensemble.selectors), &rows(ensemble.finals), begins)?,
            sets: Picks::new(ensemble.selectors),
            finals: Picks::new(ensemble.finals),
            rate: ensemble.rates.at(0),
            guesses: ensemble
                .guesses
                .iter()
                .map(|classes| Map::new(2 * classes, GUESS_LIMIT))
                .collect::<Result<_>>()?,
            calibration: ensemble
                .calibration
                .iter()
                .map(|_| Calibration::new(calibration_log2(group_len)))
                .collect::<Result<_>>()?,
            features: Features::new(ensemble.kind)?,
            window: try_zeroed(1 << window_log2)?,
            position: 0,
            taken: 0,
            width,
            settle_at: SETTLE_FIRST,
            learning: Learning::default(),
            certain: if ensemble.guided { None } else { Some(Certain::new()?) },
            supports: None,
        })
    }

    /// Codes which tree a group goes by, at its very start: the ensemble's own, or a better one for `block`, with which the group begins. A
    /// decoder's block is ignored.
    ///
    /// # Errors
    /// [`Error::Corrupt`](crate::Error::Corrupt), from a decoder only.
    pub fn code_tree<C: BitCoder>(&mut self, coder: &mut C, block: &[u8]) -> Result<()> {
        let leaves = self.ensemble.leaves;
        if let Some(depths) = tree::code_depths(coder, leaves, tree::worthwhile(leaves, block).as_ref()) {
            *self.tree = Tree::new(leaves.first, &depths)?;
        }
        Ok(())
    }

    /// Bytes that a model takes for a group of that length, its slots aside.
    pub fn memory(ensemble: &Ensemble, group_len: usize) -> u64 {
        let rows: usize = ensemble.selectors.iter().map(|selector| selector.rows()).sum();
        let weights = rows * inputs_of(ensemble).next_multiple_of(ROW) * 2;
        let maps = Experts::memory(ensemble.contexts.len()) + ensemble.kind.memory();
        let heads = ensemble.matches.len() << (heads_log2(group_len) + 2);
        let calibration = ensemble.calibration.len() as u64 * Calibration::memory(calibration_log2(group_len));
        (1 << window_log2(group_len))
            + (weights + maps + heads) as u64
            + calibration
            + (Certain::MEMORY + (1 << 16)) as u64
    }

    /// Codes one byte and learns it; a decoder ignores `byte`.
    #[inline(always)]
    pub fn code<L: Lanes, C: BitCoder>(&mut self, scratch: &mut Scratch, coder: &mut C, byte: u8) -> u8 {
        if scratch.outlook.is_certain() {
            if let Some(byte) = scratch.outlook.code(coder, byte) {
                self.end_byte(scratch, byte);
                return byte;
            }
            self.prepare_experts(scratch);
        }
        let sought = self.tree.path(byte);
        let mut at = At { node: 1, path: 1, local: 1, done: 0, later: 0 };
        loop {
            let known = self.experts.begin_group(&mut scratch.sight, &self.tree, at.node, at.done);
            self.sets.begin_group(&mut scratch.sets, self.ensemble.chains, known);
            self.finals.begin_group(&mut scratch.finals, self.ensemble.chains, known);
            let end = at.done + GROUP;
            at.local = 1;
            let leaf = loop {
                let bit = sought >> ((15 - at.done) & 15) & 1;
                let bit = self.code_bit::<L, C>(coder, scratch, at, bit);
                let next = self.tree.next(at.node as usize, bit);
                // What comes next is fetched before this bit is learnt, so that the two overlap.
                if next > 255 {
                    self.end_byte(scratch, next as u8);
                } else if at.done + 1 == end {
                    self.experts.fetch_group(&scratch.sight, next as u32);
                    self.fetch_calibration(scratch, next as u32);
                }
                self.learn::<L>(scratch, at, bit);
                at.node = next as u32;
                at.path = at.path * 2 + bit;
                at.local = at.local * 2 + bit as usize;
                at.done += 1;
                if next > 255 || at.done == end {
                    break next > 255;
                }
            };
            if at.later > 0 {
                self.experts.end_group(&scratch.sight);
            }
            if leaf {
                break;
            }
            at.later = 1;
        }
        let byte = at.node as u8;
        self.experts.end_byte(&mut scratch.sight, byte, u16::from(self.learning.worth));
        byte
    }

    /// Makes `scratch` ready for the model's next byte, whatever it was used for before.
    #[inline(always)]
    pub fn prepare(&mut self, scratch: &mut Scratch) {
        let longest = longest(&self.matches);
        let last = self.features.found.last;
        scratch.outlook = self.certain.as_mut().map_or(Outlook::default(), |certain| certain.look(longest, last));
        if !scratch.outlook.is_certain() {
            self.prepare_experts(scratch);
        }
    }

    #[inline(always)]
    fn prepare_experts(&self, scratch: &mut Scratch) {
        let contexts = self.ensemble.contexts.iter().enumerate();
        let hashes = contexts.map(|(k, &context)| self.features.hash(context, k));
        self.experts.fetch_byte(&mut scratch.sight, hashes);
        scratch.match_class = self.matches.iter().fold(0, |class, model| class.max(model.class()));
        self.sets.begin_byte(&mut scratch.sets, &self.features.found);
        self.finals.begin_byte(&mut scratch.finals, &self.features.found);
        for (path, guess) in scratch.paths.iter_mut().zip(&self.features.found.guesses) {
            *path = Expected::new(&self.tree, guess.expected);
        }
        self.fetch_calibration(scratch, 1);
    }

    /// Finds the rows of the group of decisions that begins at `node`.
    #[inline(always)]
    fn fetch_calibration(&self, scratch: &mut Scratch, node: u32) {
        let maps = self.calibration.iter().zip(self.ensemble.calibration).zip(&mut scratch.calibrated);
        for (number, ((map, &context), first)) in maps.enumerate() {
            *first = map.first(combine(self.features.hash(context, number), u64::from(node)));
        }
    }

    #[inline(always)]
    fn code_bit<L: Lanes, C: BitCoder>(&mut self, coder: &mut C, scratch: &mut Scratch, at: At, bit: u32) -> u32 {
        for (map, &first) in self.calibration.iter().zip(&scratch.calibrated) {
            map.prefetch(first + at.local);
        }
        self.ask(scratch, at);
        let scene = Scene {
            at,
            expected: self.matches.iter().rev().find_map(|model| model.expected_bit(at.path, at.done)),
            match_class: scratch.match_class,
            found: &self.features.found,
            paths: &scratch.paths,
            guesses: &scratch.guesses,
            inputs: scratch.inputs.0.as_flattened(),
            hint: scratch.hint.row,
        };
        let rows = self.sets.rows(&scratch.sets, &scene);
        let final_rows = self.finals.rows(&scratch.finals, &scene);
        let blend = self.gate.blend::<L>(&rows, &final_rows, &scratch.inputs.0[..self.width]);

        // The blend counts a quarter, the maps together three quarters.
        let mut sum = 0;
        let mut columns = [0; APMS];
        for ((map, &first), column) in self.calibration.iter_mut().zip(&scratch.calibrated).zip(&mut columns) {
            let (p, cell) = map.refine(first + at.local, blend);
            (*column, sum) = (cell, sum + p);
        }
        let p = (squash(blend) + sum * MAP_SHARE[self.calibration.len() % 4] / 256 + 2) / 4;
        let bit = coder.code(bit, p.clamp(PROB_MIN, PROB_MAX)) & 1;

        for ((map, &first), &column) in self.calibration.iter_mut().zip(&scratch.calibrated).zip(&columns) {
            map.learn(first + at.local, column, bit);
        }
        bit
    }

    /// All experts' inputs for the next bit.
    #[inline(always)]
    fn ask(&mut self, scratch: &mut Scratch, at: At) {
        let At { path, local, done, later, .. } = at;
        let inputs = scratch.inputs.0.as_flattened_mut();
        let (experts, rest) = inputs.split_at_mut(self.ensemble.contexts.len() * INPUTS);
        self.experts.ask(&mut scratch.sight, experts, later, local, done);
        let (pairs, _) = rest.as_chunks_mut::<2>();
        let (matches, pairs) = pairs.split_at_mut(self.matches.len());
        for (model, pair) in self.matches.iter_mut().zip(matches) {
            *pair = model.predict(path, done);
        }
        let (own, pairs) = pairs.split_at_mut(self.guesses.len());
        let guesses =
            self.guesses.iter_mut().zip(&self.features.found.guesses).zip(&scratch.paths).zip(&mut scratch.guesses);
        for ((((map, guess), &expected), cell), pair) in guesses.zip(own) {
            (*pair, *cell) = ([0, 0], 0);
            if let Some(bit) = expected.decision(path, done) {
                let index = guess.trust * 2 + bit as usize;
                let p = map.p(index);
                *pair = [stretch(p) as i16, ((p as i32 - 32_768) >> 5) as i16];
                *cell = index + 1;
            }
        }
        pairs[0] = [UNIT as i16, 0];
        if self.ensemble.guided {
            pairs.as_flattened_mut()[2..2 + guided::INPUTS].copy_from_slice(&scratch.hint.inputs);
        }
    }

    #[inline(always)]
    fn learn<L: Lanes>(&mut self, scratch: &mut Scratch, at: At, bit: u32) {
        if self.supports.is_some() {
            self.add_supports(scratch, bit);
        }
        if self.rate != 0 {
            self.gate.learn::<L>(&scratch.inputs.0[..self.width], bit, self.rate);
        }
        self.experts.learn::<L>(&mut scratch.sight, at, bit, u16::from(self.learning.worth));
        for model in &mut self.matches {
            model.learn(bit);
        }
        for (map, &cell) in self.guesses.iter_mut().zip(&scratch.guesses) {
            if cell > 0 {
                map.learn(cell - 1, bit);
            }
        }
    }

    #[inline(always)]
    fn end_byte(&mut self, scratch: &mut Scratch, byte: u8) {
        if let Some(certain) = &mut self.certain {
            certain.learn(&scratch.outlook, byte);
        }
        self.take(byte);
        self.prepare(scratch);
        self.grow_older();
    }

    /// Renews the rate, and settles what was counted, when it is time.
    #[inline(always)]
    fn grow_older(&mut self) {
        if self.learning.rate.is_none() && self.taken.is_multiple_of(RATE_STEP) {
            self.rate = self.ensemble.rates.at(self.learning.age + self.taken);
        }
        if self.taken >= self.settle_at && self.learning.worth {
            self.experts.settle();
            self.settle_at = self.taken + self.taken.min(SETTLE);
        }
    }

    /// Goes on behind `byte`.
    #[inline(always)]
    fn take(&mut self, byte: u8) {
        let mask = self.window.len() - 1;
        self.window[self.position & mask] = byte;
        self.position += 1;
        self.taken += 1;
        for model in &mut self.matches {
            model.push(byte, self.position, &self.window, &self.tree);
        }
        let longest = longest(&self.matches);
        let matched = longest.map_or(0, |model| u64::from(model.expected_byte() | model.length().min(32) << 9));
        self.features.push(byte, self.position, &self.window, matched);
    }
}

/// The match model of the longest least length that has a match.
#[inline(always)]
fn longest(matches: &[MatchModel]) -> Option<&MatchModel> {
    matches.iter().rev().find(|model| model.length() > 0)
}

/// What the weights of an input begin with.
fn first_weight(input: usize, ensemble: &Ensemble) -> i16 {
    let is_history = input < 2 * ensemble.contexts.len() && input.is_multiple_of(2);
    let is_hint = ensemble.guided && input + guided::INPUTS == inputs_of(ensemble);
    match (ensemble.guided, is_history) {
        _ if is_hint => HINT_WEIGHT,
        (true, true) => GUIDED_WEIGHT,
        (false, true) => FIRST_WEIGHT,
        _ => 0,
    }
}

fn window_log2(group_len: usize) -> u32 {
    group_len.clamp(1 << 12, 1 << WINDOW_LOG2_MAX).next_power_of_two().trailing_zeros()
}

/// Number of the gate's inputs.
fn inputs_of(ensemble: &Ensemble) -> usize {
    ensemble.contexts.len() * INPUTS
        + (ensemble.matches.len() + ensemble.guesses.len()) * 2
        + 2
        + if ensemble.guided { guided::INPUTS } else { 0 }
}

/// Log2 of the entries of a match model's hash table.
fn heads_log2(group_len: usize) -> u32 {
    window_log2(group_len).saturating_sub(2).clamp(10, 20)
}

/// Log2 of the rows of an adaptive map.
fn calibration_log2(group_len: usize) -> u32 {
    window_log2(group_len).saturating_sub(1).clamp(12, 16)
}
