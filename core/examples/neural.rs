//! Measures a transformer: `cargo run --release -p vatic --example neural -- MODEL.vatm|MODEL.czm TEXT [SECONDS [WHAT]]`.
//!
//! Tokens a second, end to end - layers, attention, frequencies, and finding the token's interval - on one thread: an encoder that knows
//! all tokens, in windows of 128 and of 1,024; one stream, token by token; and 16, 32 and 64 streams that advance together. `WHAT` picks those whose
//! line contains it. Time is that of the processor, where Linux tells it: what else the machine does then matters less.

use std::sync::LazyLock;
use std::time::{Duration, Instant};
use vatic::kernels::int8::{Matrix, PANEL, Path};
use vatic::neural::{Accumulator, BATCH, Network, Step, Window};
use vatic::{Model, ModelLimits};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [model, text, rest @ ..] = &args[..] else {
        return Err("usage: neural MODEL.vatm|MODEL.czm TEXT [SECONDS [WHAT]]".into());
    };
    let time = Duration::from_secs_f64(rest.first().map_or(Ok(1.0), |seconds| seconds.parse())?);
    let wanted = |name: &str| rest.get(1).is_none_or(|what| name.contains(&**what));
    let bytes = std::fs::read(model)?;
    let model = match model.ends_with(".czm") {
        true => Model::from_czm(&bytes, Default::default())?,
        false => Model::from_bytes(&bytes, &ModelLimits::default())?,
    };
    let model = model.transformer()?.ok_or("the model has no transformer")?;
    let tokens = model.tokenizer().encode(&std::fs::read_to_string(text)?);
    let network = model.network();
    let context = network.context();
    println!("kernels: {:?}; {} tokens of text", Path::best(), tokens.len());
    println!("peak: {:.0} G multiply-adds/s", peak(time / 4)? / 1e9);
    for size in [128, context] {
        let name = format!("prefill of {size}");
        if wanted(&name) {
            println!("{name}: {:.0} tokens/s", prefill(network, &tokens, size, time)?);
        }
    }
    for streams in [1, 16, 32, 64] {
        let name = format!("{streams} streams of {context}");
        if wanted(&name) {
            println!("{name}: {:.0} tokens/s", lockstep(network, &tokens, streams, time)?);
        }
    }
    Ok(())
}

/// Time that this thread has run.
fn clock() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// The clock moves in steps of some milliseconds, so nothing shorter is measured.
const SHORTEST: Duration = Duration::from_millis(150);

/// Repeats `round`, which does some units of work, for `time`; units a second of the best stretch of rounds.
fn best(time: Duration, mut round: impl FnMut() -> vatic::Result<usize>) -> vatic::Result<f64> {
    let (start, mut best) = (clock(), 0f64);
    while best == 0.0 || clock() - start < time {
        let (begin, mut units) = (clock(), 0);
        while clock() - begin < SHORTEST {
            units += round()?;
        }
        best = best.max(units as f64 / (clock() - begin).as_secs_f64());
    }
    Ok(best)
}

/// Multiply-adds a second of a product that stays in the first cache.
fn peak(time: Duration) -> vatic::Result<f64> {
    const INPUTS: usize = 256;
    let matrix = Matrix::pack(Path::best(), &[3; PANEL * INPUTS], INPUTS)?;
    let rows = [5; 24 * INPUTS];
    let mut sums = [[0; PANEL]; 24];
    best(time, || {
        (0..2000).for_each(|_| matrix.product(0, std::hint::black_box(&rows), INPUTS, &mut sums));
        Ok(2000 * 24 * INPUTS * PANEL)
    })
}

fn prefill(network: &Network, tokens: &[u32], size: usize, time: Duration) -> vatic::Result<f64> {
    let mut scratch = network.scratch(BATCH)?;
    let mut window = [network.window(Accumulator::Wrap32)?];
    let mut frequencies = network.frequencies()?;
    let chunks = || tokens.chunks_exact(size).take((8192 / size).max(1));
    let count = chunks().flatten().count();
    best(time, || {
        for chunk in chunks() {
            window[0].clear();
            for batch in chunk.chunks(BATCH) {
                let steps: Vec<Step> = batch.iter().map(|&token| Step { window: 0, token }).collect();
                network.advance(&mut scratch, &mut window, &steps)?;
                for (index, &token) in batch.iter().enumerate() {
                    network.spread(scratch.logits(index).unwrap_or(&[]), &mut frequencies);
                    std::hint::black_box(frequencies.interval(token));
                }
            }
        }
        Ok(count)
    })
}

/// Streams that each go through a window's worth of tokens, from places spread over the text.
fn lockstep(network: &Network, tokens: &[u32], streams: usize, time: Duration) -> vatic::Result<f64> {
    let context = network.context();
    let mut scratch = network.scratch(streams)?;
    let windows: vatic::Result<Vec<Window>> = (0..streams).map(|_| network.window(Accumulator::Wrap32)).collect();
    let mut windows = windows?;
    let mut frequencies = network.frequencies()?;
    best(time, || {
        windows.iter_mut().for_each(Window::clear);
        for position in 0..context {
            let token = |window: usize| tokens[(position + window * 97) % tokens.len()];
            let steps: Vec<Step> = (0..streams).map(|window| Step { window, token: token(window) }).collect();
            network.advance(&mut scratch, &mut windows, &steps)?;
            for index in 0..streams {
                network.spread(scratch.logits(index).unwrap_or(&[]), &mut frequencies);
                std::hint::black_box(frequencies.find(std::hint::black_box(1 << 29)));
            }
        }
        Ok(context * streams)
    })
}
