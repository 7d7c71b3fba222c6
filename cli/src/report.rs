//! What the command says: lines for people on standard error, JSON for programs.

use anyhow::Result;
use serde::Serialize;
use std::io::{self, Write};
use std::path::Path;
use vatic::{FilterSpec, GroupInfo, Info, Route};

use crate::args::Mode;
use crate::engine::Done;

/// Prints an error, and what can be done about it.
pub fn error(name: Option<&Path>, error: &anyhow::Error) {
    if is_broken_pipe(error) {
        return; // Whoever read our output has seen enough.
    }
    match name {
        Some(name) => eprintln!("vatic: {}: {error:#}", name.display()),
        None => eprintln!("vatic: {error:#}"),
    }
    if let Some(hint) = error.downcast_ref::<vatic::Error>().and_then(hint) {
        eprintln!("vatic: {hint}");
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

fn hint(error: &vatic::Error) -> Option<&'static str> {
    match error {
        vatic::Error::Limit { what, .. } if what.contains("memory") => {
            Some("if you trust the file, raise the limit with -M")
        }
        vatic::Error::WrongKind("an archive of many files") => Some("use: vatic extract, vatic list, vatic verify"),
        vatic::Error::ModelMissing { .. } => {
            Some("give the model with -m, or put it where `vatic model list` finds it (VATIC_MODELS names folders)")
        }
        vatic::Error::Truncated { .. } => Some("the file is not complete; fetch or copy it again"),
        vatic::Error::Corrupt { .. } | vatic::Error::HashMismatch { .. } => {
            Some("the file is damaged; restore it from another copy")
        }
        vatic::Error::KeyNeeded => Some("give --password, --password-file, --key-file or --identity"),
        vatic::Error::WrongKey => Some("also a sealed file with a damaged front looks like this"),
        vatic::Error::NotSealed { .. } => Some("it is not what a key was given for; it can be read without one"),
        vatic::Error::Tampered { .. } => Some("the file was changed or is damaged; restore it from another copy"),
        vatic::Error::OutOfMemory { .. } => Some("fewer threads (-T1) or a limit (-M) need less memory"),
        _ => None,
    }
}

/// One line about a finished transfer; with the groups' routes if there are any and `groups` is set.
pub fn done(name: &Path, mode: Mode, done: &Done, groups: bool) {
    let (large, small) = if mode == Mode::Compress { (done.input, done.output) } else { (done.output, done.input) };
    let verb = match mode {
        Mode::Compress => "",
        Mode::Decompress | Mode::List => "restored, ",
        Mode::Test => "ok, ",
    };
    eprintln!("{}: {verb}{} -> {} bytes ({})", name.display(), done.input, done.output, share(small, large));
    if groups && !done.routes.is_empty() {
        eprintln!("  {:>12} {:>12} {:>12}  {:<8} {:<8} why", "offset", "bytes", "packed", "class", "codec");
        for route in &done.routes {
            eprintln!(
                "  {:>12} {:>12} {:>12}  {:<8} {:<8} {}{}",
                route.offset,
                route.len,
                route.packed,
                route.class.name(),
                route.codec.name(),
                route.why,
                filters(&route.filters),
            );
        }
    }
}

fn share(part: u64, whole: u64) -> String {
    if whole == 0 { "empty".to_owned() } else { format!("{:.2} %", 100.0 * part as f64 / whole as f64) }
}

fn filters(filters: &[FilterSpec]) -> String {
    let name = |filter: &FilterSpec| match filter.param {
        0 => filter.name().to_owned(),
        param => format!("{} {param}", filter.name()),
    };
    let names: Vec<_> = filters.iter().map(name).collect();
    if names.is_empty() { String::new() } else { format!(" (after {})", names.join(", ")) }
}

/// The tables of a file, for people.
///
/// # Errors
/// Standard output cannot be written.
pub fn listing(name: &Path, info: &Info, groups: bool) -> Result<()> {
    let mut out = io::stdout().lock();
    let (bytes, packed) = (info.content_length(), info.packed_length());
    if info.frames.iter().any(|frame| frame.sealed.is_some() && frame.content_length.is_none() && !frame.tiny) {
        let frames = info.frames.len();
        let count = format!("{frames} frame{}", if frames == 1 { "" } else { "s" });
        return Ok(writeln!(out, "{}: {count}, {packed} bytes, sealed ({})", name.display(), openers(info))?);
    }
    let sealed = if info.is_sealed() { format!(", sealed ({})", openers(info)) } else { String::new() };
    let size = bytes.map_or("unknown".to_owned(), |bytes| bytes.to_string());
    let part = bytes.map_or("-".to_owned(), |bytes| share(packed, bytes));
    let checked = if info.frames.iter().all(|frame| frame.checksum) { "BLAKE3" } else { "none" };
    let count: usize = info.frames.iter().map(|frame| frame.groups.len()).sum();
    writeln!(
        out,
        "{}: {} frame{}, {count} group{}, {size} bytes in {packed} ({part}), check {checked}{sealed}",
        name.display(),
        info.frames.len(),
        if info.frames.len() == 1 { "" } else { "s" },
        if count == 1 { "" } else { "s" },
    )?;
    for model in info.frames.iter().flat_map(|frame| &frame.models) {
        writeln!(out, "  model {} {}", model.id, if model.embedded { "inside" } else { "needed" })?;
    }
    if groups {
        writeln!(out, "  {:>5} {:>12} {:>12} {:>12} {:>12}  codec", "frame", "offset", "bytes", "copied", "packed")?;
        for (number, frame) in info.frames.iter().enumerate() {
            for group in &frame.groups {
                let GroupInfo { offset, len, packed, copied, codec, filters: chain, .. } = group;
                let (codec, chain) = (codec.name(), filters(chain));
                writeln!(out, "  {number:>5} {offset:>12} {len:>12} {copied:>12} {packed:>12}  {codec}{chain}")?;
            }
        }
    }
    Ok(())
}

/// What opens the sealed frames of a file.
fn openers(info: &Info) -> String {
    let seals = || info.frames.iter().filter_map(|frame| frame.sealed.as_ref());
    let kinds = [
        ("password", seals().any(|seal| seal.password)),
        ("key file", seals().any(|seal| seal.raw_keys > 0)),
        ("identity", seals().any(|seal| seal.recipients)),
    ];
    let kinds: Vec<_> = kinds.into_iter().filter_map(|(name, there)| there.then_some(name)).collect();
    format!("opens with: {}", kinds.join(", "))
}

#[derive(Serialize)]
struct JsonDone<'a> {
    file: String,
    action: &'static str,
    input_bytes: u64,
    output_bytes: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<JsonRoute<'a>>,
}

