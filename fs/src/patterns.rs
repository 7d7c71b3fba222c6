//! Choosing names by shell patterns.

use crate::error::{Error, Result};
use crate::names;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use std::collections::HashSet;

/// A set of patterns. `*` and `?` do not match `/`, `**` does; a pattern without `/` matches the last component of a name
/// wherever it is. What matches a folder matches all that is in it.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    /// On the whole name.
    whole: GlobSet,
    /// On any one component.
    component: GlobSet,
    /// Whole names, byte for byte.
    exact: HashSet<Vec<u8>>,
    count: usize,
}

impl Patterns {
    /// Compiles patterns. A name that stands for itself need not be escaped unless it has one of `*?[]{}\`.
    ///
    /// # Errors
    /// [`Error::Pattern`].
    pub fn new<S: AsRef<str>>(patterns: impl IntoIterator<Item = S>) -> Result<Patterns> {
        let (mut whole, mut component) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        let mut count = 0;
        for pattern in patterns {
            let text = pattern.as_ref().trim_start_matches("./").trim_end_matches('/');
            let glob = GlobBuilder::new(text).literal_separator(true).build();
            let glob = glob.map_err(|error| Error::Pattern(error.to_string()))?;
            if text.contains('/') {
                whole.add(glob)
            } else {
                component.add(glob)
            };
            count += 1;
        }
        let build = |set: GlobSetBuilder| set.build().map_err(|error| Error::Pattern(error.to_string()));
        Ok(Patterns { whole: build(whole)?, component: build(component)?, exact: HashSet::new(), count })
    }

    /// Whole names as they are: nothing in them is a pattern.
    pub fn exactly(names: impl IntoIterator<Item = Vec<u8>>) -> Patterns {
        let exact: HashSet<Vec<u8>> = names.into_iter().collect();
        Patterns { count: exact.len(), exact, ..Patterns::default() }
    }

    /// Whether there are no patterns at all.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether a pattern matches `name` or a folder above it.
    pub fn matches(&self, name: &[u8]) -> bool {
        let ends = name.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at).chain([name.len()]);
        let mut start = 0;
        for end in ends {
            if self.exact.contains(&name[..end]) {
                return true;
            }
            let (Some(prefix), Some(part)) = (names::to_path(&name[..end]), names::to_path(&name[start..end])) else {
                return false;
            };
            if self.component.is_match(part) || self.whole.is_match(prefix) {
                return true;
            }
            start = end + 1;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_a_shell_does() {
        let matches = |pattern: &str, name: &str| Patterns::new([pattern]).unwrap().matches(name.as_bytes());
        for (pattern, name) in [
            ("*.rs", "a/b.rs"),
            ("a", "a/b/c"),
            ("a/*.rs", "a/b.rs"),
            ("a/**/c", "a/x/y/c"),
            ("./a/", "a"),
            ("b", "a/b/c"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("*.rs", "a.rsx"), ("a/*.rs", "a/b/c.rs"), ("b/c", "a/b/c"), ("a", "ab")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        assert!(!Patterns::default().matches(b"a") && Patterns::new(["["]).is_err());
        let exact = Patterns::exactly([b"a/*".to_vec(), b"\xFF".to_vec()]);
        assert!(exact.matches(b"a/*") && exact.matches(b"\xFF/below"));
        assert!(!exact.matches(b"a/b") && !exact.matches(b"b/a/*"));
    }
}
