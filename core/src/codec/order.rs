//! `order`: a light context mix, for executables, tables and small inputs.
//!
//! Each bit is predicted by six experts, each of which keeps a bit history for every context it has seen, and by a match
//! model; a gate blends them, an adaptive map calibrates the blend, and the binary coder codes the bit. State continues from block to
//! block; each block is one code stream. The sets of experts are the light ensembles of
//! [`predict::ensemble`](crate::predict::ensemble).
//!
//! [`Params::arg`]: bits 0-7 are log2 of the table's size in bytes (0: fitted to the group; else 12 to 28), bits 8-31 the length
//! of a record in bytes for [`TABLE`](crate::predict::ensemble::TABLE).
//!
//! Payload: the code stream alone.

mod model;

use crate::codec::bytewise::{ByteModel, Decode, Encode};
use crate::codec::{BlockCodec, Params};
use crate::coder::binary::BitCoder;
use crate::error::{Error, Result};
use crate::kernels::Isa;
use crate::kernels::vector::{Lanes, dispatch_on};
use crate::predict::ensemble::light;
use model::Model;

/// Log2 of the largest table in bytes that a group is given by default. 16 MB make ooffice 2 % smaller than 4 MB, and cost a
/// sixth of the speed where they do not fit the cache.
const TABLE_LOG2: u32 = 22;

/// The codec; see the module.
#[derive(Debug)]
pub struct Order {
    model: Model,
    isa: Isa,
}

impl Order {
    /// A codec for one group.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for an unknown ensemble or table size, [`Error::OutOfMemory`].
    pub fn new(params: &Params) -> Result<Self> {
        Order::with_isa(params, Isa::best())
    }

    fn with_isa(params: &Params, isa: Isa) -> Result<Self> {
        let unknown = Error::Unsupported { what: "ensemble", value: u64::from(params.ensemble) };
        let ensemble = light(params.ensemble).ok_or(unknown)?;
        let stride = (params.arg >> 8) as usize;
        Ok(Order { model: Model::new(ensemble, table_log2(params)?, stride, params.group_len)?, isa })
    }

    /// Bytes of memory that a group takes, of an encoder or a decoder.
    pub fn memory(params: &Params) -> u64 {
        table_log2(params).map_or(0, |log2| 1 << log2) + Model::memory(params.group_len)
    }
}

fn table_log2(params: &Params) -> Result<u32> {
    match params.arg & 0xFF {
        0 => {
            let fitted = params.group_len.saturating_mul(32).clamp(1 << 16, 1 << TABLE_LOG2);
            Ok(fitted.next_power_of_two().trailing_zeros())
        }
        log2 @ 12..=28 => Ok(log2),
        log2 => Err(Error::Unsupported { what: "table size", value: u64::from(log2) }),
    }
}

impl BlockCodec for Order {
    fn encode(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<()> {
        dispatch_on(self.isa, Encode { model: &mut self.model, block, out })
    }

    fn decode(&mut self, payload: &[u8], len: usize, out: &mut Vec<u8>) -> Result<()> {
        dispatch_on(self.isa, Decode { model: &mut self.model, payload, len, out })
    }
}

impl ByteModel for Model {
    type Scratch = ();

    fn scratch(&mut self) {}

    #[inline(always)]
    fn code<L: Lanes, C: BitCoder>(&mut self, (): &mut (), coder: &mut C, byte: u8) -> u8 {
        self.code::<L, C>(coder, byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::trials;
    use crate::predict::ensemble::{EXECUTABLE, GENERAL, LINES, TABLE};
    use proptest::prelude::*;

    const ENSEMBLES: [u8; 4] = [GENERAL, EXECUTABLE, TABLE, LINES];

    fn params(ensemble: u8, group_len: usize) -> Params {
        Params { level: 5, ensemble, arg: 12 << 8, group_len }
    }

    fn encode(params: &Params, isa: Isa, blocks: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut codec = Order::with_isa(params, isa).unwrap();
        let code = |block: &&[u8]| {
            let mut out = Vec::new();
            codec.encode(block, &mut out).unwrap();
            out
        };
        blocks.iter().map(code).collect()
    }

    fn round_trip(params: &Params, blocks: &[&[u8]]) -> usize {
        let payloads = encode(params, Isa::best(), blocks);
        let mut codec = Order::new(params).unwrap();
        for (payload, block) in payloads.iter().zip(blocks) {
            let mut back = b"before".to_vec();
            codec.decode(payload, block.len(), &mut back).unwrap();
            assert!(back[..6] == *b"before" && back[6..] == **block);
        }
        payloads.iter().map(Vec::len).sum()
    }

    fn noise(len: usize) -> Vec<u8> {
        let mut seed = 9u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 56) as u8
        };
        (0..len).map(|_| next()).collect()
    }

