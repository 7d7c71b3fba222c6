//! The command from the outside: every flag, every way to fail, nothing left behind.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A folder of its own for each test.
struct Place(TempDir);

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Everything in the folder, sorted.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vatic"));
        command.args(args).current_dir(self.0.path()).env("RUST_BACKTRACE", "0").stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs and expects success and nothing on standard error.
    fn ok(&self, args: &[&str]) -> Vec<u8> {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        assert_eq!(stderr(&output), "", "{args:?}");
        output.stdout
    }

    /// Runs, expects exit code `code`, and gives what was said.
    fn fails(&self, code: i32, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
        stderr(&output)
    }

    fn pipe(&self, args: &[&str], input: &[u8]) -> Output {
        let mut child =
            self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        output
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Text with structure, `len` bytes.
fn text(len: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut state = 1u32;
    while bytes.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let word = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron"][(state >> 29) as usize];
        bytes.extend(word.as_bytes());
        bytes.push(if state >> 20 & 7 == 0 { b'\n' } else { b' ' });
    }
    bytes.truncate(len);
    bytes
}

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
    ways.extend(names.iter().map(|name| vec!["--codec".to_owned(), (*name).to_owned()]));
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

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::ExitStatusExt;
    use std::time::{Duration, SystemTime};

    #[test]
    fn mode_and_time_come_along() {
        let place = Place::new();
        let path = place.write("a", &text(2000));
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_234_567_890);
        fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        place.ok(&["--rm", "a"]);
        place.ok(&["-d", "a.vat"]);
        for name in ["a", "a.vat"] {
            let metadata = place.path(name).metadata().unwrap();
            assert_eq!(metadata.permissions().mode() & 0o777, 0o640, "{name}");
            assert_eq!(metadata.modified().unwrap(), time, "{name}");
        }
    }

    #[test]
    fn interruption_leaves_nothing_behind() {
        for (signal, number) in [("INT", 2), ("TERM", 15)] {
            let place = Place::new();
            place.write("out.vat", b"precious");
            let mut child = place.command(&["-f", "-o", "out.vat"]).stdin(Stdio::piped()).spawn().unwrap();
            // Kept open: the command waits for more.
            let mut stdin = child.stdin.take().unwrap();
            stdin.write_all(&text(100_000)).unwrap();
            wait_for(|| place.names().len() == 2);
            let kill = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
            assert!(kill.success());
            let status = child.wait().unwrap();
            assert_eq!(status.signal(), Some(number), "{status:?}");
            assert_eq!(place.names(), ["out.vat"]);
            assert_eq!(place.read("out.vat"), b"precious");
        }
    }

    fn wait_for(condition: impl Fn() -> bool) {
        for _ in 0..1000 {
            if condition() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("waited ten seconds in vain");
    }

    #[test]
    fn devices_are_written_in_place() {
        let place = Place::new();
        place.write("a", &text(2000));
        place.ok(&["a", "-o", "/dev/null"]);
        assert!(!Path::new("/dev/null").is_file());
    }

    #[test]
    fn a_full_disk_is_an_error() {
        if !Path::new("/dev/full").exists() {
            return;
        }
        let place = Place::new();
        place.write("a", &text(2000));
        let said = place.fails(1, &["a", "-o", "/dev/full"]);
        assert!(said.contains("No space left"), "{said}");
    }

    #[test]
    fn a_reader_that_leaves_is_no_scandal() {
        let place = Place::new();
        place.write("a", &text(3_000_000));
        place.ok(&["-p", "fast", "a"]);
        let mut child = place.command(&["-dc", "a.vat"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(stderr(&output), "");
        assert_eq!(output.status.code(), Some(1));
    }

    #[test]
    fn links_are_not_followed_in_folders() {
        let place = Place::new();
        place.write("outside", &text(100));
        fs::create_dir(place.path("d")).unwrap();
        std::os::unix::fs::symlink(place.path("outside"), place.path("d/link")).unwrap();
        place.ok(&["-r", "d"]);
        assert!(!place.path("d/link.vat").exists());
    }
}

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
