//! From pointers to slices, from results to numbers: what every function of this layer is made of.

use super::vatic_status;
use crate::{Failure, Guarded, Result, Settings, fenced, tables::Status};
use std::ffi::{CStr, CString, c_char, c_void};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// The number of success.
pub(super) const OK: vatic_status = 0;

/// Guarded state, and the text of the last failure.
#[derive(Debug)]
pub struct Handle<T> {
    state: Guarded<T>,
    message: Mutex<CString>,
}

impl<T> Handle<T> {
    pub(super) fn new(state: T) -> Handle<T> {
        Handle { state: Guarded::new(state), message: Mutex::new(CString::default()) }
    }

    /// Runs `work` on the state, and keeps the text of its failure.
    pub(super) fn run(&self, work: impl FnOnce(&mut T) -> Result<()>) -> vatic_status {
        self.report(self.state.run(work))
    }

    /// See [`Guarded::replace`].
    pub(super) fn replace(&self, make: impl FnOnce() -> Result<T>) -> vatic_status {
        self.report(self.state.replace(make))
    }

    /// As [`Handle::replace`], by a state made from the old one.
    pub(super) fn renew(&self, make: impl FnOnce(&T) -> Result<T>) -> vatic_status {
        self.report(self.state.renew(make))
    }

    fn report(&self, result: Result<()>) -> vatic_status {
        match result {
            Ok(()) => OK,
            Err(failure) => {
                let text = failure.message.replace('\0', " ");
                *self.message.lock().unwrap_or_else(PoisonError::into_inner) = CString::new(text).unwrap_or_default();
                failure.code
            }
        }
    }

    /// The text of the last failure, which stays where it is until the next one.
    pub(super) fn message(&self) -> *const c_char {
        self.message.lock().unwrap_or_else(PoisonError::into_inner).as_ptr()
    }
}

/// Every handle of C is one of these.
pub(super) trait Opaque {
    type State;
    fn handle(&self) -> &Handle<Self::State>;
    fn wrap(state: Self::State) -> Self;
}

/// `opaque!(name, State)`: `name` is a struct around a [`Handle`] of `State`.
macro_rules! opaque {
    ($name:ident, $state:ty) => {
        impl $crate::ffi::handle::Opaque for $name {
            type State = $state;

            fn handle(&self) -> &$crate::ffi::handle::Handle<$state> {
                &self.0
            }

            fn wrap(state: $state) -> Self {
                $name($crate::ffi::handle::Handle::new(state))
            }
        }
    };
}
pub(super) use opaque;

fn null(what: &str) -> Failure {
    Failure::new(Status::NullArgument, format!("{what} is NULL"))
}

/// # Safety
/// `ptr` is NULL or a handle that has not been freed.
pub(super) unsafe fn get<'a, H>(ptr: *const H, what: &str) -> Result<&'a H> {
    // SAFETY: the caller's promise; handles are only ever borrowed shared.
    unsafe { ptr.as_ref() }.ok_or_else(|| null(what))
}

/// Runs `work` on the state behind `ptr`.
///
/// # Safety
/// As [`get`].
pub(super) unsafe fn on<H: Opaque>(ptr: *const H, work: impl FnOnce(&mut H::State) -> Result<()>) -> vatic_status {
    // SAFETY: the caller's promise.
    match unsafe { get(ptr, "the object") } {
        Ok(object) => object.handle().run(work),
        Err(failure) => failure.code,
    }
}

/// Runs `work` with the settings of a context, or with defaults where `ctx` is NULL. The settings are copied: the context can be used while `work`
/// runs, by a progress callback for one.
///
/// # Safety
/// As [`get`].
pub(super) unsafe fn with(
    ctx: *const super::ctx::vatic_ctx,
    work: impl FnOnce(&Settings) -> Result<()>,
) -> vatic_status {
    // SAFETY: the caller's promise.
    let Some(object) = (unsafe { ctx.as_ref() }) else {
        return status(|| work(&Settings::new()));
    };
    let settings = object.handle().state.run(|settings| Ok(settings.clone()));
    let result = settings.and_then(|settings| fenced(|| work(&settings)));
    // What panicked was not the context's own; it is as it was.
    object.handle().report(result)
}

