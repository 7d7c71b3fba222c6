"""The models that come with vatic, by name.

Which there are, what they are for and what they were trained on, ``models/README.md`` of the repository says.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from vatic import Model

__all__ = ["load", "names", "read"]

_ENDING = ".vatm"


def names() -> list[str]:
    """The names of all models, sorted."""
    entries = (entry.name for entry in files(__name__).iterdir())
    return sorted(name.removesuffix(_ENDING) for name in entries if name.endswith(_ENDING))


def read(name: str) -> bytes:
    """The bytes of the model of that name, as of a ``.vatm`` file.

    Raises KeyError where there is none.
    """
    if name not in names():
        message = f"no model is named {name!r}; there are {', '.join(names())}"
        raise KeyError(message)
    return (files(__name__) / (name + _ENDING)).read_bytes()


@cache
def load(name: str) -> Model:
    """The model of that name; it is read once.

    Raises KeyError where there is none.
    """
    return Model(read(name))
