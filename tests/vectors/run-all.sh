#!/usr/bin/env bash
# Runs the vectors in every language that has a runner, and fails where one fails, none ran, or the numbers differ. Then each language writes
# vectors of what is never the same twice - sealed, streamed, under a model that it trained - and each reads what all have written.
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
# The same runners, as they were built above: FOLDER, and where to write if anywhere.
again_rust() { [ $# = 2 ] || (cd "$root" && VATIC_VECTORS=$1 cargo test -q -p vatic --test vectors -- --nocapture); }
again_c() { LD_LIBRARY_PATH=$work/usr/lib "$work/c" "$@"; }
again_cpp() { LD_LIBRARY_PATH=$work/usr/lib "$work/cpp" "$@"; }
again_python() { "$root/sdk-python/tests/run.sh" --again "$@"; }
again_node() { "$root/sdk-node/test/run.sh" --again project "$1" Node "${@:2}"; }
again_wasm() { "$root/sdk-node/test/run.sh" --again project-wasm "$1" WASM "${@:2}"; }
again_java() { "$root/sdk-java/test/run.sh" --again "$@"; }
again_swift() { "$root/sdk-swift/test/run.sh" --again "$@"; }
run_python() { "$root/sdk-python/tests/run.sh" --vectors; }
run_node() { "$root/sdk-node/test/run.sh" --vectors; }
run_java() { "$root/sdk-java/test/run.sh" --vectors; }
run_swift() { "$root/sdk-swift/test/run.sh" --vectors; }

run_wasm() { "$root/sdk-node/test/run.sh" --wasm --vectors; }

languages=(rust c cpp python node)
if command -v javac >/dev/null && command -v mvn >/dev/null; then
  languages+=(java)
else
  echo "vectors: java skipped, there is no JDK or no Maven" >&2
fi
if "$root/tests/machines/root.sh" swift "$root" -- swift --version >"$work/swift-root.log" 2>&1; then
  languages+=(swift)
else
  echo "vectors: swift skipped, there is none and no root for it could be made" >&2
fi
if "$root/tests/machines/root.sh" machines >"$work/machines-root.log" 2>&1; then
  languages+=(wasm)
else
  echo "vectors: wasm skipped, no root for it could be made" >&2
fi

# In a process of its own: what one exports is nothing to the next.
passed() {
  local log=$work/$1.log
  ("${@:2}") >"$log" 2>&1 || { cat "$log" >&2; echo "vectors: $1 failed" >&2; exit 1; }
}
# Says what each has said. The test harness may put its dots in front of the line.
said() { grep -ohE '[A-Za-z+]+: [0-9]+ passed, 0 failed$' "$work/$1.log" || { echo "vectors: $1 says nothing" >&2; exit 1; }; }
# Fails where the lines of a file have different numbers, or 0.
equal() {
  local counts
  counts=$(sed 's/.*: \([0-9]*\) passed.*/\1/' "$1" | sort -u)
  [ "$(wc -l <<<"$counts")" = 1 ] && [ "$counts" -gt 0 ] || { echo "vectors: the languages ran different numbers of them" >&2; exit 1; }
}

for language in "${languages[@]}"; do
  passed "$language" "run_$language"
  said "$language"
done | tee "$work/all.log"
equal "$work/all.log"

echo "what each wrote, read by all:"
mkdir "$work/matrix"
for language in "${languages[@]}"; do
  passed "$language-writes" "again_$language" "$vectors" "$work/matrix"
done
for language in "${languages[@]}"; do
  passed "$language-reads" "again_$language" "$work/matrix"
  said "$language-reads"
done | tee "$work/matrix.log"
equal "$work/matrix.log"
