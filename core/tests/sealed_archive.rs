//! Sealed archives: what must open, what must not, what is left of a damaged one.
#![cfg(feature = "seal")]

mod common;

use common::archive::{open, open_with};
use common::{random, text};
use std::io::Cursor;
use vatic::archive::{Archive, ArchiveLimits, ArchiveOptions, Condition, Kind, Meta, Writer};
use vatic::{CodecId, Error, KdfCost, Key, Keys, Options, Result, Suite};

fn raw() -> Keys {
    Key::raw([9; 32]).into()
}

fn options(keys: &Keys) -> ArchiveOptions {
    let codec = Options::new().level(5).codec(CodecId::Store).keys(keys.clone());
    ArchiveOptions::new().codec_options(codec).solid_size(60_000).id([5; 16])
}

fn file(name: &str) -> Meta {
    Meta::new(name, Kind::File)
}

type Files = Vec<(String, Vec<u8>)>;

/// What files there are, and what they hold; two are equal.
fn files() -> Files {
    let mut files: Files = (0..6).map(|seed| (format!("noise-{seed}"), random(40_000, seed + 1))).collect();
    files.push(("text".into(), text(30_000)));
    files.push(("again".into(), text(30_000)));
    files.push(("empty".into(), Vec::new()));
    files
}

fn pack(files: &[(String, Vec<u8>)], options: &ArchiveOptions) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), options).unwrap();
    for (name, data) in files {
        writer.add_file(file(name), &mut &data[..]).unwrap();
    }
    writer.finish().unwrap().0
}

/// The next generation alone.
fn next(packed: &[u8], keys: &Keys, name: &str, data: &[u8]) -> Vec<u8> {
    let tail = open_with(packed, keys).unwrap().tail().unwrap();
    let mut writer = Writer::append(Vec::new(), &options(&Keys::new()), tail).unwrap();
    writer.add_file(file(name), &mut &data[..]).unwrap();
    writer.finish().unwrap().0
}

fn check(archive: &mut Archive<Cursor<&[u8]>>, files: &[(String, Vec<u8>)]) {
    for (name, data) in files {
        let index = archive.find(name.as_bytes()).unwrap_or_else(|| panic!("{name} is missing"));
        assert!(archive.read(index).unwrap() == *data, "{name}");
    }
}

fn verify(packed: &[u8], keys: &Keys) -> Result<()> {
    open_with(packed, keys)?.verify(1)
}

/// A small one of two generations, for tests that go through all bytes, and where the second starts.
fn small() -> (Vec<u8>, usize) {
    let mut packed = pack(&[("a".into(), text(900)), ("b".into(), random(2000, 1))], &options(&raw()));
    let first = packed.len();
    packed.extend(next(&packed, &raw(), "c", b"third"));
    (packed, first)
}

#[test]
fn every_key_opens_and_shows_nothing_to_others() {
    let (identity, recipient) = Key::generate_identity().unwrap();
    let password = || Key::password("p\u{e4}ss").unwrap();
    let keys: Keys = [Key::raw([9; 32]), password(), Key::recipient(&recipient).unwrap()].into_iter().collect();
    let codec = Options::new().codec(CodecId::Store).keys(keys).kdf_cost(KdfCost { memory: 1 << 20, passes: 1 });
    for suite in [Suite::Aes256Gcm, Suite::ChaCha20Poly1305] {
        let mut packed = pack(&files(), &options(&Keys::new()).codec_options(codec.clone().suite(suite)));
        for key in [Key::raw([9; 32]), password(), Key::identity(&identity).unwrap()] {
            let mut archive = open_with(&packed, &key.clone().into()).unwrap();
            assert!(archive.is_sealed() && archive.condition() == Condition::Whole);
            check(&mut archive, &files());
            archive.verify(2).unwrap();
            // Whoever opens it can add to it, for everybody.
            packed.extend(next(&packed, &key.into(), "more", b"one more"));
        }
        let mut archive = open_with(&packed, &raw()).unwrap();
        assert_eq!(archive.generations().count(), 4);
        archive.verify(1).unwrap();
        check(&mut archive, &files());
        assert!(matches!(open(&packed), Err(Error::KeyNeeded)));
        assert!(matches!(open_with(&packed, &Key::raw([8; 32]).into()), Err(Error::WrongKey)));
        let shown = |needle: &[u8]| packed.windows(needle.len()).any(|window| window == needle);
        assert!(!shown(b"noise-1") && !shown(&text(30_000)[..20]) && !shown(&random(40_000, 1)[..8]));
    }
}

