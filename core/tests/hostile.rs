//! Damaged, cut, foreign and hostile input: a typed error in bounded time and memory, and never a wrong byte.

mod common;

use common::craft::*;
use common::*;
use std::io::{Cursor, Read};
use std::time::{Duration, Instant};
use vatic::{CodecId, DecodeOptions, Decoder, Error, FrameEncoder, Limits, Options, SeekDecoder};
use vatic::{compress, decompress, info};

fn tight() -> DecodeOptions {
    DecodeOptions::new().limits(Limits { output: 16 << 20, memory: 192 << 20, ..Limits::default() })
}

fn fail(bytes: &[u8]) -> Error {
    decompress(bytes, &tight()).expect_err("this must not decode")
}

/// Small frames of every shape, with what they hold.
fn small_frames() -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut frames = Vec::new();
    for codec in available() {
        let data = table(1200);
        frames.push((compress(&data, &Options::new().codec(codec)).unwrap(), data));
        let short = text(90);
        frames.push((compress(&short, &Options::new().codec(codec)).unwrap(), short));
    }
    // Copies, several groups and an index.
    let part = text(20_000);
    let data = [&part[..], &part[..], &part[..], &part[..]].concat();
    let options = Options::new().level(1).group_size(40_000);
    frames.push((compress(&data, &options).unwrap(), data));
    // Flushes, and two frames.
    let mut encoder = FrameEncoder::new(&Options::new()).unwrap();
    for _ in 0..3 {
        encoder.feed(b"an open group ").unwrap();
        encoder.flush().unwrap();
    }
    encoder.finish().unwrap();
    let mut two = encoder.into_output();
    two.extend(compress(b"and a tiny frame", &Options::new()).unwrap());
    frames.push((two, b"an open group an open group an open group and a tiny frame".to_vec()));
    frames.push((compress(b"", &Options::new()).unwrap(), Vec::new()));
    frames
}

/// Decodes in every way there is: an error, or the right bytes; what a stream gives out before an error is right too.
fn never_wrong(bytes: &[u8], plain: &[u8], what: &str) -> bool {
    let whole = decompress(bytes, &tight());
    if let Ok(out) = &whole {
        assert!(out == plain, "wrong bytes: {what}");
    }
    let mut released = Vec::new();
    let streamed = Decoder::new(bytes, &tight().threads(2)).read_to_end(&mut released);
    assert!(plain.starts_with(&released), "wrong bytes from the stream: {what}");
    assert_eq!(streamed.is_ok(), whole.is_ok(), "stream and whole differ: {what}");
    if let Ok(mut seek) = SeekDecoder::new(Cursor::new(bytes), &tight()) {
        for offset in [plain.len() / 2, plain.len().saturating_sub(7)] {
            if let Ok(out) = seek.read_at(offset as u64, 300) {
                let end = (offset + 300).min(plain.len());
                assert!(out == plain[offset..end] || seek.len() != plain.len() as u64, "wrong range: {what}");
            }
        }
    }
    let _ = info(bytes);
    whole.is_ok()
}

#[test]
fn every_flip_is_noticed_or_harmless() {
    for (index, (frame, plain)) in small_frames().into_iter().enumerate() {
        assert!(never_wrong(&frame, &plain, "untouched"));
        // Payloads are sampled; heads, tables and ends are covered byte by byte.
        let mut harmless = 0;
        for at in 0..frame.len() {
            let inner = at > 80 && at + 40 < frame.len();
            for bit in 0..8 {
                if if inner { (at * 8 + bit) % 31 != 0 } else { bit > 0 && bit < 7 && (at + bit) % 3 != 0 } {
                    continue;
                }
                let mut damaged = frame.clone();
                damaged[at] ^= 1 << bit;
                harmless += u32::from(never_wrong(&damaged, &plain, &format!("frame {index} byte {at} bit {bit}")));
            }
        }
        // The window, the group bound and a few parameters may be larger than needed; a stream does not need the index.
        assert!(harmless <= 200, "frame {index}: {harmless} harmless flips");
    }
}

