//! What the commands for archives take.

use clap::{Args, builder::PossibleValuesParser};
use std::path::PathBuf;

use vatic::archive::Share;
use vatic_fs::StatePrefix;

use crate::args::{CipherArg, LevelArgs, PresetArg, parse_bytes};
use crate::keys::{KeyArgs, NewKeyArgs};

/// What every command for archives takes.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Threads; 0 takes one for each CPU. Never changes the output
    #[arg(short = 'T', long, value_name = "N", default_value_t = 1)]
    pub threads: usize,
    /// Compress with what a model knows, or read what was compressed with it: a name, or a path if it has a slash or an ending. Models with a name, and those that came with
    /// the command, are found without it when they are needed
    #[arg(short = 'm', long = "model", value_name = "NAME|PATH")]
    pub models: Vec<String>,
    /// Memory that may be used, such as 512M or 2G
    #[arg(short = 'M', long, value_name = "LIMIT", value_parser = parse_bytes)]
    pub memory: Option<u64>,
    /// Say more: names as they are worked on, sizes at the end
    #[arg(short = 'v', long, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Say less: no warnings; twice: no errors
    #[arg(short = 'q', long, action = clap::ArgAction::Count)]
    pub quiet: u8,
    /// Print what was done or found as JSON lines
    #[arg(long)]
    pub json: bool,
}

/// How archives are written.
#[derive(Clone, Debug, Args)]
pub struct WriteArgs {
    /// How well and how fast to compress
    #[arg(short = 'p', long, value_enum, value_name = "PRESET", conflicts_with = "level")]
    pub preset: Option<PresetArg>,
    /// The level as one flag.
    #[command(flatten)]
    pub level: LevelArgs,
    /// Force one codec for everything
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(crate::engine::codec_names()))]
    pub codec: Option<String>,
    /// Leave out what matches; may be given several times. A pattern without `/` matches any component of a name
    #[arg(long, value_name = "PATTERN")]
    pub exclude: Vec<String>,
    /// Most bytes compressed together, 6M by default: what is decoded to get at one small file
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub solid_size: Option<u64>,
    /// Equal names and contents give equal archives: no times, owners, attributes
    #[arg(long)]
    pub deterministic: bool,
    /// Restore each group and compare before writing it
    #[arg(long)]
    pub verify: bool,
    /// Add parity, such as 5%: so much of the archive can be damaged and mended by `verify --repair`. An append keeps it up
    #[arg(long, value_name = "SHARE", value_parser = parse_share)]
    pub parity: Option<Share>,
}

/// A percentage with up to two decimals.
fn parse_share(text: &str) -> Result<Share, String> {
    let (whole, part) =
        text.strip_suffix('%').unwrap_or(text).split_once('.').unwrap_or((text.trim_end_matches('%'), ""));
    let wrong = || "not a percentage such as 5% or 0.25%".to_owned();
    let digits = |text: &str| text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || part.len() > 2 || !digits(part) {
        return Err(wrong());
    }
    let hundredths = format!("{whole}{part:0<2}").parse().map_err(|_| wrong())?;
    Share::new(hundredths).map_err(|error| error.to_string())
}

/// How archives are opened.
#[derive(Debug, Args)]
pub struct OpenArgs {
    /// What opens a sealed archive.
    #[command(flatten)]
    pub keys: KeyArgs,
    /// Refuse an archive that is in another state than the one with this id, which `verify` shows: an older one, for example
    #[arg(long, value_name = "ID", help_heading = None)]
    pub expect_id: Option<StatePrefix>,
}

/// Options of `vatic archive`.
#[derive(Debug, Args)]
pub struct ArchiveArgs {
    /// Files and folders to pack. Names are stored relative, as tar does
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// The archive to make; `-` is standard output
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: PathBuf,
    /// Overwrite the archive if it exists
    #[arg(short = 'f', long)]
    pub force: bool,
    /// How to write.
    #[command(flatten)]
    pub write: WriteArgs,
    /// What seals it.
    #[command(flatten)]
    pub keys: KeyArgs,
    /// Seal with this cipher
    #[arg(long, value_enum, value_name = "NAME")]
    pub cipher: Option<CipherArg>,
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
}

