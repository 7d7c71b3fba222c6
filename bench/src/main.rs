//! Measures vatic and every installed peer on the same files in one run, on one pinned core.
//!
//! Speeds are bytes of input per second of the child's CPU time (user and system), in MB = 10^6 bytes; each round trip is
//! compared byte for byte. Writes `report.md`, `results.csv` and `frontier.svg`.

mod chart;
mod measure;
mod report;
mod tools;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use measure::Measurement;
use std::path::{Path, PathBuf};
use tools::Tool;

/// Measure vatic and its peers on a folder of files.
#[derive(Debug, Parser)]
#[command(name = "vatic-bench", version)]
struct Args {
    /// Files, or folders with the files to measure on, searched through.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Where the report, the table and the picture go.
    #[arg(long, default_value = "bench/out")]
    out: PathBuf,
    /// Repetitions; costs are medians.
    #[arg(long, default_value_t = 1)]
    runs: usize,
    /// Presets and levels of vatic.
    #[arg(long, value_delimiter = ',', default_value = "fast,balanced")]
    presets: Vec<String>,
    /// Only the peers whose names start with one of these, such as `bzip2,zstd -3`; `none` for no peers.
    #[arg(long, value_delimiter = ',')]
    tools: Vec<String>,
    /// The vatic program; otherwise the one beside this program.
    #[arg(long)]
    vatic: Option<PathBuf>,
    /// Write table and picture into README.md and docs/frontier.svg of this folder.
    #[arg(long)]
    readme: bool,
}

/// One file to measure on.
#[derive(Debug)]
pub struct Sample {
    /// Its path below the folder given.
    pub name: String,
    /// The folder directly below the one given, or nothing.
    pub folder: String,
    path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
}

/// Everything measured.
#[derive(Debug)]
pub struct Results {
    /// The files.
    pub samples: Vec<Sample>,
    /// The tools, vatic's presets first.
    pub tools: Vec<Tool>,
    /// File by file, tool by tool.
    pub measurements: Vec<Measurement>,
    /// Whether all ran on one core.
    pub pinned: bool,
    /// Repetitions.
    pub runs: usize,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let samples = samples(&args.paths)?;
    ensure!(!samples.is_empty(), "no files to measure on");
    let tools = choose_tools(&args)?;
    let pinned = measure::pin();
    let mut measurements = Vec::new();
    for (file, sample) in samples.iter().enumerate() {
        eprint!("{} ({} bytes):", sample.name, sample.size);
        for (index, tool) in tools.iter().enumerate() {
            let (size, compress, decompress) = measure::measure(tool, &sample.path, args.runs)
                .with_context(|| format!("measuring on {}", sample.name))?;
            eprint!(" {} {size};", tool.name);
            measurements.push(Measurement { file, tool: index, size, compress, decompress });
        }
        eprintln!();
    }
    let results = Results { samples, tools, measurements, pinned, runs: args.runs.max(1) };
    std::fs::create_dir_all(&args.out)?;
    let report = report::markdown(&results);
    std::fs::write(args.out.join("report.md"), &report)?;
    std::fs::write(args.out.join("results.csv"), report::csv(&results))?;
    chart::frontier(&results, &args.out.join("frontier.svg"))?;
    println!("{report}");
    if args.readme {
        chart::frontier(&results, Path::new("docs/frontier.svg"))?;
        fill_readme(Path::new("README.md"), &report::readme(&results))?;
    }
    eprintln!("report.md, results.csv and frontier.svg are in {}", args.out.display());
    Ok(())
}

fn choose_tools(args: &Args) -> Result<Vec<Tool>> {
    let vatic = match &args.vatic {
        Some(path) => path.clone(),
        None => std::env::current_exe()?.with_file_name(format!("vatic{}", std::env::consts::EXE_SUFFIX)),
    };
    ensure!(
        vatic.is_file(),
        "{} is not there: build it with `cargo build --release -p vatic-cli`, or name it with --vatic",
        vatic.display()
    );
    let (peers, missing) = Tool::peers();
    if !missing.is_empty() {
        eprintln!("not installed, so not measured: {}", missing.join(", "));
    }
    let wanted =
        |tool: &Tool| args.tools.is_empty() || args.tools.iter().any(|prefix| tool.name.starts_with(prefix.as_str()));
    let ours = args.presets.iter().map(|preset| Tool::vatic(&vatic, preset));
    Ok(ours.chain(peers.into_iter().filter(wanted)).collect())
}

/// The regular files below `paths`, in order of their names, without hidden and empty ones.
fn samples(paths: &[PathBuf]) -> Result<Vec<Sample>> {
    let mut found = Vec::new();
    for path in paths {
        // Of several folders each keeps its own name; a single one goes without saying.
        let base = if path.is_dir() && paths.len() == 1 { path } else { path.parent().unwrap_or(Path::new("")) };
        search(path, base, &mut found)?;
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn search(path: &Path, base: &Path, found: &mut Vec<Sample>) -> Result<()> {
    let metadata = path.metadata().with_context(|| format!("reading {}", path.display()))?;
    if metadata.is_dir() {
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            if !entry.file_name().to_string_lossy().starts_with('.') {
                search(&entry.path(), base, found)?;
            }
        }
    } else if metadata.len() > 0 {
        let name = path.strip_prefix(base).unwrap_or(path).to_string_lossy().into_owned();
        let folder = name.split_once('/').map_or("", |(folder, _)| folder).to_owned();
        found.push(Sample { name, folder, path: path.to_owned(), size: metadata.len() });
    }
    Ok(())
}

/// Replaces what stands between the two marks of `path`.
fn fill_readme(path: &Path, table: &str) -> Result<()> {
    const BEGIN: &str = "<!-- bench:begin -->";
    const END: &str = "<!-- bench:end -->";
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let (Some(begin), Some(end)) = (text.find(BEGIN), text.find(END)) else {
        bail!("{} lacks the marks {BEGIN} and {END}", path.display());
    };
    ensure!(begin < end, "the marks of {} stand in the wrong order", path.display());
    let text = format!("{}\n{table}{}", &text[..begin + BEGIN.len()], &text[end..]);
    std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}
