//! The vectors of sealed frames: made by [`seal`](super::seal), not by the library, so they are the same at each run.

use super::archive;
use super::craft::{Craft, varint};
use super::seal::*;
use super::text;
use serde_json::{Value, json};
use vatic::{CodecId, Options, compress};

/// A vector that opens: name, what it shows, keys, file, content.
pub type Opening = (&'static str, &'static str, Value, Vec<u8>, Vec<u8>);
/// One that does not: name, what it shows, keys, file, error code.
pub type Failing = (&'static str, &'static str, Value, Vec<u8>, u32);

const KEY_NEEDED: u32 = 70;
const WRONG_KEY: u32 = 71;
const NOT_SEALED: u32 = 72;
const TAMPERED: u32 = 73;
const UNSUPPORTED: u32 = 12;
const TRUNCATED: u32 = 20;
const CORRUPT: u32 = 22;
const LIMIT: u32 = 30;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The raw key that opens them.
pub fn raw() -> Value {
    json!({ "raw": hex(&RAW_KEY) })
}

fn password() -> Value {
    json!({ "password": PASSWORD, "password_utf8": hex(PASSWORD.as_bytes()) })
}

fn plain(data: &[u8]) -> Vec<u8> {
    compress(data, &Options::new().codec(CodecId::Store)).expect("options")
}

pub fn opening() -> Vec<Opening> {
    let data = text(2000);
    let inner = plain(&data);
    let craft = SealCraft::raw;
    let small = SealCraft { step: 700, ..craft() };
    let long = text(66_000);
    let tiny = compress(b"a tiny one", &Options::new()).expect("options");
    let several = SealCraft {
        stanzas: vec![(200, b"of a later version".to_vec()), age_stanza(), raw_stanza()],
        ..SealCraft::password()
    };
    let two = [craft().frame(&tiny), SealCraft { salt: [9; 32], suite: 1, ..craft() }.frame(&inner)].concat();
    let stanza = password_stanza(PASSWORD.as_bytes(), 8, 1, 1);
    let lanes = password_stanza(PASSWORD.as_bytes(), 64, 2, 3);
    vec![
        ("sealed-raw", "a raw key, ChaCha20-Poly1305", raw(), craft().frame(&inner), data.clone()),
        ("sealed-aes", "AES-256-GCM", raw(), SealCraft { suite: 1, ..craft() }.frame(&inner), data.clone()),
        ("sealed-password", "a password", password(), SealCraft::with(stanza).frame(&inner), data.clone()),
        ("sealed-lanes", "three lanes, two passes", password(), SealCraft::with(lanes).frame(&inner), data.clone()),
        (
            "sealed-age",
            "an X25519 recipient",
            json!({ "identity": IDENTITY }),
            SealCraft::with(age_stanza()).frame(&inner),
            data.clone(),
        ),
        ("sealed-stanzas", "three stanzas, one unknown", raw(), several.frame(&inner), data.clone()),
        ("sealed-tiny", "a tiny frame inside", raw(), craft().frame(&tiny), b"a tiny one".to_vec()),
        ("sealed-flushed", "short segments", raw(), small.frame(&inner), data.clone()),
        ("sealed-full", "full segments, and a frame with an index", raw(), craft().frame(&plain(&long)), long),
        ("sealed-two", "two frames", raw(), two, [&b"a tiny one"[..], &data].concat()),
    ]
}

/// A seal whose parameters were changed behind its MAC's back.
fn changed(change: &dyn Fn(&mut SealCraft)) -> Vec<u8> {
    let sound = SealCraft::raw();
    let mut craft = sound.clone();
    change(&mut craft);
    let (mut seal, old) = (craft.seal(), sound.seal());
    let mac = seal.len() - 32;
    seal[mac..].copy_from_slice(&old[old.len() - 32..]);
    let front = [&b"\xF6VAT\0\x81\x03\x04\0\0\x86"[..], &varint(seal.len() as u64), &seal].concat();
    end([front, sound.segments(&plain(&text(2000))).concat()].concat())
}

/// A password stanza that says it costs this.
fn costing(kib: u32, passes: u32) -> Vec<u8> {
    let (kind, body) = password_stanza(PASSWORD.as_bytes(), 8, 1, 1);
    let costs = [varint(kib.into()), varint(passes.into()), varint(1)].concat();
    SealCraft::with((kind, [&body[..16], &costs, &body[19..]].concat())).frame(&plain(&text(2000)))
}

