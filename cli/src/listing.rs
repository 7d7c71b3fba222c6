//! What is in an archive, for people and for programs.

use anyhow::{Result, bail};
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use vatic::Keys;
use vatic::archive::{Archive, ArchiveLimits, Entry, Kind};
use vatic_fs::{Patterns, display};

use crate::archive::{flat, load_keys, open};
use crate::archive_args::ListArgs;
use crate::keys::Use;

/// `vatic list`.
///
/// # Errors
/// The archive cannot be opened, or standard output not be written.
pub fn list(args: &ListArgs) -> Result<u64> {
    let only = Patterns::new(&args.patterns).map_err(flat)?;
    let keys = load_keys(&args.open.keys, Use::Open)?;
    let archive = open(&args.archive, &args.common, &args.open, &keys, args.keep_going)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut found = false;
    for index in archive.current() {
        let entry = &archive.entries()[index];
        if !only.is_empty() && !only.matches(&entry.meta.name) {
            continue;
        }
        found = true;
        if args.common.json {
            writeln!(out, "{}", serde_json::to_string(&json_entry(entry))?)?;
        } else if args.long || args.common.verbose > 0 {
            writeln!(out, "{}", long_line(entry))?;
        } else {
            writeln!(out, "{}", display(&entry.meta.name))?;
        }
    }
    out.flush()?;
    if !found && !only.is_empty() {
        bail!("nothing in it matches");
    }
    Ok(0)
}

/// What `vatic -l` says of an archive; `None` for what is none.
///
/// # Errors
/// It cannot be read.
pub fn describe(path: &Path, keys: &Keys, json: bool) -> Result<Option<String>> {
    let archive = match Archive::open_with(File::open(path)?, &ArchiveLimits::default(), keys) {
        Err(vatic::Error::WrongKind(_)) => return Ok(None),
        result => result?,
    };
    let generations = archive.generations().count();
    let entries = archive.current().count();
    let content: u64 = archive.current().map(|index| archive.entries()[index].size).sum();
    let packed: u64 = archive.generations().map(|generation| generation.packed).sum();
    if json {
        let line = serde_json::json!({
            "file": path.display().to_string(),
            "archive": true,
            "sealed": archive.is_sealed(),
            "id": vatic_fs::hex(&archive.state().unwrap_or_default()),
            "generations": generations,
            "entries": entries,
            "bytes": content,
            "packed": packed,
        });
        return Ok(Some(line.to_string()));
    }
    let sealed = if archive.is_sealed() { "sealed " } else { "" };
    let plural = if generations == 1 { "" } else { "s" };
    Ok(Some(format!(
        "{}: {sealed}archive, {generations} generation{plural}, {entries} entries, {content} bytes in {packed}; `vatic list` names them",
        path.display()
    )))
}

#[derive(Serialize)]
struct JsonEntry {
    name: String,
    /// The name's bytes in hexadecimal, where they are no UTF-8 text.
    #[serde(skip_serializing_if = "Option::is_none")]
    name_hex: Option<String>,
    kind: &'static str,
    size: u64,
    mode: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mtime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blake3: Option<String>,
    generation: u64,
}

fn json_entry(entry: &Entry) -> JsonEntry {
    let name = &entry.meta.name;
    JsonEntry {
        name: String::from_utf8_lossy(name).into_owned(),
        name_hex: std::str::from_utf8(name).is_err().then(|| vatic_fs::hex(name)),
        kind: entry.meta.kind.name(),
        size: entry.size,
        mode: format!("{:04o}", entry.meta.mode),
        mtime: entry.meta.mtime.map(|time| format!("{}.{:09}", time.seconds, time.nanos)),
        target: target(&entry.meta.kind).map(|target| String::from_utf8_lossy(target).into_owned()),
        blake3: entry.hash.map(|hash| vatic_fs::hex(&hash)),
        generation: entry.generation,
    }
}

fn target(kind: &Kind) -> Option<&[u8]> {
    match kind {
        Kind::Symlink { target } | Kind::HardLink { target } => Some(target),
        _ => None,
    }
}

/// A line as `ls -l` has it; times are UTC.
fn long_line(entry: &Entry) -> String {
    let meta = &entry.meta;
    let owner = meta.owner.as_ref().map_or_else(String::new, |owner| match &owner.names {
        Some((user, group)) => format!("{}/{}", display(user), display(group)),
        None => format!("{}/{}", owner.uid, owner.gid),
    });
    let size = match meta.kind {
        Kind::CharDevice { major, minor } | Kind::BlockDevice { major, minor } => format!("{major},{minor}"),
        _ => entry.size.to_string(),
    };
    let time = meta.mtime.map_or_else(|| "-".to_owned(), |time| civil(time.seconds));
    let arrow = match &meta.kind {
        Kind::Symlink { target } => format!(" -> {}", display(target)),
        Kind::HardLink { target } => format!(" link to {}", display(target)),
        _ => String::new(),
    };
    format!("{} {owner:<17} {size:>12} {time:<19} {}{arrow}", mode_text(meta.mode, &meta.kind), display(&meta.name))
}

fn mode_text(mode: u32, kind: &Kind) -> String {
    let first = match kind {
        Kind::File => '-',
        Kind::Directory => 'd',
        Kind::Symlink { .. } => 'l',
        Kind::HardLink { .. } => 'h',
        Kind::Fifo => 'p',
        Kind::CharDevice { .. } => 'c',
        Kind::BlockDevice { .. } => 'b',
        _ => '?',
    };
    let mut text: Vec<char> = std::iter::once(first).chain("rwxrwxrwx".chars()).collect();
    for bit in 0..9 {
        if mode & (0o400 >> bit) == 0 {
            text[bit + 1] = '-';
        }
    }
    for (flag, at, with, without) in [(0o4000, 3, 's', 'S'), (0o2000, 6, 's', 'S'), (0o1000, 9, 't', 'T')] {
        if mode & flag != 0 {
            text[at] = if text[at] == 'x' { with } else { without };
        }
    }
    text.into_iter().collect()
}

/// `YYYY-MM-DD HH:MM:SS` in UTC. (Days to a date: Hinnant, "chrono-compatible low-level date algorithms".)
fn civil(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days.saturating_add(719_468);
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_look_like_those_of_ls() {
        assert_eq!(mode_text(0o4751, &Kind::File), "-rwsr-x--x");
        assert_eq!(mode_text(0o1666, &Kind::Directory), "drw-rw-rwT");
        assert_eq!(civil(0), "1970-01-01 00:00:00");
        assert_eq!(civil(951_782_400 + 86_399), "2000-02-29 23:59:59");
        assert_eq!(civil(-1), "1969-12-31 23:59:59");
        assert!(!civil(i64::MAX).is_empty() && !civil(i64::MIN).is_empty());
    }
}
