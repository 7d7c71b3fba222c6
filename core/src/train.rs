//! Training a primer: the mix reads samples, and what it has learnt is frozen.
//!
//! 1. The last eighth of the samples is *held out*. How well records of it are coded, one by one, under a primer trained on
//!    the rest decides which ensemble is taken, and how often a context must have been seen to be kept.
//! 2. The winner is trained once more, on everything.
//!
//! Every sample is read as it will be coded: from the start, with all that the samples before it have taught.
//!
//! Work is bounded by bytes: choices are made on at most [`CHOICE`] bytes, the rest is read once. Some 2 microseconds a byte read.

mod beside;

use crate::codec::mix::primer::{Frozen, GROUP_LEN, TEXT_MAX, freeze};
use crate::codec::record::end::End;
use crate::coder::binary::Nowhere;
use crate::error::{Error, Result};
use crate::kernels::vector::{Lanes, LanesJob, dispatch};
use crate::model::{Model, Part};
use crate::predict::mix::ensemble::{self, ensemble};
use crate::predict::mix::{self, Learning, Scratch};
use crate::records::{RecordCoder, RecordOptions};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Most bytes of samples that are read, and beside a transformer.
const SAMPLE: usize = 16 << 20;
const SAMPLE_BESIDE: usize = 4 << 20;
/// Bytes of samples on which choices are made.
const CHOICE: usize = 1 << 20;
/// Bytes held out on which they are measured.
const HELD_OUT: usize = 1 << 16;
/// One part in so many is held out, the last: what comes later is what will be coded. Held out of each eighth in turn, among its like, log lines chose experts that made
/// later ones up to 11 % larger.
const PARTS: usize = 8;
/// Ensembles that are tried, the likeliest first.
const ENSEMBLES: [u8; 3] = [ensemble::RECORDS, ensemble::STRUCTURE, ensemble::PROSE];
/// How often a context must have come up, as tried; more often only where the size calls for it.
const LEASTS: [u32; 4] = [1, 2, 3, 4];
/// By what part of it the held-out data must be smaller for contexts to be left out: without it 8.8 bytes a line of a log became 9.1.
const WORTH_LEAVING_OUT: u64 = 64;
/// Log2 of the steps in which weights are kept, of 2^28 for one: from 2^20 to 2^16 nothing is gained.
const STEP: u32 = 20;
/// Where contexts must have been seen so often to fit, weights are kept in coarser steps too, and more so for each doubling.
const COARSE_FROM: u32 = 8;
/// The coarsest steps.
const STEP_MAX: u32 = 26;
/// Of a context that is kept, cells are kept that have seen as much as contexts must have, and this at most.
const CELL_LEAST_MAX: u32 = 4;
/// Log2 of the lines of slots that a record writes to: 2^13 made product descriptions of 350 bytes 7 % larger, 2^17 1.5 % smaller.
const OVERLAY: u32 = 15;
/// Log2 of the most lines of slots while training.
const LINES_LOG2_MAX: u32 = 22;
/// Bytes between two settlings of what histories are worth, at most.
const SETTLE: usize = 4096;
/// The gate's greatest rate within records.
const RATE_MAX: u8 = 128;
/// Keys gathered before doubles are thrown out.
const GATHERED: usize = 1 << 24;

/// Told how many of how many bytes have been read; [`ControlFlow::Break`] ends the work with [`Error::Cancelled`].
pub type TrainProgressFn = Arc<dyn Fn(u64, u64) -> ControlFlow<()> + Send + Sync>;

/// How a primer is trained.
#[derive(Clone)]
pub struct TrainOptions {
    size: usize,
    sample: Option<usize>,
    beside: Option<Model>,
    ensemble: Option<u8>,
    rate: u8,
    progress: Option<TrainProgressFn>,
}

impl fmt::Debug for TrainOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrainOptions").field("size", &self.size).field("sample", &self.sample).finish_non_exhaustive()
    }
}

impl Default for TrainOptions {
    fn default() -> Self {
        TrainOptions { size: 2 << 20, sample: None, beside: None, ensemble: None, rate: 0, progress: None }
    }
}

impl TrainOptions {
    /// At most 2 MiB of primer, from at most 16 MiB of samples, or 4 MiB [beside a transformer](TrainOptions::beside).
    pub fn new() -> Self {
        TrainOptions::default()
    }

    /// The most bytes that the primer's tables may have.
    #[must_use]
    pub fn size(mut self, bytes: usize) -> Self {
        self.size = bytes;
        self
    }

