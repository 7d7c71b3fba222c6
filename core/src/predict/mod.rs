//! Prediction: everything that turns what has been coded so far into the probability of the next decision.

pub mod apm;
pub mod arena;
pub mod bit_history;
pub mod contexts;
pub mod ensemble;
pub mod gate;
pub mod history_map;
pub mod logistic;
pub mod match_model;
pub mod mix;
pub mod ssm;
pub mod table;
