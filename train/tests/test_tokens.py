"""The engine's tokenizer against the library `tokenizers`: the same tokens and cuts give the same numbers."""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from vatic_train import corpus, tokens, vatm
from vatic_train.random_model import random_part

TOKENS = os.environ.get("VATIC_TOKENS")
ROOT = Path(__file__).parents[2]

# Characters that ways to cut tell apart, and some that look like them.
CHARACTERS = (
    "aZ09 '.,-_\n\r\t(\u00e9\u00a0\u2003\u00df\u00f1\u017d\u4e2d\u6587\u0905\u0928\u0941\u0663\u00b2"
    "\u00bd\u2177\U0001d7d7\U0001f600\U0001f469\u200d\U0001f4bb\u0301\u0000\u007f\u2028\u0130\u2019\u017f"
    "\ufeff"
)
ODD = [
    "it's I'LL we'Ve o'S 'tis don''t",
    "  two spaces,   three\n\n\n  and\r\n\r\nlines \t\n",
    "1234567 3.14159 1,000,000 ²³ ½x ٣٤٥٦",
    "naïve Ægir straße 東京へ行く हिन्दी नमस्ते 😀👍🏽 e\u0301",
    "if (x!=0){return  y;}//...\n\n\tdone ",
    " ",
    "\n",
    "   x",
    "x   ",
]


def gpt2(texts: list[str], size: int, digits: bool) -> Tokenizer:
    """As GPT-2 cuts, and as SmolLM2 does."""
    tokenizer = Tokenizer(models.BPE())
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.pre_tokenizer = (
        pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), level]) if digits else level
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False, special_tokens=[])
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens([tokens.START])
    return tokenizer


def write_model(path: Path, tokenizer: Tokenizer, split: str) -> None:
    """A model of random weights with these tokens."""
    part = random_part(1)
    rng = np.random.default_rng(1)
    size, width = tokenizer.get_vocab_size(), part.tensors["embed"].shape[1]
    for name in ("embed", "head"):
        if name in part.tensors:
            part.tensors[name] = rng.integers(-99, 99, (size, width)).astype(np.int8)
    for name in ("embed_scale", "head_scale"):
        part.tensors[name] = np.resize(part.tensors[name], size)
    spelled = tokens.spellings(tokenizer)
    part.tensors["token_lengths"] = np.array([len(text) for text in spelled], np.uint16)
    part.tensors["token_bytes"] = np.frombuffer(b"".join(spelled), np.uint8)
    start = str(tokenizer.token_to_id(tokens.START))
    part.keys.update({"vocabulary": str(size), "start": start, "split": split})
    vatm.write(path, vatm.Model({"transformer": part}))


def odd_texts() -> list[str]:
    """Texts of odd characters, and of stretches of documentation with some of them put in."""
    draw = random.Random(7)
    words = (ROOT / "docs" / "format.md").read_text(encoding="utf-8").split(" ")
    texts = list(ODD)
    texts += ["".join(draw.choices(CHARACTERS, k=draw.randint(1, 40))) for _ in range(60)]
    for _ in range(60):
        at = draw.randrange(len(words) - 20)
        ends = [draw.choice([" ", " ", "\n", draw.choice(CHARACTERS)]) for _ in range(20)]
        texts.append("".join(word + end for word, end in zip(words[at : at + 20], ends, strict=True)))
    return texts


@pytest.mark.skipif(TOKENS is None, reason="VATIC_TOKENS does not name the example `tokens`")
@pytest.mark.parametrize("split", ["words", "gpt2", "gpt2-digits"])
def test_the_engine_cuts_as_the_library_does(split: str, tmp_path: Path) -> None:
    assert TOKENS is not None
    learnt = corpus.read([ROOT / "docs"]).learnt
    texts = [text.content.decode() for text in learnt]
    tokenizer = tokens.train(learnt, 900) if split == "words" else gpt2(texts, 900, split == "gpt2-digits")
    write_model(tmp_path / "m.vatm", tokenizer, split)
    merged = 0
    for text in [*odd_texts(), texts[0]]:
        done = subprocess.run([TOKENS, str(tmp_path / "m.vatm")], input=text.encode(), capture_output=True, check=True)
        expected = tokenizer.encode(text, add_special_tokens=False).ids
        assert json.loads(done.stdout) == expected, repr(text)
        merged += len(text.encode()) - len(expected)
    assert merged > 1000, "tokens of several bytes were made"
