use super::*;
use crate::codec::record::order2::lines;
use crate::options::{DecodeOptions, Options};
use crate::{BatchOptions, compress_many, decompress_many};
use proptest::prelude::*;

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

mod beside {
    use super::*;
    use crate::codec::{CodecId, Limits, Params, models_used, open_with};
    use crate::small;
    use crate::transform::samples;

    fn trained() -> Trained {
        let samples: Vec<Vec<u8>> = samples::prose(40_000).chunks(2_000).map(<[u8]>::to_vec).collect();
        Model::train_primer(&samples, &TrainOptions::new().beside(&small::model(1)).ensemble(9)).unwrap()
    }

    fn params(ensemble: u8, group_len: usize) -> Params {
        Params { level: 8, ensemble, arg: 10, group_len }
    }

    #[test]
    fn texts_shrink_and_come_back_and_cite_what_they_used() {
        let Trained { model, held_out_coded, held_out_plain, .. } = trained();
        assert!(held_out_coded * 100 < held_out_plain * 98, "{held_out_coded} {held_out_plain}");
        assert_eq!(model.parts().map(Part::name).collect::<Vec<_>>(), ["gates", "transformer"]);
        assert_eq!(model.subset(&["transformer"]), small::model(1).subset(&["transformer"]));
        for text in [samples::prose(3_000), samples::prose(70_000), b"a".to_vec(), vec![0xFF; 300]] {
            let options = Options::new().level(8).codec(CodecId::Neural).model(model.clone());
            let packed = crate::compress(&text, &options).unwrap();
            let back = crate::decompress(&packed, &DecodeOptions::new().models(vec![model.clone()])).unwrap();
            assert!(back == text);
        }
        let known = models_used(CodecId::Neural, &params(9, 100), std::slice::from_ref(&model));
        assert_eq!(known[0].parts().len(), 2);
        // Of another ensemble, or for another codec, it is none.
        for ensemble in [10, 255] {
            let known = models_used(CodecId::Neural, &params(ensemble, 100), std::slice::from_ref(&model));
            assert_eq!(known[0].parts().map(Part::name).collect::<Vec<_>>(), ["transformer"]);
        }
        assert!(models_used(CodecId::Mix, &params(9, 100), std::slice::from_ref(&model)).is_empty());
        assert!(RecordCoder::new(&model, &RecordOptions::new()).is_err());
        let other = open_with(CodecId::Neural, &params(10, 100), &[model], &Limits::default());
        assert!(matches!(other.err(), Some(Error::Corrupt { .. })));
    }

    #[test]
    fn what_was_learnt_serves_models_that_have_other_parts_and_sizes() {
        let samples = [samples::prose(5_000)];
        let base = trained().model;
        // A primer takes the place of the one that was there.
        let options = TrainOptions::new().beside(&base).ensemble(10);
        let again = Model::train_primer(&samples, &options).unwrap();
        assert_eq!((again.ensemble, again.model.parts().len()), (10, 2));
        assert_eq!(again.model, Model::train_primer(&samples, &options).unwrap().model);
        let primer = again.model.part("gates").unwrap().tensor_bytes();
        let smaller = Model::train_primer(&samples, &options.clone().size(primer as usize - 1)).unwrap();
        assert!(smaller.model.part("gates").unwrap().tensor_bytes() < primer);
        let primer = again.model.subset(&["gates"]).unwrap();
        let refused = [options.clone().size(10), options.clone().ensemble(3), options.beside(&primer)];
        for options in refused {
            assert!(matches!(Model::train_primer(&samples, &options), Err(Error::InvalidOption(_))));
        }
    }

    #[test]
    fn hostile_primers_give_typed_errors() {
        let model = trained().model;
        let part = model.part("gates").unwrap();
        let open = |keys: &BTreeMap<String, String>, tensors: Vec<crate::model::Tensor>| {
            let model = model.with_part(Part::new("gates", keys.clone(), tensors).unwrap()).unwrap();
            open_with(CodecId::Neural, &params(9, 300), &[model], &Limits::default())
        };
        for (key, value) in [("ensemble", "3"), ("ensemble", "x"), ("step", "29"), ("step", "-1")] {
            let mut keys = part.keys().clone();
            keys.insert(key.into(), value.into());
            assert!(matches!(open(&keys, part.tensors().to_vec()).err(), Some(Error::Corrupt { .. })), "{key} {value}");
        }
        let text = samples::prose(300);
        for at in 0..part.tensors().len() {
            let old = &part.tensors()[at];
            let noise: Vec<u8> = (0..old.bytes().len().min(5000)).map(|i| (i * i * 31 + i) as u8 ^ 0x5A).collect();
            for bytes in [&old.bytes()[..old.bytes().len() / 2], &[old.bytes(), &[1]].concat(), &noise, &[]] {
                let mut tensors = part.tensors().to_vec();
                tensors[at] = crate::model::Tensor::new(old.name(), &[bytes.len()], bytes).unwrap();
                match open(part.keys(), tensors.clone()) {
                    Err(error) => assert!(matches!(error, Error::Corrupt { .. } | Error::Truncated { .. }), "{error}"),
                    // Wrong weights are weights too.
                    Ok(mut codec) => {
                        let (mut packed, mut back) = (Vec::new(), Vec::new());
                        codec.encode(&text, &mut packed).unwrap();
                        let mut codec = open(part.keys(), tensors).unwrap();
                        codec.decode(&packed, text.len(), &mut back).unwrap();
                        assert!(back == text);
                    }
                }
            }
        }
        // Without calibration it does; not without its tables.
        for (left_out, opens) in [("calibration", true), ("tables", false)] {
            let tensors = part.tensors().iter().filter(|tensor| tensor.name() != left_out).cloned().collect();
            assert_eq!(open(part.keys(), tensors).is_ok(), opens);
        }
        let little = Limits { memory: 4 << 20, ..Limits::default() };
        let refused = open_with(CodecId::Neural, &params(9, 300), std::slice::from_ref(&model), &little);
        assert!(matches!(refused.err(), Some(Error::Limit { .. })));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_blocks_round_trip_behind_any_samples(
            samples in prop::collection::vec(prop::collection::vec(prop_oneof![any::<u8>(), 97..104u8], 1..300), 1..4),
            blocks in prop::collection::vec(prop::collection::vec(prop_oneof![any::<u8>(), 97..104u8], 0..300), 0..4),
            ensemble in 9u8..11,
            size in prop_oneof![Just(1usize << 20), Just(60_000)],
        ) {
            let options = TrainOptions::new().beside(&small::model(1)).ensemble(ensemble).size(size);
            let model = Model::train_primer(&samples, &options).unwrap().model;
            let params = params(ensemble, blocks.concat().len());
            let open = || open_with(CodecId::Neural, &params, std::slice::from_ref(&model), &Limits::default()).unwrap();
            let (mut encoder, mut decoder) = (open(), open());
            for block in &blocks {
                let (mut packed, mut back) = (Vec::new(), Vec::new());
                encoder.encode(block, &mut packed).unwrap();
                decoder.decode(&packed, block.len(), &mut back).unwrap();
                prop_assert!(back == *block);
            }
        }
    }
}
