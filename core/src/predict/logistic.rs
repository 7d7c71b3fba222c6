//! The logistic domain: `stretch(p) = ln(p / (1 - p))` and its inverse `squash`, as integer tables.
//!
//! Probabilities are of 65536; the logistic domain has 256 steps to the natural-log unit. Both tables come from one
//! integer exponential computed at compile time, so that they are the same on every machine.

/// Steps of the logistic domain per natural-log unit.
pub const UNIT: i32 = 256;
/// `squash` takes values in `-SQUASH_LIMIT..SQUASH_LIMIT` (11 units, about one in 60,000); others are clamped.
pub const SQUASH_LIMIT: i32 = 11 * UNIT;
/// Largest magnitude that [`stretch`] returns.
pub const STRETCH_LIMIT: i32 = 9 * UNIT - 1;

const SQUASH_LEN: usize = 2 * SQUASH_LIMIT as usize;

/// e^(1/256) in units of 2^-48, rounded.
const EXP_STEP: u128 = 282_576_638_621_015;

const SQUASH: [u16; SQUASH_LEN] = squash_table();
const STRETCH: [i16; 4096] = stretch_table();

const fn squash_table() -> [u16; SQUASH_LEN] {
    let mut table = [0u16; SQUASH_LEN];
    let one = 1u128 << 48;
    let mut exp = one;
    let mut x = 0;
    while x < SQUASH_LIMIT as usize {
        // 65536 * e^x / (1 + e^x), and its mirror image.
        let p = ((exp << 16) + (one + exp) / 2) / (one + exp);
        let p = if p > 65535 { 65535 } else { p };
        table[SQUASH_LIMIT as usize + x] = p as u16;
        // The mirror of the middle is the middle itself: 65536 - 32768.
        table[SQUASH_LIMIT as usize - x] = (65536 - p) as u16;
        exp = (exp * EXP_STEP) >> 48;
        x += 1;
    }
    table[0] = table[1];
    table
}

const fn stretch_table() -> [i16; 4096] {
    let mut table = [0i16; 4096];
    let mut x = 0;
    let mut i = 0;
    while i < 4096 {
        let p = (i * 16 + 8) as u16;
        while x < SQUASH_LEN - 1 && SQUASH[x] < p {
            x += 1;
        }
        let value = x as i32 - SQUASH_LIMIT;
        table[i] = if value < -STRETCH_LIMIT {
            -STRETCH_LIMIT
        } else if value > STRETCH_LIMIT {
            STRETCH_LIMIT
        } else {
            value
        } as i16;
        i += 1;
    }
    table
}

/// The probability of 65536, at least 1 and at most 65535, for a value of the logistic domain.
#[inline(always)]
pub fn squash(x: i32) -> u32 {
    let index = (x + SQUASH_LIMIT).clamp(0, SQUASH_LEN as i32 - 1);
    u32::from(SQUASH[index as usize])
}

/// The logistic value of a probability of 65536, at a resolution of 16 of 65536.
#[inline(always)]
pub fn stretch(p: u32) -> i32 {
    i32::from(STRETCH[(p >> 4) as usize & 4095])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squash_is_monotone_symmetric_and_never_certain() {
        assert_eq!(squash(0), 32768);
        assert!((-4000..4000).all(|x| squash(x) <= squash(x + 1)));
        assert!((1..SQUASH_LIMIT).all(|x| squash(x) + squash(-x) == 65536));
        assert!(squash(i32::MIN / 2) >= 1 && squash(i32::MAX / 2) <= 65535);
    }

    #[test]
    fn stretch_inverts_squash() {
        assert!((0..=65535).all(|p| stretch(p).abs() <= STRETCH_LIMIT));
        assert!((-1200..1200).all(|x| (stretch(squash(x)) - x).abs() <= 12));
    }
}
