//! `sdk-swift/Sources/Vatic/Constants.swift`.

use crate::node::camel;
use std::fmt::Write;
use vatic_capi::tables::{ENUMS, ERRORS, FAMILIES, PARAMS, UNKNOWN};

const MARK: &str = "// Generated from the tables of vatic-capi by vatic-codegen; do not edit.\n";

/// Enumerations that Swift shows, with the names of their types.
const SHOWN: [(&str, &str); 4] =
    [("preset", "Preset"), ("codec", "Codec"), ("suite", "Suite"), ("entry_kind", "EntryKind")];

/// A name where it is declared: words of the language need marks there.
fn declared(name: &str) -> String {
    if name == "internal" { "`internal`".into() } else { name.into() }
}

fn number(value: u64) -> String {
    if value == UNKNOWN { "UInt64.max".into() } else { value.to_string() }
}

/// Enumerations, parameters, codes of errors.
pub fn constants() -> String {
    let mut out = format!("{MARK}\n/// The ABI and version that the native library must have.\nenum Expected {{\n");
    // Writing to a string cannot fail.
    let _ = writeln!(out, "    static let abi: UInt32 = {}", vatic_capi::tables::ABI_VERSION);
    let _ = writeln!(out, "    static let version = \"{}\"\n}}", env!("CARGO_PKG_VERSION"));
    for (name, class) in SHOWN {
        if let Some(set) = ENUMS.iter().find(|set| set.name == name) {
            let _ = writeln!(out, "\n/// {}.\npublic enum {class}: Int, Sendable, CaseIterable {{", set.text);
            for item in set.items {
                let _ = writeln!(out, "    /// {}.\n    case {} = {}", item.text, camel(item.name), item.value);
            }
            out.push_str("}\n");
        }
    }
    out.push_str("\n/// Settings by number, for `Options`.\npublic enum Parameter: Int32, Sendable, CaseIterable {\n");
    for row in &PARAMS {
        let _ = writeln!(out, "    /// {}.\n    case {} = {}", row.text, camel(row.name), row.param as i32);
    }
    out.push_str(
        "\n    /// The values that it takes.\n    public var bounds: ClosedRange<UInt64> {\n        switch self {\n",
    );
    for row in &PARAMS {
        let min = if row.zero { 0 } else { row.min };
        let _ = writeln!(out, "        case .{}: {min}...{}", camel(row.name), number(row.max));
    }
    out.push_str("        }\n    }\n\n    /// What counts if nothing is said.\n    public var defaultValue: UInt64 {\n        switch self {\n");
    for row in &PARAMS {
        let _ = writeln!(out, "        case .{}: {}", camel(row.name), number(row.default));
    }
    out.push_str("        }\n    }\n}\n\n/// What failures have in common.\npublic enum ErrorFamily: Sendable {\n");
    let family = |name: &str| camel(&name.replace("Error", "").to_lowercase());
    for (name, text) in FAMILIES {
        let _ = writeln!(out, "    /// {text}.\n    case {}", declared(&family(name)));
    }
    out.push_str("}\n\n/// What can go wrong, with the same number in every language.\npublic enum ErrorCode: Int32, Sendable, CaseIterable {\n");
    for row in &ERRORS {
        let _ = writeln!(out, "    /// {}.\n    case {} = {}", row.text, declared(&camel(row.name)), row.code);
    }
    out.push_str(
        "\n    /// What it has in common with others.\n    public var family: ErrorFamily {\n        switch self {\n",
    );
    for (name, _) in FAMILIES {
        let cases = ERRORS.iter().filter(|row| row.family == name).map(|row| format!(".{}", camel(row.name)));
        let _ = writeln!(out, "        case {}: .{}", cases.collect::<Vec<_>>().join(", "), family(name));
    }
    out.push_str("        }\n    }\n}\n");
    out
}
