//! The `.czip` file: a header of 16 bytes, and one stream of zstd or brotli with the table of chunks and their bits.

use super::chunk;
use super::model::CzipModel;
use super::outer;
use crate::error::{Error, Result};
use crate::neural::Accumulator;
use crate::options::resolve_threads;
use crate::parallel::in_runs;

const MAGIC: &[u8; 6] = b"CZIPv1";
/// Bytes of the outer header, and of the inner one in front of the chunks' lengths.
const OUTER: usize = 16;
const INNER: usize = 12;
/// Flags that only files of several entries or of training have.
const UNKNOWN_FLAGS: u8 = 0b11;
/// The logarithm of a chunk's length that a zero stands for.
const DEFAULT_LOG: u8 = 6;
/// The longest chunks that czip writes, 4,096 tokens: longer ones could have more bytes than their length has room for.
const LOG_MAX: u8 = 12;

/// What a `.czip` file's data is wrapped in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum OuterCodec {
    /// zstd; needs the feature `zstd`.
    Zstd = 0,
    /// brotli, as czip's command writes by default.
    #[default]
    Brotli = 1,
}

/// How to write a `.czip` file.
#[derive(Clone, Copy, Debug, Default)]
pub struct CzipOptions {
    codec: OuterCodec,
    level: Option<u8>,
    wide: bool,
    threads: Option<usize>,
}

impl CzipOptions {
    /// brotli, chunks of the model's whole context, sums of 32 bits: what czip's command writes by default.
    pub fn new() -> CzipOptions {
        CzipOptions::default()
    }

    /// What the data is wrapped in.
    #[must_use]
    pub fn codec(self, codec: OuterCodec) -> CzipOptions {
        CzipOptions { codec, ..self }
    }

    /// czip's level, 1 to 5: chunks of 64, 128, 256, 512 or 1024 tokens, but none longer than the model's context.
    #[must_use]
    pub fn level(self, level: u8) -> CzipOptions {
        CzipOptions { level: Some(level), ..self }
    }

    /// Whether attention's sums have 64 bits, as in czip's Python library and older versions. Such a file is like any other unless a sum
    /// leaves 32 bits, which long chunks of one repeated token can do.
    #[must_use]
    pub fn wide(self, wide: bool) -> CzipOptions {
        CzipOptions { wide, ..self }
    }

    /// Threads that code chunks at the same time, 1 by default; 0 takes one for each CPU. Never changes the output.
    #[must_use]
    pub fn threads(self, threads: usize) -> CzipOptions {
        CzipOptions { threads: Some(threads), ..self }
    }

    /// The logarithm of a chunk's length.
    fn log(&self, context: usize) -> Result<u8> {
        let wanted = match self.level {
            None => context,
            Some(level @ 1..=5) => context.min(32 << level),
            Some(level) => return Err(Error::InvalidOption(format!("czip's levels are 1 to 5, not {level}"))),
        };
        Ok((wanted.max(1).ilog2() as u8).min(LOG_MAX))
    }
}

/// What reading a `.czip` file may spend.
#[derive(Clone, Copy, Debug)]
pub struct CzipLimits {
    /// Bytes of output. What a file says is compared before anything is decoded.
    pub output: u64,
    /// Bytes of the table of chunks and their bits.
    pub payload: u64,
    /// Threads that decode chunks at the same time; 0 takes one for each CPU. Memory of windows grows with them.
    pub threads: usize,
}

impl Default for CzipLimits {
    fn default() -> Self {
        CzipLimits { output: u64::MAX, payload: 1 << 30, threads: 1 }
    }
}

