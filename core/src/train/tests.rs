use super::*;
use crate::codec::record::order2::lines;
use crate::options::{DecodeOptions, Options};
use crate::{BatchOptions, compress_many, decompress_many};

fn trained(samples: &[Vec<u8>]) -> Trained {
    Model::train_primer(samples, &TrainOptions::new()).unwrap()
}

#[test]
fn records_shrink_and_come_back() {
    let sample = lines(600, 1);
    let trained = trained(&sample);
    assert!(trained.held_out_coded * 3 < trained.held_out_plain, "{trained:?}");
    assert!(trained.model.tensor_bytes() < 400_000, "{trained:?}");
    let mut coder = RecordCoder::new(&trained.model, &RecordOptions::new()).unwrap();
    let mut total = 0;
    for record in
        lines(100, 2).iter().chain(&[vec![], vec![0; 3], b"\n".to_vec(), b"a\nb".to_vec(), vec![b'x'; 40_000]])
    {
        let (mut packed, mut back) = (Vec::new(), Vec::new());
        coder.compress(record, &mut packed).unwrap();
        coder.decompress(&packed, &mut back).unwrap();
        assert!(back == *record);
        // A coder that has coded others gives what a fresh one gives.
        assert!(crate::compress_record(record, &trained.model, &RecordOptions::new()).unwrap() == packed);
        total += if record.len() < 100 { packed.len() } else { 0 };
    }
    assert!(total < 900, "{total}");
}

#[test]
fn threads_share_one_primer() {
    let model = trained(&lines(300, 1)).model;
    let records = lines(40, 3);
    let expected: Vec<Vec<u8>> =
        records.iter().map(|record| crate::compress_record(record, &model, &RecordOptions::new()).unwrap()).collect();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut coder = RecordCoder::new(&model, &RecordOptions::new()).unwrap();
                for (record, expected) in records.iter().zip(&expected) {
                    let (mut packed, mut back) = (Vec::new(), Vec::new());
                    coder.compress(record, &mut packed).unwrap();
                    coder.decompress(expected, &mut back).unwrap();
                    assert!(packed == *expected && back == *record);
                }
            });
        }
    });
}

#[test]
fn files_batches_and_tiny_frames_use_the_same_primer() {
    let model = trained(&lines(300, 1)).model;
    let file = lines(40, 5).join(&b'\n');
    let options = Options::new().level(8);
    let plain = crate::compress(&file, &options).unwrap();
    let packed = crate::compress(&file, &options.clone().models(vec![model.clone()])).unwrap();
    assert!(packed.len() * 4 < plain.len() * 3, "{} {}", packed.len(), plain.len());
    assert!(matches!(crate::decompress(&packed, &DecodeOptions::new()), Err(Error::ModelMissing { .. })));
    let models = DecodeOptions::new().models(vec![model.clone()]);
    assert!(crate::decompress(&packed, &models).unwrap() == file);
    let embedded = crate::compress(&file, &options.models(vec![model.clone()]).embed_model(true)).unwrap();
    assert!(crate::decompress(&embedded, &DecodeOptions::new()).unwrap() == file);
    let records = lines(50, 6);
    let batch = compress_many(&records, &model, &BatchOptions::new()).unwrap();
    assert_eq!(decompress_many(&batch, &models).unwrap(), records);
    let tiny = crate::compress(&records[0], &Options::new().models(vec![model])).unwrap();
    assert!(tiny.len() < 30 && crate::decompress(&tiny, &models).unwrap() == records[0]);
}

#[test]
fn the_same_samples_give_the_same_primer_in_the_size_asked_for() {
    let sample = lines(300, 1);
    assert_eq!(trained(&sample).model, trained(&sample).model);
    let small = Model::train_primer(&sample, &TrainOptions::new().size(60_000).ensemble(3)).unwrap();
    assert!(small.model.tensor_bytes() <= 60_000);
    let refused = [
        Model::train_primer(&sample, &TrainOptions::new().size(10)),
        Model::train_primer(&sample, &TrainOptions::new().ensemble(99)),
        Model::train_primer::<Vec<u8>>(&[], &TrainOptions::new()),
    ];
    assert!(refused.iter().all(|result| matches!(result, Err(Error::InvalidOption(_)))));
    let cancelled = Model::train_primer(&sample, &TrainOptions::new().progress(|_, _| ControlFlow::Break(())));
    assert!(matches!(cancelled, Err(Error::Cancelled)));
}

#[test]
fn hostile_primers_give_typed_errors() {
    let model = trained(&lines(100, 1)).model;
    let part = model.part("primer").unwrap();
    let open = |keys: &BTreeMap<String, String>, tensors: Vec<crate::model::Tensor>| {
        let part = Part::new("primer", keys.clone(), tensors).unwrap();
        let model = Model::new(vec![part], BTreeMap::new()).unwrap();
        RecordCoder::new(&model, &RecordOptions::new()).err()
    };
    assert!(open(part.keys(), part.tensors().to_vec()).is_none());
    for (key, value) in [
        ("ensemble", "77"),
        ("lines", "60"),
        ("contexts", "99999999999"),
        ("contexts", "x"),
        ("overlay", "50"),
        ("rate", "1000"),
        ("terminator", "300"),
    ] {
        let mut keys = part.keys().clone();
        keys.insert(key.into(), value.into());
        let error = open(&keys, part.tensors().to_vec()).expect(key);
        assert!(
            matches!(error, Error::Corrupt { .. } | Error::Unsupported { .. } | Error::InvalidOption(_)),
            "{error}"
        );
    }
    for at in 0..part.tensors().len() {
        let mut tensors = part.tensors().to_vec();
        tensors.remove(at);
        assert!(open(part.keys(), tensors).is_some());
        let old = &part.tensors()[at];
        let noise: Vec<u8> = (0..old.bytes().len().min(5000)).map(|i| (i * i * 31 + i) as u8 ^ 0x5A).collect();
        let mut tensors = part.tensors().to_vec();
        tensors[at] = crate::model::Tensor::new(old.name(), &[noise.len()], &noise).unwrap();
        // Wrong counters are counters too; what they are coded with still comes back, or there is a typed error.
        let part = Part::new("primer", part.keys().clone(), tensors).unwrap();
        let hostile = Model::new(vec![part], BTreeMap::new()).unwrap();
        if let Ok(packed) = crate::compress_record(b"some text", &hostile, &RecordOptions::new()) {
            let back = crate::decompress_record(&packed, &hostile, &RecordOptions::new()).unwrap();
            assert_eq!(back, b"some text");
        }
    }
}
