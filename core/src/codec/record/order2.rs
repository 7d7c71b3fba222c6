//! An engine for tests alone: each bit's probability from a table over the two bytes before (five bits of each), which goes on learning in a
//! record and forgets it at a reset.

use super::RecordCodec;
use super::end::{CodeByte, End};
use crate::coder::binary::{BinaryDecoder, BinaryEncoder, BitCoder};
use crate::error::Result;
use crate::model::{Model, Part, Tensor};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

const SIZE: usize = 1 << 18;

pub(crate) struct Order2 {
    base: Arc<Vec<u16>>,
    learnt: HashMap<usize, u16>,
    context: usize,
    end: End,
}

impl Order2 {
    pub(crate) fn new(primer: &Part) -> Result<Self> {
        let base = primer.prepared(|part| part.tensor("probabilities")?.values())?;
        Ok(Order2 { base, learnt: HashMap::new(), context: 0, end: End::from_part(primer)? })
    }

    fn code<C: BitCoder>(&mut self, coder: &mut C, byte: u8) -> u8 {
        let mut node = 1;
        for shift in (0..8).rev() {
            let slot = (self.context << 8 | node) % SIZE;
            let base = self.base.get(slot).copied().unwrap_or(1 << 15);
            let p = self.learnt.entry(slot).or_insert(base);
            let bit = coder.code(u32::from(byte >> shift) & 1, u32::from(*p).clamp(32, 65504));
            *p = learn(*p, bit);
            node = node << 1 | bit as usize;
        }
        self.context = (self.context << 5 | node & 31) & 0x3FF;
        node as u8
    }
}

impl<C: BitCoder> CodeByte<C> for &mut Order2 {
    fn code_byte(&mut self, coder: &mut C, byte: u8) -> u8 {
        self.code(coder, byte)
    }
}

fn learn(p: u16, bit: u32) -> u16 {
    if bit != 0 { p + ((65535 - p) >> 4) } else { p - (p >> 4) }
}

impl RecordCodec for Order2 {
    fn reset(&mut self) -> Result<()> {
        self.learnt.clear();
        self.context = 0;
        Ok(())
    }

    fn encode(&mut self, record: &[u8], coder: &mut BinaryEncoder<'_>) -> Result<()> {
        let end = self.end;
        end.encode(record, coder, &mut *self);
        self.context = 0;
        Ok(())
    }

    fn decode(&mut self, coder: &mut BinaryDecoder<'_>, max: usize, out: &mut Vec<u8>) -> Result<()> {
        let end = self.end;
        end.decode(coder, max, out, &mut *self)?;
        self.context = 0;
        Ok(())
    }
}

/// A coder that writes nowhere.
struct Nowhere;

impl BitCoder for Nowhere {
    fn code(&mut self, bit: u32, _: u32) -> u32 {
        bit
    }

    fn code_raw(&mut self, value: u32, _: u32) -> u32 {
        value
    }
}

/// A model after reading `records`.
pub(crate) fn train(records: &[&[u8]]) -> Model {
    let end = End::fit(records.iter().copied());
    let mut engine = Order2 { base: Arc::new(vec![1 << 15; SIZE]), learnt: HashMap::new(), context: 0, end };
    for record in records {
        engine.context = 0;
        for &byte in record.iter().chain(&[end.terminator]) {
            engine.code(&mut Nowhere, byte);
        }
    }
    let table: Vec<u16> = (0..SIZE).map(|slot| engine.learnt.get(&slot).copied().unwrap_or(1 << 15)).collect();
    let mut keys = BTreeMap::from([("engine".to_owned(), "order2".to_owned())]);
    end.to_keys(&mut keys);
    let tensor = Tensor::new("probabilities", &[SIZE], &table).unwrap();
    Model::new(vec![Part::new("primer", keys, vec![tensor]).unwrap()], BTreeMap::new()).unwrap()
}

/// Lines of a made-up log, without line feeds.
pub(crate) fn lines(count: usize, seed: u64) -> Vec<Vec<u8>> {
    let mut random = crate::transform::samples::Random(seed);
    let mut below = |bound: u64| (random.next() >> 20) % bound;
    let verbs = ["opened", "closed", "timed out", "refused", "retried"];
    let mut line = |i: usize| {
        let (verb, host, port) = (verbs[below(5) as usize], below(30), 1024 + below(5000));
        format!("[{:06}] [info] connection {verb} by 10.0.0.{host} port {port}", i * 7).into_bytes()
    };
    (0..count).map(&mut line).collect()
}

/// Codes `record` under `model` and calls `take` with the probability of each decision as it was made.
pub(crate) fn replay(model: &Model, record: &[u8], take: impl FnMut(u32)) {
    struct Tell<F>(F);
    impl<F: FnMut(u32)> BitCoder for Tell<F> {
        fn code(&mut self, bit: u32, p1: u32) -> u32 {
            (self.0)(if bit != 0 { p1 } else { 65536 - p1 });
            bit
        }

        fn code_raw(&mut self, value: u32, _: u32) -> u32 {
            value
        }
    }
    let mut engine = Order2::new(model.part("primer").unwrap()).unwrap();
    let end = engine.end;
    end.encode(record, &mut Tell(take), &mut engine);
}
