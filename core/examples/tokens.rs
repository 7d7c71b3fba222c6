//! How a transformer's tokenizer cuts text: `cargo run --example tokens -- MODEL.vatm < TEXT`.
//!
//! Prints the numbers of the tokens: other tokenizers are compared with it.

use std::io::Read;
use vatic::{Model, ModelLimits};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: tokens MODEL.vatm < TEXT")?;
    let model = Model::from_bytes(&std::fs::read(path)?, &ModelLimits::default())?;
    let transformer = model.transformer()?.ok_or("the model has no transformer")?;
    let mut text = Vec::new();
    std::io::stdin().read_to_end(&mut text)?;
    println!("{:?}", transformer.tokenizer().encode_bytes(&text));
    Ok(())
}
