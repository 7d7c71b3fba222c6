//! Measures vatic and its peers.

fn main() {}
