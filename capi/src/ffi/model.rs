//! Models.

use super::ctx::vatic_ctx;
use super::handle::{bytes, check_out, fill, free, get, give, lists, path, room, status, text, with, words};
use super::memory::vatic_bytes;
use super::vatic_status;
use crate::tables::Status;
use crate::{Failure, memory, model};
use std::ffi::{c_char, c_void};
use vatic::Model;

/// What experts know beforehand. It never changes.
#[derive(Debug)]
pub struct vatic_model(pub(super) Model);

/// Reads a model from `size` bytes of a `.vatm` file. `ctx` gives limits and keeps the text of a failure; NULL will do.
///
/// Threads: one at a time for the context. A model may be shared by any number of threads.
/// Owner: the caller keeps the input, and gets the model, for `vatic_model_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_model_from_memory(
    ctx: *mut vatic_ctx,
    src: *const c_void,
    size: usize,
    result: *mut *mut vatic_model,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            check_out(result)?;
            give(result, vatic_model(Model::from_bytes(bytes(src, size, "src")?, &settings.model_limits())?))
        })
    }
}

/// Reads a model from a `.vatm` file.
///
/// Threads: one at a time for the context. A model may be shared by any number of threads.
/// Owner: the caller gets the model, for `vatic_model_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_model_from_file(
    ctx: *mut vatic_ctx,
    file: *const c_char,
    result: *mut *mut vatic_model,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            check_out(result)?;
            give(result, vatic_model(model::load(&path(file, "file")?, settings)?))
        })
    }
}

/// Trains a model on `count` samples, each of them a record, a file or a part of one: sample i has `sizes[i]` bytes at `samples[i]`.
/// `size` bounds the bytes of its tables; 0 leaves that to the library. Megabytes take seconds. The progress callback of `ctx` is told how many
/// bytes have been read and how many will be in all, and can end the work.
///
/// A model holds traces of what it was trained on: do not publish one that was trained on what is not to be published.
///
/// Threads: one at a time for the context. A model may be shared by any number of threads.
/// Owner: the caller keeps arrays and samples, and gets the model, for `vatic_model_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_model_train(
    ctx: *mut vatic_ctx,
    samples: *const *const c_void,
    sizes: *const usize,
    count: usize,
    size: usize,
    result: *mut *mut vatic_model,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            check_out(result)?;
            let samples = lists(samples, sizes, count, ["samples", "a sample"])?;
            give(result, vatic_model(model::train(&samples, size, None, settings)?))
        })
    }
}

/// Frees a model; nothing for NULL.
///
/// Threads: none may be using this handle. What was made with the model, and contexts that have it, live on.
/// Owner: takes the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_model_free(model: *mut vatic_model) {
    // SAFETY: the caller's promise.
    unsafe { free(model) }
}

/// Stores the model's id, 32 bytes; the first eight are what data cites.
///
/// Threads: any number at the same time.
/// Owner: the caller keeps both.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_model_id(model: *const vatic_model, id: *mut u8) -> vatic_status {
    status(|| {
        // SAFETY: the caller's promise.
        let (model, id) = unsafe { (get(model, "model")?, room(id, 32, "id")?) };
        id.copy_from_slice(&model.0.id().0);
        Ok(())
    })
}

/// What the model says about itself to people under `key`: name, description, licence and whatever else its maker wrote. UTF-8, without a
/// zero at its end; `written` has its size. `VATIC_ERROR_NOT_FOUND` if it says nothing.
///
/// Threads: any number at the same time.
/// Owner: the caller keeps the buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_model_metadata(
    model: *const vatic_model,
    key: *const c_char,
    dst: *mut c_void,
    capacity: usize,
    written: *mut usize,
) -> vatic_status {
    status(|| {
        // SAFETY: the caller's promise.
        unsafe {
            let (model, key) = (get(model, "model")?, text(key, "key")?);
            let value = model.0.metadata().get(key);
            let value =
                value.ok_or_else(|| Failure::new(Status::NotFound, format!("the model says nothing of {key}")))?;
            fill(dst, capacity, written, |room| memory::copy_out(value.as_bytes(), room))
        }
    })
}