    /// The most bytes of samples that are read; of more, samples are left out evenly.
    #[must_use]
    pub fn sample(mut self, bytes: usize) -> Self {
        self.sample = Some(bytes);
        self
    }

    /// Trains what codec `neural` begins with beside the transformer of `model`. What comes of it is `model` with that as its part `gates`, in place of one that it had.
    /// Each byte of samples then takes some ten microseconds, and more where the transformer is large.
    #[must_use]
    pub fn beside(mut self, model: &Model) -> Self {
        self.beside = Some(model.clone());
        self
    }

    /// Takes this ensemble of codec `mix` and tries no other.
    #[must_use]
    pub fn ensemble(mut self, number: u8) -> Self {
        self.ensemble = Some(number);
        self
    }

    /// How fast the gate goes on learning within each record, up to 128: for records that are unlike the samples, and for long ones. With 0, the
    /// default, it stays as the samples taught it, which is quicker, and as small where records are like them.
    #[must_use]
    pub fn adapt(mut self, rate: u8) -> Self {
        self.rate = rate.min(RATE_MAX);
        self
    }

    /// Calls `progress` now and then.
    #[must_use]
    pub fn progress(mut self, progress: impl Fn(u64, u64) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(progress));
        self
    }
}

/// What came of a training.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Trained {
    /// The model: a primer, and nothing said about it yet.
    pub model: Model,
    /// The ensemble that was taken.
    pub ensemble: u8,
    /// Samples read, and their bytes.
    pub samples: usize,
    /// See [`Trained::samples`].
    pub sample_bytes: u64,
    /// Samples held out in the trial, their bytes, and what they were coded to, one by one, under a primer trained on the others.
    pub held_out: usize,
    /// See [`Trained::held_out`].
    pub held_out_bytes: u64,
    /// See [`Trained::held_out`].
    pub held_out_coded: u64,
    /// What the same samples are coded to without a primer by the same experts.
    pub held_out_plain: u64,
}

impl Model {
    /// Trains a primer on `samples`, each of them a record, a file or a part of one.
    ///
    /// **A primer holds traces of what it was trained on.** Do not publish one that was trained on what is not to be published.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for no samples, an unknown ensemble, or a size in which nothing fits; [`Error::Cancelled`],
    /// [`Error::OutOfMemory`].
    pub fn train_primer<S: AsRef<[u8]>>(samples: &[S], options: &TrainOptions) -> Result<Trained> {
        let samples: Vec<&[u8]> = samples.iter().map(AsRef::as_ref).filter(|sample| !sample.is_empty()).collect();
        if samples.is_empty() {
            return Err(Error::InvalidOption("a primer needs samples to read".into()));
        }
        if let Some(number) = options.ensemble
            && ensemble(number).is_none()
        {
            return Err(Error::InvalidOption(format!("codec mix has no ensemble {number}")));
        }
        match &options.beside {
            Some(base) => beside::train(&thinned(&samples, options.sample.unwrap_or(SAMPLE_BESIDE)), base, options),
            None => train(&thinned(&samples, options.sample.unwrap_or(SAMPLE)), options),
        }
    }
}

/// Where the work stands.
struct Meter<'a> {
    options: &'a TrainOptions,
    done: u64,
    total: u64,
}

impl Meter<'_> {
    fn add(&mut self, bytes: usize) -> Result<()> {
        self.done = self.done.saturating_add(bytes as u64);
        match &self.options.progress {
            Some(report) if report(self.done.min(self.total), self.total).is_break() => Err(Error::Cancelled),
            _ => Ok(()),
        }
    }
}

