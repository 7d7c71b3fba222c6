//! [`Decoder`]: a `Read` adaptor around the push decoder; [`decompress`] for what is in memory; [`SeekDecoder`] for ranges.

use crate::container::decode::{FrameDecoder, Step};
use crate::container::seek::Seeker;
use crate::error::{Error, Result};
use crate::options::DecodeOptions;
use std::io::{self, Read, Seek, SeekFrom};

/// Packed bytes read at a time.
const READ_STEP: usize = 256 << 10;

/// Restores what [`compress`](crate::compress) or any encoder wrote: all frames of `data`, one after the other.
///
/// # Errors
/// Every way in which `data` can be damaged, foreign or too large for the limits; no bytes come back then.
pub fn decompress(data: &[u8], options: &DecodeOptions) -> Result<Vec<u8>> {
    let mut decoder = FrameDecoder::new(options);
    let mut pieces = data.chunks(READ_STEP);
    let mut out: Vec<u8> = Vec::new();
    loop {
        match decoder.advance()? {
            Step::Output => {
                let bytes = decoder.output();
                let len = bytes.len();
                out.try_reserve(len).map_err(|_| Error::OutOfMemory { bytes: len as u64 })?;
                out.extend_from_slice(bytes);
                decoder.consume(len);
            }
            Step::NeedInput => match pieces.next() {
                Some(piece) => decoder.feed(piece)?,
                None => decoder.end_input(),
            },
            Step::Done => return Ok(out),
        }
    }
}

/// Restores what it reads from `reader`. Every byte it gives out has been verified.
#[derive(Debug)]
pub struct Decoder<R> {
    frames: FrameDecoder,
    reader: R,
    buffer: Vec<u8>,
    options: DecodeOptions,
    seeker: Option<Seeker>,
}

impl<R: Read> Decoder<R> {
    /// A decoder of all frames that `reader` yields, up to its end.
    pub fn new(reader: R, options: &DecodeOptions) -> Self {
        let buffer = Vec::new();
        Decoder { frames: FrameDecoder::new(options), reader, buffer, options: options.clone(), seeker: None }
    }

    /// Packed bytes parsed so far.
    pub fn total_in(&self) -> u64 {
        self.frames.total_in()
    }

    /// Gives the reader back. It stands behind what has been read ahead.
    pub fn into_inner(self) -> R {
        self.reader
    }

    /// Copies up to `out.len()` bytes of output; 0 at the end.
    fn pull(&mut self, out: &mut [u8]) -> Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            match self.frames.advance()? {
                Step::Output => {
                    let bytes = self.frames.output();
                    let count = bytes.len().min(out.len());
                    out[..count].copy_from_slice(&bytes[..count]);
                    self.frames.consume(count);
                    return Ok(count);
                }
                Step::NeedInput => self.read_more()?,
                Step::Done => return Ok(0),
            }
        }
    }

    fn read_more(&mut self) -> Result<()> {
        self.buffer.resize(READ_STEP, 0);
        match self.reader.read(&mut self.buffer) {
            Ok(0) => self.frames.end_input(),
            Ok(count) => self.frames.feed(&self.buffer[..count])?,
            Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
            Err(err) => return Err(err.into()),
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoder<R> {
    /// An error of this library comes wrapped; [`Error::from`] unwraps it.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        Ok(self.pull(out)?)
    }
}

impl<R: Read + Seek> Decoder<R> {
    /// The `len` bytes of output at `offset`, fewer at the end of the output. Decodes only the groups that hold them (and
    /// those that they are copies of); reading on from where [`Read`] stood goes on as before.
    ///
    /// # Errors
    /// As decoding; also where the file has no readable end.
    pub fn read_at(&mut self, offset: u64, len: usize) -> Result<Vec<u8>> {
        let position = self.reader.stream_position()?;
        let result = self.read_at_inner(offset, len);
        self.reader.seek(SeekFrom::Start(position))?;
        result
    }

    fn read_at_inner(&mut self, offset: u64, len: usize) -> Result<Vec<u8>> {
        let seeker = match &mut self.seeker {
            Some(seeker) => seeker,
            None => self.seeker.insert(Seeker::open(&mut self.reader, &self.options)?),
        };
        read_range(seeker, &mut self.reader, offset, len)
    }
}

fn read_range<R: Read + Seek>(seeker: &mut Seeker, reader: &mut R, offset: u64, len: usize) -> Result<Vec<u8>> {
    let end = offset.saturating_add(len as u64).min(seeker.len());
    let mut out = Vec::new();
    if offset < end {
        seeker.read(reader, offset..end, &mut out)?;
    }
    Ok(out)
}

/// Random access to the output of a file: `Read` and `Seek` over it, decoding only the groups that are touched.
#[derive(Debug)]
pub struct SeekDecoder<R> {
    seeker: Seeker,
    reader: R,
    position: u64,
}

impl<R: Read + Seek> SeekDecoder<R> {
    /// Finds the file's groups: from its index, or by walking over its records.
    ///
    /// # Errors
    /// Where `reader` holds no whole file of this format.
    pub fn new(mut reader: R, options: &DecodeOptions) -> Result<Self> {
        let seeker = Seeker::open(&mut reader, options)?;
        Ok(SeekDecoder { seeker, reader, position: 0 })
    }

    /// Bytes of output.
    pub fn len(&self) -> u64 {
        self.seeker.len()
    }

    /// Whether there is no output at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where each group begins, in order: its offset in the file, and in the output. Groups are what is decoded at once, so work is well
    /// divided here. In a sealed frame the offsets in the file are approximate; they grow from group to group all the same.
    pub fn group_starts(&self) -> Vec<(u64, u64)> {
        self.seeker.starts()
    }

    /// The `len` bytes of output at `offset`, fewer at the end.
    ///
    /// # Errors
    /// As decoding.
    pub fn read_at(&mut self, offset: u64, len: usize) -> Result<Vec<u8>> {
        read_range(&mut self.seeker, &mut self.reader, offset, len)
    }
}

impl<R: Read + Seek> Read for SeekDecoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let bytes = self.read_at(self.position, out.len())?;
        out[..bytes.len()].copy_from_slice(&bytes);
        self.position += bytes.len() as u64;
        Ok(bytes.len())
    }
}

impl<R: Read + Seek> Seek for SeekDecoder<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(delta) => self.len().checked_add_signed(delta),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
