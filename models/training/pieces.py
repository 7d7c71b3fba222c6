#!/usr/bin/env python3
"""Cuts pieces out of folders, evenly over their files: samples of a primer beside a transformer.

`pieces.py OUT BYTES FOLDER=COUNT...` writes COUNT pieces of BYTES of each folder's files to OUT, each from the middle
of a file.
"""

import sys
from pathlib import Path


def main() -> None:
    out, size = Path(sys.argv[1]), int(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    for argument in sys.argv[3:]:
        folder, count = argument.rsplit("=", 1)
        files = sorted(file for file in Path(folder).rglob("*") if file.is_file() and file.stat().st_size > 2000)
        step = max(1, len(files) // int(count))
        for file in files[::step][: int(count)]:
            content = file.read_bytes()
            start = max(0, (len(content) - size) // 2)
            name = f"{Path(folder).name}-{file.name}"
            (out / name).write_bytes(content[start : start + size])


if __name__ == "__main__":
    main()
