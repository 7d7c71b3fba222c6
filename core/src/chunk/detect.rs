//! What kind of content a piece of data is: by magic numbers where they are plain, else by integer statistics over samples.

/// A class of content. Runs of one class share a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// Text of any kind: prose, source, markup, logs.
    Text,
    /// Machine code.
    Code,
    /// Anything else that is not text and has structure.
    Binary,
    /// Compressed, encrypted or random: nothing to gain.
    Dense,
}

impl Class {
    /// The name that listings use.
    pub fn name(self) -> &'static str {
        match self {
            Class::Text => "text",
            Class::Code => "code",
            Class::Binary => "binary",
            Class::Dense => "dense",
        }
    }
}

/// Bytes that a verdict looks at, at most.
const SAMPLE: usize = 16 << 10;

/// The class of `data`.
pub fn classify(data: &[u8]) -> Class {
    let mut counts = [0u32; 256];
    let mut total = 0u32;
    let parts = 16;
    let part = SAMPLE / parts;
    let stride = (data.len() / parts).max(part);
    for start in (0..data.len()).step_by(stride) {
        for &byte in &data[start..data.len().min(start + part)] {
            counts[usize::from(byte)] += 1;
            total += 1;
        }
    }
    let control: u32 = (0..32).filter(|b| ![9, 10, 13, 27].contains(b)).map(|b| counts[b]).sum();
    if control * 100 <= total {
        return Class::Text;
    }
    let rare = counts.iter().filter(|&&n| n * 1024 < total).count();
    if total > 2048 && rare == 0 { Class::Dense } else { Class::Binary }
}
