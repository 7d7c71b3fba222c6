"""A network of the Llama family, trained and imported."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from tiny_llama import save, train

from vatic_train import vatm
from vatic_train.reference import Network

VATIC = os.environ.get("VATIC_BIN")
DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.skipif(VATIC is None, reason="VATIC_BIN does not name the command")
def test_a_trained_network_loses_little_on_its_way(tmp_path: Path) -> None:
    assert VATIC is not None
    text = (DOCS / "format.md").read_bytes()
    # On two thirds; the importer measures on what lies behind its first 1,536 tokens.
    llama, bits = train(text[: len(text) * 2 // 3], 60)
    assert bits < 4, "it has learnt something"
    save(llama, tmp_path / "llama")
    sample = tmp_path / "sample"
    sample.write_bytes(text[len(text) * 2 // 3 :])

    def vatic(*args: str) -> str:
        command = [VATIC or "", "model", *args]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path).stdout

    said = vatic("import", "llama", "--sample", "sample", "-o", "m.vatm")
    numbers = re.search(r"([\d.]+) bits.* ([\d.]+) in floating point: ([-+.\d]+) %", said)
    assert numbers, said
    integer, floating, percent = (float(number) for number in numbers.groups())
    assert floating < 4.5, said
    assert abs(integer - floating) < 0.01 * floating, said
    assert abs(percent) < 1, said

    short = sample.read_bytes()[:300]
    (tmp_path / "short").write_bytes(short)
    row = json.loads(vatic("eval", "--json", "./m.vatm", "short"))
    network = Network(vatm.read(tmp_path / "m.vatm").parts["transformer"])
    assert row["tokens"] == len(short)
    assert row["bits"] == pytest.approx(network.bits([byte + 1 for byte in short]), rel=1e-12)
