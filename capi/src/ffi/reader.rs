//! Random access.

use super::ctx::vatic_ctx;
use super::handle::{Handle, Opaque, check_out, fill, free, get, give, on, opaque, path, put, with};
use super::vatic_status;
use crate::memory::Reader;
use std::ffi::{c_char, c_void};

/// Random access to the output of a file.
#[derive(Debug)]
pub struct vatic_reader(Handle<Reader>);
opaque!(vatic_reader, Reader);

/// Opens a file for random access: finds its groups, from its index if it has one.
///
/// Threads: one at a time for the context. A reader serves one thread at a time.
/// Owner: the caller gets the reader, for `vatic_reader_free`; it keeps the file open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_reader_open(
    ctx: *mut vatic_ctx,
    file: *const c_char,
    result: *mut *mut vatic_reader,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            check_out(result)?;
            give(result, vatic_reader::wrap(Reader::open(&path(file, "file")?, settings)?))
        })
    }
}

/// As `vatic_reader_open`, of `size` bytes in memory.
///
/// Threads: one at a time for the context. A reader serves one thread at a time.
/// Owner: the caller gets the reader, for `vatic_reader_free`, and must keep the bytes as they are until then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_reader_from_memory(
    ctx: *mut vatic_ctx,
    src: *const c_void,
    size: usize,
    result: *mut *mut vatic_reader,
) -> vatic_status {
    // SAFETY: the caller's promise, which reaches to the reader's end: so the borrow may be as long as anything.
    unsafe {
        with(ctx, |settings| {
            check_out(result)?;
            let src: &'static [u8] = super::handle::bytes(src, size, "src")?;
            give(result, vatic_reader::wrap(Reader::from_bytes(src, settings)?))
        })
    }
}

/// Frees a reader; nothing for NULL.
///
/// Threads: none may be using it.
/// Owner: takes the reader.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_reader_free(reader: *mut vatic_reader) {
    // SAFETY: the caller's promise.
    unsafe { free(reader) }
}

/// What went wrong in the last call that failed, for people; empty before. NULL for NULL.
///
/// Threads: one at a time.
/// Owner: the text is the reader's; it stays until the next call that fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_reader_error(reader: *const vatic_reader) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { get(reader, "reader") }.map_or(std::ptr::null(), |reader| reader.handle().message())
}

/// Stores how many bytes of output there are.
///
/// Threads: one at a time.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_reader_length(reader: *const vatic_reader, length: *mut u64) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { on(reader, |reader| put(length, reader.len())) }
}

/// Fills `dst` with the output at `offset`, and stores in `written` how many bytes there were: fewer than `size` only at the end.
///
/// Threads: one at a time.
/// Owner: the caller keeps the buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_reader_read_at(
    reader: *mut vatic_reader,
    offset: u64,
    dst: *mut c_void,
    size: usize,
    written: *mut usize,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { on(reader, |reader| fill(dst, size, written, |room| reader.read_at(offset, room))) }
}
