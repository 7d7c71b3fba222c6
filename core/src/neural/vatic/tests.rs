//! A small random network: the same numbers on every path, however steps are grouped, and wherever the ring stands.

use super::*;
use crate::kernels::int8::Path;
use crate::neural::{HEAD, Step};
use proptest::prelude::*;

const SHAPE: Shape = Shape { vocabulary: 300, layers: 2, width: 100, heads: 6, kv_heads: 2, hidden: 76, context: 37 };

struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn bytes(&mut self, len: usize) -> Vec<i8> {
        (0..len).map(|_| ((self.next() >> 8) as i8).max(-127)).collect()
    }

    fn table(&mut self, len: usize) -> Vec<i16> {
        (0..len).map(|_| (self.next() >> 8) as i16).collect()
    }

    /// Near `size`.
    fn scales(&mut self, len: usize, size: i32) -> Vec<i32> {
        (0..len).map(|_| size / 2 + (self.next() % size.unsigned_abs() as u64) as i32).collect()
    }
}

fn with_weights<T>(seed: u64, shape: Shape, use_them: impl FnOnce(&mut Weights<'_>) -> T) -> T {
    let mut numbers = Numbers(seed);
    let Shape { vocabulary, layers, width, heads, hidden, .. } = shape;
    let projected = shape.projected();
    let parts: Vec<_> = (0..layers)
        .map(|_| {
            let bytes = [projected * width, width * heads * HEAD, 2 * hidden * width, width * hidden];
            let bytes = bytes.map(|len| numbers.bytes(len));
            let scales = [(projected, 900), (width, 1 << 20), (2 * hidden, 900), (width, 1 << 21)];
            let scales = scales.map(|(len, size)| numbers.scales(len, size));
            let norms = [width, width, 256].map(|len| numbers.table(len));
            let slopes: Vec<u32> = (0..heads).map(|_| (numbers.next() % 60_000) as u32).collect();
            let gains: Vec<u16> = (0..heads).map(|_| (numbers.next() % 2000) as u16).collect();
            (bytes, scales, norms, slopes, gains, numbers.scales(heads, 1 << 16))
        })
        .collect();
    let layers: Vec<LayerWeights<'_>> = parts
        .iter()
        .enumerate()
        .map(|(index, (bytes, scales, norms, slopes, gains, sinks))| LayerWeights {
            attention_norm: &norms[0],
            qkv: &bytes[0],
            qkv_scale: &scales[0],
            slopes,
            sinks: (index == 0).then_some(sinks),
            gains,
            out: &bytes[1],
            out_scale: &scales[1],
            ffn_norm: &norms[1],
            up: &bytes[2],
            up_scale: &scales[2],
            activation: &norms[2],
            down: &bytes[3],
            down_scale: &scales[3],
            // Gates and values of one layer are computed in 32 bits, those of the other take 64.
            shifts: Shifts {
                attention_norm: 40,
                qkv: 14,
                out: 20,
                ffn_norm: 41,
                up: if index == 0 { 20 } else { 24 },
                gated: 15,
                down: 19,
            },
        })
        .collect();
    let exp2: [u32; 256] = std::array::from_fn(|i| (1 << 31) - ((i as u32) << 22));
    let steps: Vec<u32> = (0..HEAD / 2).map(|_| numbers.next() as u32).collect();
    use_them(&mut Weights {
        shape,
        embed: &numbers.bytes(vocabulary * width),
        embed_scale: &numbers.scales(vocabulary, 3000),
        layers: &layers,
        norm: &numbers.table(width),
        norm_shift: 40,
        head: seed.is_multiple_of(2).then_some(&numbers.bytes(vocabulary * width)),
        head_scale: &numbers.scales(vocabulary, 1 << 20),
        head_shift: 18,
        epsilon: 1000,
        turn: &numbers.table(TURN).iter().map(|x| x / 2).collect::<Vec<_>>(),
        steps: &steps,
        exp2: &exp2,
        total: 1 << 30,
    })
}

fn network(seed: u64, shape: Shape, path: Path) -> Network {
    with_weights(seed, shape, |weights| Network::on(weights, path).unwrap())
}

/// The logits behind each token, fed `batch` at a time from `position` on.
fn logits(network: &Network, tokens: &[u32], batch: usize, position: u32) -> Vec<Vec<i32>> {
    let mut scratch = network.scratch(batch).unwrap();
    let mut window = network.window();
    window.start_at(position);
    let mut all = Vec::new();
    for tokens in tokens.chunks(batch) {
        let steps: Vec<Step> = tokens.iter().map(|&token| Step { window: 0, token }).collect();
        network.advance(&mut scratch, &mut [&mut window], &steps).unwrap();
        all.extend((0..steps.len()).map(|index| scratch.logits(index).unwrap().to_vec()));
        assert_eq!(scratch.logits(steps.len()), None);
    }
    assert_eq!(window.len(), tokens.len().min(network.shape.context));
    all
}

fn tokens(seed: u64, len: usize) -> Vec<u32> {
    (0..len as u64).map(|i| (Numbers(seed ^ i).next() % 300) as u32).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]
    #[test]
    fn neither_path_nor_grouping_matters(seed: u64, len in 1usize..120, batch in 2usize..60, position: u32) {
        let tokens = tokens(seed, len);
        let expected = logits(&network(seed, SHAPE, Path::Scalar), &tokens, 1, position);
        prop_assert!(len < 2 || expected[0] != expected[1]);
        for path in Path::available() {
            let network = network(seed, SHAPE, path);
            prop_assert_eq!(&logits(&network, &tokens, batch, position), &expected, "{:?}", path);
            // Three windows side by side, each some tokens behind the one before.
            let mut scratch = network.scratch(3).unwrap();
            let mut windows = [(); 3].map(|()| network.window());
            windows.iter_mut().for_each(|window| window.start_at(position));
            for round in 0..len + 6 {
                let places = [round, round.wrapping_sub(2), round.wrapping_sub(6)];
                let due: Vec<(usize, usize)> = places.into_iter().enumerate().filter(|&(_, at)| at < len).collect();
                let steps: Vec<Step> =
                    due.iter().map(|&(window, at)| Step { window, token: tokens[at] }).collect();
                network.advance(&mut scratch, &mut windows.each_mut(), &steps).unwrap();
                for (index, &(_, at)) in due.iter().enumerate() {
                    prop_assert_eq!(scratch.logits(index).unwrap(), &expected[at][..]);
                }
            }
        }
    }

    /// One layer sees nothing but its window: what came before is forgotten, and where the ring begins does not matter.
    #[test]
    fn the_window_moves_by_tokens_and_positions_wrap(seed: u64, len in 1usize..120, before in 0u32..200) {
        let shape = Shape { layers: 1, ..SHAPE };
        let network = network(seed, shape, Path::best());
        let tokens = tokens(seed, len);
        let start = 0u32.wrapping_sub(before);
        let all = logits(&network, &tokens, 1, start);
        let skip = len.saturating_sub(shape.context);
        let last = logits(&network, &tokens[skip..], 7, start.wrapping_add(skip as u32));
        prop_assert_eq!(all.last(), last.last());
    }

    #[test]
    fn frequencies_are_shares(seed: u64, spread in 0u32..31) {
        let network = network(1, SHAPE, Path::best());
        let mut numbers = Numbers(seed);
        let logits: Vec<i32> = (0..300).map(|_| (((numbers.next() << 33) as i64 >> 32) as i32) >> spread).collect();
        let mut frequencies = vec![0; 300];
        network.spread(&logits, &mut frequencies);
        prop_assert_eq!(frequencies.iter().map(|&f| u64::from(f)).sum::<u64>(), 1 << 30);
        prop_assert!(frequencies.iter().all(|&f| f > 0));
        let max = *logits.iter().max().unwrap();
        let weights: Vec<u128> = logits.iter().map(|&x| {
            let t = ((i64::from(max) - i64::from(x)).min(32 << 16) + 128) >> 8;
            u128::from((1u64 << 31) - ((t as u64 & 255) << 22)) >> (t >> 8)
        }).collect();
        let sum: u128 = weights.iter().sum();
        let reciprocal = (((1u128 << 30) - 300) << 32) / sum;
        let first = logits.iter().position(|&x| x == max).unwrap();
        for (token, (&f, &w)) in frequencies.iter().zip(&weights).enumerate() {
            prop_assert!(token == first || u128::from(f) == 1 + ((w * reciprocal) >> 32));
        }
    }
}

