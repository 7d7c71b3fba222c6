//! Data of many kinds, made from seeds.
#![allow(dead_code)]

pub mod archive;
pub mod craft;
#[cfg(feature = "seal")]
pub mod seal;
#[cfg(feature = "seal")]
pub mod seal_vectors;
pub mod transformer;

use vatic::CodecId;

/// The codecs of this build that need no model.
pub fn available() -> Vec<CodecId> {
    CodecId::ALL.into_iter().filter(|&codec| codec.is_available() && codec != CodecId::Neural).collect()
}

/// A small generator (SplitMix64).
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

pub fn random(len: usize, seed: u64) -> Vec<u8> {
    let mut rng = Rng(seed);
    (0..len).map(|_| rng.next() as u8).collect()
}

/// Sentences of made-up words.
pub fn text(len: usize) -> Vec<u8> {
    let mut rng = Rng(11);
    let words: Vec<String> = (0..800)
        .map(|_| (0..2 + rng.below(8)).map(|_| char::from(b'a' + (rng.below(26) * rng.below(26) / 26) as u8)).collect())
        .collect();
    let mut out = Vec::new();
    while out.len() < len {
        let word = &words[(rng.below(800) * rng.below(800) / 800) as usize];
        out.extend_from_slice(word.as_bytes());
        out.push(if rng.below(12) == 0 { b'\n' } else { b' ' });
    }
    out.truncate(len);
    out
}

/// 16-bit samples of a wandering wave.
pub fn samples(len: usize) -> Vec<u8> {
    let mut rng = Rng(5);
    let (mut value, mut slope) = (1000i64, 3i64);
    let mut out = Vec::new();
    while out.len() < len {
        slope += rng.below(7) as i64 - 3 - value / 2000;
        value += slope;
        out.extend_from_slice(&(value as i16).to_le_bytes());
    }
    out.truncate(len);
    out
}

/// Records of 12 bytes: a counter, a flag, a small number.
pub fn table(len: usize) -> Vec<u8> {
    let mut rng = Rng(6);
    let mut out = Vec::new();
    for i in 0..len as u32 / 12 + 1 {
        out.extend_from_slice(&(i * 3).to_le_bytes());
        out.extend_from_slice(&(rng.below(3) as u32).to_le_bytes());
        out.extend_from_slice(&(rng.below(1000) as u32).to_le_bytes());
    }
    out.truncate(len);
    out
}

/// Something like x86 code: a few opcodes, and calls of few functions.
pub fn code(len: usize) -> Vec<u8> {
    let mut rng = Rng(8);
    let mut out: Vec<u8> = Vec::new();
    while out.len() < len {
        match rng.below(5) {
            0 => {
                let target = (rng.below(20) * 512) as i32 - out.len() as i32;
                out.push(0xE8);
                out.extend_from_slice(&target.to_le_bytes());
            }
            1 => out.extend([0x48, 0x89, 0xC0 + rng.below(64) as u8]),
            2 => out.extend([0x8B, 0x45, (rng.below(30) * 4) as u8]),
            3 => out.extend([0x0F, 0x84, rng.below(90) as u8, 0, 0, 0]),
            _ => out.push(0x50 + rng.below(16) as u8),
        }
    }
    out.truncate(len);
    out
}

/// Named data that suits one codec and not the others.
pub fn kinds(len: usize) -> Vec<(&'static str, Vec<u8>)> {
    let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    vec![
        ("text", text(len)),
        ("random", random(len, 1)),
        ("zeros", vec![0; len]),
        ("samples", samples(len)),
        ("table", table(len)),
        ("program", own[own.len() / 3..][..len].to_vec()),
    ]
}

/// Stretches of all kinds, one after the other.
pub fn mixed(len: usize) -> Vec<u8> {
    let mut out: Vec<u8> = kinds(len / 6 + 1).into_iter().flat_map(|(_, data)| data).collect();
    out.truncate(len);
    out
}
