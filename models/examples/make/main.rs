//! Trains the models that come with vatic: `./dev primers CORPORA [NAME...]`. The same bytes on every run and machine.
//!
//! Training data are the corpora's `train/` and what is made of templates in `models/training`, filled with words and strings of the corpora. Templates stand
//! for layouts that many programs share; the strings of source code in them teach the gate what to expect where a message is new.

mod template;
mod words;

use std::error::Error;
use std::path::{Path, PathBuf};
use template::{fill, spaced};
use vatic::{Model, ModelLimits, TrainOptions};
use words::{Random, Words, files};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The most bytes of a model's tables; with its header it stays under a megabyte.
const SIZE: usize = 1_000_000;

/// The gate's rate within records, which are of other programs than the samples. With 0, 9, 40, 80 and 120 events of an interface that the JSON primer does not
/// know became 368, 356, 337, 329 and 325 bytes; with 0, 40 and 100 lines of Hadoop under the primer for logs 106.2, 103.9 and 101.8.
const ADAPT: u8 = 110;

struct Recipe {
    name: &'static str,
    ensemble: u8,
    description: &'static str,
    data: &'static str,
    samples: fn(&Path) -> Result<Vec<Vec<u8>>>,
}

const RECIPES: [Recipe; 4] = [
    Recipe {
        name: "code",
        ensemble: 1,
        description: "source code: Python, Go, Java, JavaScript, TypeScript, Rust",
        data: "open-source projects, see models/README.md",
        samples: code,
    },
    Recipe {
        name: "json",
        ensemble: 3,
        description: "JSON documents and records",
        data: "made from templates, see models/README.md",
        samples: json,
    },
    Recipe {
        name: "log",
        ensemble: 3,
        description: "lines of logs",
        data: "made from templates, see models/README.md",
        samples: log,
    },
    Recipe {
        name: "text",
        ensemble: 0,
        description: "English prose and documentation",
        data: "novels, textbooks, documentation, see models/README.md",
        samples: text,
    },
];

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let train = PathBuf::from(args.next().ok_or("usage: make CORPORA [NAME...]")?).join("train");
    let wanted: Vec<String> = args.collect();
    let to = Path::new(env!("CARGO_MANIFEST_DIR"));
    for recipe in RECIPES.iter().filter(|recipe| wanted.is_empty() || wanted.iter().any(|name| name == recipe.name)) {
        let samples = (recipe.samples)(&train)?;
        let bytes: usize = samples.iter().map(Vec::len).sum();
        let options = TrainOptions::new().size(SIZE).sample(usize::MAX).ensemble(recipe.ensemble).adapt(ADAPT);
        let made = Model::train_primer(&samples, &options)?;
        let measured =
            format!("{} of {} bytes of held-out samples, each on its own", made.held_out_coded, made.held_out_bytes);
        let info = [
            ("name", recipe.name),
            ("description", recipe.description),
            ("licence", "MIT OR Apache-2.0"),
            ("training_data", recipe.data),
            ("measured", &measured),
        ];
        let info = info.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let path = to.join(format!("{}.vatm", recipe.name));
        // Beside a transformer, only the primer is new.
        let old =
            std::fs::read(&path).ok().map(|bytes| Model::from_bytes(&bytes, &ModelLimits::default())).transpose()?;
        let file = match old.and_then(|old| old.subset(&["gates", "transformer"])) {
            Some(others) => others.join(&made.model)?.to_bytes()?,
            None => made.model.with_metadata(info).to_bytes()?,
        };
        println!("{}: {} samples, {bytes} bytes; {} bytes; {measured}", recipe.name, samples.len(), file.len());
        std::fs::write(path, file)?;
    }
    Ok(())
}

/// Pieces of the files in `folders`, of some `len` bytes, cut behind line feeds; of each file at most `most` bytes.
fn pieces(train: &Path, folders: &[&str], endings: &[&str], len: usize, most: usize) -> Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for folder in folders {
        for path in files(&train.join(folder), endings)? {
            let bytes = std::fs::read(path)?;
            let mut piece = Vec::new();
            for line in bytes[..bytes.len().min(most)].split_inclusive(|&byte| byte == b'\n') {
                piece.extend_from_slice(line);
                if piece.len() >= len {
                    found.push(std::mem::take(&mut piece));
                }
            }
            found.extend((!piece.is_empty()).then_some(piece));
        }
    }
    Ok(found)
}

/// The samples in an order in which kinds are mixed, as many as have some `most` bytes together.
fn shuffled(mut samples: Vec<Vec<u8>>, most: usize) -> Vec<Vec<u8>> {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    for at in (1..samples.len()).rev() {
        samples.swap(at, random.below(at as u64 + 1) as usize);
    }
    let mut bytes = 0;
    samples.retain(|sample| {
        bytes += sample.len();
        bytes <= most
    });
    samples
}

fn code(train: &Path) -> Result<Vec<Vec<u8>>> {
    let folders = ["code_go", "code_java", "code_js", "code_python", "code_rust", "code_ts"];
    Ok(shuffled(pieces(train, &folders, &[], 4096, 32 << 10)?, 8 << 20))
}

fn text(train: &Path) -> Result<Vec<Vec<u8>>> {
    let mut samples = pieces(train, &["prose_en"], &[], 4096, 64 << 10)?;
    samples.extend(pieces(train, &["docs_en"], &[".md", ".rst", ".txt"], 4096, 16 << 10)?);
    Ok(shuffled(samples, 8 << 20))
}

fn templates(name: &str) -> Result<String> {
    Ok(std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("training").join(name))?)
}

fn log(train: &Path) -> Result<Vec<Vec<u8>>> {
    let mut words = Words::gather(train, 0x9E37_79B9_7F4A_7C15)?;
    let templates = templates("logs.txt")?;
    let families: Vec<Vec<&str>> = templates
        .split("\n## ")
        .skip(1)
        .map(|family| family.lines().skip(1).filter(|line| !line.is_empty()).collect())
        .collect();
    let mut samples = Vec::new();
    for _ in 0..LOG_ROUNDS {
        for family in &families {
            // Long families have more layouts to learn, but not in proportion.
            for _ in 0..1 + family.len() / 4 {
                let line = family[words.below(family.len() as u64) as usize];
                samples.push(fill(line, &mut words).into_bytes());
            }
        }
    }
    for path in files(&train.join("logs"), &[".json", ".log"])? {
        let bytes = std::fs::read(path)?;
        samples
            .extend(bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).take(150).map(<[u8]>::to_vec));
    }
    Ok(shuffled(samples, usize::MAX))
}

/// Rounds over the families of log lines: some 20 lines each.
const LOG_ROUNDS: usize = 2500;
/// Rounds over the templates of JSON.
const JSON_ROUNDS: usize = 220;

fn json(train: &Path) -> Result<Vec<Vec<u8>>> {
    let mut words = Words::gather(train, 0xD1B5_4A32_D192_ED03)?;
    let templates = templates("json.txt")?;
    let mut samples = Vec::new();
    for _ in 0..JSON_ROUNDS {
        for template in templates.split("\n\n").skip(1) {
            let made = fill(template.trim_end(), &mut words);
            samples.push(spaced(&made, &mut words).into_bytes());
        }
    }
    samples.extend(pieces(train, &["json/iso-codes", "yaml"], &[".json"], 2048, 16 << 10)?);
    for path in files(&train.join("logs"), &[".json"])? {
        let bytes = std::fs::read(path)?;
        samples
            .extend(bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).take(150).map(<[u8]>::to_vec));
    }
    Ok(shuffled(samples, usize::MAX))
}
