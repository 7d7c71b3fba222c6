use super::*;
use crate::small;
use crate::transform::samples;
use proptest::prelude::*;

fn params(ensemble: u8, group_len: usize) -> Params {
    Params { level: 8, ensemble, arg: 10, group_len }
}

fn codec(ensemble: u8, len: usize, isa: Isa) -> Neural {
    let params = Params { arg: if ensemble == PURE { 0 } else { 10 }, ..params(ensemble, len) };
    let mut codec = Neural::new(&params, &small::model(1), &Limits::default()).unwrap();
    codec.isa = isa;
    codec
}

fn encode(ensemble: u8, isa: Isa, blocks: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut codec = codec(ensemble, blocks.concat().len(), isa);
    let code = |block: &&[u8]| {
        let mut out = vec![7];
        codec.encode(block, &mut out).unwrap();
        out.split_off(1)
    };
    blocks.iter().map(code).collect()
}

fn round_trip(ensemble: u8, blocks: &[&[u8]]) -> usize {
    let payloads = encode(ensemble, Isa::best(), blocks);
    let mut codec = codec(ensemble, blocks.concat().len(), Isa::best());
    for (block, payload) in blocks.iter().zip(&payloads) {
        let mut out = vec![9];
        codec.decode(payload, block.len(), &mut out).unwrap();
        assert!(out[0] == 9 && out[1..] == **block);
    }
    payloads.iter().map(Vec::len).sum()
}

#[test]
fn both_ensembles_and_every_isa_round_trip_to_the_same_bytes() {
    let text = &include_bytes!("../../../../README.md")[..3000];
    let short = samples::all().into_iter().filter(|sample| sample.len() <= 700);
    for sample in short.chain([text.to_vec(), "the rain<|start|> in the café\n\n".repeat(9).into_bytes()]) {
        for ensemble in [ENSEMBLES[0], ENSEMBLES[1], PURE] {
            round_trip(ensemble, &[&sample]);
            let expected = encode(ensemble, Isa::Baseline, &[&sample]);
            for isa in Isa::available() {
                assert!(encode(ensemble, isa, &[&sample]) == expected, "{isa:?}");
            }
        }
    }
}

#[test]
fn state_continues_over_blocks_wherever_they_are_cut() {
    let text = "a connection in the connection of the ring ".repeat(20).into_bytes();
    let whole = round_trip(GUIDED_PROSE, &[&text]);
    for cut in [1, 9, 40, 43, 500] {
        let (a, b) = text.split_at(cut);
        let blocks = round_trip(GUIDED_PROSE, &[a, &[], b]);
        assert!(blocks <= whole + 12, "{cut}: {blocks} {whole}");
    }
}

#[test]
fn windows_of_our_own_arithmetic_slide() {
    let file = include_bytes!("../../../../tests/vectors/transformer/random-0.vatm");
    let model = Model::from_bytes(file, &Default::default()).unwrap();
    let text = samples::prose(3000);
    for ensemble in [GUIDED_PROSE, PURE] {
        let params = Params { arg: 0, ..params(ensemble, text.len()) };
        let (mut payload, mut out) = (Vec::new(), Vec::new());
        Neural::new(&params, &model, &Limits::default()).unwrap().encode(&text, &mut payload).unwrap();
        Neural::new(&params, &model, &Limits::default()).unwrap().decode(&payload, text.len(), &mut out).unwrap();
        assert!(out == text);
    }
}

#[test]
fn lanes_of_any_number_and_length_round_trip() {
    let file = include_bytes!("../../../../tests/vectors/transformer/random-0.vatm");
    let sliding = Model::from_bytes(file, &Default::default()).unwrap();
    let text = samples::prose(2500);
    let blocks: [&[u8]; 5] = [&text[..1000], b"", b"x", &text[1000..1040], &text[1040..]];
    for (model, log2) in [(&small::model(1), 0), (&small::model(1), 3), (&sliding, 1), (&sliding, 5)] {
        for ensemble in [GUIDED_PROSE, GUIDED_STRUCTURE, PURE] {
            let params =
                Params { arg: log2 << 8 | if ensemble == PURE { 0 } else { 10 }, ..params(ensemble, text.len()) };
            let mut encoder = Neural::new(&params, model, &Limits::default()).unwrap();
            let mut decoder = Neural::new(&params, model, &Limits::default()).unwrap();
            for block in blocks {
                let (mut payload, mut out) = (Vec::new(), vec![9]);
                encoder.encode(block, &mut payload).unwrap();
                decoder.decode(&payload, block.len(), &mut out).unwrap();
                assert!(out[0] == 9 && out[1..] == *block, "{ensemble} {log2} {}", block.len());
            }
        }
    }
}