/// Runs `work` where there is no object to keep its failure's text.
pub(super) fn status(work: impl FnOnce() -> Result<()>) -> vatic_status {
    match fenced(work) {
        Ok(()) => OK,
        Err(failure) => failure.code,
    }
}

/// Runs `work` where nothing can fail but by a bug; `otherwise` stands for that.
pub(super) fn quiet<T>(otherwise: T, work: impl FnOnce() -> T) -> T {
    fenced(|| Ok(work())).unwrap_or(otherwise)
}

/// Frees what [`give`] gave out; nothing for NULL.
///
/// # Safety
/// `ptr` is NULL or came from [`give`] and has not been freed.
pub(super) unsafe fn free<H>(ptr: *mut H) {
    if !ptr.is_null() {
        // SAFETY: the caller's promise; `give` made it of a box.
        let object = unsafe { Box::from_raw(ptr) };
        quiet((), move || drop(object));
    }
}

/// Stores `value` in what `out` points to.
///
/// # Safety
/// `out` is NULL or has room for a value.
pub(super) unsafe fn put<T>(out: *mut T, value: T) -> Result<()> {
    if out.is_null() {
        return Err(null("where to put the result"));
    }
    // SAFETY: not NULL, so by the caller's promise there is room.
    unsafe { out.write(value) };
    Ok(())
}

/// Fails before any work is done where [`put`] would.
pub(super) fn check_out<T>(out: *mut T) -> Result<()> {
    if out.is_null() { Err(null("where to put the result")) } else { Ok(()) }
}

/// Moves `value` to the heap and its address to what `out` points to.
///
/// # Safety
/// As [`put`].
pub(super) unsafe fn give<H>(out: *mut *mut H, value: H) -> Result<()> {
    check_out(out)?;
    // SAFETY: the caller's promise.
    unsafe { put(out, Box::into_raw(Box::new(value))) }
}

fn check_len(len: usize) -> Result<()> {
    if isize::try_from(len).is_ok() {
        return Ok(());
    }
    Err(Failure::new(Status::InvalidOption, format!("a length of {len} bytes is more than any object has")))
}

/// The `len` bytes at `ptr`; NULL will do for none.
///
/// # Safety
/// `ptr` is NULL or points to `len` bytes that nobody changes while they are borrowed.
pub(super) unsafe fn bytes<'a>(ptr: *const c_void, len: usize, what: &str) -> Result<&'a [u8]> {
    check_len(len)?;
    match (ptr.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(null(what)),
        // SAFETY: not NULL, and the caller's promise.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts(ptr.cast(), len) }),
    }
}

/// As [`bytes`], for `len` values of four bytes.
///
/// # Safety
/// As [`bytes`]; `ptr` is aligned.
pub(super) unsafe fn words<'a, T: Copy>(ptr: *const T, len: usize, what: &str) -> Result<&'a [T]> {
    check_len(len.saturating_mul(size_of::<T>()))?;
    match (ptr.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(null(what)),
        (false, _) if !ptr.is_aligned() => Err(Failure::new(Status::InvalidOption, format!("{what} is not aligned"))),
        // SAFETY: not NULL and aligned, and the caller's promise.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts(ptr, len) }),
    }
}

/// `count` byte strings: number i has `sizes[i]` bytes at `items[i]`. `names` are those of the array and of one of its items.
///
/// # Safety
/// As [`words`] for both arrays, and as [`bytes`] for each item.
pub(super) unsafe fn lists<'a>(
    items: *const *const c_void,
    sizes: *const usize,
    count: usize,
    names: [&str; 2],
) -> Result<Vec<&'a [u8]>> {
    // SAFETY: the caller's promise.
    let (items, sizes) = unsafe { (words(items, count, names[0])?, words(sizes, count, "sizes")?) };
    // SAFETY: the caller's promise.
    items.iter().zip(sizes).map(|(&item, &size)| unsafe { bytes(item, size, names[1]) }).collect()
}

