//! Archives for vectors: samples, what they stand for as text, and forgeries.
#![allow(dead_code)]

use super::{random, text, transformer};
use std::io::Cursor;
use vatic::archive::{Archive, ArchiveLimits, ArchiveOptions, Kind, Meta, Owner, Share, Time, Writer, protect};
use vatic::{CodecId, Keys, Options, Result};

/// Options of small archives that do not depend on libzstd.
pub fn options() -> ArchiveOptions {
    ArchiveOptions::new().codec_options(Options::new().level(5)).id(*b"sixteen bytes id")
}

fn file(name: &str) -> Meta {
    Meta::new(name, Kind::File)
}

/// Some of everything, in groups of 8 KiB.
pub fn tree() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &options().solid_size(8 << 10)).unwrap();
    writer.add(Meta::new("dir", Kind::Directory)).unwrap();
    let mut meta = file("dir/text");
    meta.mode = 0o4755;
    meta.mtime = Some(Time { seconds: -1, nanos: 1 });
    meta.owner = Some(Owner { uid: 1, gid: 1 << 31, names: Some((b"user".to_vec(), Vec::new())) });
    meta.xattrs = vec![(b"user.a".to_vec(), b"value".to_vec())];
    writer.add_file(meta, &mut &text(20_000)[..]).unwrap();
    writer.add_file(file("dir/again"), &mut &text(20_000)[..]).unwrap();
    writer.add_file(file("noise"), &mut &random(12_000, 3)[..]).unwrap();
    writer.add_file(file("empty"), &mut &b""[..]).unwrap();
    let mut meta = file("holes");
    meta.holes = vec![0..100_000, 100_500..200_000];
    writer.add_file(meta, &mut &random(500, 4)[..]).unwrap();
    let link = |target: &[u8]| Kind::Symlink { target: target.to_vec() };
    writer.add(Meta::new("link", link(b"../\xFFoutside"))).unwrap();
    writer.add(Meta::new("hard", Kind::HardLink { target: b"dir/text".to_vec() })).unwrap();
    writer.add(Meta::new("fifo", Kind::Fifo)).unwrap();
    writer.add(Meta::new("tty", Kind::CharDevice { major: 5, minor: 1 })).unwrap();
    writer.add(Meta::new(b"\xFF\n odd".to_vec(), Kind::BlockDevice { major: 8, minor: 300 })).unwrap();
    writer.finish().unwrap().0
}

/// Two generations: one file new, one replaced, one known.
pub fn generations() -> Vec<u8> {
    let mut packed = small();
    let tail = open(&packed).unwrap().tail().unwrap();
    let mut writer = Writer::append(Vec::new(), &options(), tail).unwrap();
    writer.add_file(file("aa/x"), &mut &b"replaced"[..]).unwrap();
    writer.add_file(file("known"), &mut &random(3000, 1)[..]).unwrap();
    packed.extend(writer.finish().unwrap().0);
    packed
}

/// Two generations: the second one has an edited file, made of ranges of both.
pub fn edited() -> Vec<u8> {
    let options = options().codec_options(Options::new().codec(CodecId::Store));
    let mut content = random(9000, 1);
    let mut writer = Writer::new(Vec::new(), &options).unwrap();
    writer.add_file(file("a"), &mut &content[..]).unwrap();
    let mut packed = writer.finish().unwrap().0;
    let archive = Archive::open(Cursor::new(packed.clone()), &ArchiveLimits::default()).unwrap();
    let mut writer = Writer::append_to(Vec::new(), &options, archive).unwrap();
    content[3000..3200].copy_from_slice(&random(200, 2));
    content.splice(5000..5000, random(100, 3));
    content.drain(7000..7300);
    writer.add_file(file("a"), &mut &content[..]).unwrap();
    writer.add_file(file("b/a"), &mut &content[2000..]).unwrap();
    packed.extend(writer.finish().unwrap().0);
    packed
}

/// Files of noise, for several sealed segments.
pub fn tree_with_noise() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &options().solid_size(20 << 10)).unwrap();
    for seed in 0..7 {
        writer.add_file(file(&format!("noise-{seed}")), &mut &random(20_000, 10 + seed)[..]).unwrap();
    }
    writer.finish().unwrap().0
}

/// Two files, stored.
pub fn small() -> Vec<u8> {
    let codec = Options::new().codec(CodecId::Store);
    let mut writer = Writer::new(Vec::new(), &options().codec_options(codec)).unwrap();
    writer.add_file(file("aa/x"), &mut &text(300)[..]).unwrap();
    writer.add_file(file("noise"), &mut &random(3000, 1)[..]).unwrap();
    writer.finish().unwrap().0
}

