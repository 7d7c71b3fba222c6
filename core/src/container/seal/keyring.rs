//! From keys to the data key of a file, and back: stanzas, the commitment, the MAC, and what is derived.

use super::crypto::{self, Cipher};
use super::head::{SealHead, Stanza};
use super::{KEY, Purpose, Suite, TAG};
use crate::codec::Limits;
use crate::container::wire::{Cursor, put_varint};
use crate::error::{Error, Result};
use crate::keys::{KdfCost, Keys, Secret};
use zeroize::Zeroizing;

/// Bytes of a stanza's salt.
const STANZA_SALT: usize = 16;
/// Bytes of a wrapped data key.
const WRAPPED: usize = KEY + TAG;
/// Most passes and lanes of Argon2id that a stanza may ask for.
pub(crate) const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 16;

const FOR_RAW_KEYS: &str = "vatic seal 0: raw key to wrapping key";
const FOR_COMMITMENT: &str = "vatic seal 0: data key to commitment";
const FOR_MAC: &str = "vatic seal 0: data key to MAC key";
const FOR_SEGMENTS: &str = "vatic seal 0: data key, parameters and salt to segment key";
const FOR_CHUNKS: &str = "vatic seal 0: data key to seed of chunk boundaries";

type Secret32 = Zeroizing<[u8; KEY]>;

/// A file's data key, and the stanzas that lead to it.
#[derive(Clone)]
pub(crate) struct DataKey {
    key: Secret32,
    suite: Suite,
    stanzas: Vec<Stanza>,
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataKey").field("suite", &self.suite).finish_non_exhaustive()
    }
}

impl DataKey {
    /// A random one, wrapped for each of `keys`.
    pub(crate) fn generate(keys: &Keys, cost: KdfCost, suite: Option<Suite>) -> Result<DataKey> {
        let mut key = Zeroizing::new([0; KEY]);
        crypto::random(&mut key[..])?;
        let mut stanzas = Vec::new();
        let mut recipients = Vec::new();
        for secret in keys.secrets() {
            match secret {
                Secret::Raw(raw) => stanzas.push(raw_stanza(raw, &key)?),
                Secret::Password(password) => stanzas.push(password_stanza(password, cost, &key)?),
                Secret::Recipient(text) => recipients.push(text.as_str()),
                Secret::Identity(_) => {
                    return Err(Error::InvalidOption("an identity opens; to seal, give its recipient".into()));
                }
            }
        }
        if !recipients.is_empty() {
            stanzas.push(Stanza { kind: Stanza::AGE, body: crypto::age_wrap(&recipients, &key)? });
        }
        Ok(DataKey { key, suite: suite.unwrap_or_else(Suite::of_this_machine), stanzas })
    }

    /// The front of a new stream, which has a salt of its own.
    pub(crate) fn start(&self, purpose: Purpose) -> Result<SealHead> {
        let mut salt = [0; KEY];
        crypto::random(&mut salt)?;
        let (commitment, mac) = (commitment(&self.key), [0; KEY]);
        let mut head = SealHead { suite: self.suite, purpose, salt, commitment, stanzas: self.stanzas.clone(), mac };
        head.mac = *mac_of(&self.key, &head).as_bytes();
        Ok(head)
    }

    /// Whether `head` is of this key, and nothing visible of it was changed.
    pub(crate) fn fits(&self, head: &SealHead) -> bool {
        commitment(&self.key) == head.commitment && mac_of(&self.key, head) == head.mac
    }

    /// The cipher of a stream's segments.
    pub(crate) fn cipher(&self, head: &SealHead) -> Result<Cipher> {
        let mut hasher = blake3::Hasher::new_derive_key(FOR_SEGMENTS);
        hasher.update(&self.key[..]);
        hasher.update(&head.binding());
        let key = Zeroizing::new(*hasher.finalize().as_bytes());
        zeroize::Zeroize::zeroize(&mut hasher);
        Cipher::new(head.suite, &key)
    }

