//! `vatic model import`: models that other programs trained, as `.vatm` files.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use vatic::Model;

use crate::args::ImportArgs;
use crate::output::{Output, Overwrite};

/// Reads the model, writes it, and says what it has become.
///
/// # Errors
/// It cannot be read, is of no kind that is known, or cannot be written.
pub fn run(args: &ImportArgs, out: &mut impl Write) -> Result<()> {
    let name = args.output.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let source = args.source.file_name().unwrap_or_default().to_string_lossy();
    let mut info = BTreeMap::from([("name".to_owned(), name), ("imported".to_owned(), format!("{source}, of czip"))]);
    info.extend(args.info.iter().filter_map(|entry| {
        let (key, value) = entry.split_once('=')?;
        Some((key.to_owned(), value.to_owned()))
    }));
    let read = || -> Result<Model> { Ok(Model::from_czm(&fs::read(&args.source)?, info)?) };
    let model = read().with_context(|| format!("cannot import {}", args.source.display()))?;
    let mut output = Output::file(&args.output, Overwrite { force: args.force, ask: true })?;
    output.write_all(&model.to_bytes()?).with_context(|| format!("cannot write {}", args.output.display()))?;
    output.commit(None, false)?;
    writeln!(out, "{}: {} bytes of tensors, id {}", args.output.display(), model.tensor_bytes(), model.id())?;
    Ok(())
}
