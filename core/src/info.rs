//! What a file says about itself, read without decoding.

use crate::codec::CodecId;
use crate::codec::filter::FilterSpec;
use crate::container::seal::Suite;
use crate::container::seal::head::{FRONT, SealHead, Stanza};
use crate::container::seal::keyring::Keyring;
use crate::container::walk::{FrameKind, FramePlace, ParsedStart, Source, parse_start, walk};
use crate::container::{FORMAT_VERSION, tiny};
use crate::error::{Error, Result};
use crate::model::ShortId;
use crate::options::DecodeOptions;
use std::io::{Cursor, Read, Seek};

/// A file of one or more frames.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info {
    /// Its frames, in order.
    pub frames: Vec<FrameInfo>,
}

impl Info {
    /// Bytes of output of all frames; `None` where one of them does not tell, or is sealed and was not opened.
    pub fn content_length(&self) -> Option<u64> {
        self.frames.iter().map(|frame| frame.content_length).sum()
    }

    /// Whether any frame is sealed.
    pub fn is_sealed(&self) -> bool {
        self.frames.iter().any(|frame| frame.sealed.is_some())
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
    /// How it is sealed, if it is. Without a key that opens it, `content_length` is `None`, there are no groups, and the
    /// other fields have the values of an empty frame.
    pub sealed: Option<SealInfo>,
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

/// How a frame is sealed, as anybody can see.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SealInfo {
    /// Its cipher.
    pub suite: Suite,
    /// Whether a password opens it.
    pub password: bool,
    /// How many raw keys open it.
    pub raw_keys: usize,
    /// Whether it is sealed for recipients; how many is not told here.
    pub recipients: bool,
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

/// Describes the file in `data` without decoding it. Of sealed frames it tells what can be seen without a key.
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
    info_with(reader, &DecodeOptions::new())
}

/// As [`info_from`], with the keys and limits of `options`: with a key, sealed frames are described like others, and others are
/// errors.
///
/// # Errors
/// As [`info_from`], and all that can go wrong with keys.
pub fn info_with<R: Read + Seek>(reader: &mut R, options: &DecodeOptions) -> Result<Info> {
    let frames = walk(&mut Source::new(reader)?, &mut Keyring::new(&options.keys, &options.limits))?;
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
        None if data.starts_with(&FRONT) => Ok(None),
        Some(ParsedStart::Sealed { .. }) => Ok(None),
        _ => Err(Error::Truncated { what: "the start of a frame", offset: data.len() as u64 }),
    }
}

fn describe(frame: FramePlace) -> FrameInfo {
    let (content_length, packed_length) = (frame.out_len, frame.packed);
    let sealed = frame.sealed.map(|sealed| seal_info(&sealed.head));
    match frame.kind {
        FrameKind::Tiny { codec, model } => FrameInfo {
            version: FORMAT_VERSION,
            tiny: true,
            sealed,
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
            sealed,
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
        FrameKind::Closed => FrameInfo {
            version: FORMAT_VERSION,
            tiny: false,
            sealed,
            content_length: None,
            packed_length,
            checksum: true,
            window: 0,
            group_bound: 0,
            models: Vec::new(),
            groups: Vec::new(),
        },
    }
}

fn seal_info(head: &SealHead) -> SealInfo {
    let count = |kind| head.stanzas.iter().filter(|stanza| stanza.kind == kind).count();
    SealInfo {
        suite: head.suite,
        password: count(Stanza::PASSWORD) > 0,
        raw_keys: count(Stanza::RAW),
        recipients: count(Stanza::AGE) > 0,
    }
}