    /// What moves chunk boundaries, so that they do not tell known content; never 0.
    pub(crate) fn chunk_seed(&self) -> u64 {
        let seed = Zeroizing::new(blake3::derive_key(FOR_CHUNKS, &self.key[..]));
        u64::from_le_bytes([seed[0], seed[1], seed[2], seed[3], seed[4], seed[5], seed[6], seed[7]]) | 1
    }
}

/// The keys that a caller gave for opening.
#[derive(Clone)]
pub(crate) struct Keyring {
    keys: Keys,
    limits: Limits,
    /// The last password stanza up to its wrapped key, the password, and what was derived for it: frames may share it.
    derived: Option<(Zeroizing<Vec<u8>>, Secret32)>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl Keyring {
    pub(crate) fn new(keys: &Keys, limits: &Limits) -> Keyring {
        Keyring { keys: keys.clone(), limits: *limits, derived: None }
    }

    /// Whether the caller gave none: then files are expected to be plain.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Fails where keys were given and a frame at `offset` is not sealed.
    pub(crate) fn expect_plain(&self, offset: u64) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(Error::NotSealed { offset }) }
    }

    /// The data key of a stream, everything visible checked.
    pub(crate) fn unlock(&mut self, head: &SealHead) -> Result<DataKey> {
        if self.is_empty() {
            return Err(Error::KeyNeeded);
        }
        let key = self.find_key(head)?.ok_or(Error::WrongKey)?;
        if mac_of(&key, head) != head.mac {
            return Err(Error::Tampered { what: "the parameters of the seal", offset: 0 });
        }
        Ok(DataKey { key, suite: head.suite, stanzas: head.stanzas.clone() })
    }

    /// The key that the commitment is for.
    fn find_key(&mut self, head: &SealHead) -> Result<Option<Secret32>> {
        let keys = self.keys.clone();
        let identities: Vec<&str> = keys
            .secrets()
            .filter_map(|secret| match secret {
                Secret::Identity(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        for stanza in &head.stanzas {
            if stanza.kind == Stanza::AGE && !identities.is_empty() {
                let key = crypto::age_unwrap(&identities, &stanza.body)?;
                if let Some(key) = key.filter(|key| commitment(key) == head.commitment) {
                    return Ok(Some(key));
                }
            }
            for secret in keys.secrets() {
                let key = match (secret, stanza.kind) {
                    (Secret::Raw(raw), Stanza::RAW) => open_raw(raw, &stanza.body)?,
                    (Secret::Password(password), Stanza::PASSWORD) => self.open_password(password, &stanza.body)?,
                    (Secret::Recipient(_), _) => {
                        return Err(Error::InvalidOption("a recipient seals; to open, give its identity".into()));
                    }
                    _ => None,
                };
                if let Some(key) = key.filter(|key| commitment(key) == head.commitment) {
                    return Ok(Some(key));
                }
            }
        }
        Ok(None)
    }

    fn open_password(&mut self, password: &[u8], body: &[u8]) -> Result<Option<Secret32>> {
        let mut cursor = Cursor::new(body);
        let salt = cursor.take(STANZA_SALT, "salt of a password stanza")?;
        let kib = cursor.varint_u32("memory of a password stanza")?;
        let passes = cursor.varint_u32("passes of a password stanza")?;
        let lanes = cursor.varint_u32("lanes of a password stanza")?;
        let wrapped = cursor.take(WRAPPED, "wrapped key")?;
        cursor.end("bytes behind a password stanza")?;
        let bounded = (1..=PASSES_MAX).contains(&passes) && (1..=LANES_MAX).contains(&lanes);
        if !bounded || kib < 8 * lanes {
            return Err(Error::corrupt("a password stanza's parameters"));
        }
        let needed = u64::from(kib) << 10;
        let limit = self.limits.kdf_memory.min(self.limits.memory);
        if needed > limit {
            return Err(Error::Limit { what: "key derivation memory", needed, limit });
        }
        let question = Zeroizing::new([&body[..body.len() - WRAPPED], password].concat());
        if self.derived.as_ref().is_none_or(|(asked, _)| *asked != question) {
            self.derived = Some((question, crypto::argon2id(password, salt, kib, passes, lanes)?));
        }
        match &self.derived {
            Some((_, wrapping)) => unwrap(wrapping, wrapped),
            None => Ok(None),
        }
    }
}

fn commitment(key: &[u8; KEY]) -> [u8; KEY] {
    blake3::derive_key(FOR_COMMITMENT, key)
}

/// The MAC of everything visible. Compared as hashes, which takes the same time wherever they differ.
fn mac_of(key: &[u8; KEY], head: &SealHead) -> blake3::Hash {
    let mac_key = Zeroizing::new(blake3::derive_key(FOR_MAC, key));
    blake3::keyed_hash(&mac_key, &head.covered())
}

fn raw_stanza(raw: &[u8; KEY], key: &[u8; KEY]) -> Result<Stanza> {
    let mut body = new_salt()?;
    let wrapping = raw_wrapping(raw, &body);
    body.extend_from_slice(&wrap(&wrapping, key)?);
    Ok(Stanza { kind: Stanza::RAW, body })
}

fn open_raw(raw: &[u8; KEY], body: &[u8]) -> Result<Option<Secret32>> {
    let mut cursor = Cursor::new(body);
    let salt = cursor.take(STANZA_SALT, "salt of a raw key stanza")?;
    let wrapped = cursor.take(WRAPPED, "wrapped key")?;
    cursor.end("bytes behind a raw key stanza")?;
    unwrap(&raw_wrapping(raw, salt), wrapped)
}

fn raw_wrapping(raw: &[u8; KEY], salt: &[u8]) -> Secret32 {
    let mut hasher = blake3::Hasher::new_derive_key(FOR_RAW_KEYS);
    hasher.update(raw);
    hasher.update(salt);
    let wrapping = Zeroizing::new(*hasher.finalize().as_bytes());
    zeroize::Zeroize::zeroize(&mut hasher);
    wrapping
}

fn password_stanza(password: &[u8], cost: KdfCost, key: &[u8; KEY]) -> Result<Stanza> {
    let mut body = new_salt()?;
    let wrapping = crypto::argon2id(password, &body, cost.kib(), cost.passes, 1)?;
    put_varint(&mut body, u64::from(cost.kib()));
    put_varint(&mut body, u64::from(cost.passes));
    put_varint(&mut body, 1);
    body.extend_from_slice(&wrap(&wrapping, key)?);
    Ok(Stanza { kind: Stanza::PASSWORD, body })
}

fn new_salt() -> Result<Vec<u8>> {
    let mut salt = vec![0; STANZA_SALT];
    crypto::random(&mut salt)?;
    Ok(salt)
}

/// A wrapping key is used once, as its salt is, so the nonce can be zero.
const WRAP_NONCE: [u8; 12] = [0; 12];

fn wrap(wrapping: &[u8; KEY], key: &[u8; KEY]) -> Result<[u8; WRAPPED]> {
    let mut out = [0; WRAPPED];
    let (sealed, tag) = out.split_at_mut(KEY);
    sealed.copy_from_slice(key);
    tag.copy_from_slice(&Cipher::new(Suite::ChaCha20Poly1305, wrapping)?.seal(&WRAP_NONCE, b"", sealed)?);
    Ok(out)
}

fn unwrap(wrapping: &[u8; KEY], wrapped: &[u8]) -> Result<Option<Secret32>> {
    let cipher = Cipher::new(Suite::ChaCha20Poly1305, wrapping)?;
    let (mut key, mut tag) = (Zeroizing::new([0; KEY]), [0; TAG]);
    key.copy_from_slice(&wrapped[..KEY]);
    tag.copy_from_slice(&wrapped[KEY..]);
    Ok(if cipher.open(&WRAP_NONCE, b"", &mut key[..], &tag) { Some(key) } else { None })
}
