//! Archives in object stores: over HTTP, in S3 and what speaks like it, in local folders by URL. Only the ranges that are asked for are
//! fetched: to list an archive its ends and index, to extract a file besides that its groups.

use crate::error::{Error, Result};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, parse_url_opts};
use std::io::{self, Read, Seek, SeekFrom};
use tokio::runtime::{Builder, Runtime};

/// Bytes fetched at least: a request costs more than they do.
const FETCH_MIN: u64 = 16 << 10;

/// An object that is read as a file is.
pub struct Remote {
    runtime: Runtime,
    store: Box<dyn ObjectStore>,
    path: Path,
    len: u64,
    pos: u64,
    /// What was fetched last, and where it starts.
    held: (u64, Vec<u8>),
    fetched: u64,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("path", &self.path).field("len", &self.len).finish_non_exhaustive()
    }
}

impl Remote {
    /// The object at `url`: `http://`, `https://`, `s3://BUCKET/KEY` or `file://`. What S3 needs beyond that comes from the
    /// environment, as its other tools take it: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT` and so on;
    /// `AWS_ALLOW_HTTP=true` for an endpoint without encryption.
    ///
    /// # Errors
    /// [`Error::Remote`].
    pub fn open(url: &str) -> Result<Remote> {
        Remote::open_with(url, std::env::vars().filter(|(name, _)| name.starts_with("AWS_")))
    }

    /// As [`Remote::open`], with the settings given here in place of the environment's, by the same names.
    ///
    /// # Errors
    /// As [`Remote::open`].
    pub fn open_with(url: &str, settings: impl IntoIterator<Item = (String, String)>) -> Result<Remote> {
        let failed = |what: String| Error::Remote { url: url.to_owned(), what };
        let parsed = url::Url::parse(url).map_err(|error| failed(error.to_string()))?;
        let mut options: Vec<(String, String)> =
            settings.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
        if parsed.scheme() == "http" {
            options.push(("allow_http".into(), "true".into()));
        }
        let (store, path) = parse_url_opts(&parsed, options).map_err(|error| failed(error.to_string()))?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| failed(error.to_string()))?;
        let object = runtime.block_on(store.head(&path)).map_err(|error| failed(error.to_string()))?;
        Ok(Remote { runtime, store, path, len: object.size, pos: 0, held: (0, Vec::new()), fetched: 0 })
    }

    /// Bytes fetched so far.
    pub fn fetched(&self) -> u64 {
        self.fetched
    }

    /// What is held of the bytes at the position.
    fn held(&self) -> &[u8] {
        let (at, bytes) = &self.held;
        let skip = self.pos.checked_sub(*at).and_then(|skip| usize::try_from(skip).ok());
        skip.and_then(|skip| bytes.get(skip..)).unwrap_or_default()
    }
}

impl Read for Remote {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() || self.pos >= self.len {
            return Ok(0);
        }
        if self.held().is_empty() {
            let end = self.pos.saturating_add((out.len() as u64).max(FETCH_MIN)).min(self.len);
            let bytes =
                self.runtime.block_on(self.store.get_range(&self.path, self.pos..end)).map_err(io::Error::other)?;
            self.fetched += bytes.len() as u64;
            self.held = (self.pos, bytes.to_vec());
        }
        let held = self.held();
        let count = held.len().min(out.len());
        out[..count].copy_from_slice(&held[..count]);
        self.pos += count as u64;
        Ok(count)
    }
}

impl Seek for Remote {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.pos.checked_add_signed(by),
        };
        self.pos = target.ok_or_else(|| io::Error::other("a position before the start"))?;
        Ok(self.pos)
    }
}
