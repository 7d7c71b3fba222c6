import Foundation
internal import VaticNative

/// Compresses data that comes in pieces into one frame. One task at a time; a second one gets `ErrorCode.busy`.
public final class VaticCompressor: Sendable {
    private let encoder: Encoder

    /// A compressor before its first byte.
    public init(options: Options = Options()) throws {
        let settings = try options.settings()
        encoder = try Vatic.native { try Encoder(settings: settings) }
    }

    /// Takes `data`; what output there is.
    public func compress(_ data: Data) throws -> Data {
        try Vatic.native { try encoder.push(data: fit(data), op: 0) }
    }

    /// Gives out everything so far, so that it can be decompressed.
    public func flush() throws -> Data {
        try Vatic.native { try encoder.push(data: Data(), op: 1) }
    }

    /// Ends the frame; nothing can follow.
    public func finish() throws -> Data {
        try Vatic.native { try encoder.push(data: Data(), op: 2) }
    }
}

/// Restores frames that come in pieces. One task at a time; a second one gets `ErrorCode.busy`.
public final class VaticDecompressor: Sendable {
    private let decoder: Decoder

    /// A decompressor before its first byte.
    public init(options: Options = Options()) throws {
        let settings = try options.settings()
        decoder = try Vatic.native { try Decoder(settings: settings) }
    }

    /// Takes `data`; what output there is.
    public func decompress(_ data: Data) throws -> Data {
        try Vatic.native { try decoder.pull(data: fit(data), max: UInt64.max, end: false).bytes }
    }

    /// The rest of the output. It fails where the last frame is not whole.
    public func finish() throws -> Data {
        try Vatic.native { try decoder.pull(data: Data(), max: UInt64.max, end: true).bytes }
    }
}

/// Pieces of data on their way through the library.
public struct VaticAsyncSequence<Base: AsyncSequence>: AsyncSequence where Base.Element == Data {
    /// A piece.
    public typealias Element = Data

    let base: Base
    let make: () throws -> (take: (Data) throws -> Data, end: () throws -> Data)

    /// Makes an iterator, which begins anew.
    public func makeAsyncIterator() -> Iterator {
        Iterator(base: base.makeAsyncIterator(), make: make)
    }

    /// Reads the pieces.
    public struct Iterator: AsyncIteratorProtocol {
        var base: Base.AsyncIterator
        let make: () throws -> (take: (Data) throws -> Data, end: () throws -> Data)
        var steps: (take: (Data) throws -> Data, end: () throws -> Data)?
        var ended = false

        /// The next piece that is not empty.
        public mutating func next() async throws -> Data? {
            while !ended {
                try Task.checkCancellation()
                let steps = try self.steps ?? make()
                self.steps = steps
                let out: Data
                if let piece = try await base.next() {
                    out = try steps.take(piece)
                } else {
                    ended = true
                    out = try steps.end()
                }
                if !out.isEmpty {
                    return out
                }
            }
            return nil
        }
    }
}

extension AsyncSequence where Element == Data {
    /// The pieces as one frame.
    public func vaticCompressed(options: Options = Options()) -> VaticAsyncSequence<Self> {
        VaticAsyncSequence(base: self) {
            let compressor = try VaticCompressor(options: options)
            return (compressor.compress, compressor.finish)
        }
    }

    /// The content of the frames that come in pieces.
    public func vaticDecompressed(options: Options = Options()) -> VaticAsyncSequence<Self> {
        VaticAsyncSequence(base: self) {
            let decompressor = try VaticDecompressor(options: options)
            return (decompressor.decompress, decompressor.finish)
        }
    }
}
