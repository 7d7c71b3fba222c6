//! `vatic model join`: one model with the parts of several.

use anyhow::{Context, Result};
use std::io::Write;

use crate::args::JoinArgs;
use crate::models::load_all;
use crate::output::{Output, Overwrite};

/// Reads the models, writes the joined one, and says what it has become.
///
/// # Errors
/// One cannot be read, two have a part of the same name, or the joined one cannot be written.
pub fn run(args: &JoinArgs, out: &mut impl Write) -> Result<()> {
    let models = load_all(&args.models)?;
    let (mut joined, others) = models.split_first().map(|(first, rest)| (first.clone(), rest)).context("no model")?;
    for (model, name) in others.iter().zip(&args.models[1..]) {
        joined = joined.join(model).with_context(|| format!("cannot join {name}"))?;
    }
    let mut info = joined.metadata().clone();
    info.extend(args.info.iter().filter_map(|entry| {
        let (key, value) = entry.split_once('=')?;
        Some((key.to_owned(), value.to_owned()))
    }));
    let joined = joined.with_metadata(info);
    let mut output = Output::file(&args.output, Overwrite { force: args.force, ask: true })?;
    output.write_all(&joined.to_bytes()?).with_context(|| format!("cannot write {}", args.output.display()))?;
    output.commit(None, false)?;
    writeln!(out, "{}: {} bytes of tensors, id {}", args.output.display(), joined.tensor_bytes(), joined.id())?;
    Ok(())
}