/// The model as a `.vatm` file.
///
/// Threads: any number at the same time.
/// Owner: the caller gets the bytes, for `vatic_bytes_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_model_to_bytes(
    model: *const vatic_model,
    result: *mut *mut vatic_bytes,
) -> vatic_status {
    status(|| {
        check_out(result)?;
        // SAFETY: the caller's promise.
        unsafe { give(result, vatic_bytes(get(model, "model")?.0.to_bytes()?)) }
    })
}

/// The name of the model's part `index`, as in `vatic_model_metadata`: `primer`, `transformer` or `gates`, for three. `VATIC_ERROR_NOT_FOUND` behind the
/// last one; there are eight at most.
///
/// Threads: any number at the same time.
/// Owner: the caller keeps the buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_model_part(
    model: *const vatic_model,
    index: usize,
    dst: *mut c_void,
    capacity: usize,
    written: *mut usize,
) -> vatic_status {
    status(|| {
        // SAFETY: the caller's promise.
        unsafe {
            let part = get(model, "model")?.0.parts().nth(index);
            let part = part.ok_or_else(|| Failure::new(Status::NotFound, format!("the model has no part {index}")))?;
            fill(dst, capacity, written, |room| memory::copy_out(part.name().as_bytes(), room))
        }
    })
}

/// As `vatic_model_train`, beside the transformer of `base`: what comes of it is `base` with what `VATIC_CODEC_NEURAL` begins with beside that
/// transformer, the part `gates`, in place of one that it had. Each byte of samples takes some ten microseconds, and more where the transformer is large.
///
/// Threads: one at a time for the context; `base` may be shared.
/// Owner: the caller keeps `base`, arrays and samples, and gets the model, for `vatic_model_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_model_train_beside(
    ctx: *mut vatic_ctx,
    base: *const vatic_model,
    samples: *const *const c_void,
    sizes: *const usize,
    count: usize,
    size: usize,
    result: *mut *mut vatic_model,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            check_out(result)?;
            let base = get(base, "base")?;
            let samples = lists(samples, sizes, count, ["samples", "a sample"])?;
            give(result, vatic_model(model::train(&samples, size, Some(&base.0), settings)?))
        })
    }
}

/// One model with the parts of `count` models, and what the first says about itself. `VATIC_ERROR_INVALID_OPTION` where two have a part of the
/// same name. What cites one of them is read with the joined one too.
///
/// Threads: one at a time for the context; the models may be shared.
/// Owner: the caller keeps array and models, and gets the model, for `vatic_model_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_model_join(
    ctx: *mut vatic_ctx,
    models: *const *const vatic_model,
    count: usize,
    result: *mut *mut vatic_model,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |_| {
            check_out(result)?;
            let models = words(models, count, "models")?.iter().map(|&model| Ok(&get(model, "a model")?.0));
            let models = models.collect::<crate::Result<Vec<_>>>()?;
            give(result, vatic_model(model::join(models)?))
        })
    }
}

/// Reads a model from `size` bytes of a `.czm` file of czip: its only part is a transformer, which computes what czip does.
/// `VATIC_ERROR_UNSUPPORTED` where the library was built without czip.
///
/// Threads: one at a time for the context. A model may be shared by any number of threads.
/// Owner: the caller keeps the input, and gets the model, for `vatic_model_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_model_from_czm(
    ctx: *mut vatic_ctx,
    src: *const c_void,
    size: usize,
    result: *mut *mut vatic_model,
) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        with(ctx, |settings| {
            check_out(result)?;
            give(result, vatic_model(model::from_czm(bytes(src, size, "src")?, settings)?))
        })
    }
}
