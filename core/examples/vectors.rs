//! Writes `tests/vectors`: `cargo run --release -p vatic --example vectors -- [FOLDER]`.
//!
//! Inputs come from seeds. After the format's release `decode` and `must-fail` may only grow. Until then a change of the format
//! rewrites what it breaks: a file of `decode` that still gives its content stays as it is, whatever an encoder writes by now.

#[path = "../tests/common/mod.rs"]
mod common;

use common::archive;
use common::craft::*;
use common::*;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use vatic::{
    BatchOptions, CodecId, DecodeOptions, FrameEncoder, Key, Keys, Model, Options, TrainOptions, compress,
    compress_many, decompress,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let root = std::env::args().nth(1).map_or_else(default, PathBuf::from);
    for folder in ["decode", "must-fail", "encode"] {
        std::fs::create_dir_all(root.join(folder))?;
    }
    let (mut decode, mut fail, mut encode) = (0, 0, 0);
    for (name, about, packed, plain) in decodable() {
        let sound = |packed: &[u8]| decompress(packed, &DecodeOptions::new()).is_ok_and(|out| out == plain);
        assert!(sound(&packed), "{name}");
        let packed = kept(&root, &name, sound).unwrap_or(packed);
        write(&root.join("decode"), &name, json!({ "about": about }), &packed, Some(&plain))?;
        decode += 1;
    }
    for (name, about, packed, code, limits) in failing() {
        write(
            &root.join("must-fail"),
            &name,
            json!({ "about": about, "error": code, "limits": limits }),
            &packed,
            None,
        )?;
        fail += 1;
    }
    for (name, about, keys, packed, plain) in common::seal_vectors::opening() {
        let meta = json!({ "about": about, "keys": keys });
        write(&root.join("decode"), name, meta, &packed, Some(&plain))?;
        decode += 1;
    }
    for (name, about, keys, packed, code) in common::seal_vectors::failing() {
        let meta = json!({ "about": about, "keys": keys, "error": code });
        write(&root.join("must-fail"), name, meta, &packed, None)?;
        fail += 1;
    }
    for (name, options, value, plain) in encodable() {
        let packed = compress(&plain, &options)?;
        let meta = json!({ "about": "what this version writes", "options": value });
        write(&root.join("encode"), &name, meta, &packed, Some(&plain))?;
        encode += 1;
    }
    write_records(&root)?;
    let (sound, broken) = write_archives(&root)?;
    decode += sound;
    fail += broken;
    println!("wrote {decode} decode, {fail} must-fail, {encode} encode vectors to {}", root.display());
    Ok(())
}

/// The file of `decode` that has this name already, if it is still `sound`.
fn kept(root: &Path, name: &str, sound: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
    std::fs::read(root.join("decode").join(format!("{name}.vat"))).ok().filter(|packed| sound(packed))
}

/// Vectors of archives: what decodes is a line for each entry.
fn write_archives(root: &Path) -> Result<(usize, usize), Box<dyn std::error::Error>> {
    let (tree, generations, small) = (archive::tree(), archive::generations(), archive::small());
    let torn = generations[..generations.len() - 100].to_vec();
    let mut written = 0;
    let sound = [
        ("empty", "no entries", archive::empty()),
        ("tree", "some of everything", tree),
        ("generations", "a file replaced, a file known", generations.clone()),
        ("edited", "an edited file, made of ranges of both generations", archive::edited()),
        ("torn", "an interrupted append: what was there before", torn.clone()),
        ("parity", "with recovery shards behind it", archive::with_parity()),
    ];
    for (name, about, packed) in &sound {
        let (name, plain) = (format!("archive-{name}"), archive::dump(packed, &Keys::new())?);
        let old = kept(root, &name, |packed| archive::dump(packed, &Keys::new()).is_ok_and(|dump| dump == plain));
        let meta = json!({ "about": about, "kind": "archive" });
        write(&root.join("decode"), &name, meta, old.as_ref().unwrap_or(packed), Some(plain.as_bytes()))?;
    }
    for (name, about, packed) in common::seal_vectors::archives() {
        let plain = archive::dump(&packed, &Key::raw(common::seal::RAW_KEY).into())?;
        let meta = json!({ "about": about, "kind": "archive", "keys": common::seal_vectors::raw() });
        write(&root.join("decode"), name, meta, &packed, Some(plain.as_bytes()))?;
        written += 1;
    }
    let hostile = common::seal_vectors::hostile_archives();
    for (name, about, keys, packed, code) in &hostile {
        let meta = json!({ "about": about, "kind": "archive", "keys": keys, "error": code });
        write(&root.join("must-fail"), name, meta, packed, None)?;
    }
    let flipped = |at: usize| {
        let mut bytes = small.clone();
        bytes[at] ^= 1;
        bytes
    };
    let forged = archive::forged;
    let mut parity_flipped = archive::with_parity();
    let at = parity_flipped.len() - 1000;
    parity_flipped[at] ^= 1;
    let frame = compress(&text(2000), &Options::new().codec(CodecId::Store))?;
    let broken = [
        ("as-frame", "frame", "an archive where a frame is expected", small.clone(), 14),
        ("frame", "archive", "a frame where an archive is expected", frame, 14),
        ("cut", "archive", "without its last byte", small[..small.len() - 1].to_vec(), 20),
        ("torn", "archive", "a torn tail does not verify", torn, 20),
        ("flipped-head", "archive", "one bit of the archive record", flipped(16), 22),
        ("flipped-content", "archive", "one bit of stored content", flipped(small.len() / 2), 22),
        ("flipped-end", "archive", "one bit of the end's digest", flipped(small.len() - 40), 20),
        ("two", "archive", "two archives, one behind the other", [&small[..], &small[..]].concat(), 22),
        ("parity-flipped", "archive", "one bit of a recovery shard", parity_flipped, 22),
        ("model", "archive", "content that was coded with a model which nobody has", archive::with_model(), 26),
        ("name-up", "archive", "a name that leads upwards", forged(b"aa/x", b"../x"), 22),
        ("name-absolute", "archive", "a name from the root", forged(b"aa/x", b"/a/x"), 22),
        ("name-empty", "archive", "a name with an empty component", forged(b"aa/x", b"a//x"), 22),
        ("name-zero", "archive", "a name with a zero byte", forged(b"aa/x", b"aa/\0"), 22),
    ];
    for (name, kind, about, packed, code) in &broken {
        let meta = json!({ "about": about, "kind": kind, "error": code });
        write(&root.join("must-fail"), &format!("archive-{name}"), meta, packed, None)?;
    }
    Ok((sound.len() + written, broken.len() + hostile.len()))
}