fn train(samples: &[&[u8]], options: &TrainOptions) -> Result<Trained> {
    let few = thinned(samples, CHOICE);
    let (rest, held) = split(&few);
    let held = thinned(&held, HELD_OUT);
    let bytes = |samples: &[&[u8]]| samples.iter().map(|sample| sample.len() as u64 + 1).sum::<u64>();
    let tried: Vec<u8> = options.ensemble.map_or(ENSEMBLES.to_vec(), |number| vec![number]);
    let (trials, leasts) = (tried.len() as u64, LEASTS.len() as u64);
    let total = trials * bytes(&rest) + (trials + leasts + 1) * bytes(&held) + bytes(samples);
    let mut meter = Meter { options, done: 0, total };

    let end = End::fit(samples.iter().copied());
    let mut best: Option<(u64, u8, Student)> = None;
    for &number in &tried {
        let student = Student::taught(number, &rest, end, &mut meter)?;
        let coded = coded_under(student.model(&student.keys(&rest)?, 2, usize::MAX)?, &held, &mut meter)?;
        if best.as_ref().is_none_or(|best| coded < best.0) {
            best = Some((coded, number, student));
        }
    }
    let (_, number, student) = best.ok_or(Error::Internal("no ensemble was tried"))?;
    let keys = student.keys(&rest)?;
    let mut choice = (u64::MAX, LEASTS[0]);
    for least in LEASTS {
        let coded = coded_under(student.model(&keys, least, options.size)?, &held, &mut meter)?;
        if coded + coded / WORTH_LEAVING_OUT < choice.0 {
            choice = (coded, least);
        }
    }
    let plain = Student::new(number, 0, end, options.rate)?.model(&Keys::default(), 1, usize::MAX)?;
    let held_out_plain = coded_under(plain, &held, &mut meter)?;
    let student = Student::taught(number, samples, end, &mut meter)?;
    let model = student.model(&student.keys(samples)?, choice.1, options.size)?;
    if model.tensor_bytes() > options.size as u64 {
        let least = model.tensor_bytes();
        return Err(Error::InvalidOption(format!(
            "no primer of {} bytes is of use; {least} is the least",
            options.size
        )));
    }
    meter.add(usize::MAX)?;
    let whole = |samples: &[&[u8]]| samples.iter().map(|sample| sample.len() as u64).sum();
    Ok(Trained {
        model,
        ensemble: number,
        samples: samples.len(),
        sample_bytes: whole(samples),
        held_out: held.len(),
        held_out_bytes: whole(&held),
        held_out_coded: choice.0,
        held_out_plain,
    })
}

/// As many of `samples`, evenly spread, as have `most` bytes together; the first in any case.
fn thinned<'a>(samples: &[&'a [u8]], most: usize) -> Vec<&'a [u8]> {
    let total: u64 = samples.iter().map(|sample| sample.len() as u64 + 1).sum();
    let (mut seen, mut kept) = (0, 0);
    let mut wanted = |sample: &&&[u8]| {
        // What is kept follows a line from nothing to `most`.
        seen += sample.len() as u64 + 1;
        let due = u128::from(seen) * most.min(total as usize) as u128 / u128::from(total.max(1));
        let fits = kept == 0 || kept + (sample.len() as u64) < due as u64;
        kept += if fits { sample.len() as u64 + 1 } else { 0 };
        fits
    };
    samples.iter().filter(&mut wanted).copied().collect()
}

/// What is read in a trial, and what is held out. Few samples are both.
fn split<'a>(samples: &[&'a [u8]]) -> (Vec<&'a [u8]>, Vec<&'a [u8]>) {
    let (rest, held) = samples.split_at(samples.len() - samples.len() / PARTS);
    if held.is_empty() { (rest.to_vec(), rest.to_vec()) } else { (rest.to_vec(), held.to_vec()) }
}

/// Bytes that `samples` are coded to, one by one.
fn coded_under(model: Model, samples: &[&[u8]], meter: &mut Meter<'_>) -> Result<u64> {
    let mut coder = RecordCoder::new(&model, &RecordOptions::new())?;
    let mut out = Vec::new();
    for sample in samples {
        coder.compress(sample, &mut out)?;
        meter.add(sample.len() + 1)?;
    }
    Ok(out.len() as u64)
}

/// A model of the mix while it learns.
struct Student {
    number: u8,
    end: End,
    rate: i32,
    /// What stands in front of each sample.
    text: Vec<u8>,
    start: mix::Model,
    model: mix::Model,
    scratch: Box<Scratch>,
    seen: usize,
    settle_at: usize,
}

impl Student {
    /// One that expects about `bytes` of samples.
    fn new(number: u8, bytes: usize, end: End, rate: u8) -> Result<Student> {
        let ensemble = ensemble(number).ok_or(Error::Internal("an unknown ensemble"))?;
        let lines = (8 * bytes).clamp(1 << 10, 1 << LINES_LOG2_MAX).next_power_of_two().trailing_zeros();
        let mut start = mix::Model::new(ensemble, 0, GROUP_LEN)?;
        // What comes first comes behind the end of a record.
        let text = vec![end.terminator];
        start.pass(&text[..text.len().min(TEXT_MAX)]);
        start.share_place();
        let learning = Learning { certain: false, ..Learning::default() };
        let model = start.fork(lines, GROUP_LEN - text.len(), learning)?;
        Ok(Student {
            number,
            end,
            rate: rate.into(),
            text,
            start,
            model,
            scratch: Box::default(),
            seen: 0,
            settle_at: 64,
        })
    }

