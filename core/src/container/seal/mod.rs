//! Sealing: a stream of records wrapped so that nobody without a key reads or changes it. `docs/format.md` section 7 has
//! the bytes, `docs/security.md` the reasons.
//!
//! A random *data key* seals one file; *stanzas* wrap it for each password, raw key or set of recipients. A commitment to
//! the data key and a MAC over everything visible are checked before anything else. Every frame, and every attempt to append a
//! generation, draws a fresh salt and so has a segment key of its own; within it segments are numbered and the last is
//! marked (STREAM: Hoang, Reyhanitabar, Rogaway, Vizár 2015). The layer knows nothing of what it wraps: frames and
//! generations of archives use it alike, told apart by their [`Purpose`].
//!
//! Rooms: [`head`] the visible SEAL record, [`keyring`] from keys to data keys and back, [`stream`] the two state machines,
//! [`view`] random access, [`crypto`] the only one that names ciphers. Cost: 28 bytes in 64 KiB; at 400 MB a second
//! and more to seal and 600 to open, three times as fast as the fastest preset.

#[cfg_attr(not(feature = "seal"), path = "no_crypto.rs")]
pub(crate) mod crypto;
pub(crate) mod head;
pub(crate) mod keyring;
pub(crate) mod stream;
pub(crate) mod view;

use crate::error::{Error, Result};

/// Most plain bytes in a segment. Smaller ones cost more bytes, larger ones more latency and memory; at 64 KiB both are small.
pub(crate) const SEGMENT: usize = 64 << 10;
/// Bytes of an authentication tag.
pub(crate) const TAG: usize = 16;
/// Bytes of a segment's number.
pub(crate) const NUMBER: usize = 4;
/// Bytes that end a sealed frame: its length, then the magic that ends every frame.
pub(crate) const TRAILER: usize = 10;
/// Bytes of a key.
pub(crate) const KEY: usize = 32;

/// What a sealed stream is. It goes into the segment key, so that no stream is taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A frame that stands on its own.
    Frame,
    /// A generation of an archive.
    Generation {
        /// The archive's id.
        archive: [u8; 16],
        /// Counts from 1.
        generation: u32,
        /// The tag of the previous generation's last segment; zeros for the first.
        previous: [u8; TAG],
    },
}

/// A cipher for segments. Both are authenticated, with keys of 256 bits; files say which they use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Suite {
    /// AES-256-GCM: what encoders choose where the machine has instructions for it.
    Aes256Gcm = 1,
    /// ChaCha20-Poly1305: fast and free of secret-dependent timing everywhere.
    ChaCha20Poly1305 = 2,
}

impl Suite {
    pub(crate) fn from_number(number: u8) -> Result<Suite> {
        match number {
            1 => Ok(Suite::Aes256Gcm),
            2 => Ok(Suite::ChaCha20Poly1305),
            _ => Err(Error::Unsupported { what: "cipher suite", value: u64::from(number) }),
        }
    }

    /// AES where this machine has instructions for it.
    pub(crate) fn of_this_machine() -> Suite {
        #[cfg(target_arch = "x86_64")]
        let aes = std::arch::is_x86_feature_detected!("aes") && std::arch::is_x86_feature_detected!("pclmulqdq");
        #[cfg(target_arch = "aarch64")]
        let aes = std::arch::is_aarch64_feature_detected!("aes") && std::arch::is_aarch64_feature_detected!("pmull");
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let aes = false;
        if aes { Suite::Aes256Gcm } else { Suite::ChaCha20Poly1305 }
    }
}

/// The nonce of segment `number`: big-endian number, then the flag that marks the last one.
fn nonce(number: u32, last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[7..11].copy_from_slice(&number.to_be_bytes());
    nonce[11] = u8::from(last);
    nonce
}

#[cfg(all(test, feature = "seal"))]
mod tests;
