#!/usr/bin/env bash
# What run.sh does for one MACHINE, inside the root that root.sh makes.
set -euo pipefail
tuple=$MACHINE-linux-gnu
triple=$MACHINE-unknown-linux-gnu
emulator=$MACHINE
[ "$MACHINE" != i686 ] || emulator=i386
emulate=("qemu-$emulator-static" -L "/usr/$tuple")
upper=$(tr a-z- A-Z_ <<<"$triple")
export CARGO_NET_OFFLINE=true CARGO_PROFILE_DEV_DEBUG=0 "CC_${triple//-/_}=$tuple-gcc" "CARGO_TARGET_${upper}_LINKER=$tuple-gcc" \
  "CARGO_TARGET_${upper}_RUNNER=${emulate[*]}"
# Random cases look for mistakes that show on every machine; here a few of them do.
export PROPTEST_CASES=${ALL:+8} VATIC_MUTATIONS=${ALL:+100}
: "${PROPTEST_CASES:=2}" "${VATIC_MUTATIONS:=20}"

# Half of the optimisation takes half of the time to build, and what is emulated is slow in any case.
quick=(--locked --target "$triple" --config profile.dev.opt-level=1 --config 'profile.dev.package."*".opt-level=1')
if [ -n "$ALL" ]; then
  cargo test -q "${quick[@]}" -p vatic -p vatic-capi --lib --tests
else
  # Kernels against their scalar forms; what counts, hashes, parses or is stored; models. Then every codec and the format, bit for bit, by
  # the vectors, and the interface by the vectors in C.
  echo "-- units"
  cargo test -q "${quick[@]}" -p vatic --lib -- kernels:: coder:: neural:: model:: predict::logistic predict::mixer transform::delta \
    transform::planes container::wire
  echo "-- the vectors in Rust, and czip's"
  cargo test -q "${quick[@]}" -p vatic --test vectors --test czip -- --nocapture
fi
echo "-- the vectors in C"
cargo build -q "${quick[@]}" -p vatic-capi
built=$CARGO_TARGET_DIR/$triple/debug
"$tuple-gcc" -O1 -Icapi/include capi/tests/vectors.c -o "$built/vectors-c" "$built/libvatic_capi.a" -lpthread -ldl -lm
"${emulate[@]}" "$built/vectors-c" tests/vectors
