//! Keys: what seals a file and what opens it. Secrets are wiped from memory when the last clone is dropped, and never shown.

use crate::container::seal::crypto;
use crate::container::seal::keyring::PASSES_MAX;
use crate::error::{Error, Result};
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// One key: a password, 32 secret bytes, or one half of an `age` X25519 pair.
///
/// Cloning shares the secret. `Debug` tells the kind and nothing else.
#[derive(Clone)]
pub struct Key(Arc<Secret>);

/// What a key is.
pub(crate) enum Secret {
    Password(Zeroizing<Vec<u8>>),
    Raw(Zeroizing<[u8; 32]>),
    Recipient(String),
    Identity(Zeroizing<String>),
}

impl Key {
    /// A password, for sealing and opening. Its UTF-8 bytes count as they are: nothing is normalised, trimmed or folded.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] where it is empty.
    pub fn password(password: &str) -> Result<Key> {
        if password.is_empty() {
            return Err(Error::InvalidOption("a password must not be empty".into()));
        }
        Ok(Key(Arc::new(Secret::Password(Zeroizing::new(password.as_bytes().to_vec())))))
    }

    /// 32 bytes from a good random generator, for sealing and opening. Costs next to nothing to open, unlike a password.
    pub fn raw(key: [u8; 32]) -> Key {
        Key(Arc::new(Secret::Raw(Zeroizing::new(key))))
    }

    /// Whom to seal for: an X25519 recipient of [age](https://age-encryption.org), `age1...`. Only its identity opens.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] where it is none, [`Error::Unsupported`] without the feature `seal`.
    pub fn recipient(text: &str) -> Result<Key> {
        crypto::check_recipient(text)?;
        Ok(Key(Arc::new(Secret::Recipient(text.to_owned()))))
    }

    /// The secret half, which opens: `AGE-SECRET-KEY-1...`, as `age-keygen` writes it.
    ///
    /// # Errors
    /// As [`Key::recipient`].
    pub fn identity(text: &str) -> Result<Key> {
        crypto::check_identity(text)?;
        Ok(Key(Arc::new(Secret::Identity(Zeroizing::new(text.to_owned())))))
    }

    /// 32 new random bytes for [`Key::raw`].
    ///
    /// # Errors
    /// [`Error::Unsupported`] without the feature `seal`, [`Error::Io`] where the system has no random numbers.
    pub fn generate_raw() -> Result<Zeroizing<[u8; 32]>> {
        let mut key = Zeroizing::new([0; 32]);
        crypto::random(&mut key[..])?;
        Ok(key)
    }

    /// A new random identity as text, to be kept, and its recipient, to be given away.
    ///
    /// # Errors
    /// [`Error::Unsupported`] without the feature `seal`.
    pub fn generate_identity() -> Result<(Zeroizing<String>, String)> {
        crypto::generate_identity()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self.0 {
            Secret::Password(_) => "Password(..)",
            Secret::Raw(_) => "Raw(..)",
            Secret::Recipient(_) => "Recipient(..)",
            Secret::Identity(_) => "Identity(..)",
        })
    }
}

/// Any number of keys. Each of them alone opens what was sealed with all of them; of those given for opening, one must fit.
#[derive(Clone, Debug, Default)]
pub struct Keys(Vec<Key>);

impl Keys {
    /// None yet.
    pub fn new() -> Keys {
        Keys::default()
    }

    /// One more.
    pub fn push(&mut self, key: Key) {
        self.0.push(key);
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none: nothing is sealed then.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.0.iter().map(|key| &*key.0)
    }

    /// Fails where these keys cannot seal together.
    pub(crate) fn check_sealing(&self, cost: KdfCost, memory: u64) -> Result<()> {
        let passwords = self.secrets().filter(|secret| matches!(secret, Secret::Password(_))).count();
        let raw = self.secrets().filter(|secret| matches!(secret, Secret::Raw(_))).count();
        let invalid = |what: String| Err(Error::InvalidOption(what));
        if passwords > 1 {
            return invalid("a file has one password at most".into());
        }
        if raw > 32 {
            return invalid("a file has 32 raw keys at most".into());
        }
        if passwords > 0 && u64::from(cost.kib()) << 10 > memory {
            return invalid(format!("a password needs {} bytes of memory to be used", u64::from(cost.kib()) << 10));
        }
        cost.check()
    }
}

impl From<Key> for Keys {
    fn from(key: Key) -> Keys {
        Keys(vec![key])
    }
}

impl FromIterator<Key> for Keys {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Keys {
        Keys(keys.into_iter().collect())
    }
}

/// What trying a password costs, for its owner and for everybody else: Argon2id's memory and passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KdfCost {
    /// Bytes of memory, a multiple of 1024, 1 MiB to 1 GiB. Readers accept 256 MiB by default
    /// ([`Limits::kdf_memory`](crate::Limits)).
    pub memory: u64,
    /// Passes over it, 1 to 16.
    pub passes: u32,
}

impl Default for KdfCost {
    /// 64 MiB, three passes: RFC 9106's choice for machines with little memory to spare, with one lane instead of four, which costs
    /// the owner the same and an attacker's parallel hardware more.
    fn default() -> KdfCost {
        KdfCost { memory: 64 << 20, passes: 3 }
    }
}

impl KdfCost {
    pub(crate) fn kib(self) -> u32 {
        u32::try_from(self.memory >> 10).unwrap_or(u32::MAX)
    }

    fn check(self) -> Result<()> {
        let memory = (1 << 20..=1 << 30).contains(&self.memory) && self.memory.is_multiple_of(1 << 10);
        if memory && (1..=PASSES_MAX).contains(&self.passes) {
            return Ok(());
        }
        Err(Error::InvalidOption("the cost of a password is not within 1 MiB to 1 GiB and 1 to 16 passes".into()))
    }
}
