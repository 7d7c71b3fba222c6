//! The encoder's state machine: plain bytes are fed in, a frame is taken out.
//!
//! Input is cut into chunks as soon as their ends are certain; chunks gather in a group until the class of content
//! changes or the group is full; groups are coded side by side and written in order. None of these decisions looks at the
//! number of threads or at how the input was split into calls.

mod groups;
mod sealing;

use self::groups::group_target;
use self::sealing::Sealing;
use super::footer::{self, Footer, IndexEntry};
use super::group::Segment;
use super::header::Header;
use super::models;
use super::pack::{PackOptions, PackedGroup};
use super::record::{RecordType, put_record};
use super::stream::StreamGroup;
use super::{FORMAT_VERSION, MAGIC, SEGMENT_MAX, TAG_LEN, segment_tag, tiny};
use crate::chunk::dedup::Seen;
use crate::chunk::detect;
use crate::chunk::runs::Runs;
use crate::chunk::{self, CHUNK_AVERAGE, CHUNK_MAX};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::options::{Options, Preset, resolve_threads};
use crate::parallel::Ordered;
use crate::route::Route;
use crate::watch::Watch;

/// Log2 of the default copy window: 64 MiB.
const WINDOW_LOG: u8 = 26;
/// Group size up to level 5.
const GROUP_SMALL: usize = 24 << 20;
/// Group size from level 6 on: as much as one thread of codec `bwt` can code in 700 MB.
const GROUP_LARGE: usize = 40 << 20;
/// Memory that encoding takes for each byte of a group, at most.
const MEMORY_PER_BYTE: u64 = 17;
/// Input taken in before chunks are looked for again.
const FEED_STEP: usize = 1 << 20;
/// A flush with at most this much new input appends to an open group.
const STREAM_MAX: usize = SEGMENT_MAX;

/// A push encoder of one frame.
pub struct FrameEncoder {
    options: Options,
    pack: PackOptions,
    /// Output length at which a group ends.
    target: usize,
    /// Largest group: one chunk more.
    bound: u64,
    /// Input since the start of the current group.
    buffer: Vec<u8>,
    /// How much of `buffer` has been cut into `segments`.
    chunked: usize,
    segments: Vec<Segment>,
    runs: Runs,
    seen: Seen,
    /// Offset of `buffer[0]` in the frame's output.
    offset: u64,
    jobs: Ordered<PackedGroup>,
    stream: Option<StreamGroup>,
    /// Models with a MODEL record in this frame, in the order of the records.
    cited: Vec<Model>,
    /// Start in the frame and output length of each group written.
    groups: Vec<(u64, u64)>,
    routes: Vec<Route>,
    out: Vec<u8>,
    /// Bytes of `out` already taken.
    out_taken: usize,
    /// Bytes of the frame before `out`.
    out_base: u64,
    state: State,
    sealing: Option<Sealing>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No byte of the frame has been written.
    Fresh,
    /// The header has been written.
    Started,
    Finished,
    Failed,
}

impl std::fmt::Debug for FrameEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrameEncoder").field("state", &self.state).field("input", &self.total_in()).finish()
    }
}

impl FrameEncoder {
    /// An encoder before its first byte.
    ///
    /// # Errors
    /// [`Error::InvalidOption`], and with keys [`Error::Unsupported`] without the feature `seal`, or [`Error::OutOfMemory`].
    pub fn new(options: &Options) -> Result<FrameEncoder> {
        options.check()?;
        let target = group_target(options);
        let threads = resolve_threads(options.threads) as u64;
        let affordable = (options.memory / (target as u64 * MEMORY_PER_BYTE)).max(1);
        let threads = threads.min(affordable) as usize;
        let watch = Watch::new(options.reporter.clone(), threads);
        let bound = target as u64 + (CHUNK_MAX.min(target)) as u64;
        // A decoder of a small frame need not be ready for a large one.
        let bound = bound.min(options.content_length.unwrap_or(u64::MAX).max(1));
        Ok(FrameEncoder {
            pack: PackOptions {
                level: options.level,
                codec: options.codec,
                neural: options.neural,
                checksum: options.checksum,
                verify: options.verify,
                models: options.models.clone(),
                watch: watch.clone(),
            },
            target,
            bound,
            buffer: Vec::new(),
            chunked: 0,
            segments: Vec::new(),
            runs: Runs::new(options.codec.is_none(), Preset::of_level(options.level) != Preset::Fast),
            seen: Seen::new(if options.dedup { 1 << WINDOW_LOG } else { 0 }),
            offset: 0,
            jobs: Ordered::watched(threads, watch),
            stream: None,
            cited: Vec::new(),
            groups: Vec::new(),
            routes: Vec::new(),
            out: Vec::new(),
            out_taken: 0,
            out_base: 0,
            state: State::Fresh,
            sealing: if options.keys.is_empty() { None } else { Some(Sealing::start(options)?) },
            options: options.clone(),
        })
    }

