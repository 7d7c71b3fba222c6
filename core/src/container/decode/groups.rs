//! Groups of a frame that is being decoded: here and now, or gathered whole for threads that decode them side by side; and their blocks
//! put together with what they copy.

use super::{Frame, FrameDecoder, check_output};
use crate::container::group::{BlockHead, GroupDecoder, GroupHead, check_tag};
use crate::container::history::History;
use crate::error::{Error, Result};
use crate::model::Model;
use std::sync::Arc;

/// A block on its way to a worker thread.
struct RawBlock {
    head: BlockHead,
    payload: Vec<u8>,
    /// Offset of the record's body in the input.
    at: u64,
}

/// A group that is being read.
pub(super) struct CurrentGroup {
    head: GroupHead,
    /// Output that its blocks have yielded so far.
    done: u64,
    work: GroupWork,
}

enum GroupWork {
    /// Decoded as its blocks arrive.
    Inline(GroupDecoder),
    /// Gathered for a worker thread.
    Gather(Vec<RawBlock>, Vec<Model>),
}

/// A decoded group of a worker thread, and the memory it was charged.
pub(super) struct DecodedGroup {
    blocks: Vec<(BlockHead, Vec<u8>)>,
    memory: u64,
}

impl FrameDecoder {
    pub(super) fn start_group(&mut self, frame: &mut Frame, head: GroupHead) -> Result<()> {
        let memory = head.memory();
        let limit = self.options.limits.memory;
        while self.jobs.len() > 0 && memory + self.jobs_memory + frame.history.bytes() > limit {
            self.take_job_into(frame)?;
        }
        let needed = memory + frame.history.bytes();
        if needed > limit {
            return Err(Error::Limit { what: "memory", needed, limit });
        }
        if !head.open {
            check_output(&self.options, self.total_out + head.out_len)?;
        }
        let models = frame.models.pick(&head.models)?;
        let work = if head.open || self.jobs.is_serial() {
            self.drain_jobs(frame)?;
            GroupWork::Inline(GroupDecoder::open(&head, &models, frame.header.checksum, &self.options.limits)?)
        } else {
            GroupWork::Gather(Vec::new(), models)
        };
        frame.group = Some(CurrentGroup { head, done: 0, work });
        Ok(())
    }

    pub(super) fn block(&mut self, frame: &mut Frame, body: &[u8], at: u64) -> Result<()> {
        let Some(group) = &mut frame.group else { return Err(Error::corrupt("a block outside a group")) };
        let left = group.head.out_len - group.done;
        let checksum = frame.header.checksum;
        let (head, payload) = BlockHead::parse(body, frame.out_pos, left, checksum).map_err(|err| err.at(at))?;
        let out_len = head.out_len();
        group.done += out_len;
        frame.out_pos += out_len;
        check_output(&self.options, self.total_out + out_len)?;
        self.total_out += out_len;
        match &mut group.work {
            GroupWork::Inline(decoder) => {
                let literals = decoder.decode(&head, payload).map_err(|err| err.at(at))?;
                let piece = assemble(&mut frame.history, &head, literals, checksum).map_err(|err| err.at(at))?;
                self.deliver(piece);
            }
            GroupWork::Gather(blocks, _) => {
                blocks.push(RawBlock { head, payload: payload.to_vec(), at: self.input.offset + at });
            }
        }
        if !group.head.open && group.done == group.head.out_len {
            self.end_group(frame)?;
        }
        Ok(())
    }

    /// Ends the current group, if there is one: its lengths must add up, and a gathered one starts decoding.
    pub(super) fn end_group(&mut self, frame: &mut Frame) -> Result<()> {
        let Some(group) = frame.group.take() else { return Ok(()) };
        if !group.head.open && group.done != group.head.out_len {
            return Err(Error::corrupt("a group ends early"));
        }
        if let GroupWork::Gather(blocks, models) = group.work {
            while self.jobs.is_full() {
                self.take_job_into(frame)?;
            }
            let (head, checksum, limits) = (group.head, frame.header.checksum, self.options.limits);
            let memory = head.memory();
            self.jobs_memory += memory;
            self.jobs.submit(move || {
                let mut decoder = GroupDecoder::open(&head, &models, checksum, &limits)?;
                let mut done = Vec::new();
                for block in blocks {
                    let literals = decoder.decode(&block.head, &block.payload).map_err(|err| err.at(block.at))?;
                    done.push((block.head, literals));
                }
                Ok(DecodedGroup { blocks: done, memory })
            })?;
        }
        self.options.reporter.report(self.total_in(), self.total_out)
    }

    pub(super) fn drain_jobs(&mut self, frame: &mut Frame) -> Result<()> {
        while self.jobs.len() > 0 {
            self.take_job_into(frame)?;
        }
        Ok(())
    }

    /// Waits for the oldest group in flight and puts its output together.
    pub(super) fn take_job_into(&mut self, frame: &mut Frame) -> Result<()> {
        let Some(group) = self.jobs.next() else { return Ok(()) };
        // A worker's offsets count from the input's start, and the caller will add the current position.
        let group = group.map_err(|err| err.at(0u64.wrapping_sub(self.input.offset)))?;
        self.jobs_memory -= group.memory;
        for (head, literals) in group.blocks {
            let piece = assemble(&mut frame.history, &head, literals, frame.header.checksum)?;
            self.deliver(piece);
        }
        Ok(())
    }
}

/// Puts a block's output together from its coded bytes and its copies.
fn assemble(history: &mut History, head: &BlockHead, literals: Vec<u8>, checksum: bool) -> Result<Arc<Vec<u8>>> {
    let piece = if literals.len() as u64 == head.out_len() {
        literals
    } else {
        let mut out = Vec::new();
        let len = head.out_len();
        out.try_reserve_exact(len as usize).map_err(|_| Error::OutOfMemory { bytes: len })?;
        let mut literals = &literals[..];
        for (offset, segment) in head.placed() {
            let len = segment.len as usize;
            if segment.is_copy() {
                history.copy(segment, offset, &mut out)?;
                let from = out.len() - len;
                if checksum {
                    check_tag(&out[from..], offset, segment)?;
                }
            } else {
                out.extend_from_slice(&literals[..len]);
                literals = &literals[len..];
            }
        }
        out
    };
    let piece = Arc::new(piece);
    history.push(&piece);
    Ok(piece)
}
