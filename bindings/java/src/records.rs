//! Records under a model.

use crate::bytes;
use crate::failure::{Result, Throw, fenced};
use crate::model::MODELS;
use crate::settings::SETTINGS;
use crate::table::Table;
use jni::Env;
use jni::objects::{JByteArray, JClass, JObjectArray};
use jni::sys::{jint, jlong};
use std::sync::{Mutex, PoisonError};
use std::thread::available_parallelism;
use vatic::Model;
use vatic_capi::records::{self, RecordBatch, Records};
use vatic_capi::{Guarded, Settings};

/// Coders for any number of threads: each call takes one, and puts it back.
struct Pool {
    model: Model,
    settings: Settings,
    idle: Mutex<Vec<Records>>,
}

impl Pool {
    fn run<T>(&self, work: impl FnOnce(&mut Records) -> vatic_capi::Result<T>) -> Result<T> {
        fenced(|| {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut coder = match idle {
                Some(coder) => coder,
                None => Records::new(&self.model, &self.settings)?,
            };
            // One that panics is not put back.
            let result = work(&mut coder);
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < available_parallelism().map_or(1, usize::from) {
                idle.push(coder);
            }
            result
        })
    }
}

static POOLS: Table<Pool> = Table::new();
static BATCHES: Table<Guarded<RecordBatch>> = Table::new();

native!(fn records(model: jlong, settings: jlong) -> jlong);
fn records(_: &mut Env<'_>, _: JClass<'_>, model: jlong, settings: jlong) -> Result<jlong> {
    let (model, settings) = (MODELS.get(model)?.as_ref().clone(), SETTINGS.get(settings)?.as_ref().clone());
    // What is wrong with the model or the settings shows now, not with the first record.
    let first = fenced(|| Records::new(&model, &settings))?;
    Ok(POOLS.put(Pool { model, settings, idle: Mutex::new(vec![first]) }))
}

native!(fn records_compress(records: jlong, record: jbyte[]) -> jbyte[]);
fn records_compress<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    records: jlong,
    record: JByteArray<'a>,
) -> Result<JByteArray<'a>> {
    let (pool, record) = (POOLS.get(records)?, bytes::whole(env, &record)?);
    let packed = pool.run(|coder| Ok(coder.compress(&record)?.to_vec()))?;
    bytes::give(env, &packed)
}

native!(fn records_decompress(records: jlong, packed: jbyte[]) -> jbyte[]);
fn records_decompress<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    records: jlong,
    packed: JByteArray<'a>,
) -> Result<JByteArray<'a>> {
    let (pool, packed) = (POOLS.get(records)?, bytes::whole(env, &packed)?);
    let record = pool.run(|coder| Ok(coder.decompress(&packed)?.to_vec()))?;
    bytes::give(env, &record)
}

native!(fn records_free(records: jlong));
fn records_free(_: &mut Env<'_>, _: JClass<'_>, records: jlong) -> Result<()> {
    POOLS.free(records);
    Ok(())
}

native!(fn compress_many(list: jbyte[][], model: jlong, settings: jlong) -> jbyte[]);
fn compress_many<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    list: JObjectArray<'a, JByteArray<'a>>,
    model: jlong,
    settings: jlong,
) -> Result<JByteArray<'a>> {
    let (model, settings) = (MODELS.get(model)?, SETTINGS.get(settings)?);
    let list = bytes::list(env, &list)?;
    let packed = fenced(|| records::compress_many(&list, &model, &settings))?;
    bytes::give(env, &packed)
}

native!(fn decompress_many(data: jbyte[], settings: jlong) -> jbyte[][]);
fn decompress_many<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    data: JByteArray<'a>,
    settings: jlong,
) -> Result<JObjectArray<'a, JByteArray<'a>>> {
    let (settings, data) = (SETTINGS.get(settings)?, bytes::whole(env, &data)?);
    let list = fenced(|| records::decompress_many(&data, &settings))?;
    bytes::give_list(env, list.into_iter())
}

native!(fn batch(data: jbyte[], settings: jlong) -> jlong);
fn batch<'a>(env: &mut Env<'a>, _: JClass<'a>, data: JByteArray<'a>, settings: jlong) -> Result<jlong> {
    let (settings, data) = (SETTINGS.get(settings)?, bytes::whole(env, &data)?);
    Ok(BATCHES.put(Guarded::new(fenced(|| RecordBatch::open(data, &settings))?)))
}

native!(fn batch_size(batch: jlong) -> jlong);
fn batch_size(_: &mut Env<'_>, _: JClass<'_>, batch: jlong) -> Result<jlong> {
    Ok(BATCHES.get(batch)?.run(|batch| Ok(batch.len() as jlong))?)
}

native!(fn batch_get(batch: jlong, index: jint) -> jbyte[]);
fn batch_get<'a>(env: &mut Env<'a>, _: JClass<'a>, batch: jlong, index: jint) -> Result<JByteArray<'a>> {
    let index = u64::try_from(index).unwrap_or(u64::MAX);
    let record = BATCHES.get(batch)?.run(|batch| Ok(batch.get(index)?.to_vec()))?;
    bytes::give(env, &record)
}

native!(fn batch_free(batch: jlong));
fn batch_free(_: &mut Env<'_>, _: JClass<'_>, batch: jlong) -> Result<()> {
    BATCHES.free(batch);
    Ok(())
}
