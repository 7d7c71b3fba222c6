#!/usr/bin/env bash
# What run.sh does for one LANGUAGE, inside the root, in a folder with its packages and its PROGRAM. The last line is the program's.
set -euo pipefail
program=$2
! command -v cargo rustc || { echo "this root has Rust" >&2; exit 1; }
case $1 in
  c)
    # What is installed for all goes with the mount.
    mount -t tmpfs tmpfs /usr/local
    tar -xzf libvatic-*.tar.gz -C /usr/local
    export PKG_CONFIG_PATH=/usr/local/lib/pkgconfig
    read -ra flags <<<"$(pkg-config --cflags --libs vatic)"
    gcc "$program" -o first "${flags[@]}"
    LD_LIBRARY_PATH=/usr/local/lib ./first
    rm /usr/local/lib/libvatic.so*
    read -ra flags <<<"$(pkg-config --static --cflags --libs vatic)"
    gcc "$program" -o first-static "${flags[@]}"
    ./first-static
    ;;
  python)
    python3 -m venv environment
    environment/bin/pip install -q --no-index ./*.whl
    environment/bin/python "$program"
    ;;
  node)
    echo '{ "private": true }' >package.json
    npm install -s --offline --no-fund --no-audit ./vatic-*.tgz
    node "$program"
    ;;
  java) java -cp "$(printf '%s:' ./*.jar)" "$program" ;;
esac
