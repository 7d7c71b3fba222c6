//! `vatic trace`: what the mix decides about a sample of bytes, for students to learn from. `docs/trace.md` describes the files.

mod shards;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use vatic::codec::mix::{Mix, Tracer};
use vatic::codec::{BlockCodec, Params};
use vatic::predict::mix::ensemble::{PROSE, STRUCTURE, of_level};
use vatic::predict::mix::hash::combine;

use crate::args::{Mode, TraceArgs};
use crate::inputs::{self, Input};
use crate::progress;
use shards::{Row, Shards};

/// Bytes of context that a row has.
const CONTEXT: usize = 32;
/// Bytes that the ensembles are compared on.
const TRIAL: usize = 1 << 18;
/// Bytes between two looks at the progress bar.
const STRETCH: usize = 1 << 12;

/// A file, and what students call it.
struct Document {
    name: String,
    content: Vec<u8>,
}

#[derive(Serialize)]
struct Report {
    documents: usize,
    bytes: u64,
    rows: u64,
    shards: usize,
    ensemble: u8,
    /// What the sampled bytes take, in bits each.
    bits_per_byte: f64,
}

/// Runs over the files and writes the shards.
///
/// # Errors
/// A file that cannot be read or written; nothing to sample.
pub fn run(args: &TraceArgs) -> Result<()> {
    let documents = read(&args.files)?;
    let bytes: usize = documents.iter().map(|document| document.content.len()).sum();
    if bytes == 0 {
        bail!("there is nothing in these files");
    }
    let places = documents.iter().map(|document| places(&document.content, args.starts).count()).sum();
    let limit = limit(args, places);
    let sample = Sample { seed: args.seed, limit, starts: args.starts };
    fs::create_dir_all(&args.output).with_context(|| format!("cannot make {}", args.output.display()))?;
    if fs::read_dir(&args.output)?.next().is_some() && !args.force {
        bail!("{} is not empty; -f writes into it all the same", args.output.display());
    }
    let groups: Vec<&[Document]> = if args.apart { documents.chunks(1).collect() } else { vec![&documents] };
    let bar = progress::bar(&args.output, Some(bytes as u64), !args.quiet && !args.json);
    let mut shards = Shards::new(&args.output, args.lean);
    let (mut ensemble, mut bits, mut done) = (0, 0.0, 0);
    for group in groups {
        let whole: Vec<u8> = group.iter().flat_map(|document| &document.content).copied().collect();
        let params = params(args, &whole)?;
        ensemble = params.ensemble;
        let mut tracer = Tracer::new(&params, &whole)?;
        shards.begin(&tracer.inputs(), ensemble)?;
        for document in group {
            bits += trace(document, &mut tracer, &sample, &mut shards, |count| {
                done += count as u64;
                progress::show(&bar, done, 0);
            })?;
        }
    }
    bar.finish_and_clear();
    let (rows, shards) = shards.finish()?;
    report(
        args,
        &Report {
            documents: documents.len(),
            bytes: bytes as u64,
            rows,
            shards,
            ensemble,
            bits_per_byte: bits / rows.max(1) as f64,
        },
    )
}

/// All files in these files and folders, with names that do not depend on where they lie.
fn read(paths: &[PathBuf]) -> Result<Vec<Document>> {
    let mut documents = Vec::new();
    for path in paths {
        let mut failures = Vec::new();
        let inputs =
            inputs::expand(std::slice::from_ref(path), Mode::Compress, &[inputs::ENDING], true, |path, error| {
                failures.push(error.context(format!("cannot read {}", path.display())));
            });
        if let Some(error) = failures.pop() {
            return Err(error);
        }
        for input in inputs {
            let Input::File(file) = input else { bail!("documents are read from files") };
            let content = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            documents.push(Document { name: name(path, &file), content });
        }
    }
    Ok(documents)
}