#[test]
fn every_truncation_is_noticed() {
    for (frame, plain) in small_frames() {
        for len in (0..frame.len()).filter(|len| *len < 90 || len % 7 == 0 || len + 30 > frame.len()) {
            let cut = decompress(&frame[..len], &tight());
            match cut {
                Err(Error::Truncated { .. }) => {}
                // The end of a first frame is the end of a file.
                Ok(out) => {
                    assert!(plain.starts_with(&out) && len > 40 && out.len() < plain.len());
                    continue;
                }
                Err(err) => panic!("cut at {len} of {}: {err}", frame.len()),
            }
            never_wrong(&frame[..len], &plain, "cut");
        }
    }
}

#[test]
fn foreign_files_are_told_apart() {
    assert!(matches!(fail(b""), Error::Truncated { .. }));
    for foreign in [&b"\x1F\x8B\x08gzip"[..], b"PK\x03\x04", b"plain text", b"\xF6 ", b"\xF6VAX", b"\0"] {
        assert!(matches!(fail(foreign), Error::NotVatic { .. }), "{foreign:?}");
    }
    assert!(matches!(fail(b"\xF6VAT\x01\x81\x03"), Error::Unsupported { what: "format version", value: 1 }));
    assert!(matches!(fail(b"\xF6\x71\0\0"), Error::Unsupported { what: "format version", value: 1 }));
    let mut garbage = compress(&text(3000), &Options::new()).unwrap();
    garbage.extend(b"trailing garbage");
    assert!(matches!(fail(&garbage), Error::Corrupt { what: "trailing bytes that are no frame", .. }));
}

#[test]
fn handmade_frames_decode() {
    let mut craft = Craft::new(10, 100);
    craft.group(0, 8, 5).block(&[(5, 0), (3, 4)], b"hello").record(0x7F, b"skipped").record(FLUSH, b"");
    craft.group(1, 100, 100).block(&[(2, 0)], b"!!").block(&[(1, 0)], b"?");
    let bytes = craft.footer(11);
    assert_eq!(decompress(&bytes, &tight()).unwrap(), b"helloell!!?");
    assert_eq!(decompress(&bytes, &tight().threads(2)).unwrap(), b"helloell!!?");
    let mut seek = SeekDecoder::new(Cursor::new(&bytes), &tight()).unwrap();
    assert_eq!(seek.read_at(4, 6).unwrap(), b"oell!!");
}

