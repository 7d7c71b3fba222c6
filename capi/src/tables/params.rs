//! Every parameter of a context: number, bounds, default.

/// Stands for "not known" and "no limit" in parameters and answers.
pub const UNKNOWN: u64 = u64::MAX;

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct ParamRow {
    /// Its number.
    pub param: Param,
    /// Upper case; `VATIC_PARAM_` in front of it in C, in lower case an argument's name in other languages.
    pub name: &'static str,
    /// Least value, 0 aside if `zero`.
    pub min: u64,
    /// Largest value.
    pub max: u64,
    /// Value of a new context.
    pub default: u64,
    /// Whether 0 is allowed too and leaves the choice to the library.
    pub zero: bool,
    /// What it does, in sentences without the last full stop.
    pub text: &'static str,
}

/// Numbers of parameters: 1xx for encoding, 2xx for decoding, 3xx for records, 4xx for archives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
#[expect(missing_docs, reason = "the table below says what each of them does")]
pub enum Param {
    Level = 100,
    Threads = 101,
    GroupSize = 102,
    Memory = 103,
    Codec = 104,
    Checksum = 105,
    Verify = 106,
    Dedup = 107,
    ContentLength = 108,
    EmbedModel = 109,
    Pure = 110,
    Lanes = 111,
    KdfMemory = 120,
    KdfPasses = 121,
    Suite = 122,
    LimitOutput = 200,
    LimitMemory = 201,
    LimitKdfMemory = 202,
    LimitModel = 203,
    RecordTag = 300,
    RecordMax = 301,
    RecordBundle = 302,
    SolidSize = 400,
    Deterministic = 401,
    Overwrite = 402,
    KeepGoing = 403,
    Owners = 404,
    AllXattrs = 405,
    Special = 406,
    LimitEntries = 420,
    LimitContent = 421,
}

const fn row(param: Param, name: &'static str, bounds: (u64, u64), default: u64, text: &'static str) -> ParamRow {
    ParamRow { param, name, min: bounds.0, max: bounds.1, default, zero: false, text }
}

const fn flag(param: Param, name: &'static str, default: bool, text: &'static str) -> ParamRow {
    row(param, name, (0, 1), default as u64, text)
}

