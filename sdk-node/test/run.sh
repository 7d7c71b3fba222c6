#!/usr/bin/env bash
# Packs the package and its addon, installs both without a network in a clean project, and tests them there. --vectors stops behind the
# vectors. With --wasm it is the library in WebAssembly that is packed, installed and tested instead of the addon;
# --wasm --browser runs it in headless Chromium too.
# --again PROJECT runs the vectors once more, elsewhere.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
target=${CARGO_TARGET_DIR:-$here/../target}
mkdir -p "$target/sdk-node"
work=$(cd "$target/sdk-node" && pwd)
export VATIC_VECTORS=$here/../tests/vectors
export npm_config_cache=$work/npm npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false
say() { printf -- '-- %s\n' "$*"; }
fail() { printf 'sdk-node: %s\n' "$*" >&2; exit 1; }
[ "$(uname -sm)" = 'Linux x86_64' ] || fail "only packed for Linux on x86-64 so far"

if [ "${1-}" = --again ]; then
  cd "$work/$2"
  exec node test/vectors.cjs "${@:3}"
fi

# project NAME TARBALL...: a clean project with these packages, and the tests.
project() {
  local name=$1
  shift
  rm -rf "${work:?}/$name"
  mkdir -p "$work/$name/test"
  cd "$work/$name"
  echo '{ "private": true }' >package.json
  npm install -s --offline --ignore-scripts "$@"
  cp "$here"/test/*.cjs test/
}

if [ "${1-}" = --wasm ]; then
  say "WebAssembly"
  rm -rf "$work/pack-wasm"
  mkdir -p "$work/pack-wasm"
  cp -r "$here/platforms/wasm32" "$work/pack-wasm/platform"
  "$here/wasm/build.sh" "$work/pack-wasm/platform/vatic.wasm"
  (cd "$work/pack-wasm" && npm pack -s "$here" ./platform >/dev/null)
  project project-wasm "$work"/pack-wasm/vatic-*.tgz
  node test/vectors.cjs "$here/../tests/vectors" WASM
  [ "${2-}" != --vectors ] || exit 0
  say "tests"
  node --test --test-reporter=dot test/wasm.test.cjs || { node --test test/wasm.test.cjs; exit 1; }
  if [ "${2-}" = --browser ]; then
    say "Chromium"
    command -v chromium >/dev/null || fail "there is no chromium"
    total=$(node "$here/test/browser.cjs" "$here/../tests/vectors" "$work/pack-wasm/platform" "$work/page.html")
    # Its sandbox wants a user of its own. Time is virtual: it ends when nothing is left to do.
    chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=100000000 --dump-dom "file://$work/page.html" \
      >"$work/page.txt" 2>"$work/chromium.log" || { tail -n 20 "$work/chromium.log"; fail "Chromium failed"; }
    grep -aE '^(decode|encode|must-fail|records)/' "$work/page.txt" || true
    grep -axE "Chromium: $total passed, 0 failed" "$work/page.txt" || fail "not all of $total vectors passed in Chromium"
  fi
  say "sdk-node on WebAssembly: all passed"
  exit 0
fi

say "addon"
(cd "$here/.." && cargo build -q -p vatic-node)
rm -rf "$work/pack"
mkdir -p "$work/pack"
cp -r "$here/platforms/linux-x64-gnu" "$work/pack/platform"
cp "$target/debug/libvatic_node.so" "$work/pack/platform/vatic.node"

say "installed in a clean project"
(cd "$work/pack" && npm pack -s "$here" ./platform >/dev/null)
project project "$work"/pack/vatic-*.tgz
node test/vectors.cjs "$here/../tests/vectors" Node
[ "${1-}" != --vectors ] || exit 0

say "tests"
node --test --test-reporter=dot test/api.test.cjs || { node --test test/api.test.cjs; exit 1; }

say "the package of models"
npm pack -s "$here/../models/node" >/dev/null
npm install -s --offline --ignore-scripts ./vatic-models-*.tgz
node --test --test-reporter=dot test/models.test.cjs || { node --test test/models.test.cjs; exit 1; }

say "the programs of docs/node.md"
mkdir recipes
cd recipes
awk '/^<!-- recipe: /{ file = ""; n++; run = !/not run/ }
     /^```js$/ && n > seen { file = n (run ? "-run" : "-compile") ".mjs"; seen = n; next }
     /^```$/ { file = "" }
     file { print >file }' "$here/../docs/node.md"
[ "$(find . -name '*.mjs' | wc -l)" -ge 6 ] || fail "docs/node.md lost recipes"
for recipe in *.mjs; do
  case $recipe in
    *-run.mjs) node "$recipe" >/dev/null || fail "recipe $recipe of docs/node.md failed" ;;
    *) node --check "$recipe" ;;
  esac
done
cd ..

say "types"
# The compiler stays; it is installed again when its version changes.
tools=$work/tools
if ! cmp -s "$here/test/tools.json" "$tools/package.json"; then
  rm -rf "$tools"
  mkdir -p "$tools"
  cp "$here/test/tools.json" "$tools/package.json"
  (cd "$tools" && npm install -s)
fi
cp "$here/test/types.ts" .
"$tools/node_modules/.bin/tsc" --noEmit --strict --skipLibCheck false --module nodenext --target es2022 \
  --typeRoots "$tools/node_modules/@types" --types node types.ts
say "sdk-node: all passed"
