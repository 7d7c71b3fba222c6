//! Keys and models on the command line: what is found, what is refused, what is said.

mod common;

use common::{Place, stderr, stdout, text};
use std::fs;

/// A model file of one empty part, and the front of its id.
fn model_file() -> (Vec<u8>, String) {
    let part = vatic::model::Part::new("primer", [("engine".into(), "none".into())].into(), vec![]).unwrap();
    let model = vatic::Model::new(vec![part], [("name".into(), "sample".into())].into()).unwrap();
    (model.to_bytes().unwrap(), model.id().short().to_string())
}

#[test]
fn models_are_found_by_path_name_and_id() {
    let place = Place::new();
    let (bytes, id) = model_file();
    let file = place.write("stock/sample.vatm", &bytes);
    place.write("stock/broken.vatm", b"no model");
    let plain = place.write("plain", b"some text, some text, some text");
    let run = |args: &[&str]| {
        let mut command = place.command(args);
        command.env("VATIC_MODELS", place.path("stock")).env("XDG_DATA_HOME", place.path("data")).output().unwrap()
    };
    let path = file.to_str().unwrap();
    for model in [path, "stock/sample.vatm", "sample"] {
        let shown = run(&["model", "show", model]);
        assert!(shown.status.success() && stdout(&shown).contains(&id) && stdout(&shown).contains("engine = none"));
        assert!(run(&["-f", "-m", model, "--embed-model", plain.to_str().unwrap()]).status.success());
    }
    let json = run(&["model", "show", "--json", "sample"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert!(json["short_id"] == id && json["parts"][0]["keys"]["engine"] == "none" && json["info"]["name"] == "sample");
    let list = run(&["model", "list"]);
    assert!(stdout(&list).contains("sample") && stderr(&list).contains("broken.vatm"));
    for (model, said) in
        [("other", "no model is named other"), ("./other.vatm", "cannot load"), ("stock/broken.vatm", "not a vatic")]
    {
        let failed = run(&["-m", model, plain.to_str().unwrap()]);
        assert_eq!(failed.status.code(), Some(1));
        assert!(stderr(&failed).contains(said), "{}", stderr(&failed));
    }
    // A tiny frame that cites a model which is not there.
    let mut tiny = vec![0xF6, 0x70, 0, 0x84, 1, 2, 3, 4, 5, 6, 7, 8];
    tiny.extend([0; 4]);
    place.write("tiny.vat", &tiny);
    let failed = run(&["-d", "tiny.vat"]);
    assert!(stderr(&failed).contains("model 0102030405060708 is missing"), "{}", stderr(&failed));
    assert!(stderr(&failed).contains("VATIC_MODELS"));
    let listed = run(&["-l", "tiny.vat"]);
    assert!(stdout(&listed).contains("unknown bytes") && stdout(&listed).contains("model 0102030405060708 needed"));
}

#[test]
fn sealed_files_need_their_key() {
    let place = Place::new();
    let data = text(200_000);
    place.write("a.txt", &data);
    place.write("key", &[7; 32]);
    place.write("other", &[8; 32]);
    place.write("password", "p\u{e4}sswort \u{1D11E}\nsecond line\n".as_bytes());
    let recipient = String::from_utf8(place.ok(&["keygen", "-o", "me.key"])).unwrap();
    place.ok(&["keygen", "--raw", "-o", "raw.key"]);
    assert_eq!(place.read("raw.key").len(), 32);
    assert!(place.fails(1, &["keygen", "-o", "key"]).contains("exists"));
    let sealing = ["--key-file", "key", "--password-file", "password", "--recipient", recipient.trim()];
    place.ok(&[&sealing[..], &["a.txt"]].concat());
    let opening = [["--key-file", "key"], ["--password-file", "password"], ["--identity", "me.key"]];
    for key in opening {
        assert_eq!(place.ok(&[&key[..], &["-dc", "a.txt.vat"]].concat()), data);
        assert!(String::from_utf8(place.ok(&[&key[..], &["-l", "a.txt.vat"]].concat())).unwrap().contains("200000"));
    }
    let said = place.fails(1, &["-t", "a.txt.vat"]);
    assert!(said.contains("a key is needed") && said.contains("--identity"), "{said}");
    let said = place.fails(1, &["-t", "--key-file", "other", "a.txt.vat"]);
    assert!(said.contains("wrong key"), "{said}");
    let listed = String::from_utf8(place.ok(&["-l", "a.txt.vat"])).unwrap();
    assert!(listed.contains("sealed (opens with: password, key file, identity)"), "{listed}");
    let json = String::from_utf8(place.ok(&["-l", "--json", "a.txt.vat"])).unwrap();
    assert!(json.contains("\"bytes\":null") && json.contains("\"sealed\":true"), "{json}");
    // Nothing half-done stays behind.
    fs::remove_file(place.path("a.txt")).unwrap();
    place.fails(1, &["-d", "--key-file", "other", "a.txt.vat"]);
    assert!(!place.path("a.txt").exists());
}

#[test]
fn plain_files_are_refused_where_a_key_is_given() {
    let place = Place::new();
    place.write("key", &[7; 32]);
    place.write("a", &text(3000));
    place.ok(&["a"]);
    let said = place.fails(1, &["-t", "--key-file", "key", "a.vat"]);
    assert!(said.contains("not sealed"), "{said}");
    let sealed = place.pipe(&["--key-file", "key"], b"first ").stdout;
    let both = [&sealed[..], &place.read("a.vat")].concat();
    let output = place.pipe(&["-d", "--key-file", "key"], &both);
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(1), &b"first "[..]));
    assert!(place.pipe(&["-d", "--key-file", "key"], &sealed).status.success());
}

