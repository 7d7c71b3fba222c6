#!/usr/bin/env bash
# Packs each folder with `vatic archive` and with what else packs folders, and prints what they take, in bytes and in seconds of processor time:
#   archives.sh FOLDER...
# vatic is the one in VATIC (target/release/vatic). What is not installed is left out. 7-Zip codes with PPMd at its highest level: order 32, all in one
# solid block. zpaq's -m5 takes a second for 100 to 300 KB.
set -euo pipefail
vatic=$(readlink -f "${VATIC:-$(dirname "$(readlink -f "$0")")/../target/release/vatic}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TIMEFORMAT='%U %S'

# measured NAME COMMAND...: runs it in the folder's parent; it writes $work/packed.
measured() {
  local name=$1 took
  shift
  command -v "$1" >/dev/null || return 0
  rm -f "$work"/packed*
  took=$( { time "$@" >/dev/null 2>"$work/log" </dev/null; } 2>&1 ) || { cat "$work/log" >&2; echo "archives.sh: $name failed" >&2; exit 1; }
  printf '%-16s %-16s %12s %9.1f\n' "$folder" "$name" "$(cat "$work"/packed* | wc -c)" "$(awk '{ print $1 + $2 }' <<<"$took")"
}

printf '%-16s %-16s %12s %9s\n' folder packer bytes seconds
for path in "$@"; do
  folder=$(basename "$path")
  cd "$(dirname "$(readlink -f "$path")")"
  printf '%-16s %-16s %12s\n' "$folder" "$(find "$folder" -type f | wc -l) files" "$(find "$folder" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')"
  measured 'tar, xz -9e' bash -c 'tar --sort=name -c "$1" | xz -9e >"$2"' bash "$folder" "$work/packed"
  measured '7z PPMd -mx9' 7z a -bd -m0=PPMd -mx9 "$work/packed.7z" "$folder"
  measured 'vatic' "$vatic" archive -o "$work/packed" "$folder"
  measured 'zpaq -m5' zpaq add "$work/packed.zpaq" "$folder" -m5 -t1
  measured 'vatic -p max' "$vatic" archive -p max -o "$work/packed" "$folder"
  cd - >/dev/null
done
