"""Curves through points that are known, and what follows from them."""

from __future__ import annotations

import numpy as np
import pytest

from vatic_train import cli, scaling
from vatic_train.scaling import Choice, Curve, Point

TRUE = Curve(0.9, 0.25, 0.45, 0.35, 0.3)


def points(noise: float) -> list[Point]:
    rng = np.random.default_rng(3)
    grid = [(size, data) for size in (1e5, 4e5, 1.6e6) for data in (1e6, 2e6, 4e6)]
    return [Point(size, data, TRUE.loss(size, data) * (1 + noise * rng.normal())) for size, data in grid]


def test_a_known_curve_is_found_again() -> None:
    found = scaling.fit(points(0))
    for size, data in [(1e5, 1e6), (2e6, 1e8), (7e6, 1e9), (3.2e7, 1e10)]:
        assert found.loss(size, data) == pytest.approx(TRUE.loss(size, data), rel=0.01)
    assert found.alpha == pytest.approx(TRUE.alpha, abs=0.05)
    assert found.beta == pytest.approx(TRUE.beta, abs=0.05)


def test_noise_moves_what_it_says_of_a_preset_little() -> None:
    found = scaling.fit(points(0.002))
    assert found.loss(2e6, 4e7) == pytest.approx(TRUE.loss(2e6, 4e7), rel=0.05)


def test_what_is_too_little_for_a_curve_is_refused() -> None:
    with pytest.raises(ValueError, match="five points"):
        scaling.fit(points(0)[:4])
    with pytest.raises(ValueError, match="different"):
        scaling.fit([Point(1e5, data, 2.0) for data in (1e6, 2e6, 3e6, 4e6, 5e6)])


def test_factors_are_not_negative() -> None:
    # More data that makes it worse is noise: the curve says that data does not matter.
    odd = [Point(size, data, 2 + 0.1 / (size / 1e6) + data / 1e8) for size in (1e5, 1e6) for data in (1e6, 2e6, 4e6)]
    found = scaling.fit(odd)
    assert found.b == 0
    assert found.loss(1e5, 1e6) > found.loss(1e6, 1e6)


def test_reading_again_is_worth_less() -> None:
    assert scaling.worth(1e6, 2e6) == 1e6
    assert 3.5e6 < scaling.worth(4e6, 1e6) < 4e6
    assert scaling.worth(1e9, 1e6) < 17e6


def test_larger_models_pay_from_some_volume_on() -> None:
    ways = [Choice("none", 0, 2.0), Choice("bad", 9e6, 1.9), Choice("tiny", 2e6, 1.6), Choice("small", 7e6, 1.4)]
    found = scaling.stretches(ways)
    assert [way.name for _, way in found] == ["none", "tiny", "small"]
    assert [start for start, _ in found] == pytest.approx([0, 4e7, 2e8])
    for volume in (1e6, 3.9e7, 4.1e7, 1.9e8, 2.1e8, 1e10):
        best = min(ways, key=lambda way: way.total(volume))
        assert best is [way for start, way in found if start <= volume][-1]


def test_volumes_have_units() -> None:
    assert cli.volume("500") == 500
    assert cli.volume("1.5G") == 1.5 * (1 << 30)
    with pytest.raises(ValueError, match="bytes"):
        cli.volume("-1M")