#[test]
fn parts_are_even_and_cover_a_block() {
    for (len, lanes) in [(0, 8), (7, 8), (1 << 20, 1), (1_048_575, 32)] {
        let parts: Vec<_> = lanes::parts(len, lanes).collect();
        assert!(parts.len() == lanes && parts[0].start == 0 && parts[lanes - 1].end == len);
        assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!(parts.iter().all(|part| (len / lanes..=len.div_ceil(lanes)).contains(&part.len())));
    }
    assert_eq!(lanes::arg(32, 5000), 0);
    assert_eq!(lanes::arg(16, 40 << 10), 3 << 8);
    assert_eq!(lanes::arg(12, 1 << 20), 3 << 8);
}

/// What lanes share they learn from each other: more of them cost little.
#[test]
fn lanes_learn_from_each_other() {
    let text = samples::prose(30_000);
    let coded = |arg| {
        let params = Params { arg, ..params(GUIDED_PROSE, text.len()) };
        let mut payload = Vec::new();
        Neural::new(&params, &small::model(1), &Limits::default()).unwrap().encode(&text, &mut payload).unwrap();
        payload.len()
    };
    let (one, eight) = (coded(12), coded(3 << 8 | 12));
    assert!(eight < one * 108 / 100, "{eight} {one}");
}

/// Even a transformer that knows nothing costs little: the gate learns not to listen.
#[test]
fn what_the_transformer_says_is_weighed() {
    let text = samples::prose(30_000);
    let mut mix = Mix::new(&Params { ensemble: 0, ..params(0, text.len()) }).unwrap();
    let mut alone = Vec::new();
    mix.encode(&text, &mut alone).unwrap();
    let beside = round_trip(GUIDED_PROSE, &[&text]);
    assert!(beside < alone.len() * 115 / 100, "{beside} {}", alone.len());
}

#[test]
fn what_does_not_fit_is_refused() {
    let limits = Limits::default();
    let model = small::model(1);
    for ensemble in [0, 8, 11, 254] {
        let refused = Neural::new(&params(ensemble, 100), &model, &limits);
        assert!(matches!(refused, Err(Error::Unsupported { what: "ensemble", .. })), "{ensemble}");
    }
    let arg = Params { arg: 25, ..params(GUIDED_PROSE, 100) };
    assert!(matches!(Neural::new(&arg, &model, &limits), Err(Error::Unsupported { what: "table size", .. })));
    assert!(matches!(Neural::new(&params(PURE, 100), &model, &limits), Err(Error::Unsupported { .. })));
    let arg = Params { arg: 6 << 8, ..params(GUIDED_PROSE, 100) };
    assert!(matches!(Neural::new(&arg, &model, &limits), Err(Error::Unsupported { what: "number of lanes", .. })));
    let little = Limits { memory: 1 << 20, ..limits };
    assert!(matches!(Neural::new(&params(GUIDED_PROSE, 100), &model, &little), Err(Error::Limit { .. })));
    let primer = crate::codec::primed::model(b"x");
    assert!(matches!(Neural::new(&params(GUIDED_PROSE, 100), &primer, &limits), Err(Error::Corrupt { .. })));
    for ensemble in ENSEMBLES {
        assert_eq!(ensemble_numbered(ensemble).unwrap().leaves.first, crate::neural::TRIE_FIRST);
        assert!(Mix::new(&params(ensemble, 100)).is_err(), "the mix alone has no use for it");
    }
}

proptest! {
    #[test]
    fn any_bytes_round_trip(block in prop::collection::vec(prop_oneof![any::<u8>(), 97..104u8, Just(b' ')], 0..400)) {
        round_trip(GUIDED_STRUCTURE, &[&block]);
    }

    #[test]
    fn hostile_payloads_give_errors_or_bytes(
        payload in prop::collection::vec(any::<u8>(), 0..300),
        len in 0usize..600,
        lanes in 0u32..6,
        ensemble in prop::sample::select(&ENSEMBLES[..]),
    ) {
        let mut out = Vec::new();
        let params = Params { arg: lanes << 8 | 10, ..params(ensemble, len) };
        let mut codec = Neural::new(&params, &small::model(1), &Limits::default()).unwrap();
        let _ = codec.decode(&payload, len, &mut out);
        prop_assert!(out.len() <= len);
    }
}
