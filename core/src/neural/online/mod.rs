//! czip's arithmetic: attention keeps a running maximum and scales its sums when that rises ("online softmax"), so the order of tokens matters. Kept apart
//! from our own ([`super::vatic`]) because it can never change.

mod attention;
mod forward;
mod network;
#[cfg(test)]
mod tests;

pub use attention::Accumulator;
pub(super) use forward::{Scratch, Window};
pub(super) use network::Network;
pub use network::{LayerWeights, Scale, Shape, Weights};
