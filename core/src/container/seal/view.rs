//! Random access to the plain bytes of a sealed frame in a file.
//!
//! Where nothing was flushed, all segments but the last are full, so the place of each follows from its number, and the last
//! one, once authentic at its place, proves it. Else the heads of the segments are walked over. Generations of archives are
//! never flushed; of a damaged one, [`View::of_remains`] gives what is authentic and zeros for the rest.

use super::crypto::Cipher;
use super::head::{FRONT, SealHead};
use super::keyring::DataKey;
use super::stream::Segment;
use super::{NUMBER, SEGMENT, TAG, TRAILER};
use crate::container::footer::END_MAGIC;
use crate::container::record::{RecordHead, RecordType, peek_record};
use crate::container::walk::Source;
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::ops::Range;

/// Bytes of a full segment that is not the last: type, length, body.
const FULL: u64 = (1 + 3 + NUMBER + SEGMENT + TAG) as u64;
/// Bytes of an empty last segment.
const LAST_MIN: u64 = (1 + 1 + NUMBER + TAG + TRAILER) as u64;
/// Segments that are read at once.
const AT_ONCE: u64 = 64;
/// Bytes that a segment's record has beyond its plain bytes: less than this.
const PEEK: u64 = 16;

/// Where the segments are.
#[derive(Debug)]
enum Layout {
    /// The last segment has this number; all before it are full.
    Even(u64),
    /// Offset in the file and in the plain bytes of each.
    Table(Vec<(u64, u64)>),
    /// Those that were found of a damaged generation, by number.
    Remains(BTreeMap<u64, FoundSegment>),
}

/// An authentic segment, wherever it stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FoundSegment {
    /// Offset in the file.
    pub(crate) at: u64,
    /// Bytes of its record.
    pub(crate) record: u64,
    /// Plain bytes.
    pub(crate) plain: u64,
}

/// A sealed frame whose segments can be opened one by one.
pub(crate) struct View {
    cipher: Cipher,
    /// Offset in the file of the first segment.
    at: u64,
    /// Offset in the file of the frame's end.
    end: u64,
    layout: Layout,
    /// Plain bytes.
    len: u64,
    /// Bytes in front of the last segment that are a copy of the seal.
    copy: u64,
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").field("len", &self.len).finish_non_exhaustive()
    }
}

/// One segment's place.
struct Place {
    at: u64,
    record_len: u64,
    /// Offset of its plain bytes.
    start: u64,
    number: u64,
}

/// The end of the sealed frame at `frame_at` with its first segment at `at`, found without a key: by walking.
pub(crate) fn walk_to_end<R: Read + Seek>(source: &mut Source<'_, R>, at: u64) -> Result<u64> {
    Ok(walk(source, at)?.2)
}

impl View {
    /// Of the frame at `frame_at`, whose first segment is at `at`.
    pub(crate) fn open<R: Read + Seek>(
        source: &mut Source<'_, R>,
        key: &DataKey,
        head: &SealHead,
        frame_at: u64,
        at: u64,
    ) -> Result<View> {
        let cipher = key.cipher(head)?;
        // Segments may have been cut short by flushes; walking tells, and finds damage too.
        if let Ok(Some((number, len))) = even(source, &cipher, frame_at, at, source.len, 0) {
            return Ok(View { cipher, at, end: source.len, layout: Layout::Even(number), len, copy: 0 });
        }
        let (places, _, end) = walk(source, at)?;
        let &(last_at, last_start) = places.last().ok_or(Error::Internal("a walk without a segment"))?;
        let number = places.len() as u64 - 1;
        let mut view = View { cipher, at, end, layout: Layout::Table(places), len: 0, copy: 0 };
        let place = Place { at: last_at, record_len: end - last_at, start: last_start, number };
        let (plain, frame_len) = view.segment(source, &place)?;
        if frame_len != Some(end - frame_at) {
            return Err(Error::Tampered { what: "the length of a sealed frame", offset: end - TRAILER as u64 });
        }
        view.len = last_start + plain.len() as u64;
        Ok(view)
    }

    /// Of the generation of an archive that starts at `frame_at`, has its first segment at `at`, and ends at `end`.
    pub(crate) fn of_generation<R: Read + Seek>(
        source: &mut Source<'_, R>,
        key: &DataKey,
        head: &SealHead,
        frame_at: u64,
        at: u64,
        end: u64,
    ) -> Result<View> {
        let cipher = key.cipher(head)?;
        let copy = at - frame_at - FRONT.len() as u64;
        let (number, len) = even(source, &cipher, frame_at, at, end, copy)?
            .ok_or(Error::Corrupt { what: "the end of a sealed generation", offset: end })?;
        Ok(View { cipher, at, end, layout: Layout::Even(number), len, copy })
    }

