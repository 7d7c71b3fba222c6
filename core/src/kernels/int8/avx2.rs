//! AVX2: `vpmaddubsw` multiplies unsigned by signed bytes and adds pairs in 16 bits, saturating.
//!
//! Weights lend their signs to the activations and go in as absolute values: at most 128 * 127 * 2 = 32,512 a pair, so nothing saturates. The
//! weights of values have 8 bits without a sign and would; they are multiplied in 16 bits instead.

use super::{LINES, Line, PANEL, QUAD, Sums};
use core::arch::x86_64::*;

/// Rows that are multiplied at once, with [`WIDTH`] vectors of sums each.
const ROWS: usize = 2;
/// Vectors of eight outputs that are summed at once: half a line each.
const WIDTH: usize = 4;

/// The sums of a panel. `rows` has `QUAD` activations for each [`LINES`] lines from each multiple of `stride` on.
#[target_feature(enable = "avx2")]
pub(super) fn product(lines: &[Line], rows: &[i8], stride: usize, sums: &mut [Sums]) {
    for (i, sums) in sums.chunks_mut(ROWS).enumerate() {
        let rows = &rows[i * ROWS * stride..];
        for part in 0..PANEL / (8 * WIDTH) {
            match sums.len() {
                2 => tile::<2>(lines, rows, stride, part, sums),
                _ => tile::<1>(lines, rows, stride, part, sums),
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn tile<const N: usize>(lines: &[Line], rows: &[i8], stride: usize, part: usize, sums: &mut [Sums]) {
    let quads = lines.len() / LINES;
    assert!(sums.len() >= N && rows.len() >= (N - 1) * stride + quads * QUAD && part * WIDTH / 2 + WIDTH / 2 <= LINES);
    let ones = _mm256_set1_epi16(1);
    let mut acc = [[_mm256_setzero_si256(); WIDTH]; N];
    for quad in 0..quads {
        // SAFETY: the four bytes of each row are within it, and the lines of the part within the quad's, as asserted.
        unsafe {
            let x: [__m256i; N] = std::array::from_fn(|r| {
                let bytes = rows.as_ptr().add(r * stride + quad * QUAD).cast::<i32>();
                _mm256_set1_epi32(bytes.read_unaligned())
            });
            let first = lines.as_ptr().add(quad * LINES).cast::<__m256i>().add(part * WIDTH);
            for v in 0..WIDTH {
                let weights = _mm256_load_si256(first.add(v));
                let sizes = _mm256_abs_epi8(weights);
                for (acc, &x) in acc.iter_mut().zip(&x) {
                    let pairs = _mm256_maddubs_epi16(sizes, _mm256_sign_epi8(x, weights));
                    acc[v] = _mm256_add_epi32(acc[v], _mm256_madd_epi16(pairs, ones));
                }
            }
        }
    }
    for (sums, acc) in sums.iter_mut().zip(acc) {
        for (sums, acc) in sums[part * WIDTH * 8..].chunks_exact_mut(8).zip(acc) {
            // SAFETY: eight sums are 32 bytes.
            unsafe { _mm256_storeu_si256(sums.as_mut_ptr().cast(), acc) };
        }
    }
}

/// The sums over values, for both bytes of the weights.
#[target_feature(enable = "avx2")]
pub(super) fn weigh(lines: &[Line], low: &[u8], high: &[u8]) -> (Sums, Sums) {
    let mut sums = [[0; PANEL]; 2];
    for l in 0..LINES {
        weigh_line(lines, l, low, high, &mut sums);
    }
    (sums[0], sums[1])
}

/// The sums of the 16 outputs whose bytes are in line `l` of each quad.
#[inline]
#[target_feature(enable = "avx2")]
fn weigh_line(lines: &[Line], l: usize, low: &[u8], high: &[u8], sums: &mut [Sums; 2]) {
    // Of four outputs two sums each, of the even and of the odd pair of values.
    let mut acc = [[_mm256_setzero_si256(); 4]; 2];
    for ((lines, low), high) in lines.chunks_exact(LINES).zip(low.chunks_exact(QUAD)).zip(high.chunks_exact(QUAD)) {
        let weights = [low, high].map(|w| {
            let four = _mm_cvtsi32_si128(i32::from_ne_bytes([w[0], w[1], w[2], w[3]]));
            _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(four))
        });
        for v in 0..4 {
            // SAFETY: a line has 64 bytes, four times 16.
            let bytes = unsafe { _mm_load_si128(lines[l].0.as_ptr().cast::<__m128i>().add(v)) };
            let values = _mm256_cvtepi8_epi16(bytes);
            for (acc, &weights) in acc.iter_mut().zip(&weights) {
                acc[v] = _mm256_add_epi32(acc[v], _mm256_madd_epi16(values, weights));
            }
        }
    }
    for (sums, acc) in sums.iter_mut().zip(acc) {
        for (sums, acc) in sums[l * 16..].chunks_exact_mut(4).zip(acc) {
            let mut pairs = [0i32; 8];
            // SAFETY: eight sums are 32 bytes.
            unsafe { _mm256_storeu_si256(pairs.as_mut_ptr().cast(), acc) };
            for (sum, pair) in sums.iter_mut().zip(pairs.chunks_exact(2)) {
                *sum = pair[0] + pair[1];
            }
        }
    }
}
