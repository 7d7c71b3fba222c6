import Foundation
internal import VaticNative

/// What seals a file and what opens it: a password, 32 secret bytes, or one half of an `age` pair.
public final class Key: Sendable {
    let native: VaticNative.Key

    private init(_ native: VaticNative.Key) {
        self.native = native
    }

    /// A password; its UTF-8 bytes count as they are.
    public static func password(_ text: String) throws -> Key {
        Key(try Vatic.native { try VaticNative.Key.password(utf8: Data(text.utf8)) })
    }

    /// 32 bytes from a good random generator, such as `generateRaw`.
    public static func raw(_ data: Data) throws -> Key {
        Key(try Vatic.native { try VaticNative.Key.raw(data: fit(data)) })
    }

    /// Whom to seal for: `age1...`.
    public static func recipient(_ text: String) throws -> Key {
        Key(try Vatic.native { try VaticNative.Key.recipient(text: text) })
    }

    /// The secret half, which opens: `AGE-SECRET-KEY-1...`.
    public static func identity(_ text: String) throws -> Key {
        Key(try Vatic.native { try VaticNative.Key.identity(utf8: Data(text.utf8)) })
    }

    /// New random bytes for `raw`.
    public static func generateRaw() throws -> Data {
        try Vatic.native { try VaticNative.generateRaw() }
    }

    /// A new identity, to be kept, and its recipient, to be given away.
    public static func generateIdentity() throws -> (identity: String, recipient: String) {
        let pair = try Vatic.native { try VaticNative.generateIdentity() }
        return (pair[0], pair[1])
    }
}

/// Settings for whatever the library does.
public struct Options: Sendable {
    /// Parameters that are not at their defaults.
    public var values: [Parameter: UInt64]
    /// Models that encoding may use and decoding may need.
    public var models: [VaticModel]
    /// Keys that seal what is written and open what is read.
    public var keys: [Key]

    /// Settings; the level is 1 to 9, 5 if nothing is said.
    public init(
        level: Int? = nil, values: [Parameter: UInt64] = [:], models: [VaticModel] = [], keys: [Key] = []
    ) {
        self.values = values
        self.models = models
        self.keys = keys
        if let level {
            self.values[.level] = UInt64(max(0, level))
        }
    }

    /// Settings of a preset.
    public init(preset: Preset) {
        self.init(level: preset.rawValue)
    }

    /// For the library.
    func settings() throws -> Settings {
        try Vatic.native {
            try Settings(
                values: values.map { Setting(number: $0.key.rawValue, value: $0.value) },
                models: models.map(\.native), keys: keys.map(\.native))
        }
    }
}
