//! What kind of content a piece of data is, by integer statistics over samples of it: names and containers do not matter.
//!
//! A verdict reads at most `SAMPLE` bytes of a chunk, in 16 windows, whatever the chunk's length: some ten
//! microseconds. What needs a closer look (strides, sample geometry) is the router's business.

/// A class of content. Runs of one class share a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// Text of any kind and encoding: prose, source, markup, logs.
    Text,
    /// x86 or x86-64 machine code.
    X86,
    /// ARM64 machine code.
    Arm64,
    /// Anything else that has structure.
    Binary,
    /// Compressed, encrypted or random: nothing to gain.
    Dense,
}

impl Class {
    /// The name that listings use.
    pub fn name(self) -> &'static str {
        match self {
            Class::Text => "text",
            Class::X86 => "x86",
            Class::Arm64 => "arm64",
            Class::Binary => "binary",
            Class::Dense => "dense",
        }
    }
}

/// Bytes that a verdict looks at, at most.
const SAMPLE: usize = 16 << 10;
/// Into how many windows they are spread.
const WINDOWS: usize = 16;
/// Data shorter than this is never called dense: its statistics say too little, and trials are cheap.
const DENSE_MIN: usize = 4 << 10;

/// The class of `data`.
pub fn classify(data: &[u8]) -> Class {
    let stats = Stats::of(data);
    let total = stats.total.max(1);
    // Zeros in runs are padding, as between the files of an archive; scattered ones are binary numbers.
    let padded = stats.zeros * 2 <= total && stats.zero_runs * 100 <= total;
    if stats.control * 200 <= total && padded && (stats.high * 4 <= total || stats.entropy() < 6 * 256) {
        return Class::Text;
    }
    // Bytes like these are one in 30,000 of random data; of code from compilers, one in 100 to 200.
    if stats.x86_calls * 400 >= total {
        return Class::X86;
    }
    if stats.arm64_words * 4 >= total / 4 && stats.arm64_calls * 100 >= total / 4 {
        return Class::Arm64;
    }
    if data.len() >= DENSE_MIN && stats.repeats * 64 <= total && stats.entropy() >= DENSE_ENTROPY {
        return Class::Dense;
    }
    Class::Binary
}

/// Entropy in 1/256 bit a byte from which on data counts as dense: 7.9 bits.
const DENSE_ENTROPY: u32 = 2022;
/// What a histogram's entropy is too low by, in 1/256 bit for each symbol that occurs: 1 / (2 ln 2) (Miller and Madow).
const ENTROPY_BIAS: u64 = 185;

/// What one pass over the sample counts.
struct Stats {
    total: u32,
    /// Histograms by position modulo 4, so that numbers with a dull byte show.
    lanes: Box<[[u32; 256]; 4]>,
    /// Control characters other than zero, white space and escape.
    control: u32,
    zeros: u32,
    /// Stretches of zeros.
    zero_runs: u32,
    /// Bytes from 0x80 on.
    high: u32,
    /// `E8` with a plausible distance behind it.
    x86_calls: u32,
    /// Aligned words with an opcode that is frequent in ARM64 code.
    arm64_words: u32,
    /// Of them, `BL`.
    arm64_calls: u32,
    /// Positions whose next four bytes were seen before in the sample.
    repeats: u32,
}

impl Stats {
    fn of(data: &[u8]) -> Stats {
        let mut stats = Stats {
            total: 0,
            lanes: Box::new([[0; 256]; 4]),
            control: 0,
            zeros: 0,
            zero_runs: 0,
            high: 0,
            x86_calls: 0,
            arm64_words: 0,
            arm64_calls: 0,
            repeats: 0,
        };
        let mut seen = vec![0u32; 1 << 12];
        if data.len() <= SAMPLE {
            stats.add(data, &mut seen);
        } else {
            let window = SAMPLE / WINDOWS;
            let step = ((data.len() - window) / (WINDOWS - 1)) & !3;
            for index in 0..WINDOWS {
                stats.add(&data[index * step..][..window], &mut seen);
            }
        }
        stats.count_bytes();
        stats
    }

