#!/usr/bin/env bash
# Builds the native library and the package, and tests both. --vectors stops behind the vectors; --again runs them once more, elsewhere; with --generate, what uniffi writes is
# written anew, else it is compared.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
root=$(cd "$here/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$target/sdk-swift/lib"
work=$(cd "$target/sdk-swift" && pwd)
export CARGO_TARGET_DIR=${work%/sdk-swift}
say() { printf -- '-- %s\n' "$*"; }
fail() { printf 'sdk-swift: %s\n' "$*" >&2; exit 1; }
swift() { PKG_CONFIG_PATH=$work "$root/tests/machines/root.sh" swift "$root" "$work" -- "$@"; }

if [ "${1-}" = --again ]; then
  folders=$(dirname "$2")
  PKG_CONFIG_PATH=$work exec "$root/tests/machines/root.sh" swift "$root" "$work" "$folders" "$(dirname "${3:-$2}")" -- \
    "$work/build/debug/VaticVectors" "${@:2}"
fi

say "native library"
cd "$root"
cargo build -q -p vatic-swift
cp "$CARGO_TARGET_DIR/debug/libvatic_swift.a" "$work/lib/"
cat >"$work/vatic-swift.pc" <<END
Name: vatic-swift
Description: what the Swift package Vatic links
Version: $(cargo pkgid -p vatic-swift | sed 's/.*[#@]//')
Libs: -L$work/lib -lvatic_swift
END

if [ "${1-}" != --vectors ]; then
  say "what uniffi writes"
  CARGO_TARGET_DIR=$CARGO_TARGET_DIR/bindgen cargo build -q --manifest-path bindings/swift/bindgen/Cargo.toml
  rm -rf "$work/written"
  "$CARGO_TARGET_DIR/bindgen/debug/vatic-swift-bindgen" --swift-sources --headers --metadata-no-deps \
    "$CARGO_TARGET_DIR/debug/libvatic_swift.so" "$work/written"
  # Committed without spaces at the ends of lines.
  sed -i 's/[[:space:]]*$//' "$work"/written/*
  for pair in vatic_native.swift:VaticNative vatic_nativeFFI.h:vatic_nativeFFI; do
    committed=$here/Sources/${pair#*:}/${pair%:*}
    if [ "${1-}" = --generate ]; then cp "$work/written/${pair%:*}" "$committed"; fi
    cmp "$work/written/${pair%:*}" "$committed" || fail "not up to date; run sdk-swift/test/run.sh --generate"
  done
fi

say "vectors"
swift swift run -q --scratch-path "$work/build" VaticVectors "$root/tests/vectors"
[ "${1-}" != --vectors ] || exit 0
say "tests"
swift swift test -q --scratch-path "$work/build" >"$work/test.log" 2>&1 || { cat "$work/test.log"; fail "a test failed"; }
! grep -E 'warning: ' "$work/test.log" || fail "warnings"

say "the programs of docs/swift.md, in a package that depends on this one"
rm -rf "$work/recipes/Sources" "$work/recipes/files"
mkdir -p "$work/recipes/Sources" "$work/recipes/files"
awk -v folder="$work/recipes/Sources/recipe" '
     /^<!-- recipe: /{ file = ""; n++ }
     /^```swift$/ && n > seen { seen = n; system("mkdir -p " folder n); file = folder n "/main.swift"; next }
     /^```$/ { file = "" }
     file { print >file }' "$root/docs/swift.md"
recipes=$(cd "$work/recipes/Sources" && echo *)
[ "$(wc -w <<<"$recipes")" -ge 6 ] || fail "docs/swift.md lost recipes"
{
  printf '// swift-tools-version: 6.0\nimport PackageDescription\n\nlet package = Package(name: "Recipes",\n'
  printf '  dependencies: [.package(name: "Vatic", path: "%s")],\n  targets: [\n' "$root"
  for recipe in $recipes; do
    printf '  .executableTarget(name: "%s", dependencies: [.product(name: "Vatic", package: "Vatic")]),\n' "$recipe"
  done
  printf '])\n'
} >"$work/recipes/Package.swift"
swift swift build -q --package-path "$work/recipes" >"$work/recipes.log" 2>&1 || { cat "$work/recipes.log"; fail "a recipe does not build"; }
for recipe in $recipes; do
  (cd "$work/recipes/files" && "$root/tests/machines/root.sh" swift "$work" "$root" -- bash -c "cd recipes/files && ../.build/debug/$recipe" >/dev/null) ||
    fail "$recipe of docs/swift.md failed"
done
say "sdk-swift: all passed"
