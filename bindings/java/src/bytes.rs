//! Bytes, texts and lists of them, from Java and back.
//!
//! Arrays are copied: the VM moves them. Direct buffers are read and written in place, which Java must not change
//! meanwhile: it then gets an error or other bytes than it wants.

use crate::failure::Result;
use jni::Env;
use jni::objects::{JByteArray, JByteBuffer, JObjectArray};
use jni::refs::IntoAuto;
use jni::sys::jint;
use std::path::PathBuf;
use vatic_capi::Failure;
use vatic_capi::tables::Status;

/// A result.
pub(crate) fn give<'a>(env: &mut Env<'a>, bytes: &[u8]) -> Result<JByteArray<'a>> {
    if bytes.len() > jint::MAX as usize {
        let message = format!("{} bytes are more than an array can have", bytes.len());
        return Err(Failure { needed: Some(bytes.len() as u64), ..Failure::new(Status::DstTooSmall, message) }.into());
    }
    Ok(env.byte_array_from_slice(bytes)?)
}

/// All of an array.
pub(crate) fn whole(env: &mut Env<'_>, array: &JByteArray<'_>) -> Result<Vec<u8>> {
    Ok(env.convert_byte_array(array)?)
}

/// Copies what stands in an array from `offset` on to `out`.
pub(crate) fn read(env: &Env<'_>, array: &JByteArray<'_>, offset: jint, out: &mut [u8]) -> Result<()> {
    Ok(array.get_region(env, offset, signed_mut(out))?)
}

/// Part of an array.
pub(crate) fn part(env: &Env<'_>, array: &JByteArray<'_>, offset: jint, len: jint) -> Result<Vec<u8>> {
    let mut out = room(len)?;
    read(env, array, offset, &mut out)?;
    Ok(out)
}

/// Copies `bytes` into an array, from `offset` on.
pub(crate) fn write(env: &Env<'_>, bytes: &[u8], array: &JByteArray<'_>, offset: jint) -> Result<()> {
    Ok(array.set_region(env, offset, signed(bytes))?)
}

/// Zeros to be written over.
pub(crate) fn room(len: jint) -> Result<Vec<u8>> {
    let len = usize::try_from(len).map_err(|_| Failure::new(Status::InvalidOption, "a negative length"))?;
    let mut out = Vec::new();
    out.try_reserve_exact(len).map_err(|_| vatic::Error::OutOfMemory { bytes: len as u64 })?;
    out.resize(len, 0);
    Ok(out)
}

/// UTF-8 as it came from Java.
pub(crate) fn text(env: &mut Env<'_>, array: &JByteArray<'_>) -> Result<String> {
    utf8(whole(env, array)?)
}

fn utf8(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| Failure::new(Status::InvalidOption, "a text that is not UTF-8").into())
}

/// A path.
pub(crate) fn path(env: &mut Env<'_>, array: &JByteArray<'_>) -> Result<PathBuf> {
    Ok(text(env, array)?.into())
}

/// A list of byte strings.
pub(crate) fn list(env: &mut Env<'_>, array: &JObjectArray<'_, JByteArray<'_>>) -> Result<Vec<Vec<u8>>> {
    let mut out = Vec::new();
    for place in 0..array.len(env)? {
        // Each reference is let go at once: a list may be longer than the VM has room for references.
        let element = array.get_element(env, place)?.auto();
        out.push(env.convert_byte_array(&*element)?);
    }
    Ok(out)
}

/// A list of texts.
pub(crate) fn texts(env: &mut Env<'_>, array: &JObjectArray<'_, JByteArray<'_>>) -> Result<Vec<String>> {
    list(env, array)?.into_iter().map(utf8).collect()
}

/// A list as a result.
pub(crate) fn give_list<'a, B: AsRef<[u8]>>(
    env: &mut Env<'a>,
    list: impl ExactSizeIterator<Item = B>,
) -> Result<JObjectArray<'a, JByteArray<'a>>> {
    let array = JObjectArray::<JByteArray>::new(env, list.len(), JByteArray::null())?;
    for (place, bytes) in list.enumerate() {
        let element = give(env, bytes.as_ref())?.auto();
        array.set_element(env, place, &*element)?;
    }
    Ok(array)
}

/// Checks a range of a direct buffer; where it begins.
fn range(env: &Env<'_>, buffer: &JByteBuffer<'_>, offset: jint, len: jint) -> Result<(*mut u8, usize)> {
    let wrong = || Failure::new(Status::InvalidOption, "the buffer is not direct, or shorter than it says");
    let capacity = env.get_direct_buffer_capacity(buffer).map_err(|_| wrong())?;
    let (offset, len) = (usize::try_from(offset).map_err(|_| wrong())?, usize::try_from(len).map_err(|_| wrong())?);
    if offset.checked_add(len).is_none_or(|end| end > capacity) {
        return Err(wrong().into());
    }
    if capacity == 0 {
        return Ok((std::ptr::NonNull::dangling().as_ptr(), 0));
    }
    let start = env.get_direct_buffer_address(buffer).map_err(|_| wrong())?;
    Ok((start.wrapping_add(offset), len))
}

/// Runs `work` on ranges of two direct buffers: bytes in, room for bytes.
#[allow(unsafe_code, reason = "memory that the VM keeps")]
pub(crate) fn in_place<T>(
    env: &mut Env<'_>,
    (source, source_at, source_len): (&JByteBuffer<'_>, jint, jint),
    (target, target_at, target_len): (&JByteBuffer<'_>, jint, jint),
    work: impl FnOnce(&[u8], &mut [u8]) -> Result<T>,
) -> Result<T> {
    let (from, from_len) = range(env, source, source_at, source_len)?;
    let (to, to_len) = range(env, target, target_at, target_len)?;
    let (start, room) = (from as usize, to as usize);
    if start < room + to_len && room < start + from_len {
        return Err(Failure::new(Status::InvalidOption, "the two buffers share memory").into());
    }
    // SAFETY: the range was compared with the buffer's capacity, and the buffer lives until the native returns,
    // because its reference does. The two do not overlap.
    let (input, output) =
        unsafe { (std::slice::from_raw_parts(from, from_len), std::slice::from_raw_parts_mut(to, to_len)) };
    work(input, output)
}

/// Bytes as Java counts them.
#[allow(unsafe_code, reason = "the same bytes with a sign")]
fn signed(bytes: &[u8]) -> &[i8] {
    // SAFETY: both have one byte without padding, and every value is allowed.
    unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) }
}

#[allow(unsafe_code, reason = "the same bytes with a sign")]
fn signed_mut(bytes: &mut [u8]) -> &mut [i8] {
    // SAFETY: as in `signed`.
    unsafe { std::slice::from_raw_parts_mut(bytes.as_mut_ptr().cast(), bytes.len()) }
}
