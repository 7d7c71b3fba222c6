//! Models on this machine: by path, by name, and by what compressed data cites.
//!
//! Names and ids are looked up in this order: the entries of `VATIC_MODELS` (folders or files, separated as in `PATH`),
//! `vatic/models` in the user's data folder, folders beside the command, and the models that are compiled into it.

use anyhow::{Context, Result, bail};
use etcetera::BaseStrategy;
use serde::Serialize;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use vatic::{Model, ModelLimits, ShortId};

use crate::args::{ModelOutput, ModelVerb};
use crate::output::{Output, Overwrite};

/// The ending of model files.
const ENDING: &str = "vatm";

/// Where a model comes from.
#[derive(Clone, Debug)]
enum Source {
    File(PathBuf),
    #[cfg(feature = "models")]
    Shipped(&'static vatic_models::Shipped),
}

impl Source {
    fn name(&self) -> String {
        match self {
            Source::File(path) => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            #[cfg(feature = "models")]
            Source::Shipped(shipped) => shipped.name.to_owned(),
        }
    }

    /// Its path, or what stands for one.
    fn place(&self) -> String {
        match self {
            Source::File(path) => path.display().to_string(),
            #[cfg(feature = "models")]
            Source::Shipped(_) => "(compiled in)".to_owned(),
        }
    }

    fn load(&self) -> Result<Model> {
        match self {
            Source::File(path) => load(path),
            #[cfg(feature = "models")]
            Source::Shipped(shipped) => {
                shipped.load().with_context(|| format!("the model {} that came with the command", shipped.name))
            }
        }
    }
}

/// The models that `-m` names: what has a slash or an ending is a path, all else a name.
///
/// # Errors
/// One is not there or cannot be read.
pub fn load_all(wanted: &[String]) -> Result<Vec<Model>> {
    wanted.iter().map(|text| resolve(text)?.load()).collect()
}

/// The model of exactly the parts, or more, that compressed data cites; read from the folders when the first is asked for.
pub fn find(id: ShortId) -> Option<Model> {
    // What cannot be read is not what is looked for; if it was, the error will name the id.
    all().iter().find(|model| model.find(id).is_some()).cloned()
}

/// Every model on this machine that can be read.
pub fn all() -> &'static [Model] {
    static ALL: OnceLock<Vec<Model>> = OnceLock::new();
    ALL.get_or_init(|| sources().iter().filter_map(|source| source.load().ok()).collect())
}

/// Does what `vatic model ...` asks for.
///
/// # Errors
/// A model cannot be read, or standard output not be written.
pub fn run(verb: &ModelVerb) -> Result<()> {
    let mut out = io::stdout().lock();
    match verb {
        ModelVerb::Show { models, json } => {
            for text in models {
                let source = resolve(text)?;
                let shown = describe(&source, &source.load()?);
                match json {
                    true => writeln!(out, "{}", serde_json::to_string(&shown)?)?,
                    false => show(&mut out, &shown)?,
                }
            }
        }
        ModelVerb::Eval(args) => crate::eval::run(args, &mut out)?,
        ModelVerb::Import(args) => crate::import::run(args, &mut out)?,
        ModelVerb::Join(args) => crate::join::run(args, &mut out)?,
        ModelVerb::List { json } => {
            for source in sources() {
                let model = match source.load() {
                    Ok(model) => model,
                    Err(error) => {
                        eprintln!("vatic: warning: {error:#}");
                        continue;
                    }
                };
                let shown = describe(&source, &model);
                match json {
                    true => writeln!(out, "{}", serde_json::to_string(&shown)?)?,
                    false => writeln!(out, "{:<16} {} {:>10} {}", shown.name, shown.short_id, shown.bytes, shown.path)?,
                }
            }
        }
    }
    Ok(())
}

/// The model that `text` names, as for `-m`.
///
/// # Errors
/// It is not there or cannot be read.
pub fn load_one(text: &str) -> Result<Model> {
    resolve(text)?.load()
}

/// Writes a model that was made, and says what it is.
///
/// # Errors
/// As [`save`]; standard output cannot be written.
pub fn write(model: &Model, to: &ModelOutput, out: &mut impl Write) -> Result<()> {
    save(model, to)?;
    writeln!(out, "{}: {} bytes of tensors, id {}", to.output.display(), model.tensor_bytes(), model.id())?;
    Ok(())
}