/// Room for `len` values at `ptr`; NULL will do for none.
///
/// # Safety
/// `ptr` is NULL or points to room for `len` values that nobody else looks at while it is borrowed; the values need not be set, if every bit pattern
/// is one of `T`'s, as with integers.
pub(super) unsafe fn room<'a, T: Copy>(ptr: *mut T, len: usize, what: &str) -> Result<&'a mut [T]> {
    check_len(len.saturating_mul(size_of::<T>()))?;
    match (ptr.is_null(), len) {
        (_, 0) => Ok(&mut []),
        (true, _) => Err(null(what)),
        (false, _) if !ptr.is_aligned() => Err(Failure::new(Status::InvalidOption, format!("{what} is not aligned"))),
        // SAFETY: not NULL and aligned, and the caller's promise.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts_mut(ptr, len) }),
    }
}

/// Runs `work` on room for the result, and stores the result's size, or what would have been enough.
///
/// # Safety
/// `dst` as in [`room`], `written` as in [`put`].
pub(super) unsafe fn fill(
    dst: *mut c_void,
    cap: usize,
    written: *mut usize,
    work: impl FnOnce(&mut [u8]) -> Result<usize>,
) -> Result<()> {
    check_out(written)?;
    // SAFETY: the caller's promise.
    let room = unsafe { room(dst.cast::<u8>(), cap, "the destination")? };
    let result = work(room);
    let count = match &result {
        Ok(count) => *count,
        Err(failure) => failure.needed.and_then(|needed| usize::try_from(needed).ok()).unwrap_or(0),
    };
    // SAFETY: the caller's promise.
    unsafe { put(written, count)? };
    result.map(drop)
}

/// A text of C.
///
/// # Safety
/// `ptr` is NULL or points to bytes that end with a zero.
pub(super) unsafe fn text<'a>(ptr: *const c_char, what: &str) -> Result<&'a str> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { c_bytes(ptr, what)? };
    std::str::from_utf8(bytes).map_err(|_| Failure::new(Status::InvalidOption, format!("{what} is not UTF-8")))
}

unsafe fn c_bytes<'a>(ptr: *const c_char, what: &str) -> Result<&'a [u8]> {
    if ptr.is_null() {
        return Err(null(what));
    }
    // SAFETY: not NULL, and the caller's promise.
    Ok(unsafe { CStr::from_ptr(ptr) }.to_bytes())
}

/// A path of C: any bytes on Unix, UTF-8 elsewhere.
///
/// # Safety
/// As [`text`].
pub(super) unsafe fn path(ptr: *const c_char, what: &str) -> Result<PathBuf> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { c_bytes(ptr, what)? };
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Ok(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
    }
    #[cfg(not(unix))]
    {
        let text = std::str::from_utf8(bytes);
        text.map(PathBuf::from).map_err(|_| Failure::new(Status::Path, format!("{what} is not UTF-8")))
    }
}

/// An array of texts.
///
/// # Safety
/// `ptr` is NULL or points to `count` pointers as [`text`] takes them.
pub(super) unsafe fn texts<'a>(ptr: *const *const c_char, count: usize, what: &str) -> Result<Vec<&'a str>> {
    // SAFETY: the caller's promise, twice.
    unsafe { words(ptr, count, what)?.iter().map(|&item| text(item, what)).collect() }
}

/// An array of paths.
///
/// # Safety
/// As [`texts`].
pub(super) unsafe fn paths(ptr: *const *const c_char, count: usize, what: &str) -> Result<Vec<PathBuf>> {
    // SAFETY: the caller's promise, twice.
    unsafe { words(ptr, count, what)?.iter().map(|&item| path(item, what)).collect() }
}
