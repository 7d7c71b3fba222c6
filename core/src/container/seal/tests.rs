//! What needs the inside: random access, the writer's segments. Everything else is in `core/tests/sealed.rs`.

use super::keyring::{DataKey, Keyring};
use super::stream::{Opener, Sealer};
use super::view::View;
use super::*;
use crate::codec::Limits;
use crate::container::record::{RecordType, peek_record};
use crate::container::seal::head::peek_seal;
use crate::container::walk::Source;
use crate::keys::{KdfCost, Key, Keys};
use std::io::Cursor;

/// Bytes of magic, version and HEADER.
const FRONT: usize = super::head::FRONT.len();

fn key() -> Keys {
    Key::raw([9; 32]).into()
}

fn data(len: usize) -> Vec<u8> {
    (0..len).map(|i| ((i * i) >> 7) as u8).collect()
}

/// Seals `plain`, flushing after each of `flushes` bytes.
fn sealed(plain: &[u8], flushes: &[usize], purpose: Purpose, suite: Suite) -> (Vec<u8>, [u8; TAG]) {
    let key = DataKey::generate(&key(), KdfCost::default(), Some(suite)).unwrap();
    let mut out = Vec::new();
    let mut sealer = Sealer::start(&key, purpose, &mut out).unwrap();
    let mut from = 0;
    for &to in flushes {
        sealer.push(&plain[from..to], &mut out).unwrap();
        sealer.flush(&mut out).unwrap();
        from = to;
    }
    sealer.push(&plain[from..], &mut out).unwrap();
    let tag = sealer.finish(&mut out).unwrap();
    (out, tag)
}

/// Opens it again, segment by segment.
fn opened(bytes: &[u8]) -> Result<Vec<u8>> {
    let (head, len) = peek_seal(&bytes[FRONT..])?.unwrap();
    let key = Keyring::new(&key(), &Limits::default()).unlock(&head)?;
    let mut opener = Opener::new(&key, &head)?;
    let mut at = FRONT + len;
    let mut plain = Vec::new();
    loop {
        let record = peek_record(&bytes[at..], 0)?.unwrap();
        let body = at + record.head_len..at + record.head_len + record.body_len as usize;
        let (before, end) = (at as u64, body.end);
        if record.kind == Some(RecordType::Seal) {
            // A generation has its seal at both ends.
            assert_eq!(bytes[at..end], bytes[FRONT..FRONT + len]);
            at = end;
            continue;
        }
        if opener.open(record.kind.unwrap(), &bytes[body], before, record.head_len as u64, &mut plain)? {
            assert_eq!(end, bytes.len());
            return Ok(plain);
        }
        at = end;
    }
}

#[test]
fn every_length_comes_back_as_stream_and_at_random() {
    for suite in [Suite::Aes256Gcm, Suite::ChaCha20Poly1305] {
        for len in [0, 1, 1000, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT, 3 * SEGMENT + 10] {
            for flushes in [vec![], vec![len / 3, len / 2], vec![len]] {
                let plain = data(len);
                let (bytes, _) = sealed(&plain, &flushes, Purpose::Frame, suite);
                assert_eq!(opened(&bytes).unwrap(), plain);
                assert!(bytes.len() <= len + 28 * (len / SEGMENT + 4) + 250);

                let (head, front) = peek_seal(&bytes[FRONT..]).unwrap().unwrap();
                let key = Keyring::new(&key(), &Limits::default()).unlock(&head).unwrap();
                // Behind the frame there may be another.
                for behind in [0, 100] {
                    let mut file = Cursor::new([&bytes[..], &vec![7; behind]].concat());
                    let mut source = Source::new(&mut file).unwrap();
                    let view = View::open(&mut source, &key, &head, 0, (FRONT + front) as u64).unwrap();
                    assert_eq!((view.len(), view.end()), (len as u64, bytes.len() as u64));
                    for at in [0, 1, len / 2, len.saturating_sub(5), len] {
                        let mut part = Vec::new();
                        view.read(&mut source, at as u64, 70_000, &mut part).unwrap();
                        assert_eq!(part, plain[at.min(len)..len.min(at + 70_000)]);
                    }
                }
            }
        }
    }
}

#[test]
fn a_generation_is_bound_to_its_place() {
    let generation = |generation, previous| Purpose::Generation { archive: [3; 16], generation, previous };
    let (bytes, tag) = sealed(b"first", &[], generation(1, [0; TAG]), Suite::ChaCha20Poly1305);
    assert_eq!(opened(&bytes).unwrap(), b"first");
    let (bytes, _) = sealed(b"second", &[], generation(2, tag), Suite::ChaCha20Poly1305);
    assert_eq!(peek_seal(&bytes[FRONT..]).unwrap().unwrap().0.purpose, generation(2, tag));
    // Suite and purpose, archive, generation and previous tag: whatever is changed, the MAC notices.
    for at in 0..2 + 16 + 4 + TAG {
        let mut changed = bytes.clone();
        changed[FRONT + 3 + at] ^= 1;
        assert!(opened(&changed).is_err(), "byte {at}");
    }
}

#[test]
fn two_streams_of_one_key_share_nothing() {
    let key = DataKey::generate(&key(), KdfCost::default(), Some(Suite::ChaCha20Poly1305)).unwrap();
    let mut streams = Vec::new();
    for _ in 0..2 {
        let mut out = Vec::new();
        let mut sealer = Sealer::start(&key, Purpose::Frame, &mut out).unwrap();
        sealer.push(&[0; 1000], &mut out).unwrap();
        sealer.finish(&mut out).unwrap();
        streams.push(out);
    }
    let differing = streams[0].iter().zip(&streams[1]).filter(|(a, b)| a != b).count();
    assert!(differing > 1000, "{differing}");
}

#[test]
fn secrets_are_not_shown() {
    let keys: Keys = [Key::raw([0x61; 32]), Key::password("aaaa").unwrap()].into_iter().collect();
    let ring = Keyring::new(&keys, &Limits::default());
    let data_key = DataKey::generate(&key(), KdfCost::default(), None).unwrap();
    let shown = format!("{keys:?} {ring:?} {data_key:?} {:?}", crate::Options::new().keys(keys.clone()));
    assert!(shown.contains("Password(..)") && !shown.contains("aaaa") && !shown.contains("97, 97"), "{shown}");
}
