# Generated from the tables of vatic-capi by vatic-codegen; do not edit.
"""Numbers with names."""

from enum import IntEnum

__all__ = ["Codec", "EntryKind", "Parameter", "Preset", "Suite"]


class Preset(IntEnum):
    """Levels that stand for presets."""

    FAST = 2
    """zstd's speed"""
    BALANCED = 5
    """smaller than BWT compressors; the default"""
    MAX = 8
    """the smallest files"""


class Codec(IntEnum):
    """Block codecs."""

    STORE = 0
    """bytes as they are"""
    ZSTD = 1
    """libzstd"""
    BWT = 2
    """Burrows-Wheeler transform, then a predicted, mixed coding"""
    LZ = 3
    """LZ77 parse, then a predictor"""
    ORDER = 4
    """a light context mix"""
    SAMPLE = 5
    """numeric samples and images"""
    MIX = 6
    """the full context mix"""
    NEURAL = 7
    """the full context mix beside a transformer"""
    AUTO = 255
    """the best for each group; the default"""


class Suite(IntEnum):
    """Ciphers that seal."""

    AUTO = 0
    """the faster one on this machine"""
    AES256_GCM = 1
    """AES-256-GCM"""
    CHACHA20_POLY1305 = 2
    """ChaCha20-Poly1305"""


class EntryKind(IntEnum):
    """What an entry of an archive is."""

    FILE = 0
    """a regular file"""
    DIRECTORY = 1
    """a directory"""
    SYMLINK = 2
    """a symbolic link"""
    HARD_LINK = 3
    """another name of a file of the archive"""
    FIFO = 4
    """a named pipe"""
    CHAR_DEVICE = 5
    """a character device"""
    BLOCK_DEVICE = 6
    """a block device"""


class Parameter(IntEnum):
    """Settings, for ``options``."""

    LEVEL = 100
    """1 to 3 are fast, 4 to 6 balanced, 7 to 9 max."""
    THREADS = 101
    """Threads that code groups; 0 takes one for each CPU. Never changes the output."""
    GROUP_SIZE = 102
    """Bytes of input in a group, the unit of threads and of random access; 0 chooses."""
    MEMORY = 103
    """Bytes of memory that encoding may take, about."""
    CODEC = 104
    """Codes every group with this codec, of vatic_codec; 255 chooses."""
    CHECKSUM = 105
    """Whether decoders check the content before they release it."""
    VERIFY = 106
    """Whether each group is decoded again and compared before it is written."""
    DEDUP = 107
    """Whether repeated chunks within 64 MiB are stored once."""
    CONTENT_LENGTH = 108
    """Bytes that will be given to the encoder; ending it fails where this is wrong."""
    EMBED_MODEL = 109
    """Whether the parts of models that were used go into the output."""
    PURE = 110
    """With codec neural: what the transformer says alone, without the mix, for comparison."""
    LANES = 111
    """With a transformer: how many parts of a block are coded side by side; decodes faster and is larger."""
    KDF_MEMORY = 120
    """Bytes of memory that trying a password takes, a multiple of 1024."""
    KDF_PASSES = 121
    """Passes over that memory."""
    SUITE = 122
    """The cipher that seals, of vatic_suite; 0 takes the faster one on this machine."""
    LIMIT_OUTPUT = 200
    """Bytes of output that decoding may yield."""
    LIMIT_MEMORY = 201
    """Bytes of memory that decoding may take, output buffers of a group included."""
    LIMIT_KDF_MEMORY = 202
    """Bytes of memory that trying a password may take."""
    LIMIT_MODEL = 203
    """Bytes of a model, from a file or inside of data."""
    RECORD_TAG = 300
    """Bytes of hash on each record. Without them, another model or damage may give wrong bytes and no error."""
    RECORD_MAX = 301
    """Bytes of the longest record that decoding may yield."""
    RECORD_BUNDLE = 302
    """Records of a batch that share a code stream and learn from each other."""
    SOLID_SIZE = 400
    """Bytes of an archive's content that are coded together; 0 chooses."""
    DETERMINISTIC = 401
    """Whether archives leave out times, owners and attributes, so that equal trees give equal archives."""
    OVERWRITE = 402
    """Whether files that are in the way may be replaced."""
    KEEP_GOING = 403
    """Whether extraction goes on behind a damaged entry."""
    OWNERS = 404
    """Whether extraction restores owners, set-id bits and exact modes."""
    ALL_XATTRS = 405
    """Whether extraction restores attributes outside of the class user."""
    SPECIAL = 406
    """Whether extraction makes named pipes and devices."""
    LIMIT_ENTRIES = 420
    """Entries of an archive."""
    LIMIT_CONTENT = 421
    """Bytes of content of all entries that are read together."""

    def bounds(self) -> tuple[int, int]:
        """Least and largest value."""
        return _BOUNDS[self][:2]

    def default(self) -> int:
        """What counts if nothing is said."""
        return _BOUNDS[self][2]


_BOUNDS: dict[int, tuple[int, int, int]] = {
    100: (1, 9, 5),
    101: (0, 1024, 1),
    102: (0, 536870912, 0),
    103: (1048576, 18446744073709551615, 18446744073709551615),
    104: (0, 255, 255),
    105: (0, 1, 1),
    106: (0, 1, 0),
    107: (0, 1, 1),
    108: (0, 18446744073709551615, 18446744073709551615),
    109: (0, 1, 0),
    110: (0, 1, 0),
    111: (1, 32, 1),
    120: (1048576, 1073741824, 67108864),
    121: (1, 16, 3),
    122: (0, 2, 0),
    200: (0, 18446744073709551615, 18446744073709551615),
    201: (0, 18446744073709551615, 2147483648),
    202: (0, 18446744073709551615, 268435456),
    203: (0, 18446744073709551615, 1073741824),
    300: (0, 4, 0),
    301: (0, 18446744073709551615, 16777216),
    302: (1, 4096, 16),
    400: (0, 536870912, 0),
    401: (0, 1, 0),
    402: (0, 1, 0),
    403: (0, 1, 0),
    404: (0, 1, 0),
    405: (0, 1, 0),
    406: (0, 1, 0),
    420: (0, 18446744073709551615, 16777216),
    421: (0, 18446744073709551615, 18446744073709551615),
}
