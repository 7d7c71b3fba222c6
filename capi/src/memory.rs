//! One call, all in memory; and random access.

use crate::failure::{Failure, Result};
use crate::settings::Settings;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;
use vatic::{DecodeOptions, FrameDecoder, FrameEncoder, SeekDecoder, Step};

/// The most bytes that compressing `len` bytes yields, without keys and embedded models.
pub fn compress_bound(len: usize) -> usize {
    len.saturating_add(len / 1000).saturating_add(64)
}

/// Compresses `data` into one frame.
///
/// # Errors
/// Those of encoding.
pub fn compress(data: &[u8], settings: &Settings) -> Result<Vec<u8>> {
    Ok(vatic::compress(data, &settings.encode()?)?)
}

/// Restores all frames of `data`.
///
/// # Errors
/// Those of decoding.
pub fn decompress(data: &[u8], settings: &Settings) -> Result<Vec<u8>> {
    Ok(vatic::decompress(data, &settings.decode())?)
}

/// Appends bytes where there is memory for them.
pub(crate) fn append(out: &mut Vec<u8>, bytes: &[u8]) -> Result<()> {
    out.try_reserve(bytes.len()).map_err(|_| vatic::Error::OutOfMemory { bytes: bytes.len() as u64 })?;
    out.extend_from_slice(bytes);
    Ok(())
}

/// Compresses data of a known length that comes in pieces; gives what [`compress`] gives.
#[derive(Debug)]
pub struct PieceEncoder(FrameEncoder);

impl PieceEncoder {
    /// An encoder of `len` bytes.
    ///
    /// # Errors
    /// [`Status::InvalidOption`](crate::tables::Status::InvalidOption).
    pub fn new(len: u64, settings: &Settings) -> Result<PieceEncoder> {
        Ok(PieceEncoder(FrameEncoder::new(&settings.encode()?.content_length(len))?))
    }

    /// The next piece.
    ///
    /// # Errors
    /// Those of encoding.
    pub fn feed(&mut self, piece: &[u8]) -> Result<()> {
        Ok(self.0.feed(piece)?)
    }

    /// The frame.
    ///
    /// # Errors
    /// Those of encoding; the pieces must have been as long as was said.
    pub fn finish(mut self) -> Result<Vec<u8>> {
        self.0.finish()?;
        Ok(self.0.into_output())
    }
}

/// BLAKE3 of `data`: the hash of contents in archives.
pub fn hash(data: &[u8]) -> [u8; 32] {
    *blake3::hash(data).as_bytes()
}

/// Copies a result to where the caller wants it.
///
/// # Errors
/// [`Status::DstTooSmall`](crate::tables::Status::DstTooSmall), with the size that would do.
pub fn copy_out(bytes: &[u8], out: &mut [u8]) -> Result<usize> {
    match out.get_mut(..bytes.len()) {
        Some(room) => room.copy_from_slice(bytes),
        None => return Err(Failure::too_small(out.len(), Some(bytes.len() as u64))),
    }
    Ok(bytes.len())
}

/// Restores all frames of `data` into `out`; how many bytes that are.
///
/// # Errors
/// Those of decoding; [`Status::DstTooSmall`](crate::tables::Status::DstTooSmall), with the size that would do if the frames tell it. What `out` holds
/// after an error means nothing.
pub fn decompress_into(data: &[u8], out: &mut [u8], settings: &Settings) -> Result<usize> {
    let options = settings.decode();
    let mut at = 0;
    each_output(data, &options, |bytes| {
        let Some(room) = out.get_mut(at..at + bytes.len()) else {
            let info = vatic::info_with(&mut Cursor::new(data), &options).ok();
            return Err(Failure::too_small(out.len(), info.and_then(|info| info.content_length())));
        };
        room.copy_from_slice(bytes);
        at += bytes.len();
        Ok(())
    })?;
    Ok(at)
}

