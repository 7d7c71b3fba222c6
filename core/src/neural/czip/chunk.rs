//! Chunks: runs of tokens that are coded on their own, from an empty window.
//!
//! An encoder knows all tokens and feeds a window many at a time. A decoder learns each token from the one before, but chunks do not depend on
//! each other: it decodes several side by side, so that all of them share each load of weights.

use super::coder::{Decoder, Encoder};
use super::model::{CzipModel, START};
use crate::error::{Error, Result};
use crate::neural::{Accumulator, BATCH, Step, Window};

/// Chunks that are decoded side by side.
pub(super) const LANES: usize = 24;

/// The bits of each chunk of up to `size` tokens.
pub(super) fn encode(model: &CzipModel, tokens: &[u32], size: usize, accumulator: Accumulator) -> Result<Vec<Vec<u8>>> {
    let network = model.network();
    let total = network.total();
    let mut scratch = network.scratch(BATCH.min(size))?;
    let mut window = [network.window(accumulator)?];
    let mut frequencies = network.frequencies()?;
    let mut chunks = Vec::new();
    for chunk in tokens.chunks(size) {
        window[0].clear();
        let mut encoder = Encoder::new();
        let mut previous = START;
        for batch in chunk.chunks(scratch.rows()) {
            let steps: Vec<Step> =
                batch.iter().map(|&token| Step { window: 0, token: std::mem::replace(&mut previous, token) }).collect();
            network.advance(&mut scratch, &mut window, &steps)?;
            for (index, &token) in batch.iter().enumerate() {
                let logits = scratch.logits(index).ok_or(Error::Internal("a step without logits"))?;
                network.spread(logits, &mut frequencies);
                let interval = frequencies.interval(token).ok_or(Error::Internal("a token outside the vocabulary"))?;
                encoder.code(interval, total);
            }
        }
        chunks.push(encoder.finish());
    }
    Ok(chunks)
}

/// A chunk on its way.
struct Lane<'a> {
    decoder: Decoder<'a>,
    tokens: Vec<u32>,
    len: usize,
}

impl<'a> Lane<'a> {
    fn new(&(bytes, len): &(&'a [u8], usize)) -> Lane<'a> {
        Lane { decoder: Decoder::new(bytes), tokens: Vec::new(), len }
    }
}

/// Appends the text of `chunks` - their bits and their number of tokens - to `out`, at most up to `limit` bytes in all.
pub(super) fn decode(
    model: &CzipModel,
    chunks: &[(&[u8], usize)],
    accumulator: Accumulator,
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<()> {
    let network = model.network();
    let rows = chunks.len().clamp(1, LANES);
    let mut scratch = network.scratch(rows)?;
    let mut frequencies = network.frequencies()?;
    let windows: Result<Vec<Window>> = (0..rows).map(|_| network.window(accumulator)).collect();
    let mut windows = windows?;
    for group in chunks.chunks(rows) {
        windows.iter_mut().for_each(Window::clear);
        let mut lanes: Vec<Lane<'_>> = group.iter().map(Lane::new).collect();
        while advance(model, &mut lanes, &mut windows, &mut scratch, &mut frequencies)? {}
        for lane in lanes {
            lane.decoder.finish()?;
            for token in lane.tokens {
                let bytes = model.tokenizer().bytes(token).ok_or(Error::corrupt("a token without bytes"))?;
                if bytes.len() > limit.saturating_sub(out.len()) {
                    return Err(Error::corrupt("a czip file decodes to more than it says"));
                }
                out.try_reserve(bytes.len()).map_err(|_| Error::OutOfMemory { bytes: bytes.len() as u64 })?;
                out.extend_from_slice(bytes);
            }
        }
    }
    Ok(())
}

/// One token of every lane that has any left; `false` where none has.
fn advance(
    model: &CzipModel,
    lanes: &mut [Lane<'_>],
    windows: &mut [Window],
    scratch: &mut crate::neural::Scratch,
    frequencies: &mut crate::neural::Frequencies,
) -> Result<bool> {
    let (network, mut steps) = (model.network(), Vec::with_capacity(lanes.len()));
    for (window, lane) in lanes.iter().enumerate().filter(|(_, lane)| lane.tokens.len() < lane.len) {
        steps.push(Step { window, token: lane.tokens.last().copied().unwrap_or(START) });
    }
    network.advance(scratch, windows, &steps)?;
    for (index, step) in steps.iter().enumerate() {
        let lane = &mut lanes[step.window];
        let logits = scratch.logits(index).ok_or(Error::Internal("a step without logits"))?;
        network.spread(logits, frequencies);
        let (token, interval) = frequencies.find(lane.decoder.target(network.total()));
        lane.decoder.code(interval, network.total());
        lane.tokens.try_reserve(1).map_err(|_| Error::OutOfMemory { bytes: 4 })?;
        lane.tokens.push(token);
    }
    Ok(!steps.is_empty())
}
