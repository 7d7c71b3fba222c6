//! The frozen form of what a model of the mix has learnt, and its way back.

pub mod contexts;
pub mod numbers;
pub mod tables;
