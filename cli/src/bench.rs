//! `vatic bench`: what every preset makes of some files. For a comparison with other programs, see the crate `vatic-bench`.

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};
use vatic::{DecodeOptions, Options, Preset};

use crate::args::BenchArgs;

const PRESETS: [(&str, Preset); 3] = [("fast", Preset::Fast), ("balanced", Preset::Balanced), ("max", Preset::Max)];
/// A measurement is repeated until it has taken this long, and at most [`REPEATS`] times; the fastest counts.
const LONG_ENOUGH: Duration = Duration::from_secs(1);
const REPEATS: usize = 5;

#[derive(Serialize)]
struct Row {
    file: String,
    preset: &'static str,
    level: u8,
    bytes: usize,
    packed: usize,
    ratio: f64,
    compress_mb_per_s: f64,
    decompress_mb_per_s: f64,
}

/// Measures and prints.
///
/// # Errors
/// A file that cannot be read, or that does not come back the same.
pub fn run(args: &BenchArgs) -> Result<()> {
    let mut out = io::stdout().lock();
    if !args.json {
        let titles = ("packed", "ratio", "compress", "decompress");
        writeln!(out, "{:<9} {:>12} {:>8} {:>14} {:>14}", "preset", titles.0, titles.1, titles.2, titles.3)?;
    }
    for path in &args.files {
        let data = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        if !args.json {
            writeln!(out, "{} ({} bytes)", path.display(), data.len())?;
        }
        for (name, preset) in PRESETS {
            let row = measure(path, &data, name, preset, args.threads)?;
            if args.json {
                writeln!(out, "{}", serde_json::to_string(&row)?)?;
            } else {
                writeln!(
                    out,
                    "{name:<9} {:>12} {:>8.3} {:>9.1} MB/s {:>9.1} MB/s",
                    row.packed, row.ratio, row.compress_mb_per_s, row.decompress_mb_per_s
                )?;
            }
        }
    }
    Ok(())
}

fn measure(path: &Path, data: &[u8], name: &'static str, preset: Preset, threads: usize) -> Result<Row> {
    let options = Options::new().preset(preset).threads(threads);
    let (packed, compress) = fastest(|| vatic::compress(data, &options))?;
    let options = DecodeOptions::new().threads(threads);
    let (restored, decompress) = fastest(|| vatic::decompress(&packed, &options))?;
    ensure!(restored == data, "{}: preset {name} did not restore the same bytes; please report this", path.display());
    let speed = |time: Duration| data.len() as f64 / 1e6 / time.as_secs_f64().max(1e-9);
    Ok(Row {
        file: path.display().to_string(),
        preset: name,
        level: preset.level(),
        bytes: data.len(),
        packed: packed.len(),
        ratio: data.len() as f64 / packed.len().max(1) as f64,
        compress_mb_per_s: speed(compress),
        decompress_mb_per_s: speed(decompress),
    })
}

fn fastest(mut work: impl FnMut() -> vatic::Result<Vec<u8>>) -> Result<(Vec<u8>, Duration)> {
    let begin = Instant::now();
    let mut best = Duration::MAX;
    let mut runs = 0;
    loop {
        let start = Instant::now();
        let result = work()?;
        best = best.min(start.elapsed());
        runs += 1;
        if runs == REPEATS || begin.elapsed() >= LONG_ENOUGH {
            return Ok((result, best));
        }
    }
}
