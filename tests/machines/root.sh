#!/usr/bin/env bash
# Runs a command in a Debian 13 root that is made once and has what this system may lack.
#   root.sh KIND FOLDER... -- COMMAND [ARGUMENT...]     in the first folder; the root sees these folders and no others
# KIND is one of
#   machines   a Rust whose standard library comes for aarch64, i686 and s390x, and as source for wasm32; their C compilers; qemu, which runs
#              their programs here: some 4 GB in VATIC_MACHINES_ROOT (/var/tmp/vatic-machines)
#   bare       C, Python, Node and Java as users have them, and no Rust: some 1 GB in VATIC_BARE_ROOT (/var/tmp/vatic-bare)
#   swift      Swift, which Debian 12 has not: some 3 GB in VATIC_SWIFT_ROOT (/var/tmp/vatic-swift). Where there is a Swift the command runs without a root
# It needs root or sudo, and the mirror of apt. Without a command it makes the root.
set -euo pipefail
kind=$1
shift
folders=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  folders+=("$1")
  shift
done
[ $# = 0 ] || shift
machines=() packages=()
case $kind in
  machines)
    root=${VATIC_MACHINES_ROOT:-/var/tmp/vatic-machines}
    machines=(arm64 s390x i386)
    packages=(rustc-web cargo-web rust-web-src libc6-dev lld qemu-user-static
      libstd-rust-web-dev libstd-rust-web-dev:arm64 libstd-rust-web-dev:s390x libstd-rust-web-dev:i386
      gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-s390x-linux-gnu libc6-dev-s390x-cross gcc-i686-linux-gnu libc6-dev-i386-cross)
    ;;
  swift)
    if command -v swift >/dev/null; then
      [ $# -gt 0 ] || exit 0
      cd "${folders[0]}"
      exec "$@"
    fi
    root=${VATIC_SWIFT_ROOT:-/var/tmp/vatic-swift}
    # Without the two libraries' development files there is nothing to start a program with, and no C++ headers.
    packages=(swiftlang libc6-dev libstdc++-14-dev pkg-config)
    ;;
  bare)
    root=${VATIC_BARE_ROOT:-/var/tmp/vatic-bare}
    packages=(gcc libc6-dev pkg-config python3-venv nodejs npm default-jdk-headless)
    ;;
  *)
    echo "root.sh: no such kind of root: $kind" >&2
    exit 2
    ;;
esac
sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo)

if [ ! -e "$root/.ready" ]; then
  export DEBIAN_FRONTEND=noninteractive
  mirror=$(awk '$1 == "URIs:" { print $2; exit }' /etc/apt/sources.list.d/*.sources 2>/dev/null || true)
  [ -n "$mirror" ] || mirror=$(awk '$1 == "deb" { print $2; exit }' /etc/apt/sources.list 2>/dev/null || true)
  if ! command -v debootstrap >/dev/null; then
    "${sudo[@]}" apt-get -qq update
    "${sudo[@]}" apt-get -qq install -y --no-install-recommends debootstrap
  fi
  "${sudo[@]}" rm -rf "$root"
  "${sudo[@]}" debootstrap --variant=minbase trixie "$root" "${mirror:-http://deb.debian.org/debian}"
  echo force-unsafe-io | "${sudo[@]}" tee "$root/etc/dpkg/dpkg.cfg.d/unsafe-io" >/dev/null
  for machine in "${machines[@]}"; do "${sudo[@]}" chroot "$root" dpkg --add-architecture "$machine"; done
  "${sudo[@]}" chroot "$root" apt-get -qq update
  # Java's certificates are made by Java, which wants a /proc.
  "${sudo[@]}" unshare --mount --propagation private bash -c 'mount --rbind /proc "$0/proc"; exec chroot "$0" "$@"' "$root" \
    apt-get -qq install -y --no-install-recommends "${packages[@]}"
  "${sudo[@]}" chroot "$root" apt-get clean
  "${sudo[@]}" touch "$root/.ready"
fi >&2
[ $# -gt 0 ] || exit 0

# In mounts of its own, which end with the command. Swift finds its libraries through /proc.
exec "${sudo[@]}" unshare --mount --propagation private bash -c '
  set -eu
  root=$1 libraries=$2 count=$3
  shift 3
  for folder in "${@:1:count}" /proc /dev; do
    mkdir -p "$root$folder"
    mount --rbind "$folder" "$root$folder"
  done
  first=$1
  shift "$count"
  exec chroot "$root" env -i HOME=/root LANG=C.UTF-8 PATH=/usr/bin:/bin PKG_CONFIG_PATH="$libraries" \
    bash -c "cd \"\$0\" && exec \"\$@\"" "$first" "$@"
' bash "$root" "${PKG_CONFIG_PATH-}" "${#folders[@]}" "${folders[@]}" "$@"
