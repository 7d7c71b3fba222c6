//! Training a primer beside a transformer: codec `neural` reads samples, and how far it learnt to trust each expert is frozen.
//!
//! As for the mix alone, the last eighth of the samples decides which ensemble is taken; each sample held out is coded as a group of its own. The winner is then
//! trained on everything. Some 10 microseconds a byte read, beside a transformer of a few million weights.

use super::{HELD_OUT, Meter, TrainOptions, Trained, split, thinned};
use crate::codec::mix::Mix;
use crate::codec::neural::{ENSEMBLES, Neural, PART, STUDENT_TEXT, Student};
use crate::codec::{BlockCodec, Params, UNLIMITED};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::neural::Transformer;
use std::sync::Arc;

/// Bytes of samples on which choices are made.
const CHOICE: usize = 256 << 10;
/// Log2 of the steps in which weights are kept, of 2^28 for one: 2^20 gains nothing. The first that fits is taken, calibration left out last of all.
const STEPS: [u32; 4] = [23, 24, 25, 26];
/// The level whose tables what is held out is coded with.
const LEVEL: u8 = 8;

/// See [`Model::train_primer`].
///
/// # Errors
/// As there.
pub(super) fn train(samples: &[&[u8]], base: &Model, options: &TrainOptions) -> Result<Trained> {
    let transformer = base
        .transformer()?
        .ok_or(Error::InvalidOption("a primer is trained beside a model with a transformer".into()))?;
    let tried: Vec<u8> = options.ensemble.map_or(ENSEMBLES.to_vec(), |number| vec![number]);
    if tried.iter().any(|number| !ENSEMBLES.contains(number)) {
        return Err(Error::InvalidOption(format!("beside a transformer there is no ensemble {}", tried[0])));
    }
    let few = thinned(samples, CHOICE);
    let (rest, held) = split(&few);
    let held: Vec<&[u8]> = held.iter().map(|sample| &sample[..sample.len().min(STUDENT_TEXT)]).collect();
    let held = thinned(&held, HELD_OUT);
    let bytes = |samples: &[&[u8]]| samples.iter().map(|sample| sample.len() as u64).sum::<u64>();
    let trials = tried.len() as u64;
    let total = trials * bytes(&rest) + (trials + 1) * bytes(&held) + bytes(samples);
    let mut meter = Meter { options, done: 0, total };

    let mut best: Option<(u64, u8)> = None;
    for &number in &tried {
        let primed = taught(number, &rest, &transformer, base, &mut meter)?;
        let coded = coded_under(&primed, number, &held, &mut meter)?;
        if best.is_none_or(|best| coded < best.0) {
            best = Some((coded, number));
        }
    }
    let (held_out_coded, ensemble) = best.ok_or(Error::Internal("no ensemble was tried"))?;
    let alone = base.subset(&[PART]).ok_or(Error::Internal("a model without its transformer"))?;
    let held_out_plain = coded_under(&alone, ensemble, &held, &mut meter)?;
    let model = taught(ensemble, samples, &transformer, base, &mut meter)?;
    meter.add(usize::MAX)?;
    Ok(Trained {
        model,
        ensemble,
        samples: samples.len(),
        sample_bytes: bytes(samples),
        held_out: held.len(),
        held_out_bytes: bytes(&held),
        held_out_coded,
        held_out_plain,
    })
}

/// `base` with what was learnt of `samples`.
fn taught(
    ensemble: u8,
    samples: &[&[u8]],
    transformer: &Arc<Transformer>,
    base: &Model,
    meter: &mut Meter<'_>,
) -> Result<Model> {
    let mut student = Student::new(ensemble, transformer.clone())?;
    for sample in samples {
        for text in sample.chunks(STUDENT_TEXT) {
            student.read(text)?;
            meter.add(text.len())?;
        }
    }
    let size = meter.options.size as u64;
    let mut least = u64::MAX;
    for (calibrated, step) in [true, false].into_iter().flat_map(|calibrated| STEPS.map(|step| (calibrated, step))) {
        let part = student.part(step, calibrated)?;
        if part.tensor_bytes() <= size {
            return base.with_part(part);
        }
        least = least.min(part.tensor_bytes());
    }
    Err(Error::InvalidOption(format!("no primer of {size} bytes is of use; {least} is the least")))
}

/// Bytes that `samples` are coded to, each as a group of its own.
fn coded_under(model: &Model, ensemble: u8, samples: &[&[u8]], meter: &mut Meter<'_>) -> Result<u64> {
    let mut out = Vec::new();
    for sample in samples {
        let arg = Mix::arg(LEVEL, sample.len());
        let params = Params { level: LEVEL, ensemble, arg, group_len: sample.len() };
        Neural::new(&params, model, &UNLIMITED)?.encode(sample, &mut out)?;
        meter.add(sample.len())?;
    }
    Ok(out.len() as u64)
}