#[test]
fn lies_are_errors() {
    let frame = |build: &dyn Fn(&mut Craft)| {
        let mut craft = Craft::new(10, 1000);
        build(&mut craft);
        craft.footer(8)
    };
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("an empty block", frame(&|c| _ = c.group(0, 8, 8).record(BLOCK, &[0]))),
        ("an empty segment", frame(&|c| _ = c.group(0, 8, 8).block(&[(0, 0), (8, 0)], b"12345678"))),
        ("a block outside a group", frame(&|c| _ = c.block(&[(8, 0)], b"12345678"))),
        ("a group that is too long", frame(&|c| _ = c.group(0, 1001, 1001))),
        ("a group of nothing", frame(&|c| _ = c.group(0, 0, 0))),
        ("a group that ends early", frame(&|c| _ = c.group(0, 9, 9).block(&[(8, 0)], b"12345678"))),
        ("a group that runs over", frame(&|c| _ = c.group(0, 7, 7).block(&[(8, 0)], b"12345678"))),
        ("more coded than said", frame(&|c| _ = c.group(0, 8, 3).block(&[(4, 0), (4, 4)], b"1234"))),
        ("a short payload", frame(&|c| _ = c.group(0, 8, 8).block(&[(8, 0)], b"1234567"))),
        ("a long payload", frame(&|c| _ = c.group(0, 8, 8).block(&[(8, 0)], b"123456789"))),
        ("a copy before the start", frame(&|c| _ = c.group(0, 8, 4).block(&[(4, 0), (4, 5)], b"1234"))),
        ("a copy into itself", frame(&|c| _ = c.group(0, 8, 4).block(&[(4, 0), (4, 3)], b"1234"))),
        ("a copy of a copy", frame(&|c| _ = c.group(0, 8, 4).block(&[(4, 0), (2, 2), (2, 2)], b"1234"))),
        ("a payload for copies", {
            frame(&|c| _ = c.group(0, 8, 4).block(&[(4, 0)], b"1234").block(&[(4, 4)], b"1234"))
        }),
        ("a count beyond reason", frame(&|c| _ = c.group(0, 8, 8).record(BLOCK, &varint(1 << 40)))),
        ("a second header", frame(&|c| _ = c.record(HEADER, &[0, 0, 1]))),
        ("a wrong critical bit", frame(&|c| _ = c.record(HEADER ^ 0x80, &[0, 0, 1]))),
        ("a checksum flag in a group only", frame(&|c| _ = c.group(2, 8, 8).block(&[(8, 0)], b"12345678"))),
        ("bytes in a flush", frame(&|c| _ = c.record(FLUSH, &[1]))),
        ("a footer that is too long", frame(&|c| _ = c.record(FOOTER, &[0; 30]))),
        ("a wrong length", frame(&|c| _ = c.group(0, 7, 7).block(&[(7, 0)], b"1234567"))),
        ("a wrong announced length", {
            let mut craft = Craft::with_header(&[2, 0, 100, 9]);
            craft.group(0, 8, 8).block(&[(8, 0)], b"12345678").footer(8)
        }),
        ("a group behind the index", {
            frame(&|c| _ = c.record(INDEX, &[13]).group(0, 8, 8).block(&[(8, 0)], b"12345678"))
        }),
        ("a long spelling", frame(&|c| _ = c.group(0, 8, 8).record(BLOCK, &[0x82, 0x00, 16]))),
        ("a copy beyond the window", {
            let mut craft = Craft::new(2, 100);
            craft.group(0, 10, 8).block(&[(8, 0), (2, 6)], b"12345678").footer(10)
        }),
    ];
    for (name, bytes) in cases {
        for threads in [1, 2] {
            match decompress(&bytes, &tight().threads(threads)) {
                Err(Error::Corrupt { offset, .. }) => assert!(offset <= bytes.len() as u64, "{name}: offset {offset}"),
                other => panic!("{name}: {other:?}"),
            }
        }
        let _ = info(&bytes);
        if let Ok(mut seek) = SeekDecoder::new(Cursor::new(&bytes), &tight()) {
            let _ = seek.read_at(0, 100);
        }
    }
}

#[test]
fn what_is_reserved_is_unsupported() {
    let with = |kind: u8, body: &[u8]| {
        let mut craft = Craft::new(0, 100);
        craft.record(kind, body);
        fail(&craft.footer(0))
    };
    for err in [with(0xFF, b""), with(MODEL, b"12345678")] {
        assert!(matches!(err, Error::Unsupported { .. }), "{err}");
    }
    assert!(matches!(with(SEAL, b""), Error::Corrupt { .. }));
    assert!(matches!(fail(&Craft::with_header(&[4, 0, 1]).footer(0)), Error::Corrupt { .. }));
    assert!(matches!(fail(&Craft::with_header(&[16, 0, 1]).footer(0)), Error::Unsupported { .. }));
    for (codec, flags) in [(200, 0), (0, 16)] {
        let mut craft = Craft::new(0, 100);
        craft.group_of(codec, flags, 8, 8).block(&[(8, 0)], b"12345678");
        assert!(matches!(fail(&craft.footer(8)), Error::Unsupported { .. }));
    }
    let mut craft = Craft::new(0, 100);
    craft.record(GROUP, &[0, 0, 0, 0, 1, 99, 0, 8]).block(&[(8, 0)], b"12345678");
    assert!(matches!(fail(&craft.footer(8)), Error::Unsupported { what: "filter", value: 99 }));
}

