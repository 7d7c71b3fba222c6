//! Sealed frames: they open with a key and in no other way, and nothing about them can be changed unnoticed.
#![cfg(feature = "seal")]

mod common;

use common::craft::{Craft, varint};
use common::seal::*;
use common::*;
use std::io::{Cursor, Read, Write};
use vatic::{CodecId, DecodeOptions, Decoder, Encoder, Error, FrameDecoder, FrameEncoder, KdfCost, Key, Keys, Limits};
use vatic::{Options, SeekDecoder, Step, Suite, compress, decompress, info, info_with};

fn raw() -> Key {
    Key::raw(RAW_KEY)
}

fn with(key: Key) -> DecodeOptions {
    DecodeOptions::new().key(key)
}

fn fail(bytes: &[u8], key: Key) -> Error {
    decompress(bytes, &with(key)).expect_err("this must not open")
}

/// What passwords cost in tests.
const CHEAP: KdfCost = KdfCost { memory: 1 << 20, passes: 1 };

fn inner() -> Vec<u8> {
    compress(&text(3000), &Options::new().codec(CodecId::Store)).unwrap()
}

#[test]
fn every_kind_of_key_opens() {
    let (identity, recipient) = Key::generate_identity().unwrap();
    let (other, _) = Key::generate_identity().unwrap();
    let password = || Key::password(PASSWORD).unwrap();
    let to = Key::recipient(&recipient).unwrap();
    let sealing: Keys = [raw(), password(), to, Key::raw([1; 32])].into_iter().collect();
    let options = Options::new().keys(sealing).kdf_cost(CHEAP);
    for data in [Vec::new(), text(5), text(400), text(5000), table(300_000)] {
        let packed = compress(&data, &options).unwrap();
        for key in [raw(), password(), Key::raw([1; 32]), Key::identity(&identity).unwrap()] {
            assert_eq!(decompress(&packed, &with(key)).unwrap(), data);
        }
        let two = with(Key::raw([2; 32])).key(raw());
        assert_eq!(decompress(&packed, &two).unwrap(), data);
        for key in [Key::raw([2; 32]), Key::password("another").unwrap(), Key::identity(&other).unwrap()] {
            assert!(matches!(fail(&packed, key), Error::WrongKey));
        }
        assert!(matches!(decompress(&packed, &DecodeOptions::new()), Err(Error::KeyNeeded)));
        assert!(matches!(fail(&packed, Key::recipient(&recipient).unwrap()), Error::InvalidOption(_)));
    }
}

#[test]
fn what_is_sealed_costs_little() {
    let options = Options::new().key(raw());
    for len in [0, 100, 1000, 200_000] {
        let data = random(len, 3);
        let (sealed, plain) = (compress(&data, &options).unwrap(), compress(&data, &Options::new()).unwrap());
        // Other cuts between chunks, by the seed, can mean a few tags more.
        let cuts = if len > 16_384 { 8 * 20 } else { 0 };
        let most = plain.len() + 216 + 28 * (len / 65_536) + cuts;
        assert!(sealed.len() <= most, "{len}: {} {}", sealed.len(), plain.len());
    }
}

#[test]
fn both_suites_in_every_way_of_reading() {
    let data = table(400_000);
    for suite in [Suite::Aes256Gcm, Suite::ChaCha20Poly1305] {
        let options = Options::new().level(1).group_size(40_000).key(raw()).suite(suite);
        let mut encoder = Encoder::new(Vec::new(), &options).unwrap();
        for part in data.chunks(150_000) {
            encoder.write_all(part).unwrap();
            if suite == Suite::Aes256Gcm {
                encoder.flush().unwrap();
            }
        }
        let packed = encoder.finish().unwrap();
        for threads in [1, 3] {
            let options = with(raw()).threads(threads);
            let mut out = Vec::new();
            Decoder::new(&packed[..], &options).read_to_end(&mut out).unwrap();
            assert!(out == data);
        }
        let mut decoder = Decoder::new(Cursor::new(&packed), &with(raw()));
        assert!(decoder.read_at(123_456, 1000).unwrap() == data[123_456..124_456]);
        let twice = packed.repeat(2);
        let mut seek = SeekDecoder::new(Cursor::new(&twice), &with(raw())).unwrap();
        assert_eq!(seek.len(), 800_000);
        assert!(seek.read_at(399_000, 2000).unwrap() == [&data[399_000..], &data[..1000]].concat());
        assert!(decompress(&twice, &with(raw())).unwrap() == [&data[..], &data[..]].concat());
        assert!(matches!(SeekDecoder::new(Cursor::new(&packed), &DecodeOptions::new()), Err(Error::KeyNeeded)));
    }
}

