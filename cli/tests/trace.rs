//! `vatic trace`, read back.
#![cfg(feature = "trace")]

mod common;
use common::*;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use std::fs::File;
use std::path::Path;

/// All rows of the shards in a folder, each column by its name, and what the first shard says under `key`.
fn rows(folder: &Path, key: &str) -> (Vec<Row>, String) {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let readers: Vec<_> =
        files.iter().map(|file| SerializedFileReader::new(File::open(file).unwrap()).unwrap()).collect();
    let about = readers[0].metadata().file_metadata().key_value_metadata().unwrap();
    let value = about.iter().find(|pair| pair.key == key).and_then(|pair| pair.value.clone()).unwrap();
    (readers.iter().flat_map(|reader| reader.get_row_iter(None).unwrap()).map(Result::unwrap).collect(), value)
}

fn field<'a>(row: &'a Row, name: &str) -> Option<&'a Field> {
    row.get_column_iter().find(|(column, _)| *column == name).map(|(_, field)| field)
}

fn number(field: &Field) -> f64 {
    match field {
        Field::UByte(n) => f64::from(*n),
        Field::UShort(n) => f64::from(*n),
        Field::Short(n) => f64::from(*n),
        Field::Int(n) => f64::from(*n),
        Field::Long(n) => *n as f64,
        Field::Float(n) => f64::from(*n),
        other => panic!("{other:?} is no number"),
    }
}

fn numbers(row: &Row, name: &str) -> Vec<f64> {
    match field(row, name) {
        Some(Field::ListInternal(list)) => list.elements().iter().map(number).collect(),
        other => panic!("{other:?} is no list"),
    }
}

#[test]
fn a_trace_reads_back() {
    let place = Place::new();
    let text = include_bytes!("../../README.md");
    place.write("docs/a.md", &text[..3000]);
    place.write("docs/more/b.md", &text[1000..4000]);
    let said = place.ok(&["trace", "--json", "--share", "0.2", "-o", "out", "docs"]);
    let said: serde_json::Value = serde_json::from_slice(&said).unwrap();
    let (rows, inputs) = rows(&place.path("out"), "vatic.inputs");
    let inputs: Vec<String> = serde_json::from_str(&inputs).unwrap();
    assert_eq!(said["rows"], rows.len());
    assert!((1000..1400).contains(&rows.len()), "{}", rows.len());
    let (mut cost, mut names) = (0.0, Vec::new());
    for row in &rows {
        let Some(Field::Str(name)) = field(row, "document") else { panic!("no name") };
        let content = place.read(name);
        let at = number(field(row, "position").unwrap()) as usize;
        let symbol = number(field(row, "symbol").unwrap()) as usize;
        assert_eq!(symbol, usize::from(content[at]));
        let Some(Field::Bytes(context)) = field(row, "context") else { panic!("no context") };
        assert_eq!(context.data(), &content[at.saturating_sub(32)..at]);
        let distribution = numbers(row, "distribution");
        assert_eq!((distribution.len(), distribution.iter().sum::<f64>()), (256, 65_536.0));
        let bits = number(field(row, "cost").unwrap());
        // A byte that is all but certain can come in two ways, of which one is coded.
        let told = distribution[symbol] / 65_536.0;
        assert!(told > (-bits).exp2() * 0.99 - 1.0 / 65_536.0, "{told} {bits}");
        if field(row, "certain").is_none_or(|certain| matches!(certain, Field::Null)) {
            assert!(told < (-bits).exp2() * 1.01 + 1.0 / 65_536.0, "{told} {bits}");
            let decisions = numbers(row, "probabilities").into_iter().zip(numbers(row, "bits"));
            let sum: f64 =
                decisions.map(|(p, bit)| -((if bit > 0.0 { p } else { 65_536.0 - p }) / 65_536.0).log2()).sum();
            assert!((sum - bits).abs() < 1e-3);
        }
        let count = numbers(row, "bits").len();
        assert!(count > 0);
        assert_eq!(numbers(row, "inputs").len(), count * inputs.len());
        assert_eq!(numbers(row, "weights").len(), count * inputs.len());
        cost += bits;
        names.push(name.clone());
    }
    names.dedup();
    assert_eq!(names, ["docs/a.md", "docs/more/b.md"]);
    assert!((said["bits_per_byte"].as_f64().unwrap() - cost / rows.len() as f64).abs() < 1e-3);
    // The second document has been seen, mostly: it costs little.
    assert!(cost / (rows.len() as f64) < 3.5);
}

#[test]
fn samples_are_as_large_as_was_asked_for_and_the_same_again() {
    let place = Place::new();
    place.write("a.md", &include_bytes!("../../README.md")[..5000]);
    let run = |out: &str, more: &[&str]| {
        let args = [&["trace", "-q", "--lean", "-o", out, "a.md"], more].concat();
        place.ok(&args);
        let (rows, _) = rows(&place.path(out), "vatic.trace");
        assert!(rows.iter().all(|row| field(row, "inputs").is_none()));
        rows.iter().map(|row| number(field(row, "position").unwrap()) as usize).collect::<Vec<_>>()
    };
    let some = run("1", &["--count", "300"]);
    assert!((240..360).contains(&some.len()), "{}", some.len());
    assert_eq!(run("2", &["--count", "300"]), some);
    assert_ne!(run("3", &["--count", "300", "--seed", "2"]), some);
    let starts = run("4", &["--starts", "--share", "1"]);
    let text = place.read("a.md");
    assert!(starts.iter().filter(|&&at| at > 0 && text[at - 1] == b' ').count() == 0);
    assert!((600..1800).contains(&starts.len()), "{}", starts.len());
    // What is there stays, unless asked for.
    place.fails(1, &["trace", "-q", "-o", "1", "a.md"]);
    assert_eq!(run("1", &["-f", "--apart", "--count", "300"]), some);
}
