#!/usr/bin/env bash
# Packs the package and its addon, installs both without a network in a clean project, and tests them there. --vectors stops behind the
# vectors.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
target=${CARGO_TARGET_DIR:-$here/../target}
mkdir -p "$target/sdk-node"
work=$(cd "$target/sdk-node" && pwd)
export npm_config_cache=$work/npm npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false
say() { printf -- '-- %s\n' "$*"; }
fail() { printf 'sdk-node: %s\n' "$*" >&2; exit 1; }
[ "$(uname -sm)" = 'Linux x86_64' ] || fail "only packed for Linux on x86-64 so far"

say "addon"
(cd "$here/.." && cargo build -q -p vatic-node)
rm -rf "$work/pack" "$work/project"
mkdir -p "$work/pack" "$work/project/test"
cp -r "$here/platforms/linux-x64-gnu" "$work/pack/platform"
cp "$target/debug/libvatic_node.so" "$work/pack/platform/vatic.node"

say "installed in a clean project"
(cd "$work/pack" && npm pack -s "$here" ./platform >/dev/null)
cd "$work/project"
echo '{ "private": true }' >package.json
npm install -s --offline --ignore-scripts "$work"/pack/vatic-*.tgz
cp "$here"/test/*.cjs test/
node test/vectors.cjs "$here/../tests/vectors"
[ "${1-}" != --vectors ] || exit 0

say "tests"
node --test --test-reporter=dot test/api.test.cjs || { node --test test/api.test.cjs; exit 1; }

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
