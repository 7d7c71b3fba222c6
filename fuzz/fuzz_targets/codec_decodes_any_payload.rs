//! Every codec turns any payload into so many bytes or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vatic::codec::{self, Params};
use vatic::{CodecId, Limits};

fuzz_target!(|input: (u8, u8, u32, u16, &[u8])| {
    let (id, ensemble, arg, len, payload) = input;
    let id = CodecId::ALL[usize::from(id) % CodecId::ALL.len()];
    let len = usize::from(len);
    let params = Params { level: 5, ensemble: ensemble % 4, arg, group_len: len };
    let limits = Limits { output: u64::MAX, memory: 64 << 20, kdf_memory: 8 << 20 };
    let Ok(mut decoder) = codec::open(id, &params, &limits) else { return };
    let mut out = Vec::new();
    if decoder.decode(payload, len, &mut out).is_ok() {
        assert_eq!(out.len(), len);
    }
});
