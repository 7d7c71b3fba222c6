//! Parity: recovery shards behind an archive, from which so many bytes as they are can be had back, wherever they were lost.
//!
//! The archive's bytes, sealed or not, are cut into at most 1,024 shards of equal length; a Reed-Solomon code over them (Leopard:
//! Lin, Al-Naffouri, Han 2016; the crate `reed-solomon-simd`) makes the recovery shards. Each shard has a hash, so that
//! what is damaged is known before anything is mended, and what was mended is compared. No key is needed: what is protected is what
//! everybody sees. Cost: the share asked for, and 32 bytes a shard. Memory: two times 32 MB and
//! a shard, as the code works on 64 bytes of each shard at a time and on as many such columns as one likes.

use super::unit::END_MAGIC;
use crate::container::walk::Source;
use crate::container::wire::{Cursor, put_varint};
use crate::error::{Error, Result};
use reed_solomon_simd::{ReedSolomonDecoder, ReedSolomonEncoder};
use std::io::{Read, Seek, SeekFrom, Write};

/// First bytes of a head: those of every frame, then some chosen at random.
const SYNC: [u8; 8] = [0xF6, b'V', b'A', b'P', 0x6E, 0xB2, 0xD5, 0x48];
/// Most shards that the archive is cut into.
const SHARDS_MAX: u64 = 1024;
/// Shards are at least so long: their hashes are to be small beside them.
const SHARD_MIN: u64 = 4096;
/// What the code takes at a time of each shard.
const COLUMN: u64 = 64;
/// Bytes of all shards that are worked on at a time.
const WORK: u64 = 32 << 20;
/// Bytes of a shard's hash.
const HASH: usize = 16;
/// Bytes of the check that ends a head.
const CHECK: usize = 32;
/// Last bytes of a file with parity: how many bytes the parity takes, then the magic that ends every frame.
const TRAILER: u64 = 10;
/// No head is longer.
const HEAD_MAX: u64 = 1 << 16;
/// Bytes searched at a time.
const STEP: u64 = 1 << 20;

/// How much of an archive can be mended: recovery shards in hundredths of a percent of its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(u32);

impl Share {
    /// `hundredths` of a percent: 1 to 10,000.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] outside that.
    pub fn new(hundredths: u32) -> Result<Share> {
        if (1..=10_000).contains(&hundredths) {
            return Ok(Share(hundredths));
        }
        Err(Error::InvalidOption("parity is more than 0 and at most 100 percent".into()))
    }
}

/// What stands in front of the recovery shards, and behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Head {
    /// Bytes that are protected: all in front of the parity.
    protected: u64,
    /// Bytes of a shard.
    shard: u64,
    share: Share,
    /// Of the shards of the archive, the last filled up with zeros; then of the recovery shards.
    hashes: Vec<[u8; HASH]>,
}

/// How an archive of so many bytes is cut: shards and their length.
fn cut(protected: u64) -> (u64, u64) {
    let shard = protected.div_ceil(SHARDS_MAX).max(SHARD_MIN).next_multiple_of(COLUMN);
    (protected.div_ceil(shard).max(1), shard)
}

impl Head {
    fn shards(&self) -> usize {
        self.protected.div_ceil(self.shard) as usize
    }

    fn recovery(&self) -> usize {
        self.hashes.len() - self.shards()
    }

    /// How many recovery shards make this share.
    fn recovery_for(share: Share, shards: u64) -> u64 {
        (shards * u64::from(share.0)).div_ceil(10_000)
    }

    fn write(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        put_varint(&mut fields, self.protected);
        put_varint(&mut fields, u64::from(self.share.0));
        let len = SYNC.len() + 4 + fields.len() + self.hashes.len() * HASH + CHECK;
        let mut head = [&SYNC[..], &(len as u32).to_le_bytes(), &fields].concat();
        self.hashes.iter().for_each(|hash| head.extend_from_slice(hash));
        let check = blake3::hash(&head);
        head.extend_from_slice(check.as_bytes());
        head
    }

    /// The head at the front of `bytes`, if there is a sound one, and its length.
    fn parse(bytes: &[u8]) -> Option<(Head, u64)> {
        let len = u32::from_le_bytes(*bytes.strip_prefix(&SYNC)?.first_chunk()?);
        let (front, check) = bytes.get(..len as usize)?.split_last_chunk::<CHECK>()?;
        if blake3::hash(front) != *check {
            return None;
        }
        let mut cursor = Cursor::new(front.get(SYNC.len() + 4..)?);
        let protected = cursor.varint("protected length").ok().filter(|&len| 0 < len && len <= super::STORE_MAX)?;
        let share = Share::new(u32::try_from(cursor.varint("share").ok()?).ok()?).ok()?;
        let (shards, shard) = cut(protected);
        let (hashes, rest) = cursor.rest().as_chunks::<HASH>();
        let sound = rest.is_empty() && hashes.len() as u64 == shards + Head::recovery_for(share, shards);
        sound.then(|| (Head { protected, shard, share, hashes: hashes.to_vec() }, u64::from(len)))
    }

