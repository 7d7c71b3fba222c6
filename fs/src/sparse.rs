//! Holes in files: found where the file system tells, and left out of what is read.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

/// Shorter holes are read as the zeros that they are.
const HOLE_MIN: u64 = 4096;

/// The holes of a file of `metadata`, in order; none where the system does not tell.
#[cfg(target_os = "linux")]
pub(crate) fn holes(file: &File, metadata: &Metadata) -> Vec<Range<u64>> {
    use rustix::fs::{SeekFrom, seek};
    use std::os::unix::fs::MetadataExt;
    let size = metadata.len();
    let mut list = Vec::new();
    // Only a file with fewer blocks than bytes has any.
    if size < HOLE_MIN || metadata.blocks().saturating_mul(512) >= size {
        return list;
    }
    let mut at = 0;
    while at < size {
        let data = match seek(file, SeekFrom::Data(at)) {
            Ok(data) => data.min(size),
            Err(rustix::io::Errno::NXIO) => size,
            Err(_) => return Vec::new(),
        };
        if data.saturating_sub(at) >= HOLE_MIN || data == size && data > at {
            list.push(at..data);
        }
        if data >= size {
            break;
        }
        match seek(file, SeekFrom::Hole(data)) {
            Ok(hole) if hole > data => at = hole,
            _ => return Vec::new(),
        }
    }
    list
}

/// The holes of a file: this system does not tell.
#[cfg(not(target_os = "linux"))]
pub(crate) fn holes(_: &File, _: &Metadata) -> Vec<Range<u64>> {
    Vec::new()
}

/// Reads a file without its holes, and remembers whether reading failed.
#[derive(Debug)]
pub(crate) struct DataReader<'a> {
    file: &'a File,
    holes: std::vec::IntoIter<Range<u64>>,
    next: Option<Range<u64>>,
    pos: u64,
    /// What the file system said, for whoever sees reading fail.
    pub(crate) failed: bool,
}

impl<'a> DataReader<'a> {
    pub(crate) fn new(mut file: &'a File, holes: Vec<Range<u64>>) -> io::Result<Self> {
        file.seek(SeekFrom::Start(0))?;
        let mut holes = holes.into_iter();
        let next = holes.next();
        Ok(DataReader { file, holes, next, pos: 0, failed: false })
    }

    fn step(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while let Some(hole) = self.next.clone().filter(|hole| hole.start <= self.pos) {
            self.pos = hole.end;
            self.file.seek(SeekFrom::Start(self.pos))?;
            self.next = self.holes.next();
        }
        let room = self.next.as_ref().map_or(u64::MAX, |hole| hole.start - self.pos);
        let len = usize::try_from(room).unwrap_or(usize::MAX).min(out.len());
        let count = self.file.read(&mut out[..len])?;
        self.pos += count as u64;
        Ok(count)
    }
}

impl Read for DataReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let result = self.step(out);
        self.failed |= result.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        result
    }
}
