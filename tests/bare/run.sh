#!/usr/bin/env bash
# Installs packages in a Debian that has their languages and neither Rust nor a source tree, and runs the first program of their pages:
#   run.sh SHIPPED [c|python|node|java...]     all that there are packages of if none is named
# SHIPPED is what release/linux.sh made. It needs root or sudo (tests/machines/root.sh). Swift's tests run in such a root in any case.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
shipped=$(cd "$1" && pwd)
shift
if [ $# = 0 ]; then
  set -- c python
  ! compgen -G "$shipped/*.tgz" >/dev/null || set -- "$@" node
  ! compgen -G "$shipped/*.jar" >/dev/null || set -- "$@" java
fi
mkdir -p "${CARGO_TARGET_DIR:-$root/target}/bare"
work=$(cd "${CARGO_TARGET_DIR:-$root/target}/bare" && pwd)

# The first program of a page, in a language.
recipe() { awk -v fence="\`\`\`$2" '$0 == fence && !n { n = 1; inside = 1; next } /^```$/ { inside = 0 } inside' "$root/docs/$1"; }

for language in "$@"; do
  rm -rf "${work:?}/$language"
  mkdir "$work/$language"
  case $language in
    c) files=("$shipped"/libvatic-*.tar.gz) fence=c first=first.c ;;
    python) files=("$shipped"/vatic-*.whl) fence=python first=first.py ;;
    node) files=("$shipped"/vatic-*.tgz) fence=js first=first.mjs ;;
    java) files=("$shipped"/vatic-*.jar) fence=java first=First.java ;;
    *) echo "bare: no such language: $language" >&2; exit 2 ;;
  esac
  cp "${files[@]}" "$work/$language"
  recipe "$language.md" "$fence" >"$work/$language/$first"
  cp "$root/tests/bare/inside.sh" "$work/$language"
  "$root/tests/machines/root.sh" bare "$work/$language" -- ./inside.sh "$language" "$first" >"$work/$language.log" 2>&1 ||
    { cat "$work/$language.log" >&2; echo "bare: $language failed" >&2; exit 1; }
  echo "bare: $language: $(tail -n 1 "$work/$language.log")"
done