    /// Takes all of `input` in.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`], [`Error::Cancelled`], [`Error::Misuse`] after [`FrameEncoder::finish`] or an error.
    pub fn feed(&mut self, input: &[u8]) -> Result<()> {
        self.guard(|this| {
            for piece in input.chunks(FEED_STEP) {
                let bytes = piece.len();
                this.buffer.try_reserve(bytes).map_err(|_| Error::OutOfMemory { bytes: bytes as u64 })?;
                this.buffer.extend_from_slice(piece);
                if this.buffer.len() - this.chunked >= CHUNK_MAX + FEED_STEP {
                    this.cut_chunks(false)?;
                }
            }
            Ok(())
        })
    }

    /// Writes everything fed so far, so that a decoder can give it out. From level 4 on, small flushes append to an open
    /// group whose model has seen the flushes before.
    ///
    /// # Errors
    /// As [`FrameEncoder::feed`].
    pub fn flush(&mut self) -> Result<()> {
        self.guard(|this| {
            this.cut_chunks(true)?;
            match this.stream_suits() {
                Some(coding) => this.append_to_stream(coding)?,
                None => this.close_group(this.buffer.len(), this.segments.len())?,
            }
            this.drain_jobs()?;
            this.start_frame();
            put_record(&mut this.out, RecordType::Flush, &[]);
            this.seal_output()?;
            this.sealing.as_mut().map_or(Ok(()), Sealing::flush)
        })
    }

    /// Ends the frame. Afterwards there is only output left to take.
    ///
    /// # Errors
    /// As [`FrameEncoder::feed`]; [`Error::InvalidOption`] where the announced content length was wrong.
    pub fn finish(&mut self) -> Result<()> {
        self.guard(|this| {
            let total = this.total_in();
            if this.options.content_length.is_some_and(|length| length != total) {
                return Err(Error::InvalidOption(format!("the content is {total} bytes long, not what was announced")));
            }
            let fresh = this.state == State::Fresh && this.jobs.len() == 0 && this.stream.is_none();
            if !(fresh && tiny::write(&this.buffer, &this.options, &mut this.out)?) {
                this.finish_full(total)?;
            }
            this.state = State::Finished;
            this.seal_output()?;
            this.sealing.as_mut().map_or(Ok(()), Sealing::finish)?;
            this.options.reporter.report(total, this.out_base + this.out.len() as u64)
        })
    }

    fn finish_full(&mut self, total: u64) -> Result<()> {
        if self.state == State::Fresh && self.offset == 0 {
            // Nothing has been written or planned: the header can still say what is known now.
            self.options.content_length = Some(total);
            self.bound = self.bound.min(total.max(1));
        }
        self.cut_chunks(true)?;
        match self.stream_suits().filter(|_| self.stream.is_some()) {
            Some(coding) => self.append_to_stream(coding)?,
            None => self.close_group(self.buffer.len(), self.segments.len())?,
        }
        self.drain_jobs()?;
        self.start_frame();
        let index_at = self.frame_pos();
        let mut body = Vec::new();
        let mut index_distance = 0;
        if total >= footer::INDEX_MIN_OUTPUT && !self.groups.is_empty() {
            footer::write_index(self.groups[0].0, &self.index_entries(index_at), &mut body);
            put_record(&mut self.out, RecordType::Index, &body);
            index_distance = self.frame_pos() - index_at;
            body.clear();
        }
        Footer { content_length: total, frame_length: self.frame_pos(), index_distance }.write(&mut body);
        put_record(&mut self.out, RecordType::Footer, &body);
        Ok(())
    }

    fn index_entries(&self, end: u64) -> Vec<IndexEntry> {
        let ends = self.groups.iter().skip(1).map(|&(start, _)| start).chain([end]);
        self.groups
            .iter()
            .zip(ends)
            .map(|(&(start, out_len), end)| IndexEntry { packed: end - start, out_len })
            .collect()
    }

    /// Output that can be taken now.
    pub fn output(&self) -> &[u8] {
        match &self.sealing {
            Some(sealing) => &sealing.out[sealing.taken..],
            None => &self.out[self.out_taken..],
        }
    }

    /// Marks the first `count` bytes of [`FrameEncoder::output`] as taken.
    pub fn consume(&mut self, count: usize) {
        if let Some(sealing) = &mut self.sealing {
            return sealing.consume(count);
        }
        self.out_taken += count;
        if self.out_taken >= self.out.len() {
            self.out_base += self.out.len() as u64;
            self.out.clear();
            self.out_taken = 0;
        }
    }

    /// All output that has not been taken.
    pub fn into_output(mut self) -> Vec<u8> {
        if let Some(sealing) = self.sealing {
            return sealing.into_output();
        }
        self.out.drain(..self.out_taken);
        self.out
    }

    /// Bytes fed so far.
    pub fn total_in(&self) -> u64 {
        self.offset + self.buffer.len() as u64
    }

