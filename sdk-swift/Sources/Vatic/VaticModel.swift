import Foundation
internal import VaticNative

/// What experts know beforehand, from a `.vatm` file or from training. It never changes; tasks may share it.
public final class VaticModel: Sendable {
    let native: Model

    private init(_ native: Model) {
        self.native = native
    }

    /// Reads a `.vatm` file.
    public convenience init(_ file: URL, options: Options = Options()) throws {
        let settings = try options.settings()
        self.init(try Vatic.native { try Model.open(path: file.path, settings: settings) })
    }

    /// Reads the bytes of a `.vatm` file.
    public convenience init(_ data: Data, options: Options = Options()) throws {
        let settings = try options.settings()
        self.init(try Vatic.native { try Model.fromBytes(data: fit(data), settings: settings) })
    }

    /// Trains a primer on samples; a size of 0 leaves it to the library.
    ///
    /// **A primer holds traces of what it was trained on.**
    public static func train(_ samples: [Data], size: UInt64 = 0) throws -> VaticModel {
        VaticModel(try Vatic.native { try Model.train(samples: samples.map(fit), size: size) })
    }

    /// The model as a `.vatm` file.
    public func data() throws -> Data {
        try Vatic.native { try native.toBytes() }
    }

    /// The id; data cites its first 16 digits.
    public var id: String { native.id() }

    /// What the model says about itself.
    public var metadata: [String: String] { native.metadata() }

    /// A coder for single records; each task needs its own.
    public func records(options: Options = Options()) throws -> VaticRecords {
        let settings = try options.settings()
        return VaticRecords(try Vatic.native { try Records(model: native, settings: settings) })
    }

    /// Codes records into one batch.
    public func compressMany(_ records: [Data], options: Options = Options()) throws -> Data {
        let settings = try options.settings()
        return try Vatic.native { try VaticNative.compressMany(list: records.map(fit), model: native, settings: settings) }
    }

    /// All records of a batch under this model.
    public func decompressMany(_ batch: Data) throws -> [Data] {
        let settings = try Options(models: [self]).settings()
        return try Vatic.native { try VaticNative.decompressMany(data: fit(batch), settings: settings) }
    }
}

extension Vatic {
    /// All records of a batch. Its model is in the batch, or one of the options.
    public static func decompressMany(_ batch: Data, options: Options = Options()) throws -> [Data] {
        let settings = try options.settings()
        return try native { try VaticNative.decompressMany(data: fit(batch), settings: settings) }
    }
}

/// Codes records one by one. Without `Parameter.recordTag`, another model or damage may give a wrong record and no error.
public final class VaticRecords: Sendable {
    private let records: Records

    init(_ records: Records) {
        self.records = records
    }

    /// What a record is coded to.
    public func compress(_ record: Data) throws -> Data {
        try Vatic.native { try records.compress(record: fit(record)) }
    }

    /// The record that was coded.
    public func decompress(_ packed: Data) throws -> Data {
        try Vatic.native { try records.decompress(packed: fit(packed)) }
    }
}
