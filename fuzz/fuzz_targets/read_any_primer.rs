//! Any primer is refused, or codes records that come back; any batch under it gives records or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use vatic::model::{Part, Tensor};
use vatic::{Batch, DecodeOptions, Model, RecordCoder, RecordOptions};

fuzz_target!(|input: (&[u8], &[u8], &[u8], [u8; 4], u16, &[u8], &[u8])| {
    let (tables, contexts, text, [ensemble, lines, overlay, rate], count, record, packed) = input;
    let keys = [
        ("engine", "mix".to_owned()),
        ("ensemble", (ensemble % 5).to_string()),
        ("lines", (lines % 12).to_string()),
        ("overlay", (overlay % 12).to_string()),
        ("contexts", count.to_string()),
        ("rate", rate.to_string()),
        ("step", (rate % 32).to_string()),
        ("terminator", "10".to_owned()),
        ("ends", "60000".to_owned()),
        ("kept", "16".to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value));
    let tensor = |name, bytes: &[u8]| Tensor::new(name, &[bytes.len()], bytes).unwrap();
    let tensors = vec![tensor("tables", tables), tensor("contexts", contexts), tensor("text", text)];
    let part = Part::new("primer", BTreeMap::from(keys), tensors).unwrap();
    let model = Model::new(vec![part], BTreeMap::new()).unwrap();
    if let Ok(mut coder) = RecordCoder::new(&model, &RecordOptions::new().max_len(1 << 16)) {
        let (mut coded, mut back) = (Vec::new(), Vec::new());
        coder.compress(record, &mut coded).unwrap();
        coder.decompress(&coded, &mut back).unwrap();
        assert!(back == record);
        back.clear();
        let _ = coder.decompress(packed, &mut back);
    }
    let options = DecodeOptions::new().models(vec![model]);
    if let Ok(mut batch) = Batch::open(packed, &options) {
        (0..batch.len().min(8)).for_each(|index| drop(batch.get(index)));
    }
});
