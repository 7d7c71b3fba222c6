//! Filter chains: reversible rewrites between a group's bytes and its codec, named by number in the GROUP record.
//!
//! A filter sees one block at a time. It keeps the length.

use crate::error::{Error, Result};
use crate::transform::{branch, delta, planes};

/// Most filters in a chain.
pub(crate) const CHAIN_MAX: usize = 4;

/// Branch targets of x86 code; no parameter. See [`branch::x86_encode`].
pub const X86: u8 = 1;
/// Branch targets of ARM64 code; no parameter. See [`branch::arm64_encode`].
pub const ARM64: u8 = 2;
/// Differences to the byte `param` back, 1 to [`delta::MAX_STRIDE`].
pub const DELTA: u8 = 3;
/// Byte planes of numbers of `param` bytes, 2 to [`planes::MAX_WIDTH`].
pub const PLANES: u8 = 4;

/// One filter of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilterSpec {
    /// Number of the filter in the format: [`X86`], [`ARM64`], [`DELTA`] or [`PLANES`].
    pub id: u8,
    /// Its parameter.
    pub param: u32,
}

impl FilterSpec {
    /// The spec itself.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the format does not know the filter, [`Error::Corrupt`] for a parameter out of its range.
    pub fn checked(self) -> Result<FilterSpec> {
        let range = match self.id {
            X86 | ARM64 => 0..=0,
            DELTA => 1..=delta::MAX_STRIDE as u32,
            PLANES => 2..=planes::MAX_WIDTH as u32,
            _ => return Err(Error::Unsupported { what: "filter", value: u64::from(self.id) }),
        };
        if range.contains(&self.param) { Ok(self) } else { Err(Error::corrupt("a filter's parameter is out of range")) }
    }

    /// The name that listings use.
    pub fn name(self) -> &'static str {
        match self.id {
            X86 => "x86",
            ARM64 => "arm64",
            DELTA => "delta",
            PLANES => "planes",
            _ => "unknown",
        }
    }
}

/// Rewrites `block`, which starts at byte `pos` of its group's coded bytes.
pub(crate) fn apply(chain: &[FilterSpec], block: &mut Vec<u8>, pos: u64) -> Result<()> {
    for spec in chain {
        match spec.checked()?.id {
            X86 => branch::x86_encode(block, pos as u32),
            ARM64 => branch::arm64_encode(block, pos as u32),
            DELTA => delta::encode(block, spec.param as usize),
            _ => rewrite(block, |from, to| planes::split(from, spec.param as usize, to))?,
        }
    }
    Ok(())
}

/// Takes [`apply`] back.
pub(crate) fn undo(chain: &[FilterSpec], block: &mut Vec<u8>, pos: u64) -> Result<()> {
    for spec in chain.iter().rev() {
        match spec.checked()?.id {
            X86 => branch::x86_decode(block, pos as u32),
            ARM64 => branch::arm64_decode(block, pos as u32),
            DELTA => delta::decode(block, spec.param as usize),
            _ => rewrite(block, |from, to| planes::join(from, spec.param as usize, to))?,
        }
    }
    Ok(())
}

fn rewrite(block: &mut Vec<u8>, change: impl Fn(&[u8], &mut Vec<u8>)) -> Result<()> {
    let mut changed = Vec::new();
    changed.try_reserve_exact(block.len()).map_err(|_| Error::OutOfMemory { bytes: block.len() as u64 })?;
    change(block, &mut changed);
    *block = changed;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_chain_comes_back(
            bytes in proptest::collection::vec(any::<u8>(), 0..5000),
            chain in proptest::collection::vec((1u8..5, 1u32..300), 0..5),
            pos in any::<u32>(),
        ) {
            let chain: Vec<FilterSpec> = chain
                .into_iter()
                .map(|(id, param)| FilterSpec { id, param: if id < DELTA { 0 } else { param } })
                .filter(|spec| spec.checked().is_ok())
                .collect();
            let mut block = bytes.clone();
            apply(&chain, &mut block, u64::from(pos)).unwrap();
            prop_assert_eq!(block.len(), bytes.len());
            undo(&chain, &mut block, u64::from(pos)).unwrap();
            prop_assert_eq!(block, bytes);
        }
    }
}
