"""Sizes of networks, and how long they are trained."""

from __future__ import annotations

from dataclasses import dataclass

from .network import Shape


@dataclass(frozen=True)
class Preset:
    """A size: that of the model is about `shape.weights()` bytes."""

    shape: Shape
    # Of training, unless something else is said.
    minutes: float
    about: str


PRESETS = {
    "tiny": Preset(Shape(2048, 4, 192, 3, 1, 512, 512), 15, "2 MB, for one kind of documents"),
    "small": Preset(Shape(4096, 5, 320, 5, 1, 896, 512), 600, "7 MB, for a language"),
    "base": Preset(Shape(8192, 6, 640, 10, 2, 1792, 1024), 6000, "32 MB, with a GPU"),
}
