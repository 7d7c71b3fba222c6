//! Parity: what can be mended, and what cannot.

mod common;

use common::random;
use std::io::Cursor;
use vatic::archive::{
    Archive, ArchiveLimits, ArchiveOptions, Condition, Kind, Meta, Repair, Share, Writer, protect, repair,
};
use vatic::{CodecId, Error, Options, Result};

/// An archive of about `len` bytes, and as many of it as are its own.
fn protected(len: usize, share: u32) -> (Vec<u8>, usize) {
    let options = ArchiveOptions::new().codec_options(Options::new().codec(CodecId::Store)).id([5; 16]);
    let mut writer = Writer::new(Vec::new(), &options).unwrap();
    writer.add_file(Meta::new("noise", Kind::File), &mut &random(len, 7)[..]).unwrap();
    let mut file = Cursor::new(writer.finish().unwrap().0);
    let end = file.get_ref().len();
    let behind = protect(&mut file, end as u64, Share::new(share).unwrap()).unwrap();
    assert_eq!(file.get_ref().len(), end + behind as usize);
    (file.into_inner(), end)
}

fn mended(damaged: &[u8]) -> Result<(Vec<u8>, Repair)> {
    let mut out = Cursor::new(Vec::new());
    let done = repair(&mut Cursor::new(damaged), &mut out)?;
    Ok((out.into_inner(), done))
}

fn open(bytes: &[u8]) -> Result<Archive<Cursor<&[u8]>>> {
    Archive::open(Cursor::new(bytes), &ArchiveLimits::default())
}

#[test]
fn archives_with_parity_read_as_without() {
    let (sound, end) = protected(100_000, 500);
    for bytes in [&sound[..], &sound[..end]] {
        let mut archive = open(bytes).unwrap();
        assert_eq!(archive.condition(), Condition::Whole);
        assert_eq!(archive.parity(), Some(Share::new(500).unwrap()).filter(|_| bytes.len() > end));
        assert_eq!(archive.tail().unwrap().len, end as u64);
        archive.verify(1).unwrap();
        assert_eq!(archive.read(0).unwrap(), random(100_000, 7));
    }
    let (small, _) = protected(3, 10_000);
    open(&small).unwrap().verify(1).unwrap();
}

#[test]
fn as_much_as_was_asked_for_comes_back() {
    // 100 shards of 4,096 bytes, and 10 of parity.
    let (sound, end) = protected(408_000, 1000);
    assert_eq!(mended(&sound).unwrap().1.mended, 0);
    for damage in [
        // In one piece, and a bit here and there, in the parity too.
        vec![(50_000, 30_000)],
        (0..9).map(|index| (index * 43_000 + 17, 1)).collect(),
        vec![(0, 20_000)],
        vec![(end - 10_000, 10_000)],
        vec![(1000, 20_000), (end + 5, 1), (end + 9000, 2)],
        vec![(1000, 20_000), (sound.len() - 5, 1), (sound.len() - 1000, 1)],
        vec![(end, sound.len() - end - 2000)],
    ] {
        let mut damaged = sound.clone();
        for (at, len) in &damage {
            damaged[*at..at + len].iter_mut().for_each(|byte| *byte ^= 0x55);
        }
        assert!(open(&damaged).and_then(|mut archive| archive.verify(1)).is_err(), "{damage:?}");
        let in_archive = damage.iter().filter(|(at, _)| *at < end).count();
        match mended(&damaged) {
            Ok((out, done)) => {
                assert!(out == sound && done.shards == 100 && done.len == end as u64, "{damage:?}");
                assert_eq!(done.mended > 0, in_archive > 0, "{damage:?}");
            }
            Err(error) => panic!("{damage:?}: {error}"),
        }
    }
    // Missing bytes: the head, a piece, and bytes that were put in.
    for (from, to) in [(0, 9_999), (200_000, 210_001), (end - 3000, end)] {
        assert!(mended(&[&sound[..from], &sound[to..]].concat()).unwrap().0 == sound, "without {from}..{to}");
    }
    let longer = [&sound[..123_456], &random(777, 1)[..], &sound[123_456..]].concat();
    assert!(mended(&longer).unwrap().0 == sound);
}

