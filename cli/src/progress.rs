//! The progress bar: on a terminal's standard error only, and only for what takes a while.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

/// Inputs below this are done before a bar could be read.
const WORTH_SHOWING: u64 = 2 << 20;
const REDRAWS_PER_SECOND: u8 = 10;

/// Until the first group is done nothing is known about the speed.
const WAITING: &str = "{prefix} {spinner} {elapsed}";
const KNOWN_LENGTH: &str = "{prefix} {wide_bar} {percent:>3} %  {binary_bytes_per_sec}  {msg}  {eta} left";
const UNKNOWN_LENGTH: &str = "{prefix} {bytes}  {binary_bytes_per_sec}  {msg}  {elapsed}";

/// A bar for `len` bytes of input (unknown for a pipe), or a hidden one.
pub fn bar(name: &Path, len: Option<u64>, wanted: bool) -> ProgressBar {
    if !wanted || !std::io::stderr().is_terminal() || len.is_some_and(|len| len < WORTH_SHOWING) {
        return ProgressBar::hidden();
    }
    let target = ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_SECOND);
    let bar = ProgressBar::with_draw_target(len, target);
    set_template(&bar, WAITING);
    bar.set_prefix(name.file_name().unwrap_or(name.as_os_str()).to_string_lossy().into_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Moves `bar` to `input` bytes, and shows the ratio to `output` so far.
pub fn show(bar: &ProgressBar, input: u64, output: u64) {
    if bar.position() == 0 && input > 0 {
        set_template(bar, if bar.length().is_some() { KNOWN_LENGTH } else { UNKNOWN_LENGTH });
    }
    bar.set_position(input);
    let (large, small) = (input.max(output), input.min(output));
    if small > 0 {
        bar.set_message(format!("ratio {:.2}", large as f64 / small as f64));
    }
}

fn set_template(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}
