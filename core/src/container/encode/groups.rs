//! The end of a group: what goes off as a whole to be coded, and what is appended to a group that stays open.

use super::{FrameEncoder, GROUP_LARGE, GROUP_SMALL, MEMORY_PER_BYTE, STREAM_MAX};
use crate::chunk::CHUNK_MAX;
use crate::codec::{self, CodecId};
use crate::container::group::Segment;
use crate::container::pack::{GroupPlan, pack};
use crate::container::stream::StreamGroup;
use crate::error::Result;
use crate::options::Options;

impl FrameEncoder {
    /// Ends the current group before byte `at` of the buffer, which is where segment `segment` starts.
    pub(super) fn close_group(&mut self, at: usize, segment: usize) -> Result<()> {
        if at == 0 {
            return Ok(());
        }
        self.stream = None;
        let plan = self.take_plan(at, segment);
        while self.jobs.is_full() {
            self.take_job()?;
        }
        let options = self.pack.clone();
        self.jobs.submit(move || pack(plan, &options))?;
        while self.jobs.is_full() {
            self.take_job()?;
        }
        self.pack.watch.wrote(self.frame_pos())
    }

    /// Splits the first `at` bytes off the buffer.
    pub(super) fn take_plan(&mut self, at: usize, segment: usize) -> GroupPlan {
        let tail = self.buffer[at..].to_vec();
        let mut literals = std::mem::replace(&mut self.buffer, tail);
        literals.truncate(at);
        let rest = self.segments.split_off(segment);
        let segments = std::mem::replace(&mut self.segments, rest);
        if segments.iter().any(Segment::is_copy) {
            remove_copies(&segments, &mut literals);
        }
        let plan = GroupPlan { offset: self.offset, class: self.runs.end_group(at), segments, literals };
        self.offset += at as u64;
        self.chunked -= at;
        plan
    }

    /// How the rest of the buffer is coded if it goes into a group that later flushes can append to.
    pub(super) fn stream_suits(&self) -> Option<(CodecId, u8)> {
        StreamGroup::coding(&self.pack).filter(|_| self.buffer.len() <= STREAM_MAX)
    }

    pub(super) fn append_to_stream(&mut self, coding: (CodecId, u8)) -> Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.drain_jobs()?;
        self.start_frame();
        let plan = self.take_plan(self.buffer.len(), self.segments.len());
        let len = plan.segments.iter().map(|s| u64::from(s.len)).sum::<u64>();
        let full = self.stream.as_ref().is_none_or(|stream| !stream.has_room(len));
        if full {
            let (mut head, models) = StreamGroup::head(coding, self.bound, &self.pack.models);
            head.models = self.cite(&models)?;
            self.groups.push((self.frame_pos(), 0));
            self.stream = Some(StreamGroup::start(&head, &models, &self.pack, &mut self.out)?);
        }
        if let (Some(stream), Some(group)) = (&mut self.stream, self.groups.last_mut()) {
            stream.append(&plan, &self.pack, &mut self.out)?;
            group.1 += len;
        }
        self.pack.watch.coded(len)?;
        self.pack.watch.wrote(self.frame_pos())
    }
}

/// Output length at which groups end.
pub(super) fn group_target(options: &Options) -> usize {
    let by_level = if options.level >= 6 { GROUP_LARGE } else { GROUP_SMALL };
    let affordable = (options.memory / MEMORY_PER_BYTE).max(64 << 10);
    let takes = options.codec.map_or(usize::MAX, |codec| codec::max_group(codec) - CHUNK_MAX);
    let size = options.group_size.unwrap_or(by_level).min(takes).min(usize::try_from(affordable).unwrap_or(usize::MAX));
    match options.content_length {
        // An even number of even groups, so that two threads have equal work.
        Some(length) if length > size as u64 && options.group_size.is_none() => {
            let count = length.div_ceil(size as u64).next_multiple_of(2);
            (length.div_ceil(count) as usize).max(1)
        }
        _ => size,
    }
}

/// Takes the bytes of segments that are copies out of `bytes`.
fn remove_copies(segments: &[Segment], bytes: &mut Vec<u8>) {
    let (mut from, mut to) = (0, 0);
    for segment in segments {
        let len = segment.len as usize;
        if !segment.is_copy() {
            bytes.copy_within(from..from + len, to);
            to += len;
        }
        from += len;
    }
    bytes.truncate(to);
}
