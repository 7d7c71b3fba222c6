//! The decoder's state machine: packed bytes are fed in, verified output is taken out.
//!
//! [`FrameDecoder::advance`] parses one record at a time and stops as soon as there is output, so that a small input
//! that expands enormously never holds more than a group of it. With several threads whole groups are decoded side
//! by side and put together, copies included, in their order.

use super::footer::Footer;
use super::group::{BlockHead, GroupDecoder, GroupHead, check_tag};
use super::header::Header;
use super::history::History;
use super::models::{self, ModelTable};
use super::record::{RecordHead, RecordType, peek_record};
use super::seal::head::SealHead;
use super::seal::keyring::Keyring;
use super::seal::stream::Opener;
use super::walk::{ParsedStart, parse_start};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::options::{DecodeOptions, resolve_threads};
use crate::parallel::Ordered;
use std::collections::VecDeque;
use std::sync::Arc;

/// What [`FrameDecoder::advance`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// [`FrameDecoder::output`] has bytes.
    Output,
    /// Nothing to give out until more input is fed, or its end declared.
    NeedInput,
    /// The input has ended and all of its output has been taken.
    Done,
}

/// Packed bytes that have been fed and not yet parsed.
#[derive(Debug, Default)]
struct Input {
    bytes: Vec<u8>,
    pos: usize,
    /// Offset of `bytes[pos]` in the whole input.
    offset: u64,
    ended: bool,
}

impl Input {
    fn unread(&self) -> &[u8] {
        &self.bytes[self.pos..]
    }

    fn consume(&mut self, count: usize) {
        self.pos += count;
        self.offset += count as u64;
    }

    /// Forgets what has been read, once it is more than what has not.
    fn make_room(&mut self) {
        if self.pos > self.bytes.len() / 2 {
            self.bytes.drain(..self.pos);
            self.pos = 0;
        }
    }

    fn feed(&mut self, bytes: &[u8]) -> Result<()> {
        self.make_room();
        self.bytes.try_reserve(bytes.len()).map_err(|_| Error::OutOfMemory { bytes: bytes.len() as u64 })?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}

/// The sealed frame that is being read. [`FrameDecoder::input`] then holds its plain bytes.
struct Opening {
    /// Bytes of the file.
    outer: Input,
    opener: Opener,
    /// Input offset of the frame's first byte.
    start: u64,
    /// Whether the last segment has been opened.
    complete: bool,
}

/// A block on its way to a worker thread.
struct RawBlock {
    head: BlockHead,
    payload: Vec<u8>,
    /// Offset of the record's body in the input.
    at: u64,
}

/// A group that is being read.
struct CurrentGroup {
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
struct DecodedGroup {
    blocks: Vec<(BlockHead, Vec<u8>)>,
    memory: u64,
}

/// State within a full frame.
struct Frame {
    header: Header,
    history: History,
    /// Output of the blocks parsed so far.
    out_pos: u64,
    group: Option<CurrentGroup>,
    models: ModelTable,
    /// Input offset of the frame's first byte.
    start: u64,
    /// Input offset of the INDEX record.
    index_at: Option<u64>,
}

enum State {
    /// Before a frame.
    Start,
    /// In a full frame, before a record.
    Record(Box<Frame>),
    /// In a record that is skipped, so many bytes before its end.
    Skip(Box<Frame>, u64),
    /// An error was returned.
    Failed,
}

/// A push decoder over any number of concatenated frames. Every byte it gives out has been verified, unless the
/// frame was written without checksums.
pub struct FrameDecoder {
    options: DecodeOptions,
    keys: Keyring,
    /// Bytes of the file, or of what is sealed in it.
    input: Input,
    opening: Option<Box<Opening>>,
    state: State,
    /// Whether a whole frame has been read.
    any_frame: bool,
    jobs: Ordered<DecodedGroup>,
    /// Memory charged to groups in `jobs`.
    jobs_memory: u64,
    out: VecDeque<Arc<Vec<u8>>>,
    /// Bytes of the front of `out` already taken.
    out_taken: usize,
    /// Output promised by earlier frames and by groups of this one.
    total_out: u64,
    /// Whether the end of a frame is the end.
    single: bool,
}

impl std::fmt::Debug for FrameDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrameDecoder").field("input", &self.total_in()).field("output", &self.total_out).finish()
    }
}

impl FrameDecoder {
    /// A decoder before its first byte.
    pub fn new(options: &DecodeOptions) -> FrameDecoder {
        FrameDecoder {
            keys: Keyring::new(&options.keys, &options.limits),
            input: Input::default(),
            opening: None,
            state: State::Start,
            any_frame: false,
            jobs: Ordered::new(resolve_threads(options.threads)),
            jobs_memory: 0,
            out: VecDeque::new(),
            out_taken: 0,
            total_out: 0,
            single: false,
            options: options.clone(),
        }
    }