    /// Bytes of all that stands behind the archive.
    fn behind(&self, record: u64) -> u64 {
        2 * record + self.recovery() as u64 * self.shard + TRAILER
    }
}

/// The parity that a file ends with.
#[derive(Clone, Debug)]
pub(super) struct Parity {
    head: Head,
    /// Bytes of its head.
    record: u64,
}

impl Parity {
    /// What a file ends with, if that is whole enough to be known.
    pub(super) fn at_end<R: Read + Seek>(source: &mut Source<'_, R>) -> Result<Option<Parity>> {
        let Some(at) = source.len.checked_sub(TRAILER) else { return Ok(None) };
        let trailer = source.peek_file(at, TRAILER)?;
        let Some((len, magic)) = trailer.split_first_chunk::<8>() else { return Ok(None) };
        let start = source.len.checked_sub(u64::from_le_bytes(*len));
        let Some(start) = start.filter(|_| *magic == END_MAGIC) else { return Ok(None) };
        let front = source.peek_file(start, HEAD_MAX)?;
        let Some((head, record)) = Head::parse(&front) else { return Ok(None) };
        let fits = head.protected == start && start + head.behind(record) == source.len;
        Ok(fits.then_some(Parity { head, record }))
    }

    /// Whether bytes that are no generation look like parity.
    pub(super) fn starts<R: Read + Seek>(source: &mut Source<'_, R>, at: u64) -> Result<bool> {
        Ok(source.peek_file(at, SYNC.len() as u64)? == SYNC)
    }

    /// The share that what is left of parity at `at` was for.
    pub(super) fn share_at<R: Read + Seek>(source: &mut Source<'_, R>, at: u64) -> Result<Option<Share>> {
        Ok(Head::parse(&source.peek_file(at, HEAD_MAX)?).map(|(head, _)| head.share))
    }

    /// Bytes of the file in front of it.
    pub(super) fn protected(&self) -> u64 {
        self.head.protected
    }

    /// What was asked for.
    pub(super) fn share(&self) -> Share {
        self.head.share
    }

    /// Compares every byte of it, and every shard of what it protects.
    pub(super) fn verify<R: Read + Seek>(&self, source: &mut Source<'_, R>) -> Result<()> {
        let Head { protected, shard, .. } = self.head;
        for (index, hash) in self.head.hashes.iter().enumerate() {
            let (at, len) = match index.checked_sub(self.head.shards()) {
                Some(recovery) => (protected + self.record + recovery as u64 * shard, shard),
                None => (index as u64 * shard, shard.min(protected - index as u64 * shard)),
            };
            let bytes = padded(source.read_file(at, len, "a shard")?, shard);
            if hash_of(&bytes) != *hash {
                return Err(Error::Corrupt { what: "a shard has not the hash that the parity says", offset: at });
            }
        }
        let second = protected + self.record + self.head.recovery() as u64 * shard;
        if source.read_file(second, self.record, "parity")? != self.head.write() {
            return Err(Error::Corrupt { what: "the two heads of the parity differ", offset: second });
        }
        Ok(())
    }
}

fn padded(mut bytes: Vec<u8>, len: u64) -> Vec<u8> {
    bytes.resize(len as usize, 0);
    bytes
}

fn hash_of(bytes: &[u8]) -> [u8; HASH] {
    let mut hash = [0; HASH];
    hash.copy_from_slice(&blake3::hash(bytes).as_bytes()[..HASH]);
    hash
}

/// The code failed, which for counts and lengths like these it cannot.
fn code_error(_: reed_solomon_simd::Error) -> Error {
    Error::Internal("the Reed-Solomon code refused its shards")
}

/// The columns of shards of `shard` bytes, in steps that `count` shards can be worked on with: offset in the shard, bytes.
fn columns(shard: u64, count: u64) -> impl Iterator<Item = (u64, u64)> {
    let step = (WORK / count.max(1) / COLUMN * COLUMN).clamp(COLUMN, shard);
    (0..shard.div_ceil(step)).map(move |index| (index * step, step.min(shard - index * step)))
}

