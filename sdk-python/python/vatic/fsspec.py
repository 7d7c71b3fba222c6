"""Registers vatic with fsspec: ``fsspec.open("x.vat", compression="infer")`` after ``import vatic.fsspec``."""

from __future__ import annotations

from typing import Any

from fsspec.compression import register_compression

from ._file import VaticFile

__all__ = ["register"]


def _open(infile: Any, mode: str = "rb", **options: Any) -> VaticFile:
    return VaticFile(infile, "r" if mode.startswith("r") else "w", **options)


def register(*, force: bool = False) -> None:
    """Does what importing this module does; with ``force``, in place of an earlier registration."""
    register_compression("vatic", _open, "vat", force=force)


register(force=True)
