import Foundation
internal import VaticNative

/// Whatever goes wrong.
public struct VaticError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What it is; its number is the same in every language.
    public let code: ErrorCode
    /// What went wrong here, for people.
    public let message: String

    /// Code and message.
    public var description: String { "\(code): \(message)" }
}

/// Runs `work` on the library, which must be the one that this code was written for.
func run<T>(_ work: () throws -> T) throws -> T {
    try checked.get()
    do {
        return try work()
    } catch let NativeError.Failed(code, text) {
        throw VaticError(code: ErrorCode(rawValue: code) ?? .internal, message: text)
    }
}

/// Data as the library takes it in one call: it counts their bytes in 32 bits.
func fit(_ data: Data) throws -> Data {
    guard data.count <= Int(Int32.max) else {
        throw VaticError(code: .invalidOption, message: "\(data.count) bytes are too many for one call")
    }
    return data
}

private let checked: Result<Void, VaticError> = {
    guard abiVersion() == Expected.abi, libraryVersion() == Expected.version else {
        let message = "the library is version \(libraryVersion()), and this package \(Expected.version)"
        return .failure(VaticError(code: .abiMismatch, message: message))
    }
    return .success(())
}()
