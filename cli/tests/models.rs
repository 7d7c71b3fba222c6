//! Training, measuring records, and the models that come with the command.

mod common;
use common::*;
use std::fmt::Write as _;

/// Lines of a made-up log.
fn lines(count: usize, seed: u64) -> Vec<u8> {
    let noise = noise(4 * count, seed);
    let mut text = String::new();
    for (at, four) in noise.chunks_exact(4).enumerate() {
        let verb = ["opened", "closed", "timed out", "refused"][usize::from(four[0] & 3)];
        let (host, port) = (four[1] % 20, u16::from_le_bytes([four[2], four[3]]) % 5000);
        let _ = writeln!(text, "[{:05}] connection {verb} by 10.0.0.{host} port {port}", at * 7);
    }
    text.into_bytes()
}

fn row(json: &[u8]) -> serde_json::Value {
    serde_json::from_slice(json).unwrap()
}

#[test]
fn a_trained_model_makes_records_small() {
    let place = Place::new();
    place.write("old.log", &lines(300, 1));
    place.write("new.log", &lines(100, 2));
    let trained = row(&place.ok(&["train", "-o", "m.vatm", "--size", "100K", "--ensemble", "3", "--json", "old.log"]));
    assert_eq!((trained["samples"].as_u64(), trained["ensemble"].as_u64()), (Some(300), Some(3)));
    assert!(trained["held_out_coded"].as_u64().unwrap() * 3 < trained["held_out_without"].as_u64().unwrap());
    assert!(trained["bytes"].as_u64().unwrap() <= 100 << 10);

    let bench = row(&place.ok(&["bench", "--records", "lines", "-m", "./m.vatm", "--json", "new.log"]));
    assert_eq!(bench["records"], 100);
    assert_eq!(bench["raw_bytes"].as_u64().unwrap() as usize, place.read("new.log").len() - 100);
    assert!(bench["compressed_bytes"].as_u64().unwrap() < 1000, "{bench}");
    for speed in ["records_per_second", "decompress_records_per_second"] {
        assert!(bench[speed].as_f64().unwrap() > 0.0, "{bench}");
    }
    let said = String::from_utf8(place.ok(&["bench", "--records", "lines", "-m", "./m.vatm", "new.log"])).unwrap();
    assert!(said.starts_with("new.log: 100 records of"), "{said}");

    // The model stays as it is unless asked for.
    place.fails(1, &["train", "-q", "-o", "m.vatm", "old.log"]);
    place.ok(&[
        "train",
        "-q",
        "-f",
        "-o",
        "m.vatm",
        "--adapt",
        "40",
        "--info",
        "licence=CC0",
        "--ensemble",
        "3",
        "old.log",
    ]);
    let shown = String::from_utf8(place.ok(&["model", "show", "./m.vatm"])).unwrap();
    assert!(shown.contains("rate = 40") && shown.contains("licence: CC0"), "{shown}");
}

#[test]
fn models_are_joined() {
    let place = Place::new();
    place.write("base.vatm", include_bytes!("../../tests/vectors/transformer/random-0.vatm"));
    place.write("old.log", &lines(120, 1));
    place.write("new.log", &lines(40, 2));
    place.ok(&["train", "-o", "lines.vatm", "--info", "licence=CC0", "old.log"]);
    let join = ["model", "join", "./lines.vatm", "./base.vatm", "-o", "m.vatm"];
    place.ok(&[&join[..], &["--info", "name=both"]].concat());
    let shown = String::from_utf8(place.ok(&["model", "show", "./m.vatm"])).unwrap();
    assert!(shown.contains("part primer") && shown.contains("part transformer"), "{shown}");
    assert!(shown.contains("name: both") && shown.contains("licence: CC0"), "{shown}");
    // Each serves as it did: what was coded with one is read with both.
    for (codec, model) in [("mix", "./lines.vatm"), ("neural", "./base.vatm")] {
        let packed = place.ok(&["-8", "--codec", codec, "-m", model, "-c", "new.log"]);
        assert_eq!(packed, place.ok(&["-8", "--codec", codec, "-m", "./m.vatm", "-c", "new.log"]));
        assert_eq!(place.pipe(&["-dc", "-m", "./m.vatm"], &packed).stdout, place.read("new.log"));
    }
    let twice = place.fails(1, &["model", "join", "./m.vatm", "./base.vatm", "-o", "n.vatm"]);
    assert!(twice.contains("both models have a part transformer"), "{twice}");
}

