//! A file's frames and groups, found without decoding: record by record, seeking over payloads.

use super::footer::Footer;
use super::group::{BlockHead, GroupHead};
use super::header::Header;
use super::models::{HEAD_LEN, RECORDS_MAX, parse_head};
use super::record::{RecordHead, RecordType, peek_record};
use super::seal::Purpose;
use super::seal::head::{FRONT, SealHead, peek_seal};
use super::seal::keyring::Keyring;
use super::seal::view::{self, View};
use super::wire::Cursor;
use super::{FORMAT_VERSION, MAGIC, tiny};
use crate::codec::CodecId;
use crate::error::{Error, Result};
use crate::model::ShortId;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

/// Bytes read to look at a record's head: type and varint.
const PEEK: usize = 16;

/// One group of a frame.
#[derive(Clone, Debug)]
pub(crate) struct GroupPlace {
    /// Offset of the GROUP record in the file.
    pub(crate) at: u64,
    /// Bytes up to the next group or the end of groups.
    pub(crate) packed: u64,
    /// Offset in the frame's output.
    pub(crate) offset: u64,
    /// Bytes of output.
    pub(crate) out_len: u64,
    /// The record's content, where it has been read.
    pub(crate) head: Option<GroupHead>,
}

/// A MODEL record of a frame.
#[derive(Clone, Debug)]
pub(crate) struct ModelPlace {
    pub(crate) id: ShortId,
    /// Whether the model is in the frame.
    pub(crate) carried: bool,
    /// Where the record's body is in the file, and its length.
    pub(crate) body: (u64, u64),
}

/// What kind of frame.
#[derive(Clone, Debug)]
pub(crate) enum FrameKind {
    Tiny {
        codec: CodecId,
        model: Option<ShortId>,
    },
    Full {
        header: Header,
        groups: Vec<GroupPlace>,
        /// `None` where groups come from the index, which does not tell.
        models: Option<Vec<ModelPlace>>,
    },
    /// Sealed, and nobody gave a key.
    Closed,
}

/// One frame of a file.
#[derive(Clone, Debug)]
pub(crate) struct FramePlace {
    /// Offset in the file.
    pub(crate) at: u64,
    /// Bytes in the file.
    pub(crate) packed: u64,
    /// Bytes of output. Of a tiny frame under a model only decoding tells, of a sealed one only a key.
    pub(crate) out_len: Option<u64>,
    pub(crate) kind: FrameKind,
    pub(crate) sealed: Option<Sealed>,
}

/// How a frame is sealed.
#[derive(Clone, Debug)]
pub(crate) struct Sealed {
    pub(crate) head: Box<SealHead>,
    /// What opens it. The offsets of the frame's groups are then in the plain bytes that this gives.
    pub(crate) view: Option<Arc<View>>,
}

/// Reads positions of a file, or of the plain bytes of a sealed frame in it.
pub(crate) struct Source<'a, R> {
    reader: &'a mut R,
    /// Where positions count from: 0 but for a part of the file.
    base: u64,
    /// Bytes of it.
    pub(crate) len: u64,
    view: Option<Arc<View>>,
    /// The sealed segment that was opened last: its number and plain bytes.
    pub(crate) kept: Option<(u64, Vec<u8>)>,
}

impl<'a, R: Read + Seek> Source<'a, R> {
    pub(crate) fn new(reader: &'a mut R) -> Result<Self> {
        let len = reader.seek(SeekFrom::End(0))?;
        Ok(Source { reader, base: 0, len, view: None, kept: None })
    }

