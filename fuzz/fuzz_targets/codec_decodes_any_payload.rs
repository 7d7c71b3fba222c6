//! Every codec turns any payload into so many bytes or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use vatic::codec::{self, Params, neural};
use vatic::{CodecId, Limits, Model};

#[path = "../../core/tests/common/transformer.rs"]
mod transformer;

/// For the codec that needs one.
static MODEL: LazyLock<[Model; 1]> = LazyLock::new(|| [transformer::model(1)]);

fuzz_target!(|input: (u8, u8, u32, u16, &[u8])| {
    let (id, ensemble, arg, len, payload) = input;
    let id = CodecId::ALL[usize::from(id) % CodecId::ALL.len()];
    let len = usize::from(len);
    let (ensemble, models) = match id {
        CodecId::Neural => {
            ([neural::ENSEMBLES[0], neural::ENSEMBLES[1], neural::PURE][usize::from(ensemble) % 3], &MODEL[..])
        }
        _ => (ensemble % 4, &[][..]),
    };
    let params = Params { level: 5, ensemble, arg, group_len: len };
    let limits = Limits { output: u64::MAX, memory: 64 << 20, kdf_memory: 8 << 20 };
    let Ok(mut decoder) = codec::open_with(id, &params, models, &limits) else { return };
    let mut out = Vec::new();
    if decoder.decode(payload, len, &mut out).is_ok() {
        assert_eq!(out.len(), len);
    }
});
