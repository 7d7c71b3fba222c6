//! The decoder's state machine: packed bytes are fed in, verified output is taken out.
//!
//! [`FrameDecoder::advance`] parses one record at a time and stops as soon as there is output, so that a small input
//! that expands enormously never holds more than a group of it. With several threads whole groups are decoded side
//! by side and put together, copies included, in their order.

mod groups;
mod input;

use self::groups::{CurrentGroup, DecodedGroup};
use self::input::{Input, Opening};
use super::footer::Footer;
use super::group::GroupHead;
use super::header::Header;
use super::history::History;
use super::models::{self, ModelTable};
use super::record::{RecordHead, RecordType, peek_record};
use super::seal::head::SealHead;
use super::seal::keyring::Keyring;
use super::seal::stream::Opener;
use super::walk::{ParsedStart, parse_start};
use crate::error::{Error, Result};
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

    fn deliver(&mut self, piece: Arc<Vec<u8>>) {
        if !piece.is_empty() {
            self.out.push_back(piece);
        }
    }
}

fn check_output(options: &DecodeOptions, needed: u64) -> Result<()> {
    let limit = options.limits.output;
    if needed > limit { Err(Error::Limit { what: "output", needed, limit }) } else { Ok(()) }
}
