//! Random access: only the groups that a range needs are decoded.

use super::footer::{END_MAGIC, Footer, parse_index};
use super::group::{BlockHead, GroupDecoder, GroupHead, Segment, check_tag};
use super::header::Header;
use super::models::{ModelTable, check_len};
use super::record::{RecordType, peek_record};
use super::seal::keyring::Keyring;
use super::tiny;
use super::walk::{FrameKind, FramePlace, GroupPlace, Source, Start, open_frame, read_start, walk, walk_frame};
use crate::codec::Limits;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::options::DecodeOptions;
use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::ops::Range;

/// Decoded groups that are kept.
const CACHE: usize = 3;

/// Copies with their offset in the frame's output, in order.
type Copies = Vec<(u64, Segment)>;

/// A decoded group. Its copies are still holes.
#[derive(Debug)]
struct Decoded {
    frame: usize,
    group: usize,
    bytes: Vec<u8>,
    copies: Copies,
}

/// Where everything is, and what was decoded last.
#[derive(Debug)]
pub(crate) struct Seeker {
    frames: Vec<FramePlace>,
    /// Bytes of output of each frame.
    lens: Vec<u64>,
    len: u64,
    options: DecodeOptions,
    /// The models of frames that have some, where they were needed.
    models: BTreeMap<usize, ModelTable>,
    /// Most recently used first.
    cache: Vec<Decoded>,
}

impl Seeker {
    /// Reads the index, or walks the file where there is none.
    pub(crate) fn open<R: Read + Seek>(reader: &mut R, options: &DecodeOptions) -> Result<Seeker> {
        let limits = &options.limits;
        let mut source = Source::new(reader)?;
        let mut keys = Keyring::new(&options.keys, limits);
        let frames = match single_frame(&mut source, &mut keys, limits)? {
            Some(frame) => vec![frame],
            None => walk(&mut source, &mut keys)?,
        };
        if frames.iter().any(|frame| matches!(frame.kind, FrameKind::Closed)) {
            return Err(Error::KeyNeeded);
        }
        let mut lens = Vec::new();
        for frame in &frames {
            lens.push(match frame.out_len {
                Some(len) => len,
                None => {
                    let view = frame.sealed.as_ref().and_then(|sealed| sealed.view.as_ref());
                    tiny_frame(&mut source.within(view), frame, options)?.len() as u64
                }
            });
        }
        let len = lens.iter().try_fold(0u64, |sum, len| sum.checked_add(*len));
        let len = len.ok_or(Error::corrupt("the frames' lengths add up to more than 64 bits"))?;
        Ok(Seeker { frames, lens, len, options: options.clone(), models: BTreeMap::new(), cache: Vec::new() })
    }

    /// Bytes of output.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Where each group begins: in the file, and in the output. Of a sealed frame the place in the file is that of its plain byte,
    /// counted from the frame's first byte. A tiny frame is one group.
    pub(crate) fn starts(&self) -> Vec<(u64, u64)> {
        let mut starts = Vec::new();
        let mut base = 0;
        for (frame, len) in self.frames.iter().zip(&self.lens) {
            match &frame.kind {
                FrameKind::Full { groups, .. } => {
                    let shift = if frame.sealed.is_some() { frame.at } else { 0 };
                    starts.extend(groups.iter().map(|group| (shift + group.at, base + group.offset)));
                }
                FrameKind::Tiny { .. } | FrameKind::Closed => starts.push((frame.at, base)),
            }
            base += len;
        }
        starts
    }

    /// Appends output `range` to `out`; it must lie within the output.
    pub(crate) fn read<R: Read + Seek>(&mut self, reader: &mut R, range: Range<u64>, out: &mut Vec<u8>) -> Result<()> {
        let mut source = Source::new(reader)?;
        let mut base = 0;
        for index in 0..self.frames.len() {
            let out_len = self.lens[index];
            let start = range.start.max(base);
            let end = range.end.min(base + out_len);
            if start < end {
                let (place, range) = (&self.frames[index], start - base..end - base);
                let (at, sealed) = (place.at, place.sealed.clone());
                let mut source = source.within(sealed.as_ref().and_then(|sealed| sealed.view.as_ref()));
                let done = self.read_frame(&mut source, index, range, out);
                done.map_err(|err| if sealed.is_some() { err.within(at) } else { err })?;
            }
            base += out_len;
        }
        Ok(())
    }

