//! The command line: zstd's habits where they serve.

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;
use vatic::{Preset, Suite};

use crate::archive_args::{AppendArgs, ArchiveArgs, ExtractArgs, ListArgs, RepackArgs, VerifyArgs};
use crate::keys::{KeyArgs, KeygenArgs, Use};

const EXAMPLES: &str = "\
Examples:
  vatic FILE                   compress FILE to FILE.vat; FILE stays
  vatic -d FILE.vat            restore FILE
  vatic -p fast -r logs        compress every file under logs, quickly
  tar -c DIR | vatic > x.vat   compress a stream
  tar -I vatic -xf DIR.tar.vat let tar restore
  vatic -lv FILE.vat           show what is inside, without decoding
  vatic --password FILE        seal: encrypt for those who know the password
  vatic archive -o A.vat DIR   pack a folder into an archive
  vatic append A.vat DIR       add what changed since
  vatic list --long A.vat      show what is in it
  vatic extract A.vat -C TO 'DIR/*.txt'   get files out of it
  vatic bench FILE             sizes and speeds of the presets on FILE
  vatic train -o M.vatm LOGS   train a model, for records and files alike
  vatic -m ./M.vatm FILE       compress with what the model knows
  vatic --format czip -m ./M.czm FILE   write czip's format; -d -m ./M.czm reads it

A file called as a command is given with its folder: vatic ./list

Exit status:
  0  everything done
  1  at least one file failed; the others are done
  2  bad usage; nothing was done
  130, 143 (128 + signal)  interrupted; no partial output is left";

/// Compress files losslessly, and restore them.
///
/// Without FILES, or where one is `-`, reads standard input and writes standard output. Sources are kept. An output file
/// appears whole or not at all, with the mode and time of its source.
#[derive(Debug, Parser)]
#[command(
    name = "vatic",
    version,
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    override_usage = "vatic [OPTIONS] [FILES]...\n       vatic archive|append|extract|list|verify|repack [OPTIONS] ...\n       vatic bench [OPTIONS] FILES..."
)]
pub struct Cli {
    /// What to do instead of compressing or restoring files.
    #[command(subcommand)]
    pub command: Option<Verb>,
    /// Everything about files.
    #[command(flatten)]
    pub files: FileArgs,
}

/// Commands beside the flags.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Pack files and folders into an archive
    Archive(ArchiveArgs),
    /// Add files and folders to an archive; what it has already is not stored again
    Append(AppendArgs),
    /// Get files out of an archive
    Extract(ExtractArgs),
    /// Show what is in an archive
    List(ListArgs),
    /// Check every byte of archives
    Verify(VerifyArgs),
    /// Write an archive anew: with another preset, or without what was replaced
    Repack(RepackArgs),
    /// Show models: what they are, and what compressed data calls them
    #[command(subcommand)]
    Model(ModelVerb),
    /// Measure every preset on files, or records under a model: size, speed, verified round trip
    Bench(BenchArgs),
    /// Train a model on samples: what the experts of preset max know before they see a byte
    Train(TrainArgs),
    /// Write down what preset max decides about a sample of bytes, for students to learn from
    #[cfg(feature = "trace")]
    Trace(TraceArgs),
    /// Make a key file: an age identity, or raw bytes
    Keygen(KeygenArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell to complete in
        shell: Shell,
    },
    /// Print the manual page
    #[command(hide = true)]
    Man,
}

/// What to do with models.
#[derive(Debug, Subcommand)]
pub enum ModelVerb {
    /// Show the parts, ids, sizes and notes of models
    Show {
        /// A name, or a path if it has a slash or an ending
        #[arg(required = true, value_name = "MODEL")]
        models: Vec<String>,
        /// Print JSON, one line a model
        #[arg(long)]
        json: bool,
    },
    /// Measure how well the transformer of a model foretells files, the mix without it, and both; and what part each expert has in that
    Eval(EvalArgs),
    /// Make a model of what another program trained: a .czm file of czip, or a folder with a network of the Llama family
    Import(ImportArgs),
    /// Make one model of several: what each is good for, one file does
    Join(JoinArgs),
    /// List the models that names and ids are looked up among
    List {
        /// Print JSON, one line a model
        #[arg(long)]
        json: bool,
    },
}

/// Options of `vatic model eval`.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// The model: a name, or a path if it has a slash or an ending
    pub model: String,
    /// Files to measure on, each a text of its own
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Print JSON, one line a file
    #[arg(long)]
    pub json: bool,
}

