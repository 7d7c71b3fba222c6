//! The binary logarithm in integers, for entropies and prices.

/// The binary logarithm of `x`, at least 0, in 1/256, rounded down.
pub(crate) const fn log2(x: u32) -> u32 {
    if x == 0 {
        return 0;
    }
    let whole = x.ilog2();
    // The mantissa, 1.31 bits, is squared; each time it passes two the next bit of the logarithm is one.
    let mut mantissa = (x as u64) << (31 - whole);
    let mut log = whole;
    let mut digit = 0;
    while digit < 8 {
        mantissa = (mantissa * mantissa) >> 31;
        let carry = (mantissa >> 32) as u32;
        mantissa >>= carry;
        log = log << 1 | carry;
        digit += 1;
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_exact_to_the_step() {
        assert_eq!((log2(0), log2(1), log2(2), log2(1 << 31)), (0, 0, 256, 31 * 256));
        assert_eq!((log2(3), log2(1000)), (405, 2551));
        assert!((1..100_000).all(|x| log2(x) <= log2(x + 1)));
    }
}
