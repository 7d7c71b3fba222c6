//! Products of 8-bit matrices: what a transformer spends its time with.
//!
//! Weights are packed once, in *panels* of 64 outputs: for each four inputs, 64 times four bytes. One instruction of AVX-512 VNNI multiplies
//! 64 of these bytes by four activations, sixteen times repeated, and adds fours of products to 16 sums; AVX2 and NEON do the same in smaller steps.
//! Panels of a key cache have tokens as outputs, panels of a value cache have tokens as inputs, so attention runs on the same code.
//!
//! A sum is exact modulo 2^32 on every path, and none saturates on its way: so they are equal bit for bit, in whatever order they add. The true
//! sum fits in 32 bits for up to 2^16 inputs, as |activation| is at most 127. `every_path_agrees` compares them.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(test)]
mod tests;

use super::Isa;
use crate::error::{Result, try_filled};

/// Outputs of a panel.
pub const PANEL: usize = 64;
/// Inputs that stand together, and that the number of inputs is rounded up to a multiple of.
pub const QUAD: usize = 4;
/// Most inputs of a matrix: beyond, a sum could leave 32 bits.
pub const INPUTS_MAX: usize = 1 << 16;

/// How products are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// The reference.
    Scalar,
    /// AVX2.
    Avx2,
    /// AVX-512 with VNNI.
    Avx512,
    /// NEON.
    Neon,
}

impl Path {
    /// Every path that this machine has, the slowest first.
    pub fn available() -> Vec<Path> {
        #[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), expect(unused_mut))]
        let mut paths = vec![Path::Scalar];
        #[cfg(target_arch = "x86_64")]
        {
            if Isa::Avx2.is_supported() {
                paths.push(Path::Avx2);
            }
            if Isa::Avx512.is_supported() && is_x86_feature_detected!("avx512vnni") {
                paths.push(Path::Avx512);
            }
        }
        #[cfg(target_arch = "aarch64")]
        paths.push(Path::Neon);
        paths
    }

    /// This path, or the reference where this machine lacks it. Nothing is packed for a path that has not come from here.
    fn here(self) -> Path {
        if Path::available().contains(&self) { self } else { Path::Scalar }
    }

    /// The best path of this machine within what `VATIC_ISA` allows.
    pub fn best() -> Path {
        let allowed = |path: &Path| match path {
            Path::Scalar | Path::Neon => true,
            Path::Avx2 => Isa::best() >= Isa::Avx2,
            Path::Avx512 => Isa::best() >= Isa::Avx512,
        };
        Path::available().into_iter().rfind(allowed).unwrap_or(Path::Scalar)
    }
}

/// A quarter of the bytes of four inputs of a panel: 16 outputs, four inputs each.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([i8; 64]);

/// Lines for each four inputs of a panel.
const LINES: usize = PANEL * QUAD / 64;

/// Sums of a panel's outputs.
pub type Sums = [i32; PANEL];

/// A packed matrix that stands for `outputs` sums over `inputs` each. Outputs can be added.
#[derive(Clone)]
pub struct Matrix {
    path: Path,
    outputs: usize,
    inputs: usize,
    lines: Vec<Line>,
    /// -128 times the sum of each output's weights: where activations are multiplied plus 128, their sums start at this.
    starts: Vec<Sums>,
}

impl Matrix {
    /// A matrix without outputs.
    pub fn new(path: Path, inputs: usize) -> Matrix {
        let inputs = inputs.min(INPUTS_MAX).next_multiple_of(QUAD);
        Matrix { path: path.here(), outputs: 0, inputs, lines: Vec::new(), starts: Vec::new() }
    }

