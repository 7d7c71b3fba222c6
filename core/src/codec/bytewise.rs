//! Blocks coded byte by byte: what codecs share whose model codes one byte after the other.

use crate::coder::binary::{BinaryDecoder, BinaryEncoder, BitCoder};
use crate::error::{Error, Result};
use crate::kernels::vector::{Lanes, LanesJob};

/// Bytes between two looks at whether the input has run out.
const STRETCH: usize = 1 << 12;

/// A model that codes bytes, and learns them.
pub trait ByteModel {
    /// What it works with within a block.
    type Scratch;

    /// Codes what stands in front of a block that is not empty; a decoder's block is.
    ///
    /// # Errors
    /// [`Error::Corrupt`], from a decoder only.
    fn begin<C: BitCoder>(&mut self, _coder: &mut C, _block: &[u8]) -> Result<()> {
        Ok(())
    }

    /// A scratch that is ready for the next byte.
    fn scratch(&mut self) -> Self::Scratch;

    /// Codes one byte and learns it; a decoder ignores `byte`. Mark it `#[inline(always)]`.
    fn code<L: Lanes, C: BitCoder>(&mut self, scratch: &mut Self::Scratch, coder: &mut C, byte: u8) -> u8;
}

/// Codes a block into one code stream.
pub struct Encode<'a, M> {
    /// The model.
    pub model: &'a mut M,
    /// The block.
    pub block: &'a [u8],
    /// Where the stream goes.
    pub out: &'a mut Vec<u8>,
}

impl<M: ByteModel> LanesJob for Encode<'_, M> {
    type Output = Result<()>;

    #[inline(always)]
    fn run<L: Lanes>(self) -> Result<()> {
        let mut coder = BinaryEncoder::new(self.out);
        if !self.block.is_empty() {
            self.model.begin(&mut coder, self.block)?;
        }
        let mut scratch = self.model.scratch();
        for &byte in self.block {
            self.model.code::<L, _>(&mut scratch, &mut coder, byte);
        }
        coder.finish();
        Ok(())
    }
}

/// Restores a block from its code stream; it ends with an error for a stream that is too short or too long.
pub struct Decode<'a, M> {
    /// The model.
    pub model: &'a mut M,
    /// The stream.
    pub payload: &'a [u8],
    /// Bytes of the block.
    pub len: usize,
    /// Where the block goes.
    pub out: &'a mut Vec<u8>,
}

impl<M: ByteModel> LanesJob for Decode<'_, M> {
    type Output = Result<()>;

    #[inline(always)]
    fn run<L: Lanes>(self) -> Result<()> {
        let mut coder = BinaryDecoder::new(self.payload);
        if self.len > 0 {
            self.model.begin(&mut coder, &[])?;
        }
        let mut scratch = self.model.scratch();
        let mut left = self.len;
        while left > 0 && !coder.is_exhausted() {
            let now = left.min(STRETCH);
            self.out.try_reserve(now).map_err(|_| Error::OutOfMemory { bytes: now as u64 })?;
            for _ in 0..now {
                self.out.push(self.model.code::<L, _>(&mut scratch, &mut coder, 0));
            }
            left -= now;
        }
        coder.finish()
    }
}
