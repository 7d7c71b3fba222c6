//! Foresight: what each of the 256 bytes would be given as the next one, and why. For people and for students to learn from; nothing is coded by it.
//!
//! A byte's probability is the product of those of its decisions, and each decision is foretold by a model that has learnt those before it. So all decisions of the tree are
//! taken both ways, each learnt as it is when it is coded, and undone on the way back. What a decision changes before its byte ends is little: the scratch, which is copied; the rows
//! of the gate and of the maps that it was foretold by; and, where a group of decisions ends, the slots that are put back. What histories and runs
//! were worth is only counted, and here it is not.
//!
//! What stands behind next to no probability is not looked into: its bytes share it by halves.
//!
//! Cost: that of coding some 150 bytes of text. In a plain model only: where lines push each other out of an overlay, even looking for one leaves a trace.

use super::{APMS, At, GROUP, Model, Scratch, guided, inputs_of};
use crate::coder::binary::BitCoder;
use crate::kernels::vector::Lanes;
use crate::predict::mix::calibration::Cells;
use crate::predict::mix::gate;

/// What all bytes share, in bits: a probability of one is `1 << ONE`.
const ONE: u32 = 32;
/// Shares up to this, 2^-20, are not looked into.
const SMALL: u64 = 1 << 12;

/// One decision on the way to a byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// P(1), of 65,536, as the coder is given it.
    pub p1: u16,
    /// What came.
    pub bit: bool,
    /// The inputs of the gate, in 256 steps to a natural-log unit, in the order of [`Model::inputs`].
    pub inputs: Vec<i16>,
    /// What each was multiplied with on its way into the blend, of 2^16 for one.
    pub weights: Vec<i32>,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Foresight {
    /// The probability of each byte, of 2^32 for all together.
    pub odds: [u32; 256],
    /// The byte that is all but certain, and P(it comes), of 65,536: it is one decision, and only if it does not come are those of the tree taken.
    pub sure: Option<(u8, u16)>,
    /// The decisions of the tree on the way to the byte that came.
    pub decisions: Vec<Decision>,
}

impl Foresight {
    /// P(1), of 65,536, and the bit of all that `byte`, which came, is coded by.
    pub fn coded(&self, byte: u8) -> Vec<(u16, bool)> {
        let sure = self.sure.map(|(expected, p)| (p, expected == byte));
        let rest = if sure.is_some_and(|(_, came)| came) { &[][..] } else { &self.decisions };
        sure.into_iter().chain(rest.iter().map(|decision| (decision.p1, decision.bit))).collect()
    }
}

/// Takes down with what probability it was to code, and decides.
struct Told {
    p1: u32,
}

impl BitCoder for Told {
    #[inline(always)]
    fn code(&mut self, bit: u32, p1: u32) -> u32 {
        self.p1 = p1;
        bit
    }

    #[inline(always)]
    fn code_raw(&mut self, value: u32, _: u32) -> u32 {
        value
    }
}

/// What a decision changes in a model, beside the scratch.
struct Kept {
    gate: gate::Kept,
    matches: Vec<Option<(usize, u32)>>,
    guesses: Vec<u32>,
}

/// What is found out on the way through the tree.
struct Walk {
    foresight: Foresight,
    /// The path to the byte that will come.
    sought: u32,
}

impl Model {
    /// What the model says of its next byte, for which `scratch` is prepared; `byte` is the one that will come. The model is afterwards as before.
    pub fn foresee<L: Lanes>(&mut self, scratch: &Scratch, byte: u8) -> Foresight {
        let (learning, supports) = (self.learning, self.supports.take());
        self.learning.worth = false;
        let mut scratch = scratch.clone();
        let sure = scratch.outlook.sure();
        let foresight =
            Foresight { odds: [0; 256], sure: sure.map(|(expected, p)| (expected, p as u16)), decisions: Vec::new() };
        let mut walk = Walk { foresight, sought: self.tree.path(byte) };
        let mut mass = 1 << ONE;
        if let Some((expected, p)) = sure {
            let taken = (mass * u64::from(p)) >> 16;
            walk.add(expected, taken);
            mass -= taken;
            self.prepare_experts(&mut scratch);
        }
        let start = At { node: 1, path: 1, local: 1, done: 0, later: 0 };
        self.foresee_group::<L>(&mut scratch, start, mass, &mut walk);
        (self.learning, self.supports) = (learning, supports);
        walk.foresight
    }

    /// The inputs of the gate by their names.
    pub fn inputs(&self) -> Vec<String> {
        let contexts = self.ensemble.contexts.iter().map(|context| context.name(self.ensemble.kind));
        let contexts: Vec<_> = contexts.collect();
        let of_each = |what: &'static str| contexts.iter().map(move |name| format!("{name}: {what}"));
        let both = |name: String| [name.clone(), format!("{name}: again")];
        let mut names: Vec<String> = of_each("history").flat_map(both).collect();
        names.extend(of_each("word").chain(of_each("run")));
        let matches = self.ensemble.matches.iter().map(|least| format!("match from {least}"));
        let guesses = (0..self.guesses.len()).map(|guess| format!("guess {}", guess + 1));
        names.extend(matches.chain(guesses).flat_map(both));
        names.extend(["constant".to_owned(), "nothing".to_owned()]);
        if self.ensemble.guided {
            names.extend((1..=guided::INPUTS).map(|input| format!("transformer {input}")));
        }
        names
    }

