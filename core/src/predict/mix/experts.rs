//! The context experts: for each context a slot, what its histories and runs were worth, and four inputs of the gate.
//!
//! What an expert says of a bit: what its bit history was worth so far, that again in another form ([`Second`]), its own
//! probability, and whether the byte that came last in this context comes again.
//!
//! Cost: for each context some twelve operations a bit to ask and eight to teach, beside a few vector operations for all together;
//! thirty for each slot, of which a byte of text takes two or three.

use crate::error::Result;
use crate::kernels::vector::{Lanes, ROW, Words};
use crate::predict::arena::Arena;
use crate::predict::bit_history::{NEXT, STATES, prior};
use crate::predict::logistic::stretch;
use crate::predict::mix::model::At;
use crate::predict::mix::slots::{Home, NOTHING, Place, RATES, RUN_MAX, Slot};
use crate::predict::mix::tree::Tree;
use crate::predict::mix::worth::{Second, Worth};

/// Experts are worked on four at a time, so that loops over them are mostly straight code.
pub const QUAD: usize = 4;
/// Most contexts of an ensemble; their number is a multiple of [`QUAD`].
pub const CONTEXTS_MAX: usize = ROW;
const QUADS_MAX: usize = CONTEXTS_MAX / QUAD;
/// Inputs of a context expert.
pub const INPUTS: usize = 4;
const STATES_MAX: usize = 256;
const RUNS: usize = RUN_MAX as usize + 1;

/// One of something for each context.
type Each<T> = [[T; QUAD]; QUADS_MAX];

/// What the context experts have learnt.
#[derive(Debug)]
pub struct Experts {
    quads: usize,
    arena: Arena,
    /// What each state was worth to each expert.
    histories: Worth<STATES_MAX>,
    /// How often a byte that came so often in a row was right, bit by bit, to each expert.
    runs: Worth<RUNS>,
}

/// What the experts look at while they code a byte.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    homes: Each<Home>,
    /// Slots of the first group of decisions, and of a later one; where they came from.
    slots: [Each<Slot>; 2],
    places: [Each<Place>; 2],
    /// Histories and words of the present decision.
    states: Each<u8>,
    words: Words,
    runs: Runs,
}

/// The byte that came last in each context.
#[derive(Clone, Debug, Default)]
struct Runs {
    paths: [u16; ROW],
    counts: Each<u8>,
    /// What the run is worth for its expected bit.
    worth: [i16; ROW],
    /// All ones while the byte's bits are as expected.
    alive: [i16; ROW],
    /// Bits that were as expected.
    held: [u16; ROW],
}

