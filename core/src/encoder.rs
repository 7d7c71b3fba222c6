//! [`Encoder`]: a `Write` adaptor around the push encoder, and [`compress`] for what is in memory.

use crate::container::encode::FrameEncoder;
use crate::error::Result;
use crate::options::Options;
use crate::route::Route;
use std::io::{self, Write};

/// Compresses `data` into one frame.
///
/// # Errors
/// [`InvalidOption`](crate::Error::InvalidOption), [`OutOfMemory`](crate::Error::OutOfMemory), [`Cancelled`](crate::Error::Cancelled).
///
/// ```
/// let data = b"so we beat on, boats against the current".repeat(9);
/// let packed = vatic::compress(&data, &vatic::Options::new()).unwrap();
/// assert!(packed.len() < data.len());
/// assert_eq!(vatic::decompress(&packed, &vatic::DecodeOptions::new()).unwrap(), data);
/// ```
pub fn compress(data: &[u8], options: &Options) -> Result<Vec<u8>> {
    let mut encoder = FrameEncoder::new(&options.clone().content_length(data.len() as u64))?;
    encoder.feed(data)?;
    encoder.finish()?;
    Ok(encoder.into_output())
}

/// Compresses what is written to it into `writer`, as one frame.
///
/// [`Encoder::finish`] must be called: a frame without its end is rejected by decoders. Threads, if any, belong to
/// this encoder.
#[derive(Debug)]
pub struct Encoder<W: Write> {
    frame: FrameEncoder,
    writer: W,
}

impl<W: Write> Encoder<W> {
    /// An encoder that writes to `writer`. Nothing is written yet.
    ///
    /// # Errors
    /// [`InvalidOption`](crate::Error::InvalidOption).
    pub fn new(writer: W, options: &Options) -> Result<Self> {
        Ok(Encoder { frame: FrameEncoder::new(options)?, writer })
    }

    /// Ends the frame and gives the writer back.
    ///
    /// # Errors
    /// Those of encoding, and [`Io`](crate::Error::Io) from the writer.
    pub fn finish(mut self) -> Result<W> {
        self.frame.finish()?;
        self.pass_on()?;
        self.writer.flush()?;
        Ok(self.writer)
    }

    /// The router's decisions so far; see [`FrameEncoder::routes`].
    pub fn routes(&self) -> &[Route] {
        self.frame.routes()
    }

    /// Ends the frame; gives the writer and the router's decisions back.
    ///
    /// # Errors
    /// As [`Encoder::finish`].
    pub fn finish_with_routes(mut self) -> Result<(W, Vec<Route>)> {
        self.frame.finish()?;
        self.pass_on()?;
        self.writer.flush()?;
        let routes = self.frame.routes().to_vec();
        Ok((self.writer, routes))
    }

    /// Bytes taken in.
    pub fn total_in(&self) -> u64 {
        self.frame.total_in()
    }

    fn pass_on(&mut self) -> Result<()> {
        while !self.frame.output().is_empty() {
            match self.writer.write(self.frame.output()) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                Ok(count) => self.frame.consume(count),
                Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
                Err(err) => return Err(err.into()),
            }
        }
        Ok(())
    }
}

impl<W: Write> Write for Encoder<W> {
    /// Takes all of `bytes`. An error of this library comes wrapped; [`Error::from`](crate::Error) unwraps it.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.feed(bytes)?;
        self.pass_on()?;
        Ok(bytes.len())
    }

    /// Writes everything taken so far, so that a decoder at the other end can give it out; see [`FrameEncoder::flush`].
    fn flush(&mut self) -> io::Result<()> {
        self.frame.flush()?;
        self.pass_on()?;
        self.writer.flush()
    }
}
