"""vatic as a codec of numcodecs, for Zarr; found by its entry point."""

from __future__ import annotations

from typing import Any

from numcodecs.abc import Codec
from numcodecs.compat import ensure_contiguous_ndarray, ndarray_copy

from . import compress, decompress
from ._constants import Parameter

__all__ = ["Vatic"]


class Vatic(Codec):  # type: ignore[misc]
    """Compresses chunks at a level of 1 to 9."""

    codec_id = "vatic"

    def __init__(self, level: int = 5, dedup: bool = True) -> None:
        self.level = int(level)
        self.dedup = bool(dedup)

    def encode(self, buf: Any) -> bytes:
        """The frame of a chunk."""
        return compress(ensure_contiguous_ndarray(buf), self.level, {Parameter.DEDUP: int(self.dedup)})

    def decode(self, buf: Any, out: Any = None) -> Any:
        """The chunk of a frame, into ``out`` if that is given."""
        plain = decompress(ensure_contiguous_ndarray(buf))
        return ndarray_copy(plain, out)