    fn read_frame<R: Read + Seek>(
        &mut self,
        source: &mut Source<'_, R>,
        frame: usize,
        range: Range<u64>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let place = &self.frames[frame];
        let FrameKind::Full { header, groups, .. } = &place.kind else {
            let plain = tiny_frame(source, place, &self.options)?;
            let bytes = plain.get(range.start as usize..range.end as usize);
            out.extend_from_slice(bytes.ok_or(Error::corrupt("the file changed while it was read"))?);
            return Ok(());
        };
        let header = *header;
        let first = groups.partition_point(|g| g.offset + g.out_len <= range.start);
        let last = groups.partition_point(|g| g.offset < range.end);
        for group in first..last {
            let place = &self.group(frame, group)?;
            let part = range.start.max(place.offset)..range.end.min(place.offset + place.out_len);
            let (from, group_start) = (out.len(), place.offset);
            let decoded = self.decoded(source, frame, group)?;
            let bytes = &decoded.bytes[(part.start - group_start) as usize..(part.end - group_start) as usize];
            out.extend_from_slice(bytes);
            let copies = overlapping(&decoded.copies, &part);
            self.fill(source, frame, &header, copies, &part, &mut out[from..])?;
        }
        Ok(())
    }

    fn group(&self, frame: usize, group: usize) -> Result<GroupPlace> {
        match &self.frames[frame].kind {
            FrameKind::Full { groups, .. } => Ok(groups[group].clone()),
            FrameKind::Tiny { .. } | FrameKind::Closed => Err(Error::Internal("a tiny frame has no groups")),
        }
    }

    /// Fills the holes that `copies` leave in `out`, which stands for `part` of the frame's output.
    fn fill<R: Read + Seek>(
        &mut self,
        source: &mut Source<'_, R>,
        frame: usize,
        header: &Header,
        mut copies: Copies,
        part: &Range<u64>,
        out: &mut [u8],
    ) -> Result<()> {
        // In the order of their sources, so that every group is decoded at most once.
        copies.sort_by_key(|(at, segment)| at.wrapping_sub(segment.distance));
        for (at, segment) in copies {
            if segment.distance > header.window() || segment.distance > at {
                return Err(Error::corrupt("a copy reaches back too far"));
            }
            let start = at - segment.distance;
            let bytes = self.literals(source, frame, start..start + u64::from(segment.len))?;
            if header.checksum {
                check_tag(&bytes, at, &segment)?;
            }
            let from = part.start.max(at);
            let to = part.end.min(at + u64::from(segment.len));
            out[(from - part.start) as usize..(to - part.start) as usize]
                .copy_from_slice(&bytes[(from - at) as usize..(to - at) as usize]);
        }
        Ok(())
    }

    /// Output `range` of the frame, which must be free of copies.
    fn literals<R: Read + Seek>(
        &mut self,
        source: &mut Source<'_, R>,
        frame: usize,
        range: Range<u64>,
    ) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let FrameKind::Full { groups, .. } = &self.frames[frame].kind else {
            return Err(Error::Internal("a tiny frame has no groups"));
        };
        let mut group = groups.partition_point(|g| g.offset + g.out_len <= range.start);
        let mut pos = range.start;
        while pos < range.end {
            let place = self.group(frame, group)?;
            let end = range.end.min(place.offset + place.out_len);
            let decoded = self.decoded(source, frame, group)?;
            if !overlapping(&decoded.copies, &(pos..end)).is_empty() {
                return Err(Error::corrupt("a copy of a copy"));
            }
            out.extend_from_slice(&decoded.bytes[(pos - place.offset) as usize..(end - place.offset) as usize]);
            pos = end;
            group += 1;
        }
        Ok(out)
    }

    /// The decoded group, from the cache if it is there.
    fn decoded<R: Read + Seek>(&mut self, source: &mut Source<'_, R>, frame: usize, group: usize) -> Result<&Decoded> {
        if let Some(hit) = self.cache.iter().position(|d| d.frame == frame && d.group == group) {
            self.cache[..=hit].rotate_right(1);
            return Ok(&self.cache[0]);
        }
        let place = self.group(frame, group)?;
        let FrameKind::Full { header, .. } = self.frames[frame].kind else {
            return Err(Error::Internal("a tiny frame has no groups"));
        };
        self.cache.truncate(CACHE - 1);
        while !self.cache.is_empty() && self.cached_bytes() + place.out_len > self.options.limits.memory / 2 {
            self.cache.pop();
        }
        let records = source.read(place.at, place.packed, "a group")?;
        let head = group_head(&records, &place, &header)?;
        let models = self.models_of(source, frame, &head)?;
        let (bytes, copies) =
            decode_group(&records, &place, &header, &models, &self.options.limits, self.cached_bytes())?;
        self.cache.insert(0, Decoded { frame, group, bytes, copies });
        Ok(&self.cache[0])
    }

    /// The models that a group of this frame names.
    fn models_of<R: Read + Seek>(
        &mut self,
        source: &mut Source<'_, R>,
        frame: usize,
        head: &GroupHead,
    ) -> Result<Vec<Model>> {
        if head.models.is_empty() {
            return Ok(Vec::new());
        }
        if !self.models.contains_key(&frame) {
            let place = &self.frames[frame];
            let known = match &place.kind {
                FrameKind::Full { models: Some(models), .. } => Some(models.clone()),
                _ => None,
            };
            let places = match known {
                Some(places) => places,
                None => match walk_frame(source, if place.sealed.is_some() { 0 } else { place.at }, frame > 0)?.kind {
                    FrameKind::Full { models, .. } => models.unwrap_or_default(),
                    FrameKind::Tiny { .. } | FrameKind::Closed => {
                        return Err(Error::Internal("a tiny frame has no groups"));
                    }
                },
            };
            let mut table = ModelTable::default();
            for model in places {
                check_len(model.body.1, &self.options.models.limits)?;
                let body = source.read(model.body.0, model.body.1, "a model")?;
                table.add(&body, &self.options.models).map_err(|err| err.at(model.body.0))?;
            }
            self.models.insert(frame, table);
        }
        self.models.get(&frame).map_or_else(|| Ok(Vec::new()), |table| table.pick(&head.models))
    }

    fn cached_bytes(&self) -> u64 {
        self.cache.iter().map(|d| d.bytes.len() as u64).sum()
    }
}

