//! The reference: plain loops.

use super::{LINES, Line, PANEL, QUAD, Sums};

pub(super) fn product(lines: &[Line], rows: &[i8], stride: usize, sums: &mut [Sums]) {
    for (i, sums) in sums.iter_mut().enumerate() {
        *sums = [0; PANEL];
        for (quad, activations) in lines.chunks_exact(LINES).zip(rows[i * stride..].chunks_exact(QUAD)) {
            for (line, sums) in quad.iter().zip(sums.chunks_exact_mut(16)) {
                for (weights, sum) in line.0.chunks_exact(QUAD).zip(sums) {
                    *sum += weights.iter().zip(activations).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum::<i32>();
                }
            }
        }
    }
}

pub(super) fn weigh(lines: &[Line], low: &[u8], high: &[u8]) -> (Sums, Sums) {
    (weigh_bytes(lines, low), weigh_bytes(lines, high))
}

fn weigh_bytes(lines: &[Line], weights: &[u8]) -> Sums {
    let mut sums = [0; PANEL];
    for (quad, weights) in lines.chunks_exact(LINES).zip(weights.chunks_exact(QUAD)) {
        for (line, sums) in quad.iter().zip(sums.chunks_exact_mut(16)) {
            for (values, sum) in line.0.chunks_exact(QUAD).zip(sums) {
                *sum += values.iter().zip(weights).map(|(&v, &w)| i32::from(v) * i32::from(w)).sum::<i32>();
            }
        }
    }
    sums
}