/// Options of `vatic model import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// A .czm file, or a folder with config.json, tokenizer.json and safetensors
    #[arg(value_name = "FILE|DIR")]
    pub source: PathBuf,
    /// Find the scales of a Llama on this text, some pages of what it is to foretell
    #[arg(long, value_name = "FILE")]
    pub sample: Option<PathBuf>,
    /// Tokens that a Llama sees at once; 2048, or fewer where it was made for fewer
    #[arg(long, value_name = "TOKENS")]
    pub context: Option<usize>,
    /// What becomes of it.
    #[command(flatten)]
    pub to: ModelOutput,
}

/// Where a model is written, and what it says about itself.
#[derive(Debug, Args)]
pub struct ModelOutput {
    /// The model to write
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: PathBuf,
    /// What the model is to say about itself, such as licence=CC0
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_info)]
    pub info: Vec<(String, String)>,
    /// Overwrite the model
    #[arg(short = 'f', long)]
    pub force: bool,
}

/// Options of `vatic model join`.
#[derive(Debug, Args)]
pub struct JoinArgs {
    /// The models, each a name, or a path if it has a slash or an ending; no two may have a part of the same name. Notes are those of the first
    #[arg(required = true, num_args = 2.., value_name = "MODEL")]
    pub models: Vec<String>,
    /// What becomes of them.
    #[command(flatten)]
    pub to: ModelOutput,
}

/// Options of `vatic bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Files to measure on
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    pub json: bool,
    /// Code each record of the files on its own, under the model
    #[arg(long, value_enum, value_name = "KIND", requires = "models")]
    pub records: Option<RecordsArg>,
    /// The model for records: a name, or a path if it has a slash or an ending
    #[arg(short = 'm', long = "model", value_name = "NAME|PATH", requires = "records")]
    pub models: Vec<String>,
    /// Threads; 0 takes one for each CPU
    #[arg(short = 'T', long, value_name = "N", default_value_t = 1)]
    pub threads: usize,
}

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RecordsArg {
    /// each line, without its line feed
    Lines,
    /// each file
    Files,
    /// each line that is not blank
    Ndjson,
    /// each line, and then the file
    All,
}

/// Options of `vatic train`.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Samples, or folders of them
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// What becomes of them.
    #[command(flatten)]
    pub to: ModelOutput,
    /// Train beside the transformer of this model, a name or a path, and write both: what codec neural begins with
    #[arg(short = 'm', long, value_name = "MODEL")]
    pub model: Option<String>,
    /// What is coded on its own, and so is learnt on its own
    #[arg(long, value_enum, value_name = "KIND", default_value = "lines")]
    pub records: RecordsArg,
    /// The most bytes that the model may have, such as 500K; 2M by default
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    pub size: Option<u64>,
    /// The most bytes of samples that are read; of more, some are left out evenly; 16M by default, 4M beside a transformer
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    pub sample: Option<u64>,
    /// Take this ensemble of codec mix, and try no other
    #[arg(long, value_name = "NUMBER")]
    pub ensemble: Option<u8>,
    /// How fast the gate goes on learning within each record, 0 to 128: above 0 for records that are unlike the samples
    #[arg(long, value_name = "RATE", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=128))]
    pub adapt: u8,
    /// Say nothing
    #[arg(short = 'q', long)]
    pub quiet: bool,
    /// Print what was done as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `vatic trace`.
#[cfg(feature = "trace")]
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// Documents, or folders of them
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The folder to write Parquet files into
    #[arg(short = 'o', long, value_name = "DIR")]
    pub output: PathBuf,
    /// The share of positions to look at, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.01, conflicts_with = "count")]
    pub share: f64,
    /// About how many positions to look at, in place of a share
    #[arg(long, value_name = "NUMBER")]
    pub count: Option<u64>,
    /// Look only where words, marks and lines begin: where tokens do
    #[arg(long)]
    pub starts: bool,
    /// Which positions are drawn
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// The level, 7 to 9: which tables and which ensembles
    #[arg(long, value_name = "LEVEL", default_value_t = 8, value_parser = clap::value_parser!(u8).range(7..=9))]
    pub level: u8,
    /// Take this ensemble of codec mix; else the better of those for text is found out
    #[arg(long, value_name = "NUMBER")]
    pub ensemble: Option<u8>,
    /// Begin each document anew, instead of coding them one after the other as one group
    #[arg(long)]
    pub apart: bool,
    /// Leave out what each expert says
    #[arg(long)]
    pub lean: bool,
    /// Write into a folder that is not empty
    #[arg(short = 'f', long)]
    pub force: bool,
    /// Say nothing
    #[arg(short = 'q', long)]
    pub quiet: bool,
    /// Print what was done as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options for compressing, restoring, testing and listing.
