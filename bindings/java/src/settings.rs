//! Settings by number, keys, and the callback for progress.

use crate::bytes;
use crate::failure::{Result, Throw, fenced};
use crate::model::MODELS;
use crate::table::Table;
use jni::objects::{JByteArray, JClass, JIntArray, JLongArray, JObject, JObjectArray, JValue};
use jni::refs::Global;
use jni::sys::jlong;
use jni::{Env, JavaVM, jni_sig, jni_str};
use std::ops::ControlFlow;
use std::sync::Arc;
use vatic::{Key, Progress};
use vatic_capi::tables::Status;
use vatic_capi::{Failure, Settings};
use zeroize::Zeroizing;

/// Settings never change once they are made.
pub(crate) static SETTINGS: Table<Settings> = Table::new();
static KEYS: Table<Key> = Table::new();

native!(fn settings(numbers: jint[], values: jlong[], models: jlong[], keys: jlong[], progress: JObject) -> jlong);
fn settings<'a>(
    env: &mut Env<'a>,
    _: JClass<'a>,
    numbers: JIntArray<'a>,
    values: JLongArray<'a>,
    models: JLongArray<'a>,
    keys: JLongArray<'a>,
    progress: JObject<'a>,
) -> Result<jlong> {
    let mut settings = Settings::new();
    let mut numbers_read = vec![0; numbers.len(env)?];
    numbers.get_region(env, 0, &mut numbers_read)?;
    for (&number, value) in numbers_read.iter().zip(longs(env, &values)?) {
        // -1 is what Java has for no limit.
        settings.set(number, value as u64)?;
    }
    for model in longs(env, &models)? {
        settings.add_model(MODELS.get(model)?.as_ref().clone());
    }
    for key in longs(env, &keys)? {
        settings.add_key(KEYS.get(key)?.as_ref().clone());
    }
    if !progress.is_null() {
        let (vm, progress) = (env.get_java_vm()?, env.new_global_ref(progress)?);
        settings.set_progress(Some(Arc::new(move |at| report(&vm, &progress, at))));
    }
    Ok(SETTINGS.put(settings))
}

fn longs(env: &Env<'_>, array: &JLongArray<'_>) -> Result<Vec<jlong>> {
    let mut out = vec![0; array.len(env)?];
    array.get_region(env, 0, &mut out)?;
    Ok(out)
}

/// Asks Java whether to go on. Its side keeps what it throws, for the call that ends because of it.
fn report(vm: &JavaVM, progress: &Global<JObject<'static>>, at: Progress) -> ControlFlow<()> {
    let go_on: jni::errors::Result<bool> = vm.attach_current_thread_for_scope(|env| {
        let arguments = [JValue::Long(at.input as jlong), JValue::Long(at.output as jlong)];
        env.call_method(progress, jni_str!("report"), jni_sig!("(JJ)Z"), &arguments)?.z()
    });
    // What the VM cannot do is a reason to end as well.
    if go_on.unwrap_or(false) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

native!(fn settings_free(number: jlong));
fn settings_free(_: &mut Env<'_>, _: JClass<'_>, number: jlong) -> Result<()> {
    SETTINGS.free(number);
    Ok(())
}

/// The text of a secret, wiped when it is dropped.
fn secret(env: &mut Env<'_>, array: &JByteArray<'_>) -> Result<Zeroizing<String>> {
    Ok(Zeroizing::new(bytes::text(env, array)?))
}

native!(fn key_password(text: jbyte[]) -> jlong);
fn key_password<'a>(env: &mut Env<'a>, _: JClass<'a>, text: JByteArray<'a>) -> Result<jlong> {
    let text = secret(env, &text)?;
    Ok(KEYS.put(fenced(|| Ok(Key::password(&text)?))?))
}

native!(fn key_raw(data: jbyte[]) -> jlong);
fn key_raw<'a>(env: &mut Env<'a>, _: JClass<'a>, data: JByteArray<'a>) -> Result<jlong> {
    let data = Zeroizing::new(bytes::whole(env, &data)?);
    let wrong = |_| Failure::new(Status::InvalidOption, "a raw key has 32 bytes");
    Ok(KEYS.put(Key::raw(data[..].try_into().map_err(wrong)?)))
}

native!(fn key_recipient(text: jbyte[]) -> jlong);
fn key_recipient<'a>(env: &mut Env<'a>, _: JClass<'a>, text: JByteArray<'a>) -> Result<jlong> {
    let text = bytes::text(env, &text)?;
    Ok(KEYS.put(fenced(|| Ok(Key::recipient(&text)?))?))
}

native!(fn key_identity(text: jbyte[]) -> jlong);
fn key_identity<'a>(env: &mut Env<'a>, _: JClass<'a>, text: JByteArray<'a>) -> Result<jlong> {
    let text = secret(env, &text)?;
    Ok(KEYS.put(fenced(|| Ok(Key::identity(&text)?))?))
}

native!(fn key_free(number: jlong));
fn key_free(_: &mut Env<'_>, _: JClass<'_>, number: jlong) -> Result<()> {
    KEYS.free(number);
    Ok(())
}

native!(fn generate_raw() -> jbyte[]);
fn generate_raw<'a>(env: &mut Env<'a>, _: JClass<'a>) -> Result<JByteArray<'a>> {
    let key = fenced(|| Ok(Key::generate_raw()?))?;
    bytes::give(env, &*key)
}

native!(fn generate_identity() -> jbyte[][]);
fn generate_identity<'a>(env: &mut Env<'a>, _: JClass<'a>) -> Result<JObjectArray<'a, JByteArray<'a>>> {
    let (identity, recipient) = fenced(|| Ok(Key::generate_identity()?))?;
    bytes::give_list(env, [identity.as_str().as_bytes(), recipient.as_bytes()].into_iter())
}
