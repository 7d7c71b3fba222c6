//! czip's files: against those that its own programs wrote, where they are at hand, and against small ones of ours.
#![cfg(feature = "czip")]

#[path = "common/czm.rs"]
mod czm;

use czm::{FLAT, LOUD, QUIET, Recipe};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use vatic::Error;
use vatic::neural::czip::{CzipLimits, CzipModel, CzipOptions, OuterCodec, compress, decompress, is_czip};

const PROSE: &str = "The café was closing; nothing in the rain's sound, 1234567 drops, kept them there.\r\n\n  \u{feff}日本語 🎉\t\
                     <|bos|>and the <|eos|> of it.\n";

fn model(recipe: Recipe) -> CzipModel {
    CzipModel::from_bytes(&czm::model(recipe)).unwrap()
}

fn back(model: &CzipModel, packed: &[u8]) -> vatic::Result<Vec<u8>> {
    decompress(model, packed, &CzipLimits::default())
}

/// The unpacked payload of a file.
fn unpacked(file: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match file[7] {
        1 => drop(std::io::Read::read_to_end(&mut brotli::Decompressor::new(&file[16..], 4096), &mut out).unwrap()),
        #[cfg(feature = "zstd")]
        _ => out = zstd::decode_all(&file[16..]).unwrap(),
        #[cfg(not(feature = "zstd"))]
        _ => panic!("a file of zstd"),
    }
    out
}

/// What two writers agree on: the header, and the payload behind the four bytes that name the model.
fn agreed(file: &[u8]) -> (Vec<u8>, Vec<u8>) {
    (file[..16].to_vec(), unpacked(file)[4..].to_vec())
}

/// Where files of czip's own programs are, with the texts they were made of: `VATIC_CZIP_DIR`.
fn foreign() -> Option<PathBuf> {
    let folder = std::env::var_os("VATIC_CZIP_DIR").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: VATIC_CZIP_DIR names no folder with files of czip");
    }
    folder
}

#[test]
#[cfg(feature = "zstd")]
fn files_of_czip_are_read_and_written_bit_for_bit() {
    let Some(folder) = foreign() else { return };
    let model = CzipModel::from_bytes(&std::fs::read(folder.join("v001_eng.czm")).unwrap()).unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some((stem, codec)) = name.strip_suffix(".czip").and_then(|name| name.rsplit_once('.')) else { continue };
        let mut options = CzipOptions::new();
        if codec == "zstd" {
            options = options.codec(OuterCodec::Zstd);
        }
        let (stem, level) = stem.rsplit_once(".L").map_or((stem, None), |(stem, level)| (stem, Some(level)));
        if let Some(level) = level {
            options = options.level(level.parse().unwrap());
        }
        let text = std::fs::read(folder.join(format!("{stem}.txt"))).unwrap();
        let packed = std::fs::read(folder.join(&name)).unwrap();
        assert!(back(&model, &packed).unwrap() == text, "{name}");
        assert!(agreed(&compress(&model, &text, &options).unwrap()) == agreed(&packed), "{name}");
        files += 1;
    }
    assert!(files > 0, "no .czip files in {}", folder.display());
}

/// The texts of `tests/vectors/czip`, and how each is coded.
fn vectors() -> Vec<(&'static str, Recipe, String, CzipOptions)> {
    let options = CzipOptions::new();
    vec![
        ("empty", QUIET, String::new(), options),
        ("prose", QUIET, PROSE.into(), options),
        ("prose-64", QUIET, PROSE.repeat(2), options.level(1)),
        ("repeat", LOUD, "a".repeat(560), options),
        ("repeat-wide", LOUD, "a".repeat(560), options.wide(true)),
    ]
}

fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/czip").join(format!("{name}.czip"))
}

/// A model for the tests of other languages, packed by vatic itself: 700 kB of weights that are all the same.
fn packed_model() -> PathBuf {
    vector("flat").with_extension("czm.vat")
}

#[test]
fn the_packed_model_is_what_is_made() {
    let packed = std::fs::read(packed_model()).unwrap();
    let file = vatic::decompress(&packed, &vatic::DecodeOptions::new()).unwrap();
    let read = |file: &[u8]| vatic::Model::from_czm(file, BTreeMap::new()).unwrap();
    assert_eq!(read(&file), read(&czm::model(FLAT)));
}

