//! Settings by number, models, keys, and stopping.

use crate::work::{later, now};
use napi::Env;
use napi::bindgen_prelude::{Buffer, Object, Uint8Array};
use napi_derive::napi;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use vatic_capi::tables::{Status, UNKNOWN};
use vatic_capi::{Failure, Settings as Inner, model};

/// Settings of one call or object.
#[napi]
pub struct Settings {
    pub(crate) inner: Inner,
    stop: Arc<AtomicBool>,
}

#[napi]
impl Settings {
    /// Defaults. Work that is done with them ends when they are told to stop.
    #[napi(constructor)]
    pub fn new() -> Settings {
        let mut inner = Inner::new();
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stop);
        inner.set_progress(Some(Arc::new(move |_| match seen.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })));
        Settings { inner, stop }
    }

    /// Sets a parameter; infinity stands for no limit.
    #[napi]
    pub fn set(&mut self, number: i32, value: f64) -> napi::Result<()> {
        now(|| {
            let value = match value {
                value if value == f64::INFINITY => UNKNOWN,
                value if value >= 0.0 && value <= 2f64.powi(53) && value.fract() == 0.0 => value as u64,
                _ => return Err(Failure::new(Status::InvalidOption, format!("{value} is no whole number from 0 on"))),
            };
            self.inner.set(number, value)
        })
    }

    /// Adds a model.
    #[napi]
    pub fn add_model(&mut self, model: &Model) {
        self.inner.add_model(model.inner.clone());
    }

    /// Adds a key.
    #[napi]
    pub fn add_key(&mut self, key: &Key) {
        self.inner.add_key(key.inner.clone());
    }

    /// Ends work under way with these settings, between groups.
    #[napi]
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// What experts know beforehand.
#[napi]
pub struct Model {
    pub(crate) inner: vatic::Model,
}

#[napi]
impl Model {
    /// Reads a `.vatm` file.
    #[napi(factory)]
    pub fn from_file(path: String) -> napi::Result<Model> {
        now(|| Ok(Model { inner: model::load(Path::new(&path), &Inner::new())? }))
    }

    /// Reads the bytes of one.
    #[napi(factory)]
    pub fn from_bytes(data: Uint8Array) -> napi::Result<Model> {
        now(|| Ok(Model { inner: vatic::Model::from_bytes(&data, &Inner::new().model_limits())? }))
    }

    /// Reads the bytes of a `.czm` file of czip.
    #[napi(factory)]
    pub fn from_czm(data: Uint8Array) -> napi::Result<Model> {
        now(|| Ok(Model { inner: model::from_czm(&data, &Inner::new())? }))
    }

    /// Trains a primer, beside the event loop, and beside a transformer if there is a model of one; 0 leaves its size to the library.
    #[napi]
    pub fn train<'env>(
        env: &'env Env,
        samples: Vec<Uint8Array>,
        size: f64,
        beside: Option<&Model>,
        settings: &Settings,
    ) -> napi::Result<Object<'env>> {
        let (settings, beside) = (settings.inner.clone(), beside.map(|base| base.inner.clone()));
        later(env, move || Ok(Model { inner: model::train(&samples, size as usize, beside.as_ref(), &settings)? }))
    }

    /// One with the parts of both, and the notes of this one.
    #[napi]
    pub fn join(&self, other: &Model) -> napi::Result<Model> {
        now(|| Ok(Model { inner: model::join([&self.inner, &other.inner])? }))
    }

    /// The names of its parts.
    #[napi(getter)]
    pub fn parts(&self) -> Vec<String> {
        self.inner.parts().map(|part| part.name().to_owned()).collect()
    }

    /// The `.vatm` file.
    #[napi]
    pub fn to_bytes(&self) -> napi::Result<Buffer> {
        now(|| Ok(self.inner.to_bytes()?.into()))
    }

    /// Its id in hexadecimal.
    #[napi(getter)]
    pub fn id(&self) -> String {
        self.inner.id().to_string()
    }

    /// What it says about itself.
    #[napi(getter)]
    pub fn metadata(&self) -> HashMap<String, String> {
        self.inner.metadata().clone().into_iter().collect()
    }
}

/// One key.
#[napi]
pub struct Key {
    pub(crate) inner: vatic::Key,
}

#[napi]
impl Key {
    /// A password.
    #[napi(factory)]
    pub fn password(text: String) -> napi::Result<Key> {
        now(|| Ok(Key { inner: vatic::Key::password(&text)? }))
    }

    /// 32 secret bytes.
    #[napi(factory)]
    pub fn raw(data: Uint8Array) -> napi::Result<Key> {
        now(|| {
            let wrong = |_| Failure::new(Status::InvalidOption, "a raw key has 32 bytes");
            Ok(Key { inner: vatic::Key::raw(data[..].try_into().map_err(wrong)?) })
        })
    }

    /// Whom to seal for.
    #[napi(factory)]
    pub fn recipient(text: String) -> napi::Result<Key> {
        now(|| Ok(Key { inner: vatic::Key::recipient(&text)? }))
    }

    /// The secret half, which opens.
    #[napi(factory)]
    pub fn identity(text: String) -> napi::Result<Key> {
        now(|| Ok(Key { inner: vatic::Key::identity(&text)? }))
    }

    /// A new identity and its recipient.
    #[napi]
    pub fn generate_identity() -> napi::Result<Vec<String>> {
        now(|| {
            let (identity, recipient) = vatic::Key::generate_identity()?;
            Ok(vec![identity.as_str().to_owned(), recipient])
        })
    }
}
