//! Numbers with names.

/// One value.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// Upper case.
    pub name: &'static str,
    /// Its number.
    pub value: i32,
    /// What it stands for.
    pub text: &'static str,
}

/// A set of values.
#[derive(Clone, Copy, Debug)]
pub struct Enum {
    /// Lower case; the type in C is `vatic_` and this.
    pub name: &'static str,
    /// What stands in front of the items' names in C.
    pub prefix: &'static str,
    /// What the set is for.
    pub text: &'static str,
    /// Its values.
    pub items: &'static [Item],
}

const fn item(value: i32, name: &'static str, text: &'static str) -> Item {
    Item { name, value, text }
}

/// What a call of a stream is to do with the input it is given.
pub mod op {
    /// Take it.
    pub const CONTINUE: i32 = 0;
    /// Take it and give out what there is.
    pub const FLUSH: i32 = 1;
    /// Take it: it is the last.
    pub const END: i32 = 2;
}

/// Kinds of entries.
pub mod entry_kind {
    /// A regular file.
    pub const FILE: i32 = 0;
    /// A directory.
    pub const DIRECTORY: i32 = 1;
    /// A symbolic link.
    pub const SYMLINK: i32 = 2;
    /// Another name of a file.
    pub const HARD_LINK: i32 = 3;
    /// A named pipe.
    pub const FIFO: i32 = 4;
    /// A character device.
    pub const CHAR_DEVICE: i32 = 5;
    /// A block device.
    pub const BLOCK_DEVICE: i32 = 6;
}

/// What can be asked about an entry.
pub mod entry_field {
    /// See [`entry_kind`](super::entry_kind).
    pub const KIND: i32 = 0;
    /// Bytes of content.
    pub const SIZE: i32 = 1;
    /// Bytes of content without holes.
    pub const DATA_SIZE: i32 = 2;
    /// Permissions.
    pub const MODE: i32 = 3;
    /// Whether there is a time.
    pub const HAS_MTIME: i32 = 4;
    /// Seconds since 1970.
    pub const MTIME_SECONDS: i32 = 5;
    /// Nanoseconds beyond.
    pub const MTIME_NANOS: i32 = 6;
    /// Whether there is an owner.
    pub const HAS_OWNER: i32 = 7;
    /// User.
    pub const UID: i32 = 8;
    /// Group.
    pub const GID: i32 = 9;
    /// Generation.
    pub const GENERATION: i32 = 10;
    /// Major number of a device.
    pub const DEVICE_MAJOR: i32 = 11;
    /// Minor number of a device.
    pub const DEVICE_MINOR: i32 = 12;
}

/// What can be asked about a file, a frame, a group.
pub mod info_field {
    /// Number of frames.
    pub const FRAMES: i32 = 0;
    /// Bytes of output of all frames.
    pub const CONTENT_LENGTH: i32 = 1;
    /// Bytes of the file.
    pub const PACKED_LENGTH: i32 = 2;
    /// Whether any frame is sealed.
    pub const SEALED: i32 = 3;
    /// Of a frame: its content.
    pub const FRAME_CONTENT_LENGTH: i32 = 10;
    /// Of a frame: its bytes in the file.
    pub const FRAME_PACKED_LENGTH: i32 = 11;
    /// Of a frame: whether it is sealed.
    pub const FRAME_SEALED: i32 = 12;
    /// Of a frame: whether decoders check its content.
    pub const FRAME_CHECKSUM: i32 = 13;
    /// Of a frame: number of groups.
    pub const FRAME_GROUPS: i32 = 14;
    /// Of a frame: number of models.
    pub const FRAME_MODELS: i32 = 15;
    /// Of a group: offset in its frame's output.
    pub const GROUP_OFFSET: i32 = 20;
    /// Of a group: bytes of output.
    pub const GROUP_LENGTH: i32 = 21;
    /// Of a group: bytes in the file.
    pub const GROUP_PACKED_LENGTH: i32 = 22;
    /// Of a group: its codec.
    pub const GROUP_CODEC: i32 = 23;
}