/// Writes parity behind the first `protected` bytes of `file`, which are an archive; how many bytes it took.
///
/// # Errors
/// Those of `file`.
pub fn protect<F: Read + Write + Seek>(file: &mut F, protected: u64, share: Share) -> Result<u64> {
    let (shards, shard) = cut(protected);
    let recovery = Head::recovery_for(share, shards);
    let mut hashes = Vec::new();
    for index in 0..shards {
        let bytes = read_at(file, index * shard, shard.min(protected.saturating_sub(index * shard)))?;
        hashes.push(hash_of(&padded(bytes, shard)));
    }
    // Should this be interrupted, the next append finds here what was asked for. Its length will be the same.
    let total = hashes.len() + recovery as usize;
    let begun = Head { protected, shard, share, hashes: vec![[0; HASH]; total] }.write();
    let record = begun.len() as u64;
    file.seek(SeekFrom::Start(protected))?;
    file.write_all(&begun)?;
    let mut hashers = vec![blake3::Hasher::new(); recovery as usize];
    for (offset, len) in columns(shard, shards + recovery) {
        let mut encoder =
            ReedSolomonEncoder::new(shards as usize, recovery as usize, len as usize).map_err(code_error)?;
        for index in 0..shards {
            let at = index * shard + offset;
            let bytes = read_at(file, at, len.min(protected.saturating_sub(at)))?;
            encoder.add_original_shard(padded(bytes, len)).map_err(code_error)?;
        }
        let encoded = encoder.encode().map_err(code_error)?;
        for (index, bytes) in encoded.recovery_iter().enumerate() {
            file.seek(SeekFrom::Start(protected + record + index as u64 * shard + offset))?;
            file.write_all(bytes)?;
            hashers[index].update(bytes);
        }
    }
    hashes.extend(hashers.iter().map(|hasher| {
        let mut hash = [0; HASH];
        hash.copy_from_slice(&hasher.finalize().as_bytes()[..HASH]);
        hash
    }));
    let head = Head { protected, shard, share, hashes };
    let bytes = head.write();
    let behind = head.behind(record);
    file.seek(SeekFrom::Start(protected))?;
    file.write_all(&bytes)?;
    file.seek(SeekFrom::Start(protected + record + recovery * shard))?;
    file.write_all(&bytes)?;
    file.write_all(&behind.to_le_bytes())?;
    file.write_all(&END_MAGIC)?;
    file.flush()?;
    Ok(behind)
}

/// Up to `len` bytes at `at`; fewer at the end.
fn read_at<R: Read + Seek>(reader: &mut R, at: u64, len: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len as usize).map_err(|_| Error::OutOfMemory { bytes: len })?;
    reader.seek(SeekFrom::Start(at))?;
    reader.by_ref().take(len).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What mending came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repair {
    /// Shards of the archive.
    pub shards: u64,
    /// Those of them that were damaged, and are whole again.
    pub mended: u64,
    /// Bytes of the archive, without its parity.
    pub len: u64,
}

/// Writes to `out`, which is empty, the archive that `damaged` was, with its parity. Bytes may have been changed, and at one place
/// added or taken out; as many shards may be damaged as there are intact ones of parity. Every shard written has the hash
/// that it had when the parity was made.
///
/// # Errors
/// [`Error::NotVatic`] where no parity is found, [`Error::Corrupt`] where more is damaged than it can mend, those of the files.
pub fn repair<R: Read + Seek, F: Read + Write + Seek>(damaged: &mut R, out: &mut F) -> Result<Repair> {
    let mut source = Source::new(damaged)?;
    let Some((head, recovery_at, shift)) = find_head(&mut source)? else {
        return Err(Error::NotVatic { what: "no parity was found in it" });
    };
    let (shards, shard) = (head.shards(), head.shard);
    // Where each shard is, if it is anywhere: counted from the start, or from the parity.
    let mut places: Vec<Option<u64>> = Vec::new();
    for index in 0..shards {
        let at = index as u64 * shard;
        let len = shard.min(head.protected - at);
        let moved = at.checked_add_signed(shift);
        let mut found = None;
        for at in [Some(at), moved.filter(|_| shift != 0)].into_iter().flatten() {
            if found.is_none() && shard_is(&mut source, at, len, shard, &head.hashes[index])? {
                found = Some(at);
            }
        }
        places.push(found);
    }
    let mut recovery: Vec<usize> = Vec::new();
    for index in 0..head.recovery() {
        let at = recovery_at + index as u64 * shard;
        if shard_is(&mut source, at, shard, shard, &head.hashes[shards + index])? {
            recovery.push(index);
        }
    }
    let lost: Vec<usize> = (0..shards).filter(|&index| places[index].is_none()).collect();
    if lost.len() > recovery.len() {
        let at = lost.first().map_or(0, |&index| index as u64 * shard);
        return Err(Error::Corrupt { what: "more shards are damaged than the parity can mend", offset: at });
    }
    for (index, place) in places.iter().enumerate() {
        let Some(place) = place else { continue };
        let at = index as u64 * shard;
        out.seek(SeekFrom::Start(at))?;
        out.write_all(&source.peek_file(*place, shard.min(head.protected - at))?)?;
    }
    if !lost.is_empty() {
        mend(&mut source, &head, &places, recovery_at, &recovery, out)?;
    }
    for &index in &lost {
        let at = index as u64 * shard;
        let bytes = read_at(out, at, shard.min(head.protected - at))?;
        if hash_of(&padded(bytes, shard)) != head.hashes[index] {
            return Err(Error::Internal("a mended shard has not its hash"));
        }
    }
    protect(out, head.protected, head.share)?;
    Ok(Repair { shards: shards as u64, mended: lost.len() as u64, len: head.protected })
}

