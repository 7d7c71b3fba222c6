//! Contexts and what followed them, as a sorted list of keys with a tree of cells each.
//!
//! A context is stored by the 40 bits of its hash from which all of its slots are found. Behind each key stands what
//! the slot of its first group of decisions says, then, for each group that came next and is worth keeping, the slot of that group, and so
//! on: a tree over the decisions of the bytes that followed. A cell is its bit history, and P(1) in 64 steps of the logistic domain; the decisions
//! seen follow from the history.

use super::numbers::{Flag, Number, Symbol};
use crate::coder::binary::BitCoder;
use crate::predict::arena::Arena;
use crate::predict::bit_history::{STATES, counts};
use crate::predict::logistic::{squash, stretch};
use crate::predict::mix::slots::{Home, KEY, NOTHING, Slot};
use crate::predict::mix::tree::{DEPTH_MAX, Tree};

/// Steps of the logistic domain between two levels of P(1); a level is at most 31 either way.
const LEVEL: i32 = 72;
/// Levels of cells.
const LEVELS: usize = DEPTH_MAX as usize + 1;

/// Adaptive probabilities of everything that a cell is made of.
#[derive(Debug)]
pub struct Cells {
    key: Number,
    /// Whether the last byte is the likeliest, and came every time, by the times.
    likely: Vec<Flag>,
    whole: Vec<Flag>,
    run_byte: Symbol,
    run_count: Number,
    /// Whether there is a cell, by what its parent says and the depth.
    present: Vec<Flag>,
    /// Whether its history is its parent's, by the parent's history.
    same: Vec<Flag>,
    /// The history, by a class of the parent's.
    state: Vec<Symbol>,
    /// Whether P(1) is what the history suggests, and what else, by a class of the history.
    usual: Vec<Flag>,
    level: Vec<Number>,
}

impl Default for Cells {
    fn default() -> Self {
        Cells {
            key: Number::default(),
            likely: vec![Flag::default(); 256],
            whole: vec![Flag::default(); 256],
            run_byte: Symbol::default(),
            run_count: Number::default(),
            present: vec![Flag::default(); LEVELS * 16],
            same: vec![Flag::default(); 256],
            state: vec![Symbol::default(); 16],
            usual: vec![Flag::default(); 256],
            level: vec![Number::default(); 256],
        }
    }
}

/// What a cell is stored as.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    state: u8,
    level: i32,
}

impl Kept {
    fn of(slot: &Slot, node: usize) -> Self {
        Kept { state: slot.state(node), level: level_of(u32::from(slot.word(node) & 0xFFF0 | 8)) }
    }
}

/// The likeliest level for a history.
fn usual_level(state: u8) -> i32 {
    level_of(crate::predict::bit_history::prior(usize::from(state) % STATES))
}

fn level_of(p: u32) -> i32 {
    let x = stretch(p.min(65_535));
    ((x.abs() + LEVEL / 2) / LEVEL).min(31) * x.signum()
}

fn word_of(kept: Kept) -> u16 {
    let p = squash(kept.level * LEVEL).clamp(16, 65_519) as u16;
    let [zeros, ones] = counts(usize::from(kept.state));
    p & 0xFFF0 | (zeros + ones).min(15) as u16
}

/// Where a group begins, and what is above it.
#[derive(Clone, Copy, Debug)]
struct Above {
    /// The group's first node.
    node: usize,
    /// Decisions above it, and the last of them.
    depth: u32,
    turn: u32,
    /// The cell of the last of them.
    cell: Kept,
}

/// Places of a slot, and one more.
const SLOT: usize = 8;

fn is_inner(node: usize) -> bool {
    (1..256).contains(&node)
}

fn share(state: u8) -> usize {
    let [zeros, ones] = counts(usize::from(state));
    let mixed = usize::from(zeros > 0 && ones > 0);
    ((zeros + ones).min(7) as usize) << 1 | mixed
}

/// Codes the contexts of `keys`, ascending, that `source` knows; cells of which less than `least` is known are left out, with all that
/// follows from them. A decoder gives none, and `take` gets what there was.
pub struct Trees<'a> {
    /// Where slots are read (or written).
    pub arena: &'a mut Arena,
    /// How bytes are taken apart.
    pub tree: &'a Tree,
    /// Decisions that a cell must have seen.
    pub least: u32,
    /// Whether slots are written.
    pub writes: bool,
    /// Adaptive state.
    pub cells: Cells,
}