/// The last part of `path`, and the way from there to `file`.
fn name(path: &Path, file: &Path) -> String {
    // `.` has no name of its own.
    let named = if path.file_name().is_some() { path.to_owned() } else { path.canonicalize().unwrap_or_default() };
    let first = named.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let inside = file.strip_prefix(path).unwrap_or(Path::new(""));
    let parts = inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    [first].into_iter().chain(parts).collect::<Vec<_>>().join("/")
}

/// With which parameters a group is coded: those of the level, with the ensemble that does best on its beginning.
fn params(args: &TraceArgs, content: &[u8]) -> Result<Params> {
    let of = |ensemble, content: &[u8]| {
        let arg = Mix::arg(args.level, content.len());
        Params { level: args.level, ensemble, arg, group_len: content.len() }
    };
    if let Some(ensemble) = args.ensemble {
        return Ok(of(ensemble, content));
    }
    let beginning = &content[..content.len().min(TRIAL)];
    let mut best = None;
    for ensemble in [PROSE, STRUCTURE].map(|ensemble| of_level(ensemble, args.level)) {
        let mut packed = Vec::new();
        Mix::new(&of(ensemble, beginning))?.encode(beginning, &mut packed)?;
        if best.is_none_or(|(len, _)| packed.len() < len) {
            best = Some((packed.len(), ensemble));
        }
    }
    let (_, ensemble) = best.context("no ensemble")?;
    Ok(of(ensemble, content))
}

/// Which places are in the sample.
struct Sample {
    seed: u64,
    /// Those whose hash is up to this.
    limit: u64,
    starts: bool,
}

impl Sample {
    /// The positions in a document that are in the sample.
    fn of<'a>(&'a self, document: &'a Document) -> impl Iterator<Item = usize> + 'a {
        let salt = document.name.bytes().fold(self.seed, |salt, byte| combine(salt, u64::from(byte)));
        places(&document.content, self.starts).filter(move |&at| combine(salt, at as u64) <= self.limit)
    }
}

/// The limit of [`Sample`] for the share or the number that was asked for, of so many places.
fn limit(args: &TraceArgs, places: usize) -> u64 {
    let share = args.count.map_or(args.share, |count| count as f64 / places.max(1) as f64);
    // Beyond the largest number this is the largest number.
    (share * u64::MAX as f64) as u64
}

/// Positions that can be in a sample.
fn places(content: &[u8], starts: bool) -> impl Iterator<Item = usize> {
    (0..content.len()).filter(move |&at| !starts || is_start(content, at))
}

/// Whether something begins at `at` that most tokenizers begin a token with: a word with the space before it, a line feed, a mark.
fn is_start(content: &[u8], at: usize) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte >= 0x80;
    match at.checked_sub(1).map(|before| content[before]) {
        None | Some(b'\n') => true,
        Some(b' ') => false,
        Some(before) => is_word(before) && !is_word(content[at]),
    }
}

/// Goes through a document; returns the bits that the sampled bytes take.
fn trace(
    document: &Document,
    tracer: &mut Tracer,
    sample: &Sample,
    shards: &mut Shards,
    mut passed: impl FnMut(usize),
) -> Result<f64> {
    let Document { name, content } = document;
    let (mut from, mut told, mut bits) = (0, 0, 0.0);
    for at in sample.of(document) {
        tracer.pass(&content[from..at]);
        from = at;
        let foresight = tracer.look(content[at]);
        let row = Row::new(name, at, &content[at.saturating_sub(CONTEXT)..at], content[at], foresight);
        bits += f64::from(row.cost);
        shards.add(row)?;
        if at - told >= STRETCH {
            passed(at - told);
            told = at;
        }
    }
    tracer.pass(&content[from..]);
    passed(content.len() - told);
    Ok(bits)
}

fn report(args: &TraceArgs, report: &Report) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(report)?)?;
    } else if !args.quiet {
        writeln!(
            out,
            "{}: {} rows of {} documents, {} bytes, in {} shards; ensemble {}, {:.3} bits a byte of the sample",
            args.output.display(),
            report.rows,
            report.documents,
            report.bytes,
            report.shards,
            report.ensemble,
            report.bits_per_byte
        )?;
    }
    Ok(())
}