#[test]
fn a_primer_is_trained_beside_a_transformer() {
    let place = Place::new();
    place.write("base.vatm", include_bytes!("../../tests/vectors/transformer/random-0.vatm"));
    place.write("old.log", &lines(120, 1));
    place.write("new.log", &lines(40, 2));
    let args = ["train", "-m", "./base.vatm", "-o", "m.vatm", "--records", "files", "--ensemble", "10"];
    let trained = row(&place.ok(&[&args[..], &["--json", "old.log"]].concat()));
    assert_eq!((trained["samples"].as_u64(), trained["ensemble"].as_u64()), (Some(1), Some(10)));
    let shown = String::from_utf8(place.ok(&["model", "show", "./m.vatm"])).unwrap();
    assert!(shown.contains("part gates") && shown.contains("part transformer"), "{shown}");
    assert!(shown.contains("ensemble = 10") && shown.contains("primer_measured: "), "{shown}");
    let packed = |model| place.ok(&["--codec", "neural", "-m", model, "-c", "new.log"]);
    assert!(packed("./m.vatm").len() < packed("./base.vatm").len());
    // What was coded with the primer needs it; what was coded without it does not mind.
    for model in ["./m.vatm", "./base.vatm"] {
        assert_eq!(place.pipe(&["-dc", "-m", "./m.vatm"], &packed(model)).stdout, place.read("new.log"));
    }
    place.ok(&["train", "-q", "-o", "plain.vatm", "--ensemble", "3", "new.log"]);
    assert!(place.fails(1, &["train", "-m", "./plain.vatm", "-o", "n.vatm", "old.log"]).contains("transformer"));
}

#[test]
fn what_training_and_measuring_refuse() {
    let place = Place::new();
    place.write("a.log", &lines(20, 1));
    place.write("empty", b"");
    assert!(place.fails(1, &["train", "-o", "m.vatm", "--ensemble", "99", "a.log"]).contains("ensemble 99"));
    assert!(place.fails(1, &["train", "-o", "m.vatm", "--size", "10", "a.log"]).contains("is the least"));
    assert!(place.fails(1, &["train", "-o", "m.vatm", "empty"]).contains("needs samples"));
    place.fails(1, &["train", "-o", "m.vatm", "missing"]);
    place.fails(2, &["train", "-o", "m.vatm", "--adapt", "129", "a.log"]);
    place.fails(2, &["train", "a.log"]);
    assert_eq!(place.names(), ["a.log", "empty"]);
    place.fails(2, &["bench", "--records", "lines", "a.log"]);
    place.fails(1, &["bench", "--records", "lines", "-m", "./none.vatm", "a.log"]);
}

#[cfg(feature = "models")]
#[test]
fn models_come_with_the_command() {
    let place = Place::new();
    let list = String::from_utf8(place.ok(&["model", "list"])).unwrap();
    for name in ["code", "en", "json", "log", "text"] {
        assert!(list.lines().any(|line| line.starts_with(name) && line.ends_with("(compiled in)")), "{list}");
    }
    let json = br#"{"id": 31, "name": "a sample", "created_at": "2024-03-02T11:12:13Z", "tags": ["new", "sale"], "active": true}"#;
    place.write("x.json", &json.repeat(12));
    let len = |args: &[&str]| place.ok(&[&["-q", "-c", "-8"], args, &["x.json"]].concat()).len();
    let (plain, named, tried) = (len(&[]), len(&["-m", "json"]), len(&["--auto-model"]));
    assert!(named < plain && tried <= named, "{plain} {named} {tried}");
    // Found by its id, without being named; and in the file itself.
    place.ok(&["-q", "-8", "-m", "json", "-o", "cited.vat", "x.json"]);
    assert_eq!(place.ok(&["-d", "-c", "cited.vat"]), json.repeat(12));
    place.ok(&["-q", "-8", "-m", "json", "--embed-model", "-o", "whole.vat", "x.json"]);
    assert!(place.read("whole.vat").len() > 500_000);
    assert_eq!(place.ok(&["-d", "-c", "whole.vat"]), json.repeat(12));
    // A model of the user's goes before one of the same name.
    place.write("stock/old.log", &lines(60, 1));
    place.ok(&["train", "-q", "-o", "stock/json.vatm", "--ensemble", "3", "stock/old.log"]);
    let listed = place.command(&["model", "show", "json"]).env("VATIC_MODELS", place.path("stock")).output().unwrap();
    assert!(stdout(&listed).contains("json.vatm"), "{}", stdout(&listed));
}
