//! The weights: safetensors in one file or several, as 32-bit floats.

use anyhow::{Context, Result, bail};
use safetensors::{Dtype, SafeTensors};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// Weights by their names.
pub struct Tensors(HashMap<String, Vec<f32>>);

impl Tensors {
    /// Everything in the `.safetensors` files of `folder`.
    ///
    /// # Errors
    /// There are none, or one cannot be read.
    pub fn read(folder: &Path) -> Result<Tensors> {
        let mut all = HashMap::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "safetensors") {
                let bytes = fs::read(&path)?;
                let file = SafeTensors::deserialize(&bytes).map_err(|err| anyhow::anyhow!("{err}"));
                let file = file.with_context(|| format!("cannot read {}", path.display()))?;
                for (name, tensor) in file.iter() {
                    let values = floats(tensor.dtype(), tensor.data()).with_context(|| format!("tensor {name}"))?;
                    all.insert(name.to_owned(), values);
                }
            }
        }
        if all.is_empty() {
            bail!("no .safetensors in {}", folder.display());
        }
        Ok(Tensors(all))
    }

    /// Takes the tensor `name`, which has `count` elements.
    ///
    /// # Errors
    /// It is not there or has another size.
    pub fn take(&mut self, name: &str, count: usize) -> Result<Vec<f32>> {
        let values = self.0.remove(name).with_context(|| format!("tensor {name} is missing"))?;
        if values.len() != count {
            bail!("tensor {name} has {} elements, not {count}", values.len());
        }
        Ok(values)
    }

    /// Takes the tensor `name`, whose rows have `columns` elements.
    ///
    /// # Errors
    /// It is not there or has no whole rows.
    pub fn take_rows(&mut self, name: &str, columns: usize) -> Result<Vec<f32>> {
        let len = self.0.get(name).map_or(0, Vec::len);
        self.take(name, len.next_multiple_of(columns.max(1)))
    }
}

fn floats(dtype: Dtype, data: &[u8]) -> Result<Vec<f32>> {
    let halves =
        |read: fn(u16) -> f32| data.as_chunks().0.iter().map(|&bytes| read(u16::from_le_bytes(bytes))).collect();
    Ok(match dtype {
        Dtype::F32 => data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
        Dtype::BF16 => halves(|bits| f32::from_bits(u32::from(bits) << 16)),
        Dtype::F16 => halves(half),
        other => bail!("weights of type {other:?} are not known here"),
    })
}

/// A number of 16 bits: sign, 5 bits of exponent, 10 of fraction.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023) / 1024.0);
    sign * match exponent {
        0 => fraction * 2f32.powi(-14),
        31 => f32::INFINITY,
        _ => (1.0 + fraction) * 2f32.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_read() {
        for (bits, value) in
            [(0x3C00, 1.0), (0xC000, -2.0), (0x3555, 0.333_251_95), (0x0001, 5.960_464_5e-8), (0x7BFF, 65_504.0)]
        {
            assert_eq!(half(bits), value);
        }
        assert_eq!(floats(Dtype::BF16, &[0x80, 0x3F, 0x49, 0x40]).unwrap(), [1.0, 3.140_625]);
        assert!(floats(Dtype::I8, &[1]).is_err());
    }
}
