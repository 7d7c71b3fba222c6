//! What is left of a damaged sealed archive: seals wherever they are - each stands at both ends of its generation - and segments
//! that are authentic under one of them. A generation's segments are full but for the last, so a segment's number is its place.

use super::find::Section;
use crate::container::record::RecordType;
use crate::container::seal::crypto::Cipher;
use crate::container::seal::head::{SealHead, peek_seal};
use crate::container::seal::keyring::{DataKey, Keyring};
use crate::container::seal::view::{FoundSegment, View, recognise};
use crate::container::seal::{NUMBER, SEGMENT, TAG};
use crate::container::walk::{SEAL_MAX, Source};
use crate::container::wire::put_varint;
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::sync::Arc;

/// Bytes searched at a time.
const STEP: u64 = 4 << 20;
/// Seals that the keys are tried on; a hostile file could be full of some that cost a derivation each.
const TRIES: usize = 8;
/// No sealed record is longer.
const RECORD_MAX: u64 = (SEGMENT + NUMBER + TAG + 32) as u64;

/// A generation of which something was found.
struct Remains {
    head: SealHead,
    cipher: Cipher,
    /// Segments, by number.
    found: BTreeMap<u64, FoundSegment>,
}

/// The generations of a damaged sealed archive, in order, and their key.
pub(super) fn sealed_remains<R: Read + Seek>(
    file: &mut Source<'_, R>,
    keys: &mut Keyring,
) -> Result<(Vec<Section>, DataKey)> {
    let Some((key, heads)) = find_seals(file, keys)? else { return Err(Error::WrongKey) };
    let remains =
        heads.into_iter().map(|head| Ok(Remains { cipher: key.cipher(&head)?, head, found: BTreeMap::new() }));
    let mut remains = remains.collect::<Result<Vec<_>>>()?;
    find_segments(file, &mut remains)?;
    remains.sort_by_key(|remains| remains.head.generation().map(|(_, generation, _)| generation));
    let mut sections = Vec::new();
    for Remains { head, found, .. } in remains {
        let Some(start) = found.first_key_value().map(|(_, first)| first.at) else { continue };
        let view = Arc::new(View::of_remains(&key, &head, found)?);
        sections.push(Section { start, len: view.len(), view: Some(view) });
    }
    Ok((sections, key))
}

/// All seals of the archive that the first one opened is of, and the key.
fn find_seals<R: Read + Seek>(
    file: &mut Source<'_, R>,
    keys: &mut Keyring,
) -> Result<Option<(DataKey, Vec<SealHead>)>> {
    let mut opened: Option<DataKey> = None;
    let mut heads: Vec<SealHead> = Vec::new();
    let (mut tries, mut from) = (0, 0);
    while from < file.len {
        let window = file.peek(from, STEP + SEAL_MAX)?;
        for at in 0..window.len().min(STEP as usize) {
            if window[at] != RecordType::Seal as u8 {
                continue;
            }
            let Ok(Some((head, _))) = peek_seal(&window[at..]) else { continue };
            let Some((archive, generation, _)) = head.generation() else { continue };
            if opened.is_none() && tries < TRIES {
                tries += 1;
                match keys.unlock(&head) {
                    Ok(key) => opened = Some(key),
                    Err(Error::WrongKey | Error::Tampered { .. } | Error::Corrupt { .. } | Error::Limit { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            let ours = opened.as_ref().is_some_and(|key| key.fits(&head));
            let of = |known: &SealHead| known.generation().map(|(archive, generation, _)| (archive, generation));
            let same = heads.iter().any(|known| of(known) == Some((archive, generation)));
            let other = heads.first().is_some_and(|known| of(known).is_some_and(|(first, _)| first != archive));
            if ours && !same && !other {
                heads.push(head);
            }
        }
        from += STEP;
    }
    Ok(opened.map(|key| (key, heads)))
}

/// Every authentic segment of these generations.
fn find_segments<R: Read + Seek>(file: &mut Source<'_, R>, remains: &mut [Remains]) -> Result<()> {
    // All but the last of a generation start alike.
    let mut full = vec![RecordType::Sealed as u8];
    put_varint(&mut full, (NUMBER + SEGMENT + TAG) as u64);
    let mut from = 0;
    // Segments of one generation stand together.
    let mut last = 0;
    while from < file.len {
        let window = file.peek(from, STEP + RECORD_MAX)?;
        let searched = window.len().min(STEP as usize);
        let mut at = 0;
        while at < searched {
            let rest = &window[at..];
            let end = rest.first() == Some(&(RecordType::SealedEnd as u8));
            let hit = if end || rest.starts_with(&full) {
                recognise_any(remains, &mut last, rest, from + at as u64)
            } else {
                None
            };
            let Some((number, segment)) = hit else {
                at += 1;
                continue;
            };
            if let Some(remains) = remains.get_mut(last) {
                remains.found.entry(number).or_insert(segment);
            }
            at += segment.record as usize;
        }
        // What a segment reached into the next window is not searched again.
        from += at.max(searched) as u64;
    }
    Ok(())
}

/// The segment that starts `bytes`, of whichever generation; the one of `last` is tried first, and the right one becomes it.
fn recognise_any(remains: &[Remains], last: &mut usize, bytes: &[u8], at: u64) -> Option<(u64, FoundSegment)> {
    let order = std::iter::once(*last).chain((0..remains.len()).filter(|index| index != last));
    for index in order.collect::<Vec<_>>() {
        if let Some(hit) = remains.get(index).and_then(|remains| recognise(&remains.cipher, bytes, at)) {
            *last = index;
            return Some(hit);
        }
    }
    None
}
