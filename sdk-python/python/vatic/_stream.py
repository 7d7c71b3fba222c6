"""Objects that are fed piece by piece."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar

from . import _native
from ._settings import Keys, Models, Options, Progress, settings

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["VaticCompressor", "VaticDecompressor"]


class VaticCompressor:
    """Compresses data that comes in pieces."""

    CONTINUE: ClassVar[int] = 0
    """Take data in; output comes when there is some."""
    FLUSH_BLOCK: ClassVar[int] = 1
    """Give out everything so far, so that it can be decompressed."""
    FLUSH_FRAME: ClassVar[int] = 2
    """End the frame; more data begins a new one."""

    def __init__(
        self,
        level: int | None = None,
        options: Options | None = None,
        *,
        models: Models | None = None,
        keys: Keys | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._native = _native.Encoder(settings(level, options, models, keys, progress))
        self._last_mode = self.FLUSH_FRAME

    def compress(self, data: Buffer, mode: int = CONTINUE) -> bytes:
        """Takes all of ``data``, and gives what output there is."""
        out = self._native.push(data, mode)
        self._last_mode = mode
        return out

    def flush(self, mode: int = FLUSH_FRAME) -> bytes:
        """Gives out what is held back; by default this ends the frame, and must be called once."""
        if mode not in (self.FLUSH_BLOCK, self.FLUSH_FRAME):
            raise ValueError("mode must be FLUSH_BLOCK or FLUSH_FRAME")
        return self.compress(b"", mode)

    @property
    def last_mode(self) -> int:
        """The mode of the last call, FLUSH_FRAME before the first."""
        return self._last_mode


class VaticDecompressor:
    """Decompresses one frame that comes in pieces."""

    def __init__(
        self,
        options: Options | None = None,
        *,
        models: Models | None = None,
        keys: Keys | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._native = _native.Decoder(settings(None, options, models, keys, progress), True)
        self._eof = False
        self._waiting = False
        self._unused = b""

    def decompress(self, data: Buffer, max_length: int = -1) -> bytes:
        """Takes all of ``data``, and gives at most ``max_length`` bytes, all there are if it is negative.

        Raises EOFError behind the end of the frame.
        """
        if self._eof:
            raise EOFError("the end of the frame was reached before")
        out = self._native.pull(data, sys.maxsize if max_length < 0 else max_length, False)
        self._eof, self._waiting, self._unused = self._native.state()
        return out

    @property
    def eof(self) -> bool:
        """Whether the end of the frame was reached."""
        return self._eof

    @property
    def needs_input(self) -> bool:
        """Whether more data is needed before there is more output."""
        return not self._eof and not self._waiting

    @property
    def unused_data(self) -> bytes:
        """What came behind the end of the frame."""
        return self._unused
