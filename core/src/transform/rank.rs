//! Ranks by recency, and runs of rank 0: what a Burrows-Wheeler column is made ready for coding with.
//!
//! *Move to front* (Ryabko 1980; Bentley and others 1986) replaces a byte by how many other bytes have occurred since
//! its last occurrence. A column that repeats itself locally becomes mostly zeros. *Zero runs* then write a run of zeros
//! in bijective base 2, as bzip2 does, with the digits as bytes 0 and 1; other ranks move up by one, and the two that
//! no longer fit are escaped.

use crate::error::{Error, Result};

/// Replaces each byte by its rank, in place. At the start the rank of a byte is the byte. Cost: a search of up to 256 bytes.
pub fn mtf_encode(text: &mut [u8]) {
    let mut order = initial_order();
    for byte in text {
        let rank = order.iter().position(|&other| other == *byte).unwrap_or(0);
        order.copy_within(..rank, 1);
        order[0] = std::mem::replace(byte, rank as u8);
    }
}

/// Undoes [`mtf_encode`], in place.
pub fn mtf_decode(ranks: &mut [u8]) {
    let mut order = initial_order();
    for slot in ranks {
        let rank = usize::from(*slot);
        *slot = order[rank];
        order.copy_within(..rank, 1);
        order[0] = *slot;
    }
}

fn initial_order() -> [u8; 256] {
    std::array::from_fn(|byte| byte as u8)
}

/// Ranks from here on are escaped: one more than them is no byte, or is the escape itself.
const FIRST_ESCAPED: u8 = 0xFE;
const ESCAPE: u8 = 0xFF;

/// Appends `ranks` to `out` with runs of zeros shortened. At most twice as long.
pub fn zero_runs_encode(ranks: &[u8], out: &mut Vec<u8>) {
    let mut zeros = 0usize;
    for &rank in ranks {
        if rank == 0 {
            zeros += 1;
            continue;
        }
        push_run(std::mem::take(&mut zeros), out);
        if rank >= FIRST_ESCAPED {
            out.extend([ESCAPE, rank - FIRST_ESCAPED]);
        } else {
            out.push(rank + 1);
        }
    }
    push_run(zeros, out);
}

/// A run of n zeros: the binary digits of n + 1 behind the leading one, lowest first.
fn push_run(zeros: usize, out: &mut Vec<u8>) {
    let mut rest = zeros + 1;
    while rest > 1 {
        out.push((rest & 1) as u8);
        rest >>= 1;
    }
}

/// Appends the `len` ranks to `out` that [`zero_runs_encode`] wrote as `coded`.
///
/// # Errors
/// [`Error::Corrupt`] if `coded` stands for more or fewer than `len` ranks or ends inside an escape; `out` is then as it was.
pub fn zero_runs_decode(coded: &[u8], len: usize, out: &mut Vec<u8>) -> Result<()> {
    let start = out.len();
    let decoded = decode_runs(coded, start.saturating_add(len), out);
    if decoded.is_err() {
        out.truncate(start);
    }
    decoded
}

fn decode_runs(coded: &[u8], end: usize, out: &mut Vec<u8>) -> Result<()> {
    let mut bytes = coded.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let rank = match byte {
            0 | 1 => {
                let (mut run, mut digit) = (usize::from(byte), 1u32);
                while let Some(next) = bytes.next_if(|&next| next <= 1) {
                    run |= usize::from(next).checked_shl(digit).unwrap_or(0);
                    digit += 1;
                }
                // The leading one that was not written; past the width of a length the run is too long anyway.
                let zeros = 1usize.checked_shl(digit).and_then(|leading| (leading | run).checked_sub(1));
                match zeros {
                    Some(zeros) if zeros <= end - out.len() => out.resize(out.len() + zeros, 0),
                    _ => return Err(Error::corrupt("run of zeros longer than its block")),
                }
                continue;
            }
            ESCAPE => match bytes.next() {
                Some(high @ 0..=1) => FIRST_ESCAPED + high,
                _ => return Err(Error::corrupt("escaped rank")),
            },
            byte => byte - 1,
        };
        if out.len() >= end {
            return Err(Error::corrupt("more ranks than their block has"));
        }
        out.push(rank);
    }
    if out.len() != end {
        return Err(Error::corrupt("fewer ranks than their block has"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::samples;
    use proptest::prelude::*;

    fn round_trip(text: &[u8]) {
        let mut ranks = text.to_vec();
        mtf_encode(&mut ranks);
        let mut back = ranks.clone();
        mtf_decode(&mut back);
        assert!(back == text);

        for ranks in [&ranks[..], text] {
            let (mut coded, mut back) = (vec![3], vec![4]);
            zero_runs_encode(ranks, &mut coded);
            zero_runs_decode(&coded[1..], ranks.len(), &mut back).unwrap();
            assert!(back[1..] == *ranks);
        }
    }

    #[test]
    fn recent_bytes_rank_low() {
        let mut text = *b"aaabba";
        mtf_encode(&mut text);
        assert_eq!(text, [97, 0, 0, 98, 0, 1]);
    }

    #[test]
    fn runs_are_short() {
        let mut coded = Vec::new();
        zero_runs_encode(&[0; 1_000_000], &mut coded);
        assert_eq!(coded.len(), 19);
    }

    #[test]
    fn samples_come_back() {
        samples::all().iter().for_each(|text| round_trip(text));
    }

    #[test]
    fn lying_lengths_are_told() {
        let mut out = vec![5];
        for (coded, len) in [
            (&[1u8; 200][..], 1 << 20),
            (&[0, 1], 4),
            (&[0, 1], 6),
            (&[7, 8], 1),
            (&[0xFF], 1),
            (&[0xFF, 2], 1),
            (&[], 1),
        ] {
            assert!(zero_runs_decode(coded, len, &mut out).is_err(), "{coded:?}");
            assert_eq!(out, [5]);
        }
        assert!(zero_runs_decode(&[0, 1], 5, &mut out).is_ok());
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in samples::any_text(2000)) {
            round_trip(&text);
        }

        #[test]
        fn any_coded_bytes_end(coded in prop::collection::vec(prop_oneof![0u8..3, any::<u8>()], 0..300), len in 0usize..5000) {
            let mut out = Vec::new();
            if zero_runs_decode(&coded, len, &mut out).is_ok() {
                prop_assert_eq!(out.len(), len);
            }
        }
    }
}
