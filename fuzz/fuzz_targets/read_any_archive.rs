//! Any bytes, opened as an archive and salvaged: output or an error, within the limits.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use vatic::archive::{Archive, ArchiveLimits, Writer};

fuzz_target!(|data: &[u8]| {
    let limits = ArchiveLimits { memory: 64 << 20, content: 1 << 20, ..ArchiveLimits::default() };
    // Salvage looks past checks that cover a whole file, so that more of it is reached.
    for archive in [Archive::open(Cursor::new(data), &limits), Archive::salvage(Cursor::new(data), &limits)] {
        let Ok(mut archive) = archive else { continue };
        let _ = archive.verify(1);
        for index in archive.current().collect::<Vec<_>>() {
            let _ = archive.read(index);
        }
        if let Ok(tail) = archive.tail() {
            let _ = Writer::append(Vec::new(), &Default::default(), tail);
        }
    }
});
