//! AVX-512 with VNNI: `vpdpbusd` adds four products of unsigned and signed bytes to each of 16 sums, and wraps.
//!
//! Activations go in plus 128, as unsigned bytes, so each sum starts at -128 times the sum of its weights. Six rows by 64 outputs are 24 sums
//! in registers, fed by four loads of weights and six of activations: at 24 products for ten loads the multipliers never wait.

use super::{LINES, Line, QUAD, Sums};
use core::arch::x86_64::*;

/// The sums of a panel. `rows` has `QUAD` activations for each [`LINES`] lines from each multiple of `stride` on.
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn product(lines: &[Line], start: &Sums, rows: &[i8], stride: usize, sums: &mut [Sums]) {
    let (mut rows, mut sums) = (rows, sums);
    while !sums.is_empty() {
        // Seven and eight rows are better cut in halves than into six and a few.
        let count = match sums.len() {
            7 | 8 => 4,
            left => left.min(6),
        };
        let (own, rest) = sums.split_at_mut(count);
        match count {
            6 => tile::<6>(lines, start, rows, stride, own),
            5 => tile::<5>(lines, start, rows, stride, own),
            4 => tile::<4>(lines, start, rows, stride, own),
            3 => tile::<3>(lines, start, rows, stride, own),
            2 => tile::<2>(lines, start, rows, stride, own),
            _ => single(lines, start, rows, own),
        }
        rows = rows.get(count * stride..).unwrap_or(&[]);
        sums = rest;
    }
}

/// The sums that all outputs start with.
#[inline]
#[target_feature(enable = "avx512f")]
fn load(start: &Sums) -> [__m512i; LINES] {
    // SAFETY: 16 sums are 64 bytes, four times in 64 sums.
    std::array::from_fn(|l| unsafe { _mm512_loadu_si512(start.as_ptr().add(16 * l).cast()) })
}

/// Four activations plus 128, in all lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn spread(quad: i32) -> __m512i {
    // Not an exclusive or, which the compiler would do before the number is spread, away from vector registers.
    _mm512_add_epi8(_mm512_set1_epi32(quad), _mm512_set1_epi8(i8::MIN))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn tile<const N: usize>(lines: &[Line], start: &Sums, rows: &[i8], stride: usize, sums: &mut [Sums]) {
    let quads = lines.len() / LINES;
    assert!(sums.len() >= N && rows.len() >= (N - 1) * stride + quads * QUAD);
    let mut acc = [load(start); N];
    let mut weight = lines.as_ptr().cast::<__m512i>();
    let mut quad = rows.as_ptr();
    for _ in 0..quads {
        // SAFETY: there are `LINES` lines for each quad, aligned to 64 bytes; each row has four bytes for each, as asserted.
        unsafe {
            let weights: [__m512i; LINES] = std::array::from_fn(|l| _mm512_load_si512(weight.add(l)));
            for (r, acc) in acc.iter_mut().enumerate() {
                let x = spread(quad.add(r * stride).cast::<i32>().read_unaligned());
                for (acc, &weights) in acc.iter_mut().zip(&weights) {
                    *acc = _mm512_dpbusd_epi32(*acc, x, weights);
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
fn single(lines: &[Line], start: &Sums, row: &[i8], sums: &mut [Sums]) {
    let quads = lines.len() / LINES;
    let row = &row[..quads * QUAD];
    let mut acc = [load(start), [_mm512_setzero_si512(); LINES]];
    for (pair, row) in lines.chunks(2 * LINES).zip(row.chunks(2 * QUAD)) {
        for ((lines, quad), acc) in pair.chunks_exact(LINES).zip(row.chunks_exact(QUAD)).zip(&mut acc) {
            let x = spread(i32::from_ne_bytes([quad[0] as u8, quad[1] as u8, quad[2] as u8, quad[3] as u8]));
            for (acc, line) in acc.iter_mut().zip(lines) {
                // SAFETY: a line has 64 bytes and is aligned to as many.
                let weights = unsafe { _mm512_load_si512(line.0.as_ptr().cast()) };
                *acc = _mm512_dpbusd_epi32(*acc, x, weights);
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
