// Generated from the tables of vatic-capi by vatic-codegen; do not edit.
'use strict'

/** Levels that stand for presets. */
exports.Preset = Object.freeze({
  FAST: 2,
  BALANCED: 5,
  MAX: 8,
})

/** Block codecs. */
exports.Codec = Object.freeze({
  STORE: 0,
  ZSTD: 1,
  BWT: 2,
  LZ: 3,
  ORDER: 4,
  SAMPLE: 5,
  MIX: 6,
  NEURAL: 7,
  AUTO: 255,
})

/** Ciphers that seal. */
exports.Suite = Object.freeze({
  AUTO: 0,
  AES256_GCM: 1,
  CHACHA20_POLY1305: 2,
})

/** What an entry of an archive is. */
exports.EntryKind = Object.freeze({
  FILE: 0,
  DIRECTORY: 1,
  SYMLINK: 2,
  HARD_LINK: 3,
  FIFO: 4,
  CHAR_DEVICE: 5,
  BLOCK_DEVICE: 6,
})

/** Options: number, least and largest value, default. */
exports.PARAMETERS = Object.freeze({
  level: { number: 100, min: 1, max: 9, default: 5 },
  threads: { number: 101, min: 0, max: 1024, default: 1 },
  groupSize: { number: 102, min: 0, max: 536870912, default: 0 },
  memory: { number: 103, min: 1048576, max: Infinity, default: Infinity },
  codec: { number: 104, min: 0, max: 255, default: 255 },
  checksum: { number: 105, min: 0, max: 1, default: 1 },
  verify: { number: 106, min: 0, max: 1, default: 0 },
  dedup: { number: 107, min: 0, max: 1, default: 1 },
  contentLength: { number: 108, min: 0, max: Infinity, default: Infinity },
  embedModel: { number: 109, min: 0, max: 1, default: 0 },
  pure: { number: 110, min: 0, max: 1, default: 0 },
  lanes: { number: 111, min: 1, max: 32, default: 1 },
  kdfMemory: { number: 120, min: 1048576, max: 1073741824, default: 67108864 },
  kdfPasses: { number: 121, min: 1, max: 16, default: 3 },
  suite: { number: 122, min: 0, max: 2, default: 0 },
  limitOutput: { number: 200, min: 0, max: Infinity, default: Infinity },
  limitMemory: { number: 201, min: 0, max: Infinity, default: 2147483648 },
  limitKdfMemory: { number: 202, min: 0, max: Infinity, default: 268435456 },
  limitModel: { number: 203, min: 0, max: Infinity, default: 1073741824 },
  recordTag: { number: 300, min: 0, max: 4, default: 0 },
  recordMax: { number: 301, min: 0, max: Infinity, default: 16777216 },
  recordBundle: { number: 302, min: 1, max: 4096, default: 16 },
  solidSize: { number: 400, min: 0, max: 536870912, default: 0 },
  deterministic: { number: 401, min: 0, max: 1, default: 0 },
  overwrite: { number: 402, min: 0, max: 1, default: 0 },
  keepGoing: { number: 403, min: 0, max: 1, default: 0 },
  owners: { number: 404, min: 0, max: 1, default: 0 },
  allXattrs: { number: 405, min: 0, max: 1, default: 0 },
  special: { number: 406, min: 0, max: 1, default: 0 },
  limitEntries: { number: 420, min: 0, max: Infinity, default: 16777216 },
  limitContent: { number: 421, min: 0, max: Infinity, default: Infinity },
})

/** Kinds of failures by their numbers: name and family. */
exports.ERRORS = Object.freeze({
  10: { name: 'NOT_VATIC', family: 'DataError' },
  12: { name: 'UNSUPPORTED', family: 'DataError' },
  14: { name: 'WRONG_KIND', family: 'DataError' },
  20: { name: 'TRUNCATED', family: 'DataError' },
  22: { name: 'CORRUPT', family: 'DataError' },
  24: { name: 'HASH_MISMATCH', family: 'DataError' },
  26: { name: 'MODEL_MISSING', family: 'DataError' },
  30: { name: 'LIMIT', family: 'ResourceError' },
  32: { name: 'OUT_OF_MEMORY', family: 'ResourceError' },
  34: { name: 'DST_TOO_SMALL', family: 'ResourceError' },
  40: { name: 'INVALID_OPTION', family: 'UsageError' },
  41: { name: 'NULL_ARGUMENT', family: 'UsageError' },
  42: { name: 'MISUSE', family: 'UsageError' },
  43: { name: 'BUSY', family: 'UsageError' },
  44: { name: 'NO_PROGRESS', family: 'UsageError' },
  46: { name: 'ABI_MISMATCH', family: 'UsageError' },
  48: { name: 'NOT_FOUND', family: 'UsageError' },
  50: { name: 'CANCELLED', family: 'UsageError' },
  60: { name: 'IO', family: 'FileError' },
  61: { name: 'EXISTS', family: 'FileError' },
  62: { name: 'LOCKED', family: 'FileError' },
  63: { name: 'PATH', family: 'FileError' },
  64: { name: 'PARTIAL', family: 'FileError' },
  70: { name: 'KEY_NEEDED', family: 'SealError' },
  71: { name: 'WRONG_KEY', family: 'SealError' },
  72: { name: 'NOT_SEALED', family: 'SealError' },
  73: { name: 'TAMPERED', family: 'SealError' },
  90: { name: 'INTERNAL', family: 'InternalError' },
  91: { name: 'PANIC', family: 'InternalError' },
})
