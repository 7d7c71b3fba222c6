//! `vatic model join`: one model with the parts of several.

use anyhow::{Context, Result};
use std::io::Write;

use crate::args::JoinArgs;
use crate::models::{load_all, write};

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
    info.extend(args.to.info.iter().cloned());
    write(&joined.with_metadata(info), &args.to, out)
}
