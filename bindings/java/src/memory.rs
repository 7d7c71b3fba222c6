//! One call, and what a file says about itself.

use crate::bytes;
use crate::failure::{Result, Throw, fenced};
use crate::settings::SETTINGS;
use jni::Env;
use jni::objects::{JByteArray, JByteBuffer, JClass};
use jni::sys::{jint, jlong};
use std::fmt::Write;
use vatic_capi::{info, memory};

/// Bytes of an array copied at a time.
const PIECE: jint = 1 << 20;

native!(fn compress(data: jbyte[], offset: jint, len: jint, settings: jlong) -> jbyte[]);
fn compress<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    data: JByteArray<'a>,
    offset: jint,
    len: jint,
    settings: jlong,
) -> Result<JByteArray<'a>> {
    let settings = SETTINGS.get(settings)?;
    let mut encoder = fenced(|| memory::PieceEncoder::new(len.max(0) as u64, &settings))?;
    let mut piece = bytes::room(len.clamp(0, PIECE))?;
    let mut at = 0;
    while at < len {
        let step = PIECE.min(len - at);
        let piece = &mut piece[..step as usize];
        bytes::read(env, &data, offset.saturating_add(at), piece)?;
        fenced(|| encoder.feed(piece))?;
        at += step;
    }
    bytes::give(env, &fenced(|| encoder.finish())?)
}

native!(fn decompress(data: jbyte[], offset: jint, len: jint, settings: jlong) -> jbyte[]);
fn decompress<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    data: JByteArray<'a>,
    offset: jint,
    len: jint,
    settings: jlong,
) -> Result<JByteArray<'a>> {
    let settings = SETTINGS.get(settings)?;
    let packed = bytes::part(env, &data, offset, len)?;
    let plain = fenced(|| memory::decompress(&packed, &settings))?;
    bytes::give(env, &plain)
}

native!(
    fn compress_buffer(
        source: java.nio.ByteBuffer,
        at: jint,
        len: jint,
        target: java.nio.ByteBuffer,
        to: jint,
        room: jint,
        settings: jlong
    ) -> jint
);
#[expect(clippy::too_many_arguments, reason = "what Java passes")]
fn compress_buffer<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    source: JByteBuffer<'a>,
    at: jint,
    len: jint,
    target: JByteBuffer<'a>,
    to: jint,
    room: jint,
    settings: jlong,
) -> Result<jint> {
    let settings = SETTINGS.get(settings)?;
    bytes::in_place(env, (&source, at, len), (&target, to, room), |input, output| {
        let count = fenced(|| memory::copy_out(&memory::compress(input, &settings)?, output))?;
        Ok(count as jint)
    })
}

native!(
    fn decompress_buffer(
        source: java.nio.ByteBuffer,
        at: jint,
        len: jint,
        target: java.nio.ByteBuffer,
        to: jint,
        room: jint,
        settings: jlong
    ) -> jint
);
#[expect(clippy::too_many_arguments, reason = "what Java passes")]
fn decompress_buffer<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    source: JByteBuffer<'a>,
    at: jint,
    len: jint,
    target: JByteBuffer<'a>,
    to: jint,
    room: jint,
    settings: jlong,
) -> Result<jint> {
    let settings = SETTINGS.get(settings)?;
    bytes::in_place(env, (&source, at, len), (&target, to, room), |input, output| {
        Ok(fenced(|| memory::decompress_into(input, output, &settings))? as jint)
    })
}

native!(fn compress_bound(len: jlong) -> jlong);
fn compress_bound(_: &mut Env<'_>, _: JClass<'_>, len: jlong) -> Result<jlong> {
    Ok(memory::compress_bound(usize::try_from(len).unwrap_or(0)) as jlong)
}

native!(fn content_length(data: jbyte[]) -> jlong);
fn content_length<'a>(env: &mut Env<'a>, _: JClass<'a>, data: JByteArray<'a>) -> Result<jlong> {
    let data = bytes::whole(env, &data)?;
    let length = fenced(|| Ok(vatic::content_length(&data)?))?;
    Ok(length.and_then(|length| jlong::try_from(length).ok()).unwrap_or(-1))
}

native!(fn hash(data: jbyte[]) -> jbyte[]);
fn hash<'a>(env: &mut Env<'a>, _: JClass<'a>, data: JByteArray<'a>) -> Result<JByteArray<'a>> {
    let data = bytes::whole(env, &data)?;
    bytes::give(env, &memory::hash(&data))
}

native!(fn info(path: jbyte[], data: jbyte[], settings: jlong) -> jbyte[]);
/// What the file at `path`, or `data` where there is none, says about itself: lines of words. A line `frame` has its
/// length or -1, packed length, whether it is sealed and has checksums; behind it lines `model`, with the id and
/// whether it is in the frame, and `group`, with offset, length, packed length and codec.
fn info<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    path: JByteArray<'a>,
    data: JByteArray<'a>,
    settings: jlong,
) -> Result<JByteArray<'a>> {
    let settings = SETTINGS.get(settings)?;
    let info = if path.is_null() {
        let data = bytes::whole(env, &data)?;
        fenced(|| info::of_bytes(&data, &settings))?
    } else {
        let path = bytes::path(env, &path)?;
        fenced(|| info::of_file(&path, &settings))?
    };
    let mut out = String::new();
    for frame in &info.frames {
        let length = frame.content_length.map_or(-1, |length| length as i64);
        // Writing to a string cannot fail.
        let _ = writeln!(out, "frame {length} {} {} {}", frame.packed_length, frame.sealed.is_some(), frame.checksum);
        for model in &frame.models {
            let _ = writeln!(out, "model {} {}", model.id, model.embedded);
        }
        for group in &frame.groups {
            let _ = writeln!(out, "group {} {} {} {}", group.offset, group.len, group.packed, group.codec as u8);
        }
    }
    bytes::give(env, out.as_bytes())
}