impl Experts {
    /// Experts for so many contexts, with `1 << lines_log2` cache lines of slots.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(contexts: usize, second: Second, lines_log2: u32) -> Result<Self> {
        let quads = contexts.div_ceil(QUAD).min(QUADS_MAX);
        let priors = std::array::from_fn(|state| if state < STATES { prior(state) } else { 1 << 15 });
        Ok(Experts {
            quads,
            arena: Arena::plain(lines_log2)?,
            histories: Worth::new(quads * QUAD, priors, second)?,
            runs: Worth::new(quads * QUAD, [1 << 15; RUNS], Second::Sure)?,
        })
    }

    /// Bytes that experts for so many contexts take, their slots aside.
    pub fn memory(contexts: usize) -> usize {
        contexts.next_multiple_of(QUAD) * (STATES_MAX + RUNS) * 16
    }

    /// Takes in the hashes of the next byte's contexts, and asks the cache for their first slots.
    #[inline(always)]
    pub fn fetch_byte(&self, sight: &mut Sight, hashes: impl Iterator<Item = u64>) {
        for (home, hash) in sight.homes.as_flattened_mut().iter_mut().zip(hashes) {
            *home = Home::new(hash);
            home.prefetch(&self.arena, 1);
        }
    }

    /// Asks the cache for the slots of the group that begins at `node`.
    #[inline(always)]
    pub fn fetch_group(&self, sight: &Sight, node: u32) {
        for homes in &sight.homes[..self.quads] {
            for home in homes {
                home.prefetch(&self.arena, node);
            }
        }
    }

    /// Finds the slots of the group of decisions that begins at `node`, after `done` others. Returns which contexts have been seen before, the first lowest.
    #[inline(always)]
    pub fn begin_group(&mut self, sight: &mut Sight, tree: &Tree, node: u32, done: u32) -> u64 {
        let later = usize::from(node != 1);
        let quads = sight.slots[later].iter_mut().zip(&mut sight.places[later]).zip(&mut sight.homes);
        let runs = sight.runs.paths.as_chunks::<QUAD>().0.iter().zip(sight.runs.alive.as_chunks::<QUAD>().0);
        let shift = 13u32.saturating_sub(done);
        let mut known = 0u64;
        for (q, (((slots, places), homes), (paths, alive))) in quads.zip(runs).take(self.quads).enumerate() {
            for j in 0..QUAD {
                let new = if node > 1 && alive[j] != 0 { usize::from(paths[j] >> shift & 7) } else { NOTHING };
                places[j] = homes[j].load(&mut self.arena, node, new, &mut slots[j]);
                known |= u64::from(slots[j].is_known()) << (q * QUAD + j);
                if node == 1 {
                    homes[j].keep_if(slots[j].is_known());
                }
            }
        }
        if node == 1 {
            self.begin_runs(sight, tree);
        }
        known
    }

    #[inline(always)]
    fn begin_runs(&self, sight: &mut Sight, tree: &Tree) {
        let runs = &mut sight.runs;
        let paths = runs.paths.as_chunks_mut::<QUAD>().0.iter_mut().zip(runs.worth.as_chunks_mut::<QUAD>().0);
        let quads = sight.slots[0].iter().zip(&mut runs.counts).zip(paths).zip(self.runs.cells().as_chunks::<QUAD>().0);
        for (((slots, counts), (paths, worth)), cells) in quads {
            for j in 0..QUAD {
                let (last, count) = slots[j].run();
                (paths[j], counts[j]) = (tree.path(last) as u16, count);
                worth[j] = cells[j][usize::from(count) % RUNS].values()[0];
            }
        }
        let counts = runs.counts.as_flattened();
        runs.alive = std::array::from_fn(|k| if counts[k] > 0 { -1 } else { 0 });
        runs.held = [0; ROW];
    }

    /// Writes the inputs for the next bit: `local` is the group so far with a leading one, `done` the decisions of the byte done.
    #[inline(always)]
    pub fn ask(&self, sight: &mut Sight, inputs: &mut [i16], later: usize, local: usize, done: u32) {
        let contexts = self.quads * QUAD;
        let (pairs, rest) = inputs.split_at_mut(2 * contexts);
        let (own, rest) = rest.split_at_mut(contexts);
        let outputs =
            pairs.as_chunks_mut::<2>().0.as_chunks_mut::<QUAD>().0.iter_mut().zip(own.as_chunks_mut::<QUAD>().0);
        let quads = sight.slots[later & 1].iter().zip(&mut sight.states).zip(sight.words.0.as_chunks_mut::<QUAD>().0);
        let quads = quads.zip(self.histories.cells().as_chunks::<QUAD>().0).zip(outputs);
        for ((((slots, states), words), cells), (pairs, own)) in quads {
            for j in 0..QUAD {
                (words[j], states[j]) = (slots[j].word(local), slots[j].state(local));
                pairs[j] = cells[j][usize::from(states[j])].values();
                own[j] = stretch(u32::from(words[j])) as i16;
            }
        }
        let runs = &sight.runs;
        let run_inputs: [i16; ROW] = std::array::from_fn(|k| {
            // -1 where a 0 is expected, which turns the sign.
            let zero = (runs.paths[k] >> ((15 - done) & 15) & 1) as i16 - 1;
            ((runs.worth[k] ^ zero) - zero) & runs.alive[k]
        });
        for (to, from) in
            rest.as_chunks_mut::<QUAD>().0.iter_mut().zip(run_inputs.as_chunks::<QUAD>().0).take(self.quads)
        {
            *to = *from;
        }
    }

    /// Learns that `bit` came, where [`Experts::ask`] was asked; with `counts` of 1 it is counted for the worth of histories, with 0 not.
    #[inline(always)]
    pub fn learn<L: Lanes>(&mut self, sight: &mut Sight, at: At, bit: u32, counts: u16) {
        let At { later, local, done, .. } = at;
        L::adapt(&mut sight.words, &RATES, bit);
        let quads = sight.slots[later & 1].iter_mut().zip(&sight.states).zip(sight.words.0.as_chunks::<QUAD>().0);
        for (((slots, states), words), cells) in quads.zip(self.histories.cells_mut().as_chunks_mut::<QUAD>().0) {
            for j in 0..QUAD {
                let state = usize::from(states[j]);
                cells[j][state].count(bit, counts);
                slots[j].learn(local, NEXT[2 * state + (bit as usize & 1)], words[j]);
            }
        }
        let runs = &mut sight.runs;
        for k in 0..ROW {
            let as_expected = u32::from(runs.paths[k]) >> ((15 - done) & 15) & 1 == bit;
            runs.alive[k] &= if as_expected { -1 } else { 0 };
            runs.held[k] = runs.held[k].wrapping_sub(runs.alive[k] as u16);
        }
    }

    /// Takes in a bit that was not asked for: runs that expected another are over.
    #[inline(always)]
    pub fn pass(&self, sight: &mut Sight, at: At, bit: u32) {
        let runs = &mut sight.runs;
        for k in 0..ROW {
            let as_expected = u32::from(runs.paths[k]) >> ((15 - at.done) & 15) & 1 == bit;
            runs.alive[k] &= if as_expected { -1 } else { 0 };
        }
    }

    /// Puts the slots of a later group back.
    #[inline(always)]
    pub fn end_group(&mut self, sight: &Sight) {
        for (slots, places) in sight.slots[1].iter().zip(&sight.places[1]).take(self.quads) {
            for (slot, place) in slots.iter().zip(places) {
                place.store(&mut self.arena, slot);
            }
        }
    }

    /// The slots in the arena that [`Experts::end_group`] is about to replace.
    pub fn kept(&mut self, sight: &Sight) -> Vec<Slot> {
        let places = sight.places[1].iter().take(self.quads).flatten();
        places.map(|place| place.slot(&mut self.arena)).collect()
    }

    /// Undoes [`Experts::end_group`], before which the slots were `kept`.
    pub fn restore(&mut self, sight: &Sight, kept: &[Slot]) {
        // Of contexts that share a place the first found what was there; all found the same.
        for (place, slot) in sight.places[1].iter().take(self.quads).flatten().zip(kept) {
            place.store(&mut self.arena, slot);
        }
    }

    /// Puts the slots of the first group back, with `byte` in their runs; `counts` is as in [`Experts::learn`].
    #[inline(always)]
    pub fn end_byte(&mut self, sight: &mut Sight, byte: u8, counts: u16) {
        let held = sight.runs.held.as_chunks::<QUAD>().0.iter().zip(sight.runs.alive.as_chunks::<QUAD>().0);
        let runs = sight.runs.counts.iter().zip(held);
        let quads = sight.slots[0].iter_mut().zip(&sight.places[0]).zip(runs);
        for (((slots, places), (runs, (held, alive))), cells) in
            quads.zip(self.runs.cells_mut().as_chunks_mut::<QUAD>().0)
        {
            for j in 0..QUAD {
                let cell = &mut cells[j][usize::from(runs[j]) % RUNS];
                cell.count(1, held[j] * counts);
                cell.count(0, u16::from(alive[j] == 0) * counts);
                slots[j].learn_run(byte);
                places[j].store(&mut self.arena, &slots[j]);
            }
        }
    }

    /// Makes all slots the base of [`Experts::fork`]. The experts themselves only serve as their start from then on.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn share(&mut self) -> Result<()> {
        let arena = std::mem::replace(&mut self.arena, Arena::plain(0)?);
        self.arena = Arena::over(arena.into_base(), 0)?;
        Ok(())
    }

    /// Experts that begin with what these shared ones know, with `1 << lines_log2` lines of slots of their own.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn fork(&self, lines_log2: u32) -> Result<Self> {
        Ok(self.with(self.arena.fork(lines_log2)?))
    }

    /// A copy, slots and all.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn duplicate(&self) -> Result<Self> {
        Ok(self.with(self.arena.duplicate()?))
    }

    fn with(&self, arena: Arena) -> Self {
        Experts { quads: self.quads, arena, histories: self.histories.clone(), runs: self.runs.clone() }
    }

    /// Forgets what was learnt in slots since the fork.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn reset_slots(&mut self) -> Result<()> {
        self.arena.reset()
    }

    /// Takes over what histories and runs are worth to `start`.
    pub fn reset_worth(&mut self, start: &Experts) {
        self.histories.clone_from(&start.histories);
        self.runs.clone_from(&start.runs);
    }

    /// The slots.
    pub fn arena(&mut self) -> &mut Arena {
        &mut self.arena
    }

    /// What histories and runs are worth.
    pub fn worth(&mut self) -> (&mut Worth<STATES_MAX>, &mut Worth<RUNS>) {
        (&mut self.histories, &mut self.runs)
    }

    /// Turns what was counted into worth.
    pub fn settle(&mut self) {
        self.histories.settle();
        self.runs.settle();
    }
}
