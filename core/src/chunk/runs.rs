//! Runs: chunks of one class of content join into a group; a short stretch of another class stays where it is.

use super::detect::Class;

/// A stretch of another class shorter than this does not end a group: starting a model afresh costs more than it saves.
const SWITCH_MIN: usize = 512 << 10;
/// The same for what cannot be compressed, which only costs time in its group.
const SWITCH_MIN_DENSE: usize = 128 << 10;

/// Follows the classes of one group's chunks.
#[derive(Debug)]
pub(crate) struct Runs {
    /// Whether groups end at a change of class at all.
    split: bool,
    /// Whether kinds of compressible content are told apart.
    fine: bool,
    /// Bytes of each class in the group.
    tally: Vec<(Class, usize)>,
    /// The stretch at the group's end that is of another class than the group.
    stray: Option<Stray>,
}

/// Where a stretch started.
#[derive(Debug)]
struct Stray {
    at: usize,
    segment: usize,
    tally: Vec<(Class, usize)>,
}

impl Runs {
    pub(crate) fn new(split: bool, fine: bool) -> Runs {
        Runs { split, fine, tally: Vec::new(), stray: None }
    }

    /// Adds a chunk of `len` bytes at byte `at` of the group, its first segment being `segment`. A `class` of `None` joins
    /// whatever is there. Returns where the group should have ended, once that is plain.
    pub(crate) fn add(
        &mut self,
        class: Option<Class>,
        len: usize,
        at: usize,
        segment: usize,
    ) -> Option<(usize, usize)> {
        // A repeated chunk costs nothing, so it says nothing about the stretch around it.
        let class = class?;
        let group = main_class(&self.tally);
        if self.tally.is_empty() || !self.split || self.same(group, class) {
            // Back to the group's own class: the stretch was a stray one.
            if let Some(stray) = self.stray.take() {
                for (class, len) in stray.tally {
                    count(&mut self.tally, class, len);
                }
            }
            count(&mut self.tally, class, len);
            return None;
        }
        let stray = self.stray.get_or_insert_with(|| Stray { at, segment, tally: Vec::new() });
        count(&mut stray.tally, class, len);
        let total: usize = stray.tally.iter().map(|&(_, len)| len).sum();
        let dense = (main_class(&stray.tally) == Class::Dense) != (group == Class::Dense);
        let enough = if dense { SWITCH_MIN_DENSE } else { SWITCH_MIN };
        if total < enough {
            return None;
        }
        Some((stray.at, stray.segment))
    }

    /// The class of the group that ends at byte `at`; what is behind it starts the next group.
    pub(crate) fn end_group(&mut self, at: usize) -> Class {
        let mut next = Vec::new();
        if let Some(stray) = self.stray.take() {
            if stray.at >= at {
                next = stray.tally;
            } else {
                for (class, len) in stray.tally {
                    count(&mut self.tally, class, len);
                }
            }
        }
        main_class(&std::mem::replace(&mut self.tally, next))
    }

    /// Whether the classes share groups. Machine code and other binary data do, as programs hold both and one model learns
    /// from the other.
    fn same(&self, a: Class, b: Class) -> bool {
        let text = |class| self.fine && class == Class::Text;
        let dense = |class| class == Class::Dense;
        text(a) == text(b) && dense(a) == dense(b)
    }
}

fn count(tally: &mut Vec<(Class, usize)>, class: Class, len: usize) {
    match tally.iter_mut().find(|(known, _)| *known == class) {
        Some((_, total)) => *total += len,
        None => tally.push((class, len)),
    }
}

/// The class of most bytes; of a tie, the first.
fn main_class(tally: &[(Class, usize)]) -> Class {
    let mut best = (Class::Binary, 0);
    for &(class, len) in tally {
        if len > best.1 {
            best = (class, len);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use Class::*;

    /// The cuts that chunks of 128 KiB of these classes lead to, in chunks, and the class of each group.
    fn groups(classes: &[Option<Class>]) -> Vec<(usize, Class)> {
        const CHUNK: usize = 128 << 10;
        let mut runs = Runs::new(true, true);
        let (mut start, mut list) = (0, Vec::new());
        for (index, &class) in classes.iter().enumerate() {
            if let Some((at, _)) = runs.add(class, CHUNK, index * CHUNK - start, 0) {
                list.push((start / CHUNK, runs.end_group(at)));
                start += at;
            }
        }
        list.push((start / CHUNK, runs.end_group(classes.len() * CHUNK - start)));
        list
    }

    #[test]
    fn short_stretches_stay() {
        let classes = [Text, Text, Binary, Binary, Text, Binary, Text].map(Some);
        assert_eq!(groups(&classes), [(0, Text)]);
        assert_eq!(groups(&[Some(X86), Some(Binary), Some(X86), Some(Binary), Some(Binary)]), [(0, Binary)]);
    }

    #[test]
    fn long_stretches_start_where_they_start() {
        let classes = [Text, Text, X86, Binary, X86, X86, X86, Dense, Text].map(Some);
        assert_eq!(groups(&classes), [(0, Text), (2, X86), (7, Dense), (8, Text)]);
        let classes = [Some(Text), Some(Binary), None, Some(Binary), Some(Binary), Some(Binary)];
        assert_eq!(groups(&classes), [(0, Text), (1, Binary)]);
    }
}
