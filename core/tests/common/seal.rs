//! Sealed frames made by hand: section 7 of `docs/format.md` a second time, with fixed keys and salts instead of random
//! ones, and with every part open to be spoilt. Nothing here calls the library's own sealing.
#![allow(dead_code)]

use super::craft::varint;
use chacha20poly1305::aead::{AeadInOut, KeyInit};

pub const SEALED: u8 = 0x8D;
pub const SEALED_END: u8 = 0x8E;
/// Plain bytes of a full segment.
pub const SEGMENT: usize = 65_536;

pub const RAW_KEY: [u8; 32] = *b"thirty-two bytes for a test, raw";
/// Not ASCII, and not normalised: a decomposed e-acute and a musical symbol beyond 16 bits.
pub const PASSWORD: &str = "pass\u{65}\u{301} \u{1D11E} wörd";
pub const DATA_KEY: [u8; 32] = [0xD7; 32];
/// Made by `age-keygen` for these tests; [`AGE_FILE`] wraps [`DATA_KEY`] for it.
pub const IDENTITY: &str = "AGE-SECRET-KEY-1WRZ9SHTMLQGH04TT2YEE8D7CAFJ6NDRUMW9QP523RTAKK5DRL77SNRYPDT";

/// How a sealed frame is to be made.
#[derive(Clone)]
pub struct SealCraft {
    pub suite: u8,
    /// The purpose's number and its fields.
    pub purpose: Vec<u8>,
    pub salt: [u8; 32],
    pub stanzas: Vec<(u8, Vec<u8>)>,
    /// Plain bytes a segment.
    pub step: usize,
}

impl SealCraft {
    /// With a raw key.
    pub fn raw() -> SealCraft {
        SealCraft::with(raw_stanza())
    }

    /// With a password, at the least cost that a decoder takes.
    pub fn password() -> SealCraft {
        SealCraft::with(password_stanza(PASSWORD.as_bytes(), 8, 1, 1))
    }

    /// A generation of the archive whose plain generations [`archive`](super::archive) makes.
    pub fn generation(number: u32, previous: [u8; 16]) -> SealCraft {
        let purpose = [&[1][..], b"sixteen bytes id", &number.to_le_bytes(), &previous].concat();
        SealCraft { purpose, salt: [number as u8; 32], ..SealCraft::raw() }
    }

    pub fn with(stanza: (u8, Vec<u8>)) -> SealCraft {
        SealCraft { suite: 2, purpose: vec![0], salt: [0x5A; 32], stanzas: vec![stanza], step: SEGMENT }
    }

    /// The body of the SEAL record.
    pub fn seal(&self) -> Vec<u8> {
        let mut body = self.binding();
        body.extend(blake3::derive_key("vatic seal 0: data key to commitment", &DATA_KEY));
        body.extend(varint(self.stanzas.len() as u64));
        for (kind, bytes) in &self.stanzas {
            body.push(*kind);
            body.extend(varint(bytes.len() as u64));
            body.extend(bytes);
        }
        let mac_key = blake3::derive_key("vatic seal 0: data key to MAC key", &DATA_KEY);
        let mac = blake3::keyed_hash(&mac_key, &body);
        body.extend(mac.as_bytes());
        body
    }

    fn binding(&self) -> Vec<u8> {
        [&[self.suite][..], &self.purpose, &self.salt].concat()
    }

    /// Everything in front of the segments.
    pub fn front(&self) -> Vec<u8> {
        let seal = self.seal();
        [&b"\xF6VAT\0\x81\x03\x04\0\0\x86"[..], &varint(seal.len() as u64), &seal].concat()
    }

