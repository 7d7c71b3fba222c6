//! From floating point to the integers of `docs/transformer.md`.
//!
//! Every output of a matrix has a scale of its own. An activation's channels have units of their own where a norm's gain, or the scales of values and of the
//! feed-forward layer's second half, can give them: channels that are large in activations take a coarser unit, and their column of weights
//! is multiplied with it ("SmoothQuant", Xiao et al. 2022, at one half).

use anyhow::Result;
use std::f64::consts::{LOG2_E, TAU};
use vatic::model::{Part, transformer_part};
use vatic::neural::vatic::{GATED_SHIFT_MAX, LayerWeights, NORM_SHIFT_MAX, SHIFT_MAX, Shape, Shifts, TURN, Weights};
use vatic::neural::{Accumulator, Profile, Source, TOTAL_MAX, Vocabulary, WINDOW_MAX};

use super::config::HEAD;
use super::float::{Layer, Llama, Seen, SeenLayer, silu};

/// Largest shift of scales that are computed in 32 bits.
const SHORT_SHIFT: u8 = 23;
/// Channels that were never seen are taken to be this small a part of the largest.
const LEAST: f64 = 1e-4;

/// A matrix of integers, and the unit of each output's weights.
struct Matrix {
    weights: Vec<i8>,
    units: Vec<f64>,
}

/// A layer's numbers.
struct Integers {
    attention_norm: Vec<i16>,
    qkv: Matrix,
    qkv_scale: Vec<i32>,
    slopes: Vec<u32>,
    gains: Vec<u16>,
    out: Matrix,
    out_scale: Vec<i32>,
    ffn_norm: Vec<i16>,
    up: Matrix,
    up_scale: Vec<i32>,
    activation: Vec<i16>,
    down: Matrix,
    down_scale: Vec<i32>,
    shifts: Shifts,
}

/// The part `transformer` of the network's integer twin.
///
/// # Errors
/// Sizes that the engine does not take.
pub fn quantise(llama: &Llama, seen: &Seen, vocabulary: &Vocabulary, context: usize) -> Result<Part> {
    let config = &llama.config;
    // Twice as much as was seen fits.
    let unit = f64::from(seen.residual[0].max(1e-6)) * 2.0 / f64::from(1 << 24);
    let layers: Vec<Integers> =
        llama.layers.iter().zip(&seen.layers).map(|(layer, seen)| quantise_layer(llama, layer, seen, unit)).collect();
    let units = activation_units(&seen.norm, &[llama.head()]);
    let (norm, norm_shift) = gains(&llama.norm, &units);
    let head = matrix(&[llama.head()], &units);
    let octaves: Vec<f64> = head.units.iter().map(|unit| unit * LOG2_E * 65_536.0).collect();
    let (head_scale, head_shift) = scales(&octaves, SHIFT_MAX);
    let (embed, embed_scale) = embeddings(llama, unit);
    let room = WINDOW_MAX as usize / (2 * HEAD * config.kv_heads * config.layers).max(1);
    let shape = Shape {
        vocabulary: llama.vocabulary(),
        layers: config.layers,
        width: config.width,
        heads: config.heads,
        kv_heads: config.kv_heads,
        hidden: config.hidden,
        context: context.min(room),
    };
    let step = |j: usize| (f64::from(u32::MAX) + 1.0) / TAU * config.theta.powf(-(j as f64) / (HEAD / 2) as f64);
    let turn: Vec<i16> = (0..TURN).map(|i| (16_384.0 * (TAU * i as f64 / TURN as f64).cos()).round() as i16).collect();
    let borrowed: Vec<LayerWeights<'_>> = layers.iter().map(Integers::borrow).collect();
    let weights = Weights {
        shape,
        embed: &embed,
        embed_scale: &embed_scale,
        layers: &borrowed,
        norm: &norm,
        norm_shift,
        head: Some(&head.weights),
        head_scale: &head_scale,
        head_shift,
        epsilon: (config.epsilon / (unit * unit)).round().clamp(1.0, u32::MAX.into()) as u32,
        turn: &turn,
        steps: &std::array::from_fn::<u32, { HEAD / 2 }, _>(|j| step(j).round() as u32),
        exp2: &std::array::from_fn(|i| 2f64.powf(31.0 - i as f64 / 256.0).round() as u32),
        total: TOTAL_MAX,
    };
    let source =
        Source { profile: Profile::Vatic(weights), vocabulary, start: config.start, accumulator: Accumulator::Wide64 };
    Ok(transformer_part(&source)?)
}

