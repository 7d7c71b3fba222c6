//! Tables of 256 numbers, for many bytes at once.
//!
//! AVX-512 holds the table in 16 registers and looks 16 bytes up by eight permutations, a number a cycle; gathers from memory take five.

use super::Isa;

/// Looks each of `indices` up, as an unsigned byte, and writes the entries to `out`.
///
/// # Panics
/// `out` has not as many places as there are indices.
#[inline]
pub fn look_up(isa: Isa, table: &[u32; 256], indices: &[i8], out: &mut [u32]) {
    assert!(indices.len() == out.len());
    #[cfg(target_arch = "x86_64")]
    if isa >= Isa::Avx512 && isa.is_supported() {
        // SAFETY: the features were detected on this machine by `is_supported`; lengths are equal.
        return unsafe { x86::look_up(table, indices, out) };
    }
    let _ = isa;
    for (out, &index) in out.iter_mut().zip(indices) {
        *out = table[usize::from(index as u8)];
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::*;

    const WIDTH: usize = 16;

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    pub(super) fn look_up(table: &[u32; 256], indices: &[i8], out: &mut [u32]) {
        // SAFETY: 16 entries are 64 bytes, 16 times in 256.
        let table: [__m512i; 16] =
            std::array::from_fn(|i| unsafe { _mm512_loadu_si512(table.as_ptr().add(WIDTH * i).cast()) });
        for (indices, out) in indices.chunks(WIDTH).zip(out.chunks_mut(WIDTH)) {
            let mask = u16::MAX >> (WIDTH - indices.len());
            // SAFETY: the mask lets only as many bytes be read as there are.
            let index = _mm512_cvtepu8_epi32(unsafe { _mm_maskz_loadu_epi8(mask, indices.as_ptr()) });
            // Five bits choose among 32 entries, three among the eight pairs of registers.
            let pairs: [__m512i; 8] =
                std::array::from_fn(|i| _mm512_permutex2var_epi32(table[2 * i], index, table[2 * i + 1]));
            let bit = |bit: i32| _mm512_test_epi32_mask(index, _mm512_set1_epi32(bit));
            let fours: [__m512i; 4] =
                std::array::from_fn(|i| _mm512_mask_blend_epi32(bit(32), pairs[2 * i], pairs[2 * i + 1]));
            let halves: [__m512i; 2] =
                std::array::from_fn(|i| _mm512_mask_blend_epi32(bit(64), fours[2 * i], fours[2 * i + 1]));
            let entry = _mm512_mask_blend_epi32(bit(128), halves[0], halves[1]);
            // SAFETY: the mask lets only as many numbers be written as there are places.
            unsafe { _mm512_mask_storeu_epi32(out.as_mut_ptr().cast(), mask, entry) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_isa_looks_up_every_entry() {
        let table: [u32; 256] = std::array::from_fn(|i| (i as u32 + 1).wrapping_mul(0x9E37_79B9));
        for len in [0, 1, 15, 16, 17, 300] {
            let indices: Vec<i8> = (0..len).map(|i| (i * 7 + 1) as u8 as i8).collect();
            let expected: Vec<u32> = indices.iter().map(|&index| table[usize::from(index as u8)]).collect();
            for isa in Isa::available() {
                let mut out = vec![0; len];
                look_up(isa, &table, &indices, &mut out);
                assert_eq!(out, expected, "{isa:?}, {len}");
            }
        }
    }
}
