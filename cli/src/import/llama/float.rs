//! The network in floating point, and the largest numbers that are seen in it.

use anyhow::{Result, bail};

use super::config::{Config, HEAD};
use super::tensors::Tensors;

/// A layer's weights, rows of outputs one after the other.
pub struct Layer {
    pub attention_norm: Vec<f32>,
    pub query: Vec<f32>,
    pub key: Vec<f32>,
    pub value: Vec<f32>,
    pub out: Vec<f32>,
    pub ffn_norm: Vec<f32>,
    pub gate: Vec<f32>,
    pub up: Vec<f32>,
    pub down: Vec<f32>,
}

/// A network of the Llama family.
pub struct Llama {
    pub config: Config,
    pub embed: Vec<f32>,
    pub layers: Vec<Layer>,
    pub norm: Vec<f32>,
    head: Option<Vec<f32>>,
}

/// The largest magnitudes in a layer: of each channel, or of each head.
pub struct SeenLayer {
    pub attention_norm: Vec<f32>,
    /// Of each head, as of keys.
    pub queries: Vec<f32>,
    pub keys: Vec<f32>,
    pub values: Vec<f32>,
    pub heads: Vec<f32>,
    pub ffn_norm: Vec<f32>,
    /// Of all.
    pub gate: Vec<f32>,
    pub up: Vec<f32>,
    pub gated: Vec<f32>,
}

/// The largest magnitudes in a network.
pub struct Seen {
    /// Of all.
    pub residual: Vec<f32>,
    pub layers: Vec<SeenLayer>,
    pub norm: Vec<f32>,
}

impl Seen {
    /// Nothing so far.
    pub fn new(llama: &Llama) -> Seen {
        let Config { width, hidden, heads, kv_heads, .. } = llama.config;
        let layer = |_: &Layer| SeenLayer {
            attention_norm: vec![0.0; width],
            queries: vec![0.0; heads],
            keys: vec![0.0; kv_heads],
            values: vec![0.0; kv_heads * HEAD],
            heads: vec![0.0; heads * HEAD],
            ffn_norm: vec![0.0; width],
            gate: vec![0.0],
            up: vec![0.0; hidden],
            gated: vec![0.0; hidden],
        };
        Seen { residual: vec![0.0], layers: llama.layers.iter().map(layer).collect(), norm: vec![0.0; width] }
    }
}

/// Notes rows of as many channels as there are places.
fn note(places: &mut [f32], rows: &[f32]) {
    for row in rows.chunks_exact(places.len()) {
        places.iter_mut().zip(row).for_each(|(place, x)| *place = place.max(x.abs()));
    }
}

/// Notes rows of as many heads as there are places.
fn note_heads(places: &mut [f32], rows: &[f32]) {
    for row in rows.chunks_exact(places.len() * HEAD) {
        for (place, head) in places.iter_mut().zip(row.chunks_exact(HEAD)) {
            *place = head.iter().fold(*place, |max, x| max.max(x.abs()));
        }
    }
}

impl Llama {
    /// # Errors
    /// A tensor is missing or has another size.
    pub fn read(config: Config, mut tensors: Tensors) -> Result<Llama> {
        let Config { width, hidden, heads, kv_heads, layers, tied, .. } = config;
        let embed = tensors.take_rows("model.embed_tokens.weight", width)?;
        if embed.is_empty() || width == 0 {
            bail!("the network has no tokens");
        }
        let layer = |index: usize| -> Result<Layer> {
            let mut take = |name, count| tensors.take(&format!("model.layers.{index}.{name}.weight"), count);
            Ok(Layer {
                attention_norm: take("input_layernorm", width)?,
                query: take("self_attn.q_proj", heads * HEAD * width)?,
                key: take("self_attn.k_proj", kv_heads * HEAD * width)?,
                value: take("self_attn.v_proj", kv_heads * HEAD * width)?,
                out: take("self_attn.o_proj", width * heads * HEAD)?,
                ffn_norm: take("post_attention_layernorm", width)?,
                gate: take("mlp.gate_proj", hidden * width)?,
                up: take("mlp.up_proj", hidden * width)?,
                down: take("mlp.down_proj", width * hidden)?,
            })
        };
        let layers: Result<Vec<Layer>> = (0..layers).map(layer).collect();
        let norm = tensors.take("model.norm.weight", width)?;
        let head = if tied { None } else { Some(tensors.take("lm_head.weight", embed.len())?) };
        Ok(Llama { layers: layers?, config, norm, head, embed })
    }

    /// Tokens that it tells apart.
    pub fn vocabulary(&self) -> usize {
        self.embed.len() / self.config.width
    }

    /// A row for each token.
    pub fn head(&self) -> &[f32] {
        self.head.as_ref().unwrap_or(&self.embed)
    }

    /// What `tokens` cost behind `start`. Notes what is seen on the way.
    pub fn bits(&self, tokens: &[u32], start: u32, mut seen: Option<&mut Seen>) -> f64 {
        let width = self.config.width;
        let behind = std::iter::once(&start).chain(tokens).take(tokens.len());
        let mut x: Vec<f32> =
            behind.flat_map(|&token| &self.embed[token as usize * width..][..width]).copied().collect();
        for (index, layer) in self.layers.iter().enumerate() {
            let mut own = seen.as_deref_mut().map(|seen| (&mut seen.layers[index], &mut seen.residual));
            self.attend(layer, &mut x, own.as_mut().map(|(seen, _)| &mut **seen));
            if let Some((_, residual)) = &mut own {
                note(residual, &x);
            }
            self.feed_forward(layer, &mut x, own.as_mut().map(|(seen, _)| &mut **seen));
            if let Some((_, residual)) = &mut own {
                note(residual, &x);
            }
        }
        let n = self.normed(&x, &self.norm);
        if let Some(seen) = seen {
            note(&mut seen.norm, &n);
        }
        let logits = product(&n, width, self.head());
        logits.chunks_exact(self.vocabulary()).zip(tokens).map(|(logits, &token)| cost(logits, token)).sum()
    }

