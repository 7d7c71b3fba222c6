//! Drives the library: readers and writers in, what was done out.

use anyhow::{Result, bail};
use indicatif::ProgressBar;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;
use vatic::{
    CodecId, DecodeOptions, FrameDecoder, FrameEncoder, Info, Keys, Limits, Model, Options, Preset, Progress, Route,
    Step,
};

use crate::args::FileArgs;
use crate::{models, progress};

/// Bytes read at a time.
const READ_STEP: usize = 256 << 10;

/// What a transfer came to.
#[derive(Debug)]
pub struct Done {
    /// Bytes read.
    pub input: u64,
    /// Bytes written.
    pub output: u64,
    /// How the groups were coded, when compressing.
    pub routes: Vec<Route>,
}

/// The names that `--codec` takes.
pub fn codec_names() -> [&'static str; CodecId::ALL.len()] {
    CodecId::ALL.map(CodecId::name)
}

/// Compresses everything that `reader` yields into one frame, with what `models` know.
///
/// # Errors
/// Those of the library, of reading and of writing.
pub fn compress(
    mut reader: impl Read,
    len: Option<u64>,
    output: &mut impl Write,
    args: &FileArgs,
    models: &[Model],
    keys: &Keys,
    bar: &ProgressBar,
) -> Result<Done> {
    let options = encode_options(len, args, bar).models(models.to_vec()).embed_model(args.embed_model);
    if args.cipher.is_some() && keys.is_empty() {
        bail!("--cipher is for what is sealed: give a key");
    }
    let mut encoder = FrameEncoder::new(&options.keys(keys.clone()))?;
    let mut buffer = vec![0; READ_STEP];
    let mut written = 0;
    loop {
        let count = read(&mut reader, &mut buffer)?;
        if count == 0 {
            encoder.finish()?;
        } else {
            encoder.feed(&buffer[..count])?;
        }
        let ready = encoder.output().len();
        output.write_all(encoder.output())?;
        encoder.consume(ready);
        written += ready as u64;
        if count == 0 {
            return Ok(Done { input: encoder.total_in(), output: written, routes: encoder.routes().to_vec() });
        }
    }
}

/// Restores all frames that `reader` yields. Models that they cite are among `models` or found on this machine.
///
/// # Errors
/// Those of the library, of reading and of writing.
pub fn decompress(
    mut reader: impl Read,
    output: &mut impl Write,
    args: &FileArgs,
    models: &[Model],
    keys: &Keys,
    bar: &ProgressBar,
) -> Result<Done> {
    let options = DecodeOptions::new().limits(limits(args)).threads(args.threads).progress(show(bar));
    let options = options.models(models.to_vec()).model_provider(models::find).keys(keys.clone());
    let mut decoder = FrameDecoder::new(&options);
    let mut buffer = vec![0; READ_STEP];
    loop {
        match decoder.advance()? {
            Step::Output => {
                let ready = decoder.output().len();
                output.write_all(decoder.output())?;
                decoder.consume(ready);
            }
            Step::NeedInput => match read(&mut reader, &mut buffer)? {
                0 => decoder.end_input(),
                count => decoder.feed(&buffer[..count])?,
            },
            Step::Done => {
                return Ok(Done { input: decoder.total_in(), output: decoder.total_out(), routes: Vec::new() });
            }
        }
    }
}

/// What the tables of the file at `path` say.
///
/// # Errors
/// Those of the library and of reading.
pub fn list(path: &Path, args: &FileArgs, keys: &Keys) -> Result<Info> {
    let options = DecodeOptions::new().limits(limits(args)).keys(keys.clone());
    Ok(vatic::info_with(&mut File::open(path)?, &options)?)
}

fn read(reader: &mut impl Read, buffer: &mut [u8]) -> Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return Ok(result?),
        }
    }
}

fn encode_options(len: Option<u64>, args: &FileArgs, bar: &ProgressBar) -> Options {
    let level = args.level.get().unwrap_or_else(|| args.preset.map_or(Preset::Balanced, Preset::from).level());
    let mut options = Options::new()
        .level(level)
        .threads(args.threads)
        .verify(args.verify)
        .checksum(!args.no_check)
        .lanes(usize::from(args.lanes))
        .progress(show(bar));
    if let Some(len) = len {
        options = options.content_length(len);
    }
    if let Some(memory) = args.memory {
        options = options.memory(memory);
    }
    if let Some(codec) = args.codec.as_deref().and_then(CodecId::from_name) {
        options = options.codec(codec).pure(args.pure);
    }
    if let Some(cipher) = args.cipher {
        options = options.suite(cipher.into());
    }
    options
}

/// Of memory, what was allowed: for decoding and for deriving a key from a password, which is over before.
fn limits(args: &FileArgs) -> Limits {
    let limits = Limits::default();
    match args.memory {
        Some(memory) => Limits { memory, kdf_memory: memory, ..limits },
        None => limits,
    }
}

pub fn show(bar: &ProgressBar) -> impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static {
    let bar = bar.clone();
    move |progress| {
        progress::show(&bar, progress.input, progress.output);
        ControlFlow::Continue(())
    }
}