/// Writes a model that was made.
///
/// # Errors
/// It is there already, or cannot be written.
pub fn save(model: &Model, to: &ModelOutput) -> Result<()> {
    let mut output = Output::file(&to.output, Overwrite { force: to.force, ask: true })?;
    output.write_all(&model.to_bytes()?).with_context(|| format!("cannot write {}", to.output.display()))?;
    output.commit(None, false)
}

fn resolve(text: &str) -> Result<Source> {
    let path = Path::new(text);
    if path.components().count() > 1 || path.extension().is_some() || text.contains(std::path::is_separator) {
        return Ok(Source::File(path.to_owned()));
    }
    match sources().into_iter().find(|source| source.name() == text) {
        Some(source) => Ok(source),
        None => {
            let places: Vec<_> = places().iter().map(|place| place.display().to_string()).collect();
            bail!("no model is named {text}; looked in {}", places.join(", "))
        }
    }
}

fn load(path: &Path) -> Result<Model> {
    let read = || -> Result<Model> {
        let limits = ModelLimits::default();
        let len = fs::metadata(path)?.len();
        if len > limits.file {
            return Err(vatic::Error::Limit { what: "model size", needed: len, limit: limits.file }.into());
        }
        Ok(Model::from_bytes(&fs::read(path)?, &limits)?)
    };
    read().with_context(|| format!("cannot load model {}", path.display()))
}

/// Every model, in the order in which they are looked up.
fn sources() -> Vec<Source> {
    let files = files().into_iter().map(Source::File);
    #[cfg(feature = "models")]
    return files.chain(vatic_models::ALL.iter().map(Source::Shipped)).collect();
    #[cfg(not(feature = "models"))]
    files.collect()
}

/// Every model file in the folders, those of one folder by name.
fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for place in places() {
        if place.is_file() {
            files.push(place);
        } else if let Ok(entries) = fs::read_dir(&place) {
            let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
            let mut found: Vec<_> = paths.filter(|path| path.extension() == Some(OsStr::new(ENDING))).collect();
            found.sort();
            files.append(&mut found);
        }
    }
    files
}

fn places() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = Vec::new();
    if let Some(list) = env::var_os("VATIC_MODELS") {
        places.extend(env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()));
    }
    if let Ok(user) = etcetera::choose_base_strategy() {
        places.push(user.data_dir().join("vatic").join("models"));
    }
    // Beside the program as it is installed, and beside it as an archive of a release unpacks.
    if let Some(folder) = env::current_exe().ok().as_deref().and_then(Path::parent) {
        places.push(folder.join("models"));
        if let Some(prefix) = folder.parent() {
            places.push(prefix.join("share").join("vatic").join("models"));
        }
    }
    places
}

#[derive(Serialize)]
struct Shown {
    name: String,
    path: String,
    id: String,
    short_id: String,
    /// Of all tensors.
    bytes: u64,
    parts: Vec<ShownPart>,
    info: std::collections::BTreeMap<String, String>,
}

#[derive(Serialize)]
struct ShownPart {
    name: String,
    id: String,
    /// What data that used this part alone cites.
    short_set_id: String,
    bytes: u64,
    tensors: usize,
    keys: std::collections::BTreeMap<String, String>,
}

fn describe(source: &Source, model: &Model) -> Shown {
    let alone = |name| model.subset(&[name]).map_or(String::new(), |set| set.id().short().to_string());
    Shown {
        name: source.name(),
        path: source.place(),
        id: model.id().to_string(),
        short_id: model.id().short().to_string(),
        bytes: model.tensor_bytes(),
        parts: model
            .parts()
            .map(|part| ShownPart {
                name: part.name().to_owned(),
                id: part.id().to_string(),
                short_set_id: alone(part.name()),
                bytes: part.tensor_bytes(),
                tensors: part.tensors().len(),
                keys: part.keys().clone(),
            })
            .collect(),
        info: model.metadata().clone(),
    }
}

fn show(out: &mut impl Write, model: &Shown) -> Result<()> {
    writeln!(out, "{}: {} bytes of tensors\n  id {}", model.path, model.bytes, model.id)?;
    for part in &model.parts {
        writeln!(out, "  part {}: {} bytes in {} tensors", part.name, part.bytes, part.tensors)?;
        writeln!(out, "    id {}, cited as {}", part.id, part.short_set_id)?;
        for (key, value) in &part.keys {
            writeln!(out, "    {key} = {value}")?;
        }
    }
    for (key, value) in &model.info {
        writeln!(out, "  {key}: {value}")?;
    }
    Ok(())
}