/// Whether the shard at `at` of the file has this hash.
fn shard_is<R: Read + Seek>(
    source: &mut Source<'_, R>,
    at: u64,
    len: u64,
    shard: u64,
    hash: &[u8; HASH],
) -> Result<bool> {
    let bytes = source.peek_file(at, len)?;
    Ok(bytes.len() as u64 == len && hash_of(&padded(bytes, shard)) == *hash)
}

/// Writes the shards that have no place.
fn mend<R: Read + Seek, F: Write + Seek>(
    source: &mut Source<'_, R>,
    head: &Head,
    places: &[Option<u64>],
    recovery_at: u64,
    recovery: &[usize],
    out: &mut F,
) -> Result<()> {
    let (shards, shard) = (head.shards(), head.shard);
    for (offset, len) in columns(shard, head.hashes.len() as u64) {
        let mut decoder = ReedSolomonDecoder::new(shards, head.recovery(), len as usize).map_err(code_error)?;
        for (index, place) in places.iter().enumerate() {
            let Some(place) = place else { continue };
            let here = index as u64 * shard + offset;
            let bytes = source.peek_file(place + offset, len.min(head.protected.saturating_sub(here)))?;
            decoder.add_original_shard(index, padded(bytes, len)).map_err(code_error)?;
        }
        for &index in recovery {
            let bytes = source.peek_file(recovery_at + index as u64 * shard + offset, len)?;
            decoder.add_recovery_shard(index, padded(bytes, len)).map_err(code_error)?;
        }
        let decoded = decoder.decode().map_err(code_error)?;
        for (index, bytes) in decoded.restored_original_iter() {
            let at = index as u64 * shard + offset;
            let len = len.min(head.protected.saturating_sub(at)) as usize;
            out.seek(SeekFrom::Start(at))?;
            out.write_all(&bytes[..len])?;
        }
    }
    Ok(())
}

/// A sound head, where the recovery shards are, and by how much the bytes in front of the parity have moved.
fn find_head<R: Read + Seek>(source: &mut Source<'_, R>) -> Result<Option<(Head, u64, i64)>> {
    let mut stop = source.len;
    // From the end, where it should be.
    while stop > 0 {
        let from = stop.saturating_sub(STEP);
        let window = source.peek_file(from, stop - from + HEAD_MAX)?;
        for at in (0..window.len().min((stop - from) as usize)).rev() {
            if !window[at..].starts_with(&SYNC) {
                continue;
            }
            // At least one shard must be there for any to be mended.
            if let Some((head, record)) = Head::parse(&window[at..]).filter(|(head, _)| head.shard <= source.len) {
                return Ok(Some(place_head(source, head, record, from + at as u64)?));
            }
        }
        stop = from;
    }
    Ok(None)
}

/// A head was found at `at`: the recovery shards are behind it or, if it is the second one, in front of it.
fn place_head<R: Read + Seek>(
    source: &mut Source<'_, R>,
    head: Head,
    record: u64,
    at: u64,
) -> Result<(Head, u64, i64)> {
    let shards = head.recovery() as u64 * head.shard;
    let mut best: (u64, u64) = (0, at + record);
    for recovery_at in [at.checked_sub(shards), Some(at + record)].into_iter().flatten() {
        let mut sound = 0;
        for (index, hash) in head.hashes[head.shards()..].iter().enumerate() {
            let place = recovery_at + index as u64 * head.shard;
            sound += u64::from(shard_is(source, place, head.shard, head.shard, hash)?);
        }
        if sound > best.0 {
            best = (sound, recovery_at);
        }
    }
    let start = best.1.saturating_sub(record);
    Ok((head.clone(), best.1, start as i64 - head.protected as i64))
}