    /// Stops behind the first frame: [`FrameDecoder::advance`] comes to [`Step::Done`] there, without the input's end, and what was fed
    /// beyond it is [`FrameDecoder::unread`].
    #[must_use]
    pub fn single_frame(mut self) -> FrameDecoder {
        self.single = true;
        self
    }

    /// Input that was fed and not parsed yet.
    pub fn unread(&self) -> &[u8] {
        match &self.opening {
            Some(opening) => opening.outer.unread(),
            None => self.input.unread(),
        }
    }

    /// Appends packed bytes. They are held until [`FrameDecoder::advance`] needs them.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`], and [`Error::Misuse`] after [`FrameDecoder::end_input`].
    pub fn feed(&mut self, bytes: &[u8]) -> Result<()> {
        let input = self.outer();
        if input.ended {
            return Err(Error::Misuse("input after its end"));
        }
        input.feed(bytes)
    }

    /// Declares that no more input will come.
    pub fn end_input(&mut self) {
        self.outer().ended = true;
    }

    /// The bytes of the file.
    fn outer(&mut self) -> &mut Input {
        match &mut self.opening {
            Some(opening) => &mut opening.outer,
            None => &mut self.input,
        }
    }

    /// Output that can be taken now; at least one byte after [`Step::Output`].
    pub fn output(&self) -> &[u8] {
        self.out.front().map_or(&[], |piece| &piece[self.out_taken..])
    }

    /// Marks the first `count` bytes of [`FrameDecoder::output`] as taken.
    pub fn consume(&mut self, count: usize) {
        self.out_taken += count;
        if self.out.front().is_some_and(|piece| self.out_taken >= piece.len()) {
            self.out.pop_front();
            self.out_taken = 0;
        }
    }

    /// Packed bytes that have been parsed.
    pub fn total_in(&self) -> u64 {
        self.opening.as_ref().map_or(self.input.offset, |opening| opening.outer.offset)
    }

    /// Bytes of output decoded so far, taken or not.
    pub fn total_out(&self) -> u64 {
        self.total_out
    }

    /// Works until there is output, or input is missing, or all is done.
    ///
    /// # Errors
    /// Every kind of damage, limit and lack of support, with offsets in the packed input; afterwards only [`Error::Misuse`].
    pub fn advance(&mut self) -> Result<Step> {
        loop {
            if !self.output().is_empty() {
                return Ok(Step::Output);
            }
            if self.single && self.any_frame && self.opening.is_none() && matches!(self.state, State::Start) {
                return Ok(Step::Done);
            }
            let state = std::mem::replace(&mut self.state, State::Failed);
            let offset = self.input.offset;
            match self.step(state) {
                Ok((state, moved)) => {
                    self.state = state;
                    if moved {
                        continue;
                    }
                }
                Err(err) => return Err(self.locate(err.at(offset))),
            }
            if self.opening.is_some() && self.open_segment()? {
                continue;
            }
            // No record is complete: what is in flight is all there is.
            if self.outer().ended {
                if self.jobs.len() == 0 {
                    return self.ended();
                }
                self.take_job_of_cut_frame()?;
                continue;
            }
            return Ok(Step::NeedInput);
        }
    }

