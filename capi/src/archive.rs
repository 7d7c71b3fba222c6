//! Archives: written from files, listed, read, extracted.

use crate::failure::{Failure, Result};
use crate::memory::copy_out;
use crate::settings::Settings;
use crate::tables::{Status, entry_field, entry_kind};
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;
use vatic::archive::{Entry, Kind};

#[cfg(feature = "native")]
mod folders;
#[cfg(feature = "native")]
pub use folders::{append, create};
#[cfg(not(feature = "native"))]
mod no_folders;
#[cfg(not(feature = "native"))]
pub use no_folders::{append, create};

trait Source: Read + Seek + Send {}
impl<T: Read + Seek + Send> Source for T {}

/// An archive that is open for reading. Its entries are the current ones: the last generation's of each name, by name.
pub struct Archive {
    archive: vatic::archive::Archive<Box<dyn Source>>,
    /// Places of the current entries among all.
    current: Vec<usize>,
    settings: Settings,
    /// The content that was read last, so that asking for its size first costs nothing.
    last: Option<(usize, Vec<u8>)>,
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive").field("entries", &self.len()).finish_non_exhaustive()
    }
}

impl Archive {
    /// Opens the archive at `path`.
    ///
    /// # Errors
    /// [`Status::Io`], and those of reading an archive.
    pub fn open(path: &Path, settings: &Settings) -> Result<Archive> {
        let file = File::open(path).map_err(|error| Failure::at(path, &error))?;
        Archive::new(Box::new(BufReader::new(file)), settings)
    }

    /// Opens an archive of bytes that are held elsewhere.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub fn from_bytes(bytes: impl AsRef<[u8]> + Send + 'static, settings: &Settings) -> Result<Archive> {
        Archive::new(Box::new(Cursor::new(bytes)), settings)
    }

    fn new(source: Box<dyn Source>, settings: &Settings) -> Result<Archive> {
        let mut archive = vatic::archive::Archive::open_with(source, &settings.archive_limits(), settings.keys())?;
        archive.set_models(&settings.decode());
        let current = archive.current().collect();
        Ok(Archive { archive, current, settings: settings.clone(), last: None })
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.current.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.current.is_empty()
    }

    fn place(&self, index: usize) -> Result<usize> {
        let place = self.current.get(index).copied();
        place.ok_or_else(|| Failure::new(Status::NotFound, format!("there is no entry {index} among {}", self.len())))
    }

    /// The entry at `index`, from 0, in the order of names.
    ///
    /// # Errors
    /// [`Status::NotFound`].
    pub fn entry(&self, index: usize) -> Result<&Entry> {
        Ok(&self.archive.entries()[self.place(index)?])
    }

    /// The index of the entry of this name.
    ///
    /// # Errors
    /// [`Status::NotFound`].
    pub fn find(&self, name: &[u8]) -> Result<usize> {
        let found =
            self.current.binary_search_by(|&place| self.archive.entries()[place].meta.name.as_slice().cmp(name));
        found.map_err(|_| Failure::new(Status::NotFound, format!("there is no entry {}", shown(name))))
    }

    /// The content of the entry at `index`, holes as zeros; the bytes are there until the next call.
    ///
    /// # Errors
    /// [`Status::NotFound`], those of decoding.
    pub fn read(&mut self, index: usize) -> Result<&[u8]> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != index) {
            let place = self.place(index)?;
            self.last = Some((index, self.archive.read(place)?));
        }
        Ok(self.last.as_ref().map_or(&[], |(_, content)| content))
    }

    /// Copies the content of the entry at `index` to `out`; its size.
    ///
    /// # Errors
    /// As [`Archive::read`]; [`Status::DstTooSmall`] with the size that would do.
    pub fn read_into(&mut self, index: usize, out: &mut [u8]) -> Result<usize> {
        copy_out(self.read(index)?, out)
    }

    /// Decodes everything and compares it with what the index says.
    ///
    /// # Errors
    /// Every kind of damage.
    pub fn verify(&mut self) -> Result<()> {
        Ok(self.archive.verify(self.settings.threads())?)
    }
}

/// What is asked about an entry, by the numbers of the tables.
///
/// # Errors
/// [`Status::NotFound`] for another number.
pub fn entry_value(entry: &Entry, field: i32) -> Result<u64> {
    let meta = &entry.meta;
    let (time, owner) = (meta.mtime.unwrap_or_default(), meta.owner.clone().unwrap_or_default());
    let device = match meta.kind {
        Kind::CharDevice { major, minor } | Kind::BlockDevice { major, minor } => (major, minor),
        _ => (0, 0),
    };
    Ok(match field {
        entry_field::KIND => kind_number(&meta.kind)? as u64,
        entry_field::SIZE => entry.size,
        entry_field::DATA_SIZE => entry.data_len(),
        entry_field::MODE => u64::from(meta.mode),
        entry_field::HAS_MTIME => u64::from(meta.mtime.is_some()),
        entry_field::MTIME_SECONDS => time.seconds as u64,
        entry_field::MTIME_NANOS => u64::from(time.nanos),
        entry_field::HAS_OWNER => u64::from(meta.owner.is_some()),
        entry_field::UID => u64::from(owner.uid),
        entry_field::GID => u64::from(owner.gid),
        entry_field::GENERATION => entry.generation,
        entry_field::DEVICE_MAJOR => u64::from(device.0),
        entry_field::DEVICE_MINOR => u64::from(device.1),
        _ => return Err(Failure::new(Status::NotFound, format!("entries have no field {field}"))),
    })
}

