//! The trial that every codec stands: what it encodes comes back, and what nobody encoded ends in an error or in bytes.

use super::{BlockCodec, Params};
use crate::error::Result;
use crate::transform::samples::{self, Random};

type Open = fn(&Params) -> Result<Box<dyn BlockCodec>>;

/// Runs the whole trial.
pub(crate) fn run(open: Open) {
    run_up_to(open, usize::MAX);
}

/// Runs the trial on texts of at most `longest` bytes, for a codec to which longer ones are nothing new and take minutes.
pub(crate) fn run_up_to(open: Open, longest: usize) {
    for text in samples::all().into_iter().filter(|text| text.len() <= longest) {
        let levels: &[u8] = if text.len() <= 1000 { &[1, 2, 3, 4, 5, 6, 7, 8, 9] } else { &[1, 2, 5] };
        for &level in levels {
            let params = Params { level, group_len: text.len(), ..Params::default() };
            let payload = round_trip(open, &params, &text);
            if text.len() == 1000 && level == 2 {
                damage(open, &params, &payload, text.len());
            }
        }
    }
    foreign(open);
}

fn round_trip(open: Open, params: &Params, text: &[u8]) -> Vec<u8> {
    let mut payload = vec![1, 2, 3];
    open(params).unwrap().encode(text, &mut payload).unwrap();
    payload.drain(..3);
    let mut back = vec![4];
    open(params).unwrap().decode(&payload, text.len(), &mut back).unwrap();
    assert!(back[0] == 4 && back[1..] == *text, "{} bytes at level {}", text.len(), params.level);
    payload
}

/// Decodes `payload`, which may be anything: no panic, and never other than `len` bytes.
fn attempt(open: Open, params: &Params, payload: &[u8], len: usize) {
    let mut out = vec![7; 5];
    if open(params).unwrap().decode(payload, len, &mut out).is_ok() {
        assert_eq!(out.len(), 5 + len);
    }
    assert_eq!(out[..5], [7; 5]);
}

fn damage(open: Open, params: &Params, payload: &[u8], len: usize) {
    for cut in 0..payload.len() {
        attempt(open, params, &payload[..cut], len);
    }
    let mut random = Random(3);
    for at in 0..payload.len() {
        let mut damaged = payload.to_vec();
        damaged[at] ^= 1 << (random.next() >> 20 & 7);
        attempt(open, params, &damaged, len);
    }
    let mut longer = payload.to_vec();
    longer.extend([0, 1, 2]);
    attempt(open, params, &longer, len);
    for lie in [0, 1, len - 1, len + 1, 2 * len, 100_000] {
        let params = Params { group_len: lie, ..*params };
        attempt(open, &params, payload, lie);
    }
}

fn foreign(open: Open) {
    let mut random = Random(11);
    for round in 0..300usize {
        let payload: Vec<u8> = (0..round % 97).map(|_| (random.next() >> 30) as u8).collect();
        let len = [0, 1, 50, 5000][round & 3];
        attempt(open, &Params { level: 5, group_len: len, ..Params::default() }, &payload, len);
    }
}
