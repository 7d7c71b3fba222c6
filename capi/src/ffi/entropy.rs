//! The entropy coder, for codecs with a model of their own.

use super::handle::{Handle, Opaque, bytes, check_out, free, get, give, on, opaque, put, room, status, words};
use super::memory::vatic_bytes;
use super::vatic_status;
use crate::entropy::{SymbolDecoder, SymbolEncoder, from_logits, from_weights};
use std::ffi::c_void;
use vatic::coder::cdf::Cdf;

/// A table of frequencies. It never changes.
#[derive(Debug)]
pub struct vatic_cdf(Cdf);

/// Writes symbols.
#[derive(Debug)]
pub struct vatic_symbol_encoder(Handle<SymbolEncoder>);
opaque!(vatic_symbol_encoder, SymbolEncoder);

/// Reads symbols back.
#[derive(Debug)]
pub struct vatic_symbol_decoder(Handle<SymbolDecoder>);
opaque!(vatic_symbol_decoder, SymbolDecoder);

/// Makes a table of the frequencies of `count` symbols, which add up to 1 to 2^24. Symbols of frequency 0 cannot be coded.
///
/// Threads: any. A table may be shared by any number of threads.
/// Owner: the caller keeps the array, and gets the table, for `vatic_cdf_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_cdf_from_frequencies(
    frequencies: *const u32,
    count: usize,
    result: *mut *mut vatic_cdf,
) -> vatic_status {
    status(|| {
        check_out(result)?;
        // SAFETY: the caller's promise.
        unsafe { give(result, vatic_cdf(Cdf::from_frequencies(words(frequencies, count, "frequencies")?)?)) }
    })
}

/// Makes a table of frequencies that add up to `total` (1 to 2^24), none below `floor`, in proportion to weights. The same on every
/// machine.
///
/// Threads: any. A table may be shared by any number of threads.
/// Owner: the caller keeps the array, and gets the table, for `vatic_cdf_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_cdf_from_weights(
    weights: *const u32,
    count: usize,
    total: u32,
    floor: u32,
    result: *mut *mut vatic_cdf,
) -> vatic_status {
    status(|| {
        check_out(result)?;
        // SAFETY: the caller's promise.
        unsafe { give(result, vatic_cdf(from_weights(words(weights, count, "weights")?, total, floor)?)) }
    })
}

/// As `vatic_cdf_from_weights`, in proportion to the exponential of logits, which are in 1/65536.
///
/// Threads: any. A table may be shared by any number of threads.
/// Owner: the caller keeps the array, and gets the table, for `vatic_cdf_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_cdf_from_logits(
    logits: *const i32,
    count: usize,
    total: u32,
    floor: u32,
    result: *mut *mut vatic_cdf,
) -> vatic_status {
    status(|| {
        check_out(result)?;
        // SAFETY: the caller's promise.
        unsafe { give(result, vatic_cdf(from_logits(words(logits, count, "logits")?, total, floor)?)) }
    })
}

/// Frees a table; nothing for NULL.
///
/// Threads: none may be using it.
/// Owner: takes the table.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_cdf_free(cdf: *mut vatic_cdf) {
    // SAFETY: the caller's promise.
    unsafe { free(cdf) }
}

/// Makes an encoder of symbols.
///
/// Threads: any. An encoder serves one thread at a time.
/// Owner: the caller gets the encoder, for `vatic_symbol_encoder_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_symbol_encoder_create(result: *mut *mut vatic_symbol_encoder) -> vatic_status {
    // SAFETY: the caller's promise.
    status(|| unsafe { give(result, vatic_symbol_encoder::wrap(SymbolEncoder::new())) })
}

/// Frees an encoder; nothing for NULL.
///
/// Threads: none may be using it.
/// Owner: takes the encoder.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_symbol_encoder_free(encoder: *mut vatic_symbol_encoder) {
    // SAFETY: the caller's promise.
    unsafe { free(encoder) }
}

/// Codes `count` symbols with one table. `VATIC_ERROR_MISUSE` for a symbol without frequency; those in front of it are coded.
///
/// Threads: one at a time for the encoder; the table may be shared by any.
/// Owner: the caller keeps everything.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_symbol_encoder_encode(
    encoder: *mut vatic_symbol_encoder,
    cdf: *const vatic_cdf,
    symbols: *const u32,
    count: usize,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { on(encoder, |encoder| encoder.encode(words(symbols, count, "symbols")?, &get(cdf, "cdf")?.0)) }
}

/// Codes a number below `total` (at most 2^24), each as likely as the next.
///
/// Threads: one at a time.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_symbol_encoder_encode_uniform(
    encoder: *mut vatic_symbol_encoder,
    value: u32,
    total: u32,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { on(encoder, |encoder| encoder.encode_uniform(value, total)) }
}

/// Ends the stream. The encoder begins a new one.
///
/// Threads: one at a time.
/// Owner: the caller gets the bytes, for `vatic_bytes_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_symbol_encoder_finish(
    encoder: *mut vatic_symbol_encoder,
    result: *mut *mut vatic_bytes,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        on(encoder, |encoder| {
            check_out(result)?;
            give(result, vatic_bytes(encoder.finish()))
        })
    }
}

/// Makes a decoder of `size` bytes that an encoder's finish gave.
///
/// Threads: any. A decoder serves one thread at a time.
/// Owner: the caller gets the decoder, for `vatic_symbol_decoder_free`; the bytes are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_symbol_decoder_create(
    src: *const c_void,
    size: usize,
    result: *mut *mut vatic_symbol_decoder,
) -> vatic_status {
    status(|| {
        check_out(result)?;
        // SAFETY: the caller's promise.
        unsafe { give(result, vatic_symbol_decoder::wrap(SymbolDecoder::new(bytes(src, size, "src")?.to_vec()))) }
    })
}

/// Frees a decoder; nothing for NULL.
///
/// Threads: none may be using it.
/// Owner: takes the decoder.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_symbol_decoder_free(decoder: *mut vatic_symbol_decoder) {
    // SAFETY: the caller's promise.
    unsafe { free(decoder) }
}

/// Fills `symbols` with `count` symbols of one table; `VATIC_ERROR_TRUNCATED` where the input has run out.
///
/// Threads: one at a time for the decoder; the table may be shared by any.
/// Owner: the caller keeps everything.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_symbol_decoder_decode(
    decoder: *mut vatic_symbol_decoder,
    cdf: *const vatic_cdf,
    symbols: *mut u32,
    count: usize,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { on(decoder, |decoder| decoder.decode(&get(cdf, "cdf")?.0, room(symbols, count, "symbols")?)) }
}

/// Stores a number below `total`, as the encoder was given it.
///
/// Threads: one at a time.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_symbol_decoder_decode_uniform(
    decoder: *mut vatic_symbol_decoder,
    total: u32,
    value: *mut u32,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        on(decoder, |decoder| {
            check_out(value)?;
            put(value, decoder.decode_uniform(total)?)
        })
    }
}

/// Checks that the stream was as long as what was read from it.
///
/// Threads: one at a time.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_symbol_decoder_finish(decoder: *mut vatic_symbol_decoder) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { on(decoder, |decoder| decoder.finish()) }
}
