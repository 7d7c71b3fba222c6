//! Any transformer, with any gates beside it, is refused, or codes texts that come back; any payload under it gives bytes or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use vatic::codec::{self, Params, neural};
use vatic::model::{Part, Tensor};
use vatic::{CodecId, Limits, Model, ModelLimits};

#[path = "../../core/tests/common/transformer.rs"]
mod transformer;

/// Of our own arithmetic.
const OWN: &[u8] = include_bytes!("../../tests/vectors/transformer/random-0.vatm");
/// Of czip's.
static CZIP: LazyLock<Vec<u8>> = LazyLock::new(|| transformer::model(1).to_bytes().unwrap());

/// A model that makes sense, but for some bytes of its tensors.
fn edited(own: bool, edits: &[(u32, u8)]) -> Model {
    let mut file = if own { OWN.to_vec() } else { CZIP.clone() };
    let header = 8 + u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let data = &mut file[header..];
    for &(at, value) in edits {
        let at = at as usize % data.len();
        data[at] = value;
    }
    Model::from_bytes(&file, &ModelLimits::default()).unwrap()
}

fn with_key(model: &Model, which: u8, value: u16) -> Model {
    let part = model.part(neural::PART).unwrap();
    let mut keys = part.keys().clone();
    let name = keys.keys().nth(usize::from(which) % keys.len()).unwrap().clone();
    keys.insert(name, value.to_string());
    model.with_part(Part::new(neural::PART, keys, part.tensors().to_vec()).unwrap()).unwrap()
}

fn with_gates(model: &Model, tables: &[u8], calibration: &[u8], step: u8) -> Model {
    let keys = [("ensemble", neural::ENSEMBLES[0].to_string()), ("step", (step % 32).to_string())];
    let keys = BTreeMap::from(keys.map(|(key, value)| (key.to_owned(), value)));
    let tensor = |name, bytes: &[u8]| Tensor::new(name, &[bytes.len()], bytes).unwrap();
    let tensors = vec![tensor("tables", tables), tensor("calibration", calibration)];
    model.with_part(Part::new(neural::primer::PART, keys, tensors).unwrap()).unwrap()
}

type Gates<'a> = (&'a [u8], &'a [u8], u8);

fuzz_target!(|input: (bool, Vec<(u32, u8)>, Option<(u8, u16)>, Option<Gates<'_>>, &[u8], &[u8])| {
    let (own, edits, key, gates, text, payload) = input;
    let mut model = edited(own, &edits);
    if let Some((which, value)) = key {
        model = with_key(&model, which, value);
    }
    if let Some((tables, calibration, step)) = gates {
        model = with_gates(&model, tables, calibration, step);
    }
    let params = Params { level: 8, ensemble: neural::ENSEMBLES[0], arg: 10, group_len: text.len() };
    let models = codec::models_used(CodecId::Neural, &params, &[model]);
    let limits = Limits { output: u64::MAX, memory: 256 << 20, kdf_memory: 8 << 20 };
    let open = || codec::open_with(CodecId::Neural, &params, &models, &limits);
    let Ok(mut codec) = open() else { return };
    let (mut packed, mut back) = (Vec::new(), Vec::new());
    codec.encode(text, &mut packed).unwrap();
    open().unwrap().decode(&packed, text.len(), &mut back).unwrap();
    assert!(back == text);
    back.clear();
    if open().unwrap().decode(payload, 300, &mut back).is_ok() {
        assert_eq!(back.len(), 300);
    }
});