#[test]
fn info_needs_a_key_for_more_than_sealed() {
    let data = text(100_000);
    let packed = compress(&data, &Options::new().key(raw())).unwrap();
    let closed = info(&packed).unwrap();
    assert_eq!((closed.content_length(), closed.packed_length()), (None, packed.len() as u64));
    assert!(closed.is_sealed() && closed.frames[0].groups.is_empty());
    assert_eq!(closed.frames[0].sealed.as_ref().map(|seal| (seal.password, seal.raw_keys)), Some((false, 1)));
    let open = info_with(&mut Cursor::new(&packed), &with(raw())).unwrap();
    assert!(open.is_sealed() && !open.frames[0].groups.is_empty());
    assert_eq!(open.content_length(), Some(100_000));
    assert_eq!(vatic::content_length(&packed[..64]).unwrap(), None);
    let tiny = compress(b"tiny", &Options::new().key(raw())).unwrap();
    assert_eq!(info_with(&mut Cursor::new(&tiny), &with(raw())).unwrap().content_length(), Some(4));
}

#[test]
fn flushed_output_can_be_read() {
    let mut encoder = FrameEncoder::new(&Options::new().key(raw())).unwrap();
    let mut decoder = FrameDecoder::new(&with(raw()));
    for line in [&b"first line\n"[..], b"second", b"third and last"] {
        encoder.feed(line).unwrap();
        encoder.flush().unwrap();
        let count = encoder.output().len();
        decoder.feed(encoder.output()).unwrap();
        encoder.consume(count);
        assert_eq!(decoder.advance().unwrap(), Step::Output);
        assert_eq!(decoder.output(), line);
        decoder.consume(line.len());
        assert_eq!(decoder.advance().unwrap(), Step::NeedInput);
    }
}

#[test]
fn frames_by_the_specification_open() {
    let mut all = vec![SealCraft::raw(), SealCraft { suite: 1, ..SealCraft::raw() }, SealCraft::password()];
    all.push(SealCraft { stanzas: vec![(77, b"unknown".to_vec()), age_stanza(), raw_stanza()], ..SealCraft::raw() });
    all.push(SealCraft { step: 100, ..SealCraft::raw() });
    let keys: Keys = [raw(), Key::password(PASSWORD).unwrap()].into_iter().collect();
    for craft in all {
        let frame = craft.frame(&inner());
        assert_eq!(decompress(&frame, &DecodeOptions::new().keys(keys.clone())).unwrap(), text(3000));
        let mut seek = SeekDecoder::new(Cursor::new(&frame), &DecodeOptions::new().keys(keys.clone())).unwrap();
        assert_eq!(seek.read_at(1000, 500).unwrap(), text(3000)[1000..1500]);
        let tiny = craft.frame(&compress(b"tiny", &Options::new()).unwrap());
        assert_eq!(decompress(&tiny, &DecodeOptions::new().keys(keys.clone())).unwrap(), b"tiny");
    }
    let age = SealCraft::with(age_stanza()).frame(&inner());
    assert_eq!(decompress(&age, &with(Key::identity(IDENTITY).unwrap())).unwrap(), text(3000));
    // The other spelling of the same accented letter is another password.
    let composed = Key::password("pass\u{e9} \u{1D11E} w\u{f6}rd").unwrap();
    assert!(matches!(fail(&SealCraft::password().frame(&inner()), composed), Error::WrongKey));
}

/// Tries to read `bytes` in every way; none may give a wrong byte. Whether the whole came out.
fn never_wrong(bytes: &[u8], plain: &[u8], what: &str) -> bool {
    let whole = decompress(bytes, &with(raw()));
    assert!(whole.as_ref().map_or(true, |out| out == plain), "wrong bytes: {what}");
    let mut released = Vec::new();
    let streamed = Decoder::new(bytes, &with(raw()).threads(2)).read_to_end(&mut released);
    assert!(plain.starts_with(&released), "wrong bytes from the stream: {what}");
    assert_eq!(streamed.is_ok(), whole.is_ok(), "{what}");
    if let Ok(mut seek) = SeekDecoder::new(Cursor::new(bytes), &with(raw())) {
        for at in [0, plain.len() / 2, plain.len().saturating_sub(9)] {
            if let Ok(part) = seek.read_at(at as u64, 100) {
                assert!(part == plain[at..plain.len().min(at + 100)], "wrong range: {what}");
            }
        }
    }
    let _ = info(bytes);
    let _ = info_with(&mut Cursor::new(bytes), &with(raw()));
    whole.is_ok()
}

