//! Any file of czip gives text or an error, and any text comes back.
#![no_main]

#[path = "../../core/tests/common/czm.rs"]
mod czm;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use vatic::neural::czip::{CzipLimits, CzipModel, CzipOptions, compress, decompress};

static MODEL: LazyLock<CzipModel> =
    LazyLock::new(|| CzipModel::from_bytes(&czm::model(czm::Recipe { layers: 1, ..czm::QUIET })).unwrap());

fuzz_target!(|input: (&[u8], &[u8], u8, u8, &str)| {
    let (bytes, payload, length, chunks, text) = input;
    let limits = CzipLimits { output: 256, payload: 1 << 12, ..CzipLimits::default() };
    let _ = decompress(&MODEL, bytes, &limits);
    let _ = decompress(&MODEL, &[b"CZIPv1\0\x01\x40\0\0\0\0\0\0\0", bytes].concat(), &limits);
    // A head that fits, so that the chunks are reached.
    let head = [&[0; 4][..], &[chunks & 3, 0, 0, 0, length & 63, 0, 0, 6]].concat();
    let file =
        [&b"CZIPv1\0\x01"[..], &[length, 0, 0, 0, 0, 0, 0, 0], &czm::brotli(&[&head, payload].concat())].concat();
    let _ = decompress(&MODEL, &file, &limits);
    let text: String = text.chars().take(40).collect();
    let packed = compress(&MODEL, text.as_bytes(), &CzipOptions::new().level(1)).unwrap();
    assert!(decompress(&MODEL, &packed, &CzipLimits::default()).unwrap() == text.as_bytes());
});