#[test]
fn vectors_are_read_and_written_bit_for_bit() {
    for (name, recipe, text, options) in vectors() {
        let model = model(recipe);
        let packed = std::fs::read(vector(name)).unwrap();
        assert!(is_czip(&packed));
        assert_eq!(back(&model, &packed).unwrap(), text.as_bytes(), "{name}");
        assert_eq!(agreed(&compress(&model, text.as_bytes(), &options).unwrap()), agreed(&packed), "{name}");
    }
}

/// `cargo test -p vatic --test czip -- --ignored` writes the vectors anew.
#[test]
#[ignore = "writes files"]
fn write_vectors() {
    for (name, recipe, text, options) in vectors() {
        let mut packed = compress(&model(recipe), text.as_bytes(), &options).unwrap();
        // The header of a model has no order, so its hash is another each time.
        let mut payload = unpacked(&packed);
        payload[..4].fill(0);
        packed.truncate(16);
        packed.extend(czm::brotli(&payload));
        std::fs::write(vector(name), packed).unwrap();
    }
    let packed = vatic::compress(&czm::model(FLAT), &vatic::Options::new()).unwrap();
    std::fs::write(packed_model(), packed).unwrap();
}

#[test]
fn every_level_and_codec_comes_back() {
    let model = model(QUIET);
    let text = PROSE.repeat(3);
    for level in 1..=5 {
        let codecs: &[OuterCodec] =
            if cfg!(feature = "zstd") { &[OuterCodec::Brotli, OuterCodec::Zstd] } else { &[OuterCodec::Brotli] };
        for &codec in codecs {
            let options = CzipOptions::new().codec(codec).level(level);
            let packed = compress(&model, text.as_bytes(), &options).unwrap();
            assert_eq!(packed[7], codec as u8);
            assert_eq!(unpacked(&packed)[11], (5 + level).min(8), "a context of 256");
            assert_eq!(back(&model, &packed).unwrap(), text.as_bytes());
        }
    }
    for level in [0, 6] {
        let refused = compress(&model, b"x", &CzipOptions::new().level(level));
        assert!(matches!(refused, Err(Error::InvalidOption(_))));
    }
}

#[test]
#[cfg(feature = "zstd")]
fn tokenizers_are_packed_either_way() {
    let bytes = czm::model_with(QUIET, "zstd", |bytes| zstd::encode_all(bytes, 3).unwrap());
    let packed = std::fs::read(vector("prose")).unwrap();
    assert_eq!(back(&CzipModel::from_bytes(&bytes).unwrap(), &packed).unwrap(), PROSE.as_bytes());
    let damaged = czm::model_with(QUIET, "brotli", |_| vec![0xFF; 99]);
    assert!(matches!(CzipModel::from_bytes(&damaged), Err(Error::Corrupt { .. })));
}

#[test]
fn sums_of_either_width_are_read() {
    let model = model(LOUD);
    let text = "a".repeat(512);
    let [narrow, wide] =
        [false, true].map(|wide| compress(&model, text.as_bytes(), &CzipOptions::new().wide(wide)).unwrap());
    assert_ne!(unpacked(&narrow), unpacked(&wide), "the text is to overflow 32 bits");
    for packed in [narrow, wide] {
        assert_eq!(back(&model, &packed).unwrap(), text.as_bytes());
    }
}

#[test]
fn threads_change_nothing() {
    let model = model(QUIET);
    let text = PROSE.repeat(5);
    for level in [1, 5] {
        let options = CzipOptions::new().level(level);
        let packed = compress(&model, text.as_bytes(), &options).unwrap();
        for threads in [0, 2, 3, 64] {
            assert!(
                compress(&model, text.as_bytes(), &options.threads(threads)).unwrap() == packed,
                "{level} {threads}"
            );
            let limits = CzipLimits { threads, ..CzipLimits::default() };
            assert!(decompress(&model, &packed, &limits).unwrap() == text.as_bytes(), "{level} {threads}");
        }
    }
}

#[test]
fn what_czip_cannot_restore_is_refused() {
    let refused = compress(&model(QUIET), b"abc\xFF", &CzipOptions::new());
    assert!(matches!(refused, Err(Error::InvalidOption(text)) if text.contains("byte 3")));
}

