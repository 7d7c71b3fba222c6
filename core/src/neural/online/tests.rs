//! A small random network: the same numbers on every path, and however steps are grouped.

use super::*;
use crate::kernels::int8::Path;
use crate::neural::{HEAD, Network, Profile, Step};
use proptest::prelude::*;

const SHAPE: Shape = Shape { vocabulary: 300, layers: 2, heads: 3, hidden: 70, context: 150 };

struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn weights(&mut self, len: usize) -> Vec<i8> {
        (0..len).map(|_| (self.next() >> 8) as i8).collect()
    }

    fn table(&mut self, len: usize) -> Vec<i16> {
        (0..len).map(|_| (self.next() >> 8) as i16).collect()
    }
}

fn network(seed: u64, path: Path) -> Network {
    let mut numbers = Numbers(seed);
    let (width, hidden) = (SHAPE.width(), SHAPE.hidden);
    let sizes = [width, (width + 128) * width, width * width, width, width, 2 * hidden * width, width * hidden, width];
    let tensors: Vec<Vec<Vec<i8>>> =
        (0..2).map(|_| sizes.iter().map(|&size| numbers.weights(size)).collect()).collect();
    let sink = numbers.weights(HEAD);
    let layer = |i: usize, scale: Scale| LayerWeights {
        attention_norm: &tensors[i][0],
        qkv: &tensors[i][1],
        qkv_scale: scale,
        score_mult: &[58_218, 60_859, -300],
        sink_key: (i == 1).then_some(&sink),
        out: &tensors[i][2],
        out_scale: scale,
        attention_out_norm: &tensors[i][3],
        ffn_norm: &tensors[i][4],
        up: &tensors[i][5],
        up_scale: scale,
        down: &tensors[i][6],
        down_scale: scale,
        ffn_out_norm: &tensors[i][7],
    };
    // One is computed in 32 bits, the other takes 64.
    let layers = [layer(0, Scale { mult: 819, shift: 20 }), layer(1, Scale { mult: -1_000_000_007, shift: 40 })];
    let exp2: [u16; 256] = std::array::from_fn(|i| (65_535 - 128 * i) as u16);
    let weights = Weights {
        shape: SHAPE,
        embed: &numbers.weights(SHAPE.vocabulary * width),
        layers: &layers,
        norm: &numbers.weights(width),
        head: &numbers.weights(SHAPE.vocabulary * width),
        exp2: &exp2,
        rope_cos: &numbers.table(SHAPE.context * 32),
        rope_sin: &numbers.table(SHAPE.context * 32),
        logit_coefficient: 37_819,
        total: 1 << 24,
    };
    Network::on(&Profile::Czip(weights), path).unwrap()
}

/// The logits behind each token, fed `batch` at a time.
fn logits(network: &Network, tokens: &[u32], batch: usize) -> Vec<Vec<i32>> {
    let mut scratch = network.scratch(batch).unwrap();
    let mut windows = [network.window(Accumulator::Wrap32).unwrap()];
    let mut all = Vec::new();
    for tokens in tokens.chunks(batch) {
        let steps: Vec<Step> = tokens.iter().map(|&token| Step { window: 0, token }).collect();
        network.advance(&mut scratch, &mut windows, &steps).unwrap();
        all.extend((0..steps.len()).map(|index| scratch.logits(index).unwrap().to_vec()));
        assert_eq!(scratch.logits(steps.len()), None);
    }
    assert_eq!(windows[0].len(), tokens.len());
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn neither_path_nor_grouping_matters(seed: u64, len in 1usize..150, batch in 2usize..60) {
        let tokens: Vec<u32> = (0..len as u64).map(|i| (Numbers(seed ^ i).next() % 300) as u32).collect();
        let expected = logits(&network(seed, Path::Scalar), &tokens, 1);
        for path in Path::available() {
            let network = network(seed, path);
            prop_assert_eq!(&logits(&network, &tokens, batch), &expected, "{:?}", path);
            // Three windows side by side, each some tokens behind the one before.
            let mut scratch = network.scratch(3).unwrap();
            let mut windows = [(); 3].map(|()| network.window(Accumulator::Wrap32).unwrap());
            for round in 0..len + 6 {
                let places = [round, round.wrapping_sub(2), round.wrapping_sub(6)];
                let due: Vec<(usize, usize)> = places.into_iter().enumerate().filter(|&(_, at)| at < len).collect();
                let steps: Vec<Step> =
                    due.iter().map(|&(window, at)| Step { window, token: tokens[at] }).collect();
                network.advance(&mut scratch, &mut windows, &steps).unwrap();
                for (index, &(_, at)) in due.iter().enumerate() {
                    prop_assert_eq!(scratch.logits(index).unwrap(), &expected[at][..]);
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_done_changes_nothing() {
    let network = network(1, Path::best());
    let mut scratch = network.scratch(2).unwrap();
    let mut windows = [network.window(Accumulator::Wide64).unwrap()];
    let step = |window, token| Step { window, token };
    for bad in [&[step(0, 1), step(1, 1)][..], &[step(0, 300)], &[step(0, 0); 3]] {
        assert!(matches!(network.advance(&mut scratch, &mut windows, bad), Err(crate::Error::Misuse(_))));
        assert!(windows[0].is_empty());
    }
    for _ in 0..75 {
        network.advance(&mut scratch, &mut windows, &[step(0, 7); 2]).unwrap();
    }
    assert!(network.advance(&mut scratch, &mut windows, &[step(0, 7)]).is_err(), "the window is full");
    windows[0].clear();
    network.advance(&mut scratch, &mut windows, &[step(0, 7)]).unwrap();
}
