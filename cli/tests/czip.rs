//! czip's files from the outside.

mod common;
#[path = "../../core/tests/common/czm.rs"]
mod czm;

use common::Place;

fn place() -> Place {
    let place = Place::new();
    place.write("m.czm", &czm::model(czm::QUIET));
    place.write("a.txt", "the rain in the café\n".repeat(9).as_bytes());
    place
}

#[test]
fn a_text_goes_and_comes_back() {
    let place = place();
    let text = place.read("a.txt");
    for args in [&["--format", "czip"][..], &["--format", "czip", "--outer", "zstd", "-2", "--verify"]] {
        place.ok(&[args, &["-m", "./m.czm", "a.txt"]].concat());
        assert_eq!(&place.read("a.txt.czip")[..6], b"CZIPv1");
        place.ok(&["-d", "-m", "./m.czm", "a.txt.czip", "-o", "back"]);
        assert_eq!(place.read("back"), text);
        assert_eq!(place.ok(&["-dc", "-m", "m.czm", "a.txt.czip"]), text);
        let tested = place.run(&["-t", "-m", "m.czm", "a.txt.czip"]);
        assert!(tested.status.success());
        std::fs::remove_file(place.path("back")).unwrap();
        std::fs::remove_file(place.path("a.txt.czip")).unwrap();
    }
    place.ok(&["--format", "czip", "-m", "m.czm", "--rm", "a.txt"]);
    place.ok(&["-d", "-m", "m.czm", "--rm", "a.txt.czip"]);
    assert_eq!((place.names(), place.read("a.txt")), (vec!["a.txt".to_owned(), "m.czm".to_owned()], text));
}

#[test]
fn folders_take_their_own_kind() {
    let place = place();
    std::fs::create_dir(place.path("in")).unwrap();
    std::fs::rename(place.path("a.txt"), place.path("in/a")).unwrap();
    place.ok(&["--format", "czip", "-m", "m.czm", "-r", "--rm", "in"]);
    place.ok(&["-dr", "in"]);
    assert!(place.path("in/a.czip").exists() && !place.path("in/a").exists(), "no model, so none of these");
    place.ok(&["-dr", "-m", "m.czm", "in"]);
    assert!(place.path("in/a").exists());
}

#[test]
fn what_is_wrong_is_said() {
    let place = place();
    for args in [
        &["--format", "czip", "a.txt"][..],
        &["--format", "czip", "-m", "m.czm", "-9", "a.txt"],
        &["--format", "czip", "-m", "m.czm", "--codec", "mix", "a.txt"],
        &["-m", "m.czm", "a.txt"],
    ] {
        let said = place.fails(2, args);
        assert!(said.contains("czip"), "{said}");
    }
    place.write("b", b"no text \xFF");
    assert!(place.fails(1, &["--format", "czip", "-m", "m.czm", "b"]).contains("byte 8"));
    place.ok(&["--format", "czip", "-m", "m.czm", "a.txt"]);
    assert!(place.fails(1, &["-d", "-o", "x", "a.txt.czip"]).contains("-m ./MODEL.czm"));
    assert!(place.fails(1, &["-d", "-M", "10", "-m", "m.czm", "-o", "x", "a.txt.czip"]).contains("limit"));
    assert!(place.fails(1, &["-d", "-m", "./b.czm", "a.txt.czip"]).contains("b.czm"));
    assert_eq!(place.names(), ["a.txt", "a.txt.czip", "b", "m.czm"]);
}

#[test]
fn a_model_is_imported() {
    let place = place();
    let said =
        String::from_utf8(place.ok(&["model", "import", "m.czm", "-o", "m.vatm", "--info", "licence=X"])).unwrap();
    assert!(said.starts_with("m.vatm: "), "{said}");
    let shown = String::from_utf8(place.ok(&["model", "show", "./m.vatm"])).unwrap();
    for line in ["part transformer: ", "profile = czip", "vocabulary = 1024", "licence: X", "imported: m.czm, of czip"]
    {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    place.fails(1, &["model", "import", "m.czm", "-o", "m.vatm"]);
    place.ok(&["model", "import", "-f", "m.czm", "-o", "m.vatm"]);
    // A file of czip holds what its model says and little else.
    place.ok(&["--format", "czip", "-m", "m.czm", "a.txt"]);
    let row: serde_json::Value =
        serde_json::from_slice(&place.ok(&["model", "eval", "./m.vatm", "a.txt", "--json"])).unwrap();
    let packed = place.read("a.txt.czip").len() as f64;
    let bytes = row["bits"].as_f64().unwrap() / 8.0;
    assert!(bytes < packed && bytes + 60.0 > packed, "{row} {packed}");
    let said = String::from_utf8(place.ok(&["model", "eval", "./m.vatm", "a.txt", "a.txt"])).unwrap();
    let rows = said.lines().filter(|line| !line.starts_with(' ')).count();
    assert!(rows == 3 && said.contains("\nall: 396 bytes") && said.contains("transformer "), "{said}");
    assert!(row["both"].as_u64().unwrap() > 0 && row["mix"].as_u64().unwrap() < 198 && row["primed"] == false, "{row}");
    let shares = row["shares"].as_array().unwrap();
    let sum: f64 = shares.iter().map(|share| share["share"].as_f64().unwrap()).sum();
    assert!(shares.len() > 15 && (sum - 1.0).abs() < 1e-6, "{row}");
    std::fs::remove_file(place.path("a.txt.czip")).unwrap();
    place.fails(1, &["model", "import", "a.txt", "-o", "other.vatm"]);
    place.fails(1, &["model", "import", "missing", "-o", "other.vatm"]);
    assert_eq!(place.names(), ["a.txt", "m.czm", "m.vatm"]);
}
