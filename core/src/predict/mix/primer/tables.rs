//! Tables that hold few numbers beside those that they began with.

use super::numbers::{Flag, Number};
use crate::coder::binary::BitCoder;

/// Codes a row of `cells` against `model`: whether any differs, and the differences, in `step`s.
#[derive(Clone, Debug, Default)]
pub struct Row {
    differs: Flag,
    zero: [Flag; 3],
    number: [Number; 2],
}

impl Row {
    /// Codes a row. `first` is what the row is without; values come back in whole steps beside it.
    pub fn code<C: BitCoder>(&mut self, coder: &mut C, values: &mut [i32], first: &[i32], step: i32) {
        let steps = |value: i32, first: i32| {
            let apart = value.wrapping_sub(first);
            (apart.saturating_add(apart.signum() * (step / 2))) / step
        };
        let differs = values.iter().zip(first).any(|(&value, &first)| steps(value, first) != 0);
        if !self.differs.code(coder, differs) {
            values.copy_from_slice(first);
            return;
        }
        let mut last = 0usize;
        for (value, &first) in values.iter_mut().zip(first) {
            let apart = steps(*value, first);
            let zero = self.zero[last].code(coder, apart == 0);
            let apart = if zero {
                0
            } else {
                let number = &mut self.number[usize::from(last > 1)];
                let folded = number.code_signed(coder, if apart > 0 { apart - 1 } else { apart });
                if folded >= 0 { folded.saturating_add(1) } else { folded }
            };
            last = (apart.unsigned_abs() as usize).min(2);
            *value = first.saturating_add(apart.saturating_mul(step));
        }
    }
}
