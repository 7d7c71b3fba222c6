//! Finding generations: backwards from the end of the file, each by its own end, to the one that starts the file.
//!
//! Those of a sealed archive are found by what is visible of them - lengths and seals - then opened one by one; each says
//! inside what it says outside. What is behind the last whole generation was left by an interrupted append, or is damage.

use super::STORE_MAX;
use super::decode::split_record;
use super::open::{Condition, START_MAX, TABLE_BLOCK_MAX};
use super::parity::Parity;
use super::unit::{END_MAGIC, END_MAX, End};
use crate::container::MAGIC;
use crate::container::record::RecordType;
use crate::container::seal::head::{FRONT, SealHead, peek_seal};
use crate::container::seal::keyring::{DataKey, Keyring};
use crate::container::seal::view::View;
use crate::container::seal::{TAG, TRAILER};
use crate::container::walk::{SEAL_MAX, Source, parse_archive_start};
use crate::error::{Error, Result};
use std::io::{Read, Seek};
use std::sync::Arc;

/// Bytes searched at a time for the last whole generation behind which an append was interrupted.
const SEARCH_STEP: u64 = 1 << 20;

/// Where a generation's bytes are: in the file as they are, or sealed. Positions in it count from its first plain byte.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// Offset in the file.
    pub(super) start: u64,
    /// Bytes in the file.
    pub(super) len: u64,
    pub(super) view: Option<Arc<View>>,
}

impl Section {
    /// Its bytes, as they were before they were sealed.
    pub(super) fn source<'s, R: Read + Seek>(&self, file: &'s mut Source<'_, R>) -> Source<'s, R> {
        match &self.view {
            Some(view) => file.within(Some(view)),
            None => file.part(self.start, self.start + self.len),
        }
    }

    /// An error found in it, with a place in the file.
    pub(super) fn locate(&self, error: Error) -> Error {
        if self.view.is_some() { error.within(self.start) } else { error.at(self.start) }
    }
}

/// A generation of an archive.
#[derive(Clone, Debug)]
pub(super) struct Generation {
    pub(super) section: Section,
    pub(super) end: End,
    pub(super) tag: [u8; 32],
}

/// What seals the next generation.
#[derive(Clone, Debug)]
pub(super) struct SealedTail {
    pub(super) key: DataKey,
    /// The tag of the last generation's last segment.
    pub(super) previous: [u8; TAG],
}

/// What was found.
pub(super) struct Finding {
    /// First to last.
    pub(super) generations: Vec<Generation>,
    pub(super) condition: Condition,
    /// Of a sealed archive.
    pub(super) seal: Option<SealedTail>,
    /// What protects them.
    pub(super) parity: Option<Parity>,
}

/// The generations of a file, and what is behind them.
pub(super) fn find<R: Read + Seek>(source: &mut Source<'_, R>, keys: &mut Keyring) -> Result<Finding> {
    let parity = Parity::at_end(source)?;
    source.len = parity.as_ref().map_or(source.len, Parity::protected);
    Ok(Finding { parity, ..find_generations(source, keys)? })
}

fn find_generations<R: Read + Seek>(source: &mut Source<'_, R>, keys: &mut Keyring) -> Result<Finding> {
    if source.peek(0, FRONT.len() as u64)? == FRONT {
        let front = source.peek(0, SEAL_MAX)?;
        let truncated = Error::Truncated { what: "the start of an archive", offset: source.len };
        let (head, _) = peek_seal(&front[FRONT.len()..]).map_err(|err| err.at(FRONT.len() as u64))?.ok_or(truncated)?;
        if head.generation().is_none() {
            return Err(Error::WrongKind("a compressed file, not an archive"));
        }
        if keys.is_empty() {
            return Err(Error::KeyNeeded);
        }
        let (places, condition) = search(source, sealed_chain)?;
        return open_sealed(source, keys, places, condition);
    }
    parse_archive_start(&source.peek(0, START_MAX)?)?;
    keys.expect_plain(0)?;
    let (generations, condition) = search(source, chain)?;
    Ok(Finding { generations, condition, seal: None, parity: None })
}

