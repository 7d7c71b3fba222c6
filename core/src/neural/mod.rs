//! An integer-only transformer, and czip's files.
//!
//! A transformer foretells the next token of a text. Here its arithmetic is 8-bit weights and activations, sums of 32 bits and tables that the model brings:
//! every machine computes the same numbers, so a decoder can repeat what an encoder foretold.
//!
//! - [`Network`]: weights, checked and packed. [`Network::advance`] feeds tokens to [`Window`]s and leaves logits; [`Network::spread`] makes
//!   integer [`Frequencies`] of them.
//! - [`Tokenizer`]: text to tokens by merging pairs of bytes, and back.
//! - [`Transformer`]: both together, as a model has them.
//! - [`czip`]: models and files of czip, with its arithmetic (feature `czip`).

mod arith;
mod attention;
#[cfg(feature = "czip")]
pub mod czip;
mod forward;
mod frequencies;
mod network;
#[cfg(test)]
mod tests;
mod tokenizer;
mod transformer;

pub use attention::Accumulator;
pub use forward::{BATCH, Scratch, Step, Window};
pub use frequencies::{Frequencies, Interval};
pub use network::{
    CONTEXT_MAX, HEAD, HEADS_MAX, LAYERS_MAX, LayerWeights, Network, Scale, Shape, TOTAL_MAX, VOCABULARY_MAX, Weights,
};
pub use tokenizer::{Split, Tokenizer, Vocabulary};
pub use transformer::{Source, Transformer};