    /// Of a damaged generation, of which these segments were found, by number.
    pub(crate) fn of_remains(key: &DataKey, head: &SealHead, found: BTreeMap<u64, FoundSegment>) -> Result<View> {
        let len = found.last_key_value().map_or(0, |(number, last)| number * SEGMENT as u64 + last.plain);
        Ok(View { cipher: key.cipher(head)?, at: 0, end: 0, layout: Layout::Remains(found), len, copy: 0 })
    }

    /// The ranges of plain bytes that are there.
    pub(crate) fn there(&self) -> Vec<Range<u64>> {
        let Layout::Remains(found) = &self.layout else { return std::iter::once(0..self.len).collect() };
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for number in found.keys() {
            let (from, to) = (number * SEGMENT as u64, ((number + 1) * SEGMENT as u64).min(self.len));
            match ranges.last_mut() {
                Some(last) if last.end == from => last.end = to,
                _ => ranges.push(from..to),
            }
        }
        ranges
    }

    /// Where the copy of a generation's seal is in the file.
    pub(crate) fn copy_of_seal(&self) -> Range<u64> {
        let last = match &self.layout {
            Layout::Even(number) => self.at + number * FULL,
            _ => self.at,
        };
        last..last + self.copy
    }

    /// Plain bytes.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Offset in the file of the frame's end.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// The place of the segment that holds plain byte `pos`.
    fn place(&self, pos: u64) -> Place {
        match &self.layout {
            Layout::Even(last) => {
                let number = (pos / SEGMENT as u64).min(*last);
                let at = self.at + number * FULL + if number == *last { self.copy } else { 0 };
                let record_len = if number == *last { self.end - at } else { FULL };
                Place { at, record_len, start: number * SEGMENT as u64, number }
            }
            Layout::Table(places) => {
                let number = places.partition_point(|&(_, start)| start <= pos).saturating_sub(1);
                let (at, start) = places[number];
                let next = places.get(number + 1).map_or(self.end, |&(at, _)| at);
                Place { at, record_len: next - at, start, number: number as u64 }
            }
            Layout::Remains(found) => {
                let number = pos / SEGMENT as u64;
                let found = found.get(&number).copied().unwrap_or_default();
                Place { at: found.at, record_len: found.record, start: number * SEGMENT as u64, number }
            }
        }
    }

    /// Appends plain bytes from `at` on, `count` at most; fewer at the end.
    pub(crate) fn read<R: Read + Seek>(
        &self,
        source: &mut Source<'_, R>,
        at: u64,
        count: u64,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let end = at.saturating_add(count).min(self.len);
        let mut pos = at;
        if let Layout::Even(last) = self.layout {
            // Full segments stand side by side, so many of them are one question to the file.
            let full = (end / SEGMENT as u64).min(last);
            while pos.is_multiple_of(SEGMENT as u64) && pos / (SEGMENT as u64) + 1 < full {
                pos = self.read_full(source, pos / SEGMENT as u64, full, out)?;
            }
        }
        while pos < end {
            let place = self.place(pos);
            let plain = match source.kept.take() {
                Some((number, plain)) if number == place.number => plain,
                _ => self.segment(source, &place)?.0,
            };
            let to = (end - place.start).min(plain.len() as u64) as usize;
            let bytes = plain.get((pos - place.start) as usize..to).filter(|bytes| !bytes.is_empty());
            let bytes = bytes.ok_or(Error::Corrupt { what: "a sealed segment is too short", offset: place.at })?;
            out.extend_from_slice(bytes);
            pos += bytes.len() as u64;
            source.kept = Some((place.number, plain));
        }
        Ok(())
    }

    /// Appends full segments from number `from` on, some of those before `to`; the plain offset behind them.
    fn read_full<R: Read + Seek>(
        &self,
        source: &mut Source<'_, R>,
        from: u64,
        to: u64,
        out: &mut Vec<u8>,
    ) -> Result<u64> {
        let count = (to - from).min(AT_ONCE);
        let at = self.at + from * FULL;
        let records = source.read_file(at, count * FULL, "sealed segments")?;
        for (index, record) in (0..).zip(records.chunks_exact(FULL as usize)) {
            let number = from + index;
            let opened = open_record(&self.cipher, record, number, number * SEGMENT as u64);
            let (plain, _) = opened.map_err(|err| err.at(at + index * FULL))?;
            out.try_reserve(plain.len()).map_err(|_| Error::OutOfMemory { bytes: plain.len() as u64 })?;
            out.extend_from_slice(&plain);
        }
        Ok((from + count) * SEGMENT as u64)
    }

