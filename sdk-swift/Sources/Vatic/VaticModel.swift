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

    /// Reads the bytes of a `.czm` file of czip: a transformer, which computes what czip does.
    public convenience init(czm data: Data, options: Options = Options()) throws {
        let settings = try options.settings()
        self.init(try Vatic.native { try Model.fromCzm(data: fit(data), settings: settings) })
    }

    /// Trains a primer on samples; a size of 0 leaves it to the library. With a model to stand beside, it is what the codec `neural` begins with
    /// beside that model's transformer, and what comes of it is that model with it; each byte then takes some ten microseconds or more.
    ///
    /// **A primer holds traces of what it was trained on.**
    public static func train(_ samples: [Data], size: UInt64 = 0, beside: VaticModel? = nil) throws -> VaticModel {
        VaticModel(try Vatic.native { try Model.train(samples: samples.map(fit), size: size, beside: beside?.native) })
    }

    /// One model with the parts of both, and what this one says about itself. They may have no part of the same name. What cites one of them is
    /// read with the joined one too.
    public func join(_ other: VaticModel) throws -> VaticModel {
        VaticModel(try Vatic.native { try native.join(other: other.native) })
    }

    /// The names of its parts.
    public var parts: [String] { native.parts() }

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
