//! Models that begin with what another one has learnt.
//!
//! A model that was trained, or thawed from a primer, is [shared](Model::share): its tables become read-only bases. Any number of
//! [forks](Model::fork), on any threads, code on overlays over them. [`Model::reset`] makes a fork what it was when new by beginning another
//! epoch; it costs as much as what the last input touched.

use super::{Model, SETTLE_FIRST, calibration_log2, first_weight, heads_log2, window_log2};
use crate::coder::binary::{BinaryDecoder, BinaryEncoder, BitCoder};
use crate::error::{Error, Result, try_zeroed};
use crate::predict::mix::certain::Certain;
use crate::predict::mix::primer::contexts::{Cells, Trees};
use crate::predict::mix::primer::tables::Row;
use crate::predict::mix::slots::{Home, KEY};

/// How a model goes on learning, besides in its slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learning {
    /// The gate's rate, 0 for a gate that stays as it is; by default it decays with the bytes seen.
    pub rate: Option<i32>,
    /// Whether it is still counted what histories and runs are worth.
    pub worth: bool,
    /// Bytes that count as seen before the first, for rates that decay.
    pub age: usize,
    /// Whether bytes that are all but certain are coded without the experts, who then learn nothing of them.
    pub certain: bool,
}

impl Default for Learning {
    fn default() -> Self {
        Learning { rate: None, worth: true, age: 0, certain: true }
    }
}

impl Model {
    /// Makes all that was learnt the base of [`Model::fork`]. The model itself only serves as their start from then on.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn share(&mut self) -> Result<()> {
        self.experts.share()?;
        self.share_tables();
        Ok(())
    }

    /// Makes all that was learnt, except in slots, the base of [`Model::fork`], whose slots will be new.
    pub fn share_tables(&mut self) {
        self.gate.share();
        self.guesses.iter_mut().for_each(|map| map.table().share());
        self.calibration.iter_mut().for_each(|map| map.table().share());
        for model in &mut self.matches {
            model.tables().into_iter().for_each(|table| table.share());
        }
    }

    /// Makes where the model stands a start for [`Model::rewind`], while what forks learn from then on is their own.
    pub fn share_place(&mut self) {
        for model in &mut self.matches {
            let [heads, _] = model.tables();
            heads.share();
        }
    }

    /// A model that begins where this shared one stands, with `1 << lines_log2` lines of slots, for `group_len` more bytes.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn fork(&self, lines_log2: u32, group_len: usize, learning: Learning) -> Result<Model> {
        let len = group_len.saturating_add(self.position);
        let mut window: Vec<u8> = try_zeroed(1 << window_log2(len))?;
        let held = self.position.min(window.len());
        window[..held].copy_from_slice(&self.window[..held]);
        let heads_log2 = heads_log2(len);
        let matches = self.matches.iter().map(|model| model.fork(heads_log2, self.position, &self.window, &self.tree));
        // Beside a guide a long group has as many rows as without a primer.
        let rows_log2 = if self.ensemble.guided { calibration_log2(len) } else { 0 };
        let calibration = self.calibration.iter().map(|map| map.widened(rows_log2));
        let mut fork = Model {
            ensemble: self.ensemble,
            tree: self.tree.clone(),
            experts: self.experts.fork(lines_log2)?,
            matches: matches.collect::<Result<_>>()?,
            gate: self.gate.fork()?,
            sets: self.sets.clone(),
            finals: self.finals.clone(),
            rate: 0,
            guesses: self.guesses.iter().map(|map| map.fork()).collect::<Result<_>>()?,
            calibration: calibration.collect::<Result<_>>()?,
            features: self.features.clone(),
            window,
            position: self.position,
            taken: self.taken,
            width: self.width,
            settle_at: self.taken + SETTLE_FIRST,
            learning,
            certain: learning.certain.then(Certain::new).transpose()?,
            supports: None,
        };
        fork.set_learning(learning);
        Ok(fork)
    }

    /// A copy, tables and all.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn duplicate(&self) -> Result<Model> {
        Ok(Model {
            ensemble: self.ensemble,
            tree: self.tree.clone(),
            experts: self.experts.duplicate()?,
            matches: self.matches.clone(),
            gate: self.gate.clone(),
            sets: self.sets.clone(),
            finals: self.finals.clone(),
            guesses: self.guesses.clone(),
            calibration: self.calibration.clone(),
            features: self.features.clone(),
            window: self.window.clone(),
            certain: self.certain.clone(),
            supports: None,
            ..*self
        })
    }

    /// Sets how the model goes on learning.
    pub fn set_learning(&mut self, learning: Learning) {
        self.learning = learning;
        self.rate = learning.rate.unwrap_or(self.ensemble.rates.at(learning.age));
    }

    /// Goes back to the place of `start`, of which this is a fork, and keeps what was learnt since.
    pub fn rewind(&mut self, start: &Model) {
        let len = self.window.len();
        if self.position > len {
            self.window.fill(0);
            let held = start.position.min(start.window.len());
            self.window[..held].copy_from_slice(&start.window[..held]);
        } else {
            self.window[start.position.min(len)..self.position].fill(0);
        }
        (self.position, self.taken) = (start.position, start.taken);
        self.features.clone_from(&start.features);
        self.matches.iter_mut().zip(&start.matches).for_each(|(model, start)| model.rewind(start));
    }

    /// Forgets all that was learnt since the fork from `start`.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn reset(&mut self, start: &Model) -> Result<()> {
        self.rewind(start);
        self.experts.reset_slots()?;
        if self.rate != 0 {
            self.gate.reset();
        }
        self.guesses.iter_mut().for_each(|map| map.table().reset());
        self.calibration.iter_mut().for_each(|map| map.table().reset());
        for model in &mut self.matches {
            let [_, worth] = model.tables();
            worth.reset();
        }
        if self.learning.worth {
            self.experts.reset_worth(&start.experts);
            self.settle_at = self.taken + SETTLE_FIRST;
            self.set_learning(self.learning);
        }
        Ok(())
    }
}

