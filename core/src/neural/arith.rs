//! Rounding and the exponential: the few integer functions that everything in this room is made of.
//!
//! All rounding is to the nearest, halves to the even neighbour ("RNE"), and right shifts of negative numbers round down.
//! The exponential comes from a table that the model brings, so that no platform's mathematics library has a say.

use crate::error::Result;

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

/// Entries of [`Exponential`]: 17 octaves of 256 steps. Everything further down is 1.
const STEPS: usize = 17 * 256 + 1;

/// `e^-x` in 16 bits: 1.0 is 65,535, and nothing is less than 1.
///
/// With `t` the argument in 1/256 octaves, the value is `2^-(t >> 8) * exp2[t & 255]`, rounded half up. As it is 1 from the 17th octave
/// on, one table has all of it: 17 KiB, made from the model's 256 entries.
pub(crate) struct Exponential {
    table: Box<[u32; STEPS]>,
}

impl Exponential {
    /// From `exp2[i] = 2^(-i / 256) * 65536`, as the model has it.
    pub(crate) fn new(exp2: &[u16; 256]) -> Result<Exponential> {
        let values = (0..STEPS).map(|t| {
            let scaled = (65_536u64 >> (t >> 8)) * u64::from(exp2[t & 255]) + 32_768;
            ((scaled >> 16) as u32).clamp(1, 65_535)
        });
        let mut table = crate::error::try_zeroed(STEPS)?.into_boxed_slice();
        table.iter_mut().zip(values).for_each(|(entry, value)| *entry = value);
        let table = table.try_into().map_err(|_| crate::Error::Internal("a table has another length"))?;
        Ok(Exponential { table })
    }

    /// The value at `distance * coefficient / 2^24` 1/256 octaves below zero.
    #[inline(always)]
    pub(crate) fn at(&self, distance: u32, coefficient: u32) -> u32 {
        let t = (u64::from(distance) * u64::from(coefficient) + (1 << 23)) >> 24;
        self.table[t.min(STEPS as u64 - 1) as usize]
    }
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

    #[test]
    fn the_exponential_falls_from_one_and_never_to_nothing() {
        let exp2 = std::array::from_fn(|i| [65_535u16, 46_341][i / 128]);
        let e = Exponential::new(&exp2).unwrap();
        // One step of the table for each unit.
        let at = |t| e.at(t, 1 << 24);
        assert_eq!([at(0), at(128), at(256), at(384)], [65_535, 46_341, 32_768, 23_171]);
        assert_eq!([at(16 * 256), at(17 * 256), at(31 * 256), at(u32::MAX)], [1, 1, 1, 1]);
        assert_eq!(e.at(u32::MAX, u32::MAX), 1);
    }
}
