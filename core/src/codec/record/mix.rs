//! Records coded by the mix under its primer.
//!
//! The gate's weights, and what histories are worth, stay as the primer has them: records are too short to teach them anything
//! (within 0.4 % of five files of records), and what is not written needs no overlay. Slots, calibration and what
//! matches are worth are learnt within a stream.

use super::RecordCodec;
use super::end::{CodeByte, End};
use crate::codec::Limits;
use crate::codec::mix::primer::{GROUP_LEN, Primer};
use crate::coder::binary::{BinaryDecoder, BinaryEncoder, BitCoder};
use crate::error::Result;
use crate::kernels::vector::{Lanes, LanesJob, dispatch};
use crate::model::Part;
use crate::predict::mix::{Learning, Model, Scratch};
use std::marker::PhantomData;
use std::sync::Arc;

/// See the module.
#[derive(Debug)]
pub struct Mix {
    primer: Arc<Primer>,
    model: Model,
    scratch: Box<Scratch>,
}

impl Mix {
    /// A codec for records under `primer`.
    ///
    /// # Errors
    /// As [`Primer::of`].
    pub fn new(primer: &Part, limits: &Limits) -> Result<Self> {
        let primer = Primer::of(primer, limits.memory)?;
        let learning = Learning { rate: Some(primer.rate), worth: false, age: 0, certain: false };
        let model = primer.start.fork(primer.overlay, GROUP_LEN - primer.text, learning)?;
        Ok(Mix { primer, model, scratch: Box::default() })
    }
}

impl RecordCodec for Mix {
    fn reset(&mut self) -> Result<()> {
        self.model.reset(&self.primer.start)
    }

    fn encode(&mut self, record: &[u8], coder: &mut BinaryEncoder<'_>) -> Result<()> {
        let end = self.primer.end;
        dispatch(Encode { model: &mut self.model, scratch: &mut self.scratch, end, record, coder });
        Ok(())
    }

    fn decode(&mut self, coder: &mut BinaryDecoder<'_>, max: usize, out: &mut Vec<u8>) -> Result<()> {
        let end = self.primer.end;
        dispatch(Decode { model: &mut self.model, scratch: &mut self.scratch, end, coder, max, out })
    }
}

/// The model's bytes, coded with one instruction set.
struct Bytes<'a, L>(&'a mut Model, &'a mut Scratch, PhantomData<L>);

impl<L: Lanes, C: BitCoder> CodeByte<C> for Bytes<'_, L> {
    #[inline(always)]
    fn code_byte(&mut self, coder: &mut C, byte: u8) -> u8 {
        self.0.code::<L, C>(self.1, coder, byte)
    }
}

struct Encode<'a, 'b> {
    model: &'a mut Model,
    scratch: &'a mut Scratch,
    end: End,
    record: &'a [u8],
    coder: &'a mut BinaryEncoder<'b>,
}

impl LanesJob for Encode<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        self.model.prepare(self.scratch);
        self.end.encode(self.record, self.coder, Bytes::<L>(self.model, self.scratch, PhantomData));
    }
}

struct Decode<'a, 'b> {
    model: &'a mut Model,
    scratch: &'a mut Scratch,
    end: End,
    coder: &'a mut BinaryDecoder<'b>,
    max: usize,
    out: &'a mut Vec<u8>,
}

impl LanesJob for Decode<'_, '_> {
    type Output = Result<()>;

    #[inline(always)]
    fn run<L: Lanes>(self) -> Result<()> {
        self.model.prepare(self.scratch);
        self.end.decode(self.coder, self.max, self.out, Bytes::<L>(self.model, self.scratch, PhantomData))
    }
}
