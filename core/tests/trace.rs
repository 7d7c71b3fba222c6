//! What a trace tells is what the codec does.

use vatic::codec::mix::{Mix, Tracer};
use vatic::codec::{BlockCodec, Params};
use vatic::coder::binary::{BinaryEncoder, BitCoder};
use vatic::predict::mix::Foresight;
use vatic::predict::mix::ensemble::{NUMBERS, PROSE, PROSE_FULL, STRUCTURE};

const TEXT: &[u8] = include_bytes!("../../README.md");

fn params(ensemble: u8, group_len: usize) -> Params {
    Params { level: 8, ensemble, arg: 4, group_len }
}

/// The stream that looks at all bytes add up to, and how many bytes were all but certain and came.
fn looked(params: &Params, content: &[u8]) -> (Vec<u8>, usize) {
    let (mut out, mut sure) = (Vec::new(), 0);
    let mut coder = BinaryEncoder::new(&mut out);
    // A short group goes by the ensemble's own tree: a flag of 0, as likely as not.
    coder.code(0, 1 << 15);
    let mut tracer = Tracer::new(params, content).unwrap();
    let count = tracer.inputs().len();
    for &byte in content {
        let foresight = tracer.look(byte);
        let coded = foresight.coded(byte);
        for &(p1, bit) in &coded {
            coder.code(u32::from(bit), u32::from(p1));
        }
        assert_eq!(foresight.odds.iter().map(|&p| u64::from(p)).sum::<u64>(), 1 << 32);
        assert!(foresight.decisions.iter().all(|made| made.inputs.len() == count && made.weights.len() == count));
        check(&foresight, byte, &coded);
        sure += usize::from(coded.len() == 1 && foresight.sure.is_some());
        tracer.pass(&[byte]);
    }
    coder.finish();
    (out, sure)
}

/// Of what came, the distribution says the product of the decisions.
fn check(foresight: &Foresight, byte: u8, coded: &[(u16, bool)]) {
    let share = |mass: u64, &(p1, bit): &(u16, bool)| {
        let ones = (mass * u64::from(p1)) >> 16;
        if bit { ones } else { mass - ones }
    };
    let product = coded.iter().fold(1 << 32, share);
    let told = u64::from(foresight.odds[usize::from(byte)]);
    match foresight.sure {
        // A byte that is all but certain has a second way to come, by the tree, that no encoder goes.
        Some((expected, p)) if expected == byte => {
            assert!(told >= product && told - product <= (1 << 32) - (u64::from(p) << 16));
        }
        _ => assert_eq!(told, product),
    }
}

#[test]
fn what_is_told_is_what_is_coded() {
    let mut all_sure = 0;
    for ensemble in NUMBERS {
        for content in [&TEXT[..400], &[&b"key: value; ".repeat(100)[..], &TEXT[..100]].concat()] {
            let params = params(ensemble, content.len());
            let (told, sure) = looked(&params, content);
            let mut coded = Vec::new();
            Mix::new(&params).unwrap().encode(content, &mut coded).unwrap();
            assert!(told == coded, "ensemble {ensemble}");
            all_sure += sure;
        }
    }
    assert!(all_sure > 100, "{all_sure}");
}

#[test]
fn a_tree_of_its_own_is_gone_by() {
    let content: Vec<u8> = (0..120_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 29) as u8 * 31).collect();
    let params = params(STRUCTURE, content.len());
    let decisions = |content: &[u8]| Tracer::new(&params, content).unwrap().look(31).decisions.len();
    assert!(decisions(&content) < decisions(&[]));
}

#[test]
fn what_comes_again_is_foretold() {
    let text = b"the quick brown fox jumps over the lazy dog. ".repeat(20);
    for ensemble in [PROSE, PROSE_FULL] {
        let mut tracer = Tracer::new(&params(ensemble, text.len()), &text).unwrap();
        tracer.pass(&text[..200]);
        let odds = tracer.look(text[200]).odds;
        assert!(odds[usize::from(text[200])] > 8 << 28, "{odds:?}");
    }
}
