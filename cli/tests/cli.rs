//! The command from the outside: every flag, every way to fail, nothing left behind.

mod common;

use common::{Place, stderr, text};
use std::fs;

#[test]
fn a_file_goes_and_comes_back() {
    let place = Place::new();
    let data = text(300_000);
    place.write("a.txt", &data);
    place.ok(&["a.txt"]);
    assert_eq!(place.names(), ["a.txt", "a.txt.vat"]);
    assert!(place.read("a.txt.vat").len() < data.len() / 3);
    fs::remove_file(place.path("a.txt")).unwrap();
    place.ok(&["-d", "a.txt.vat"]);
    assert_eq!(place.read("a.txt"), data);
    assert_eq!(place.names(), ["a.txt", "a.txt.vat"]);
}

#[test]
fn empty_and_tiny_files_come_back() {
    let place = Place::new();
    for (name, data) in [("empty", &b""[..]), ("one", b"x"), ("few", b"hello, hello"), ("kilo", &text(1025))] {
        place.write(name, data);
        place.ok(&["--rm", name]);
        place.ok(&["-d", "--rm", &format!("{name}.vat")]);
        assert_eq!(place.read(name), data, "{name}");
    }
}

#[test]
fn output_goes_where_it_is_told() {
    let place = Place::new();
    let data = text(5000);
    place.write("a", &data);
    place.ok(&["a", "-o", "sub.bin"]);
    place.ok(&["-d", "sub.bin", "-o", "b"]);
    assert_eq!(place.read("b"), data);
    let packed = place.ok(&["-c", "a"]);
    assert_eq!(packed, place.read("sub.bin"));
    assert_eq!(place.ok(&["-dc", "sub.bin"]), data);
    assert_eq!(place.ok(&["-d", "sub.bin", "-o", "-"]), data);
    assert_eq!(place.names(), ["a", "b", "sub.bin"]);
    let refused = place.fails(1, &["-d", "sub.bin"]);
    assert!(refused.contains("does not end in .vat"), "{refused}");
    let refused = place.fails(1, &["-f", "a", "-o", "a"]);
    assert!(refused.contains("its own output"), "{refused}");
    assert_eq!(place.read("a"), data);
}

#[test]
fn pipes_go_through() {
    let place = Place::new();
    let data = text(100_000);
    for args in [&[][..], &["-"], &["-c"], &["-z", "-c", "-"]] {
        let packed = place.pipe(args, &data);
        assert!(packed.status.success(), "{}", stderr(&packed));
        assert!(packed.stdout.len() < data.len() / 3);
        let restored = place.pipe(&["-d"], &packed.stdout);
        assert_eq!(restored.stdout, data);
    }
    let packed = place.pipe(&["-o", "x.vat"], &data);
    assert!(packed.status.success(), "{}", stderr(&packed));
    assert_eq!(place.ok(&["-dc", "x.vat"]), data);
}

#[test]
fn existing_files_stay_unless_forced() {
    let place = Place::new();
    place.write("a", &text(2000));
    place.write("a.vat", b"precious");
    let said = place.fails(1, &["a"]);
    assert!(said.contains("a.vat exists already; -f overwrites it"), "{said}");
    assert_eq!(place.read("a.vat"), b"precious");
    place.ok(&["-f", "a"]);
    assert_ne!(place.read("a.vat"), b"precious");
    place.write("a", b"precious");
    place.fails(1, &["-d", "a.vat"]);
    assert_eq!(place.read("a"), b"precious");
    place.ok(&["-df", "a.vat"]);
    assert_eq!(place.read("a"), text(2000));
    assert_eq!(place.names(), ["a", "a.vat"]);
}

#[test]
fn sources_go_only_with_rm() {
    let place = Place::new();
    place.write("a", &text(3000));
    place.ok(&["-k", "a"]);
    assert_eq!(place.names(), ["a", "a.vat"]);
    place.ok(&["-f", "--rm", "a"]);
    assert_eq!(place.names(), ["a.vat"]);
    place.ok(&["-d", "--rm", "a.vat"]);
    assert_eq!(place.names(), ["a"]);
    place.ok(&["--rm", "-k", "a"]);
    assert_eq!(place.names(), ["a", "a.vat"]);
}

#[test]
fn folders_need_r_and_keep_their_shape() {
    let place = Place::new();
    place.write("d/a", &text(3000));
    place.write("d/e/b", &text(4000));
    place.write("d/e/done.vat", b"not ours");
    let said = place.fails(1, &["d"]);
    assert!(said.contains("is a folder; -r"), "{said}");
    place.ok(&["-r", "--rm", "d"]);
    let found = |name: &str| place.path(name).exists();
    assert!(found("d/a.vat") && found("d/e/b.vat") && !found("d/a") && !found("d/e/done.vat.vat"));
    fs::remove_file(place.path("d/e/done.vat")).unwrap();
    place.ok(&["-d", "-r", "--rm", "d"]);
    assert_eq!((place.read("d/a"), place.read("d/e/b")), (text(3000), text(4000)));
    assert!(!found("d/a.vat"));
}

