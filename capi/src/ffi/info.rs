//! What a file says about itself.

use super::ctx::vatic_ctx;
use super::handle::{bytes, check_out, free, get, give, path, put, room, status, with};
use super::vatic_status;
use crate::tables::Status;
use crate::{Failure, info};
use std::ffi::{c_char, c_void};
use vatic::Info;

/// A file's description. It never changes.
#[derive(Debug)]
pub struct vatic_info(Info);

/// Describes the file in `size` bytes at `src` without decoding it. With a key in the context sealed frames are described like others.
///
/// Threads: one at a time for the context.
/// Owner: the caller keeps the input, and gets the description, for `vatic_info_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_info_from_memory(
    ctx: *mut vatic_ctx,
    src: *const c_void,
    size: usize,
    result: *mut *mut vatic_info,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            check_out(result)?;
            give(result, vatic_info(info::of_bytes(bytes(src, size, "src")?, settings)?))
        })
    }
}

/// As `vatic_info_from_memory`, of a file, whose payloads are not read.
///
/// Threads: one at a time for the context.
/// Owner: the caller gets the description, for `vatic_info_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_info_from_file(
    ctx: *mut vatic_ctx,
    file: *const c_char,
    result: *mut *mut vatic_info,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            check_out(result)?;
            give(result, vatic_info(info::of_file(&path(file, "file")?, settings)?))
        })
    }
}

/// Frees a description; nothing for NULL.
///
/// Threads: none may be using it.
/// Owner: takes the description.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_info_free(info: *mut vatic_info) {
    // SAFETY: the caller's promise.
    unsafe { free(info) }
}

/// Stores what is asked, one of `VATIC_INFO_*`. `frame` counts for those of a frame and a group, `group` for those of a group.
///
/// Threads: any number at the same time.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_info_get(
    info: *const vatic_info,
    field: i32,
    frame: usize,
    group: usize,
    value: *mut u64,
) -> vatic_status {
    status(|| {
        // SAFETY: the caller's promise.
        unsafe { put(value, info::value(&get(info, "info")?.0, field, frame, group)?) }
    })
}

/// Stores the eight bytes that a frame cites a model by, and whether the frame carries it, as 1 or 0.
///
/// Threads: any number at the same time.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_info_model(
    info: *const vatic_info,
    frame: usize,
    model: usize,
    id: *mut u8,
    embedded: *mut i32,
) -> vatic_status {
    status(|| {
        check_out(embedded)?;
        // SAFETY: the caller's promise.
        unsafe {
            let frames = &get(info, "info")?.0.frames;
            let found = frames.get(frame).and_then(|frame| frame.models.get(model));
            let found = found.ok_or_else(|| Failure::new(Status::NotFound, "there is no such model"))?;
            room(id, 8, "id")?.copy_from_slice(&found.id.0);
            put(embedded, i32::from(found.embedded))
        }
    })
}