    fn samples() -> Vec<Vec<u8>> {
        let text: String =
            (0..3000).map(|i| format!("line {i}: the {} word\n", ["first", "second", "third"][i % 3])).collect();
        let table: Vec<u8> =
            (0..2000u32).flat_map(|i| [i.to_le_bytes(), (i * i).to_le_bytes(), [7; 4]].concat()).collect();
        vec![
            vec![],
            vec![0],
            noise(20_000),
            text.into_bytes(),
            table,
            vec![b'a'; 70_000],
            (0..=255).cycle().take(9000).collect(),
        ]
    }

    #[test]
    fn stands_the_trial() {
        trials::run(|params| Ok(Box::new(Order::new(params)?)));
    }

    #[test]
    fn every_ensemble_and_isa_round_trips_to_the_same_bytes() {
        for sample in samples() {
            for ensemble in ENSEMBLES {
                let params = params(ensemble, sample.len());
                round_trip(&params, &[&sample]);
                let expected = encode(&params, Isa::Baseline, &[&sample]);
                for isa in Isa::available() {
                    assert!(encode(&params, isa, &[&sample]) == expected, "{isa:?}");
                }
            }
        }
    }

    #[test]
    fn state_continues_over_blocks() {
        let text = &samples()[3];
        let (a, b) = text.split_at(text.len() / 2);
        let whole = round_trip(&params(GENERAL, text.len()), &[text]);
        let blocks = round_trip(&params(GENERAL, text.len()), &[a, &[], b]);
        assert!(blocks <= whole + 8, "{blocks} {whole}");
    }

    #[test]
    fn a_group_longer_than_announced_still_round_trips() {
        let text = &samples()[3];
        round_trip(&params(TABLE, 10), &[text, &noise(5000), text]);
    }

    #[test]
    fn noise_hardly_grows_and_runs_vanish() {
        assert!(round_trip(&params(GENERAL, 20_000), &[&noise(20_000)]) < 20_400);
        assert!(round_trip(&params(GENERAL, 1 << 20), &[&vec![0; 1 << 20]]) < 200);
    }

    #[test]
    fn unknown_params_are_refused() {
        assert!(matches!(Order::new(&params(250, 10)), Err(Error::Unsupported { value: 250, .. })));
        assert!(matches!(Order::new(&Params { arg: 40, ..params(0, 10) }), Err(Error::Unsupported { value: 40, .. })));
    }

    #[test]
    fn hostile_payloads_end_in_an_error_or_wrong_bytes() {
        let text = &samples()[3];
        let payload = encode(&params(GENERAL, text.len()), Isa::best(), &[text]).remove(0);
        for cut in [0, 1, 5, payload.len() / 2, payload.len() - 5] {
            let mut out = Vec::new();
            let got = Order::new(&params(GENERAL, text.len())).unwrap().decode(&payload[..cut], text.len(), &mut out);
            assert!(got.is_err() || out != *text);
        }
        for ensemble in ENSEMBLES {
            let mut codec = Order::new(&params(ensemble, 1 << 16)).unwrap();
            let mut out = Vec::new();
            // A length that lies: the input runs out long before.
            assert!(codec.decode(&noise(100), usize::MAX, &mut out).is_err());
            assert!(out.len() < 1 << 20);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_blocks_round_trip(blocks in prop::collection::vec(prop::collection::vec(prop_oneof![Just(0u8), 97u8..101, any::<u8>()], 0..600), 0..5),
            ensemble in 0u8..4, stride in 0u32..40, table in prop_oneof![Just(0u32), 12u32..18], group_len in 0usize..3000) {
            let params = Params { level: 5, ensemble, arg: table | stride << 8, group_len };
            round_trip(&params, &blocks.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }

        #[test]
        fn random_payloads_never_panic(payload in prop::collection::vec(any::<u8>(), 0..300), len in 0usize..2000, ensemble in 0u8..4) {
            let mut out = Vec::new();
            let _ = Order::new(&params(ensemble, len)).unwrap().decode(&payload, len, &mut out);
            prop_assert!(out.len() <= len);
        }
    }
}