    /// All decisions from a group on that begins at `at`.
    fn foresee_group<L: Lanes>(&mut self, scratch: &mut Scratch, at: At, mass: u64, walk: &mut Walk) {
        let known = self.experts.begin_group(&mut scratch.sight, &self.tree, at.node, at.done);
        self.sets.begin_group(&mut scratch.sets, self.ensemble.chains, known);
        self.finals.begin_group(&mut scratch.finals, self.ensemble.chains, known);
        self.foresee_from::<L>(scratch, At { local: 1, ..at }, at.done + GROUP, mass, walk);
    }

    /// All decisions from the one at `at` on, in a group that ends at `end`.
    fn foresee_from<L: Lanes>(&mut self, scratch: &Scratch, at: At, end: u32, mass: u64, walk: &mut Walk) {
        if mass <= SMALL && !walk.leads(at) {
            return self.share_out(at.node as usize, mass, walk);
        }
        let rows: [usize; APMS] = scratch.calibrated.map(|first| first + at.local);
        let cells: Vec<Cells> = self.calibration.iter_mut().zip(rows).map(|(map, row)| map.kept(row)).collect();
        for bit in [0, 1] {
            let mut scratch = scratch.clone();
            let mut told = Told { p1: 0 };
            self.code_bit::<L, _>(&mut told, &mut scratch, at, bit);
            if walk.leads(at) && walk.next(at) == bit {
                let decision = self.decision(&scratch, told.p1, bit);
                walk.foresight.decisions.push(decision);
            }
            let ones = (mass * u64::from(told.p1)) >> 16;
            let mass = if bit == 1 { ones } else { mass - ones };
            match self.tree.next(at.node as usize, bit) {
                leaf @ 256.. => walk.add(leaf as u8, mass),
                node => {
                    let kept = self.kept(&scratch);
                    self.learn::<L>(&mut scratch, at, bit);
                    let at = At {
                        node: node as u32,
                        path: at.path * 2 + bit,
                        local: at.local * 2 + bit as usize,
                        done: at.done + 1,
                        later: at.later,
                    };
                    self.foresee_behind::<L>(&mut scratch, at, end, mass, walk);
                    self.restore(&kept, &scratch);
                }
            }
            self.calibration.iter_mut().zip(rows).zip(&cells).for_each(|((map, row), &cells)| map.restore(row, cells));
        }
    }

    /// The decisions behind one that was learnt, in its group or in the next.
    fn foresee_behind<L: Lanes>(&mut self, scratch: &mut Scratch, at: At, end: u32, mass: u64, walk: &mut Walk) {
        if at.done < end {
            return self.foresee_from::<L>(scratch, at, end, mass, walk);
        }
        self.fetch_calibration(scratch, at.node);
        let next = At { later: 1, ..at };
        if at.later == 0 {
            return self.foresee_group::<L>(&mut scratch.clone(), next, mass, walk);
        }
        let slots = self.experts.kept(&scratch.sight);
        self.experts.end_group(&scratch.sight);
        self.foresee_group::<L>(&mut scratch.clone(), next, mass, walk);
        self.experts.restore(&scratch.sight, &slots);
    }

    /// Gives the bytes below `node` halves of halves of `mass`.
    fn share_out(&self, node: usize, mass: u64, walk: &mut Walk) {
        for (bit, mass) in [(0, mass - mass / 2), (1, mass / 2)] {
            match self.tree.next(node, bit) {
                leaf @ 256.. => walk.add(leaf as u8, mass),
                node => self.share_out(node, mass, walk),
            }
        }
    }

    /// The decision that was just foretold.
    fn decision(&self, scratch: &Scratch, p1: u32, bit: u32) -> Decision {
        let count = inputs_of(self.ensemble);
        let inputs = scratch.inputs.0.as_flattened().iter().take(count).copied().collect();
        Decision { p1: p1 as u16, bit: bit == 1, inputs, weights: self.gate.weights_of(count) }
    }

    /// What learning the decision that was just foretold will change.
    fn kept(&self, scratch: &Scratch) -> Kept {
        let guesses = self.guesses.iter().zip(&scratch.guesses);
        Kept {
            gate: self.gate.kept(),
            matches: self.matches.iter().map(|model| model.kept()).collect(),
            guesses: guesses.map(|(map, &cell)| if cell > 0 { map.kept(cell - 1) } else { 0 }).collect(),
        }
    }

    fn restore(&mut self, kept: &Kept, scratch: &Scratch) {
        self.gate.restore(&kept.gate);
        self.matches.iter_mut().zip(&kept.matches).for_each(|(model, &kept)| model.restore(kept));
        for ((map, &cell), &kept) in self.guesses.iter_mut().zip(&scratch.guesses).zip(&kept.guesses) {
            if cell > 0 {
                map.restore(cell - 1, kept);
            }
        }
    }
}

impl Walk {
    /// Whether the way to the byte that will come leads through here.
    fn leads(&self, at: At) -> bool {
        at.path == 1 << at.done | self.sought >> (16 - at.done)
    }

    /// Which way it goes on there.
    fn next(&self, at: At) -> u32 {
        self.sought >> ((15 - at.done) & 15) & 1
    }

    fn add(&mut self, byte: u8, mass: u64) {
        let odds = &mut self.foresight.odds[usize::from(byte)];
        *odds = u32::try_from(u64::from(*odds) + mass).unwrap_or(u32::MAX);
    }
}
