//! What shows only after a while: threads that share a model, and memory that should come back.
//!
//! `VATIC_SOAK=N` does N times as much.
#![cfg(target_os = "linux")]

use std::sync::Mutex;
use std::thread;
use vatic_capi::Settings;
use vatic_capi::model;
use vatic_capi::records::Records;
use vatic_capi::stream::{Op, StreamDecoder, StreamEncoder};
use vatic_capi::tables::Param;

const THREADS: usize = 8;
const RECORDS: usize = 2000;
const ENCODERS: usize = 100;
/// Memory is looked at while nothing else runs.
static ALONE: Mutex<()> = Mutex::new(());

fn factor() -> usize {
    std::env::var("VATIC_SOAK").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn record(number: usize) -> Vec<u8> {
    format!(
        "{{\"user\": {}, \"action\": \"{}\", \"ms\": {}}}",
        number * 7919 % 10_000,
        ["login", "logout"][number % 2],
        number % 977
    )
    .into_bytes()
}

/// Bytes of memory that this process occupies.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
fn threads_share_a_model() {
    let _alone = ALONE.lock().unwrap();
    let samples: Vec<Vec<u8>> = (0..2000).map(record).collect();
    let model = model::train(&samples, 200_000, &Settings::new()).unwrap();
    let mut tagged = Settings::new();
    tagged.set(Param::RecordTag as i32, 4).unwrap();
    let expected: Vec<Vec<u8>> = {
        let mut coder = Records::new(&model, &tagged).unwrap();
        (0..500).map(|number| coder.compress(&record(number)).unwrap().to_vec()).collect()
    };
    let before = resident();
    thread::scope(|scope| {
        for worker in 0..THREADS {
            let (model, tagged, expected) = (&model, &tagged, &expected);
            scope.spawn(move || {
                let mut coder = Records::new(model, tagged).unwrap();
                for turn in 0..RECORDS * factor() {
                    let number = turn * (worker + 1);
                    let plain = record(number);
                    let packed = coder.compress(&plain).unwrap().to_vec();
                    assert!(expected.get(number).is_none_or(|expected| *expected == packed), "record {number} differs");
                    assert!(coder.decompress(&packed).unwrap() == plain, "record {number} came back otherwise");
                }
            });
        }
    });
    let grown = resident().saturating_sub(before);
    println!("{} records in {THREADS} threads: {grown} bytes more", THREADS * RECORDS * factor());
    // Each thread has an overlay of its own, and its allocator keeps what it used.
    assert!(grown < 256 << 20, "{grown} bytes stayed");
}

#[test]
fn encoders_give_their_memory_back() {
    let _alone = ALONE.lock().unwrap();
    let data: Vec<u8> = (0..200).flat_map(record).collect();
    for level in [2, 5] {
        let mut settings = Settings::new();
        settings.set(Param::Level as i32, level).unwrap();
        let round = || {
            let (mut packed, mut plain) = (Vec::new(), Vec::new());
            StreamEncoder::new(&settings).unwrap().push(&data, &mut packed, Op::End).unwrap();
            StreamDecoder::new(&settings).pull(&packed, &mut plain, usize::MAX, Op::End).unwrap();
            assert!(plain == data);
            // One that is left in the middle of its work.
            StreamEncoder::new(&settings).unwrap().push(&data, &mut packed, Op::Continue).unwrap();
        };
        (0..ENCODERS / 4).for_each(|_| round());
        let before = resident();
        (0..ENCODERS * factor()).for_each(|_| round());
        let grown = resident().saturating_sub(before);
        println!("level {level}, {} encoders: {grown} bytes more", 2 * ENCODERS * factor());
        assert!(grown < 4 << 20, "{grown} bytes stayed at level {level}");
    }
}
