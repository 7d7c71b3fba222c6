//! Ciphers, key derivation from passwords, recipients and randomness, each by the crate that is known for it.

use super::{KEY, Suite, TAG};
use crate::error::{Error, Result};
use age::secrecy::ExposeSecret as _;
use age::x25519;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use std::io::{Read, Write};
use zeroize::{Zeroize, Zeroizing};

/// A cipher with its key, which is wiped when this is dropped.
pub(crate) enum Cipher {
    Aes(Box<aes_gcm::Aes256Gcm>),
    ChaCha(Box<chacha20poly1305::ChaCha20Poly1305>),
}

impl Cipher {
    pub(crate) fn new(suite: Suite, key: &[u8; KEY]) -> Result<Cipher> {
        Ok(match suite {
            Suite::Aes256Gcm => Cipher::Aes(Box::new(KeyInit::new(key.into()))),
            Suite::ChaCha20Poly1305 => Cipher::ChaCha(Box::new(KeyInit::new(key.into()))),
        })
    }

    /// Encrypts `bytes` in place, bound to `data`.
    pub(crate) fn seal(&self, nonce: &[u8; 12], data: &[u8], bytes: &mut [u8]) -> Result<[u8; TAG]> {
        let tag = match self {
            Cipher::Aes(cipher) => cipher.encrypt_inout_detached(nonce.into(), data, bytes.into()),
            Cipher::ChaCha(cipher) => cipher.encrypt_inout_detached(nonce.into(), data, bytes.into()),
        };
        Ok(tag.map_err(|_| Error::Internal("a cipher took too much"))?.into())
    }

    /// Decrypts `bytes` in place; whether they are authentic. If not, they are of no use.
    pub(crate) fn open(&self, nonce: &[u8; 12], data: &[u8], bytes: &mut [u8], tag: &[u8; TAG]) -> bool {
        match self {
            Cipher::Aes(cipher) => cipher.decrypt_inout_detached(nonce.into(), data, bytes.into(), tag.into()),
            Cipher::ChaCha(cipher) => cipher.decrypt_inout_detached(nonce.into(), data, bytes.into(), tag.into()),
        }
        .is_ok()
    }
}

/// Fills `out` from the system's random generator.
pub(crate) fn random(out: &mut [u8]) -> Result<()> {
    getrandom::fill(out).map_err(|err| Error::Io(std::io::Error::other(err)))
}

/// Argon2id, version 1.3.
pub(crate) fn argon2id(
    password: &[u8],
    salt: &[u8],
    kib: u32,
    passes: u32,
    lanes: u32,
) -> Result<Zeroizing<[u8; KEY]>> {
    let invalid = |_| Error::corrupt("a password stanza's parameters");
    let params = Params::new(kib, passes, lanes, Some(KEY)).map_err(invalid)?;
    // Not left to the crate, which does not wipe what it allocates.
    let mut blocks = crate::error::try_filled(params.block_count(), Block::default())?;
    let mut key = Zeroizing::new([0; KEY]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let result = argon2.hash_password_into_with_memory(password, salt, &mut key[..], &mut blocks[..]);
    blocks.iter_mut().for_each(Zeroize::zeroize);
    result.map_err(invalid)?;
    Ok(key)
}

fn bad_recipient(what: &str) -> Error {
    Error::InvalidOption(format!("not an age recipient (age1...): {what}"))
}

fn bad_identity(what: &str) -> Error {
    Error::InvalidOption(format!("not an age identity (AGE-SECRET-KEY-1...): {what}"))
}

/// Fails unless `text` is an X25519 recipient.
pub(crate) fn check_recipient(text: &str) -> Result<()> {
    text.parse::<x25519::Recipient>().map(drop).map_err(bad_recipient)
}

/// Fails unless `text` is an X25519 identity.
pub(crate) fn check_identity(text: &str) -> Result<()> {
    text.parse::<x25519::Identity>().map(drop).map_err(bad_identity)
}

/// A new identity and its recipient, as text.
pub(crate) fn generate_identity() -> Result<(Zeroizing<String>, String)> {
    let identity = x25519::Identity::generate();
    let text = Zeroizing::new(identity.to_string().expose_secret().to_owned());
    Ok((text, identity.to_public().to_string()))
}

/// An age file of `key` for all of `recipients`.
pub(crate) fn age_wrap(recipients: &[&str], key: &[u8; KEY]) -> Result<Vec<u8>> {
    let parsed = recipients.iter().map(|text| text.parse::<x25519::Recipient>().map_err(bad_recipient));
    let parsed = parsed.collect::<Result<Vec<_>>>()?;
    let encryptor = age::Encryptor::with_recipients(parsed.iter().map(|recipient| recipient as &dyn age::Recipient));
    let encryptor = encryptor.map_err(|err| bad_recipient(&err.to_string()))?;
    let mut file = Vec::new();
    let mut writer = encryptor.wrap_output(&mut file)?;
    writer.write_all(key)?;
    writer.finish()?;
    Ok(file)
}

/// What [`age_wrap`] wrapped, if one of `identities` opens it.
pub(crate) fn age_unwrap(identities: &[&str], file: &[u8]) -> Result<Option<Zeroizing<[u8; KEY]>>> {
    let parsed = identities.iter().map(|text| text.parse::<x25519::Identity>().map_err(bad_identity));
    let parsed = parsed.collect::<Result<Vec<_>>>()?;
    let Ok(decryptor) = age::Decryptor::new_buffered(file) else { return Ok(None) };
    let Ok(reader) = decryptor.decrypt(parsed.iter().map(|identity| identity as &dyn age::Identity)) else {
        return Ok(None);
    };
    let mut key = Zeroizing::new(Vec::with_capacity(KEY + 1));
    if reader.take(KEY as u64 + 1).read_to_end(&mut key).is_err() {
        return Ok(None);
    }
    let Ok(exact) = <[u8; KEY]>::try_from(&key[..]) else { return Ok(None) };
    Ok(Some(Zeroizing::new(exact)))
}
