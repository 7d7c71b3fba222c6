//! Archives: many files in one, over `Read`, `Write` and `Seek`; the crate `vatic-fs` brings them to a file system.
//!
//! An archive is a sequence of *generations*, each a frame that holds what was added at one time. The contents of all files
//! are cut into content-defined chunks; each new chunk goes into the open group of its class of content, each known one
//! becomes a reference, whatever file or generation it came from. Groups are coded by the machinery of frames. Tables
//! name the files: in front of their contents, for whoever reads a stream or a file without its end, and again behind all
//! of them, for whoever seeks. `docs/format.md` section 8 has the bytes.
//!
//! Rooms: [`Meta`] and its kin (`entry`), `table` (columns), `unit` (records), `bucket` (open groups), `near` and `past` (edited copies), `options`, `write` with
//! `intake` and `emit`; `decode` (units to
//! bytes), `find` (generations) and `open` (their tables), `salvage` (the same in a damaged file), `read` (contents), `verify`, and
//! `parity`, which mends.
//!
//! ```
//! use std::io::Cursor;
//! use vatic::archive::{Archive, ArchiveOptions, Kind, Meta, Writer};
//!
//! let mut writer = Writer::new(Vec::new(), &ArchiveOptions::new())?;
//! writer.add(Meta::new("docs", Kind::Directory))?;
//! writer.add_file(Meta::new("docs/a.txt", Kind::File), &mut &b"hello"[..])?;
//! let (packed, _) = writer.finish()?;
//!
//! let mut archive = Archive::open(Cursor::new(packed), &Default::default())?;
//! let index = archive.find(b"docs/a.txt").unwrap();
//! assert_eq!(archive.read(index)?, b"hello");
//! # Ok::<(), vatic::Error>(())
//! ```

mod bucket;
mod decode;
mod emit;
mod entry;
mod find;
mod intake;
mod limits;
mod near;
mod open;
mod options;
mod parity;
mod past;
mod read;
mod salvage;
mod sealed_remains;
mod table;
#[cfg(test)]
mod tests;
mod unit;
mod verify;
mod write;

pub use entry::{Entry, Kind, Meta, NAME_MAX, Owner, Time, similarity_key};
pub use limits::ArchiveLimits;
pub use open::{Archive, Condition, GenerationInfo, Tail};
pub use options::ArchiveOptions;
pub use parity::{Repair, Share, protect, repair};
pub use read::EntrySink;
pub use write::{Summary, Writer};

/// Addresses and lengths stay below this, so that sums of them fit 64 bits.
pub(crate) const STORE_MAX: u64 = 1 << 60;
/// Bytes of a chunk's hash.
pub(crate) const CHUNK_HASH_LEN: usize = 16;
