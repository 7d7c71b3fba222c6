//! Models.

use crate::bytes;
use crate::failure::{Result, Throw, fenced};
use crate::settings::SETTINGS;
use crate::table::Table;
use jni::Env;
use jni::objects::{JByteArray, JClass, JObjectArray};
use jni::sys::jlong;
use vatic::Model;
use vatic_capi::{Settings, model};

pub(crate) static MODELS: Table<Model> = Table::new();

native!(fn model_file(path: jbyte[], settings: jlong) -> jlong);
fn model_file<'a>(env: &mut Env<'a>, _: JClass<'a>, path: JByteArray<'a>, settings: jlong) -> Result<jlong> {
    let (settings, path) = (SETTINGS.get(settings)?, bytes::path(env, &path)?);
    Ok(MODELS.put(fenced(|| model::load(&path, &settings))?))
}

native!(fn model_bytes(data: jbyte[], settings: jlong) -> jlong);
fn model_bytes<'a>(env: &mut Env<'a>, _: JClass<'a>, data: JByteArray<'a>, settings: jlong) -> Result<jlong> {
    let (settings, data) = (SETTINGS.get(settings)?, bytes::whole(env, &data)?);
    Ok(MODELS.put(fenced(|| Ok(Model::from_bytes(&data, &settings.model_limits())?))?))
}

native!(fn model_czm(data: jbyte[], settings: jlong) -> jlong);
fn model_czm<'a>(env: &mut Env<'a>, _: JClass<'a>, data: JByteArray<'a>, settings: jlong) -> Result<jlong> {
    let (settings, data) = (SETTINGS.get(settings)?, bytes::whole(env, &data)?);
    Ok(MODELS.put(fenced(|| model::from_czm(&data, &settings))?))
}

native!(fn model_join(first: jlong, second: jlong) -> jlong);
fn model_join<'a>(_: &mut Env<'a>, _: JClass<'a>, first: jlong, second: jlong) -> Result<jlong> {
    let (first, second) = (MODELS.get(first)?, MODELS.get(second)?);
    Ok(MODELS.put(fenced(|| model::join([first.as_ref(), second.as_ref()]))?))
}

native!(fn model_train(samples: jbyte[][], size: jlong, beside: jlong) -> jlong);
/// Beside a transformer, unless that is 0.
fn model_train<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    samples: JObjectArray<'a, JByteArray<'a>>,
    size: jlong,
    beside: jlong,
) -> Result<jlong> {
    let beside = if beside == 0 { None } else { Some(MODELS.get(beside)?) };
    let (samples, size) = (bytes::list(env, &samples)?, usize::try_from(size).unwrap_or(0));
    Ok(MODELS.put(fenced(|| model::train(&samples, size, beside.as_deref(), &Settings::new()))?))
}

native!(fn model_to_bytes(model: jlong) -> jbyte[]);
fn model_to_bytes<'a>(env: &mut Env<'a>, _: JClass<'a>, model: jlong) -> Result<JByteArray<'a>> {
    let model = MODELS.get(model)?;
    let data = fenced(|| Ok(model.to_bytes()?))?;
    bytes::give(env, &data)
}

native!(fn model_id(model: jlong) -> jbyte[]);
fn model_id<'a>(env: &mut Env<'a>, _: JClass<'a>, model: jlong) -> Result<JByteArray<'a>> {
    bytes::give(env, MODELS.get(model)?.id().to_string().as_bytes())
}

native!(fn model_metadata(model: jlong) -> jbyte[][]);
/// Keys and values in turn.
fn model_metadata<'a>(env: &mut Env<'a>, _: JClass<'a>, model: jlong) -> Result<JObjectArray<'a, JByteArray<'a>>> {
    let model = MODELS.get(model)?;
    let words: Vec<&str> = model.metadata().iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]).collect();
    bytes::give_list(env, words.into_iter())
}

native!(fn model_parts(model: jlong) -> jbyte[][]);
fn model_parts<'a>(env: &mut Env<'a>, _: JClass<'a>, model: jlong) -> Result<JObjectArray<'a, JByteArray<'a>>> {
    let model = MODELS.get(model)?;
    let names: Vec<&str> = model.parts().map(|part| part.name()).collect();
    bytes::give_list(env, names.into_iter())
}

native!(fn model_free(model: jlong));
fn model_free(_: &mut Env<'_>, _: JClass<'_>, model: jlong) -> Result<()> {
    MODELS.free(model);
    Ok(())
}