impl Trees<'_> {
    /// Codes one context, `before` being the key of the last one. Returns its key.
    pub fn code<C: BitCoder>(&mut self, coder: &mut C, before: u64, key: u64) -> u64 {
        let key = before.wrapping_add(self.cells.key.code(coder, key.wrapping_sub(before) & KEY)) & KEY;
        let root = Above { node: 1, depth: 0, turn: 1, cell: Kept::default() };
        let likely = self.group(coder, Home::new(key), root);
        self.run(coder, Home::new(key), likely);
        key
    }

    /// Codes which byte came last in the context, and how often in a row; `likely` is what the cells would have, and how often the first of
    /// them has seen anything.
    fn run<C: BitCoder>(&mut self, coder: &mut C, home: Home, likely: Option<(u8, u8)>) {
        let Some((byte, seen)) = likely else { return };
        let place = home.look(self.arena, 1);
        let run = if self.writes { (0, 0) } else { place.map_or((0, 0), |place| place.slot(self.arena).run()) };
        let is_likely = self.cells.likely[usize::from(seen)].code(coder, run.0 == byte);
        let byte = if is_likely { byte } else { self.cells.run_byte.code(coder, run.0) };
        let is_whole = self.cells.whole[usize::from(seen)].code(coder, run.1 == seen);
        let count = if is_whole { seen } else { self.cells.run_count.code(coder, u64::from(run.1)).min(127) as u8 };
        if self.writes
            && let Some(place) = place
        {
            let mut slot = place.slot(self.arena);
            slot.set_run(byte, count);
            place.store(self.arena, &slot);
        }
    }

    /// Codes the slot of a group of decisions, and all that follows. Returns the likeliest byte, and the decisions that the first cell has
    /// seen.
    fn group<C: BitCoder>(&mut self, coder: &mut C, home: Home, above: Above) -> Option<(u8, u8)> {
        let Above { node, depth, .. } = above;
        // A slot is made when it is known that something is in it.
        let known =
            if self.writes { None } else { home.look(self.arena, node as u32).map(|place| place.slot(self.arena)) };
        let mut made = None;
        // Nodes of the tree and what is kept of them, by the place in the group; a place that is not has node 0, or state 0.
        let mut nodes = [0; 2 * SLOT];
        nodes[1] = node;
        let mut kept = [Kept::default(); SLOT];
        for local in 1..SLOT {
            if !is_inner(nodes[local]) {
                continue;
            }
            [nodes[2 * local], nodes[2 * local + 1]] = [0, 1].map(|bit| self.tree.next(nodes[local], bit));
            let (cell, turn) = if local == 1 { (above.cell, above.turn) } else { (kept[local / 2], local as u32 & 1) };
            if local > 1 && cell.state == 0 {
                continue;
            }
            let now = known.map_or(Kept::default(), |slot| Kept::of(&slot, local));
            let Some(now) = self.cell(coder, depth + local.ilog2(), turn, cell, now) else { continue };
            kept[local] = now;
            if self.writes {
                let (place, slot) = made.get_or_insert_with(|| {
                    let mut slot = Slot::default();
                    (home.load(self.arena, node as u32, NOTHING, &mut slot), slot)
                });
                slot.learn(local, now.state, word_of(now));
                place.store(self.arena, slot);
            }
        }
        let seen = counts(usize::from(kept[1].state)).iter().sum::<u32>() as u8;
        let mut likely = (kept[1].state != 0).then_some(1usize)?;
        while likely < SLOT && is_inner(nodes[likely]) {
            likely = likely << 1 | usize::from(kept[likely].level > 0);
        }
        let mut byte = if nodes[likely] < 256 { 0 } else { nodes[likely] as u8 };
        for local in SLOT..2 * SLOT {
            let cell = kept[local / 2];
            if is_inner(nodes[local]) && cell.state != 0 {
                let below = Above { node: nodes[local], depth: depth + SLOT.ilog2(), turn: local as u32 & 1, cell };
                let found = self.group(coder, home, below);
                if local == likely {
                    byte = found.map_or(0, |(byte, _)| byte);
                }
            }
        }
        Some((byte, seen))
    }

    /// Codes one cell, if it is worth it.
    fn cell<C: BitCoder>(&mut self, coder: &mut C, level: u32, turn: u32, above: Kept, now: Kept) -> Option<Kept> {
        let seen: u32 = counts(usize::from(now.state)).iter().sum();
        let parent = counts(usize::from(above.state))[turn as usize & 1];
        let class = if level == 0 { 0 } else { parent.min(15) as usize };
        let present = &mut self.cells.present[level as usize % LEVELS * 16 + class];
        if !present.code(coder, now.state != 0 && seen >= self.least) {
            return None;
        }
        let same = self.cells.same[usize::from(above.state)].code(coder, now.state == above.state);
        let state = if same { above.state } else { self.cells.state[share(above.state) % 16].code(coder, now.state) };
        let state = if usize::from(state) < STATES { state } else { 0 };
        let usual = usual_level(state);
        let is_usual = self.cells.usual[usize::from(state)].code(coder, now.level == usual);
        let level = if is_usual {
            usual
        } else {
            usual.saturating_add(self.cells.level[usize::from(state)].code_signed(coder, now.level - usual))
        };
        Some(Kept { state, level: level.clamp(-31, 31) })
    }
}
