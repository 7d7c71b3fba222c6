//! The Burrows-Wheeler transform of a block and its inverse.
//!
//! Convention: the suffixes of the text and the empty suffix are sorted, the end of the text being smaller than any byte.
//! That gives `len + 1` *rows*; row 0 is the empty suffix. The last column holds, for each row, the byte in front of its
//! suffix; the row of the whole text has none and is left out, so the column is as long as the text. It is stored with
//! the row of the whole text (the *primary index*, always `1..=len`) and, so that the inverse can follow several
//! chains at once, the rows of the suffixes at every multiple of [`stride`].
//!
//! The suffix array comes from libsais (Grebnov; SA-IS, linear time) with the feature `libsais`, else from the Rust port
//! of divsufsort (Mori; O(n log n) on any input). A suffix array is unique, so both give the same bytes.
//!
//! Memory beside the text: 5 bytes an input byte forward, 5 for the inverse (its output included). Source: Burrows and
//! Wheeler, "A block-sorting lossless data compression algorithm", DEC SRC 124, 1994.

mod inverse;
mod suffix;

pub use inverse::inverse;
pub use suffix::suffix_array;

use crate::error::{Error, Result, try_zeroed};

/// Longest text that is transformed, in bytes.
pub const MAX_LEN: usize = 1 << 30;
/// Most rows of [`Transformed::starts`].
pub const MAX_STARTS: usize = 32;

/// Below this a chain is not worth its start: its table stays in cache anyway.
const MIN_STRIDE: usize = 1 << 16;

/// A transformed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transformed {
    /// The last column without the row of the whole text; as long as the text.
    pub last: Vec<u8>,
    /// The rows of the suffixes at 0, [`stride`], 2 * [`stride`] and so on; the first is the primary index. Empty for
    /// the empty text.
    pub starts: Vec<u32>,
}

/// Distance in bytes between the suffixes whose rows are stored, for a text of `len` bytes: a power of two that
/// leaves at most [`MAX_STARTS`] of them.
pub fn stride(len: usize) -> usize {
    len.div_ceil(MAX_STARTS).next_power_of_two().max(MIN_STRIDE)
}

/// How many rows are stored for a text of `len` bytes.
pub fn starts_len(len: usize) -> usize {
    len.div_ceil(stride(len))
}

/// Transforms `text`.
///
/// # Errors
/// [`Error::InvalidOption`] above [`MAX_LEN`], [`Error::OutOfMemory`].
pub fn forward(text: &[u8]) -> Result<Transformed> {
    check_len(text.len())?;
    if text.is_empty() {
        return Ok(Transformed { last: Vec::new(), starts: Vec::new() });
    }
    suffix::forward(text)
}

/// The transform read off a suffix array.
fn from_suffix_array(text: &[u8], array: &[i32]) -> Result<Transformed> {
    let stride = stride(text.len());
    let mut last = try_zeroed(text.len())?;
    let mut starts = try_zeroed(starts_len(text.len()))?;
    last[0] = text[text.len() - 1];
    let mut filled = 1;
    for (row, &suffix) in (1..).zip(array) {
        let suffix = suffix as usize;
        if suffix.is_multiple_of(stride) {
            starts[suffix / stride] = row;
        }
        if suffix > 0 {
            last[filled] = text[suffix - 1];
            filled += 1;
        }
    }
    Ok(Transformed { last, starts })
}

fn check_len(len: usize) -> Result<()> {
    if len > MAX_LEN {
        return Err(Error::InvalidOption(format!("a block of {len} bytes is more than the transform takes")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::samples;
    use proptest::prelude::*;

    fn round_trip(text: &[u8]) {
        let transformed = forward(text).unwrap();
        assert_eq!(transformed.last.len(), text.len());
        let mut out = vec![9];
        inverse(&transformed.last, &transformed.starts, &mut out).unwrap();
        assert!(out[1..] == *text, "text of {} bytes", text.len());
    }

    #[test]
    fn the_convention_is_kept() {
        let transformed = forward(b"banana").unwrap();
        assert_eq!(transformed, Transformed { last: b"annbaa".to_vec(), starts: vec![4] });
    }

    #[test]
    fn samples_come_back() {
        samples::all().iter().for_each(|text| round_trip(text));
        // Enough for every count of chains, whole and broken.
        for len in [32 << 16, (32 << 16) + 1, (32 << 16) - 1, 20 << 16, (19 << 16) + 777, (40 << 16) + 65] {
            round_trip(&samples::prose(len));
        }
    }

    #[test]
    fn wrong_starts_are_told() {
        let text = samples::prose(300_000);
        let Transformed { last, starts } = forward(&text).unwrap();
        assert_eq!(starts.len(), 5);
        let mut out = Vec::new();
        for (at, row) in [(0, 0), (1, 300_001), (4, u32::MAX), (0, 77), (3, 1), (4, starts[3])] {
            let mut wrong = starts.clone();
            wrong[at] = row;
            assert!(matches!(inverse(&last, &wrong, &mut out), Err(Error::Corrupt { .. })), "start {at} = {row}");
        }
        assert!(inverse(&last, &starts[..4], &mut out).is_err());
        assert!(inverse(&[], &[1], &mut out).is_err());
        assert!(out.is_empty());
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in samples::any_text(3000)) {
            round_trip(&text);
        }

        #[test]
        fn hostile_columns_end(last in samples::any_text(3000), start in 0u32..3002) {
            let mut out = Vec::new();
            if inverse(&last, &[start], &mut out).is_ok() {
                prop_assert_eq!(out.len(), last.len());
            }
        }
    }
}