/// The content of the tiny frame at `place`.
fn tiny_frame<R: Read + Seek>(
    source: &mut Source<'_, R>,
    place: &FramePlace,
    options: &DecodeOptions,
) -> Result<Vec<u8>> {
    // In a sealed frame it is all of the plain bytes.
    let (at, len) = if place.sealed.is_some() { (0, source.len) } else { (place.at, place.packed) };
    let bytes = source.read(at, len, "a tiny frame")?;
    let parsed = tiny::parse(&bytes)?.ok_or(Error::Truncated { what: "a tiny frame", offset: place.at })?;
    parsed.decode(options)
}

/// The copies that overlap `range`.
fn overlapping(copies: &[(u64, Segment)], range: &Range<u64>) -> Copies {
    let first = copies.partition_point(|(at, segment)| at + u64::from(segment.len) <= range.start);
    copies[first..].iter().take_while(|(at, _)| *at < range.end).cloned().collect()
}

/// The GROUP record at the front of `records`.
fn group_head(records: &[u8], place: &GroupPlace, header: &Header) -> Result<GroupHead> {
    let foreign = Error::Corrupt { what: "a record that does not belong into a group", offset: place.at };
    let head = peek_record(records, header.block_max()).map_err(|err| err.at(place.at))?;
    let Some(head) = head.filter(|head| head.kind == Some(RecordType::Group)) else { return Err(foreign) };
    let body = records.get(head.head_len..).and_then(|rest| rest.get(..head.body_len as usize)).ok_or(foreign)?;
    GroupHead::parse(body, header.group_bound, header.checksum).map_err(|err| err.at(place.at + head.head_len as u64))
}

/// Decodes the records of one group. Copies are left as zeros.
fn decode_group(
    records: &[u8],
    place: &GroupPlace,
    header: &Header,
    models: &[Model],
    limits: &Limits,
    in_use: u64,
) -> Result<(Vec<u8>, Copies)> {
    let mut pos = 0;
    let mut out = Vec::new();
    let mut copies = Vec::new();
    let mut decoder: Option<(GroupDecoder, u64)> = None;
    while pos < records.len() {
        let here = place.at + pos as u64;
        let head = peek_record(&records[pos..], header.block_max()).map_err(|err| err.at(here))?;
        let head = head.ok_or(Error::Corrupt { what: "a record runs out of its group", offset: here })?;
        let body_at = pos + head.head_len;
        let end = (body_at as u64).checked_add(head.body_len).filter(|&end| end <= records.len() as u64);
        let end = end.ok_or(Error::Corrupt { what: "a record runs out of its group", offset: here })? as usize;
        let body = &records[body_at..end];
        let body_offset = place.at + body_at as u64;
        match (head.kind, &mut decoder) {
            (Some(RecordType::Group), None) => {
                let group =
                    GroupHead::parse(body, header.group_bound, header.checksum).map_err(|e| e.at(body_offset))?;
                let needed = group.memory() + in_use;
                if needed > limits.memory {
                    return Err(Error::Limit { what: "memory", needed, limit: limits.memory });
                }
                decoder = Some((GroupDecoder::open(&group, models, header.checksum, limits)?, group.out_len));
            }
            (Some(RecordType::Block), Some((decoder, left))) => {
                let offset = place.offset + out.len() as u64;
                let (block, payload) =
                    BlockHead::parse(body, offset, *left, header.checksum).map_err(|e| e.at(body_offset))?;
                *left -= block.out_len();
                let literals = decoder.decode(&block, payload).map_err(|e| e.at(body_offset))?;
                append(&block, literals, &mut out, &mut copies);
            }
            // A model between groups counts to the group before it, which does not use it.
            (Some(RecordType::Flush | RecordType::Model) | None, _) => {}
            _ => return Err(Error::Corrupt { what: "a record that does not belong into a group", offset: here }),
        }
        pos = end;
    }
    if out.len() as u64 != place.out_len {
        return Err(Error::Corrupt { what: "a group has not the length that the index says", offset: place.at });
    }
    Ok((out, copies))
}