/// Small sealed frames: tiny, in one segment, in many.
fn small_frames() -> Vec<(Vec<u8>, Vec<u8>)> {
    let options = Options::new().key(raw());
    let mut frames = vec![(compress(b"just a few bytes", &options).unwrap(), b"just a few bytes".to_vec())];
    frames.push((compress(&text(1100), &options.suite(Suite::ChaCha20Poly1305)).unwrap(), text(1100)));
    frames.push((SealCraft { step: 300, ..SealCraft::raw() }.frame(&inner()), text(3000)));
    frames
}

#[test]
fn every_flip_is_an_error() {
    for (index, (frame, plain)) in small_frames().into_iter().enumerate() {
        assert!(never_wrong(&frame, &plain, "untouched"));
        for at in 0..frame.len() {
            for bit in [at % 8, (at + 3) % 8] {
                let mut damaged = frame.clone();
                damaged[at] ^= 1 << bit;
                let what = format!("frame {index} byte {at} bit {bit}");
                assert!(!never_wrong(&damaged, &plain, &what), "not noticed: {what}");
            }
        }
    }
}

#[test]
fn every_truncation_is_truncated() {
    for (frame, plain) in small_frames() {
        for len in 0..frame.len() {
            let err = fail(&frame[..len], raw());
            assert!(matches!(err, Error::Truncated { .. }), "{len} of {}: {err}", frame.len());
            if len % 5 == 0 {
                assert!(!never_wrong(&frame[..len], &plain, "cut"));
            }
        }
    }
}

#[test]
fn segments_stay_in_their_order() {
    let craft = SealCraft { step: 500, ..SealCraft::raw() };
    let plain = inner();
    let parts = craft.segments(&plain);
    let frame = |parts: Vec<&Vec<u8>>| {
        let records = parts.into_iter().cloned().collect::<Vec<_>>().concat();
        end([craft.front(), records].concat())
    };
    let all: Vec<&Vec<u8>> = parts.iter().collect();
    let check = |name: &str, parts: Vec<&Vec<u8>>| {
        let bytes = frame(parts);
        assert!(!never_wrong(&bytes, &text(3000), name), "{name}");
        let err = fail(&bytes, raw());
        assert!(matches!(err, Error::Tampered { .. }), "{name}: {err}");
    };
    assert!(never_wrong(&frame(all.clone()), &text(3000), "untouched"));
    let mut swapped = all.clone();
    swapped.swap(1, 2);
    check("swapped", swapped);
    let mut doubled = all.clone();
    doubled.insert(2, all[1]);
    check("doubled", doubled);
    let mut missing = all.clone();
    missing.remove(2);
    check("missing", missing);
    check("last alone", vec![all[all.len() - 1]]);
    // With its number set right, a moved segment is still another one.
    let mut renumbered = parts[2].clone();
    renumbered[3..7].copy_from_slice(&1u32.to_le_bytes());
    let mut moved = all.clone();
    moved[1] = &renumbered;
    check("moved", moved);
    // From a frame of the same keys with another salt, and from one with another suite.
    for other in [SealCraft { salt: [1; 32], ..craft.clone() }, SealCraft { suite: 1, ..craft.clone() }] {
        let theirs = other.segments(&plain);
        let mut replayed = all.clone();
        replayed[1] = &theirs[1];
        check("replayed", replayed);
    }
    // A segment that is not the last, called the last.
    let mut ends = parts[1].clone();
    ends[0] = SEALED_END;
    ends[1..3].copy_from_slice(&varint(530));
    let bytes = frame(vec![all[0], &ends]);
    assert!(matches!(fail(&bytes, raw()), Error::Tampered { .. }));
    // The last one, called not the last.
    let number = parts.len() - 1;
    let body = craft.segment(number as u32, true, 500 * number as u64, &plain[500 * number..]);
    let goes_on = [&[SEALED][..], &varint(body.len() as u64), &body].concat();
    let mut endless = all.clone();
    endless.pop();
    endless.push(&goes_on);
    let bytes = [craft.front(), endless.into_iter().cloned().collect::<Vec<_>>().concat()].concat();
    assert!(matches!(fail(&bytes, raw()), Error::Tampered { .. }));
}