/// A file of brotli with this payload and length.
fn file(length: u32, payload: &[u8]) -> Vec<u8> {
    let head = [&b"CZIPv1\0\x01"[..], &length.to_le_bytes(), &[0; 4]].concat();
    [head, czm::brotli(payload)].concat()
}

#[test]
fn damage_is_noticed() {
    let model = model(QUIET);
    let packed = compress(&model, PROSE.as_bytes(), &CzipOptions::new()).unwrap();
    let (payload, length) = (unpacked(&packed), PROSE.len() as u32);
    assert_eq!(back(&model, &file(length, &payload)).unwrap(), PROSE.as_bytes());
    assert!(matches!(back(&model, b"CZIPv2 and more than sixteen bytes"), Err(Error::NotVatic { .. })));
    assert!(matches!(back(&model, b"CZ"), Err(Error::Truncated { .. })));
    assert!(matches!(back(&model, b""), Err(Error::Truncated { .. })));
    let with = |at: usize, value: u8| {
        let mut bytes = packed.clone();
        bytes[at] = value;
        back(&model, &bytes)
    };
    assert!(matches!(with(6, 1), Err(Error::Unsupported { .. })));
    assert!(matches!(with(7, 2), Err(Error::Unsupported { value: 2, .. })));
    assert!(matches!(back(&model, &file(length - 1, &payload)), Err(Error::Corrupt { offset: 16, .. })));
    assert!(matches!(back(&model, &file(length + 1, &payload)), Err(Error::Corrupt { offset: 16, .. })));
    assert!(matches!(back(&model, &packed[..packed.len() - 9]), Err(Error::Corrupt { .. })));
    for cut in [0, 5, 11, 12, 13, payload.len() - 1] {
        assert!(matches!(back(&model, &file(length, &payload[..cut])), Err(Error::Truncated { .. })), "{cut}");
    }
    // Bits, chunk size, number of tokens.
    for (at, value) in
        [(14, payload[14] ^ 4), (payload.len() - 9, payload[payload.len() - 9] ^ 0x40), (11, 17), (11, 6), (8, 200)]
    {
        let mut payload = payload.clone();
        payload[at] = value;
        let result = back(&model, &file(length, &payload));
        assert!(matches!(result, Err(Error::Corrupt { .. } | Error::Unsupported { .. })), "{at}: {result:?}");
    }
    let other = Recipe { seed: 9, ..QUIET };
    assert!(matches!(back(&self::model(other), &packed), Err(Error::Corrupt { .. })), "another model");
}

#[test]
fn limits_are_kept() {
    let model = model(QUIET);
    let packed = compress(&model, PROSE.as_bytes(), &CzipOptions::new()).unwrap();
    let limits = CzipLimits { output: 10, ..CzipLimits::default() };
    assert!(matches!(decompress(&model, &packed, &limits), Err(Error::Limit { limit: 10, .. })));
    let limits = CzipLimits { payload: 10, ..CzipLimits::default() };
    assert!(matches!(decompress(&model, &packed, &limits), Err(Error::Limit { limit: 10, .. })));
    // Millions of tokens in few bytes: decoding does not start, or ends with the first chunk.
    let bomb = [&[0; 4][..], &1_000_000u32.to_le_bytes(), &[64, 0, 0, 6], &vec![0; 2_000_000]].concat();
    for length in [60_000_000, u32::MAX] {
        assert!(matches!(back(&model, &file(length, &bomb)), Err(Error::Corrupt { .. })));
    }
}

#[test]
fn damaged_models_are_refused_or_work() {
    let sound = czm::model(QUIET);
    let header = 8 + u64::from_le_bytes(*sound.first_chunk().unwrap()) as usize;
    let mut state = 7u64;
    for _ in 0..200 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut damaged = sound.clone();
        damaged[(state >> 33) as usize % header] = (state >> 20) as u8;
        if let Ok(model) = CzipModel::from_bytes(&damaged) {
            let packed = compress(&model, b"the end", &CzipOptions::new()).unwrap();
            assert_eq!(back(&model, &packed).unwrap(), b"the end");
        }
    }
    for cut in [0, 7, 8, 100, header, header + 1000, sound.len() - 1] {
        assert!(matches!(CzipModel::from_bytes(&sound[..cut]), Err(Error::Truncated { .. })), "{cut}");
    }
    assert!(matches!(CzipModel::from_bytes(b"no safetensors file"), Err(Error::NotVatic { .. })));
}
