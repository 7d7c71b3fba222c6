//! Batches under the engine that exists for tests.

use super::tests::MODEL;
use super::*;
use crate::codec::record::order2::{lines, train};
use crate::{DecodeOptions, Limits, ModelLimits};

fn given() -> DecodeOptions {
    DecodeOptions::new().model(MODEL.clone())
}

#[test]
fn every_record_is_read_alone_or_with_all() {
    let records = lines(100, 4);
    let mut sizes = Vec::new();
    for (bundle, tag) in [(1, 0), (1, 2), (7, 1), (16, 0), (100, 0), (4096, 4)] {
        let packed = compress_many(&records, &MODEL, &BatchOptions::new().bundle(bundle).tag(tag)).unwrap();
        assert_eq!(decompress_many(&packed, &given()).unwrap(), records);
        let mut batch = Batch::open(&packed, &given()).unwrap();
        assert!(batch.len() == 100 && !batch.is_empty() && !batch.model().embedded);
        for index in [0, 99, 15, 16, 50, 1] {
            assert_eq!(batch.get(index).unwrap(), records[index as usize]);
        }
        assert!(matches!(batch.get(100), Err(Error::InvalidOption(_))));
        sizes.push(packed.len());
    }
    // The head has 10 bytes of magic, version, length and hash, 4 of fields, and 9 of model.
    let alone: usize = records.iter().map(|r| compress_record(r, &MODEL, &RecordOptions::new()).unwrap().len()).sum();
    assert_eq!(sizes[0], alone + 100 + 23);
    assert!(sizes[3] < sizes[0] - 100 && sizes[4] <= sizes[3]);
    let none = compress_many([b""; 0], &MODEL, &BatchOptions::new()).unwrap();
    assert_eq!(decompress_many(&none, &given()).unwrap(), [b""; 0]);
    for bundle in [0, 4097] {
        assert!(compress_many(&records, &MODEL, &BatchOptions::new().bundle(bundle)).is_err());
    }
}

#[test]
fn a_batch_needs_its_model_or_carries_it() {
    let records = lines(20, 5);
    let packed = compress_many(&records, &MODEL, &BatchOptions::new()).unwrap();
    let missing = Batch::open(&packed, &DecodeOptions::new().model(train(&[b"other"]))).unwrap_err();
    assert!(matches!(missing, Error::ModelMissing { id } if id == MODEL.id().short()));
    let packed = compress_many(&records, &MODEL, &BatchOptions::new().embed_model(true)).unwrap();
    assert!(Batch::open(&packed, &DecodeOptions::new()).unwrap().model().embedded);
    assert_eq!(decompress_many(&packed, &DecodeOptions::new()).unwrap(), records);
    let tight = DecodeOptions::new().model_limits(ModelLimits { file: 1000, ..ModelLimits::default() });
    assert!(matches!(Batch::open(&packed, &tight), Err(Error::Limit { .. })));
    // A model that has no use for records is no model of a batch.
    let blocks = crate::codec::primed::model(b"blocks").subset(&["primer"]).unwrap();
    let mut forged = Vec::new();
    let model = crate::container::batch::BatchHead::model_body(&blocks, true).unwrap();
    crate::container::batch::BatchHead { tag: 0, model, count: 0, bundle: 1, ends: vec![] }.write(&mut forged);
    assert!(matches!(Batch::open(&forged, &DecodeOptions::new()), Err(Error::Corrupt { .. })));
}

#[test]
fn damage_is_told_by_head_and_tags() {
    let records = lines(12, 6);
    let packed = compress_many(&records, &MODEL, &BatchOptions::new().tag(4).bundle(5)).unwrap();
    for at in 0..packed.len() {
        let mut damaged = packed.clone();
        damaged[at] ^= 1 << (at % 8);
        if let Ok(back) = decompress_many(&damaged, &given()) {
            assert_eq!(back, records, "byte {at}");
        }
        if let Ok(mut batch) = Batch::open(&damaged, &given()) {
            assert!(at > 25);
            for (index, record) in (0..).zip(&records) {
                assert!(batch.get(index).is_err() || batch.get(index).unwrap() == *record);
            }
        }
        assert!(decompress_many(&packed[..at], &given()).is_err());
    }
    assert!(decompress_many(&[&packed[..], b"x"].concat(), &given()).is_err());
}

#[test]
fn counts_that_lie_cost_no_memory() {
    let model = crate::container::batch::BatchHead::model_body(&MODEL, false).unwrap();
    let batch = |count, bundle, ends: Vec<u64>, bytes: &[u8]| {
        let mut out = Vec::new();
        crate::container::batch::BatchHead { tag: 0, model: model.clone(), count, bundle, ends }.write(&mut out);
        out.extend_from_slice(bytes);
        out
    };
    for forged in [
        batch(u64::MAX, 1, vec![], b""),
        batch(1, 0, vec![], b""),
        batch(1, 1, vec![2], b"x"),
        batch(1, 1, vec![1], b"xx"),
        batch(0, 1, vec![1], b"x"),
    ] {
        assert!(matches!(decompress_many(&forged, &given()), Err(Error::Corrupt { .. } | Error::Truncated { .. })));
    }
    // One byte does not become thousands of records.
    let few = batch(4096, 4096, vec![1], b"x");
    assert!(decompress_many(&few, &given()).is_err());
    let records = lines(50, 7);
    let packed = compress_many(&records, &MODEL, &BatchOptions::new()).unwrap();
    for (output, memory) in [(1000, 1 << 30), (1 << 30, 100)] {
        let limits = Limits { output, memory, ..Limits::default() };
        assert!(matches!(decompress_many(&packed, &given().limits(limits)), Err(Error::Limit { .. })));
    }
}
