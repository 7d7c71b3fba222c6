"""Which preset pays: short runs of small networks, a curve through what they reach, and what it says of the presets."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from . import scaling
from . import tokens as bpe
from .corpus import Corpus
from .export import export
from .network import Network, Shape
from .presets import PRESETS
from .scaling import Choice, Curve, Point
from .training import Plan, Trainer
from .vatm import Model, write

# The networks that are tried, as wide as a fraction of a preset, and how long: each as often as parts of its time.
SHAPES = (
    Shape(1024, 2, 64, 1, 1, 192, 512),
    Shape(1024, 3, 128, 2, 1, 320, 512),
    Shape(1024, 4, 192, 3, 1, 512, 512),
)
PARTS = (1, 2, 4)
# Tokens that are measured on.
MEASURED = 1 << 16
# Held-out texts that the engine measures on, for what the mix adds.
ENGINE_TEXTS = 8
ENGINE_BYTES = 1 << 18


@dataclass(frozen=True)
class Trial:
    """A short run, and what it came to."""

    point: Point
    seconds: float
    # By the engine: the mix alone and both together, in bits a byte.
    mix: float | None = None
    both: float | None = None


def trials(corpus: Corpus, minutes: float, work: Path, vatic: str, device: str = "cpu") -> list[Trial]:
    """Trains the small networks, in so many minutes all together."""
    work.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    tokenizer = bpe.train(corpus.learnt, SHAPES[0].vocabulary - 1)
    row, held = bpe.encode(tokenizer, corpus.learnt), bpe.encode(tokenizer, corpus.held_out)
    per_token = corpus.size() / len(row)
    left = minutes * 60 - (time.monotonic() - begun)
    share = left / (len(SHAPES) * sum(PARTS))
    found = []
    for wanted in SHAPES:
        shape = replace(wanted, vocabulary=tokenizer.get_vocab_size())
        for part in PARTS:
            plan = Plan(seconds=share * part, batch=4096, warmup=20)
            # What is saved by compiling does not pay for itself here.
            trainer = Trainer(shape, plan, row, device, compiled=False)
            while trainer.progress.share(plan) < 1:
                trainer.step()
            bits = measure(trainer.network, held, device) * len(held) / _size(corpus)
            point = Point(shape.weights(), scaling.worth(trainer.progress.tokens * per_token, corpus.size()), bits)
            mix, both = None, None
            if part == PARTS[-1] and shutil.which(vatic) is not None:
                path = work / "trial.vatm"
                write(path, Model({"transformer": export(trainer.network, tokenizer)}))
                mix, both = _engine(vatic, path, corpus, work)
            found.append(Trial(point, trainer.progress.seconds, mix, both))
            _tell(found[-1])
    return found


def _size(corpus: Corpus) -> int:
    return sum(len(text.content) for text in corpus.held_out)


def _tell(trial: Trial) -> None:
    point = trial.point
    beside = "" if trial.both is None else f", {trial.both:.3f} beside the mix"
    print(
        f"{point.size / 1e6:.2f} MB, {point.data / 1e6:.2f} MB of text: {point.loss:.3f} bits a byte{beside}",
        file=sys.stderr,
    )


@torch.no_grad()
def measure(network: Network, row: NDArray[np.uint16], device: str) -> float:
    """Mean bits of each token of `row`, or of as many as are measured on."""
    length = min(network.shape.context, len(row) - 1)
    starts = range(0, min(len(row) - length, MEASURED), length)
    losses = [
        network.loss(torch.from_numpy(row[start : start + length + 1].astype(np.int64))[None].to(device)).item()
        for start in starts
    ]
    return sum(losses) / len(losses) / math.log(2)


def _engine(vatic: str, model: Path, corpus: Corpus, work: Path) -> tuple[float, float]:
    """By the engine: bits a byte of the mix alone, and beside the model."""
    files, size = [], 0
    for number, text in enumerate(corpus.held_out[:ENGINE_TEXTS]):
        path = work / f"held-out-{number}"
        path.write_bytes(text.content[: ENGINE_BYTES // ENGINE_TEXTS])
        files.append(str(path))
        size += path.stat().st_size
    done = subprocess.run(
        [vatic, "model", "eval", "--json", str(model), *files], check=True, stdout=subprocess.PIPE, text=True
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()][: len(files)]
    return sum(row["mix"] for row in rows) * 8 / size, sum(row["both"] for row in rows) * 8 / size


@dataclass(frozen=True)
class Forecast:
    """What a preset would come to."""

    name: str
    size: int
    hours: float
    # Bits a byte of the network alone, and beside the mix.
    alone: float
    both: float


def forecast(found: list[Trial], corpus: Corpus) -> tuple[Curve, list[Forecast]]:
    """The curve through the trials, and what it says of the presets if they are trained as long as they say, here."""
    curve = scaling.fit([trial.point for trial in found])
    slope, offset = _beside(found)
    rows = []
    for name, preset in PRESETS.items():
        size, seconds = preset.shape.weights(), preset.minutes * 60
        data = scaling.worth(seconds * _speed(found, size), corpus.size())
        alone = curve.loss(size, data)
        rows.append(Forecast(name, size, preset.minutes / 60, alone, min(alone, offset + slope * alone)))
    return curve, rows


def _speed(found: list[Trial], size: float) -> float:
    """Bytes of text that a network of that size learns in a second here: the time grows with the size."""
    largest = max(found, key=lambda trial: (trial.point.size, trial.seconds))
    return largest.point.data / largest.seconds * largest.point.size / size


def _beside(found: list[Trial]) -> tuple[float, float]:
    """Slope and offset: what is left beside the mix, for what the network takes alone."""
    pairs = [(trial.point.loss, trial.both) for trial in found if trial.both is not None]
    if len(pairs) < 2:
        return 1.0, 0.0
    losses, both_losses = np.array(pairs).T
    # A better network never makes both worse, and both never gain more than the network.
    slope = min(1.0, max(0.0, float(np.polyfit(losses, both_losses, 1)[0])))
    return slope, float(np.mean([both - slope * alone for alone, both in pairs]))


def choices(found: list[Trial], rows: list[Forecast]) -> list[Choice]:
    """The presets, and no model at all."""
    mixes = [trial.mix for trial in found if trial.mix is not None]
    none = [Choice("none", 0, sum(mixes) / len(mixes))] if mixes else []
    return none + [Choice(row.name, row.size, row.both) for row in rows]


def report(found: list[Trial], corpus: Corpus, volume: float | None) -> str:
    """What to choose, in words and a table."""
    curve, rows = forecast(found, corpus)
    ways = choices(found, rows)
    off = max(abs(curve.loss(t.point.size, t.point.data) / t.point.loss - 1) for t in found)
    lines = [
        f"bits a byte = {curve.floor:.3f} + {curve.a:.3f} / (MB of model)^{curve.alpha:.2f}"
        f" + {curve.b:.3f} / (10 MB of text)^{curve.beta:.2f}, {off:.1%} off at most in {len(found)} runs",
        "",
        f"{'preset':<8} {'model MB':>9} {'hours here':>11} {'bits alone':>11} {'beside mix':>11}"
        + (f" {'model + data':>16}" if volume else ""),
    ]
    hours = {row.name: (row.hours, row.alone) for row in rows}
    for way in ways:
        time_here, alone = hours.get(way.name, (0.0, math.nan))
        line = f"{way.name:<8} {way.size / 1e6:>9.1f} {time_here:>11.1f} {alone:>11.3f} {way.bits:>11.3f}"
        lines.append(line.replace("nan", "  -") + (f" {way.total(volume):>16,.0f}" if volume else ""))
    lines.append("")
    if volume:
        best = min(ways, key=lambda way: way.total(volume))
        lines.append(f"For {volume:,.0f} bytes: {best.name}.")
    for start, way in scaling.stretches(ways):
        lines.append(f"From {start / 1e6:,.1f} MB of data on: {way.name}")
    return "\n".join(lines)