    /// The bytes of the file from `base` to `end`; positions in it count from its start.
    pub(crate) fn part(&mut self, base: u64, end: u64) -> Source<'_, R> {
        Source { reader: self.reader, base, len: end.saturating_sub(base), view: None, kept: None }
    }

    /// The plain bytes of a sealed frame in the same file; without `view` the file itself.
    pub(crate) fn within(&mut self, view: Option<&Arc<View>>) -> Source<'_, R> {
        let len = view.map_or(self.len, |view| view.len());
        Source { reader: self.reader, base: 0, len, view: view.cloned(), kept: None }
    }

    /// Up to `count` bytes at `at`: fewer at the end.
    pub(crate) fn peek(&mut self, at: u64, count: u64) -> Result<Vec<u8>> {
        let count = count.min(self.len.saturating_sub(at));
        let Some(view) = self.view.clone() else { return self.peek_file(self.base + at, count) };
        let mut bytes = try_reserved(count)?;
        view.read(self, at, count, &mut bytes)?;
        Ok(bytes)
    }

    /// Up to `count` bytes at `at` of the file itself.
    pub(crate) fn peek_file(&mut self, at: u64, count: u64) -> Result<Vec<u8>> {
        let mut bytes = try_reserved(count)?;
        bytes.resize(count as usize, 0);
        self.reader.seek(SeekFrom::Start(at))?;
        // All is asked for at once, as each question may be a request to somewhere far away.
        let mut filled = 0;
        while filled < bytes.len() {
            match self.reader.read(&mut bytes[filled..]) {
                Ok(0) => break,
                Ok(got) => filled += got,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    /// Exactly `count` bytes at `at` of the file itself.
    pub(crate) fn read_file(&mut self, at: u64, count: u64, what: &'static str) -> Result<Vec<u8>> {
        let bytes = self.peek_file(at, count)?;
        let got = bytes.len() as u64;
        if got < count { Err(Error::Truncated { what, offset: at + got }) } else { Ok(bytes) }
    }

    /// Exactly `count` bytes at `at`.
    pub(crate) fn read(&mut self, at: u64, count: u64, what: &'static str) -> Result<Vec<u8>> {
        let bytes = self.peek(at, count)?;
        if (bytes.len() as u64) < count {
            return Err(Error::Truncated { what, offset: self.len });
        }
        Ok(bytes)
    }

    pub(crate) fn record(&mut self, at: u64, block_max: u64) -> Result<RecordHead> {
        let bytes = self.peek(at, PEEK as u64)?;
        match peek_record(&bytes, block_max).map_err(|err| err.at(at))? {
            Some(head) if head.body_len <= self.len - at - head.head_len as u64 => Ok(head),
            _ => Err(Error::Truncated { what: "a frame has no end", offset: self.len }),
        }
    }
}

fn try_reserved(count: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(count as usize).map_err(|_| Error::OutOfMemory { bytes: count })?;
    Ok(bytes)
}

/// Every frame of the file. Without keys, sealed ones are [`FrameKind::Closed`]; with keys, plain ones are an error.
pub(crate) fn walk<R: Read + Seek>(source: &mut Source<'_, R>, keys: &mut Keyring) -> Result<Vec<FramePlace>> {
    let mut frames = Vec::new();
    let mut at = 0;
    while at < source.len || frames.is_empty() {
        let frame = match read_start(source, at, !frames.is_empty())? {
            Start::Sealed { head, records_at } if keys.is_empty() => {
                let end = view::walk_to_end(source, records_at)?;
                let sealed = Some(Sealed { head, view: None });
                FramePlace { at, packed: end - at, out_len: None, kind: FrameKind::Closed, sealed }
            }
            Start::Sealed { head, records_at } => {
                open_frame(source, keys, at, head, records_at, |inner| walk_frame(inner, 0, false))?
            }
            start => {
                keys.expect_plain(at)?;
                walk_records(source, at, start)?
            }
        };
        at += frame.packed;
        frames.push(frame);
    }
    Ok(frames)
}

/// The sealed frame at `at`, opened; `look` finds the frame in its plain bytes, of which it must be all.
pub(crate) fn open_frame<R: Read + Seek>(
    source: &mut Source<'_, R>,
    keys: &mut Keyring,
    at: u64,
    head: Box<SealHead>,
    records_at: u64,
    look: impl FnOnce(&mut Source<'_, R>) -> Result<FramePlace>,
) -> Result<FramePlace> {
    let key = keys.unlock(&head).map_err(|err| err.at(at))?;
    let view = Arc::new(View::open(source, &key, &head, at, records_at)?);
    let frame = look(&mut source.within(Some(&view))).map_err(|err| err.within(at))?;
    if frame.packed != view.len() {
        return Err(Error::Corrupt { what: "bytes behind the frame in a sealed one", offset: at });
    }
    let packed = view.end() - at;
    Ok(FramePlace { at, packed, sealed: Some(Sealed { head, view: Some(view) }), ..frame })
}

/// The frame at `at`, which is not sealed.
pub(crate) fn walk_frame<R: Read + Seek>(
    source: &mut Source<'_, R>,
    at: u64,
    behind_another: bool,
) -> Result<FramePlace> {
    let start = read_start(source, at, behind_another)?;
    walk_records(source, at, start)
}

fn walk_records<R: Read + Seek>(source: &mut Source<'_, R>, at: u64, start: Start) -> Result<FramePlace> {
    let (mut pos, header) = match start {
        Start::Tiny(frame) => return Ok(frame),
        Start::Full { header, records_at } => (records_at, header),
        Start::Sealed { .. } => return Err(Error::Corrupt { what: "a sealed frame in a sealed one", offset: at }),
    };
    let mut groups: Vec<GroupPlace> = Vec::new();
    let mut models = Vec::new();
    let mut offset = 0u64;
    let mut groups_end = None;
    loop {
        let head = source.record(pos, header.block_max())?;
        let body_at = pos + head.head_len as u64;
        let next = body_at + head.body_len;
        match head.kind {
            Some(RecordType::Group | RecordType::Block) if groups_end.is_some() => {
                return Err(Error::Corrupt { what: "a group behind the index", offset: pos });
            }
            Some(RecordType::Group) => {
                close(&mut groups, pos);
                let body = source.read(body_at, head.body_len, "a group")?;
                let group =
                    GroupHead::parse(&body, header.group_bound, header.checksum).map_err(|err| err.at(body_at))?;
                let out_len = if group.open { 0 } else { group.out_len };
                groups.push(GroupPlace { at: pos, packed: 0, offset, out_len, head: Some(group) });
                offset = offset.saturating_add(out_len);
            }
            Some(RecordType::Block) => {
                if let Some(place) = groups.last_mut()
                    && let Some(GroupHead { open: true, out_len: bound, .. }) = place.head
                {
                    let body = source.read(body_at, head.body_len, "a block")?;
                    let left = bound - place.out_len;
                    let block =
                        BlockHead::parse(&body, offset, left, header.checksum).map_err(|err| err.at(body_at))?;
                    place.out_len += block.0.out_len();
                    offset = offset.saturating_add(block.0.out_len());
                }
            }
            Some(RecordType::Index) => groups_end = groups_end.or(Some(pos)),
            Some(RecordType::Footer) => {
                close(&mut groups, groups_end.unwrap_or(pos));
                let body = source.read(body_at, head.body_len, "a footer")?;
                let footer = Footer::parse(&body).map_err(|err| err.at(body_at))?;
                if footer.content_length != offset || footer.frame_length != pos - at {
                    return Err(Error::Corrupt { what: "the frame's length is not what it says", offset: body_at });
                }
                let kind = FrameKind::Full { header, groups, models: Some(models) };
                return Ok(FramePlace { at, packed: next - at, out_len: Some(offset), kind, sealed: None });
            }
            Some(RecordType::Model) => {
                if models.len() == RECORDS_MAX {
                    return Err(Error::Corrupt { what: "a frame of too many models", offset: pos });
                }
                let front = source.read(body_at, head.body_len.min(HEAD_LEN as u64), "a model")?;
                let (id, carried) = parse_head(&mut Cursor::new(&front)).map_err(|err| err.at(body_at))?;
                models.push(ModelPlace { id, carried, body: (body_at, head.body_len) });
            }
            Some(RecordType::Seal | RecordType::Sealed | RecordType::SealedEnd) => {
                return Err(Error::Corrupt { what: "a sealed record in a frame that is not sealed", offset: pos });
            }
            Some(RecordType::Header) => return Err(Error::Corrupt { what: "a second header", offset: pos }),
            Some(RecordType::Archive | RecordType::Unit | RecordType::End) => {
                return Err(Error::Corrupt { what: "a record of archives in a frame", offset: pos });
            }
            Some(RecordType::Flush) | None => {}
        }
        pos = next;
    }
}

fn close(groups: &mut [GroupPlace], at: u64) {
    if let Some(last) = groups.last_mut() {
        last.packed = at - last.at;
    }
}

/// The front of a frame.
pub(crate) enum Start {
    Tiny(FramePlace),
    Full { header: Header, records_at: u64 },
    Sealed { head: Box<SealHead>, records_at: u64 },
}

/// Reads the front of the frame at `at`.
pub(crate) fn read_start<R: Read + Seek>(source: &mut Source<'_, R>, at: u64, behind_another: bool) -> Result<Start> {
    let bytes = source.peek(at, tiny::FRAME_MAX as u64)?;
    let truncated = Error::Truncated { what: "the start of a frame", offset: source.len };
    let mut parsed = parse_start(&bytes, behind_another).map_err(|err| err.at(at))?;
    let longer;
    if parsed.is_none() && bytes.len() == tiny::FRAME_MAX {
        longer = source.peek(at, SEAL_MAX)?;
        parsed = parse_start(&longer, behind_another).map_err(|err| err.at(at))?;
    }
    match parsed {
        None => Err(truncated),
        Some(ParsedStart::Tiny(frame)) => {
            let (packed, out_len) = (frame.frame_len as u64, frame.plain_len.map(|len| len as u64));
            let kind = FrameKind::Tiny { codec: frame.codec, model: frame.model };
            Ok(Start::Tiny(FramePlace { at, packed, out_len, kind, sealed: None }))
        }
        Some(ParsedStart::Full { header, len }) => Ok(Start::Full { header, records_at: at + len as u64 }),
        Some(ParsedStart::Sealed { head, len }) => Ok(Start::Sealed { head, records_at: at + len as u64 }),
    }
}

/// The front of a frame, parsed.
pub(crate) enum ParsedStart<'a> {
    Tiny(tiny::TinyFrame<'a>),
    /// A full frame's header, and how many bytes it takes together with the magic.
    Full {
        header: Header,
        len: usize,
    },
    /// A sealed frame's header and seal, and how many bytes they take together with the magic.
    Sealed {
        head: Box<SealHead>,
        len: usize,
    },
}

/// Parses the front of a frame; `Ok(None)` where more bytes are needed.
pub(crate) fn parse_start(bytes: &[u8], behind_another: bool) -> Result<Option<ParsedStart<'_>>> {
    if bytes.len() >= 2 && bytes[..2] == tiny::MAGIC {
        return Ok(tiny::parse(bytes)?.map(ParsedStart::Tiny));
    }
    if bytes.starts_with(&FRONT) {
        let seal = peek_seal(&bytes[FRONT.len()..]).map_err(|err| err.at(FRONT.len() as u64))?;
        return match seal {
            Some((head, _)) if head.purpose != Purpose::Frame => Err(Error::WrongKind("an archive of many files")),
            Some((head, len)) => Ok(Some(ParsedStart::Sealed { head: Box::new(head), len: FRONT.len() + len })),
            None => Ok(None),
        };
    }
    match parse_full_start(bytes, behind_another)? {
        Some((header, _, _)) if header.archive => Err(Error::WrongKind("an archive of many files")),
        Some((header, _, len)) => Ok(Some(ParsedStart::Full { header, len })),
        None => Ok(None),
    }
}

/// Parses the front of an archive's generation: its header, the header's body, and how many bytes they take with the magic.
pub(crate) fn parse_archive_start(bytes: &[u8]) -> Result<(Header, &[u8], usize)> {
    if bytes.len() >= 2 && bytes[..2] == tiny::MAGIC {
        return Err(Error::WrongKind("a compressed file, not an archive"));
    }
    match parse_full_start(bytes, false)? {
        Some(start) if start.0.archive => Ok(start),
        Some(_) => Err(Error::WrongKind("a compressed file, not an archive")),
        None => Err(Error::Truncated { what: "the start of an archive", offset: bytes.len() as u64 }),
    }
}

/// Parses magic and header: the header, its body, and how many bytes they take together.
fn parse_full_start(bytes: &[u8], behind_another: bool) -> Result<Option<(Header, &[u8], usize)>> {
    let known = bytes.len().min(MAGIC.len());
    if bytes.len() >= 2 && bytes[0] == MAGIC[0] && bytes[1] & 0xF0 == 0x70 {
        return Err(Error::Unsupported { what: "format version", value: u64::from(bytes[1] & 0x0F) });
    }
    if bytes[..known] != MAGIC[..known] {
        return Err(if behind_another {
            Error::corrupt("trailing bytes that are no frame")
        } else {
            Error::NotVatic { what: "it does not start with the magic bytes" }
        });
    }
    let Some(&version) = bytes.get(MAGIC.len()) else { return Ok(None) };
    if version != FORMAT_VERSION {
        return Err(Error::Unsupported { what: "format version", value: u64::from(version) });
    }
    let at = MAGIC.len() + 1;
    let rest = &bytes[at..];
    let Some(head) = peek_record(rest, 0).map_err(|err| err.at(at as u64))? else { return Ok(None) };
    if head.kind != Some(RecordType::Header) {
        return Err(Error::Corrupt { what: "a frame does not start with its header", offset: at as u64 });
    }
    if head.body_len > HEADER_MAX {
        return Err(Error::Corrupt { what: "the header is too long", offset: at as u64 });
    }
    let end = head.head_len + head.body_len as usize;
    let Some(body) = rest.get(head.head_len..end) else { return Ok(None) };
    let header = Header::parse(body).map_err(|err| err.at((at + head.head_len) as u64))?;
    Ok(Some((header, body, at + end)))
}

/// Bytes that the front of a sealed frame fits: magic, header, and the longest seal.
pub(crate) const SEAL_MAX: u64 = (1 << 16) + 32;
/// Longest body of a HEADER record.
const HEADER_MAX: u64 = 64;
