import Foundation
import Vatic
import XCTest

final class VaticTests: XCTestCase {
    let text = Data(String(repeating: "It was the best of times, it was the worst of times. ", count: 50).utf8)

    private func fails(_ code: ErrorCode, _ work: () throws -> Void, line: UInt = #line) {
        XCTAssertThrowsError(try work(), line: line) { error in
            XCTAssertEqual((error as? VaticError)?.code, code, "\(error)", line: line)
        }
    }

    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        addTeardownBlock { try? FileManager.default.removeItem(at: folder) }
        return folder
    }

    func testOneCall() throws {
        for data in [text, Data(), Data(count: 1_000_000)] {
            let packed = try Vatic.compress(data, options: Options(preset: .fast))
            XCTAssertEqual(try Vatic.decompress(packed), data)
            XCTAssertEqual(try Vatic.contentLength(packed), UInt64(data.count))
        }
        // A slice begins elsewhere than at 0.
        XCTAssertEqual(try Vatic.decompress(Vatic.compress(text[100..<900])), text[100..<900])
        XCTAssertEqual(try Vatic.decompress(Vatic.compress([1, 2, 3] as [UInt8])), [1, 2, 3])
        XCTAssertEqual(Vatic.formatVersion, 0)
    }

    func testErrors() throws {
        let packed = try Vatic.compress(text)
        fails(.truncated) { _ = try Vatic.decompress(packed.dropLast()) }
        fails(.notVatic) { _ = try Vatic.decompress(text) }
        fails(.limit) { _ = try Vatic.decompress(packed, options: Options(values: [.limitOutput: 10])) }
        fails(.invalidOption) { _ = try Vatic.compress(text, options: Options(level: 10)) }
        fails(.invalidOption) { _ = try Vatic.compress(text, options: Options(level: -1)) }
        fails(.io) { _ = try VaticReader(URL(fileURLWithPath: "/nonexistent")) }
        XCTAssertEqual(ErrorCode.truncated.family, .data)
        XCTAssertEqual(Parameter.level.bounds, 1...9)
        XCTAssertEqual(Parameter.level.defaultValue, 5)
    }

    func testStreams() throws {
        let compressor = try VaticCompressor(), decompressor = try VaticDecompressor()
        for message in ["first", "second"] {
            let packed = try compressor.compress(Data(message.utf8)) + compressor.flush()
            XCTAssertEqual(try decompressor.decompress(packed), Data(message.utf8))
        }
        let end = try compressor.finish()
        XCTAssertEqual(try decompressor.decompress(end) + decompressor.finish(), Data())
        fails(.misuse) { _ = try compressor.compress(text) }
        fails(.misuse) { _ = try decompressor.decompress(text) }
    }

    func testSequences() async throws {
        let pieces = stride(from: 0, to: text.count, by: 100).map { text.subdata(in: $0..<min($0 + 100, text.count)) }
        let source = AsyncStream<Data> { stream in
            pieces.forEach { stream.yield($0) }
            stream.finish()
        }
        var back = Data()
        for try await piece in source.vaticCompressed(options: Options(level: 2)).vaticDecompressed() {
            back += piece
        }
        XCTAssertEqual(back, text)
        do {
            for try await _ in AsyncStream<Data>(unfolding: { nil }).vaticDecompressed() {}
            XCTFail("nothing is no frame")
        } catch let error as VaticError {
            XCTAssertEqual(error.code, .truncated)
        }
    }

    func testKeys() throws {
        let pair = try Key.generateIdentity()
        let secret = try Key.generateRaw()
        let cheap: [Parameter: UInt64] = [.kdfMemory: 1 << 20, .kdfPasses: 1]
        let everyone = [try Key.raw(secret), try Key.recipient(pair.recipient), try Key.password("pässwörd")]
        let packed = try Vatic.compress(text, options: Options(values: cheap, keys: everyone))
        for key in [try Key.raw(secret), try Key.identity(pair.identity), try Key.password("pässwörd")] {
            XCTAssertEqual(try Vatic.decompress(packed, options: Options(keys: [key])), text)
        }
        fails(.keyNeeded) { _ = try Vatic.decompress(packed) }
        fails(.wrongKey) { _ = try Vatic.decompress(packed, options: Options(keys: [Key.raw(Data(count: 32))])) }
        fails(.invalidOption) { _ = try Key.raw(Data(count: 31)) }
    }

    func testModelsAreMadeOfOthers() throws {
        let vectors = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../tests/vectors").standardized
        let base = try VaticModel(vectors.appendingPathComponent("transformer/random-23.vatm"))
        XCTAssertEqual(base.parts, ["transformer"])
        let records = (0..<20).map { Data("{\"user\": \($0), \"action\": \"login\"}".utf8) }
        let beside = try VaticModel.train(records, beside: base)
        XCTAssertEqual(beside.parts, ["gates", "transformer"])
        let primer = try VaticModel.train(records, size: 100_000)
        let joined = try primer.join(base)
        XCTAssertEqual(joined.parts, ["primer", "transformer"])
        XCTAssertEqual(try base.join(primer).id, joined.id)
        fails(.invalidOption) { _ = try joined.join(base) }
        fails(.invalidOption) { _ = try VaticModel.train(records, beside: primer) }
        let czm = try Vatic.decompress(Data(contentsOf: vectors.appendingPathComponent("czip/flat.czm.vat")))
        XCTAssertEqual(try VaticModel(czm: czm).parts, ["transformer"])
        XCTAssertThrowsError(try VaticModel(czm: czm.prefix(5000)))
    }

    func testModels() async throws {
        let records = (0..<1000).map { Data("{\"user\": \($0), \"action\": \"login\"}".utf8) }
        let model = try VaticModel.train(records, size: 100_000)
        let coder = try model.records(options: Options(values: [.recordTag: 2]))
        let packed = try coder.compress(records[7])
        XCTAssertLessThan(packed.count, records[7].count / 2)
        XCTAssertEqual(try coder.decompress(packed), records[7])
        XCTAssertEqual(try model.decompressMany(model.compressMany(records)), records)
        let again = try VaticModel(model.data())
        XCTAssertEqual(again.id, model.id)
        XCTAssertEqual(again.metadata, model.metadata)
        fails(.notVatic) { _ = try VaticModel(text) }
        // Tasks share the model, each with a coder of its own.
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let coder = try model.records()
                    return try records.prefix(100).allSatisfy { try coder.decompress(coder.compress($0)) == $0 }
                }
            }
            for try await same in group {
                XCTAssertTrue(same)
            }
        }
    }

    func testArchives() throws {
        let folder = try folder()
        let input = folder.appendingPathComponent("in")
        try FileManager.default.createDirectory(at: input, withIntermediateDirectories: true)
        try text.write(to: input.appendingPathComponent("a.txt"))
        let file = folder.appendingPathComponent("x.vat")
        try VaticArchive.create(file, from: [input])
        fails(.exists) { try VaticArchive.create(file, from: [input]) }
        let later = folder.appendingPathComponent("later")
        try Data("later".utf8).write(to: later)
        try VaticArchive.append(file, from: [later])
        for archive in [try VaticArchive(file), try VaticArchive(Data(contentsOf: file))] {
            XCTAssertEqual(archive.entries.count, 3)
            let entry = try XCTUnwrap(archive.entries.first { $0.name.hasSuffix("a.txt") })
            XCTAssertEqual(entry.kind, .file)
            XCTAssertEqual(entry.hash, try Vatic.hash(text))
            XCTAssertEqual(try archive.read(entry), text)
            XCTAssertEqual(archive.entry(entry.name), entry)
            XCTAssertNil(archive.entry("nothing"))
            try archive.verify()
        }
        let archive = try VaticArchive(file)
        XCTAssertEqual(try archive.extract(to: folder.appendingPathComponent("all")), 3)
        XCTAssertEqual(try archive.extract(to: folder.appendingPathComponent("some"), matching: ["*.txt"]), 1)
        fails(.partial) { try archive.extract(to: folder.appendingPathComponent("all")) }
        fails(.wrongKind) { _ = try VaticArchive(Vatic.compress(text)) }
    }

    func testPartsOfFiles() throws {
        let data = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 >> 6) })
        let packed = try Vatic.compress(data, options: Options(values: [.groupSize: 16 << 10]))
        let file = try folder().appendingPathComponent("größe.vat")
        try packed.write(to: file)
        for reader in [try VaticReader(packed), try VaticReader(file)] {
            XCTAssertEqual(try reader.length(), 200_000)
            XCTAssertEqual(try reader.read(at: 150_000, count: 50), data[150_000..<150_050])
            XCTAssertEqual(try reader.read(at: 200_000, count: 50), Data())
        }
    }
}
