"""Training, and that what was trained is what the engine computes."""

from __future__ import annotations

import json
import math
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from engine import LOGITS, engine

from vatic_train import cli, corpus, reference, tokens, vatm
from vatic_train.export import export
from vatic_train.network import Network, Shape
from vatic_train.run import Run
from vatic_train.training import Plan, Trainer

DOCS = Path(__file__).parents[2] / "docs"
SHAPE = Shape(600, 2, 64, 2, 1, 96, 48)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(tmp_path_factory.mktemp("run"), corpus.read([DOCS]), SHAPE)


@pytest.fixture(scope="module")
def trained(run: Run) -> Trainer:
    return run.train(Plan(tokens=60_000, batch=1024, length=64, rate=1e-2, warmup=5), compiled=False)


def losses(run: Run) -> list[float]:
    return [json.loads(line)[3] for line in (run.folder / "losses.jsonl").read_text().splitlines()]


def test_it_learns(run: Run, trained: Trainer) -> None:
    per_byte = losses(run)
    assert per_byte[-1] < 0.85 * per_byte[0]
    assert trained.progress.share(trained.plan) == 1


def test_it_goes_on_as_if_it_had_not_stopped(run: Run, tmp_path: Path) -> None:
    row = np.random.default_rng(1).integers(0, SHAPE.vocabulary, 5000).astype(np.uint16)
    plan = Plan(tokens=8 * 512, batch=512, length=64)
    whole, first = (Trainer(SHAPE, plan, row, compiled=False) for _ in range(2))
    expected = [whole.step() for _ in range(8)]
    found = [first.step() for _ in range(3)]
    first.save(tmp_path / "c.pt")
    second = Trainer(SHAPE, plan, row, compiled=False)
    second.load(torch.load(tmp_path / "c.pt"))
    found += [second.step() for _ in range(5)]
    assert found == pytest.approx(expected, rel=1e-5)


def test_engine_and_reference_and_network_agree(run: Run, trained: Trainer, tmp_path: Path) -> None:
    path = tmp_path / "m.vatm"
    vatm.write(path, vatm.Model({"transformer": export(trained.network, run.tokenizer)}))
    network = reference.Network(vatm.read(path).parts["transformer"])
    # As many as fit in the window, and more for those whose window slides.
    row = [int(token) for token in tokens.encode(run.tokenizer, run.corpus.held_out)[:80]]
    window = reference.Window()
    expected = [network.logits(window, token) for token in row]
    fits = SHAPE.context
    with torch.no_grad():
        floating = trained.network(torch.tensor([row[:fits]]))[0].double().numpy() / math.log(2)
    whole = np.stack(expected[:fits]) / 65536
    assert np.abs(whole - floating).mean() < 0.05 * floating.std()
    if LOGITS is not None:
        rows = engine(path, row, "baseline")
        assert [row["logits"] for row in rows] == [logits.tolist() for logits in expected]


@pytest.mark.skipif("VATIC_BIN" not in os.environ, reason="VATIC_BIN does not name the program")
def test_the_command_makes_a_model_that_helps(tmp_path: Path) -> None:
    vatic = os.environ["VATIC_BIN"]
    model = tmp_path / "docs.vatm"
    sizes = ["--vocabulary", "600", "--layers", "2", "--width", "64", "--heads", "1", "--hidden", "96"]
    arguments = [str(DOCS), "-o", str(model), "--tokens", "100000", *sizes, "--vatic", vatic]
    assert cli.main(arguments) == 0
    assert (tmp_path / "docs.train" / "losses.svg").read_text().count("<svg") == 1
    text = tmp_path / "text"
    text.write_bytes((DOCS / "format.md").read_bytes()[:3000])
    sizes_of = []
    for options in ([], ["-m", str(model)]):
        packed = subprocess.run([vatic, "-c", "-p", "max", *options, str(text)], check=True, capture_output=True).stdout
        back = subprocess.run([vatic, "-dc", *options], input=packed, check=True, capture_output=True).stdout
        assert back == text.read_bytes()
        sizes_of.append(len(packed))
    assert sizes_of[1] < sizes_of[0]


def test_weights_are_counted() -> None:
    network = Network(SHAPE)
    assert SHAPE.weights() == sum(p.numel() for p in network.parameters() if p.ndim == 2)
