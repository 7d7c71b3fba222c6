//! Prediction: everything that turns what has been coded so far into the probability of the next decision.

pub mod logistic;
pub mod ssm;
