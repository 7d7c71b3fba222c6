//! NEON: `smull` and `smlal` make 16-bit products of bytes and add two of them, `sadalp` adds pairs of those to 32-bit sums.
//!
//! Of a vector of 16 bytes - four outputs, four inputs each - the sums of an output are those of two neighbouring lanes. A weight of -128 and an activation
//! of at most 127 give 16,256 in size, and two of these fit in 16 bits.

use super::{LINES, Line, PANEL, QUAD, Sums};
use core::arch::aarch64::*;

/// The sums of a panel. `rows` has `QUAD` activations for each [`LINES`] lines from each multiple of `stride` on.
#[target_feature(enable = "neon")]
pub(super) fn product(lines: &[Line], rows: &[i8], stride: usize, sums: &mut [Sums]) {
    for (i, sums) in sums.iter_mut().enumerate() {
        for l in 0..LINES {
            product_line(lines, l, &rows[i * stride..][..lines.len() / LINES * QUAD], sums);
        }
    }
}

/// The sums of the 16 outputs whose bytes are in line `l` of each quad.
#[inline]
#[target_feature(enable = "neon")]
fn product_line(lines: &[Line], l: usize, row: &[i8], sums: &mut Sums) {
    let mut acc = [vdupq_n_s32(0); 8];
    for (lines, quad) in lines.chunks_exact(LINES).zip(row.chunks_exact(QUAD)) {
        let four = i32::from_ne_bytes([quad[0] as u8, quad[1] as u8, quad[2] as u8, quad[3] as u8]);
        let x = vreinterpret_s8_s32(vdup_n_s32(four));
        for v in 0..4 {
            // SAFETY: a line has 64 bytes, four times 16.
            let weights = unsafe { vld1q_s8(lines[l].0.as_ptr().add(v * 16)) };
            acc[2 * v] = vpadalq_s16(acc[2 * v], vmull_s8(vget_low_s8(weights), x));
            acc[2 * v + 1] = vpadalq_s16(acc[2 * v + 1], vmull_s8(vget_high_s8(weights), x));
        }
    }
    store(&mut sums[l * 16..], acc);
}

/// The sums over values, for both bytes of the weights, which are multiplied in 16 bits.
#[target_feature(enable = "neon")]
pub(super) fn weigh(lines: &[Line], low: &[u8], high: &[u8]) -> (Sums, Sums) {
    let mut sums = [[0; PANEL]; 2];
    for (sums, weights) in sums.iter_mut().zip([low, high]) {
        for l in 0..LINES {
            weigh_line(lines, l, weights, sums);
        }
    }
    (sums[0], sums[1])
}

#[inline]
#[target_feature(enable = "neon")]
fn weigh_line(lines: &[Line], l: usize, weights: &[u8], sums: &mut Sums) {
    let mut acc = [vdupq_n_s32(0); 8];
    for (lines, quad) in lines.chunks_exact(LINES).zip(weights.chunks_exact(QUAD)) {
        let four = u32::from_ne_bytes([quad[0], quad[1], quad[2], quad[3]]);
        let wide = vreinterpretq_s16_u16(vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(four))));
        let weights = vget_low_s16(wide);
        for v in 0..4 {
            // SAFETY: a line has 64 bytes, four times 16.
            let values = unsafe { vld1q_s8(lines[l].0.as_ptr().add(v * 16)) };
            let halves = [vmovl_s8(vget_low_s8(values)), vmovl_s8(vget_high_s8(values))];
            for (acc, values) in acc[2 * v..].iter_mut().zip(halves) {
                let products = [vmull_s16(vget_low_s16(values), weights), vmull_s16(vget_high_s16(values), weights)];
                *acc = vaddq_s32(*acc, vpaddq_s32(products[0], products[1]));
            }
        }
    }
    store(&mut sums[l * 16..], acc);
}

/// Adds neighbouring lanes: two vectors become the sums of four outputs.
#[inline]
#[target_feature(enable = "neon")]
fn store(sums: &mut [i32], acc: [int32x4_t; 8]) {
    for (sums, pair) in sums.chunks_exact_mut(4).zip(acc.chunks_exact(2)) {
        // SAFETY: four sums are 16 bytes.
        unsafe { vst1q_s32(sums.as_mut_ptr(), vpaddq_s32(pair[0], pair[1])) };
    }
}
