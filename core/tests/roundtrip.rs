//! Whole-path tests: what goes in comes out, however it is fed, coded and read.

mod common;

use common::*;
use proptest::prelude::*;
use std::io::{Cursor, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use vatic::{CodecId, DecodeOptions, Decoder, Encoder, Error, Limits, Model, Options, SeekDecoder, TrainOptions};
use vatic::{compress, decompress, info};

fn restore(packed: &[u8]) -> Vec<u8> {
    decompress(packed, &DecodeOptions::new()).unwrap()
}

#[test]
fn every_codec_on_every_kind_of_data() {
    for codec in available() {
        for (name, data) in kinds(150_000) {
            for len in [0, 1, 2, 700, 1024, 5000, data.len()] {
                let options = Options::new().codec(codec).verify(true);
                let packed = compress(&data[..len], &options).unwrap();
                assert!(restore(&packed) == data[..len], "{codec:?} on {len} bytes of {name}");
                let limit = len + 64 + len / 1000;
                assert!(packed.len() <= limit, "{codec:?} on {len} bytes of {name}: {} bytes", packed.len());
            }
        }
    }
}

#[test]
fn every_level_on_every_kind_of_data() {
    for level in 1..=9 {
        for (name, data) in kinds(100_000) {
            let packed = compress(&data, &Options::new().level(level)).unwrap();
            assert!(restore(&packed) == data, "level {level} on {name}");
            assert!(packed.len() <= data.len() + 64 + data.len() / 1000);
        }
    }
}

#[test]
fn a_tiny_input_costs_at_most_sixteen_bytes_beyond_its_payload() {
    for len in 0..1024 {
        let data = random(len, 7);
        let packed = compress(&data, &Options::new()).unwrap();
        assert!(packed.len() <= len + 16, "{len} bytes became {}", packed.len());
        assert_eq!(restore(&packed), data);
    }
}

#[test]
fn threads_change_nothing() {
    let data = mixed(3_000_000);
    for level in [1, 5] {
        let options = Options::new().level(level).group_size(200_000);
        let one = compress(&data, &options).unwrap();
        for threads in [2, 3, 8] {
            assert!(compress(&data, &options.clone().threads(threads)).unwrap() == one, "{threads} threads");
            assert!(decompress(&one, &DecodeOptions::new().threads(threads)).unwrap() == data, "{threads} threads");
        }
    }
}

#[test]
fn pieces_change_nothing() {
    let data = mixed(9_000_000);
    let options = Options::new().level(2).group_size(3_000_000).content_length(data.len() as u64);
    let whole = compress(&data, &options).unwrap();
    for piece in [4_099, 1_000_003, 8_000_000] {
        let mut encoder = Encoder::new(Vec::new(), &options.clone().threads(2)).unwrap();
        for bytes in data.chunks(piece) {
            encoder.write_all(bytes).unwrap();
        }
        assert!(encoder.finish().unwrap() == whole, "pieces of {piece}");
    }
    let mut out = Vec::new();
    let mut decoder = Decoder::new(Dribble(&whole, 1), &DecodeOptions::new());
    decoder.read_to_end(&mut out).unwrap();
    assert!(out == data);
}

/// A reader of few bytes at a time.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.len().min(out.len()).min(self.1);
        self.1 = self.1 * 5 % 70_001 + 1;
        out[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

#[test]
fn frames_concatenate() {
    let (a, b) = (mixed(300_000), text(500));
    let options = Options::new();
    let mut packed = Vec::new();
    for part in [&a[..], &b[..], &[], &a[..7000]] {
        packed.extend(compress(part, &options).unwrap());
    }
    let all = [&a[..], &b[..], &a[..7000]].concat();
    assert!(restore(&packed) == all);
    assert!(decompress(&packed, &DecodeOptions::new().threads(3)).unwrap() == all);
    let info = info(&packed).unwrap();
    assert_eq!(info.frames.len(), 4);
    assert_eq!(info.content_length(), Some(all.len() as u64));
    assert_eq!(info.packed_length(), packed.len() as u64);
    let mut seek = SeekDecoder::new(Cursor::new(&packed), &DecodeOptions::new()).unwrap();
    assert!(seek.read_at(299_000, 3000).unwrap() == all[299_000..302_000]);
}

#[test]
fn a_flush_gives_everything_out() {
    for level in [1, 5] {
        let lines = text(20_000);
        let mut encoder = Encoder::new(Vec::new(), &Options::new().level(level).verify(true)).unwrap();
        let mut fed: Vec<u8> = Vec::new();
        for line in lines.chunks(777) {
            encoder.write_all(line).unwrap();
            encoder.flush().unwrap();
            fed.extend_from_slice(line);
        }
        encoder.write_all(&mixed(6_000_000)).unwrap();
        fed.extend(mixed(6_000_000));
        encoder.write_all(b"the end").unwrap();
        fed.extend_from_slice(b"the end");
        let packed = encoder.finish().unwrap();
        assert!(restore(&packed) == fed);
        let mut seek = SeekDecoder::new(Cursor::new(&packed), &DecodeOptions::new()).unwrap();
        assert!(seek.read_at(10_000, 30_000).unwrap() == fed[10_000..40_000]);
    }
}

#[test]
fn flushed_bytes_can_be_read_before_the_end() {
    let mut encoder = vatic::FrameEncoder::new(&Options::new()).unwrap();
    let mut decoder = vatic::FrameDecoder::new(&DecodeOptions::new().threads(2));
    for round in 0..20 {
        let line = format!("line {round}: nothing to see here, move along\n").repeat(round + 1);
        encoder.feed(line.as_bytes()).unwrap();
        encoder.flush().unwrap();
        decoder.feed(encoder.output()).unwrap();
        let taken = encoder.output().len();
        encoder.consume(taken);
        let mut got = Vec::new();
        while decoder.advance().unwrap() == vatic::Step::Output {
            got.extend_from_slice(decoder.output());
            let len = decoder.output().len();
            decoder.consume(len);
        }
        assert_eq!(got, line.as_bytes());
    }
}

/// Codecs that learn from flush to flush begin with what fits them: with a model's ensemble, beside its transformer.
#[test]
fn flushes_use_models() {
    let lines = text(6000);
    let flushed = |options: &Options| {
        let mut encoder = Encoder::new(Vec::new(), &options.clone().verify(true)).unwrap();
        for line in lines.chunks(1500) {
            encoder.write_all(line).unwrap();
            encoder.flush().unwrap();
        }
        encoder.finish().unwrap()
    };
    let transformer = transformer::model(3);
    let settings = TrainOptions::new().ensemble(3);
    let primer = Model::train_primer(&lines.chunks(100).collect::<Vec<_>>(), &settings).unwrap().model;
    let neural = Options::new().codec(CodecId::Neural).model(transformer.clone());
    let mix = Options::new().codec(CodecId::Mix);
    let sizes = [neural.clone(), neural.pure(true), mix.clone().model(primer.clone()), mix].map(|options| {
        let packed = flushed(&options);
        let decoding = DecodeOptions::new().models(vec![transformer.clone(), primer.clone()]);
        assert!(decompress(&packed, &decoding).unwrap() == lines, "{options:?}");
        assert_eq!(info(&packed).unwrap().frames[0].groups.len(), 1);
        packed.len()
    });
    assert!(sizes[2] < sizes[3] / 2, "{sizes:?}");
}

#[test]
fn any_range_can_be_read() {
    let mut data = mixed(1_500_000);
    data.extend(mixed(700_000));
    let packed = compress(&data, &Options::new().level(2).group_size(128 << 10)).unwrap();
    let mut decoder = Decoder::new(Cursor::new(&packed), &DecodeOptions::new());
    let mut head = vec![0; 1000];
    decoder.read_exact(&mut head).unwrap();
    let mut seed = 1u64;
    for _ in 0..60 {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let offset = (seed >> 33) as usize % (data.len() + 10);
        let len = (seed >> 13) as usize % 300_000;
        let end = (offset + len).min(data.len());
        assert!(decoder.read_at(offset as u64, len).unwrap() == data[offset.min(end)..end], "{offset} {len}");
    }
    let mut rest = Vec::new();
    decoder.read_to_end(&mut rest).unwrap();
    assert!([head, rest].concat() == data);
}

#[test]
fn repeats_are_stored_once() {
    let part = random(3_000_000, 3);
    let data = [&part[..], &part[..], &text(1000), &part[..]].concat();
    let options = Options::new().codec(CodecId::Store);
    let packed = compress(&data, &options).unwrap();
    assert!(packed.len() < 2 * part.len(), "{}", packed.len());
    for threads in [1, 2] {
        assert!(decompress(&packed, &DecodeOptions::new().threads(threads)).unwrap() == data);
    }
    assert!(compress(&data, &options.dedup(false)).unwrap().len() > 3 * part.len());
    let mut seek = SeekDecoder::new(Cursor::new(&packed), &DecodeOptions::new()).unwrap();
    for offset in (0..data.len()).step_by(777_777) {
        let end = (offset + 50_000).min(data.len());
        assert!(seek.read_at(offset as u64, 50_000).unwrap() == data[offset..end]);
    }
}

#[test]
fn progress_is_told_and_can_cancel() {
    let data = mixed(2_000_000);
    let seen = Arc::new(AtomicU64::new(0));
    let inner = Arc::clone(&seen);
    let options = Options::new().level(1).group_size(100_000);
    compress(
        &data,
        &options.clone().progress(move |p| {
            inner.store(p.input, Ordering::Relaxed);
            std::ops::ControlFlow::Continue(())
        }),
    )
    .unwrap();
    assert_eq!(seen.load(Ordering::Relaxed), data.len() as u64);
    let cancel = options.progress(|_| std::ops::ControlFlow::Break(()));
    assert!(matches!(compress(&data, &cancel), Err(Error::Cancelled)));
    let packed = compress(&data, &Options::new().level(1)).unwrap();
    let cancel = DecodeOptions::new().progress(|_| std::ops::ControlFlow::Break(()));
    assert!(matches!(decompress(&packed, &cancel), Err(Error::Cancelled)));
}

/// Codecs that take segments tell of each, always on the caller's thread, and stop in the middle of a group.
#[test]
fn progress_is_told_within_groups() {
    let data = text(3_000_000);
    let caller = std::thread::current().id();
    for threads in [1, 2] {
        let options = Options::new().codec(CodecId::Store).threads(threads);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let inner = Arc::clone(&seen);
        let watched = options.clone().progress(move |p| {
            assert_eq!(std::thread::current().id(), caller);
            inner.lock().unwrap().push(p.input);
            std::ops::ControlFlow::Continue(())
        });
        assert!(compress(&data, &watched).unwrap() == compress(&data, &options).unwrap());
        let seen = seen.lock().unwrap();
        assert!(seen.is_sorted() && seen.last() == Some(&(data.len() as u64)), "{seen:?}");
        if threads == 1 {
            assert!(seen.iter().filter(|&&input| input > 0 && input < data.len() as u64).count() >= 2, "{seen:?}");
            let cancel = options.progress(|p| match p.input {
                0 => std::ops::ControlFlow::Continue(()),
                1..2_000_000 => std::ops::ControlFlow::Break(()),
                _ => panic!("it went on"),
            });
            assert!(matches!(compress(&data, &cancel), Err(Error::Cancelled)));
        }
    }
}

#[test]
fn limits_hold() {
    let data = mixed(1_000_000);
    let packed = compress(&data, &Options::new().level(1)).unwrap();
    let tight = Limits { output: 999_999, ..Limits::default() };
    assert!(matches!(decompress(&packed, &tight.into()), Err(Error::Limit { what: "output", .. })));
    let tight = Limits { memory: 100_000, ..Limits::default() };
    assert!(matches!(decompress(&packed, &tight.into()), Err(Error::Limit { what: "memory", .. })));
}

#[test]
fn wrong_announcements_and_options_are_refused() {
    let mut encoder = Encoder::new(Vec::new(), &Options::new().content_length(3)).unwrap();
    encoder.write_all(b"four").unwrap();
    assert!(matches!(encoder.finish(), Err(Error::InvalidOption(_))));
    assert!(matches!(compress(b"", &Options::new().level(10)), Err(Error::InvalidOption(_))));
    assert!(matches!(compress(b"", &Options::new().group_size(1)), Err(Error::InvalidOption(_))));
}

#[test]
fn without_checksums_it_still_round_trips() {
    let data = mixed(700_000);
    let packed = compress(&data, &Options::new().level(2).checksum(false)).unwrap();
    assert!(restore(&packed) == data);
    assert!(!info(&packed).unwrap().frames[0].checksum);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_with_any_options_come_back(
        seed in any::<u64>(),
        len in 0usize..60_000,
        level in 1u8..=6,
        group in 4096usize..40_000,
        codec in 0usize..8,
        threads in 1usize..3,
        checksum in any::<bool>(),
    ) {
        let (_, data) = &kinds(60_000)[(seed % 6) as usize];
        let data = &data[..len];
        let mut options = Options::new().level(level).group_size(group).threads(threads).checksum(checksum);
        let codecs: Vec<CodecId> = available();
        if let Some(&codec) = codecs.get(codec) {
            options = options.codec(codec);
        }
        let packed = compress(data, &options).unwrap();
        prop_assert!(decompress(&packed, &DecodeOptions::new().threads(threads)).unwrap() == data);
        prop_assert_eq!(info(&packed).unwrap().content_length(), Some(len as u64));
    }
}

#[test]
fn a_single_frame_ends_where_it_ends() {
    let (first, second) = (random(5000, 1), b"the second".to_vec());
    let sealed = cfg!(feature = "seal").then(|| vatic::Key::raw([5; 32]));
    for key in [None, sealed] {
        let pack = |data: &[u8]| {
            let options = key.clone().map_or(Options::new(), |key| Options::new().key(key));
            compress(data, &options).unwrap()
        };
        for (data, threads) in [(&first, 1), (&second, 1), (&first, 3)] {
            let file = [pack(data), pack(&second)].concat();
            let options =
                key.clone().map_or(DecodeOptions::new(), |key| DecodeOptions::new().key(key)).threads(threads);
            let mut decoder = vatic::FrameDecoder::new(&options).single_frame();
            let (mut out, mut pieces) = (Vec::new(), file.chunks(100));
            loop {
                match decoder.advance().unwrap() {
                    vatic::Step::Output => {
                        out.extend_from_slice(decoder.output());
                        decoder.consume(decoder.output().len());
                    }
                    vatic::Step::NeedInput => decoder.feed(pieces.next().unwrap()).unwrap(),
                    vatic::Step::Done => break,
                }
            }
            assert!(out == *data);
            let rest = [decoder.unread(), &pieces.collect::<Vec<_>>().concat()].concat();
            assert_eq!(restore_with(&rest, &options), second);
        }
    }
}

fn restore_with(packed: &[u8], options: &DecodeOptions) -> Vec<u8> {
    decompress(packed, options).unwrap()
}
