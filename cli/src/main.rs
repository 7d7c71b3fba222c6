//! The `vatic` command.
//!
//! `args` says what can be asked for; `files` works through the inputs one by one; `engine` is the only room that drives the
//! library for them; `archive` and `listing` do the same for archives; `output` makes files appear whole or not at all.

mod archive;
mod archive_args;
mod args;
mod bench;
mod czip;
mod engine;
mod eval;
mod files;
mod import;
mod inputs;
mod interrupt;
mod join;
mod keys;
mod listing;
mod models;
mod output;
mod progress;
mod records;
mod report;
#[cfg(feature = "trace")]
mod trace;
mod train;

use args::{Cli, Verb};
use clap::{CommandFactory, Parser};
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = interrupt::watch() {
        eprintln!("vatic: warning: cannot watch for interruption: {error}");
    }
    let result = match cli.command {
        None => return files::run(&cli.files),
        Some(Verb::Archive(args)) => return archive::run(&args.output, &args.common, || archive::create(&args)),
        Some(Verb::Append(args)) => return archive::run(&args.archive, &args.common, || archive::append(&args)),
        Some(Verb::Extract(args)) => return archive::run(&args.archive, &args.common, || archive::extract(&args)),
        Some(Verb::List(args)) => return archive::run(&args.archive, &args.common, || listing::list(&args)),
        Some(Verb::Verify(args)) => return archive::verify_all(&args),
        Some(Verb::Repack(args)) => return archive::run(&args.archive, &args.common, || archive::repack(&args)),
        Some(Verb::Model(verb)) => models::run(&verb),
        Some(Verb::Bench(args)) => match args.records {
            Some(kind) => records::run(&args, kind),
            None => bench::run(&args),
        },
        Some(Verb::Train(args)) => train::run(&args),
        #[cfg(feature = "trace")]
        Some(Verb::Trace(args)) => trace::run(&args),
        Some(Verb::Keygen(args)) => keys::generate(&args),
        Some(Verb::Completions { shell }) => {
            print(|out| clap_complete::generate(shell, &mut Cli::command(), "vatic", out))
        }
        Some(Verb::Man) => {
            let page = clap_mangen::Man::new(Cli::command());
            let mut bytes = Vec::new();
            page.render(&mut bytes).map_err(Into::into).and_then(|()| print(|out| out.extend(bytes)))
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::error(None, &error);
            ExitCode::FAILURE
        }
    }
}

fn print(write: impl FnOnce(&mut Vec<u8>)) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    write(&mut bytes);
    Ok(io::stdout().write_all(&bytes)?)
}
