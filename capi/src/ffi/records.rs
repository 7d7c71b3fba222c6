//! Records under a model, one by one and in batches.

use super::ctx::vatic_ctx;
use super::handle::{Handle, Opaque, bytes, check_out, fill, free, get, give, lists, on, opaque, put, with};
use super::memory::vatic_bytes;
use super::model::vatic_model;
use super::vatic_status;
use crate::memory::copy_out;
use crate::records::{RecordBatch, Records, compress_many};
use std::ffi::{c_char, c_void};

/// Codes records one by one under a model.
#[derive(Debug)]
pub struct vatic_records(Handle<Records>);
opaque!(vatic_records, Records);

/// A batch of records, each of which can be read without the others.
#[derive(Debug)]
pub struct vatic_batch(Handle<RecordBatch>);
opaque!(vatic_batch, RecordBatch);

/// Makes a coder for records under `model`. What one record teaches is forgotten before the next. Without `VATIC_PARAM_RECORD_TAG`,
/// another model or damaged bytes may give a wrong record and no error: keep the model's id beside the records.
///
/// Threads: one at a time for the context; the model may be shared by any. A coder serves one thread at a time.
/// Owner: the caller gets the coder, for `vatic_records_free`; the model may be freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_records_create(
    ctx: *mut vatic_ctx,
    model: *const vatic_model,
    result: *mut *mut vatic_records,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            check_out(result)?;
            give(result, vatic_records::wrap(Records::new(&get(model, "model")?.0, settings)?))
        })
    }
}

/// Frees a coder of records; nothing for NULL.
///
/// Threads: none may be using it.
/// Owner: takes the coder.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_records_free(records: *mut vatic_records) {
    // SAFETY: the caller's promise.
    unsafe { free(records) }
}

/// What went wrong in the last call that failed, for people; empty before. NULL for NULL.
///
/// Threads: one at a time.
/// Owner: the text is the coder's; it stays until the next call that fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_records_error(records: *const vatic_records) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { get(records, "records") }.map_or(std::ptr::null(), |records| records.handle().message())
}

/// Codes one record. With `VATIC_ERROR_DST_TOO_SMALL`, `written` has the size that would do.
///
/// Threads: one at a time.
/// Owner: the caller keeps both buffers, which must not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_records_compress(
    records: *mut vatic_records,
    dst: *mut c_void,
    capacity: usize,
    written: *mut usize,
    src: *const c_void,
    size: usize,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        on(records, |records| {
            let src = bytes(src, size, "src")?;
            fill(dst, capacity, written, |room| copy_out(records.compress(src)?, room))
        })
    }
}

/// Restores one record. With `VATIC_ERROR_DST_TOO_SMALL`, `written` has the size that would do.
///
/// Threads: one at a time.
/// Owner: the caller keeps both buffers, which must not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_records_decompress(
    records: *mut vatic_records,
    dst: *mut c_void,
    capacity: usize,
    written: *mut usize,
    src: *const c_void,
    size: usize,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        on(records, |records| {
            let src = bytes(src, size, "src")?;
            fill(dst, capacity, written, |room| copy_out(records.decompress(src)?, room))
        })
    }
}

/// Codes `count` records under `model` into one batch: record i has `sizes[i]` bytes at `records[i]`.
///
/// Threads: one at a time for the context; the model may be shared by any.
/// Owner: the caller keeps arrays and records, and gets the batch, for `vatic_bytes_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_compress_many(
    ctx: *mut vatic_ctx,
    model: *const vatic_model,
    records: *const *const c_void,
    sizes: *const usize,
    count: usize,
    result: *mut *mut vatic_bytes,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            check_out(result)?;
            let model = &get(model, "model")?.0;
            let records = lists(records, sizes, count, ["records", "a record"])?;
            give(result, vatic_bytes(compress_many(records, model, settings)?))
        })
    }
}

/// Opens a batch of `size` bytes. Its model is one of the context's, or in the batch.
///
/// Threads: one at a time for the context. A batch serves one thread at a time.
/// Owner: the caller gets the batch, for `vatic_batch_free`; the bytes are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_batch_open(
    ctx: *mut vatic_ctx,
    src: *const c_void,
    size: usize,
    result: *mut *mut vatic_batch,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            check_out(result)?;
            let packed = bytes(src, size, "src")?.to_vec();
            give(result, vatic_batch::wrap(RecordBatch::open(packed, settings)?))
        })
    }
}

/// Frees a batch; nothing for NULL.
///
/// Threads: none may be using it.
/// Owner: takes the batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_batch_free(batch: *mut vatic_batch) {
    // SAFETY: the caller's promise.
    unsafe { free(batch) }
}

/// What went wrong in the last call that failed, for people; empty before. NULL for NULL.
///
/// Threads: one at a time.
/// Owner: the text is the batch's; it stays until the next call that fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_batch_error(batch: *const vatic_batch) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { get(batch, "batch") }.map_or(std::ptr::null(), |batch| batch.handle().message())
}

/// Stores the number of records.
///
/// Threads: one at a time.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_batch_count(batch: *const vatic_batch, count: *mut u64) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { on(batch, |batch| put(count, batch.len())) }
}

/// Restores record `index`, from 0. With `VATIC_ERROR_DST_TOO_SMALL`, `written` has the size that would do, and asking again costs no decoding.
///
/// Threads: one at a time.
/// Owner: the caller keeps the buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_batch_get(
    batch: *mut vatic_batch,
    index: u64,
    dst: *mut c_void,
    capacity: usize,
    written: *mut usize,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { on(batch, |batch| fill(dst, capacity, written, |room| batch.get_into(index, room))) }
}
