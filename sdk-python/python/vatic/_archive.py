"""Many files in one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeAlias

from . import _native
from ._constants import EntryKind
from ._settings import Keys, Options, Progress, settings

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Archive", "Entry", "append_archive", "create_archive"]

_Path: TypeAlias = "str | os.PathLike[str]"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. Names and targets that are not UTF-8 hold surrogates, as ``os.fsdecode`` makes them."""

    name: str
    kind: EntryKind
    size: int
    mode: int
    mtime_ns: int | None
    owner: tuple[int, int] | None
    target: str
    hash: bytes | None
    generation: int
    device: tuple[int, int]


def _entry(native: tuple[bytes, bytes, bytes | None, list[int]]) -> Entry:
    name, target, digest, values = native
    kind, size, _, mode, timed, seconds, nanos, owned, uid, gid, generation, major, minor = values
    signed = seconds - (1 << 64) if seconds >> 63 else seconds
    return Entry(
        name=os.fsdecode(name),
        kind=EntryKind(kind),
        size=size,
        mode=mode,
        mtime_ns=signed * 10**9 + nanos if timed else None,
        owner=(uid, gid) if owned else None,
        target=os.fsdecode(target),
        hash=digest,
        generation=generation,
        device=(major, minor),
    )


class Archive:
    """An archive that is open for reading: a sequence of entries, in the order of their names."""

    def __init__(
        self,
        source: _Path | Buffer,
        *,
        options: Options | None = None,
        keys: Keys | None = None,
        progress: Progress | None = None,
    ) -> None:
        """``source`` is a path, or the bytes of an archive."""
        self._archive: _native.Archive | None = _native.Archive(source, settings(None, options, None, keys, progress))

    @property
    def _native(self) -> _native.Archive:
        if self._archive is None:
            raise ValueError("operation on a closed archive")
        return self._archive

    def close(self) -> None:
        """Lets go of the file."""
        self._archive = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return self._native.count()

    def __getitem__(self, which: int | str) -> Entry:
        """An entry by its place or its name."""
        return _entry(self._native.entry(self._place(which)))

    def __iter__(self) -> Iterator[Entry]:
        return (self[index] for index in range(len(self)))

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        try:
            self._native.find(os.fsencode(name))
        except LookupError:
            return False
        return True

    def _place(self, which: int | str | Entry) -> int:
        if isinstance(which, int):
            size = len(self)
            if not -size <= which < size:
                raise IndexError("there is no entry of this number")
            return which % size
        name = which.name if isinstance(which, Entry) else which
        return self._native.find(os.fsencode(name))

    def names(self) -> list[str]:
        """The names of all entries."""
        return [entry.name for entry in self]

    def read(self, which: int | str | Entry) -> bytes:
        """An entry's content; a hard link has its target's."""
        return self._native.read(self._place(which))

    def extract(self, target: _Path, *patterns: str) -> int:
        """Extracts what shell patterns match, or everything, to a folder; how many entries that were.

        Nothing is written outside of the folder, whatever the archive says.
        """
        return self._native.extract(target, patterns)

    def extract_entry(self, which: int | str | Entry, target: _Path) -> int:
        """Extracts one entry to a folder; of a directory, all that is in it."""
        return self._native.extract_entry(self._place(which), target)

    def verify(self) -> None:
        """Decodes everything and compares it with what the index says."""
        self._native.verify()


def create_archive(
    target: _Path,
    inputs: Iterable[_Path],
    level: int | None = None,
    options: Options | None = None,
    *,
    keys: Keys | None = None,
    progress: Progress | None = None,
) -> None:
    """Packs files and folders into a new archive, which appears whole or not at all."""
    _native.create_archive(target, list(inputs), settings(level, options, None, keys, progress))


def append_archive(
    target: _Path,
    inputs: Iterable[_Path],
    level: int | None = None,
    options: Options | None = None,
    *,
    keys: Keys | None = None,
    progress: Progress | None = None,
) -> None:
    """Adds files and folders to an archive. Contents that it has are not stored again."""
    _native.append_archive(target, list(inputs), settings(level, options, None, keys, progress))