/// Whether `bytes` start as a `.czip` file does.
pub fn is_czip(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// `text` as a `.czip` file, coded with `model`.
///
/// # Errors
/// [`Error::InvalidOption`] for a level that there is not, and for what is no UTF-8 text or 4 GiB or more of it: czip's own programs
/// could not restore it. [`Error::Unsupported`] for zstd in a build without it. [`Error::OutOfMemory`].
pub fn compress(model: &CzipModel, text: &[u8], options: &CzipOptions) -> Result<Vec<u8>> {
    let length = u32::try_from(text.len()).map_err(|_| Error::InvalidOption("czip takes less than 4 GiB".into()))?;
    let text = std::str::from_utf8(text).map_err(|err| {
        Error::InvalidOption(format!("czip takes UTF-8 text only, and byte {} is none", err.valid_up_to()))
    })?;
    let log = options.log(model.context())?;
    let size = 1 << log;
    let tokens = model.tokenizer().encode(text);
    let accumulator = if options.wide { Accumulator::Wide64 } else { Accumulator::Wrap32 };
    let threads = resolve_threads(options.threads.unwrap_or(1));
    let runs = in_runs(threads, &tokens, size, |tokens| chunk::encode(model, tokens, size, accumulator))?;
    let chunks = runs.concat();
    let last = if tokens.is_empty() { size } else { (tokens.len() - 1) % size + 1 };
    let payload = payload(model, &chunks, last, log)?;
    let mut out = MAGIC.to_vec();
    out.extend([0, options.codec as u8]);
    out.extend(length.to_le_bytes());
    out.extend(((INNER + 2 * chunks.len()) as u32).to_le_bytes());
    out.extend(outer::pack(options.codec, &payload)?);
    Ok(out)
}

fn payload(model: &CzipModel, chunks: &[Vec<u8>], last: usize, log: u8) -> Result<Vec<u8>> {
    let odd = Error::Internal("a chunk of czip is out of bounds");
    let (Ok(count), Ok(last)) = (u32::try_from(chunks.len()), u16::try_from(last)) else { return Err(odd) };
    let mut payload = Vec::new();
    // czip has part of a hash over the model's path here, which nobody can use.
    payload.extend(model.id);
    payload.extend(count.to_le_bytes());
    payload.extend(last.to_le_bytes());
    payload.extend([0, log]);
    for chunk in chunks {
        let Ok(len) = u16::try_from(chunk.len()) else { return Err(odd) };
        payload.extend(len.to_le_bytes());
    }
    chunks.iter().for_each(|chunk| payload.extend(chunk));
    Ok(payload)
}

/// The text of a `.czip` file that was coded with `model`, whichever width attention's sums had.
///
/// # Errors
/// [`Error::NotVatic`], [`Error::Truncated`], [`Error::Corrupt`] - also where the file was coded with another model -,
/// [`Error::Unsupported`], [`Error::Limit`], [`Error::OutOfMemory`].
pub fn decompress(model: &CzipModel, bytes: &[u8], limits: &CzipLimits) -> Result<Vec<u8>> {
    let (codec, length) = head(bytes)?;
    if u64::from(length) > limits.output {
        return Err(Error::Limit { what: "output", needed: length.into(), limit: limits.output });
    }
    let payload = outer::unpack(codec, &bytes[OUTER..], limits.payload).map_err(|err| err.at(OUTER as u64))?;
    let chunks = chunks(&payload, model.context()).map_err(|err| err.at(OUTER as u64))?;
    let length = usize::try_from(length).map_err(|_| Error::OutOfMemory { bytes: length.into() })?;
    // No token has less than a byte, so nothing is decoded that could not come right.
    if chunks.iter().map(|&(_, tokens)| tokens as u64).sum::<u64>() > length as u64 {
        return Err(Error::Corrupt { what: "a czip file has more tokens than bytes of text", offset: OUTER as u64 });
    }
    let attempt = |accumulator| -> Result<Vec<u8>> {
        let decode = |chunks: &[_]| {
            let mut out = Vec::new();
            chunk::decode(model, chunks, accumulator, length, &mut out)?;
            Ok(out)
        };
        let out = in_runs(resolve_threads(limits.threads), &chunks, 1, decode)?.concat();
        match out.len() == length {
            true => Ok(out),
            false => Err(Error::corrupt("a czip file does not decode to the length that it says")),
        }
    };
    // Nothing in the file tells which; the other width gives something else only where 32 bits overflow.
    match attempt(Accumulator::Wrap32) {
        Err(Error::Corrupt { what, .. }) => attempt(Accumulator::Wide64).map_err(|err| match err {
            Error::Corrupt { .. } => Error::Corrupt { what, offset: OUTER as u64 },
            other => other,
        }),
        result => result,
    }
}

/// The outer codec, and the length of the text.
fn head(bytes: &[u8]) -> Result<(OuterCodec, u32)> {
    let Some(head) = bytes.first_chunk::<OUTER>() else {
        return Err(match MAGIC.starts_with(&bytes[..bytes.len().min(MAGIC.len())]) {
            false => Error::NotVatic { what: "no czip file: it starts otherwise" },
            true => Error::Truncated { what: "the header of a czip file", offset: bytes.len() as u64 },
        });
    };
    if !is_czip(head) {
        return Err(Error::NotVatic { what: "no czip file: it starts otherwise" });
    }
    if head[6] & UNKNOWN_FLAGS != 0 {
        return Err(Error::Unsupported { what: "czip flags", value: head[6].into() });
    }
    let codec = match head[7] {
        0 => OuterCodec::Zstd,
        1 => OuterCodec::Brotli,
        other => return Err(Error::Unsupported { what: "czip codec", value: other.into() }),
    };
    Ok((codec, u32::from_le_bytes([head[8], head[9], head[10], head[11]])))
}

/// The bits of each chunk, and how many tokens it has.
fn chunks(payload: &[u8], context: usize) -> Result<Vec<(&[u8], usize)>> {
    let truncated = || Error::truncated("the chunks of a czip file");
    let (head, rest) = payload.split_first_chunk::<INNER>().ok_or_else(truncated)?;
    let count = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
    let last = usize::from(u16::from_le_bytes([head[8], head[9]]));
    let log = if head[11] == 0 { DEFAULT_LOG } else { head[11] };
    if log > 16 {
        return Err(Error::Unsupported { what: "czip chunk size", value: log.into() });
    }
    let size = 1usize << log;
    if count > 0 && (last > size || last.max(if count > 1 { size } else { 0 }) > context) {
        return Err(Error::corrupt("a chunk of a czip file is longer than the model's context"));
    }
    let lengths = count.checked_mul(2).and_then(|bytes| rest.get(..bytes)).ok_or_else(truncated)?;
    let mut bits = &rest[lengths.len()..];
    let mut chunks = Vec::new();
    chunks.try_reserve_exact(count).map_err(|_| Error::OutOfMemory { bytes: count as u64 * 24 })?;
    for (index, length) in lengths.as_chunks::<2>().0.iter().enumerate() {
        let (own, behind) = bits.split_at_checked(u16::from_le_bytes(*length).into()).ok_or_else(truncated)?;
        chunks.push((own, if index + 1 == count { last } else { size }));
        bits = behind;
    }
    Ok(chunks)
}