/// 0 or within the bounds.
const fn auto(param: Param, name: &'static str, bounds: (u64, u64), text: &'static str) -> ParamRow {
    ParamRow { zero: true, ..row(param, name, bounds, 0, text) }
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// All of them, by their numbers.
pub const PARAMS: [ParamRow; 31] = [
    row(Param::Level, "LEVEL", (1, 9), 5, "1 to 3 are fast, 4 to 6 balanced, 7 to 9 max"),
    row(
        Param::Threads,
        "THREADS",
        (0, 1024),
        1,
        "Threads that code groups; 0 takes one for each CPU. Never changes the output",
    ),
    auto(
        Param::GroupSize,
        "GROUP_SIZE",
        (4 * KIB, 512 * MIB),
        "Bytes of input in a group, the unit of threads and of random access; 0 chooses",
    ),
    row(Param::Memory, "MEMORY", (MIB, UNKNOWN), UNKNOWN, "Bytes of memory that encoding may take, about"),
    row(Param::Codec, "CODEC", (0, 255), 255, "Codes every group with this codec, of vatic_codec; 255 chooses"),
    flag(Param::Checksum, "CHECKSUM", true, "Whether decoders check the content before they release it"),
    flag(Param::Verify, "VERIFY", false, "Whether each group is decoded again and compared before it is written"),
    flag(Param::Dedup, "DEDUP", true, "Whether repeated chunks within 64 MiB are stored once"),
    row(
        Param::ContentLength,
        "CONTENT_LENGTH",
        (0, UNKNOWN),
        UNKNOWN,
        "Bytes that will be given to the encoder; ending it fails where this is wrong",
    ),
    flag(Param::EmbedModel, "EMBED_MODEL", false, "Whether the parts of models that were used go into the output"),
    flag(
        Param::Pure,
        "PURE",
        false,
        "With codec neural: what the transformer says alone, without the mix, for comparison",
    ),
    row(
        Param::Lanes,
        "LANES",
        (1, 32),
        1,
        "With a transformer: how many parts of a block are coded side by side; decodes faster and is larger",
    ),
    row(
        Param::KdfMemory,
        "KDF_MEMORY",
        (MIB, 1024 * MIB),
        64 * MIB,
        "Bytes of memory that trying a password takes, a multiple of 1024",
    ),
    row(Param::KdfPasses, "KDF_PASSES", (1, 16), 3, "Passes over that memory"),
    row(
        Param::Suite,
        "SUITE",
        (0, 2),
        0,
        "The cipher that seals, of vatic_suite; 0 takes the faster one on this machine",
    ),
    row(Param::LimitOutput, "LIMIT_OUTPUT", (0, UNKNOWN), UNKNOWN, "Bytes of output that decoding may yield"),
    row(
        Param::LimitMemory,
        "LIMIT_MEMORY",
        (0, UNKNOWN),
        2048 * MIB,
        "Bytes of memory that decoding may take, output buffers of a group included",
    ),
    row(
        Param::LimitKdfMemory,
        "LIMIT_KDF_MEMORY",
        (0, UNKNOWN),
        256 * MIB,
        "Bytes of memory that trying a password may take",
    ),
    row(Param::LimitModel, "LIMIT_MODEL", (0, UNKNOWN), 1024 * MIB, "Bytes of a model, from a file or inside of data"),
    row(
        Param::RecordTag,
        "RECORD_TAG",
        (0, 4),
        0,
        "Bytes of hash on each record. Without them, another model or damage may give wrong bytes and no error",
    ),
    row(Param::RecordMax, "RECORD_MAX", (0, UNKNOWN), 16 * MIB, "Bytes of the longest record that decoding may yield"),
    row(
        Param::RecordBundle,
        "RECORD_BUNDLE",
        (1, 4096),
        16,
        "Records of a batch that share a code stream and learn from each other",
    ),
    auto(
        Param::SolidSize,
        "SOLID_SIZE",
        (4 * KIB, 512 * MIB),
        "Bytes of an archive's content that are coded together; 0 chooses",
    ),
    flag(
        Param::Deterministic,
        "DETERMINISTIC",
        false,
        "Whether archives leave out times, owners and attributes, so that equal trees give equal archives",
    ),
    flag(Param::Overwrite, "OVERWRITE", false, "Whether files that are in the way may be replaced"),
    flag(Param::KeepGoing, "KEEP_GOING", false, "Whether extraction goes on behind a damaged entry"),
    flag(Param::Owners, "OWNERS", false, "Whether extraction restores owners, set-id bits and exact modes"),
    flag(Param::AllXattrs, "ALL_XATTRS", false, "Whether extraction restores attributes outside of the class user"),
    flag(Param::Special, "SPECIAL", false, "Whether extraction makes named pipes and devices"),
    row(Param::LimitEntries, "LIMIT_ENTRIES", (0, UNKNOWN), 1 << 24, "Entries of an archive"),
    row(
        Param::LimitContent,
        "LIMIT_CONTENT",
        (0, UNKNOWN),
        UNKNOWN,
        "Bytes of content of all entries that are read together",
    ),
];

/// The row of a number, and its place.
pub fn param_row(number: i32) -> Option<(usize, &'static ParamRow)> {
    PARAMS.iter().enumerate().find(|(_, row)| row.param as i32 == number)
}

impl ParamRow {
    /// Whether the parameter takes `value`.
    pub fn allows(&self, value: u64) -> bool {
        (self.min..=self.max).contains(&value) || self.zero && value == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_order_and_take_their_defaults() {
        assert!(PARAMS.windows(2).all(|pair| (pair[0].param as i32) < pair[1].param as i32));
        for row in &PARAMS {
            assert!(row.allows(row.default), "{}", row.name);
            assert!(!row.text.ends_with('.'), "{}", row.name);
            assert_eq!(PARAMS.iter().filter(|other| other.name == row.name).count(), 1);
        }
        assert_eq!(param_row(100).map(|(place, row)| (place, row.name)), Some((0, "LEVEL")));
        assert!(param_row(99).is_none());
    }
}
