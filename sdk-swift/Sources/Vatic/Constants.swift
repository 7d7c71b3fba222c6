// Generated from the tables of vatic-capi by vatic-codegen; do not edit.

/// The ABI and version that the native library must have.
enum Expected {
    static let abi: UInt32 = 0
    static let version = "0.1.0"
}

/// Levels that stand for presets.
public enum Preset: Int, Sendable, CaseIterable {
    /// zstd's speed.
    case fast = 2
    /// smaller than BWT compressors; the default.
    case balanced = 5
    /// the smallest files.
    case max = 8
}

/// Block codecs.
public enum Codec: Int, Sendable, CaseIterable {
    /// bytes as they are.
    case store = 0
    /// libzstd.
    case zstd = 1
    /// Burrows-Wheeler transform, then a predicted, mixed coding.
    case bwt = 2
    /// LZ77 parse, then a predictor.
    case lz = 3
    /// a light context mix.
    case order = 4
    /// numeric samples and images.
    case sample = 5
    /// the full context mix.
    case mix = 6
    /// the full context mix beside a transformer.
    case neural = 7
    /// the best for each group; the default.
    case auto = 255
}

/// Ciphers that seal.
public enum Suite: Int, Sendable, CaseIterable {
    /// the faster one on this machine.
    case auto = 0
    /// AES-256-GCM.
    case aes256Gcm = 1
    /// ChaCha20-Poly1305.
    case chacha20Poly1305 = 2
}

/// What an entry of an archive is.
public enum EntryKind: Int, Sendable, CaseIterable {
    /// a regular file.
    case file = 0
    /// a directory.
    case directory = 1
    /// a symbolic link.
    case symlink = 2
    /// another name of a file of the archive.
    case hardLink = 3
    /// a named pipe.
    case fifo = 4
    /// a character device.
    case charDevice = 5
    /// a block device.
    case blockDevice = 6
}

/// Settings by number, for `Options`.
public enum Parameter: Int32, Sendable, CaseIterable {
    /// 1 to 3 are fast, 4 to 6 balanced, 7 to 9 max.
    case level = 100
    /// Threads that code groups; 0 takes one for each CPU. Never changes the output.
    case threads = 101
    /// Bytes of input in a group, the unit of threads and of random access; 0 chooses.
    case groupSize = 102
    /// Bytes of memory that encoding may take, about.
    case memory = 103
    /// Codes every group with this codec, of vatic_codec; 255 chooses.
    case codec = 104
    /// Whether decoders check the content before they release it.
    case checksum = 105
    /// Whether each group is decoded again and compared before it is written.
    case verify = 106
    /// Whether repeated chunks within 64 MiB are stored once.
    case dedup = 107
    /// Bytes that will be given to the encoder; ending it fails where this is wrong.
    case contentLength = 108
    /// Whether the parts of models that were used go into the output.
    case embedModel = 109
    /// With codec neural: what the transformer says alone, without the mix, for comparison.
    case pure = 110
    /// With a transformer: how many parts of a block are coded side by side; decodes faster and is larger.
    case lanes = 111
    /// Bytes of memory that trying a password takes, a multiple of 1024.
    case kdfMemory = 120
    /// Passes over that memory.
    case kdfPasses = 121
    /// The cipher that seals, of vatic_suite; 0 takes the faster one on this machine.
    case suite = 122
    /// Bytes of output that decoding may yield.
    case limitOutput = 200
    /// Bytes of memory that decoding may take, output buffers of a group included.
    case limitMemory = 201
    /// Bytes of memory that trying a password may take.
    case limitKdfMemory = 202
    /// Bytes of a model, from a file or inside of data.
    case limitModel = 203
    /// Bytes of hash on each record. Without them, another model or damage may give wrong bytes and no error.
    case recordTag = 300
    /// Bytes of the longest record that decoding may yield.
    case recordMax = 301
    /// Records of a batch that share a code stream and learn from each other.
    case recordBundle = 302
    /// Bytes of an archive's content that are coded together; 0 chooses.
    case solidSize = 400
    /// Whether archives leave out times, owners and attributes, so that equal trees give equal archives.
    case deterministic = 401
    /// Whether files that are in the way may be replaced.
    case overwrite = 402
    /// Whether extraction goes on behind a damaged entry.
    case keepGoing = 403
    /// Whether extraction restores owners, set-id bits and exact modes.
    case owners = 404
    /// Whether extraction restores attributes outside of the class user.
    case allXattrs = 405
    /// Whether extraction makes named pipes and devices.
    case special = 406
    /// Entries of an archive.
    case limitEntries = 420
    /// Bytes of content of all entries that are read together.
    case limitContent = 421