/// Steps in which primers keep everything in the logistic domain, of 256: 4 gains nothing.
const VALUE_STEP: i32 = 16;

impl Model {
    /// Codes all that was learnt, except in slots, and takes over what a decoder makes of it. Weights are kept in steps of `1 << step`, of
    /// 2^28 for one.
    pub fn code_tables<C: BitCoder>(&mut self, coder: &mut C, step: u32) {
        self.code_weights(coder, step);
        self.code_calibration(coder);
    }

    /// The first part of [`Model::code_tables`]: what experts are worth.
    pub fn code_weights<C: BitCoder>(&mut self, coder: &mut C, step: u32) {
        let ensemble = self.ensemble;
        let begins = |input| first_weight(input, ensemble);
        let mut row = Row::default();
        self.gate.retell(begins, |values, first| row.code(coder, values, first, 1 << step.min(28)));
        let (histories, runs) = self.experts.worth();
        let mut row = Row::default();
        histories.retell(|values, first| row.code(coder, values, first, VALUE_STEP));
        let mut row = Row::default();
        runs.retell(|values, first| row.code(coder, values, first, VALUE_STEP));
        let mut row = Row::default();
        let maps = self.matches.iter_mut().map(|model| model.worth()).chain(&mut self.guesses);
        maps.for_each(|map| map.retell(|values, first| row.code(coder, values, first, VALUE_STEP)));
    }

    /// The rest of [`Model::code_tables`]: the maps behind the gate.
    pub fn code_calibration<C: BitCoder>(&mut self, coder: &mut C) {
        for map in &mut self.calibration {
            let mut row = Row::default();
            map.retell(|values, first| row.code(coder, values, first, VALUE_STEP));
        }
    }

    /// Codes what is in the slots of the contexts `keys`, ascending; what less than `least` is known of is left out.
    pub fn code_contexts(&mut self, keys: &[u64], least: u32, coder: &mut BinaryEncoder<'_>) {
        let mut trees =
            Trees { arena: self.experts.arena(), tree: &self.tree, least, writes: false, cells: Cells::default() };
        keys.iter().fold(0, |before, &key| trees.code(coder, before, key));
    }

    /// Puts `count` contexts that [`Model::code_contexts`] coded into their slots.
    ///
    /// # Errors
    /// [`Error::Truncated`] where there are fewer.
    pub fn read_contexts(&mut self, count: u64, coder: &mut BinaryDecoder<'_>) -> Result<()> {
        let mut trees =
            Trees { arena: self.experts.arena(), tree: &self.tree, least: 0, writes: true, cells: Cells::default() };
        let mut before = 0;
        for _ in 0..count {
            before = trees.code(coder, before, 0);
            if coder.is_exhausted() {
                return Err(Error::truncated("a primer's contexts"));
            }
        }
        Ok(())
    }

    /// Calls `take` with the keys of the contexts that come up in `record`, of those that have slots.
    pub fn keys(&mut self, record: &[u8], mut take: impl FnMut(u64)) {
        for &byte in record {
            for (k, &context) in self.ensemble.contexts.iter().enumerate() {
                let key = self.features.hash(context, k) & KEY;
                let arena = self.experts.arena();
                if Home::new(key).look(arena, 1).is_some() {
                    take(key);
                }
            }
            self.take(byte);
        }
    }

    /// Goes back to the place of `start` with slots that have seen nothing, as for another text, and keeps all else that was learnt.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn begin_text(&mut self, start: &Model, learning: Learning) -> Result<()> {
        self.rewind(start);
        self.set_learning(learning);
        self.settle_at = self.taken + SETTLE_FIRST;
        self.experts.reset_slots()
    }

    /// Goes on behind `text` without learning anything of it but where it stands.
    pub fn pass(&mut self, text: &[u8]) {
        text.iter().for_each(|&byte| self.take(byte));
    }

    /// Turns what was counted since the last time into values.
    pub fn settle(&mut self) {
        self.experts.settle();
    }
}
