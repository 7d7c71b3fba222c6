#!/usr/bin/env bash
# Tests the training package: style, types, corpora, tokens, and the integer reference against the engine. With --full also what needs PyTorch, a download
# of gigabytes: all types, training, and the engine on what was trained.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
target=${CARGO_TARGET_DIR:-$here/../target}
mkdir -p "$target"
work=$(cd "$target" && pwd)/train
export CARGO_TARGET_DIR=${work%/train}
say() { printf -- '-- %s\n' "$*"; }

full=
case ${1-} in
  --full) full=-full ;;
  '') ;;
  *) echo "usage: run.sh [--full]" >&2; exit 2 ;;
esac

# The tools stay; they are installed again when their list changes.
tools=$work/tools$full
wanted=$(cat "$here"/tests/requirements.txt ${full:+"$here"/tests/requirements-full.txt})
if [ "$wanted" != "$(cat "$tools/requirements.txt" 2>/dev/null)" ]; then
  say "tools"
  rm -rf "$tools"
  mkdir -p "$work"
  python3 -m venv "$tools"
  printf '%s\n' "$wanted" >"$work/requirements.txt"
  "$tools/bin/pip" install -q --disable-pip-version-check -r "$work/requirements.txt"
  mv "$work/requirements.txt" "$tools/requirements.txt"
fi

cd "$here"
say "ruff"
"$tools/bin/ruff" check -q --no-cache .
"$tools/bin/ruff" format -q --no-cache --check .
say "types"
if [ -n "$full" ]; then
  "$tools/bin/mypy" --cache-dir "$work/mypy"
else
  "$tools/bin/mypy" --cache-dir "$work/mypy-light" vatic_train/{corpus,random_model,reference,scaling,tokens,vatm}.py \
    tests/{engine,test_corpus,test_llama,test_reference,test_tokens,tiny_llama}.py
fi
say "tests"
cargo build -q -p vatic --example logits --example tokens
cargo build -q -p vatic-cli --bin vatic
ignored=()
[ -n "$full" ] || ignored=(--ignore tests/test_training.py --ignore tests/test_teacher.py --ignore tests/test_plan.py)
export VATIC_LOGITS=$CARGO_TARGET_DIR/debug/examples/logits VATIC_TOKENS=$CARGO_TARGET_DIR/debug/examples/tokens
OMP_NUM_THREADS=1 VATIC_BIN=$CARGO_TARGET_DIR/debug/vatic PYTHONDONTWRITEBYTECODE=1 \
  "$tools/bin/python" -m pytest -q --no-header -p no:cacheprovider "${ignored[@]}"
say "train: all passed"
