//! Archives from the outside: trees that go and come back, hostile archives, damage, crashes.
#![cfg(unix)]

mod common;

use common::{Place, noise, prose, stderr};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use vatic::archive::{ArchiveOptions, Kind, Meta, Writer};

/// An archive names the models that it was made with; `list` and whoever repacks it without them need none.
#[test]
fn archives_are_made_with_models() {
    let place = Place::new();
    let text = prose(3000, 1);
    place.write("m.vatm", include_bytes!("../../tests/vectors/transformer/random-0.vatm"));
    place.write("a/x.txt", &text);
    let made = ["archive", "-q", "--codec", "neural", "-m", "./m.vatm", "-o", "a.vat", "a"];
    place.ok(&made);
    assert!(String::from_utf8(place.ok(&["list", "a.vat"])).unwrap().contains("a/x.txt"));
    let missing = place.fails(1, &["extract", "-q", "a.vat", "-C", "without"]);
    assert!(missing.contains("model"), "{missing}");
    place.ok(&["extract", "-q", "-m", "./m.vatm", "a.vat", "-C", "with"]);
    assert_eq!(place.read("with/a/x.txt"), text);
    place.ok(&["verify", "-q", "-m", "./m.vatm", "a.vat"]);
    place.ok(&["repack", "-q", "-p", "fast", "-m", "./m.vatm", "a.vat", "-o", "b.vat"]);
    place.ok(&["extract", "-q", "b.vat", "-C", "again"]);
    assert_eq!(place.read("again/a/x.txt"), text);
}

/// The cipher is the one that was asked for, in archives and in files, and repacking changes it.
#[test]
fn ciphers_are_chosen() {
    let place = Place::new();
    place.write("a/x.txt", &prose(3000, 1));
    place.write("key", &[7; 32]);
    let key = ["--key-file", "key"];
    let sealed = |name: &str, cipher: &str| {
        place.ok(&[&["archive", "-q", "-f", "--cipher", cipher, "-o", name, "a"], &key[..]].concat());
        place.read(name)
    };
    // The number of the cipher stands near the front, the same each time.
    let twice = |cipher| [sealed("1.vat", cipher), sealed("2.vat", cipher)];
    let (aes, chacha) = (twice("aes-256-gcm"), twice("chacha20-poly1305"));
    let numbered = |files: &[Vec<u8>; 2], at: usize, number| files.iter().all(|file| file[at] == number);
    let at = (0..64).find(|&at| numbered(&aes, at, 1) && numbered(&chacha, at, 2)).unwrap();
    let again = ["repack", "-q", "--new-key-file", "key", "--cipher", "aes-256-gcm", "2.vat", "-o", "3.vat"];
    place.ok(&[&again[..], &key[..]].concat());
    assert_eq!((place.read("2.vat")[at], place.read("3.vat")[at]), (2, 1));
    place.ok(&[&["extract", "-q", "3.vat", "-C", "out"], &key[..]].concat());
    assert_eq!(place.read("out/a/x.txt"), place.read("a/x.txt"));
    let packed = place.ok(&[&["-c", "--cipher", "chacha20-poly1305", "a/x.txt"], &key[..]].concat());
    assert_eq!(place.pipe(&[&["-dc"], &key[..]].concat(), &packed).stdout, place.read("a/x.txt"));
    for args in [
        &["archive", "-q", "--cipher", "aes-256-gcm", "-o", "n.vat", "a"][..],
        &["-c", "--cipher", "aes-256-gcm", "a/x.txt"],
    ] {
        assert!(place.fails(1, args).contains("give a key"));
    }
    let kept =
        place.fails(1, &[&["repack", "-q", "--cipher", "aes-256-gcm", "2.vat", "-o", "4.vat"], &key[..]].concat());
    assert!(kept.contains("takes a new key"), "{kept}");
}

/// What is to come back of one file: kind, mode, time, content or target, and its number of names.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    kind: &'static str,
    mode: u32,
    time: (i64, i64),
    content: Vec<u8>,
    links: u64,
}

