//! What is measured: vatic's presets and the peers, as command lines.

use std::path::Path;
use std::process::Command;

/// One compressor at one setting.
#[derive(Clone, Debug)]
pub struct Tool {
    /// What tables call it.
    pub name: String,
    /// Whether it is vatic itself.
    pub ours: bool,
    program: String,
    compress: Vec<String>,
    decompress: Vec<String>,
}

/// Stands for the input file in a command line.
const IN: &str = "{in}";
/// Stands for the output file; a command line without it writes to standard output.
const OUT: &str = "{out}";
/// Stands for the file that was compressed, where a tool wants its name to restore it.
const ORIGINAL: &str = "{original}";

/// Name, compressing and decompressing command line. One thread each.
const PEERS: &[(&str, &str, &str)] = &[
    ("gzip -9", "gzip -9nc {in}", "gzip -dc {in}"),
    ("bzip2 -9", "bzip2 -9c {in}", "bzip2 -dc {in}"),
    ("zstd -3", "zstd -3qcT1 --single-thread {in}", "zstd -dqc {in}"),
    ("zstd -19", "zstd -19qcT1 --single-thread {in}", "zstd -dqc {in}"),
    ("brotli -5", "brotli -q 5 -w 24 -c {in}", "brotli -dc {in}"),
    ("brotli -11", "brotli -q 11 -w 24 -c {in}", "brotli -dc {in}"),
    ("xz -6", "xz -6cT1 {in}", "xz -dcT1 {in}"),
    ("xz -9e", "xz -9ecT1 {in}", "xz -dcT1 {in}"),
    ("7z PPMd", "7z a -t7z -m0=PPMd -mx=9 -mmt=1 -bso0 -bsp0 {out} {in}", "7z x -so -mmt=1 {in}"),
    ("zpaq -m4", "zpaq a {out} {in} -m4 -t1", "zpaq x {in} {original} -to {out} -t1 -force"),
];

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

impl Tool {
    /// vatic at one preset (`fast`, `balanced`, ...) or level (`1`..`9`).
    pub fn vatic(program: &Path, preset: &str) -> Tool {
        let choice = if preset.parse::<u8>().is_ok() { format!("-{preset}") } else { format!("--preset={preset}") };
        Tool {
            name: format!("vatic {}", choice.trim_start_matches("--preset=")),
            ours: true,
            program: program.to_string_lossy().into_owned(),
            compress: words(&format!("-qcfT1 {choice} -- {IN}")),
            decompress: words(&format!("-dqcfT1 -- {IN}")),
        }
    }

    /// The peers that this machine has.
    pub fn peers() -> (Vec<Tool>, Vec<&'static str>) {
        let (here, missing): (Vec<_>, Vec<_>) = PEERS.iter().partition(|(_, compress, _)| installed(compress));
        let tool = |&&(name, compress, decompress): &&(&str, &str, &str)| {
            let (compress, decompress) = (words(compress), words(decompress));
            Tool {
                name: name.to_owned(),
                ours: false,
                program: compress[0].clone(),
                compress: compress[1..].to_vec(),
                decompress: decompress[1..].to_vec(),
            }
        };
        (here.iter().map(tool).collect(), missing.iter().map(|peer| peer.0).collect())
    }

    /// The command that compresses `input` to `output`, and whether `output` is its standard output.
    pub fn compress(&self, input: &Path, output: &Path) -> (Command, bool) {
        self.command(&self.compress, input, output, input)
    }

    /// The command that restores `original` from `input` to `output`, and whether `output` is its standard output.
    pub fn decompress(&self, input: &Path, output: &Path, original: &Path) -> (Command, bool) {
        self.command(&self.decompress, input, output, original)
    }

    /// What a compressed file is to be called: some tools insist on their own ending.
    pub fn file_name(&self) -> &'static str {
        match self.program.as_str() {
            "gzip" => "packed.gz",
            "xz" => "packed.xz",
            "7z" => "packed.7z",
            "zpaq" => "packed.zpaq",
            _ => "packed",
        }
    }

    fn command(&self, words: &[String], input: &Path, output: &Path, original: &Path) -> (Command, bool) {
        let mut command = Command::new(&self.program);
        for word in words {
            match word.as_str() {
                IN => command.arg(input),
                OUT => command.arg(output),
                ORIGINAL => command.arg(original),
                _ => command.arg(word),
            };
        }
        (command, !words.iter().any(|word| word == OUT))
    }
}

fn installed(line: &str) -> bool {
    let program = line.split(' ').next().unwrap_or_default();
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}