#[test]
fn one_failure_does_not_stop_the_others() {
    let place = Place::new();
    place.write("a", &text(3000));
    place.write("c", &text(3000));
    let said = place.fails(1, &["a", "missing", "c"]);
    assert!(said.contains("missing: cannot open"), "{said}");
    assert_eq!(place.names(), ["a", "a.vat", "c", "c.vat"]);
    assert_eq!(place.fails(1, &["-qq", "missing"]), "");
}

#[test]
fn concatenated_frames_restore_to_both() {
    let place = Place::new();
    let (a, b) = (text(3000), text(90_000));
    place.write("a", &a);
    place.write("b", &b);
    let both = place.ok(&["-c", "a", "b"]);
    place.write("both.vat", &both);
    place.ok(&["-d", "both.vat"]);
    assert_eq!(place.read("both"), [&a[..], &b].concat());
    let listing = String::from_utf8(place.ok(&["-l", "both.vat"])).unwrap();
    assert!(listing.contains("2 frames") && listing.contains("93000 bytes"), "{listing}");
}

#[test]
fn damage_is_told_and_leaves_nothing() {
    let place = Place::new();
    let data = text(50_000);
    place.write("a", &data);
    place.ok(&["a", "-o", "good.vat"]);
    let good = place.read("good.vat");
    let said = stderr(&place.run(&["-t", "good.vat"]));
    assert!(said.contains("good.vat: ok"), "{said}");
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    place.write("flipped.vat", &flipped);
    place.write("short.vat", &good[..good.len() - 9]);
    place.write("foreign.vat", b"\x1f\x8b this is something else altogether");
    let before = place.names();
    for name in ["flipped.vat", "short.vat", "foreign.vat"] {
        for mode in ["-t", "-d"] {
            let said = place.fails(1, &[mode, name]);
            assert!(said.starts_with(&format!("vatic: {name}: ")), "{said}");
        }
    }
    assert_eq!(place.names(), before);
    let said = place.fails(1, &["-t", "--json", "-qq", "flipped.vat"]);
    assert!(said.starts_with(r#"{"file":"flipped.vat","error":""#) && said.contains(r#""code":2"#), "{said}");
}

#[test]
fn every_level_preset_and_codec_comes_back() {
    let place = Place::new();
    let data = text(40_000);
    place.write("a", &data);
    let mut ways: Vec<Vec<String>> = (1..=9).map(|level| vec![format!("-{level}")]).collect();
    ways.extend(["fast", "balanced", "max"].map(|name| vec!["-p".to_owned(), name.to_owned()]));
    let help = String::from_utf8(place.ok(&["--help"])).unwrap();
    let names = help.split("--codec <NAME>").nth(1).unwrap().split("[possible values: ").nth(1).unwrap();
    let names: Vec<_> = names.split(']').next().unwrap().split(',').map(str::trim).collect();
    assert!(names.contains(&"store") && names.contains(&"bwt"), "{names:?}");
    // One codec needs a model.
    let alone = names.iter().filter(|name| **name != "neural");
    ways.extend(alone.map(|name| vec!["--codec".to_owned(), (*name).to_owned()]));
    ways.push(vec!["--verify".to_owned()]);
    ways.push(vec!["--no-check".to_owned()]);
    for way in ways {
        let mut args: Vec<&str> = way.iter().map(String::as_str).collect();
        args.extend(["-c", "a"]);
        let output = place.run(&args);
        if stderr(&output).contains("this build has no codec") {
            continue;
        }
        assert!(output.status.success(), "{way:?}: {}", stderr(&output));
        let restored = place.pipe(&["-dc"], &output.stdout);
        assert_eq!(restored.stdout, data, "{way:?}: {}", stderr(&restored));
    }
}

#[test]
fn text_is_coded_beside_a_transformer() {
    let place = Place::new();
    let model = include_bytes!("../../tests/vectors/transformer/random-0.vatm");
    place.write("m.vatm", model);
    place.write("a", &text(3000));
    let refused = place.run(&["--codec", "neural", "-c", "a"]);
    assert!(stderr(&refused).contains("needs a model with a transformer"), "{}", stderr(&refused));
    let refused = place.run(&["--codec", "mix", "--pure", "-c", "a"]);
    assert!(stderr(&refused).contains("only codec neural"), "{}", stderr(&refused));
    let refused = place.run(&["--lanes", "33", "-c", "a"]);
    assert!(stderr(&refused).contains("1..=32"), "{}", stderr(&refused));
    place.write("long", &text(40_000));
    let packed = place.ok(&["--codec", "neural", "-m", "./m.vatm", "--lanes", "8", "-c", "long"]);
    assert_ne!(packed, place.ok(&["--codec", "neural", "-m", "./m.vatm", "-c", "long"]));
    assert_eq!(place.pipe(&["-dc", "-m", "./m.vatm"], &packed).stdout, text(40_000));
    for pure in [&[][..], &["--pure"]] {
        let packed = place.ok(&[&["--codec", "neural", "-m", "./m.vatm", "-c", "a"], pure].concat());
        // What the transformer says alone is worth less than nothing here: such data is stored.
        let alone = place.pipe(&["-dc"], &packed);
        assert_eq!(stderr(&alone).contains("model"), pure.is_empty(), "{}", stderr(&alone));
        let restored = place.pipe(&["-dc", "-m", "./m.vatm"], &packed);
        assert_eq!(restored.stdout, text(3000), "{}", stderr(&restored));
    }
}

#[test]
fn threads_do_not_change_the_output() {
    let place = Place::new();
    place.write("a", &text(700_000));
    let one = place.ok(&["-c", "-T1", "a"]);
    assert_eq!(place.ok(&["-c", "-T2", "a"]), one);
    assert_eq!(place.ok(&["-c", "-T0", "a"]), one);
    place.write("x.vat", &one);
    assert_eq!(place.ok(&["-dcT2", "x.vat"]), text(700_000));
}

#[test]
fn memory_limits_hold() {
    let place = Place::new();
    place.write("a", &text(400_000));
    place.ok(&["-M", "64M", "a"]);
    let said = place.fails(1, &["-d", "-M", "4K", "-c", "a.vat"]);
    assert!(said.contains("limit exceeded") && said.contains("-M"), "{said}");
    place.fails(2, &["-M", "lots", "a"]);
}

#[test]
fn listings_and_routes_show_groups() {
    let place = Place::new();
    place.write("a", &text(200_000));
    let output = place.run(&["-v", "a"]);
    let said = stderr(&output);
    assert!(output.status.success() && said.contains("a: 200000 -> ") && said.contains("codec"), "{said}");
    assert!(said.lines().any(|line| line.contains("text") && line.contains("200000")), "{said}");
    let listing = String::from_utf8(place.ok(&["-lv", "a.vat"])).unwrap();
    assert!(listing.contains("1 frame, 1 group, 200000 bytes") && listing.contains("check BLAKE3"), "{listing}");

    let line = place.ok(&["--json", "-f", "a"]);
    let json: serde_json::Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(json["input_bytes"], 200_000);
    assert_eq!(json["output_bytes"].as_u64(), Some(place.read("a.vat").len() as u64));
    assert_eq!(json["groups"][0]["class"], "text");
    assert!(json["groups"][0]["why"].as_str().is_some_and(|why| !why.is_empty()));
    let json: serde_json::Value = serde_json::from_slice(&place.ok(&["-l", "--json", "a.vat"])).unwrap();
    assert_eq!(json["frames"][0]["groups"][0]["bytes"], 200_000);
    let json: serde_json::Value = serde_json::from_slice(&place.ok(&["-d", "-f", "--json", "a.vat"])).unwrap();
    assert_eq!(json["action"], "decompress");
    let piped = place.run(&["-c", "--json", "a"]);
    assert!(serde_json::from_slice::<serde_json::Value>(&piped.stderr).is_ok());
    assert_eq!(piped.stdout, place.read("a.vat"));
}

#[test]
fn bad_usage_exits_with_2_and_does_nothing() {
    let place = Place::new();
    place.write("a", &text(100));
    place.write("b", &text(100));
    for args in [
        &["-o", "x", "a", "b"][..],
        &["-c", "--rm", "a"],
        &["-c", "-o", "x", "a"],
        &["-d", "-t", "a"],
        &["-1", "-2", "a"],
        &["-p", "best", "a"],
        &["--codec", "none", "a"],
        &["--unknown", "a"],
        &["-t", "-o", "x", "a"],
        &["-q", "-v", "a"],
    ] {
        place.fails(2, args);
    }
    assert_eq!(place.names(), ["a", "b"]);
}

#[test]
fn helpers_are_generated() {
    let place = Place::new();
    let help = String::from_utf8(place.ok(&["--help"])).unwrap();
    assert!(help.contains("Examples:") && help.contains("Exit status:"));
    assert!(String::from_utf8(place.ok(&["-V"])).unwrap().starts_with("vatic 0."));
    for shell in ["bash", "zsh", "fish"] {
        assert!(String::from_utf8(place.ok(&["completions", shell])).unwrap().contains("no-check"));
    }
    assert!(String::from_utf8(place.ok(&["man"])).unwrap().contains(".TH vatic 1"));
    place.write("a", &text(30_000));
    let json = String::from_utf8(place.ok(&["bench", "--json", "a"])).unwrap();
    let rows: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row["packed"].as_u64().unwrap() < 30_000));
    assert!(String::from_utf8(place.ok(&["bench", "a"])).unwrap().contains("balanced"));
}

#[test]
fn a_file_may_be_called_like_a_command() {
    let place = Place::new();
    place.write("bench", &text(100));
    place.ok(&["--", "bench"]);
    place.ok(&["-d", "-c", "./bench.vat"]);
}
