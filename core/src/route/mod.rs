//! The router: which codec, with which parameters and filters, for a group.

use crate::chunk::detect::Class;
use crate::codec::filter::FilterSpec;
use crate::codec::{CodecId, Params};
use crate::error::Result;

/// A decision of the router, for listings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// First byte of the group in the frame's output.
    pub offset: u64,
    /// Bytes of output.
    pub len: u64,
    /// What the content was taken for.
    pub class: Class,
    /// The codec that coded it.
    pub codec: CodecId,
    /// Number of the codec's expert set.
    pub ensemble: u8,
    /// Filters before the codec.
    pub filters: Vec<FilterSpec>,
    /// Bytes that the group takes in the frame.
    pub packed: u64,
    /// Why this codec.
    pub why: &'static str,
}

/// How to code a group.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) codec: CodecId,
    pub(crate) params: Params,
    pub(crate) filters: Vec<FilterSpec>,
    pub(crate) why: &'static str,
}

impl Choice {
    pub(crate) fn store(len: usize, why: &'static str) -> Choice {
        let params = Params { group_len: len, ..Params::default() };
        Choice { codec: CodecId::Store, params, filters: Vec::new(), why }
    }
}

/// Chooses for the coded bytes of one group.
pub(crate) fn choose(data: &[u8], class: Class, level: u8, forced: Option<CodecId>) -> Result<Choice> {
    let params = Params { level, group_len: data.len(), ..Params::default() };
    if let Some(codec) = forced {
        return Ok(Choice { codec, params, filters: Vec::new(), why: "forced" });
    }
    if class == Class::Dense {
        return Ok(Choice::store(data.len(), "looks random"));
    }
    let codec = [CodecId::Zstd, CodecId::Lz].into_iter().find(|codec| codec.is_available());
    match codec {
        Some(codec) => Ok(Choice { codec, params, filters: Vec::new(), why: "preset fast" }),
        None => Ok(Choice::store(data.len(), "no codec suits")),
    }
}
