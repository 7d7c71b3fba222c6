//! A group that grows by flushes: its codec's state lives on from one to the next.

use super::SEGMENT_MAX;
use super::group::{GroupDecoder, GroupHead};
use super::pack::{GroupPlan, PackOptions, split_blocks};
use super::record::{RecordType, put_record};
use crate::chunk::detect::{self, Class};
use crate::codec::{self, BlockCodec, CodecId, UNLIMITED, mix::primer, neural};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::options::Preset;
use crate::predict::ensemble::GENERAL;
use crate::predict::mix::ensemble::PROSE;

/// An open group.
pub(crate) struct StreamGroup {
    codec: Box<dyn BlockCodec>,
    /// Decodes alongside where the caller wants it verified.
    verifier: Option<GroupDecoder>,
    /// Bytes of output that the group can still take.
    room: u64,
}

impl StreamGroup {
    /// The codec of such a group and its ensemble; `None` where the options leave none that takes a group piece by piece. Of what the group
    /// will hold nothing is known: where nobody has asked for another codec it is `order`, and the ensemble is a model's or that for prose.
    pub(crate) fn coding(options: &PackOptions) -> Option<(CodecId, u8)> {
        let codec = match options.codec {
            Some(codec) => codec,
            None if Preset::of_level(options.level) == Preset::Fast => return None,
            None => CodecId::Order,
        };
        let mut models = options.models.iter();
        let ensemble = match codec {
            CodecId::Neural if options.neural.pure => neural::PURE,
            CodecId::Neural => neural::ENSEMBLES[0],
            CodecId::Mix => models.find_map(|model| primer::ensemble_of(model.part("primer")?)).unwrap_or(PROSE),
            _ => GENERAL,
        };
        (codec.is_available() && !codec.is_whole_group()).then_some((codec, ensemble))
    }

    /// The head of a group of at most `bound` bytes, and what of `models` it is coded with. The caller puts the models' places in
    /// the frame into the head.
    pub(crate) fn head((codec, ensemble): (CodecId, u8), bound: u64, models: &[Model]) -> (GroupHead, Vec<Model>) {
        let head = GroupHead {
            open: true,
            codec,
            ensemble,
            arg: 0,
            filters: Vec::new(),
            out_len: bound,
            literal_len: bound,
            models: Vec::new(),
        };
        let models = codec::models_used(codec, &head.params(0), models);
        (head, models)
    }

    /// Writes the GROUP record of the group that `head` and `models` describe.
    pub(crate) fn start(
        head: &GroupHead,
        models: &[Model],
        options: &PackOptions,
        out: &mut Vec<u8>,
    ) -> Result<StreamGroup> {
        let mut body = Vec::new();
        head.write(options.checksum, &mut body);
        put_record(out, RecordType::Group, &body);
        let verifier = match options.verify {
            true => Some(GroupDecoder::open(head, models, options.checksum, &UNLIMITED)?),
            false => None,
        };
        let codec = codec::open_with(head.codec, &head.params(options.level), models, &UNLIMITED)?;
        Ok(StreamGroup { codec, verifier, room: head.out_len })
    }

    /// Whether `len` more bytes of output fit.
    pub(crate) fn has_room(&self, len: u64) -> bool {
        len <= self.room
    }

    /// Writes the blocks of `plan`.
    pub(crate) fn append(&mut self, plan: &GroupPlan, options: &PackOptions, out: &mut Vec<u8>) -> Result<()> {
        let mut pos = 0;
        let mut body = Vec::new();
        for (mut head, len) in split_blocks(&plan.segments, plan.offset, SEGMENT_MAX) {
            let block = &plan.literals[pos..pos + len];
            // A codec cannot take a bad block back, so what looks dense is not shown to it.
            head.raw = detect::classify(block) == Class::Dense;
            body.clear();
            head.write(options.checksum, &mut body);
            let table = body.len();
            if head.raw {
                body.extend_from_slice(block);
            } else if len > 0 {
                self.codec.encode(block, &mut body)?;
            }
            if let Some(verifier) = &mut self.verifier
                && verifier.decode(&head, &body[table..])? != block
            {
                return Err(Error::Internal("a block does not decode to what was encoded"));
            }
            put_record(out, RecordType::Block, &body);
            self.room -= head.out_len();
            pos += len;
        }
        Ok(())
    }
}
