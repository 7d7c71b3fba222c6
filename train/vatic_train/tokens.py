"""Byte-level BPE (Sennrich et al. 2016), trained by the library `tokenizers` on text cut as the engine cuts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from .corpus import Text

# The token that a text starts behind; it stands for no bytes of a text.
START = "<start>"
# As `Split::Words` of the engine cuts.
WORDS = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s+\z|\s*[\r\n]|\s+(?!\S)|\s"
)
LONGEST = 32


def train(texts: list[Text], size: int, most: int = 32 << 20) -> Tokenizer:
    """A tokenizer of `size` tokens, trained on at most `most` bytes that lie evenly in the texts."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    split = pre_tokenizers.Split(Regex(WORDS), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=LONGEST,
        show_progress=False,
    )
    tokenizer.train_from_iterator(_sample(texts, most), trainer)
    # Behind all others, so that numbers of tokens are the order of merges.
    tokenizer.add_special_tokens([START])
    return tokenizer


def _sample(texts: list[Text], most: int) -> Iterator[str]:
    share = min(1.0, most / sum(len(text.content) for text in texts))
    for text in texts:
        # Long texts give a part in their middle.
        length = max(1, int(len(text.content) * share)) if len(text.content) > 4096 else len(text.content)
        start = (len(text.content) - length) // 2
        if len(text.content) > 4096 or hash_share(text.name) < share:
            yield text.content[start : start + length].decode("utf-8", "replace")


def hash_share(name: str) -> float:
    """A number from 0 to 1 that a name always has."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    return (state >> 11) / 2**53


def spellings(tokenizer: Tokenizer) -> list[bytes]:
    """The bytes of each token; none for `START`."""
    alphabet = _alphabet()
    names = [tokenizer.id_to_token(number) or "" for number in range(tokenizer.get_vocab_size())]
    return [b"" if name == START else bytes(alphabet[c] for c in name) for name in names]


def encode(tokenizer: Tokenizer, texts: list[Text]) -> NDArray[np.uint16]:
    """All texts, one after the other, each behind `START`."""
    start = tokenizer.token_to_id(START)
    parts: list[NDArray[np.uint16]] = []
    batch = 256
    for first in range(0, len(texts), batch):
        contents = [text.content.decode("utf-8", "replace") for text in texts[first : first + batch]]
        for encoding in tokenizer.encode_batch_fast(contents, add_special_tokens=False):
            parts.append(np.array([start, *encoding.ids], dtype=np.uint16))
    return np.concatenate(parts)


def save(tokenizer: Tokenizer, path: Path) -> None:
    """Writes `tokenizer.json`."""
    tokenizer.save(str(path))


def load(path: Path) -> Tokenizer:
    """Reads `tokenizer.json`."""
    return Tokenizer.from_file(str(path))


def _alphabet() -> dict[str, int]:
    """The byte of each character that byte-level tokens are spelled with."""
    seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table = {chr(byte): byte for byte in seen}
    others = [byte for byte in range(256) if byte not in seen]
    table.update({chr(256 + i): byte for i, byte in enumerate(others)})
    return table
