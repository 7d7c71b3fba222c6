//! Round trips of codec `sample` over every geometry, damage, and equal bytes on every instruction set.

use super::*;
use crate::codec::trials;
use crate::transform::sample::tests::picture;
use crate::transform::samples::{self, Random};
use proptest::prelude::*;

fn params(geometry: Geometry, len: usize) -> Params {
    Params { level: 5, ensemble: ENSEMBLE, arg: geometry.to_arg(), group_len: len }
}

fn encode(geometry: Geometry, block: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    Sample::new(&params(geometry, block.len())).unwrap().encode(block, &mut payload).unwrap();
    payload
}

fn round_trip(geometry: Geometry, block: &[u8]) -> usize {
    let payload = encode(geometry, block);
    let mut back = Vec::new();
    Sample::new(&params(geometry, block.len())).unwrap().decode(&payload, block.len(), &mut back).unwrap();
    assert!(back == block, "{geometry:?}, {} bytes", block.len());
    payload.len()
}

fn geometry(width_log2: u8, channels: usize, row: usize, phase: usize) -> Geometry {
    Geometry { width_log2, big_endian: false, signed: false, channels, phase, row }
}

proptest! {
    #[test]
    fn any_bytes_come_back_under_any_geometry(
        width_log2 in 0u8..4,
        flags in 0u8..4,
        channels in 1usize..9,
        phase in 0usize..128,
        row in prop_oneof![Just(0usize), 1usize..40, 1usize..400],
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..20),
            prop::collection::vec(any::<u8>(), 0..6000),
            prop::collection::vec(0u8..3, 0..6000),
        ],
    ) {
        let geometry = Geometry {
            width_log2, big_endian: flags & 1 != 0, signed: flags & 2 != 0, channels, phase, row,
        };
        round_trip(geometry, &bytes);
    }
}

#[test]
fn stands_the_common_trial() {
    trials::run(|params| Ok(Box::new(Sample::new(params)?)));
}

#[test]
fn extremes_of_every_width_come_back() {
    for width_log2 in 0..4 {
        let mut random = Random(9);
        let block: Vec<u8> = (0..40_000)
            .map(|i| match i >> 12 & 3 {
                0 => 0,
                1 => 255,
                2 => ((i >> width_log2) as u8 & 1).wrapping_neg(),
                _ => (random.next() >> 20) as u8,
            })
            .collect();
        for row in [0, 100] {
            round_trip(geometry(width_log2, 1, row, 0), &block);
        }
    }
}

#[test]
fn pictures_and_series_shrink() {
    let grey: Vec<u8> = picture(200, 150, 1, 8).iter().map(|&s| s as u8).collect();
    let colour: Vec<u8> = picture(200, 150, 3, 8).iter().map(|&s| s as u8).collect();
    let deep: Vec<u8> = picture(200, 150, 1, 12).iter().flat_map(|&s| (s as u16).to_le_bytes()).collect();
    let table: Vec<u8> = (0..30_000u64).flat_map(|i| (i * 1_000_003 + ((i * i) >> 9)).to_le_bytes()).collect();
    assert!(round_trip(geometry(0, 1, 200, 0), &grey) * 100 < grey.len() * 45);
    assert!(round_trip(geometry(0, 3, 600, 0), &colour) * 100 < colour.len() * 45);
    assert!(round_trip(geometry(1, 1, 200, 0), &deep) * 100 < deep.len() * 50);
    assert!(round_trip(geometry(3, 1, 0, 0), &table) * 100 < table.len() * 30);
}

#[test]
fn every_isa_agrees() {
    let colour: Vec<u8> = picture(100, 90, 3, 8).iter().map(|&s| s as u8).collect();
    let deep: Vec<u8> = picture(100, 90, 1, 12).iter().flat_map(|&s| (s as u16).to_le_bytes()).collect();
    let random = samples::random(20_000);
    for (geometry, block) in [
        (geometry(0, 3, 300, 0), &colour),
        (geometry(1, 1, 100, 5), &deep),
        (geometry(1, 2, 0, 0), &deep),
        (geometry(3, 1, 64, 1), &random),
    ] {
        let wanted = encode(geometry, block);
        for isa in Isa::available() {
            let mut codec = Sample::new(&params(geometry, block.len())).unwrap();
            codec.isa = isa;
            let (mut payload, mut back) = (Vec::new(), Vec::new());
            codec.encode(block, &mut payload).unwrap();
            codec.decode(&payload, block.len(), &mut back).unwrap();
            assert!(payload == wanted && back == *block, "{isa:?} {geometry:?}");
        }
    }
}

#[test]
fn damaged_payloads_end_in_an_error_or_in_as_many_bytes() {
    let block: Vec<u8> = picture(50, 40, 1, 12).iter().flat_map(|&s| (s as u16).to_le_bytes()).collect();
    for geometry in [geometry(1, 1, 50, 3), geometry(3, 2, 0, 0)] {
        let payload = encode(geometry, &block);
        for at in (0..payload.len()).step_by(7) {
            let mut damaged = payload.clone();
            damaged[at] ^= 1 << (at % 8);
            for bytes in [&damaged[..], &payload[..at]] {
                let mut out = Vec::new();
                if Sample::new(&params(geometry, block.len())).unwrap().decode(bytes, block.len(), &mut out).is_ok() {
                    assert_eq!(out.len(), block.len());
                }
            }
        }
    }
}

#[test]
fn a_length_that_lies_stops_soon() {
    let mut out = Vec::new();
    let decoded = Sample::new(&params(geometry(0, 1, 0, 0), 1 << 30)).unwrap().decode(&[0; 40], 1 << 30, &mut out);
    assert!(matches!(decoded, Err(Error::Truncated { .. })) && out.len() < 1 << 24);
}

#[test]
fn an_unknown_ensemble_is_refused() {
    assert!(matches!(
        Sample::new(&Params { ensemble: 77, ..Params::default() }),
        Err(Error::Unsupported { value: 77, .. })
    ));
}
