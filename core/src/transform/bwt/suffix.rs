//! Suffix sorting: libsais where it is built in, divsufsort elsewhere.

use super::{Transformed, check_len, from_suffix_array};
use crate::error::{Result, try_zeroed};

/// The start positions of all suffixes of `text` in sorted order, the end of the text being smaller than any byte.
///
/// Takes 4 bytes an input byte. Time is linear with the feature `libsais`, else O(n log n); on any input.
///
/// # Errors
/// [`InvalidOption`](crate::Error::InvalidOption) above [`MAX_LEN`](super::MAX_LEN), [`OutOfMemory`](crate::Error::OutOfMemory).
pub fn suffix_array(text: &[u8]) -> Result<Vec<i32>> {
    check_len(text.len())?;
    #[cfg(feature = "libsais")]
    return fast::suffix_array(text);
    #[cfg(not(feature = "libsais"))]
    portable_suffix_array(text)
}

/// [`suffix_array`] in Rust alone.
#[cfg_attr(all(feature = "libsais", not(test)), allow(dead_code))]
pub(super) fn portable_suffix_array(text: &[u8]) -> Result<Vec<i32>> {
    let mut array = try_zeroed(text.len())?;
    divsufsort::sort_in_place(text, &mut array);
    Ok(array)
}

/// [`forward`](super::forward) of a text that is not empty.
pub(super) fn forward(text: &[u8]) -> Result<Transformed> {
    #[cfg(feature = "libsais")]
    return fast::forward(text);
    #[cfg(not(feature = "libsais"))]
    portable_forward(text)
}

/// [`forward`] in Rust alone.
#[cfg_attr(all(feature = "libsais", not(test)), allow(dead_code))]
pub(super) fn portable_forward(text: &[u8]) -> Result<Transformed> {
    from_suffix_array(text, &portable_suffix_array(text)?)
}

#[cfg(feature = "libsais")]
mod fast {
    use super::super::{Transformed, starts_len, stride};
    use crate::error::{Error, Result, try_zeroed};
    use libsais::bwt::AuxIndicesSamplingRate;
    use libsais::{BwtConstruction, LibsaisError, SuffixArrayConstruction};

    fn refused(len: usize) -> impl Fn(LibsaisError) -> Error {
        move |error| match error {
            // Beside the array it is given, libsais allocates buckets only.
            LibsaisError::OutOfMemory => Error::OutOfMemory { bytes: len as u64 },
            _ => Error::Internal("libsais refused a valid text"),
        }
    }

    pub fn suffix_array(text: &[u8]) -> Result<Vec<i32>> {
        let mut array = try_zeroed(text.len())?;
        SuffixArrayConstruction::for_text(text)
            .in_borrowed_buffer(&mut array[..])
            .single_threaded()
            .run()
            .map_err(refused(text.len()))?;
        Ok(array)
    }

    pub fn forward(text: &[u8]) -> Result<Transformed> {
        let mut last = try_zeroed(text.len())?;
        let mut rows: Vec<i32> = try_zeroed(starts_len(text.len()))?;
        let mut scratch: Vec<i32> = try_zeroed(text.len())?;
        BwtConstruction::for_text(text)
            .in_borrowed_buffer(&mut last)
            .with_borrowed_temporary_array_buffer(&mut scratch[..])
            .single_threaded()
            .with_aux_indices_in_buffer(AuxIndicesSamplingRate::from(stride(text.len()) as i32), &mut rows)
            .run()
            .map_err(refused(text.len()))?;
        Ok(Transformed { last, starts: rows.into_iter().map(|row| row as u32).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::samples;

    #[test]
    fn both_sorters_agree() {
        for text in samples::all() {
            let array = suffix_array(&text).unwrap();
            assert!(array.windows(2).take(300).all(|pair| text[pair[0] as usize..] < text[pair[1] as usize..]));
            assert_eq!(array, portable_suffix_array(&text).unwrap());
            if !text.is_empty() {
                assert_eq!(forward(&text).unwrap(), portable_forward(&text).unwrap());
            }
        }
    }
}
