//! The streaming state machine: bytes in, bytes out, as much of each as there is room for.
//!
//! A call takes input and gives output until one of the two ends. What was taken is the object's; what could not be given waits in it, and while
//! it does no input is taken, so that memory stays bounded however small the caller's buffers are.

use crate::failure::{Failure, Result};
use crate::settings::Settings;
use crate::tables::{Status, op};
use vatic::{FrameDecoder, FrameEncoder, Step};

/// Input taken between two looks at the output.
const FEED_STEP: usize = 256 << 10;
/// A good size for buffers of input.
pub const IN_SIZE: usize = 1 << 20;
/// A good size for buffers of output.
pub const OUT_SIZE: usize = 1 << 20;
/// Calls in a row without input, output or an end, after which the caller is taken to be in a loop that cannot end.
const IDLE_MAX: u32 = 16;

/// How a call went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Bytes of input taken.
    pub taken: usize,
    /// Bytes of output given.
    pub given: usize,
    /// 0 when all that was asked for is done; else at least how many bytes of output are waiting, or 1.
    pub remaining: usize,
}

/// What a call is to do with its input, by its number in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Take it.
    Continue,
    /// Take it, and give out everything so far.
    Flush,
    /// Take it: it is the last.
    End,
}

impl Op {
    /// # Errors
    /// [`Status::InvalidOption`] for another number.
    pub fn from_number(number: i32) -> Result<Op> {
        match number {
            op::CONTINUE => Ok(Op::Continue),
            op::FLUSH => Ok(Op::Flush),
            op::END => Ok(Op::End),
            _ => Err(Failure::new(Status::InvalidOption, format!("there is no operation {number}"))),
        }
    }
}

/// Counts calls that came to nothing.
#[derive(Debug, Default)]
struct Idle(u32);

impl Idle {
    fn check(&mut self, moved: Moved) -> Result<Moved> {
        self.0 = if moved.taken + moved.given > 0 || moved.remaining == 0 { 0 } else { self.0 + 1 };
        if self.0 < IDLE_MAX {
            return Ok(moved);
        }
        Err(Failure::new(
            Status::NoProgress,
            "calls with neither input nor room for output: the caller's loop cannot end",
        ))
    }
}

/// Compresses a stream into one frame.
#[derive(Debug)]
pub struct StreamEncoder {
    frame: FrameEncoder,
    /// The operation whose end has been reached in the core, if no input came since.
    done: Option<Op>,
    idle: Idle,
}

impl StreamEncoder {
    /// # Errors
    /// [`Status::InvalidOption`].
    pub fn new(settings: &Settings) -> Result<StreamEncoder> {
        Ok(StreamEncoder { frame: FrameEncoder::new(&settings.encode()?)?, done: None, idle: Idle::default() })
    }

    /// Takes from `input`, gives to `out`. With [`Op::Flush`] and [`Op::End`], call until nothing remains.
    ///
    /// # Errors
    /// Those of encoding, [`Status::Misuse`] for input behind the end, [`Status::NoProgress`].
    pub fn run(&mut self, input: &[u8], out: &mut [u8], op: Op) -> Result<Moved> {
        if self.done == Some(Op::End) && !input.is_empty() {
            return Err(Failure::new(Status::Misuse, "input behind the end of the stream"));
        }
        let mut moved = Moved { given: self.give(out), ..Moved::default() };
        while self.frame.output().is_empty() && moved.taken < input.len() {
            let step = FEED_STEP.min(input.len() - moved.taken);
            self.frame.feed(&input[moved.taken..moved.taken + step])?;
            self.done = None;
            moved.taken += step;
            moved.given += self.give(&mut out[moved.given..]);
        }
        let all_taken = moved.taken == input.len() && self.frame.output().is_empty();
        if all_taken && op != Op::Continue && self.done != Some(op) && self.done != Some(Op::End) {
            if op == Op::End {
                self.frame.finish()?
            } else {
                self.frame.flush()?
            }
            self.done = Some(op);
            moved.given += self.give(&mut out[moved.given..]);
        }
        moved.remaining = self.frame.output().len() + (input.len() - moved.taken);
        self.idle.check(moved)
    }

    /// Takes all of `input` and appends all output that there is to `out`. [`Op::End`] ends the frame.
    ///
    /// # Errors
    /// As [`StreamEncoder::run`].
    pub fn push(&mut self, input: &[u8], out: &mut Vec<u8>, op: Op) -> Result<()> {
        if self.done == Some(Op::End) {
            return Err(Failure::new(Status::Misuse, "input behind the end of the stream"));
        }
        if !input.is_empty() {
            self.frame.feed(input)?;
            self.done = None;
        }
        if op != Op::Continue && self.done != Some(op) {
            if op == Op::End {
                self.frame.finish()?
            } else {
                self.frame.flush()?
            }
            self.done = Some(op);
        }
        while !self.frame.output().is_empty() {
            let count = self.frame.output().len();
            crate::memory::append(out, self.frame.output())?;
            self.frame.consume(count);
        }
        Ok(())
    }

