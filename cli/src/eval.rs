//! `vatic model eval`: how many bits files take by the transformer of a model, by the mix without it, and by both; and what each expert does for that.

use anyhow::{Context, Result};
use serde::Serialize;
use std::fs;
use std::io::Write;
use vatic::codec::mix::Mix;
use vatic::codec::neural::{ENSEMBLES, Neural};
use vatic::codec::{self, BlockCodec, CodecId, Params};
use vatic::neural::Transformer;
use vatic::predict::mix::ensemble::{PROSE, STRUCTURE};
use vatic::{Limits, Model};

use crate::args::EvalArgs;
use crate::models;

/// The level whose tables are taken.
const LEVEL: u8 = 8;

#[derive(Serialize, Default)]
struct Row {
    file: String,
    bytes: u64,
    tokens: u64,
    /// By the transformer alone.
    bits: f64,
    bits_per_byte: f64,
    /// By the mix without it, in bytes, and by both.
    mix: u64,
    mix_bits_per_byte: f64,
    both: u64,
    both_bits_per_byte: f64,
    /// The ensemble that was smallest beside the transformer; 0 in a sum over several.
    ensemble: u8,
    /// Whether the model's primer had a say.
    primed: bool,
    /// Of each expert, what part it has in the log-odds of what came; 1 together.
    shares: Vec<Share>,
    /// The same before they are made parts of one.
    #[serde(skip)]
    supports: Vec<(String, i64)>,
}

#[derive(Serialize)]
struct Share {
    expert: String,
    share: f64,
}

/// Measures and prints a row for each file, and one for all if there are several.
///
/// # Errors
/// The model has no transformer; something cannot be read.
pub fn run(args: &EvalArgs, out: &mut impl Write) -> Result<()> {
    let model = models::load_one(&args.model)?;
    let transformer = model.transformer()?.with_context(|| format!("the model {} has no transformer", args.model))?;
    let mut rows = Vec::new();
    for path in &args.files {
        let data = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        rows.push(measure(&model, &transformer, path.display().to_string(), &data)?);
        print(args, out, &rows[rows.len() - 1])?;
    }
    if rows.len() > 1 {
        print(args, out, &all(&rows))?;
    }
    Ok(())
}

fn measure(model: &Model, transformer: &Transformer, file: String, data: &[u8]) -> Result<Row> {
    let tokens = transformer.tokenizer().encode_bytes(data);
    let total = f64::from(transformer.network().total());
    let mut bits = 0.0;
    transformer.foretell(&tokens, |token, frequencies| {
        bits -= (f64::from(frequencies.values()[token as usize]) / total).log2();
    })?;
    let mut mixes = Vec::new();
    for ensemble in [PROSE, STRUCTURE] {
        let mut packed = Vec::new();
        Mix::new(&params(ensemble, data))?.encode(data, &mut packed)?;
        mixes.push(packed.len() as u64);
    }
    let mut best: Option<Row> = None;
    for ensemble in ENSEMBLES {
        let params = params(ensemble, data);
        let used = codec::models_used(CodecId::Neural, &params, std::slice::from_ref(model));
        let used = used.first().context("a model of no use")?;
        let mut codec = Neural::new(&params, used, &Limits { memory: u64::MAX, ..Limits::default() })?;
        codec.count_shares();
        let mut packed = Vec::new();
        codec.encode(data, &mut packed)?;
        let row = Row {
            file: file.clone(),
            bytes: data.len() as u64,
            tokens: tokens.len() as u64,
            mix: mixes.iter().copied().min().unwrap_or(0),
            both: packed.len() as u64,
            ensemble,
            primed: used.part(vatic::codec::neural::primer::PART).is_some(),
            bits,
            supports: codec.shares(),
            ..Row::default()
        };
        if best.as_ref().is_none_or(|best| row.both < best.both) {
            best = Some(row);
        }
    }
    best.map(worked_out).context("no ensemble")
}

fn params(ensemble: u8, data: &[u8]) -> Params {
    Params { level: LEVEL, ensemble, arg: Mix::arg(LEVEL, data.len()), group_len: data.len() }
}

/// The row with all that follows from what was counted.
fn worked_out(mut row: Row) -> Row {
    let each = |bits: f64| bits / row.bytes.max(1) as f64;
    (row.bits_per_byte, row.mix_bits_per_byte, row.both_bits_per_byte) =
        (each(row.bits), each(8.0 * row.mix as f64), each(8.0 * row.both as f64));
    let sum: i64 = row.supports.iter().map(|(_, support)| support).sum();
    let share = |support: i64| support as f64 / (sum.max(1) as f64);
    row.shares =
        row.supports.iter().map(|(name, support)| Share { expert: name.clone(), share: share(*support) }).collect();
    row.shares.sort_by(|a, b| b.share.total_cmp(&a.share));
    row
}

/// The sum of `rows`. Experts of one name count as one, whatever their ensemble.
fn all(rows: &[Row]) -> Row {
    let mut sum = Row { file: "all".into(), ensemble: rows[0].ensemble, primed: true, ..Row::default() };
    for row in rows {
        sum.bytes += row.bytes;
        sum.tokens += row.tokens;
        sum.bits += row.bits;
        sum.mix += row.mix;
        sum.both += row.both;
        sum.primed &= row.primed;
        sum.ensemble = if sum.ensemble == row.ensemble { row.ensemble } else { 0 };
        for (name, support) in &row.supports {
            match sum.supports.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => *known += support,
                None => sum.supports.push((name.clone(), *support)),
            }
        }
    }
    worked_out(sum)
}

fn print(args: &EvalArgs, out: &mut impl Write, row: &Row) -> Result<()> {
    if args.json {
        writeln!(out, "{}", serde_json::to_string(row)?)?;
        return Ok(());
    }
    writeln!(
        out,
        "{}: {} bytes, {} tokens, {:.0} bytes by the transformer alone, {:.4} bits a byte",
        row.file,
        row.bytes,
        row.tokens,
        row.bits / 8.0,
        row.bits_per_byte
    )?;
    let primed = if row.primed { ", behind its primer" } else { "" };
    writeln!(out, "  {:>10} bytes by the mix without it, {:.4} bits a byte", row.mix, row.mix_bits_per_byte)?;
    writeln!(out, "  {:>10} bytes by both, {:.4} bits a byte{primed}", row.both, row.both_bits_per_byte)?;
    for shares in row.shares.chunks(4) {
        let told: Vec<_> =
            shares.iter().map(|share| format!("{} {:.1} %", share.expert, 100.0 * share.share)).collect();
        writeln!(out, "    {}", told.join(", "))?;
    }
    Ok(())
}
