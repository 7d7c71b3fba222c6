//! Any bytes are a model or an error; a model comes back as itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vatic::{Model, ModelLimits};

fuzz_target!(|input: (&[u8], &[u8], bool)| {
    let (header, data, whole) = input;
    let limits = ModelLimits { file: 1 << 20, header: 1 << 16, tensors: 100, tensor: 1 << 16 };
    let framed = [&(header.len() as u64).to_le_bytes()[..], header, data].concat();
    if let Ok(model) = Model::from_bytes(if whole { data } else { &framed }, &limits) {
        let bytes = model.to_bytes().unwrap();
        assert!(Model::from_bytes(&bytes, &ModelLimits::default()).unwrap() == model);
        assert!(model.find(model.id().short()).unwrap() == model);
    }
});
