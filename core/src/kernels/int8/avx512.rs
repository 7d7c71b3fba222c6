//! AVX-512 with VNNI: `vpdpbusd` adds four products of unsigned and signed bytes to each of 16 sums, and wraps.
//!
//! Weights are stored plus 128, as unsigned bytes, so each sum starts at -128 times the sum of its row of activations. Six rows by 64
//! outputs are 24 sums in registers, fed by four loads of weights and six of activations: at 24 products for ten loads the multipliers never wait.

use super::{LINES, Line, QUAD, Sums};
use core::arch::x86_64::*;

/// Rows that are multiplied at once.
const ROWS: usize = 6;

/// The sums of a panel. `rows` has `QUAD` activations for each [`LINES`] lines from each multiple of `stride` on.
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn product(lines: &[Line], rows: &[i8], stride: usize, sums: &mut [Sums]) {
    for (i, sums) in sums.chunks_mut(ROWS).enumerate() {
        let rows = &rows[i * ROWS * stride..];
        match sums.len() {
            6 => tile::<6>(lines, rows, stride, sums),
            5 => tile::<5>(lines, rows, stride, sums),
            4 => tile::<4>(lines, rows, stride, sums),
            3 => tile::<3>(lines, rows, stride, sums),
            2 => tile::<2>(lines, rows, stride, sums),
            _ => single(lines, rows, sums),
        }
    }
}

/// -128 times the sum of `row`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn start(row: &[i8]) -> __m512i {
    let mut sum = _mm512_setzero_si512();
    for bytes in row.chunks(64) {
        let mask = u64::MAX >> (64 - bytes.len());
        // SAFETY: the mask lets only as many bytes be read as there are.
        let bytes = unsafe { _mm512_maskz_loadu_epi8(mask, bytes.as_ptr()) };
        sum = _mm512_dpbusd_epi32(sum, _mm512_set1_epi8(1), bytes);
    }
    _mm512_set1_epi32(_mm512_reduce_add_epi32(sum).wrapping_mul(-128))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn tile<const N: usize>(lines: &[Line], rows: &[i8], stride: usize, sums: &mut [Sums]) {
    let quads = lines.len() / LINES;
    assert!(sums.len() >= N && rows.len() >= (N - 1) * stride + quads * QUAD);
    let mut acc: [[__m512i; LINES]; N] = std::array::from_fn(|r| [start(&rows[r * stride..][..quads * QUAD]); LINES]);
    let mut weight = lines.as_ptr().cast::<__m512i>();
    let mut quad = rows.as_ptr();
    for _ in 0..quads {
        // SAFETY: there are `LINES` lines for each quad, aligned to 64 bytes; each row has four bytes for each, as asserted.
        unsafe {
            let weights: [__m512i; LINES] = std::array::from_fn(|l| _mm512_load_si512(weight.add(l)));
            for (r, acc) in acc.iter_mut().enumerate() {
                let x = _mm512_set1_epi32(quad.add(r * stride).cast::<i32>().read_unaligned());
                for (acc, &weights) in acc.iter_mut().zip(&weights) {
                    *acc = _mm512_dpbusd_epi32(*acc, weights, x);
                }
            }
            weight = weight.add(LINES);
            quad = quad.add(QUAD);
        }
    }
    for (sums, acc) in sums.iter_mut().zip(acc) {
        store(sums, acc);
    }
}

/// One row: with two sets of sums, as four would wait for themselves.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn single(lines: &[Line], row: &[i8], sums: &mut [Sums]) {
    let quads = lines.len() / LINES;
    let row = &row[..quads * QUAD];
    let mut acc = [[start(row); LINES], [_mm512_setzero_si512(); LINES]];
    for (pair, row) in lines.chunks(2 * LINES).zip(row.chunks(2 * QUAD)) {
        for ((lines, quad), acc) in pair.chunks_exact(LINES).zip(row.chunks_exact(QUAD)).zip(&mut acc) {
            let x = _mm512_set1_epi32(i32::from_ne_bytes([quad[0] as u8, quad[1] as u8, quad[2] as u8, quad[3] as u8]));
            for (acc, line) in acc.iter_mut().zip(lines) {
                // SAFETY: a line has 64 bytes and is aligned to as many.
                let weights = unsafe { _mm512_load_si512(line.0.as_ptr().cast()) };
                *acc = _mm512_dpbusd_epi32(*acc, weights, x);
            }
        }
    }
    for sums in sums {
        store(sums, std::array::from_fn(|l| _mm512_add_epi32(acc[0][l], acc[1][l])));
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(sums: &mut Sums, acc: [__m512i; LINES]) {
    for (sums, acc) in sums.chunks_exact_mut(16).zip(acc) {
        // SAFETY: 16 sums are 64 bytes.
        unsafe { _mm512_storeu_si512(sums.as_mut_ptr().cast(), acc) };
    }
}

/// The sums over values, for both bytes of the weights: these are unsigned and the values signed, as the instruction wants them.
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn weigh(lines: &[Line], low: &[u8], high: &[u8]) -> (Sums, Sums) {
    let mut acc = [[_mm512_setzero_si512(); LINES]; 2];
    for ((lines, low), high) in lines.chunks_exact(LINES).zip(low.chunks_exact(QUAD)).zip(high.chunks_exact(QUAD)) {
        let weights = [low, high].map(|w| _mm512_set1_epi32(i32::from_ne_bytes([w[0], w[1], w[2], w[3]])));
        for (l, line) in lines.iter().enumerate() {
            // SAFETY: a line has 64 bytes and is aligned to as many.
            let values = unsafe { _mm512_load_si512(line.0.as_ptr().cast()) };
            for (acc, weights) in acc.iter_mut().zip(weights) {
                acc[l] = _mm512_dpbusd_epi32(acc[l], weights, values);
            }
        }
    }
    let mut sums = [[0; super::PANEL]; 2];
    for (sums, acc) in sums.iter_mut().zip(acc) {
        store(sums, acc);
    }
    (sums[0], sums[1])
}
