//! What a file says about itself, by the numbers of the tables.

use crate::failure::{Failure, Result};
use crate::settings::Settings;
use crate::tables::{Status, UNKNOWN, info_field};
use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::Path;
use vatic::{FrameInfo, GroupInfo, Info};

/// Describes the file in `data` without decoding it.
///
/// # Errors
/// Where it is no whole file of this format; with keys in the settings, all that can go wrong with keys.
pub fn of_bytes(data: &[u8], settings: &Settings) -> Result<Info> {
    Ok(vatic::info_with(&mut Cursor::new(data), &settings.decode())?)
}

/// Describes the file at `path` without reading its payloads.
///
/// # Errors
/// [`Status::Io`], and as [`of_bytes`].
pub fn of_file(path: &Path, settings: &Settings) -> Result<Info> {
    let file = File::open(path).map_err(|error| Failure::at(path, &error))?;
    Ok(vatic::info_with(&mut BufReader::new(file), &settings.decode())?)
}

/// What is asked about a file, one of its frames, or one of a frame's groups.
///
/// # Errors
/// [`Status::NotFound`] for a field, frame or group that is not there.
pub fn value(info: &Info, field: i32, frame: usize, group: usize) -> Result<u64> {
    let missing = |what: String| Failure::new(Status::NotFound, what);
    let frame_at = || -> Result<&FrameInfo> {
        info.frames.get(frame).ok_or_else(|| missing(format!("there is no frame {frame} among {}", info.frames.len())))
    };
    let group_at = || -> Result<&GroupInfo> {
        let groups = &frame_at()?.groups;
        groups.get(group).ok_or_else(|| missing(format!("there is no group {group} among {}", groups.len())))
    };
    Ok(match field {
        info_field::FRAMES => info.frames.len() as u64,
        info_field::CONTENT_LENGTH => info.content_length().unwrap_or(UNKNOWN),
        info_field::PACKED_LENGTH => info.packed_length(),
        info_field::SEALED => u64::from(info.is_sealed()),
        info_field::FRAME_CONTENT_LENGTH => frame_at()?.content_length.unwrap_or(UNKNOWN),
        info_field::FRAME_PACKED_LENGTH => frame_at()?.packed_length,
        info_field::FRAME_SEALED => u64::from(frame_at()?.sealed.is_some()),
        info_field::FRAME_CHECKSUM => u64::from(frame_at()?.checksum),
        info_field::FRAME_GROUPS => frame_at()?.groups.len() as u64,
        info_field::FRAME_MODELS => frame_at()?.models.len() as u64,
        info_field::GROUP_OFFSET => group_at()?.offset,
        info_field::GROUP_LENGTH => group_at()?.len,
        info_field::GROUP_PACKED_LENGTH => group_at()?.packed,
        info_field::GROUP_CODEC => group_at()?.codec as u64,
        _ => return Err(missing(format!("there is no field {field}"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::ENUMS;

    #[test]
    fn every_field_has_an_answer() {
        let settings = Settings::new();
        let data = vec![b'a'; 10_000];
        let packed = crate::memory::compress(&data, &settings).unwrap();
        let info = of_bytes(&packed, &settings).unwrap();
        for item in ENUMS.iter().find(|set| set.name == "info_field").unwrap().items {
            value(&info, item.value, 0, 0).unwrap();
        }
        assert_eq!(value(&info, info_field::CONTENT_LENGTH, 0, 0).unwrap(), 10_000);
        assert_eq!(value(&info, info_field::PACKED_LENGTH, 0, 0).unwrap(), packed.len() as u64);
        for (field, frame, group) in [(99, 0, 0), (info_field::FRAME_GROUPS, 1, 0), (info_field::GROUP_CODEC, 0, 9)] {
            assert!(value(&info, field, frame, group).unwrap_err().is(Status::NotFound));
        }
    }
}
