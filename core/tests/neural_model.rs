//! A model of czip as a model of vatic: the same tokens, the same logits.
#![cfg(feature = "czip")]

#[path = "common/czm.rs"]
mod czm;

use std::collections::BTreeMap;
use vatic::neural::czip::CzipModel;
use vatic::neural::{Accumulator, Network, Step};
use vatic::{Error, Model, ModelLimits};

fn logits(network: &Network, tokens: &[u32]) -> Vec<i32> {
    let mut windows = [network.window(Accumulator::Wrap32).unwrap()];
    let mut scratch = network.scratch(tokens.len()).unwrap();
    let steps: Vec<Step> = tokens.iter().map(|&token| Step { window: 0, token }).collect();
    network.advance(&mut scratch, &mut windows, &steps).unwrap();
    (0..tokens.len()).flat_map(|index| scratch.logits(index).unwrap().to_vec()).collect()
}

#[test]
fn a_model_of_czip_computes_the_same_as_a_model_of_vatic() {
    let mut ids = Vec::new();
    for recipe in [czm::QUIET, czm::LOUD] {
        let file = czm::model(recipe);
        let czip = CzipModel::from_bytes(&file).unwrap();
        let model = Model::from_czm(&file, BTreeMap::new()).unwrap();
        let model = Model::from_bytes(&model.to_bytes().unwrap(), &ModelLimits::default()).unwrap();
        // A header of a .czm has no order; what is in it has.
        assert_eq!(model, Model::from_czm(&czm::model(recipe), BTreeMap::new()).unwrap());
        let transformer = model.transformer().unwrap().unwrap();
        let text = "the rain in the café's <|eos|>\n\n";
        let tokens = czip.tokenizer().encode(text);
        assert_eq!(transformer.tokenizer().encode(text), tokens);
        assert_eq!(transformer.start(), 1022);
        assert_eq!(transformer.accumulator(), Accumulator::Wrap32);
        let network = transformer.network();
        assert_eq!((network.context(), network.total()), (czip.context(), czip.network().total()));
        assert_eq!(logits(network, &tokens), logits(czip.network(), &tokens));
        ids.push(model.id());
    }
    assert_ne!(ids[0], ids[1]);
    let damaged = &czm::model(czm::QUIET)[..5000];
    assert!(matches!(Model::from_czm(damaged, BTreeMap::new()), Err(Error::Truncated { .. } | Error::Corrupt { .. })));
}
