"""A picture of losses."""

from __future__ import annotations

import json
from pathlib import Path


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