#[test]
fn plain_ones_are_refused_where_a_key_is_given() {
    let plain = pack(&files(), &options(&Keys::new()));
    assert!(matches!(open_with(&plain, &raw()), Err(Error::NotSealed { offset: 0 })));
    let tail = open(&plain).unwrap().tail().unwrap();
    assert!(matches!(Writer::append(Vec::new(), &options(&raw()), tail), Err(Error::NotSealed { .. })));
    let sealed = pack(&files(), &options(&raw()));
    let behind = [&sealed[..], &plain].concat();
    let offset = sealed.len() as u64;
    assert!(matches!(open_with(&behind, &raw()), Err(Error::NotSealed { offset: at }) if at == offset));
    assert!(matches!(
        open(&[&plain[..], &sealed].concat()).map(|archive| archive.condition()),
        Ok(Condition::DamagedTail { .. })
    ));
}

#[test]
fn determinism_and_sealing_exclude_each_other() {
    let result = Writer::new(Vec::new(), &options(&raw()).deterministic(true));
    assert!(matches!(result, Err(Error::InvalidOption(_))));
    assert!(pack(&files(), &options(&raw())) != pack(&files(), &options(&raw())));
}

#[test]
fn contents_are_known_again_under_the_same_key() {
    let packed = pack(&files(), &options(&raw()));
    assert!(packed.len() < 6 * 40_000 + 30_000 + 5_000, "{}", packed.len());
    let more = next(&packed, &raw(), "known", &random(40_000, 3));
    assert!(more.len() < 2000, "{}", more.len());
    // Another archive for the same owners: another id, the same stanzas.
    let like = options(&Keys::new()).sealed_like(&open_with(&packed, &raw()).unwrap()).id([6; 16]);
    let other = pack(&files(), &like);
    check(&mut open_with(&other, &raw()).unwrap(), &files());
    assert!(open(&other).is_err());
}

#[test]
fn attempts_to_append_share_no_salt() {
    let packed = pack(&files(), &options(&raw()));
    let salt = |generation: Vec<u8>| generation[10 + 3 + 2 + 16 + 4 + 16..][..32].to_vec();
    let attempts: Vec<Vec<u8>> = (0..3).map(|_| salt(next(&packed, &raw(), "x", b"the same"))).collect();
    assert!(attempts[0] != attempts[1] && attempts[1] != attempts[2] && attempts[0] != attempts[2]);
}

#[test]
fn states_tell_generations_apart() {
    let (packed, first) = small();
    let new = open_with(&packed, &raw()).unwrap().state().unwrap();
    // What the storage gives back opens, though it is yesterday's; its state is another one.
    let old = open_with(&packed[..first], &raw()).unwrap();
    assert!(old.condition() == Condition::Whole && old.state().unwrap() != new);
}

#[test]
fn every_flipped_byte_is_noticed() {
    let (mut packed, _) = small();
    verify(&packed, &raw()).unwrap();
    for at in 0..packed.len() {
        for mask in [1, 0x80] {
            packed[at] ^= mask;
            assert!(verify(&packed, &raw()).is_err(), "byte {at}");
            packed[at] ^= mask;
        }
    }
}

