//! Runs `tests/vectors`: every language's runner reads the same files and prints the same line. `VATIC_VECTORS` names another folder, of vectors
//! that the other languages wrote.

mod common;

use serde_json::Value;
use std::path::{Path, PathBuf};
use vatic::{Batch, CodecId, DecodeOptions, Error, Key, Keys, Limits, Options, compress, decompress, decompress_many};

fn elsewhere() -> Option<PathBuf> {
    std::env::var_os("VATIC_VECTORS").map(PathBuf::from)
}

fn folder(name: &str) -> Vec<PathBuf> {
    let here = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let root = elsewhere().unwrap_or_else(here).join(name);
    if elsewhere().is_some() && !root.exists() {
        return Vec::new();
    }
    let mut list: Vec<PathBuf> = std::fs::read_dir(&root)
        .unwrap_or_else(|err| panic!("{}: {err}", root.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "json"))
        .collect();
    list.sort();
    list
}

fn beside(path: &Path, meta: &Value, key: &str) -> Vec<u8> {
    std::fs::read(path.with_file_name(meta[key].as_str().unwrap())).unwrap()
}

/// The keys that a vector comes with.
fn keys(meta: &Value) -> Result<Keys, String> {
    let mut keys = Keys::new();
    if let Some(raw) = meta["keys"]["raw"].as_str() {
        let bytes: Vec<u8> = (0..32).filter_map(|i| u8::from_str_radix(raw.get(2 * i..2 * i + 2)?, 16).ok()).collect();
        keys.push(Key::raw(bytes.try_into().map_err(|_| "a raw key has 32 bytes")?));
    }
    if let Some(password) = meta["keys"]["password"].as_str() {
        let bytes: String = password.bytes().map(|byte| format!("{byte:02x}")).collect();
        if meta["keys"]["password_utf8"] != bytes {
            return Err("the password's bytes changed on their way".into());
        }
        keys.push(Key::password(password).map_err(|err| err.to_string())?);
    }
    if let Some(identity) = meta["keys"]["identity"].as_str() {
        match Key::identity(identity) {
            Ok(key) => keys.push(key),
            Err(_) if !cfg!(feature = "seal") => {}
            Err(err) => return Err(err.to_string()),
        }
    }
    Ok(keys)
}

fn decodes(path: &Path, meta: &Value) -> Result<(), String> {
    if meta["kind"] == "archive" {
        let dump = match common::archive::dump(&beside(path, meta, "packed"), &keys(meta)?) {
            Err(Error::Unsupported { .. }) if !cfg!(feature = "seal") && meta["keys"].is_object() => return Ok(()),
            dump => dump.map_err(|err| err.to_string())?,
        };
        return if dump.into_bytes() == beside(path, meta, "plain") { Ok(()) } else { Err("other entries".into()) };
    }
    let out = match decompress(&beside(path, meta, "packed"), &DecodeOptions::new().keys(keys(meta)?)) {
        Ok(out) => out,
        Err(Error::Unsupported { .. }) if !cfg!(feature = "seal") && meta["keys"].is_object() => return Ok(()),
        // Such a build has no identities either, so that nothing is left to open the file with.
        Err(err) if !cfg!(feature = "seal") && meta["keys"]["identity"].is_string() && err.code() == 70 => {
            return Ok(());
        }
        // A build without libzstd has to say so, and of that codec alone.
        Err(Error::Unsupported { what: "codec", value: 1 }) if !cfg!(any(feature = "zstd", feature = "ruzstd")) => {
            return Ok(());
        }
        Err(err) => return Err(err.to_string()),
    };
    if out == beside(path, meta, "plain") { Ok(()) } else { Err("wrong bytes".into()) }
}

fn fails(path: &Path, meta: &Value) -> Result<(), String> {
    let mut limits = Limits::default();
    limits.output = meta["limits"]["output"].as_u64().unwrap_or(limits.output);
    limits.memory = meta["limits"]["memory"].as_u64().unwrap_or(limits.memory);
    let packed = beside(path, meta, "packed");
    let result = if meta["kind"] == "archive" {
        common::archive::open_with(&packed, &keys(meta)?).and_then(|mut archive| archive.verify(1))
    } else {
        decompress(&packed, &DecodeOptions::from(limits).keys(keys(meta)?)).map(drop)
    };
    match result {
        Ok(()) => Err("it decoded".into()),
        Err(Error::Unsupported { .. }) if !cfg!(feature = "seal") && meta["keys"].is_object() => Ok(()),
        Err(err) if Some(u64::from(err.code())) == meta["error"].as_u64() => Ok(()),
        Err(err) => Err(format!("error {} ({err})", err.code())),
    }
}

fn encodes(path: &Path, meta: &Value) -> Result<(), String> {
    let mut options = Options::new();
    if let Some(level) = meta["options"]["level"].as_u64() {
        options = options.level(level as u8);
    }
    if let Some(size) = meta["options"]["group_size"].as_u64() {
        options = options.group_size(size as usize);
    }
    if let Some(codec) = meta["options"]["codec"].as_str() {
        options = options.codec(CodecId::from_name(codec).ok_or("no such codec")?);
    }
    let packed = compress(&beside(path, meta, "plain"), &options).map_err(|err| err.to_string())?;
    if packed == beside(path, meta, "packed") { Ok(()) } else { Err("other bytes than stored".into()) }
}

fn records(path: &Path, meta: &Value) -> Result<(), String> {
    let (packed, plain) = (beside(path, meta, "packed"), beside(path, meta, "plain"));
    let expected: Vec<&[u8]> = plain.split(|&byte| byte == b'\n').collect();
    if decompress_many(&packed, &DecodeOptions::new()).map_err(|err| err.to_string())? != expected {
        return Err("other records".into());
    }
    let mut batch = Batch::open(&packed[..], &DecodeOptions::new()).map_err(|err| err.to_string())?;
    let middle = expected.len() / 2;
    let alone = batch.get(middle as u64).map_err(|err| err.to_string())?;
    if alone == expected[middle] { Ok(()) } else { Err("another record alone".into()) }
}

#[test]
fn all_vectors_hold() {
    type Check = fn(&Path, &Value) -> Result<(), String>;
    let (mut passed, mut failed) = (0, 0);
    for (name, check) in [("decode", decodes as Check), ("must-fail", fails), ("encode", encodes), ("records", records)]
    {
        for path in folder(name) {
            let meta: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            match check(&path, &meta) {
                Ok(()) => passed += 1,
                Err(what) => {
                    failed += 1;
                    println!("{name}/{}: {what}", meta["name"].as_str().unwrap_or("?"));
                }
            }
        }
    }
    println!("rust: {passed} passed, {failed} failed");
    assert!(passed > if elsewhere().is_some() { 0 } else { 50 }, "vectors are missing");
    assert!(failed == 0, "if the format changed on purpose: cargo run -p vatic --example vectors");
}
