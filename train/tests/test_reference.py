"""The reference against the engine in Rust."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from engine import LOGITS, engine

from vatic_train import vatm
from vatic_train.random_model import random_part
from vatic_train.reference import Ints, Network, Window, rne


@pytest.mark.skipif(LOGITS is None, reason="VATIC_LOGITS does not name the example `logits`")
@pytest.mark.parametrize("seed", range(8))
def test_engine_and_reference_agree(seed: int, tmp_path: Path) -> None:
    part = random_part(seed)
    path = tmp_path / "m.vatm"
    vatm.write(path, vatm.Model({"transformer": part}))
    network = Network(vatm.read(path).parts["transformer"])
    # More than fit in the window.
    tokens = [int(token) for token in np.random.default_rng(seed).integers(0, len(network.embed), 120)]
    window = Window()
    expected = [network.logits(window, token) for token in tokens]
    shares = [network.frequencies(logits) for logits in expected]
    assert len({tuple(logits) for logits in expected}) > 100, "the model says something"
    for isa in ("baseline", "avx512"):
        rows = engine(path, tokens, isa)
        assert [row["logits"] for row in rows] == [logits.tolist() for logits in expected]
        assert [row["frequencies"] for row in rows] == [share.tolist() for share in shares]


def test_frequencies_are_shares() -> None:
    network = Network(random_part(1))
    frequencies = network.frequencies(network.logits(Window(), 7))
    assert frequencies.min() >= 1
    assert frequencies.sum() == 1 << 30
    assert 0 < network.bits([1, 2, 3]) < 90


def test_halves_go_to_the_even_neighbour() -> None:
    values: Ints = np.arange(-4000, 4000, dtype=np.int64)
    for shift in (0, 1, 3, 7):
        assert np.array_equal(rne(values, shift), np.round(values / 2**shift).astype(np.int64))


def test_files_come_back(tmp_path: Path) -> None:
    model = vatm.Model({"transformer": random_part(3)}, {"name": "x"})
    vatm.write(tmp_path / "m.vatm", model)
    back = vatm.read(tmp_path / "m.vatm")
    assert back.info == model.info
    assert back.parts["transformer"].keys == model.parts["transformer"].keys
    for name, tensor in model.parts["transformer"].tensors.items():
        assert np.array_equal(tensor, back.parts["transformer"].tensors[name])
