import Foundation
internal import VaticNative

/// Compresses and restores in one call.
public enum Vatic {
    /// Runs `work` on the library.
    static func native<T>(_ work: () throws -> T) throws -> T {
        try run(work)
    }

    /// The version of the library.
    public static var version: String { libraryVersion() }

    /// The version of the format that is written.
    public static var formatVersion: Int { Int(VaticNative.formatVersion()) }

    /// Compresses `data` into one frame.
    public static func compress(_ data: Data, options: Options = Options()) throws -> Data {
        let settings = try options.settings()
        return try native { try VaticNative.compress(data: fit(data), settings: settings) }
    }

    /// Compresses bytes into one frame.
    public static func compress(_ bytes: [UInt8], options: Options = Options()) throws -> [UInt8] {
        [UInt8](try compress(Data(bytes), options: options))
    }

    /// Restores all frames of `data`. Of input from strangers, bound the result by `Parameter.limitOutput`.
    public static func decompress(_ data: Data, options: Options = Options()) throws -> Data {
        let settings = try options.settings()
        return try native { try VaticNative.decompress(data: fit(data), settings: settings) }
    }

    /// Restores all frames of bytes.
    public static func decompress(_ bytes: [UInt8], options: Options = Options()) throws -> [UInt8] {
        [UInt8](try decompress(Data(bytes), options: options))
    }

    /// The length of the first frame's content, if its front tells. The first 64 bytes of a file are enough.
    public static func contentLength(_ data: Data) throws -> UInt64? {
        try native { try VaticNative.contentLength(data: data.prefix(64)) }
    }

    /// BLAKE3 of `data`: what `ArchiveEntry.hash` is for contents.
    public static func hash(_ data: Data) throws -> Data {
        try native { VaticNative.hash(data: try fit(data)) }
    }
}

/// Reads parts of a file's content, and decodes only the groups that they are in.
public final class VaticReader: Sendable {
    private let reader: Reader

    /// Opens a file.
    public init(_ file: URL, options: Options = Options()) throws {
        let settings = try options.settings()
        reader = try Vatic.native { try Reader.open(path: file.path, settings: settings) }
    }

    /// Opens the bytes of a file.
    public init(_ data: Data, options: Options = Options()) throws {
        let settings = try options.settings()
        reader = try Vatic.native { try Reader.fromBytes(data: fit(data), settings: settings) }
    }

    /// Bytes of content.
    public func length() throws -> UInt64 {
        try Vatic.native { try reader.length() }
    }

    /// Up to `count` bytes at `offset`, fewer at the end.
    public func read(at offset: UInt64, count: Int) throws -> Data {
        try Vatic.native { try reader.read(offset: offset, size: UInt64(max(0, count))) }
    }
}
