//! The natives of the Java class `dev.vatic.Native`: the safe module of `vatic-capi` as Java sees it.
//!
//! This room converts arguments and results; what users see is written in Java, in `sdk-java`, on top of it. Java holds
//! our objects by numbers, which are looked up in a table: a wrong number, or one of an object that was freed, is a
//! failure and never a pointer.
//! Failures and panics become exceptions, which `Native.fail` throws.

/// Exports a function under the name by which the VM finds it, and checks its types against the signature that Java
/// declares.
macro_rules! native {
    (fn $($signature:tt)*) => {
        #[allow(unsafe_code, reason = "the macro exports symbols")]
        const _: jni::NativeMethod = jni::native_method! {
            java_type = "dev.vatic.Native",
            error_policy = Throw,
            static extern fn $($signature)*
        };
    };
}

mod archive;
mod bytes;
mod failure;
mod memory;
mod model;
mod reader;
mod records;
mod settings;
mod stream;
mod table;

use failure::{Result, Throw};
use jni::Env;
use jni::objects::{JByteArray, JClass};
use jni::sys::jint;

native!(fn abi_version() -> jint);
fn abi_version(_: &mut Env<'_>, _: JClass<'_>) -> Result<jint> {
    Ok(vatic_capi::tables::ABI_VERSION as jint)
}

native!(fn format_version() -> jint);
fn format_version(_: &mut Env<'_>, _: JClass<'_>) -> Result<jint> {
    Ok(jint::from(vatic::FORMAT_VERSION))
}

native!(fn version() -> jbyte[]);
fn version<'a>(env: &mut Env<'a>, _: JClass<'a>) -> Result<JByteArray<'a>> {
    bytes::give(env, env!("CARGO_PKG_VERSION").as_bytes())
}
