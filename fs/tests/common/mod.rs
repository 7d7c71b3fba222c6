//! Archives for tests of storage.

use vatic::Options;
use vatic::archive::{ArchiveOptions, Kind, Meta, Writer};

/// Bytes that nothing makes smaller.
pub fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..len).map(|_| next()).collect()
}

/// 64 files of 100 KB in groups of 200 KB: `f0` to `f63`, each of [`noise`] by its number.
pub fn archive(codec: Options) -> Vec<u8> {
    let options = ArchiveOptions::new().codec_options(codec).solid_size(200_000).id([5; 16]);
    let mut writer = Writer::new(Vec::new(), &options).unwrap();
    for seed in 0..64 {
        writer.add_file(Meta::new(format!("f{seed}"), Kind::File), &mut &noise(100_000, seed)[..]).unwrap();
    }
    writer.finish().unwrap().0
}
