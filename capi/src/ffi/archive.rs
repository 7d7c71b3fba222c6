//! Archives.

use super::ctx::vatic_ctx;
use super::handle::{
    Handle, Opaque, bytes, check_out, fill, free, get, give, on, opaque, path, paths, put, room, texts, with,
};
use super::vatic_status;
use crate::archive::{Archive, append, create, entry_value, link_target};
use crate::memory::copy_out;
use crate::tables::Status;
use crate::{Failure, Result};
use std::ffi::{c_char, c_void};
use std::path::PathBuf;

/// An archive that is open for reading. Its entries are numbered from 0 in the order of their names.
#[derive(Debug)]
pub struct vatic_archive(Handle<Archive>);
opaque!(vatic_archive, Archive);

/// Packs `count` files and folders at `inputs` into a new archive at `target`, which appears whole or not at all. Names are taken from the
/// paths as tar takes them. With keys in the context the archive is sealed. `VATIC_ERROR_PARTIAL` if some could not be read; the archive has the others then.
///
/// Threads: one at a time for the context.
/// Owner: the caller keeps all texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_archive_create(
    ctx: *mut vatic_ctx,
    target: *const c_char,
    inputs: *const *const c_char,
    count: usize,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { with(ctx, |settings| create(&path(target, "target")?, &inputs_of(inputs, count)?, settings)) }
}

/// Adds `count` files and folders at `inputs` to the archive at `target`, as its next generation. Contents that it has are not stored again.
/// Until the call is done the archive is as it was.
///
/// Threads: one at a time for the context. Another process that appends gets `VATIC_ERROR_LOCKED`.
/// Owner: the caller keeps all texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_archive_append(
    ctx: *mut vatic_ctx,
    target: *const c_char,
    inputs: *const *const c_char,
    count: usize,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { with(ctx, |settings| append(&path(target, "target")?, &inputs_of(inputs, count)?, settings)) }
}

unsafe fn inputs_of(inputs: *const *const c_char, count: usize) -> Result<Vec<PathBuf>> {
    // SAFETY: the caller's promise.
    unsafe { paths(inputs, count, "an input") }
}

/// Opens the archive in `file`.
///
/// Threads: one at a time for the context. An archive serves one thread at a time.
/// Owner: the caller gets the archive, for `vatic_archive_free`; it keeps the file open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_archive_open(
    ctx: *mut vatic_ctx,
    file: *const c_char,
    result: *mut *mut vatic_archive,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            check_out(result)?;
            give(result, vatic_archive::wrap(Archive::open(&path(file, "file")?, settings)?))
        })
    }
}

/// Opens the archive in `size` bytes of memory.
///
/// Threads: one at a time for the context. An archive serves one thread at a time.
/// Owner: the caller gets the archive, for `vatic_archive_free`, and must keep the bytes as they are until then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_archive_from_memory(
    ctx: *mut vatic_ctx,
    src: *const c_void,
    size: usize,
    result: *mut *mut vatic_archive,
) -> vatic_status {
    // SAFETY: the caller's promise, which reaches to the archive's end: so the borrow may be as long as anything.
    unsafe {
        with(ctx, |settings| {
            check_out(result)?;
            let src: &'static [u8] = bytes(src, size, "src")?;
            give(result, vatic_archive::wrap(Archive::from_bytes(src, settings)?))
        })
    }
}

/// Closes an archive; nothing for NULL.
///
/// Threads: none may be using it.
/// Owner: takes the archive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_archive_free(archive: *mut vatic_archive) {
    // SAFETY: the caller's promise.
    unsafe { free(archive) }
}

/// What went wrong in the last call that failed, for people; empty before. NULL for NULL.
///
/// Threads: one at a time.
/// Owner: the text is the archive's; it stays until the next call that fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_archive_error(archive: *const vatic_archive) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { get(archive, "archive") }.map_or(std::ptr::null(), |archive| archive.handle().message())
}

/// Stores the number of entries.
///
/// Threads: one at a time.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_archive_count(archive: *const vatic_archive, count: *mut usize) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { on(archive, |archive| put(count, archive.len())) }
}

