//! Records under the engine that exists for tests.

use super::*;
use crate::codec::record::order2::{lines, train};
use crate::transform::log2::log2;
use proptest::prelude::*;
use std::sync::LazyLock;

pub(super) static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let sample = lines(2000, 3);
    train(&sample.iter().map(Vec::as_slice).collect::<Vec<_>>())
});

fn coder(tag: usize) -> RecordCoder {
    RecordCoder::new(&MODEL, &RecordOptions::new().tag(tag)).unwrap()
}

fn packed(coder: &mut RecordCoder, record: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    coder.compress(record, &mut out).unwrap();
    out
}

#[test]
fn every_record_stands_alone() {
    let mut coder = coder(0);
    let records = lines(300, 8);
    let all: Vec<_> = records.iter().map(|record| packed(&mut coder, record)).collect();
    for (record, bytes) in records.iter().zip(&all).rev() {
        assert_eq!(decompress_record(bytes, &MODEL, &RecordOptions::new()).unwrap(), *record);
        assert_eq!(*bytes, compress_record(record, &MODEL, &RecordOptions::new()).unwrap());
    }
    let (raw, small): (usize, usize) = (records.iter().map(Vec::len).sum(), all.iter().map(Vec::len).sum());
    assert!(small * 4 < raw, "{small} of {raw} bytes");
}

/// The coder's interval after a record tells its information: `-log2` of its width.
#[test]
fn a_record_is_a_byte_over_its_information_at_most() {
    struct Count {
        width: u64,
        bits: u64,
    }
    impl Count {
        fn take(&mut self, p: u32) {
            self.width = ((u128::from(self.width) * u128::from(p)) >> 16) as u64;
            self.bits += u64::from(self.width.leading_zeros());
            self.width <<= self.width.leading_zeros();
        }
    }
    let (mut total, mut bytes, mut coder) = (0, 0, coder(0));
    for record in lines(500, 9) {
        // What a decoder is asked is what the encoder coded: replay the probabilities.
        let out = packed(&mut coder, &record);
        let mut count = Count { width: 1 << 63, bits: 0 };
        order2_cost(&record, |p| count.take(p));
        let information = 256 * (count.bits + 31) - u64::from(log2((count.width >> 32) as u32));
        assert!(out.len() as u64 * 8 * 256 <= information + 8 * 256 + 1);
        total += information;
        bytes += out.len() as u64;
    }
    // On average the ending costs a third of a byte.
    let over = bytes * 8 * 256 - total;
    assert!((500 * 2 * 256..500 * 4 * 256).contains(&over), "{} millibits a record", over * 1000 / 256 / 500);
}

/// Calls `take` with the probability of each decision of `record` as it was made.
fn order2_cost(record: &[u8], take: impl FnMut(u32)) {
    crate::codec::record::order2::replay(&MODEL, record, take);
}

#[test]
fn a_tag_takes_its_bytes_and_tells_damage() {
    let records = lines(50, 10);
    let other = train(&[b"something else"]);
    for tag in 1..=4 {
        let (mut plain, mut tagged) = (coder(0), coder(tag));
        let mut unnoticed = 0;
        for record in &records {
            let (bare, full) = (packed(&mut plain, record), packed(&mut tagged, record));
            assert!((bare.len() + tag - 1..=bare.len() + tag + 1).contains(&full.len()));
            for at in 0..full.len() {
                let mut damaged = full.clone();
                damaged[at] ^= 4;
                let mut out = b"before".to_vec();
                match tagged.decompress(&damaged, &mut out) {
                    Ok(()) => unnoticed += u32::from(out[6..] != record[..]),
                    Err(_) => assert_eq!(out, b"before"),
                }
            }
            assert!(decompress_record(&full, &other, &RecordOptions::new().tag(4)).is_err());
        }
        assert!(unnoticed <= [0, 30, 2, 0, 0][tag], "tag {tag}: {unnoticed}");
    }
    assert!(matches!(RecordCoder::new(&MODEL, &RecordOptions::new().tag(5)), Err(Error::InvalidOption(_))));
}

#[test]
fn limits_and_foreign_models_are_errors() {
    let record = lines(1, 1).concat();
    let bytes = compress_record(&record, &MODEL, &RecordOptions::new()).unwrap();
    let tight = |max| decompress_record(&bytes, &MODEL, &RecordOptions::new().max_len(max));
    assert!(matches!(tight(record.len() - 1), Err(Error::Limit { what: "record", .. })));
    assert_eq!(tight(record.len()).unwrap(), record);
    let blocks = crate::codec::primed::model(b"not for records");
    assert!(matches!(RecordCoder::new(&blocks, &RecordOptions::new()), Err(Error::InvalidOption(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_record_comes_back(record in prop::collection::vec(prop_oneof![Just(b'\n'), 97u8..101, any::<u8>()], 0..300), tag in 0usize..5) {
        let mut coder = coder(tag);
        let bytes = packed(&mut coder, &record);
        let mut back = Vec::new();
        coder.decompress(&bytes, &mut back).unwrap();
        prop_assert_eq!(back, record);
    }

    #[test]
    fn any_bytes_end_in_a_result(bytes in prop::collection::vec(any::<u8>(), 0..100), tag in 0usize..5) {
        let mut out = Vec::new();
        let _ = coder(tag).decompress(&bytes, &mut out);
    }
}
