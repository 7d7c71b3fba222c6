import Foundation
import Vatic

/// Runs tests/vectors through the package. Prints each that fails, then a line with the numbers. With a second folder it writes vectors
/// there instead, of what is never the same twice, for the other languages to read.
@main
struct Main {
    typealias Meta = [String: Any]

    static func unhex(_ digits: String) -> Data {
        let letters = Array(digits.utf8)
        return Data(stride(from: 0, to: letters.count, by: 2).compactMap { place in
            UInt8(String(decoding: letters[place..<place + 2], as: UTF8.self), radix: 16)
        })
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static func number(_ value: Any?) -> UInt64? {
        (value as? NSNumber)?.uint64Value
    }

    static func options(_ meta: Meta) throws -> Options {
        var options = Options()
        let keys = meta["keys"] as? Meta ?? [:]
        if let raw = keys["raw"] as? String {
            options.keys.append(try Key.raw(unhex(raw)))
        }
        if let password = keys["password"] as? String {
            guard hex(password.utf8) == keys["password_utf8"] as? String else {
                throw VaticError.other("the password's bytes changed on their way")
            }
            options.keys.append(try Key.password(password))
        }
        if let identity = keys["identity"] as? String {
            options.keys.append(try Key.identity(identity))
        }
        let limits = meta["limits"] as? Meta ?? [:]
        options.values[.limitOutput] = number(limits["output"])
        options.values[.limitMemory] = number(limits["memory"])
        return options
    }

    /// A line for each entry, as in the other runners.
    static func dump(_ packed: Data, _ options: Options) throws -> Data {
        let kinds: [EntryKind: String] = [
            .file: "file", .directory: "directory", .symlink: "symlink", .hardLink: "hard-link", .fifo: "fifo",
            .charDevice: "character-device", .blockDevice: "block-device",
        ]
        let archive = try VaticArchive(packed, options: options)
        var out = ""
        for entry in archive.entries {
            let content = try archive.read(entry)
            var last = content.isEmpty ? "-" : hex(try Vatic.hash(content))
            if entry.kind == .symlink || entry.kind == .hardLink {
                last = hex(entry.targetBytes)
            } else if entry.kind == .charDevice || entry.kind == .blockDevice {
                last = "\(entry.device.major),\(entry.device.minor)"
            }
            let mode = String(entry.mode, radix: 8)
            let time = entry.modified.map { time in
                let nanos = String(time.nanoseconds)
                return "\(time.seconds)." + String(repeating: "0", count: 9 - nanos.count) + nanos
            }
            out += "\(kinds[entry.kind] ?? "?") " + String(repeating: "0", count: max(0, 4 - mode.count)) + mode
            out += " \(time ?? "-") \(entry.size) \(hex(entry.nameBytes)) \(last)\n"
        }
        return Data(out.utf8)
    }

    static func decodes(_ meta: Meta, _ packed: Data, _ plain: Data) throws -> String {
        let options = try options(meta)
        if meta["kind"] as? String == "archive" {
            return try dump(packed, options) == plain ? "" : "other entries"
        }
        guard try Vatic.decompress(packed, options: options) == plain else {
            return "other content"
        }
        let decompressor = try VaticDecompressor(options: options)
        var out = Data()
        for start in stride(from: 0, to: packed.count, by: 1000) {
            out += try decompressor.decompress(packed.subdata(in: start..<min(start + 1000, packed.count)))
        }
        out += try decompressor.finish()
        return out == plain ? "" : "other content as a stream"
    }

    static func fails(_ meta: Meta, _ packed: Data, _ plain: Data) throws -> String {
        do {
            let options = try options(meta)
            if meta["kind"] as? String == "archive" {
                try VaticArchive(packed, options: options).verify()
            } else {
                _ = try Vatic.decompress(packed, options: options)
            }
        } catch let error as VaticError {
            return number(meta["error"]) == UInt64(error.code.rawValue) ? "" : "\(error)"
        }
        return "it decoded"
    }

    static func encodes(_ meta: Meta, _ packed: Data, _ plain: Data) throws -> String {
        let codecs = Dictionary(uniqueKeysWithValues: Codec.allCases.map { ("\($0)", UInt64($0.rawValue)) })
        var options = Options()
        for (name, value) in meta["options"] as? Meta ?? [:] {
            switch name {
            case "level": options.values[.level] = number(value)
            case "group_size": options.values[.groupSize] = number(value)
            case "codec": options.values[.codec] = (value as? String).flatMap { codecs[$0] }
            default: return "an option that this runner does not know: \(name)"
            }
        }
        return try Vatic.compress(plain, options: options) == packed ? "" : "other bytes than stored"
    }

    static func lines(_ plain: Data) -> [Data] {
        plain.split(separator: 10, omittingEmptySubsequences: false).map { Data($0) }
    }

    static func records(_ meta: Meta, _ packed: Data, _ plain: Data) throws -> String {
        try Vatic.decompressMany(packed) == lines(plain) ? "" : "other records"
    }

    static func write(_ folder: URL, _ out: URL) throws {
        let plain = try Data(contentsOf: folder.appendingPathComponent("encode/bwt-text.plain"))
        let password = "\u{2202}atei-Schl\u{fc}ssel"
        let stream = try VaticCompressor(options: Options(values: [.level: 2]))
        var streamed = try stream.compress(plain.prefix(1000))
        streamed += try stream.flush()
        streamed += try stream.compress(plain.dropFirst(1000))
        streamed += try stream.finish()
        var sealing = Options(values: [.kdfMemory: 1 << 20, .kdfPasses: 1])
        sealing.keys = [try Key.password(password)]
        let batch = try VaticModel.train(lines(plain)).compressMany(lines(plain), options: Options(values: [.embedModel: 1]))
        let keys = ["password": password, "password_utf8": hex(password.utf8)]
        for (kind, name, packed, more) in [
            ("decode", "sealed", try Vatic.compress(plain, options: sealing), ["keys": keys]),
            ("decode", "stream", streamed, [:]),
            ("records", "batch", batch, [:]),
        ] as [(String, String, Data, Meta)] {
            let folder = out.appendingPathComponent(kind)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let file = { (end: String) in "swift-\(name).\(end)" }
            let meta: Meta = more.merging(["packed": file("vat"), "plain": file("plain")]) { first, _ in first }
            try JSONSerialization.data(withJSONObject: meta).write(to: folder.appendingPathComponent(file("json")))
            try packed.write(to: folder.appendingPathComponent(file("vat")))
            try plain.write(to: folder.appendingPathComponent(file("plain")))
        }
    }

    static func run(_ file: URL, _ check: (Meta, Data, Data) throws -> String) throws -> String {
        let folder = file.deletingLastPathComponent()
        let meta = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? Meta ?? [:]
        func data(_ key: String) throws -> Data {
            try (meta[key] as? String).map { try Data(contentsOf: folder.appendingPathComponent($0)) } ?? Data()
        }
        return try check(meta, data("packed"), data("plain"))
    }

    static func main() throws {
        let root = URL(fileURLWithPath: CommandLine.arguments[1])
        if CommandLine.arguments.count > 2 {
            return try write(root, URL(fileURLWithPath: CommandLine.arguments[2]))
        }
        var (passed, failed) = (0, 0)
        for (kind, check) in [("decode", decodes), ("must-fail", fails), ("encode", encodes), ("records", records)] {
            let folder = root.appendingPathComponent(kind)
            guard FileManager.default.fileExists(atPath: folder.path) else { continue }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
            for name in names.sorted() {
                let wrong: String
                do {
                    wrong = try run(folder.appendingPathComponent(name), check)
                } catch {
                    wrong = "\(error)"
                }
                if wrong.isEmpty {
                    passed += 1
                } else {
                    failed += 1
                    print("\(kind)/\(name): \(wrong)")
                }
            }
        }
        print("Swift: \(passed) passed, \(failed) failed")
        exit(failed > 0 || passed == 0 ? 1 : 0)
    }
}

extension VaticError {
    static func other(_ text: String) -> any Error {
        NSError(domain: text, code: 0)
    }
}
