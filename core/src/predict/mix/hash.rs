//! The hashes of the mix, both of 64 bits from two numbers: one by two multiplications, and one by a single one. Part of the format.

/// A hash of `a` and `b`.
#[inline(always)]
pub fn combine(a: u64, b: u64) -> u64 {
    let mixed = (a ^ b.rotate_left(23)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) ^ mixed >> 32
}

/// Takes `b` into the hash `a` by one multiplication: enough for values, which [`combine`] mixes again. The upper bits are the good ones.
#[inline(always)]
pub fn fold(a: u64, b: u64) -> u64 {
    (a.rotate_left(23) ^ b).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}