/// Whatever the length of a lost tail: up to the parity's own, nothing of the archive is lost, and what is left of the parity is enough to make it
/// anew; where it is lost as a whole, the archive stands there as it was before it.
#[test]
fn a_lost_tail_takes_the_parity_first() {
    let (sound, end) = protected(408_000, 1000);
    let head = 11 + 110 * 16 + 40;
    for lost in [1, 9, 10, 11, 1000, head, 20_000, sound.len() - end - head - 30] {
        let left = &sound[..sound.len() - lost];
        assert!(mended(left).unwrap().0 == sound, "without {lost}");
        // In front of what is lost, a bit less may be damaged.
        let spare = sound.len() - end - 2 * head - lost.min(sound.len() - end - 2 * head);
        let mut damaged = left.to_vec();
        damaged[100_000..100_000 + (spare / 4096 * 4096).saturating_sub(8192)].fill(0);
        assert!(mended(&damaged).unwrap().0 == sound, "without {lost}, and {spare} damaged");
    }
    for lost in (sound.len() - end - head..=sound.len() - end).step_by(100) {
        let mut archive = open(&sound[..sound.len() - lost]).unwrap();
        assert_eq!(archive.read(0).unwrap(), random(408_000, 7));
        assert_eq!(archive.tail().unwrap().len, end as u64);
    }
}

/// The code as `docs/format.md` says it: sums and products over GF(2^16), nothing clever.
mod specified {
    const BASIS: [u32; 16] = [
        0x0001, 0xACCA, 0x3C0E, 0x163E, 0xC582, 0xED2E, 0x914C, 0x4012, 0x6C98, 0x10D8, 0x6A72, 0xB900, 0xFDB8, 0xFB34,
        0xFF38, 0x991E,
    ];

    fn product(mut a: u32, mut b: u32) -> u32 {
        let mut product = 0;
        while b > 0 {
            if b & 1 == 1 {
                product ^= a;
            }
            b >>= 1;
            a <<= 1;
            if a >> 16 == 1 {
                a ^= 0x1002D;
            }
        }
        product
    }

    fn element(symbol: u32) -> u32 {
        (0..16).filter(|bit| symbol >> bit & 1 == 1).fold(0, |sum, bit| sum ^ BASIS[bit])
    }

    pub struct Field(Vec<u32>);

    impl Field {
        pub fn new() -> Field {
            for bit in 1..16 {
                assert_eq!(product(BASIS[bit], BASIS[bit]) ^ BASIS[bit], BASIS[bit - 1]);
            }
            let mut symbols = vec![0; 1 << 16];
            (0..1 << 16).for_each(|symbol| symbols[element(symbol) as usize] = symbol);
            Field(symbols)
        }

        fn times(&self, a: u32, b: u32) -> u32 {
            self.0[product(element(a), element(b)) as usize]
        }

        /// All but zero are of an order that divides 2^16 - 1.
        fn inverse(&self, a: u32) -> u32 {
            let (mut result, mut square) = (1, a);
            for _ in 1..16 {
                square = self.times(square, square);
                result = self.times(result, square);
            }
            result
        }

        fn l(&self, chunk: u32, i: u32, x: u32) -> u32 {
            let others = (0..chunk).filter(|&t| t != i);
            others.fold(1, |all, t| self.times(all, self.times(x ^ t, self.inverse(i ^ t))))
        }

        pub fn recovery(&self, originals: &[u32], count: usize) -> Vec<u32> {
            let (k, r) = (originals.len().next_power_of_two() as u32, count.next_power_of_two() as u32);
            let high = k > r || originals.len() == count;
            let symbol = |i: u32| {
                (0..).zip(originals).fold(0, |sum, (l, &original)| {
                    let factor = if high { self.l(r, i, r + l) } else { self.l(k, l, k + i) };
                    sum ^ self.times(original, factor)
                })
            };
            (0..count as u32).map(symbol).collect()
        }
    }
}

