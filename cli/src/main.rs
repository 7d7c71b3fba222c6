//! The `vatic` command.

fn main() {}