/// Restores all frames of `data` into `out`, and what it has no room for into a vector; how many bytes of `out` that takes.
///
/// # Errors
/// Those of decoding. What `out` holds after an error means nothing.
pub fn decompress_spilling(data: &[u8], out: &mut [u8], settings: &Settings) -> Result<(usize, Vec<u8>)> {
    let (mut at, mut rest) = (0, Vec::new());
    each_output(data, &settings.decode(), |bytes| {
        let (here, behind) = bytes.split_at(bytes.len().min(out.len() - at));
        out[at..at + here.len()].copy_from_slice(here);
        at += here.len();
        append(&mut rest, behind)
    })?;
    Ok((at, rest))
}

/// The most output for a byte of input that [`stated_length`] believes without seeing it.
const BELIEVED: u64 = 256;

/// How much room to make for the output of `data`: what its first frame states, or 0 where it states nothing, or more than the limits allow or so short
/// an input makes likely.
pub fn stated_length(data: &[u8], settings: &Settings) -> usize {
    let stated = vatic::content_length(data).ok().flatten().unwrap_or(0);
    let most = settings.decode_limits().output.min((data.len() as u64).saturating_mul(BELIEVED));
    if stated <= most { usize::try_from(stated).unwrap_or(0) } else { 0 }
}

/// Hands all output of `data` to `take`, piece by piece.
fn each_output(data: &[u8], options: &DecodeOptions, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut decoder = FrameDecoder::new(options);
    let mut pieces = data.chunks(256 << 10);
    loop {
        match decoder.advance()? {
            Step::Output => {
                let bytes = decoder.output();
                take(bytes)?;
                let count = bytes.len();
                decoder.consume(count);
            }
            Step::NeedInput => match pieces.next() {
                Some(piece) => decoder.feed(piece)?,
                None => decoder.end_input(),
            },
            Step::Done => return Ok(()),
        }
    }
}

/// What can be read from anywhere: a file, or bytes.
trait Source: Read + Seek + Send {}
impl<T: Read + Seek + Send> Source for T {}

/// Random access to the output of a file, decoding only the groups that are touched.
pub struct Reader(SeekDecoder<Box<dyn Source>>);

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("len", &self.len()).finish()
    }
}

impl Reader {
    /// Opens what is at `path`.
    ///
    /// # Errors
    /// [`Status::Io`](crate::tables::Status::Io), and where it holds no whole file of this format.
    pub fn open(path: &Path, settings: &Settings) -> Result<Reader> {
        let file = File::open(path).map_err(|error| Failure::at(path, &error))?;
        Reader::new(Box::new(BufReader::new(file)), settings)
    }

