//! What a transformer says behind each of some tokens: `cargo run --example logits -- MODEL.vatm TOKEN...`.
//!
//! Prints one line of JSON a token, logits and frequencies of all tokens: other implementations are compared with it.

use vatic::neural::{BATCH, Step};
use vatic::{Model, ModelLimits};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: logits MODEL.vatm TOKEN...")?;
    let tokens = args.map(|text| text.parse()).collect::<Result<Vec<u32>, _>>()?;
    let model = Model::from_bytes(&std::fs::read(path)?, &ModelLimits::default())?;
    let transformer = model.transformer()?.ok_or("the model has no transformer")?;
    let network = transformer.network();
    let mut scratch = network.scratch(BATCH)?;
    let mut windows = [transformer.window()?];
    let mut frequencies = network.frequencies()?;
    for tokens in tokens.chunks(BATCH) {
        let steps: Vec<Step> = tokens.iter().map(|&token| Step { window: 0, token }).collect();
        network.advance(&mut scratch, &mut windows, &steps)?;
        for index in 0..steps.len() {
            let logits = scratch.logits(index).ok_or("a step without logits")?;
            network.spread(logits, &mut frequencies);
            println!("{{\"logits\": {:?}, \"frequencies\": {:?}}}", logits, frequencies.values());
        }
    }
    Ok(())
}