/// The number of a kind in the tables.
///
/// # Errors
/// [`Status::Internal`] for a kind that the tables lack.
pub fn kind_number(kind: &Kind) -> Result<i32> {
    Ok(match kind {
        Kind::File => entry_kind::FILE,
        Kind::Directory => entry_kind::DIRECTORY,
        Kind::Symlink { .. } => entry_kind::SYMLINK,
        Kind::HardLink { .. } => entry_kind::HARD_LINK,
        Kind::Fifo => entry_kind::FIFO,
        Kind::CharDevice { .. } => entry_kind::CHAR_DEVICE,
        Kind::BlockDevice { .. } => entry_kind::BLOCK_DEVICE,
        _ => return Err(Failure::new(Status::Internal, "an entry of a kind without a number")),
    })
}

/// What a link points to, as the archive says it; empty for what is no link.
pub fn link_target(entry: &Entry) -> &[u8] {
    match &entry.meta.kind {
        Kind::Symlink { target } | Kind::HardLink { target } => target,
        _ => &[],
    }
}

/// A name for people.
fn shown(name: &[u8]) -> impl std::fmt::Display {
    String::from_utf8_lossy(name).escape_debug().to_string()
}

#[cfg(all(test, feature = "native"))]
mod tests {
    use super::*;
    use crate::tables::Param;
    use std::fs;

    #[test]
    fn a_folder_goes_in_and_comes_out() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("in/sub")).unwrap();
        fs::write(at("in/a.txt"), "first").unwrap();
        fs::write(at("in/sub/[b].txt"), "second").unwrap();
        let mut settings = Settings::new();
        create(&at("x.vat"), &[at("in")], &settings).unwrap();
        assert!(create(&at("x.vat"), &[at("in")], &settings).unwrap_err().is(Status::Exists));
        fs::write(at("in/c.txt"), "third").unwrap();
        append(&at("x.vat"), &[at("in/c.txt")], &settings).unwrap();

        let mut archive = Archive::open(&at("x.vat"), &settings).unwrap();
        let names: Vec<_> = (0..archive.len()).map(|i| archive.entry(i).unwrap().meta.name.clone()).collect();
        let ends = |name: &[u8], end: &str| name.ends_with(end.as_bytes());
        let find = |end: &str| names.iter().position(|name| ends(name, end)).unwrap();
        assert_eq!(archive.read(find("a.txt")).unwrap(), b"first");
        assert_eq!(archive.find(&names[find("[b].txt")]).unwrap(), find("[b].txt"));
        assert!(archive.find(b"no").unwrap_err().is(Status::NotFound));
        assert!(archive.entry(99).unwrap_err().is(Status::NotFound));
        let mut out = [0; 10];
        assert_eq!(archive.read_into(find("[b].txt"), &mut out).unwrap(), 6);
        let failure = archive.read_into(find("c.txt"), &mut out[..2]).unwrap_err();
        assert_eq!((failure.is(Status::DstTooSmall), failure.needed), (true, Some(5)));
        let entry = archive.entry(find("a.txt")).unwrap();
        assert_eq!(entry_value(entry, entry_field::KIND).unwrap(), entry_kind::FILE as u64);
        assert_eq!(entry_value(entry, entry_field::SIZE).unwrap(), 5);
        assert!(entry_value(entry, 99).unwrap_err().is(Status::NotFound));
        archive.verify().unwrap();

        assert_eq!(archive.extract_entry(find("[b].txt"), &at("one")).unwrap(), 1);
        let all = archive.extract::<&str>(&at("all"), []).unwrap();
        assert!(all >= 4);
        assert!(archive.extract::<&str>(&at("all"), []).unwrap_err().is(Status::Partial));
        assert!(archive.extract(&at("none"), ["nothing*"]).unwrap_err().is(Status::NotFound));
        let restored = at("all").join(std::str::from_utf8(&names[find("[b].txt")]).unwrap());
        assert_eq!(fs::read(restored).unwrap(), b"second");

        settings.add_key(vatic::Key::raw([1; 32]));
        assert_eq!(Archive::open(&at("x.vat"), &settings).unwrap_err().class(), "NotSealedError");
        create(&at("sealed.vat"), &[at("in")], &settings).unwrap();
        append(&at("sealed.vat"), &[at("in/c.txt")], &settings).unwrap();
        Archive::open(&at("sealed.vat"), &settings).unwrap().verify().unwrap();
        settings.clear_keys();
        assert_eq!(Archive::open(&at("sealed.vat"), &settings).unwrap_err().class(), "KeyNeededError");
        settings.set(Param::LimitEntries as i32, 1).unwrap();
        assert!(Archive::open(&at("x.vat"), &settings).unwrap_err().is(Status::Limit));
        assert!(create(&at("y.vat"), &[at("nowhere")], &Settings::new()).is_err());
    }
}
