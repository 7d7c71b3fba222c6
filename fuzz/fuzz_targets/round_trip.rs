//! Whatever goes in comes out, under any options.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use vatic::{CodecId, DecodeOptions, Model, Options};

#[path = "../../core/tests/common/transformer.rs"]
mod transformer;

/// For the codec that needs one.
static MODEL: LazyLock<Model> = LazyLock::new(|| transformer::model(1));

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    level: u8,
    codec: u8,
    group_size: u16,
    checksum: bool,
    /// The data are so many repetitions of `bytes`.
    repeat: u8,
    bytes: &'a [u8],
}

fuzz_target!(|input: Input| {
    let data = input.bytes.repeat(usize::from(input.repeat % 64) + 1);
    let mut options = Options::new().level(input.level % 9 + 1).checksum(input.checksum);
    options = options.group_size(usize::from(input.group_size).max(vatic::GROUP_SIZE_MIN));
    if let Some(codec) = CodecId::ALL.get(usize::from(input.codec)).filter(|codec| codec.is_available()) {
        options = options.codec(*codec);
        if *codec == CodecId::Neural {
            options = options.model(MODEL.clone());
        }
    }
    let packed = vatic::compress(&data, &options).unwrap();
    let given = DecodeOptions::new().model(MODEL.clone());
    assert!(vatic::decompress(&packed, &given).unwrap() == data);
});
