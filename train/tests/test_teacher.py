"""What a teacher says: read, found at tokens, and learnt."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from vatic_train import corpus, teacher, tokens
from vatic_train.corpus import Text
from vatic_train.network import Network, Shape
from vatic_train.run import Run
from vatic_train.teacher import Said, Weighing
from vatic_train.training import Plan

DOCS = Path(__file__).parents[2] / "docs"
SHAPE = Shape(600, 2, 64, 2, 1, 96, 48)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(1)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(tmp_path_factory.mktemp("run"), corpus.read([DOCS]), SHAPE)


def everywhere(run: Run, odds: NDArray[np.float64]) -> dict[str, tuple[NDArray[np.int64], teacher.Shares]]:
    """A teacher that says the same of every byte."""
    texts = run.corpus.learnt
    return {t.name: (np.arange(len(t.content)), teacher.shares(np.tile(odds, (len(t.content), 1)))) for t in texts}


def test_bytes_have_the_odds_of_the_tokens_that_begin_with_them(run: Run) -> None:
    spelled = tokens.spellings(run.tokenizer)
    logits = torch.randn(5, len(spelled)) * 3
    first = torch.tensor([text[0] if text else 256 for text in spelled])
    found = teacher.byte_logs(logits, first).exp().numpy()
    for row, odds in zip(found, torch.softmax(logits, 1).tolist(), strict=True):
        expected = [0.0] * 256
        for text, p in zip(spelled, odds, strict=True):
            if text:
                expected[text[0]] += p
        assert row == pytest.approx([p / sum(expected) for p in expected], rel=1e-4)


def test_what_is_said_is_found_at_the_starts_of_tokens(run: Run) -> None:
    trace = {}
    for text in run.corpus.learnt:
        # It is sure of what comes, at every third byte.
        positions = np.arange(0, len(text.content), 3)
        trace[text.name] = positions, teacher.shares(np.eye(256)[[text.content[at] for at in positions]])
    row = run.tokens()
    found = teacher.lessons(trace, row, run.corpus.learnt, run.tokenizer, Weighing())
    spelled = tokens.spellings(run.tokenizer)
    assert 0.3 < found.share() < 0.37
    assert len(found.odds) == (found.rows >= 0).sum()
    for token, at in zip(row, found.rows, strict=True):
        if at >= 0:
            assert found.odds[at].argmax() == spelled[token][0]
    # In windows the places are those of the tokens that are foretold.
    starts = np.array([0, 500])
    places, odds, _ = found.of(starts, 20, 16)
    window = np.concatenate([row[start + 1 : start + 21] for start in starts])
    assert odds.sum(1).tolist() == [1.0] * (odds.sum(1) > 0).sum() + [0.0] * (odds.sum(1) == 0).sum()
    for place, said in zip(places.tolist(), odds, strict=True):
        assert said.sum() == 0 or said.argmax() == spelled[window[place]][0]


def test_documents_of_other_names_or_of_no_text_are_no_lessons(run: Run) -> None:
    odds = teacher.shares(np.ones((1, 256)))
    row = tokens.encode(run.tokenizer, [Text("a", b"some words"), Text("b", b"\xff and words")])
    texts = [Text("a", b"some words"), Text("b", b"\xff and words")]
    for name in ("c", "b"):
        with pytest.raises(ValueError, match="nothing"):
            teacher.lessons({name: (np.zeros(1, np.int64), odds)}, row, texts, run.tokenizer, Weighing())
    with pytest.raises(ValueError, match="no odds"):
        teacher.shares(np.full((1, 256), np.nan))


def test_targets_are_between_what_came_and_what_the_teacher_says() -> None:
    logits, first = torch.randn(4, 6), torch.tensor([1, 1, 2, 3, 3, 256])
    # At the second place the student knows as well as the teacher.
    logits[3, 3:5] += 9
    logits.requires_grad_()
    targets, places = torch.tensor([0, 2, 5, 4]), torch.tensor([1, 3])
    odds = torch.zeros(2, 256)
    odds[0, [1, 2]], odds[1, 3] = torch.tensor([0.75, 0.25]), 1.0
    said = Said(places, odds, first)
    plain = torch.nn.functional.cross_entropy(logits, targets)
    none, told = teacher.loss(logits, targets, said, Weighing(0.0))
    assert none.item() == pytest.approx(plain.item())
    assert told.item() == pytest.approx(plain.item())
    whole, _ = teacher.loss(logits, targets, said, Weighing(1.0))
    p = torch.softmax(logits[1], 0)
    one, two, three = p[0] + p[1], p[2], p[3] + p[4]
    total = one + two + three
    # The second place has the teacher say what came, which changes nothing.
    change = -0.75 * (one / total).log() - 0.25 * (two / total).log() + (two / total).log()
    assert whole.item() == pytest.approx((plain + change / 4).item(), rel=1e-4)
    (gradient,) = torch.autograd.grad(whole - plain, logits)
    assert gradient[1].abs().sum() > 0.01
    assert gradient[[0, 2]].abs().max() < 1e-6
    # The worst half is the first place alone.
    worst, _ = teacher.loss(logits, targets, said, Weighing(1.0, 0.5))
    assert worst.item() == pytest.approx(whole.item(), rel=1e-4)


def test_it_learns_from_both(run: Run) -> None:
    plan = Plan(tokens=40_000, batch=1024, length=64, rate=1e-2, warmup=5)
    # A teacher that thinks of nothing but one byte: so does the student, of where tokens begin.
    odds = np.full(256, 1e-3)
    odds[ord("~")] = 1.0
    trace = everywhere(run, odds)
    lessons = teacher.lessons(trace, run.tokens(), run.corpus.learnt, run.tokenizer, Weighing(0.5))
    (run.folder / "losses.jsonl").unlink(missing_ok=True)
    (run.folder / "checkpoint.pt").unlink(missing_ok=True)
    trainer = run.train(plan, compiled=False, lessons=lessons)
    with torch.no_grad():
        row = torch.from_numpy(run.tokens()[:60].astype(np.int64))[None]
        said = teacher.byte_logs(trainer.network(row)[0], lessons.first).exp()
    assert said[:, ord("~")].mean() > 0.3
    losses = [float(line.split(",")[3].strip(" ]")) for line in (run.folder / "losses.jsonl").read_text().splitlines()]
    assert losses[-1] < losses[0]


def test_a_network_takes_the_gradient_of_the_teacher(run: Run) -> None:
    network, first = Network(run.shape), torch.zeros(run.shape.vocabulary, dtype=torch.int64)
    first[:] = torch.arange(run.shape.vocabulary) % 256
    windows = torch.randint(0, run.shape.vocabulary, (2, 17))
    odds = torch.full((3, 256), 1 / 256)
    places = torch.tensor([0, 5, 20])
    gradients = []
    for weight in (0.0, 1.0):
        network.zero_grad()
        loss, _ = network.taught(windows, Said(places, odds, first), Weighing(weight))
        loss.backward()  # type: ignore[no-untyped-call]
        gradients.append([p.grad.clone() for p in network.parameters() if p.grad is not None])
    assert len(gradients[0]) == len(list(network.parameters()))
    assert all((a != b).any() for a, b in zip(*gradients, strict=True))


@pytest.mark.parametrize("scale", [1, 65_536])
def test_shards_are_read_whatever_their_numbers(tmp_path: Path, scale: int) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    odds = np.random.default_rng(1).random((6, 256))
    odds /= odds.sum(1, keepdims=True)
    kind = pa.float32() if scale == 1 else pa.uint16()
    rows = (odds if scale == 1 else np.round(odds * scale)).tolist()
    for shard, (names, positions) in enumerate([(["a", "b", "a"], [7, 0, 2]), (["b", "b", "a"], [9, 1, 3])]):
        part = rows[3 * shard : 3 * shard + 3]
        if scale > 1:
            part = [[int(p) for p in row] for row in part]
        table = pa.table({"document": names, "position": positions, "distribution": pa.array(part, pa.list_(kind))})
        parquet.write_table(table, tmp_path / f"{shard}.parquet")
    found = teacher.read(tmp_path)
    assert {name: said[0].tolist() for name, said in found.items()} == {"a": [2, 3, 7], "b": [0, 1, 9]}
    assert found["a"][1][2] / 65_535 == pytest.approx(odds[0], abs=2e-5)
    assert found["b"][1][2] / 65_535 == pytest.approx(odds[3], abs=2e-5)
    assert math.isclose(found["a"][1][0].sum(), 65_535, abs_tol=200)
    with pytest.raises(ValueError, match="no trace"):
        teacher.read(tmp_path / "other")