#[derive(Debug, Args)]
pub struct FileArgs {
    /// Files to work on; `-` is standard input
    pub files: Vec<PathBuf>,

    /// Compress (the default)
    #[arg(short = 'z', long, group = "mode")]
    pub compress: bool,
    /// Restore
    #[arg(short = 'd', long, group = "mode", visible_alias = "uncompress")]
    pub decompress: bool,
    /// Check that files can be restored; write nothing
    #[arg(short = 't', long, group = "mode")]
    pub test: bool,
    /// List frames without decoding them; with -v every group
    #[arg(short = 'l', long, group = "mode")]
    pub list: bool,

    /// Write to standard output
    #[arg(short = 'c', long, conflicts_with_all = ["output", "rm"])]
    pub stdout: bool,
    /// Write to this file
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Overwrite files, write compressed data to a terminal
    #[arg(short = 'f', long)]
    pub force: bool,
    /// Keep sources (the default)
    #[arg(short = 'k', long, overrides_with = "rm")]
    pub keep: bool,
    /// Remove each source once its output is safe on disk
    #[arg(long, overrides_with = "keep")]
    pub rm: bool,
    /// Take folders too, with every file in them
    #[arg(short = 'r', long)]
    pub recursive: bool,

    /// How well and how fast to compress
    #[arg(short = 'p', long, value_enum, value_name = "PRESET", conflicts_with = "level")]
    pub preset: Option<PresetArg>,
    /// The level as one flag.
    #[command(flatten)]
    pub level: LevelArgs,
    /// Force one codec for everything
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(crate::engine::codec_names()))]
    pub codec: Option<String>,
    /// With `--codec neural`: what the model's transformer says alone, for comparison
    #[arg(long, requires = "codec")]
    pub pure: bool,
    /// With a transformer: code so many parts of each block side by side, up to 32. Restores faster and is larger
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub lanes: u8,
    /// Which format to write; restoring looks at the file
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "vat")]
    pub format: FormatArg,
    /// What czip's data is wrapped in, brotli by default
    #[arg(long, value_enum, value_name = "CODEC")]
    pub outer: Option<OuterArg>,
    /// Threads; 0 takes one for each CPU. Never changes the output
    #[arg(short = 'T', long, value_name = "N", default_value_t = 1)]
    pub threads: usize,
    /// Use this model: a name, or a path if it has a slash or an ending. Restoring finds models by itself
    #[arg(short = 'm', long = "model", value_name = "NAME|PATH")]
    pub models: Vec<String>,
    /// Try every model on this machine, and use those that pay
    #[arg(long)]
    pub auto_model: bool,
    /// Put what is used of the models into the file, so that it can be restored without them
    #[arg(long)]
    pub embed_model: bool,
    /// Memory that may be used, such as 512M or 2G
    #[arg(short = 'M', long, value_name = "LIMIT", value_parser = parse_bytes)]
    pub memory: Option<u64>,
    /// Restore each group and compare before writing it
    #[arg(long)]
    pub verify: bool,
    /// Leave out the checksums: damage may then go unnoticed
    #[arg(long)]
    pub no_check: bool,

    /// What seals and opens.
    #[command(flatten)]
    pub keys: KeyArgs,
    /// Seal with this cipher
    #[arg(long, value_enum, value_name = "NAME")]
    pub cipher: Option<CipherArg>,

    /// Say more: sizes, and why which codec took each group
    #[arg(short = 'v', long, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Say less: no progress, no warnings; twice: no errors
    #[arg(short = 'q', long, action = clap::ArgAction::Count)]
    pub quiet: u8,
    /// Print what was done as JSON, one line a file
    #[arg(long)]
    pub json: bool,
    /// Show no progress bar
    #[arg(long)]
    pub no_progress: bool,
}

/// Formats of compressed files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// vatic's own
    Vat,
    /// that of czip: UTF-8 text, with a .czm model (-m); levels -1 to -5
    Czip,
}

