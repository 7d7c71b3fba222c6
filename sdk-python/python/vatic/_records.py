"""Records under a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, overload

from . import _native
from ._constants import Parameter
from ._models import Model
from ._settings import Models, Options, settings

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Batch", "Records", "compress_many", "decompress_many"]


class Records:
    """Codes records one by one under a model; each can be read alone. One object serves one thread at a time.

    **Without a tag, another model or damaged bytes may give a wrong record and no error**: keep the model's id where
    the records are, and ask for a tag if their store does not check them.
    """

    def __init__(self, model: Model, *, tag: int = 0, options: Options | None = None) -> None:
        """``tag`` is how many bytes of hash each record carries, 0 to 4."""
        made = settings(None, {Parameter.RECORD_TAG: tag, **{Parameter(k): v for k, v in (options or {}).items()}})
        self._native = _native.Records(model._native, made)

    def compress(self, record: Buffer) -> bytes:
        """What a record is coded to."""
        return self._native.compress(record)

    def decompress(self, packed: Buffer) -> bytes:
        """The record that was coded."""
        return self._native.decompress(packed)


def compress_many(
    records: Iterable[Buffer],
    model: Model,
    *,
    tag: int = 0,
    bundle: int = 16,
    embed_model: bool = False,
) -> bytes:
    """Codes records into one batch. Each ``bundle`` of records shares a stream, and is decoded to read one of them."""
    options = {
        Parameter.RECORD_TAG: tag,
        Parameter.RECORD_BUNDLE: bundle,
        Parameter.EMBED_MODEL: int(embed_model),
    }
    return _native.compress_many(records, model._native, settings(None, options))


def decompress_many(data: Buffer, models: Models | None = None, *, options: Options | None = None) -> list[bytes]:
    """All records of a batch."""
    return _native.decompress_many(data, settings(None, options, models))


class Batch(Sequence[bytes]):
    """A batch as a sequence of records, which are decoded when they are asked for."""

    def __init__(self, data: Buffer, models: Models | None = None, *, options: Options | None = None) -> None:
        self._native = _native.Batch(data, settings(None, options, models))

    def __len__(self) -> int:
        return self._native.count()

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        if isinstance(index, slice):
            return [self._native.get(place) for place in range(*index.indices(len(self)))]
        size = len(self)
        if not -size <= index < size:
            raise IndexError("there is no record of this number")
        return self._native.get(index % size)
