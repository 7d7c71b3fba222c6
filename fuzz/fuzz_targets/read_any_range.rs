//! Reading ranges of any input fails or agrees with decoding all of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use vatic::{DecodeOptions, Limits, SeekDecoder};

fuzz_target!(|input: (u16, u16, &[u8])| {
    let (offset, len, data) = input;
    let options = DecodeOptions::new().limits(Limits { output: 8 << 20, memory: 64 << 20, kdf_memory: 8 << 20 });
    let Ok(mut seek) = SeekDecoder::new(Cursor::new(data), &options) else { return };
    let range = seek.read_at(u64::from(offset), usize::from(len));
    if let (Ok(range), Ok(whole)) = (range, vatic::decompress(data, &options))
        && seek.len() == whole.len() as u64
    {
        let start = usize::from(offset).min(whole.len());
        let end = (start + usize::from(len)).min(whole.len());
        assert!(range == whole[start..end]);
    }
});
