use super::*;
use crate::codec::trials;
use crate::predict::mix::ensemble::NUMBERS;
use crate::transform::samples;
use proptest::prelude::*;

fn params(ensemble: u8, group_len: usize) -> Params {
    Params { level: 8, ensemble, arg: 10, group_len }
}

fn encode(params: &Params, isa: Isa, blocks: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut codec = Mix::with_isa(params, isa).unwrap();
    let code = |block: &&[u8]| {
        let mut out = Vec::new();
        codec.encode(block, &mut out).unwrap();
        out
    };
    blocks.iter().map(code).collect()
}

fn round_trip(params: &Params, blocks: &[&[u8]]) -> usize {
    let payloads = encode(params, Isa::best(), blocks);
    let mut codec = Mix::new(params).unwrap();
    for (block, payload) in blocks.iter().zip(&payloads) {
        let mut out = vec![9];
        codec.decode(payload, block.len(), &mut out).unwrap();
        assert!(out[0] == 9 && out[1..] == **block);
    }
    payloads.iter().map(Vec::len).sum()
}

#[test]
fn stands_the_trial() {
    trials::run_up_to(|params| Ok(Box::new(Mix::new(params)?)), 1000);
}

#[test]
fn every_ensemble_and_isa_round_trips_to_the_same_bytes() {
    let text = include_bytes!("../../../../README.md");
    let short = samples::all().into_iter().filter(|sample| sample.len() <= 1000);
    for sample in short.chain([text.to_vec(), samples::prose(20_000)]) {
        let sample = &sample[..];
        for ensemble in NUMBERS {
            let params = params(ensemble, sample.len());
            round_trip(&params, &[sample]);
            let expected = encode(&params, Isa::Baseline, &[sample]);
            for isa in Isa::available() {
                assert!(encode(&params, isa, &[sample]) == expected, "{isa:?}");
            }
        }
    }
}

#[test]
fn state_continues_over_blocks() {
    let text = include_bytes!("../../../../README.md");
    let (a, b) = text.split_at(text.len() / 2);
    let whole = round_trip(&params(0, text.len()), &[text]);
    let blocks = round_trip(&params(0, text.len()), &[a, &[], b]);
    assert!(blocks <= whole + 8, "{blocks} {whole}");
}

#[test]
fn a_group_longer_than_announced_still_round_trips() {
    round_trip(&params(0, 10), &[&samples::random(5000), b"and text", &samples::random(5000)]);
}

#[test]
fn noise_hardly_grows_and_runs_vanish() {
    assert!(round_trip(&params(0, 20_000), &[&samples::random(20_000)]) < 20_600);
    assert!(round_trip(&params(0, 1 << 18), &[&vec![0; 1 << 18]]) < 200);
}

#[test]
fn unknown_params_are_refused() {
    assert!(matches!(Mix::new(&params(250, 10)), Err(Error::Unsupported { value: 250, .. })));
    assert!(matches!(Mix::new(&Params { arg: 40, ..params(0, 10) }), Err(Error::Unsupported { value: 40, .. })));
}

#[test]
fn tables_fit_the_input_and_the_level() {
    assert_eq!(Mix::arg(8, 100), 10);
    assert_eq!([7, 8, 9].map(|level| Mix::arg(level, 1 << 30)), LINES_LOG2);
    let memory =
        |level| Mix::memory(&Params { level, ensemble: 0, arg: Mix::arg(level, 24 << 20), group_len: 24 << 20 });
    assert!(memory(8) < 800 << 20 && memory(9) < 1600 << 20);
}

#[test]
fn hostile_payloads_end_in_an_error_or_wrong_bytes() {
    let text = include_bytes!("../../../../README.md");
    let payload = encode(&params(0, text.len()), Isa::best(), &[text]).remove(0);
    for cut in [0, 1, 5, payload.len() / 2, payload.len() - 5] {
        let mut out = Vec::new();
        let got = Mix::new(&params(0, text.len())).unwrap().decode(&payload[..cut], text.len(), &mut out);
        assert!(got.is_err() || out != *text);
    }
    for ensemble in NUMBERS {
        let mut out = Vec::new();
        // A length that lies: the input runs out long before, if a byte that is all but certain takes 2^-16 of a bit.
        assert!(
            Mix::new(&params(ensemble, 1 << 16)).unwrap().decode(&samples::random(9), usize::MAX, &mut out).is_err()
        );
        assert!(out.len() < 72 << 16);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_blocks_round_trip(
        blocks in prop::collection::vec(prop::collection::vec(prop_oneof![Just(0u8), 97u8..101, any::<u8>()], 0..600), 0..5),
        ensemble in prop::sample::select(&NUMBERS[..]),
        arg in prop_oneof![Just(0u32), 4u32..12],
        group_len in 0usize..3000,
    ) {
        let params = Params { level: 8, ensemble, arg, group_len };
        round_trip(&params, &blocks.iter().map(Vec::as_slice).collect::<Vec<_>>());
    }

    #[test]
    fn random_payloads_never_panic(
        payload in prop::collection::vec(any::<u8>(), 0..300),
        len in 0usize..2000,
        ensemble in prop::sample::select(&NUMBERS[..]),
    ) {
        let mut out = Vec::new();
        let _ = Mix::new(&params(ensemble, len)).unwrap().decode(&payload, len, &mut out);
        prop_assert!(out.len() <= len);
    }
}
