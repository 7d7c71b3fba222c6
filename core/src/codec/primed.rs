//! A codec for tests alone, the simplest that a model helps: 16 fixed bytes, then the block, each byte exclusive-ored with the bytes of the primers' tensors
//! `primer.bytes`, without its trailing zeros.

use super::{BlockCodec, Params};
use crate::error::{Error, Result};
use crate::model::{Model, Part, Tensor};
use std::collections::BTreeMap;

/// Makes a payload that the model does not shrink longer than the block.
const FRONT: &[u8; 16] = b"a primed payload";

pub(crate) struct Primed {
    /// One run of bytes for each model.
    keys: Vec<Vec<u8>>,
}

impl Primed {
    pub(crate) fn new(_: &Params, models: &[Model]) -> Result<Self> {
        let bytes = |model: &Model| {
            let part = model.part("primer").ok_or(Error::corrupt("no primer"))?;
            part.tensor("bytes")?.values::<u8>()
        };
        Ok(Primed { keys: models.iter().map(bytes).collect::<Result<_>>()? })
    }

    fn mask(&self, at: usize) -> u8 {
        self.keys.iter().fold(0, |mask, key| mask ^ key.get(at).copied().unwrap_or(0))
    }
}

impl BlockCodec for Primed {
    fn encode(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(FRONT);
        let start = out.len();
        out.extend(block.iter().enumerate().map(|(at, byte)| byte ^ self.mask(at)));
        while out.len() > start && out.last() == Some(&0) {
            out.pop();
        }
        Ok(())
    }

    fn decode(&mut self, payload: &[u8], len: usize, out: &mut Vec<u8>) -> Result<()> {
        let payload = payload.strip_prefix(FRONT).ok_or(Error::corrupt("no primed payload"))?;
        if payload.len() > len {
            return Err(Error::corrupt("too long"));
        }
        out.extend((0..len).map(|at| payload.get(at).copied().unwrap_or(0) ^ self.mask(at)));
        Ok(())
    }
}

/// A model with a primer for this codec, and a part that nothing uses.
pub(crate) fn model(bytes: &[u8]) -> Model {
    let tensor = Tensor::new("bytes", &[bytes.len()], bytes).unwrap();
    let parts = vec![
        Part::new("primer", BTreeMap::new(), vec![tensor]).unwrap(),
        Part::new("unused", BTreeMap::new(), vec![]).unwrap(),
    ];
    Model::new(parts, BTreeMap::from([("name".into(), "test".into())])).unwrap()
}