fn append(block: &BlockHead, literals: Vec<u8>, out: &mut Vec<u8>, copies: &mut Copies) {
    if out.is_empty() && literals.len() as u64 == block.out_len() {
        *out = literals;
        return;
    }
    let mut literals = &literals[..];
    for (at, segment) in block.placed() {
        let len = segment.len as usize;
        if segment.is_copy() {
            out.resize(out.len() + len, 0);
            copies.push((at, segment.clone()));
        } else {
            out.extend_from_slice(&literals[..len]);
            literals = &literals[len..];
        }
    }
}

/// The one frame of a file that has nothing else, from its index; `None` where the file is of another kind.
fn single_frame<R: Read + Seek>(
    source: &mut Source<'_, R>,
    keys: &mut Keyring,
    limits: &Limits,
) -> Result<Option<FramePlace>> {
    let Ok(Start::Sealed { head, records_at }) = read_start(source, 0, false) else {
        let frame = indexed_frame(source, limits)?;
        if frame.is_some() {
            keys.expect_plain(0)?;
        }
        return Ok(frame);
    };
    let look = |inner: &mut Source<'_, R>| match indexed_frame(inner, limits)? {
        Some(frame) => Ok(frame),
        None => walk_frame(inner, 0, false),
    };
    let frame = open_frame(source, keys, 0, head, records_at, look)?;
    Ok(Some(frame).filter(|frame| frame.packed == source.len))
}

/// The one frame that `source` is, from its index.
fn indexed_frame<R: Read + Seek>(source: &mut Source<'_, R>, limits: &Limits) -> Result<Option<FramePlace>> {
    let tail_len = 64.min(source.len);
    let tail = source.peek(source.len - tail_len, tail_len)?;
    let Some(footer) = footer_at_end(&tail) else { return Ok(None) };
    let footer_len = tail.len() - footer.1;
    if footer.0.frame_length.checked_add(footer_len as u64) != Some(source.len) || footer.0.index_distance == 0 {
        return Ok(None);
    }
    let Some(index_at) = footer.0.frame_length.checked_sub(footer.0.index_distance) else { return Ok(None) };
    let Start::Full { header, .. } = read_start(source, 0, false)? else { return Ok(None) };
    // An entry of two bytes becomes a hundred in memory.
    if footer.0.index_distance > limits.memory / 64 {
        return Err(Error::Limit { what: "memory", needed: footer.0.index_distance * 64, limit: limits.memory });
    }
    let record = source.read(index_at, footer.0.index_distance, "the index")?;
    let corrupt = |what| Error::Corrupt { what, offset: index_at };
    let head = peek_record(&record, 0)?.filter(|head| head.kind == Some(RecordType::Index));
    let head = head.ok_or(corrupt("the footer does not lead to the index"))?;
    if head.head_len as u64 + head.body_len != record.len() as u64 {
        return Err(corrupt("the index has the wrong length"));
    }
    let (mut at, entries) = parse_index(&record[head.head_len..]).map_err(|err| err.at(index_at))?;
    let mut groups = Vec::new();
    let mut offset = 0u64;
    for entry in entries {
        let place = GroupPlace { at, packed: entry.packed, offset, out_len: entry.out_len, head: None };
        let next = at.checked_add(entry.packed).filter(|&next| next <= index_at);
        at = next.ok_or(corrupt("a group of the index lies outside the frame"))?;
        offset = offset.checked_add(entry.out_len).ok_or(corrupt("the index is too long"))?;
        groups.push(place);
    }
    if at != index_at || offset != footer.0.content_length {
        return Err(corrupt("the index does not add up to the frame"));
    }
    let kind = FrameKind::Full { header, groups, models: None };
    Ok(Some(FramePlace { at: 0, packed: source.len, out_len: Some(offset), kind, sealed: None }))
}

/// The footer that ends `tail`, and where its record starts there.
fn footer_at_end(tail: &[u8]) -> Option<(Footer, usize)> {
    let before_magic = tail.strip_suffix(&END_MAGIC)?;
    let start = tail.len().checked_sub(usize::from(*before_magic.last()?))?;
    let record = &tail[start..];
    let head = peek_record(record, 0).ok()??;
    if head.kind != Some(RecordType::Footer) || head.head_len as u64 + head.body_len != record.len() as u64 {
        return None;
    }
    Some((Footer::parse(&record[head.head_len..]).ok()?, start))
}