    /// Opens bytes that are held elsewhere.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn from_bytes(bytes: impl AsRef<[u8]> + Send + 'static, settings: &Settings) -> Result<Reader> {
        Reader::new(Box::new(Cursor::new(bytes)), settings)
    }

    /// Opens what is read through `source`.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn from_source(source: impl Read + Seek + Send + 'static, settings: &Settings) -> Result<Reader> {
        Reader::new(Box::new(source), settings)
    }

    fn new(source: Box<dyn Source>, settings: &Settings) -> Result<Reader> {
        Ok(Reader(SeekDecoder::new(source, &settings.decode())?))
    }

    /// Bytes of output.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether there is no output at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where each group begins: in the file, and in the output.
    pub fn group_starts(&self) -> Vec<(u64, u64)> {
        self.0.group_starts()
    }

    /// The `len` bytes of output at `offset`, fewer at its end.
    ///
    /// # Errors
    /// Those of decoding.
    pub fn read(&mut self, offset: u64, len: usize) -> Result<Vec<u8>> {
        Ok(self.0.read_at(offset, len)?)
    }

    /// Fills `out` with the output at `offset`; how many bytes there were before its end.
    ///
    /// # Errors
    /// Those of decoding.
    pub fn read_at(&mut self, offset: u64, out: &mut [u8]) -> Result<usize> {
        copy_out(&self.read(offset, out.len())?, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{Param, Status};

    #[test]
    fn what_fits_is_restored_and_what_does_not_says_so() {
        let data = b"all happy families are alike; ".repeat(100);
        let settings = Settings::new();
        let packed = compress(&data, &settings).unwrap();
        assert!(packed.len() <= compress_bound(data.len()));
        let mut out = vec![0; data.len()];
        assert_eq!(decompress_into(&packed, &mut out, &settings).unwrap(), data.len());
        assert_eq!(out, data);
        let failure = decompress_into(&packed, &mut out[1..], &settings).unwrap_err();
        assert!(failure.is(Status::DstTooSmall) && failure.needed == Some(data.len() as u64));
        let mut pieces = PieceEncoder::new(data.len() as u64, &settings).unwrap();
        data.chunks(999).for_each(|piece| pieces.feed(piece).unwrap());
        assert_eq!(pieces.finish().unwrap(), packed);
        assert!(copy_out(&data, &mut out[1..]).unwrap_err().is(Status::DstTooSmall));
    }

    #[test]
    fn output_goes_where_there_is_room_and_the_rest_beside() {
        let data = b"every unhappy family is unhappy in its own way; ".repeat(100);
        let mut settings = Settings::new();
        let packed = compress(&data, &settings).unwrap();
        assert_eq!(stated_length(&packed, &settings), data.len());
        let twice = [&packed[..], &packed].concat();
        for room in [0, 7, data.len(), data.len() + 9, 2 * data.len()] {
            let mut out = vec![0; room];
            let (used, rest) = decompress_spilling(&twice, &mut out, &settings).unwrap();
            assert_eq!(used, room.min(2 * data.len()));
            assert!([&out[..used], &rest].concat() == data.repeat(2));
        }
        assert!(decompress_spilling(&twice[..twice.len() - 1], &mut [0; 9], &settings).is_err());
        // What nobody would believe, what is not allowed, and what is not stated.
        assert_eq!(stated_length(&compress(&vec![0; 10 << 20], &settings).unwrap(), &settings), 0);
        assert_eq!(stated_length(b"nonsense", &settings), 0);
        settings.set(Param::LimitOutput as i32, 100).unwrap();
        assert_eq!(stated_length(&packed, &settings), 0);
    }

    #[test]
    fn ranges_are_read_from_bytes_and_files() {
        let data: Vec<u8> = (0..100_000u32).map(|i| (i >> 5) as u8).collect();
        let mut settings = Settings::new();
        settings.set(Param::GroupSize as i32, 8 << 10).unwrap();
        let packed = compress(&data, &settings).unwrap();
        let mut reader = Reader::from_bytes(packed.clone(), &settings).unwrap();
        let mut out = [0; 1000];
        assert_eq!(reader.read_at(70_000, &mut out).unwrap(), 1000);
        assert_eq!(out, data[70_000..71_000]);
        assert_eq!(reader.read_at(reader.len() - 10, &mut out).unwrap(), 10);
        assert_eq!(reader.read_at(u64::MAX, &mut out).unwrap(), 0);
        let starts = reader.group_starts();
        assert!(starts.len() > 10 && starts[0].1 == 0 && starts.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 < w[1].1));
        // A GROUP record begins there.
        assert!(starts.iter().all(|(at, _)| packed[*at as usize] == 0x83));
        let again = Reader::from_source(Cursor::new([&packed[..], &packed].concat()), &settings).unwrap();
        assert_eq!(again.len(), 200_000);
        assert_eq!(again.group_starts()[starts.len()], (packed.len() as u64 + starts[0].0, 100_000));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.vat");
        std::fs::write(&path, &packed).unwrap();
        let mut reader = Reader::open(&path, &settings).unwrap();
        assert_eq!(reader.read_at(5, &mut out).unwrap(), 1000);
        assert_eq!(out, data[5..1005]);
        assert!(Reader::open(folder.path().join("no").as_path(), &settings).unwrap_err().is(Status::Io));
    }
}
