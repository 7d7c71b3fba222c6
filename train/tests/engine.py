"""The engine in Rust, as tests ask it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

LOGITS = os.environ.get("VATIC_LOGITS")


def engine(model: Path, tokens: list[int], isa: str) -> list[dict[str, list[int]]]:
    """Logits and frequencies behind each token, as the engine computes them."""
    assert LOGITS is not None
    command = [LOGITS, str(model), *map(str, tokens)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "VATIC_ISA": isa})
    return [json.loads(line) for line in done.stdout.splitlines()]
