//! `vatic.h`: functions and types from the source of `capi/src/ffi` by cbindgen, constants from the tables.

use anyhow::{Result, bail};
use cbindgen::{Builder, Config, DocumentationStyle, Language, Layout, SortKey, Style};
use std::fmt::Write;
use std::path::Path;
use vatic_capi::tables::{ABI_VERSION, ENUMS, ERRORS, PARAMS};

/// The rooms of `capi/src/ffi` in the order in which a reader of the header wants them.
const SOURCES: [&str; 11] =
    ["types", "version", "ctx", "memory", "stream", "reader", "info", "key", "model", "records", "archive"];
/// The last one, apart because it is for authors of codecs.
const LAST: &str = "entropy";

const INTRODUCTION: &str = "\
/*
 * vatic.h - the C interface of vatic, a lossless neural compression library.
 *
 * Generated from capi/src by vatic-codegen; do not edit.
 *
 * Functions are named after what they are about: vatic_encoder_run is about an encoder, its first argument. Almost all of them give
 * back a vatic_status, 0 for success; results go through pointers and are written on success only - but for sizes that
 * VATIC_ERROR_DST_TOO_SMALL tells, and the buffers of streams, which a call moves on. What went wrong in words tell
 * vatic_ctx_error for calls that take a context, and vatic_encoder_error and its kin for calls on other objects.
 *
 * Pointers are checked for NULL. Where a size is 0, a NULL will do for the bytes; vatic_*_free takes NULL. A bug in the library never ends the
 * program: the call gives VATIC_ERROR_PANIC, and so does every later call with that object until it is reset or freed.
 *
 * Each comment ends with a line on threads and a line on ownership. An object that is used by two threads at the same time, or by a
 * callback of the call that is at work, answers VATIC_ERROR_BUSY; freeing it then is an error that nobody can catch. After fork the
 * child may use its copies of objects.
 */";

/// The header.
///
/// # Errors
/// Where cbindgen cannot read the source, or a function says nothing of threads or ownership.
pub fn generate(capi: &Path) -> Result<String> {
    let mut config = Config {
        header: Some(INTRODUCTION.into()),
        include_guard: Some("VATIC_H".into()),
        // Its own list of includes has more than is needed.
        no_includes: true,
        after_includes: Some(format!("#include <stddef.h>\n#include <stdint.h>\n\n{}", constants())),
        language: Language::C,
        cpp_compat: true,
        style: Style::Both,
        sort_by: SortKey::None,
        usize_is_size_t: true,
        line_length: 110,
        tab_width: 4,
        documentation: true,
        documentation_style: DocumentationStyle::Doxy,
        ..Config::default()
    };
    config.function.args = Layout::Auto;
    config.function.prefix = Some("VATIC_API".into());
    let mut builder = Builder::new().with_config(config);
    for name in SOURCES.iter().chain([&LAST]) {
        builder = builder.with_src(capi.join(format!("src/ffi/{name}.rs")));
    }
    let mut text = Vec::new();
    builder.generate()?.write(&mut text);
    let text = String::from_utf8(text)?;
    check_comments(&text)?;
    Ok(text)
}

/// Every function says who may call it when, and who owns what.
fn check_comments(text: &str) -> Result<()> {
    let mut comment = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("/**") {
            comment.clear();
        }
        comment.push_str(line);
        if line.starts_with("VATIC_API") {
            if !(comment.contains(" * Threads: ") && comment.contains(" * Owner: ")) {
                bail!("no line on threads or ownership: {line}");
            }
            comment.clear();
        }
    }
    Ok(())
}

/// Macros and enumerations.
fn constants() -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    let version = env!("CARGO_PKG_VERSION");
    let numbers: Vec<&str> = version.split('.').collect();
    line("/* Version of the library that this header belongs to. */".into());
    for (name, number) in ["MAJOR", "MINOR", "PATCH"].iter().zip(&numbers) {
        line(format!("#define VATIC_VERSION_{name} {number}"));
    }
    line("/* Number of the binary interface; 0 while it may still change. See vatic_ctx_create. */".into());
    line(format!("#define VATIC_ABI_VERSION {ABI_VERSION}u"));
    line("/* \"Not known\" or \"no limit\", in values of 64 bits. */".into());
    line("#define VATIC_UNKNOWN UINT64_MAX".into());
    line(String::new());
    line("#ifndef VATIC_API".into());
    line("#if defined(_WIN32) && !defined(VATIC_STATIC)".into());
    line("#define VATIC_API __declspec(dllimport)".into());
    line("#else".into());
    line("#define VATIC_API".into());
    line("#endif".into());
    line("#endif".into());
    let mut list = |about: &str, items: Vec<(String, i32, &str)>| {
        let mut block = format!("\n/* {about}. */\nenum {{\n");
        let last = items.len() - 1;
        for (place, (name, value, text)) in items.into_iter().enumerate() {
            let comma = if place == last { "" } else { "," };
            // Writing to a string cannot fail.
            let _ = writeln!(block, "    /* {text} */\n    {name} = {value}{comma}");
        }
        block.push_str("};");
        line(block);
    };
    let mut errors = vec![("VATIC_OK".to_string(), 0, "no failure")];
    errors.extend(ERRORS.iter().map(|row| (format!("VATIC_ERROR_{}", row.name), row.code, row.text)));
    list("Values of vatic_status; their meaning never changes", errors);
    let params = PARAMS.iter().map(|row| (format!("VATIC_PARAM_{}", row.name), row.param as i32, row.text)).collect();
    list("Parameters of a context", params);
    for set in &ENUMS {
        let items = set.items.iter().map(|item| (format!("{}{}", set.prefix, item.name), item.value, item.text));
        list(&format!("vatic_{}: {}", set.name, set.text), items.collect());
    }
    out
}