#[test]
fn a_shortened_segment_moves_nothing() {
    // A reader at random knows where a segment's bytes stand from lengths that anybody can change.
    let craft = SealCraft { step: 500, ..SealCraft::raw() };
    let mut parts = craft.segments(&inner());
    let cut = parts[1].len() - 3 - 10;
    parts[1].truncate(3 + cut);
    parts[1][1..3].copy_from_slice(&varint(cut as u64));
    let bytes = end([craft.front(), parts.concat()].concat());
    assert!(!never_wrong(&bytes, &text(3000), "shortened"));
}

#[test]
fn plain_frames_are_refused_where_a_key_is_given() {
    let sealed = compress(b"sealed ", &Options::new().key(raw())).unwrap();
    for plain in [compress(b"plain", &Options::new()).unwrap(), compress(&text(2000), &Options::new()).unwrap()] {
        let after = [&sealed[..], &plain].concat();
        let before = [&plain[..], &sealed].concat();
        for (bytes, offset) in [(&plain, 0), (&after, sealed.len() as u64), (&before, 0)] {
            assert!(matches!(fail(bytes, raw()), Error::NotSealed { offset: at } if at == offset));
            let seek = SeekDecoder::new(Cursor::new(bytes), &with(raw()));
            assert!(matches!(seek, Err(Error::NotSealed { .. })));
            assert!(matches!(info_with(&mut Cursor::new(bytes), &with(raw())), Err(Error::NotSealed { .. })));
        }
        assert!(matches!(decompress(&before, &DecodeOptions::new()), Err(Error::KeyNeeded)));
        let mut decoder = Decoder::new(&after[..], &with(raw()));
        let mut released = Vec::new();
        assert!(decoder.read_to_end(&mut released).is_err());
        assert_eq!(released, b"sealed ");
    }
    let big = compress(&text(100_000), &Options::new()).unwrap();
    assert!(matches!(SeekDecoder::new(Cursor::new(&big), &with(raw())), Err(Error::NotSealed { .. })));
}

#[test]
fn what_is_sealed_must_be_one_frame() {
    let craft = SealCraft::raw();
    let two = [inner(), inner()].concat();
    let mut trailing = inner();
    trailing.push(0xF6);
    let nested = craft.frame(&inner());
    let cut = inner()[..2000].to_vec();
    for (name, plain) in [
        ("nothing", Vec::new()),
        ("two frames", two),
        ("trailing bytes", trailing),
        ("a sealed frame", nested),
        ("half a frame", cut),
        ("no frame", b"no frame at all".to_vec()),
        ("an archive", Craft::with_header(&[9, 0, 1]).footer(0)),
    ] {
        let bytes = craft.frame(&plain);
        let err = fail(&bytes, raw());
        assert!(matches!(err, Error::Corrupt { .. } | Error::Unsupported { .. }), "{name}: {err}");
        let seek = SeekDecoder::new(Cursor::new(&bytes), &with(raw())).and_then(|mut seek| seek.read_at(0, 10));
        assert!(seek.is_err(), "{name}");
    }
}

#[test]
fn parameters_cannot_be_changed() {
    let sound = SealCraft::raw();
    let spoil = |change: &dyn Fn(&mut SealCraft)| {
        // The MAC is the one of the sound frame, and so are the segments.
        let mut changed = sound.clone();
        change(&mut changed);
        let (mut seal, old) = (changed.seal(), sound.seal());
        let mac = seal.len() - 32;
        seal[mac..].copy_from_slice(&old[old.len() - 32..]);
        let front = [&b"\xF6VAT\0\x81\x03\x04\0\0\x86"[..], &varint(seal.len() as u64), &seal].concat();
        fail(&end([front, sound.segments(&inner()).concat()].concat()), raw())
    };
    let tampered = |err: Error| assert!(matches!(err, Error::Tampered { .. }), "{err}");
    tampered(spoil(&|craft| craft.suite = 1));
    tampered(spoil(&|craft| craft.salt[31] ^= 1));
    tampered(spoil(&|craft| craft.stanzas.push((99, b"one more".to_vec()))));
    tampered(spoil(&|craft| craft.stanzas.push(age_stanza())));
    assert!(matches!(spoil(&|craft| craft.suite = 3), Error::Unsupported { what: "cipher suite", value: 3 }));
    assert!(matches!(spoil(&|craft| craft.purpose[0] = 2), Error::Unsupported { .. }));
    assert!(matches!(spoil(&|craft| craft.stanzas[0].1[20] ^= 1), Error::WrongKey));
    assert!(matches!(spoil(&|craft| craft.stanzas[0].0 = 2), Error::WrongKey));
    assert!(matches!(spoil(&|craft| craft.stanzas.clear()), Error::Corrupt { .. }));
    // A valid MAC does not help segments of another salt.
    let other = SealCraft { salt: [1; 32], ..SealCraft::raw() };
    let bytes = end([other.front(), sound.segments(&inner()).concat()].concat());
    assert!(matches!(fail(&bytes, raw()), Error::Tampered { what: "a sealed segment", .. }));
}

