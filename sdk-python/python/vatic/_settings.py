"""Keyword arguments become settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from . import _native
from ._constants import Parameter
from ._models import Key, Model

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Keys", "Models", "Options", "Progress", "settings"]

Options: TypeAlias = "Mapping[Parameter, int] | Mapping[int, int]"
Progress: TypeAlias = "Callable[[int, int], object]"
Models: TypeAlias = "Model | Iterable[Model]"
Keys: TypeAlias = "Key | str | Buffer | Iterable[Key]"


def _models(models: Models | None) -> list[_native.Model]:
    if models is None:
        return []
    if isinstance(models, Model):
        models = [models]
    return [model._native for model in models]


def _keys(keys: Keys | None) -> list[_native.Key]:
    match keys:
        case None:
            return []
        case Key():
            return [keys._native]
        case str():
            return [_native.Key.password(keys)]
        case bytes() | bytearray() | memoryview():
            return [_native.Key.raw(keys)]
        case _:
            return [key._native for key in keys]  # type: ignore[union-attr]


def settings(
    level: int | None = None,
    options: Options | None = None,
    models: Models | None = None,
    keys: Keys | None = None,
    progress: Progress | None = None,
) -> _native.Settings:
    """Settings for one call or object."""
    params: dict[int, int] = {}
    if level is not None:
        params[int(Parameter.LEVEL)] = int(level)
    for number, value in (options or {}).items():
        params[int(number)] = int(value)
    return _native.Settings(list(params.items()), _models(models), _keys(keys), progress)