    fn add(&mut self, window: &[u8], seen: &mut [u32]) {
        self.total += window.len() as u32;
        for quad in window.chunks(4) {
            for (lane, &byte) in quad.iter().enumerate() {
                self.lanes[lane][usize::from(byte)] += 1;
            }
            if let &[_, _, b2, b3] = quad {
                let frequent =
                    matches!(b3, 0x91 | 0x94 | 0x97 | 0xA9 | 0xAA | 0xB9 | 0xD6 | 0xF9 | 0x52 | 0x54 | 0x71 | 0xEB);
                self.arm64_words += u32::from(frequent);
                // The distance of a call is within a few megabytes: its high bits repeat the sign.
                self.arm64_calls += u32::from(b3 == 0x94 && b2 < 0x20 || b3 == 0x97 && b2 >= 0xE0);
            }
        }
        self.zero_runs += u32::from(window.first() == Some(&0));
        for five in window.windows(5) {
            self.zero_runs += u32::from(five[0] != 0 && five[1] == 0);
            self.x86_calls += u32::from(five[0] == 0xE8 && (five[4] == 0 || five[4] == 0xFF) && five[1] != five[4]);
            let word = u32::from_le_bytes([five[0], five[1], five[2], five[3]]);
            let slot = &mut seen[(word.wrapping_mul(0x9E37_79B1) >> 20) as usize];
            self.repeats += u32::from(*slot == word);
            *slot = word;
        }
    }

    fn count_bytes(&mut self) {
        for lane in self.lanes.iter() {
            self.control += (1..32).filter(|byte| !matches!(byte, 9..=13 | 27)).map(|byte| lane[byte]).sum::<u32>();
            self.zeros += lane[0];
            self.high += lane[128..].iter().sum::<u32>();
        }
    }

    /// Order-0 entropy in 1/256 bit a byte, each lane on its own.
    fn entropy(&self) -> u32 {
        let mut bits = 0u64;
        for lane in self.lanes.iter() {
            let total: u32 = lane.iter().sum();
            let whole = u64::from(log2(total));
            bits += lane.iter().map(|&n| u64::from(n) * whole.saturating_sub(u64::from(log2(n)))).sum::<u64>();
            bits += lane.iter().filter(|&&n| n > 0).count() as u64 * ENTROPY_BIAS;
        }
        (bits / u64::from(self.total.max(1))) as u32
    }
}

/// The binary logarithm of `x`, at least 0, in 1/256: exact at powers of two, else too low by at most 0.09.
fn log2(x: u32) -> u32 {
    let x = x.max(1);
    let whole = x.ilog2();
    // Between powers of two, a line with a parabola over it: log2(1 + f) is f + 0.343 f (1 - f) to two digits.
    let fraction = ((u64::from(x) << 16 >> whole) & 0xFFFF) as u32;
    let bump = ((u64::from(fraction) * u64::from(65536 - fraction)) >> 16) * 343 / 1000;
    whole * 256 + ((fraction + bump as u32) >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::samples;

    #[test]
    fn plain_cases_are_told_apart() {
        assert_eq!(classify(b"It was the best of times, it was the worst of times\n"), Class::Text);
        assert_eq!(classify("Съешь же ещё этих мягких французских булок. ".repeat(200).as_bytes()), Class::Text);
        assert_eq!(classify(&samples::random(1 << 20)), Class::Dense);
        assert_eq!(classify(&samples::random(5000)), Class::Dense);
        assert_eq!(classify(&[0; 100_000]), Class::Binary);
        assert_eq!(classify(&[]), Class::Text);
        assert_eq!(classify(&[&b"a file in an archive"[..], &[0; 492]].concat().repeat(50)), Class::Binary);
        assert_eq!(classify(&[&b"a file in an archive".repeat(40)[..], &[0; 224]].concat().repeat(50)), Class::Text);
    }

    #[test]
    fn numbers_with_a_dull_byte_are_not_dense() {
        let noise = samples::random(200_000);
        let numbers: Vec<u8> = noise.chunks_exact(3).flat_map(|n| [n[0], n[1], n[2] & 0x3F, 7]).collect();
        assert_eq!(classify(&numbers), Class::Binary);
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn this_program_is_code() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let code = own.chunks(256 << 10).filter(|chunk| classify(chunk) == Class::X86).count();
        assert!(code >= 2, "{code} chunks of {}", own.len() >> 18);
    }

    #[test]
    fn logarithms_are_close() {
        assert_eq!((log2(0), log2(1), log2(2), log2(1 << 20)), (0, 0, 256, 20 * 256));
        for (x, exact) in [(3, 405), (5, 594), (11, 885), (1000, 2551), (65535, 4095)] {
            assert!(log2(x).abs_diff(exact) <= 2, "{x}: {}", log2(x));
        }
    }
}
