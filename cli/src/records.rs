//! `vatic bench --records`: each record of a file coded on its own under a model.

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use std::io::{self, Write};
use std::time::{Duration, Instant};
use vatic::{Model, RecordCoder, RecordOptions};

use crate::args::{BenchArgs, RecordsArg};
use crate::{models, train};

/// A measurement is repeated until it has taken this long, and at most [`REPEATS`] times; the fastest counts.
const LONG_ENOUGH: Duration = Duration::from_secs(1);
const REPEATS: usize = 5;

#[derive(Serialize)]
struct Row {
    records: usize,
    raw_bytes: usize,
    compressed_bytes: usize,
    records_per_second: f64,
    decompress_records_per_second: f64,
}

/// Measures and prints, a row for each file.
///
/// # Errors
/// No model or more than one, a file that cannot be read, or a record that does not come back the same.
pub fn run(args: &BenchArgs, kind: RecordsArg) -> Result<()> {
    let models = models::load_all(&args.models)?;
    let [model] = &models[..] else { bail!("records are coded under one model: name it with -m") };
    let mut out = io::stdout().lock();
    for path in &args.files {
        let data = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut records = Vec::new();
        train::split(data, kind, &mut records);
        let row = measure(model, &records).with_context(|| path.display().to_string())?;
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&row)?)?;
        } else {
            let count = row.records.max(1) as f64;
            writeln!(
                out,
                "{}: {} records of {:.2} bytes become {:.2}; {:.0} a second, {:.0} back",
                path.display(),
                row.records,
                row.raw_bytes as f64 / count,
                row.compressed_bytes as f64 / count,
                row.records_per_second,
                row.decompress_records_per_second
            )?;
        }
    }
    Ok(())
}

fn measure(model: &Model, records: &[Vec<u8>]) -> Result<Row> {
    let mut coder = RecordCoder::new(model, &RecordOptions::new())?;
    let (mut packed, mut ends) = (Vec::new(), Vec::new());
    let compress = fastest(|| {
        packed.clear();
        ends.clear();
        for record in records {
            coder.compress(record, &mut packed)?;
            ends.push(packed.len());
        }
        Ok(())
    })?;
    let mut back = Vec::new();
    let decompress = fastest(|| {
        let mut start = 0;
        for (record, &end) in records.iter().zip(&ends) {
            back.clear();
            coder.decompress(&packed[start..end], &mut back)?;
            ensure!(back == *record, "a record did not come back the same; please report this");
            start = end;
        }
        Ok(())
    })?;
    let rate = |time: Duration| records.len() as f64 / time.as_secs_f64().max(1e-9);
    Ok(Row {
        records: records.len(),
        raw_bytes: records.iter().map(Vec::len).sum(),
        compressed_bytes: packed.len(),
        records_per_second: rate(compress),
        decompress_records_per_second: rate(decompress),
    })
}

fn fastest(mut work: impl FnMut() -> Result<()>) -> Result<Duration> {
    let begin = Instant::now();
    let mut best = Duration::MAX;
    for _ in 0..REPEATS {
        let start = Instant::now();
        work()?;
        best = best.min(start.elapsed());
        if begin.elapsed() >= LONG_ENOUGH {
            break;
        }
    }
    Ok(best)
}