/// Everything below `root`, by path.
fn tree(root: &Path) -> BTreeMap<PathBuf, Seen> {
    let mut map = BTreeMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(path) = waiting.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        let kind = metadata.file_type();
        let (kind, content) = if kind.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            ("folder", Vec::new())
        } else if kind.is_symlink() {
            ("link", fs::read_link(&path).unwrap().as_os_str().as_bytes().to_vec())
        } else if kind.is_file() {
            ("file", fs::read(&path).unwrap())
        } else {
            ("special", Vec::new())
        };
        let links = if kind == "file" { metadata.nlink() } else { 1 };
        let time = (metadata.mtime(), metadata.mtime_nsec());
        let seen = Seen { kind, mode: metadata.mode() & 0o7777, time, content, links };
        map.insert(path.strip_prefix(root).unwrap().to_owned(), seen);
    }
    map
}

/// A tree with some of everything.
fn plant(place: &Place) -> PathBuf {
    place.write("t/src/a.rs", &prose(40_000, 1));
    place.write("t/src/b.rs", &prose(50_000, 2));
    place.write("t/copy/b.rs", &prose(50_000, 2));
    place.write("t/empty", b"");
    place.write("t/noise.bin", &noise(300_000, 3));
    place.write("t/deep/er/and/deeper/x", b"x");
    fs::create_dir_all(place.path("t/hollow")).unwrap();
    let odd = place.path("t").join(OsStr::from_bytes(b"odd \xFF\n\x1B[31m"));
    fs::write(odd, b"odd").unwrap();
    symlink("src/a.rs", place.path("t/link")).unwrap();
    symlink("/nowhere/at all", place.path("t/dangling")).unwrap();
    fs::hard_link(place.path("t/src/a.rs"), place.path("t/second")).unwrap();
    fs::hard_link(place.path("t/src/a.rs"), place.path("t/third")).unwrap();
    fs::set_permissions(place.path("t/noise.bin"), fs::Permissions::from_mode(0o400)).unwrap();
    fs::set_permissions(place.path("t/src/b.rs"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(place.path("t/hollow"), fs::Permissions::from_mode(0o500)).unwrap();
    let mut sparse = fs::File::create(place.path("t/sparse")).unwrap();
    use std::io::{Seek, SeekFrom};
    sparse.write_all(b"start").unwrap();
    sparse.seek(SeekFrom::Start(5_000_000)).unwrap();
    sparse.write_all(&prose(10_000, 4)).unwrap();
    sparse.set_len(9_000_000).unwrap();
    let then = std::time::UNIX_EPOCH + std::time::Duration::new(1_234_567_890, 123_456_789);
    for name in ["t/src/a.rs", "t/empty", "t/deep/er"] {
        fs::File::open(place.path(name)).unwrap().set_modified(then).unwrap();
    }
    place.path("t")
}

#[test]
fn trees_come_back() {
    let place = Place::new();
    let root = plant(&place);
    place.ok(&["archive", "-o", "a.vat", "t"]);
    place.ok(&["verify", "-q", "a.vat"]);
    for (threads, to) in [("1", "one"), ("3", "three")] {
        place.ok(&["extract", "a.vat", "-C", to, "-T", threads]);
        assert!(tree(&root) == tree(&place.path(to).join("t")), "{to}");
    }
    // The file of holes takes the room that it took, where the file system has holes at all.
    let blocks = |path: &str| fs::metadata(place.path(path)).unwrap().blocks();
    if blocks("t/sparse") < 1000 {
        assert!(blocks("one/t/sparse") < 1000);
    }
    let packed = fs::metadata(place.path("a.vat")).unwrap().len();
    place.ok(&["archive", "-f", "-T", "2", "-o", "a.vat", "t"]);
    assert_eq!(fs::metadata(place.path("a.vat")).unwrap().len(), packed);
}

#[test]
fn attributes_come_back_where_there_are_any() {
    let place = Place::new();
    let file = place.write("f", b"with attributes");
    let set = Command::new("setfattr").args(["-n", "user.note", "-v", "kept"]).arg(&file).status();
    if !set.is_ok_and(|status| status.success()) {
        println!("skipped: no setfattr, or no attributes on this file system");
        return;
    }
    place.ok(&["archive", "-o", "a.vat", "f"]);
    place.ok(&["extract", "a.vat", "-C", "to"]);
    let got =
        Command::new("getfattr").args(["--only-values", "-n", "user.note"]).arg(place.path("to/f")).output().unwrap();
    assert_eq!(got.stdout, b"kept");
}

#[test]
fn listings_are_safe_and_complete() {
    let place = Place::new();
    plant(&place);
    place.ok(&["archive", "-o", "a.vat", "t", "--exclude", "*.bin", "--exclude", "t/deep"]);
    let names = String::from_utf8(place.ok(&["list", "a.vat"])).unwrap();
    assert!(names.contains("t/odd \\xff\\n\\u{1b}[31m\n"), "{names}");
    assert!(!names.contains('\x1B') && !names.contains("noise") && !names.contains("deep"));
    let long = String::from_utf8(place.ok(&["list", "--long", "a.vat"])).unwrap();
    assert!(long.contains("2009-02-13 23:31:30 t/src/a.rs"), "{long}");
    assert!(long.contains("t/link -> src/a.rs") && long.contains(" link to "), "{long}");
    let json = String::from_utf8(place.ok(&["list", "--json", "a.vat", "t/src"])).unwrap();
    assert_eq!(json.lines().count(), 3);
    assert!(json.contains("\"mtime\":\"1234567890.123456789\""), "{json}");
    let described = String::from_utf8(place.ok(&["-l", "a.vat"])).unwrap();
    assert!(described.contains("archive, 1 generation"), "{described}");
    let refused = place.fails(1, &["-d", "a.vat", "-o", "x"]);
    assert!(refused.contains("archive of many files") && refused.contains("vatic extract"), "{refused}");
    assert!(place.fails(1, &["list", "a.vat", "no such"]).contains("nothing in it matches"));
    assert!(place.fails(1, &["extract", "t/empty"]).contains("truncated"));
}

#[test]
fn single_entries_come_out() {
    let place = Place::new();
    plant(&place);
    place.ok(&["archive", "-o", "a.vat", "t"]);
    assert_eq!(place.ok(&["extract", "-c", "a.vat", "t/src/b.rs"]), prose(50_000, 2));
    // A hard link is the file where the file itself is not asked for.
    place.ok(&["extract", "a.vat", "-C", "to", "t/third", "*.bin"]);
    assert_eq!(fs::read(place.path("to/t/third")).unwrap(), prose(40_000, 1));
    assert_eq!(tree(&place.path("to")).len(), 4);
    // From a pipe, to a pipe.
    let archive = place.ok(&["archive", "-o", "-", "t/src"]);
    let mut child = place.command(&["extract", "-c", "-", "a.rs"]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&archive).unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, prose(40_000, 1));
}

#[test]
fn a_file_called_as_a_command_needs_its_folder() {
    let place = Place::new();
    place.write("list", b"contents");
    place.ok(&["./list"]);
    assert!(place.path("list.vat").exists());
    place.ok(&["-f", "--", "list"]);
}

#[test]
fn appends_add_and_replace() {
    let place = Place::new();
    let root = plant(&place);
    place.ok(&["archive", "-o", "a.vat", "t"]);
    let before = fs::metadata(place.path("a.vat")).unwrap().len();
    place.write("t/src/b.rs", b"changed");
    place.write("t/new", &prose(20_000, 9));
    place.ok(&["append", "a.vat", "t"]);
    let after = fs::metadata(place.path("a.vat")).unwrap().len();
    assert!(after - before < 12_000, "{before} {after}");
    place.ok(&["verify", "-q", "a.vat"]);
    place.ok(&["extract", "a.vat", "-C", "to"]);
    assert!(tree(&root) == tree(&place.path("to/t")));
    place.ok(&["repack", "a.vat"]);
    place.ok(&["verify", "-q", "a.vat"]);
    place.ok(&["extract", "a.vat", "-C", "again"]);
    assert!(tree(&root) == tree(&place.path("again/t")));
    place.ok(&["repack", "-p", "fast", "-o", "b.vat", "a.vat"]);
    place.ok(&["extract", "b.vat", "-C", "fast"]);
    assert!(tree(&root) == tree(&place.path("fast/t")));
}

#[test]
fn deterministic_archives_are_equal() {
    let place = Place::new();
    for name in ["a", "b"] {
        for index in 0..20 {
            place.write(&format!("{name}/t/f{index}"), &prose(3000, index));
        }
    }
    for name in ["a", "b"] {
        let mut command = place.command(&["archive", "--deterministic", "-o", "x.vat", "t"]);
        assert!(command.current_dir(place.path(name)).status().unwrap().success());
    }
    assert!(fs::read(place.path("a/x.vat")).unwrap() == fs::read(place.path("b/x.vat")).unwrap());
    place.ok(&["archive", "-o", "1.vat", "a/t"]);
    place.ok(&["archive", "-o", "2.vat", "a/t"]);
    assert!(fs::read(place.path("1.vat")).unwrap() != fs::read(place.path("2.vat")).unwrap());
}

/// An archive of these entries; files get their name as content.
fn hostile(place: &Place, name: &str, entries: Vec<Meta>) {
    let mut writer = Writer::new(Vec::new(), &ArchiveOptions::new()).unwrap();
    for meta in entries {
        let content = meta.name.clone();
        writer.add_file(meta, &mut &content[..]).unwrap();
    }
    place.write(name, &writer.finish().unwrap().0);
}

fn link(name: &str, target: &str) -> Meta {
    Meta::new(name, Kind::Symlink { target: target.into() })
}

fn file(name: &str) -> Meta {
    Meta::new(name, Kind::File)
}

#[test]
fn nothing_escapes_the_target() {
    let place = Place::new();
    place.write("outside/kept", b"kept");
    let outside = place.path("outside").to_string_lossy().into_owned();
    // Through a link of the archive itself: links are made last, so there is a folder in its place.
    hostile(&place, "a.vat", vec![link("x", &outside), file("x/evil"), link("y", "../outside"), file("z")]);
    let said = place.fails(1, &["extract", "a.vat", "-C", "to"]);
    assert!(said.contains("is a folder"), "{said}");
    assert!(place.path("to/x/evil").exists() && place.path("to/z").exists());
    // Through a link that was there before, with and without force.
    fs::create_dir_all(place.path("to2")).unwrap();
    symlink(&outside, place.path("to2/d")).unwrap();
    symlink(place.path("outside/kept"), place.path("to2/f")).unwrap();
    hostile(&place, "b.vat", vec![file("d/kept"), file("f")]);
    let said = place.fails(1, &["extract", "b.vat", "-C", "to2"]);
    assert!(said.contains("is no folder") && said.contains("exists already"), "{said}");
    place.ok(&["extract", "-f", "b.vat", "-C", "to2"]);
    assert!(fs::symlink_metadata(place.path("to2/d")).unwrap().is_dir());
    assert_eq!(fs::read(place.path("to2/f")).unwrap(), b"f");
    // Hard links only to files of this run.
    hostile(&place, "c.vat", vec![file("h"), Meta::new("h2", Kind::HardLink { target: b"h".to_vec() })]);
    fs::create_dir_all(place.path("to3")).unwrap();
    symlink(place.path("outside/kept"), place.path("to3/h")).unwrap();
    let said = place.fails(1, &["extract", "c.vat", "-C", "to3"]);
    assert!(said.contains("exists already") && said.contains("was not extracted"), "{said}");
    assert!(!place.path("to3/h2").exists());
    // A link appended over a folder.
    hostile(&place, "d.vat", vec![Meta::new("x", Kind::Directory), file("x/evil")]);
    symlink(&outside, place.path("x")).unwrap();
    place.ok(&["append", "d.vat", "x"]);
    place.ok(&["extract", "d.vat", "-C", "to4"]);
    assert!(fs::symlink_metadata(place.path("to4/x")).unwrap().is_symlink());
    assert_eq!(fs::read_dir(place.path("outside")).unwrap().count(), 1);
    assert_eq!(fs::read(place.path("outside/kept")).unwrap(), b"kept");
}

#[test]
fn archives_are_trusted_with_nothing() {
    let place = Place::new();
    let mut dangerous = file("set-id");
    dangerous.mode = 0o6777;
    dangerous.xattrs = vec![(b"security.capability".to_vec(), vec![1, 0, 0, 2, 0, 4, 0, 0])];
    dangerous.owner = Some(vatic::archive::Owner { uid: 12_345, gid: 12_345, names: None });
    hostile(&place, "a.vat", vec![dangerous, Meta::new("pipe", Kind::Fifo), file("Same"), file("same")]);
    let output = place.run(&["extract", "a.vat", "-C", "to"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.contains("pipe: warning") && said.contains("case"), "{said}");
    let metadata = fs::metadata(place.path("to/set-id")).unwrap();
    assert_eq!(metadata.mode() & 0o7000, 0);
    assert_ne!(metadata.uid(), 12_345);
    assert!(!place.path("to/pipe").exists());
    for limit in [["--max-size", "5"], ["--max-entries", "3"]] {
        let said = place.fails(1, &["extract", "a.vat", "-C", "limited", limit[0], limit[1]]);
        assert!(said.contains("limit exceeded"), "{said}");
    }
    assert!(!place.path("limited/same").exists());
}

#[test]
fn files_in_the_way_stay() {
    let place = Place::new();
    place.write("a", b"packed");
    place.ok(&["archive", "-o", "a.vat", "a"]);
    place.write("to/a", b"mine");
    assert!(place.fails(1, &["extract", "a.vat", "-C", "to"]).contains("exists already"));
    assert_eq!(fs::read(place.path("to/a")).unwrap(), b"mine");
    place.ok(&["extract", "-f", "a.vat", "-C", "to"]);
    assert_eq!(fs::read(place.path("to/a")).unwrap(), b"packed");
    assert!(place.fails(1, &["archive", "-o", "a.vat", "a"]).contains("exists already"));
    // No temporary files anywhere.
    assert_eq!(tree(&place.path("to")).len(), 2);
    assert_eq!(fs::read_dir(place.0.path()).unwrap().count(), 3);
}

#[test]
fn damaged_archives_give_what_is_intact() {
    let place = Place::new();
    for index in 0..8 {
        place.write(&format!("t/f{index}"), &noise(100_000, index));
    }
    place.ok(&["archive", "--solid-size", "100K", "-o", "a.vat", "t"]);
    let sound = fs::read(place.path("a.vat")).unwrap();
    let check = |bytes: &[u8], name: &str, least: usize| {
        place.write("b.vat", bytes);
        assert!(!place.run(&["verify", "b.vat"]).status.success(), "{name}");
        let output = place.run(&["extract", "--keep-going", "b.vat", "-C", name]);
        let found = (0..8).filter(|index| {
            let read = fs::read(place.path(&format!("{name}/t/f{index}")));
            read.is_ok_and(|bytes| {
                assert!(bytes == noise(100_000, *index), "{name}: wrong bytes");
                true
            })
        });
        let found = found.count();
        assert!(found >= least, "{name}: {found}: {}", stderr(&output));
        assert!(tree(&place.path(name)).keys().all(|path| !path.to_string_lossy().contains(".part")));
    };
    let mut holed = sound.clone();
    holed[250_000..260_000].fill(0);
    check(&holed, "holed", 7);
    check(&sound[..500_000], "no-tail", 4);
    check(&sound[300_000..], "no-head", 4);
    place.write("b.vat", &holed);
    assert!(!place.run(&["extract", "b.vat", "-C", "strict"]).status.success());
    let output = place.run(&["repack", "--keep-going", "b.vat", "-o", "c.vat"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    place.ok(&["verify", "-q", "c.vat"]);
}

#[test]
fn parity_mends_what_was_damaged() {
    let place = Place::new();
    place.write("key", &[7; 32]);
    place.write("t/noise", &noise(200_000, 1));
    for key in [&[][..], &["--key-file", "key"]] {
        let with_key = |args: &[&'static str]| [args, key].concat();
        place.ok(&with_key(&["archive", "-f", "--parity", "20%", "-o", "a.vat", "t"]));
        place.ok(&with_key(&["verify", "-q", "a.vat"]));
        // Appending and repacking keep it up.
        place.write("t/more", &noise(50_000, 2));
        place.ok(&with_key(&["append", "a.vat", "t"]));
        let sound = fs::read(place.path("a.vat")).unwrap();
        let mut damaged = sound.clone();
        damaged[100_000..120_000].fill(0);
        place.write("a.vat", &damaged);
        place.fails(1, &with_key(&["verify", "a.vat"]));
        // No key is needed; with it, the contents are verified too.
        for key in [&[][..], key] {
            place.ok(&[&["verify", "-q", "-f", "--repair", "mended.vat", "a.vat"], key].concat());
            assert!(fs::read(place.path("mended.vat")).unwrap() == sound);
        }
        place.ok(&with_key(&["repack", "mended.vat", "-f", "-o", "again.vat"]));
        let mut damaged = fs::read(place.path("again.vat")).unwrap();
        damaged[..20_000].fill(0);
        place.write("a.vat", &damaged);
        place.ok(&with_key(&["verify", "-q", "-f", "--repair", "mended.vat", "a.vat"]));
        place.ok(&with_key(&["extract", "-f", "mended.vat", "-C", "to"]));
        assert!(tree(&place.path("to/t")) == tree(&place.path("t")));
        fs::remove_file(place.path("t/more")).unwrap();
        fs::remove_dir_all(place.path("to")).unwrap();
    }
    place.write("junk", &noise(100_000, 3));
    assert!(place.fails(1, &["verify", "--repair", "x.vat", "junk"]).contains("no parity"));
    assert!(!place.path("x.vat").exists());
    assert!(place.fails(1, &["archive", "--parity", "5%", "-o", "-", "t"]).contains("needs a file"));
    for share in ["0", "101%", "5.125%", "x", "%"] {
        place.fails(2, &["archive", "--parity", share, "-o", "y.vat", "t"]);
    }
}

/// Without parity, or with more damage than it mends, `--repair` saves what is intact: with a hole, without head, without tail.
#[test]
fn repair_saves_what_is_intact() {
    let place = Place::new();
    place.write("key", &[7; 32]);
    for index in 0..12u64 {
        place.write(&format!("t/{index:02}"), &noise(50_000, index));
    }
    let all = tree(&place.path("t"));
    for key in [&[][..], &["--key-file", "key"]] {
        let with_key = |args: &[&'static str]| [args, key].concat();
        for parity in [&[][..], &["--parity", "1%"]] {
            place
                .ok(&[&with_key(&["archive", "-f", "--solid-size", "100KB", "-o", "a.vat", "t"])[..], parity].concat());
            let sound = fs::read(place.path("a.vat")).unwrap();
            for damage in [330_000..350_000, 0..20_000, sound.len() - 60_000..sound.len()] {
                let mut bytes = sound.clone();
                match damage.end == sound.len() {
                    true => bytes.truncate(damage.start),
                    false => bytes[damage].fill(0),
                }
                place.write("a.vat", &bytes);
                place.fails(1, &with_key(&["verify", "a.vat"]));
                place.fails(1, &with_key(&["verify", "-f", "--repair", "b.vat", "a.vat"]));
                place.ok(&with_key(&["verify", "-q", "b.vat"]));
                if !key.is_empty() {
                    assert!(place.fails(1, &["verify", "b.vat"]).contains("is sealed"), "saved in the clear");
                }
                place.ok(&with_key(&["extract", "b.vat", "-C", "to"]));
                let saved = tree(&place.path("to/t"));
                assert!(saved.len() + 3 >= all.len() && saved.len() < all.len(), "{} of {}", saved.len(), all.len());
                assert!(saved.iter().all(|(name, seen)| all[name] == *seen));
                fs::remove_dir_all(place.path("to")).unwrap();
            }
        }
    }
    // Only the parity is lost: the archive is all there.
    place.ok(&["archive", "-f", "--parity", "5%", "-o", "a.vat", "t"]);
    let sound = fs::read(place.path("a.vat")).unwrap();
    place.write("a.vat", &sound[..sound.len() - sound.len() / 21]);
    place.ok(&["verify", "-qf", "--repair", "b.vat", "a.vat"]);
    place.ok(&["extract", "b.vat", "-C", "to"]);
    assert!(tree(&place.path("to/t")) == all);
}

#[test]
fn kills_lose_nothing() {
    kill_often(&[]);
}

/// What a killed append leaves has a salt that is never used again, as each attempt draws one.
#[test]
fn kills_lose_nothing_of_sealed_archives() {
    kill_often(&["--key-file", "key"]);
}

/// Kills the process at random points of an append or a repack; the old content or the new must be there.
fn kill_often(keys: &[&str]) {
    let place = Place::new();
    place.write("key", &[7; 32]);
    let with_keys = |args: &[&'static str]| [args, keys].concat();
    for index in 0..12 {
        place.write(&format!("old/f{index}"), &prose(60_000, index));
        place.write(&format!("new/f{index}"), &noise(90_000, 100 + index));
    }
    place.ok(&with_keys(&["archive", "-p", "fast", "-o", "start.vat", "old"]));
    let time = |args: &[&str]| {
        fs::copy(place.path("start.vat"), place.path("a.vat")).unwrap();
        let begin = std::time::Instant::now();
        place.ok(args);
        begin.elapsed()
    };
    let append = &with_keys(&["append", "-p", "fast", "a.vat", "new"])[..];
    let repack = &with_keys(&["repack", "-p", "fast", "--solid-size", "64K", "a.vat"])[..];
    let kills: u32 = std::env::var("VATIC_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(50);
    let (mut old, mut new) = (0, 0);
    for (args, share) in [(append, 2), (repack, 1)] {
        let whole = time(args);
        for kill in 0..kills * share / 3 + 1 {
            fs::copy(place.path("start.vat"), place.path("a.vat")).unwrap();
            let mut child = place.command(args).stderr(Stdio::null()).spawn().unwrap();
            // Spread over the run and a little beyond.
            let part = f64::from(kill * 7919 % 1000) / 900.0;
            std::thread::sleep(whole.mul_f64(part));
            child.kill().unwrap();
            child.wait().unwrap();
            let names = String::from_utf8(place.run(&with_keys(&["list", "-q", "a.vat"])).stdout).unwrap();
            let here = |folder: &str| names.lines().filter(|line| line.starts_with(folder)).count();
            assert_eq!(here("old/"), 12, "kill {kill} of {args:?}");
            match here("new/") {
                0 => old += 1,
                12 => new += 1,
                other => panic!("{other} new files after kill {kill}"),
            }
            if kill % 5 == 0 {
                // What was torn goes with the next append.
                let again = with_keys(&["append", "-q", "-p", "fast", "a.vat", "new"]);
                assert!(place.run(&again).status.success());
                place.ok(&with_keys(&["verify", "-q", "a.vat"]));
            }
        }
    }
    println!("{old} kills left the old content, {new} the new");
}

/// A full disk: a small tmpfs, where that can be mounted.
#[test]
fn a_full_disk_loses_nothing() {
    let place = Place::new();
    fs::create_dir(place.path("disk")).unwrap();
    let disk = place.path("disk");
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=400k", "none"])
        .arg(&disk)
        .stderr(Stdio::null())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        println!("skipped: mounting a tmpfs takes root");
        return;
    }
    struct Unmount(PathBuf);
    impl Drop for Unmount {
        fn drop(&mut self) {
            let _ = Command::new("umount").arg(&self.0).status();
        }
    }
    let _unmount = Unmount(disk);
    place.write("old", &noise(100_000, 1));
    place.write("big", &noise(900_000, 2));
    place.ok(&["archive", "-o", "disk/a.vat", "old"]);
    let before = fs::read(place.path("disk/a.vat")).unwrap();
    let said = place.fails(1, &["append", "disk/a.vat", "big"]);
    assert!(said.contains("No space left"), "{said}");
    assert!(fs::read(place.path("disk/a.vat")).unwrap() == before);
    place.fails(1, &["archive", "-o", "disk/b.vat", "big"]);
    place.ok(&["archive", "-o", "big.vat", "big", "old"]);
    let said = place.fails(1, &["extract", "big.vat", "-C", "disk/to"]);
    assert!(said.contains("No space left"), "{said}");
    // What fits is there, and no part of what does not.
    assert_eq!(tree(&place.path("disk")).keys().filter(|path| path.as_os_str() != "").count(), 3);
    assert_eq!(fs::read(place.path("disk/to/old")).unwrap(), noise(100_000, 1));
}
