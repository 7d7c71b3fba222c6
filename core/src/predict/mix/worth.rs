//! What a small context was worth so far, as a logistic value that is read far more often than it changes.
//!
//! Decisions are counted as they come; [`Worth::settle`] turns the counts into values now and then, so that asking is one load and learning one
//! increment. Settling every 4 KiB is no worse than adapting at once (0.01 % on English) and halves the time of an expert.
//!
//! Cost: 16 bytes a cell. Source: the indirect counters of Mahoney's PAQ6 and ZPAQ, settled in batches.

use crate::error::{Result, try_zeroed};
use crate::predict::logistic::{STRETCH_LIMIT, squash, stretch};

/// Decisions that a cell's first guess counts for.
const PRIOR_WEIGHT: u64 = 3;
/// Decisions seen in a cell before its counts are halved.
const HALVE_AT: u32 = 1 << 11;

/// Decisions that a value counts for that was taken over.
const RETOLD: u32 = 1 << 8;

/// A history that was right 31 times in 32 counts twice.
const SURE: i32 = 879;

/// What a cell says besides its logistic value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// The value again where it is nearly certain, else nothing.
    Sure,
    /// The probability's distance from a half, of 1,024: better on machine code and tables by 0.3 %.
    Linear,
}

impl Second {
    fn of(self, value: i32) -> i32 {
        match self {
            Second::Sure if value.abs() > SURE => value,
            Second::Sure => 0,
            Second::Linear => (squash(value) as i32 - 32_768) >> 5,
        }
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Worth {
    /// Value of each cell in the logistic domain, and what it says besides.
    values: Vec<[i16; 2]>,
    second: Second,
    /// Zeros and ones since the last settling.
    fresh: Vec<[u16; 2]>,
    total: Vec<[u32; 2]>,
    /// First guesses of P(1), of 65,536; repeated.
    priors: Vec<u32>,
}

impl Worth {
    /// `experts` times a cell for each of `priors`, the first guesses of P(1), of 65,536.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(experts: usize, priors: Vec<u32>, second: Second) -> Result<Self> {
        let cells = experts * priors.len();
        let mut values = try_zeroed(cells)?;
        for row in values.chunks_exact_mut(priors.len()) {
            for (value, &prior) in row.iter_mut().zip(&priors) {
                *value = pair(prior, second);
            }
        }
        Ok(Worth { values, second, fresh: try_zeroed(cells)?, total: try_zeroed(cells)?, priors })
    }

    /// The logistic value of a cell.
    #[inline(always)]
    pub fn value(&self, cell: usize) -> i32 {
        i32::from(self.values[cell][0])
    }

    /// The logistic value of a cell, and what it says besides.
    #[inline(always)]
    pub fn values(&self, cell: usize) -> [i32; 2] {
        self.values[cell].map(i32::from)
    }

    /// Passes the values of each expert's cells, and those that they began with, to `code`, and takes over what it makes of them, as if each
    /// had been seen 256 times.
    pub fn retell(&mut self, mut code: impl FnMut(&mut [i32], &[i32])) {
        let len = self.priors.len();
        let first: Vec<i32> = self.priors.iter().map(|&prior| stretch(prior)).collect();
        let rows = self.values.chunks_exact_mut(len).zip(self.fresh.chunks_exact_mut(len));
        for ((values, fresh), total) in rows.zip(self.total.chunks_exact_mut(len)) {
            let mut row: Vec<i32> = values.iter().map(|value| i32::from(value[0])).collect();
            code(&mut row, &first);
            fresh.fill([0, 0]);
            for (cell, &value) in row.iter().enumerate() {
                let value = value.clamp(-STRETCH_LIMIT, STRETCH_LIMIT);
                values[cell] = [value, self.second.of(value)].map(|value| value as i16);
                let ones = (squash(value) * RETOLD) >> 16;
                total[cell] = if value == first[cell] { [0, 0] } else { [RETOLD - ones, ones] };
            }
        }
    }

    /// Counts a decision; at most 65,535 of a cell between two settlings.
    #[inline(always)]
    pub fn count(&mut self, cell: usize, bit: u32) {
        let fresh = &mut self.fresh[cell][bit as usize & 1];
        *fresh = fresh.wrapping_add(1);
    }

    /// Turns the counts so far into values.
    pub fn settle(&mut self) {
        let priors = self.priors.iter().cycle();
        for (((value, fresh), total), &prior) in
            self.values.iter_mut().zip(&mut self.fresh).zip(&mut self.total).zip(priors)
        {
            if *fresh == [0, 0] {
                continue;
            }
            let [mut n0, mut n1] = [0, 1].map(|bit| total[bit] + u32::from(fresh[bit]));
            *fresh = [0, 0];
            let ones = (u64::from(n1) << 16) + u64::from(prior) * PRIOR_WEIGHT;
            *value = pair((ones / (u64::from(n0 + n1) + PRIOR_WEIGHT)) as u32, self.second);
            if n0 + n1 > HALVE_AT {
                (n0, n1) = (n0 / 2, n1 / 2);
            }
            *total = [n0, n1];
        }
    }
}

fn pair(p: u32, second: Second) -> [i16; 2] {
    let value = stretch(p);
    [value, second.of(value)].map(|value| value as i16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_change_when_settled_and_follow_what_was_seen() {
        let mut worth = Worth::new(2, vec![1 << 15, 1 << 14], Second::Linear).unwrap();
        assert!(worth.value(2).abs() <= 1);
        for _ in 0..100 {
            worth.count(2, 1);
        }
        assert!(worth.value(2).abs() <= 1);
        worth.settle();
        assert!(worth.value(2) > 900);
        assert!((900..1024).contains(&worth.values(2)[1]));
        assert!(worth.value(0).abs() <= 1);
        for _ in 0..20 {
            (0..1000).for_each(|_| worth.count(2, 0));
            worth.settle();
        }
        assert!(worth.value(2) < -900);
    }
}
