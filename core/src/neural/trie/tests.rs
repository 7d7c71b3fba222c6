use super::*;
use crate::neural::Tokenizer;
use crate::predict::mix::ensemble::{GUIDED_PROSE, ensemble};
use crate::small;
use proptest::prelude::*;

/// What the decisions of a token say together, in units of its share.
fn product(trie: &Trie, walk: &mut Walk, tree: &Tree, bytes: &[u8]) -> f64 {
    let share = |odds, bit| match odds {
        Odds::Forced(forced) => f64::from(u8::from(forced == bit)),
        Odds::Open(p) => f64::from(if bit == 1 { p } else { 65_536 - p }) / 65_536.0,
    };
    let mut total = 1.0;
    for (at, &byte) in bytes.iter().enumerate() {
        trie.begin_byte(walk);
        let (mut node, mut path, mut done) = (1, 1, 0);
        while node < 256 {
            let bit = tree.path(byte) >> (15 - done) & 1;
            let (odds, middle) = trie.decide(walk, tree, path, done);
            total *= share(odds, bit);
            trie.take(walk, bit, middle);
            (node, path, done) = (tree.next(node, bit), path << 1 | bit, done + 1);
        }
        trie.end_byte(walk);
        assert_eq!(walk.depth() as usize, at + 1);
        total *= share(trie.end(walk), u32::from(at + 1 == bytes.len()));
    }
    total
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    #[test]
    fn decisions_of_a_token_say_what_its_frequency_says(logits in prop::collection::vec(-5000..5000i32, 272)) {
        let model = small::model(3);
        let transformer = model.transformer().unwrap().unwrap();
        let tokenizer = Tokenizer::new(small::vocabulary()).unwrap();
        let trie = transformer.trie().unwrap();
        let leaves = ensemble(GUIDED_PROSE).unwrap().leaves;
        let tree = Tree::new(leaves.first, &leaves.depths).unwrap();
        let mut frequencies = transformer.network().frequencies().unwrap();
        transformer.network().spread(&logits, &mut frequencies);
        let tokens = (0..270u32).map(|token| (token, tokenizer.bytes(token).unwrap()));
        let mass: u32 = tokens.clone().map(|(token, _)| frequencies.values()[token as usize]).sum();
        let mut walk = trie.walk().unwrap();
        for (token, bytes) in tokens {
            trie.begin(&mut walk, &frequencies);
            let share = f64::from(frequencies.values()[token as usize]) / f64::from(mass);
            let said = product(trie, &mut walk, &tree, bytes);
            prop_assert_eq!(trie.token(&walk), Some(token));
            // The odds are cut to 16 bits.
            prop_assert!(share < 1e-4 || (said / share - 1.0).abs() < 0.05, "{} {}", said, share);
        }
    }
}

#[test]
fn a_token_can_go_on_where_a_longer_one_does() {
    let model = small::model(3);
    let transformer = model.transformer().unwrap().unwrap();
    let trie = transformer.trie().unwrap();
    let leaves = ensemble(GUIDED_PROSE).unwrap().leaves;
    let tree = Tree::new(leaves.first, &leaves.depths).unwrap();
    let mut frequencies = transformer.network().frequencies().unwrap();
    transformer.network().spread(&vec![0; 272], &mut frequencies);
    let mut walk = trie.walk().unwrap();
    trie.begin(&mut walk, &frequencies);
    assert_eq!(trie.end(&walk), Odds::Forced(0));
    product(trie, &mut walk, &tree, b" t");
    assert!(trie.goes_on(&walk, b'h') && !trie.goes_on(&walk, b'e'));
    assert!(matches!(trie.end(&walk), Odds::Open(_)));
    trie.begin(&mut walk, &frequencies);
    product(trie, &mut walk, &tree, b" the");
    assert_eq!(trie.end(&walk), Odds::Forced(1));
}