/// Options of `vatic append`.
#[derive(Debug, Args)]
pub struct AppendArgs {
    /// The archive to add to
    pub archive: PathBuf,
    /// Files and folders to add; those of a name that is there replace it
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// How to write.
    #[command(flatten)]
    pub write: WriteArgs,
    /// How it is opened.
    #[command(flatten)]
    pub open: OpenArgs,
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
}

/// Options of `vatic repack`.
#[derive(Debug, Args)]
pub struct RepackArgs {
    /// The archive to write anew
    pub archive: PathBuf,
    /// Where to; by default in place of the archive
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Overwrite the output if it exists
    #[arg(short = 'f', long)]
    pub force: bool,
    /// Take what is intact of a damaged archive
    #[arg(long, requires = "output")]
    pub keep_going: bool,
    /// How to write.
    #[command(flatten)]
    pub write: WriteArgs,
    /// How it is opened.
    #[command(flatten)]
    pub open: OpenArgs,
    /// What seals the new one.
    #[command(flatten)]
    pub new_keys: NewKeyArgs,
    /// Seal the new one with this cipher; it takes keys of its own, which may be the old ones
    #[arg(long, value_enum, value_name = "NAME")]
    pub cipher: Option<CipherArg>,
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
}

/// Options of `vatic extract`.
#[derive(Debug, Args)]
pub struct ExtractArgs {
    /// The archive; `-` is standard input
    pub archive: PathBuf,
    /// What to extract: names or patterns; by default everything
    pub patterns: Vec<String>,
    /// Where to; made if it is not there
    #[arg(short = 'C', long, value_name = "DIR", default_value = ".")]
    pub directory: PathBuf,
    /// Write contents to standard output, one after the other
    #[arg(short = 'c', long)]
    pub stdout: bool,
    /// Overwrite files. Links in the way are removed, never followed; folders stay
    #[arg(short = 'f', long)]
    pub force: bool,
    /// Leave out what matches
    #[arg(long, value_name = "PATTERN")]
    pub exclude: Vec<String>,
    /// Extract what is intact of a damaged archive
    #[arg(long)]
    pub keep_going: bool,
    /// Restore owners, set-id bits and modes as they were
    #[arg(long)]
    pub same_owner: bool,
    /// Restore all extended attributes, not only those of users
    #[arg(long)]
    pub all_xattrs: bool,
    /// Make named pipes and devices
    #[arg(long)]
    pub special: bool,
    /// Refuse to extract more entries than this
    #[arg(long, value_name = "N")]
    pub max_entries: Option<u64>,
    /// Refuse to extract more bytes than this, such as 10G
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub max_size: Option<u64>,
    /// How it is opened.
    #[command(flatten)]
    pub open: OpenArgs,
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
}

/// Options of `vatic list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The archive; `-` is standard input
    pub archive: PathBuf,
    /// What to list: names or patterns; by default everything
    pub patterns: Vec<String>,
    /// Modes, owners, sizes and times too
    #[arg(short = 'l', long)]
    pub long: bool,
    /// List what is left of a damaged archive
    #[arg(long)]
    pub keep_going: bool,
    /// How it is opened.
    #[command(flatten)]
    pub open: OpenArgs,
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
}

/// Options of `vatic verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Archives; `-` is standard input
    #[arg(required = true)]
    pub archives: Vec<PathBuf>,
    /// Mend one damaged archive with its parity: what it was goes to this new file, which is then verified. Where there is no parity, or not
    /// enough, the entries that are intact go there
    #[arg(long, value_name = "OUT")]
    pub repair: Option<PathBuf>,
    /// Overwrite that file if it exists
    #[arg(short = 'f', long, requires = "repair")]
    pub force: bool,
    /// How it is opened.
    #[command(flatten)]
    pub open: OpenArgs,
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
}
