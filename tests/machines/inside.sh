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
export PROPTEST_CASES=2 VATIC_MUTATIONS=20
[ "$WHAT" != all ] || export PROPTEST_CASES=8 VATIC_MUTATIONS=100

# Half of the optimisation takes half of the time to build, and what is emulated is slow in any case. The interface takes the core with the
# features that it has by itself, so that it is built once.
quick=(--locked --target "$triple" --config profile.dev.opt-level=1 --config 'profile.dev.package."*".opt-level=1')
echo "-- the vectors in Rust, czip's and those of transformers"
cargo test -q "${quick[@]}" -p vatic --test vectors --test czip --test transformer --test neural_model -- --nocapture
echo "-- the vectors in C"
cargo rustc -q "${quick[@]}" --features vatic/default -p vatic-capi --lib --crate-type staticlib
built=$CARGO_TARGET_DIR/$triple/debug
"$tuple-gcc" -O1 -Icapi/include capi/tests/vectors.c -o "$built/vectors-c" "$built/libvatic_capi.a" -lpthread -ldl -lm
"${emulate[@]}" "$built/vectors-c" tests/vectors
case $WHAT in
  vectors) ;;
  all)
    echo "-- all tests"
    cargo test -q "${quick[@]}" -p vatic -p vatic-capi --lib --tests
    ;;
  *)
    # Kernels against their scalar forms; what counts, hashes, parses or is stored; models. Every codec and the format, bit for bit, were above.
    echo "-- units"
    cargo test -q "${quick[@]}" -p vatic --lib -- kernels:: coder:: neural:: model:: predict::logistic predict::mixer transform::delta \
      transform::planes container::wire
    ;;
esac