    /// The authentic plain bytes of a segment, and the frame's length where it is the last.
    fn segment<R: Read + Seek>(&self, source: &mut Source<'_, R>, place: &Place) -> Result<(Vec<u8>, Option<u64>)> {
        if place.record_len == 0 {
            // Lost. Whatever is made of zeros has tags of its own.
            return Ok((vec![0; SEGMENT], None));
        }
        let record = source.read_file(place.at, place.record_len, "a sealed segment")?;
        open_record(&self.cipher, &record, place.number, place.start).map_err(|err| err.at(place.at))
    }
}

/// Opens the segment that a whole record is.
fn open_record(cipher: &Cipher, record: &[u8], number: u64, start: u64) -> Result<(Vec<u8>, Option<u64>)> {
    let wrong = Error::corrupt("a sealed segment has the wrong length");
    let Some(RecordHead { kind: Some(kind), head_len, body_len }) = peek_record(record, 0)? else { return Err(wrong) };
    if head_len as u64 + body_len != record.len() as u64 {
        return Err(wrong);
    }
    let segment = Segment::parse(kind, &record[head_len..])?;
    if u64::from(segment.number) != number {
        return Err(Error::Tampered { what: "the order of sealed segments", offset: 0 });
    }
    let mut plain = Vec::new();
    segment.open(cipher, kind == RecordType::SealedEnd, start, &mut plain)?;
    Ok((plain, segment.frame_len))
}

/// The last segment's number and the length of all plain bytes, where the frame ends at `end` and only its last segment, in front of
/// which `copy` bytes are something else, is not full.
fn even<R: Read + Seek>(
    source: &mut Source<'_, R>,
    cipher: &Cipher,
    frame_at: u64,
    at: u64,
    end: u64,
    copy: u64,
) -> Result<Option<(u64, u64)>> {
    let bytes = end.checked_sub(at).and_then(|bytes| bytes.checked_sub(copy)).filter(|&bytes| bytes >= LAST_MIN);
    let Some(bytes) = bytes else { return Ok(None) };
    let trailer = source.peek_file(end - TRAILER as u64, TRAILER as u64)?;
    let expected = [&(end - frame_at).to_le_bytes()[..], &END_MAGIC].concat();
    if trailer != expected {
        return Ok(None);
    }
    // The last record takes `LAST_MIN` bytes at least; what is left beyond full ones is never so little.
    let number = if bytes % FULL < LAST_MIN { (bytes / FULL).saturating_sub(1) } else { bytes / FULL };
    let last_at = at + number * FULL + copy;
    let record = source.peek_file(last_at, end - last_at)?;
    let (plain, frame_len) =
        open_record(cipher, &record, number, number * SEGMENT as u64).map_err(|err| err.at(last_at))?;
    Ok(frame_len.map(|_| (number, number * SEGMENT as u64 + plain.len() as u64)))
}

/// The authentic segment that starts `bytes`, which stand at `at`, and its number.
pub(crate) fn recognise(cipher: &Cipher, bytes: &[u8], at: u64) -> Option<(u64, FoundSegment)> {
    let head = peek_record(bytes, 0).ok()??;
    let record = bytes.get(..head.head_len + usize::try_from(head.body_len).ok()?)?;
    let number = u64::from(u32::from_le_bytes(*record.get(head.head_len..)?.first_chunk()?));
    // A generation's segments are full, so the number tells the offset.
    let (plain, _) = open_record(cipher, record, number, number * SEGMENT as u64).ok()?;
    Some((number, FoundSegment { at, record: record.len() as u64, plain: plain.len() as u64 }))
}

type Walked = (Vec<(u64, u64)>, u64, u64);

/// Every segment's place, the plain offset of the last, and where the frame ends.
fn walk<R: Read + Seek>(source: &mut Source<'_, R>, mut at: u64) -> Result<Walked> {
    let mut places = Vec::new();
    let mut start = 0;
    loop {
        let peeked = source.peek_file(at, PEEK)?;
        let truncated = Error::Truncated { what: "a sealed frame has no last segment", offset: source.len };
        let Some(head) = peek_record(&peeked, 0).map_err(|err| err.at(at))? else { return Err(truncated) };
        let last = match head.kind {
            Some(RecordType::Sealed) => false,
            Some(RecordType::SealedEnd) => true,
            _ => {
                let what = "a record that is not sealed in a sealed frame";
                return Err(Error::Corrupt { what, offset: at });
            }
        };
        let next = at + head.head_len as u64 + head.body_len;
        if next > source.len {
            return Err(truncated);
        }
        let overhead = (NUMBER + TAG + if last { TRAILER } else { 0 }) as u64;
        let plain = head.body_len.checked_sub(overhead).filter(|&len| len > 0 || last);
        let plain = plain.ok_or(Error::Corrupt { what: "a sealed segment has the wrong length", offset: at })?;
        places.push((at, start));
        if last {
            return Ok((places, start, next));
        }
        start += plain;
        at = next;
    }
}
