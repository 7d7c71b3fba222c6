//! Keys.

use super::handle::{bytes, check_out, fill, free, give, room, status, text};
use super::vatic_status;
use crate::tables::Status;
use crate::{Failure, memory};
use std::ffi::{c_char, c_void};
use vatic::Key;

/// One key. Its secret is wiped from memory when nothing uses it any more.
#[derive(Debug)]
pub struct vatic_key(pub(super) Key);

/// A password of `size` bytes of UTF-8, which count as they are.
///
/// Threads: any. A key may be shared by any number of threads.
/// Owner: the caller keeps the text, which should be wiped, and gets the key, for `vatic_key_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_key_password(
    password: *const c_void,
    size: usize,
    result: *mut *mut vatic_key,
) -> vatic_status {
    status(|| {
        check_out(result)?;
        // SAFETY: the caller's promise.
        unsafe {
            let password = std::str::from_utf8(bytes(password, size, "password")?)
                .map_err(|_| Failure::new(Status::InvalidOption, "the password is not UTF-8"))?;
            give(result, vatic_key(Key::password(password)?))
        }
    })
}

/// 32 secret bytes from a good random generator.
///
/// Threads: any. A key may be shared by any number of threads.
/// Owner: the caller keeps the bytes, which should be wiped, and gets the key, for `vatic_key_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_key_raw(key: *const u8, result: *mut *mut vatic_key) -> vatic_status {
    status(|| {
        check_out(result)?;
        let mut secret = [0; 32];
        // SAFETY: the caller's promise.
        unsafe {
            secret.copy_from_slice(bytes(key.cast(), 32, "key")?);
            give(result, vatic_key(Key::raw(secret)))
        }
    })
}

/// Whom to seal for: an X25519 recipient of age, "age1...".
///
/// Threads: any. A key may be shared by any number of threads.
/// Owner: the caller keeps the text, and gets the key, for `vatic_key_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_key_recipient(recipient: *const c_char, result: *mut *mut vatic_key) -> vatic_status {
    status(|| {
        check_out(result)?;
        // SAFETY: the caller's promise.
        unsafe { give(result, vatic_key(Key::recipient(text(recipient, "recipient")?)?)) }
    })
}

/// The secret half, which opens: "AGE-SECRET-KEY-1...".
///
/// Threads: any. A key may be shared by any number of threads.
/// Owner: the caller keeps the text, which should be wiped, and gets the key, for `vatic_key_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_key_identity(identity: *const c_char, result: *mut *mut vatic_key) -> vatic_status {
    status(|| {
        check_out(result)?;
        // SAFETY: the caller's promise.
        unsafe { give(result, vatic_key(Key::identity(text(identity, "identity")?)?)) }
    })
}

/// Frees a key; nothing for NULL.
///
/// Threads: none may be using this handle. Contexts that have the key keep it.
/// Owner: takes the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_key_free(key: *mut vatic_key) {
    // SAFETY: the caller's promise.
    unsafe { free(key) }
}

/// Stores 32 new random bytes for `vatic_key_raw`.
///
/// Threads: any.
/// Owner: the caller keeps the buffer, which should be wiped.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_key_generate_raw(key: *mut u8) -> vatic_status {
    status(|| {
        // SAFETY: the caller's promise.
        let key = unsafe { room(key, 32, "key")? };
        key.copy_from_slice(&*Key::generate_raw()?);
        Ok(())
    })
}

/// Stores a new random identity, to be kept, and its recipient, to be given away, as texts with a zero at their ends. 128 bytes are
/// enough for either.
///
/// Threads: any.
/// Owner: the caller keeps both buffers; the identity's should be wiped.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vatic_key_generate_identity(
    identity: *mut c_char,
    identity_capacity: usize,
    recipient: *mut c_char,
    recipient_capacity: usize,
) -> vatic_status {
    status(|| {
        let (secret, public) = Key::generate_identity()?;
        let (mut secret_size, mut public_size) = (0, 0);
        let with_zero = |text: &str, room: &mut [u8]| {
            let size = memory::copy_out(text.as_bytes(), room)?;
            memory::copy_out(&[0], &mut room[size..])
        };
        // SAFETY: the caller's promise.
        unsafe {
            fill(identity.cast(), identity_capacity, &mut secret_size, |room| with_zero(&secret, room))?;
            fill(recipient.cast(), recipient_capacity, &mut public_size, |room| with_zero(&public, room))
        }
    })
}
