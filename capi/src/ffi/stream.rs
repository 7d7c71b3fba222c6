//! Streams.

use super::ctx::vatic_ctx;
use super::handle::{Handle, Opaque, bytes, check_out, free, get, give, on, opaque, put, room, with};
use super::{vatic_in_buffer, vatic_out_buffer, vatic_status};
use crate::stream::{IN_SIZE, Moved, OUT_SIZE, Op, StreamDecoder, StreamEncoder};
use crate::tables::Status;
use crate::{Failure, Result, Settings};
use std::ffi::c_char;

/// An encoder and what it was made from.
#[derive(Debug)]
pub struct Encoding {
    stream: StreamEncoder,
    settings: Settings,
}

/// A decoder and what it was made from.
#[derive(Debug)]
pub struct Decoding {
    stream: StreamDecoder,
    settings: Settings,
}

impl Encoding {
    fn new(settings: &Settings) -> Result<Encoding> {
        Ok(Encoding { stream: StreamEncoder::new(settings)?, settings: settings.clone() })
    }
}

impl Decoding {
    fn new(settings: &Settings) -> Decoding {
        Decoding { stream: StreamDecoder::new(settings), settings: settings.clone() }
    }
}

/// Compresses a stream into one frame.
#[derive(Debug)]
pub struct vatic_encoder(Handle<Encoding>);
opaque!(vatic_encoder, Encoding);

/// Restores a stream of any number of frames.
#[derive(Debug)]
pub struct vatic_decoder(Handle<Decoding>);
opaque!(vatic_decoder, Decoding);

/// A good size for buffers of input.
///
/// Threads: any.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub extern "C" fn vatic_in_size() -> usize {
    IN_SIZE
}

/// A good size for buffers of output.
///
/// Threads: any.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub extern "C" fn vatic_out_size() -> usize {
    OUT_SIZE
}

/// Makes an encoder with the context's settings, or defaults for NULL.
///
/// Threads: one at a time for the context. An encoder serves one thread at a time.
/// Owner: the caller gets the encoder, for `vatic_encoder_free`; it does not need the context any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_encoder_create(ctx: *mut vatic_ctx, encoder: *mut *mut vatic_encoder) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            check_out(encoder)?;
            give(encoder, vatic_encoder::wrap(Encoding::new(settings)?))
        })
    }
}

/// Frees an encoder; nothing for NULL. A frame that was not ended is lost.
///
/// Threads: none may be using it.
/// Owner: takes the encoder.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_encoder_free(encoder: *mut vatic_encoder) {
    // SAFETY: the caller's promise.
    unsafe { free(encoder) }
}

/// Makes an encoder ready for a new frame, with the settings that it was made with, whatever state it is in; after a
/// `VATIC_ERROR_PANIC` too, unless that came while it was made.
///
/// Threads: one at a time.
/// Owner: the caller keeps the encoder.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_encoder_reset(encoder: *mut vatic_encoder) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { reset(encoder, |old: &Encoding| Encoding::new(&old.settings)) }
}

/// What went wrong in the last call that failed, for people; empty before. NULL for NULL.
///
/// Threads: one at a time.
/// Owner: the text is the encoder's; it stays until the next call that fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_encoder_error(encoder: *const vatic_encoder) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { get(encoder, "encoder") }.map_or(std::ptr::null(), |encoder| encoder.handle().message())
}

/// Takes from `input`, gives to `output`, and moves their `pos`. It returns when the input is taken, or the output is full.
///
/// `op` is one of `VATIC_OP_*`. With FLUSH and END call again, with room for output and without new input, until `remaining` is 0:
/// then all is given out. Else `remaining` is how many bytes of input and output are waiting; of input that is not taken, none is
/// lost. After END the frame is complete, and only `vatic_encoder_reset` makes the encoder take input again. `input` may be NULL for
/// none. After a failure other than `VATIC_ERROR_BUSY`, `NULL_ARGUMENT`, `INVALID_OPTION` and `NO_PROGRESS` the frame is lost.
///
/// Threads: one at a time.
/// Owner: the caller keeps buffers and encoder; both buffers may change or go between calls.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_encoder_run(
    encoder: *mut vatic_encoder,
    output: *mut vatic_out_buffer,
    input: *mut vatic_in_buffer,
    op: i32,
    remaining: *mut usize,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        on(encoder, |this| {
            let op = Op::from_number(op)?;
            run(output, input, remaining, |src, dst| this.stream.run(src, dst, op))
        })
    }
}

