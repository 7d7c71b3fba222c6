"""Lossless neural compression.

The shape is that of ``compression.zstd`` and ``lzma``: :func:`compress`, :func:`decompress`, :func:`open`,
:class:`VaticFile`, :class:`VaticCompressor`, :class:`VaticDecompressor`. Beyond it: :class:`Archive`, :class:`Key`,
:class:`Model` with :class:`Records` and :func:`compress_many`, :class:`Reader` for parts of a file, :func:`info`.

Everything that takes bytes takes any buffer. Other threads run while the library works. An object serves one thread at
a time; a second one gets :class:`BusyError`. Ctrl-C ends long work between groups.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from . import _native
from ._archive import Archive, Entry, append_archive, create_archive
from ._constants import Codec, EntryKind, Parameter, Preset, Suite
from ._errors import *  # noqa: F403
from ._errors import __all__ as _errors
from ._file import VaticFile, open
from ._models import Key, Model
from ._records import Batch, Records, compress_many, decompress_many
from ._settings import Keys, Models, Options, Progress, settings
from ._stream import VaticCompressor, VaticDecompressor

if TYPE_CHECKING:
    from typing_extensions import Buffer

__version__ = _native.__version__
FORMAT_VERSION = _native.FORMAT_VERSION

__all__ = [  # noqa: PLE0604 (the rest is a list of texts too)
    "FORMAT_VERSION",
    "Archive",
    "Batch",
    "Codec",
    "Entry",
    "EntryKind",
    "FrameInfo",
    "GroupInfo",
    "Key",
    "Model",
    "Parameter",
    "Preset",
    "Reader",
    "Records",
    "Suite",
    "VaticCompressor",
    "VaticDecompressor",
    "VaticFile",
    "append_archive",
    "compress",
    "compress_many",
    "content_length",
    "create_archive",
    "decompress",
    "decompress_many",
    "hash",
    "info",
    "open",
    *_errors,
]


def compress(
    data: Buffer,
    level: int | None = None,
    options: Options | None = None,
    *,
    models: Models | None = None,
    keys: Keys | None = None,
    progress: Progress | None = None,
) -> bytes:
    """Compresses ``data`` into one frame.

    ``level`` is 1 to 9 or a :class:`Preset`; ``options`` are :class:`Parameter` and value. ``keys`` seal the output: a
    :class:`Key`, several, a password or 32 bytes. ``progress`` is called between groups with bytes in and out; it stops
    the work by giving back something false other than None, or by an exception.
    """
    return _native.compress(data, settings(level, options, models, keys, progress))


def decompress(
    data: Buffer,
    options: Options | None = None,
    *,
    models: Models | None = None,
    keys: Keys | None = None,
    progress: Progress | None = None,
) -> bytes:
    """Restores all frames of ``data``.

    Of input from strangers, bound the result: ``options={Parameter.LIMIT_OUTPUT: 10**8}``.
    """
    return _native.decompress(data, settings(None, options, models, keys, progress))


def content_length(data: Buffer) -> int | None:
    """The length of the first frame's content, if its front tells. The first 64 bytes of a file are enough."""
    return _native.content_length(data)


def hash(data: Buffer) -> bytes:
    """BLAKE3 of ``data``: what :attr:`Entry.hash` is for contents."""
    return _native.blake3(data)


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """A run of content that was coded at once."""

    offset: int
    length: int
    packed_length: int
    codec: Codec


@dataclass(frozen=True, slots=True)
class FrameInfo:
    """One frame of a file. ``models`` are the ids that it cites, and whether it carries them."""

    content_length: int | None
    packed_length: int
    sealed: bool
    checksum: bool
    models: list[tuple[str, bool]]
    groups: list[GroupInfo]


def info(
    source: str | os.PathLike[str] | Buffer,
    *,
    keys: Keys | None = None,
    options: Options | None = None,
) -> list[FrameInfo]:
    """What a file, by its path or its bytes, says about itself, without decoding it."""
    frames = []
    for frame in _native.info(source, settings(None, options, None, keys)):
        groups = cast("list[tuple[int, int, int, int]]", frame.pop("groups"))
        shown = [GroupInfo(offset, length, packed, Codec(codec)) for offset, length, packed, codec in groups]
        frames.append(FrameInfo(**frame, groups=shown))  # type: ignore[arg-type]
    return frames


class Reader:
    """Random access to the content of a file, by its path or its bytes. It decodes only the groups that are touched."""

    def __init__(
        self,
        source: str | os.PathLike[str] | Buffer,
        *,
        options: Options | None = None,
        models: Models | None = None,
        keys: Keys | None = None,
    ) -> None:
        self._native = _native.Reader(source, settings(None, options, models, keys))

    def __len__(self) -> int:
        return self._native.length()

    def read_at(self, offset: int, size: int) -> bytes:
        """Up to ``size`` bytes at ``offset``, fewer at the end."""
        return self._native.read_at(offset, size)