    /// The records of all segments. The last lacks its trailer.
    pub fn segments(&self, plain: &[u8]) -> Vec<Vec<u8>> {
        let pieces: Vec<&[u8]> = if plain.is_empty() { vec![plain] } else { plain.chunks(self.step).collect() };
        let mut offset = 0;
        let count = pieces.len();
        let seal = |(number, piece): (usize, &&[u8])| {
            let last = number + 1 == count;
            let body = self.segment(number as u32, last, offset, piece);
            offset += piece.len() as u64;
            let len = varint(body.len() as u64 + if last { 10 } else { 0 });
            [&[if last { SEALED_END } else { SEALED }][..], &len, &body].concat()
        };
        pieces.iter().enumerate().map(seal).collect()
    }

    /// The body of one segment's record.
    pub fn segment(&self, number: u32, last: bool, offset: u64, plain: &[u8]) -> Vec<u8> {
        let material = [&DATA_KEY[..], &self.binding()].concat();
        let key = blake3::derive_key("vatic seal 0: data key, parameters and salt to segment key", &material);
        let mut nonce = [0; 12];
        nonce[7..11].copy_from_slice(&number.to_be_bytes());
        nonce[11] = u8::from(last);
        let mut body = number.to_le_bytes().to_vec();
        body.extend(encrypt(self.suite, &key, &nonce, &offset.to_le_bytes(), plain));
        body
    }

    /// The whole frame.
    pub fn frame(&self, plain: &[u8]) -> Vec<u8> {
        self.join(&self.segments(plain))
    }

    /// The frame of these segments. That of a generation has its SEAL twice.
    pub fn join(&self, segments: &[Vec<u8>]) -> Vec<u8> {
        let front = self.front();
        let copy = if self.purpose[0] == 1 { &front[10..] } else { &[] };
        let (last, others) = segments.split_last().unwrap();
        end([&front[..], &others.concat(), copy, last].concat())
    }
}

/// The tag of a frame's last segment.
pub fn last_tag(frame: &[u8]) -> [u8; 16] {
    frame[frame.len() - 26..frame.len() - 10].try_into().unwrap()
}

/// Appends the trailer.
pub fn end(mut frame: Vec<u8>) -> Vec<u8> {
    let len = frame.len() as u64 + 10;
    frame.extend(len.to_le_bytes());
    frame.extend(b"v\xF6");
    frame
}

fn encrypt(suite: u8, key: &[u8; 32], nonce: &[u8; 12], data: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut out = plain.to_vec();
    let tag: [u8; 16] = match suite {
        1 => {
            let cipher = aes_gcm::Aes256Gcm::new(key.into());
            cipher.encrypt_inout_detached(nonce.into(), data, (&mut out[..]).into()).unwrap().into()
        }
        _ => {
            let cipher = chacha20poly1305::ChaCha20Poly1305::new(key.into());
            cipher.encrypt_inout_detached(nonce.into(), data, (&mut out[..]).into()).unwrap().into()
        }
    };
    out.extend(tag);
    out
}

pub fn raw_stanza() -> (u8, Vec<u8>) {
    let salt = [0x11; 16];
    let wrapping = blake3::derive_key("vatic seal 0: raw key to wrapping key", &[&RAW_KEY[..], &salt].concat());
    (1, [&salt[..], &encrypt(2, &wrapping, &[0; 12], b"", &DATA_KEY)].concat())
}

pub fn password_stanza(password: &[u8], kib: u32, passes: u32, lanes: u32) -> (u8, Vec<u8>) {
    let salt = [0x22; 16];
    let params = argon2::Params::new(kib, passes, lanes, Some(32)).unwrap();
    let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut wrapping = [0; 32];
    argon2.hash_password_into(password, &salt, &mut wrapping).unwrap();
    let costs = [varint(kib.into()), varint(passes.into()), varint(lanes.into())].concat();
    (2, [&salt[..], &costs, &encrypt(2, &wrapping, &[0; 12], b"", &DATA_KEY)].concat())
}

pub fn age_stanza() -> (u8, Vec<u8>) {
    (3, AGE_FILE.to_vec())
}

/// An age file of [`DATA_KEY`] for the recipient of [`IDENTITY`]. Made once, as age draws keys of its own.
pub const AGE_FILE: &[u8] = include_bytes!("data-key.age");
