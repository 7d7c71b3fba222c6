//! `vatic model eval`: how many bits a model's transformer, on its own, takes for files.

use anyhow::{Context, Result};
use serde::Serialize;
use std::fs;
use std::io::Write;
use vatic::neural::Transformer;

use crate::args::EvalArgs;
use crate::models;

#[derive(Serialize)]
struct Row {
    file: String,
    bytes: u64,
    tokens: u64,
    bits: f64,
    bits_per_byte: f64,
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
        rows.push(measure(&transformer, path.display().to_string(), &data)?);
        print(args, out, &rows[rows.len() - 1])?;
    }
    if rows.len() > 1 {
        let (bytes, tokens) = rows.iter().fold((0, 0), |sum, row| (sum.0 + row.bytes, sum.1 + row.tokens));
        let bits = rows.iter().map(|row| row.bits).sum();
        print(args, out, &Row { file: "all".into(), bytes, tokens, bits, bits_per_byte: each(bits, bytes) })?;
    }
    Ok(())
}

fn measure(transformer: &Transformer, file: String, data: &[u8]) -> Result<Row> {
    let tokens = transformer.tokenizer().encode_bytes(data);
    let total = f64::from(transformer.network().total());
    let mut bits = 0.0;
    transformer.foretell(&tokens, |token, frequencies| {
        bits -= (f64::from(frequencies.values()[token as usize]) / total).log2();
    })?;
    let bytes = data.len() as u64;
    Ok(Row { file, bytes, tokens: tokens.len() as u64, bits, bits_per_byte: each(bits, bytes) })
}

fn each(bits: f64, bytes: u64) -> f64 {
    bits / bytes.max(1) as f64
}

fn print(args: &EvalArgs, out: &mut impl Write, row: &Row) -> Result<()> {
    if args.json {
        writeln!(out, "{}", serde_json::to_string(row)?)?;
    } else {
        writeln!(
            out,
            "{}: {} bytes, {} tokens, {:.0} bytes by the transformer alone, {:.4} bits a byte",
            row.file,
            row.bytes,
            row.tokens,
            row.bits / 8.0,
            row.bits_per_byte
        )?;
    }
    Ok(())
}
