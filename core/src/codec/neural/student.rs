//! What codec `neural` learns from samples, to be frozen as a primer.
//!
//! Each sample is read as it will be coded: from the start, with contexts that have seen nothing, but with the weights that the samples before it taught.

use super::end::{self, End};
use super::feed::Feed;
use super::guide::Confidence;
use super::mixed::Mixed;
use super::primer::{self, State};
use super::{Group, Neural, ensemble_numbered};
use crate::codec::mix::Mix;
use crate::codec::mix::primer::GROUP_LEN;
use crate::coder::binary::Nowhere;
use crate::error::{Error, Result};
use crate::kernels::Isa;
use crate::model::Part;
use crate::neural::Transformer;
use crate::predict::mix::{Learning, Model};
use std::sync::Arc;

/// See the module.
pub(crate) struct Student {
    ensemble: u8,
    neural: Neural,
    /// The mix before it has seen a sample.
    start: Model,
    seen: usize,
}

/// The longest text that a student should read, in bytes; longer samples are to be cut.
pub(crate) const TEXT: usize = 1 << 15;

impl Student {
    /// One that has read nothing.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub(crate) fn new(ensemble: u8, transformer: Arc<Transformer>) -> Result<Self> {
        let mut start = Model::new(ensemble_numbered(ensemble)?, 0, GROUP_LEN)?;
        start.share_place();
        let learning = Learning { certain: false, ..Learning::default() };
        let mix = start.fork(Mix::arg(7, TEXT), GROUP_LEN, learning)?;
        let mixed = Mixed::of(mix, End::new(end::log2(TEXT))?, Confidence::new()?, transformer.trie()?)?;
        let group = Group::of(mixed, 1);
        let neural = Neural { feed: Feed::new(&transformer, 1)?, transformer, group, lanes: 1, isa: Isa::best() };
        Ok(Student { ensemble, neural, start, seen: 0 })
    }

    /// Learns from a text of about [`TEXT`] bytes at most.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub(crate) fn read(&mut self, text: &[u8]) -> Result<()> {
        self.neural.feed = Feed::new(&self.neural.transformer, 1)?;
        let learning = Learning { age: self.seen, certain: false, ..Learning::default() };
        let group = mixed(&mut self.neural.group)?;
        group.mix.begin_text(&self.start, learning)?;
        group.end.forget_maps()?;
        group.before = [0; 3];
        self.neural.code(&mut Nowhere, text)?;
        self.seen += text.len();
        mixed(&mut self.neural.group)?.mix.settle();
        Ok(())
    }

    /// The primer of all that was learnt; see [`primer::freeze`].
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub(crate) fn part(&mut self, step: u32, calibrated: bool) -> Result<Part> {
        let group = mixed(&mut self.neural.group)?;
        let (mix, end) = (group.mix.duplicate()?, group.end.duplicate());
        let mut state = State { mix, end, confidence: group.confidence.clone() };
        primer::freeze(self.ensemble, &mut state, step, calibrated)
    }
}

fn mixed(group: &mut Group) -> Result<&mut Mixed> {
    match group {
        Group::Mixed(mixed, _) => Ok(mixed),
        Group::Pure(_) => Err(Error::Internal("a student without a mix")),
    }
}
