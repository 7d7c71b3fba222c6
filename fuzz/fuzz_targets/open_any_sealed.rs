//! What is sealed and what seals it may be anything: it opens or fails, the same in every way of reading.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::{Cursor, Read};
use vatic::{DecodeOptions, Decoder, Key, Limits, Options, SeekDecoder};

const KEY: [u8; 32] = [7; 32];

fuzz_target!(|input: (bool, u16, u8, u16, &[u8])| {
    let (wrap, at, flip, cut, data) = input;
    let key = Key::raw(KEY);
    let options = DecodeOptions::new().key(key.clone());
    let options = options.limits(Limits { output: 8 << 20, memory: 64 << 20, kdf_memory: 1 << 20 });
    // Either the bytes are the file, or a sealed frame of them is, with one byte changed and its end cut off.
    let mut bytes = data.to_vec();
    let mut sound = false;
    if wrap {
        bytes = vatic::compress(data, &Options::new().level(1).key(key)).unwrap();
        let at = usize::from(at) % bytes.len();
        bytes[at] ^= flip;
        let len = bytes.len().saturating_sub(usize::from(cut));
        bytes.truncate(len);
        sound = flip == 0 && cut == 0;
    }
    let whole = vatic::decompress(&bytes, &options);
    let mut streamed = Vec::new();
    let result = Decoder::new(&bytes[..], &options.clone().threads(2)).read_to_end(&mut streamed);
    assert_eq!(whole.is_ok(), result.is_ok());
    if wrap {
        assert_eq!(whole.is_ok(), sound);
        assert!(data.starts_with(&streamed));
    }
    if let Ok(mut seek) = SeekDecoder::new(Cursor::new(&bytes), &options)
        && let Ok(part) = seek.read_at(u64::from(at), 100)
        && let Ok(whole) = whole
    {
        let start = usize::from(at).min(whole.len());
        assert!(part == whole[start..whole.len().min(start + 100)]);
    }
    let _ = vatic::info(&bytes);
    let _ = vatic::info_with(&mut Cursor::new(&bytes), &options);
});