fn write(folder: &Path, name: &str, mut meta: Value, packed: &[u8], plain: Option<&[u8]>) -> std::io::Result<()> {
    meta["name"] = json!(name);
    meta["format"] = json!(vatic::FORMAT_VERSION);
    meta["packed"] = json!(format!("{name}.vat"));
    std::fs::write(folder.join(format!("{name}.vat")), packed)?;
    if let Some(plain) = plain {
        meta["plain"] = json!(format!("{name}.plain"));
        std::fs::write(folder.join(format!("{name}.plain")), plain)?;
    }
    std::fs::write(folder.join(format!("{name}.json")), format!("{meta:#}\n"))
}

/// Data of kinds that do not depend on the machine.
fn seeded(len: usize) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("text", text(len)),
        ("random", random(len, 1)),
        ("zeros", vec![0; len]),
        ("samples", samples(len)),
        ("table", table(len)),
        ("code", code(len)),
    ]
}

type Decodable = (String, &'static str, Vec<u8>, Vec<u8>);

fn decodable() -> Vec<Decodable> {
    let mut list: Vec<Decodable> = Vec::new();
    for codec in available() {
        for (kind, data) in seeded(4000) {
            let packed = compress(&data, &Options::new().codec(codec)).expect("an option is wrong");
            list.push((format!("{}-{kind}", codec.name()), "one group by a forced codec", packed, data));
        }
    }
    for len in [0, 1, 100, 1023, 1024] {
        let data = text(len);
        let packed = compress(&data, &Options::new()).expect("an option is wrong");
        list.push((format!("short-{len}"), "tiny frames and the shortest full one", packed, data));
    }
    let part = random(20_000, 9);
    let data = [&part[..], &part[..], &part[..]].concat();
    let options = Options::new().level(1).group_size(20_000);
    list.push(("copies".into(), "segments that are copies", compress(&data, &options).expect("options"), data));
    let data = text(70_000);
    let options = Options::new().level(1).group_size(16_384);
    list.push(("index".into(), "several groups and an index", compress(&data, &options).expect("options"), data));
    let data = text(2000);
    let packed = compress(&data, &Options::new().level(1).checksum(false)).expect("options");
    list.push(("no-checksum".into(), "a frame without tags", packed, data));
    let mut craft = Craft::new(10, 100);
    craft.group(0, 8, 5).block(&[(5, 0), (3, 4)], b"hello").record(0x7F, b"skipped").record(FLUSH, b"");
    craft.group(1, 100, 100).block(&[(2, 0)], b"!!").block(&[(1, 0)], b"?");
    list.push((
        "open-group".into(),
        "an open group, a flush, an unknown record",
        craft.footer(11),
        b"helloell!!?".to_vec(),
    ));
    let data = table(4000);
    let options = Options::new().level(7).codec(CodecId::Mix);
    list.push(("mix-binary".into(), "the ensemble for binary data", compress(&data, &options).expect("options"), data));
    for (kind, data) in seeded(4000) {
        let packed = compress(&data, &Options::new().level(9).codec(CodecId::Mix)).expect("options");
        list.push((format!("mix-9-{kind}"), "an ensemble of level 9", packed, data));
    }
    list.push(flushed());
    list.push(primed());
    list.extend(neural());
    list.push(joined());
    let two = [compress(b"one ", &Options::new()), compress(&text(1500), &Options::new())];
    let two = two.map(|frame| frame.expect("options")).concat();
    list.push(("two-frames".into(), "a tiny frame and a full one", two, [b"one ", &text(1500)[..]].concat()));
    list
}

fn flushed() -> Decodable {
    let mut encoder = FrameEncoder::new(&Options::new()).expect("options");
    let data = text(3000);
    for line in data.chunks(600) {
        encoder.feed(line).expect("memory");
        encoder.flush().expect("memory");
    }
    encoder.finish().expect("memory");
    ("flushed".into(), "flushes that keep the model", encoder.into_output(), data)
}

/// Lines of a made-up log.
fn log_lines(count: usize, seed: u64) -> Vec<Vec<u8>> {
    let mut random = Rng(seed);
    let verbs = ["opened", "closed", "timed out", "refused"];
    let mut line = |at: usize| {
        let (verb, host, port) = (verbs[random.below(4) as usize], random.below(20), 1024 + random.below(5000));
        format!("[{:05}] connection {verb} by 10.0.0.{host} port {port}", at * 7).into_bytes()
    };
    (0..count).map(&mut line).collect()
}

fn log_model() -> Model {
    let options = TrainOptions::new().size(40_000).ensemble(3);
    Model::train_primer(&log_lines(150, 1), &options).expect("samples").model
}

fn primed() -> Decodable {
    let data = log_lines(60, 2).join(&b'\n');
    let options = Options::new().level(7).codec(CodecId::Mix).model(log_model()).embed_model(true);
    ("mix-primed".into(), "a group behind a primer that is carried", compress(&data, &options).expect("options"), data)
}

/// The codec beside a transformer, and the transformer alone.
fn neural() -> Vec<Decodable> {
    let options = Options::new().level(8).codec(CodecId::Neural).model(transformer::model(5)).embed_model(true);
    let lines = log_lines(40, 4).join(&b'\n');
    let mut bytes = text(1200);
    bytes.extend(random(60, 9));
    let long = [text(9000), log_lines(150, 4).join(&b'\n')].concat();
    let plain = [("neural", bytes, false, 1), ("neural-lines", lines, false, 1), ("neural-pure", text(400), true, 1)];
    let lanes = [("neural-lanes", long.clone(), false, 4), ("neural-pure-lanes", long, true, 2)];
    let coded = |(name, data, pure, lanes): (&str, Vec<u8>, bool, usize)| {
        let packed = compress(&data, &options.clone().pure(pure).lanes(lanes)).expect("options");
        (name.to_owned(), "a group beside a transformer that is carried", packed, data)
    };
    plain.into_iter().chain(lanes).map(coded).collect()
}

/// The codec beside a transformer, behind a primer that was trained with it.
fn joined() -> Decodable {
    let lines = log_lines(160, 1).join(&b'\n');
    let options = TrainOptions::new().beside(&transformer::model(5)).ensemble(10).size(60_000);
    let model = Model::train_primer(&lines.chunks(800).collect::<Vec<_>>(), &options).expect("samples").model;
    let options = Options::new().level(8).codec(CodecId::Neural).model(model).embed_model(true);
    let data = log_lines(40, 4).join(&b'\n');
    let packed = compress(&data, &options).expect("options");
    ("neural-primed".into(), "a group beside a transformer, behind a primer, that is carried with it", packed, data)
}

/// Batches of records with their model: what comes out is a line for each record.
fn write_records(root: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut records = log_lines(50, 3);
    records.extend([Vec::new(), b"something else".to_vec()]);
    let folder = root.join("records");
    std::fs::create_dir_all(&folder)?;
    for (name, bundle, tag) in [("single", 1, 0), ("bundles", 16, 2)] {
        let options = BatchOptions::new().bundle(bundle).tag(tag).embed_model(true);
        let packed = compress_many(&records, &log_model(), &options)?;
        write(
            &folder,
            name,
            json!({ "about": "a batch that carries its model" }),
            &packed,
            Some(&records.join(&b'\n')),
        )?;
    }
    Ok(())
}

type Failing = (String, &'static str, Vec<u8>, u32, Value);

fn failing() -> Vec<Failing> {
    let sound = compress(&text(5000), &Options::new().codec(CodecId::Store)).expect("options");
    let mut list: Vec<Failing> = Vec::new();
    let mut add = |name: &str, about, bytes: Vec<u8>, code| list.push((name.into(), about, bytes, code, Value::Null));
    add("empty", "no frame at all", Vec::new(), 20);
    add("gzip", "another format", b"\x1F\x8B\x08\0\0\0\0\0".to_vec(), 10);
    add("version-1", "a later version", b"\xF6VAT\x01\x81\x03\0\0\x01".to_vec(), 12);
    add("tiny-version-1", "a later version of the tiny frame", b"\xF6\x71\0\0\0\0\0\0".to_vec(), 12);
    add("cut-head", "cut in the header", sound[..7].to_vec(), 20);
    add("cut-payload", "cut in a payload", sound[..2000].to_vec(), 20);
    add("cut-footer", "cut before the last byte", sound[..sound.len() - 1].to_vec(), 20);
    let flip = |at: usize| {
        let mut bytes = sound.clone();
        bytes[at] ^= 4;
        bytes
    };
    add("flipped-payload", "one bit of a stored byte", flip(2000), 24);
    add("flipped-end", "one bit of the last byte", flip(sound.len() - 1), 22);
    add("trailing", "bytes behind the last frame", [&sound[..], b"more"].concat(), 22);
    let frame = |build: &dyn Fn(&mut Craft), len| {
        let mut craft = Craft::new(10, 1000);
        build(&mut craft);
        craft.footer(len)
    };
    add("empty-block", "a block without segments", frame(&|c| _ = c.group(0, 8, 8).record(BLOCK, &[0]), 8), 22);
    add("early-end", "a group that ends early", frame(&|c| _ = c.group(0, 9, 9).block(&[(8, 0)], b"12345678"), 8), 22);
    add("overrun", "a group that runs over", frame(&|c| _ = c.group(0, 7, 7).block(&[(8, 0)], b"12345678"), 8), 22);
    add("self-copy", "a copy into itself", frame(&|c| _ = c.group(0, 8, 4).block(&[(4, 0), (4, 3)], b"1234"), 8), 22);
    add(
        "far-copy",
        "a copy before the start",
        frame(&|c| _ = c.group(0, 8, 4).block(&[(4, 0), (4, 5)], b"1234"), 8),
        22,
    );
    let twice = frame(&|c| _ = c.group(0, 8, 4).block(&[(4, 0), (2, 2), (2, 2)], b"1234"), 8);
    add("copied-copy", "a copy of a copy", twice, 22);
    add("wrong-length", "a footer that says another length", frame(&|_| {}, 1), 22);
    add("critical", "an unknown critical record", frame(&|c| _ = c.record(0xFF, b""), 0), 12);
    add("model", "a model of an unknown kind", frame(&|c| _ = c.record(MODEL, b"123456789"), 0), 12);
    add("sealed", "a sealed header that says more than that", Craft::with_header(&[4, 0, 1]).footer(0), 22);
    add("codec", "an unknown codec", frame(&|c| _ = c.group_of(200, 0, 8, 8).block(&[(8, 0)], b"12345678"), 8), 12);
    let filter = |c: &mut Craft| _ = c.record(GROUP, &[0, 0, 0, 0, 1, 99, 0, 8]).block(&[(8, 0)], b"12345678");
    add("filter", "an unknown filter", frame(&filter, 8), 12);
    let bomb = compress(&vec![0; 3 << 20], &Options::new().level(1)).expect("options");
    list.push(("bomb".into(), "more output than allowed", bomb, 30, json!({ "output": 1_000_000 })));
    let mut craft = Craft::new(0, 1 << 30);
    craft.group_of(CodecId::Zstd as u8, 0, 1 << 30, 1 << 30).block(&[(1, 0)], b"short");
    list.push(("greedy".into(), "more memory than allowed", craft.footer(1), 30, json!({ "memory": 1_000_000 })));
    list
}

fn encodable() -> Vec<(String, Options, Value, Vec<u8>)> {
    let mut list = Vec::new();
    // Levels 1 to 3 and the codec zstd are left out: libzstd's output may change with its version.
    for level in [4, 5, 6, 9] {
        for (kind, data) in seeded(6000) {
            let options = Options::new().level(level);
            list.push((format!("level-{level}-{kind}"), options, json!({ "level": level }), data));
        }
    }
    for codec in available().into_iter().filter(|&codec| codec != CodecId::Zstd) {
        for (kind, data) in seeded(3000) {
            let options = Options::new().codec(codec);
            list.push((format!("{}-{kind}", codec.name()), options, json!({ "codec": codec.name() }), data));
        }
    }
    let options = Options::new().level(5).group_size(8192);
    list.push(("groups".into(), options, json!({ "level": 5, "group_size": 8192 }), text(30_000)));
    list
}