/// Stores the number of the entry of this name, of `size` bytes; `VATIC_ERROR_NOT_FOUND` if there is none.
///
/// Threads: one at a time.
/// Owner: the caller keeps the name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_archive_find(
    archive: *const vatic_archive,
    name: *const c_void,
    size: usize,
    index: *mut usize,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { on(archive, |archive| put(index, archive.find(bytes(name, size, "name")?)?)) }
}

/// Stores what is asked about an entry, one of `VATIC_ENTRY_*`.
///
/// Threads: one at a time.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_archive_entry_get(
    archive: *const vatic_archive,
    index: usize,
    field: i32,
    value: *mut u64,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { on(archive, |archive| put(value, entry_value(archive.entry(index)?, field)?)) }
}

/// Copies an entry's name: components of any bytes but zero, with `/` between them, not always UTF-8, without a zero at its end.
///
/// Threads: one at a time.
/// Owner: the caller keeps the buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_archive_entry_name(
    archive: *const vatic_archive,
    index: usize,
    dst: *mut c_void,
    capacity: usize,
    written: *mut usize,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        on(archive, |archive| fill(dst, capacity, written, |room| copy_out(&archive.entry(index)?.meta.name, room)))
    }
}

/// Copies what a symbolic or hard link points to; nothing for other entries.
///
/// Threads: one at a time.
/// Owner: the caller keeps the buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_archive_entry_target(
    archive: *const vatic_archive,
    index: usize,
    dst: *mut c_void,
    capacity: usize,
    written: *mut usize,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        on(archive, |archive| fill(dst, capacity, written, |room| copy_out(link_target(archive.entry(index)?), room)))
    }
}

/// Stores the 32 bytes of BLAKE3 of an entry's content without its holes; `VATIC_ERROR_NOT_FOUND` if it has none.
///
/// Threads: one at a time.
/// Owner: the caller keeps the buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_archive_entry_hash(
    archive: *const vatic_archive,
    index: usize,
    hash: *mut u8,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        on(archive, |archive| {
            let found = archive.entry(index)?.hash;
            let found = found.ok_or_else(|| Failure::new(Status::NotFound, "the entry has no content"))?;
            room(hash, 32, "hash")?.copy_from_slice(&found);
            Ok(())
        })
    }
}

/// Copies an entry's content, holes as zeros; a hard link gives its target's. `VATIC_ENTRY_SIZE` tells the size. With
/// `VATIC_ERROR_DST_TOO_SMALL`, `written` has the size that would do, and asking again costs no decoding.
///
/// Threads: one at a time.
/// Owner: the caller keeps the buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_archive_read(
    archive: *mut vatic_archive,
    index: usize,
    dst: *mut c_void,
    capacity: usize,
    written: *mut usize,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { on(archive, |archive| fill(dst, capacity, written, |room| archive.read_into(index, room))) }
}

/// Extracts what `count` patterns of the shell match to the folder `target`, which is made if it is not there; everything without
/// patterns. Nothing is written outside of it, and what is there stays unless `VATIC_PARAM_OVERWRITE` was set. `extracted` gets the number of
/// entries. `VATIC_ERROR_PARTIAL` if some failed; the others are there then.
///
/// Threads: one at a time.
/// Owner: the caller keeps all texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_archive_extract(
    archive: *mut vatic_archive,
    target: *const c_char,
    patterns: *const *const c_char,
    count: usize,
    extracted: *mut u64,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        on(archive, |archive| {
            check_out(extracted)?;
            put(extracted, archive.extract(&path(target, "target")?, texts(patterns, count, "a pattern")?)?)
        })
    }
}

/// Extracts one entry to the folder `target`, under its whole name; of a directory, all that is in it.
///
/// Threads: one at a time.
/// Owner: the caller keeps the text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_archive_extract_entry(
    archive: *mut vatic_archive,
    index: usize,
    target: *const c_char,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { on(archive, |archive| archive.extract_entry(index, &path(target, "target")?).map(drop)) }
}

/// Decodes everything and compares it with what the index says.
///
/// Threads: one at a time.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_archive_verify(archive: *mut vatic_archive) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { on(archive, Archive::verify) }
}
