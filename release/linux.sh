#!/usr/bin/env bash
# Builds what is shipped for Linux on this machine's architecture, as packages that run with glibc 2.28 and later: linux.sh FOLDER
#   libvatic-VERSION-linux-MACHINE.tar.gz   libraries, headers, pkg-config and CMake files of C and C++, for /usr/local
#   vatic-*.whl                             the wheel of Python
#   vatic-*.tgz                             the packages of Node: vatic, and the addon
#   vatic-*.jar                             the packages of Java: classes, and the native library; where there are a JDK and Maven
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
rm -rf "$work/stage" "$out"/libvatic-*.tar.gz "$out"/vatic-*.{whl,tgz,jar}
mkdir "$work/stage"

say "C and C++"
# With the features that the others have, so that the core is built once for them.
make -s -C capi install PROFILE="$profile" CARGO=cargo-zigbuild CARGO_FLAGS="--locked --features vatic/default --target $triple.2.28" OUT="$built" \
  DESTDIR="$work/stage/c"
tar -C "$work/stage/c/usr/local" --owner=0 --group=0 -czf "$out/libvatic-$version-linux-$machine.tar.gz" include lib

say "the native libraries of Node and Java"
cargo zigbuild -q --locked --profile "$profile" --target "$triple.2.28" -p vatic-node -p vatic-java

say "Python"
(cd sdk-python && maturin build -q --zig --locked --profile "$profile" --target "$triple" --compatibility manylinux_2_28 -i python3 \
  -o "$out")
python3 -m zipfile -e "$out"/vatic-*.whl "$work/stage/wheel"

say "what they need"
release/glibc.sh "$work"/stage/c/usr/local/lib/libvatic.so "$work"/stage/wheel/vatic/*.so "$built"/libvatic_{node,java}.so

say "Node"
if [ "$machine" = x86_64 ] && command -v npm >/dev/null; then
  cp -r sdk-node/platforms/linux-x64-gnu "$work/stage/addon"
  cp "$built/libvatic_node.so" "$work/stage/addon/vatic.node"
  npm pack -s --pack-destination "$out" ./sdk-node "$work/stage/addon" >/dev/null
else
  echo "skipped: there is no npm, or no package for this machine"
fi

say "Java"
if command -v mvn >/dev/null; then
  mvn -q -B -f sdk-java/pom.xml package -pl vatic -am -DskipTests -Dmaven.javadoc.skip -Dmaven.source.skip -Dvatic.cargo.skip=true \
    -Dvatic.target="$work/$triple" -Dvatic.folder="${profile/#dev/debug}"
  cp sdk-java/vatic/target/vatic-"$version"{,-linux-*}.jar "$out"
else
  echo "skipped: there is no Maven"
fi
ls -l "$out"
