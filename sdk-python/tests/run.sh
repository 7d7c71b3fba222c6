#!/usr/bin/env bash
# Builds the wheel and tests it as it installs. --vectors stops behind the vectors; --again runs them once more, elsewhere; with --sdist the source distribution is built and
# installed too, which takes minutes.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
target=${CARGO_TARGET_DIR:-$here/../target}
mkdir -p "$target"
work=$(cd "$target" && pwd)/sdk-python
export CARGO_TARGET_DIR=${work%/sdk-python}
if [ "${1-}" = --again ]; then exec "$work/clean/bin/python" "$here/tests/vectors.py" "${@:2}"; fi
rm -rf "$work/dist" "$work/clean" "$work/files"
mkdir -p "$work/dist" "$work/files"
say() { printf -- '-- %s\n' "$*"; }
fail() { printf 'sdk-python: %s\n' "$*" >&2; exit 1; }

# The tools stay; they are installed again when their list changes.
tools=$work/tools
if ! cmp -s "$here/tests/requirements.txt" "$tools/requirements.txt"; then
  say "tools"
  rm -rf "$tools"
  python3 -m venv "$tools"
  "$tools/bin/pip" install -q --disable-pip-version-check -r "$here/tests/requirements.txt"
  cp "$here/tests/requirements.txt" "$tools/requirements.txt"
fi
python=$tools/bin/python

cd "$here"
say "ruff"
"$tools/bin/ruff" check -q --no-cache .
"$tools/bin/ruff" format -q --no-cache --check .

say "wheel"
"$tools/bin/maturin" build -q --profile dev -i "$python" -o "$work/dist" 2>"$work/build.log" || { cat "$work/build.log"; exit 1; }
wheel=$(echo "$work"/dist/vatic-*.whl)
case $wheel in
  *-cp311-abi3-*) ;;
  *) fail "$wheel is not for the stable ABI of 3.11" ;;
esac

say "in a clean environment: vectors, and the programs of docs/python.md"
python3 -m venv "$work/clean"
clean=$work/clean/bin/python
"$clean" -m pip install -q --disable-pip-version-check --no-index "$wheel"
"$clean" "$here/tests/vectors.py" "$here/../tests/vectors"
[ "${1-}" != --vectors ] || exit 0
cd "$work/files"
awk '/^<!-- recipe: /{ file = ""; n++; run = !/not run/ }
     /^```python$/ && n > seen { file = n (run ? "-run" : "-compile") ".py"; seen = n; next }
     /^```$/ { file = "" }
     file { print >file }' "$here/../docs/python.md"
[ "$(find . -name '*.py' | wc -l)" -ge 6 ] || fail "docs/python.md lost recipes"
for recipe in *.py; do
  case $recipe in
    *-run.py) "$clean" -W error "$recipe" >/dev/null || fail "recipe $recipe of docs/python.md failed" ;;
    *) "$clean" -m py_compile "$recipe" ;;
  esac
done

say "tests"
"$tools/bin/pip" install -q --disable-pip-version-check --no-index --no-deps --force-reinstall "$wheel"
"$python" -m pytest -q --no-header -p no:cacheprovider "$here/tests"

say "the package of models"
models=$here/../models/python
"$tools/bin/ruff" check -q --no-cache "$models"
"$tools/bin/ruff" format -q --no-cache --check "$models"
"$python" -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w "$work/dist" "$models"
"$tools/bin/pip" install -q --disable-pip-version-check --no-index --no-deps --force-reinstall "$work"/dist/vatic_models-*.whl
"$python" -m pytest -q --no-header -p no:cacheprovider "$models/tests"

say "types"
(cd "$models" && "$tools/bin/mypy" --cache-dir "$work/mypy-models")
cd "$here"
"$tools/bin/mypy" --cache-dir "$work/mypy"
(cd "$work" && MYPYPATH='' "$python" -m mypy.stubtest vatic._native)

if [ "${1-}" = --sdist ]; then
  say "source distribution"
  "$tools/bin/maturin" sdist -o "$work/dist" 2>"$work/build.log" || { cat "$work/build.log"; exit 1; }
  rm -rf "$work/clean"
  python3 -m venv "$work/clean"
  (cd "$work" && MATURIN_PEP517_ARGS="--profile dev" "$clean" -m pip install -q --disable-pip-version-check "$work"/dist/*.tar.gz)
  "$clean" "$here/tests/vectors.py" "$here/../tests/vectors"
fi
say "sdk-python: all passed"
