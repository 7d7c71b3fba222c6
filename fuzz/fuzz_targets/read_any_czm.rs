//! Any bytes are a model of czip or an error; a model codes text that comes back.
#![no_main]

#[path = "../../core/tests/common/czm.rs"]
mod czm;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use vatic::neural::czip::{CzipLimits, CzipModel, CzipOptions, compress, decompress};

static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| czm::model(czm::Recipe { layers: 1, ..czm::QUIET }));

fuzz_target!(|input: (Vec<(u16, u8)>, &[u8], Option<u32>)| {
    let (patches, bytes, cut) = input;
    let _ = CzipModel::from_bytes(bytes);
    let mut damaged = SOUND.clone();
    let header = 8 + u64::from_le_bytes(*damaged.first_chunk().unwrap()) as usize;
    for (at, value) in patches {
        damaged[usize::from(at) % header] = value;
    }
    damaged.truncate(cut.map_or(usize::MAX, |cut| cut as usize));
    if let Ok(model) = CzipModel::from_bytes(&damaged) {
        let packed = compress(&model, b"end", &CzipOptions::new()).unwrap();
        assert!(decompress(&model, &packed, &CzipLimits::default()).unwrap() == b"end");
    }
});
