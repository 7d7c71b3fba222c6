//! An integer-only transformer, and czip's files.
//!
//! A transformer foretells the next token of a text. Here its arithmetic is 8-bit weights and activations, sums of 32 bits and tables that the model brings:
//! every machine computes the same numbers, so a decoder can repeat what an encoder foretold.
//!
//! - [`Network`]: weights, checked and packed, of our own arithmetic ([`vatic`]) or of czip's. [`Network::advance`] feeds tokens to [`Window`]s and leaves logits; [`Network::spread`] makes
//!   integer [`Frequencies`] of them.
//! - [`Tokenizer`]: text to tokens by merging pairs of bytes, and back.
//! - [`Transformer`]: both together, as a model has them.
//! - [`Trie`]: what frequencies of tokens say of the next binary decision about a byte.
//! - [`czip`]: models and files of czip, with its arithmetic (feature `czip`).

mod arith;
#[cfg(feature = "czip")]
pub mod czip;
mod frequencies;
mod network;
mod online;
mod tokenizer;
mod transformer;
mod trie;
pub mod vatic;

pub use frequencies::{Frequencies, Interval};
pub use network::{
    BATCH, CONTEXT_MAX, HEAD, LAYERS_MAX, Network, Profile, Scratch, Step, TOTAL_MAX, VOCABULARY_MAX, WINDOW_MAX,
    Window,
};
pub use online::{Accumulator, LayerWeights, Scale, Shape, Weights};
pub use tokenizer::{Split, TOKEN_MAX, Tokenizer, Vocabulary};
pub use transformer::{Source, TRIE_FIRST, Transformer};
pub use trie::{Odds, Trie, Walk};