    /// The values that it takes.
    public var bounds: ClosedRange<UInt64> {
        switch self {
        case .level: 1...9
        case .threads: 0...1024
        case .groupSize: 0...536870912
        case .memory: 1048576...UInt64.max
        case .codec: 0...255
        case .checksum: 0...1
        case .verify: 0...1
        case .dedup: 0...1
        case .contentLength: 0...UInt64.max
        case .embedModel: 0...1
        case .pure: 0...1
        case .lanes: 1...32
        case .kdfMemory: 1048576...1073741824
        case .kdfPasses: 1...16
        case .suite: 0...2
        case .limitOutput: 0...UInt64.max
        case .limitMemory: 0...UInt64.max
        case .limitKdfMemory: 0...UInt64.max
        case .limitModel: 0...UInt64.max
        case .recordTag: 0...4
        case .recordMax: 0...UInt64.max
        case .recordBundle: 1...4096
        case .solidSize: 0...536870912
        case .deterministic: 0...1
        case .overwrite: 0...1
        case .keepGoing: 0...1
        case .owners: 0...1
        case .allXattrs: 0...1
        case .special: 0...1
        case .limitEntries: 0...UInt64.max
        case .limitContent: 0...UInt64.max
        }
    }

    /// What counts if nothing is said.
    public var defaultValue: UInt64 {
        switch self {
        case .level: 5
        case .threads: 1
        case .groupSize: 0
        case .memory: UInt64.max
        case .codec: 255
        case .checksum: 1
        case .verify: 0
        case .dedup: 1
        case .contentLength: UInt64.max
        case .embedModel: 0
        case .pure: 0
        case .lanes: 1
        case .kdfMemory: 67108864
        case .kdfPasses: 3
        case .suite: 0
        case .limitOutput: UInt64.max
        case .limitMemory: 2147483648
        case .limitKdfMemory: 268435456
        case .limitModel: 1073741824
        case .recordTag: 0
        case .recordMax: 16777216
        case .recordBundle: 16
        case .solidSize: 0
        case .deterministic: 0
        case .overwrite: 0
        case .keepGoing: 0
        case .owners: 0
        case .allXattrs: 0
        case .special: 0
        case .limitEntries: 16777216
        case .limitContent: UInt64.max
        }
    }
}

/// What failures have in common.
public enum ErrorFamily: Sendable {
    /// the input is not what it should be.
    case data
    /// more is needed than there is or than is allowed.
    case resource
    /// the call makes no sense.
    case usage
    /// the file system refused something.
    case file
    /// a key is missing, wrong, or something sealed was changed.
    case seal
    /// a bug in the library.
    case `internal`
}

/// What can go wrong, with the same number in every language.
public enum ErrorCode: Int32, Sendable, CaseIterable {
    /// the input is not a vatic file.
    case notVatic = 10
    /// the file needs a newer or fuller version of this library.
    case unsupported = 12
    /// the file is of another kind: an archive, a frame or a batch.
    case wrongKind = 14
    /// the input ends before the data does.
    case truncated = 20
    /// the input is damaged.
    case corrupt = 22
    /// the content is not the one that was compressed.
    case hashMismatch = 24
    /// the model that the data was coded with was not given.
    case modelMissing = 26
    /// decoding would need more than the limits allow.
    case limit = 30
    /// the system refused memory.
    case outOfMemory = 32
    /// the destination is too small for the result.
    case dstTooSmall = 34
    /// an argument or option is outside its range.
    case invalidOption = 40
    /// a pointer is NULL that must not be.
    case nullArgument = 41
    /// the object cannot do this in its present state.
    case misuse = 42
    /// the object is in use, by another thread or by the caller of this callback.
    case busy = 43
    /// several calls in a row had neither input nor room for output.
    case noProgress = 44
    /// the program was compiled for another version of the library.
    case abiMismatch = 46
    /// there is nothing of this name or number.
    case notFound = 48
    /// the progress callback asked to stop.
    case cancelled = 50
    /// reading or writing failed.
    case io = 60
    /// something stands in the way, and may not be replaced.
    case exists = 61
    /// another process is writing to the file.
    case locked = 62
    /// the path cannot be used here.
    case path = 63
    /// some entries failed; the others are done.
    case partial = 64
    /// the file is sealed, and no key was given.
    case keyNeeded = 70
    /// none of the keys given opens the file.
    case wrongKey = 71
    /// a key was given, and the data is not sealed.
    case notSealed = 72
    /// something sealed is not what its writer wrote.
    case tampered = 73
    /// a bug in the library, caught before wrong bytes could leave it.
    case `internal` = 90
    /// a bug in the library; the object is unusable until it is reset.
    case panic = 91

    /// What it has in common with others.
    public var family: ErrorFamily {
        switch self {
        case .notVatic, .unsupported, .wrongKind, .truncated, .corrupt, .hashMismatch, .modelMissing: .data
        case .limit, .outOfMemory, .dstTooSmall: .resource
        case .invalidOption, .nullArgument, .misuse, .busy, .noProgress, .abiMismatch, .notFound, .cancelled: .usage
        case .io, .exists, .locked, .path, .partial: .file
        case .keyNeeded, .wrongKey, .notSealed, .tampered: .seal
        case .internal, .panic: .internal
        }
    }
}