pub fn failing() -> Vec<Failing> {
    let inner = plain(&text(2000));
    let craft = SealCraft { step: 500, ..SealCraft::raw() };
    let parts = craft.segments(&inner);
    let with = |parts: &[&Vec<u8>]| {
        let records: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        end([craft.front(), records].concat())
    };
    let last = &parts[parts.len() - 1];
    let sound = SealCraft::raw().frame(&inner);
    let flip = |at: usize| {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        bytes
    };
    let other = SealCraft { salt: [1; 32], ..craft.clone() }.segments(&inner);
    let mut renumbered = parts[2].clone();
    renumbered[3..7].copy_from_slice(&1u32.to_le_bytes());
    let mut early = parts[1].clone();
    early[0] = SEALED_END;
    early[1..3].copy_from_slice(&varint(530));
    let all: Vec<&Vec<u8>> = parts.iter().collect();
    let swap = |at: usize, part| {
        let mut list = all.clone();
        list[at] = part;
        with(&list)
    };
    let nested = SealCraft::raw().frame(&sound);
    let composed = "pass\u{e9} \u{1D11E} w\u{f6}rd";
    let composed = json!({ "password": composed, "password_utf8": hex(composed.as_bytes()) });
    let mut extra = Craft { bytes: SealCraft::raw().front() };
    extra.record(0x7F, b"not sealed");
    let extra = end([extra.bytes, SealCraft::raw().segments(&inner).concat()].concat());
    vec![
        ("sealed-no-key", "no key is given", json!({}), sound.clone(), KEY_NEEDED),
        ("sealed-wrong-key", "another raw key", json!({ "raw": hex(&[7; 32]) }), sound.clone(), WRONG_KEY),
        ("sealed-wrong-kind", "a password for a raw key's file", password(), sound.clone(), WRONG_KEY),
        ("sealed-composed", "the password, normalised", composed, SealCraft::password().frame(&inner), WRONG_KEY),
        ("sealed-not", "a plain frame where a key is given", raw(), inner.clone(), NOT_SEALED),
        ("sealed-then-plain", "a plain frame behind a sealed one", raw(), [&sound[..], &inner].concat(), NOT_SEALED),
        ("plain-then-sealed", "a plain frame before a sealed one", raw(), [&inner[..], &sound].concat(), NOT_SEALED),
        ("sealed-cut", "cut in a segment", raw(), sound[..sound.len() / 2].to_vec(), TRUNCATED),
        (
            "sealed-no-end",
            "cut before the last segment",
            raw(),
            [craft.front(), parts[..2].concat()].concat(),
            TRUNCATED,
        ),
        ("sealed-flipped", "one bit of the ciphertext", raw(), flip(sound.len() - 500), TAMPERED),
        ("sealed-trailer", "one bit of the frame's length", raw(), flip(sound.len() - 10), TAMPERED),
        ("sealed-swapped", "two segments swapped", raw(), with(&[all[0], all[2], all[1], all[3], last]), TAMPERED),
        ("sealed-doubled", "a segment twice", raw(), with(&[all[0], all[1], all[1], all[2], last]), TAMPERED),
        ("sealed-dropped", "a segment left out", raw(), with(&[all[0], all[2], last]), TAMPERED),
        ("sealed-renumbered", "another segment with the right number", raw(), swap(1, &renumbered), TAMPERED),
        ("sealed-replayed", "a segment of a frame with another salt", raw(), swap(1, &other[1]), TAMPERED),
        ("sealed-early-end", "a segment that is not the last, marked so", raw(), with(&[all[0], &early]), TAMPERED),
        ("sealed-suite", "the suite changed", raw(), changed(&|craft| craft.suite = 1), TAMPERED),
        ("sealed-suite-unknown", "an unknown suite", raw(), changed(&|craft| craft.suite = 9), UNSUPPORTED),
        ("sealed-salt", "the salt changed", raw(), changed(&|craft| craft.salt[0] ^= 1), TAMPERED),
        ("sealed-stanza-added", "a stanza added", raw(), changed(&|craft| craft.stanzas.push(age_stanza())), TAMPERED),
        ("sealed-stanza", "the wrapped key changed", raw(), changed(&|craft| craft.stanzas[0].1[40] ^= 1), WRONG_KEY),
        ("sealed-purpose", "an unknown purpose", raw(), changed(&|craft| craft.purpose[0] = 9), UNSUPPORTED),
        ("sealed-memory", "the memory for the password changed", password(), costing(9, 1), WRONG_KEY),
        ("sealed-greedy", "more memory for the password than allowed", password(), costing((256 << 10) + 1, 1), LIMIT),
        ("sealed-slow", "more passes than the format has", password(), costing(8, 17), CORRUPT),
        ("sealed-nested", "a sealed frame in a sealed one", raw(), nested, CORRUPT),
        ("sealed-empty", "nothing in it", raw(), SealCraft::raw().frame(b""), CORRUPT),
        ("sealed-more", "two frames in it", raw(), SealCraft::raw().frame(&[&inner[..], &inner].concat()), CORRUPT),
        ("sealed-extra", "a record that is not sealed, though not critical", raw(), extra, CORRUPT),
    ]
}

