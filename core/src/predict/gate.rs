//! The gate: an online-trained logistic mixer.
//!
//! Input: the experts' predictions in the logistic domain (256 steps a unit). A row of weights, chosen by a small context,
//! weighs them; the weighted sum is the blended prediction, again in the logistic domain. After the decision each weight
//! moves by input times error, which is gradient descent on the coding cost (Mattern 2012, Mahoney's PAQ6 mixer).
//!
//! Weights are of 65,536 and within ±8. Since inputs stay below 2^12 and weights below 2^19, no product wraps.
//! Cost: 4 bytes a weight; about 20 vector instructions a decision and eight inputs.

use crate::error::{Result, try_filled};
use crate::kernels::vector::Lanes;

/// A weight of one.
pub const ONE: i32 = 1 << 16;
const LIMIT: i32 = (1 << 19) - 1;

#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
struct Row<const V: usize>([[i32; 8]; V]);

/// `ROWS` rows of `8 * V` weights. `ROWS` is a power of two; row numbers are taken modulo `ROWS`.
#[derive(Clone, Debug)]
pub struct Gate<const V: usize, const ROWS: usize> {
    rows: Box<[Row<V>; ROWS]>,
}

impl<const V: usize, const ROWS: usize> Gate<V, ROWS> {
    /// A gate whose weights all begin at `weight`.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(weight: i32) -> Result<Self> {
        let rows = try_filled(ROWS, Row([[weight; 8]; V]))?;
        Ok(Gate { rows: rows.into_boxed_slice().try_into().expect("ROWS rows were made") })
    }

    /// The blended prediction of row `row`, in the logistic domain, not clamped.
    #[inline(always)]
    pub fn blend<L: Lanes>(&self, row: usize, inputs: &[L; V]) -> i32 {
        let weights = &self.rows[row % ROWS].0;
        let mut sum = 0i32;
        for v in 0..V {
            sum = sum.wrapping_add(inputs[v].dot(&weights[v]));
        }
        sum >> 8
    }

    /// Moves the weights of row `row`; `error` is the learning rate times (bit - P(1)), of 65,536 and below 2^18.
    #[inline(always)]
    pub fn train<L: Lanes>(&mut self, row: usize, inputs: &[L; V], error: i32) {
        let weights = &mut self.rows[row % ROWS].0;
        for v in 0..V {
            inputs[v].train(&mut weights[v], error, LIMIT);
        }
    }
}
