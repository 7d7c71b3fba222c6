//! Writes what is generated from the tables of `vatic-capi`: `vatic.h`, and the constants of other languages.
//!
//! `cargo run -p vatic-codegen` writes the files, `-- --check` fails where one is not up to date, as the tests do.

mod header;
mod java;
mod node;
mod python;
mod swift;

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Maven modules of `sdk-java`.
const POMS: [&str; 5] = [
    "sdk-java/pom.xml",
    "sdk-java/commons-compress/pom.xml",
    "sdk-java/hadoop/pom.xml",
    "sdk-java/vatic/pom.xml",
    "models/java/pom.xml",
];

/// A generated file: where, and what.
struct Output {
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn outputs() -> Result<Vec<Output>> {
    let output = |path: &str, text| Output { path: path.into(), text };
    let mut outputs = vec![
        output("capi/include/vatic.h", header::generate(&root().join("capi"))?),
        output("sdk-node/constants.cjs", node::constants()),
        output("sdk-node/constants.d.ts", node::types()),
        output("sdk-python/python/vatic/_constants.py", python::constants()),
        output("sdk-python/python/vatic/_errors.py", python::errors()),
        output("sdk-swift/Sources/Vatic/Constants.swift", swift::constants()),
    ];
    outputs.extend(java::files().into_iter().map(|(path, text)| Output { path, text }));
    Ok(outputs)
}

/// The outputs that differ from what is there.
fn stale() -> Result<Vec<Output>> {
    let differs = |output: &Output| fs::read_to_string(root().join(&output.path)).ok().as_ref() != Some(&output.text);
    Ok(outputs()?.into_iter().filter(differs).collect())
}

/// Manifests that cargo does not write have the workspace's version too.
fn check_versions() -> Result<()> {
    let version = concat!("\"", env!("CARGO_PKG_VERSION"), "\"");
    let platforms = ["linux-x64-gnu", "wasm32"].map(|platform| format!("sdk-node/platforms/{platform}/package.json"));
    let others = ["sdk-node/package.json", "models/node/package.json"].map(str::to_owned);
    for path in others.into_iter().chain(platforms) {
        let text = fs::read_to_string(root().join(&path)).with_context(|| path.clone())?;
        let named = |line: &&str| line.contains("\"version\":") || line.contains("\"vatic-");
        let wrong = text.lines().filter(named).find(|line| !line.contains(version) && !line.contains("\"name\""));
        if let Some(line) = wrong {
            bail!("{path} has another version than Cargo.toml: {}", line.trim());
        }
    }
    let version = concat!("<version>", env!("CARGO_PKG_VERSION"), "</version>");
    for path in POMS {
        let text = fs::read_to_string(root().join(path)).context(path)?;
        // Of the project itself, or of its parent.
        let first = text.lines().find(|line| line.contains("<version>")).unwrap_or_default();
        if first.trim() != version {
            bail!("{path} has another version than Cargo.toml: {}", first.trim());
        }
    }
    let manifest = fs::read_to_string(root().join("models/python/pyproject.toml"))?;
    let version = env!("CARGO_PKG_VERSION");
    for line in [format!("version = \"{version}\""), format!("dependencies = [\"vatic=={version}\"]")] {
        if !manifest.lines().any(|other| other == line) {
            bail!("models/python/pyproject.toml has another version than Cargo.toml");
        }
    }
    for project in ["example", "spark"] {
        let text = fs::read_to_string(root().join(format!("sdk-java/{project}/pom.xml")))?;
        if !text.contains(concat!("<vatic.version>", env!("CARGO_PKG_VERSION"), "</vatic.version>")) {
            bail!("sdk-java/{project}/pom.xml has another version than Cargo.toml");
        }
    }
    Ok(())
}

fn run(check: bool) -> Result<()> {
    check_versions()?;
    let stale = stale()?;
    if check && !stale.is_empty() {
        let paths: Vec<_> = stale.iter().map(|output| output.path.as_str()).collect();
        bail!("not up to date: {}; run `cargo run -p vatic-codegen`", paths.join(", "));
    }
    for output in stale {
        fs::write(root().join(&output.path), output.text).with_context(|| output.path.clone())?;
        println!("wrote {}", output.path);
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let check = arguments == ["--check"];
    if !check && !arguments.is_empty() {
        eprintln!("usage: vatic-codegen [--check]");
        return ExitCode::from(2);
    }
    match run(check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vatic-codegen: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn everything_generated_is_up_to_date() {
        super::run(true).unwrap();
    }
}