/// Makes a decoder with the context's settings, or defaults for NULL.
///
/// Threads: one at a time for the context. A decoder serves one thread at a time.
/// Owner: the caller gets the decoder, for `vatic_decoder_free`; it does not need the context any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_decoder_create(ctx: *mut vatic_ctx, decoder: *mut *mut vatic_decoder) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            check_out(decoder)?;
            give(decoder, vatic_decoder::wrap(Decoding::new(settings)))
        })
    }
}

/// Frees a decoder; nothing for NULL.
///
/// Threads: none may be using it.
/// Owner: takes the decoder.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_decoder_free(decoder: *mut vatic_decoder) {
    // SAFETY: the caller's promise.
    unsafe { free(decoder) }
}

/// Makes a decoder ready for new input, with the settings that it was made with, whatever state it is in.
///
/// Threads: one at a time.
/// Owner: the caller keeps the decoder.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_decoder_reset(decoder: *mut vatic_decoder) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { reset(decoder, |old: &Decoding| Ok(Decoding::new(&old.settings))) }
}

/// What went wrong in the last call that failed, for people; empty before. NULL for NULL.
///
/// Threads: one at a time.
/// Owner: the text is the decoder's; it stays until the next call that fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_decoder_error(decoder: *const vatic_decoder) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { get(decoder, "decoder") }.map_or(std::ptr::null(), |decoder| decoder.handle().message())
}

/// Takes from `input`, gives to `output`, and moves their `pos`. It returns when the input is taken and nothing more can be
/// given, or the output is full.
///
/// `VATIC_OP_END` says that no input will come behind `input`; then, and only then, `remaining` becomes 0: when all frames were whole and all
/// output has been given. Input that ends too early is `VATIC_ERROR_TRUNCATED`. With other values of `op` more input is expected.
/// All output is verified before it is given, unless its writer left out checksums. After a failure other than `VATIC_ERROR_BUSY`,
/// `NULL_ARGUMENT`, `INVALID_OPTION` and `NO_PROGRESS` the decoder is of no use until it is reset. `input` may be NULL for none.
///
/// Threads: one at a time.
/// Owner: the caller keeps buffers and decoder; both buffers may change or go between calls.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_decoder_run(
    decoder: *mut vatic_decoder,
    output: *mut vatic_out_buffer,
    input: *mut vatic_in_buffer,
    op: i32,
    remaining: *mut usize,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        on(decoder, |this| {
            let op = Op::from_number(op)?;
            run(output, input, remaining, |src, dst| this.stream.run(src, dst, op))
        })
    }
}

/// Replaces the state of a stream by a fresh one.
///
/// # Safety
/// `object` is NULL or a handle that has not been freed.
unsafe fn reset<H: Opaque>(object: *mut H, make: impl FnOnce(&H::State) -> Result<H::State>) -> vatic_status {
    // SAFETY: the caller's promise.
    match unsafe { get(object, "the object") } {
        Ok(object) => object.handle().renew(make),
        Err(failure) => failure.code,
    }
}

/// One call of a stream on buffers of C.
///
/// # Safety
/// The pointers are NULL or point to buffers as described in [`vatic_in_buffer`] and [`vatic_out_buffer`].
unsafe fn run(
    output: *mut vatic_out_buffer,
    input: *mut vatic_in_buffer,
    remaining: *mut usize,
    work: impl FnOnce(&[u8], &mut [u8]) -> Result<Moved>,
) -> Result<()> {
    check_out(remaining)?;
    // SAFETY: the caller's promise. Values are copied out, so that nothing stays borrowed while buffers are.
    let (src, src_size, src_pos, dst, dst_size, dst_pos) = unsafe {
        let none = vatic_in_buffer { src: std::ptr::null(), size: 0, pos: 0 };
        let input = input.as_ref().unwrap_or(&none);
        let output = get(output, "output")?;
        (input.src, input.size, input.pos, output.dst, output.size, output.pos)
    };
    if src_pos > src_size || dst_pos > dst_size {
        return Err(Failure::new(Status::InvalidOption, "a buffer's pos is behind its size"));
    }
    // SAFETY: the caller's promise; offsets are within the buffers.
    let moved = unsafe {
        let src = bytes(src, src_size, "input.src")?;
        let dst: &mut [u8] = room(dst.cast::<u8>(), dst_size, "output.dst")?;
        work(&src[src_pos..], &mut dst[dst_pos..])?
    };
    // SAFETY: the caller's promise; `output` is not NULL, and `input` only if nothing was taken.
    unsafe {
        if let Some(input) = input.as_mut() {
            input.pos = src_pos + moved.taken;
        }
        if let Some(output) = output.as_mut() {
            output.pos = dst_pos + moved.given;
        }
        put(remaining, moved.remaining)
    }
}
