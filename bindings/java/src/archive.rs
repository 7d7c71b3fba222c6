//! Archives.

use crate::bytes;
use crate::failure::{Result, Throw, fenced};
use crate::settings::SETTINGS;
use crate::table::Table;
use jni::Env;
use jni::objects::{JByteArray, JClass, JLongArray, JObjectArray};
use jni::sys::{jint, jlong};
use std::path::PathBuf;
use vatic_capi::archive::{self, Archive};
use vatic_capi::tables::entry_field as field;
use vatic_capi::{Failure, Guarded, tables::Status};

static ARCHIVES: Table<Guarded<Archive>> = Table::new();

fn place(index: jint) -> Result<usize> {
    let wrong = |_| Failure::new(Status::NotFound, format!("there is no entry {index}"));
    Ok(usize::try_from(index).map_err(wrong)?)
}

fn paths<'a>(env: &mut Env<'a>, list: &JObjectArray<'a, JByteArray<'a>>) -> Result<Vec<PathBuf>> {
    Ok(bytes::texts(env, list)?.into_iter().map(PathBuf::from).collect())
}

native!(fn archive_create(target: jbyte[], inputs: jbyte[][], settings: jlong));
fn archive_create<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    target: JByteArray<'a>,
    inputs: JObjectArray<'a, JByteArray<'a>>,
    settings: jlong,
) -> Result<()> {
    let settings = SETTINGS.get(settings)?;
    let (target, inputs) = (bytes::path(env, &target)?, paths(env, &inputs)?);
    fenced(|| archive::create(&target, &inputs, &settings))
}

native!(fn archive_append(target: jbyte[], inputs: jbyte[][], settings: jlong));
fn archive_append<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    target: JByteArray<'a>,
    inputs: JObjectArray<'a, JByteArray<'a>>,
    settings: jlong,
) -> Result<()> {
    let settings = SETTINGS.get(settings)?;
    let (target, inputs) = (bytes::path(env, &target)?, paths(env, &inputs)?);
    fenced(|| archive::append(&target, &inputs, &settings))
}

native!(fn archive_file(path: jbyte[], settings: jlong) -> jlong);
fn archive_file<'a>(env: &mut Env<'a>, _: JClass<'a>, path: JByteArray<'a>, settings: jlong) -> Result<jlong> {
    let (settings, path) = (SETTINGS.get(settings)?, bytes::path(env, &path)?);
    Ok(ARCHIVES.put(Guarded::new(fenced(|| Archive::open(&path, &settings))?)))
}

native!(fn archive_bytes(data: jbyte[], settings: jlong) -> jlong);
fn archive_bytes<'a>(env: &mut Env<'a>, _: JClass<'a>, data: JByteArray<'a>, settings: jlong) -> Result<jlong> {
    let (settings, data) = (SETTINGS.get(settings)?, bytes::whole(env, &data)?);
    Ok(ARCHIVES.put(Guarded::new(fenced(|| Archive::from_bytes(data, &settings))?)))
}

native!(fn archive_size(archive: jlong) -> jint);
fn archive_size(_: &mut Env<'_>, _: JClass<'_>, archive: jlong) -> Result<jint> {
    let count = ARCHIVES.get(archive)?.run(|archive| Ok(archive.len()))?;
    let wrong = |_| Failure::new(Status::Limit, format!("{count} entries are more than a list can have"));
    Ok(jint::try_from(count).map_err(wrong)?)
}

native!(fn archive_entry_bytes(archive: jlong, index: jint) -> jbyte[][]);
/// Name, target of a link, and hash, which is empty where there is none.
fn archive_entry_bytes<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    archive: jlong,
    index: jint,
) -> Result<JObjectArray<'a, JByteArray<'a>>> {
    let index = place(index)?;
    let texts = ARCHIVES.get(archive)?.run(|archive| {
        let entry = archive.entry(index)?;
        let hash = entry.hash.map(|hash| hash.to_vec()).unwrap_or_default();
        Ok([entry.meta.name.clone(), archive::link_target(entry).to_vec(), hash])
    })?;
    bytes::give_list(env, texts.into_iter())
}

native!(fn archive_entry_values(archive: jlong, index: jint) -> jlong[]);
/// The values of its fields, in the order of their numbers.
fn archive_entry_values<'a>(env: &mut Env<'a>, _: JClass<'a>, archive: jlong, index: jint) -> Result<JLongArray<'a>> {
    let index = place(index)?;
    let values = ARCHIVES.get(archive)?.run(|archive| {
        let entry = archive.entry(index)?;
        let values =
            (field::KIND..=field::DEVICE_MINOR).map(|number| Ok(archive::entry_value(entry, number)? as jlong));
        values.collect::<vatic_capi::Result<Vec<jlong>>>()
    })?;
    let array = JLongArray::new(env, values.len())?;
    array.set_region(env, 0, &values)?;
    Ok(array)
}

native!(fn archive_find(archive: jlong, name: jbyte[]) -> jint);
fn archive_find<'a>(env: &mut Env<'a>, _: JClass<'a>, archive: jlong, name: JByteArray<'a>) -> Result<jint> {
    let (archive, name) = (ARCHIVES.get(archive)?, bytes::whole(env, &name)?);
    Ok(archive.run(|archive| archive.find(&name))? as jint)
}

native!(fn archive_read(archive: jlong, index: jint) -> jbyte[]);
fn archive_read<'a>(env: &mut Env<'a>, _: JClass<'a>, archive: jlong, index: jint) -> Result<JByteArray<'a>> {
    let index = place(index)?;
    let content = ARCHIVES.get(archive)?.run(|archive| Ok(archive.read(index)?.to_vec()))?;
    bytes::give(env, &content)
}

native!(fn archive_extract(archive: jlong, target: jbyte[], patterns: jbyte[][]) -> jlong);
fn archive_extract<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    archive: jlong,
    target: JByteArray<'a>,
    patterns: JObjectArray<'a, JByteArray<'a>>,
) -> Result<jlong> {
    let archive = ARCHIVES.get(archive)?;
    let (target, patterns) = (bytes::path(env, &target)?, bytes::texts(env, &patterns)?);
    Ok(archive.run(|archive| archive.extract(&target, &patterns))? as jlong)
}

native!(fn archive_extract_entry(archive: jlong, index: jint, target: jbyte[]) -> jlong);
fn archive_extract_entry<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    archive: jlong,
    index: jint,
    target: JByteArray<'a>,
) -> Result<jlong> {
    let (archive, index, target) = (ARCHIVES.get(archive)?, place(index)?, bytes::path(env, &target)?);
    Ok(archive.run(|archive| archive.extract_entry(index, &target))? as jlong)
}

native!(fn archive_verify(archive: jlong));
fn archive_verify(_: &mut Env<'_>, _: JClass<'_>, archive: jlong) -> Result<()> {
    Ok(ARCHIVES.get(archive)?.run(Archive::verify)?)
}

native!(fn archive_free(archive: jlong));
fn archive_free(_: &mut Env<'_>, _: JClass<'_>, archive: jlong) -> Result<()> {
    ARCHIVES.free(archive);
    Ok(())
}
