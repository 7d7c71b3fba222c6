import Foundation
internal import VaticNative

/// One entry of an archive.
public struct ArchiveEntry: Sendable, Equatable {
    /// The name's bytes.
    public let nameBytes: Data
    /// What a link points to; empty for what is no link.
    public let targetBytes: Data
    /// BLAKE3 of the content, if the entry has it.
    public let hash: Data?
    /// What it is.
    public let kind: EntryKind
    /// Bytes of content.
    public let size: UInt64
    /// The low 12 bits of a Unix mode.
    public let mode: Int
    /// Seconds since 1970 and nanoseconds beyond, if they are known.
    public let modified: (seconds: Int64, nanoseconds: Int)?
    /// The generation that it came with, from 1.
    public let generation: UInt64
    /// Major and minor number of a device.
    public let device: (major: UInt64, minor: UInt64)

    let index: UInt64

    init(_ index: Int, _ native: NativeEntry) {
        let values = native.values
        self.index = UInt64(index)
        nameBytes = native.name
        targetBytes = native.target
        hash = native.hash
        kind = EntryKind(rawValue: Int(values[0])) ?? .file
        size = values[1]
        mode = Int(values[3])
        modified = values[4] == 0 ? nil : (Int64(bitPattern: values[5]), Int(values[6]))
        generation = values[10]
        device = (values[11], values[12])
    }

    /// The name, with marks for what is not UTF-8.
    public var name: String { String(decoding: nameBytes, as: UTF8.self) }

    /// What a link points to, with marks for what is not UTF-8.
    public var target: String { String(decoding: targetBytes, as: UTF8.self) }

    /// Whether both are the same entry of the same archive.
    public static func == (one: ArchiveEntry, other: ArchiveEntry) -> Bool {
        one.index == other.index && one.nameBytes == other.nameBytes && one.hash == other.hash
    }
}

/// An archive that is open for reading.
public final class VaticArchive: Sendable {
    private let archive: Archive
    /// The entries, in the order of their names.
    public let entries: [ArchiveEntry]

    private init(_ archive: Archive) throws {
        self.archive = archive
        entries = try Vatic.native { try archive.entries() }.enumerated().map { ArchiveEntry($0, $1) }
    }

    /// Opens an archive.
    public convenience init(_ file: URL, options: Options = Options()) throws {
        let settings = try options.settings()
        try self.init(try Vatic.native { try Archive.open(path: file.path, settings: settings) })
    }

    /// Opens the bytes of an archive.
    public convenience init(_ data: Data, options: Options = Options()) throws {
        let settings = try options.settings()
        try self.init(try Vatic.native { try Archive.fromBytes(data: fit(data), settings: settings) })
    }

    /// Packs files and folders into a new archive, which appears whole or not at all.
    public static func create(_ file: URL, from inputs: [URL], options: Options = Options()) throws {
        let settings = try options.settings()
        try Vatic.native {
            try archiveCreate(target: file.path, inputs: inputs.map(\.relativePath), settings: settings)
        }
    }

    /// Adds files and folders. Contents that it has are not stored again.
    public static func append(_ file: URL, from inputs: [URL], options: Options = Options()) throws {
        let settings = try options.settings()
        try Vatic.native {
            try archiveAppend(target: file.path, inputs: inputs.map(\.relativePath), settings: settings)
        }
    }

    /// The entry of this name.
    public func entry(_ name: String) -> ArchiveEntry? {
        entries.first { $0.name == name }
    }

    /// The content of an entry; a hard link has its target's.
    public func read(_ entry: ArchiveEntry) throws -> Data {
        try Vatic.native { try archive.read(index: entry.index) }
    }

    /// Extracts what shell patterns match, or everything, to a folder; how many entries that were. Nothing is written
    /// outside of the folder, whatever the archive says.
    @discardableResult
    public func extract(to folder: URL, matching patterns: [String] = []) throws -> UInt64 {
        try Vatic.native { try archive.extract(target: folder.path, patterns: patterns) }
    }

    /// Decodes everything, and compares it with what the index says.
    public func verify() throws {
        try Vatic.native { try archive.verify() }
    }
}
