//! Random access: to files, to bytes, and to whatever a Java channel reads.

use crate::bytes;
use crate::failure::{Result, Throw, fenced};
use crate::settings::SETTINGS;
use crate::table::Table;
use jni::objects::{JByteArray, JClass, JLongArray, JObject, JValue};
use jni::refs::Global;
use jni::sys::{jint, jlong};
use jni::{Env, JavaVM, jni_sig, jni_str};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use vatic_capi::{Guarded, memory};

/// Bytes asked of Java at a time, at most.
const PIECE: usize = 1 << 20;

/// What `dev.vatic.ChannelSource` reads.
struct Channel {
    vm: JavaVM,
    source: Global<JObject<'static>>,
    len: u64,
    position: u64,
}

impl Channel {
    fn fill(&self, env: &mut Env<'_>, out: &mut [u8]) -> Result<usize> {
        let len = out.len().min(PIECE);
        let array = JByteArray::new(env, len)?;
        let arguments = [JValue::Long(self.position as jlong), JValue::Object(&array)];
        let count = env.call_method(&self.source, jni_str!("read"), jni_sig!("(J[B)I"), &arguments)?.i()?;
        // Below zero: the other side has kept what was thrown.
        let count = usize::try_from(count).map_err(|_| io::Error::other("the channel cannot be read"));
        let count = count.map_err(vatic::Error::from)?.min(len);
        bytes::read(env, &array, 0, &mut out[..count])?;
        Ok(count)
    }
}

impl Read for Channel {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let filled = self.vm.attach_current_thread_for_scope(|env| self.fill(env, out));
        let count = filled.map_err(|thrown| io::Error::other(thrown.to_string()))?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Channel {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(delta) => self.len.checked_add_signed(delta),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

native!(fn reader_channel(source: JObject, len: jlong, settings: jlong) -> jlong);
fn reader_channel<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    source: JObject<'a>,
    len: jlong,
    settings: jlong,
) -> Result<jlong> {
    let settings = SETTINGS.get(settings)?;
    let len = u64::try_from(len).unwrap_or(0);
    let channel = Channel { vm: env.get_java_vm()?, source: env.new_global_ref(source)?, len, position: 0 };
    let reader = fenced(|| memory::Reader::from_source(BufReader::new(channel), &settings))?;
    Ok(READERS.put(Guarded::new(reader)))
}

native!(fn reader_starts(reader: jlong) -> jlong[]);
/// Where groups begin: in the file and in the output, in turn.
fn reader_starts<'a>(env: &mut Env<'a>, _: JClass<'a>, reader: jlong) -> Result<JLongArray<'a>> {
    let starts = READERS.get(reader)?.run(|reader| Ok(reader.group_starts()))?;
    let flat: Vec<jlong> = starts.into_iter().flat_map(|(at, offset)| [at as jlong, offset as jlong]).collect();
    let array = JLongArray::new(env, flat.len())?;
    array.set_region(env, 0, &flat)?;
    Ok(array)
}

static READERS: Table<Guarded<memory::Reader>> = Table::new();

native!(fn reader_file(path: jbyte[], settings: jlong) -> jlong);
fn reader_file<'a>(env: &mut Env<'a>, _: JClass<'a>, path: JByteArray<'a>, settings: jlong) -> Result<jlong> {
    let (settings, path) = (SETTINGS.get(settings)?, bytes::path(env, &path)?);
    Ok(READERS.put(Guarded::new(fenced(|| memory::Reader::open(&path, &settings))?)))
}

native!(fn reader_bytes(data: jbyte[], settings: jlong) -> jlong);
fn reader_bytes<'a>(env: &mut Env<'a>, _: JClass<'a>, data: JByteArray<'a>, settings: jlong) -> Result<jlong> {
    let (settings, data) = (SETTINGS.get(settings)?, bytes::whole(env, &data)?);
    Ok(READERS.put(Guarded::new(fenced(|| memory::Reader::from_bytes(data, &settings))?)))
}

native!(fn reader_length(reader: jlong) -> jlong);
fn reader_length(_: &mut Env<'_>, _: JClass<'_>, reader: jlong) -> Result<jlong> {
    Ok(READERS.get(reader)?.run(|reader| Ok(reader.len() as jlong))?)
}

native!(fn reader_read(reader: jlong, position: jlong, out: jbyte[], offset: jint, len: jint) -> jint);
fn reader_read<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    reader: jlong,
    position: jlong,
    out: JByteArray<'a>,
    offset: jint,
    len: jint,
) -> Result<jint> {
    let reader = READERS.get(reader)?;
    let position = u64::try_from(position).unwrap_or(u64::MAX);
    let read = reader.run(|reader| reader.read(position, usize::try_from(len).unwrap_or(0)))?;
    bytes::write(env, &read, &out, offset)?;
    Ok(read.len() as jint)
}

native!(fn reader_free(reader: jlong));
fn reader_free(_: &mut Env<'_>, _: JClass<'_>, reader: jlong) -> Result<()> {
    READERS.free(reader);
    Ok(())
}
