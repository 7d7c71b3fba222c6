#!/usr/bin/env bash
# Runs the vectors in every language that has a runner, and fails where one fails, none ran, or the numbers differ.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
work=${CARGO_TARGET_DIR:-$root/target}/vectors-run
rm -rf "$work"
mkdir -p "$work"
work=$(cd "$work" && pwd)
vectors=$root/tests/vectors

run_rust() { cd "$root" && cargo test -q -p vatic --test vectors -- --nocapture; }

# C and C++ link what capi installs.
stage() {
  [ -e "$work/usr" ] || make -s -C "$root/capi" install PROFILE=dev PREFIX="$work/usr" >&2
  export PKG_CONFIG_PATH=$work/usr/lib/pkgconfig LD_LIBRARY_PATH=$work/usr/lib
  read -ra flags <<<"$(pkg-config --cflags --libs vatic)"
}
run_c() { stage && gcc -O1 "$root/capi/tests/vectors.c" -o "$work/c" "${flags[@]}" && "$work/c" "$vectors"; }
run_cpp() { stage && g++ -std=c++17 -O1 "$root/capi/tests/vectors.cpp" -o "$work/cpp" "${flags[@]}" && "$work/cpp" "$vectors"; }
run_python() { "$root/sdk-python/tests/run.sh" --vectors; }
run_node() { "$root/sdk-node/test/run.sh" --vectors; }
run_java() { "$root/sdk-java/test/run.sh" --vectors; }
run_swift() { "$root/sdk-swift/test/run.sh" --vectors; }

languages=(rust c cpp python node)
if command -v javac >/dev/null && command -v mvn >/dev/null; then
  languages+=(java)
else
  echo "vectors: java skipped, there is no JDK or no Maven" >&2
fi
if "$root/sdk-swift/test/swift.sh" "$root" -- swift --version >"$work/swift-root.log" 2>&1; then
  languages+=(swift)
else
  echo "vectors: swift skipped, there is none and no root for it could be made" >&2
fi
for language in "${languages[@]}"; do
  # In a process of its own: what one exports is nothing to the next.
  (run_"$language") >"$work/$language.log" 2>&1 || { cat "$work/$language.log" >&2; echo "vectors: $language failed" >&2; exit 1; }
  # The test harness may put its dots in front of the line.
  grep -oE '[A-Za-z+]+: [0-9]+ passed, 0 failed$' "$work/$language.log" || { echo "vectors: $language says nothing" >&2; exit 1; }
done | tee "$work/all.log"
counts=$(sed 's/.*: \([0-9]*\) passed.*/\1/' "$work/all.log" | sort -u)
[ "$(wc -l <<<"$counts")" = 1 ] && [ "$counts" -gt 0 ] || { echo "vectors: the languages ran different numbers of them" >&2; exit 1; }