    fn attend(&self, layer: &Layer, x: &mut [f32], seen: Option<&mut SeenLayer>) {
        let Config { width, heads, kv_heads, .. } = self.config;
        let n = self.normed(x, &layer.attention_norm);
        let [mut q, mut k] = [&layer.query, &layer.key].map(|weights| product(&n, width, weights));
        let v = product(&n, width, &layer.value);
        self.turn(&mut q, heads);
        self.turn(&mut k, kv_heads);
        let mut o = vec![0.0; q.len()];
        let (stride, own) = (heads * HEAD, kv_heads * HEAD);
        for (position, out) in o.chunks_exact_mut(stride).enumerate() {
            for (head, out) in out.chunks_exact_mut(HEAD).enumerate() {
                let at = head * kv_heads / heads * HEAD;
                let query = &q[position * stride + head * HEAD..][..HEAD];
                let scores: Vec<f32> =
                    (0..=position).map(|other| dot(query, &k[other * own + at..][..HEAD]) / 8.0).collect();
                let max = scores.iter().fold(f32::MIN, |max, &score| max.max(score));
                let weights: Vec<f32> = scores.iter().map(|score| (score - max).exp()).collect();
                let sum: f32 = weights.iter().sum();
                for (other, weight) in weights.iter().enumerate() {
                    let values = &v[other * own + at..][..HEAD];
                    out.iter_mut().zip(values).for_each(|(out, value)| *out += weight / sum * value);
                }
            }
        }
        add(x, &product(&o, stride, &layer.out));
        if let Some(seen) = seen {
            note(&mut seen.attention_norm, &n);
            note_heads(&mut seen.queries, &q);
            note_heads(&mut seen.keys, &k);
            note(&mut seen.values, &v);
            note(&mut seen.heads, &o);
        }
    }

    fn feed_forward(&self, layer: &Layer, x: &mut [f32], seen: Option<&mut SeenLayer>) {
        let Config { width, hidden, .. } = self.config;
        let n = self.normed(x, &layer.ffn_norm);
        let [gate, up] = [&layer.gate, &layer.up].map(|weights| product(&n, width, weights));
        let gated: Vec<f32> = gate.iter().zip(&up).map(|(&gate, up)| silu(f64::from(gate)) as f32 * up).collect();
        add(x, &product(&gated, hidden, &layer.down));
        if let Some(seen) = seen {
            note(&mut seen.ffn_norm, &n);
            note(&mut seen.gate, &gate);
            note(&mut seen.up, &up);
            note(&mut seen.gated, &gated);
        }
    }

    fn normed(&self, x: &[f32], gain: &[f32]) -> Vec<f32> {
        let mut out = Vec::with_capacity(x.len());
        for row in x.chunks_exact(gain.len()) {
            let mean = row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / row.len() as f64;
            let inverse = (1.0 / (mean + self.config.epsilon).sqrt()) as f32;
            out.extend(row.iter().zip(gain).map(|(x, gain)| x * inverse * gain));
        }
        out
    }

    /// Turns rows of heads by the angles of their positions.
    fn turn(&self, rows: &mut [f32], heads: usize) {
        for (position, row) in rows.chunks_exact_mut(heads * HEAD).enumerate() {
            for head in row.chunks_exact_mut(HEAD) {
                let (a, b) = head.split_at_mut(HEAD / 2);
                for (j, (a, b)) in a.iter_mut().zip(b).enumerate() {
                    let step = self.config.theta.powf(-(j as f64) / (HEAD / 2) as f64);
                    let (sin, cos) = (position as f64 * step).sin_cos();
                    let (x, y, sin, cos) = (*a, *b, sin as f32, cos as f32);
                    *a = x * cos - y * sin;
                    *b = x * sin + y * cos;
                }
            }
        }
    }
}

/// The activation of a gate.
pub fn silu(x: f64) -> f64 {
    x / (1.0 + (-x).exp())
}

fn add(x: &mut [f32], y: &[f32]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
}

/// Sixteen sums at once, which the compiler keeps in registers.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    let mut sums = [0.0; 16];
    for (a, b) in a.iter().zip(b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

/// Rows of `inputs` numbers times a matrix.
fn product(rows: &[f32], inputs: usize, weights: &[f32]) -> Vec<f32> {
    let outputs = weights.len() / inputs;
    let mut out = vec![0.0; rows.len() / inputs * outputs];
    for (output, weights) in weights.chunks_exact(inputs).enumerate() {
        for (row, out) in rows.chunks_exact(inputs).zip(out.chunks_exact_mut(outputs)) {
            out[output] = dot(row, weights);
        }
    }
    out
}

/// Bits of `token`.
fn cost(logits: &[f32], token: u32) -> f64 {
    let max = logits.iter().fold(f32::MIN, |max, &logit| max.max(logit));
    let sum: f64 = logits.iter().map(|&logit| f64::from(logit - max).exp()).sum();
    (sum.ln() - f64::from(logits[token as usize] - max)) / std::f64::consts::LN_2
}
