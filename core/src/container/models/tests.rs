//! Frames coded with models, by the codec that exists for this.

use crate::codec::CodecId;
use crate::codec::primed::model;
use crate::codec::record::order2::{lines, train};
use crate::container::record::{RecordType, put_record};
use crate::container::wire::put_varint;
use crate::container::{FORMAT_VERSION, MAGIC};
use crate::error::{Error, Result};
use crate::{DecodeOptions, Decoder, Model, ModelLimits, Options, SeekDecoder, ShortId, compress, decompress, info};
use std::io::{Cursor, Read};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Bytes that no codec shrinks.
fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut random = crate::transform::samples::Random(seed);
    (0..len).map(|_| (random.next() >> 40) as u8).collect()
}

fn used(model: &Model) -> ShortId {
    model.subset(&["primer"]).unwrap().id().short()
}

/// Two models, and 90 KB of groups that only the two together explain.
fn sample() -> (Vec<Model>, Vec<u8>, Options) {
    let (a, b) = (noise(30_000, 1), noise(20_000, 2));
    let mut group = a.clone();
    group.iter_mut().zip(&b).for_each(|(byte, key)| *byte ^= key);
    let data = group.repeat(3);
    let models = vec![model(&a), model(&b)];
    let options =
        Options::new().codec(CodecId::Primed).models(models.clone()).group_size(30_000).dedup(false).verify(true);
    (models, data, options)
}

#[test]
fn a_frame_cites_the_parts_that_were_used() {
    let (models, data, options) = sample();
    for threads in [1, 2] {
        let packed = compress(&data, &options.clone().threads(threads)).unwrap();
        assert!(packed.len() < 1000, "{} bytes", packed.len());
        let needs = &info(&packed).unwrap().frames[0];
        let ids: Vec<_> = needs.models.iter().map(|model| (model.id, model.embedded)).collect();
        assert_eq!(ids, [(used(&models[0]), false), (used(&models[1]), false)]);
        assert!(needs.groups.iter().all(|group| group.models == [0, 1]) && needs.groups.len() >= 3);
        let given = DecodeOptions::new().models(models.clone()).threads(threads);
        assert!(decompress(&packed, &given).unwrap() == data);
        let Err(Error::ModelMissing { id }) = decompress(&packed, &DecodeOptions::new().model(models[0].clone()))
        else {
            panic!("decoded without its model")
        };
        assert_eq!(id, used(&models[1]));
        // Without its other part a model will do; with the wrong primer it will not.
        let bare = models.iter().map(|model| model.subset(&["primer"]).unwrap()).collect();
        assert!(decompress(&packed, &DecodeOptions::new().models(bare)).unwrap() == data);
        assert!(decompress(&packed, &DecodeOptions::new().models(vec![model(b"other"), model(b"")])).is_err());
    }
}

#[test]
fn a_provider_is_asked_once_a_record() {
    let (models, data, options) = sample();
    let packed = compress(&data, &options).unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (list, stock) = (asked.clone(), models.clone());
    let options = DecodeOptions::new().model_provider(move |id| {
        list.lock().unwrap().push(id);
        stock.iter().find(|model| model.find(id).is_some()).cloned()
    });
    assert!(decompress(&packed, &options).unwrap() == data);
    assert_eq!(*asked.lock().unwrap(), [used(&models[0]), used(&models[1])]);
    // One that gives what was not asked for gives nothing.
    let wrong = DecodeOptions::new().model_provider(|_| Some(model(b"wrong")));
    assert!(matches!(decompress(&packed, &wrong), Err(Error::ModelMissing { .. })));
}

#[test]
fn an_embedded_model_is_all_that_is_needed() {
    let (models, data, options) = sample();
    let packed = compress(&data, &options.embed_model(true)).unwrap();
    assert!((50_000..52_000).contains(&packed.len()), "{} bytes", packed.len());
    let never = DecodeOptions::new().model_provider(|_| panic!("asked for a model that is there"));
    assert!(decompress(&packed, &never).unwrap() == data);
    let needs = &info(&packed).unwrap().frames[0].models;
    assert!(needs.iter().all(|model| model.embedded) && needs[0].id == used(&models[0]));
    let tight = |file| DecodeOptions::new().model_limits(ModelLimits { file, ..ModelLimits::default() });
    for file in [29_000, 49_000] {
        assert!(matches!(decompress(&packed, &tight(file)), Err(Error::Limit { what: "model size", .. })));
    }
    assert!(decompress(&packed, &tight(52_000)).is_ok());
}

