"""A run: a folder with everything between a corpus and a model, so that training can stop and go on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, TextIO

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tqdm import tqdm

from . import tokens as bpe
from .corpus import Corpus, Text
from .export import export
from .network import Shape
from .teacher import Lessons, Weighing, lessons, read
from .training import Plan, Trainer
from .vatm import Model, write

SAVE_SECONDS = 300
BAR = "{l_bar}{bar}| {elapsed}{postfix}"


class Run:
    """Tokenizer, tokens, checkpoint and losses of one model."""

    def __init__(self, folder: Path, corpus: Corpus, shape: Shape) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.corpus = folder, corpus
        self.tokenizer = self._tokenizer(shape.vocabulary)
        # A small corpus has fewer tokens than were wished for.
        self.shape = replace(shape, vocabulary=self.tokenizer.get_vocab_size())
        self.checkpoint = folder / "checkpoint.pt"

    def train(self, plan: Plan, device: str = "cpu", compiled: bool = True, lessons: Lessons | None = None) -> Trainer:
        """Trains, from the checkpoint if there is one, and keeps one on the way."""
        trainer = Trainer(self.shape, plan, self.tokens(), device, compiled, lessons=lessons)
        if self.checkpoint.exists():
            state = torch.load(self.checkpoint, map_location=device)
            if Shape(**state["shape"]) != self.shape:
                raise ValueError(f"{self.checkpoint} is of a network of another shape: name another folder by --work")
            trainer.load(state)
        losses = self.folder / "losses.jsonl"
        with losses.open("a") as log, tqdm(total=1000, bar_format=BAR, mininterval=0.5, disable=None) as bar:
            self._loop(trainer, plan, log, bar)
        trainer.save(self.checkpoint)
        return trainer

    def _loop(self, trainer: Trainer, plan: Plan, log: TextIO, bar: tqdm[NoReturn]) -> None:
        saved, mean = trainer.progress.seconds, 0.0
        per_byte = len(trainer.tokens) / self.corpus.size()
        while (share := trainer.progress.share(plan)) < 1:
            loss = trainer.step()
            progress = trainer.progress
            mean = loss if mean == 0 else 0.95 * mean + 0.05 * loss
            log.write(json.dumps([progress.step, progress.tokens, round(progress.seconds, 2), loss * per_byte]) + "\n")
            log.flush()
            speed = progress.tokens / progress.seconds
            text = f"{progress.tokens:,} tokens, {speed:,.0f}/s, {mean * per_byte:.3f} bits a byte"
            bar.set_postfix_str(text, refresh=False)
            bar.update(int(share * 1000) - bar.n)
            if progress.seconds - saved > SAVE_SECONDS:
                trainer.save(self.checkpoint)
                saved = progress.seconds

    def write(self, trainer: Trainer, path: Path, info: dict[str, str]) -> None:
        """Writes the model as it is."""
        part = path.with_suffix(".part")
        write(part, Model({"transformer": export(trainer.network, self.tokenizer)}, info))
        part.replace(path)

    def held_out(self) -> Path:
        """A folder with the texts that were held out, a file each."""
        folder = self.folder / "held-out"
        folder.mkdir(exist_ok=True)
        for number, text in enumerate(self.corpus.held_out):
            (folder / f"{number:05}").write_bytes(text.content)
        return folder

    def _tokenizer(self, size: int) -> Tokenizer:
        path = self.folder / "tokenizer.json"
        if not path.exists():
            # One token is the start.
            bpe.save(bpe.train(self.corpus.learnt, size - 1), path)
        return bpe.load(path)

    def lessons(self, folder: Path, weighing: Weighing) -> Lessons:
        """What the teacher whose trace is in `folder` says of the corpus."""
        return lessons(read(folder), self.tokens(), self.corpus.learnt, self.tokenizer, weighing)

    def tokens(self) -> NDArray[np.uint16]:
        """The tokens of what is learnt."""
        path = self.folder / f"tokens-{_digest(self.corpus.learnt)}.npy"
        if not path.exists():
            np.save(path, bpe.encode(self.tokenizer, self.corpus.learnt))
        tokens: NDArray[np.uint16] = np.load(path, mmap_mode="r")
        return tokens


def _digest(texts: list[Text]) -> str:
    """Tells corpora apart."""
    digest = hashlib.blake2b(digest_size=8)
    for text in texts:
        digest.update(f"{len(text.name.encode())} {text.name} {len(text.content)} ".encode())
        digest.update(hashlib.blake2b(text.content).digest())
    return digest.hexdigest()