/// What czip wraps its data in.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum OuterArg {
    /// smaller
    Brotli,
    /// what czip's Python library writes
    Zstd,
}

/// The ciphers' names.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum CipherArg {
    /// The default where this machine has instructions for it
    #[value(name = "aes-256-gcm")]
    Aes256Gcm,
    /// The default elsewhere
    #[value(name = "chacha20-poly1305")]
    ChaCha20Poly1305,
}

impl From<CipherArg> for Suite {
    fn from(cipher: CipherArg) -> Suite {
        match cipher {
            CipherArg::Aes256Gcm => Suite::Aes256Gcm,
            CipherArg::ChaCha20Poly1305 => Suite::ChaCha20Poly1305,
        }
    }
}

/// The presets' names.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum PresetArg {
    /// zstd's speed; level 2
    Fast,
    /// smaller than BWT compressors at several MB/s; level 5, the default
    Balanced,
    /// the smallest files; level 8
    Max,
}

impl From<PresetArg> for Preset {
    fn from(preset: PresetArg) -> Preset {
        match preset {
            PresetArg::Fast => Preset::Fast,
            PresetArg::Balanced => Preset::Balanced,
            PresetArg::Max => Preset::Max,
        }
    }
}

/// `-1` to `-9`. Each is a flag of its own, so that it can stand in a bundle such as `-9k`.
#[derive(Clone, Debug, Args)]
#[group(id = "level", multiple = false)]
pub struct LevelArgs {
    /// Level 1 (fast) ... -9 (small)
    #[arg(short = '1')]
    one: bool,
    #[arg(short = '2', hide = true)]
    two: bool,
    #[arg(short = '3', hide = true)]
    three: bool,
    #[arg(short = '4', hide = true)]
    four: bool,
    #[arg(short = '5', hide = true)]
    five: bool,
    #[arg(short = '6', hide = true)]
    six: bool,
    #[arg(short = '7', hide = true)]
    seven: bool,
    #[arg(short = '8', hide = true)]
    eight: bool,
    #[arg(short = '9', hide = true)]
    nine: bool,
}

impl LevelArgs {
    /// The level whose flag was given.
    pub fn get(&self) -> Option<u8> {
        let flags = [self.one, self.two, self.three, self.four, self.five, self.six, self.seven, self.eight, self.nine];
        (1..).zip(flags).find_map(|(level, given)| given.then_some(level))
    }
}

/// What to do with files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Compress.
    Compress,
    /// Restore.
    Decompress,
    /// Restore to nowhere.
    Test,
    /// Show the tables of the file.
    List,
}

impl Mode {
    /// What keys are for in it.
    pub fn key_use(self) -> Use {
        if self == Mode::Compress { Use::Seal } else { Use::Open }
    }
}

impl FileArgs {
    /// The one mode that was asked for.
    pub fn mode(&self) -> Mode {
        match self {
            FileArgs { decompress: true, .. } => Mode::Decompress,
            FileArgs { test: true, .. } => Mode::Test,
            FileArgs { list: true, .. } => Mode::List,
            _ => Mode::Compress,
        }
    }
}

fn parse_info(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".to_owned()),
    }
}

/// Bytes, with an optional K, M, G or T (of 1024), and an optional B or iB behind it.
///
/// # Errors
/// The text is no such number.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim_end_matches("iB").trim_end_matches('B') {
        "" => 0,
        "K" | "k" => 10,
        "M" | "m" => 20,
        "G" | "g" => 30,
        "T" | "t" => 40,
        _ => return Err(format!("unknown unit {unit:?}: use K, M, G or T")),
    };
    let number: u64 = number.parse().map_err(|_| "not a number of bytes".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_bytes("77"), Ok(77));
        assert_eq!(parse_bytes("512M"), Ok(512 << 20));
        assert_eq!(parse_bytes("2GiB"), Ok(2 << 30));
        assert!(["", "M", "5X", "99999999999T", "-1"].iter().all(|text| parse_bytes(text).is_err()));
    }

    #[test]
    fn levels_stand_in_bundles() {
        let cli = Cli::try_parse_from(["vatic", "-7kf", "x"]).unwrap();
        assert_eq!(cli.files.level.get(), Some(7));
        assert!(cli.files.keep && cli.files.force);
        assert!(Cli::try_parse_from(["vatic", "-1", "-2", "x"]).is_err());
        assert!(Cli::try_parse_from(["vatic", "-1", "-p", "fast", "x"]).is_err());
    }
}
