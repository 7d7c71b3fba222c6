//! Every transform is undone exactly, and its inverse takes any input.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vatic::transform::{branch, bwt, delta, planes, rank};

fuzz_target!(|input: (u16, &[u8])| {
    let (number, data) = input;
    let mut bytes = data.to_vec();
    branch::x86_encode(&mut bytes, number.into());
    branch::x86_decode(&mut bytes, number.into());
    branch::arm64_encode(&mut bytes, number.into());
    branch::arm64_decode(&mut bytes, number.into());
    delta::encode(&mut bytes, usize::from(number % 300));
    delta::decode(&mut bytes, usize::from(number % 300));
    rank::mtf_encode(&mut bytes);
    rank::mtf_decode(&mut bytes);
    assert!(bytes == data);

    let (mut split, mut joined) = (Vec::new(), Vec::new());
    planes::split(data, usize::from(number % 20), &mut split);
    planes::join(&split, usize::from(number % 20), &mut joined);
    assert!(joined == data);

    let (mut coded, mut back) = (Vec::new(), Vec::new());
    rank::zero_runs_encode(data, &mut coded);
    rank::zero_runs_decode(&coded, data.len(), &mut back).unwrap();
    assert!(back == data);
    back.clear();
    let _ = rank::zero_runs_decode(data, number.into(), &mut back);

    back.clear();
    let transformed = bwt::forward(data).unwrap();
    bwt::inverse(&transformed.last, &transformed.starts, &mut back).unwrap();
    assert!(back == data);
    back.clear();
    let starts: Vec<u32> = (0..bwt::starts_len(data.len()) as u32).map(|i| i + u32::from(number)).collect();
    let _ = bwt::inverse(data, &starts, &mut back);
});
