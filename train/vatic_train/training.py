"""The loop: windows of tokens, two optimisers, a schedule, checkpoints.

Matrices are trained by Muon (Jordan et al. 2024; as `torch.optim.Muon`), the rest by AdamW. The rate rises for a
moment, stays, and falls to nothing over the last part (Hu et al. 2024, "warmup, stable, decay"): until that begins,
training can go on to another end.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .network import Network, Shape
from .teacher import Lessons


@dataclass(frozen=True)
class Plan:
    """How to train. It ends with `tokens` or with `seconds`, whichever is first."""

    tokens: float = math.inf
    seconds: float = math.inf
    batch: int = 8192
    # Of windows; twice that while the rate falls.
    length: int = 256
    rate: float = 4e-3
    weight_decay: float = 0.05
    # The part at the end in which the rate falls.
    decay: float = 0.25
    # Steps in which the rate rises.
    warmup: int = 100
    seed: int = 1


@dataclass
class Progress:
    """Where training is."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0

    def share(self, plan: Plan) -> float:
        """Of the whole."""
        return min(1.0, max(self.tokens / plan.tokens, self.seconds / plan.seconds))


class Windows:
    """Windows of a row of tokens in an order that the seed gives: each token once in an epoch."""

    def __init__(self, tokens: NDArray[np.uint16], length: int, seed: int) -> None:
        self.tokens, self.wanted, self.seed = tokens, length, seed
        self.length = min(length, len(tokens) - 1)
        self.count = max(1, (len(tokens) - 1) // self.length - 1)
        self.epoch, self.order = -1, np.zeros(0, np.int64)

    def batch(self, first: int, count: int) -> tuple[NDArray[np.int64], Tensor]:
        """Windows number `first` and those that follow, where they start and their tokens: [count, length + 1]."""
        starts = np.array([self._start(number) for number in range(first, first + count)], np.int64)
        windows = [self.tokens[start : start + self.length + 1] for start in starts]
        return starts, torch.from_numpy(np.stack(windows).astype(np.int64))

    def _start(self, number: int) -> int:
        epoch, place = divmod(number, self.count)
        if epoch != self.epoch:
            rng = np.random.default_rng([self.seed, epoch])
            # Windows begin elsewhere in each epoch.
            offset = int(rng.integers(self.length)) if len(self.tokens) > 2 * self.length else 0
            self.epoch, self.order = epoch, offset + rng.permutation(self.count) * self.length
        return int(self.order[place])


class Trainer:
    """A network in training."""

    def __init__(
        self,
        shape: Shape,
        plan: Plan,
        tokens: NDArray[np.uint16],
        device: str = "cpu",
        compiled: bool = True,
        *,
        lessons: Lessons | None = None,
    ) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.progress, self.device = plan, Progress(), device
        self.tokens, self.windows = tokens, Windows(tokens, plan.length, plan.seed)
        self.network = Network(shape).to(device)
        matrices = [p for name, p in self.network.named_parameters() if p.ndim == 2 and name != "embed"]
        others = [p for name, p in self.network.named_parameters() if p.ndim != 2 or name == "embed"]
        self.optimisers: list[torch.optim.Optimizer] = [
            torch.optim.Muon(matrices, lr=1.0, weight_decay=plan.weight_decay, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(others, lr=1.0, betas=(0.9, 0.95), weight_decay=0.0),
        ]
        self.lessons = lessons
        self._loss: Callable[[Tensor], Tensor] = self.network.loss
        self._taught: Callable[..., tuple[Tensor, Tensor]] = self.network.taught
        # Half as fast again; it needs a C++ compiler where there is no GPU.
        if compiled and (device != "cpu" or shutil.which("c++") is not None):
            self._loss = torch.compile(self.network.loss, dynamic=False)
            self._taught = torch.compile(self.network.taught, dynamic=False)

    def rate(self) -> float:
        """The learning rate at this step."""
        warm = min(1.0, (self.progress.step + 1) / self.plan.warmup)
        fall = min(1.0, (1 - self.progress.share(self.plan)) / self.plan.decay)
        return self.plan.rate * warm * fall

    def step(self) -> float:
        """One step. The loss before it, in bits for each token."""
        begun = time.monotonic()
        wanted = self.plan.length * (1 if self.progress.share(self.plan) < 1 - self.plan.decay else 2)
        if wanted > self.windows.wanted:
            self.windows = Windows(self.tokens, wanted, self.plan.seed + 1)
        length = self.windows.length
        count = max(1, self.plan.batch // length)
        starts, batch = self.windows.batch(self.progress.tokens // length, count)
        # Parts that fit the cache better than the whole.
        size = max(1, 4096 // length)
        total = 0.0
        for first in range(0, count, size):
            loss, told = self._losses(starts[first : first + size], batch[first : first + size])
            share = len(batch[first : first + size]) / count
            (loss * share).backward()  # type: ignore[no-untyped-call]
            total += told.item() * share
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        rate = self.rate()
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.progress.step += 1
        self.progress.tokens += count * length
        self.progress.seconds += time.monotonic() - begun
        return total / math.log(2)

    def _losses(self, starts: NDArray[np.int64], windows: Tensor) -> tuple[Tensor, Tensor]:
        """Of windows: what to learn from, and mean nats a token."""
        windows = windows.to(self.device)
        if self.lessons is None:
            loss = self._loss(windows)
            return loss, loss.detach()
        length = windows.shape[1] - 1
        room = self.lessons.room(len(windows) * length)
        return self._taught(windows, self.lessons.of(starts, length, room).to(self.device), self.lessons.weighing)

    def save(self, path: Path) -> None:
        """Writes a checkpoint, whole or not at all."""
        state = {
            "shape": self.network.shape.as_dict(),
            "plan": asdict(self.plan),
            "progress": asdict(self.progress),
            "network": self.network.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
        }
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.replace(path)

    def load(self, state: dict[str, Any]) -> None:
        """Goes on from a checkpoint's state."""
        self.progress = Progress(**state["progress"])
        self.network.load_state_dict(state["network"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