fn quantise_layer(llama: &Llama, layer: &Layer, seen: &SeenLayer, residual: f64) -> Integers {
    let (heads, kv_heads) = (llama.config.heads, llama.config.kv_heads);
    let unit = |max: &f32| f64::from(max.max(1e-6)) / 127.0;
    let units = activation_units(&seen.attention_norm, &[&layer.query, &layer.key, &layer.value]);
    let (attention_norm, attention_norm_shift) = gains(&layer.attention_norm, &units);
    let qkv = matrix(&[&layer.query, &layer.key, &layer.value], &units);
    let (queries, keys): (Vec<f64>, Vec<f64>) =
        (seen.queries.iter().map(unit).collect(), seen.keys.iter().map(unit).collect());
    let values: Vec<f64> = floored(&seen.values).iter().map(|max| max / 127.0).collect();
    // Queries and keys have 1/64 of their unit before they are turned.
    let turned = queries.iter().chain(&keys).flat_map(|unit| [unit / 64.0; HEAD]);
    let wanted: Vec<f64> = turned.chain(values.iter().copied()).collect();
    let (qkv_scale, qkv_shift) = scales(&quotients(&qkv.units, &wanted), SHIFT_MAX);
    let owner = |head: usize| head * kv_heads / heads;
    let slope = |head: usize| queries[head] * keys[owner(head)] / 8.0 * LOG2_E * (f64::from(u32::MAX) + 1.0);
    // A mean is smaller than what it is taken of: the gain makes up for it.
    let gain = |head: usize| {
        let means = seen.heads[head * HEAD..][..HEAD].iter().zip(&values[owner(head) * HEAD..]);
        let most = means.map(|(&mean, unit)| f64::from(mean) / unit).fold(1e-3, f64::max);
        (127.0 / most * 256.0).floor().clamp(256.0, 65_535.0)
    };
    let mean_unit = |channel: usize| {
        let head = channel / HEAD;
        values[owner(head) * HEAD + channel % HEAD] * 256.0 / gain(head)
    };
    let out = matrix(&[&layer.out], &(0..heads * HEAD).map(mean_unit).collect::<Vec<f64>>());
    let (out_scale, out_shift) = scales(&out.units.iter().map(|unit| unit / residual).collect::<Vec<f64>>(), SHIFT_MAX);

    let units = activation_units(&seen.ffn_norm, &[&layer.gate, &layer.up]);
    let (ffn_norm, ffn_norm_shift) = gains(&layer.ffn_norm, &units);
    let up = matrix(&[&layer.gate, &layer.up], &units);
    let gate = unit(&seen.gate[0]);
    let active: Vec<f64> = (-128..128).map(|g| silu(f64::from(g) * gate)).collect();
    let active_unit = active.iter().fold(1e-9, |max: f64, x| max.max(x.abs())) / 32_767.0;
    let (value_units, gated) = gated_units(seen, active_unit);
    let wanted: Vec<f64> = vec![gate; value_units.len()].into_iter().chain(value_units.iter().copied()).collect();
    let (up_scale, up_shift) = scales(&quotients(&up.units, &wanted), SHORT_SHIFT);
    let columns: Vec<f64> = value_units.iter().map(|unit| unit * active_unit * 2f64.powi(gated.into())).collect();
    let down = matrix(&[&layer.down], &columns);
    let (down_scale, down_shift) =
        scales(&down.units.iter().map(|unit| unit / residual).collect::<Vec<f64>>(), SHIFT_MAX);
    Integers {
        attention_norm,
        qkv,
        qkv_scale,
        slopes: (0..heads).map(|head| slope(head).round() as u32).collect(),
        gains: (0..heads).map(|head| gain(head) as u16).collect(),
        out,
        out_scale,
        ffn_norm,
        up,
        up_scale,
        activation: active.iter().map(|x| (x / active_unit).round() as i16).collect(),
        down,
        down_scale,
        shifts: Shifts {
            attention_norm: attention_norm_shift,
            qkv: qkv_shift,
            out: out_shift,
            ffn_norm: ffn_norm_shift,
            up: up_shift,
            gated,
            down: down_shift,
        },
    }
}

impl Integers {
    fn borrow(&self) -> LayerWeights<'_> {
        LayerWeights {
            attention_norm: &self.attention_norm,
            qkv: &self.qkv.weights,
            qkv_scale: &self.qkv_scale,
            slopes: &self.slopes,
            sinks: None,
            gains: &self.gains,
            out: &self.out.weights,
            out_scale: &self.out_scale,
            ffn_norm: &self.ffn_norm,
            up: &self.up.weights,
            up_scale: &self.up_scale,
            activation: &self.activation,
            down: &self.down.weights,
            down_scale: &self.down_scale,
            shifts: self.shifts,
        }
    }
}

