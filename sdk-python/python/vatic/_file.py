"""Files."""

from __future__ import annotations

import builtins
import io
import os
from typing import IO, TYPE_CHECKING, Literal, TypeAlias, cast, overload

from . import _native
from ._settings import Keys, Models, Options, settings

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["VaticFile", "open"]

_CHUNK = 256 << 10

_Path: TypeAlias = "str | bytes | os.PathLike[str] | os.PathLike[bytes]"


class _Decoding(io.RawIOBase):
    """The content of a stream of frames, as a raw file. It can go back by starting again."""

    def __init__(self, file: IO[bytes], made: _native.Settings) -> None:
        self._file = file
        self._settings = made
        self._start = file.tell() if file.seekable() else 0
        self._pos = 0
        self._begin()

    def _begin(self) -> None:
        self._decoder = _native.Decoder(self._settings, False)
        self._ended = False

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._file.seekable()

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer).cast("B")
        out = b""
        while not out and len(view) > 0:
            finished, waiting, _ = self._decoder.state()
            if finished:
                break
            data = b""
            if not waiting and not self._ended:
                data = self._file.read(_CHUNK) or b""
                self._ended = not data
            out = self._decoder.pull(data, len(view), self._ended)
        view[: len(out)] = out
        self._pos += len(out)
        return len(out)

    def tell(self) -> int:
        return self._pos

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence == io.SEEK_CUR:
            offset += self._pos
        elif whence == io.SEEK_END:
            while self.read(_CHUNK):
                pass
            offset += self._pos
        elif whence != io.SEEK_SET:
            raise ValueError(f"invalid value for whence: {whence}")
        if offset < self._pos:
            self._file.seek(self._start)
            self._begin()
            self._pos = 0
        while self._pos < offset and self.read(min(_CHUNK, offset - self._pos)):
            pass
        return self._pos


class VaticFile(io.BufferedIOBase):
    """A compressed file that reads and writes like an uncompressed one."""

    def __init__(
        self,
        file: _Path | IO[bytes],
        mode: Literal["r", "rb", "w", "wb", "a", "ab", "x", "xb"] = "r",
        *,
        level: int | None = None,
        options: Options | None = None,
        models: Models | None = None,
        keys: Keys | None = None,
    ) -> None:
        """``file`` is a path, or a binary file, which stays open when this one is closed."""
        self._file: IO[bytes] | None = None
        self._own = False
        self._reader: io.BufferedReader | None = None
        self._encoder: _native.Encoder | None = None
        self._pos = 0
        kind = mode.removesuffix("b")
        if kind not in ("r", "w", "a", "x"):
            raise ValueError(f"invalid mode: {mode!r}")
        if kind == "r" and level is not None:
            raise ValueError("a level is for writing")
        made = settings(level, options, models, keys)
        if kind != "r":
            self._encoder = _native.Encoder(made)
        if isinstance(file, (str, bytes, os.PathLike)):
            self._file = cast("IO[bytes]", builtins.open(file, kind + "b"))  # noqa: SIM115 (close does it)
            self._own = True
            self.name = os.fsdecode(file)
        elif hasattr(file, "read") or hasattr(file, "write"):
            self._file = file
        else:
            raise TypeError("file must be a path or a file")
        self.mode = kind + "b"
        if kind == "r":
            self._reader = io.BufferedReader(_Decoding(self._file, made), _CHUNK)

    def close(self) -> None:
        """Ends the frame, and closes the file if it was opened here."""
        file, self._file = self._file, None
        if file is None:
            return
        try:
            if self._encoder is not None:
                encoder, self._encoder = self._encoder, None
                file.write(encoder.push(b"", 2))
            if self._reader is not None:
                self._reader.close()
        finally:
            if self._own:
                file.close()
            super().close()

    @property
    def closed(self) -> bool:
        return self._file is None

    def _check(self) -> IO[bytes]:
        if self._file is None:
            raise ValueError("I/O operation on closed file")
        return self._file

    def _reading(self) -> io.BufferedReader:
        self._check()
        if self._reader is None:
            raise io.UnsupportedOperation("file was not opened for reading")
        return self._reader

    def fileno(self) -> int:
        return self._check().fileno()

    def readable(self) -> bool:
        self._check()
        return self._reader is not None

    def writable(self) -> bool:
        self._check()
        return self._encoder is not None

    def seekable(self) -> bool:
        return self.readable() and self._reading().seekable()

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to ``size`` bytes, all of them if it is negative; EOFError where the file is cut short."""
        return self._reading().read(-1 if size is None else size)

    def read1(self, size: int = -1, /) -> bytes:
        return self._reading().read1(_CHUNK if size < 0 else size)

    def readinto(self, buffer: Buffer, /) -> int:
        return self._reading().readinto(buffer)

    def readinto1(self, buffer: Buffer, /) -> int:
        return self._reading().readinto1(buffer)

    def readline(self, size: int | None = -1, /) -> bytes:
        return self._reading().readline(-1 if size is None else size)

    def peek(self, size: int = -1) -> bytes:
        """At least one byte without moving on, unless the end is reached."""
        return self._reading().peek(max(size, 1))

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Moves; going back starts from the front again. :class:`vatic.Reader` is faster for single parts."""
        return self._reading().seek(offset, whence)

    def tell(self) -> int:
        self._check()
        return self._pos if self._reader is None else self._reader.tell()

    def write(self, data: Buffer, /) -> int:
        file = self._check()
        if self._encoder is None:
            raise io.UnsupportedOperation("file was not opened for writing")
        size = memoryview(data).nbytes
        file.write(self._encoder.push(data, 0))
        self._pos += size
        return size

    def flush(self) -> None:
        """Writes everything so far in a form that can be decompressed."""
        if self._file is not None and self._encoder is not None and self._pos > 0:
            self._file.write(self._encoder.push(b"", 1))
            self._file.flush()


@overload
def open(
    file: _Path | IO[bytes],
    mode: Literal["r", "rb", "w", "wb", "a", "ab", "x", "xb"] = "rb",
    *,
    level: int | None = None,
    options: Options | None = None,
    models: Models | None = None,
    keys: Keys | None = None,
    encoding: None = None,
    errors: None = None,
    newline: None = None,
) -> VaticFile: ...
@overload
def open(
    file: _Path | IO[bytes],
    mode: Literal["rt", "wt", "at", "xt"],
    *,
    level: int | None = None,
    options: Options | None = None,
    models: Models | None = None,
    keys: Keys | None = None,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
) -> io.TextIOWrapper: ...
def open(
    file: _Path | IO[bytes],
    mode: str = "rb",
    *,
    level: int | None = None,
    options: Options | None = None,
    models: Models | None = None,
    keys: Keys | None = None,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
) -> VaticFile | io.TextIOWrapper:
    """Opens a compressed file: a path or a binary file, for bytes or, with ``t`` in ``mode``, for text."""
    text = "t" in mode
    if text and "b" in mode:
        raise ValueError(f"invalid mode: {mode!r}")
    if not text and (encoding, errors, newline) != (None, None, None):
        raise ValueError("encoding, errors and newline are for text")
    raw_mode = cast("Literal['r', 'w', 'a', 'x']", mode.replace("t", ""))
    binary = VaticFile(file, raw_mode, level=level, options=options, models=models, keys=keys)
    if not text:
        return binary
    return io.TextIOWrapper(binary, io.text_encoding(encoding), errors, newline)
