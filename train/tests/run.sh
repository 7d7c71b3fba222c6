#!/usr/bin/env bash
# Tests the training package: style, types, and the integer reference against the engine.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
target=${CARGO_TARGET_DIR:-$here/../target}
mkdir -p "$target"
work=$(cd "$target" && pwd)/train
export CARGO_TARGET_DIR=${work%/train}
say() { printf -- '-- %s\n' "$*"; }

# The tools stay; they are installed again when their list changes.
tools=$work/tools
if ! cmp -s "$here/tests/requirements.txt" "$tools/requirements.txt"; then
  say "tools"
  rm -rf "$tools"
  mkdir -p "$work"
  python3 -m venv "$tools"
  "$tools/bin/pip" install -q --disable-pip-version-check -r "$here/tests/requirements.txt"
  cp "$here/tests/requirements.txt" "$tools/requirements.txt"
fi

cd "$here"
say "ruff"
"$tools/bin/ruff" check -q --no-cache .
"$tools/bin/ruff" format -q --no-cache --check .
say "types"
"$tools/bin/mypy" --cache-dir "$work/mypy"
say "tests"
cargo build -q -p vatic --example logits
cargo build -q -p vatic-cli --bin vatic
OMP_NUM_THREADS=1 VATIC_LOGITS=$CARGO_TARGET_DIR/debug/examples/logits VATIC_BIN=$CARGO_TARGET_DIR/debug/vatic PYTHONDONTWRITEBYTECODE=1 \
  "$tools/bin/python" -m pytest -q --no-header -p no:cacheprovider
say "train: all passed"