#[test]
fn shards_are_those_of_the_specified_code() {
    let field = specified::Field::new();
    // 15 shards of the archive, and 1, 3, 7, 8, 9, 12, 14 and 15 of parity.
    for (share, count) in [(100, 1), (2000, 3), (4500, 7), (5300, 8), (6000, 9), (8000, 12), (9300, 14), (10_000, 15)] {
        let (sound, end) = protected(60_000, share);
        let head = u32::from_le_bytes(sound[end + 8..end + 12].try_into().unwrap()) as usize;
        let shard = |at: usize, end: usize, symbol: usize| {
            let byte = |index: usize| if at + index < end { u32::from(sound[at + index]) } else { 0 };
            let low = symbol / 32 * 64 + symbol % 32;
            byte(low) | byte(low + 32) << 8
        };
        for symbol in [0, 31, 32, 777, 2047] {
            let originals: Vec<u32> = (0..15).map(|index| shard(index * 4096, end, symbol)).collect();
            let behind = |index: usize| shard(end + head + index * 4096, sound.len(), symbol);
            let written: Vec<u32> = (0..count).map(behind).collect();
            assert_eq!(field.recovery(&originals, count), written, "{count} shards, symbol {symbol}");
        }
    }
}

#[test]
fn too_much_damage_is_said_to_be() {
    let (sound, end) = protected(408_000, 1000);
    let mut damaged = sound.clone();
    damaged[5000..55_000].fill(0);
    assert!(matches!(mended(&damaged), Err(Error::Corrupt { .. })));
    assert!(matches!(mended(&sound[..end]), Err(Error::NotVatic { .. })));
    assert!(matches!(mended(&random(50_000, 1)), Err(Error::NotVatic { .. })));
    assert!(matches!(mended(&[]), Err(Error::NotVatic { .. })));
}

#[test]
fn every_flipped_byte_of_parity_is_noticed() {
    let (mut sound, end) = protected(5000, 5000);
    for at in end..sound.len() {
        sound[at] ^= 1;
        let result = open(&sound).and_then(|mut archive| archive.verify(1));
        assert!(result.is_err(), "byte {at} of {end}..{}", sound.len());
        // The archive itself is there all the same.
        assert_eq!(open(&sound).unwrap().read(0).unwrap().len(), 5000);
        sound[at] ^= 1;
    }
    for cut in end..sound.len() {
        let archive = open(&sound[..cut]).unwrap();
        let whole = archive.condition() == Condition::Whole;
        assert!(whole == (cut == end), "{cut} of {end}: {:?}", archive.condition());
        assert_eq!(archive.tail().unwrap().len, end as u64);
    }
}

/// Large enough to be coded in several steps, which must not show.
#[test]
fn the_code_does_not_depend_on_how_much_is_worked_on() {
    let (sound, end) = protected(70_000_000, 100);
    let mut damaged = sound.clone();
    damaged[33_000_000..33_500_000].fill(0xAA);
    let (out, done) = mended(&damaged).unwrap();
    assert!(out == sound && (7..=9).contains(&done.mended), "{done:?} of {end}");
}

#[test]
fn damaged_parity_never_gives_wrong_bytes() {
    let (sound, _) = protected(60_000, 2000);
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let rounds = std::env::var("VATIC_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(300);
    let mut whole = 0;
    for round in 0..rounds {
        let mut bytes = sound.clone();
        for _ in 0..1 + random(3) {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes.truncate(at.max(1)),
                1 => drop(bytes.drain(at..(at + 1 + random(40)).min(bytes.len()))),
                2 => bytes.insert(at, random(256) as u8),
                _ => bytes[at] = random(256) as u8,
            }
        }
        if let Ok((out, _)) = mended(&bytes) {
            assert!(out == sound, "round {round}");
            whole += 1;
        }
    }
    assert!(whole > rounds / 4, "{whole} of {rounds}");
}
