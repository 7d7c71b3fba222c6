//! Archives and the file system: what `vatic` (the core, which knows no files) packs and unpacks, this crate finds on disk and
//! puts back there.
//!
//! - [`create`], [`append`] and [`repack()`] write archives that survive a crash at any moment: the old content or the new is there.
//! - [`extract()`] writes files where nothing of a hostile archive can reach outside the target.
//! - [`Patterns`] chooses names.
//! - `Remote` reads archives in object stores (feature `remote`).
//!
//! Rooms: `walk` finds what to pack, `meta` reads and writes what the system keeps beside contents, `sparse` finds holes, `pack` and
//! `repack` write archives through `pending`, `unpack` extracts them, `place` is the only room that makes names in the target folder.

mod error;
mod meta;
mod names;
mod pack;
mod patterns;
mod pending;
mod place;
#[cfg(feature = "remote")]
mod remote;
mod repack;
mod sparse;
mod state;
mod unpack;
mod walk;

pub use error::{Error, Result};
pub use names::{display, from_path, to_path};
pub use pack::{PackOptions, PackReport, append, create, create_stream};
pub use patterns::Patterns;
#[cfg(feature = "remote")]
pub use remote::Remote;
pub use repack::{repack, repair};
pub use state::{StatePrefix, check_state, hex};
pub use unpack::{ExtractOptions, ExtractReport, extract, write_content};

use std::path::Path;

/// What happens while an archive is packed or unpacked.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// An entry is being worked on.
    Entry {
        /// Its name in the archive.
        name: &'a [u8],
        /// Bytes of content.
        size: u64,
    },
    /// Something is not quite as it should be, and work goes on.
    Warning {
        /// The file or entry.
        name: &'a [u8],
        /// What.
        what: &'a str,
    },
    /// One file or entry failed, and work goes on with the others.
    Failed {
        /// The file or entry.
        name: &'a [u8],
        /// Why.
        error: &'a Error,
    },
    /// A temporary file was made that an interruption should remove.
    Temporary {
        /// Where.
        path: &'a Path,
    },
}

/// Is told of events.
pub type Observer<'a> = &'a mut dyn FnMut(Event<'_>);
