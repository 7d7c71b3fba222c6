//! `sdk-python/python/vatic/_constants.py` and `_errors.py`.

use std::fmt::Write;
use vatic_capi::tables::{ENUMS, ERRORS, FAMILIES, PARAMS};

const MARK: &str = "# Generated from the tables of vatic-capi by vatic-codegen; do not edit.";

/// Enumerations that Python shows, with the names of their classes.
const SHOWN: [(&str, &str); 4] =
    [("preset", "Preset"), ("codec", "Codec"), ("suite", "Suite"), ("entry_kind", "EntryKind")];

/// Families and classes that are also exceptions of Python's own, so that code which knows nothing of vatic catches them.
fn also(class: &str) -> &'static str {
    match class {
        "UsageError" => ", ValueError",
        "FileError" => ", OSError",
        "OutOfMemoryError" => ", MemoryError",
        "TruncatedError" => ", EOFError",
        "NotFoundError" => ", LookupError",
        _ => "",
    }
}

/// Constants and parameters.
pub fn constants() -> String {
    let mut out = format!(
        "{MARK}\n\"\"\"Numbers with names.\"\"\"\n\nfrom enum import IntEnum\n\n__all__ = [\"Codec\", \"EntryKind\", \"Parameter\", \"Preset\", \"Suite\"]\n"
    );
    // Writing to a string cannot fail.
    for (name, class) in SHOWN {
        if let Some(set) = ENUMS.iter().find(|set| set.name == name) {
            let _ = write!(out, "\n\nclass {class}(IntEnum):\n    \"\"\"{}.\"\"\"\n\n", set.text);
            for item in set.items {
                let _ = writeln!(out, "    {} = {}\n    \"\"\"{}\"\"\"", item.name, item.value, item.text);
            }
        }
    }
    out.push_str("\n\nclass Parameter(IntEnum):\n    \"\"\"Settings, for ``options``.\"\"\"\n\n");
    for row in &PARAMS {
        let _ = writeln!(out, "    {} = {}\n    \"\"\"{}.\"\"\"", row.name, row.param as i32, row.text);
    }
    out.push_str("\n    def bounds(self) -> tuple[int, int]:\n");
    out.push_str("        \"\"\"Least and largest value.\"\"\"\n        return _BOUNDS[self][:2]\n");
    out.push_str("\n    def default(self) -> int:\n        \"\"\"What counts if nothing is said.\"\"\"\n        return _BOUNDS[self][2]\n");
    out.push_str("\n\n_BOUNDS: dict[int, tuple[int, int, int]] = {\n");
    for row in &PARAMS {
        let min = if row.zero { 0 } else { row.min };
        let _ = writeln!(out, "    {}: ({min}, {}, {}),", row.param as i32, row.max, row.default);
    }
    out.push_str("}\n");
    out
}

/// Classes of exceptions, and the function that makes one of a number.
pub fn errors() -> String {
    let mut names: Vec<&str> =
        FAMILIES.iter().map(|(name, _)| *name).chain(ERRORS.iter().map(|row| row.class)).collect();
    names.push("VaticError");
    names.sort_unstable();
    let mut out = format!("{MARK}\n\"\"\"What can go wrong.\"\"\"\n\n__all__ = [\n");
    for name in names {
        let _ = writeln!(out, "    \"{name}\",");
    }
    out.push_str(
        "]\n\n\nclass VaticError(Exception):\n    \"\"\"Whatever goes wrong in vatic; ``code`` is the same number in every language.\"\"\"\n\n    code: int = 0\n",
    );
    for (name, text) in FAMILIES {
        let _ = write!(out, "\n\nclass {name}(VaticError{}):\n    \"\"\"{text}.\"\"\"\n", also(name));
    }
    for row in &ERRORS {
        let (class, family) = (row.class, row.family);
        let _ = write!(
            out,
            "\n\nclass {class}({family}{}):\n    \"\"\"{}.\"\"\"\n\n    code = {}\n",
            also(class),
            row.text,
            row.code
        );
    }
    out.push_str("\n\n_CLASSES: dict[int, type[VaticError]] = {\n");
    for row in &ERRORS {
        let _ = writeln!(out, "    {}: {},", row.code, row.class);
    }
    out.push_str(
        "}\n\n\ndef make(code: int, message: str) -> VaticError:\n    \"\"\"The exception for a number.\"\"\"\n    error = _CLASSES.get(code, VaticError)(message)\n    error.code = code\n    return error\n",
    );
    out
}
