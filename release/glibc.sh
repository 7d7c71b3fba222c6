#!/usr/bin/env bash
# Fails where a shared library needs a newer glibc than 2.28, which Debian 10 and RHEL 8 have: glibc.sh FILE...
set -euo pipefail
floor=2.28
for file in "$@"; do
  symbols=$(objdump -T "$file")
  needs=$(grep -oE 'GLIBC_[0-9]+\.[0-9.]+' <<<"$symbols" | cut -d_ -f2 | sort -Vu | tail -n1) || needs=0
  newest=$(printf '%s\n%s\n' "$floor" "$needs" | sort -V | tail -n1)
  printf '%s needs glibc %s\n' "$(basename "$file")" "$needs"
  [ "$newest" = "$floor" ] || { echo "glibc.sh: $file needs glibc $needs, which is newer than $floor" >&2; exit 1; }
done
