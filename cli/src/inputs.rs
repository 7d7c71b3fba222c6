//! Which inputs to work on, and what their outputs are called.

use anyhow::{Context, Result, bail};
use std::fs::{self, File, Metadata};
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use crate::args::Mode;

/// The ending of compressed files.
pub const ENDING: &str = "vat";

/// One input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Input {
    /// What messages call it.
    pub fn name(&self) -> &Path {
        match self {
            Input::Stdin => Path::new("(standard input)"),
            Input::File(path) => path,
        }
    }

    /// Opens it for reading. Length and metadata are known for regular files.
    ///
    /// # Errors
    /// It is not there, a folder, or may not be read.
    pub fn open(&self) -> Result<Opened> {
        match self {
            Input::Stdin => Ok(Opened { reader: Box::new(io::stdin().lock()), len: None, metadata: None }),
            Input::File(path) => {
                let file = File::open(path).context("cannot open")?;
                let metadata = file.metadata().context("cannot read")?;
                if metadata.is_dir() {
                    bail!("is a folder; -r takes the files in it");
                }
                let metadata = Some(metadata).filter(Metadata::is_file);
                Ok(Opened { reader: Box::new(file), len: metadata.as_ref().map(Metadata::len), metadata })
            }
        }
    }

    /// Whether somebody would have to type it.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Input::Stdin) && io::stdin().is_terminal()
    }
}

/// An input that can be read.
pub struct Opened {
    /// The bytes.
    pub reader: Box<dyn Read>,
    /// How many there are, if known.
    pub len: Option<u64>,
    /// What an output is to inherit.
    pub metadata: Option<Metadata>,
}

/// The inputs that `paths` stand for, folders replaced by what is in them if `recursive`. In a folder only files
/// that fit `mode` count - compressed ones have one of `endings` - and no symbolic links. Folders that cannot be read are reported through `fail`.
pub fn expand(
    paths: &[PathBuf],
    mode: Mode,
    endings: &[&str],
    recursive: bool,
    mut fail: impl FnMut(&Path, anyhow::Error),
) -> Vec<Input> {
    let mut inputs = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            inputs.push(Input::Stdin);
        } else if recursive && path.is_dir() {
            walk(path, mode, endings, &mut inputs, &mut fail);
        } else {
            inputs.push(Input::File(path.clone()));
        }
    }
    if paths.is_empty() {
        inputs.push(Input::Stdin);
    }
    inputs
}

fn walk(
    folder: &Path,
    mode: Mode,
    endings: &[&str],
    inputs: &mut Vec<Input>,
    fail: &mut impl FnMut(&Path, anyhow::Error),
) {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => return fail(folder, error.into()),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&path, mode, endings, inputs, fail),
            Ok(kind) if kind.is_file() && is_packed(&path, endings) != (mode == Mode::Compress) => {
                inputs.push(Input::File(path))
            }
            Ok(_) => {}
            Err(error) => fail(&path, error.into()),
        }
    }
}

fn is_packed(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|own| endings.iter().any(|ending| own.eq_ignore_ascii_case(ending)))
}

/// Where `input` goes when nobody says otherwise; compressed files get the first of `endings`.
///
/// # Errors
/// Compressing what already has one of the endings (unless `force`), or restoring what has none.
pub fn target(input: &Path, mode: Mode, endings: &[&str], force: bool) -> Result<PathBuf> {
    let ending = endings.first().copied().unwrap_or(ENDING);
    if mode == Mode::Compress {
        if is_packed(input, endings) && !force {
            bail!("ends in .{ending} already; -f compresses it again");
        }
        let mut name = input.as_os_str().to_owned();
        name.push(".");
        name.push(ending);
        return Ok(name.into());
    }
    if !is_packed(input, endings) || input.file_stem().is_none() {
        bail!("does not end in .{ending}; name the output with -o FILE or take it from -c");
    }
    Ok(input.with_extension(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_mode() {
        let to = |name: &str, mode| target(Path::new(name), mode, &[ENDING, "czip"], false).ok();
        assert_eq!(to("a/b.txt", Mode::Compress), Some("a/b.txt.vat".into()));
        assert_eq!(to("a/b.txt.vat", Mode::Compress), None);
        assert_eq!(to("a/b.txt.vat", Mode::Decompress), Some("a/b.txt".into()));
        assert_eq!(to("a/b.txt", Mode::Decompress), None);
        assert_eq!(to("a/b.txt.CZIP", Mode::Decompress), Some("a/b.txt".into()));
        assert_eq!(to(".vat", Mode::Decompress), None);
        assert_eq!(target(Path::new("x.vat"), Mode::Compress, &[ENDING], true).unwrap(), Path::new("x.vat.vat"));
    }
}
