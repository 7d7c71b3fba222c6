//! Compresses, restores, tests and lists files, one after the other.

use anyhow::{Result, bail};
use clap::CommandFactory;
use clap::error::ErrorKind;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use vatic::neural::czip::CzipModel;
use vatic::{Keys, Model};

use crate::args::{Cli, FileArgs, FormatArg, Mode};
use crate::czip;
use crate::engine::{self, Done};
use crate::inputs::{self, Input};
use crate::listing;
use crate::output::{Output, Overwrite};
use crate::{models, progress, report};

/// Works through everything that `args` names; a failure does not keep the other files waiting.
pub fn run(args: &FileArgs) -> ExitCode {
    let mode = args.mode();
    if args.output.is_some() && (args.files.len() > 1 || args.recursive || matches!(mode, Mode::Test | Mode::List)) {
        let message = "-o FILE needs exactly one file to compress or restore, and no -r";
        Cli::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
    if let Some(message) = args.keys.misuse(mode.key_use()) {
        Cli::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
    if let Some(message) = czip::misuse(args) {
        Cli::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
    let keys = match args.keys.load(mode.key_use()) {
        Ok(keys) => keys,
        Err(error) => {
            report::error(None, &error);
            return ExitCode::FAILURE;
        }
    };
    let mut failed = false;
    let mut fail = |name: &Path, error: anyhow::Error| {
        failed = true;
        if args.json {
            report::json_error(name, &error);
        }
        if args.quiet < 2 {
            report::error(Some(name), &error);
        }
    };
    let models = match Models::load(args, mode) {
        Ok(models) => models,
        Err(error) => {
            report::error(None, &error);
            return ExitCode::FAILURE;
        }
    };
    let inputs = inputs::expand(&args.files, mode, endings(args, mode), args.recursive, &mut fail);
    for input in &inputs {
        let result = match mode {
            Mode::List => list(input, args, &keys),
            _ => transfer(input, mode, args, &models, &keys),
        };
        if let Err(error) = result {
            fail(input.name(), error);
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// What `-m` names.
struct Models {
    own: Vec<Model>,
    czip: Option<CzipModel>,
}

impl Models {
    fn load(args: &FileArgs, mode: Mode) -> Result<Models> {
        let wanted: Vec<String> = args.models.iter().filter(|text| !czip::is_model(text)).cloned().collect();
        let mut own = models::load_all(&wanted)?;
        if args.auto_model && mode == Mode::Compress {
            own.extend(models::all().iter().cloned());
        }
        Ok(Models { own, czip: czip::load(&args.models)? })
    }
}

fn list(input: &Input, args: &FileArgs, keys: &Keys) -> Result<()> {
    let Input::File(path) = input else { bail!("cannot be listed: name a file") };
    if path.is_dir() {
        bail!("is a folder; -r takes the files in it");
    }
    let listing = match engine::list(path, args, keys) {
        Err(error) if matches!(error.downcast_ref(), Some(vatic::Error::WrongKind(_))) => {
            let Some(line) = listing::describe(path, keys, args.json)? else { return Err(error) };
            return Ok(writeln!(io::stdout(), "{line}")?);
        }
        listing => listing?,
    };
    if args.json { report::json_listing(path, &listing) } else { report::listing(path, &listing, args.verbose > 0) }
}

/// The endings of compressed files, the one to write first.
fn endings(args: &FileArgs, mode: Mode) -> &'static [&'static str] {
    match args.format {
        FormatArg::Czip if mode == Mode::Compress => &[czip::ENDING],
        FormatArg::Vat if mode == Mode::Compress => &[inputs::ENDING],
        _ if args.recursive && !args.models.iter().any(|text| czip::is_model(text)) => &[inputs::ENDING],
        _ => &[inputs::ENDING, czip::ENDING],
    }
}

/// Compresses, restores or tests one input.
fn transfer(input: &Input, mode: Mode, args: &FileArgs, models: &Models, keys: &Keys) -> Result<()> {
    if mode != Mode::Compress && input.is_terminal() && !args.force {
        bail!("is a terminal; name a file or pipe compressed data in (-h for help)");
    }
    let opened = input.open()?;
    let (is_czip, reader) = match mode {
        Mode::Compress => (args.format == FormatArg::Czip, opened.reader),
        _ => czip::sniff(opened.reader)?,
    };
    if is_czip && !keys.is_empty() {
        bail!("files of czip are not sealed; leave the key away");
    }
    let output = open_output(input, mode, args)?;
    let shown = args.quiet == 0 && !args.no_progress;
    let bar = progress::bar(input.name(), opened.len, shown && !(output.is_stdout() && io::stdout().is_terminal()));
    let to_stdout = output.is_stdout();
    let mut output = output;
    let done = match mode {
        Mode::Compress if is_czip => czip::compress(reader, &mut output, args, models.czip.as_ref(), &bar),
        Mode::Compress => engine::compress(reader, opened.len, &mut output, args, &models.own, keys, &bar),
        _ if is_czip => czip::decompress(reader, &mut output, args, models.czip.as_ref()),
        _ => engine::decompress(reader, &mut output, args, &models.own, keys, &bar),
    };
    bar.finish_and_clear();
    let done = done?;
    output.commit(opened.metadata.as_ref(), args.rm)?;
    tell(input, mode, args, &done, to_stdout)?;
    match input {
        Input::File(path) if args.rm && mode != Mode::Test => Ok(fs::remove_file(path)?),
        _ => Ok(()),
    }
}

fn open_output(input: &Input, mode: Mode, args: &FileArgs) -> Result<Output> {
    if mode == Mode::Test {
        return Ok(Output::Sink);
    }
    let named = args.output.as_deref().filter(|path| path.as_os_str() != "-");
    let overwrite = Overwrite { force: args.force, ask: args.quiet == 0 && *input != Input::Stdin };
    match (named, input) {
        (Some(path), Input::File(source)) if same_file(source, path) => bail!("cannot be its own output"),
        (Some(path), _) => Output::file(path, overwrite),
        (None, Input::File(path)) if !args.stdout && args.output.is_none() => {
            Output::file(&inputs::target(path, mode, endings(args, mode), args.force)?, overwrite)
        }
        _ if mode == Mode::Compress && io::stdout().is_terminal() && !args.force => {
            bail!("compressed data is not for a terminal; send it to a file or a pipe, or force it with -f")
        }
        _ => Ok(Output::stdout()),
    }
}

fn same_file(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

/// Says what was done: always when asked for, and one line on a terminal.
fn tell(input: &Input, mode: Mode, args: &FileArgs, done: &Done, to_stdout: bool) -> Result<()> {
    if args.json {
        return report::json_done(input.name(), mode, done, to_stdout);
    }
    let terminal = io::stderr().is_terminal() && !to_stdout;
    if args.verbose > 0 || (args.quiet == 0 && (terminal || mode == Mode::Test)) {
        report::done(input.name(), mode, done, args.verbose > 0);
    }
    Ok(())
}