    /// One that has read `samples`.
    fn taught(number: u8, samples: &[&[u8]], end: End, meter: &mut Meter<'_>) -> Result<Student> {
        let bytes = samples.iter().map(|sample| sample.len() + 1).sum();
        let mut student = Student::new(number, bytes, end, meter.options.rate)?;
        for sample in samples {
            student.read(sample);
            meter.add(sample.len() + 1)?;
        }
        student.model.settle();
        student.model.rewind(&student.start);
        Ok(student)
    }

    fn read(&mut self, sample: &[u8]) {
        self.model.rewind(&self.start);
        self.model.set_learning(Learning { age: self.seen, certain: false, ..Learning::default() });
        dispatch(Read { student: self, sample });
        self.seen += sample.len() + 1;
        if self.seen >= self.settle_at {
            self.model.settle();
            self.settle_at = self.seen + self.seen.min(SETTLE);
        }
    }

    /// What was learnt, of the contexts of `keys` that came up at least so often; more often if it would have more than `size` bytes.
    fn model(&self, keys: &Keys, least: u32, size: usize) -> Result<Model> {
        let made = |least, step| Model::new(vec![self.part(keys, least, step)?], BTreeMap::new());
        let fits = |model: &Model| model.tensor_bytes() <= size as u64;
        let first = made(least, STEP)?;
        if fits(&first) {
            return Ok(first);
        }
        // The least number that fits, to a sixteenth: doubled until it does, then halved in between.
        let (mut low, mut high) = (least, 2 * least);
        let mut best = loop {
            let model = made(high, step_of(high))?;
            // Nothing is left but the tables.
            if fits(&model) || high > keys.most && step_of(high) == STEP_MAX {
                break model;
            }
            (low, high) = (high, 2 * high);
        };
        while high - low > 1 + low / 16 {
            let middle = low.midpoint(high);
            let model = made(middle, step_of(middle))?;
            if fits(&model) {
                (high, best) = (middle, model);
            } else {
                low = middle;
            }
        }
        Ok(best)
    }

    /// The contexts that come up in `samples` and are known.
    fn keys(&self, samples: &[&[u8]]) -> Result<Keys> {
        let mut model = self.model.duplicate()?;
        let mut keys = Keys::default();
        for sample in samples {
            model.rewind(&self.start);
            model.keys(sample, |key| keys.new.push(key));
            model.keys(&[self.end.terminator], |key| keys.new.push(key));
            if keys.new.len() > GATHERED {
                keys.sort();
            }
        }
        keys.sort();
        keys.most = keys.counted.iter().map(|&(_, count)| count).max().unwrap_or(0);
        Ok(keys)
    }

    fn part(&self, keys: &Keys, least: u32, step: u32) -> Result<Part> {
        let mut model = self.model.duplicate()?;
        let keys: Vec<u64> = keys.counted.iter().filter(|&&(_, count)| count >= least).map(|&(key, _)| key).collect();
        model.rewind(&self.start);
        freeze(Frozen {
            ensemble: self.number,
            model: &mut model,
            keys: &keys,
            least: least.min(CELL_LEAST_MAX),
            step,
            text: &self.text,
            end: self.end,
            overlay: OVERLAY,
            rate: self.rate,
        })
    }
}

/// How often each context came up.
#[derive(Default)]
struct Keys {
    /// By ascending key.
    counted: Vec<(u64, u32)>,
    new: Vec<u64>,
    most: u32,
}

impl Keys {
    fn sort(&mut self) {
        self.new.sort_unstable();
        let new = self.new.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32));
        let mut all: Vec<(u64, u32)> = std::mem::take(&mut self.counted);
        all.extend(new);
        // Two ascending runs: a stable sort merges them.
        all.sort_by_key(|&(key, _)| key);
        all.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 = kept.1.saturating_add(if same { next.1 } else { 0 });
            same
        });
        (self.counted, self.new) = (all, Vec::new());
    }
}

/// Log2 of the steps of weights, where contexts must have come up so often.
fn step_of(least: u32) -> u32 {
    let coarser = (least / COARSE_FROM).checked_ilog2().map_or(0, |log2| log2 + 1);
    (STEP + coarser).min(STEP_MAX)
}

struct Read<'a> {
    student: &'a mut Student,
    sample: &'a [u8],
}

impl LanesJob for Read<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Student { model, scratch, end, .. } = self.student;
        model.prepare(scratch);
        for &byte in self.sample.iter().chain(&[end.terminator]) {
            model.code::<L, _>(scratch, &mut Nowhere, byte);
        }
    }
}

#[cfg(test)]
mod tests;
