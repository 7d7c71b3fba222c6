//! Names: paths of this system to names in archives and back, and for people to read.

use std::path::{Component, Path, PathBuf};

/// The name that an archive gives to `path`, relative as `tar` makes it: a leading `/` goes, and everything up to the last `..`.
/// Empty for the current folder.
pub fn from_path(path: &Path) -> Vec<u8> {
    let mut name: Vec<u8> = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => {
                if !name.is_empty() {
                    name.push(b'/');
                }
                name.extend_from_slice(part.as_encoded_bytes());
            }
            Component::ParentDir => name.clear(),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    name
}

/// `bytes` as one component or a path of this system; `None` where it can have no such name.
#[cfg(unix)]
pub fn to_path(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

/// `bytes` as one component or a path of this system; `None` where it can have no such name: other characters than Unicode,
/// those with a meaning of their own, reserved names.
#[cfg(not(unix))]
pub fn to_path(bytes: &[u8]) -> Option<PathBuf> {
    const RESERVED: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];
    let text = std::str::from_utf8(bytes).ok()?;
    for part in text.split('/') {
        let stem = part.split('.').next().unwrap_or(part).trim_end().to_ascii_uppercase();
        let port = stem.len() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT"));
        let bad = |c: char| c < ' ' || "\\:*?\"<>|".contains(c);
        if port || RESERVED.contains(&&stem[..]) || part.ends_with(['.', ' ']) || part.contains(bad) {
            return None;
        }
    }
    Some(PathBuf::from(text))
}

/// A name for people: bytes that are no text and control characters are escaped, so that a listing cannot play tricks on a
/// terminal.
pub fn display(name: &[u8]) -> String {
    let mut out = String::new();
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            // Marks that reorder what is shown are tricks as well.
            let tricky = c.is_control()
                || matches!(c, '\u{200E}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
            if c == '\\' || tricky {
                out.extend(c.escape_default());
            } else {
                out.push(c);
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_relative() {
        let names = [("/a/b", "a/b"), ("./a//b/", "a/b"), ("../../x/y", "x/y"), ("a/../b", "b"), (".", ""), ("..", "")];
        for (path, name) in names {
            assert_eq!(from_path(Path::new(path)), name.as_bytes(), "{path}");
        }
    }

    #[test]
    fn nothing_reaches_the_terminal() {
        assert_eq!(display(b"a\x1B[2J\n\xFF\\ \xC3\xA9"), "a\\u{1b}[2J\\n\\xff\\\\ \u{e9}");
        assert_eq!(display("abc\u{202E}gpj.exe".as_bytes()), "abc\\u{202e}gpj.exe");
    }
}