#[test]
fn sizes_that_lie_cost_no_memory() {
    for codec in available() {
        // A group of a gigabyte in a file of forty bytes.
        let mut craft = Craft::new(0, 1 << 30);
        craft.group_of(codec as u8, 0, 1 << 30, 1 << 30);
        craft.block(&[(1 << 20, 0)], b"short");
        let start = Instant::now();
        let err = decompress(&craft.footer(1 << 30), &DecodeOptions::new()).unwrap_err();
        assert!(
            matches!(err, Error::Limit { .. } | Error::Corrupt { .. } | Error::Truncated { .. }),
            "{codec:?}: {err}"
        );
        assert!(start.elapsed() < Duration::from_secs(20), "{codec:?}");
    }
    let mut craft = Craft::with_header(&join(&[&[2, 0, 1], &varint(u64::MAX)]));
    assert!(matches!(fail(&craft.footer(0)), Error::Limit { what: "output", .. }));
    let endless = join(&[&Craft::new(0, 1).bytes, &[0x7F], &varint(u64::MAX), b"short"]);
    assert!(matches!(fail(&endless), Error::Truncated { .. }));
}

#[test]
fn floods_of_small_records_end_in_linear_time() {
    let mut craft = Craft::new(20, 1 << 20);
    for _ in 0..1_000_000 {
        craft.record(FLUSH, b"").record(0x70, b"");
    }
    assert_eq!(decompress(&craft.clone().footer(0), &tight()).unwrap(), b"");
    for _ in 0..400_000 {
        craft.group(0, 2, 1).block(&[(1, 0), (1, 1)], b"x");
    }
    let groups = craft.footer(800_000);
    assert!(matches!(decompress(&groups, &tight()), Err(Error::Corrupt { .. }) | Ok(_)));
    assert_eq!(info(&groups).unwrap().frames[0].groups.len(), 400_000);
    // One group of very many blocks.
    let mut craft = Craft::new(20, 1 << 20);
    craft.group(0, 1 << 20, 1 << 19);
    for _ in 0..1 << 19 {
        craft.block(&[(1, 0), (1, 1)], b"y");
    }
    assert!(decompress(&craft.footer(1 << 20), &tight()).unwrap().iter().all(|&byte| byte == b'y'));
    // Empty frames.
    let empty = compress(b"", &Options::new()).unwrap().repeat(500_000);
    assert_eq!(decompress(&empty, &tight()).unwrap(), b"");
    assert_eq!(SeekDecoder::new(Cursor::new(&empty), &tight()).unwrap().len(), 0);
}

#[test]
fn nested_frames_are_content() {
    let mut nested = text(50);
    for _ in 0..200 {
        nested = compress(&nested, &Options::new().level(1)).unwrap();
    }
    for _ in 0..200 {
        nested = decompress(&nested, &tight()).unwrap();
    }
    assert_eq!(nested, text(50));
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let packed = compress(&vec![0; 40 << 20], &Options::new().level(1)).unwrap();
    assert!(packed.len() < 20_000);
    let bombs = packed.repeat(50);
    assert!(matches!(fail(&bombs), Error::Limit { what: "output", .. }));
    // A reader that takes little makes the decoder hold little: it stops between groups.
    let mut decoder = Decoder::new(&bombs[..], &DecodeOptions::new());
    let mut few = [0; 100];
    decoder.read_exact(&mut few).unwrap();
    assert!(decoder.total_in() < 20_000);
}

#[test]
fn an_error_is_final() {
    let mut bytes = compress(&text(5000), &Options::new().codec(CodecId::Store)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let mut decoder = Decoder::new(&bytes[..], &tight());
    let mut out = Vec::new();
    let err = Error::from(decoder.read_to_end(&mut out).unwrap_err());
    assert!(matches!(err, Error::HashMismatch { offset: 0 }), "{err}");
    assert!(out.is_empty());
    let err = Error::from(decoder.read_to_end(&mut out).unwrap_err());
    assert!(matches!(err, Error::Misuse(_)), "{err}");
}
