"""How losses follow from sizes: a scaling curve, fitted to a few points.

The curve is `floor + a / size^alpha + b / data^beta` (Hoffmann et al. 2022): for one size a power law of the data that
breaks smoothly into what that size can reach at best, and the same the other way round (Caballero et al. 2023, "Broken
neural scaling laws", with one break). With floor and exponents given, `a` and `b` follow from linear least squares;
floor and exponents are found on a grid that is made finer. Data that is read again and again is worth less than new
data (Muennighoff et al. 2023).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Times that data can be read until more of it is worth little.
EPOCHS = 15.0
# Sizes and data are counted in these, so that factors are of one order.
SIZE, DATA = 1e6, 1e7
# Exponents that were ever seen, generously.
EXPONENTS = (0.05, 1.2)
STEPS = 9
ROUNDS = 12


@dataclass(frozen=True)
class Point:
    """A network that was trained."""

    # Bytes of the model, and bytes of text that were learnt.
    size: float
    data: float
    # Bits a byte.
    loss: float


@dataclass(frozen=True)
class Curve:
    """See the module."""

    floor: float
    a: float
    alpha: float
    b: float
    beta: float

    def loss(self, size: float, data: float) -> float:
        """Bits a byte to be expected."""
        by_size: float = self.a * (size / SIZE) ** -self.alpha
        by_data: float = self.b * (data / DATA) ** -self.beta
        return self.floor + by_size + by_data


def worth(data: float, unique: float) -> float:
    """How much new data is worth as much as `data` bytes of which only `unique` are different ones."""
    again = max(0.0, data / unique - 1)
    return min(data, unique) + unique * EPOCHS * (1 - math.exp(-again / EPOCHS))


def fit(points: list[Point]) -> Curve:
    """The curve with the least squares of relative errors.

    Raises ValueError for fewer than five points, or where sizes or data are all alike.
    """
    if len(points) < 5 or len({p.size for p in points}) < 2 or len({p.data for p in points}) < 2:
        raise ValueError("a curve needs five points, of different sizes and different amounts of data")
    size, data, loss = (
        np.array(values, np.float64)
        for values in zip(*((p.size / SIZE, p.data / DATA, p.loss) for p in points), strict=True)
    )
    low = np.array([0.0, *EXPONENTS[:1] * 2])
    high = np.array([0.98 * loss.min(), *EXPONENTS[1:] * 2])
    least, best = math.inf, Curve(0, 0, 1, 0, 1)
    begin, end = low, high
    for _ in range(ROUNDS):
        for floor, alpha, beta in itertools.product(*np.linspace(begin, end, STEPS).T):
            factors = _factors(loss - floor, size**-alpha, data**-beta, 1 / loss)
            curve = Curve(float(floor), factors[0], float(alpha), factors[1], float(beta))
            found = curve.floor + factors[0] * size**-alpha + factors[1] * data**-beta
            error = float(np.square(found / loss - 1).sum())
            if error < least:
                least, best = error, curve
        # Around the best, half as wide.
        middle = np.array([best.floor, best.alpha, best.beta])
        half = (end - begin) / 4
        begin, end = np.maximum(middle - half, low), np.minimum(middle + half, high)
    return best


def _factors(
    wanted: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[float, float]:
    """Factors of at least 0 that make `a * x + b * y` closest to what is wanted."""
    columns = np.stack([x, y], 1) * weight[:, None]
    target = wanted * weight
    a, b = np.linalg.lstsq(columns, target, rcond=None)[0]
    if a >= 0 and b >= 0:
        return float(a), float(b)
    alone = [max(0.0, float(column @ target / (column @ column))) for column in columns.T]
    errors = [float(np.square(column * factor - target).sum()) for column, factor in zip(columns.T, alone, strict=True)]
    return (alone[0], 0.0) if errors[0] < errors[1] else (0.0, alone[1])


@dataclass(frozen=True)
class Choice:
    """A way to compress: with a model of `size` bytes, or none, and then so many bits a byte."""

    name: str
    size: float
    bits: float

    def total(self, volume: float) -> float:
        """Bytes of the model and of `volume` compressed bytes."""
        return self.size + volume * self.bits / 8


def stretches(choices: list[Choice]) -> list[tuple[float, Choice]]:
    """Which choice is the smallest from which volume on."""
    volume, found = 0.0, []
    best = min(choices, key=lambda choice: (choice.size, choice.bits))
    while True:
        found.append((volume, best))
        better = [other for other in choices if other.bits < best.bits]
        if not better:
            return found
        # Where the next one that saves bits has made up for its size.
        crossings = [(8 * (other.size - best.size) / (best.bits - other.bits), other.bits) for other in better]
        volume, bits = min(crossings)
        best = next(other for other in better if other.bits == bits)
