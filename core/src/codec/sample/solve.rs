//! Symmetric linear equations in integers.

/// Rows and columns of a matrix; the last row holds the right-hand side.
pub(super) const LANES: usize = 16;
/// Fraction bits of the factors and of the solution.
const BITS: u32 = 16;
/// Factors and solutions stay under 2^LIMIT_BITS (16 units).
const LIMIT: i64 = 1 << 20;
/// The matrix is scaled so that its largest diagonal element has this many bits.
const DIAGONAL_BITS: u32 = 34;

/// Solves `matrix[..n][..n] * x = matrix[15][..n]` for `x` with 16 fraction bits, `matrix` symmetric and positive
/// semidefinite up to rounding, its lower triangle alone being looked at, `n < 16`.
///
/// LDL^T decomposition with every product bounded: factors are clamped, and a row whose pivot vanishes (a feature
/// that the ones before it give already) gets the value 0. Cost: about n^3/6 products and n^2/2 divisions.
pub(super) fn solve(matrix: &[[i64; LANES]; LANES], n: usize, x: &mut [i64; LANES]) {
    let largest = (0..n).map(|i| matrix[i][i]).max().unwrap_or(0).max(matrix[LANES - 1][LANES - 1]);
    if largest <= 0 {
        return;
    }
    let bits = 64 - largest.leading_zeros();
    let scale = |value: i64| {
        if bits > DIAGONAL_BITS { value >> (bits - DIAGONAL_BITS) } else { value << (DIAGONAL_BITS - bits) }
    };
    // `lower[i][j]` is the factor, `scaled[i][j]` the factor times the pivot of its column.
    let mut lower = [[0i64; LANES]; LANES];
    let mut pivots = [0i64; LANES];
    let mut y = [0i64; LANES];
    for i in 0..n {
        let mut scaled = [0i64; LANES];
        for j in 0..i {
            let mut sum = scale(matrix[i][j]);
            for k in 0..j {
                sum -= (scaled[k] * lower[j][k]) >> BITS;
            }
            scaled[j] = sum;
            lower[i][j] = divide(sum, pivots[j]);
            scaled[j] = (lower[i][j] * pivots[j]) >> BITS;
        }
        let diagonal = scale(matrix[i][i]);
        // A little of the diagonal is added: noise in the weights of features that hardly matter costs more than bias.
        let mut pivot = diagonal + (diagonal >> 9);
        let mut value = scale(matrix[LANES - 1][i]);
        for k in 0..i {
            pivot -= (scaled[k] * lower[i][k]) >> BITS;
            value -= (lower[i][k] * y[k]) >> BITS;
        }
        pivots[i] = if pivot > (diagonal >> 12) { pivot } else { 0 };
        y[i] = value.clamp(-(1 << 42), 1 << 42);
    }
    for i in (0..n).rev() {
        let mut value = divide(y[i], pivots[i]);
        for k in i + 1..n {
            value -= (lower[k][i] * x[k]) >> BITS;
        }
        x[i] = value.clamp(-LIMIT, LIMIT);
    }
}

/// `value / pivot` with [`BITS`] fraction bits, clamped; 0 for a vanished pivot.
fn divide(value: i64, pivot: i64) -> i64 {
    if pivot <= 0 {
        return 0;
    }
    ((value.clamp(-(1 << 46), 1 << 46) << BITS) / pivot).clamp(-LIMIT, LIMIT)
}