/// What was seen, none of it nothing.
fn floored(seen: &[f32]) -> Vec<f64> {
    let least = seen.iter().fold(1e-6, |max: f64, &x| max.max(x.into())) * LEAST;
    seen.iter().map(|&x| f64::from(x).max(least)).collect()
}

/// Units of a norm's channels, by how large these and the weights behind them are.
fn activation_units(seen: &[f32], weights: &[&[f32]]) -> Vec<f64> {
    let seen = floored(seen);
    let mut columns = vec![0f32; seen.len()];
    for row in weights.iter().flat_map(|weights| weights.chunks_exact(seen.len())) {
        columns.iter_mut().zip(row).for_each(|(max, x)| *max = max.max(x.abs()));
    }
    let shares: Vec<f64> = seen.iter().zip(floored(&columns)).map(|(seen, column)| (seen / column).sqrt()).collect();
    let most = seen.iter().zip(&shares).map(|(seen, share)| seen / share).fold(0.0, f64::max);
    shares.iter().map(|share| share * most / 127.0).collect()
}

/// A norm's gains for channels of these units, and the shift.
fn gains(norm: &[f32], units: &[f64]) -> (Vec<i16>, u8) {
    let factors: Vec<f64> = norm.iter().zip(units).map(|(&gain, unit)| f64::from(gain) / unit).collect();
    let most = factors.iter().fold(1e-9, |max: f64, x| max.max(x.abs()));
    let shift = (31.0 + (32_767.0 / most).log2().floor()).clamp(0.0, NORM_SHIFT_MAX.into());
    let gain = |factor: &f64| (factor * 2f64.powf(shift - 31.0)).round().clamp(-32_767.0, 32_767.0) as i16;
    (factors.iter().map(gain).collect(), shift as u8)
}

/// The rows of these matrices, their columns multiplied with `columns`.
fn matrix(weights: &[&[f32]], columns: &[f64]) -> Matrix {
    let mut all = Matrix { weights: Vec::new(), units: Vec::new() };
    for row in weights.iter().flat_map(|weights| weights.chunks_exact(columns.len())) {
        let row: Vec<f64> = row.iter().zip(columns).map(|(&x, column)| f64::from(x) * column).collect();
        let unit = row.iter().fold(1e-30, |max: f64, x| max.max(x.abs())) / 127.0;
        all.weights.extend(row.iter().map(|x| (x / unit).round() as i8));
        all.units.push(unit);
    }
    all
}

fn quotients(units: &[f64], wanted: &[f64]) -> Vec<f64> {
    units.iter().zip(wanted).map(|(unit, wanted)| unit / wanted).collect()
}

/// Factors as numerators of at most 30 bits, and the shift.
fn scales(factors: &[f64], most_shift: u8) -> (Vec<i32>, u8) {
    let most = factors.iter().fold(1e-30, |max: f64, &x| max.max(x));
    let shift = (f64::from(1 << 30) / most).log2().floor().clamp(0.0, most_shift.into());
    let mult = |factor: &f64| (factor * 2f64.powf(shift)).round().min(f64::from(1 << 30)) as i32;
    (factors.iter().map(mult).collect(), shift as u8)
}

/// Units of the feed-forward layer's values, and the shift of what comes of them and their gates: no value and no product is clamped, and half of the channels
/// use all bits of both.
fn gated_units(seen: &SeenLayer, active: f64) -> (Vec<f64>, u8) {
    let (values, products) = (floored(&seen.up), floored(&seen.gated));
    let mut ratios: Vec<f64> = values.iter().zip(&products).map(|(value, product)| product / value / active).collect();
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(ratios.len() / 2).copied().unwrap_or(1.0);
    let shift = median.max(1.0).log2().floor().min(GATED_SHIFT_MAX.into());
    let unit = |(value, product): (&f64, &f64)| (value / 127.0).max(product / 127.0 / active / 2f64.powf(shift));
    (values.iter().zip(&products).map(unit).collect(), shift as u8)
}

/// The rows of tokens, each with a whole number of units of the residual.
fn embeddings(llama: &Llama, unit: f64) -> (Vec<i8>, Vec<i32>) {
    let (mut rows, mut scales) = (Vec::with_capacity(llama.embed.len()), Vec::new());
    for row in llama.embed.chunks_exact(llama.config.width) {
        let most = row.iter().fold(0f32, |max, x| max.max(x.abs()));
        let scale = (f64::from(most) / 127.0 / unit).ceil().clamp(1.0, f64::from(1 << 17));
        rows.extend(row.iter().map(|&x| (f64::from(x) / unit / scale).round().clamp(-127.0, 127.0) as i8));
        scales.push(scale as i32);
    }
    (rows, scales)
}