#[test]
fn passwords_cost_what_is_allowed() {
    let password = || Key::password(PASSWORD).unwrap();
    let frame = |kib: u32, passes: u32, lanes: u32| {
        let mut stanza = password_stanza(PASSWORD.as_bytes(), 8, 1, 1);
        let wrapped = stanza.1[19..].to_vec();
        let costs = [varint(kib.into()), varint(passes.into()), varint(lanes.into())].concat();
        stanza.1 = [&stanza.1[..16], &costs, &wrapped].concat();
        SealCraft::with(stanza).frame(&inner())
    };
    assert!(decompress(&frame(8, 1, 1), &with(password())).is_ok());
    assert!(matches!(fail(&frame(9, 1, 1), password()), Error::WrongKey));
    assert!(matches!(fail(&frame(8, 2, 1), password()), Error::WrongKey));
    for (kib, passes, lanes) in
        [(8, 0, 1), (8, 17, 1), (8, 1, 0), (4096, 1, 17), (8, u32::MAX, 1), (15, 1, 2), (0, 1, 1)]
    {
        let err = fail(&frame(kib, passes, lanes), password());
        assert!(matches!(err, Error::Corrupt { .. }), "{kib} {passes} {lanes}: {err}");
    }
    for kib in [(256 << 10) + 1, u32::MAX] {
        let err = fail(&frame(kib, 16, 1), password());
        assert!(matches!(err, Error::Limit { what: "key derivation memory", limit, .. } if limit == 256 << 20));
    }
    let limits = Limits { kdf_memory: 4 << 10, ..Limits::default() };
    assert!(decompress(&frame(8, 1, 1), &with(password()).limits(limits)).is_err());
    // Without a password nothing is derived, whatever it would cost.
    assert!(matches!(fail(&frame(u32::MAX, 16, 1), raw()), Error::WrongKey));
    let twice = SealCraft { stanzas: vec![password_stanza(b"a", 8, 1, 1); 2], ..SealCraft::raw() };
    assert!(matches!(fail(&twice.frame(&inner()), password()), Error::Corrupt { .. }));
}

#[test]
fn options_are_checked() {
    let invalid = |options: Options| matches!(compress(b"x", &options), Err(Error::InvalidOption(_)));
    let password = || Key::password("one").unwrap();
    assert!(invalid(Options::new().key(password()).key(Key::password("two").unwrap())));
    assert!(invalid(Options::new().key(Key::identity(IDENTITY).unwrap())));
    assert!(invalid(Options::new().key(password()).memory(32 << 20)));
    for (memory, passes) in [(1 << 10, 1), (2 << 30, 1), (1 << 20, 0), (1 << 20, 17), ((1 << 20) + 1, 1)] {
        assert!(invalid(Options::new().key(password()).kdf_cost(KdfCost { memory, passes })));
    }
    assert!(matches!(Key::password(""), Err(Error::InvalidOption(_))));
    assert!(matches!(Key::recipient("age1nonsense"), Err(Error::InvalidOption(_))));
    assert!(matches!(Key::identity("AGE-SECRET-KEY-1NONSENSE"), Err(Error::InvalidOption(_))));
    assert!(decompress(&compress(b"x", &Options::new()).unwrap(), &DecodeOptions::new().keys(Keys::new())).is_ok());
}

#[test]
fn sealed_output_is_different_each_time() {
    let options = Options::new().key(raw());
    let (one, two) = (compress(&text(5000), &options).unwrap(), compress(&text(5000), &options).unwrap());
    let same = one.iter().zip(&two).filter(|(a, b)| a == b).count();
    assert!(one.len() == two.len() && same < one.len() / 50 + 60, "{same} of {}", one.len());
}
