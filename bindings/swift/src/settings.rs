//! Settings by number, keys, and stopping.

use crate::failure::{Result, fenced};
use crate::model::Model;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use vatic_capi::tables::Status;
use vatic_capi::{Failure, Settings as Inner};
use zeroize::Zeroizing;

/// A parameter's number and value.
#[derive(uniffi::Record)]
pub struct Setting {
    pub number: i32,
    pub value: u64,
}

/// Settings that are made once and never change.
#[derive(uniffi::Object)]
pub struct Settings {
    pub(crate) inner: Inner,
    stop: Arc<AtomicBool>,
}

#[uniffi::export]
impl Settings {
    #[uniffi::constructor]
    pub fn new(values: Vec<Setting>, models: Vec<Arc<Model>>, keys: Vec<Arc<Key>>) -> Result<Arc<Settings>> {
        let mut inner = Inner::new();
        for setting in values {
            inner.set(setting.number, setting.value)?;
        }
        models.iter().for_each(|model| inner.add_model(model.inner.clone()));
        keys.iter().for_each(|key| inner.add_key(key.0.clone()));
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stop);
        inner.set_progress(Some(Arc::new(move |_| match seen.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })));
        Ok(Arc::new(Settings { inner, stop }))
    }

    /// Ends work under way with these settings, between groups.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// One key.
#[derive(uniffi::Object)]
pub struct Key(pub(crate) vatic::Key);

#[uniffi::export]
impl Key {
    /// A password, as UTF-8.
    #[uniffi::constructor]
    pub fn password(utf8: Vec<u8>) -> Result<Arc<Key>> {
        let text = secret(utf8)?;
        fenced(|| Ok(Arc::new(Key(vatic::Key::password(&text)?))))
    }

    /// 32 secret bytes.
    #[uniffi::constructor]
    pub fn raw(data: Vec<u8>) -> Result<Arc<Key>> {
        let data = Zeroizing::new(data);
        let wrong = |_| Failure::new(Status::InvalidOption, "a raw key has 32 bytes");
        Ok(Arc::new(Key(vatic::Key::raw(data[..].try_into().map_err(wrong)?))))
    }

    /// Whom to seal for.
    #[uniffi::constructor]
    pub fn recipient(text: String) -> Result<Arc<Key>> {
        fenced(|| Ok(Arc::new(Key(vatic::Key::recipient(&text)?))))
    }

    /// The secret half, which opens, as UTF-8.
    #[uniffi::constructor]
    pub fn identity(utf8: Vec<u8>) -> Result<Arc<Key>> {
        let text = secret(utf8)?;
        fenced(|| Ok(Arc::new(Key(vatic::Key::identity(&text)?))))
    }
}

fn secret(utf8: Vec<u8>) -> Result<Zeroizing<String>> {
    let wrong = |_| Failure::new(Status::InvalidOption, "a text that is not UTF-8");
    Ok(Zeroizing::new(String::from_utf8(utf8).map_err(wrong)?))
}

/// 32 new random bytes.
#[uniffi::export]
pub fn generate_raw() -> Result<Vec<u8>> {
    fenced(|| Ok(vatic::Key::generate_raw()?.to_vec()))
}

/// A new identity and its recipient.
#[uniffi::export]
pub fn generate_identity() -> Result<Vec<String>> {
    fenced(|| {
        let (identity, recipient) = vatic::Key::generate_identity()?;
        Ok(vec![identity.as_str().to_owned(), recipient])
    })
}
