//! Round trips, appends, salvage, and every kind of damage.

use super::*;
use crate::codec::CodecId;
use crate::error::Error;
use crate::options::{DecodeOptions, Options};
use crate::transform::samples::Random;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

/// Bytes that do not compress.
fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    (0..len).map(|_| (random.next() >> 32) as u8).collect()
}

fn prose(len: usize, seed: u64) -> Vec<u8> {
    let words = ["amber ", "birch ", "cedar ", "delta ", "ember\n", "fjord ", "grove ", "heron "];
    let mut out: Vec<u8> = noise(len / 4 + 1, seed).iter().flat_map(|&b| words[usize::from(b & 7)].bytes()).collect();
    out.truncate(len);
    out
}

fn options() -> ArchiveOptions {
    ArchiveOptions::new().codec_options(Options::new().level(1)).solid_size(40_000).id([5; 16])
}

fn file(name: &str) -> Meta {
    Meta::new(name, Kind::File)
}

/// What is coded is told of while a group is under way, and what was known when it is found; nothing is written after a cancellation.
#[test]
fn progress_is_told_within_groups() {
    let data = prose(2_500_000, 4);
    for threads in [1, 2] {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let inner = Arc::clone(&seen);
        let limit = Arc::new(AtomicU64::new(u64::MAX));
        let most = Arc::clone(&limit);
        let codec = Options::new().codec(CodecId::Store).threads(threads).progress(move |at| {
            inner.lock().unwrap().push(at.input);
            if at.input > most.load(Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let options = ArchiveOptions::new().codec_options(codec);
        let pack = || {
            let mut writer = Writer::new(Vec::new(), &options)?;
            writer.add_file(file("a"), &mut &data[..])?;
            writer.add_file(file("b"), &mut &data[..])?;
            writer.finish()
        };
        pack().unwrap();
        let inputs = std::mem::take(&mut *seen.lock().unwrap());
        assert!(inputs.is_sorted() && inputs.last() == Some(&5_000_000), "{inputs:?}");
        assert!(threads > 1 || inputs.iter().filter(|&&input| input > 2_500_000).count() >= 3, "{inputs:?}");
        limit.store(0, Relaxed);
        assert!(matches!(pack(), Err(Error::Cancelled)));
    }
}

/// An archive with some of everything; the files' contents by name.
fn sample() -> (Vec<u8>, Vec<(String, Vec<u8>)>) {
    let mut writer = Writer::new(Vec::new(), &options()).unwrap();
    let mut files = Vec::new();
    let mut put = |writer: &mut Writer<Vec<u8>>, meta: Meta, data: Vec<u8>| {
        writer.add_file(meta.clone(), &mut &data[..]).unwrap();
        files.push((String::from_utf8_lossy(&meta.name).into_owned(), data));
    };
    writer.add(Meta::new("d", Kind::Directory)).unwrap();
    let mut meta = file("d/prose");
    meta.mtime = Some(Time { seconds: -5, nanos: 999_999_999 });
    meta.owner = Some(Owner { uid: 1000, gid: 7, names: Some((b"ann".to_vec(), b"staff".to_vec())) });
    meta.xattrs = vec![(b"user.note".to_vec(), vec![0, 1, 2]), (b"user.empty".to_vec(), Vec::new())];
    put(&mut writer, meta, prose(70_000, 1));
    put(&mut writer, file("d/noise"), noise(90_000, 2));
    put(&mut writer, file("d/again"), noise(90_000, 2));
    put(&mut writer, file("empty"), Vec::new());
    put(&mut writer, file("short"), b"x".to_vec());
    let mut holed = file("holed");
    holed.holes = vec![0..10, 1000..2000, 3000..5000];
    writer.add_file(holed, &mut &prose(1990, 3)[..]).unwrap();
    let part = prose(1990, 3);
    let whole = [&[0; 10][..], &part[..990], &[0; 1000], &part[990..1990], &[0; 2000]].concat();
    files.push(("holed".into(), whole));
    writer.add(Meta::new("link", Kind::Symlink { target: b"d/prose".to_vec() })).unwrap();
    writer.add(Meta::new("hard", Kind::HardLink { target: b"d/prose".to_vec() })).unwrap();
    files.push(("hard".into(), prose(70_000, 1)));
    writer.add(Meta::new("pipe", Kind::Fifo)).unwrap();
    writer.add(Meta::new("tty", Kind::CharDevice { major: 4, minor: 300 })).unwrap();
    writer.add(Meta::new(b"odd \xFF\n\x1B".to_vec(), Kind::BlockDevice { major: 8, minor: 0 })).unwrap();
    let (packed, summary) = writer.finish().unwrap();
    assert_eq!(summary.entries, 12);
    assert!(summary.stored < summary.content - 90_000);
    (packed, files)
}

fn open(bytes: &[u8]) -> crate::Result<Archive<Cursor<&[u8]>>> {
    Archive::open(Cursor::new(bytes), &ArchiveLimits::default())
}

fn check(archive: &mut Archive<Cursor<&[u8]>>, files: &[(String, Vec<u8>)]) {
    for (name, data) in files {
        let index = archive.find(name.as_bytes()).unwrap_or_else(|| panic!("{name} is missing"));
        assert!(archive.read(index).unwrap() == *data, "{name}");
    }
}

#[test]
fn everything_comes_back() {
    let (packed, files) = sample();
    let mut archive = open(&packed).unwrap();
    assert_eq!(archive.condition(), Condition::Whole);
    check(&mut archive, &files);
    archive.verify(3).unwrap();
    let prose = &archive.entries()[archive.find(b"d/prose").unwrap()];
    assert_eq!(prose.meta.mtime, Some(Time { seconds: -5, nanos: 999_999_999 }));
    assert_eq!(prose.meta.owner.as_ref().unwrap().names, Some((b"ann".to_vec(), b"staff".to_vec())));
    assert_eq!(prose.meta.xattrs.len(), 2);
    assert_eq!(prose.hash, Some(*blake3::hash(&files[0].1).as_bytes()));
    let tty = &archive.entries()[archive.find(b"tty").unwrap()];
    assert_eq!(tty.meta.kind, Kind::CharDevice { major: 4, minor: 300 });
    assert!(archive.find(b"odd \xFF\n\x1B").is_some());
}

/// Groups name the models that they were coded with; tables need none.
#[test]
fn contents_are_coded_with_models_and_read_with_them() {
    let text = prose(20_000, 1);
    let model = crate::codec::primed::model(&text);
    let codec = Options::new().codec(CodecId::Primed).model(model.clone());
    let mut writer = Writer::new(Vec::new(), &options().codec_options(codec.clone())).unwrap();
    writer.add_file(file("a"), &mut &text[..]).unwrap();
    let (bytes, _) = writer.finish().unwrap();
    assert!(bytes.len() < 1000, "{}", bytes.len());
    let mut archive = open(&bytes).unwrap();
    assert_eq!(archive.entries().len(), 1);
    assert!(matches!(archive.read(0), Err(Error::ModelMissing { .. })));
    archive.set_models(&DecodeOptions::new().model(crate::codec::primed::model(b"other")));
    assert!(matches!(archive.read(0), Err(Error::ModelMissing { .. })));
    let id = model.subset(&["primer"]).unwrap().id().short();
    let provided = model.clone();
    archive.set_models(&DecodeOptions::new().model_provider(move |wanted| (wanted == id).then(|| provided.clone())));
    assert_eq!(archive.read(0).unwrap(), text);
    // A later generation finds in the old one what has not changed, with the same model.
    let mut changed = text.clone();
    changed[10_000] ^= 1;
    let mut bytes = bytes;
    let old = bytes.clone();
    let with_model = options().codec_options(codec.clone());
    let mut writer =
        Writer::append_to(Vec::new(), &with_model, Archive::open(Cursor::new(old), &ArchiveLimits::default()).unwrap())
            .unwrap();
    writer.add_file(file("a"), &mut &changed[..]).unwrap();
    bytes.extend(writer.finish().unwrap().0);
    assert!(bytes.len() < 2000, "{}", bytes.len());
    let mut archive = open(&bytes).unwrap();
    archive.set_models(&DecodeOptions::new().model(model));
    let index = archive.find(b"a").unwrap();
    assert_eq!(archive.read(index).unwrap(), changed);
    let carried = Writer::new(Vec::new(), &options().codec_options(codec.embed_model(true)));
    assert!(matches!(carried, Err(Error::InvalidOption(_))));
}

#[test]
fn threads_never_change_a_byte() {
    let write = |threads| {
        let codec = Options::new().level(4).threads(threads);
        let mut writer = Writer::new(Vec::new(), &options().codec_options(codec)).unwrap();
        for index in 0..20 {
            let data = if index % 3 == 0 { noise(30_000, index) } else { prose(25_000, index) };
            writer.add_file(file(&format!("f{index}")), &mut &data[..]).unwrap();
        }
        writer.finish().unwrap().0
    };
    let one = write(1);
    assert!(write(2) == one && write(5) == one);
}

#[test]
fn generations_replace_and_deduplicate() {
    let (mut packed, files) = sample();
    let tail = open(&packed).unwrap().tail().unwrap();
    assert_eq!(tail.len, packed.len() as u64);
    let mut writer = Writer::append(Vec::new(), &options(), tail).unwrap();
    writer.add_file(file("copy"), &mut &files[1].1[..]).unwrap();
    writer.add_file(file("d/prose"), &mut &b"new"[..]).unwrap();
    let (second, summary) = writer.finish().unwrap();
    assert_eq!(summary.stored, 3);
    packed.extend(second);
    let tail = open(&packed).unwrap().tail().unwrap();
    let mut writer = Writer::append(Vec::new(), &options(), tail).unwrap();
    writer.add_file(file("d"), &mut &b"no directory any more"[..]).unwrap();
    packed.extend(writer.finish().unwrap().0);
    let mut archive = open(&packed).unwrap();
    archive.verify(1).unwrap();
    assert_eq!(archive.generations().count(), 3);
    assert!(archive.find(b"d/prose").is_none() && archive.find(b"d/noise").is_none());
    check(&mut archive, &[("copy".into(), files[1].1.clone()), ("d".into(), b"no directory any more".to_vec())]);
    // The hard link keeps the content that it had.
    check(&mut archive, &[("hard".into(), files[0].1.clone())]);
}

#[test]
fn edited_copies_cost_their_edits() {
    let wide = || options().solid_size(1 << 20);
    let original = noise(200_000, 11);
    let mut edited = original.clone();
    for at in (5000..200_000).step_by(20_000) {
        edited[at..at + 50].copy_from_slice(&noise(50, at as u64));
    }
    edited.drain(100_000..100_300);
    let mut writer = Writer::new(Vec::new(), &wide()).unwrap();
    writer.add_file(file("a"), &mut &original[..]).unwrap();
    writer.add_file(file("b"), &mut &edited[..]).unwrap();
    writer.add_file(file("c"), &mut &edited[..]).unwrap();
    let (mut packed, summary) = writer.finish().unwrap();
    assert!(summary.stored < 201_000, "{summary:?}");
    // What was stored in pieces is known again as a whole, in a later generation too.
    let tail = open(&packed).unwrap().tail().unwrap();
    let mut writer = Writer::append(Vec::new(), &wide(), tail).unwrap();
    writer.add_file(file("d"), &mut &edited[..]).unwrap();
    let (second, summary) = writer.finish().unwrap();
    assert_eq!(summary.stored, 0);
    packed.extend(second);
    let mut archive = open(&packed).unwrap();
    archive.verify(1).unwrap();
    let files = [("a", &original), ("b", &edited), ("c", &edited), ("d", &edited)];
    check(&mut archive, &files.map(|(name, data)| (name.to_owned(), data.clone())));
    // All in one group, as it would be without.
    assert_eq!(archive.cost(archive.find(b"d").unwrap()).0, 1);
}

#[test]
fn changed_files_cost_their_changes_in_later_generations() {
    let wide = || options().solid_size(150_000);
    let old: Vec<(String, Vec<u8>)> = (0..4).map(|seed| (format!("d/f{seed}"), noise(60_000, 70 + seed))).collect();
    let mut writer = Writer::new(Vec::new(), &wide()).unwrap();
    for (name, data) in &old {
        writer.add_file(file(name), &mut &data[..]).unwrap();
    }
    let mut packed = writer.finish().unwrap().0;
    let mut new = old.clone();
    for (_, data) in &mut new {
        data[7000..7020].fill(7);
        data.splice(30_000..30_000, *b"put in");
        data[50_000..50_020].fill(9);
    }
    // By another name that ends alike; by one that nothing tells of.
    new[3].0 = "e/d/f3".into();
    new.push(("other".into(), noise(40_000, 99)));
    let past = Archive::open(Cursor::new(packed.clone()), &ArchiveLimits::default()).unwrap();
    let mut writer = Writer::append_to(Vec::new(), &wide(), past).unwrap();
    for (name, data) in &new {
        writer.add_file(file(name), &mut &data[..]).unwrap();
    }
    let (second, summary) = writer.finish().unwrap();
    assert!(summary.stored < 40_000 + 4 * 500, "{summary:?}");
    packed.extend(second);
    let mut archive = open(&packed).unwrap();
    archive.verify(1).unwrap();
    check(&mut archive, &new);
}

#[test]
fn torn_tails_show_what_was_there() {
    let (first, files) = sample();
    let mut packed = first.clone();
    let tail = open(&packed).unwrap().tail().unwrap();
    let mut writer = Writer::append(Vec::new(), &options(), tail).unwrap();
    writer.add_file(file("more"), &mut &prose(3000, 9)[..]).unwrap();
    let (second, _) = writer.finish().unwrap();
    packed.extend(&second);
    for cut in 1..second.len() {
        let torn = &packed[..first.len() + cut];
        let mut archive = open(torn).unwrap();
        let (at, len) = (first.len() as u64, cut as u64);
        match archive.condition() {
            Condition::TornTail { .. } => {
                assert_eq!(archive.condition(), Condition::TornTail { at, len });
                assert_eq!(archive.tail().unwrap().len, at);
            }
            // Two bytes that end a generation may stand anywhere: then nothing is overwritten.
            Condition::DamagedTail { .. } => assert!(torn.ends_with(&[b'v', 0xF6])),
            other => panic!("{other:?} at {cut}"),
        }
        assert!(archive.verify(1).is_err());
        if cut % 97 == 1 {
            check(&mut archive, &files);
        }
    }
    let mut damaged = packed.clone();
    let at = damaged.len() - 50;
    damaged[at] ^= 1;
    let archive = open(&damaged).unwrap();
    assert!(matches!(archive.condition(), Condition::DamagedTail { .. }));
    assert!(matches!(archive.tail(), Err(Error::Misuse(_))));
}

/// A small archive, for tests that go through all of its bytes.
fn small() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &options()).unwrap();
    writer.add(Meta::new("d", Kind::Directory)).unwrap();
    writer.add_file(file("d/a"), &mut &prose(900, 1)[..]).unwrap();
    writer.add_file(file("d/b"), &mut &noise(5000, 1)[..]).unwrap();
    writer.finish().unwrap().0
}

#[test]
fn every_flipped_byte_is_noticed() {
    let mut packed = small();
    for at in 0..packed.len() {
        for mask in [1, 0x80] {
            packed[at] ^= mask;
            let result = open(&packed).and_then(|mut archive| archive.verify(1));
            assert!(result.is_err(), "byte {at}");
            packed[at] ^= mask;
        }
    }
    open(&packed).unwrap().verify(1).unwrap();
}

#[test]
fn every_truncation_is_an_error() {
    let packed = small();
    for cut in 0..packed.len() {
        let error = open(&packed[..cut]).expect_err("it opened");
        assert!(matches!(error, Error::Truncated { .. }), "{cut}: {error}");
    }
}

#[test]
fn salvage_finds_what_is_intact() {
    let (packed, files) = sample();
    let salvaged = |bytes: &[u8]| {
        let mut archive = Archive::salvage(Cursor::new(bytes), &ArchiveLimits::default()).unwrap();
        let mut sound = 0;
        for (name, data) in &files {
            let Some(index) = archive.find(name.as_bytes()) else { continue };
            match archive.read(index) {
                Ok(read) => {
                    assert!(read == *data, "{name}: wrong bytes");
                    sound += 1;
                }
                Err(Error::Corrupt { .. } | Error::HashMismatch { .. } | Error::Truncated { .. }) => {}
                Err(other) => panic!("{other}"),
            }
        }
        sound
    };
    assert_eq!(salvaged(&packed), files.len());
    // Without the end, without the start: tables are in both halves.
    assert_eq!(salvaged(&packed[..packed.len() - 500]), files.len());
    assert!(salvaged(&packed[60..]) >= files.len() - 3);
    // Bytes missing in the middle, and bytes added.
    let third = packed.len() / 3;
    let cut = [&packed[..third], &packed[third + 100..]].concat();
    assert!(salvaged(&cut) >= 2);
    let longer = [&packed[..third], &noise(5000, 77)[..], &packed[third..]].concat();
    assert!(salvaged(&longer) >= 2);
    let nothing = Archive::salvage(Cursor::new(noise(10_000, 3)), &ArchiveLimits::default());
    assert!(matches!(nothing, Err(Error::NotVatic { .. })));
}

#[test]
fn mutated_archives_never_give_wrong_bytes() {
    let (packed, files) = sample();
    let small = small();
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let rounds = std::env::var("VATIC_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(1500);
    for round in 0..rounds {
        let mut bytes = if round % 4 == 0 { packed.clone() } else { small.clone() };
        for _ in 0..1 + random(4) {
            let at = random(bytes.len());
            match random(5) {
                0 => bytes.truncate(at.max(1)),
                1 => drop(bytes.drain(at..(at + 1 + random(40)).min(bytes.len()))),
                2 => bytes.insert(at, random(256) as u8),
                3 => {
                    let from = random(bytes.len());
                    let len = random(60).min(bytes.len() - from.max(at));
                    bytes.copy_within(from..from + len, at);
                }
                _ => bytes[at] = random(256) as u8,
            }
            if bytes.is_empty() {
                bytes.push(0);
            }
        }
        for archive in [
            Archive::open(Cursor::new(&bytes[..]), &ArchiveLimits::default()),
            Archive::salvage(Cursor::new(&bytes[..]), &ArchiveLimits::default()),
        ] {
            let Ok(mut archive) = archive else { continue };
            if round % 4 != 0 {
                let _ = archive.verify(1);
                continue;
            }
            for (name, data) in &files {
                if let Some(index) = archive.find(name.as_bytes())
                    && let Ok(read) = archive.read(index)
                {
                    assert!(read == *data, "{name} in round {round}");
                }
            }
        }
    }
}

#[test]
fn limits_hold() {
    let mut writer = Writer::new(Vec::new(), &options()).unwrap();
    for index in 0..2000 {
        writer.add(Meta::new(format!("a/b/c/d/{index}"), Kind::Directory)).unwrap();
    }
    writer.add_file(file("bomb"), &mut std::io::repeat(0).take(3_000_000)).unwrap();
    let (packed, _) = writer.finish().unwrap();
    let limited = |limits: ArchiveLimits| {
        let mut archive = Archive::open(Cursor::new(&packed[..]), &limits)?;
        archive.verify(1)
    };
    limited(ArchiveLimits::default()).unwrap();
    let default = ArchiveLimits::default;
    for limits in [
        ArchiveLimits { entries: 1999, ..default() },
        ArchiveLimits { name: 9, ..default() },
        ArchiveLimits { depth: 4, ..default() },
        ArchiveLimits { content: 2_999_999, ..default() },
        ArchiveLimits { memory: 100_000, ..default() },
    ] {
        assert!(matches!(limited(limits), Err(Error::Limit { .. })), "{limits:?}");
    }
}

#[test]
fn writers_refuse_what_no_archive_can_have() {
    let mut writer = Writer::new(Vec::new(), &options()).unwrap();
    writer.add_file(file("a"), &mut &b"1"[..]).unwrap();
    let mut bad = vec![file("a"), file("../x"), file("/x"), file("")];
    bad.push(Meta::new("l", Kind::HardLink { target: b"nothing".to_vec() }));
    bad.push(Meta { holes: vec![0..5, 5..6], ..file("h") });
    bad.push(Meta { holes: vec![2..5, 7..8], ..file("short") });
    for meta in bad {
        let name = meta.name.clone();
        assert!(matches!(writer.add_file(meta, &mut &b""[..]), Err(Error::InvalidOption(_))), "{name:?}");
    }
    let mut broken = (&b"some bytes"[..]).chain(Broken);
    assert!(matches!(writer.add_file(file("broken"), &mut broken), Err(Error::Io(_))));
    writer.add_file(file("b"), &mut &b"2"[..]).unwrap();
    let (packed, _) = writer.finish().unwrap();
    let mut archive = open(&packed).unwrap();
    assert_eq!(archive.entries().len(), 2);
    check(&mut archive, &[("a".into(), b"1".to_vec()), ("b".into(), b"2".to_vec())]);
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("broken"))
    }
}