#[test]
fn weights_out_of_bounds_are_errors() {
    let bad = |change: fn(&mut Weights<'_>)| {
        with_weights(3, SHAPE, |weights| {
            change(weights);
            assert!(Network::on(weights, Path::Scalar).is_err());
        });
    };
    bad(|weights| weights.shape.width = 102);
    bad(|weights| weights.shape.hidden = 75);
    bad(|weights| weights.shape.kv_heads = 4);
    bad(|weights| weights.shape.kv_heads = 0);
    bad(|weights| weights.shape.context = 1 << 20);
    bad(|weights| weights.shape.vocabulary = 299);
    bad(|weights| weights.embed = &[i8::MIN; 300 * 100]);
    bad(|weights| weights.epsilon = 0);
    bad(|weights| weights.exp2 = &[1 << 30; 256]);
    bad(|weights| weights.total = 300);
    bad(|weights| weights.total = (1 << 30) + 1);
    bad(|weights| weights.head_shift = SHIFT_MAX + 1);
    bad(|weights| weights.norm_shift = NORM_SHIFT_MAX + 1);
    bad(|weights| weights.turn = &[0; 100]);
    bad(|weights| weights.steps = &[0; 31]);
    bad(|weights| weights.layers = &[]);
}

/// The largest weights, activations, scales and tables there can be: nothing overflows.
#[test]
fn extremes_stay_within_their_bits() {
    let shape = Shape { vocabulary: 260, layers: 2, width: 8, heads: 2, kv_heads: 1, hidden: 8, context: 70 };
    for sign in [1i8, -1] {
        let (byte, word, scale) = (127 * sign, i16::MIN, i32::MIN + i32::from(sign > 0));
        for shift in [0, SHIFT_MAX] {
            let layer = LayerWeights {
                attention_norm: &[word; 8],
                qkv: &[byte; 256 * 8],
                qkv_scale: &[scale; 256],
                slopes: &[u32::MAX, 0],
                sinks: Some(&[i32::MAX, i32::MIN]),
                gains: &[u16::MAX; 2],
                out: &[byte; 8 * 128],
                out_scale: &[scale; 8],
                ffn_norm: &[word; 8],
                up: &[byte; 16 * 8],
                up_scale: &[scale; 16],
                activation: &[word; 256],
                down: &[byte; 64],
                down_scale: &[scale; 8],
                shifts: Shifts { qkv: shift, out: shift, up: shift, down: shift, ..Shifts::default() },
            };
            let weights = Weights {
                shape,
                embed: &[byte; 260 * 8],
                embed_scale: &[i32::MIN; 260],
                layers: &[layer; 2],
                norm: &[word; 8],
                norm_shift: 0,
                head: None,
                head_scale: &[scale; 260],
                head_shift: shift,
                epsilon: u32::MAX,
                turn: &[word; TURN],
                steps: &[u32::MAX; 32],
                exp2: &[1 << 31; 256],
                total: 1 << 30,
            };
            let tokens: Vec<u32> = (0..80).collect();
            let expected = logits(&Network::on(&weights, Path::Scalar).unwrap(), &tokens, 1, u32::MAX - 3);
            for path in Path::available() {
                assert_eq!(logits(&Network::on(&weights, path).unwrap(), &tokens, 9, u32::MAX - 3), expected);
            }
        }
    }
}
