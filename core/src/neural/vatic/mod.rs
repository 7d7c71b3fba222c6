//! Our own arithmetic: a decoder-only transformer whose every sum may be added in any order.
//!
//! ```text
//! x = embed[token] * embed_scale[token]               32-bit residual, clamped to 25 bits
//! each layer:
//!   n = norm(x, attention_norm)                        8 bits
//!   q, k, v = qkv * n                                  H heads of queries, K of keys and values, of 64 each
//!   q, k = rotate(q), rotate(k)                        by the position, whose angles wrap where it does
//!   x += out * attention(q, keys, values)              of the last C tokens, in a ring
//!   n = norm(x, ffn_norm)
//!   gate, value = up * n
//!   x += down * (activation[gate] * value)
//! logits = head * norm(x, norm)                        1/65536 octaves
//! ```
//!
//! `docs/transformer.md` spells it out; this room is that page as code. Every output of a matrix has a scale of its own. There is one
//! rounding: to the nearest, halves to the even neighbour, as floating-point hardware and PyTorch do it, so that a model can be trained with it. Attention
//! takes the maximum first and adds up integers then, so neither the order of tokens nor the shape of a batch matters.
//!
//! Cost: as many multiply-adds as there are weights, and 128 H for each token of the window. Memory: the weights, and 128 K bytes for each token and layer.

mod attention;
mod forward;
mod frequencies;
mod network;
#[cfg(test)]
mod tests;

pub(super) use forward::{Scratch, Window};
pub(super) use network::Network;
pub use network::{
    GATED_SHIFT_MAX, HEADS_MAX, LayerWeights, NORM_SHIFT_MAX, SHIFT_MAX, Shape, Shifts, TURN, WIDTH_MAX, Weights,
};
