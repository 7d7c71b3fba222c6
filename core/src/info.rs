//! What a file says about itself, read without decoding.

use crate::codec::CodecId;
use crate::codec::filter::FilterSpec;
use crate::container::walk::{FrameKind, FramePlace, ParsedStart, Source, parse_start, walk};
use crate::container::{FORMAT_VERSION, tiny};
use crate::error::{Error, Result};
use crate::model::ShortId;
use std::io::{Cursor, Read, Seek};

/// A file of one or more frames.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info {
    /// Its frames, in order.
    pub frames: Vec<FrameInfo>,
}

impl Info {
    /// Bytes of output of all frames, if each of them tells.
    pub fn content_length(&self) -> Option<u64> {
        self.frames.iter().map(|frame| frame.content_length).sum()
    }

    /// Bytes of the file.
    pub fn packed_length(&self) -> u64 {
        self.frames.iter().map(|frame| frame.packed_length).sum()
    }
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrameInfo {
    /// Version of the format.
    pub version: u8,
    /// Whether this is the short form for inputs under 1 KiB.
    pub tiny: bool,
    /// Bytes of output. A tiny frame that was coded with a model does not tell.
    pub content_length: Option<u64>,
    /// Bytes in the file.
    pub packed_length: u64,
    /// Whether decoders check the content.
    pub checksum: bool,
    /// How far back copies reach, in bytes.
    pub window: u64,
    /// Largest group that a decoder must be ready for, in bytes of output.
    pub group_bound: u64,
    /// The models that its groups use, in the order of their records.
    pub models: Vec<ModelInfo>,
    /// Its groups, in order. A tiny frame shows as one, or as none if its length is not known.
    pub groups: Vec<GroupInfo>,
}

/// A model that a frame needs to be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelInfo {
    /// The start of the id of the set of parts that was used.
    pub id: ShortId,
    /// Whether the frame carries it. Else the decoder must be given it.
    pub embedded: bool,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupInfo {
    /// Offset in the frame's output.
    pub offset: u64,
    /// Bytes of output.
    pub len: u64,
    /// Bytes in the file, records included.
    pub packed: u64,
    /// Bytes that are copies of earlier output.
    pub copied: u64,
    /// Its codec.
    pub codec: CodecId,
    /// Number of the codec's expert set.
    pub ensemble: u8,
    /// Filters before the codec.
    pub filters: Vec<FilterSpec>,
    /// The models it is coded with: places in [`FrameInfo::models`].
    pub models: Vec<u32>,
}

/// Describes the file in `data` without decoding it.
///
/// # Errors
/// Where `data` is no whole file of this format. Payloads are not looked at, so damage in them is not noticed.
pub fn info(data: &[u8]) -> Result<Info> {
    info_from(&mut Cursor::new(data))
}

/// As [`info`], from a reader, seeking over payloads.
///
/// # Errors
/// As [`info`], and [`Error::Io`].
pub fn info_from<R: Read + Seek>(reader: &mut R) -> Result<Info> {
    let frames = walk(&mut Source::new(reader)?)?;
    Ok(Info { frames: frames.into_iter().map(describe).collect() })
}

/// The length of the first frame's content, where its front tells it. `data` need only be the first bytes of a file: 64 are
/// enough.
///
/// # Errors
/// Where `data` is not the front of a frame, or too little of it.
pub fn content_length(data: &[u8]) -> Result<Option<u64>> {
    if data.get(..2) == Some(&tiny::MAGIC[..]) {
        return tiny::plain_len(data);
    }
    match parse_start(data, false)? {
        Some(ParsedStart::Full { header, .. }) => Ok(header.content_length),
        _ => Err(Error::Truncated { what: "the start of a frame", offset: data.len() as u64 }),
    }
}

fn describe(frame: FramePlace) -> FrameInfo {
    let (content_length, packed_length) = (frame.out_len, frame.packed);
    match frame.kind {
        FrameKind::Tiny { codec, model } => FrameInfo {
            version: FORMAT_VERSION,
            tiny: true,
            content_length,
            packed_length,
            checksum: true,
            window: 0,
            group_bound: content_length.unwrap_or(tiny::TINY_MAX as u64),
            models: model.map(|id| ModelInfo { id, embedded: false }).into_iter().collect(),
            groups: content_length
                .into_iter()
                .map(|len| GroupInfo {
                    offset: 0,
                    len,
                    packed: packed_length,
                    copied: 0,
                    codec,
                    ensemble: 0,
                    filters: Vec::new(),
                    models: Vec::new(),
                })
                .collect(),
        },
        FrameKind::Full { header, groups, models } => FrameInfo {
            version: FORMAT_VERSION,
            tiny: false,
            content_length,
            packed_length,
            checksum: header.checksum,
            window: header.window(),
            group_bound: header.group_bound,
            models: models
                .unwrap_or_default()
                .into_iter()
                .map(|place| ModelInfo { id: place.id, embedded: place.carried })
                .collect(),
            groups: groups
                .into_iter()
                .filter_map(|place| {
                    let head = place.head?;
                    Some(GroupInfo {
                        offset: place.offset,
                        len: place.out_len,
                        packed: place.packed,
                        copied: if head.open { 0 } else { head.out_len - head.literal_len },
                        codec: head.codec,
                        ensemble: head.ensemble,
                        filters: head.filters,
                        models: head.models,
                    })
                })
                .collect(),
        },
    }
}
