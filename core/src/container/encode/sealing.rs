//! A frame on its way through its seal.

use crate::container::seal::Purpose;
use crate::container::seal::keyring::DataKey;
use crate::container::seal::stream::Sealer;
use crate::error::Result;
use crate::options::Options;

/// Where sealed output goes through; [`FrameEncoder::out`] then has the plain bytes.
pub(super) struct Sealing {
    pub(super) sealer: Option<Sealer>,
    pub(super) out: Vec<u8>,
    pub(super) taken: usize,
    /// Moves the cuts between chunks.
    pub(super) chunk_seed: u64,
}

impl Sealing {
    /// Draws the data key and writes the front of the sealed frame.
    pub(super) fn start(options: &Options) -> Result<Sealing> {
        let key = DataKey::generate(&options.keys, options.kdf_cost, options.suite)?;
        let mut out = Vec::new();
        let sealer = Sealer::start(&key, Purpose::Frame, &mut out)?;
        Ok(Sealing { sealer: Some(sealer), out, taken: 0, chunk_seed: key.chunk_seed() })
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        self.sealer.as_mut().map_or(Ok(()), |sealer| sealer.flush(&mut self.out))
    }

    pub(super) fn finish(&mut self) -> Result<()> {
        self.sealer.take().map_or(Ok(()), |sealer| sealer.finish(&mut self.out).map(drop))
    }

    pub(super) fn consume(&mut self, count: usize) {
        self.taken += count;
        if self.taken >= self.out.len() {
            self.out.clear();
            self.taken = 0;
        }
    }

    pub(super) fn into_output(mut self) -> Vec<u8> {
        self.out.drain(..self.taken);
        self.out
    }
}