#[test]
fn frames_and_archives_are_told_apart() {
    let archive = small();
    let frame = crate::compress(&prose(5000, 1), &Options::new()).unwrap();
    let tiny = crate::compress(b"tiny", &Options::new()).unwrap();
    assert!(matches!(crate::decompress(&archive, &Default::default()), Err(Error::WrongKind(_))));
    assert!(matches!(crate::info(&archive), Err(Error::WrongKind(_))));
    for bytes in [frame, tiny] {
        assert!(matches!(open(&bytes), Err(Error::WrongKind(_))));
    }
    assert!(matches!(open(b"PK\x03\x04"), Err(Error::NotVatic { .. })));
}

#[test]
fn deterministic_archives_forget_the_machine() {
    let write = |meta: Meta| {
        let mut writer = Writer::new(Vec::new(), &options().deterministic(true)).unwrap();
        writer.add_file(meta, &mut &b"content"[..]).unwrap();
        writer.finish().unwrap().0
    };
    let mut meta = file("a");
    meta.mtime = Some(Time { seconds: 5, nanos: 5 });
    meta.owner = Some(Owner { uid: 5, gid: 5, names: None });
    meta.mode = 0o4600;
    assert!(write(meta) == write(file("a")));
    assert!(write(Meta { mode: 0o755, ..file("a") }) != write(file("a")));
}
