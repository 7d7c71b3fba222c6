"""A plan of a tiny corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from vatic_train import cli, plan

DOCS = Path(__file__).parents[2] / "docs"


def test_a_plan_of_a_tiny_corpus(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "PARTS", (1, 3))
    arguments = [
        "--plan",
        str(DOCS),
        "--work",
        str(tmp_path),
        "--minutes",
        "0.6",
        "--volume",
        "100M",
        "--vatic",
        "none",
    ]
    assert cli.main(arguments) == 0
    said = capsys.readouterr().out
    assert "For 104,857,600 bytes:" in said
    assert all(f"\n{name} " in said for name in ("tiny", "small", "base"))
    assert (tmp_path / "plan.svg").read_text().count("<svg") == 1
    with pytest.raises(SystemExit):
        cli.main([str(DOCS)])