    /// The router's decisions for the groups written so far. A tiny input has none, nor has a group that grows by
    /// flushes before its end.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Runs `work`; an error leaves the encoder unusable.
    fn guard(&mut self, work: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        match self.state {
            State::Failed => return Err(Error::Misuse("an encoder was used after an error")),
            State::Finished => return Err(Error::Misuse("an encoder was used after its end")),
            State::Fresh | State::Started => {}
        }
        let result = work(self).and_then(|()| self.seal_output());
        if result.is_err() {
            self.state = State::Failed;
        }
        result
    }

    /// Passes what has been written on to be sealed, if it is to be.
    fn seal_output(&mut self) -> Result<()> {
        let Some(sealing) = &mut self.sealing else { return Ok(()) };
        if let Some(sealer) = &mut sealing.sealer {
            sealer.push(&self.out, &mut sealing.out)?;
        }
        self.out_base += self.out.len() as u64;
        self.out.clear();
        Ok(())
    }

    /// Bytes of the frame written so far.
    fn frame_pos(&self) -> u64 {
        self.out_base + self.out.len() as u64
    }

    /// Writes magic and header, once.
    fn start_frame(&mut self) {
        if self.state != State::Fresh {
            return;
        }
        self.state = State::Started;
        let content_length = self.options.content_length;
        let mut window_log = if self.options.dedup { WINDOW_LOG } else { 0 };
        if let Some(length) = content_length {
            window_log = window_log.min(64 - length.leading_zeros() as u8);
        }
        let header = Header {
            checksum: self.options.checksum,
            archive: false,
            window_log,
            group_bound: self.bound,
            content_length,
        };
        self.out.extend_from_slice(&MAGIC);
        self.out.push(FORMAT_VERSION);
        let mut body = Vec::new();
        header.write(&mut body);
        put_record(&mut self.out, RecordType::Header, &body);
    }

    /// Cuts chunks off the unread part of the buffer, all of it at an `end`, and closes groups that are full.
    fn cut_chunks(&mut self, end: bool) -> Result<()> {
        let seed = self.sealing.as_ref().map_or(0, |sealing| sealing.chunk_seed);
        loop {
            let lengths: Vec<usize> = chunk::cut(&self.buffer[self.chunked..], end, seed).collect();
            if lengths.is_empty() {
                return Ok(());
            }
            for len in lengths {
                let mut left = len;
                while left > 0 {
                    let part = left.min(self.target);
                    self.add_chunk(part)?;
                    left -= part;
                }
            }
        }
    }

    /// Takes the next `len` bytes of the buffer into the current group.
    fn add_chunk(&mut self, len: usize) -> Result<()> {
        let chunk = &self.buffer[self.chunked..self.chunked + len];
        let start = self.offset + self.chunked as u64;
        let hashes: Vec<blake3::Hash> = chunk.chunks(SEGMENT_MAX).map(blake3::hash).collect();
        let source = self.seen.find(&hashes, len, start);
        let class = if source.is_some() { None } else { Some(detect::classify(chunk)) };
        let (at, segment) = (self.chunked, self.segments.len());
        self.chunked += len;
        let mut piece_start = start;
        for (piece, hash) in chunk.chunks(SEGMENT_MAX).zip(&hashes) {
            let tag = if self.pack.checksum { segment_tag(hash, piece_start) } else { [0; TAG_LEN] };
            let distance = source.map_or(0, |source| start - source);
            self.segments.push(Segment { len: piece.len() as u32, distance, tag });
            piece_start += piece.len() as u64;
        }
        if let Some((at, segment)) = self.runs.add(class, len, at, segment) {
            self.close_group(at, segment)?;
        }
        // The last chunk overshoots by half an average one, so groups end as near to the target as they can.
        if self.chunked + CHUNK_AVERAGE.min(self.target) / 2 > self.target {
            self.close_group(self.chunked, self.segments.len())?;
        }
        Ok(())
    }

    /// Writes a MODEL record for each of `models` that has none yet; returns the places of all of them.
    fn cite(&mut self, models: &[Model]) -> Result<Vec<u32>> {
        let mut indices = Vec::new();
        for model in models {
            let known = self.cited.iter().position(|cited| cited == model);
            if known.is_none() {
                let mut body = Vec::new();
                models::write(model, self.options.embed_model, &mut body)?;
                put_record(&mut self.out, RecordType::Model, &body);
                self.cited.push(model.clone());
            }
            indices.push(known.unwrap_or(self.cited.len() - 1) as u32);
        }
        Ok(indices)
    }

    /// Writes the oldest group in flight.
    fn take_job(&mut self) -> Result<()> {
        let Some(group) = self.jobs.next() else { return Ok(()) };
        let group = group?;
        self.start_frame();
        let indices = self.cite(&group.models)?;
        self.groups.push((self.frame_pos(), group.route.len));
        group.write(&indices, self.pack.checksum, &mut self.out);
        self.routes.push(group.route);
        Ok(())
    }

    fn drain_jobs(&mut self) -> Result<()> {
        while self.jobs.len() > 0 {
            self.take_job()?;
        }
        Ok(())
    }
}
