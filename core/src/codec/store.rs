//! Bytes as they are: for what no codec can shorten.

use super::{BlockCodec, Params};
use crate::error::{Error, Result};

/// Codec `store`. It has no state.
#[derive(Debug)]
pub struct Store;

impl Store {
    /// Takes any parameters and needs none.
    ///
    /// # Errors
    /// None.
    pub fn new(_params: &Params) -> Result<Store> {
        Ok(Store)
    }
}

impl BlockCodec for Store {
    fn encode(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        append(block, out)
    }

    fn decode(&mut self, payload: &[u8], len: usize, out: &mut Vec<u8>) -> Result<()> {
        if payload.len() != len {
            return Err(Error::corrupt("stored block has another length than it should"));
        }
        append(payload, out)
    }
}

fn append(bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
    out.try_reserve(bytes.len()).map_err(|_| Error::OutOfMemory { bytes: bytes.len() as u64 })?;
    out.extend_from_slice(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::trials;

    #[test]
    fn blocks_come_back() {
        trials::run(|params| Ok(Box::new(Store::new(params)?)));
    }
}
