"""What a teacher says of bytes, for tokens to learn from: distillation (Hinton et al. 2015).

A teacher gives the 256 odds of the next byte at some positions of documents, in files that any program can write
(`docs/trace.md`). The student foretells tokens. Where a token starts, its odds of the next byte are sums over tokens:
those that begin with that byte. There the student learns from both, what came and what the teacher thought likely;
elsewhere from what came alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from .corpus import Text
from .tokens import spellings

Shares = NDArray[np.uint16]

ONE = 65_535


@dataclass(frozen=True)
class Weighing:
    """How much a teacher counts."""

    # Of the odds that a byte is to have, how much is the teacher's; the rest is what came.
    weight: float = 0.5
    # Only that share of positions counts where teacher and student differ most.
    worst: float = 1.0


class Said(NamedTuple):
    """What a teacher says in a batch of windows."""

    # Of the tokens to foretell, which; and the odds of their first bytes, [n, 256]. Odds of 0 are those of no place.
    places: Tensor
    odds: Tensor
    # The first byte of each token of the vocabulary; 256 of those without.
    first: Tensor

    def to(self, device: str) -> Said:
        """The same elsewhere."""
        return Said(*(t.to(device) for t in self))


@dataclass(frozen=True)
class Lessons:
    """What a teacher says, at tokens."""

    # For each token the row of `odds` that is about its first byte, or -1.
    rows: NDArray[np.int32]
    # Of 65,535.
    odds: Shares
    # The first byte of each token; 256 of those without.
    first: Tensor
    weighing: Weighing

    def share(self) -> float:
        """Of tokens that the teacher says something about."""
        return float(np.mean(self.rows >= 0))

    def room(self, tokens: int) -> int:
        """Rows for the teacher's positions among so many tokens: hardly ever are there more."""
        expected = tokens * self.share()
        return min(tokens, math.ceil(expected + 4 * math.sqrt(expected)))

    def of(self, starts: NDArray[np.int64], length: int, room: int) -> Said:
        """What the teacher says in windows of `length` tokens to foretell, with room for so many places."""
        rows = np.concatenate([self.rows[start + 1 : start + 1 + length] for start in starts])
        places = np.flatnonzero(rows >= 0)[:room]
        padded, odds = np.zeros(room, np.int64), np.zeros((room, 256), np.float32)
        padded[: len(places)] = places
        odds[: len(places)] = self.odds[rows[places]]
        odds /= np.maximum(odds.sum(1, keepdims=True), 1)
        return Said(torch.from_numpy(padded), torch.from_numpy(odds), self.first)


def read(folder: Path) -> dict[str, tuple[NDArray[np.int64], Shares]]:
    """Positions and odds of each document, in order.

    Raises ValueError where the files are no trace.
    """
    documents: dict[str, list[tuple[NDArray[np.int64], Shares]]] = {}
    for name, positions, odds in _shards(folder):
        documents.setdefault(name, []).append((positions, odds))
    if not documents:
        raise ValueError(f"there is no trace in {folder}")
    whole = {}
    for name, parts in documents.items():
        positions = np.concatenate([part[0] for part in parts])
        positions, chosen = np.unique(positions, return_index=True)
        whole[name] = positions, np.concatenate([part[1] for part in parts])[chosen]
    return whole


def _shards(folder: Path) -> Iterator[tuple[str, NDArray[np.int64], Shares]]:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise ValueError("--teacher needs the package pyarrow: pip install pyarrow") from error
    for path in sorted(folder.glob("*.parquet")):
        file: Any = parquet.ParquetFile(path)
        missing = {"document", "position", "distribution"} - set(file.schema_arrow.names)
        if missing:
            raise ValueError(f"{path} has no column {', '.join(sorted(missing))}")
        for batch in file.iter_batches(columns=["document", "position", "distribution"]):
            names = np.array(batch.column("document").to_pylist())
            positions = batch.column("position").to_numpy().astype(np.int64)
            values = batch.column("distribution").flatten().to_numpy(zero_copy_only=False)
            if len(values) != 256 * len(names):
                raise ValueError(f"{path} has distributions that are not of 256 bytes")
            odds = shares(values.reshape(-1, 256))
            for name in np.unique(names):
                yield str(name), positions[names == name], odds[names == name]


