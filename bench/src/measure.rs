//! Runs one command and says what it cost: CPU time and peak memory of that child alone.

use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use wait4::Wait4;

use crate::tools::Tool;

/// What one command cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// User and system time, in seconds.
    pub cpu: f64,
    /// Peak resident memory, in bytes.
    pub memory: u64,
}

/// One tool on one file.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// Index of the file.
    pub file: usize,
    /// Index of the tool.
    pub tool: usize,
    /// Compressed size in bytes.
    pub size: u64,
    /// Median cost of compression.
    pub compress: Cost,
    /// Median cost of decompression.
    pub decompress: Cost,
}

/// Keeps this process, and so its children, on one core: the last one, which serves fewer interrupts than the first.
///
/// Returns whether the system could.
pub fn pin() -> bool {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
        let Ok(allowed) = sched_getaffinity(None) else { return false };
        let Some(core) = (0..CpuSet::MAX_CPU).rev().find(|&core| allowed.is_set(core)) else { return false };
        let mut one = CpuSet::new();
        one.set(core);
        sched_setaffinity(None, &one).is_ok()
    }
    #[cfg(not(target_os = "linux"))]
    false
}

/// Compresses `input` and restores it `runs` times; the costs are medians.
///
/// # Errors
/// A tool that cannot be started, fails, or does not restore the same bytes.
pub fn measure(tool: &Tool, input: &Path, runs: usize) -> Result<(u64, Cost, Cost)> {
    let folder = tempfile::tempdir().context("making a temporary folder")?;
    let (packed, restored) = (folder.path().join(tool.file_name()), folder.path().join("restored"));
    let (mut compress, mut decompress) = (Vec::new(), Vec::new());
    let mut size = 0;
    for _ in 0..runs.max(1) {
        for old in [&packed, &restored] {
            if old.exists() {
                std::fs::remove_file(old)?;
            }
        }
        let cost = run(tool.compress(input, &packed), &packed);
        compress.push(cost.with_context(|| format!("{} compressing", tool.name))?);
        size = packed.metadata()?.len();
        let cost = run(tool.decompress(&packed, &restored, input), &restored);
        decompress.push(cost.with_context(|| format!("{} restoring", tool.name))?);
        if !same_bytes(input, &restored)? {
            bail!("{} did not restore the same bytes", tool.name);
        }
    }
    Ok((size, median(compress), median(decompress)))
}

fn run((mut command, to_stdout): (Command, bool), output: &Path) -> Result<Cost> {
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command.stdout(if to_stdout { Stdio::from(File::create(output)?) } else { Stdio::null() });
    let ended = command.spawn()?.wait4()?;
    if !ended.status.success() {
        bail!("{} failed: {}", command.get_program().to_string_lossy(), ended.status);
    }
    let used = ended.rusage;
    Ok(Cost { cpu: (used.utime + used.stime).as_secs_f64(), memory: used.maxrss })
}

fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
    let memory = costs.iter().map(|cost| cost.memory).max().unwrap_or_default();
    Cost { memory, ..costs[costs.len() / 2] }
}

/// Compares by pieces, so that this process stays small: a child's peak memory starts from its parent's.
fn same_bytes(a: &Path, b: &Path) -> Result<bool> {
    let (mut a, mut b) = (BufReader::new(File::open(a)?), BufReader::new(File::open(b)?));
    loop {
        let (left, right) = (a.fill_buf()?, b.fill_buf()?);
        let len = left.len().min(right.len());
        if left[..len] != right[..len] {
            return Ok(false);
        }
        if len == 0 {
            return Ok(left.is_empty() && right.is_empty());
        }
        a.consume(len);
        b.consume(len);
    }
}
