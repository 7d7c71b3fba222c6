#!/usr/bin/env bash
# Builds the library for wasm32: build.sh FILE. Where this machine's Rust has no standard library for it, one is built from source in the
# root of tests/machines.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
mkdir -p "${CARGO_TARGET_DIR:-$root/target}/wasm"
target=$(cd "${CARGO_TARGET_DIR:-$root/target}/wasm" && pwd)
home=$(cd "${CARGO_HOME:-$HOME/.cargo}" && pwd)
triple=wasm32-unknown-unknown
flags='--cfg getrandom_backend="custom" -Ctarget-feature=+simd128'
options=(--locked -p vatic-capi --lib --release --crate-type cdylib --target "$triple" --no-default-features --features wasm)

cd "$root"
if [ -d "$(rustc --print sysroot)/lib/rustlib/$triple/lib" ]; then
  CARGO_TARGET_DIR=$target RUSTFLAGS=$flags CARGO_PROFILE_RELEASE_DEBUG=0 cargo rustc -q "${options[@]}"
else
  cargo fetch -q --locked
  # What the standard library itself is built of: the root has no network of its own.
  tests/machines/root.sh machines
  RUSTC_BOOTSTRAP=1 cargo fetch -q --locked \
    --manifest-path "$(echo "${VATIC_MACHINES_ROOT:-/var/tmp/vatic-machines}"/usr/src/rustc-*/library/Cargo.toml)"
  tests/machines/root.sh machines "$root" "$target" "$home" -- env CARGO_HOME="$home" CARGO_TARGET_DIR="$target" CARGO_NET_OFFLINE=true \
    RUSTC_BOOTSTRAP=1 CARGO_PROFILE_RELEASE_DEBUG=0 RUSTFLAGS="$flags -Clinker=wasm-ld -Clinker-flavor=wasm-ld" \
    cargo rustc -q -Zbuild-std=std,panic_abort "${options[@]}"
fi
install -m 644 "$target/$triple/release/vatic_capi.wasm" "$1"
