"""``python -m vatic``: compresses files, or restores them with -d. The command ``vatic`` does much more."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from . import VaticError, __version__, open

_ENDING = ".vat"


def _run(source: str, arguments: argparse.Namespace) -> None:
    path = Path(source)
    if arguments.decompress:
        if path.suffix != _ENDING:
            raise ValueError(f"does not end in {_ENDING}")
        target = path.with_suffix("")
    else:
        target = path.with_name(path.name + _ENDING)
    if target.exists() and not arguments.force:
        raise FileExistsError(f"{target} exists already; -f replaces it")
    unfinished = target.with_name(target.name + ".part")
    try:
        if arguments.decompress:
            with open(path) as reader, unfinished.open("wb") as writer:
                shutil.copyfileobj(reader, writer, 1 << 20)
        else:
            with path.open("rb") as plain, open(unfinished, "wb", level=arguments.level) as packed:
                shutil.copyfileobj(plain, packed, 1 << 20)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m vatic", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("-d", "--decompress", action="store_true", help="restore files")
    parser.add_argument("-l", "--level", type=int, help="1 to 9; 5 by default")
    parser.add_argument("-f", "--force", action="store_true", help="replace files that are in the way")
    parser.add_argument("-V", "--version", action="version", version=__version__)
    parsed = parser.parse_args(arguments)
    code = 0
    for source in parsed.files:
        try:
            _run(source, parsed)
        except (OSError, ValueError, VaticError) as error:
            print(f"vatic: {source}: {error}", file=sys.stderr)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