#[test]
fn ranges_find_their_models() {
    let (models, data, options) = sample();
    for embed in [false, true] {
        // With and without an index, and as the second of two frames.
        let indexed = compress(&data, &options.clone().embed_model(embed)).unwrap();
        let short = compress(&data[..60_000], &options.clone().embed_model(embed)).unwrap();
        let two = [&short[..], &short].concat();
        for (packed, plain) in [(indexed, &data[..]), (short, &data[..60_000]), (two, &data[..60_000].repeat(2))] {
            let calls = Arc::new(AtomicUsize::new(0));
            let (counter, stock) = (calls.clone(), models.clone());
            let given = DecodeOptions::new().model_provider(move |id| {
                counter.fetch_add(1, Ordering::Relaxed);
                stock.iter().find_map(|model| model.find(id))
            });
            let mut seek = SeekDecoder::new(Cursor::new(&packed), &given).unwrap();
            for at in [plain.len() - 700, 29_900, 5, 59_000] {
                assert!(seek.read_at(at as u64, 600).unwrap() == plain[at..at + 600]);
            }
            assert!(calls.load(Ordering::Relaxed) <= if embed { 0 } else { 4 });
            if !embed {
                let mut none = SeekDecoder::new(Cursor::new(&packed), &DecodeOptions::new()).unwrap();
                assert!(matches!(none.read_at(9, 9), Err(Error::ModelMissing { .. })));
            }
        }
    }
}

#[test]
fn codecs_that_use_no_model_cite_none() {
    let (models, _, _) = sample();
    let text = b"what was not used is not cited. ".repeat(200);
    for data in [&text[..], &noise(5000, 3), b"tiny", b""] {
        for codec in [None, Some(CodecId::Order), Some(CodecId::Store)] {
            let mut options = Options::new();
            if let Some(codec) = codec {
                options = options.codec(codec);
            }
            let with = options.clone().models(models.clone()).embed_model(true);
            assert!(compress(data, &options).unwrap() == compress(data, &with).unwrap());
        }
    }
    // Nor is one that was tried and did not help.
    let (models, _, options) = sample();
    let packed = compress(&noise(5000, 4), &options.models(models)).unwrap();
    assert!(info(&packed).unwrap().frames[0].models.is_empty());
}

#[test]
fn no_flip_gives_wrong_bytes() {
    let keys = noise(2000, 5);
    let model = model(&keys);
    for embed in [false, true] {
        let options = Options::new().codec(CodecId::Primed).model(model.clone()).embed_model(embed);
        let packed = compress(&keys, &options).unwrap();
        let given = DecodeOptions::new().model(model.clone());
        for at in 0..packed.len() {
            let mut damaged = packed.clone();
            damaged[at] ^= 1 << (at % 8);
            let whole = decompress(&damaged, &given);
            assert!(whole.as_ref().is_err() || whole.as_ref().is_ok_and(|out| *out == keys), "byte {at}");
            let mut out = Vec::new();
            let streamed = Decoder::new(&damaged[..], &given.clone().threads(2)).read_to_end(&mut out);
            assert!(keys.starts_with(&out) && streamed.is_ok() == whole.is_ok(), "byte {at}");
            let _ = info(&damaged);
            assert!(decompress(&packed[..at], &given).is_err());
        }
    }
}