    /// Moves waiting output.
    fn give(&mut self, out: &mut [u8]) -> usize {
        let count = self.frame.output().len().min(out.len());
        out[..count].copy_from_slice(&self.frame.output()[..count]);
        self.frame.consume(count);
        count
    }

    /// Bytes of input taken so far.
    pub fn total_in(&self) -> u64 {
        self.frame.total_in()
    }
}

/// Restores a stream of any number of frames.
#[derive(Debug)]
pub struct StreamDecoder {
    frames: FrameDecoder,
    ended: bool,
    finished: bool,
    idle: Idle,
}

impl StreamDecoder {
    /// A decoder before its first byte.
    pub fn new(settings: &Settings) -> StreamDecoder {
        StreamDecoder {
            frames: FrameDecoder::new(&settings.decode()),
            ended: false,
            finished: false,
            idle: Idle::default(),
        }
    }

    /// A decoder of one frame: [`StreamDecoder::is_finished`] behind it, and what was taken beyond is [`StreamDecoder::unused`].
    pub fn single_frame(settings: &Settings) -> StreamDecoder {
        let frames = FrameDecoder::new(&settings.decode()).single_frame();
        StreamDecoder { frames, ..StreamDecoder::new(settings) }
    }

    /// Whether all is done: nothing remained after a call.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// Input behind the end of a decoder's single frame.
    pub fn unused(&self) -> &[u8] {
        if self.finished { self.frames.unread() } else { &[] }
    }

    /// Appends all output that `input` gives to `out`, but not more than `max` bytes of it; all of `input` is taken.
    ///
    /// # Errors
    /// As [`StreamDecoder::run`].
    pub fn pull(&mut self, input: &[u8], out: &mut Vec<u8>, max: usize, op: Op) -> Result<()> {
        if self.finished || self.ended && !input.is_empty() {
            return Err(Failure::new(Status::Misuse, "input behind the end of the stream"));
        }
        self.frames.feed(input)?;
        let mut left = max;
        loop {
            match self.frames.advance()? {
                Step::Output if left == 0 => return Ok(()),
                Step::Output => {
                    let count = self.frames.output().len().min(left);
                    crate::memory::append(out, &self.frames.output()[..count])?;
                    self.frames.consume(count);
                    left -= count;
                }
                Step::NeedInput if op == Op::End && !self.ended => {
                    self.frames.end_input();
                    self.ended = true;
                }
                Step::NeedInput => return Ok(()),
                Step::Done => {
                    self.finished = true;
                    return Ok(());
                }
            }
        }
    }

    /// Whether output is waiting, so that no input is needed to go on.
    pub fn has_output(&self) -> bool {
        !self.frames.output().is_empty()
    }

    /// Takes from `input`, gives to `out`. [`Op::End`] says that `input` is the last; nothing remains then once all frames were whole and
    /// all output has been given. [`Op::Flush`] is [`Op::Continue`]: a decoder gives what it can as soon as it can.
    ///
    /// # Errors
    /// Those of decoding, [`Status::Misuse`] for input behind the end, [`Status::NoProgress`].
    pub fn run(&mut self, input: &[u8], out: &mut [u8], op: Op) -> Result<Moved> {
        if self.ended && !input.is_empty() {
            return Err(Failure::new(Status::Misuse, "input behind the end of the stream"));
        }
        let mut moved = Moved::default();
        loop {
            // Nothing is parsed ahead of the room that its output could take, but for one step.
            match self.frames.advance()? {
                Step::Output => {
                    let count = self.frames.output().len().min(out.len() - moved.given);
                    out[moved.given..moved.given + count].copy_from_slice(&self.frames.output()[..count]);
                    self.frames.consume(count);
                    moved.given += count;
                    if moved.given == out.len() {
                        moved.remaining = self.frames.output().len().max(1);
                        break;
                    }
                }
                Step::NeedInput if moved.taken < input.len() => {
                    let step = FEED_STEP.min(input.len() - moved.taken);
                    self.frames.feed(&input[moved.taken..moved.taken + step])?;
                    moved.taken += step;
                }
                Step::NeedInput if op == Op::End && !self.ended => {
                    self.frames.end_input();
                    self.ended = true;
                }
                Step::NeedInput => {
                    moved.remaining = 1;
                    break;
                }
                Step::Done => {
                    self.finished = true;
                    break;
                }
            }
        }
        self.idle.check(moved)
    }

    /// Packed bytes parsed so far.
    pub fn total_in(&self) -> u64 {
        self.frames.total_in()
    }

