//! The context: settings, models, keys, a progress callback, and the text of the last failure.

use super::handle::{Handle, Opaque, free, get, give, on, opaque, put, status};
use super::key::vatic_key;
use super::model::vatic_model;
use super::vatic_status;
use crate::tables::{ABI_VERSION, Status};
use crate::{Failure, Settings};
use std::ffi::{c_char, c_void};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Settings for everything that is made with it.
#[derive(Debug)]
pub struct vatic_ctx(Handle<Settings>);
opaque!(vatic_ctx, Settings);

/// Called between groups with the bytes taken in and given out so far, on the thread that made the call that is at work. Anything
/// but 0 ends that call with `VATIC_ERROR_CANCELLED`. It must return: neither `longjmp` nor an exception may leave it. It may use the
/// context, but not the object that is at work, which answers `VATIC_ERROR_BUSY`.
pub type vatic_progress_fn = Option<unsafe extern "C" fn(user: *mut c_void, input: u64, output: u64) -> i32>;

/// Makes a context with defaults. Pass `VATIC_ABI_VERSION`: a program that was compiled for another interface gets
/// `VATIC_ERROR_ABI_MISMATCH`.
///
/// Threads: any. A context serves one thread at a time; what is made with it is independent of it.
/// Owner: the caller gets the context, for `vatic_ctx_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_ctx_create(abi_version: u32, ctx: *mut *mut vatic_ctx) -> vatic_status {
    status(|| {
        if abi_version != ABI_VERSION {
            return Err(Failure::new(Status::AbiMismatch, "the program was compiled for another interface"));
        }
        // SAFETY: the caller's promise.
        unsafe { give(ctx, vatic_ctx::wrap(Settings::new())) }
    })
}

/// Frees a context; nothing for NULL.
///
/// Threads: none may be using it.
/// Owner: takes the context. What was made with it lives on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_ctx_free(ctx: *mut vatic_ctx) {
    // SAFETY: the caller's promise.
    unsafe { free(ctx) }
}

/// Puts a context back to defaults: no models, no keys, no callback.
///
/// Threads: one at a time.
/// Owner: the caller keeps the context.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_ctx_reset(ctx: *mut vatic_ctx) -> vatic_status {
    // SAFETY: the caller's promise.
    match unsafe { get(ctx, "ctx") } {
        Ok(ctx) => ctx.handle().replace(|| Ok(Settings::new())),
        Err(failure) => failure.code,
    }
}

/// What went wrong in the last call with this context that failed, for people; empty before. NULL for NULL.
///
/// Threads: one at a time.
/// Owner: the text is the context's; it stays until the next call with the context that fails, or its end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_ctx_error(ctx: *const vatic_ctx) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { get(ctx, "ctx") }.map_or(std::ptr::null(), |ctx| ctx.handle().message())
}

/// Sets a parameter, one of `VATIC_PARAM_*`. It counts for what is made afterwards.
///
/// Threads: one at a time.
/// Owner: the caller keeps the context.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_ctx_set(ctx: *mut vatic_ctx, param: i32, value: u64) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { on(ctx, |settings| settings.set(param, value)) }
}

/// The value of a parameter.
///
/// Threads: one at a time.
/// Owner: the caller keeps the context.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_ctx_get(ctx: *const vatic_ctx, param: i32, value: *mut u64) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe { on(ctx, |settings| put(value, settings.get(param)?)) }
}

/// Adds a model that encoding may use and decoding may need.
///
/// Threads: one at a time for the context; the model may be shared by any.
/// Owner: the caller keeps both; the context holds what it needs of the model, which may be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_ctx_add_model(ctx: *mut vatic_ctx, model: *const vatic_model) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        on(ctx, |settings| {
            settings.add_model(get(model, "model")?.0.clone());
            Ok(())
        })
    }
}

/// Adds a key that seals what is encoded and opens what is decoded. With keys, data that is not sealed is an error.
///
/// Threads: one at a time for the context; the key may be shared by any.
/// Owner: the caller keeps both; the context holds what it needs of the key, which may be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_ctx_add_key(ctx: *mut vatic_ctx, key: *const vatic_key) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        on(ctx, |settings| {
            settings.add_key(get(key, "key")?.0.clone());
            Ok(())
        })
    }
}

/// Forgets all models and keys.
///
/// Threads: one at a time.
/// Owner: the caller keeps the context.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_ctx_clear(ctx: *mut vatic_ctx) -> vatic_status {
    // SAFETY: the caller's promise.
    unsafe {
        on(ctx, |settings| {
            settings.clear_models();
            settings.clear_keys();
            Ok(())
        })
    }
}

/// A pointer of the caller's that goes back to its callback.
struct User(*mut c_void);
// SAFETY: the core calls progress callbacks on the thread of the caller alone; the pointer only travels with the options.
unsafe impl Send for User {}
// SAFETY: as above; it is never followed here.
unsafe impl Sync for User {}

impl User {
    fn get(&self) -> *mut c_void {
        self.0
    }
}

/// Sets the callback for progress and cancelling; NULL for none. `user` is handed to it.
///
/// Threads: one at a time. The callback runs on the thread whose call is at work.
/// Owner: the caller keeps `user`, and must keep it as long as the context and whatever was made with it are used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_ctx_set_progress(
    ctx: *mut vatic_ctx,
    user: *mut c_void,
    callback: vatic_progress_fn,
) -> vatic_status {
    let user = User(user);
    // SAFETY: the caller's promise.
    unsafe {
        on(ctx, |settings| {
            settings.set_progress(callback.map(|callback| -> vatic::ProgressFn {
                Arc::new(move |at| {
                    // SAFETY: the caller promised that the callback and what it is given live as long as they are used.
                    match callback(user.get(), at.input, at.output) {
                        0 => ControlFlow::Continue(()),
                        _ => ControlFlow::Break(()),
                    }
                })
            }));
            Ok(())
        })
    }
}
