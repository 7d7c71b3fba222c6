//! Rounding: to the nearest, halves to the even neighbour ("RNE"). Right shifts of negative numbers round down.

/// `value / 2^shift`, rounded half to even; `shift` at most 30, and `value` at least `2^(shift - 1)` short of the limits of `i32`.
#[inline(always)]
pub(crate) fn rne(value: i32, shift: u32) -> i32 {
    if shift == 0 {
        return value;
    }
    let odd = (value >> shift) & 1;
    (value + ((1 << (shift - 1)) - 1) + odd) >> shift
}

/// `value / 2^shift`, rounded half to even; `shift` at most 62, `value` as far from the limits of `i64` as [`rne`] says for `i32`.
#[inline(always)]
pub(crate) fn rne64(value: i64, shift: u32) -> i64 {
    if shift == 0 {
        return value;
    }
    let odd = (value >> shift) & 1;
    (value + ((1 << (shift - 1)) - 1) + odd) >> shift
}

/// `value` within -127 and 127: the range of an activation.
#[inline(always)]
pub(crate) fn clamp8(value: i32) -> i8 {
    value.clamp(-127, 127) as i8
}

/// `n / d`, rounded half to even. `d` is not zero.
#[inline(always)]
pub(crate) fn div_rne(n: u32, d: u32) -> u32 {
    let (quotient, rest) = (n / d, u64::from(n % d));
    let double = 2 * rest;
    quotient + u32::from(double > u64::from(d) || (double == u64::from(d) && quotient & 1 == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding as one would explain it.
    fn slow(value: i64, shift: u32) -> i64 {
        let (floor, rest, one) = (value >> shift, value & ((1 << shift) - 1), 1i64 << shift);
        let up = 2 * rest > one || (2 * rest == one && floor & 1 == 1);
        floor + i64::from(up)
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        for shift in [0, 1, 2, 7, 15] {
            for value in (-70_000..70_000).chain([-1_000_000_000, 1_000_000_000]) {
                assert_eq!(i64::from(rne(value, shift)), slow(value.into(), shift), "{value} {shift}");
                assert_eq!(rne64(value.into(), shift), slow(value.into(), shift), "{value} {shift}");
                assert_eq!(rne(-value, shift), -rne(value, shift));
            }
        }
        assert_eq!([div_rne(5, 2), div_rne(7, 2), div_rne(8, 3), div_rne(7, 3), div_rne(0, 9)], [2, 4, 3, 2, 0]);
        assert_eq!(div_rne(8_388_608, 24_929), 336, "an odd divisor just below a half");
    }
}
