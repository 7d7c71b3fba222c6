// Generated from the tables of vatic-capi by vatic-codegen; do not edit.

/** Levels that stand for presets. */
export const Preset: {
  /** zstd's speed */
  readonly FAST: 2
  /** smaller than BWT compressors; the default */
  readonly BALANCED: 5
  /** the smallest files */
  readonly MAX: 8
}

/** Block codecs. */
export const Codec: {
  /** bytes as they are */
  readonly STORE: 0
  /** libzstd */
  readonly ZSTD: 1
  /** Burrows-Wheeler transform, then a predicted, mixed coding */
  readonly BWT: 2
  /** LZ77 parse, then a predictor */
  readonly LZ: 3
  /** a light context mix */
  readonly ORDER: 4
  /** numeric samples and images */
  readonly SAMPLE: 5
  /** the full context mix */
  readonly MIX: 6
  /** the full context mix beside a transformer */
  readonly NEURAL: 7
  /** the best for each group; the default */
  readonly AUTO: 255
}

/** Ciphers that seal. */
export const Suite: {
  /** the faster one on this machine */
  readonly AUTO: 0
  /** AES-256-GCM */
  readonly AES256_GCM: 1
  /** ChaCha20-Poly1305 */
  readonly CHACHA20_POLY1305: 2
}

/** What an entry of an archive is. */
export const EntryKind: {
  /** a regular file */
  readonly FILE: 0
  /** a directory */
  readonly DIRECTORY: 1
  /** a symbolic link */
  readonly SYMLINK: 2
  /** another name of a file of the archive */
  readonly HARD_LINK: 3
  /** a named pipe */
  readonly FIFO: 4
  /** a character device */
  readonly CHAR_DEVICE: 5
  /** a block device */
  readonly BLOCK_DEVICE: 6
}

/** Settings by name. */
export interface Parameters {
  /** 1 to 3 are fast, 4 to 6 balanced, 7 to 9 max. */
  level?: number
  /** Threads that code groups; 0 takes one for each CPU. Never changes the output. */
  threads?: number
  /** Bytes of input in a group, the unit of threads and of random access; 0 chooses. */
  groupSize?: number
  /** Bytes of memory that encoding may take, about. */
  memory?: number
  /** Codes every group with this codec, of vatic_codec; 255 chooses. */
  codec?: number
  /** Whether decoders check the content before they release it. */
  checksum?: boolean | number
  /** Whether each group is decoded again and compared before it is written. */
  verify?: boolean | number
  /** Whether repeated chunks within 64 MiB are stored once. */
  dedup?: boolean | number
  /** Bytes that will be given to the encoder; ending it fails where this is wrong. */
  contentLength?: number
  /** Whether the parts of models that were used go into the output. */
  embedModel?: boolean | number
  /** With codec neural: what the transformer says alone, without the mix, for comparison. */
  pure?: boolean | number
  /** With a transformer: how many parts of a block are coded side by side; decodes faster and is larger. */
  lanes?: number
  /** Bytes of memory that trying a password takes, a multiple of 1024. */
  kdfMemory?: number
  /** Passes over that memory. */
  kdfPasses?: number
  /** The cipher that seals, of vatic_suite; 0 takes the faster one on this machine. */
  suite?: number
  /** Bytes of output that decoding may yield. */
  limitOutput?: number
  /** Bytes of memory that decoding may take, output buffers of a group included. */
  limitMemory?: number
  /** Bytes of memory that trying a password may take. */
  limitKdfMemory?: number
  /** Bytes of a model, from a file or inside of data. */
  limitModel?: number
  /** Bytes of hash on each record. Without them, another model or damage may give wrong bytes and no error. */
  recordTag?: number
  /** Bytes of the longest record that decoding may yield. */
  recordMax?: number
  /** Records of a batch that share a code stream and learn from each other. */
  recordBundle?: number
  /** Bytes of an archive's content that are coded together; 0 chooses. */
  solidSize?: number
  /** Whether archives leave out times, owners and attributes, so that equal trees give equal archives. */
  deterministic?: boolean | number
  /** Whether files that are in the way may be replaced. */
  overwrite?: boolean | number
  /** Whether extraction goes on behind a damaged entry. */
  keepGoing?: boolean | number
  /** Whether extraction restores owners, set-id bits and exact modes. */
  owners?: boolean | number
  /** Whether extraction restores attributes outside of the class user. */
  allXattrs?: boolean | number
  /** Whether extraction makes named pipes and devices. */
  special?: boolean | number
  /** Entries of an archive. */
  limitEntries?: number
  /** Bytes of content of all entries that are read together. */
  limitContent?: number
}

export const PARAMETERS: {
  readonly [Name in keyof Required<Parameters>]: {
    readonly number: number
    readonly min: number
    readonly max: number
    readonly default: number
  }
}

/** What `code` of an error can be. */
export type ErrorCode =
  | 'ERR_VATIC_NOT_VATIC'
  | 'ERR_VATIC_UNSUPPORTED'
  | 'ERR_VATIC_WRONG_KIND'
  | 'ERR_VATIC_TRUNCATED'
  | 'ERR_VATIC_CORRUPT'
  | 'ERR_VATIC_HASH_MISMATCH'
  | 'ERR_VATIC_MODEL_MISSING'
  | 'ERR_VATIC_LIMIT'
  | 'ERR_VATIC_OUT_OF_MEMORY'
  | 'ERR_VATIC_DST_TOO_SMALL'
  | 'ERR_VATIC_INVALID_OPTION'
  | 'ERR_VATIC_NULL_ARGUMENT'
  | 'ERR_VATIC_MISUSE'
  | 'ERR_VATIC_BUSY'
  | 'ERR_VATIC_NO_PROGRESS'
  | 'ERR_VATIC_ABI_MISMATCH'
  | 'ERR_VATIC_NOT_FOUND'
  | 'ERR_VATIC_CANCELLED'
  | 'ERR_VATIC_IO'
  | 'ERR_VATIC_EXISTS'
  | 'ERR_VATIC_LOCKED'
  | 'ERR_VATIC_PATH'
  | 'ERR_VATIC_PARTIAL'
  | 'ERR_VATIC_KEY_NEEDED'
  | 'ERR_VATIC_WRONG_KEY'
  | 'ERR_VATIC_NOT_SEALED'
  | 'ERR_VATIC_TAMPERED'
  | 'ERR_VATIC_INTERNAL'
  | 'ERR_VATIC_PANIC'

/** What `family` of an error can be. */
export type ErrorFamily =
  | 'DataError'
  | 'ResourceError'
  | 'UsageError'
  | 'FileError'
  | 'SealError'
  | 'InternalError'