/// What `chain` finds for the last place in the file for which it finds something.
fn search<R: Read + Seek, T>(
    source: &mut Source<'_, R>,
    chain: impl Fn(&mut Source<'_, R>, u64) -> Result<Option<T>>,
) -> Result<(T, Condition)> {
    let len = source.len;
    if let Some(found) = chain(source, len)? {
        return Ok((found, Condition::Whole));
    }
    // Backwards through what may be a torn tail, to the last end that leads back to the start of the file.
    let mut stop = len;
    while stop > 0 {
        let from = stop.saturating_sub(SEARCH_STEP);
        let window = source.peek(from, (stop - from + 1).min(len - from))?;
        for at in (0..window.len().saturating_sub(1)).rev() {
            let end = from + at as u64 + 2;
            if window[at..at + 2] != END_MAGIC || end == len {
                continue;
            }
            if let Some(found) = chain(source, end)? {
                let (at, len) = (end, len - end);
                if Parity::starts(source, at)? {
                    return Ok((found, Condition::DamagedParity { at, len }));
                }
                let damaged = was_whole(source, at)?;
                let condition =
                    if damaged { Condition::DamagedTail { at, len } } else { Condition::TornTail { at, len } };
                return Ok((found, condition));
            }
        }
        stop = from;
    }
    Err(Error::Truncated { what: "an archive without a whole generation", offset: len })
}

/// Whether what starts at `at`, and is no whole generation, has an end all the same.
fn was_whole<R: Read + Seek>(source: &mut Source<'_, R>, at: u64) -> Result<bool> {
    if source.peek(source.len - 2, 2)? == END_MAGIC {
        return Ok(true);
    }
    let (mut pos, block_max) = match sealed_start(source, at)? {
        Some((_, records_at)) => (records_at, 0),
        None => match parse_archive_start(&source.peek(at, START_MAX)?) {
            Ok((header, _, start)) => (at + start as u64, header.block_max().max(TABLE_BLOCK_MAX)),
            Err(_) => return Ok(false),
        },
    };
    while pos < source.len {
        match source.record(pos, block_max) {
            Ok(head) if matches!(head.kind, Some(RecordType::End | RecordType::SealedEnd)) => return Ok(true),
            Ok(head) => pos += head.head_len as u64 + head.body_len,
            Err(Error::Io(err)) => return Err(Error::Io(err)),
            Err(_) => return Ok(false),
        }
    }
    Ok(false)
}

/// The generations of which the last ends at byte `stop`, if they are those of one archive that starts the file.
fn chain<R: Read + Seek>(source: &mut Source<'_, R>, stop: u64) -> Result<Option<Vec<Generation>>> {
    let mut list: Vec<Generation> = Vec::new();
    let mut stop = stop;
    loop {
        let Some(generation) = generation_before(source, stop)? else { return Ok(None) };
        let ident = &generation.end.ident;
        if let Some(next) = list.last() {
            let expected = &next.end.ident;
            let follows = ident.id == expected.id
                && ident.generation + 1 == expected.generation
                && generation.tag == expected.previous
                && ident.base + generation.end.content == expected.base;
            if !follows {
                return Ok(None);
            }
        }
        stop = generation.section.start;
        let first = ident.generation == 1;
        list.push(generation);
        if first {
            list.reverse();
            return Ok(Some(list).filter(|_| stop == 0));
        }
    }
}

/// The generation that ends at byte `stop`, if one does.
fn generation_before<R: Read + Seek>(source: &mut Source<'_, R>, stop: u64) -> Result<Option<Generation>> {
    let from = stop.saturating_sub(END_MAX as u64);
    let tail = source.peek(from, stop - from)?;
    let Some((end, tag, record)) = end_at_end(&tail) else { return Ok(None) };
    let len = end.length + record as u64;
    let Some(start) = stop.checked_sub(len) else { return Ok(None) };
    let sound = end.ident.base + end.content <= STORE_MAX;
    Ok(sound.then_some(Generation { section: Section { start, len, view: None }, end, tag }))
}

/// The END record that `tail` ends with, its tag and its length.
fn end_at_end(tail: &[u8]) -> Option<(End, [u8; 32], usize)> {
    let before_magic = tail.strip_suffix(&END_MAGIC)?;
    let len = usize::from(*before_magic.last()?);
    let record = &tail[tail.len().checked_sub(len)?..];
    let split = split_record(record, 0).ok()?;
    if split.head.kind != Some(RecordType::End) || !split.rest.is_empty() {
        return None;
    }
    let (end, tag) = End::parse(split.body).ok()?;
    Some((end, tag, len))
}

/// A sealed generation, not opened yet.
struct SealedPlace {
    start: u64,
    end: u64,
    /// Offset of the first segment.
    records_at: u64,
    head: SealHead,
    /// The last segment's tag.
    tag: [u8; TAG],
}

/// The seal of the sealed generation that starts at `at`, and where its segments start, if one does.
fn sealed_start<R: Read + Seek>(source: &mut Source<'_, R>, at: u64) -> Result<Option<(SealHead, u64)>> {
    if source.peek(at, FRONT.len() as u64)? != FRONT {
        return Ok(None);
    }
    let front = source.peek(at, SEAL_MAX)?;
    Ok(match peek_seal(&front[FRONT.len()..]) {
        Ok(Some((head, len))) if head.generation().is_some() => Some((head, at + (FRONT.len() + len) as u64)),
        _ => None,
    })
}

/// The sealed generation that ends at byte `stop`, if one does.
fn sealed_before<R: Read + Seek>(source: &mut Source<'_, R>, stop: u64) -> Result<Option<SealedPlace>> {
    let Some(from) = stop.checked_sub((TAG + TRAILER) as u64) else { return Ok(None) };
    let bytes = source.peek(from, (TAG + TRAILER) as u64)?;
    let Some((tag, trailer)) = bytes.split_first_chunk::<TAG>() else { return Ok(None) };
    let Some((len, magic)) = trailer.split_first_chunk::<8>() else { return Ok(None) };
    let start = stop.checked_sub(u64::from_le_bytes(*len));
    let Some(start) = start.filter(|_| *magic == END_MAGIC) else { return Ok(None) };
    let Some((head, records_at)) = sealed_start(source, start)? else { return Ok(None) };
    Ok(Some(SealedPlace { start, end: stop, records_at, head, tag: *tag }))
}

/// The sealed generations of which the last ends at byte `stop`, if they lead to the start of the file. All that is looked at is what
/// anybody can see, and change.
fn sealed_chain<R: Read + Seek>(source: &mut Source<'_, R>, stop: u64) -> Result<Option<Vec<SealedPlace>>> {
    let mut list: Vec<SealedPlace> = Vec::new();
    let mut stop = stop;
    loop {
        let Some(place) = sealed_before(source, stop)? else { return Ok(None) };
        let Some((archive, generation, previous)) = place.head.generation() else { return Ok(None) };
        if let Some(next) = list.last() {
            let follows = next.head.generation() == Some((archive, generation.wrapping_add(1), place.tag))
                && next.head.commitment == place.head.commitment;
            if !follows {
                return Err(Error::Tampered { what: "the order of sealed generations", offset: next.start });
            }
        }
        stop = place.start;
        if stop == 0 && (generation != 1 || previous != [0; TAG]) {
            return Err(Error::Tampered { what: "the first of the sealed generations is missing", offset: 0 });
        }
        list.push(place);
        if stop == 0 || generation == 1 {
            list.reverse();
            return Ok(Some(list).filter(|_| stop == 0));
        }
    }
}

/// Opens sealed generations, each with the key of the first, and compares what they say inside with what they say outside.
fn open_sealed<R: Read + Seek>(
    source: &mut Source<'_, R>,
    keys: &mut Keyring,
    places: Vec<SealedPlace>,
    condition: Condition,
) -> Result<Finding> {
    if let Condition::DamagedTail { at, .. } | Condition::TornTail { at, .. } = condition
        && source.peek(at, MAGIC.len() as u64)? == MAGIC
        && source.peek(at, FRONT.len() as u64)? != FRONT[..]
        && parse_archive_start(&source.peek(at, START_MAX)?).is_ok()
    {
        return Err(Error::NotSealed { offset: at });
    }
    let mut key: Option<DataKey> = None;
    let mut generations: Vec<Generation> = Vec::new();
    let mut previous = [0; TAG];
    for place in places {
        let here = |err: Error| err.at(place.start);
        let data_key = match &key {
            Some(key) if key.fits(&place.head) => key.clone(),
            Some(_) => return Err(Error::Tampered { what: "the parameters of the seal", offset: place.start }),
            None => keys.unlock(&place.head).map_err(here)?,
        };
        let SealedPlace { start, end, records_at, head, tag } = place;
        let view = Arc::new(View::of_generation(source, &data_key, &head, start, records_at, end)?);
        let section = Section { start, len: end - start, view: Some(view) };
        let generation = inner_generation(source, section, &head, generations.last())?;
        generations.push(generation);
        previous = tag;
        key = Some(data_key);
    }
    let seal = key.map(|key| SealedTail { key, previous });
    Ok(Finding { generations, condition, seal, parity: None })
}

/// The generation in an opened section, which must be all of it, and be what the seal says.
fn inner_generation<R: Read + Seek>(
    source: &mut Source<'_, R>,
    section: Section,
    head: &SealHead,
    last: Option<&Generation>,
) -> Result<Generation> {
    let mut inner = section.source(source);
    let from = inner.len.saturating_sub(END_MAX as u64);
    let tail = inner.peek(from, END_MAX as u64)?;
    let wrong =
        || Error::Corrupt { what: "what is sealed is not the generation that the seal names", offset: section.start };
    let (end, tag, record) = end_at_end(&tail).ok_or_else(wrong)?;
    let ident = &end.ident;
    let (archive, generation, _) = head.generation().ok_or_else(wrong)?;
    let follows = match last {
        None => ident.base == 0,
        Some(last) => {
            ident.previous == last.tag && last.end.ident.base.checked_add(last.end.content) == Some(ident.base)
        }
    };
    let sound = end.length + record as u64 == inner.len
        && ident.id == archive
        && ident.generation == u64::from(generation)
        && ident.base + end.content <= STORE_MAX;
    if !sound || !follows {
        return Err(wrong());
    }
    Ok(Generation { section, end, tag })
}