#[test]
fn a_tiny_frame_is_a_record_and_sixteen_bytes() {
    let sample = lines(1000, 1);
    let model = train(&sample.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let id = model.id().short();
    let given = DecodeOptions::new().model(model.clone());
    let options = Options::new().model(model.clone());
    let mut all = Vec::new();
    for record in lines(30, 2) {
        let packed = compress(&record, &options).unwrap();
        let bare = crate::compress_record(&record, &model, &crate::RecordOptions::new()).unwrap();
        assert_eq!(packed.len(), bare.len() + 16);
        assert_eq!(decompress(&packed, &given).unwrap(), record);
        let missing = decompress(&packed, &DecodeOptions::new());
        assert!(matches!(missing, Err(Error::ModelMissing { id: cited }) if cited == id));
        let frame = &info(&packed).unwrap().frames[0];
        assert!(frame.tiny && frame.content_length.is_none() && frame.models[0].id == id);
        for at in 0..packed.len() {
            let mut damaged = packed.clone();
            damaged[at] ^= 1 << (at % 8);
            // The last bits of a stream may be any.
            assert!(decompress(&damaged, &given).map_or(true, |out| out == record));
            assert!(decompress(&packed[..at], &given).is_err());
        }
        all.push((packed, record));
    }
    let (packed, plain): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    let (packed, plain) = (packed.concat(), plain.concat());
    assert!(decompress(&packed, &given).unwrap() == plain);
    assert!(info(&packed).unwrap().content_length().is_none());
    let mut seek = SeekDecoder::new(Cursor::new(&packed), &given).unwrap();
    assert!(seek.len() == plain.len() as u64 && seek.read_at(100, 500).unwrap() == plain[100..600]);
    assert!(matches!(SeekDecoder::new(Cursor::new(&packed), &DecodeOptions::new()), Err(Error::ModelMissing { .. })));
    // Where the model does not pay for its id, or is to be carried, the frame does without.
    for (data, options) in [(&b"x"[..], options.clone()), (&sample[0][..], options.embed_model(true))] {
        assert!(info(&compress(data, &options).unwrap()).unwrap().frames[0].models.is_empty());
    }
}

/// A frame of one group of `codec` with these MODEL bodies and this list of models.
fn craft(bodies: &[&[u8]], codec: CodecId, models: &[u8]) -> Vec<u8> {
    let mut frame = [&MAGIC[..], &[FORMAT_VERSION]].concat();
    put_record(&mut frame, RecordType::Header, &[0, 0, 100]);
    for body in bodies {
        put_record(&mut frame, RecordType::Model, body);
    }
    let head = [&[if models.is_empty() { 0 } else { 8 }, codec as u8, 0, 0, 0, 4], models].concat();
    put_record(&mut frame, RecordType::Group, &head);
    put_record(&mut frame, RecordType::Block, b"\x02\x08a primed payloaddata");
    let mut footer = vec![4];
    put_varint(&mut footer, frame.len() as u64);
    footer.extend([0, footer.len() as u8 + 6, b'v', 0xF6]);
    put_record(&mut frame, RecordType::Footer, &footer);
    frame
}

fn cited(model: &Model) -> Vec<u8> {
    [&[0], &model.id().short().0[..]].concat()
}

fn carried(model: &Model) -> Vec<u8> {
    [&[1], &model.id().short().0[..], &model.to_bytes().unwrap()].concat()
}

#[test]
fn lies_are_errors() {
    let primer = model(b"\0\0\0\0").subset(&["primer"]).unwrap();
    let given = DecodeOptions::new().model(primer.clone());
    let decode = |frame: Vec<u8>| -> Result<Vec<u8>> {
        let _ = info(&frame);
        if let Ok(mut seek) = SeekDecoder::new(Cursor::new(&frame), &given) {
            let _ = seek.read_at(0, 9);
        }
        decompress(&frame, &given)
    };
    let primed = |bodies: &[&[u8]], models: &[u8]| decode(craft(bodies, CodecId::Primed, models));
    let (good, whole, unknown) = (&cited(&primer)[..], &carried(&primer)[..], &cited(&model(b"unknown"))[..]);
    assert_eq!(primed(&[good], &[1, 0]).unwrap(), b"data");
    assert_eq!(primed(&[whole], &[1, 0]).unwrap(), b"data");
    assert_eq!(primed(&[unknown, good], &[1, 1]).unwrap(), b"data");
    // One model more than once is odd, but harmless.
    assert_eq!(primed(&[good], &[8, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap(), b"data");
    let mut swapped = whole.to_vec();
    swapped[1] ^= 1;
    let corrupt = [
        primed(&[], &[1, 0]),
        primed(&[good], &[1, 1]),
        primed(&[good], &[0]),
        primed(&[good], &[9, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        primed(&[good], &[2, 0]),
        primed(&[&[good, b"more"].concat()], &[1, 0]),
        primed(&[&good[..5]], &[1, 0]),
        primed(&[&swapped], &[1, 0]),
        primed(&[good; 65], &[1, 0]),
        // A codec that has no use for models, and a part that the codec has no use for.
        decode(craft(&[good], CodecId::Store, &[1, 0])),
        primed(&[&carried(&model(b""))], &[1, 0]),
    ];
    for (number, result) in corrupt.into_iter().enumerate() {
        assert!(matches!(result, Err(Error::Corrupt { .. })), "case {number}: {result:?}");
    }
    assert!(matches!(primed(&[&[&[2], &good[1..]].concat()], &[1, 0]), Err(Error::Unsupported { .. })));
    assert!(matches!(primed(&[unknown], &[1, 0]), Err(Error::ModelMissing { .. })));
    assert!(matches!(primed(&[&whole[..20]], &[1, 0]), Err(Error::Truncated { .. } | Error::NotVatic { .. })));
}
