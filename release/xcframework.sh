#!/usr/bin/env bash
# Builds what the Swift package links on Apple's platforms, and prints the binary target that takes the system library's place in
# Package.swift: xcframework.sh FOLDER. It needs a Mac with Xcode. NEVER RUN so far.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
work=$target/xcframework
# Each slice is one platform; those of two architectures are joined.
slices=(macos:aarch64-apple-darwin,x86_64-apple-darwin ios:aarch64-apple-ios simulator:aarch64-apple-ios-sim,x86_64-apple-ios)

cd "$root"
rm -rf "$work" "$out/vatic_nativeFFI.xcframework"
mkdir -p "$work/headers/vatic_nativeFFI"
# In a folder of their own: module maps of two frameworks would overwrite each other.
cp sdk-swift/Sources/vatic_nativeFFI/{module.modulemap,vatic_nativeFFI.h} "$work/headers/vatic_nativeFFI"
libraries=()
for slice in "${slices[@]}"; do
  mkdir -p "$work/${slice%%:*}"
  archives=()
  for triple in $(tr , ' ' <<<"${slice#*:}"); do
    rustup target add "$triple"
    CARGO_TARGET_DIR=$target cargo rustc --release --locked -p vatic-swift --lib --crate-type staticlib --target "$triple"
    archives+=("$target/$triple/release/libvatic_swift.a")
  done
  lipo -create "${archives[@]}" -output "$work/${slice%%:*}/libvatic_swift.a"
  libraries+=(-library "$work/${slice%%:*}/libvatic_swift.a" -headers "$work/headers")
done
xcodebuild -create-xcframework "${libraries[@]}" -output "$out/vatic_nativeFFI.xcframework"
(cd "$out" && zip -qr vatic_nativeFFI.xcframework.zip vatic_nativeFFI.xcframework)
cat <<END
.binaryTarget(
    name: "vatic_nativeFFI", url: "URL/vatic_nativeFFI.xcframework.zip",
    checksum: "$(swift package compute-checksum "$out/vatic_nativeFFI.xcframework.zip")"),
END
