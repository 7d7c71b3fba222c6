//! Geometry and its detection.

use super::*;
use crate::transform::samples::{self, Random};
use proptest::prelude::*;

proptest! {
    #[test]
    fn every_arg_is_a_geometry_and_back(arg in any::<u32>()) {
        let geometry = Geometry::from_arg(arg);
        prop_assert!(geometry.check().is_ok());
        prop_assert_eq!(geometry.to_arg(), arg);
    }

    #[test]
    fn samples_give_their_bytes_back(arg in any::<u32>(), bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let geometry = Geometry::from_arg(arg);
        let split = geometry.split(bytes.len());
        let mut back = bytes[..split.head].to_vec();
        geometry.push_all(&geometry.samples(&bytes).collect::<Vec<_>>(), &mut back);
        prop_assert_eq!(geometry.samples(&bytes).count(), split.samples);
        back.extend_from_slice(&bytes[bytes.len() - split.tail..]);
        prop_assert_eq!(back, bytes);
    }
}

#[test]
fn signed_samples_keep_their_order_as_words() {
    let geometry = Geometry { width_log2: 1, big_endian: true, signed: true, channels: 1, phase: 0, row: 0 };
    let bytes: Vec<u8> = [-2i16, -1, 0, 1].iter().flat_map(|value| value.to_be_bytes()).collect();
    assert_eq!(geometry.samples(&bytes).collect::<Vec<_>>(), [0x7FFE, 0x7FFF, 0x8000, 0x8001]);
}

#[test]
fn fields_out_of_range_are_named() {
    let good = Geometry::from_arg(0);
    assert!(Geometry { channels: 9, ..good }.check().unwrap_err().to_string().contains("channels"));
    assert!(Geometry { row: MAX_ROW + 1, ..good }.check().is_err());
}

/// A picture of waves with a little noise, of `width` times `height` samples of `channels` channels and 8 or more bits.
pub(crate) fn picture(width: usize, height: usize, channels: usize, bits: u32) -> Vec<u64> {
    let mut random = Random(5);
    let mut out = Vec::new();
    for y in 0..height as i64 {
        for x in 0..width as i64 {
            for channel in 0..channels as i64 {
                let wave = ((x + 3 * channel) * (200 - x) / 97 + (y * y / 400) + (x * y) / 700) & 255;
                let folded = if wave > 127 { 255 - wave } else { wave } + 40;
                let noise = (random.next() >> 40 & 3) as i64;
                out.push(((folded + noise) << (bits - 8)) as u64);
            }
        }
    }
    out
}

/// A sum of slow triangle waves with a little noise.
fn sound(len: usize, channels: i64) -> Vec<i16> {
    let mut random = Random(77);
    let triangle = |at: i64, period: i64| (at % period - period / 2).abs() * 4000 / period;
    let value = |at: i64| triangle(at, 201) + triangle(at, 83) + triangle(at, 1009) - 3000;
    let mut noise = || (random.next() >> 40 & 31) as i64;
    (0..len as i64)
        .flat_map(|at| (0..channels).map(move |c| (at, c)))
        .map(|(at, c)| (value(at + 9 * c) + noise()) as i16)
        .collect()
}

fn bytes<T: Copy, const N: usize>(values: &[T], word: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&value| word(value)).collect()
}

#[test]
fn images_are_found_with_their_rows() {
    let grey = bytes(&picture(300, 200, 1, 8), |s| [s as u8]);
    let found = detect(&grey).unwrap();
    assert_eq!((found.width_log2, found.channels, found.row), (0, 1, 300));
    let found = detect(&bytes(&picture(300, 200, 3, 8), |s| [s as u8])).unwrap();
    assert_eq!((found.width_log2, found.channels, found.row), (0, 3, 900));
    let mut random = Random(2);
    let deep: Vec<u64> = picture(300, 200, 1, 12).iter().map(|s| s | (random.next() >> 60)).collect();
    let found = detect(&bytes(&deep, |s| (s as u16).to_le_bytes())).unwrap();
    assert_eq!((found.width_log2, found.big_endian, found.row), (1, false, 300));
    let shifted = [&[9], &bytes(&deep, |s| (s as u16).to_be_bytes())[..]].concat();
    let found = detect(&shifted).unwrap();
    assert_eq!((found.width_log2, found.big_endian, found.phase, found.row), (1, true, 1, 300));
}

#[test]
fn sound_and_tables_are_found() {
    let found = detect(&bytes(&sound(40_000, 1), i16::to_le_bytes)).unwrap();
    assert_eq!((found.width_log2, found.signed, found.channels, found.row), (1, true, 1, 0));
    let found = detect(&bytes(&sound(40_000, 2), i16::to_le_bytes)).unwrap();
    assert_eq!((found.width_log2, found.signed), (1, true));
    let mut random = Random(4);
    let mut table = Vec::new();
    for i in 0..20_000u32 {
        table.push(1_600_000_000 + 30 * i + (random.next() >> 60) as u32);
        table.push((random.next() >> 50) as u32);
    }
    let found = detect(&bytes(&table, u32::to_le_bytes)).unwrap();
    assert_eq!((found.width_log2, found.channels), (2, 2));
}

#[test]
fn other_data_are_left_alone() {
    assert_eq!(detect(&[]), None);
    assert_eq!(detect(&[7; 100_000]), None);
    assert_eq!(detect(&samples::prose(100_000)), None);
    assert_eq!(detect(&samples::random(100_000)), None);
    assert_eq!(detect(&samples::fibonacci(100_000)), None);
    let wide = bytes(&samples::prose(100_000), |byte| [byte, 0]);
    assert_eq!(detect(&wide), None);
}

proptest! {
    #[test]
    fn detection_takes_anything(bytes in prop::collection::vec(any::<u8>(), 0..9000), period in 1usize..50) {
        detect(&bytes);
        let cyclic: Vec<u8> = bytes.iter().copied().cycle().step_by(period).take(9000).collect();
        detect(&cyclic);
    }
}
