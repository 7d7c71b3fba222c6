"""The texts of a corpus, and which of them are held out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Records = Literal["files", "lines"]


@dataclass(frozen=True)
class Text:
    """A file, or a line of one: what a model sees from its start on."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Corpus:
    """Texts to learn from, and others to measure with."""

    learnt: list[Text]
    held_out: list[Text]

    def size(self) -> int:
        """Bytes to learn from."""
        return sum(len(text.content) for text in self.learnt)


def files(paths: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    """Files in these files and folders, each with a name that does not depend on where the corpus lies."""
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.is_file() and not file.is_symlink())
            yield from ((f"{path.name}/{file.relative_to(path).as_posix()}", file) for file in inside)
        else:
            yield path.name, path


def read(paths: Iterable[Path], records: Records = "files", share: float = 0.02) -> Corpus:
    """Reads a corpus, and holds out `share` of its texts, by a hash of their names.

    Empty files and those with zero bytes in them, which are no text, are left out. With `records` "lines" each line is
    a text. Where a corpus is one text, its end is held out.

    Raises ValueError if there is nothing to learn from.
    """
    texts: list[Text] = []
    for name, path in files(paths):
        content = path.read_bytes()
        if not content or b"\0" in content:
            continue
        if records == "lines":
            lines = content.splitlines(keepends=True)
            texts.extend(Text(f"{name}:{number}", line) for number, line in enumerate(lines))
        else:
            texts.append(Text(name, content))
    if not texts:
        raise ValueError("there is no text in the corpus")
    if len(texts) == 1:
        content = texts[0].content
        cut = len(content) - max(1, int(len(content) * share))
        return Corpus([Text(texts[0].name, content[:cut])], [Text(texts[0].name + " (end)", content[cut:])])
    drawn = sorted(texts, key=lambda text: hashlib.blake2b(text.name.encode()).digest())
    count = min(max(1, round(len(texts) * share)), len(texts) - 1)
    out = {text.name for text in drawn[:count]}
    return Corpus([text for text in texts if text.name not in out], [text for text in texts if text.name in out])
