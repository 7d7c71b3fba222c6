"""Models and keys."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from . import _native

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Key", "Model"]

_DEFAULTS = _native.Settings([], [], [])


class Model:
    """What experts know beforehand, from a ``.vatm`` file or from :meth:`train`.

    It never changes; threads and processes may share it.
    """

    __slots__ = ("_native",)

    def __init__(self, source: str | os.PathLike[str] | Buffer) -> None:
        """Reads a file's path, or the bytes of a file."""
        if isinstance(source, (str, os.PathLike)):
            self._native = _native.Model.from_file(source, _DEFAULTS)
        else:
            self._native = _native.Model.from_bytes(source, _DEFAULTS)

    @classmethod
    def train(
        cls,
        samples: Iterable[Buffer],
        *,
        size: int = 0,
        beside: Model | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> Model:
        """Trains a model on samples, each of them a record, a file or a part of one. Megabytes take seconds.

        ``size`` bounds the bytes of its tables; 0 leaves that to the library. With a model to stand ``beside``, it is
        what codec ``NEURAL`` begins with beside that model's transformer; the result is that model with it, and a
        megabyte takes some ten seconds or more. ``progress`` is called now and then with the bytes read and those to
        be read in all; it stops the work by giving back something false other than None, or by an exception.

        **A model holds traces of what it was trained on.** Do not publish one that was trained on what is not to be
        published.
        """
        base = None if beside is None else beside._native
        settings = _native.Settings([], [], [], progress)
        return cls._of(_native.Model.train(samples, size, base, settings))

    @classmethod
    def from_czm(cls, data: Buffer) -> Model:
        """Reads the bytes of a ``.czm`` file of czip: a transformer, which computes what czip does."""
        return cls._of(_native.Model.from_czm(data, _DEFAULTS))

    @classmethod
    def _of(cls, native: _native.Model) -> Model:
        model = cls.__new__(cls)
        model._native = native
        return model

    def join(self, *others: Model) -> Model:
        """One model with the parts of all, and what this one says about itself.

        No two may have a part of the same name. What cites one of them is read with the joined one too.
        """
        return self._of(_native.Model.join([self._native, *(other._native for other in others)]))

    def to_bytes(self) -> bytes:
        """The model as a ``.vatm`` file."""
        return self._native.to_bytes()

    @property
    def id(self) -> str:
        """The id, in hexadecimal; data cites its first 16 digits."""
        return self._native.id.hex()

    @property
    def metadata(self) -> dict[str, str]:
        """What the model says about itself: name, description, licence and more."""
        return self._native.metadata

    @property
    def parts(self) -> list[str]:
        """The names of its parts."""
        return self._native.parts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<vatic.Model {self.id[:16]}>"

    def __reduce__(self) -> tuple[type[Model], tuple[bytes]]:
        return (Model, (self.to_bytes(),))


class Key:
    """What seals a file and what opens it: a password, 32 secret bytes, or one half of an ``age`` pair.

    Keys are not pickled: secrets do not belong in files by accident.
    """

    __slots__ = ("_native",)

    def __init__(self, native: _native.Key) -> None:
        self._native = native

    @classmethod
    def password(cls, text: str) -> Key:
        """A password. Its UTF-8 bytes count as they are."""
        return cls(_native.Key.password(text))

    @classmethod
    def raw(cls, data: Buffer) -> Key:
        """32 bytes from a good random generator, such as :meth:`generate_raw`."""
        return cls(_native.Key.raw(data))

    @classmethod
    def recipient(cls, text: str) -> Key:
        """Whom to seal for: ``age1...``."""
        return cls(_native.Key.recipient(text))

    @classmethod
    def identity(cls, text: str) -> Key:
        """The secret half, which opens: ``AGE-SECRET-KEY-1...``."""
        return cls(_native.Key.identity(text))

    @staticmethod
    def generate_raw() -> bytes:
        """32 new random bytes for :meth:`raw`."""
        return _native.Key.generate_raw()

    @staticmethod
    def generate_identity() -> tuple[str, str]:
        """A new identity, to be kept, and its recipient, to be given away."""
        return _native.Key.generate_identity()

    def __repr__(self) -> str:
        return repr(self._native)

    def __reduce__(self) -> str:
        raise TypeError("keys are not pickled")
