#!/usr/bin/env bash
# Installs the library to a folder of its own and tests what is installed there: symbols, headers, the interface, vectors, examples, and
# under valgrind. PROFILE=dev is the default here.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
profile=${PROFILE:-dev}
stage=${CARGO_TARGET_DIR:-$here/../target}/capi-stage
rm -rf "$stage"
mkdir -p "$stage/bin"
stage=$(cd "$stage" && pwd)
prefix=$stage/usr
say() { printf -- '-- %s\n' "$*"; }
fail() { printf 'capi: %s\n' "$*" >&2; exit 1; }

say "install"
make -s -C "$here" install PROFILE="$profile" PREFIX="$prefix"
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib

say "a package's root"
make -s -C "$here" install PROFILE="$profile" PREFIX=/usr DESTDIR="$stage/root"
diff <(cd "$prefix" && find . | sort) <(cd "$stage/root/usr" && find . | sort)
grep -q '^prefix=/usr$' "$stage/root/usr/lib/pkgconfig/vatic.pc"
rm -r "$stage/root"

say "symbols and soname"
nm -D --defined-only "$prefix/lib/libvatic.so" | awk '{ print $3 }' | LC_ALL=C sort >"$stage/symbols.txt"
diff "$here/abi/symbols.txt" "$stage/symbols.txt" ||
  fail "other symbols than in abi/symbols.txt: if that is meant, copy $stage/symbols.txt there"
grep -o '\bvatic_[a-z_0-9]*(' "$here/include/vatic.h" | tr -d '(' | LC_ALL=C sort -u | diff "$here/abi/symbols.txt" -
abi=$(sed -n 's/^#define VATIC_ABI_VERSION \([0-9]*\)u$/\1/p' "$here/include/vatic.h")
readelf -d "$prefix/lib/libvatic.so" | grep -q "SONAME.*\[libvatic.so.$abi\]" || fail "the soname is not libvatic.so.$abi"
readelf -d "$prefix/lib/libvatic.so" | grep -q NODELETE || fail "the library can be unloaded"

say "headers"
strict=(-Wall -Wextra -pedantic -Werror)
read -ra flags <<<"$(pkg-config --cflags vatic)"
read -ra libs <<<"$(pkg-config --libs vatic)"
cd "$stage/bin"
for standard in c99 c11 c17; do gcc -std=$standard "${strict[@]}" "${flags[@]}" -c "$here/tests/layout.c" -o layout.o; done
for standard in c++17 c++20; do
  g++ -std=$standard "${strict[@]}" "${flags[@]}" -x c++ -fsyntax-only "$here/tests/layout.c"
  echo '#include <vatic.hpp>' | g++ -std=$standard "${strict[@]}" "${flags[@]}" -x c++ -fsyntax-only -
done

say "the interface"
gcc -std=c99 -g "${strict[@]}" "${flags[@]}" "$here/tests/api.c" -o api "${libs[@]}" -lpthread
gcc -std=c99 -g "${strict[@]}" "${flags[@]}" -fsanitize=address,undefined -fno-sanitize-recover=all "$here/tests/api.c" \
  -o api-asan "${libs[@]}" -lpthread
mkdir api-files asan-files
./api api-files "$here/../tests/vectors"
./api-asan asan-files "$here/../tests/vectors"
if command -v valgrind >/dev/null; then
  say "the interface under valgrind"
  mkdir valgrind-files
  # Valgrind knows no AVX-512, and complains of system calls that are new to it.
  VATIC_ISA=baseline valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite \
    --errors-for-leak-kinds=definite ./api valgrind-files "$here/../tests/vectors" 2>valgrind.log || { cat valgrind.log; fail "valgrind found something"; }
else
  echo "SKIP valgrind: it is not installed"
fi

say "vectors"
gcc -std=c99 -O1 "${strict[@]}" "${flags[@]}" "$here/tests/vectors.c" -o vectors-c "${libs[@]}"
g++ -std=c++17 -O1 "${strict[@]}" "${flags[@]}" "$here/tests/vectors.cpp" -o vectors-cpp "${libs[@]}"
g++ -std=c++17 -O1 "${strict[@]}" "${flags[@]}" "$here/tests/api.cpp" -o api-cpp "${libs[@]}"
./vectors-c "$here/../tests/vectors"
./vectors-cpp "$here/../tests/vectors"
./api-cpp "$here/../tests/vectors"

say "examples by CMake"
mkdir cmake
cmake -S "$here/examples" -B cmake -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release >cmake.log || { cat cmake.log; exit 1; }
cmake --build cmake >cmake.log 2>&1 || { cat cmake.log; exit 1; }
cat "$here"/include/*.h* >sample
for program in file file_static; do
  "cmake/$program" sample sample.vat
  "cmake/$program" -d sample.vat sample.back
  cmp sample sample.back
done
# By its path alone: nothing else tells where the library is.
env -u LD_LIBRARY_PATH cmake/plugin "$prefix/lib/libvatic.so.$abi"
cmake/archive files.vat extracted sample sample.vat 2>/dev/null

say "the programs of docs/c.md"
mkdir recipes
cd recipes
awk '/^<!-- recipe: /{ file = ""; n++; run = /not run/ ? "compile" : "run" }
     /^```c(pp)?$/ && n > seen { file = n "-" run ($0 == "```cpp" ? ".cpp" : ".c"); seen = n; next }
     /^```$/ { file = "" }
     file { print >file }' "$here/../docs/c.md"
[ "$(find . -name '*.c*' | wc -l)" -ge 7 ] || fail "docs/c.md lost recipes"
for recipe in *.c *.cpp; do
  case $recipe in
    *.cpp) g++ -std=c++17 "${strict[@]}" "${flags[@]}" "$recipe" -o program "${libs[@]}" ;;
    *) gcc -std=c99 "${strict[@]}" "${flags[@]}" "$recipe" -o program "${libs[@]}" ;;
  esac
  case $recipe in
    *-run*) ./program >/dev/null || fail "recipe $recipe of docs/c.md failed" ;;
  esac
done
say "capi: all passed"
