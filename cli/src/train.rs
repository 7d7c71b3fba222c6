//! `vatic train`: a primer from samples.

use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use vatic::{Model, TrainOptions, Trained};

use crate::args::{Mode, RecordsArg, TrainArgs};
use crate::inputs::{self, Input};
use crate::models;
use crate::progress;

#[derive(Serialize)]
struct Row {
    model: String,
    id: String,
    bytes: u64,
    ensemble: u8,
    samples: usize,
    sample_bytes: u64,
    held_out: usize,
    held_out_bytes: u64,
    held_out_coded: u64,
    held_out_without: u64,
}

/// Trains, writes the model, and says what it is worth.
///
/// # Errors
/// A file that cannot be read or written, or samples of no use.
pub fn run(args: &TrainArgs) -> Result<()> {
    let mut failures = Vec::new();
    let inputs = inputs::expand(&args.files, Mode::Compress, &[inputs::ENDING], true, |path, error| {
        failures.push(error.context(format!("cannot read {}", path.display())));
    });
    if let Some(error) = failures.pop() {
        return Err(error);
    }
    let mut samples = Vec::new();
    for input in &inputs {
        let Input::File(path) = input else { bail!("samples are read from files") };
        let data = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        split(data, args.records, &mut samples);
    }
    let mut options = TrainOptions::new().adapt(args.adapt);
    if let Some(size) = args.size {
        options = options.size(usize::try_from(size).unwrap_or(usize::MAX));
    }
    if let Some(sample) = args.sample {
        options = options.sample(usize::try_from(sample).unwrap_or(usize::MAX));
    }
    if let Some(number) = args.ensemble {
        options = options.ensemble(number);
    }
    let base = args.model.as_deref().map(models::load_one).transpose()?;
    if let Some(base) = &base {
        options = options.beside(base);
    }
    // How much there is to read is known once training begins.
    let bar = progress::bar(&args.to.output, Some(u64::MAX), !args.quiet && !args.json);
    let shown = bar.clone();
    let options = options.progress(move |done, total| {
        shown.set_length(total);
        progress::show(&shown, done, 0);
        ControlFlow::Continue(())
    });
    let trained = Model::train_primer(&samples, &options);
    bar.finish_and_clear();
    let trained = trained?;
    let mut about = base.map_or(BTreeMap::new(), |base| base.metadata().clone());
    about.extend(info(args, &trained));
    let model = trained.model.with_metadata(about);
    models::save(&model, &args.to)?;
    report(args, &trained)
}

/// What a sample is.
pub fn split(data: Vec<u8>, records: RecordsArg, samples: &mut Vec<Vec<u8>>) {
    let lines = |data: &[u8]| {
        let body = data.strip_suffix(b"\n").unwrap_or(data);
        body.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>()
    };
    match records {
        RecordsArg::Lines => samples.extend(lines(&data)),
        RecordsArg::Ndjson => samples.extend(lines(&data).into_iter().filter(|line| !line.trim_ascii().is_empty())),
        RecordsArg::Files => samples.push(data),
        RecordsArg::All => {
            samples.extend(lines(&data));
            samples.push(data);
        }
    }
}

fn info(args: &TrainArgs, trained: &Trained) -> BTreeMap<String, String> {
    let name = args.to.output.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    // What a base says of its own training and figures still holds.
    let key = |key: &str| if args.model.is_some() { format!("primer_{key}") } else { key.to_owned() };
    let mut info = BTreeMap::from([
        ("name".to_owned(), name),
        (key("training_data"), format!("{} samples, {} bytes", trained.samples, trained.sample_bytes)),
        (
            key("measured"),
            format!(
                "{} samples held out in a trial, {} bytes, one by one: {} bytes, {} without the primer",
                trained.held_out, trained.held_out_bytes, trained.held_out_coded, trained.held_out_plain
            ),
        ),
    ]);
    info.extend(args.to.info.iter().cloned());
    info
}

fn report(args: &TrainArgs, trained: &Trained) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if args.json {
        let row = Row {
            model: args.to.output.display().to_string(),
            id: trained.model.id().to_string(),
            bytes: trained.model.tensor_bytes(),
            ensemble: trained.ensemble,
            samples: trained.samples,
            sample_bytes: trained.sample_bytes,
            held_out: trained.held_out,
            held_out_bytes: trained.held_out_bytes,
            held_out_coded: trained.held_out_coded,
            held_out_without: trained.held_out_plain,
        };
        writeln!(out, "{}", serde_json::to_string(&row)?)?;
    } else if !args.quiet {
        let each = |bytes: u64| bytes as f64 / trained.held_out.max(1) as f64;
        writeln!(
            out,
            "{}: {} bytes from {} samples ({} bytes), ensemble {}",
            args.to.output.display(),
            trained.model.tensor_bytes(),
            trained.samples,
            trained.sample_bytes,
            trained.ensemble
        )?;
        writeln!(
            out,
            "held out in a trial: {} samples of {:.1} bytes each become {:.1}; without a primer {:.1}",
            trained.held_out,
            each(trained.held_out_bytes),
            each(trained.held_out_coded),
            each(trained.held_out_plain)
        )?;
        writeln!(out, "A primer holds traces of its samples: do not publish one of private data.")?;
    }
    Ok(())
}
