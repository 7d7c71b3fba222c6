//! Bytes as fixed-width numbers: the geometry of samples and images, and its exact inverse.
//!
//! A block is `phase` leading bytes, then as many whole samples as fit, then a tail shorter than a sample. Samples are
//! unsigned words in the block's byte order; two's complement ones have their top bit flipped, so that numbers that
//! are close are close as unsigned words as well. Any bytes fit any geometry: a wrong one costs ratio, never data.

mod detect;
#[cfg(test)]
pub(crate) mod tests;

pub use detect::detect;

use crate::error::{Error, Result};

/// Largest [`Geometry::phase`].
pub const MAX_PHASE: usize = 127;
/// Largest [`Geometry::row`].
pub const MAX_ROW: usize = (1 << 18) - 1;
/// Largest [`Geometry::channels`].
pub const MAX_CHANNELS: usize = 8;

/// How the bytes of a block make up samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Geometry {
    /// Log2 of the bytes of a sample, 0-3.
    pub width_log2: u8,
    /// Whether the first byte of a sample is its highest.
    pub big_endian: bool,
    /// Whether samples are two's complement.
    pub signed: bool,
    /// Interleaved channels (colours, stereo, columns of a table), 1-8.
    pub channels: usize,
    /// Bytes in front of the first sample, at most [`MAX_PHASE`].
    pub phase: usize,
    /// Samples from one row to the next, at most [`MAX_ROW`]; 0 for a series without rows.
    pub row: usize,
}

impl Geometry {
    /// Bytes of a sample: 1, 2, 4 or 8.
    pub fn width(&self) -> usize {
        1 << self.width_log2
    }

    /// The geometry as the `arg` of [`Params`](crate::codec::Params), lowest bits first: 2 bits log2 of the width,
    /// big-endian, signed, 3 bits channels less one, 7 bits phase, 18 bits row.
    pub fn to_arg(&self) -> u32 {
        u32::from(self.width_log2 & 3)
            | u32::from(self.big_endian) << 2
            | u32::from(self.signed) << 3
            | (self.channels.clamp(1, MAX_CHANNELS) as u32 - 1) << 4
            | (self.phase.min(MAX_PHASE) as u32) << 7
            | (self.row.min(MAX_ROW) as u32) << 14
    }

    /// Inverse of [`Geometry::to_arg`]; every `arg` is a geometry.
    pub fn from_arg(arg: u32) -> Self {
        Geometry {
            width_log2: (arg & 3) as u8,
            big_endian: arg >> 2 & 1 != 0,
            signed: arg >> 3 & 1 != 0,
            channels: (arg >> 4 & 7) as usize + 1,
            phase: (arg >> 7 & 127) as usize,
            row: (arg >> 14) as usize,
        }
    }

    /// How `len` bytes divide: the samples, and the bytes of the head and of the tail.
    pub fn split(&self, len: usize) -> Split {
        let head = self.phase.min(len);
        let samples = (len - head) >> self.width_log2;
        Split { head, samples, tail: len - head - (samples << self.width_log2) }
    }

    /// What is added to every word by an exclusive or: the top bit of signed samples.
    fn flip(&self) -> u64 {
        if self.signed { 1 << (8 * self.width() - 1) } else { 0 }
    }

    /// Reads the whole samples of `bytes` (see [`Geometry::split`]; head and tail are not looked at).
    pub fn samples<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = u64> + use<'a> {
        let split = self.split(bytes.len());
        let (width, big_endian, flip) = (self.width(), self.big_endian, self.flip());
        let spare = 64 - 8 * width;
        bytes[split.head..bytes.len() - split.tail].chunks_exact(width).map(move |word| {
            // Widths by name: copying a number of bytes known only at run time is a call.
            let sample = match *word {
                [a] => u64::from(a),
                [a, b] => u64::from(u16::from_le_bytes([a, b])),
                [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])),
                _ => u64::from_le_bytes(word.first_chunk().copied().unwrap_or_default()),
            };
            let sample = if big_endian { sample.swap_bytes() >> spare } else { sample };
            sample ^ flip
        })
    }

    /// Appends samples to `out`.
    pub fn push_all(&self, samples: &[u64], out: &mut Vec<u8>) {
        // Widths by name, as above.
        match self.width() {
            1 => self.push_words::<1>(samples, out),
            2 => self.push_words::<2>(samples, out),
            4 => self.push_words::<4>(samples, out),
            _ => self.push_words::<8>(samples, out),
        }
    }

    fn push_words<const WIDTH: usize>(&self, samples: &[u64], out: &mut Vec<u8>) {
        let (big_endian, flip) = (self.big_endian, self.flip());
        out.extend(samples.iter().flat_map(|sample| {
            let mut word = [0; WIDTH];
            word.copy_from_slice(&(sample ^ flip).to_le_bytes()[..WIDTH]);
            if big_endian {
                word.reverse();
            }
            word
        }));
    }

    /// Checks that the fields are in range.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] naming the field.
    pub fn check(&self) -> Result<()> {
        let bad = |what: &str| Err(Error::InvalidOption(format!("sample geometry: {what}")));
        match self {
            g if g.width_log2 > 3 => bad("width"),
            g if g.channels == 0 || g.channels > MAX_CHANNELS => bad("channels"),
            g if g.phase > MAX_PHASE => bad("phase"),
            g if g.row > MAX_ROW => bad("row"),
            _ => Ok(()),
        }
    }
}

/// The parts of a block under a [`Geometry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Bytes before the first sample.
    pub head: usize,
    /// Whole samples.
    pub samples: usize,
    /// Bytes after the last sample, fewer than a sample has.
    pub tail: usize,
}
