//! Streams.

use crate::bytes;
use crate::failure::{Result, Throw, fenced};
use crate::settings::SETTINGS;
use crate::table::Table;
use jni::Env;
use jni::objects::{JByteArray, JClass};
use jni::sys::{jboolean, jint, jlong};
use vatic_capi::Guarded;
use vatic_capi::stream::{Op, StreamDecoder, StreamEncoder};

static ENCODERS: Table<Guarded<StreamEncoder>> = Table::new();
static DECODERS: Table<Guarded<StreamDecoder>> = Table::new();

native!(fn encoder(settings: jlong) -> jlong);
fn encoder(_: &mut Env<'_>, _: JClass<'_>, settings: jlong) -> Result<jlong> {
    let settings = SETTINGS.get(settings)?;
    Ok(ENCODERS.put(Guarded::new(fenced(|| StreamEncoder::new(&settings))?)))
}

native!(fn encoder_push(encoder: jlong, data: jbyte[], offset: jint, len: jint, op: jint) -> jbyte[]);
/// Takes all of the input; what output there is, null for none.
fn encoder_push<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    encoder: jlong,
    data: JByteArray<'a>,
    offset: jint,
    len: jint,
    op: jint,
) -> Result<JByteArray<'a>> {
    let encoder = ENCODERS.get(encoder)?;
    let input = bytes::part(env, &data, offset, len)?;
    let mut out = Vec::new();
    encoder.run(|stream| stream.push(&input, &mut out, Op::from_number(op)?))?;
    if out.is_empty() { Ok(JByteArray::default()) } else { bytes::give(env, &out) }
}

native!(fn encoder_free(encoder: jlong));
fn encoder_free(_: &mut Env<'_>, _: JClass<'_>, encoder: jlong) -> Result<()> {
    ENCODERS.free(encoder);
    Ok(())
}

native!(fn decoder(settings: jlong) -> jlong);
fn decoder(_: &mut Env<'_>, _: JClass<'_>, settings: jlong) -> Result<jlong> {
    let settings = SETTINGS.get(settings)?;
    Ok(DECODERS.put(Guarded::new(fenced(|| Ok(StreamDecoder::new(&settings)))?)))
}

native!(
    fn decoder_pull(
        decoder: jlong,
        data: jbyte[],
        len: jint,
        end: jboolean,
        out: jbyte[],
        offset: jint,
        room: jint
    ) -> jint
);
/// Takes the first `len` bytes of `data`; bytes of output. Of what is the last, -1 less the bytes.
#[expect(clippy::too_many_arguments, reason = "what Java passes")]
fn decoder_pull<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    decoder: jlong,
    data: JByteArray<'a>,
    len: jint,
    end: jboolean,
    out: JByteArray<'a>,
    offset: jint,
    room: jint,
) -> Result<jint> {
    let decoder = DECODERS.get(decoder)?;
    let input = bytes::part(env, &data, 0, len)?;
    let op = if end { Op::End } else { Op::Continue };
    let mut plain = Vec::new();
    let finished = decoder.run(|stream| {
        stream.pull(&input, &mut plain, usize::try_from(room).unwrap_or(0), op)?;
        Ok(stream.is_finished())
    })?;
    bytes::write(env, &plain, &out, offset)?;
    let given = plain.len() as jint;
    Ok(if finished { -1 - given } else { given })
}

native!(fn decoder_free(decoder: jlong));
fn decoder_free(_: &mut Env<'_>, _: JClass<'_>, decoder: jlong) -> Result<()> {
    DECODERS.free(decoder);
    Ok(())
}
