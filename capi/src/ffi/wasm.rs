//! What only JavaScript needs and gives: memory for arguments, and random numbers.

use super::handle::{check_out, get, give, status};
use super::memory::vatic_bytes;
use super::model::vatic_model;
use super::vatic_status;
use std::alloc::{Layout, alloc, dealloc};
use std::ptr::null_mut;

/// Allocations are aligned for every type of the interface.
const ALIGN: usize = 16;

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    /// Fills memory with random bytes; not 0 if it cannot.
    fn vatic_random(dst: *mut u8, size: usize) -> i32;
}

/// Memory for arguments; NULL where there is none. `size` is not 0.
#[unsafe(no_mangle)]
pub extern "C" fn vatic_wasm_alloc(size: usize) -> *mut u8 {
    match Layout::from_size_align(size, ALIGN) {
        // SAFETY: the layout has a size.
        Ok(layout) if size > 0 => unsafe { alloc(layout) },
        _ => null_mut(),
    }
}

/// Gives back what [`vatic_wasm_alloc`] gave for this size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_wasm_free(ptr: *mut u8, size: usize) {
    if let Ok(layout) = Layout::from_size_align(size, ALIGN)
        && !ptr.is_null()
        && size > 0
    {
        // SAFETY: the caller's promise.
        unsafe { dealloc(ptr, layout) }
    }
}

/// What the model says about itself: keys and values in turn, a zero behind each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_wasm_model_metadata(
    model: *const vatic_model,
    result: *mut *mut vatic_bytes,
) -> vatic_status {
    status(|| {
        check_out(result)?;
        // SAFETY: the caller's promise.
        unsafe {
            let words = get(model, "model")?.0.metadata().iter().map(|(key, value)| format!("{key}\0{value}\0"));
            give(result, vatic_bytes(words.collect::<String>().into_bytes()))
        }
    })
}

/// What `getrandom` 0.4 calls, told to by `--cfg getrandom_backend="custom"`.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(dst: *mut u8, size: usize) -> Result<(), getrandom::Error> {
    // SAFETY: the caller's promise.
    match unsafe { vatic_random(dst, size) } {
        0 => Ok(()),
        _ => Err(getrandom::Error::UNSUPPORTED),
    }
}

/// What `getrandom` 0.2 calls.
fn random(dst: &mut [u8]) -> Result<(), getrandom02::Error> {
    // SAFETY: it is all ours.
    match unsafe { vatic_random(dst.as_mut_ptr(), dst.len()) } {
        0 => Ok(()),
        _ => Err(getrandom02::Error::UNSUPPORTED),
    }
}
getrandom02::register_custom_getrandom!(random);
