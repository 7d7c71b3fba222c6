//! Versions, names of failures, bounds of parameters.

use super::handle::{put, quiet, status};
use super::vatic_status;
use crate::tables::{ABI_VERSION, ERRORS, Status, param_row};
use crate::{Failure, memory};
use std::ffi::{CStr, CString, c_char, c_void};
use std::sync::OnceLock;

/// The number of the binary interface that the library has. A program that loads the library at run time compares it with
/// `VATIC_ABI_VERSION`; one that links it is told by `vatic_ctx_create`.
///
/// Threads: any.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub extern "C" fn vatic_abi_version() -> u32 {
    ABI_VERSION
}

/// The library's version as a text such as "1.2.3".
///
/// Threads: any.
/// Owner: the text is the library's, for ever.
#[unsafe(no_mangle)]
pub extern "C" fn vatic_version_string() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The library's version as a number: major * 10000 + minor * 100 + patch.
///
/// Threads: any.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub extern "C" fn vatic_version_number() -> u32 {
    const fn number(text: &str) -> u32 {
        let (bytes, mut at, mut value) = (text.as_bytes(), 0, 0);
        while at < bytes.len() {
            value = value * 10 + (bytes[at] - b'0') as u32;
            at += 1;
        }
        value
    }
    number(env!("CARGO_PKG_VERSION_MAJOR")) * 10000
        + number(env!("CARGO_PKG_VERSION_MINOR")) * 100
        + number(env!("CARGO_PKG_VERSION_PATCH"))
}

/// The version of the file format that the library writes, and the newest that it reads.
///
/// Threads: any.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub extern "C" fn vatic_format_version() -> u32 {
    u32::from(vatic::FORMAT_VERSION)
}

/// Texts of the table of errors, with the zero that C wants.
fn error_texts() -> &'static [(i32, CString, CString)] {
    static TEXTS: OnceLock<Vec<(i32, CString, CString)>> = OnceLock::new();
    TEXTS.get_or_init(|| {
        let c = |text: &str| CString::new(text).unwrap_or_default();
        ERRORS.iter().map(|row| (row.code, c(row.name), c(row.text))).collect()
    })
}

const UNKNOWN_NAME: &CStr = c"UNKNOWN";
const UNKNOWN_TEXT: &CStr = c"a failure that this version of the library does not know";

/// The name of a status, such as "CORRUPT"; "OK" for 0 and "UNKNOWN" for numbers that are none.
///
/// Threads: any.
/// Owner: the text is the library's, for ever.
#[unsafe(no_mangle)]
pub extern "C" fn vatic_status_name(status: vatic_status) -> *const c_char {
    quiet(UNKNOWN_NAME.as_ptr(), || match error_texts().iter().find(|(code, ..)| *code == status) {
        _ if status == 0 => c"OK".as_ptr(),
        Some((_, name, _)) => name.as_ptr(),
        None => UNKNOWN_NAME.as_ptr(),
    })
}

/// What a status means, in one sentence. What went wrong in one call tell `vatic_ctx_error` and its kin.
///
/// Threads: any.
/// Owner: the text is the library's, for ever.
#[unsafe(no_mangle)]
pub extern "C" fn vatic_status_text(status: vatic_status) -> *const c_char {
    quiet(UNKNOWN_TEXT.as_ptr(), || match error_texts().iter().find(|(code, ..)| *code == status) {
        _ if status == 0 => c"no failure".as_ptr(),
        Some((_, _, text)) => text.as_ptr(),
        None => UNKNOWN_TEXT.as_ptr(),
    })
}

/// Bounds and default of a parameter. Some take 0 too, which leaves the choice to the library; their `min` is 0. `VATIC_PARAM_CODEC`
/// takes the numbers of vatic_codec alone.
///
/// Threads: any.
/// Owner: nothing is handed over. All three results are written, or none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_param_bounds(
    param: i32,
    min: *mut u64,
    max: *mut u64,
    initial: *mut u64,
) -> vatic_status {
    status(|| {
        let (_, row) = param_row(param).ok_or_else(|| Failure::new(Status::NotFound, "no such parameter"))?;
        if min.is_null() || max.is_null() || initial.is_null() {
            return Err(Failure::new(Status::NullArgument, "a result has no room"));
        }
        // SAFETY: none of them is NULL, and the caller promises room.
        unsafe {
            put(min, if row.zero { 0 } else { row.min })?;
            put(max, row.max)?;
            put(initial, row.default)
        }
    })
}

/// The most bytes that compressing `size` bytes yields. With keys or embedded models it can be more: use
/// `vatic_compress_alloc` or a stream there.
///
/// Threads: any.
/// Owner: nothing is handed over.
#[unsafe(no_mangle)]
pub extern "C" fn vatic_compress_bound(size: usize) -> usize {
    memory::compress_bound(size)
}

/// BLAKE3 of `size` bytes at `src`, to 32 bytes at `hash`: what `vatic_archive_entry_hash` gives for contents.
///
/// Threads: any.
/// Owner: the caller keeps both buffers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_hash(src: *const c_void, size: usize, hash: *mut u8) -> vatic_status {
    status(|| {
        // SAFETY: the caller's promise.
        let (src, hash) =
            unsafe { (super::handle::bytes(src, size, "the input")?, super::handle::room(hash, 32, "hash")?) };
        hash.copy_from_slice(&memory::hash(src));
        Ok(())
    })
}
