#!/usr/bin/env bash
# Tests of the core and of the C interface, and the vectors in Rust and C, on other machines that qemu plays here:
#   run.sh [--all|--vectors] [aarch64|i686|s390x...]     all three if none is named
# i686 has 32-bit sizes, s390x has its bytes in the other order, aarch64 its own vector instructions. An emulated machine takes some thirty
# times as long as a real one: without --all only the vectors run, and those tests that a machine's properties could break; with --vectors the
# vectors alone.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
what=some
case ${1-} in --all | --vectors) what=${1#--}; shift ;; esac
[ $# -gt 0 ] || set -- aarch64 i686 s390x
target=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$target/machines"
target=$(cd "$target/machines" && pwd)
home=$(cd "${CARGO_HOME:-$HOME/.cargo}" && pwd)

(cd "$root" && cargo fetch -q --locked)
for machine in "$@"; do
  echo "== $machine"
  "$root/tests/machines/root.sh" machines "$root" "$target" "$home" -- \
    env CARGO_HOME="$home" CARGO_TARGET_DIR="$target" MACHINE="$machine" WHAT=$what tests/machines/inside.sh
done