/// All of them.
pub const ENUMS: [Enum; 7] = [
    Enum {
        name: "preset",
        prefix: "VATIC_PRESET_",
        text: "Levels that stand for presets",
        items: &[
            item(2, "FAST", "zstd's speed"),
            item(5, "BALANCED", "smaller than BWT compressors; the default"),
            item(8, "MAX", "the smallest files"),
        ],
    },
    Enum {
        name: "op",
        prefix: "VATIC_OP_",
        text: "What a call of a stream is to do with its input",
        items: &[
            item(op::CONTINUE, "CONTINUE", "take it in; output comes when there is some"),
            item(op::FLUSH, "FLUSH", "take it in, and give out everything so far in a form that can be decoded"),
            item(op::END, "END", "take it in; it is the last"),
        ],
    },
    Enum {
        name: "codec",
        prefix: "VATIC_CODEC_",
        text: "Block codecs",
        items: &[
            item(0, "STORE", "bytes as they are"),
            item(1, "ZSTD", "libzstd"),
            item(2, "BWT", "Burrows-Wheeler transform, then a predicted, mixed coding"),
            item(3, "LZ", "LZ77 parse, then a predictor"),
            item(4, "ORDER", "a light context mix"),
            item(5, "SAMPLE", "numeric samples and images"),
            item(6, "MIX", "the full context mix"),
            item(7, "NEURAL", "the full context mix beside a transformer"),
            item(255, "AUTO", "the best for each group; the default"),
        ],
    },
    Enum {
        name: "suite",
        prefix: "VATIC_SUITE_",
        text: "Ciphers that seal",
        items: &[
            item(0, "AUTO", "the faster one on this machine"),
            item(1, "AES256_GCM", "AES-256-GCM"),
            item(2, "CHACHA20_POLY1305", "ChaCha20-Poly1305"),
        ],
    },
    Enum {
        name: "entry_kind",
        prefix: "VATIC_ENTRY_KIND_",
        text: "What an entry of an archive is",
        items: &[
            item(entry_kind::FILE, "FILE", "a regular file"),
            item(entry_kind::DIRECTORY, "DIRECTORY", "a directory"),
            item(entry_kind::SYMLINK, "SYMLINK", "a symbolic link"),
            item(entry_kind::HARD_LINK, "HARD_LINK", "another name of a file of the archive"),
            item(entry_kind::FIFO, "FIFO", "a named pipe"),
            item(entry_kind::CHAR_DEVICE, "CHAR_DEVICE", "a character device"),
            item(entry_kind::BLOCK_DEVICE, "BLOCK_DEVICE", "a block device"),
        ],
    },
    Enum {
        name: "entry_field",
        prefix: "VATIC_ENTRY_",
        text: "What can be asked about an entry of an archive",
        items: &[
            item(entry_field::KIND, "KIND", "of vatic_entry_kind"),
            item(entry_field::SIZE, "SIZE", "bytes of content"),
            item(entry_field::DATA_SIZE, "DATA_SIZE", "bytes of content without holes"),
            item(entry_field::MODE, "MODE", "the low 12 bits of a Unix mode"),
            item(entry_field::HAS_MTIME, "HAS_MTIME", "1 if a time of the last change is known"),
            item(entry_field::MTIME_SECONDS, "MTIME_SECONDS", "seconds since 1970 UTC, a signed number in 64 bits"),
            item(entry_field::MTIME_NANOS, "MTIME_NANOS", "nanoseconds beyond, below 10^9"),
            item(entry_field::HAS_OWNER, "HAS_OWNER", "1 if an owner is known"),
            item(entry_field::UID, "UID", "number of the user"),
            item(entry_field::GID, "GID", "number of the group"),
            item(entry_field::GENERATION, "GENERATION", "the generation that it came with, from 1"),
            item(entry_field::DEVICE_MAJOR, "DEVICE_MAJOR", "of a device"),
            item(entry_field::DEVICE_MINOR, "DEVICE_MINOR", "of a device"),
        ],
    },
    Enum {
        name: "info_field",
        prefix: "VATIC_INFO_",
        text: "What can be asked about a file; those of 10 and more of a frame, those of 20 and more of a group",
        items: &[
            item(info_field::FRAMES, "FRAMES", "number of frames"),
            item(info_field::CONTENT_LENGTH, "CONTENT_LENGTH", "bytes of output, or VATIC_UNKNOWN"),
            item(info_field::PACKED_LENGTH, "PACKED_LENGTH", "bytes of the file"),
            item(info_field::SEALED, "SEALED", "1 if any frame is sealed"),
            item(info_field::FRAME_CONTENT_LENGTH, "FRAME_CONTENT_LENGTH", "bytes of output, or VATIC_UNKNOWN"),
            item(info_field::FRAME_PACKED_LENGTH, "FRAME_PACKED_LENGTH", "bytes in the file"),
            item(info_field::FRAME_SEALED, "FRAME_SEALED", "1 if it is sealed"),
            item(info_field::FRAME_CHECKSUM, "FRAME_CHECKSUM", "1 if decoders check its content"),
            item(info_field::FRAME_GROUPS, "FRAME_GROUPS", "number of groups"),
            item(info_field::FRAME_MODELS, "FRAME_MODELS", "number of models that it needs"),
            item(info_field::GROUP_OFFSET, "GROUP_OFFSET", "offset in the frame's output"),
            item(info_field::GROUP_LENGTH, "GROUP_LENGTH", "bytes of output"),
            item(info_field::GROUP_PACKED_LENGTH, "GROUP_PACKED_LENGTH", "bytes in the file"),
            item(info_field::GROUP_CODEC, "GROUP_CODEC", "of vatic_codec"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use vatic::{CodecId, Preset};

    fn find(name: &str) -> &'static [Item] {
        ENUMS.iter().find(|set| set.name == name).unwrap().items
    }

    #[test]
    fn codecs_and_presets_are_those_of_the_core() {
        let codecs = find("codec");
        assert_eq!(codecs.len(), CodecId::ALL.len() + 1);
        for (item, codec) in codecs.iter().zip(CodecId::ALL) {
            assert_eq!((item.value, item.name.to_lowercase().as_str()), (codec as i32, codec.name()));
        }
        for (item, preset) in find("preset").iter().zip([Preset::Fast, Preset::Balanced, Preset::Max]) {
            assert_eq!(item.value, i32::from(preset.level()));
        }
    }
}
