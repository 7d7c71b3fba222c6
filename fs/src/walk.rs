//! Finding what to pack: folders with all that is in them, in an order in which files that resemble each other meet.

use crate::error::{Error, Result};
use crate::meta::{FileId, file_id};
use crate::names::from_path;
use crate::patterns::Patterns;
use crate::{Event, Observer};
use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use vatic::archive::similarity_key;

/// A file, folder or other thing to pack.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) path: PathBuf,
    /// In the archive.
    pub(crate) name: Vec<u8>,
    pub(crate) metadata: Metadata,
}

/// What there is to pack.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) items: Vec<Item>,
    /// Files that could not be read, and were reported.
    pub(crate) failed: u64,
}

impl Found {
    /// About how many bytes of content it has.
    pub(crate) fn content(&self) -> u64 {
        self.items.iter().filter(|item| item.metadata.is_file()).map(|item| item.metadata.len()).sum()
    }
}

/// Everything under `inputs` but what `exclude` matches and files of `own` identity: folders by name, then the rest by
/// similarity. What cannot be read is reported and left out.
pub(crate) fn collect(
    inputs: &[PathBuf],
    exclude: &Patterns,
    own: &HashSet<FileId>,
    observer: Observer<'_>,
) -> Result<Found> {
    let mut walk = Walk { exclude, own, items: Vec::new(), names: HashSet::new(), failed: 0 };
    for input in inputs {
        walk.visit(input, from_path(input), observer);
    }
    let Walk { mut items, failed, .. } = walk;
    if items.is_empty() && failed == 0 {
        return Err(Error::Nothing);
    }
    items.sort_by(|a, b| {
        let folders = b.metadata.is_dir().cmp(&a.metadata.is_dir());
        let by_name = || {
            if a.metadata.is_dir() {
                a.name.cmp(&b.name)
            } else {
                similarity_key(&a.name).cmp(&similarity_key(&b.name))
            }
        };
        folders.then_with(by_name)
    });
    Ok(Found { items, failed })
}

struct Walk<'a> {
    exclude: &'a Patterns,
    own: &'a HashSet<FileId>,
    items: Vec<Item>,
    names: HashSet<Vec<u8>>,
    failed: u64,
}

impl Walk<'_> {
    /// Takes `path` in, and everything below it. Folders wait in a list, not on the stack: they may be nested deeply.
    fn visit(&mut self, path: &Path, name: Vec<u8>, observer: Observer<'_>) {
        let mut waiting = vec![(path.to_owned(), name)];
        while let Some((path, name)) = waiting.pop() {
            if let Err(source) = self.take(&path, name.clone(), &mut waiting) {
                self.failed += 1;
                observer(Event::Failed { name: &name, error: &Error::Io { path, source } });
            }
        }
    }

    fn take(&mut self, path: &Path, name: Vec<u8>, waiting: &mut Vec<(PathBuf, Vec<u8>)>) -> io::Result<()> {
        let metadata = fs::symlink_metadata(path)?;
        let own = file_id(&metadata).is_some_and(|id| self.own.contains(&id));
        if own || self.exclude.matches(&name) || !name.is_empty() && !self.names.insert(name.clone()) {
            return Ok(());
        }
        let entries = if metadata.is_dir() { Some(fs::read_dir(path)?) } else { None };
        if !name.is_empty() {
            self.items.push(Item { path: path.to_owned(), name: name.clone(), metadata });
        }
        for entry in entries.into_iter().flatten() {
            let entry = entry?;
            let mut below = name.clone();
            if !below.is_empty() {
                below.push(b'/');
            }
            below.extend_from_slice(entry.file_name().as_encoded_bytes());
            waiting.push((entry.path(), below));
        }
        Ok(())
    }
}
