//! Tables of a run: Markdown for people, CSV for programs.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::Results;
use crate::measure::Measurement;

/// Sums over some files for one tool.
#[derive(Clone, Copy, Debug, Default)]
pub struct Total {
    /// Bytes of input.
    pub original: u64,
    /// Bytes of output.
    pub size: u64,
    /// CPU seconds.
    pub compress: f64,
    /// CPU seconds.
    pub decompress: f64,
    compress_memory: u64,
    decompress_memory: u64,
}

impl Total {
    /// Megabytes of input per CPU second of compression.
    pub fn compress_speed(&self) -> f64 {
        self.original as f64 / 1e6 / self.compress.max(1e-6)
    }

    /// Megabytes of input per CPU second of decompression.
    pub fn decompress_speed(&self) -> f64 {
        self.original as f64 / 1e6 / self.decompress.max(1e-6)
    }
}

impl Results {
    /// The sums of `tool` over the files of `folder`, or over all.
    pub fn total(&self, tool: usize, folder: Option<&str>) -> Total {
        let inside = |m: &&Measurement| m.tool == tool && folder.is_none_or(|f| self.samples[m.file].folder == f);
        self.measurements.iter().filter(inside).fold(Total::default(), |sum, m| Total {
            original: sum.original + self.samples[m.file].size,
            size: sum.size + m.size,
            compress: sum.compress + m.compress.cpu,
            decompress: sum.decompress + m.decompress.cpu,
            compress_memory: sum.compress_memory.max(m.compress.memory),
            decompress_memory: sum.decompress_memory.max(m.decompress.memory),
        })
    }

    fn folders(&self) -> Vec<&str> {
        let folders: BTreeSet<_> = self.samples.iter().map(|sample| sample.folder.as_str()).collect();
        folders.into_iter().collect()
    }

    fn tool(&self, name: &str) -> Option<usize> {
        self.tools.iter().position(|tool| tool.name == name)
    }

    /// Over the files of `folder`, or all: the smallest of some tools on each file, summed.
    fn best_of(&self, tools: &[usize], folder: Option<&str>) -> u64 {
        let files = (0..self.samples.len()).filter(|&file| folder.is_none_or(|f| self.samples[file].folder == f));
        let smallest = |file| {
            let sizes = self.measurements.iter().filter(|m| m.file == file && tools.contains(&m.tool));
            sizes.map(|m| m.size).min().unwrap_or(0)
        };
        files.map(smallest).sum()
    }
}

/// The whole report.
pub fn markdown(results: &Results) -> String {
    let mut text = String::from("# Measurements\n\n");
    text += &conditions(results);
    text += "\n## All files\n\n";
    text += &totals(results, None);
    text += &summary(results);
    let folders = results.folders();
    if folders.len() > 1 {
        for folder in folders {
            let _ = write!(text, "\n## {}\n\n", if folder.is_empty() { "(files beside the folders)" } else { folder });
            text += &totals(results, Some(folder));
        }
    }
    text += "\n## Bytes, file by file\n\n";
    text + &sizes(results)
}

/// What goes into the README.
pub fn readme(results: &Results) -> String {
    format!("\n{}\n{}\n![size against speed](docs/frontier.svg)\n\n", totals(results, None), conditions(results))
}

fn conditions(results: &Results) -> String {
    let bytes: u64 = results.samples.iter().map(|sample| sample.size).sum();
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu =
        cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|pair| pair.1.to_owned()));
    format!(
        "{} files, {bytes} bytes; {}, one thread{}; CPU time (user and system) of each program, {}; 1 MB = 10^6 bytes; \
         memory is the peak; every round trip compared byte for byte.\n",
        results.samples.len(),
        cpu.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        if results.pinned { " on one pinned core" } else { " (not pinned)" },
        if results.runs == 1 { "one run".to_owned() } else { format!("median of {} runs", results.runs) },
    )
}

fn totals(results: &Results, folder: Option<&str>) -> String {
    let mut text = String::from(
        "| | bytes | ratio | compress MB/s | decompress MB/s | memory to compress, MB | to decompress, MB |\n\
         |---|--:|--:|--:|--:|--:|--:|\n",
    );
    for (index, tool) in results.tools.iter().enumerate() {
        let total = results.total(index, folder);
        let name = if tool.ours { format!("**{}**", tool.name) } else { tool.name.clone() };
        let _ = writeln!(
            text,
            "| {name} | {} | {:.3} | {:.1} | {:.1} | {} | {} |",
            total.size,
            total.original as f64 / total.size as f64,
            total.compress_speed(),
            total.decompress_speed(),
            total.compress_memory / 1_000_000,
            total.decompress_memory / 1_000_000,
        );
    }
    text
}

/// Each preset against the peers that stand for its class.
fn summary(results: &Results) -> String {
    let mut text = String::from("\n## Against the peers of the same run\n\n");
    let strong: Vec<usize> = ["bzip2 -9", "xz -9e", "7z PPMd"].iter().filter_map(|name| results.tool(name)).collect();
    let folders = results.folders();
    let scopes = std::iter::once(None).chain(folders.iter().copied().filter(|_| folders.len() > 1).map(Some));
    for scope in scopes {
        let place = scope.unwrap_or("all files");
        for (index, tool) in results.tools.iter().enumerate().filter(|(_, tool)| tool.ours) {
            let own = results.total(index, scope);
            let _ = write!(text, "- {place}, {}:", tool.name);
            for peer in ["bzip2 -9", "zstd -3"] {
                let Some(peer_index) = results.tool(peer) else { continue };
                let other = results.total(peer_index, scope);
                let _ = write!(
                    text,
                    " {:.3} x the bytes of {peer} at {:.2} x its compress and {:.2} x its decompress speed;",
                    own.size as f64 / other.size as f64,
                    own.compress_speed() / other.compress_speed(),
                    own.decompress_speed() / other.decompress_speed(),
                );
            }
            if strong.len() == 3 {
                let best = results.best_of(&strong, scope);
                let _ = write!(
                    text,
                    " {:.4} x the best of bzip2 -9, xz -9e and 7z PPMd per file, summed ({best})",
                    own.size as f64 / best as f64
                );
            }
            text.push('\n');
        }
    }
    text
}

fn sizes(results: &Results) -> String {
    let names: Vec<_> = results.tools.iter().map(|tool| tool.name.as_str()).collect();
    let mut text = format!("| file | original | {} |\n|---|--:|{}\n", names.join(" | "), "--:|".repeat(names.len()));
    for (file, sample) in results.samples.iter().enumerate() {
        let _ = write!(text, "| {} | {} |", sample.name, sample.size);
        let row: Vec<_> = results.measurements.iter().filter(|m| m.file == file).collect();
        let best = row.iter().map(|m| m.size).min().unwrap_or(0);
        for m in row {
            let _ = if m.size == best { write!(text, " **{}** |", m.size) } else { write!(text, " {} |", m.size) };
        }
        text.push('\n');
    }
    text
}

/// One line per file and tool.
pub fn csv(results: &Results) -> String {
    let mut text = String::from(
        "file,tool,original,size,compress_cpu_s,decompress_cpu_s,compress_peak_bytes,decompress_peak_bytes\n",
    );
    for m in &results.measurements {
        let sample = &results.samples[m.file];
        let _ = writeln!(
            text,
            "\"{}\",{},{},{},{:.6},{:.6},{},{}",
            sample.name.replace('"', "\"\""),
            results.tools[m.tool].name,
            sample.size,
            m.size,
            m.compress.cpu,
            m.decompress.cpu,
            m.compress.memory,
            m.decompress.memory,
        );
    }
    text
}