#[derive(Serialize)]
struct JsonRoute<'a> {
    offset: u64,
    bytes: u64,
    packed: u64,
    class: &'a str,
    codec: &'a str,
    ensemble: u8,
    filters: Vec<JsonFilter>,
    why: &'a str,
}

#[derive(Serialize)]
struct JsonFilter {
    name: &'static str,
    param: u32,
}

#[derive(Serialize)]
struct JsonListing {
    file: String,
    /// Not known where it is sealed and no key was given, or where a tiny frame is coded with a model.
    bytes: Option<u64>,
    packed: u64,
    frames: Vec<JsonFrame>,
}

#[derive(Serialize)]
struct JsonFrame {
    version: u8,
    sealed: bool,
    bytes: Option<u64>,
    packed: u64,
    checksum: bool,
    window: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    models: Vec<JsonModel>,
    groups: Vec<JsonGroup>,
}

#[derive(Serialize)]
struct JsonModel {
    id: String,
    embedded: bool,
}

#[derive(Serialize)]
struct JsonGroup {
    offset: u64,
    bytes: u64,
    copied: u64,
    packed: u64,
    codec: &'static str,
    ensemble: u8,
    filters: Vec<JsonFilter>,
}

#[derive(Serialize)]
struct JsonError {
    file: String,
    error: String,
    /// The library's stable number, where the error is the library's.
    code: Option<u32>,
}

fn json_filters(filters: &[FilterSpec]) -> Vec<JsonFilter> {
    filters.iter().map(|filter| JsonFilter { name: filter.name(), param: filter.param }).collect()
}

fn json_route(route: &Route) -> JsonRoute<'_> {
    JsonRoute {
        offset: route.offset,
        bytes: route.len,
        packed: route.packed,
        class: route.class.name(),
        codec: route.codec.name(),
        ensemble: route.ensemble,
        filters: json_filters(&route.filters),
        why: route.why,
    }
}

/// One JSON line about a transfer: on standard output, or on standard error where that carries data.
///
/// # Errors
/// The line cannot be written.
pub fn json_done(name: &Path, mode: Mode, done: &Done, to_stdout: bool) -> Result<()> {
    let line = serde_json::to_string(&JsonDone {
        file: name.display().to_string(),
        action: match mode {
            Mode::Compress => "compress",
            Mode::Decompress => "decompress",
            Mode::Test => "test",
            Mode::List => "list",
        },
        input_bytes: done.input,
        output_bytes: done.output,
        groups: done.routes.iter().map(json_route).collect(),
    })?;
    if to_stdout {
        writeln!(io::stderr(), "{line}")?
    } else {
        writeln!(io::stdout(), "{line}")?
    }
    Ok(())
}

/// One JSON line with the tables of a file.
///
/// # Errors
/// The line cannot be written.
pub fn json_listing(name: &Path, info: &Info) -> Result<()> {
    let frames = info.frames.iter().map(|frame| JsonFrame {
        version: frame.version,
        sealed: frame.sealed.is_some(),
        bytes: frame.content_length,
        packed: frame.packed_length,
        checksum: frame.checksum,
        window: frame.window,
        models: frame
            .models
            .iter()
            .map(|model| JsonModel { id: model.id.to_string(), embedded: model.embedded })
            .collect(),
        groups: frame
            .groups
            .iter()
            .map(|group| JsonGroup {
                offset: group.offset,
                bytes: group.len,
                copied: group.copied,
                packed: group.packed,
                codec: group.codec.name(),
                ensemble: group.ensemble,
                filters: json_filters(&group.filters),
            })
            .collect(),
    });
    let listing = JsonListing {
        file: name.display().to_string(),
        bytes: info.content_length(),
        packed: info.packed_length(),
        frames: frames.collect(),
    };
    Ok(writeln!(io::stdout(), "{}", serde_json::to_string(&listing)?)?)
}

/// One JSON line about an entry or a file that failed, on standard error.
pub fn json_failure(name: &str, error: &vatic_fs::Error) {
    let line = JsonError { file: name.to_owned(), error: error.to_string(), code: error.code() };
    if let Ok(line) = serde_json::to_string(&line) {
        eprintln!("{line}");
    }
}

/// One JSON line about a failure, on standard error.
pub fn json_error(name: &Path, error: &anyhow::Error) {
    let code = error.downcast_ref::<vatic::Error>().map(vatic::Error::code);
    let line = JsonError { file: name.display().to_string(), error: format!("{error:#}"), code };
    if let Ok(line) = serde_json::to_string(&line) {
        eprintln!("{line}");
    }
}
