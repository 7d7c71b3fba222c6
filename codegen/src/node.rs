//! `sdk-node/constants.cjs`, its types, and those of errors.

use std::fmt::Write;
use vatic_capi::tables::{ENUMS, ERRORS, FAMILIES, PARAMS, UNKNOWN};

const MARK: &str = "// Generated from the tables of vatic-capi by vatic-codegen; do not edit.\n";

/// Enumerations that Node shows, with the names of their objects.
const SHOWN: [(&str, &str); 4] =
    [("preset", "Preset"), ("codec", "Codec"), ("suite", "Suite"), ("entry_kind", "EntryKind")];

/// `SOME_NAME` as `someName`.
pub fn camel(name: &str) -> String {
    let mut out = String::new();
    let mut upper = false;
    for letter in name.chars() {
        match letter {
            '_' => upper = true,
            letter if upper => {
                out.push(letter);
                upper = false;
            }
            letter => out.push(letter.to_ascii_lowercase()),
        }
    }
    out
}

fn number(value: u64) -> String {
    if value == UNKNOWN { "Infinity".into() } else { value.to_string() }
}

/// The values.
pub fn constants() -> String {
    let mut out = format!("{MARK}'use strict'\n");
    // Writing to a string cannot fail.
    for (name, object) in SHOWN {
        if let Some(set) = ENUMS.iter().find(|set| set.name == name) {
            let _ = writeln!(out, "\n/** {}. */\nexports.{object} = Object.freeze({{", set.text);
            for item in set.items {
                let _ = writeln!(out, "  {}: {},", item.name, item.value);
            }
            out.push_str("})\n");
        }
    }
    out.push_str("\n/** Options: number, least and largest value, default. */\nexports.PARAMETERS = Object.freeze({\n");
    for row in &PARAMS {
        let min = if row.zero { 0 } else { row.min };
        let _ = writeln!(
            out,
            "  {}: {{ number: {}, min: {min}, max: {}, default: {} }},",
            camel(row.name),
            row.param as i32,
            number(row.max),
            number(row.default)
        );
    }
    out.push_str(
        "})\n\n/** Kinds of failures by their numbers: name and family. */\nexports.ERRORS = Object.freeze({\n",
    );
    for row in &ERRORS {
        let _ = writeln!(out, "  {}: {{ name: '{}', family: '{}' }},", row.code, row.name, row.family);
    }
    out.push_str("})\n");
    out
}

/// Their types.
pub fn types() -> String {
    let mut out = String::from(MARK);
    for (name, object) in SHOWN {
        if let Some(set) = ENUMS.iter().find(|set| set.name == name) {
            let _ = writeln!(out, "\n/** {}. */\nexport const {object}: {{", set.text);
            for item in set.items {
                let _ = writeln!(out, "  /** {} */\n  readonly {}: {}", item.text, item.name, item.value);
            }
            out.push_str("}\n");
        }
    }
    out.push_str("\n/** Settings by name. */\nexport interface Parameters {\n");
    for row in &PARAMS {
        let kind = if (row.min, row.max) == (0, 1) { "boolean | number" } else { "number" };
        let _ = writeln!(out, "  /** {}. */\n  {}?: {kind}", row.text, camel(row.name));
    }
    out.push_str(
        "}\n\nexport const PARAMETERS: {\n  readonly [Name in keyof Required<Parameters>]: {\n    readonly number: number\n    readonly min: number\n    readonly max: number\n    readonly default: number\n  }\n}\n",
    );
    out.push_str("\n/** What `code` of an error can be. */\nexport type ErrorCode =\n");
    for row in &ERRORS {
        let _ = writeln!(out, "  | 'ERR_VATIC_{}'", row.name);
    }
    out.push_str("\n/** What `family` of an error can be. */\nexport type ErrorFamily =\n");
    for (name, _) in FAMILIES {
        let _ = writeln!(out, "  | '{name}'");
    }
    out
}
