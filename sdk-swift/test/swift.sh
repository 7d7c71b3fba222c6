#!/usr/bin/env bash
# Runs a command where Swift is: here, if it is installed, else in a Debian 13 root that is made once, for Debian 12 has no Swift.
#   swift.sh FOLDER... -- COMMAND [ARGUMENT...]     in the first folder; the root sees these folders and no others
# It needs root or sudo, the mirror of apt, and some 3 GB in VATIC_SWIFT_ROOT (/var/tmp/vatic-swift).
set -euo pipefail
folders=()
while [ "$1" != -- ]; do
  folders+=("$1")
  shift
done
shift
if command -v swift >/dev/null; then
  cd "${folders[0]}"
  exec "$@"
fi
root=${VATIC_SWIFT_ROOT:-/var/tmp/vatic-swift}
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
  "${sudo[@]}" chroot "$root" apt-get -qq update
  # Without the two libraries' development files there is nothing to start a program with, and no C++ headers.
  "${sudo[@]}" chroot "$root" apt-get -qq install -y --no-install-recommends swiftlang libc6-dev libstdc++-14-dev pkg-config
  "${sudo[@]}" chroot "$root" apt-get clean
  "${sudo[@]}" touch "$root/.ready"
fi >&2

# In mounts of its own, which end with the command. Swift finds its libraries through /proc.
exec "${sudo[@]}" unshare --mount --propagation private bash -c '
  set -eu
  root=$1 count=$2
  shift 2
  for folder in "${@:1:count}" /proc /dev; do
    mkdir -p "$root$folder"
    mount --rbind "$folder" "$root$folder"
  done
  first=$1
  shift "$count"
  exec chroot "$root" env -i HOME=/root LANG=C.UTF-8 PATH=/usr/bin:/bin PKG_CONFIG_PATH="${PKG_CONFIG_PATH-}" \
    bash -c "cd \"\$0\" && exec \"\$@\"" "$first" "$@"
' bash "$root" "${#folders[@]}" "${folders[@]}" "$@"
