"""What is learnt from, what is held out, and tokens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vatic_train import corpus, tokens

DOCS = Path(__file__).parents[2] / "docs"


def test_whole_files_are_held_out_whatever_folder_they_are_in(tmp_path: Path) -> None:
    for place in ("a", "b"):
        for i in range(100):
            file = tmp_path / place / "texts" / f"{i}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"text {i}\n")
    (tmp_path / "a" / "texts" / "no.bin").write_bytes(b"a\0b")
    (tmp_path / "a" / "texts" / "empty").write_bytes(b"")
    one, other = (corpus.read([tmp_path / place / "texts"], share=0.1) for place in ("a", "b"))
    assert one == other
    assert (len(one.learnt), len(one.held_out)) == (90, 10)
    assert not {text.name for text in one.learnt} & {text.name for text in one.held_out}


def test_lines_are_documents_and_a_single_text_ends_held_out(tmp_path: Path) -> None:
    file = tmp_path / "events"
    file.write_text("".join(f"line {i}\n" for i in range(50)))
    lines = corpus.read([file], "lines", 0.1)
    assert (len(lines.learnt), len(lines.held_out)) == (45, 5)
    assert (
        b"".join(text.content for text in corpus.read([file]).learnt + corpus.read([file]).held_out)
        == file.read_bytes()
    )
    (tmp_path / "nothing").mkdir()
    with pytest.raises(ValueError, match="no text"):
        corpus.read([tmp_path / "nothing"])


def test_tokens_spell_the_text() -> None:
    texts = corpus.read([DOCS]).learnt
    tokenizer = tokens.train(texts, 500)
    spelled = tokens.spellings(tokenizer)
    assert spelled[-1] == b""
    assert {bytes([i]) for i in range(256)} <= set(spelled)
    row = tokens.encode(tokenizer, texts)
    assert row.dtype == np.uint16
    assert b"".join(spelled[token] for token in row) == b"".join(text.content for text in texts)
    assert (row == tokenizer.token_to_id(tokens.START)).sum() == len(texts)