#[test]
fn keys_that_are_none_are_said_to_be() {
    let place = Place::new();
    place.write("a", b"content");
    place.write("short", &[7; 31]);
    place.write("long", &[7; 33]);
    place.write("empty", b"\n");
    place.write("latin1", b"p\xE4ss\n");
    place.write("password", b"one\n");
    for (said, args) in [
        ("32 bytes", ["--key-file", "short"]),
        ("32 bytes", ["--key-file", "long"]),
        ("no password", ["--password-file", "empty"]),
        ("UTF-8", ["--password-file", "latin1"]),
        ("missing", ["--password-file", "missing"]),
        ("age recipient", ["--recipient", "bob@example.org"]),
    ] {
        let output = place.fails(1, &[&args[..], &["a"]].concat());
        assert!(output.contains(said), "{args:?}: {output}");
    }
    place.write("none.key", b"# nothing\n");
    assert!(place.fails(1, &["-d", "--identity", "none.key", "a"]).contains("no identity"));
    place.fails(2, &["--identity", "none.key", "a"]);
    place.fails(2, &["-d", "--recipient", "age1x", "a"]);
    place.fails(2, &["--password", "--password-file", "password", "a"]);
    // Memory counts for the password too.
    assert!(place.fails(1, &["-M", "32M", "--password-file", "password", "a"]).contains("memory"));
    place.ok(&["--password-file", "password", "a"]);
    let said = place.fails(1, &["-t", "-M", "32M", "--password-file", "password", "a.vat"]);
    assert!(said.contains("key derivation memory") && said.contains("-M"), "{said}");
    assert!(!place.names().contains(&"a.part".to_owned()));
}