def shares(odds: NDArray[Any]) -> Shares:
    """Odds of any scale as shares of 65,535."""
    odds = odds.astype(np.float64)
    sums = odds.sum(1, keepdims=True)
    if not np.isfinite(odds).all() or (odds < 0).any() or (sums <= 0).any():
        raise ValueError("a distribution has numbers that are no odds")
    whole: Shares = np.round(odds * (ONE / sums)).astype(np.uint16)
    return whole


def lessons(
    trace: dict[str, tuple[NDArray[np.int64], Shares]],
    tokens: NDArray[np.uint16],
    texts: list[Text],
    tokenizer: Tokenizer,
    weighing: Weighing,
) -> Lessons:
    """What a trace says of `tokens`, which are those of `texts`, by names of documents and positions of bytes.

    Raises ValueError where that is nothing.
    """
    spelled = spellings(tokenizer)
    lengths = np.array([len(text) for text in spelled], np.int64)
    starts = np.flatnonzero(tokens == spelled.index(b""))
    ends = np.append(starts[1:], len(tokens))
    rows, odds, count = np.full(len(tokens), -1, np.int32), [], 0
    for text, start, end in zip(texts, starts, ends, strict=True):
        if text.name not in trace or not _is_whole(text):
            continue
        positions, said = trace[text.name]
        sizes = lengths[tokens[start + 1 : end]]
        offsets = np.cumsum(sizes) - sizes
        _, of_tokens, of_trace = np.intersect1d(offsets, positions, assume_unique=True, return_indices=True)
        rows[start + 1 + of_tokens] = count + np.arange(len(of_trace))
        odds.append(said[of_trace])
        count += len(of_trace)
    if count == 0:
        raise ValueError("the teacher says nothing about where tokens of this corpus start: are documents named alike?")
    first = torch.tensor([text[0] if text else 256 for text in spelled])
    return Lessons(rows, np.concatenate(odds), first, weighing)


def _is_whole(text: Text) -> bool:
    """Whether tokens spell the text as it is; what is no UTF-8 they do not."""
    try:
        text.content.decode()
    except UnicodeDecodeError:
        return False
    return True


def byte_logs(logits: Tensor, first: Tensor) -> Tensor:
    """Logarithms of the odds of the next byte, [n, 256], for logits of tokens, [n, vocabulary], if the text goes on."""
    odds = torch.softmax(logits.float(), 1)
    sums = torch.zeros(len(logits), 257, device=logits.device).index_add(1, first, odds)[:, :256]
    return torch.log(sums.clamp_min(1e-20)) - torch.log(sums.sum(1, keepdim=True).clamp_min(1e-20))


def loss(logits: Tensor, targets: Tensor, said: Said, weighing: Weighing) -> tuple[Tensor, Tensor]:
    """Mean nats of each token beside a teacher, and without it. Logits are [n, vocabulary] and targets [n].

    Where the teacher says something, the first byte is to have odds between the teacher's and what came.
    """
    places, odds, first = said
    plain = F.cross_entropy(logits, targets, reduction="sum")
    logs = byte_logs(logits[places], first)
    came = first[targets[places]].clamp_max(255)
    # What comes of a mean of two targets beside what comes of one.
    soft = -(odds * logs).sum(1)
    hard = -logs.gather(1, came[:, None])[:, 0]
    counts = odds.sum(1)
    if weighing.worst < 1:
        apart = (soft.detach() + torch.xlogy(odds, odds).sum(1)) * counts
        least = apart.topk(max(1, math.ceil(len(apart) * weighing.worst))).values[-1]
        counts = counts * (apart >= least)
    whole = plain + weighing.weight * (counts * (soft - hard)).sum()
    return whole / len(targets), plain.detach() / len(targets)