#[test]
fn every_truncation_is_told() {
    let (packed, first) = small();
    for cut in 0..packed.len() {
        let result = open_with(&packed[..cut], &raw());
        if cut < first {
            assert!(matches!(result, Err(Error::Truncated { .. })), "{cut}: {:?}", result.err());
            continue;
        }
        let archive = result.unwrap();
        let (at, len) = (first as u64, (cut - first) as u64);
        match archive.condition() {
            Condition::Whole => assert_eq!(cut, first),
            Condition::TornTail { .. } => {
                assert_eq!(archive.condition(), Condition::TornTail { at, len });
                assert_eq!(archive.tail().unwrap().len, at);
            }
            Condition::DamagedTail { .. } => assert!(packed[..cut].ends_with(&[b'v', 0xF6])),
            other => panic!("{other:?} at {cut}"),
        }
        assert!(cut == first || verify(&packed[..cut], &raw()).is_err());
    }
}

#[test]
fn remains_are_found_with_the_key() {
    let mut packed = pack(&files(), &options(&raw()));
    packed.extend(next(&packed, &raw(), "late", &random(9000, 50)));
    let mut all = files();
    all.push(("late".into(), random(9000, 50)));
    let salvaged = |bytes: &[u8]| {
        let mut archive = Archive::salvage_with(Cursor::new(bytes), &ArchiveLimits::default(), &raw()).unwrap();
        assert_eq!(archive.condition(), Condition::Salvaged);
        let sound = |(name, data): &&(String, Vec<u8>)| {
            let Some(index) = archive.find(name.as_bytes()) else { return false };
            archive.read(index).is_ok_and(|read| {
                assert!(read == *data, "{name}: wrong bytes");
                true
            })
        };
        all.iter().filter(sound).count()
    };
    assert_eq!(salvaged(&packed), all.len());
    // Without either end: the seal is at both.
    assert_eq!(salvaged(&packed[..packed.len() - 300]), all.len() - 1);
    assert!(salvaged(&packed[100..]) >= all.len() - 3);
    assert!(salvaged(&packed[70_000..]) >= all.len() - 5);
    // Bytes missing in the middle, and bytes added.
    assert!(salvaged(&[&packed[..150_000], &packed[150_100..]].concat()) >= all.len() - 3);
    assert!(salvaged(&[&packed[..150_000], &random(5000, 99), &packed[150_000..]].concat()) >= all.len() - 3);
    let damaged = &packed[100..];
    // What is saved of it is sealed for the same keys again.
    let remains = Archive::salvage_with(Cursor::new(&packed[100..]), &ArchiveLimits::default(), &raw()).unwrap();
    let again = Writer::new(Vec::new(), &ArchiveOptions::new().sealed_like(&remains)).unwrap().finish().unwrap().0;
    assert!(matches!(Archive::open(Cursor::new(&again), &ArchiveLimits::default()), Err(Error::KeyNeeded)));
    Archive::open_with(Cursor::new(&again), &ArchiveLimits::default(), &raw()).unwrap();
    let wrong = Archive::salvage_with(Cursor::new(damaged), &ArchiveLimits::default(), &Key::raw([1; 32]).into());
    assert!(matches!(wrong, Err(Error::WrongKey)));
    assert!(matches!(Archive::salvage(Cursor::new(damaged), &ArchiveLimits::default()), Err(Error::NotVatic { .. })));
}

#[test]
fn mutated_archives_never_give_wrong_bytes() {
    let mut packed = pack(&files()[4..], &options(&raw()));
    packed.extend(next(&packed, &raw(), "late", &random(9000, 50)));
    let mut files = files()[4..].to_vec();
    files.push(("late".into(), random(9000, 50)));
    let small = small().0;
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let rounds = std::env::var("VATIC_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    for round in 0..rounds {
        let large = round % 4 == 0;
        let mut bytes = if large { packed.clone() } else { small.clone() };
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
            open_with(&bytes, &raw()),
            Archive::salvage_with(Cursor::new(&bytes[..]), &ArchiveLimits::default(), &raw()),
        ] {
            let Ok(mut archive) = archive else { continue };
            if !large {
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
