#!/usr/bin/env bash
# Builds what is shipped for Linux on this machine's architecture, as a package that runs with glibc 2.28 and later: linux.sh FOLDER
#   libvatic-VERSION-linux-MACHINE.tar.gz   libraries, headers, pkg-config and CMake files of C and C++, for /usr/local
# The C compiler and linker are zig's, which knows the symbols of every glibc; it comes from PyPI. PROFILE=dev builds faster and runs slower.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
mkdir -p "$1" "${CARGO_TARGET_DIR:-$root/target}/release-linux"
out=$(cd "$1" && pwd)
work=$(cd "${CARGO_TARGET_DIR:-$root/target}/release-linux" && pwd)
profile=${PROFILE:-release}
machine=$(uname -m)
triple=$machine-unknown-linux-gnu
say() { printf -- '-- %s\n' "$*"; }

# The tools stay; they are installed again when their list changes.
tools=$work/tools
if ! cmp -s "$root/release/requirements.txt" "$tools/requirements.txt"; then
  say "tools"
  rm -rf "$tools"
  python3 -m venv "$tools"
  "$tools/bin/pip" install -q --disable-pip-version-check -r "$root/release/requirements.txt"
  cp "$root/release/requirements.txt" "$tools/requirements.txt"
fi
export PATH=$tools/bin:$PATH CARGO_TARGET_DIR=$work CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_DEV_DEBUG=0
built=$work/$triple/${profile/#dev/debug}
cd "$root"
version=$(cargo pkgid -p vatic-capi | sed 's/.*[#@]//')
rm -rf "$work/stage" "$out"/libvatic-*.tar.gz
mkdir "$work/stage"

say "C and C++"
# With the features that cargo gives the core where other packages of the workspace take part, so that it is not built again for those.
make -s -C capi install PROFILE="$profile" CARGO=cargo-zigbuild CARGO_FLAGS="--locked --features vatic/default --target $triple.2.28" OUT="$built" \
  DESTDIR="$work/stage/c"
tar -C "$work/stage/c/usr/local" --owner=0 --group=0 -czf "$out/libvatic-$version-linux-$machine.tar.gz" include lib

say "what it needs"
release/glibc.sh "$work"/stage/c/usr/local/lib/libvatic.so

ls -l "$out"
