//! One call, all in memory.

use super::ctx::vatic_ctx;
use super::handle::{bytes, check_out, fill, free, get, give, put, quiet, status, with};
use super::vatic_status;
use crate::memory;
use crate::tables::UNKNOWN;
use std::ffi::c_void;

/// Bytes that the library allocated.
#[derive(Debug)]
pub struct vatic_bytes(pub(super) Vec<u8>);

/// The bytes; NULL for NULL.
///
/// Threads: any number at the same time.
/// Owner: they belong to the object, and stay until it is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_bytes_data(bytes: *const vatic_bytes) -> *const c_void {
    // SAFETY: the caller's promise.
    unsafe { get(bytes, "bytes") }.map_or(std::ptr::null(), |bytes| bytes.0.as_ptr().cast())
}

/// How many they are; 0 for NULL.
///
/// Threads: any number at the same time.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_bytes_size(bytes: *const vatic_bytes) -> usize {
    // SAFETY: the caller's promise.
    unsafe { get(bytes, "bytes") }.map_or(0, |bytes| bytes.0.len())
}

/// Frees bytes that the library allocated; nothing for NULL.
///
/// Threads: none may be using them.
/// Owner: takes the bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_bytes_free(bytes: *mut vatic_bytes) {
    // SAFETY: the caller's promise.
    unsafe { free(bytes) }
}

/// Compresses `size` bytes at `src` into one frame at `dst`, and stores its size in `written`; `vatic_compress_bound` tells a `capacity` that
/// is enough. With `VATIC_ERROR_DST_TOO_SMALL`, `written` has the size that would do. `ctx` may be NULL for defaults.
///
/// Threads: one at a time for the context; any without one.
/// Owner: the caller keeps both buffers, which must not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_compress(
    ctx: *mut vatic_ctx,
    dst: *mut c_void,
    capacity: usize,
    written: *mut usize,
    src: *const c_void,
    size: usize,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            let src = bytes(src, size, "src")?;
            fill(dst, capacity, written, |room| memory::copy_out(&memory::compress(src, settings)?, room))
        })
    }
}

/// Restores all frames in `size` bytes at `src` to `dst`, and stores how many bytes that are in `written`. With
/// `VATIC_ERROR_DST_TOO_SMALL`, `written` has the size that would do, or 0 if the frames do not tell it. What `dst` holds after a failure means
/// nothing. `ctx` may be NULL for defaults.
///
/// Threads: one at a time for the context; any without one.
/// Owner: the caller keeps both buffers, which must not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_decompress(
    ctx: *mut vatic_ctx,
    dst: *mut c_void,
    capacity: usize,
    written: *mut usize,
    src: *const c_void,
    size: usize,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            let src = bytes(src, size, "src")?;
            fill(dst, capacity, written, |room| memory::decompress_into(src, room, settings))
        })
    }
}

/// Compresses `size` bytes at `src` into one frame that the library allocates. `ctx` may be NULL for defaults.
///
/// Threads: one at a time for the context; any without one.
/// Owner: the caller keeps the input, and gets the result, for `vatic_bytes_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_compress_alloc(
    ctx: *mut vatic_ctx,
    src: *const c_void,
    size: usize,
    result: *mut *mut vatic_bytes,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            check_out(result)?;
            give(result, vatic_bytes(memory::compress(bytes(src, size, "src")?, settings)?))
        })
    }
}

/// Restores all frames in `size` bytes at `src`. Of input from strangers, bound the result with
/// `VATIC_PARAM_LIMIT_OUTPUT`. `ctx` may be NULL for defaults.
///
/// Threads: one at a time for the context; any without one.
/// Owner: the caller keeps the input, and gets the result, for `vatic_bytes_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_decompress_alloc(
    ctx: *mut vatic_ctx,
    src: *const c_void,
    size: usize,
    result: *mut *mut vatic_bytes,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            check_out(result)?;
            give(result, vatic_bytes(memory::decompress(bytes(src, size, "src")?, settings)?))
        })
    }
}

/// Stores the length of the first frame's content, or `VATIC_UNKNOWN` where its front does not tell. The first 64 bytes of a file are enough. The
/// number is what the file says: of a stranger's, check it before anything is allocated.
///
/// Threads: any.
/// Owner: the caller keeps the input.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_content_length(src: *const c_void, size: usize, length: *mut u64) -> vatic_status {
    status(|| {
        check_out(length)?;
        // SAFETY: the caller's promise.
        unsafe { put(length, vatic::content_length(bytes(src, size, "src")?)?.unwrap_or(UNKNOWN)) }
    })
}

/// Whether the library has a codec, one of `VATIC_CODEC_*`: 1 or 0.
///
/// Threads: any.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub extern "C" fn vatic_has_codec(codec: i32) -> i32 {
    quiet(0, || {
        let number = u8::try_from(codec).ok();
        let codec = number.and_then(|number| vatic::CodecId::from_number(number).ok());
        i32::from(codec.is_some_and(vatic::CodecId::is_available))
    })
}
