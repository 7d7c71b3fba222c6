//! What shows only after a while: threads that share a model or each other's work, and memory that should come back.
//!
//! `VATIC_SOAK=N` does N times as much; with 0 there are just some records and no look at memory, for the thread sanitizer, under which all takes
//! ten times as long.
#![cfg(target_os = "linux")]

use std::ops::Range;
use std::sync::Mutex;
use std::thread;
use vatic_capi::Settings;
#[cfg(feature = "native")]
use vatic_capi::archive::{self, Archive};
use vatic_capi::model;
use vatic_capi::records::Records;
use vatic_capi::stream::{Op, StreamDecoder, StreamEncoder};
use vatic_capi::tables::Param;

const THREADS: usize = 8;
const RECORDS: usize = 2000;
/// With which each thread begins: then its overlay is as large as it gets.
const WARM: usize = 200;
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
    let model = model::train(&samples, 200_000, None, &Settings::new()).unwrap();
    let mut tagged = Settings::new();
    tagged.set(Param::RecordTag as i32, 4).unwrap();
    let expected: Vec<Vec<u8>> = {
        let mut coder = Records::new(&model, &tagged).unwrap();
        (0..500).map(|number| coder.compress(&record(number)).unwrap().to_vec()).collect()
    };
    let mut coders: Vec<Records> = (0..THREADS).map(|_| Records::new(&model, &tagged).unwrap()).collect();
    let mut code = |turns: Range<usize>| {
        thread::scope(|scope| {
            for (worker, coder) in (1..).zip(&mut coders) {
                let (turns, expected) = (turns.clone(), &expected);
                scope.spawn(move || {
                    for number in turns.map(|turn| turn * worker) {
                        let plain = record(number);
                        let packed = coder.compress(&plain).unwrap().to_vec();
                        assert!(
                            expected.get(number).is_none_or(|expected| *expected == packed),
                            "record {number} differs"
                        );
                        assert!(coder.decompress(&packed).unwrap() == plain, "record {number} came back otherwise");
                    }
                });
            }
        });
    };
    code(0..WARM);
    let before = resident();
    code(WARM..WARM + RECORDS * factor());
    let grown = resident().saturating_sub(before);
    println!("{} records in {THREADS} threads: {before} bytes, then {grown} more", THREADS * RECORDS * factor());
    assert!(factor() == 0 || grown < 4 << 20, "{grown} bytes stayed");
}

#[test]
fn threads_share_the_work_of_an_object() {
    let _alone = ALONE.lock().unwrap();
    let data: Vec<u8> = (0..8000).flat_map(record).collect();
    let made = |threads: u64| {
        let mut settings = Settings::new();
        settings.set(Param::Level as i32, 4).unwrap();
        settings.set(Param::GroupSize as i32, 64 << 10).unwrap();
        settings.set(Param::Threads as i32, threads).unwrap();
        let (mut packed, mut plain) = (Vec::new(), Vec::new());
        StreamEncoder::new(&settings).unwrap().push(&data, &mut packed, Op::End).unwrap();
        StreamDecoder::new(&settings).pull(&packed, &mut plain, usize::MAX, Op::End).unwrap();
        assert!(plain == data, "it came back otherwise with {threads} threads");
        packed
    };
    let one = made(1);
    thread::scope(|scope| {
        for threads in [2, 3] {
            let (one, made) = (&one, &made);
            scope.spawn(move || assert!(made(threads) == *one, "{threads} threads made other bytes"));
        }
    });
}

#[test]
#[cfg(feature = "native")]
fn threads_share_the_work_of_an_archive() {
    let _alone = ALONE.lock().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    std::fs::create_dir(&files).unwrap();
    for number in 0..40 {
        let content: Vec<u8> = (0..40 + number * 20).flat_map(|place| record(number * 5000 + place)).collect();
        std::fs::write(files.join(format!("{number}.jsonl")), content).unwrap();
    }
    let mut settings = Settings::new();
    settings.set(Param::Level as i32, 4).unwrap();
    settings.set(Param::SolidSize as i32, 64 << 10).unwrap();
    settings.set(Param::Threads as i32, 3).unwrap();
    let path = folder.path().join("files.vat");
    archive::create(&path, &[files], &settings).unwrap();
    Archive::open(&path, &settings).unwrap().verify().unwrap();
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
        assert!(factor() == 0 || grown < 4 << 20, "{grown} bytes stayed at level {level}");
    }
}
