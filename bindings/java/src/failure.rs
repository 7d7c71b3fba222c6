//! Failures become exceptions.

use jni::Env;
use jni::errors::{Error, ErrorPolicy, JniError};
use jni::objects::JValue;
use jni::{jni_sig, jni_str};
use std::any::Any;
use std::fmt;
use vatic_capi::Failure;
use vatic_capi::tables::Status;

/// The result of a native.
pub(crate) type Result<T> = std::result::Result<T, Thrown>;

/// Why a native ends without a result.
#[derive(Debug)]
pub(crate) enum Thrown {
    /// Ours.
    Failure(Failure),
    /// The VM's; an exception may be pending.
    Vm(Error),
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Thrown::Failure(failure) => failure.fmt(f),
            Thrown::Vm(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Thrown {}

impl From<Error> for Thrown {
    fn from(error: Error) -> Thrown {
        Thrown::Vm(error)
    }
}

impl From<Failure> for Thrown {
    fn from(failure: Failure) -> Thrown {
        Thrown::Failure(failure)
    }
}

impl From<vatic::Error> for Thrown {
    fn from(error: vatic::Error) -> Thrown {
        Thrown::Failure(error.into())
    }
}

impl From<Thrown> for Failure {
    fn from(thrown: Thrown) -> Failure {
        let error = match thrown {
            Thrown::Failure(failure) => return failure,
            Thrown::Vm(error) => error,
        };
        let status = match error {
            Error::NullPtr(_) => return Failure::new(Status::NullArgument, "null where an object is needed"),
            Error::JniCall(JniError::NoMemory) => {
                return Failure { code: 32, message: "the VM has no memory for the result".into(), needed: None };
            }
            Error::IndexOutOfBounds => Status::InvalidOption,
            _ => Status::Internal,
        };
        Failure::new(status, error.to_string())
    }
}

/// Runs `work` on the heap of Rust alone; a panic is a failure.
pub(crate) fn fenced<T>(work: impl FnOnce() -> vatic_capi::Result<T>) -> Result<T> {
    Ok(vatic_capi::fenced(work)?)
}

/// Lets `dev.vatic.Native.fail` throw the exception; one that is pending goes first.
pub(crate) struct Throw;

fn throw(env: &mut Env<'_>, failure: &Failure) -> jni::errors::Result<()> {
    if env.exception_check() {
        return Ok(());
    }
    // In the frame of a native this asks the loader of the native's class.
    let class = env.find_class(jni_str!("dev/vatic/Native"))?;
    let text = env.byte_array_from_slice(failure.message.as_bytes())?;
    let needed = failure.needed.and_then(|needed| i64::try_from(needed).ok()).unwrap_or(-1);
    let arguments = [JValue::Int(failure.code), JValue::Object(&text), JValue::Long(needed)];
    match env.call_static_method(class, jni_str!("fail"), jni_sig!("(I[BJ)V"), &arguments) {
        // That is what it is called for.
        Ok(_) | Err(Error::JavaException) => Ok(()),
        Err(error) => Err(error),
    }
}

impl<T: Default> ErrorPolicy<T, Thrown> for Throw {
    type Captures<'unowned_env_local: 'native_method, 'native_method> = ();

    fn on_error<'unowned_env_local: 'native_method, 'native_method>(
        env: &mut Env<'unowned_env_local>,
        (): &mut (),
        error: Thrown,
    ) -> jni::errors::Result<T> {
        throw(env, &error.into())?;
        Ok(T::default())
    }

    fn on_panic<'unowned_env_local: 'native_method, 'native_method>(
        env: &mut Env<'unowned_env_local>,
        (): &mut (),
        payload: Box<dyn Any + Send + 'static>,
    ) -> jni::errors::Result<T> {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
        throw(env, &Failure::new(Status::Panic, format!("internal error: {text}; please report it")))?;
        Ok(T::default())
    }
}
