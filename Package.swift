// swift-tools-version: 6.0
// At the root of the repository, where a dependency by URL looks for it; the sources are in sdk-swift.
import PackageDescription

let package = Package(
    name: "Vatic",
    products: [.library(name: "Vatic", targets: ["Vatic"])],
    targets: [
        // What `sdk-swift/build.sh` installs. Apple's platforms will have a binary target in its place.
        .systemLibrary(
            name: "vatic_nativeFFI", path: "sdk-swift/Sources/vatic_nativeFFI", pkgConfig: "vatic-swift"),
        // Written by uniffi, which is not ready for the language mode of Swift 6.
        .target(
            name: "VaticNative", dependencies: ["vatic_nativeFFI"], path: "sdk-swift/Sources/VaticNative",
            swiftSettings: [.swiftLanguageMode(.v5)]),
        .target(name: "Vatic", dependencies: ["VaticNative"], path: "sdk-swift/Sources/Vatic"),
        .testTarget(name: "VaticTests", dependencies: ["Vatic"], path: "sdk-swift/Tests/VaticTests"),
        .executableTarget(name: "VaticVectors", dependencies: ["Vatic"], path: "sdk-swift/Vectors"),
    ],
    swiftLanguageModes: [.v6]
)