/// Two files, stored, and parity.
pub fn with_parity() -> Vec<u8> {
    let mut file = Cursor::new(small());
    let len = file.get_ref().len() as u64;
    protect(&mut file, len, Share::new(3000).unwrap()).unwrap();
    file.into_inner()
}

/// A file that is coded beside a transformer.
pub fn with_model() -> Vec<u8> {
    let codec = Options::new().codec(CodecId::Neural).model(transformer::model(1));
    let mut writer = Writer::new(Vec::new(), &options().codec_options(codec)).unwrap();
    writer.add_file(file("aa/x"), &mut &text(300)[..]).unwrap();
    writer.finish().unwrap().0
}

/// No entries.
pub fn empty() -> Vec<u8> {
    Writer::new(Vec::new(), &options()).unwrap().finish().unwrap().0
}

pub fn open(packed: &[u8]) -> Result<Archive<Cursor<&[u8]>>> {
    open_with(packed, &Keys::new())
}

pub fn open_with<'a>(packed: &'a [u8], keys: &Keys) -> Result<Archive<Cursor<&'a [u8]>>> {
    Archive::open_with(Cursor::new(packed), &ArchiveLimits::default(), keys)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A line for each current entry, in the order of names: kind, mode, mtime, size, name, then target or hash of the content.
pub fn dump(packed: &[u8], keys: &Keys) -> Result<String> {
    let mut archive = open_with(packed, keys)?;
    let mut out = String::new();
    for index in archive.current().collect::<Vec<_>>() {
        let content = archive.read(index)?;
        let entry = &archive.entries()[index];
        let meta = &entry.meta;
        let time = meta.mtime.map_or("-".into(), |time| format!("{}.{:09}", time.seconds, time.nanos));
        let last = match &meta.kind {
            Kind::Symlink { target } | Kind::HardLink { target } => hex(target),
            Kind::CharDevice { major, minor } | Kind::BlockDevice { major, minor } => format!("{major},{minor}"),
            _ if content.is_empty() => "-".into(),
            _ => vatic_hash(&content),
        };
        let kind = meta.kind.name().replace(' ', "-");
        out.push_str(&format!("{kind} {:04o} {time} {} {} {last}\n", meta.mode, entry.size, hex(&meta.name)));
    }
    Ok(out)
}

fn vatic_hash(bytes: &[u8]) -> String {
    hex(blake3::hash(bytes).as_bytes())
}

fn varint(bytes: &[u8], at: &mut usize) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = bytes[*at];
        *at += 1;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

/// `small` with bytes replaced by as many others, and every tag and digest right again: what a forger can do.
pub fn forged(from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = small();
    assert_eq!(from.len(), to.len());
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + from.len()].copy_from_slice(to);
        }
    }
    let (mut at, mut base) = (5, 0u64);
    while at < bytes.len() {
        let (kind, mut pos) = (bytes[at], at + 1);
        let len = varint(&bytes, &mut pos) as usize;
        let body = pos;
        match kind {
            // UNIT: sync, id, generation, number, kind, address.
            0x8B => {
                pos += 16;
                varint(&bytes, &mut pos);
                let number = varint(&bytes, &mut pos);
                let table = bytes[pos] != 0;
                pos += 1;
                let address = varint(&bytes, &mut pos);
                base = if table { (1 << 63) + (number << 32) } else { address };
            }
            // BLOCK of one stored segment: count, length, tag, bytes.
            0x84 => {
                varint(&bytes, &mut pos);
                let plain = varint(&bytes, &mut pos) >> 1;
                let hash = blake3::hash(&bytes[pos + 16..body + len]);
                let tag = blake3::hash(&[hash.as_bytes(), &base.to_le_bytes()[..]].concat());
                bytes[pos..pos + 16].copy_from_slice(&tag.as_bytes()[..16]);
                base += plain;
            }
            // END: ... digest, tag, three bytes.
            0x8C => {
                let digest = *blake3::hash(&bytes[..at]).as_bytes();
                let tag_at = body + len - 35;
                bytes[tag_at - 32..tag_at].copy_from_slice(&digest);
                let tag = *blake3::hash(&bytes[body..tag_at]).as_bytes();
                bytes[tag_at..tag_at + 32].copy_from_slice(&tag);
            }
            _ => {}
        }
        at = body + len;
    }
    bytes
}