    /// Bytes of output decoded so far.
    pub fn total_out(&self) -> u64 {
        self.frames.total_out()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Param;

    fn sample() -> Vec<u8> {
        (0u32..300_000).map(|i| (i.wrapping_mul(i >> 3) >> 7) as u8 & 0x3F).collect()
    }

    /// Compresses in pieces of these sizes.
    fn compress(settings: &Settings, data: &[u8], piece: usize, room: usize) -> Vec<u8> {
        let mut encoder = StreamEncoder::new(settings).unwrap();
        let (mut packed, mut at) = (Vec::new(), 0);
        loop {
            let input = &data[at..data.len().min(at + piece)];
            let op = if at + input.len() == data.len() { Op::End } else { Op::Continue };
            let mut out = vec![0; room];
            let moved = encoder.run(input, &mut out, op).unwrap();
            packed.extend_from_slice(&out[..moved.given]);
            at += moved.taken;
            if op == Op::End && moved.remaining == 0 {
                return packed;
            }
        }
    }

    fn restore(packed: &[u8], piece: usize, room: usize) -> Result<Vec<u8>> {
        let mut decoder = StreamDecoder::new(&Settings::new());
        let (mut plain, mut at) = (Vec::new(), 0);
        loop {
            let input = &packed[at..packed.len().min(at + piece)];
            let op = if at + input.len() == packed.len() { Op::End } else { Op::Continue };
            let mut out = vec![0; room];
            let moved = decoder.run(input, &mut out, op)?;
            plain.extend_from_slice(&out[..moved.given]);
            at += moved.taken;
            if op == Op::End && moved.remaining == 0 {
                return Ok(plain);
            }
        }
    }

    #[test]
    fn any_sizes_of_buffers_give_the_same() {
        let data = sample();
        let mut settings = Settings::new();
        settings.set(Param::Level as i32, 2).unwrap();
        let whole = compress(&settings, &data, data.len(), 1 << 20);
        for (piece, room) in [(1 << 20, 777), (5_000, 1 << 20), (99_999, 99_999)] {
            assert_eq!(compress(&settings, &data, piece, room), whole);
            assert_eq!(restore(&whole, piece, room).unwrap(), data);
        }
        assert_eq!(restore(&compress(&settings, b"", 1, 1), 1, 1).unwrap(), b"");
        let two = [&whole[..], &compress(&settings, b"tiny", 1, 1)].concat();
        assert_eq!(restore(&two, 1000, 1000).unwrap().len(), data.len() + 4);
        assert_eq!(restore(&whole[..whole.len() - 1], 1000, 1000).unwrap_err().code, 20);
    }

    #[test]
    fn a_flush_can_be_decoded() {
        let mut encoder = StreamEncoder::new(&Settings::new()).unwrap();
        let mut decoder = StreamDecoder::new(&Settings::new());
        for text in [&b"first message"[..], b"second message"] {
            let (mut packed, mut plain) = (vec![0; 1000], vec![0; 1000]);
            let moved = encoder.run(text, &mut packed, Op::Flush).unwrap();
            assert_eq!((moved.taken, moved.remaining), (text.len(), 0));
            let moved = decoder.run(&packed[..moved.given], &mut plain, Op::Continue).unwrap();
            assert_eq!(&plain[..moved.given], text);
        }
        // Nothing new: a second flush costs nothing.
        assert_eq!(encoder.run(&[], &mut [0; 1000], Op::Flush).unwrap(), Moved::default());
    }

    #[test]
    fn everything_at_once_and_no_more_than_asked_for() {
        let data = sample();
        let settings = Settings::new();
        let (mut packed, mut plain) = (Vec::new(), Vec::new());
        let mut encoder = StreamEncoder::new(&settings).unwrap();
        encoder.push(&data, &mut packed, Op::Continue).unwrap();
        encoder.push(b"", &mut packed, Op::End).unwrap();
        assert!(encoder.push(b"x", &mut packed, Op::Continue).unwrap_err().is(Status::Misuse));
        packed.extend_from_slice(b"behind");
        let mut decoder = StreamDecoder::single_frame(&settings);
        decoder.pull(&packed, &mut plain, 10, Op::Continue).unwrap();
        assert!(plain.len() == 10 && decoder.has_output() && !decoder.is_finished() && decoder.unused().is_empty());
        decoder.pull(b"...", &mut plain, usize::MAX, Op::Continue).unwrap();
        assert!(plain == data && decoder.is_finished());
        assert_eq!(decoder.unused(), b"behind...");
        assert!(decoder.pull(b"", &mut plain, 1, Op::Continue).unwrap_err().is(Status::Misuse));
    }

    #[test]
    fn misuse_is_told() {
        let mut encoder = StreamEncoder::new(&Settings::new()).unwrap();
        encoder.run(b"x", &mut [0; 100], Op::End).unwrap();
        assert!(encoder.run(b"y", &mut [0; 100], Op::Continue).unwrap_err().is(Status::Misuse));
        let mut decoder = StreamDecoder::new(&Settings::new());
        let failure = (0..100).find_map(|_| decoder.run(&[], &mut [0; 10], Op::Continue).err()).unwrap();
        assert!(failure.is(Status::NoProgress));
        assert!(Op::from_number(3).is_err());
    }
}