    /// Packs rows of `inputs` weights, one for each output.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn pack(path: Path, weights: &[i8], inputs: usize) -> Result<Matrix> {
        let mut matrix = Matrix::new(path, inputs);
        let rows = weights.chunks_exact(inputs.max(1));
        let panels = rows.len().div_ceil(PANEL);
        matrix.lines = try_filled(panels * matrix.panel_lines(), Line([0; 64]))?;
        matrix.starts = try_filled(panels, [0; PANEL])?;
        rows.for_each(|row| matrix.write(row));
        Ok(matrix)
    }

    /// Adds an output with the weights `row`; what it lacks of them is zero.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn push(&mut self, row: &[i8]) -> Result<()> {
        if self.outputs.is_multiple_of(PANEL) {
            let len = self.lines.len() + self.panel_lines();
            let bytes = (self.panel_lines() * size_of::<Line>() + size_of::<Sums>()) as u64;
            let room = self.lines.try_reserve(self.panel_lines()).and_then(|()| self.starts.try_reserve(1));
            room.map_err(|_| crate::Error::OutOfMemory { bytes })?;
            self.lines.resize(len, Line([0; 64]));
            self.starts.push([0; PANEL]);
        }
        self.write(row);
        Ok(())
    }

    /// Gives an output other weights: all of its inputs'.
    ///
    /// # Panics
    /// There is no such output.
    pub fn set(&mut self, output: usize, row: &[i8]) {
        assert!(output < self.outputs, "a matrix has no such output");
        self.put(output, row);
    }

    /// Takes all outputs away; the memory stays.
    pub fn clear(&mut self) {
        self.outputs = 0;
        self.lines.clear();
        self.starts.clear();
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Number of panels.
    pub fn panels(&self) -> usize {
        self.outputs.div_ceil(PANEL)
    }

    /// Number of inputs, rounded up to a multiple of [`QUAD`].
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    fn panel_lines(&self) -> usize {
        self.inputs / QUAD * LINES
    }

    fn write(&mut self, row: &[i8]) {
        self.put(self.outputs, row);
        self.outputs += 1;
    }

    fn put(&mut self, output: usize, row: &[i8]) {
        let (panel, output) = (output / PANEL, output % PANEL);
        let first = panel * self.panel_lines();
        let sum: i32 = row.iter().map(|&weight| i32::from(weight)).sum();
        self.starts[panel][output] = -128 * sum;
        for (quad, weights) in row.chunks(QUAD).enumerate().take(self.inputs / QUAD) {
            let line = &mut self.lines[first + quad * LINES + output / 16].0;
            for (place, weight) in line[output % 16 * QUAD..].iter_mut().zip(weights) {
                *place = *weight;
            }
        }
    }

    /// The sums of one panel for `sums.len()` rows of activations, each in -127..=127. Row `i` starts at `i * stride` and has
    /// [`Matrix::inputs`] of them. Sums of outputs that there are not are zero.
    ///
    /// # Panics
    /// There is no such panel, or `rows` is too short.
    pub fn product(&self, panel: usize, rows: &[i8], stride: usize, sums: &mut [Sums]) {
        let lines = &self.lines[panel * self.panel_lines()..][..self.panel_lines()];
        let Some(last) = sums.len().checked_sub(1) else { return };
        assert!(rows.len() >= last * stride + self.inputs, "rows of activations are too short");
        match self.path {
            // SAFETY: a matrix is packed for a path that the machine has; rows are as long as was just compared.
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 => unsafe { avx512::product(lines, &self.starts[panel], rows, stride, sums) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => unsafe { avx2::product(lines, rows, stride, sums) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Path::Neon => unsafe { neon::product(lines, rows, stride, sums) },
            _ => scalar::product(lines, rows, stride, sums),
        }
    }
}

/// Vectors of 64 signed bytes, to be summed with weights of 16 bits: the values of attention.
#[derive(Clone)]
pub struct Values {
    path: Path,
    len: usize,
    lines: Vec<Line>,
}

impl Values {
    /// None so far.
    pub fn new(path: Path) -> Values {
        Values { path: path.here(), len: 0, lines: Vec::new() }
    }

    /// Takes all away; the memory stays.
    pub fn clear(&mut self) {
        self.len = 0;
        self.lines.clear();
    }

    /// Adds a vector.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn push(&mut self, value: &[i8; PANEL]) -> Result<()> {
        if self.len.is_multiple_of(QUAD) {
            self.lines
                .try_reserve(LINES)
                .map_err(|_| crate::Error::OutOfMemory { bytes: (LINES * size_of::<Line>()) as u64 })?;
            self.lines.resize(self.lines.len() + LINES, Line([0; 64]));
        }
        self.len += 1;
        self.set(self.len - 1, value);
        Ok(())
    }

    /// Replaces a vector.
    ///
    /// # Panics
    /// There is no such vector.
    pub fn set(&mut self, index: usize, value: &[i8; PANEL]) {
        assert!(index < self.len, "there is no such vector of values");
        let first = index / QUAD * LINES;
        for (i, &x) in value.iter().enumerate() {
            self.lines[first + i / 16].0[i % 16 * QUAD + index % QUAD] = x;
        }
    }

    /// `sum(weight * value)` over the vectors from `4 * quad` on, apart for the low and the high bytes of the weights, of which there are equally many,
    /// a multiple of [`QUAD`] and at most 2^16. Weights of vectors that there are not are zero.
    ///
    /// # Panics
    /// There are more weights than vectors, rounded up to a multiple of [`QUAD`].
    pub fn weigh(&self, quad: usize, low: &[u8], high: &[u8]) -> (Sums, Sums) {
        assert!(low.len() == high.len() && low.len().is_multiple_of(QUAD) && low.len() <= INPUTS_MAX);
        let lines = &self.lines[quad * LINES..][..low.len() / QUAD * LINES];
        match self.path {
            // SAFETY: values are packed for a path that the machine has; there are as many lines as weights call for.
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 => unsafe { avx512::weigh(lines, low, high) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => unsafe { avx2::weigh(lines, low, high) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Path::Neon => unsafe { neon::weigh(lines, low, high) },
            _ => scalar::weigh(lines, low, high),
        }
    }
}