/// The arguments, then a key.
fn keyed<'a>(args: &[&'a str], key: &[&'a str]) -> Vec<&'a str> {
    [args, key].concat()
}

#[test]
fn sealed_archives_need_their_key() {
    let place = Place::new();
    let data = text(200_000);
    place.write("t/a.txt", &data);
    place.write("t/secret-name", b"x");
    place.write("key", &[7; 32]);
    place.write("other", &[8; 32]);
    place.write("password", b"one\n");
    let recipient = String::from_utf8(place.ok(&["keygen", "-o", "me.key"])).unwrap();
    let sealing = ["--key-file", "key", "--password-file", "password", "--recipient", recipient.trim()];
    place.ok(&keyed(&["archive", "-o", "a.vat", "t"], &sealing));
    assert!(!place.read("a.vat").windows(6).any(|bytes| bytes == b"secret"));
    place.write("t/b.txt", &text(100_000));
    for (number, key) in
        [["--key-file", "key"], ["--password-file", "password"], ["--identity", "me.key"]].iter().enumerate()
    {
        let to = format!("to{number}");
        place.ok(&keyed(&["extract", "a.vat", "-C", &to], key));
        assert_eq!(place.read(&format!("{to}/t/a.txt")), data);
        place.ok(&keyed(&["append", "a.vat", "t"], key));
        place.ok(&keyed(&["verify", "-q", "a.vat"], key));
        let names = String::from_utf8(place.ok(&keyed(&["list", "a.vat"], key))).unwrap();
        assert!(names.contains("t/secret-name") && names.contains("t/b.txt"), "{names}");
        let shown = String::from_utf8(place.ok(&keyed(&["-l", "a.vat"], key))).unwrap();
        assert!(shown.contains("sealed archive"), "{shown}");
    }
    for command in
        [&["list", "a.vat"][..], &["extract", "a.vat", "-C", "no"], &["verify", "a.vat"], &["append", "a.vat", "t"]]
    {
        assert!(place.fails(1, command).contains("a key is needed"));
        assert!(place.fails(1, &keyed(command, &["--key-file", "other"])).contains("wrong key"));
        place.fails(2, &keyed(command, &["--recipient", recipient.trim()]));
    }
    assert!(!place.path("no").exists());
    place.ok(&["archive", "-o", "plain.vat", "t"]);
    for command in [&["list", "plain.vat"][..], &["verify", "plain.vat"], &["append", "plain.vat", "t"]] {
        assert!(place.fails(1, &keyed(command, &["--key-file", "key"])).contains("not sealed"));
    }
    place.fails(2, &keyed(&["archive", "--deterministic", "-o", "x.vat", "t"], &["--key-file", "key"]));
    place.fails(2, &keyed(&["archive", "-o", "x.vat", "t"], &["--identity", "me.key"]));
    // What is left of a damaged one, with the key.
    let packed = place.read("a.vat");
    place.write("cut.vat", &packed[150..]);
    let rescued = place.run(&["extract", "--keep-going", "--key-file", "key", "cut.vat", "-C", "rescued"]);
    assert!(rescued.status.success() && place.read("rescued/t/a.txt") == data, "{}", stderr(&rescued));
    let keep_going = ["-q", "--keep-going", "--key-file", "key", "cut.vat"];
    let names = String::from_utf8(place.ok(&keyed(&["list"], &keep_going))).unwrap();
    assert!(names.contains("t/secret-name") && names.contains("t/b.txt"), "{names}");
    // What is saved is sealed again, for everybody it was sealed for.
    place.ok(&keyed(&["repack", "-o", "saved.vat"], &keep_going));
    assert!(place.fails(1, &["verify", "saved.vat"]).contains("a key is needed"));
    place.ok(&["verify", "-q", "--password-file", "password", "saved.vat"]);
    place.ok(&["extract", "--identity", "me.key", "saved.vat", "-C", "saved"]);
    assert_eq!(place.read("saved/t/a.txt"), data);
    // Nothing comes out without a key, or with another.
    place.fails(1, &["extract", "--keep-going", "cut.vat", "-C", "no"]);
    let wrong = ["extract", "--keep-going", "--key-file", "other", "cut.vat", "-C", "no"];
    assert!(place.fails(1, &wrong).contains("wrong key"));
    assert!(!place.path("no").exists());
}

#[test]
fn repacking_keeps_or_changes_keys() {
    let place = Place::new();
    place.write("t/a.txt", &text(20_000));
    place.write("key", &[7; 32]);
    place.write("new", &[9; 32]);
    place.write("password", b"one\n");
    let both = ["--key-file", "key", "--password-file", "password"];
    place.ok(&keyed(&["archive", "-o", "a.vat", "t"], &both));
    // Opened with one key, the new archive is for both.
    place.ok(&["repack", "--key-file", "key", "a.vat"]);
    place.ok(&["verify", "-q", "--password-file", "password", "a.vat"]);
    place.ok(&["repack", "--password-file", "password", "--new-key-file", "new", "a.vat"]);
    place.ok(&["verify", "-q", "--key-file", "new", "a.vat"]);
    assert!(place.fails(1, &["verify", "--key-file", "key", "a.vat"]).contains("wrong key"));
    place.ok(&["repack", "--key-file", "new", "--unseal", "a.vat", "-o", "plain.vat"]);
    place.ok(&["verify", "-q", "plain.vat"]);
    place.ok(&["repack", "--new-key-file", "key", "plain.vat", "-o", "again.vat"]);
    place.ok(&["extract", "--key-file", "key", "again.vat", "-C", "to"]);
    assert_eq!(place.read("to/t/a.txt"), text(20_000));
    place.fails(2, &["repack", "--unseal", "--new-key-file", "new", "a.vat"]);
}

#[test]
fn an_older_archive_is_noticed_by_its_id() {
    let place = Place::new();
    place.write("t/a.txt", &text(20_000));
    let id_of = |line: Vec<u8>| {
        let json: serde_json::Value = serde_json::from_slice(&line).unwrap();
        json["id"].as_str().unwrap().to_owned()
    };
    let first = id_of(place.ok(&["archive", "--json", "-o", "a.vat", "t"]));
    let yesterday = place.read("a.vat");
    place.write("t/a.txt", b"changed");
    place.ok(&["append", "--expect-id", &first, "a.vat", "t"]);
    let second = id_of(place.ok(&["verify", "--json", "a.vat"]));
    assert_ne!(first, second);
    place.ok(&["verify", "-q", "--expect-id", &second, "a.vat"]);
    place.ok(&["list", "--expect-id", &second[..16], "a.vat"]);
    place.write("a.vat", &yesterday);
    let commands: [&[&str]; 4] =
        [&["verify", "a.vat"], &["list", "a.vat"], &["extract", "a.vat", "-C", "to"], &["append", "a.vat", "t"]];
    for command in commands {
        let said = place.fails(1, &keyed(command, &["--expect-id", &second]));
        assert!(said.contains(&first) && said.contains("not in the state"), "{said}");
    }
    assert!(!place.path("to").exists() && place.read("a.vat") == yesterday);
    place.fails(2, &["list", "--expect-id", "12", "a.vat"]);
}
