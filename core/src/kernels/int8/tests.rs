//! Every path against plain sums.

use super::*;
use proptest::prelude::*;

/// Bytes from a seed, every eighth at a limit.
fn bytes(seed: u64, len: usize, low: i8) -> Vec<i8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let x = ((state >> 56) as i8).max(low);
        if state >> 40 & 7 == 0 { if x < 0 { low } else { 127 } } else { x }
    };
    (0..len).map(|_| next()).collect()
}

fn dot(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
}

proptest! {
    #[test]
    fn every_path_agrees(seed: u64, outputs in 1usize..200, inputs in 1usize..300, rows in 0usize..14, gap in 0usize..9) {
        let weights = bytes(seed, outputs * inputs, i8::MIN);
        let stride = inputs.next_multiple_of(QUAD) + gap;
        let activations = bytes(!seed, rows * stride, -127);
        for path in Path::available() {
            let matrix = Matrix::pack(path, &weights, inputs).unwrap();
            prop_assert_eq!((matrix.outputs(), matrix.panels()), (outputs, outputs.div_ceil(PANEL)));
            let mut grown = Matrix::new(path, inputs);
            weights.chunks_exact(inputs).for_each(|row| grown.push(row).unwrap());
            for panel in 0..matrix.panels() {
                let mut sums = vec![[7; PANEL]; rows];
                matrix.product(panel, &activations, stride, &mut sums);
                for (sums, row) in sums.iter().zip(activations.chunks(stride.max(1))) {
                    for (i, &sum) in (panel * PANEL..).zip(sums) {
                        let weights = weights.chunks_exact(inputs).nth(i).unwrap_or(&[]);
                        prop_assert_eq!(sum, dot(weights, row), "{:?}", path);
                    }
                }
                let mut again = vec![[8; PANEL]; rows];
                grown.product(panel, &activations, stride, &mut again);
                prop_assert_eq!(&again, &sums);
            }
        }
    }

    #[test]
    fn every_path_weighs_alike(seed: u64, len in 1usize..200, skip in 0usize..40) {
        let vectors: Vec<[i8; PANEL]> =
            bytes(seed, len * PANEL, -127).chunks_exact(PANEL).map(|row| row.try_into().unwrap()).collect();
        let quad = skip.min((len - 1) / QUAD);
        let first = quad * QUAD;
        let weights = |seed| -> Vec<u8> {
            let mut weights: Vec<u8> = bytes(seed, len - first, i8::MIN).iter().map(|&x| x as u8).collect();
            weights.resize(weights.len().next_multiple_of(QUAD), 0);
            weights
        };
        let (low, high) = (weights(seed ^ 1), weights(seed ^ 2));
        let expected: [Sums; 2] = [&low, &high].map(|weights| {
            std::array::from_fn(|i| {
                let terms = vectors[first..].iter().zip(weights);
                terms.map(|(vector, &w)| i32::from(vector[i]) * i32::from(w)).sum()
            })
        });
        for path in Path::available() {
            let mut values = Values::new(path);
            vectors.iter().for_each(|vector| values.push(vector).unwrap());
            let (l, h) = values.weigh(quad, &low, &high);
            prop_assert_eq!([l, h], expected, "{:?}", path);
        }
    }
}

#[test]
fn the_largest_sums_fit() {
    for path in Path::available() {
        for weight in [i8::MIN, 127] {
            let matrix = Matrix::pack(path, &vec![weight; INPUTS_MAX], INPUTS_MAX).unwrap();
            let mut sums = [[0; PANEL]; 2];
            let rows = [[127i8; INPUTS_MAX], [-127; INPUTS_MAX]].concat();
            matrix.product(0, &rows, INPUTS_MAX, &mut sums);
            let size = i32::from(weight) * 127 * INPUTS_MAX as i32;
            assert_eq!((sums[0][0], sums[1][0], sums[0][1]), (size, -size, 0), "{path:?}");
        }
    }
}
