//! Any input decodes or fails within its limits, in one piece or as a stream, with one thread or two.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Read;
use vatic::{DecodeOptions, Decoder, Limits};

fuzz_target!(|data: &[u8]| {
    let options = DecodeOptions::new().limits(Limits { output: 8 << 20, memory: 64 << 20, kdf_memory: 8 << 20 });
    let whole = vatic::decompress(data, &options);
    let mut streamed = Vec::new();
    let result = Decoder::new(data, &options.threads(2)).read_to_end(&mut streamed);
    assert_eq!(whole.is_ok(), result.is_ok());
    if let Ok(whole) = whole {
        assert!(whole == streamed);
    }
    let _ = vatic::info(data);
    let _ = vatic::content_length(data);
});
