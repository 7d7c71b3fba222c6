//! `vatic model import`: models that other programs trained, as `.vatm` files.

mod llama;

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use vatic::Model;

use crate::args::ImportArgs;
use crate::models;

/// Reads the model, writes it, and says what it has become.
///
/// # Errors
/// It cannot be read, is of no kind that is known, or cannot be written.
pub fn run(args: &ImportArgs, out: &mut impl Write) -> Result<()> {
    let mut report = Vec::new();
    let mut read = || if args.source.is_dir() { folder(args, &mut report) } else { file(args) };
    let model = read().with_context(|| format!("cannot import {}", args.source.display()))?;
    out.write_all(&report)?;
    models::write(&model, &args.to, out)
}

fn file(args: &ImportArgs) -> Result<Model> {
    if args.sample.is_some() {
        bail!("--sample is for folders of a Llama: a .czm has integers already");
    }
    Ok(Model::from_czm(&fs::read(&args.source)?, info(args, "czip"))?)
}

fn folder(args: &ImportArgs, report: &mut Vec<u8>) -> Result<Model> {
    let Some(sample) = &args.sample else { bail!("a folder needs a text to find its scales on: --sample FILE") };
    let sample = fs::read(sample).with_context(|| format!("cannot read {}", sample.display()))?;
    let imported = llama::import(&args.source, &sample, args.context)?;
    let llama::Bits { float, integer, bytes } = imported.bits;
    let each = |bits: f64| bits / bytes.max(1) as f64;
    let measured = format!(
        "{:.4} bits a byte on {bytes} bytes of the sample, {:.4} in floating point",
        each(integer),
        each(float)
    );
    writeln!(report, "{measured}: {:+.2} %", 100.0 * (integer / float.max(1.0) - 1.0))?;
    let mut info = info(args, "the Llama family");
    info.entry("measured".to_owned()).or_insert(measured);
    Ok(imported.model.with_metadata(info))
}

fn info(args: &ImportArgs, kind: &str) -> BTreeMap<String, String> {
    let name = args.to.output.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let source = args.source.file_name().unwrap_or_default().to_string_lossy();
    let mut info = BTreeMap::from([("name".to_owned(), name), ("imported".to_owned(), format!("{source}, of {kind}"))]);
    info.extend(args.to.info.iter().cloned());
    info
}
