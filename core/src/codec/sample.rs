//! Codec `sample`: numeric samples and images.
//!
//! A payload is the block's head (`phase` bytes), its tail (what is left behind the last whole sample), and, if there
//! are samples: the low level (as many bytes as a sample, little-endian), the level shift (one byte, at most 63), and the
//! arithmetic code of the samples in order. `arg` is the geometry ([`Geometry::from_arg`]); the one ensemble is 0. A row
//! shorter than eight pixels, or not shorter than the block, counts as none.
//!
//! Each sample is predicted by least squares over its neighbours (`linear`, `solve`); the error to expect is looked up by
//! the level of the prediction and by the errors around (`model`); the residual is a sign and a bucket of a width that
//! follows the expected error, then bits that are as good as random (`residual`). Samples are coded line by line, a row or
//! 1024 times the channels of a series, and the predictor learns between lines.
//!
//! Memory: 768 KiB of tables, and about 130 bytes for each sample of a row.

mod linear;
mod model;
mod residual;
mod solve;
#[cfg(test)]
mod tests;
mod window;

use crate::codec::{BlockCodec, Params};
use crate::coder::binary::{BinaryDecoder, BinaryEncoder};
use crate::error::{Error, Result, try_zeroed};
use crate::kernels::{self, Isa};
use crate::transform::sample::Geometry;
use model::{Header, Model};

/// The ensemble this version writes.
pub const ENSEMBLE: u8 = 0;

/// Codec `sample` over one group.
#[derive(Debug)]
pub struct Sample {
    geometry: Geometry,
    isa: Isa,
}

impl Sample {
    /// A codec for the geometry in `params.arg` (see [`Geometry::from_arg`]).
    ///
    /// # Errors
    /// [`Error::Unsupported`] for an ensemble other than [`ENSEMBLE`].
    pub fn new(params: &Params) -> Result<Self> {
        if params.ensemble != ENSEMBLE {
            return Err(Error::Unsupported { what: "ensemble of codec sample", value: u64::from(params.ensemble) });
        }
        Ok(Sample { geometry: Geometry::from_arg(params.arg), isa: Isa::best() })
    }

    /// Bytes of working memory of a group under `params`, either way: about 130 for each sample of a row, and 2 MiB.
    pub fn memory(params: &Params) -> u64 {
        130 * Geometry::from_arg(params.arg).row as u64 + (2 << 20)
    }
}

impl BlockCodec for Sample {
    fn encode(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let split = self.geometry.split(block.len());
        out.try_reserve(block.len() / 2).map_err(|_| Error::OutOfMemory { bytes: block.len() as u64 / 2 })?;
        out.extend_from_slice(&block[..split.head]);
        out.extend_from_slice(&block[block.len() - split.tail..]);
        if split.samples == 0 {
            return Ok(());
        }
        let header = Header::measure(&self.geometry, block);
        header.write(&self.geometry, out);
        let model = Model::new(&self.geometry, header, split.samples)?;
        let line = try_zeroed(model.line())?;
        let coder = BinaryEncoder::new(out);
        kernels::dispatch_on(self.isa, Encode { geometry: self.geometry, model, block, line, coder });
        Ok(())
    }

    fn decode(&mut self, payload: &[u8], len: usize, out: &mut Vec<u8>) -> Result<()> {
        let split = self.geometry.split(len);
        let (head, rest) = payload.split_at_checked(split.head).ok_or(Error::truncated("head of a sample block"))?;
        let (tail, rest) = rest.split_at_checked(split.tail).ok_or(Error::truncated("tail of a sample block"))?;
        out.extend_from_slice(head);
        if split.samples > 0 {
            let (header, coded) = Header::read(&self.geometry, rest)?;
            let mut model = Model::new(&self.geometry, header, split.samples)?;
            let mut coder = BinaryDecoder::new(coded);
            let mut line = try_zeroed(model.line())?;
            let mut left = split.samples;
            while left > 0 && !coder.is_exhausted() {
                let count = left.min(line.len());
                let job = Decode { model: &mut model, coder: &mut coder, line: &mut line[..count] };
                kernels::dispatch_on(self.isa, job);
                let bytes = count * self.geometry.width();
                out.try_reserve(bytes).map_err(|_| Error::OutOfMemory { bytes: bytes as u64 })?;
                self.geometry.push_all(&line[..count], out);
                left -= count;
            }
            if left > 0 {
                return Err(Error::truncated("arithmetic-coded samples"));
            }
            coder.finish()?;
        } else if !rest.is_empty() {
            return Err(Error::corrupt("bytes left over behind a sample block"));
        }
        out.extend_from_slice(tail);
        Ok(())
    }
}

struct Encode<'a> {
    geometry: Geometry,
    model: Model,
    block: &'a [u8],
    line: Vec<u64>,
    coder: BinaryEncoder<'a>,
}

impl kernels::Job for Encode<'_> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        let mut samples = self.geometry.samples(self.block);
        loop {
            let mut count = 0;
            for (place, sample) in self.line.iter_mut().zip(&mut samples) {
                *place = sample;
                count += 1;
            }
            if count == 0 {
                break;
            }
            self.model.code(&mut self.coder, &mut self.line[..count]);
        }
        self.coder.finish();
    }
}

struct Decode<'a, 'b> {
    model: &'a mut Model,
    coder: &'a mut BinaryDecoder<'b>,
    line: &'a mut [u64],
}

impl kernels::Job for Decode<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.model.code(self.coder, self.line);
    }
}
