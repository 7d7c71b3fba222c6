//! One group's way from bytes to records: the router's choice, filters, the codec, and the check that it paid.

use super::group::{BlockHead, GroupDecoder, GroupHead, Segment};
use super::record::{RecordType, put_record};
use super::{SEGMENT_MAX, wire::put_varint};
use crate::chunk::detect::Class;
use crate::codec::{self, CodecId, UNLIMITED, filter};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::options::NeuralWishes;
use crate::route::{self, Choice, Route, Wishes};
use crate::watch::Watch;

/// What of the options matters to a group.
#[derive(Clone, Debug)]
pub(crate) struct PackOptions {
    pub(crate) level: u8,
    pub(crate) codec: Option<CodecId>,
    pub(crate) neural: NeuralWishes,
    pub(crate) checksum: bool,
    pub(crate) verify: bool,
    /// What the router may have groups coded with.
    pub(crate) models: Vec<Model>,
    /// Is told of each block.
    pub(crate) watch: Watch,
}

/// A group before it is coded.
#[derive(Debug)]
pub(crate) struct GroupPlan {
    /// Offset in the frame's output.
    pub(crate) offset: u64,
    pub(crate) class: Class,
    /// The group's output in order.
    pub(crate) segments: Vec<Segment>,
    /// The bytes of the segments that are no copies, one after the other.
    pub(crate) literals: Vec<u8>,
}

/// A group as records.
#[derive(Debug)]
pub(crate) struct PackedGroup {
    /// Names its models by their place in `models`.
    head: GroupHead,
    pub(crate) models: Vec<Model>,
    /// The BLOCK records.
    blocks: Vec<u8>,
    pub(crate) route: Route,
}

impl PackedGroup {
    /// Appends the group's records. `indices` are the places of its models in the frame.
    pub(crate) fn write(&self, indices: &[u32], checksum: bool, out: &mut Vec<u8>) {
        put_head(&GroupHead { models: indices.to_vec(), ..self.head.clone() }, checksum, out);
        out.extend_from_slice(&self.blocks);
    }
}

fn put_head(head: &GroupHead, checksum: bool, out: &mut Vec<u8>) {
    let mut body = Vec::new();
    head.write(checksum, &mut body);
    put_record(out, RecordType::Group, &body);
}

/// Codes a group. The result depends on nothing but the plan and the options.
pub(crate) fn pack(plan: GroupPlan, options: &PackOptions) -> Result<PackedGroup> {
    let data = &plan.literals[..];
    let mut choice = if data.is_empty() {
        Choice::store(0, "seen before")
    } else {
        let PackOptions { level, codec, neural, ref models, .. } = *options;
        route::choose(data, plan.class, Wishes { level, codec, neural, models })?
    };
    let mut blocks = write_blocks(&plan, &choice, options, &options.watch)?;
    // A forced codec may cost a little; beyond that, and for a chosen one at all, storing is better.
    let spare = if options.codec.is_some() { data.len() / 2048 + 8 } else { 0 };
    if choice.codec != CodecId::Store {
        let stored = Choice::store(data.len(), "would not shrink");
        let stored_len = write_tables(&plan, &stored, options).len() + data.len();
        if packed_len(&plan, &choice, &blocks, options) > stored_len + spare {
            choice = stored;
            blocks = write_blocks(&plan, &choice, options, &Watch::default())?;
        }
    }
    if options.verify {
        verify(&plan, &choice, &blocks, options)?;
    }
    let packed = packed_len(&plan, &choice, &blocks, options) as u64;
    let head = head_of(&plan, &choice);
    let route = Route {
        offset: plan.offset,
        len: plan.segments.iter().map(|s| u64::from(s.len)).sum(),
        class: plan.class,
        codec: choice.codec,
        ensemble: choice.params.ensemble,
        filters: choice.filters,
        packed,
        why: choice.why,
    };
    Ok(PackedGroup { head, models: choice.models, blocks, route })
}

/// Bytes of a group's records.
fn packed_len(plan: &GroupPlan, choice: &Choice, blocks: &[u8], options: &PackOptions) -> usize {
    let mut out = Vec::new();
    put_head(&head_of(plan, choice), options.checksum, &mut out);
    out.len() + blocks.len()
}

