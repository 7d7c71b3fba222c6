"""A picture of losses."""

from __future__ import annotations

import json
from pathlib import Path

from .scaling import Curve, Point


def plot(losses: Path, picture: Path) -> None:
    """Draws bits a byte over tokens, each point a mean; SVG or PNG, as the name ends."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    rows = [json.loads(line) for line in losses.read_text().splitlines()]
    group = max(1, len(rows) // 200)
    groups = [rows[first : first + group] for first in range(0, len(rows), group)]
    figure, axes = pyplot.subplots(figsize=(7, 4))
    axes.plot([rows[-1][1] / 1e6 for rows in groups], [sum(row[3] for row in rows) / len(rows) for rows in groups])
    axes.set_xlabel("million tokens")
    axes.set_ylabel("bits a byte, of what is learnt")
    axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(picture)
    pyplot.close(figure)


def plot_curve(points: list[Point], curve: Curve, picture: Path) -> None:
    """Draws bits a byte over data for each size that was tried, and the curve through them."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    most = max(point.data for point in points)
    for size in sorted({point.size for point in points}):
        own = sorted((point.data, point.loss) for point in points if point.size == size)
        data = [own[0][0] * (16 * most / own[0][0]) ** (step / 50) for step in range(51)]
        (line,) = axes.plot([d / 1e6 for d in data], [curve.loss(size, d) for d in data], label=f"{size / 1e6:.2f} MB")
        axes.plot([d / 1e6 for d, _ in own], [loss for _, loss in own], "o", color=line.get_color())
    axes.set_xscale("log")
    axes.set_xlabel("MB of text learnt")
    axes.set_ylabel("bits a byte, of what is held out")
    axes.legend()
    axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(picture)
    pyplot.close(figure)
