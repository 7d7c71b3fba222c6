//! czip's files, beside vatic's own: written with `--format czip`, recognised by their first bytes, read and written with a `.czm` model.

use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use vatic::neural::czip::{self, CzipLimits, CzipModel, CzipOptions, OuterCodec};

use crate::args::{FileArgs, FormatArg, Mode, OuterArg};
use crate::engine::Done;

/// The ending of czip's files.
pub const ENDING: &str = "czip";
/// The ending of its models.
const MODEL_ENDING: &str = "czm";
/// Bytes that tell a file of czip.
const HEAD: usize = 6;

/// Whether `-m` names a model of czip.
pub fn is_model(text: &str) -> bool {
    Path::new(text).extension().is_some_and(|ending| ending.eq_ignore_ascii_case(MODEL_ENDING))
}

/// What is wrong with the flags, if they write files of czip.
pub fn misuse(args: &FileArgs) -> Option<&'static str> {
    let czm = args.models.iter().filter(|text| is_model(text)).count();
    if args.format != FormatArg::Czip || args.mode() != Mode::Compress {
        let compress = args.mode() == Mode::Compress;
        let meant = compress && (czm > 0 || args.outer.is_some());
        return meant.then_some("a .czm model and --outer are for files of czip: add --format czip");
    }
    let foreign = args.codec.is_some() || args.preset.is_some() || args.auto_model || args.embed_model || args.no_check;
    if czm != 1 || args.models.len() != 1 {
        Some("--format czip takes one model: -m ./MODEL.czm")
    } else if foreign {
        Some("files of czip have no codecs, presets, checksums or models of vatic")
    } else if args.level.get().is_some_and(|level| level > 5) {
        Some("czip's levels are -1 to -5")
    } else {
        None
    }
}

/// The model of czip that `-m` names, if one does.
///
/// # Errors
/// It is not there or cannot be read.
pub fn load(models: &[String]) -> Result<Option<CzipModel>> {
    let Some(path) = models.iter().find(|text| is_model(text)) else { return Ok(None) };
    let read = || -> Result<CzipModel> { Ok(CzipModel::from_bytes(&fs::read(path)?)?) };
    read().map(Some).with_context(|| format!("cannot load model {path}"))
}

/// Looks at the first bytes of `reader`: whether they are those of a file of czip, and the reader with them in front again.
///
/// # Errors
/// Those of reading.
pub fn sniff(mut reader: Box<dyn Read>) -> Result<(bool, Box<dyn Read>)> {
    let mut head = Vec::new();
    reader.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    Ok((czip::is_czip(&head), Box::new(Cursor::new(head).chain(reader))))
}

/// Writes everything that `reader` yields as a file of czip.
///
/// # Errors
/// Those of the library, of reading and of writing.
pub fn compress(
    mut reader: impl Read,
    output: &mut impl Write,
    args: &FileArgs,
    model: Option<&CzipModel>,
    bar: &ProgressBar,
) -> Result<Done> {
    let Some(model) = model else { bail!("files of czip need a model: -m ./MODEL.czm") };
    let mut text = Vec::new();
    reader.read_to_end(&mut text)?;
    bar.set_length(text.len() as u64);
    let mut options = CzipOptions::new().threads(args.threads).codec(match args.outer {
        None | Some(OuterArg::Brotli) => OuterCodec::Brotli,
        Some(OuterArg::Zstd) => OuterCodec::Zstd,
    });
    if let Some(level) = args.level.get() {
        options = options.level(level);
    }
    let packed = czip::compress(model, &text, &options)?;
    if args.verify && czip::decompress(model, &packed, &limits(args))? != text {
        bail!("the file does not come back; nothing was written");
    }
    output.write_all(&packed)?;
    Ok(Done { input: text.len() as u64, output: packed.len() as u64, routes: Vec::new() })
}

/// Restores the file of czip that `reader` yields.
///
/// # Errors
/// Those of the library, of reading and of writing; there is no model.
pub fn decompress(
    mut reader: impl Read,
    output: &mut impl Write,
    args: &FileArgs,
    model: Option<&CzipModel>,
) -> Result<Done> {
    let Some(model) = model else { bail!("is a file of czip: name its model with -m ./MODEL.czm") };
    let mut packed = Vec::new();
    reader.read_to_end(&mut packed)?;
    let text = czip::decompress(model, &packed, &limits(args))?;
    output.write_all(&text)?;
    Ok(Done { input: packed.len() as u64, output: text.len() as u64, routes: Vec::new() })
}

/// Text and payload are in memory whole.
fn limits(args: &FileArgs) -> CzipLimits {
    let limits = CzipLimits { threads: args.threads, ..CzipLimits::default() };
    match args.memory {
        Some(memory) => CzipLimits { output: memory, payload: memory, ..limits },
        None => limits,
    }
}