/// The two generations of a sealed archive.
fn generations() -> [Vec<u8>; 2] {
    let (first, both) = (archive::small(), archive::generations());
    let sealed = SealCraft::generation(1, [0; 16]).frame(&first);
    let second = SealCraft::generation(2, last_tag(&sealed)).frame(&both[first.len()..]);
    [sealed, second]
}

/// Sealed archives that open.
pub fn archives() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let [first, second] = generations();
    vec![
        ("sealed-archive", "one generation", first.clone()),
        ("sealed-archive-two", "two generations, one bound to the other", [&first[..], &second].concat()),
        ("sealed-archive-torn", "an interrupted append", [&first[..], &second[..second.len() - 60]].concat()),
        (
            "sealed-archive-long",
            "several segments",
            SealCraft::generation(1, [0; 16]).frame(&archive::tree_with_noise()),
        ),
    ]
}

/// Sealed archives that do not.
pub fn hostile_archives() -> Vec<Failing> {
    let [first, second] = generations();
    let (plain, both) = (archive::small(), archive::generations());
    let plain_second = &both[plain.len()..];
    let tag = last_tag(&first);
    let long = archive::tree_with_noise();
    let craft = SealCraft::generation(1, [0; 16]);
    let parts = craft.segments(&long);
    let join = |order: &[usize]| craft.join(&order.iter().map(|&at| parts[at].clone()).collect::<Vec<_>>());
    let other = SealCraft { salt: [77; 32], ..craft.clone() }.segments(&long);
    let mut replayed = parts.clone();
    replayed[1] = other[1].clone();
    let flip = |at: usize| {
        let mut bytes = first.clone();
        bytes[at] ^= 1;
        bytes
    };
    let copy = first.len() - plain.len() - 60;
    let then = |second: &[u8]| [&first[..], second].concat();
    let third = SealCraft::generation(3, last_tag(&second)).frame(plain_second);
    let foreign = SealCraft { purpose: [&[1][..], b"another archive!", &[2, 0, 0, 0], &tag].concat(), ..craft.clone() };
    let no_key = json!({});
    vec![
        ("sealed-archive-no-key", "no key is given", no_key, first.clone(), KEY_NEEDED),
        ("sealed-archive-wrong-key", "another raw key", json!({ "raw": hex(&[7; 32]) }), first.clone(), WRONG_KEY),
        ("sealed-archive-not", "a plain archive where a key is given", raw(), plain.clone(), NOT_SEALED),
        ("sealed-archive-then-plain", "a plain generation behind a sealed one", raw(), then(plain_second), NOT_SEALED),
        ("sealed-archive-frame", "an archive sealed as a frame", raw(), SealCraft::raw().frame(&plain), 14),
        ("sealed-archive-cut", "without its last byte", raw(), first[..first.len() - 1].to_vec(), TRUNCATED),
        ("sealed-archive-tail", "a torn tail does not verify", raw(), then(&second[..second.len() - 60]), TRUNCATED),
        ("sealed-archive-suite", "one bit of the suite", raw(), flip(13), UNSUPPORTED),
        ("sealed-archive-id", "one bit of the archive's id", raw(), flip(15), TAMPERED),
        ("sealed-archive-salt", "one bit of the salt", raw(), flip(51), TAMPERED),
        ("sealed-archive-copy", "one bit of the second seal", raw(), flip(copy), TAMPERED),
        ("sealed-archive-flipped", "one bit of the ciphertext", raw(), flip(first.len() - 500), TAMPERED),
        ("sealed-archive-swapped", "two segments swapped", raw(), join(&[1, 0, 2]), TAMPERED),
        ("sealed-archive-doubled", "a segment twice", raw(), join(&[0, 0, 1, 2]), TAMPERED),
        ("sealed-archive-dropped", "a segment left out", raw(), join(&[0, 2]), TAMPERED),
        ("sealed-archive-replayed", "a segment of another attempt", raw(), craft.join(&replayed), TAMPERED),
        ("sealed-archive-order", "generations in another order", raw(), [&second[..], &first].concat(), TAMPERED),
        ("sealed-archive-second-alone", "the first generation is missing", raw(), second.clone(), TAMPERED),
        (
            "sealed-archive-generation-twice",
            "a generation twice",
            raw(),
            [&then(&second)[..], &second].concat(),
            TAMPERED,
        ),
        ("sealed-archive-skipped", "a generation left out", raw(), then(&third), TAMPERED),
        (
            "sealed-archive-foreign",
            "a generation of another archive",
            raw(),
            then(&foreign.frame(plain_second)),
            TAMPERED,
        ),
        (
            "sealed-archive-inner",
            "a second generation inside that is a first one",
            raw(),
            then(&SealCraft::generation(2, tag).frame(&plain)),
            CORRUPT,
        ),
    ]
}
