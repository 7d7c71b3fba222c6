//! Texts that tests of every transform and codec share: the easy, the hard and the degenerate.

use proptest::prelude::*;

/// A fixed pseudo-random sequence (xorshift64).
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

pub(crate) fn random(len: usize) -> Vec<u8> {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    (0..len).map(|_| (random.next() >> 32) as u8).collect()
}

/// Words drawn with a skewed frequency, with the odd number and line end.
pub(crate) fn prose(len: usize) -> Vec<u8> {
    const WORDS: [&str; 16] = [
        "the ",
        "of ",
        "and ",
        "prophet ",
        "said ",
        "that ",
        "coder ",
        "river ",
        "a ",
        "in ",
        "stone",
        ", ",
        ".\n",
        "42",
        "seventeen ",
        "to ",
    ];
    let mut random = Random(7);
    let mut text = Vec::new();
    while text.len() < len {
        let draw = random.next();
        text.extend_from_slice(WORDS[(draw & draw >> 8 & 15) as usize].as_bytes());
    }
    text.truncate(len);
    text
}

pub(crate) fn fibonacci(len: usize) -> Vec<u8> {
    let (mut older, mut text) = (b"a".to_vec(), b"ab".to_vec());
    while text.len() < len {
        let longer = [&text[..], &older[..]].concat();
        older = std::mem::replace(&mut text, longer);
    }
    text.truncate(len);
    text
}

pub(crate) fn periodic(len: usize, period: usize) -> Vec<u8> {
    let unit = random(period);
    unit.iter().copied().cycle().take(len).collect()
}

/// One of each kind, short and long.
pub(crate) fn all() -> Vec<Vec<u8>> {
    let mut texts =
        vec![vec![], vec![0], vec![255], b"ab".to_vec(), b"ba".to_vec(), b"aa".to_vec(), b"banana".to_vec()];
    for len in [3, 64, 127, 1000, 65_535, 65_536, 65_537, 300_001] {
        texts.extend([
            vec![0; len],
            vec![255; len],
            random(len),
            prose(len),
            fibonacci(len),
            periodic(len, 3),
            periodic(len, 300),
            (0..len).map(|i| (i / 7) as u8).collect(),
        ]);
    }
    texts
}

/// Random bytes over a random small alphabet, with random repeats: what property tests draw.
pub(crate) fn any_text(max_len: usize) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        prop::collection::vec(97u8..100, 0..60),
        (any::<u8>(), 0usize..200).prop_map(|(byte, len)| vec![byte; len]),
        (prop::collection::vec(any::<u8>(), 1..6), 0usize..40).prop_map(|(unit, times)| unit.repeat(times)),
    ];
    prop::collection::vec(piece, 0..20).prop_map(move |pieces| {
        let mut text = pieces.concat();
        text.truncate(max_len);
        text
    })
}