    /// The input ended within a frame: what is in flight is verified output all the same.
    fn take_job_of_cut_frame(&mut self) -> Result<()> {
        let offset = self.input.offset;
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Record(mut frame) | State::Skip(mut frame, _) => {
                self.take_job_into(&mut frame).map_err(|err| self.locate(err.at(offset)))?;
                self.state = State::Record(frame);
                Ok(())
            }
            State::Start | State::Failed => Err(Error::Internal("work in flight outside a frame")),
        }
    }

    /// Opens the next sealed segment, or ends the sealed frame; whether anything moved.
    fn open_segment(&mut self) -> Result<bool> {
        let Some(opening) = &mut self.opening else { return Ok(false) };
        let at = opening.outer.offset;
        if opening.complete {
            let whole = matches!(self.state, State::Start) && self.input.offset > 0 && self.input.unread().is_empty();
            if !whole || self.jobs.len() > 0 {
                // Either too little or too much; jobs are left only within a frame.
                return self.fail(Error::Corrupt { what: "what is sealed is not one frame", offset: at });
            }
            self.input = std::mem::take(&mut opening.outer);
            self.opening = None;
            return Ok(true);
        }
        match opening.step(&mut self.input) {
            Ok(moved) => Ok(moved),
            Err(err) => self.fail(err.at(at)),
        }
    }

    fn fail<T>(&mut self, err: Error) -> Result<T> {
        self.state = State::Failed;
        Err(err)
    }

    /// An error about what is sealed, with an offset in the file.
    fn locate(&self, err: Error) -> Error {
        match &self.opening {
            Some(opening) => err.within(opening.start),
            None => err,
        }
    }

    /// At the end of the input: done, or truncated.
    fn ended(&mut self) -> Result<Step> {
        if self.opening.is_some() {
            let input = self.outer();
            let offset = input.offset + input.unread().len() as u64;
            return self.fail(Error::Truncated { what: "a sealed frame has no last segment", offset });
        }
        let offset = self.input.offset + self.input.unread().len() as u64;
        let what = match self.state {
            State::Start if self.input.unread().is_empty() && self.any_frame => return Ok(Step::Done),
            State::Start if self.input.unread().is_empty() => "the input is empty",
            State::Start => "the start of a frame",
            _ => "a frame has no end",
        };
        self.state = State::Failed;
        Err(Error::Truncated { what, offset })
    }

    /// One step: the next state, and whether anything moved. Errors carry offsets from the input position before it.
    fn step(&mut self, state: State) -> Result<(State, bool)> {
        match state {
            State::Failed => Err(Error::Misuse("a decoder was used after an error")),
            State::Start => self.start_frame(),
            State::Skip(frame, left) => {
                let count = left.min(self.input.unread().len() as u64);
                self.input.consume(count as usize);
                let next = if count == left { State::Record(frame) } else { State::Skip(frame, left - count) };
                Ok((next, count > 0 || left == 0))
            }
            State::Record(frame) => self.record(frame),
        }
    }

    fn start_frame(&mut self) -> Result<(State, bool)> {
        let start = self.input.offset;
        match parse_start(self.input.unread(), self.any_frame)? {
            None => Ok((State::Start, false)),
            Some(ParsedStart::Sealed { head, len }) => {
                if self.opening.is_some() {
                    return Err(Error::corrupt("a sealed frame in a sealed one"));
                }
                self.unseal(&head, len)?;
                Ok((State::Start, true))
            }
            Some(_) if self.opening.is_none() && !self.keys.is_empty() => Err(Error::NotSealed { offset: start }),
            // A sealed frame holds one frame; whatever follows it is found out at the last segment.
            Some(_) if self.opening.is_some() && start > 0 => Err(Error::corrupt("what is sealed is not one frame")),
            Some(ParsedStart::Tiny(frame)) => {
                let promised = frame.plain_len.unwrap_or(0) as u64;
                check_output(&self.options, self.total_out.saturating_add(promised))?;
                let plain = frame.decode(&self.options)?;
                check_output(&self.options, self.total_out.saturating_add(plain.len() as u64))?;
                let len = frame.frame_len;
                self.input.consume(len);
                self.any_frame = true;
                self.total_out += plain.len() as u64;
                self.deliver(Arc::new(plain));
                Ok((State::Start, true))
            }
            Some(ParsedStart::Full { header, len }) => {
                let promised = self.total_out.saturating_add(header.content_length.unwrap_or(0));
                check_output(&self.options, promised)?;
                self.input.consume(len);
                let history = History::new(header.window());
                let models = ModelTable::default();
                let frame = Frame { header, history, out_pos: 0, group: None, models, start, index_at: None };
                Ok((State::Record(Box::new(frame)), true))
            }
        }
    }

    /// Begins a sealed frame, whose front takes `len` bytes.
    fn unseal(&mut self, head: &SealHead, len: usize) -> Result<()> {
        let key = self.keys.unlock(head)?;
        let start = self.input.offset;
        let mut outer = std::mem::take(&mut self.input);
        outer.consume(len);
        let opener = Opener::new(&key, head)?;
        self.opening = Some(Box::new(Opening { outer, opener, start, complete: false }));
        Ok(())
    }

    /// Handles one record, if all that is needed of it is there.
    fn record(&mut self, mut frame: Box<Frame>) -> Result<(State, bool)> {
        let bytes = self.input.unread();
        let Some(head) = peek_record(bytes, frame.header.block_max())? else {
            return Ok((State::Record(frame), false));
        };
        if matches!(head.kind, None | Some(RecordType::Index)) {
            if head.kind.is_some() {
                frame.index_at = Some(self.input.offset);
            }
            self.input.consume(head.head_len);
            return Ok((State::Skip(frame, head.body_len), true));
        }
        if head.kind == Some(RecordType::Model) {
            models::check_len(head.body_len, &self.options.models.limits)?;
        }
        let end = head.head_len + head.body_len as usize;
        if bytes.len() < end {
            return Ok((State::Record(frame), false));
        }
        // The buffer is lent out while its bytes are decoded, so that payloads need not be copied.
        let buffer = std::mem::take(&mut self.input.bytes);
        let body = &buffer[self.input.pos + head.head_len..self.input.pos + end];
        let result = self.body(&mut frame, head, body);
        self.input.bytes = buffer;
        let finished = result?;
        self.input.consume(end);
        if finished {
            self.any_frame = true;
            return Ok((State::Start, true));
        }
        Ok((State::Record(frame), true))
    }

    /// Acts on a record; whether it was the frame's last. Errors carry offsets from the record's start.
    fn body(&mut self, frame: &mut Frame, head: RecordHead, body: &[u8]) -> Result<bool> {
        let at = head.head_len as u64;
        if frame.index_at.is_some() && matches!(head.kind, Some(RecordType::Group | RecordType::Block)) {
            return Err(Error::corrupt("a group behind the index"));
        }
        match head.kind {
            Some(RecordType::Group) => {
                self.end_group(frame)?;
                let group = GroupHead::parse(body, frame.header.group_bound, frame.header.checksum);
                self.start_group(frame, group.map_err(|err| err.at(at))?)?;
            }
            Some(RecordType::Block) => self.block(frame, body, at)?,
            Some(RecordType::Flush) => {
                if !body.is_empty() {
                    return Err(Error::Corrupt { what: "bytes in a flush", offset: at });
                }
                self.drain_jobs(frame)?;
            }
            Some(RecordType::Footer) => {
                self.end_group(frame)?;
                self.drain_jobs(frame)?;
                self.check_footer(frame, &Footer::parse(body).map_err(|err| err.at(at))?)?;
                return Ok(true);
            }
            Some(RecordType::Model) => frame.models.add(body, &self.options.models).map_err(|err| err.at(at))?,
            Some(RecordType::Seal | RecordType::Sealed | RecordType::SealedEnd) => {
                return Err(Error::corrupt("a sealed record in a frame that is not sealed"));
            }
            Some(RecordType::Header) => return Err(Error::corrupt("a second header")),
            Some(RecordType::Archive | RecordType::Unit | RecordType::End) => {
                return Err(Error::corrupt("a record of archives in a frame"));
            }
            Some(RecordType::Index) | None => return Err(Error::Internal("a skipped record was read")),
        }
        Ok(false)
    }

    fn check_footer(&self, frame: &Frame, footer: &Footer) -> Result<()> {
        let here = self.input.offset;
        if footer.content_length != frame.out_pos || frame.header.content_length.is_some_and(|len| len != frame.out_pos)
        {
            return Err(Error::corrupt("the frame's length is not what it says"));
        }
        if footer.frame_length != here - frame.start {
            return Err(Error::corrupt("the frame's packed length is not what it says"));
        }
        if footer.index_distance != frame.index_at.map_or(0, |at| here - at) {
            return Err(Error::corrupt("the footer does not lead to the index"));
        }
        Ok(())
    }

    fn start_group(&mut self, frame: &mut Frame, head: GroupHead) -> Result<()> {
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

    fn block(&mut self, frame: &mut Frame, body: &[u8], at: u64) -> Result<()> {
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
    fn end_group(&mut self, frame: &mut Frame) -> Result<()> {
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

    fn drain_jobs(&mut self, frame: &mut Frame) -> Result<()> {
        while self.jobs.len() > 0 {
            self.take_job_into(frame)?;
        }
        Ok(())
    }

    /// Waits for the oldest group in flight and puts its output together.
    fn take_job_into(&mut self, frame: &mut Frame) -> Result<()> {
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

    fn deliver(&mut self, piece: Arc<Vec<u8>>) {
        if !piece.is_empty() {
            self.out.push_back(piece);
        }
    }
}

impl Opening {
    /// Opens the next segment into `plain`, if it is there as a whole.
    fn step(&mut self, plain: &mut Input) -> Result<bool> {
        let bytes = self.outer.unread();
        let Some(head) = peek_record(bytes, 0)? else { return Ok(false) };
        let Some(kind @ (RecordType::Sealed | RecordType::SealedEnd)) = head.kind else {
            return Err(Error::corrupt("a record that is not sealed in a sealed frame"));
        };
        let end = head.head_len + head.body_len as usize;
        let Some(body) = bytes.get(head.head_len..end) else { return Ok(false) };
        plain.make_room();
        let before = self.outer.offset - self.start;
        self.complete = self.opener.open(kind, body, before, head.head_len as u64, &mut plain.bytes)?;
        self.outer.consume(end);
        Ok(true)
    }
}

fn check_output(options: &DecodeOptions, needed: u64) -> Result<()> {
    let limit = options.limits.output;
    if needed > limit { Err(Error::Limit { what: "output", needed, limit }) } else { Ok(()) }
}

/// Puts a block's output together from its coded bytes and its copies.
pub(crate) fn assemble(
    history: &mut History,
    head: &BlockHead,
    literals: Vec<u8>,
    checksum: bool,
) -> Result<Arc<Vec<u8>>> {
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
