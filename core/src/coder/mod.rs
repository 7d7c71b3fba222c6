//! Entropy coders: integers in, bytes out, nothing else known.
//!
//! [`binary`] codes one decision at a 16-bit probability; every codec of this crate ends in it. [`range`] codes one symbol
//! of an alphabet at an integer frequency, and [`cdf`] makes such frequencies of weights or logits. The last two are
//! there for authors of codecs with a model of their own: encoder and decoder call the same quantiser with the same
//! integers and so agree for ever, on every machine.
//!
//! ```
//! use vatic::coder::{cdf::{Cdf, Quantiser}, range::{RangeDecoder, RangeEncoder}};
//!
//! // A model's integer logits for an alphabet of four, in 1/65536 of a natural logarithm.
//! let logits = [0, -65_536, 131_072, -400_000];
//! let mut table = Cdf::default();
//! Quantiser::new(1 << 16)?.logits(&logits, &mut table)?;
//!
//! let symbols = [2, 2, 0, 2, 1, 2, 3];
//! let mut bytes = Vec::new();
//! let mut encoder = RangeEncoder::new(&mut bytes);
//! encoder.encode_slice(&symbols, &table)?;
//! encoder.finish();
//!
//! let mut decoder = RangeDecoder::new(&bytes);
//! let mut read = [0; 7];
//! decoder.decode_slice(&table, &mut read)?;
//! decoder.finish()?;
//! assert_eq!(read, symbols);
//! # Ok::<(), vatic::Error>(())
//! ```

pub mod binary;
pub mod cdf;
pub mod range;