fn head_of(plan: &GroupPlan, choice: &Choice) -> GroupHead {
    GroupHead {
        open: false,
        codec: choice.codec,
        ensemble: choice.params.ensemble,
        arg: choice.params.arg,
        filters: choice.filters.clone(),
        out_len: plan.segments.iter().map(|s| u64::from(s.len)).sum(),
        literal_len: plan.literals.len() as u64,
        models: (0..choice.models.len() as u32).collect(),
    }
}

/// The segments of each block, with the coded bytes' lengths.
fn blocks(plan: &GroupPlan, codec: CodecId) -> Vec<(BlockHead, usize)> {
    let max = if codec.is_whole_group() { usize::MAX } else { SEGMENT_MAX };
    split_blocks(&plan.segments, plan.offset, max)
}

/// Splits consecutive segments into blocks of at most `max` coded bytes.
pub(crate) fn split_blocks(segments: &[Segment], mut offset: u64, max: usize) -> Vec<(BlockHead, usize)> {
    let mut blocks: Vec<(BlockHead, usize)> = Vec::new();
    for segment in segments {
        let coded = if segment.is_copy() { 0 } else { segment.len as usize };
        match blocks.last_mut() {
            Some((head, len)) if *len + coded <= max => {
                head.segments.push(segment.clone());
                *len += coded;
            }
            _ => blocks.push((BlockHead { raw: false, offset, segments: vec![segment.clone()] }, coded)),
        }
        offset += u64::from(segment.len);
    }
    blocks
}

/// Everything of a group but its payloads, to weigh it.
fn write_tables(plan: &GroupPlan, choice: &Choice, options: &PackOptions) -> Vec<u8> {
    let mut out = Vec::new();
    let mut body = Vec::new();
    put_head(&head_of(plan, choice), options.checksum, &mut out);
    for (head, len) in blocks(plan, choice.codec) {
        body.clear();
        head.write(options.checksum, &mut body);
        out.push(RecordType::Block as u8);
        put_varint(&mut out, (body.len() + len) as u64);
        out.extend_from_slice(&body);
    }
    out
}

fn write_blocks(plan: &GroupPlan, choice: &Choice, options: &PackOptions, watch: &Watch) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut body = Vec::new();
    let mut codec = codec::open_with(choice.codec, &choice.params, &choice.models, &UNLIMITED)?;
    let mut pos = 0;
    for (head, len) in blocks(plan, choice.codec) {
        body.clear();
        head.write(options.checksum, &mut body);
        let block = &plan.literals[pos..pos + len];
        if len > 0 && choice.filters.is_empty() {
            codec.encode(block, &mut body)?;
        } else if len > 0 {
            let mut filtered = block.to_vec();
            filter::apply(&choice.filters, &mut filtered, pos as u64)?;
            codec.encode(&filtered, &mut body)?;
        }
        put_record(&mut out, RecordType::Block, &body);
        pos += len;
        watch.coded(head.out_len())?;
    }
    Ok(out)
}

/// Decodes what was just written and compares.
fn verify(plan: &GroupPlan, choice: &Choice, bytes: &[u8], options: &PackOptions) -> Result<()> {
    let mut decoder = GroupDecoder::open(&head_of(plan, choice), &choice.models, options.checksum, &UNLIMITED)?;
    let mut rest = bytes;
    let mut next_body = || -> Result<&[u8]> {
        let head = super::record::peek_record(rest, u64::MAX)?.ok_or(Error::Internal("a record was cut"))?;
        let (record, left) = rest.split_at(head.head_len + head.body_len as usize);
        rest = left;
        Ok(&record[head.head_len..])
    };
    let mut pos = 0;
    for (head, len) in blocks(plan, choice.codec) {
        let (read, payload) = BlockHead::parse(next_body()?, head.offset, u64::MAX, options.checksum)?;
        if read.segments.len() != head.segments.len()
            || decoder.decode(&read, payload)? != plan.literals[pos..pos + len]
        {
            return Err(Error::Internal("a group does not decode to what was encoded"));
        }
        pos += len;
    }
    Ok(())
}
